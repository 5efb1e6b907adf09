from dataclasses import replace

from graphs.types import Arc, Candidate, Entity, Fact, Mention, Sentence, TextGraph, Token

GRAPH = TextGraph(
    id="7",
    texts=("Tim Cook", "Tim of Apple"),
    sentences=(Sentence(1, 0, 12),),
    tokens=(Token(0, 0, 3, "N", "tim"), Token(0, 4, 8), Token(1, 0, 3), Token(1, 4, 6), Token(1, 7, 12)),
    arcs=(Arc(-1, 0, "root"), Arc(0, 1, "flat")),
    mentions=(
        Mention(0, 0, 8, "Tim", 0.5, "dictionary", (Candidate("Tim", 0.5),)),
        Mention(1, 0, 3, "Tim", 0.75),
        Mention(1, 7, 12, None),
    ),
    entities=(Entity("Tim", "Tim Cook", "an engineer"), Entity("Beijing", "Beijing")),
    facts=(
        Fact(0, "chief", "chief of", "Apple", "Apple Inc."),
        Fact(1, "lives_in", "lives in of", "Tim", "Tim Cook", True),
    ),
)


def test_the_characters_of_a_span():
    assert [GRAPH.surface(span) for span in GRAPH.tokens[:3]] == ["Tim", "Cook", "Tim"]
    assert GRAPH.surface(GRAPH.mentions[2]) == "Apple"
    assert GRAPH.surface(GRAPH.sentences[0]) == "Tim of Apple"


def test_the_facts_of_an_entity():
    assert GRAPH.facts_of("Tim") == [GRAPH.facts[0]]
    assert GRAPH.facts_of("Beijing") == [GRAPH.facts[1]]
    assert GRAPH.facts_of("Apple") == []


def test_graphs_are_equal_by_value():
    assert replace(GRAPH, texts=("Tim Cook", "Tim of Apple")) == GRAPH
    assert replace(GRAPH, arcs=()) != GRAPH


def test_networkx_has_every_node_and_edge():
    graph = GRAPH.to_networkx()
    assert graph.graph == {"id": "7", "texts": ["Tim Cook", "Tim of Apple"]}
    assert dict(graph.nodes(data=True)) == {
        "token:0": {"kind": "token", "label": "Tim", "text": 0, "start": 0, "end": 3, "tag": "N", "lemma": "tim"},
        "token:1": {"kind": "token", "label": "Cook", "text": 0, "start": 4, "end": 8},
        "token:2": {"kind": "token", "label": "Tim", "text": 1, "start": 0, "end": 3},
        "token:3": {"kind": "token", "label": "of", "text": 1, "start": 4, "end": 6},
        "token:4": {"kind": "token", "label": "Apple", "text": 1, "start": 7, "end": 12},
        "entity:Tim": {"kind": "entity", "label": "Tim Cook", "description": "an engineer"},
        "entity:Beijing": {"kind": "entity", "label": "Beijing"},
        "entity:Apple": {"kind": "entity", "label": "Apple Inc."},
        "mention:0": {"kind": "mention", "label": "Tim Cook", "linker": "dictionary", "text": 0, "start": 0, "end": 8},
        "mention:1": {"kind": "mention", "label": "Tim", "linker": "given", "text": 1, "start": 0, "end": 3},
        "mention:2": {"kind": "mention", "label": "Apple", "linker": "given", "text": 1, "start": 7, "end": 12},
    }
    assert sorted((head, tail, edge["kind"]) for head, tail, edge in graph.edges(data=True)) == [
        ("entity:Tim", "entity:Apple", "fact"),
        ("entity:Tim", "entity:Beijing", "fact"),
        ("mention:0", "entity:Tim", "means"),
        ("mention:0", "token:0", "covers"),
        ("mention:0", "token:1", "covers"),
        ("mention:1", "entity:Tim", "means"),
        ("mention:1", "token:2", "covers"),
        ("mention:2", "token:4", "covers"),
        ("token:0", "token:1", "arc"),
    ]
    assert graph.edges["entity:Tim", "entity:Beijing", 0] == {
        "kind": "fact", "relation": "lives_in", "label": "lives in of",
    }  # fmt: skip
    assert graph.edges["mention:1", "entity:Tim", 0]["score"] == 0.75
    assert graph.edges["token:0", "token:1", 0]["label"] == "flat"
