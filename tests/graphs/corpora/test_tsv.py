import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.corpora.tsv import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document, Target, Token

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\t\n\r\ufeff")).filter(str.strip)


def documents(tmp_path, content, **options):
    file = tmp_path / "part.tsv"
    file.write_text(content, encoding="utf-8", newline="")
    return list(read(file, **options))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("label\ttext_a\n1\t很好\n", Document("part:2", ("很好",), target=Target(label="1"))),
        (
            "label\ttext_a\ttext_b\n0\tWo ist er?\tEr ist hier.\n",
            Document("part:2", ("Wo ist er?", "Er ist hier."), target=Target(label="0")),
        ),
        (
            "qid\tlabel\ttext_a\ttext_b\n7\t1\tq\ta\n",
            Document("part:2", ("q", "a"), group="7", target=Target(label="1")),
        ),
        ("sentence\tlabel\r\nit 's fun \t1\r\n", Document("part:2", ("it 's fun ",), target=Target(label="1"))),
        ("ID\tText\tValue\nx7\tgood\t-1.5e1\n", Document("x7", ("good",), target=Target(value=-15.0))),
        ("id\ttext\tgroup\tother\nx\tone\tg\t\n", Document("x", ("one",), group="g")),
        ("text\n\"quoted' text\n", Document("part:2", ("\"quoted' text",))),
    ],
)
def test_headers_known_without_options(tmp_path, content, expected):
    assert documents(tmp_path, content) == [expected]


def test_kbert_tagging(tmp_path):
    content = "text_a\tlabel\n我 去 GPU Land 3\tO O B-ORG I-ORG O\nTim Cook\tB-PER I-PER\n"
    chinese, english = documents(tmp_path, content)
    assert chinese.texts == ("我去GPU Land3",)
    assert [chinese.texts[0][t.start : t.end] for t in chinese.tokens] == ["我", "去", "GPU", "Land", "3"]
    assert chinese.target == Target(tags=("O", "O", "B-ORG", "I-ORG", "O"))
    assert english == Document(
        "part:3", ("Tim Cook",), tokens=(Token(0, 0, 3), Token(0, 4, 8)), target=Target(tags=("B-PER", "I-PER"))
    )


def test_the_kbert_tagging_header_read_as_classification(tmp_path):
    named = {"text": "text_a", "target": "label"}
    assert documents(tmp_path, "text_a\tlabel\na b\t1\n", columns=named)[0].target == Target(label="1")
    assert documents(tmp_path, "text_a\tlabel\tid\na b\t1\tx\n")[0].target == Target(label="1")


def test_tagged_by_option(tmp_path):
    content = "tags\twords\nO B-X\tthe thing\n"
    (document,) = documents(tmp_path, content, tagged=True, columns={"text": "words", "target": "tags"})
    assert document.target == Target(tags=("O", "B-X"))
    (document,) = documents(tmp_path, "text\nthe thing\n", tagged=True)
    assert (len(document.tokens), document.target) == (2, Target())


def test_ideographic_space_is_a_token(tmp_path):
    (document,) = documents(tmp_path, "text_a\tlabel\n我 \u3000 他\tO O B-X\n")
    assert document.texts == ("我\u3000他",)


def test_columns_by_name_and_by_number(tmp_path):
    by_name = {"text": "review", "target": "stars"}
    assert documents(tmp_path, "text\treview\tstars\nt\tfine\t5\n", columns=by_name) == [
        Document("part:2", ("fine",), target=Target(label="5"))
    ]
    by_number = {"text": "2", "target": "0"}
    assert documents(tmp_path, "1\tx\tone\n0\tx\ttwo\n", columns=by_number) == [
        Document("part:1", ("one",), target=Target(label="1")),
        Document("part:2", ("two",), target=Target(label="0")),
    ]


def test_a_field_named_empty_is_not_read(tmp_path):
    content = "text\tlabel\tid\nx\t\ta\n"
    assert documents(tmp_path, content, columns={"target": ""}) == [Document("a", ("x",))]
    assert documents(tmp_path, "0\tx\n", columns={"text": "1", "target": ""}) == [Document("part:1", ("x",))]


@given(rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=5))
def test_cells_come_back_as_they_were(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("tsv") / "a.tsv"
    file.write_text("id\ttext\tlabel\n" + "".join("\t".join(row) + "\n" for row in rows), encoding="utf-8", newline="")
    assert [(d.id, d.texts[0], d.target.label) for d in read(file)] == rows


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, r"part\.tsv:1: expected a header line, found an empty file"),
        ("a\tb\nx\ty\n", {}, r":1: expected a column named text, sentence, text_a, .* found the header 'a, b'"),
        ("text\ttext_a\nx\ty\n", {}, r":1: expected one column for text .* found 'text' and 'text_a'"),
        ("text\ttext\nx\ty\n", {}, r":1: expected one column for text"),
        ("text\tlabel\nx\n", {}, r":2: expected 2 columns \(text, label\), found 1: 'x'"),
        ("text\tlabel\nx\t1\n\n", {}, r":3: expected 2 columns"),
        ("text\tlabel\nx\t1\t2\n", {}, r":2: expected 2 columns .* found 3"),
        ("text\tlabel\nx\t \n", {}, r":2: expected a target in column 1 \(counted from 0\), found an empty cell"),
        ("text\tlabel\n\t1\n", {}, r":2: expected a text in column 0 \(counted from 0\), found an empty cell"),
        ("label\ttext_a\ttext_b\n1\tx\t\n", {}, r":2: expected a text_b in column 2 \(counted from 0\)"),
        ("text\tvalue\nx\tnan\n", {}, r":2: expected a finite number, found 'nan'"),
        ("text\tvalue\nx\t1e999\n", {}, r":2: expected a finite number, found '1e999'"),
        ("text\tvalue\nx\t1_0\n", {}, r":2: expected a finite number, found '1_0'"),
        ("text_a\tlabel\na b\tO\n", {}, r":2: expected as many tags as tokens \(2\), found 1"),
        ("text_a\tlabel\na  b\tO O O\n", {}, r":2: expected single spaces between tokens, found more in 'a  b'"),
        ("text_a\tlabel\na b c\tO  O\n", {}, r":2: expected a tag for each token, found an empty one"),
        ("text\nx\n", {"columns": {"text": "txt"}}, r":1: expected a column 'txt' for text \(did you mean 'text'\?\)"),
        ("a\tb\n", {"columns": {"text": "2"}}, r":1: expected at least 3 columns \(they are counted from 0\), found 2"),
        ("a\tb\nc\n", {"columns": {"text": "1"}}, r":2: expected 2 columns as in the first line, found 1"),
        ("a\tb\n", {"columns": {"target": "1"}}, r":1: expected a column named text"),
    ],
)
def test_errors_in_the_data(tmp_path, content, options, message):
    with pytest.raises(DataError, match=message):
        documents(tmp_path, content, **options)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("text\nx\n", {"columns": {"tekst": "text"}}, r"a table has no field 'tekst' \(did you mean 'text'\?\)"),
        ("text\ttext_b\nx\ty\n", {"tagged": True}, "one text and its tags, but this one has a text_b too"),
        ("text\tvalue\nx\t1\n", {"tagged": True}, "but this one has a value too"),
    ],
)
def test_errors_in_the_options(tmp_path, content, options, message):
    with pytest.raises(OptionsError, match=message):
        documents(tmp_path, content, **options)


def test_bad_lines_are_skipped_and_counted(tmp_path):
    skipped = Skipped(3)
    found = documents(tmp_path, "text\tlabel\na\t1\nb\nc\t\nd\t1\n", bad=skipped)
    assert [document.id for document in found] == ["part:2", "part:5"]
    assert [error.line for error in skipped.errors] == [3, 4]


def test_an_unreadable_header_stops_even_when_lines_are_skipped(tmp_path):
    (tmp_path / "a.tsv").write_bytes(b"te\xfft\nx\n")
    with pytest.raises(DataError, match=":1: expected a header line, found a line that cannot be read"):
        list(read(tmp_path / "a.tsv", bad=Skipped(9)))
