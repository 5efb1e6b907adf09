"""The nouns of the toolkit, as small immutable records.

Two rulers only. A *span* is half-open characters (Unicode code points) of one text; a *position*
is an index into a list. ``text`` is always the number of the text: 0 for the first of a
document, 1 for the second of a pair.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from graphs.errors import DataError

if TYPE_CHECKING:
    from networkx import MultiDiGraph


class Token(NamedTuple):
    """A word as the parser cut it: a span with its part-of-speech tag and lemma."""

    text: int
    start: int
    end: int
    tag: str | None = None
    lemma: str | None = None


class Arc(NamedTuple):
    """A dependency between two tokens, by position; the head of a root is −1."""

    head: int
    dependent: int
    label: str


class Sentence(NamedTuple):
    """The span of one sentence."""

    text: int
    start: int
    end: int


class Candidate(NamedTuple):
    """An entity that a mention may mean, and how likely the linker thinks it."""

    entity: str
    score: float


class Mention(NamedTuple):
    """A span that names an entity; ``entity`` is None for a mention of nothing in the graph (NIL)."""

    text: int
    start: int
    end: int
    entity: str | None
    score: float = 1.0
    linker: str = "given"
    candidates: tuple[Candidate, ...] = ()


class Entity(NamedTuple):
    """An entity of the knowledge graph, by its name, with what people call it."""

    name: str
    label: str
    description: str = ""


class Fact(NamedTuple):
    """One fact of an entity; ``entity`` is the position in the graph's ``entities``.

    With ``inverse`` the entity is the tail of the triple and ``tail`` names its head.
    """

    entity: int
    relation: str
    relation_text: str
    tail: str
    tail_text: str
    inverse: bool = False


class Role(NamedTuple):
    """A span with a part to play in the task: ``mention``, ``head``, ``tail`` or ``aspect``."""

    role: str
    text: int
    start: int
    end: int


class Target(NamedTuple):
    """What a model shall learn to say of a text; each task reads the one field it needs."""

    label: str | None = None
    labels: tuple[str, ...] | None = None
    value: float | None = None
    values: tuple[float, ...] | None = None
    tags: tuple[str, ...] | None = None


class Triple(NamedTuple):
    """A fact of a knowledge graph: head, relation, tail, by name.

    ``split`` is train, dev, test or empty; ``label`` is 1 for true and −1 for a known falsehood.
    """

    head: str
    relation: str
    tail: str
    split: str = ""
    label: int = 1
    weight: float = 1.0


class EntityText(NamedTuple):
    """What a labels file says of an entity. None leaves what is known; ``prior`` is any positive number."""

    name: str
    label: str | None = None
    description: str | None = None
    aliases: tuple[str, ...] = ()
    prior: float | None = None


class RelationText(NamedTuple):
    """How a relation reads in words."""

    name: str
    text: str


@dataclass(frozen=True)
class Document:
    """One text, or a pair of texts, as a corpus gives it: before it is parsed or linked.

    ``tokens`` (with ``arcs`` and ``sentences``) are there when the corpus was already cut into
    words; ``tags`` of the target then stand beside them, one a token. ``file`` and ``line`` say
    where it was read, and make no difference to what it is.
    """

    id: str
    texts: tuple[str, ...]
    group: str | None = None
    tokens: tuple[Token, ...] | None = None
    arcs: tuple[Arc, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    mentions: tuple[Mention, ...] = ()
    spans: tuple[Role, ...] = ()
    target: Target = field(default_factory=Target)
    file: str | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)

    def error(self, expected: str, found: str) -> DataError:
        """What is wrong with it, said with the place where it was read."""
        return DataError(self.file or f"document {self.id}", self.line, expected, found)


@dataclass(frozen=True)
class TextGraph:
    """A text as a graph: tokens and arcs, mentions and their entities, the entities' facts, and the target.

    Equality is by value. This is the form for reading and for small jobs; whole corpora stay
    columns (see :mod:`graphs.corpus`).
    """

    id: str
    texts: tuple[str, ...]
    group: str | None = None
    sentences: tuple[Sentence, ...] = ()
    tokens: tuple[Token, ...] = ()
    arcs: tuple[Arc, ...] = ()
    mentions: tuple[Mention, ...] = ()
    entities: tuple[Entity, ...] = ()
    facts: tuple[Fact, ...] = ()
    spans: tuple[Role, ...] = ()
    target: Target = field(default_factory=Target)

    def surface(self, span: Token | Sentence | Mention | Role) -> str:
        """The characters of a span."""
        return self.texts[span.text][span.start : span.end]

    def facts_of(self, entity: str) -> list[Fact]:
        """The facts that the graph carries of an entity, in order."""
        return [fact for fact in self.facts if self.entities[fact.entity].name == entity]

    def to_networkx(self) -> "MultiDiGraph[str]":
        """The graph for networkx.

        Nodes: ``token:0`` …, ``mention:0`` …, ``entity:NAME`` (entities and tails of facts alike);
        edges by ``kind``: ``arc`` head → dependent, ``covers`` mention → token, ``means``
        mention → entity, ``fact`` head → tail.
        """
        from networkx import MultiDiGraph

        graph = MultiDiGraph(id=self.id, texts=list(self.texts))
        for i, token in enumerate(self.tokens):
            span = {"text": token.text, "start": token.start, "end": token.end}
            known = {"tag": token.tag, "lemma": token.lemma}
            graph.add_node(f"token:{i}", kind="token", label=self.surface(token), **span, **_present(known))
        for arc in self.arcs:
            if arc.head >= 0:
                graph.add_edge(f"token:{arc.head}", f"token:{arc.dependent}", kind="arc", label=arc.label)
        for entity in self.entities:
            described = {"description": entity.description or None}
            graph.add_node(f"entity:{entity.name}", kind="entity", label=entity.label, **_present(described))
        for i, mention in enumerate(self.mentions):
            self._add_mention(graph, i, mention)
        for fact in self.facts:
            self._add_fact(graph, fact)
        return graph

    def _add_mention(self, graph: "MultiDiGraph[str]", i: int, mention: Mention) -> None:
        span = {"text": mention.text, "start": mention.start, "end": mention.end}
        graph.add_node(f"mention:{i}", kind="mention", label=self.surface(mention), linker=mention.linker, **span)
        for j, token in enumerate(self.tokens):
            if token.text == mention.text and token.start < mention.end and mention.start < token.end:
                graph.add_edge(f"mention:{i}", f"token:{j}", kind="covers")
        if mention.entity is not None:
            graph.add_edge(f"mention:{i}", f"entity:{mention.entity}", kind="means", score=mention.score)

    def _add_fact(self, graph: "MultiDiGraph[str]", fact: Fact) -> None:
        own, other = f"entity:{self.entities[fact.entity].name}", f"entity:{fact.tail}"
        if other not in graph:
            graph.add_node(other, kind="entity", label=fact.tail_text)
        head, tail = (other, own) if fact.inverse else (own, other)
        graph.add_edge(head, tail, kind="fact", relation=fact.relation, label=fact.relation_text)


def _present(attributes: dict[str, str | None]) -> dict[str, str]:
    """Attributes that are known; GraphML cannot write None."""
    return {name: value for name, value in attributes.items() if value is not None}
