import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbert.triples.ids import TripleIds
from kbert.triples.ranks import Queries, TrueAnswers, rank_metrics, realistic_ranks

ENTITIES, RELATIONS = 5, 2
TRIPLES = st.lists(
    st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, RELATIONS - 1), st.integers(0, ENTITIES - 1)),
    min_size=1,
    max_size=12,
    unique=True,
)


def columns(triples):
    return TripleIds.of(*zip(*triples, strict=True))


def ranks_of(triples, known, score):
    """As link prediction would do it with ours: heads, then tails."""
    queries, index = Queries.of(columns(triples)), TrueAnswers(columns(known))
    rank, tied = np.empty(2 * len(triples)), np.empty(2 * len(triples), dtype=bool)
    for i in range(len(queries)):
        own = slice(queries.offsets[i], queries.offsets[i + 1])
        entity, relation, asks_tail = (column[i].item() for column in queries.asked.columns)
        found = realistic_ranks(
            score[int(asks_tail), relation, entity],
            queries.answers[own],
            index.answers(entity, relation, asks_tail=asks_tail),
        )
        rank[queries.place[own]], tied[queries.place[own]] = found
    return rank, tied


def by_hand(triples, known, score):
    """Candidate by candidate: one more for each better one, a half for each as good."""
    ranks, ties = [], []
    for side in (0, 1):
        for head, relation, tail in triples:
            given, answer = (head, tail) if side else (tail, head)
            rank, tie = 1.0, False
            for other in range(ENTITIES):
                triple = (given, relation, other) if side else (other, relation, given)
                if other == answer or triple in known or triple in triples:
                    continue
                scores = score[side, relation, given]
                rank += 1 if scores[other] > scores[answer] else 0.5 if scores[other] == scores[answer] else 0
                tie |= bool(scores[other] == scores[answer])
            ranks.append(rank)
            ties.append(tie)
    return ranks, ties


@settings(max_examples=60)
@given(TRIPLES, TRIPLES, st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 1000]))
def test_ranks_by_brute_force(triples, others, seed, values):
    score = np.random.default_rng(seed).integers(values, size=(2, RELATIONS, ENTITIES, ENTITIES)).astype(np.float32)
    known = list(dict.fromkeys([*triples, *others]))
    rank, tied = ranks_of(triples, known, score)
    assert (rank.tolist(), tied.tolist()) == by_hand(triples, known, score)


def test_equal_questions_are_asked_once():
    queries = Queries.of(columns([(0, 0, 1), (0, 0, 2), (3, 0, 1), (0, 1, 1)]))
    asked = list(zip(*(column.tolist() for column in queries.asked.columns), strict=True))
    assert asked == [(1, 0, False), (2, 0, False), (1, 1, False), (0, 0, True), (3, 0, True), (0, 1, True)]
    assert len(queries) == 6
    assert queries.answers.tolist() == [0, 3, 0, 0, 1, 2, 1, 1]
    assert sorted(queries.place.tolist()) == list(range(8))


def test_a_score_must_be_a_number():
    with pytest.raises(ValueError, match="expected numbers, found NaN"):
        realistic_ranks(np.array([1.0, np.nan]), np.array([0]), np.array([0]))


def test_metrics():
    found = rank_metrics(np.array([1.0, 2.5, 4.0, 20.0]))
    assert found == pytest.approx(
        {"mr": 6.875, "mrr": (1 + 0.4 + 0.25 + 0.05) / 4, "hits@1": 0.25, "hits@3": 0.5, "hits@10": 0.75, "ranks": 4}
    )
    assert rank_metrics(np.empty(0)) == {"ranks": 0}


def test_some_of_the_questions():
    queries = Queries.of(columns([(0, 0, 1), (0, 0, 2), (3, 0, 1), (0, 1, 1)]))
    some = queries.where(np.array([3, 0]))
    assert [column.tolist() for column in some.asked.columns] == [[0, 1], [0, 0], [True, False]]
    assert [some.answers[some.own(i)].tolist() for i in range(2)] == [[1, 2], [0, 3]]
    assert [some.place[some.own(i)].tolist() for i in range(2)] == [[4, 5], [0, 2]]
    assert some.right(1, TrueAnswers(columns([(4, 0, 1), (0, 0, 1), (2, 1, 1)]))).tolist() == [0, 4]
