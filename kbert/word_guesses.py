"""Words that are hidden in a batch and named again: the part of a pre-training that all have in common."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from jaxtyping import Bool, Int
from torch import Tensor, nn

from graphs.errors import UnavailableError
from graphs.options import check_range, check_share
from kbert.backbone import Backbone, WordHead
from kbert.guesses import Guesses
from kbert.layout import Encoded
from kbert.masking import chosen_pieces, hide_pieces


@runtime_checkable
class Pieces(Protocol):
    """What a batch of any model of texts has: pieces, and the word of each (negative: none)."""

    piece_ids: Tensor
    word: Tensor


Some = TypeVar("Some", bound=Any)


class WordGuesses(nn.Module):
    """Hide some words of a batch, and score what they may have been.

    Raises :class:`OptionsError` for a share of none or all, and :class:`UnavailableError` for a
    tokenizer that has no piece to hide others with.
    """

    def __init__(self, backbone: Backbone, head: WordHead, *, masked: float, most_masked: int) -> None:
        super().__init__()
        check_share("masked", masked)
        check_range("most_masked", most_masked, 1)
        if backbone.mask_id is None:
            raise UnavailableError("the tokenizer of this encoder has no mask: no word can be hidden")
        self._mask_id, self._masked, self._most_masked = backbone.mask_id, masked, most_masked
        self._backbone, self.head = [backbone], head  # in a list: the model holds its weights already
        self.register_buffer("_ordinary", torch.tensor(backbone.ordinary_ids), persistent=False)

    def hide(self, batch: Some) -> tuple[Some, Bool[Tensor, "batch pieces"]]:
        """The batch with some of its words hidden, and where."""
        chosen = chosen_pieces(batch.word >= 0, self._masked, self._most_masked)
        ordinary: Int[Tensor, " items"] = self.get_buffer("_ordinary")
        return replace(batch, piece_ids=hide_pieces(batch.piece_ids, chosen, self._mask_id, ordinary)), chosen

    def forward(self, encoded: Encoded, batch: Pieces, chosen: Bool[Tensor, "batch pieces"]) -> Guesses:
        """Scores of all pieces for each that was chosen."""
        return Guesses(self.head(encoded.pieces[chosen]), batch.piece_ids[chosen], None)

    def save(self, folder: Path) -> None:
        """Write encoder and head as the checkpoint of a masked language model."""
        self.head.save(self._backbone[0], folder)
