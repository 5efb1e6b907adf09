"""What can be spared while nothing is learnt. A backbone tries each on its encoder before it uses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from kbert.layers.attention import SHORT, Mask, attend


def behind_last_attention(encoder: nn.Module, layers: int) -> nn.Module | None:
    """What takes the pieces one by one behind the last attention, where an encoder is built as BERT is."""
    name = f"layer.{layers - 1}.attention.output"
    return next((module for path, module in encoder.named_modules() if path.endswith(name)), None)


@contextmanager
def first_piece_alone(module: nn.Module) -> Iterator[None]:
    """While this lasts a module is given the first piece of each text, and no other."""
    hook = module.register_forward_pre_hook(lambda _, inputs: tuple(pieces[:, :1] for pieces in inputs))
    try:
        yield
    finally:
        hook.remove()


ATTENTION = "kbert"
"""The name that transformers know our attention by."""


def _attend(
    module: nn.Module,
    query: Float[Tensor, "batch heads pieces width"],
    key: Float[Tensor, "batch heads pieces width"],
    value: Float[Tensor, "batch heads pieces width"],
    attention_mask: Mask | None,
    **how: Any,
) -> tuple[Float[Tensor, "batch pieces heads width"], None]:
    """Ours for short texts, else theirs."""
    if key.shape[2] > SHORT:
        theirs: Tensor = sdpa_attention_forward(module, query, key, value, attention_mask, **how)[0]
        return theirs, None
    return attend(query, key, value, attention_mask, how["scaling"]), None


AttentionInterface.register(ATTENTION, _attend)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)


@contextmanager
def attending_otherwise(encoder: PreTrainedModel) -> Iterator[None]:
    """While this lasts short texts are read by our attention."""
    encoder.set_attn_implementation(ATTENTION)
    try:
        yield
    finally:
        encoder.set_attn_implementation("sdpa")
