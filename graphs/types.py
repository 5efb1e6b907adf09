"""The nouns of the toolkit, as small immutable records.

Two rulers only. A *span* is half-open characters (Unicode code points) of one text; a *position*
is an index into a list. ``text`` is always the number of the text: 0 for the first of a
document, 1 for the second of a pair.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


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
    words; ``tags`` of the target then stand beside them, one a token.
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
