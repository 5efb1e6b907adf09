"""What phrases of texts mean: a table of phrase, relation and, where wanted, direction.

The direction is ``own`` (what stands before the phrase is the head; so too where none is given) or
``inverse`` (it is the tail, as in *Brix was founded by Ada*). A phrase may mean several relations.
A first line that names the columns is left out. Case and white space make no difference.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from graphs.errors import DataError, did_you_mean, shown
from graphs.lines import columns, lines

COLUMNS = ("phrase", "relation", "direction")
DIRECTIONS = ("own", "inverse")


class Meaning(NamedTuple):
    """A relation that a phrase may mean, and whether it holds the other way round."""

    relation: str
    inverse: bool


PhraseMap = dict[str, list[Meaning]]
"""The meanings of each phrase, in the order of the file."""


def plain(phrase: str) -> str:
    """A phrase as it is looked up.

    >>> plain(" Was  founded by ")
    'was founded by'
    """
    return " ".join(phrase.casefold().split())


def read(path: str | Path, relations: Sequence[str]) -> PhraseMap:
    """The meanings in a file; ``relations`` are those they can be.

    Raises :class:`DataError` for another number of columns, an empty phrase, an unknown relation or
    direction, a line that says again what another says, and a file that says nothing.
    """
    found: PhraseMap = {}
    known = frozenset(relations)
    for number, line in lines(path):
        phrase, relation, direction = (*columns(path, number, line, (2, 3), ", ".join(COLUMNS)), "own")[:3]
        if number == 1 and (phrase, relation) == COLUMNS[:2]:
            continue
        if not plain(phrase):
            raise DataError(path, number, "a phrase", "an empty field")
        if relation not in known:
            expected = f"one of the {len(known):,} relations of the run"
            raise DataError(path, number, expected, f"{shown(relation)}{did_you_mean(relation, relations)}")
        if direction not in DIRECTIONS:
            raise DataError(path, number, f"the direction {' or '.join(DIRECTIONS)}", shown(direction))
        meanings, meaning = found.setdefault(plain(phrase), []), Meaning(relation, direction == "inverse")
        if meaning in meanings:
            raise DataError(path, number, "a phrase and a relation that no line before it has", shown(line))
        meanings.append(meaning)
    if not found:
        raise DataError(path, None, "phrases and what they mean", "none")
    return found
