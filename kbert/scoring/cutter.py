"""Triples of texts as triples of ids, every distinct text and triple once."""

from typing import NamedTuple

import numpy as np

from graphs.errors import OnBad
from graphs.questions import PARTS
from graphs.tables import Ids, distinct
from kbert.scoring.phrase_cache import PhraseCache
from kbert.scoring.question_texts import Worded
from kbert.triples.ids import TripleIds
from kbert.triples.reader import TripleReader
from kbert.triples.texts import TripleTexts


class Cut(NamedTuple):
    """The distinct triples, numbered by their texts in the order of appearance, and which of them each one is."""

    texts: TripleTexts
    triples: TripleIds
    which: Ids


class TripleCutter:
    """Cuts what a model reads of triples into pieces.

    What it gives depends on the triples alone, not on those it was given before, so that a part of
    a long file has the same batches after a kill.

    Args:
        model: whose pieces they are to be
        reads_relation: whether relations are read too; else two triples with the same head and tail are one
    """

    def __init__(self, model: TripleReader, *, reads_relation: bool = True) -> None:
        self._model, self._reads_relation = model, reads_relation
        self._entities = PhraseCache(model.phrases)
        self._relations = PhraseCache(model.phrases)

    def readable(self, worded: Worded, bad: OnBad) -> Worded:
        """Those triples of whose texts there are pieces, with what is known of these; the others go to ``bad``."""
        columns = {"head": worded.heads, "relation": worded.relations, "tail": worded.tails}
        empty, illegible = np.zeros((2, len(PARTS), len(worded.questions)), dtype=bool)
        for number, part in enumerate(PARTS):
            if self._reads_relation or part != "relation":
                phrases, which = (self._relations if part == "relation" else self._entities)(columns[part])
                empty[number] = phrases.lengths[which] == 0
                illegible[number] = phrases.made_of(self._model.encoder.unknown_id)[which]
        for i in np.flatnonzero(empty.any(0)).tolist():
            part = PARTS[int(empty[:, i].argmax())]
            bad(worded.questions[i].error(f"a text of the {part} that the encoder can read", repr(columns[part][i])))
        worded = worded._replace(illegible=list(map(bool, np.any(illegible, axis=0).tolist())))
        kept = worded.where(np.flatnonzero(~empty.any(0)).tolist())
        return kept._replace(cut=self._model.cut(*self._numbered(kept)).tolist())

    def __call__(self, worded: Worded) -> Cut:
        """The pieces of some triples that can be read."""
        texts, triples = self._numbered(worded)
        first, place = distinct(np.stack((triples.head, triples.relation, triples.tail), axis=1))
        return Cut(texts, triples.where(first), place)

    def _numbered(self, worded: Worded) -> tuple[TripleTexts, TripleIds]:
        """Triples by the numbers of their texts."""
        entities, which = self._entities([*worded.heads, *worded.tails])
        relations, relation = self._relations(worded.relations if self._reads_relation else [])
        head, tail = np.split(which, 2)
        relation = relation if self._reads_relation else np.zeros_like(head)
        return TripleTexts.of(entities, relations), TripleIds.of(head, relation, tail)
