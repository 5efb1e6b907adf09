"""Text graphs of documents: parses, mentions and the facts of their entities, put together as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.corpus import SCHEMA
from graphs.errors import shown
from graphs.facts import FactChooser, words_of
from graphs.knowledge import KnowledgeGraph
from graphs.merge import Merged, merge
from graphs.parsing import ParserPart, parse_documents, placed
from graphs.tables import NIL, Ids, Ints, Mentions, Parse, offsets_of, ranges
from graphs.types import Document, Mention, Role


class LinkerPart(Protocol):
    """What a linker does."""

    def __call__(self, texts: Sequence[str], parse: Parse, given: Sequence[Mention]) -> Mentions:
        """Mentions in every text."""


@dataclass
class BuildCounts:
    """What a build made.

    ``linked`` mentions name an entity; ``collisions`` and ``off_tokens`` are mentions that fell
    out (see :func:`graphs.merge.merge`). ``unknown_entities`` were named by the input and are not
    in the knowledge graph. ``facts_cut`` are facts of a graph's entities that it does not carry,
    because there are too many. ``facts_unmoved``, known of shuffled facts only, say what the entity's
    own fact at that place says (see :class:`graphs.facts.FactChooser`). The *linked share* is that of
    the graphs with facts: where knowledge can help at all.
    """

    graphs: int = 0
    texts: int = 0
    characters: int = 0
    tokens: int = 0
    mentions: int = 0
    linked: int = 0
    collisions: int = 0
    off_tokens: int = 0
    unknown_entities: int = 0
    facts: int = 0
    facts_cut: int = 0
    facts_unmoved: int | None = None
    graphs_with_facts: int = 0

    def __iadd__(self, other: "BuildCounts") -> "BuildCounts":
        """Add up, field by field; what neither knows stays unknown."""
        for field in fields(self):
            known = [value for value in (getattr(self, field.name), getattr(other, field.name)) if value is not None]
            setattr(self, field.name, sum(known) if known else None)
        return self

    @property
    def linked_share(self) -> float:
        """Share of the text graphs that carry at least one fact (0 when there are none)."""
        return self.graphs_with_facts / self.graphs if self.graphs else 0.0

    def as_dict(self) -> dict[str, float]:
        """Every count that is known, by name, and the linked share."""
        known = {name: count for name, count in asdict(self).items() if count is not None}
        return {**known, "linked_share": self.linked_share}


class _TextList(NamedTuple):
    """The texts of all documents: those of document ``i`` are ``offsets[i]:offsets[i + 1]``.

    ``graph`` is the document of each text, ``number`` which of its texts it is.
    """

    all: list[str]
    offsets: Ids
    graph: Ints
    number: npt.NDArray[np.int8]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> "_TextList":
        texts = [text for document in documents for text in document.texts]
        offsets = offsets_of(np.fromiter((len(d.texts) for d in documents), dtype=np.int64, count=len(documents)))
        graph = np.repeat(np.arange(len(documents), dtype=np.int32), np.diff(offsets))
        return cls(texts, offsets, graph, (np.arange(len(texts)) - offsets[graph]).astype(np.int8))

    def per_graph(self, text: Ints) -> Ids:
        """Offsets, by graph, of things that lie in these texts."""
        return offsets_of(np.bincount(self.graph[text], minlength=len(self.offsets) - 1))


class _Entities(NamedTuple):
    """The distinct entities of each graph, in order of first mention."""

    offsets: Ids
    graph: Ints
    entity: Ids


class _Facts(NamedTuple):
    """The column of facts, how many each graph has, how many were cut in all, and how many say what they said."""

    column: pa.StructArray
    per_graph: Ids
    cut: int
    unmoved: int | None


class Builder:
    """Make text graphs of documents.

    ``linkers`` are asked in the order given; ``choose`` picks the facts (None: no facts).
    """

    def __init__(
        self,
        parser: ParserPart,
        linkers: Mapping[str, LinkerPart],
        kg: KnowledgeGraph | None = None,
        choose: FactChooser | None = None,
    ) -> None:
        if kg is None and (linkers or choose):
            raise ValueError("linkers and facts need a knowledge graph")
        self._parser, self._linkers, self._kg, self._choose = parser, dict(linkers), kg, choose
        texts = [] if kg is None else kg.relation_texts
        self._relation_texts = pa.array([*texts, *(f"{text} of" for text in texts)], pa.string())

    def __call__(self, documents: Sequence[Document]) -> tuple[pa.RecordBatch, BuildCounts]:
        """Rows of the documents, in their order, and what was counted on the way.

        Raises :class:`graphs.errors.DataError` for tokens, mentions or marked spans that do not lie in their
        text, for tags or numbers of words that are not as many as the tokens, and for a text that a part refuses.
        """
        texts = _TextList.of(documents)
        parse = parse_documents(self._parser, documents)
        _check_targets(documents, np.diff(texts.per_graph(parse.text)))
        given = _given_mentions(documents, texts)
        with placed([documents[graph] for graph in texts.graph.tolist()]):
            found = [linker(texts.all, parse, given) for linker in self._linkers.values()]
        merged = merge(texts.all, parse, found)
        entities = _distinct(merged.mentions, texts)
        facts = self._facts(entities, documents)
        columns: dict[str, pa.Array] = {
            "id": pa.array([d.id for d in documents], pa.string()),
            "group": pa.array([d.group for d in documents], pa.string()),
            "texts": _listed(texts.offsets, pa.array(texts.all, pa.string())),
            **_parsed(parse, texts),
            "mentions": self._mentions(merged, texts),
            "entities": self._entities(entities),
            "facts": facts.column,
            "spans": _spans(documents),
            "target": pa.array([d.target._asdict() for d in documents], SCHEMA.field("target").type),
        }
        rows = pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)
        counts = BuildCounts(
            graphs=len(documents),
            texts=len(texts.all),
            characters=sum(map(len, texts.all)),
            tokens=len(parse),
            mentions=len(merged.mentions),
            linked=int((merged.mentions.entity != NIL).sum()),
            collisions=merged.collisions,
            off_tokens=merged.off_tokens,
            unknown_entities=merged.mentions.unknown,
            facts=int(facts.per_graph.sum()),
            facts_cut=facts.cut,
            facts_unmoved=facts.unmoved,
            graphs_with_facts=int((facts.per_graph > 0).sum()),
        )
        return rows, counts

    def _mentions(self, merged: Merged, texts: _TextList) -> pa.StructArray:
        mentions = merged.mentions
        names = pa.array(list(self._linkers), pa.string())
        candidates = pa.StructArray.from_arrays(
            [self._named(mentions.candidate_entity), pa.array(mentions.candidate_score, pa.float32())],
            names=["entity", "score"],
        )
        return _struct(
            "mentions",
            texts.per_graph(mentions.text),
            pa.array(texts.number[mentions.text]),
            pa.array(mentions.start),
            pa.array(mentions.end),
            self._named(mentions.entity),
            pa.array(mentions.score),
            names.take(pa.array(merged.linker)),
            _listed(mentions.candidate_offsets, candidates),
        )

    def _named(self, entities: Ids) -> pa.StringArray:
        """Names of entities; null for ``NIL``."""
        known = entities != NIL
        if self._kg is None or not known.any():
            return pa.nulls(len(entities), pa.string())
        names = self._kg.names(np.where(known, entities, 0)).cast(pa.string())
        return names if known.all() else pc.if_else(pa.array(known), names, pa.scalar(None, pa.string()))

    def _entities(self, entities: _Entities) -> pa.StructArray:
        if self._kg is None:
            return _struct("entities", entities.offsets, *[pa.array([], pa.string())] * 3)
        taken = (self._kg.names, self._kg.labels, self._kg.descriptions)
        return _struct("entities", entities.offsets, *(take(entities.entity).cast(pa.string()) for take in taken))

    def _facts(self, entities: _Entities, documents: Sequence[Document]) -> _Facts:
        """The facts of each graph's entities."""
        if self._choose is None or self._kg is None:
            kinds = [field.type.value_type for field in SCHEMA.field("facts").type]
            none = np.zeros(len(documents) + 1, dtype=np.int64)
            return _Facts(_struct("facts", none, *(pa.array([], kind) for kind in kinds)), none[1:], 0, None)
        if self._choose.reads_text:
            words = [words_of(" ".join(document.texts)) for document in documents]
            facts = self._choose(entities.entity, [words[graph] for graph in entities.graph.tolist()])
            rows, counts, cut = np.arange(len(facts.relation)), np.diff(facts.offsets), facts.cut
        else:
            wanted, which = np.unique(entities.entity, return_inverse=True)
            facts = self._choose(wanted, ())
            counts, cut = np.diff(facts.offsets)[which], facts.cut[which]
            rows = ranges(facts.offsets[which], counts)
        position = np.arange(len(entities.entity)) - entities.offsets[entities.graph]
        per_graph = np.bincount(np.repeat(entities.graph, counts), minlength=len(documents))
        relation, other, inverse = facts.relation[rows], facts.other[rows], facts.inverse[rows]
        column = _struct(
            "facts",
            offsets_of(per_graph),
            pa.array(np.repeat(position, counts).astype(np.int32)),
            pa.array(self._kg.relations, pa.string()).take(pa.array(relation)),
            self._relation_texts.take(pa.array(relation + inverse * np.int32(len(self._kg.relations)))),
            self._kg.names(other).cast(pa.string()),
            self._kg.labels(other).cast(pa.string()),
            pa.array(inverse),
        )
        unmoved = None if facts.unmoved is None else int(facts.unmoved[rows].sum())
        return _Facts(column, per_graph, int(cut.sum()), unmoved)


def _given_mentions(documents: Sequence[Document], texts: _TextList) -> list[Mention]:
    """The mentions that documents came with, ``text`` counting through all texts."""
    given = []
    for i, document in enumerate(documents):
        for mention in document.mentions:
            _check_inside(document, mention, "mentions")
            given.append(mention._replace(text=int(texts.offsets[i]) + mention.text))
    return given


def _check_inside(document: Document, span: Mention | Role, what: str) -> None:
    """Raise :class:`graphs.errors.DataError` for a span that does not lie in its text."""
    text = document.texts[span.text] if 0 <= span.text < len(document.texts) else ""
    if not 0 <= span.start < span.end <= len(text):
        raise document.error(f"{what} inside their text", f"one from {span.start} to {span.end} in {shown(text)}")


def _check_targets(documents: Sequence[Document], words: Ids) -> None:
    """Raise :class:`DataError` where a target has something for each token, and not as many as there are."""
    for document, count in zip(documents, words.tolist(), strict=True):
        for name in ("tags", "values"):
            given = getattr(document.target, name)
            if given is not None and len(given) != count:
                raise document.error(f"as many {name} as tokens ({count})", str(len(given)))


def _listed(offsets: Ids, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values)


def _struct(name: str, offsets: Ids, *values: pa.Array) -> pa.StructArray:
    """A column of parallel lists as the schema has it."""
    kind = SCHEMA.field(name).type
    return pa.StructArray.from_arrays([_listed(offsets, value) for value in values], fields=list(kind))


def _strings(values: Sequence[str | None] | None, count: int) -> pa.StringArray:
    return pa.nulls(count, pa.string()) if values is None else pa.array(values, pa.string())


def _parsed(parse: Parse, texts: _TextList) -> dict[str, pa.StructArray]:
    """Sentences, tokens and arcs; the arcs of a second text count through the tokens of both."""
    token_offsets = texts.per_graph(parse.text)
    first_token = np.searchsorted(parse.text, np.arange(len(texts.all)))
    shift = (first_token - token_offsets[texts.graph]).astype(np.int32)[parse.arc_text]
    tokens = _struct(
        "tokens",
        token_offsets,
        pa.array(texts.number[parse.text]),
        pa.array(parse.start),
        pa.array(parse.end),
        _strings(parse.tag, len(parse)),
        _strings(parse.lemma, len(parse)),
    )
    arcs = _struct(
        "arcs",
        texts.per_graph(parse.arc_text),
        pa.array(np.where(parse.head < 0, parse.head, parse.head + shift)),
        pa.array(parse.dependent + shift),
        _strings(parse.arc_label, len(parse.head)),
    )
    sentences = _struct(
        "sentences",
        texts.per_graph(parse.sentence_text),
        pa.array(texts.number[parse.sentence_text]),
        pa.array(parse.sentence_start),
        pa.array(parse.sentence_end),
    )
    return {"sentences": sentences, "tokens": tokens, "arcs": arcs}


def _spans(documents: Sequence[Document]) -> pa.StructArray:
    for document in documents:
        for span in document.spans:
            _check_inside(document, span, "marked spans")
    offsets = offsets_of(np.fromiter((len(d.spans) for d in documents), dtype=np.int64, count=len(documents)))
    kinds = [field.type.value_type for field in SCHEMA.field("spans").type]
    columns = list(zip(*(span for document in documents for span in document.spans), strict=True)) or [()] * 4
    return _struct("spans", offsets, *(pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


def _distinct(mentions: Mentions, texts: _TextList) -> _Entities:
    """Each graph's linked entities, once each, in order of first mention."""
    linked = mentions.entity != NIL
    graph, entity = texts.graph[mentions.text[linked]].astype(np.int64), mentions.entity[linked]
    width = int(entity.max(initial=0)) + 1
    _, first = np.unique(graph * width + entity, return_index=True)
    first.sort()
    return _Entities(texts.per_graph(mentions.text[linked][first]), graph[first].astype(np.int32), entity[first])
