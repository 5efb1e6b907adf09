from itertools import product

import networkx as nx
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.training.converters import conllu_to_docs

from graphs.corpora.conllu import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.types import Arc, Sentence, Target, Token

FRENCH = """\
# newdoc id = lettre
# sent_id = fr-1
# text = Il parle du chat.
# mood = calm
1	Il	il	PRON	P	_	2	nsubj	_	_
2	parle	parler	VERB	V	_	0	root	_	_
3-4	du	_	_	_	_	_	_	_	_
3	de	de	ADP	E	_	5	case	_	_
4	le	le	DET	D	_	5	det	_	_
5	chat	chat	NOUN	S	_	2	obl	_	SpaceAfter=No
6	.	.	PUNCT	F	_	2	punct	_	_

# sent_id = fr-2
# mood = calm
1	Viens	venir	VERB	V	_	0	root	_	_
1.1	toi	toi	PRON	P	_	_	_	1:nsubj	_
2-3	-là	_	_	_	_	_	_	_	SpaceAfter=No
2	-	-	PUNCT	F	_	3	punct	_	_
3	là	là	ADV	B	_	1	advmod	_	_
4	!	_	PUNCT	_	_	1	punct	_	_

# newdoc
# mood = curt
1	_	_	SYM	_	_	0	_	_	_
"""


def documents(tmp_path, content, **options):
    file = tmp_path / "part.conllu"
    file.write_text(content, encoding="utf-8", newline="")
    return list(read(file, **options))


def rows(*lines):
    """Lines of CoNLL-U from id, form, head and, if wanted, misc."""
    return "".join(f"{i}\t{form}\t_\tX\t_\t_\t{head}\tdep\t_\t{misc}\n" for i, form, head, misc in lines)


def chain(*words):
    """A sentence of these words, each the head of the next."""
    return rows(*((i + 1, word, i, "_") for i, word in enumerate(words))) + "\n"


def words(document):
    return [document.texts[0][token.start : token.end] for token in document.tokens]


def test_sentences(tmp_path):
    first, second, third = documents(tmp_path, FRENCH)
    assert [d.id for d in (first, second, third)] == ["fr-1", "fr-2", "part:24"]
    assert first.texts == ("Il parle du chat.",)
    assert first.tokens == (
        Token(0, 0, 2, "PRON", "il"),
        Token(0, 3, 8, "VERB", "parler"),
        Token(0, 9, 11, "ADP", "de"),
        Token(0, 12, 16, "NOUN", "chat"),
        Token(0, 16, 17, "PUNCT", "."),
    )
    assert first.arcs == (
        Arc(1, 0, "nsubj"),
        Arc(-1, 1, "root"),
        Arc(3, 2, "case"),
        Arc(1, 3, "obl"),
        Arc(1, 4, "punct"),
    )
    assert first.sentences == (Sentence(0, 0, 17),)
    assert (second.texts[0], words(second)) == ("Viens -là!", ["Viens", "-là", "!"])
    assert second.arcs == (Arc(-1, 0, "root"), Arc(0, 1, "advmod"), Arc(0, 2, "punct"))
    assert second.tokens[1:] == (Token(0, 6, 9, "ADV", "là"), Token(0, 9, 10, "PUNCT", None))
    assert (third.tokens, third.arcs) == ((Token(0, 0, 1, "SYM", "_"),), (Arc(-1, 0, "dep"),))


def test_documents(tmp_path):
    letter, other = documents(tmp_path, FRENCH, per="document", columns={"target": "mood"})
    assert (letter.id, other.id) == ("lettre", "part:24")
    assert letter.texts == ("Il parle du chat. Viens -là!",)
    assert letter.sentences == (Sentence(0, 0, 17), Sentence(0, 18, 28))
    assert words(letter) == ["Il", "parle", "du", "chat", ".", "Viens", "-là", "!"]
    assert letter.arcs[5:] == (Arc(-1, 5, "root"), Arc(5, 6, "advmod"), Arc(5, 7, "punct"))
    assert (letter.target.label, other.target.label) == ("calm", "curt")


def test_sentences_without_spaces_join_without_one(tmp_path):
    sentence = rows((1, "好", 0, "SpaceAfter=No"), (2, "。", 1, "SpaceAfter=No|Gloss=."))
    (document,) = documents(tmp_path, f"# newdoc\n{sentence}\n{sentence}", per="document")
    assert document.texts == ("好。好。",)


def test_fields_from_comments_and_columns(tmp_path):
    content = "# sent_id = s\n# uid = u7\n# book = b\n# score = 0.5\n" + chain("a", "b")
    named = {"id": "uid", "group": "book", "value": "score", "tags": "upos"}
    (document,) = documents(tmp_path, content, columns=named)
    assert (document.id, document.group) == ("u7", "b")
    assert document.target == Target(value=0.5, tags=("X", "X"))


def test_fine_tags(tmp_path):
    assert [token.tag for token in documents(tmp_path, FRENCH, pos="xpos")[0].tokens] == ["P", "V", "E", "S", "F"]


def test_tokenised_only(tmp_path):
    (document,) = documents(tmp_path, rows((1, "a", "_", "_"), (2, "b", "_", "_")))
    assert (words(document), document.arcs) == (["a", "b"], ())


def test_forms_with_spaces(tmp_path):
    (document,) = documents(tmp_path, "# text = Il a  20 000 amis\n" + chain("Il", "a", "20 000", "amis"))
    assert words(document) == ["Il", "a", "20 000", "amis"]


def test_spacy_reads_the_same_trees(tmp_path):
    content = "".join(f"{block}\n\n" for block in FRENCH.split("\n\n")[:2]).replace("# newdoc id = lettre\n", "")
    (doc,) = conllu_to_docs(content, n_sents=2, append_morphology=False, merge_subtokens=True, no_print=True)
    (ours,) = documents(tmp_path, "# newdoc\n" + content, per="document")
    assert words(ours) == [token.text for token in doc]
    roots = {i for i, token in enumerate(doc) if token.head.i == i}
    assert ours.arcs == tuple(
        Arc(-1 if i in roots else token.head.i, i, "root" if i in roots else token.dep_) for i, token in enumerate(doc)
    )


@pytest.mark.parametrize("count", [1, 2, 3])
def test_trees_and_only_trees_are_read(tmp_path, count):
    for heads in product(range(count + 1), repeat=count):
        graph = nx.DiGraph([(head, i) for i, head in enumerate(heads, 1)])
        tree = nx.is_arborescence(graph) and len(graph) == count + 1 and graph.out_degree(0) == 1
        content = rows(*((i, "w", head, "_") for i, head in enumerate(heads, 1)))
        if tree:
            (document,) = documents(tmp_path, content)
            assert [arc.head + 1 for arc in document.arcs] == list(heads)
        else:
            with pytest.raises(DataError, match=r"part\.conllu:\d: expected (a tree|a root|one root)"):
                documents(tmp_path, content)


@st.composite
def trees(draw):
    """Heads of a random tree (from 1; 0 for the root) and ranges of words that are written as one."""
    count = draw(st.integers(1, 7))
    order = draw(st.permutations(range(1, count + 1)))
    heads = [0] * count
    for i, word in enumerate(order[1:], 1):
        heads[word - 1] = order[draw(st.integers(0, i - 1))]
    ranges, first = [], 1
    while first <= count:
        last = draw(st.integers(first, min(first + 2, count)))
        ranges.append((first, last))
        first = last + 1
    return heads, ranges


BLANK = spacy.blank("xx").vocab


@given(tree=trees())
def test_the_word_that_speaks_for_a_range_is_its_root(tmp_path_factory, tree):
    heads, ranges = tree
    content = ""
    for first, last in ranges:
        if last > first:
            content += f"{first}-{last}\tw{first}\t" + "\t".join("_" * 8) + "\n"
        content += rows(*((i, f"w{i}", heads[i - 1], "_") for i in range(first, last + 1)))
    file = tmp_path_factory.mktemp("conllu") / "a.conllu"
    file.write_text(content, encoding="utf-8")
    (document,) = read(file)
    doc = Doc(
        BLANK,
        words=[f"w{i}" for i in range(1, len(heads) + 1)],
        heads=[i if head == 0 else head - 1 for i, head in enumerate(heads)],
        deps=["dep"] * len(heads),
    )
    roots = [doc[first - 1 : last].root for first, last in ranges]
    token_of = {i - 1: token for token, (first, last) in enumerate(ranges) for i in range(first, last + 1)}
    expected = [-1 if root.head.i == root.i else token_of[root.head.i] for root in roots]
    assert [arc.head for arc in document.arcs] == expected
    graph = nx.DiGraph((arc.head, arc.dependent) for arc in document.arcs)
    assert nx.is_arborescence(graph)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\ta\n", r"part\.conllu:1: expected 10 tab-separated columns \(id, form, .*\), found 2"),
        ("# only a comment\n", "expected a word with the id 1, found the end of the sentence"),
        (chain("a") + rows((2, "b", 0, "_")), r":3: expected the id 1, or a range from it, found '2'"),
        (rows((1, "a", 0, "_"), (1, "b", 1, "_")), ":2: expected the id 2, or a range from it, found '1'"),
        (rows((1, "a", 0, "_"), ("x", "b", 1, "_")), ":2: expected the id 2, .* found 'x'"),
        (rows(("2-1", "a", "_", "_")), ":1: expected the id 1, .* found '2-1'"),
        (rows(("1-2", "a", "_", "_"), (1, "a", 0, "_"), ("2-3", "b", "_", "_")), ":3: expected the id 2, .* '2-3'"),
        (rows(("1-2", "a", "_", "_"), (1, "a", 0, "_")), ":2: expected a word with the id 2, found the end"),
        (rows((1, " ", 0, "_")), ":1: expected a form in column 2, found an empty cell"),
        (rows((1, "a", 2, "_")), ":1: expected a head from 0 to 1, found '2'"),
        (rows((1, "a", 0, "_"), (2, "b", "_", "_")), ":2: expected a head from 0 to 2, found '_'"),
        (rows((1, "a", "9" * 5000, "_")), ":1: expected a head from 0 to 1, found '999"),
        (rows((1, "a", 1, "_")), r":1: expected a root \(head 0\) in the sentence, found none"),
        (rows((1, "a", 0, "_"), (2, "b", 0, "_")), r":2: expected one root in the sentence \(it is word 1\)"),
        (
            rows((1, "a", 0, "_"), (2, "b", 3, "_"), (3, "c", 2, "_")),
            ":2: expected a tree of heads, found a cycle through word 2",
        ),
        ("# text = a c\n" + chain("a", "b"), ":3: expected the forms to make up the '# text', .* found 'b' where"),
        ("# text = a b c\n" + chain("a", "b"), ":1: expected the forms to make up the '# text', .* no word where"),
    ],
)
def test_errors_in_the_data(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        documents(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (chain("a"), {"columns": {"target": "mood"}}, ":1: expected a comment '# mood = …' for target, found none"),
        ("# mood\n" + chain("a"), {"columns": {"target": "mood"}}, ":1: expected a comment '# mood = …'"),
        ("# v = high\n" + chain("a"), {"columns": {"value": "v"}}, ":1: expected a finite number, found 'high'"),
        (chain("a"), {"columns": {"tags": "xpos"}}, ":1: expected a tag in the column xpos, found none"),
        (chain("a"), {"per": "document"}, ":1: expected a '# newdoc' before the first sentence, found none"),
        (
            "# newdoc\n# m = x\n" + chain("a") + "# m = y\n" + chain("b"),
            {"per": "document", "columns": {"target": "m"}},
            r":5: expected one m in a document \('x'\), found 'y'",
        ),
    ],
)
def test_errors_in_what_the_user_wants(tmp_path, content, options, message):
    with pytest.raises(DataError, match=message):
        documents(tmp_path, content, **options)


def test_errors_in_the_options(tmp_path):
    with pytest.raises(OptionsError, match="a CoNLL-U file has no field 'form'; there are: id, group"):
        documents(tmp_path, chain("a"), columns={"form": "text"})
    with pytest.raises(
        OptionsError, match=r"tags=lema is no column \(did you mean 'lemma'\?\); there are: form, lemma"
    ):
        documents(tmp_path, chain("a"), columns={"tags": "lema"})


def test_a_bad_line_takes_its_sentence_with_it(tmp_path):
    broken = rows((1, "a", 7, "_")) + "\n"
    content = chain("one") + broken + chain("two") + chain("x\0y", "z") + chain("three")
    (tmp_path / "a.conllu").write_bytes(content.encode().replace(b"\0", b"\xff"))
    skipped = Skipped(2)
    assert [d.texts[0] for d in read(tmp_path / "a.conllu", bad=skipped)] == ["one", "two", "three"]
    assert [error.line for error in skipped.errors] == [3, 7]


def test_a_bad_sentence_takes_its_document_with_it(tmp_path):
    broken = rows((1, "a", 7, "_")) + "\n"
    content = (
        broken + chain("lost") + "# newdoc\n" + chain("one") + "# newdoc id = x\n" + broken + chain("lost")
        + "# newdoc\n" + chain("lost") + broken + "# newdoc\n" + chain("two") + chain("three")
    )  # fmt: skip
    skipped = Skipped(3)
    found = documents(tmp_path, content, per="document", bad=skipped)
    assert [d.texts[0] for d in found] == ["one", "two three"]
    assert len(skipped.errors) == 3
