"""A folder as OpenKE's: names and their numbers, and triples of such numbers (head, tail, relation).

The first line of each file counts the others. Columns stand apart by spaces or tabs.
"""

from collections.abc import Iterator
from pathlib import Path

from graphs.errors import DataError, OnBad, shown, stop
from graphs.formats._folder import required
from graphs.formats._rows import Rows, rows
from graphs.lines import member
from graphs.numbered import check_count, numbered
from graphs.triples import SPLITS, Block, Record, Triples, records
from graphs.types import EntityText

SUFFIXES = ()
FILES = ("entity2id.txt", "relation2id.txt", "train2id.txt", "valid2id.txt", "test2id.txt")
SPLIT_FILES = dict(zip(FILES[2:], ("train", "dev", "test"), strict=True))

Named = dict[bytes, bytes]
"""Name by number, both as the files write them."""


def read(path: str | Path, *, bad: OnBad = stop) -> Iterator[Record]:
    """The entities and triples of a folder, one by one.

    Args:
        path: the folder.
        bad: what to do with a bad line.
    """
    return records(blocks(path, bad=bad))


def blocks(path: str | Path, *, bad: OnBad) -> Iterator[Block]:
    """The entities in the order of their file, then the triples, many at once."""
    entity_file, relation_file = required(path, "entity2id.txt"), required(path, "relation2id.txt")
    required(path, *SPLIT_FILES)
    entities = _named(entity_file, "entity", bad)
    relations = _named(relation_file, "relation", bad)
    yield from (EntityText(name.decode()) for name in entities.values())
    for name, split in SPLIT_FILES.items():
        file = member(path, name)
        if file:
            yield from _triples(file, SPLITS.index(split), entities, relations, bad)


def _triples(file: Path, split: int, entities: Named, relations: Named, bad: OnBad) -> Iterator[Triples]:
    check_count(file, bad)
    for found in rows(file, (3,), "numbers of head, tail, relation", bad=bad, skip=1, blanks=True):
        yield _looked_up(found, split, entities, relations, bad)


def _looked_up(found: Rows, split: int, entities: Named, relations: Named, bad: OnBad) -> Triples:
    kinds = ((entities, "an entity in entity2id.txt"),) * 2 + ((relations, "a relation in relation2id.txt"),)
    for column, (named, what) in enumerate(kinds):
        found, _ = found.parsed(column, named.get, f"the number of {what}", bad=bad)
    head, tail, relation = ([named[n] for n in found.columns[i]] for i, (named, _) in enumerate(kinds))
    return Triples(head, relation, tail, split=split)


def _named(file: Path, what: str, bad: OnBad) -> Named:
    """Name by number, in file order. A number or a name that comes twice is bad."""
    named: Named = {}
    names: set[str] = set()
    for place, name, number in numbered(file, what, bad):
        if number.encode() in named or name in names:
            bad(DataError(file, place, f"each {what} and each number once", shown(f"{name}\t{number}")))
        else:
            names.add(name)
            named[number.encode()] = name.encode()
    return named
