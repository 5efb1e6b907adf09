"""What is learnt and what is held out of histories."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbert.behaviour.histories import Histories


def histories(*users, catalogue=50):
    """Histories of users, whose items are unlike one another."""
    offsets = np.cumsum([0, *map(len, users)])
    return Histories(offsets, np.array([item for user in users for item in user], dtype=np.int32), catalogue)


def listed(some):
    return [some.items[a:b].tolist() for a, b in zip(some.offsets[:-1], some.offsets[1:], strict=True)]


def test_the_last_event_is_for_test_and_the_one_before_for_dev():
    all_of_it = histories([1, 2, 3, 4], [5, 6], [], [7, 8, 9])
    assert listed(all_of_it.learnt) == [[1, 2], [5, 6], [], [7]]
    dev, test = all_of_it.questions("dev"), all_of_it.questions("test")
    assert (listed(dev), dev.answers.tolist(), dev.users.tolist()) == ([[1, 2], [7]], [3, 8], [0, 3])
    assert (listed(test), test.answers.tolist(), test.users.tolist()) == ([[1, 2, 3], [7, 8]], [4, 9], [0, 3])


USERS = st.lists(st.lists(st.integers(0, 49), max_size=9), min_size=1, max_size=8)


@given(users=USERS)
def test_nothing_that_is_asked_is_learnt(users):
    """Every event is learnt, or asked for by dev, or by test, and none is two of that."""
    all_of_it = histories(*users)
    dev, test = (all_of_it.questions(split) for split in ("dev", "test"))
    learnt = listed(all_of_it.learnt)
    for place, user in enumerate(dev.users.tolist()):
        assert [*learnt[user], dev.answers[place], test.answers[place]] == users[user]
        assert listed(dev)[place] == learnt[user]
        assert listed(test)[place] == users[user][:-1]
    whole = [user for user in range(len(users)) if user not in dev.users]
    assert [learnt[user] for user in whole] == [users[user] for user in whole]
    assert all(len(users[user]) < 3 for user in whole)


def test_one_stretch_of_each_is_drawn_anew_and_all_is_seen_in_the_end():
    some = histories(list(range(10)), [10, 11], [])
    generator, seen = np.random.default_rng(0), set()
    for _ in range(60):
        drawn = some.one_each(3, generator)
        assert drawn.user.tolist() == [0, 1, 2]
        assert drawn.taken.tolist() == [3, 2, 0]
        assert drawn.first[1:].tolist() == [10, 12]
        seen |= {*some.items[drawn.first[0] : drawn.first[0] + 3].tolist()}
    assert seen == set(range(10))


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(1, 5), st.integers(0, 3))
def test_overlapping_stretches_ask_for_each_item_once_behind_half_a_stretch(lengths, most, seed):
    some = histories(*(list(range(length)) for length in lengths))
    drawn = some.overlapping(most, np.random.default_rng(seed))
    asked = []
    for user, first, taken, last in zip(drawn.user, drawn.first, drawn.taken, drawn.asked, strict=True):
        assert 1 <= last <= taken <= most
        begins = first - some.offsets[user]
        assert 0 <= begins <= begins + taken <= lengths[user]
        for place in range(taken - last, taken):
            asked.append((user, begins + place))
            assert place >= min(begins + place, most - max(1, most // 2))
    assert sorted(asked) == [(user, place) for user, length in enumerate(lengths) for place in range(length)]
    last = np.array([len(drawn) - 1]) if len(drawn) else np.zeros(0, dtype=np.int64)
    assert drawn.of(last).first.tolist() == drawn.first[-1:].tolist()


def test_overlapping_stretches_end_anywhere():
    some = histories(list(range(10)))
    drawn = [some.overlapping(4, np.random.default_rng(seed)) for seed in range(50)]
    assert {end for one in drawn for end in (one.first + one.taken).tolist()} == {*range(2, 11)}


def test_popularity():
    assert histories([1, 1, 3], [3, 1], catalogue=5).popularity().tolist() == [0, 3, 0, 2, 0]


def test_of_a_behaviour_graph(tmp_path):
    from graphs.behaviour_build import build_behaviour
    from graphs.behaviour_recipe import BehaviourRecipe
    from graphs.rooms import Part

    path = tmp_path / "events.tsv"
    path.write_text("user\titem\ttime\nu\tb\t2\nu\ta\t1\nv\tc\t1\n", encoding="utf-8")
    some = Histories.of(build_behaviour(tmp_path / "graph", [(str(path), Part("tsv"))], BehaviourRecipe()))
    assert (len(some), some.catalogue, listed(some)) == (2, 3, [[1, 0], [2]])


@pytest.mark.parametrize("split", ["dev", "test"])
def test_nobody_to_ask(split):
    assert len(histories([1, 2]).questions(split)) == 0


def test_what_each_event_is_for():
    """Brute force: an event is for what asks for it, and is learnt where nothing does."""
    histories = Histories(np.array([0, 1, 3, 6, 11]), np.arange(11, dtype=np.int32), 11)
    asked = {split: histories.questions(split) for split in ("dev", "test")}
    for user in range(4):
        own = histories.items[histories.offsets[user] : histories.offsets[user + 1]]
        expected = []
        for item in own:
            split = [name for name, questions in asked.items() if item in questions.answers]
            expected.append(split[0] if split else "learnt")
        assert histories.splits_of(user) == expected
        learnt = histories.learnt
        kept = learnt.items[learnt.offsets[user] : learnt.offsets[user + 1]].tolist()
        assert [item for item, split in zip(own.tolist(), expected, strict=True) if split == "learnt"] == kept
