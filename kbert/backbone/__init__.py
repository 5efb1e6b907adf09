"""Encoders and tokenizers: the only package that knows transformers.

Any encoder of the BERT kind loads by hub name, by folder, or as ``package:NAME`` from an
installed Python package that carries one.
"""

from kbert.backbone.backbone import Backbone, Template
from kbert.backbone.beside import file_beside
from kbert.backbone.fusing import fusing, fusion_obstacle, fusion_shape, layers_of
from kbert.backbone.loading import load, load_with_words, locate, quiet, rebuild
from kbert.backbone.probes import tree_obstacle
from kbert.backbone.released import blank_bert, read_released
from kbert.backbone.word_head import WordHead

__all__ = [
    "Backbone",
    "Template",
    "WordHead",
    "blank_bert",
    "file_beside",
    "fusing",
    "fusion_obstacle",
    "fusion_shape",
    "layers_of",
    "load",
    "load_with_words",
    "locate",
    "quiet",
    "read_released",
    "rebuild",
    "tree_obstacle",
]
