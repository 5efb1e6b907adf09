import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.corpora.conll import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Document, Target, Token

WORD = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=3)
TAG = st.sampled_from(["O", "B-PER", "I-PER"])


def documents(tmp_path, content, **options):
    file = tmp_path / "part.conll"
    file.write_text(content, encoding="utf-8", newline="")
    return list(read(file, **options))


def words(document):
    return [document.texts[0][token.start : token.end] for token in document.tokens]


@pytest.mark.parametrize("separator", ["\t", " ", "   "])
def test_sentences(tmp_path, separator):
    content = "Tim B-PER\nCook I-PER\n\n\n京 B-LOC\n都 I-LOC\n".replace(" ", separator)
    assert documents(tmp_path, content) == [
        Document(
            "part:1", ("Tim Cook",), tokens=(Token(0, 0, 3), Token(0, 4, 8)), target=Target(tags=("B-PER", "I-PER"))
        ),
        Document("part:5", ("京都",), tokens=(Token(0, 0, 1), Token(0, 1, 2)), target=Target(tags=("B-LOC", "I-LOC"))),
    ]


def test_conll_2003(tmp_path):
    content = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\nPeter NNP B-NP B-PER\n"
    assert [d.target.tags for d in documents(tmp_path, content)] == [("B-ORG", "O"), ("B-PER",)]
    assert [d.target.tags for d in documents(tmp_path, content, tag_column=1)] == [("NNP", "VBZ"), ("NNP",)]
    reversed_columns = "O x Tim\nO y Cook\n"
    assert words(documents(tmp_path, reversed_columns, token_column=-1, tag_column=0)[0]) == ["Tim", "Cook"]


def test_without_tags(tmp_path):
    (document,) = documents(tmp_path, "Tim\nCook\n")
    assert (words(document), document.target) == (["Tim", "Cook"], Target())


def test_comments_and_tokens_that_look_like_them(tmp_path):
    content = (
        "# made by hand\n\n# id = 7\n# a longer comment\n# O\n#1 O\nwin O\n\n# O\n\n# text = x\nfoo O\n# O\n\n#tag O\n"
    )
    assert [(d.id, words(d)) for d in documents(tmp_path, content)] == [
        ("part:5", ["#", "#1", "win"]),
        ("part:9", ["#"]),
        ("part:12", ["foo", "#"]),
        ("part:15", ["#tag"]),
    ]


def test_other_white_space_is_a_token(tmp_path):
    content = "一 O\n\u3000 O\n二 B-X\n"
    assert words(documents(tmp_path, content)[0]) == ["一", "\u3000", "二"]


@given(sentences=st.lists(st.lists(st.tuples(WORD, TAG), min_size=1, max_size=4), min_size=1, max_size=3))
def test_tokens_and_tags_come_back(tmp_path_factory, sentences):
    file = tmp_path_factory.mktemp("conll") / "a.conll"
    rows = ("\n".join(f"{word}\t{tag}" for word, tag in sentence) for sentence in sentences)
    file.write_text("x\tO\n\n" + "\n\n".join(rows), encoding="utf-8", newline="")
    found = [list(zip(words(d), d.target.tags, strict=True)) for d in read(file)]
    assert found == [[("x", "O")], *sentences]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a O\nb\n", {}, r"part\.conll:2: expected 2 columns as in the file's first token line, found 1: 'b'"),
        ("a O\n\nb O\n# O x\n", {}, r":4: expected 2 columns"),
        ("a\t\n", {}, r":1: expected a tag in column -1 \(counted from 0\), found an empty cell"),
        ("\tO\n", {}, r":1: expected a token in column 0 \(counted from 0\), found an empty cell"),
        ("a O\n", {"tag_column": 3}, r":1: expected a tag in column 3 \(counted from 0\), found 2 columns: 'a O'"),
        ("a O\n", {"token_column": -3}, r":1: expected a token in column -3"),
    ],
)
def test_errors_in_the_data(tmp_path, content, options, message):
    with pytest.raises(DataError, match=message):
        documents(tmp_path, content, **options)


def test_errors_in_the_options(tmp_path):
    with pytest.raises(OptionsError, match="has token_column and tag_column instead"):
        documents(tmp_path, "a O\n", columns={"text": "0"})
    with pytest.raises(OptionsError, match="token_column and tag_column are both 1"):
        documents(tmp_path, "a O\n", token_column=1, tag_column=1)


def test_a_bad_line_takes_its_sentence_with_it(tmp_path):
    (tmp_path / "a.conll").write_bytes(b"a O\n\nb O\n\xff O\nc O\n\nd O\ne\n\nf O\n\ng O\n\xff O")
    skipped = Skipped(3)
    assert [d.texts[0] for d in read(tmp_path / "a.conll", bad=skipped)] == ["a", "f"]
    assert [error.line for error in skipped.errors] == [4, 8, 13]
