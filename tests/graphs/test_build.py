import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.build import BuildCounts, Builder
from graphs.corpus import SCHEMA, from_rows, to_rows
from graphs.errors import DataError, TextError
from graphs.facts import FactChooser
from graphs.linkers.dictionary import Linker as Dictionary
from graphs.linkers.given import Linker as Given
from graphs.parsers.characters import Parser as Characters
from graphs.tables import Parse
from graphs.types import (
    Arc,
    Candidate,
    Document,
    Entity,
    Fact,
    Mention,
    Role,
    Sentence,
    Target,
    TextGraph,
    Token,
    Triple,
)

TRIPLES = [
    Triple("Tim", "chief of", "Apple"),
    Triple("Beijing", "capital of", "China"),
    Triple("Beijing", "is a", "city"),
    Triple("China", "is a", "country"),
    Triple("Apple", "is a", "firm"),
    Triple("Apple", "is a", "fruit", label=-1),
]
LABELS = ['{"name": "Tim", "label": "Tim Cook", "description": "an engineer"}', '{"name": "city", "aliases": ["town"]}']


@pytest.fixture(scope="module")
def kg(graph_of):
    return graph_of(TRIPLES, LABELS)


class Chain:
    """A parser that cuts at spaces and hangs each word on the one before it; it knows tags, lemmas and sentences."""

    def __call__(self, texts):
        tokens, arcs, sentences = [], [], []
        for number, text in enumerate(texts):
            for i, word in enumerate(re.finditer(r"\S+", text)):
                tokens.append(Token(number, *word.span(), "N", word.group().lower()))
                arcs.append((number, Arc(i - 1, i, f"d{i}")))
            if text.strip():
                sentences.append(Sentence(number, 0, len(text)))
        return Parse.of(tokens, arcs, sentences)


@pytest.fixture(scope="module")
def builder(kg):
    return Builder(Chain(), {"given": Given(kg), "dictionary": Dictionary(kg)}, kg, FactChooser(kg, inverse=True))


def build(builder, *documents):
    rows, counts = builder(documents)
    return list(from_rows(rows)), counts


def test_a_pair_of_texts(builder):
    document = Document(
        "7",
        ("Tim Cook saw  Tim", "a town Beijing"),
        group="q",
        mentions=(Mention(1, 0, 1, "Apple", 0.5, candidates=(Candidate("Apple", 0.5), Candidate("Tim", 0.25))),),
        spans=(Role("head", 0, 0, 3), Role("tail", 1, 2, 6)),
        target=Target("yes", ("a", "b"), 0.5, (1.0,) * 7, ("O",) * 7),
    )
    [graph], counts = build(builder, document)
    assert graph == TextGraph(
        id="7",
        texts=("Tim Cook saw  Tim", "a town Beijing"),
        group="q",
        sentences=(Sentence(0, 0, 17), Sentence(1, 0, 14)),
        tokens=(
            Token(0, 0, 3, "N", "tim"),
            Token(0, 4, 8, "N", "cook"),
            Token(0, 9, 12, "N", "saw"),
            Token(0, 14, 17, "N", "tim"),
            Token(1, 0, 1, "N", "a"),
            Token(1, 2, 6, "N", "town"),
            Token(1, 7, 14, "N", "beijing"),
        ),
        arcs=tuple(Arc(*arc) for arc in [
            (-1, 0, "d0"), (0, 1, "d1"), (1, 2, "d2"), (2, 3, "d3"), (-1, 4, "d0"), (4, 5, "d1"), (5, 6, "d2"),
        ]),
        mentions=(
            Mention(0, 0, 8, "Tim", 1.0, "dictionary", (Candidate("Tim", 1.0),)),
            Mention(1, 0, 1, "Apple", 0.5, "given", (Candidate("Apple", 0.5), Candidate("Tim", 0.25))),
            Mention(1, 2, 6, "city", 1.0, "dictionary", (Candidate("city", 1.0),)),
            Mention(1, 7, 14, "Beijing", 1.0, "dictionary", (Candidate("Beijing", 1.0),)),
        ),
        entities=(
            Entity("Tim", "Tim Cook", "an engineer"), Entity("Apple", "Apple"), Entity("city", "city"),
            Entity("Beijing", "Beijing"),
        ),
        facts=(
            Fact(0, "chief of", "chief of", "Apple", "Apple"),
            Fact(1, "is a", "is a", "firm", "firm"),
            Fact(1, "chief of", "chief of of", "Tim", "Tim Cook", True),
            Fact(2, "is a", "is a of", "Beijing", "Beijing", True),
            Fact(3, "capital of", "capital of", "China", "China"),
            Fact(3, "is a", "is a", "city", "city"),
        ),
        spans=(Role("head", 0, 0, 3), Role("tail", 1, 2, 6)),
        target=Target("yes", ("a", "b"), 0.5, (1.0,) * 7, ("O",) * 7),
    )  # fmt: skip
    assert counts == BuildCounts(
        graphs=1, texts=2, characters=31, tokens=7, mentions=4, linked=4, facts=6, graphs_with_facts=1
    )


def test_given_tokens_are_kept_beside_parsed_texts(builder):
    given = (Token(0, 0, 7, "X", "x"), Token(1, 0, 3), Token(1, 3, 6))
    cut = Document("cut", ("Beijing now", "TimTim"), tokens=given, arcs=(Arc(-1, 0, "r"), Arc(2, 1, "a")),
                   sentences=(Sentence(1, 0, 6),))  # fmt: skip
    uncut = Document("uncut", ("China .",))
    graphs, _ = build(builder, uncut, cut, uncut)
    assert graphs[1].tokens == given
    assert graphs[1].arcs == (Arc(-1, 0, "r"), Arc(2, 1, "a"))
    assert graphs[1].sentences == (Sentence(1, 0, 6),)
    assert graphs[0] == graphs[2]
    assert [token.tag for token in graphs[0].tokens] == ["N", "N"]
    assert [m.entity for m in graphs[1].mentions] == ["Beijing"]


def test_facts_are_of_the_entity_even_when_it_is_named_twice(builder):
    [graph], counts = build(builder, Document("1", ("China , Beijing , China",)))
    assert [m.entity for m in graph.mentions] == ["China", "Beijing", "China"]
    assert [entity.name for entity in graph.entities] == ["China", "Beijing"]
    assert [(fact.entity, fact.tail) for fact in graph.facts] == [
        (0, "country"), (0, "Beijing"), (1, "China"), (1, "city"),
    ]  # fmt: skip
    assert (counts.mentions, counts.facts) == (3, 4)


def test_what_falls_out_is_counted(kg):
    builder = Builder(Chain(), {"given": Given(kg), "dictionary": Dictionary(kg)}, kg, FactChooser(kg))
    mentions = (Mention(0, 0, 7, None), Mention(0, 7, 8, "Tim"), Mention(0, 8, 9, "unknown"))
    [graph], counts = build(builder, Document("1", ("Beijing x",), mentions=mentions))
    assert [(m.start, m.end, m.entity, m.linker) for m in graph.mentions] == [
        (0, 7, "Beijing", "dictionary"), (8, 9, None, "given"),
    ]  # fmt: skip
    assert counts == BuildCounts(graphs=1, texts=1, characters=9, tokens=2, mentions=2, linked=1, collisions=1,
                            off_tokens=1, unknown_entities=1, facts=2, graphs_with_facts=1)  # fmt: skip


def test_what_the_graph_does_not_have_or_the_facts_have_no_room_for_is_counted(kg):
    mentions = (
        Mention(0, 0, 7, "Beijing", candidates=(Candidate("Peking", 0.5), Candidate("Beijing", 0.5))),
        Mention(0, 8, 13, "Atlantis"),
    )
    document = Document("1", ("Beijing Atlan Beijing",), mentions=mentions)
    for most, facts, cut in ((0, 0, 2), (1, 1, 1), (2, 2, 0)):
        builder = Builder(Chain(), {"given": Given(kg), "dictionary": Dictionary(kg)}, kg, FactChooser(kg, most=most))
        _, counts = build(builder, document, document)
        assert (counts.unknown_entities, counts.facts, counts.facts_cut) == (4, 2 * facts, 2 * cut)
    builder = Builder(Chain(), {"given": Given(kg)}, kg)
    assert build(builder, document)[1].facts_cut == 0


def test_the_linked_share_is_of_graphs_with_facts(builder):
    _, counts = build(builder, Document("1", ("Beijing",)), Document("2", ("firm",)), Document("3", ("none",)))
    assert counts.as_dict()["linked_share"] == counts.linked_share == 2 / 3
    counts += BuildCounts(graphs=1, graphs_with_facts=1)
    assert counts.linked_share == 3 / 4
    assert BuildCounts().linked_share == 0


def test_shuffled_facts_that_say_what_they_said_are_counted(graph_of):
    tails = ["aa", "bb", "aa", "bb", "aa", "c"]
    kg = graph_of([Triple(f"e{i}", "is", tail) for i, tail in enumerate(tails)])
    linkers = {"dictionary": Dictionary(kg)}
    documents = [Document("1", ("e0 e1 e5",)), Document("2", ("e0 e0 e2",)), Document("3", ("none",))]
    for seed in range(5):
        builder = Builder(Characters(), linkers, kg, FactChooser(kg, which="shuffled", seed=seed))
        graphs, counts = build(builder, *documents)
        said = [(int(graph.entities[fact.entity].name[1:]), fact.tail) for graph in graphs for fact in graph.facts]
        assert len(said) == counts.facts == 5
        assert counts.as_dict()["facts_unmoved"] == sum(tails[entity] == tail for entity, tail in said)
    _, counts = build(Builder(Characters(), linkers, kg, FactChooser(kg)), *documents)
    assert "facts_unmoved" not in counts.as_dict()


def test_context_decides_the_order_of_facts_in_each_text(kg):
    builder = Builder(Characters(), {"dictionary": Dictionary(kg)}, kg, FactChooser(kg, order="context", most=1))
    graphs, _ = build(builder, Document("1", ("Beijing, a city",)), Document("2", ("Beijing in China",)))
    assert [fact.tail for fact in graphs[0].facts] == ["city"]
    assert [fact.tail for fact in graphs[1].facts] == ["China", "country"]


def test_without_a_knowledge_graph():
    [graph], counts = build(Builder(Characters(), {}), Document("1", ("Beijing, a city",)))
    assert len(graph.tokens) == counts.tokens == 4
    assert (graph.mentions, graph.entities, graph.facts) == ((), (), ())


def test_without_facts(kg):
    [graph], counts = build(Builder(Characters(), {"dictionary": Dictionary(kg)}, kg), Document("1", ("Beijing",)))
    assert [entity.name for entity in graph.entities] == ["Beijing"]
    assert (graph.facts, counts.linked, counts.linked_share) == ((), 1, 0)


def test_linkers_need_a_graph(kg):
    with pytest.raises(ValueError, match="linkers and facts need a knowledge graph"):
        Builder(Characters(), {"dictionary": Dictionary(kg)})


@pytest.mark.parametrize("mention", [Mention(0, 0, 8, "Tim"), Mention(1, 0, 1, "Tim"), Mention(0, 3, 3, "Tim"),
                                     Mention(0, -1, 2, "Tim"), Mention(-1, 0, 1, "Tim")])  # fmt: skip
def test_a_mention_outside_its_text(builder, mention):
    documents = [Document("1", ("Beijing",), mentions=(mention,)), Document("2", ("long enough",))]
    with pytest.raises(DataError, match=r"document 1: expected mentions inside their text, found one from -?\d to"):
        builder(documents)


@pytest.mark.parametrize("span", [Role("head", 0, 0, 8), Role("head", 1, 0, 1), Role("head", 0, 3, 3)])
def test_a_marked_span_outside_its_text(builder, span):
    with pytest.raises(DataError, match=r"document 1: expected marked spans inside their text, found one from \d to"):
        builder([Document("1", ("Beijing",), spans=(span,)), Document("2", ("long enough",))])


@pytest.mark.parametrize("target", [Target(tags=("A", "B")), Target(values=(1.0, 2.0))])
def test_targets_of_words_that_are_not_as_many_as_the_tokens(builder, target):
    documents = [Document("a", ("one two",), target=target), Document("b", ("one two three",), target=target, line=7)]
    (name,) = (name for name, value in target._asdict().items() if value is not None)
    with pytest.raises(DataError, match=rf"document b:7: expected as many {name} as tokens \(3\), found 2"):
        builder(documents)


def test_a_text_that_a_linker_refuses_is_told_by_its_place(kg):
    def linker(texts, parse, given):
        raise TextError(2, "another", "this one")

    documents = [Document("1", ("a", "b")), Document("2", ("c",), file="x.tsv", line=3)]
    with pytest.raises(DataError, match=r"^x\.tsv:3: expected another, found this one$"):
        Builder(Characters(), {"own": linker}, kg)(documents)


def test_nothing_to_build(builder, kg):
    for some in (builder, Builder(Characters(), {}), Builder(Characters(), {"dictionary": Dictionary(kg)}, kg)):
        rows, counts = some([])
        assert (len(rows), rows.schema, counts) == (0, SCHEMA, BuildCounts())
        rows.validate(full=True)


def test_texts_without_tokens(builder):
    graphs, counts = build(
        builder, Document("1", (" ",)), Document("2", ("\u3000", "")), Document("3", ("",), tokens=())
    )
    assert [graph.tokens for graph in graphs] == [(), (), ()]
    assert counts == BuildCounts(graphs=3, texts=4, characters=2)


WORDS = st.sampled_from(["Tim Cook", "Tim", "Beijing", "town", "China", "x", " ", "."])
TEXT = st.lists(WORDS, max_size=4).map(" ".join)


@st.composite
def documents(draw):
    """Documents of one text or two, cut or not, with mentions or not."""
    texts = tuple(draw(st.lists(TEXT, min_size=1, max_size=2)))
    filled = [number for number, text in enumerate(texts) if text]
    mentions, tokens, arcs = [], None, []
    for number in draw(st.lists(st.sampled_from(filled), max_size=2)) if filled else ():
        start = draw(st.integers(0, len(texts[number]) - 1))
        end = draw(st.integers(start + 1, len(texts[number])))
        mentions.append(Mention(number, start, end, draw(st.sampled_from(["Tim", "Apple", None, "nobody"]))))
    if draw(st.booleans()):
        tokens = tuple(
            Token(number, *word.span(), draw(st.sampled_from(["T", None])))
            for number, text in enumerate(texts)
            for word in re.finditer(r"\w+|\S", text)
        )
        arcs = [Arc(draw(st.sampled_from([-1, i])), i, "a") for i in range(len(tokens)) if draw(st.booleans())]
    return Document(draw(st.sampled_from("ab")), texts, tokens=tokens, arcs=tuple(arcs), mentions=tuple(mentions))


@given(st.lists(documents(), max_size=5))
def test_many_at_once_are_as_one_by_one(builder, documents):
    rows, counts = builder(documents)
    rows.validate(full=True)
    assert rows.schema == SCHEMA
    alone = [builder([document]) for document in documents]
    assert pa.Table.from_batches([rows]) == pa.Table.from_batches([row for row, _ in alone], schema=SCHEMA)
    total = BuildCounts()
    for _, some in alone:
        total += some
    assert counts == total


@given(st.lists(documents(), max_size=4))
def test_records_and_rows_say_the_same(builder, documents):
    rows, _ = builder(documents)
    graphs = list(from_rows(rows))
    assert to_rows(graphs).equals(rows)
    assert list(from_rows(to_rows(graphs))) == graphs
    for graph, document in zip(graphs, documents, strict=True):
        assert (graph.id, graph.texts) == (document.id, document.texts)
        assert document.tokens is None or [t[:3] for t in graph.tokens] == [t[:3] for t in document.tokens]
        assert document.tokens is None or graph.arcs == document.arcs
        names = {entity.name for entity in graph.entities}
        assert {mention.entity for mention in graph.mentions} - {None} == names
        assert np.all(np.diff([fact.entity for fact in graph.facts]) >= 0)
