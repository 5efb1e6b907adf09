"""What all ways to pre-train have in common: a model of texts that reads corrupted ones, and what it is asked."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from torch import nn

from graphs.tables import Ids
from kbert.backbone import WordHead
from kbert.guesses import Guesses
from kbert.layout import Layout
from kbert.next_sentences import NextSentences, Paired
from kbert.word_guesses import WordGuesses


class Pretrainer(nn.Module, ABC):
    """A model of the room ``kbert.models`` under heads that name what was hidden in its texts.

    Args:
        model: reads texts
        words: names hidden words
        masked: share of the pieces of words that is chosen, of every text
        most_masked: pieces chosen in one text at most
        next_sentence: also tell whether the second half of a text goes on from the first
    """

    def __init__(self, model: Any, words: WordHead, *, masked: float, most_masked: int, next_sentence: bool) -> None:
        super().__init__()
        self.model = model
        self.words = WordGuesses(model.backbone, words, masked=masked, most_masked=most_masked)
        self.sentences = NextSentences(model.backbone, model.max_pieces, wanted=next_sentence)
        model.max_pieces -= self.sentences.room  # what a text loses for it is then counted as it is laid out

    def layout(self, rows: pa.RecordBatch) -> Layout:
        """As the model lays rows out."""
        return self.sentences.layout(self.model.layout(rows), rows)

    def check(self, layout: Layout, where: str) -> None:
        """Raise :class:`DataError` if there is nothing to learn what is asked from; ``where`` names the texts."""
        self.sentences.check(layout, where)

    def learnt(self, layout: Layout, where: str) -> Ids:
        """Which of the texts are learnt from, ascending: all. Raise :class:`DataError` if none is."""
        return np.arange(len(layout))

    def collate(self, layout: Layout, which: Ids) -> Paired:
        """Some texts as a batch of the model, second halves changed if that is asked."""
        return self.sentences.collate(self.model, layout, which)

    @abstractmethod
    def forward(self, paired: Paired) -> dict[str, Guesses]:
        """Corrupt a batch, read it, and give by name what was guessed."""

    def save_pretrained(self, folder: Path) -> None:
        """Write the checkpoint of a masked language model, for ``--encoder``."""
        self.words.save(folder)
