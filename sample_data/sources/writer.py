"""Sentences from templates: notes with a label, pairs of notes, and tagged sentences."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, cycle
from string import Formatter
from typing import Any

from sources.dealing import Dice
from sources.world import Entity, World

EVIDENT = 0.06
"""The share of notes that tell their label by themselves."""

CONTRAST = 0.04
"""The share of notes that name two subjects with different labels, of whom one decides."""

EXTRA = 0.3
"""How often a note has an opener, and how often a closer."""

MOST_BYSTANDERS = 1
"""How many bystanders a plain note may name."""

BY_ALIAS = 0.2
"""How often somebody is called by an alias."""

Decks = dict[str, Iterator[Entity]]
"""Where the entities of a text come from: ``x`` its subjects, ``other`` a subject with another label."""

Tagged = list[tuple[str, str]]
"""A sentence as words and their tags."""


@dataclass(frozen=True)
class Mention:
    """An entity with the name it goes by in one text."""

    entity: Entity
    surface: str


def slots(template: str) -> list[str]:
    """The names of a template's slots, in order.

    >>> slots("From {town1} to {town2}")
    ['town1', 'town2']
    """
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def sentence(text: str) -> str:
    """The text with its first letter in upper case, seen through an opening quotation mark."""
    return re.sub(r'^"?\w', lambda match: match[0].upper(), text)


class Writer:
    """Writes the texts of one part, about the entities of that part alone.

    ``texts`` is a text file (``*_text.toml``) as TOML gives it.
    """

    def __init__(self, part: str, world: World, texts: dict[str, Any], dice: Dice) -> None:
        self.part, self._texts, self._dice = part, texts, dice
        self._subjects = {label: world.of(part, label) for label in world.labels}
        self._bystanders = dice.deck(world.of(part, ""))
        self._bystander_forms = world.words["bystanders"].keys()
        by_prior = sorted(world.entities, key=lambda one: one.prior)
        self._meant = {alias: one.name for one in by_prior for alias in one.aliases}

    def notes(self, count: int) -> list[tuple[str, str]]:
        """Rows of label and text, equally many for each label, no text twice."""
        share = count // len(self._subjects)
        return self._dice.shuffled(chain.from_iterable(self._notes_of(label, share) for label in self._subjects))

    def pairs(self, count: int, wanted: str) -> list[tuple[str, str, str]]:
        """Rows of first or second, text, text: which of the two has the wanted label. A pair comes both ways round."""
        frames = self._sentences()
        decks = {label: {"x": self._dice.deck(entities)} for label, entities in self._subjects.items()}
        rows = []
        for _, other in zip(range(count // 2), cycle(label for label in decks if label != wanted), strict=False):
            right, wrong = (self._note(next(frames), decks[label]) for label in (wanted, other))
            rows += [("first", right, wrong), ("second", wrong, right)]
        return self._dice.shuffled(rows)

    def tagged(self, count: int, cut: Callable[[str], list[str]]) -> list[Tagged]:
        """Sentences cut into words and tagged, every second with several names."""
        one, several = self._sentences(), self._dice.deck(self._templates(self._texts["tagging"]))
        decks = {"x": self._dice.deck(list(chain.from_iterable(self._subjects.values())))}
        templates = [sentence(next(several if number % 2 else one)) for number in range(count)]
        return [list(tags(template, self._fill(template, decks, 0.0), cut)) for template in templates]

    def _notes_of(self, label: str, count: int) -> list[tuple[str, str]]:
        """Notes with one label: a few evident, a few with two subjects, the others plain."""
        templates = chain(
            self._some(self._texts["evident"][label], round(EVIDENT * count)),
            self._some(self._templates(self._texts["contrast"]), round(CONTRAST * count)),
            self._plain_templates(),
        )
        others = [one for other, entities in self._subjects.items() if other != label for one in entities]
        decks = {"x": self._dice.deck(self._subjects[label]), "other": self._dice.deck(others)}
        found: dict[str, str] = {}
        while len(found) < count:
            template = next(templates)
            found.setdefault(self._note(template, decks), label)
        return [(label, text) for text in found]

    def _templates(self, lists: dict[str, list[str]]) -> list[str]:
        """The templates this part may use: the shared ones and its own."""
        return lists["shared"] + lists["train" if self.part == "train" else "held_out"]

    def _some(self, templates: list[str], count: int) -> Iterator[str]:
        """So many templates, each as often as the others."""
        return (template for template, _ in zip(self._dice.deck(templates), range(count), strict=False))

    def _frames(self) -> list[tuple[str, str]]:
        """All frames of this part, each with its mood (the tense, say) that openers and closers must fit."""
        moods = self._texts["frames"]
        return [(mood, frame) for mood in moods for frame in self._templates(moods[mood])]

    def _sentences(self) -> Iterator[str]:
        """The frames as plain sentences, without end, each as often as the others."""
        stop = self._texts["stop"]
        return self._dice.deck([frame + stop[mood] for mood, frame in self._frames()])

    def _plain_templates(self) -> Iterator[str]:
        """Frames without end, each as often as the others, with an opener or a closer now and then."""
        stop = self._texts["stop"]
        openers = {mood: self._dice.deck(texts) for mood, texts in self._texts["openers"].items()}
        closers = {mood: self._dice.deck(texts) for mood, texts in self._texts["closers"].items()}
        for mood, frame in self._dice.deck(self._frames()):
            opener = next(openers[mood]) if mood in openers and self._dice.happens(EXTRA) else ""
            closer = next(closers[mood]) if self._dice.happens(EXTRA) else stop[mood]
            template = opener + frame + closer
            if sum(slot in self._bystander_forms for slot in slots(template)) <= MOST_BYSTANDERS:
                yield template

    def _note(self, template: str, decks: Decks) -> str:
        """The text of a template about the next entities of the decks."""
        filled = self._fill(template, decks)
        return sentence(template.format_map({slot: mention.surface for slot, mention in filled.items()}))

    def _fill(self, template: str, decks: Decks, by_alias: float = BY_ALIAS) -> dict[str, Mention]:
        """A mention for each slot, nobody twice; some by an alias.

        ``other`` comes from the deck of that name, a slot for a bystander from the bystanders of the part,
        any other slot from the deck ``x``.
        """
        filled: dict[str, Mention] = {}
        for slot in slots(template):
            form = "x" if slot == "other" else slot.rstrip("123")
            deck = self._bystanders if form in self._bystander_forms else decks["other" if slot == "other" else "x"]
            taken = [mention.entity for mention in filled.values()]
            entity = next(one for one in deck if one.fits(form) and one not in taken)
            filled[slot] = self._mention(entity, by_alias)
        return filled

    def _mention(self, entity: Entity, by_alias: float) -> Mention:
        """An entity under its name or, in a share of the calls, under an alias that means it before all others."""
        own = [alias for alias in entity.aliases if self._meant[alias] == entity.name]
        return Mention(entity, own[0] if own and self._dice.happens(by_alias) else entity.name)


def tags(template: str, filled: dict[str, Mention], cut: Callable[[str], list[str]]) -> Iterator[tuple[str, str]]:
    """The words of a filled template with BIO tags: a name is tagged with its label, a bystander with its form."""
    for literal, slot, _, _ in Formatter().parse(template):
        yield from ((word, "O") for word in cut(literal))
        if slot:
            entity = filled[slot].entity
            kind = (entity.label or entity.form).upper()
            words = cut(filled[slot].surface)
            yield from ((word, f"{'I' if place else 'B'}-{kind}") for place, word in enumerate(words))
