"""A folder as KG-BERT's: train, dev and test triples, entities, relations, and their texts.

Any of ``train.tsv``, ``dev.tsv`` and ``test.tsv`` is read; a fourth column of theirs holds the
label, 1 for true, −1 or 0 for false. ``entities.txt`` and ``relations.txt``, where there, name every
entity and relation in the order of the ids, and a triple with another one is bad.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from graphs.errors import DataError, OnBad, shown, stop
from graphs.formats._folder import required
from graphs.formats._rows import rows
from graphs.formats._texts import split_label
from graphs.formats._values import labels
from graphs.lines import lines, member
from graphs.triples import SPLITS, Block, Record, Triples, records
from graphs.types import EntityText, RelationText

SUFFIXES = ()
FILES = (
    "train.tsv",
    "dev.tsv",
    "test.tsv",
    "entities.txt",
    "relations.txt",
    "entity2text.txt",
    "entity2textlong.txt",
    "relation2text.txt",
)

Known = dict[bytes, bytes]


def read(
    path: str | Path, *, bad: OnBad = stop, texts: Literal["short", "long"] = "short", label_separator: str = ""
) -> Iterator[Record]:
    """The entities, triples and texts of a folder, one by one.

    Args:
        path: the folder.
        bad: what to do with a bad line.
        texts: descriptions are left empty (short) or read from entity2textlong.txt (long).
        label_separator: what parts label and description in entity2text.txt, as ", " in "lemma, gloss".
    """
    return records(blocks(path, bad=bad, texts=texts, label_separator=label_separator))


def blocks(path: str | Path, *, bad: OnBad, texts: str, label_separator: str) -> Iterator[Block]:
    """The same, triples many at once; the options are those of :func:`read`."""
    required(path, "train.tsv", "dev.tsv", "test.tsv")
    long = required(path, "entity2textlong.txt") if texts == "long" else None
    entities = _listed(path, "entities.txt", "an entity", bad)
    relations = _listed(path, "relations.txt", "a relation", bad)
    yield from (EntityText(name.decode()) for name in entities or ())
    for split in ("train", "dev", "test"):
        file = member(path, f"{split}.tsv")
        if file:
            yield from _triples(file, SPLITS.index(split), entities, relations, bad)
    short = member(path, "entity2text.txt")
    if short:
        for name, text in _texts(short, "entity, text", bad):
            yield EntityText(name, *split_label(text, label_separator))
    if long:
        for name, text in _texts(long, "entity, text", bad):
            yield EntityText(name, description=text)
    relation_texts = member(path, "relation2text.txt")
    if relation_texts:
        for name, text in _texts(relation_texts, "relation, text", bad):
            yield RelationText(name, text)


def _triples(file: Path, split: int, entities: Known | None, relations: Known | None, bad: OnBad) -> Iterator[Triples]:
    for found in rows(file, (3, 4), "head, relation, tail, with or without the label 1, -1 or 0", bad=bad):
        for column in (0, 2):
            if entities is not None:
                found, _ = found.parsed(column, entities.get, "an entity that entities.txt names", bad=bad)
        if relations is not None:
            found, _ = found.parsed(1, relations.get, "a relation that relations.txt names", bad=bad)
        label: int | list[int] = 1
        if len(found.columns) == 4:
            found, label = labels(found, 3, bad=bad)
        yield Triples(*found.columns[:3], split=split, label=label)


def _listed(folder: str | Path, name: str, what: str, bad: OnBad) -> Known | None:
    """The names in a file of one name a line; None if the folder has no such file."""
    file = member(folder, name)
    if file is None:
        return None
    known: Known = {}
    for found in rows(file, (1,), what, bad=bad):
        known.update(zip(found.columns[0], found.columns[0], strict=True))
    return known


def _texts(file: Path, names: str, bad: OnBad) -> Iterator[tuple[str, str]]:
    """Name and text of each line. Published folders have lines with tabs at their end: these are left out."""
    for number, line in lines(file, bad=bad):
        name, _, text = line.rstrip("\t ").partition("\t")
        if not name or not text or "\t" in text or "\0" in name:
            bad(DataError(file, number, f"2 tab-separated columns ({names})", shown(line)))
        else:
            yield name, text
