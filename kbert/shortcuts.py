"""What can be spared while nothing is learnt. Backbones try each on their encoder before they use it."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


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
