"""Special pieces that a task adds to an encoder: in its tokenizer and among its embeddings."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from graphs.errors import UnavailableError
from kbert.backbone.probes import reason


def add_markers(encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, names: Sequence[str]) -> list[int]:
    """The piece ids of special pieces by name; those that the tokenizer does not know are added.

    The vector of a new piece is the mean of the others plus normal noise as wide as the encoder's own
    first weights were, drawn from torch's generator: markers differ, and none stands far off.
    Raises :class:`UnavailableError` for an encoder whose embeddings cannot grow.
    """
    new = sorted(set(names) - tokenizer.get_vocab().keys(), key=list(names).index)
    if new:
        tokenizer.add_tokens(new, special_tokens=True)
        _grow(encoder, tokenizer, new)
    vocabulary = tokenizer.get_vocab()
    return [vocabulary[name] for name in names]


def _grow(encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, new: Sequence[str]) -> None:
    """Give new pieces vectors; rows are added where the encoder has none to spare."""
    vocabulary = tokenizer.get_vocab()
    ids = [vocabulary[name] for name in new]
    kind, wanted = encoder.config.model_type, max(ids) + 1
    try:
        if len(_table(encoder)) < wanted:
            encoder.resize_token_embeddings(wanted, mean_resizing=False)
        table = _table(encoder)
    except Exception as error:  # each architecture refuses in its own way
        raise UnavailableError(f"{kind} takes no new pieces ({', '.join(new)}): {reason(error)}") from error
    if len(table) < wanted or encoder.config.vocab_size != len(table):
        raise UnavailableError(f"{kind} takes no new pieces ({', '.join(new)}): its embeddings cannot grow")
    spread = float(getattr(encoder.config, "initializer_range", 0.02))
    with torch.no_grad():
        noise = torch.randn(len(ids), table.shape[1]) * spread
        table[ids] = table[: min(ids)].mean(0) + noise.to(table)


def _table(encoder: PreTrainedModel) -> Float[Tensor, "items width"]:
    """The vectors of all pieces."""
    weight = encoder.get_input_embeddings().weight
    assert isinstance(weight, Tensor)
    return weight
