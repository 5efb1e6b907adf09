"""Targets become numbers, and numbers padded tensors."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs.tables import offsets_of
from kbert.targets import IGNORED, Targets, numbered

ROWS = st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=5)


def test_unknown_and_missing_labels_are_ignored() -> None:
    assert numbered(["a", "b"], ["b", None, "c", "a"]).tolist() == [1, IGNORED, IGNORED, 0]
    assert numbered(["a"], []).tolist() == []


def words_of(rows: list[list[int]]) -> Targets:
    counts = np.array([len(row) for row in rows], dtype=np.int64)
    return Targets(offsets_of(counts), np.array([v for row in rows for v in row], dtype=np.int64), per_text=False)


@given(ROWS, st.data())
def test_targets_of_words_are_padded(rows: list[list[int]], data: st.DataObject) -> None:
    which = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=4))
    longest = max(len(rows[i]) for i in which)
    expected = [rows[i] + [IGNORED] * (longest - len(rows[i])) for i in which]
    assert words_of(rows).collate(np.array(which)).tolist() == expected


@given(st.lists(ROWS, min_size=1, max_size=3))
def test_joined(parts: list[list[list[int]]]) -> None:
    joined = Targets.join([words_of(rows) for rows in parts])
    rows = [row for rows in parts for row in rows]
    assert joined.offsets.tolist() == words_of(rows).offsets.tolist()
    assert joined.values.tolist() == words_of(rows).values.tolist()


def test_targets_of_texts() -> None:
    parts = [Targets.of_texts(np.array(values)) for values in ([3, 4], [5])]
    joined = Targets.join(parts)
    assert joined.per_text
    assert joined.collate(np.array([2, 0])).tolist() == [5, 3]
