"""Candidate triples out of text graphs: what a sentence says between two linked entities.

The path between two mentions in the dependency graph must have one of these shapes; labels are
those of spaCy's English pipelines (ClearNLP) and of Universal Dependencies.

- subject – verb – object, the object bare or behind prepositions: *Ada founded Brix*, *Ada was
  born in Lyon*, *Brix was founded by Ada*, *Ada is the mayor of Lyon*; with shared subjects and
  verbs: *Ada and Bo sold Brix and bought Crane*
- noun – clause or preposition – object: *Brix, founded by Ada*; *Lyon, the capital of Gaul*
- possessor – noun – name: *Gaul's capital, Lyon*

A clause that is denied (*Ada did not found Brix*) says nothing, and what lies behind another
entity (*Ada works for Brix in Lyon*) is said of that one.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import networkx as nx

from graphs.types import Mention, TextGraph

_CLASSES = {
    "S": "nsubj nsubjpass csubj",  # subject
    "O": "dobj obj iobj dative attr oprd pobj obl agent prep nmod",  # object, also behind a preposition
    "C": "conj",
    "A": "appos",
    "R": "relcl acl",  # clause at a noun
    "P": "poss nmod:poss",
}
_CLASS = {label: letter for letter, labels in _CLASSES.items() for label in labels.split()}

_SHAPE = re.compile(
    r"[CA]*S\|C*O+[CA]*"  # from a subject up to its verb, down to an object
    r"|C*\|(R|A)?O+[CA]*"  # from a noun down through its clause, apposition or preposition
    r"|P\|A"  # from a possessor up to a noun, down to its name
)
"""Classes of the labels going up from the head to where the paths meet, ``|``, and down to the tail."""

_SUPPORT = frozenset({"case", "aux:pass", "auxpass", "cop", "prt", "compound:prt"})
"""Words that belong to a phrase though the path does not go through them."""

_NEGATIONS = frozenset({"not", "n't", "never", "no", "neither", "nor", "hardly"})


class Candidate(NamedTuple):
    """A triple that a text may say: two entities by name, the words between them, the sentence, the text's id.

    ``lemmas`` are those of the phrase; a word whose lemma is not known stands for itself.
    """

    head: str
    phrase: str
    tail: str
    evidence: str
    text: str
    lemmas: str


def candidates(graph: TextGraph) -> Iterator[Candidate]:
    """What a text says between its linked entities, in the order of heads and tails; each triple once a sentence.

    A graph without arcs gives none.
    """
    tree, linked = _dependencies(graph), [mention for mention in graph.mentions if mention.entity is not None]
    words_of, either_way = _words(graph, linked), tree.to_undirected(as_view=True)
    inside = {token for words in words_of for token in words}
    seen: set[Candidate] = set()
    for one, head, start, tail, end in _pairs(tree, zip(linked, words_of, strict=True)):
        words = _phrase(graph, tree, nx.shortest_path(either_way, start, end))
        if words and not inside.intersection(words):
            phrase, lemmas = _joined(graph, words), _lemmas(graph, words)
            found = Candidate(head, phrase, tail, _evidence(graph, one), graph.id, lemmas)
            if found not in seen:
                seen.add(found)
                yield found


def _pairs(
    tree: "nx.DiGraph[int]", linked: Iterable[tuple[Mention, range]]
) -> Iterator[tuple[Mention, str, int, str, int]]:
    """A mention with its entity and its token, and another entity with its token, that arcs may join.

    In the order of heads, then of tails. Only what is in one component of the graph is put
    together: a long text has many sentences.
    """
    part = {token: i for i, tokens in enumerate(nx.weakly_connected_components(tree)) for token in tokens}
    ends = [(mention, str(mention.entity), top) for mention, words in linked if (top := _top(tree, words)) is not None]
    together: dict[int, list[tuple[str, int]]] = {}
    for _, entity, top in ends:
        together.setdefault(part[top], []).append((entity, top))
    for mention, head, start in ends:
        for tail, end in together[part[start]]:
            if head != tail:
                yield mention, head, start, tail, end


def _dependencies(graph: TextGraph) -> "nx.DiGraph[int]":
    """Tokens by position, with an edge to each dependent."""
    tree: nx.DiGraph[int] = nx.DiGraph()
    tree.add_nodes_from(range(len(graph.tokens)))
    tree.add_edges_from((arc.head, arc.dependent, {"label": arc.label}) for arc in graph.arcs if arc.head >= 0)
    return tree


def _top(tree: "nx.DiGraph[int]", words: range) -> int | None:
    """The token that the rest of some hang on: the first whose head lies outside."""
    return next((i for i in words if not any(head in words for head in tree.predecessors(i))), None)


def _words(graph: TextGraph, mentions: Iterable[Mention]) -> list[range]:
    """The tokens of each mention, by position: the first of which nothing stands before it, and so on."""
    starts = [(token.text, token.start) for token in graph.tokens]
    ends = [(token.text, token.end) for token in graph.tokens]
    return [
        range(bisect_left(starts, (mention.text, mention.start)), bisect_right(ends, (mention.text, mention.end)))
        for mention in mentions
    ]


def _phrase(graph: TextGraph, tree: "nx.DiGraph[int]", path: list[int]) -> list[int]:
    """The tokens that say what joins the ends of a path, in order; none if that has no shape we know."""
    up = [tree.has_edge(below, above) for above, below in pairwise(path)]
    climbed = up.index(False) if False in up else len(up)
    if any(up[climbed:]):
        return []
    steps = zip(pairwise(path), up, strict=True)
    labels = [_label(tree, other, one) if rises else _label(tree, one, other) for (one, other), rises in steps]
    if not _SHAPE.fullmatch("".join(labels[:climbed]) + "|" + "".join(labels[climbed:])):
        return []
    between = _own(path, labels, climbed)
    if any(_denied(graph, tree, token) for token in between):
        return []
    support = [child for token in (*between, path[-1]) for child in _supporting(tree, token)]
    return sorted({*between, *support})


def _label(tree: "nx.DiGraph[int]", head: int, dependent: int) -> str:
    """The class of an arc; ``-`` for one that no shape has. A subtype counts as its type (``obl:agent``)."""
    label = tree.edges[head, dependent]["label"]
    return _CLASS.get(label) or _CLASS.get(label.partition(":")[0], "-")


def _own(path: list[int], labels: list[str], climbed: int) -> list[int]:
    """The tokens between the ends that the phrase is made of.

    Entities that only share the place of an end (*Ada and Bo*) are left out, and so is a verb
    whose subject another verb shares (*founded Brix and sold Crane*).
    """
    first, last = 1, len(path) - 1
    while labels[first - 1] in "CA" and first <= climbed:
        first += 1
    if first <= climbed:  # at the verb: go down to the one that the object hangs on
        first = climbed
        while labels[first] == "C":
            first += 1
    while last > max(first, climbed) and labels[last - 1] in "CA" and "O" in labels[climbed : last - 1]:
        last -= 1
    return path[first:last]


def _supporting(tree: "nx.DiGraph[int]", token: int) -> list[int]:
    return [child for child in tree.successors(token) if tree.edges[token, child]["label"] in _SUPPORT]


def _denied(graph: TextGraph, tree: "nx.DiGraph[int]", token: int) -> bool:
    return any(
        tree.edges[token, child]["label"] == "neg" or graph.surface(graph.tokens[child]).casefold() in _NEGATIONS
        for child in tree.successors(token)
    )


def _joined(graph: TextGraph, tokens: list[int]) -> str:
    return " ".join(graph.surface(graph.tokens[i]) for i in tokens)


def _lemmas(graph: TextGraph, tokens: list[int]) -> str:
    return " ".join(graph.tokens[i].lemma or graph.surface(graph.tokens[i]) for i in tokens)


def _evidence(graph: TextGraph, mention: Mention) -> str:
    """The sentence of a mention; the whole text where sentences are not known."""
    for sentence in graph.sentences:
        if sentence.text == mention.text and sentence.start <= mention.start < sentence.end:
            return " ".join(graph.surface(sentence).split())
    return " ".join(graph.texts[mention.text].split())
