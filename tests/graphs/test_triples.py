import pytest

from graphs.errors import DataError, Skipped
from graphs.triples import BATCH, LeftOut, Triples, blocks, records
from graphs.types import EntityText, RelationText, Triple

TEXTS = [EntityText("a", "A"), RelationText("r", "R")]


def test_blocks_and_single_records_are_the_same():
    triples = [Triple(f"h{i}", "关系", "t", ("", "train", "dev", "test")[i % 4], (-1) ** i, i / 2) for i in range(9)]
    given = [*triples[:4], TEXTS[0], *triples[4:], TEXTS[1]]
    found = list(blocks("mine", given, bad=lambda error: None))
    assert [type(block) for block in found] == [EntityText, RelationText, Triples]
    assert list(records(found)) == [*TEXTS, *triples]


def test_blocks_are_bounded():
    found = list(blocks("mine", [Triple("a", "b", "c")] * (BATCH + 1), bad=lambda error: None))
    assert [len(block) for block in found] == [BATCH, 1]


def test_one_value_stands_for_all():
    triples = Triples([b"a", b"d"], [b"b", b"e"], [b"c", b"f"], split=2, label=-1, weight=[0.5, 2.0])
    assert list(triples) == [Triple("a", "b", "c", "dev", -1, 0.5), Triple("d", "e", "f", "dev", -1, 2.0)]


def test_what_was_left_out_is_no_record():
    assert list(records([LeftOut("literal values", 3), *TEXTS])) == TEXTS


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Triple("", "b", "c"), "names that are not empty"),
        (Triple("a", "b\0", "c"), "names that are not empty, of well-formed text without NUL"),
        (EntityText("\ud800"), "of well-formed text"),
        (RelationText("", "c"), "names that are not empty"),
        (Triple("a", "b", "c", "valid"), "one of the splits train, dev, test or none"),
        (Triple("a", "b", "c", label=0), "a label 1 or -1"),
        (Triple("a", "b", "c", weight=1e31), "a weight .a number within"),
        (Triple("a", "b", "c", weight=float("nan")), "a weight .a number within"),
        (EntityText("a", prior=0.0), "a prior .a number from 1e-30 to"),
    ],
)
def test_what_no_store_can_hold_is_bad(record, expected):
    with pytest.raises(DataError, match=f"mine: expected .*{expected}"):
        list(blocks("mine", [record], bad=_raise))
    skipped = Skipped(1)
    assert list(records(blocks("mine", [record, Triple("a", "b", "c")], bad=skipped))) == [Triple("a", "b", "c")]
    assert len(skipped.errors) == 1


def _raise(error):
    raise error
