"""Keys that were met before, against a set of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import seen
from graphs.seen import Seen


@given(st.lists(st.lists(st.text("ab\ud800", max_size=3), max_size=9), max_size=9), st.integers(1, 5))
def test_as_a_set(parts, together):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(seen, "TOGETHER", together)
        keys, met = Seen(), set()
        for part in parts:
            expected = []
            for key in part:
                expected.append(key in met)
                met.add(key)
            assert keys.add(part).tolist() == expected
            assert len(keys) == len(met)


def test_keys_that_come_one_by_one_are_merged_many_at_once(monkeypatch):
    merges = []
    monkeypatch.setattr(seen, "TOGETHER", 100)
    monkeypatch.setattr(Seen, "_merge", lambda self, merge=Seen._merge: (merges.append(1), merge(self)))
    keys = Seen()
    for number in range(1000):
        assert not keys.add([str(number)]).any()
    assert (len(merges), len(keys)) == (10, 1000)
