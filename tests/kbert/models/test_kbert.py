"""K-BERT against the worked examples of its reference, a brute-force tree, and its own laws."""

import numpy as np
import pytest
import torch

from graphs.corpus import to_rows
from graphs.types import Entity, Fact, Mention, TextGraph, Token
from kbert.layers.visibility import visible
from kbert.models import kbert as kbert_model

TIM_COOK_VISIBLE = """
1110011100001 1111111100001 1111111100001 0111100000000 0111100000000 1110011100001 1110011100001
1110011111111 0000000111000 0000000111000 0000000100110 0000000100110 1110011100001
"""


def tim_cook() -> TextGraph:
    text = "Tim Cook is visiting Beijing now"
    tokens, start = [], 0
    for word in text.split():
        tokens.append(Token(0, start, start + len(word)))
        start += len(word) + 1
    return TextGraph(
        id="1",
        texts=(text,),
        tokens=tuple(tokens),
        mentions=(Mention(0, 0, 8, "Tim Cook"), Mention(0, 21, 28, "Beijing")),
        entities=(Entity("Tim Cook", "Tim Cook"), Entity("Beijing", "Beijing")),
        facts=(
            Fact(0, "CEO", "CEO", "Apple", "Apple"),
            Fact(1, "capital", "capital", "China", "China"),
            Fact(1, "is_a", "is_a", "City", "City"),
        ),
    )
