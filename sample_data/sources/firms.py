"""The invented firms and their people: facts in parts, some of them false, and a newspaper in parsed sentences."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from sources.dealing import Dice

Fact = tuple[str, str, str]
"""Head, relation, tail."""

COUPLES, OWNERS = 28, 24
"""Families whose two members are married, and firms that own another."""

NEAR = 0.25
"""How often a false fact has an entity of the right kind in the wrong place."""


class Firms:
    """Who there is, what is true, and in which part each fact stands: train, dev, test, or the newspaper alone."""

    def __init__(self, words: dict[str, Any], dice: Dice) -> None:
        self._words, self._dice = words, dice
        trades = dice.deck(words["trades"])
        self._firms = {last: f"{last} {next(trades)}" for last in words["last"]}
        first = dice.deck(words["first"])
        self._families = [(f"{next(first)} {last}", f"{next(first)} {last}") for last in words["last"]]
        self._kinds = {
            **dict.fromkeys(chain.from_iterable(self._families), "p"),
            **dict.fromkeys(self._firms.values(), "f"),
            **dict.fromkeys(words["towns"], "t"),
            **dict.fromkeys(words["counties"], "c"),
        }
        self.true = list(self._made())
        self._parts = self._dealt()

    def of_kind(self, kind: str) -> list[str]:
        """The names of people (p), firms (f), towns (t) or counties (c)."""
        return [name for name, own in self._kinds.items() if own == kind]

    def _made(self) -> Iterator[Fact]:
        """All that is true. A firm has its founder's name, and couples share one."""
        towns, counties, firms = (self._dice.deck(self.of_kind(kind)) for kind in "tcf")
        for founder, _ in self._families:
            yield founder, "founded", self._firms[founder.split()[-1]]
        for couple in self._dice.shuffled(self._families)[:COUPLES]:
            yield couple[0], "married to", couple[1]
        for person in self.of_kind("p"):
            yield person, "works for", next(firms)
            yield person, "lives in", next(towns)
        for firm in self.of_kind("f"):
            yield firm, "based in", next(towns)
        for town in self.of_kind("t"):
            yield town, "lies in", next(counties)
        owned = iter(self._dice.shuffled(self.of_kind("f")))
        for owner in self._dice.shuffled(self.of_kind("f"))[:OWNERS]:
            yield owner, "owns", next(firm for firm in owned if firm != owner)

    def _dealt(self) -> dict[Fact, str]:
        """The part of each fact. No entity is without a fact in train."""
        parts = dict.fromkeys(self.true, "train")
        for relation, counts in self._words["held_out"].items():
            facts = iter(self._dice.shuffled(fact for fact in self.true if fact[1] == relation))
            for part, count in counts.items():
                for _ in range(count):
                    parts[next(fact for fact in facts if self._can_go(fact, parts))] = part
        return parts

    def _can_go(self, fact: Fact, parts: dict[Fact, str]) -> bool:
        others = [other for other, part in parts.items() if part == "train" and other != fact]
        return all(any(name in (head, tail) for head, _, tail in others) for name in (fact[0], fact[2]))

    def of(self, part: str) -> list[Fact]:
        """The true facts of a part."""
        return [fact for fact, own in self._parts.items() if own == part]

    def labelled(self, part: str) -> Iterator[tuple[str, ...]]:
        """The facts of a part with the label 1, a false one with −1 behind each."""
        entities = self._dice.deck(list(self._kinds))
        near = {kind: self._dice.deck(self.of_kind(kind)) for kind in "pftc"}
        known = set(self.true)
        for head, relation, tail in self.of(part):
            yield head, relation, tail, "1"
            deck = near[self._kinds[tail]] if self._dice.happens(NEAR) else entities
            other = next(name for name in deck if name not in (head, tail) and (head, relation, name) not in known)
            yield head, relation, other, "-1"

    def phrases(self) -> Iterator[tuple[str, ...]]:
        """What each phrase of the newspaper says, under a header."""
        yield "phrase", "relation", "direction"
        for row in self._words["phrases"]:
            for direction in ("own", "inverse"):
                yield from ((phrase, row["relation"], direction) for phrase in row.get(direction, ()))

    def news(self) -> Iterator[str]:
        """Lines of CoNLL-U: a sentence about each fact that the newspaper alone knows, and asides."""
        sentences = {}
        for sentence in self._words["sentences"]:
            sentences.setdefault(sentence["about"][1], []).append(sentence)
        decks = {relation: self._dice.deck(some) for relation, some in sentences.items()}
        made = [self._sentence(next(decks[fact[1]]), fact) for fact in self.of("news")]
        near = {kind: self._dice.deck(self.of_kind(kind)) for kind in "pftc"}
        for aside in self._words["asides"]:
            made.append((aside["words"], {slot: next(near[slot]) for slot in aside["slots"]}))
        for number, (words, slots) in enumerate(self._dice.shuffled(made), 1):
            yield f"# sent_id = herald-{number}"
            yield from conllu(words, slots)
            yield ""

    def _sentence(self, sentence: dict[str, Any], fact: Fact) -> tuple[str, dict[str, str]]:
        """The words of a sentence about a fact, and the names for its slots."""
        head, _, tail = sentence["about"]
        slots = {head: fact[0], tail: fact[2]}
        for one, relation, other in sentence.get("beside", ()):
            slots |= self._beside(slots, one, relation, other)
        return sentence["words"], slots

    def _beside(self, slots: dict[str, str], one: str, relation: str, other: str) -> dict[str, str]:
        """The name for the slot that is still empty, by a fact that is true."""
        if one in slots:
            return {other: next(tail for head, own, tail in self.true if (head, own) == (slots[one], relation))}
        taken = slots.values()
        return {
            one: next(
                head for head, own, tail in self.true if (own, tail) == (relation, slots[other]) and head not in taken
            )
        }


def conllu(words: str, slots: dict[str, str]) -> Iterator[str]:
    """The text of a sentence, and its words one a line; a name of two words stands for one word of the template."""
    rows = [row.split() for row in words.strip().splitlines()]
    names = [slots[row[0][1:-1]].split() if row[0][0] == "{" else [row[0]] for row in rows]
    starts = [1 + sum(map(len, names[:i])) for i in range(len(names))]
    # Of a person the first name leads, of a firm the last word does.
    tops = [
        start + (len(name) - 1 if row[0][1:-1] in ("f", "g") else 0)
        for start, name, row in zip(starts, names, rows, strict=True)
    ]
    lines, text = [], ""
    for row, name, start, top in zip(rows, names, starts, tops, strict=True):
        head, relation = int(row[-2]), row[-1]
        for number, word in enumerate(name, start):
            is_slot = row[0][0] == "{"
            lemma, tag = (word, "PROPN") if is_slot else (row[1], row[2])
            inner = "compound" if top > start else "flat"
            above, label = (tops[head - 1] if head else 0, relation) if number == top else (top, inner)
            lines.append([str(number), word, lemma, tag, "_", "_", str(above), label, "_", "_"])
            if word in (".", ",", "'s"):
                text = text.rstrip()
                lines[-2][-1] = "SpaceAfter=No"
            text += f"{word} "
    yield f"# text = {text.strip()}"
    yield from ("\t".join(line) for line in lines)
