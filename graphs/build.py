"""Texts, their parse, their mentions and the facts of their entities, put together as rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.corpus import SCHEMA
from graphs.facts import FactChooser, words_of
from graphs.knowledge import KnowledgeGraph
from graphs.merge import Merged, merge
from graphs.tables import NIL, Ids, Ints, Mentions, Parse, offsets_of, ranges
from graphs.types import Document, Mention


class ParserPart(Protocol):
    """What a parser does; one that can work on given tokens has ``annotate(texts, given)`` too."""

    def __call__(self, texts: Sequence[str]) -> Parse:
        """Tokens, arcs and sentences of every text."""


class LinkerPart(Protocol):
    """What a linker does."""

    def __call__(self, texts: Sequence[str], parse: Parse, given: Sequence[Mention]) -> Mentions:
        """Mentions in every text."""


@dataclass
class Counts:
    """What a build made. ``texts_with_facts / texts`` is the *linked share*: where knowledge can help at all."""

    graphs: int = 0
    texts: int = 0
    characters: int = 0
    tokens: int = 0
    mentions: int = 0
    linked: int = 0
    collisions: int = 0
    off_tokens: int = 0
    facts: int = 0
    graphs_with_facts: int = 0

    def __iadd__(self, other: "Counts") -> "Counts":
        """Add up, field by field."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self

    @property
    def linked_share(self) -> float:
        """Share of the text graphs that carry at least one fact (0 when there are none)."""
        return self.graphs_with_facts / self.graphs if self.graphs else 0.0

    def as_dict(self) -> dict[str, float]:
        """Every count by name, and the linked share."""
        return {**asdict(self), "linked_share": self.linked_share}


class _Entities(NamedTuple):
    """The distinct entities of each graph, in order of first mention."""

    offsets: Ids
    graph: Ints
    entity: Ids


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
        if linkers and kg is None:
            raise ValueError("linkers need a knowledge graph")
        self._parser, self._linkers, self._kg, self._choose = parser, dict(linkers), kg, choose

    def __call__(self, documents: Sequence[Document]) -> tuple[pa.RecordBatch, Counts]:
        """Rows of the documents, in their order, and what was counted on the way."""
        texts = [text for document in documents for text in document.texts]
        first = offsets_of(np.fromiter((len(d.texts) for d in documents), dtype=np.int64, count=len(documents)))
        graph_of = np.repeat(np.arange(len(documents), dtype=np.int32), np.diff(first))
        parse = self._parse(documents, texts, first)
        given = [
            mention._replace(text=int(start) + mention.text)
            for document, start in zip(documents, first, strict=False)
            for mention in document.mentions
        ]
        found = [linker(texts, parse, given) for linker in self._linkers.values()]
        merged = merge(texts, parse, found)
        entities = _distinct(merged.mentions, graph_of, len(documents))
        facts, fact_counts = self._facts(entities, documents)
        local = (np.arange(len(texts)) - first[graph_of]).astype(np.int8)
        columns: dict[str, pa.Array] = {
            "id": pa.array([d.id for d in documents], pa.string()),
            "group": pa.array([d.group for d in documents], pa.string()),
            "texts": _listed(first, pa.array(texts, pa.string())),
            **_parsed(parse, graph_of, local, len(documents)),
            "mentions": self._mentions(merged, graph_of, local, len(documents)),
            "entities": self._entities(entities),
            "facts": facts,
            "spans": _spans(documents),
            "target": pa.array([d.target._asdict() for d in documents], SCHEMA.field("target").type),
        }
        rows = pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)
        counts = Counts(
            graphs=len(documents),
            texts=len(texts),
            characters=sum(map(len, texts)),
            tokens=len(parse),
            mentions=len(merged.mentions),
            linked=int((merged.mentions.entity != NIL).sum()),
            collisions=merged.collisions,
            off_tokens=merged.off_tokens,
            facts=int(fact_counts.sum()),
            graphs_with_facts=int((fact_counts > 0).sum()),
        )
        return rows, counts

    def _parse(self, documents: Sequence[Document], texts: Sequence[str], first: Ids) -> Parse:
        """Parse texts without tokens; keep given tokens, with what the parser can add to them."""
        given = np.repeat([d.tokens is not None for d in documents], np.diff(first))
        if not given.any():
            return self._parser(texts)
        own = np.flatnonzero(given)
        kept = _given(documents, first, {int(text): i for i, text in enumerate(own)})
        annotate: Callable[[Sequence[str], Parse], Parse] | None = getattr(self._parser, "annotate", None)
        if annotate is not None:
            kept = annotate([texts[i] for i in own], kept)
        if given.all():
            return kept
        rest = np.flatnonzero(~given)
        return _interleave((kept, own), (self._parser([texts[i] for i in rest]), rest))

    def _mentions(self, merged: Merged, graph_of: Ints, local: npt.NDArray[np.int8], count: int) -> pa.StructArray:
        mentions = merged.mentions
        offsets = offsets_of(np.bincount(graph_of[mentions.text], minlength=count))
        linked = mentions.entity != NIL
        names = pa.array(list(self._linkers), pa.string())
        candidates = pa.StructArray.from_arrays(
            [self._named(mentions.candidate_entity), pa.array(mentions.candidate_score, pa.float32())],
            names=["entity", "score"],
        )
        return _struct(
            "mentions",
            offsets,
            pa.array(local[mentions.text]),
            pa.array(mentions.start),
            pa.array(mentions.end),
            self._named(mentions.entity, linked),
            pa.array(mentions.score),
            names.take(pa.array(merged.linker)),
            pa.ListArray.from_arrays(pa.array(mentions.candidate_offsets.astype(np.int32)), candidates),
        )

    def _named(self, entities: Ids, known: npt.NDArray[np.bool_] | None = None) -> pa.StringArray:
        """Names of entities; null where not ``known``."""
        if self._kg is None or not len(entities):
            return pa.nulls(len(entities), pa.string())
        if known is None or known.all():
            return self._kg.names(entities).cast(pa.string())
        names = self._kg.names(np.where(known, entities, 0)).cast(pa.string())
        return pc.if_else(pa.array(known), names, pa.scalar(None, pa.string()))

    def _entities(self, entities: _Entities) -> pa.StructArray:
        if self._kg is None:
            return _struct("entities", entities.offsets, *[pa.array([], pa.string())] * 3)
        taken = (self._kg.names, self._kg.labels, self._kg.descriptions)
        return _struct("entities", entities.offsets, *(take(entities.entity).cast(pa.string()) for take in taken))

    def _facts(self, entities: _Entities, documents: Sequence[Document]) -> tuple[pa.StructArray, Ids]:
        """The facts of each graph's entities, and how many each graph has."""
        count = len(documents)
        if self._choose is None or self._kg is None:
            empty = [pa.array([], SCHEMA.field("facts").type.field(i).type.value_type) for i in range(6)]
            return _struct("facts", np.zeros(count + 1, dtype=np.int64), *empty), np.zeros(count, dtype=np.int64)
        wanted, which = np.unique(entities.entity, return_inverse=True)
        if self._choose.reads_text:
            words = [words_of(" ".join(document.texts)) for document in documents]
            facts = self._choose(entities.entity, [words[graph] for graph in entities.graph.tolist()])
            rows, counts = np.arange(len(facts.relation)), np.diff(facts.offsets)
        else:
            facts = self._choose(wanted, ())
            counts = np.diff(facts.offsets)[which]
            rows = ranges(facts.offsets[which], counts)
        position = np.arange(len(entities.entity)) - entities.offsets[entities.graph]
        graph = np.repeat(entities.graph, counts)
        per_graph = np.bincount(graph, minlength=count)
        relation, other, inverse = facts.relation[rows], facts.other[rows], facts.inverse[rows]
        relation_texts = pa.array(
            [*self._kg.relation_texts, *(f"{t} of" for t in self._kg.relation_texts)], pa.string()
        )
        column = _struct(
            "facts",
            offsets_of(per_graph),
            pa.array(np.repeat(position, counts).astype(np.int32)),
            pa.array(self._kg.relations, pa.string()).take(pa.array(relation)),
            relation_texts.take(pa.array(relation + inverse * np.int32(len(self._kg.relations)))),
            self._kg.names(other).cast(pa.string()),
            self._kg.labels(other).cast(pa.string()),
            pa.array(inverse),
        )
        return column, per_graph


def _listed(offsets: Ids, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values)


def _struct(name: str, offsets: Ids, *values: pa.Array) -> pa.StructArray:
    """A column of parallel lists as the schema has it."""
    kind = SCHEMA.field(name).type
    return pa.StructArray.from_arrays([_listed(offsets, value) for value in values], fields=list(kind))


def _strings(values: Sequence[str | None] | None, count: int) -> pa.StringArray:
    return pa.nulls(count, pa.string()) if values is None else pa.array(values, pa.string())


def _parsed(parse: Parse, graph_of: Ints, local: npt.NDArray[np.int8], count: int) -> dict[str, pa.StructArray]:
    """Sentences, tokens and arcs; the arcs of a second text count through the tokens of both."""
    graph = graph_of[parse.text]
    token_offsets = offsets_of(np.bincount(graph, minlength=count))
    first_token = np.searchsorted(parse.text, np.arange(len(graph_of)))
    shift = (first_token - token_offsets[graph_of]).astype(np.int32)[parse.arc_text]
    tokens = _struct(
        "tokens",
        token_offsets,
        pa.array(local[parse.text]),
        pa.array(parse.start),
        pa.array(parse.end),
        _strings(parse.tag, len(parse)),
        _strings(parse.lemma, len(parse)),
    )
    arcs = _struct(
        "arcs",
        offsets_of(np.bincount(graph_of[parse.arc_text], minlength=count)),
        pa.array(np.where(parse.head < 0, parse.head, parse.head + shift)),
        pa.array(parse.dependent + shift),
        _strings(parse.arc_label, len(parse.head)),
    )
    sentences = _struct(
        "sentences",
        offsets_of(np.bincount(graph_of[parse.sentence_text], minlength=count)),
        pa.array(local[parse.sentence_text]),
        pa.array(parse.sentence_start),
        pa.array(parse.sentence_end),
    )
    return {"sentences": sentences, "tokens": tokens, "arcs": arcs}


def _spans(documents: Sequence[Document]) -> pa.StructArray:
    offsets = offsets_of(np.fromiter((len(d.spans) for d in documents), dtype=np.int64, count=len(documents)))
    spans = [span for document in documents for span in document.spans]
    return _struct(
        "spans",
        offsets,
        pa.array([span.role for span in spans], pa.string()),
        *(
            pa.array([span[i] for span in spans], kind)
            for i, kind in ((1, pa.int8()), (2, pa.int32()), (3, pa.int32()))
        ),
    )


def _distinct(mentions: Mentions, graph_of: Ints, count: int) -> _Entities:
    """Each graph's linked entities, once each, in order of first mention."""
    linked = mentions.entity != NIL
    graph, entity = graph_of[mentions.text[linked]].astype(np.int64), mentions.entity[linked]
    width = int(entity.max(initial=0)) + 1
    _, first = np.unique(graph * width + entity, return_index=True)
    first.sort()
    return _Entities(
        offsets_of(np.bincount(graph[first], minlength=count)), graph[first].astype(np.int32), entity[first]
    )


def _given(documents: Sequence[Document], first: Ids, number: Mapping[int, int]) -> Parse:
    """The parse that documents brought along, its texts numbered anew."""
    tokens, arcs, sentences = [], [], []
    for document, start in zip(documents, first.tolist(), strict=False):
        if document.tokens is None:
            continue
        base = number[start]
        tokens += [token._replace(text=base + token.text) for token in document.tokens]
        sentences += [sentence._replace(text=base + sentence.text) for sentence in document.sentences]
        second = sum(token.text == 0 for token in document.tokens)
        for arc in document.arcs:
            text = document.tokens[arc.dependent].text
            shift = second if text else 0
            moved = arc._replace(dependent=arc.dependent - shift, head=arc.head if arc.head < 0 else arc.head - shift)
            arcs.append((base + text, moved))
    return Parse.of(tokens, arcs, sentences)


def _interleave(*parts: tuple[Parse, Ids]) -> Parse:
    """One parse of parses over different texts; the second of each pair says which texts those are."""

    def joined(name: str, by: str) -> Any:
        order = np.argsort(np.concatenate([which[getattr(p, by)] for p, which in parts]), kind="stable")
        if name == by:
            return np.concatenate([which[getattr(p, by)] for p, which in parts])[order].astype(np.int32)
        columns = [getattr(p, name) for p, _ in parts]
        if all(column is None for column in columns):
            return None
        if isinstance(columns[0], np.ndarray):
            return np.concatenate(columns)[order]
        filled = [c if c is not None else [None] * len(p) for c, (p, _) in zip(columns, parts, strict=True)]
        flat = [value for column in filled for value in column]
        return [flat[i] for i in order]

    tokens = {name: joined(name, "text") for name in ("text", "start", "end", "tag", "lemma")}
    arcs = {name: joined(name, "arc_text") for name in ("arc_text", "head", "dependent", "arc_label")}
    cuts = {name: joined(name, "sentence_text") for name in ("sentence_text", "sentence_start", "sentence_end")}
    return Parse(**tokens, **arcs, **cuts)
