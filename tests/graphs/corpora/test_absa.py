import pytest

from graphs.corpora.absa import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document, Role, Target

GOOD = "The $T$ of the harbour is fine .\nold lighthouse\n1\n"


def documents(tmp_path, content, **options):
    (tmp_path / "reviews.seg").write_text(content, encoding="utf-8")
    return list(read(tmp_path / "reviews.seg", **options))


def test_a_document(tmp_path):
    first, second = documents(tmp_path, GOOD + "$T$ ?\n soup \n-1\n")
    assert first == Document(
        "reviews:1",
        ("The old lighthouse of the harbour is fine .",),
        spans=(Role("aspect", 0, 4, 18),),
        target=Target(label="positive"),
    )
    assert (first.file, first.line) == (str(tmp_path / "reviews.seg"), 1)
    assert (second.id, second.texts, second.spans) == ("reviews:4", ("soup ?",), (Role("aspect", 0, 0, 4),))
    assert second.target.label == "negative"


def test_some_of_them(tmp_path):
    content = GOOD + GOOD.replace("1", "0") + GOOD.replace("1", "-1")
    labels = {part: [d.target.label for d in documents(tmp_path, content, examples=part)] for part in (":1", "-2:")}
    assert labels == {":1": ["positive"], "-2:": ["neutral", "negative"]}
    with pytest.raises(OptionsError, match="examples: expected FIRST:END, such as 0:500 or -100:, found '3'"):
        documents(tmp_path, GOOD, examples="3")


@pytest.mark.parametrize(
    ("example", "line", "message"),
    [
        ("no aspect\na\n1\n", 4, r"a text with \$T\$ once, found 'no aspect'"),
        ("$T$ and $T$\na\n1\n", 4, r"a text with \$T\$ once, found '\$T\$ and \$T\$'"),
        ("a $T$\n\n1\n", 5, "a text, its aspect and -1, 0 or 1 with no blank lines, found an empty line"),
        ("a $T$\n$T$\n1\n", 5, r"an aspect, found '\$T\$'"),
        ("a $T$\nb\n2\n", 6, "-1, 0 or 1, found '2'"),
    ],
)
def test_bad_examples(tmp_path, example, line, message):
    with pytest.raises(DataError, match=rf"reviews\.seg:{line}: expected {message}"):
        documents(tmp_path, GOOD + example)
    skipped = Skipped(1)
    assert len(documents(tmp_path, GOOD + example + GOOD, bad=skipped)) == 2
    assert [error.line for error in skipped.errors] == [line]


def test_an_example_that_breaks_off(tmp_path):
    with pytest.raises(DataError, match=r"reviews\.seg:5: expected three lines an example, found 2 at the end"):
        documents(tmp_path, GOOD + "a $T$\nb\n")


def test_there_are_no_columns(tmp_path):
    with pytest.raises(OptionsError, match="a file of aspects has no field 'text'"):
        documents(tmp_path, GOOD, columns={"text": "sentence"})
