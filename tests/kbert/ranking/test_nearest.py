"""The nearest wrong answers, against a sort of all of them."""

import numpy as np
import pytest

from graphs.errors import OptionsError
from kbert.ranking.link_prediction import OnQuestions, Scored
from kbert.ranking.nearest import Nearest
from kbert.triples.ids import TripleIds
from kbert.triples.negatives import TripleSet, draw
from kbert.triples.ranks import Queries, TrueAnswers

ENTITIES = 12
TRAIN = TripleIds.of([0, 0, 1, 2, 3, 3, 4], [0, 0, 1, 0, 1, 1, 0], [1, 2, 3, 1, 0, 5, 6])
SCORES = np.random.default_rng(0).permutation(2 * 2 * ENTITIES * ENTITIES).reshape(2, 2, ENTITIES, ENTITIES)


class Fixed:
    """Scores drawn once for each question."""

    at_once = 3

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        given, relation, asks_tail = queries.asked.columns
        return Scored(SCORES[asks_tail.astype(int), relation, given].astype(np.float32), 0)


def rows(triples: TripleIds) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in triples.columns), strict=True))


def by_hand(triple: int, asks_tail: bool, k: int) -> list[int]:
    h, r, t = rows(TRAIN)[triple]
    scores = SCORES[int(asks_tail), r, h if asks_tail else t]
    wrong = [e for e in range(ENTITIES) if ((h, r, e) if asks_tail else (e, r, t)) not in rows(TRAIN)]
    return sorted(wrong, key=lambda e: -scores[e])[:k]


@pytest.mark.parametrize("k", [1, 4, 99])
def test_one_of_the_nearest_that_are_wrong(k: int) -> None:
    nearest, generator = Nearest(Fixed(), TRAIN, k=k), np.random.default_rng(0)
    for triple in range(len(TRAIN)):
        for asks_tail in (False, True):
            size = 40 * k
            drawn = nearest(np.full(size, triple), np.full(size, asks_tail), generator)
            assert set(drawn.tolist()) == set(by_hand(triple, asks_tail, k))


def test_where_every_answer_is_right_there_is_none() -> None:
    every = TripleIds.of(range(ENTITIES), [0] * ENTITIES, [5] * ENTITIES)
    nearest = Nearest(Fixed(), every, k=3)
    drawn = nearest(np.array([0, 1]), np.array([False, True]), np.random.default_rng(0))
    assert drawn[0] == -1
    assert drawn[1] >= 0


@pytest.mark.parametrize("count", [1, 2, 5, 8])
@pytest.mark.parametrize("sides", ["both", "head", "tail"])
def test_half_of_the_negatives_are_near(count: int, sides: str) -> None:
    """At both sides alike, the others drawn from all entities, none of them true."""
    train, near, total = TripleSet(TRAIN, ENTITIES, 2), np.zeros(2), np.zeros(2)
    proposer = Nearest(Fixed(), TRAIN, k=1)
    for seed in range(60):
        generator = np.random.default_rng(seed)
        drawn = draw(TRAIN, train, ENTITIES, count=count, sides=sides, generator=generator, proposer=proposer)
        assert not train.holds(drawn).any()
        for i, (h, _, t) in enumerate(rows(drawn)):
            own = rows(TRAIN)[i // count]
            assert (h == own[0]) != (t == own[2])
            asks_tail = t != own[2]
            near[int(asks_tail)] += (t if asks_tail else h) == by_hand(i // count, asks_tail, 1)[0]
            total[int(asks_tail)] += 1
    used = total > 0
    assert used.tolist() == {"both": [True, True], "head": [True, False], "tail": [False, True]}[sides]
    # One of about ten wrong answers is the nearest by chance.
    np.testing.assert_allclose((near[used] / total[used]), 0.55, atol=0.08)


def test_at_least_one() -> None:
    with pytest.raises(OptionsError, match="nearest: expected at least 1, found 0"):
        Nearest(Fixed(), TRAIN, k=0)
