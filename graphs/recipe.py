"""How text graphs are made of texts, as plain values: kept with every corpus and every run.

With the recipe of its training graphs a run makes the same graphs of new text.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from graphs import rooms
from graphs.build import Builder, LinkerPart
from graphs.errors import OptionsError, StoreError
from graphs.facts import FactChooser, Order
from graphs.knowledge import KnowledgeGraph
from graphs.parsing import ParserPart
from graphs.rooms import Part

PARSERS, LINKERS = "graphs.parsers", "graphs.linkers"


@dataclass(frozen=True)
class Recipe:
    """A parser, linkers, a knowledge graph, and which facts a text graph carries.

    ``kg`` is the graph's folder as it was named, ``kg_digest`` what it held.
    """

    parser: Part
    linkers: tuple[Part, ...] = ()
    kg: str | None = None
    kg_digest: str | None = None
    facts: Literal["own", "shuffled", "none"] = "own"
    facts_per_entity: int = 16
    facts_order: Order = "file"
    inverse_facts: bool = False
    seed: int = 0

    @classmethod
    def of(cls, parser: Part, linkers: tuple[Part, ...], kg: str | None, **facts: Any) -> "Recipe":
        """A recipe for the knowledge graph, and the parts, as they are now.

        Raises :class:`OptionsError` if there are linkers or wishes for facts without a graph, a graph
        without linkers, or a linker twice, and :class:`graphs.errors.UnavailableError` for a
        part that needs something that is not installed.
        """
        names = [linker.name for linker in linkers]
        if len(set(names)) < len(names):
            raise OptionsError(f"a linker is there twice: {', '.join(names)}")
        if linkers and kg is None:
            raise OptionsError(f"the linker {linkers[0].name!r} needs a knowledge graph (--kg FOLDER)")
        if kg is not None and not linkers:
            raise OptionsError("a knowledge graph without a linker adds nothing (--linker dictionary, say)")
        wanted = {"shuffled": facts.get("facts") == "shuffled", "inverse": facts.get("inverse_facts", False)}
        missing = next((name for name, is_wanted in wanted.items() if is_wanted and kg is None), None)
        if missing:
            raise OptionsError(f"{missing} facts need a knowledge graph to come from (--kg FOLDER)")
        digest = None if kg is None else KnowledgeGraph.open(kg).checksum
        parser = replace(parser, version=_version(PARSERS, parser))
        linkers = tuple(replace(linker, version=_version(LINKERS, linker)) for linker in linkers)
        return cls(parser, linkers, kg, digest, **facts)

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON values."""
        parts = {"parser": self.parser.as_dict(), "linkers": [linker.as_dict() for linker in self.linkers]}
        return {**asdict(self), **parts}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """The recipe of JSON values."""
        parts = {
            "parser": Part(**values["parser"]),
            "linkers": tuple(Part(**linker) for linker in values["linkers"]),
        }
        return cls(**{**values, **parts})

    def builder(self, kg: str | None = None) -> Builder:
        """Load the parts and the graph; ``kg`` names another folder to find the same graph in, or a new one.

        Raises :class:`StoreError` when the graph is missing, or is not the one that the recipe was
        made with, and when a part has another version than it had.
        """
        for room, part in ((PARSERS, self.parser), *((LINKERS, linker) for linker in self.linkers)):
            _check_version(room, part)
        parser: ParserPart = rooms.find(PARSERS, self.parser.name).Parser(**self.parser.options)
        if self.kg is None and kg is None:
            return Builder(parser, {})
        graph = self.graph(kg)
        linkers: dict[str, LinkerPart] = {
            part.name: rooms.find(LINKERS, part.name).Linker(graph, **part.options) for part in self.linkers
        }
        return Builder(parser, linkers, graph, self._chooser(graph))

    def graph(self, kg: str | None = None) -> KnowledgeGraph:
        """The knowledge graph; ``kg`` names another folder to find it in, or a new one.

        Raises :class:`OptionsError` where there is none, and :class:`StoreError` for one that has changed.
        """
        if kg is None and self.kg is None:
            raise OptionsError("the text graphs were made without a knowledge graph: name one (--kg FOLDER)")
        graph = KnowledgeGraph.open(kg or self.kg or "")
        if kg is None and graph.checksum != self.kg_digest:
            expected = "the knowledge graph as it was (or another, named on purpose with --kg)"
            raise StoreError(graph.folder, None, expected, "a changed one")
        return graph

    def _chooser(self, graph: KnowledgeGraph) -> FactChooser | None:
        """What chooses the facts, None if there shall be none."""
        if self.facts == "none":
            return None
        return FactChooser(
            graph,
            most=self.facts_per_entity,
            order=self.facts_order,
            inverse=self.inverse_facts,
            which=self.facts,
            seed=self.seed,
        )


def _version(room: str, part: Part) -> str | None:
    """What a part depends on beside its options; None where it says nothing."""
    module = rooms.find(room, part.name)
    if not hasattr(module, "version"):
        return None
    holder = module.Parser if room == PARSERS else module.Linker
    return str(module.version(**rooms.with_defaults(holder, part.options)))


def _check_version(room: str, part: Part) -> None:
    """Raise :class:`StoreError` when a part has another version than it had."""
    if part.version is None:
        return
    found = _version(room, part)
    if found != part.version:
        kind = room.rpartition(".")[2].removesuffix("s")
        expected = f"{part.version}, with which the graphs were made"
        raise StoreError(f"{kind} {part.name}", None, expected, f"{found}: install that version, or make them anew")
