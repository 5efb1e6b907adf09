"""Sentences with marked names: of two that a fact joins, as FewRel has them, and of one with its types, as ufet has."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

from sources.dealing import Dice
from sources.firms import Firms

EXAMPLES = 10
"""Of each relation."""

Words = list[str]


def relations(words: dict[str, Any], firms: Firms) -> dict[str, list[dict[str, Any]]]:
    """Of each relation some facts of train in sentences; a name is its own id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for relation, frames in words["relations"].items():
        facts = [fact for fact in firms.of("train") if fact[1] == relation][:EXAMPLES]
        found[relation] = [_example(frame, fact[0], fact[2]) for fact, frame in zip(facts, cycle(frames))]
    return found


def _example(frame: str, head: str, tail: str) -> dict[str, Any]:
    tokens: Words = []
    ends = {}
    for word in frame.split():
        name = {"{h}": head, "{t}": tail}.get(word)
        own = [word] if name is None else name.split()
        if name is not None:
            positions = list(range(len(tokens), len(tokens) + len(own)))
            ends[word[1]] = [name.lower(), name, [positions]]
        tokens += own
    return {"tokens": tokens, "h": ends["h"], "t": ends["t"]}


def types(words: dict[str, Any], firms: Firms, dice: Dice, each: int, some: slice) -> Iterator[dict[str, Any]]:
    """So many sentences about names of each kind, made from some of its frames, with the types of the name."""
    decks = {
        kind: (dice.deck(firms.of_kind(kind)), dice.deck(frames[some])) for kind, frames in words["frames"].items()
    }
    for number in range(each):
        for kind, (names, frames) in decks.items():
            left, _, right = next(frames).partition("{x}")
            yield {
                "annot_id": f"{kind}{number}",
                "left_context_token": left.split(),
                "mention_span": next(names),
                "right_context_token": right.split(),
                "y_str": words["types"][kind],
            }
