"""The invented world of a sample: who there is, under which names, and what is known of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sources.dealing import Dice

Words = dict[str, Any]
"""A world file (``*_world.toml``) as TOML gives it."""

NOBODY: Words = {}

Fact = tuple[str, str]
"""A relation and a tail."""


@dataclass(frozen=True)
class Entity:
    """Somebody or something with a name; ``label`` is empty for a bystander, who decides nothing."""

    name: str
    form: str
    part: str
    label: str
    description: str
    facts: tuple[Fact, ...]
    aliases: tuple[str, ...] = ()
    prior: float = 1.0

    def fits(self, slot: str) -> bool:
        """Whether the entity may stand in a slot of a template: ``x`` takes all but bystanders."""
        return slot == self.form or (slot == "x" and bool(self.label))


class World:
    """All entities in the order of the facts file. The same words and dice give the same world."""

    def __init__(self, words: Words, dice: Dice) -> None:
        self.words, self._dice = words, dice
        self._names: dict[tuple[str, ...], Iterator[tuple[str, str]]] = {}
        self._taken: set[str] = set()
        self._years = dice.deck([str(year) for year in range(1921, 1999)])
        self._bystanders: list[Entity] = []
        for form in words["bystanders"]:
            self._bystanders += list(self._make_bystanders(form))
        self.entities = [*self._make_subjects(), *self._bystanders]
        self.labels = sorted({kind["label"] for kind in words["kinds"]})

    def of(self, part: str, label: str) -> list[Entity]:
        """The entities of a part that have a label (the empty label: its bystanders)."""
        return [one for one in self.entities if (one.part, one.label) == (part, label)]

    def _make_bystanders(self, form: str) -> Iterator[Entity]:
        """Those of one form who are named in passing, two facts each; their facts may name bystanders made before."""
        words = self.words["bystanders"][form]
        deck = self._dice.deck(words["facts"])
        for part, counts in self.words["parts"].items():
            for _ in range(counts["bystanders"]):
                name, fill = self._name(form, part), self._fill(part)
                description = words["description"].format_map(fill)
                yield Entity(name, form, part, "", description, _facts("DD", {"D": deck}, fill))

    def _make_subjects(self) -> Iterator[Entity]:
        """Those whom the texts are about: equally many of each kind in a part."""
        distractors = {form: self._dice.deck(facts) for form, facts in self.words["distractors"].items()}
        for kind in self.words["kinds"]:
            seen, unseen = self._dice.deck(kind["seen"]), self._dice.deck(kind["unseen"])
            patterns, descriptions = self._dice.deck(self.words["patterns"]), self._dice.deck(kind["descriptions"])
            leaders = iter([kind["leader"]] if "leader" in kind else [])
            for part, counts in self.words["parts"].items():
                for number in range(counts["subjects"]):
                    fill, leader = self._fill(part), next(leaders, NOBODY)
                    name = leader.get("name") or self._name(kind["form"], part, kind["label"])
                    decks = {"U": unseen if number < counts["unseen"] else seen, "D": distractors[kind["form"]]}
                    yield Entity(
                        name,
                        kind["form"],
                        part,
                        kind["label"],
                        next(descriptions).format_map(fill),
                        _facts(next(patterns), decks, fill),
                        tuple(leader.get("aliases") or self._nicknames(name, kind["form"], fill)),
                        leader.get("prior", 1.0),
                    )

    def _name(self, form: str, *group: str) -> str:
        """An unused name. Each group of entities uses every word about equally often, so no word tells a group."""
        words = self.words["names"][form]
        words = self.words["names"][words.get("same_as", form)]
        if (form, *group) not in self._names:
            first, last = self._dice.deck(words["first"]), self._dice.deck(words.get("last", [""]))
            self._names[form, *group] = zip(first, last, strict=True)
        names = (self.words["join"].join(filter(None, pair)) for pair in self._names[form, *group])
        name: str = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        return name

    def _nicknames(self, name: str, form: str, fill: dict[str, str]) -> Iterator[str]:
        """What else an entity is called, after the patterns for its form."""
        for pattern in self.words["names"][form].get("nicknames", []):
            yield pattern.format(name=name, initial=name[0], last=name.split()[-1], **fill)

    def _fill(self, part: str) -> dict[str, str]:
        """What stands in the slots of an entity's facts: a year, and a bystander of each form from its part."""
        fill = {"year": next(self._years)}
        for one in self._dice.shuffled(one for one in self._bystanders if one.part == part):
            fill[one.form] = one.name
        return fill


def _facts(pattern: str, decks: dict[str, Iterator[list[str]]], fill: dict[str, str]) -> tuple[Fact, ...]:
    """One fact for each letter of the pattern from the deck of that letter; no relation comes twice."""
    facts: dict[str, str] = {}
    for letter in pattern:
        relation, tail = next(fact for fact in decks[letter] if fact[0] not in facts)
        facts[relation] = tail.format_map(fill)
    return tuple(facts.items())
