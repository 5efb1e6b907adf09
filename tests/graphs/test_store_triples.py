import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import store_triples
from graphs.store_triples import (
    COLUMNS,
    IDENTITY,
    Spool,
    contradicted,
    in_another_split,
    known,
    repeated,
    write_triples,
)

ENTITIES = 4
SMALL = st.integers(0, ENTITIES - 1)
ROW = st.tuples(SMALL, st.integers(0, 1), SMALL, st.integers(0, 1), st.sampled_from([1, -1]), st.floats(0, 1, width=32))


def spooled(folder, rows):
    folder.mkdir(exist_ok=True)
    spool = Spool(folder)
    for row in rows:
        spool.append(1, **dict(zip(COLUMNS, row, strict=True)))
    return spool


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all examples of a property: thousands of new files would take longer than the tests."""
    return tmp_path_factory.mktemp("kg")


@settings(max_examples=50)
@given(rows=st.lists(ROW, max_size=12), size=st.sampled_from([1, 3, 2**20]))
def test_repetitions_are_found_and_the_first_is_kept(folder, rows, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_triples, "ROWS", size)
        spool = spooled(folder, rows)
        again = repeated(spool.columns(), ENTITIES)
        identities = [row[: len(IDENTITY)] for row in rows]
        assert again.tolist() == [identity in identities[:i] for i, identity in enumerate(identities)]
        kept = spool.without(again)
    first = {row[: len(IDENTITY)]: row for row in reversed(rows)}
    wanted = [first[identity] for identity in dict.fromkeys(identities)]
    assert list(zip(*(column.tolist() for column in kept.values()), strict=True)) == wanted


@settings(max_examples=50)
@given(
    rows=st.lists(st.tuples(SMALL, st.integers(0, 1), SMALL, st.integers(0, 3), st.sampled_from([1, -1])), max_size=9)
)
def test_rows_of_another_split(rows):
    """As by comparing each row with all before it; none (0) and train (1) are one split."""
    columns = {name: np.array([row[i] for row in rows], COLUMNS[name]) for i, name in enumerate(IDENTITY)}

    def said(row):
        return (*row[:3], row[4])

    expected = []
    for i, row in enumerate(rows):
        splits = [max(other[3], 1) for other in rows[:i] if said(other) == said(row)]
        expected.append(bool(splits) and max(row[3], 1) not in splits)
    assert in_another_split(columns, ENTITIES).tolist() == expected


@settings(max_examples=100)
@given(
    rows=st.lists(st.tuples(SMALL, st.integers(0, 1), SMALL, st.integers(0, 3), st.sampled_from([1, -1])), max_size=9)
)
def test_what_is_known_and_what_is_contradicted(rows):
    """As by comparing each row with all before it; a row of no split (0) says nothing new of what any split has."""
    columns = {name: np.array([row[i] for row in rows], COLUMNS[name]) for i, name in enumerate(IDENTITY)}
    before = [rows[:i] for i in range(len(rows))]
    assert known(columns, ENTITIES).tolist() == [
        any((*other[:3], other[4]) == (*row[:3], row[4]) and row[3] in (0, other[3]) for other in earlier)
        for row, earlier in zip(rows, before, strict=True)
    ]
    assert contradicted(columns, ENTITIES).tolist() == [
        any(other[:3] == row[:3] for other in earlier)
        and not any((*other[:3], other[4]) == (*row[:3], row[4]) for other in earlier)
        for row, earlier in zip(rows, before, strict=True)
    ]


def test_equal_sums_alone_are_no_repetition(monkeypatch):
    monkeypatch.setattr(store_triples, "_FACTORS", np.zeros(len(IDENTITY), np.uint64))
    columns = {name: np.array([0, 1, 0, 1], COLUMNS[name]) for name in IDENTITY}
    assert repeated(columns, 2).tolist() == [False, False, True, True]


@settings(max_examples=50)
@given(rows=st.lists(ROW, max_size=12), size=st.sampled_from([1, 3, 2**20]))
def test_rows_by_head_and_by_tail_in_file_order(folder, rows, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_triples, "ROWS", size)
        write_triples(folder, spooled(folder / "spool", rows).columns(), ENTITIES)
    array = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    by_head = sorted(range(len(rows)), key=lambda i: rows[i][0])
    by_tail = sorted(range(len(rows)), key=lambda i: rows[i][2])
    assert array["order"].tolist() == by_head
    assert array["by_tail.triples"].tolist() == [by_head.index(i) for i in by_tail]
    for name, order, column in [
        ("by_head.relations", by_head, 1),
        ("by_head.tails", by_head, 2),
        ("by_tail.relations", by_tail, 1),
        ("by_tail.heads", by_tail, 0),
        ("split", by_head, 3),
        ("label", by_head, 4),
        ("weight", by_head, 5),
    ]:
        assert array[name].tolist() == [rows[i][column] for i in order]
    for name, column in (("by_head.offsets", 0), ("by_tail.offsets", 2)):
        assert array[name].tolist() == [sum(row[column] < i for row in rows) for i in range(ENTITIES + 1)]
