"""Ranks of dev after an epoch: which triples they are of, and what is left out."""

import numpy as np
import pytest

from kbert.ranking.link_dev import MOST, LinkDev
from kbert.ranking.link_prediction import OnQuestions, Scored
from kbert.triples.ids import TripleIds
from kbert.triples.ranks import Queries, TrueAnswers


class ByNumber:
    """The higher the number of an entity, the better an answer it is; what was asked is remembered."""

    at_once = 10_000

    def __init__(self, entities: int) -> None:
        self.entities, self.asked = entities, set[tuple[int, bool]]()

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        self.asked |= set(zip(queries.asked.given.tolist(), queries.asked.asks_tail.tolist(), strict=True))
        on_questions(len(queries))
        return Scored(np.tile(np.arange(self.entities, dtype=np.float32), (len(queries), 1)), 0)


def test_ranks_by_hand() -> None:
    """The best of the heads and the second of the tails, whom only a true answer beats."""
    dev, other = TripleIds.of([4], [0], [2]), TripleIds.of([4, 4], [0, 0], [2, 3])
    metrics, value = LinkDev(dev, other).measure(ByNumber(5))
    assert metrics["mr"] == pytest.approx(np.mean([1, 2]))  # 4 alone is better than 2 where 3 is true as well
    assert value == metrics["mrr"] == pytest.approx(np.mean([1, 1 / 2]))


def test_a_draw_of_many() -> None:
    """So many, by the seed, and the sentence says so; those of a small dev are all ranked."""
    many = TripleIds.of(range(1_500), [0] * 1_500, [1_500] * 1_500)

    def asked(dev: LinkDev) -> set[tuple[int, bool]]:
        answerer = ByNumber(1_501)
        dev.measure(answerer)
        return answerer.asked

    drawn = LinkDev(many, many, seed=3)
    assert f"MRR over {MOST:,} (drawn with seed 3) of the 1,500 triples of the split dev" in drawn.protocol
    assert len(asked(drawn)) == MOST + 1
    assert asked(drawn) == asked(LinkDev(many, many, seed=3)) != asked(LinkDev(many, many, seed=4))
    few = many.where(np.arange(4))
    assert asked(LinkDev(few, many)) == {(0, True), (1, True), (2, True), (3, True), (1_500, False)}
