import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import DataError, Skipped
from graphs.formats import tsv
from graphs.triples import NewTexts
from graphs.types import Triple

NAME = st.text(st.characters(exclude_characters="\t\n\r\0\ufeff", exclude_categories=["Cs"]), min_size=1, max_size=5)
ROWS = st.lists(st.tuples(NAME, NAME, NAME), max_size=8)


def test_both_orders(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("a\tb\tc\n")
    assert list(tsv.read(path)) == [Triple("a", "b", "c")]
    assert list(tsv.read(path, order="htr")) == [Triple("a", "c", "b")]


def test_header_and_split(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("head\trelation\ttail\na\tb\tc\n")
    assert list(tsv.read(path, header=True, split="dev")) == [Triple("a", "b", "c", "dev")]


def test_a_header_of_any_width_is_left_out(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("facts\n")
    assert list(tsv.read(path, header=True)) == []


def test_labels_and_weights(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("a\tb\tc\t1\nd\te\tf\t-1\ng\th\ti\t0\n")
    assert [t.label for t in tsv.read(path, fourth="label")] == [1, -1, -1]
    assert [t.weight for t in tsv.read(path, fourth="weight")] == [1.0, -1.0, 0.0]


NAMED = "evidence\ttail\trelation\tlabel\thead\tweight\n"


def test_a_header_that_names_the_columns(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text(NAMED + "so it is\tc\tb\t1\ta\t2\n\tf\te\t0\td\t.5\n")
    expected = [Triple("a", "b", "c", "", 1, 2.0), Triple("d", "e", "f", "", -1, 0.5)]
    for header in (False, True):
        for order in ("hrt", "htr"):
            for fourth in ("none", "label", "weight"):
                assert list(tsv.read(path, header=header, order=order, fourth=fourth)) == expected
    path.write_text("tail\thead\trelation\nc\ta\tb\n")
    assert list(tsv.read(path)) == [Triple("a", "b", "c")]


def test_a_fourth_column_of_another_name(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("head\trelation\ttail\tsure\na\tb\tc\t2\n")
    assert list(tsv.read(path, header=True, fourth="weight")) == [Triple("a", "b", "c", weight=2.0)]
    with pytest.raises(DataError, match=r"facts.tsv:1: expected a weight .*, found 'sure'"):
        list(tsv.read(path, fourth="weight"))
    assert list(tsv.read(path)) == [Triple("a", "b", "c")]


def test_bad_lines_under_names(tmp_path):
    path = tmp_path / "facts.tsv"
    lines = [
        "\tc\tb\t1\ta\t2",
        "x\tc\tb\t5\ta\t2",
        "x\tc\tb\t1\ta\tmuch",
        "x\t\tb\t1\ta\t2",
        "x\tc",
        "\tf\te\t-1\td\t3",
    ]
    path.write_text(NAMED + "\n".join(lines) + "\n")
    skipped = Skipped(4)
    found = list(tsv.read(path, bad=skipped))
    assert found == [Triple("a", "b", "c", weight=2.0), Triple("d", "e", "f", label=-1, weight=3.0)]
    assert sorted((error.line, error.expected) for error in skipped.errors) == [
        (3, "the label 1 (true), -1 or 0 (false)"),
        (4, "a weight (a number within ±1e+30)"),
        (5, "no empty column (head, relation, tail, label, weight)"),
        (6, "6 tab-separated columns (evidence, tail, relation, label, head, weight)"),
    ]


@pytest.mark.parametrize(
    ("fourth", "value", "message"),
    [
        ("label", "2", r"facts.tsv:2: expected the label 1 \(true\), -1 or 0 \(false\), found '2'"),
        ("label", "true", r"facts.tsv:2: expected the label 1 \(true\), -1 or 0 \(false\), found 'true'"),
        ("weight", "heavy", "facts.tsv:2: expected a weight .a number within ±1e.30., found 'heavy'"),
        ("weight", "nan", "expected a weight"),
        ("weight", "1e99", "expected a weight"),
    ],
)
def test_a_bad_fourth_column_stops_or_is_skipped(tmp_path, fourth, value, message):
    path = tmp_path / "facts.tsv"
    path.write_text(f"a\tb\tc\t1\nd\te\tf\t{value}\ng\th\ti\t1\n")
    with pytest.raises(DataError, match=message):
        list(tsv.read(path, fourth=fourth))
    assert [t.head for t in tsv.read(path, fourth=fourth, bad=Skipped(1))] == ["a", "g"]


def test_a_fourth_column_nobody_asked_for_is_bad(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("a\tb\tc\t1\n")
    with pytest.raises(
        DataError, match=r"facts.tsv:1: expected 3 tab-separated columns .head, relation, tail., found 4"
    ):
        list(tsv.read(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all examples of a property: thousands of new files would take longer than the tests."""
    return tmp_path_factory.mktemp("kg")


@given(rows=ROWS)
def test_what_was_written_is_read(folder, rows):
    path = folder / "facts.tsv"
    path.write_bytes("".join("\t".join(row) + "\n" for row in rows).encode())
    assert list(tsv.read(path)) == [Triple(*row) for row in rows]


@given(rows=ROWS, broken=st.integers(0, 8))
def test_a_bad_line_changes_nothing_for_the_others(folder, rows, broken):
    path = folder / "facts.tsv"
    lines = ["\t".join(row) + "\n" for row in rows]
    lines.insert(broken, "one column\n")
    path.write_bytes("".join(lines).encode())
    skipped = Skipped(1)
    assert list(tsv.read(path, bad=skipped)) == [Triple(*row) for row in rows]
    assert [error.line for error in skipped.errors] == [min(broken, len(rows)) + 1]


def test_texts_of_rows(tmp_path):
    path = tmp_path / "facts.tsv"
    lines = ["a\tA\tr\tb\t\t", "b\t\tr\ta\tanother A\tis", "c\t\u200b\tr\tb\tB\t", "c\t\ts\ta\t\t"]
    path.write_text(
        "head\thead_text\trelation\ttail\ttail_text\trelation_text\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    own = {"bad": pytest.fail, "order": "hrt", "header": False, "fourth": "none", "split": ""}
    triples, texts = tsv.blocks(path, **own)
    assert [triple[:3] for triple in triples] == [("a", "r", "b"), ("b", "r", "a"), ("c", "r", "b"), ("c", "s", "a")]
    assert texts == NewTexts({b"a": b"A", b"b": b"B"}, {b"r": b"is"})
    assert list(tsv.read(path)) == list(triples)
    path.write_text("head\ttail_text\trelation\ttail\n\tx\tr\tb\na\t\t\tb\na\t\tr\tb\n")
    skipped = Skipped(2)
    assert [triple[:3] for triple in tsv.read(path, bad=skipped)] == [("a", "r", "b")]
    assert [str(error.expected) for error in skipped.errors] == ["no empty column (head, relation, tail)"] * 2
