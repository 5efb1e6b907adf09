from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import DataError, OptionsError
from kbert.triples.ids import TripleIds
from kbert.triples.negatives import TripleSet, _evenly, draw

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 3))


def columns(triples):
    return TripleIds.of(*zip(*triples, strict=True))


def rows(triples):
    return list(zip(*(column.tolist() for column in triples.columns), strict=True))


@settings(max_examples=40)
@given(SIZES, st.data())
def test_membership_by_brute_force(sizes, data):
    entities, relations = sizes
    triple = st.tuples(st.integers(0, entities - 1), st.integers(0, relations - 1), st.integers(0, entities - 1))
    there = data.draw(st.lists(triple, min_size=1, max_size=10))
    asked = data.draw(st.lists(triple, min_size=1, max_size=10))
    found = TripleSet(columns(there), entities, relations).holds(columns(asked))
    assert found.tolist() == [triple in there for triple in asked]


def test_ids_of_the_largest_graphs():
    """Head × relation × tail would not fit 64 bits."""
    last, relation = 10**8 - 1, 10**4 - 1
    some = TripleSet(columns([(last, relation, last), (0, 0, 0)]), 10**8, 10**4)
    asked = columns([(last, relation, last), (last, relation, last - 1), (0, 0, 0), (0, relation, 0)])
    assert some.holds(asked).tolist() == [True, False, True, False]


TRAIN = columns([(i, i % 3, (i * 7 + 1) % 20) for i in range(20)] + [(i, 0, 5) for i in range(20) if i % 3])


def drawn(seed=0, **options):
    generator = np.random.default_rng(seed)
    return rows(draw(TRAIN, TripleSet(TRAIN, 20, 3), 20, generator=generator, **{"count": 4} | options))


def test_negatives_differ_from_their_triple_in_one_place_and_are_false():
    true = rows(TRAIN)
    negatives = drawn()
    assert len(negatives) == 4 * len(true)
    assert not set(negatives) & set(true)
    for i, (head, relation, tail) in enumerate(negatives):
        own = true[i // 4]
        assert relation == own[1]
        assert (head == own[0]) != (tail == own[2])


def test_half_of_the_negatives_of_a_triple_are_at_each_side():
    true, negatives = rows(TRAIN), drawn()
    at_tail = np.array([negative[2] != true[i // 4][2] for i, negative in enumerate(negatives)])
    assert (at_tail.reshape(-1, 4).sum(1) == 2).all()
    single = drawn(count=1)
    assert 0 < sum(negative[2] != own[2] for negative, own in zip(single, true, strict=True)) < len(true)


def test_as_many_for_a_question_of_many_answers_as_for_one_of_few():
    """Nine tails of one head, each of which has no other head: one in ten false triples is at the tail's place."""
    fan = columns([(0, 0, tail) for tail in range(1, 10)] + [(0, 1, 1), (2, 1, 1), (2, 1, 3)])
    every = TripleSet(fan, 50, 2)
    negatives = rows(draw(fan, every, 50, count=1000, sides="balanced", generator=np.random.default_rng(0)))
    assert not set(negatives) & set(rows(fan))
    at_tail = np.array([n[2] != own[2] for n, own in zip(negatives, np.repeat(rows(fan), 1000, axis=0), strict=True)])
    share = at_tail.reshape(-1, 1000).mean(1)
    expected = [1 / 10] * 9 + [2 / 3, 1 / 2, 1 / 3]
    assert share == pytest.approx(expected, abs=5 * (0.25 / 1000) ** 0.5)


def test_as_many_for_each_question():
    """Against counting: a negative belongs to the question it answers wrongly, for a head or for a tail."""
    fan = columns([(0, 0, tail) for tail in range(1, 10)] + [(0, 1, 1), (2, 1, 1), (2, 1, 3)])
    every, true = TripleSet(fan, 50, 2), set(rows(fan))
    negatives = rows(draw(fan, every, 50, count=7, sides="even", generator=np.random.default_rng(0)))
    assert len(negatives) == 7 * len(true)
    assert not set(negatives) & true
    asked = [("tail", 0, 0), ("tail", 0, 1), ("tail", 2, 1)]
    asked += [("head", 0, tail) for tail in range(1, 10)] + [("head", 1, 1), ("head", 1, 3)]
    heads, tails = ({(h, r) for h, r, _ in true}, {(r, t) for _, r, t in true})
    # Where a false triple answers both kinds of questions wrongly it may belong to either.
    count = dict.fromkeys(asked, 0.0)
    for head, relation, tail in negatives:
        of = [("tail", head, relation)] * ((head, relation) in heads)
        of += [("head", relation, tail)] * ((relation, tail) in tails)
        for question in of:
            count[question] += 1 / len(of)
    expected = 7 * len(true) / len(asked)
    assert list(count.values()) == pytest.approx([expected] * len(asked), abs=4)
    assert sum(count.values()) == len(negatives)


@settings(max_examples=50)
@given(st.data())
def test_no_question_has_many_more_than_another(data):
    """The places that are replaced, by brute force over questions."""
    triple = st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 4))
    some = columns(data.draw(st.lists(triple, min_size=1, max_size=12, unique=True)))
    count = data.draw(st.integers(1, 5))
    place, replaces_tail = _evenly(some, count, np.random.default_rng(data.draw(st.integers(0, 9))))
    assert len(place) == len(replaces_tail) == count * len(some)
    true = rows(some)
    asked = Counter()
    for h, r, t in true:
        asked[True, h, r], asked[False, r, t] = 0, 0
    for i, at_tail in zip(place.tolist(), replaces_tail.tolist(), strict=True):
        h, r, t = true[i]
        asked[(True, h, r) if at_tail else (False, r, t)] += 1
    expected = count * len(true) / len(asked)
    assert all(abs(number - expected) < 1 for number in asked.values())
    shares = Counter(zip(place.tolist(), replaces_tail.tolist(), strict=True))
    for i, (h, r, t) in enumerate(true):
        for at_tail, same in (
            (True, [j for j, one in enumerate(true) if one[:2] == (h, r)]),
            (False, [j for j, one in enumerate(true) if one[1:] == (r, t)]),
        ):
            assert abs(shares[i, at_tail] - expected / len(same)) < 2


def test_nothing_proposes_for_questions():
    with pytest.raises(OptionsError, match="sides even draws for questions, and nothing proposes"):
        drawn(sides="even", proposer=lambda which, asks_tail, generator: which)


@pytest.mark.parametrize(("side", "place"), [("head", 0), ("tail", 2)])
def test_one_side_alone(side, place):
    true = rows(TRAIN)
    assert all(negative[place] != true[i // 4][place] for i, negative in enumerate(drawn(sides=side)))


def test_the_seed_decides():
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_entities_are_drawn_evenly():
    """What is left for the tail of (0, 0, ?): all but the true ones, each as often as another."""
    one = TRAIN.where(np.zeros(20_000, dtype=np.int64))
    negatives = draw(one, TripleSet(TRAIN, 20, 3), 20, count=1, sides="tail", generator=np.random.default_rng(0))
    true = {tail for head, relation, tail in rows(TRAIN) if (head, relation) == (0, 0)}
    count = np.bincount(negatives.tail, minlength=20)
    allowed = np.array([entity not in true for entity in range(20)])
    assert (count[~allowed] == 0).all()
    expected = 20_000 / allowed.sum()
    assert (abs(count[allowed] - expected) < 5 * expected**0.5).all()


def test_held_out_triples_can_be_drawn():
    """To reject a test triple would tell the model that it is true."""
    planted = (0, 0, 9)
    assert planted not in rows(TRAIN)
    one = TRAIN.where(np.zeros(500, dtype=np.int64))
    negatives = draw(one, TripleSet(TRAIN, 20, 3), 20, count=1, sides="tail", generator=np.random.default_rng(0))
    assert planted in rows(negatives)


@pytest.mark.parametrize("sides", ["both", "balanced"])
def test_where_one_side_is_all_true_the_other_is_replaced(sides):
    full = columns([(head, 0, 0) for head in range(5)])
    negatives = rows(draw(full, TripleSet(full, 5, 1), 5, count=2, sides=sides, generator=np.random.default_rng(0)))
    assert all(head == i // 2 and tail != 0 for i, (head, _, tail) in enumerate(negatives))
    with pytest.raises(DataError, match="expected a false triple"):
        draw(full, TripleSet(full, 5, 1), 5, count=1, sides="head", generator=np.random.default_rng(0))


def test_where_all_is_true_nothing_false_is_found():
    full = columns([(head, 0, tail) for head in range(2) for tail in range(2)])
    with pytest.raises(DataError, match="expected a false triple for each true one within 100 draws, found none for 4"):
        draw(full, TripleSet(full, 2, 1), 2, count=1, generator=np.random.default_rng(0))
    with pytest.raises(DataError, match=r"^dev of kg: expected a false"):
        draw(full, TripleSet(full, 2, 1), 2, count=1, generator=np.random.default_rng(0), where="dev of kg")


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"sides": "tails"}, "sides: expected both, balanced, even, head or tail, found 'tails'"),
        ({"count": 0}, "count: expected at least 1, found 0"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_is_no_way_to_draw(odd, message):
    with pytest.raises(OptionsError, match=message):
        drawn(**odd)
