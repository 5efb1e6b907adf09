"""Masked words: go on with BERT's own pre-training, on any text.

Devlin et al. 2019, *BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding* (https://arxiv.org/abs/1810.04805), section 3.1. Words are hidden anew each time.
"""

from kbert.backbone import WordHead
from kbert.guesses import Guesses
from kbert.models.bert import Model
from kbert.next_sentences import Paired
from kbert.pretrainer import Pretrainer

MODEL = "bert"


class Pretraining(Pretrainer):
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
        super().__init__(model, words, masked=masked, most_masked=most_masked, next_sentence=next_sentence)

    def forward(self, paired: Paired) -> dict[str, Guesses]:
        """Hide words and name them."""
        hidden, chosen = self.words.hide(paired.batch)
        with self.model(hidden).for_heads() as encoded:
            return {"words": self.words(encoded, paired.batch, chosen), **self.sentences(encoded, paired)}
