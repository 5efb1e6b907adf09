"""Checkpoints as BERT's first programs for PyTorch have them: weights in a ``.bin``, and their own configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxtyping import Shaped
from torch import Tensor
from transformers import BertConfig, BertForPreTraining, BertTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.modeling_utils import load_state_dict

from graphs.errors import StoreError
from kbert.backbone.probes import reason

_OLD = {"gamma": "weight", "beta": "bias"}
"""What older files call the tensors of LayerNorm."""


def read_released(path: Path) -> dict[str, Shaped[Tensor, "..."]]:
    """The tensors of a ``.bin``, read as weights alone: nothing in it is run.

    Raises :class:`StoreError` if it is missing, damaged, or holds anything else, or one tensor by two names.
    """
    if not path.is_file():
        raise StoreError(path, None, "the weights of a released model", "nothing there")
    try:
        loaded = load_state_dict(str(path), weights_only=True)
    except Exception as error:  # torch and zip files have their own kinds
        raise StoreError(path, None, "a file of weights and nothing else", reason(error)) from error
    found: dict[str, Tensor] = {}
    for name, tensor in loaded.items():
        place, _, last = name.rpartition(".")
        new = f"{place}.{_OLD[last]}" if "LayerNorm" in place and last in _OLD else name
        if new in found:
            raise StoreError(path, None, "every tensor once", f"{new} by two names")
        found[new] = tensor
    return found


def blank_bert(
    config: Mapping[str, Any], vocabulary: Mapping[str, int], *, lower_case: bool
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A BERT with the heads that it was pre-trained with, its weights to be filled in, and its tokenizer."""
    tokenizer = BertTokenizer(vocab=dict(vocabulary), do_lower_case=lower_case)
    return BertForPreTraining(BertConfig(**config)), tokenizer
