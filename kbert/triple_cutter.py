"""Triples of texts as triples of ids, every distinct text and triple once."""

from typing import NamedTuple

import numpy as np

from graphs.tables import Ids, distinct
from kbert.phrase_cache import PhraseCache
from kbert.question_texts import Worded
from kbert.triple_ids import TripleIds
from kbert.triple_reader import TripleReader
from kbert.triple_texts import TripleTexts


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
        self._reads_relation = reads_relation
        self._entities = PhraseCache(lambda texts: model.phrases(texts, texts))
        self._relations = PhraseCache(lambda texts: model.phrases(texts, texts))

    def __call__(self, worded: Worded) -> Cut:
        """The pieces of some triples."""
        entities, which = self._entities([*worded.heads, *worded.tails])
        relations, relation = self._relations(worded.relations if self._reads_relation else [])
        head, tail = np.split(which, 2)
        relation = relation if self._reads_relation else np.zeros_like(head)
        first, place = distinct(np.stack((head, relation, tail), axis=1))
        triples = TripleIds.of(head[first], relation[first], tail[first])
        return Cut(TripleTexts(entities, relations), triples, place)
