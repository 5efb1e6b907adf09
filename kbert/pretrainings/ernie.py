"""ERNIE's pre-training: name hidden words, and the entities of words whose alignment is corrupted.

Zhang et al. 2019, *ERNIE: Enhanced Language Representation with Informative Entities*
(https://arxiv.org/abs/1905.07129), section 3.4. The losses are added up without weights. Words are
hidden and alignments corrupted anew each time a text is read.
"""

from pathlib import Path

import numpy as np

from graphs.errors import DataError
from graphs.options import check_range
from graphs.tables import Ids
from kbert import entity_guesses
from kbert.backbone import WordHead
from kbert.checkpoint import fill, tensors, write_tensors
from kbert.entity_guesses import EntityGuesses
from kbert.ernie.alignment import NONE
from kbert.ernie.side_files import write_entity_side
from kbert.guesses import Guesses
from kbert.layout import Layout
from kbert.models.ernie import Model
from kbert.next_sentences import Paired
from kbert.pretrainer import Pretrainer

MODEL = "ernie"
KINDS = {"entities": entity_guesses.KINDS}


class Pretraining(Pretrainer):
    """Name the words that are hidden, and the entities that were aligned.

    Args:
        masked: share of the pieces of words that is chosen, of every text
        most_masked: pieces chosen in one text at most
        replaced: share of the alignments that become another entity
        removed: share of the alignments that are taken away
        least_aligned: texts with fewer entities are not learnt from (the paper's: 5, of 256 pieces)
        extra_candidates: entities to choose from beside those of the batch
        next_sentence: also tell whether the second half of a text goes on from the first
    """

    def __init__(
        self,
        model: Model,
        words: WordHead,
        *,
        masked: float = 0.15,
        most_masked: int = 40,
        replaced: float = 0.05,
        removed: float = 0.15,
        least_aligned: int = 0,
        extra_candidates: int = 0,
        next_sentence: bool = False,
    ) -> None:
        super().__init__(model, words, masked=masked, most_masked=most_masked, next_sentence=next_sentence)
        check_range("least_aligned", least_aligned, 0)
        self._least_aligned = least_aligned
        self.entities = EntityGuesses(
            model.backbone.width,
            model.vectors.width,
            entities=len(model.vectors),
            vectors_of=model.vectors_of,
            replaced=replaced,
            removed=removed,
            extra_candidates=extra_candidates,
        )
        known = model.backbone.file_beside(entity_guesses.WEIGHTS)
        if known is not None:
            fill(self.entities, known)

    def check(self, layout: Layout, where: str) -> None:
        """Raise :class:`DataError` if there is nothing to learn what is asked from; ``where`` names the texts."""
        if not layout.linked_share:
            raise DataError(where, None, "mentions that are linked to entities with a vector", "none")
        super().check(layout, where)

    def learnt(self, layout: Layout, where: str) -> Ids:
        """The texts with enough entities. Raise :class:`DataError` if there are none."""
        row = np.repeat(np.arange(len(layout)), layout.lengths)
        aligned = np.bincount(row[layout.columns["entity"] != NONE], minlength=len(layout))
        most = int(aligned.max())
        if most < self._least_aligned:
            raise DataError(where, None, f"texts with at least {self._least_aligned} entities", f"at most {most}")
        return np.flatnonzero(aligned >= self._least_aligned)

    def forward(self, paired: Paired) -> dict[str, Guesses]:
        """Hide words, corrupt alignments, and name both."""
        hidden, chosen = self.words.hide(paired.batch)
        corrupted, asked = self.entities.corrupt(hidden)
        with self.model(corrupted).for_heads() as encoded:
            return {
                "words": self.words(encoded, paired.batch, chosen),
                "entities": self.entities(encoded, corrupted, asked),
                **self.sentences(encoded, paired),
            }

    def save_pretrained(self, folder: Path) -> None:
        """Write the checkpoint of a masked language model, with its entity side and the head beside it."""
        super().save_pretrained(folder)
        write_entity_side(folder, self.model.entities)
        write_tensors(folder / entity_guesses.WEIGHTS, tensors(self.entities))
