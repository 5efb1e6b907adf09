"""Masked words: go on with BERT's own pre-training, on any text.

Devlin et al. 2019, *BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding* (https://arxiv.org/abs/1810.04805), section 3.1. Words are hidden anew each time.
"""

from pathlib import Path

import pyarrow as pa
from torch import nn

from graphs.tables import Ids
from kbert.backbone import WordHead
from kbert.layout import Layout
from kbert.models.bert import Model
from kbert.next_sentences import NextSentences, Paired
from kbert.pretrain_objective import Guesses
from kbert.word_guesses import WordGuesses

MODEL = "bert"


class Pretraining(nn.Module):
    """Name the words that are hidden.

    Args:
        masked: share of the pieces of words that is chosen, of every text
        most_masked: pieces chosen in one text at most
        next_sentence: also tell whether the second half of a text goes on from the first
    """

    def __init__(
        self,
        model: Model,
        words: WordHead,
        *,
        masked: float = 0.15,
        most_masked: int = 40,
        next_sentence: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self.words = WordGuesses(model.backbone, words, masked=masked, most_masked=most_masked)
        self.sentences = NextSentences(model.backbone, model.max_pieces, wanted=next_sentence)

    def layout(self, rows: pa.RecordBatch) -> Layout:
        """As the model lays rows out."""
        return self.sentences.layout(self.model.layout(rows), rows)

    def check(self, layout: Layout, where: str) -> None:
        """Raise :class:`DataError` if there is nothing to learn what is asked from."""
        self.sentences.check(layout, where)

    def collate(self, layout: Layout, which: Ids) -> Paired:
        """Some texts as a batch of the model, second halves changed if that is asked."""
        return self.sentences.collate(self.model, layout, which)

    def forward(self, paired: Paired) -> dict[str, Guesses]:
        """Hide words and name them."""
        hidden, chosen = self.words.hide(paired.batch)
        encoded = self.model(hidden)
        return {"words": self.words(encoded, paired.batch, chosen), **self.sentences(encoded, paired)}

    def save_pretrained(self, folder: Path) -> None:
        """Write the checkpoint of a masked language model."""
        self.words.save(folder)
