"""How right links are: spans, entities and mentions of nothing, compared with those that are known."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from graphs.corpus import Corpus
from graphs.errors import StoreError, shown
from graphs.knowledge import KnowledgeGraph
from graphs.link_gold import Gold, Place
from graphs.tables import NIL


class Said(NamedTuple):
    """What a mention is said to mean, by the ids of a graph, and what it might have meant."""

    entity: int
    candidates: Collection[int] = ()


@dataclass(frozen=True)
class LinkCounts:
    """Mentions that are known (``gold``), that were found, and that are right.

    A mention is right where the span is; a link (a mention of an entity) where the entity is the same, too. ``nil``
    are mentions of nothing in the graph: known are those of no entity and of one that the graph does not have.
    ``gold_in_graph`` are known links to entities that the graph has: no linker has more right.
    ``among_candidates`` of these have their entity among the candidates of a mention with their span.
    """

    gold_mentions: int
    mentions: int
    right_mentions: int
    gold_links: int
    gold_in_graph: int
    links: int
    right_links: int
    among_candidates: int
    gold_nil: int
    nil: int
    right_nil: int

    @classmethod
    def of(cls, gold: Mapping[Place, int], said: Mapping[Place, Said]) -> "LinkCounts":
        """Compare what is known with what is said."""
        both = [(entity, said[place]) for place, entity in gold.items() if place in said]
        return cls(
            gold_mentions=len(gold),
            mentions=len(said),
            right_mentions=len(both),
            gold_links=sum(entity != NIL for entity in gold.values()),
            gold_in_graph=sum(entity >= 0 for entity in gold.values()),
            links=sum(one.entity != NIL for one in said.values()),
            right_links=sum(entity >= 0 and one.entity == entity for entity, one in both),
            among_candidates=sum(entity >= 0 and entity in {one.entity, *one.candidates} for entity, one in both),
            gold_nil=sum(entity < 0 for entity in gold.values()),
            nil=sum(one.entity == NIL for one in said.values()),
            right_nil=sum(entity < 0 and one.entity == NIL for entity, one in both),
        )

    def figures(self) -> dict[str, dict[str, float]]:
        """Precision, recall and F1: of mentions, of links, of links with the graph's entities alone known, of nil."""
        return {
            "mentions": _figures(self.right_mentions, self.mentions, self.gold_mentions),
            "links": _figures(self.right_links, self.links, self.gold_links),
            "links_in_graph": _figures(self.right_links, self.links, self.gold_in_graph),
            "nil": _figures(self.right_nil, self.nil, self.gold_nil),
        }

    @property
    def coverage(self) -> float:
        """The share of known links whose entity the graph has: no recall of links is above it."""
        return _share(self.gold_in_graph, self.gold_links)

    @property
    def candidate_recall(self) -> float:
        """The share of known links in the graph whose entity was among the candidates."""
        return _share(self.among_candidates, self.gold_in_graph)

    def as_dict(self) -> dict[str, Any]:
        """Counts, figures, coverage and the recall of candidates, as JSON values."""
        shares = {"coverage": self.coverage, "candidate_recall": self.candidate_recall}
        return {"counts": asdict(self), "figures": self.figures(), **shares}


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _figures(right: int, found: int, gold: int) -> dict[str, float]:
    return {"precision": _share(right, found), "recall": _share(right, gold), "f1": _share(2 * right, found + gold)}


def said_in(corpus: Corpus, gold: Gold, kg: KnowledgeGraph) -> dict[Place, Said]:
    """What the mentions of text graphs mean.

    Raises :class:`StoreError` unless the graphs are of the gold's texts, in order.
    """
    if len(corpus) != len(gold.documents):
        raise StoreError(corpus.folder, None, f"graphs of {len(gold.documents):,} texts", f"{len(corpus):,}")
    found = dict(_mentions(corpus, gold))
    named = (name for entity, others in found.values() for name in (entity, *others) if name is not None)
    names = list(dict.fromkeys(named))
    ids: dict[str | None, int] = dict(zip(names, kg.ids(names).tolist(), strict=True)) | {None: NIL}
    return {place: Said(ids[entity], {ids[name] for name in others}) for place, (entity, others) in found.items()}


def _mentions(corpus: Corpus, gold: Gold) -> Iterator[tuple[Place, tuple[str | None, list[str]]]]:
    for number, (graph, document) in enumerate(zip(corpus, gold.documents, strict=True)):
        if (graph.id, graph.texts) != (document.id, document.texts):
            expected = f"the text {shown(document.id)} as number {number}"
            found = "another text" if graph.id == document.id else f"the text {shown(graph.id)}"
            raise StoreError(corpus.folder, None, expected, found)
        for mention in graph.mentions:
            candidates = [candidate.entity for candidate in mention.candidates]
            yield (number, mention.text, mention.start, mention.end), (mention.entity, candidates)
