"""Masked words: go on with BERT's own pre-training, on any text.

Devlin et al. 2019, *BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding* (https://arxiv.org/abs/1810.04805), section 3.1. Words are hidden anew each time.
"""

from pathlib import Path

from torch import nn

from kbert.backbone import WordHead
from kbert.models.bert import Batch, Model
from kbert.pretrain_objective import Guesses
from kbert.word_guesses import WordGuesses

MODEL = "bert"


class Pretraining(nn.Module):
    """Name the words that are hidden.

    Args:
        masked: share of the pieces of words that is chosen, of every text
        most_masked: pieces chosen in one text at most
    """

    def __init__(self, model: Model, words: WordHead, *, masked: float = 0.15, most_masked: int = 40) -> None:
        super().__init__()
        self.model = model
        self.words = WordGuesses(model.backbone, words, masked=masked, most_masked=most_masked)

    def forward(self, batch: Batch) -> dict[str, Guesses]:
        """Hide words and name them."""
        hidden, chosen = self.words.hide(batch)
        return {"words": self.words(self.model(hidden), batch, chosen)}

    def save_pretrained(self, folder: Path) -> None:
        """Write the checkpoint of a masked language model."""
        self.words.save(folder)
