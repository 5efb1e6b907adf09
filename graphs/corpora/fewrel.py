"""FewRel: one JSON object, of each relation a list of sentences with a head and a tail that are Wikidata items."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from graphs.corpora._fields import check_columns
from graphs.corpora._objects import Object, as_object
from graphs.corpora._scanner import Scanner
from graphs.corpora._slices import wanted
from graphs.corpora._wikidata import names_of
from graphs.corpora._words import Words
from graphs.errors import DataError, OnBad, shown, stop
from graphs.lines import stem
from graphs.types import Document, Mention, Role, Target

SUFFIXES = ()


class _Example(NamedTuple):
    """One example: its number among those of its relation, its line, its value and how that is written."""

    number: int
    line: int
    value: object
    written: str


def _relations(path: str | Path) -> Iterator[tuple[str, list[_Example]]]:
    """Each relation with its examples."""
    scanner = Scanner(path)
    scanner.take("{", "before the relations")
    seen: set[str] = set()
    for line in scanner.separated("}", "between relations"):
        relation, _ = scanner.value()
        if not isinstance(relation, str) or not relation.strip() or relation in seen:
            raise DataError(path, line, "the name of each relation once, as a string", shown(relation))
        seen.add(relation)
        scanner.take(":", f"behind {relation!r}")
        scanner.take("[", f"before the examples of {relation!r}")
        places = enumerate(scanner.separated("]", f"between the examples of {relation!r}"))
        yield relation, [_Example(number, line, *scanner.value()) for number, line in places]
    scanner.end()


class _End(NamedTuple):
    """A head or tail: its Wikidata id, and the spans it has."""

    item: str
    spans: list[tuple[int, int]]


def _end(item: Object, key: str, words: Words) -> _End:
    match item.get(key):
        case [str(), str(entity), [_, *_] as occurrences] if entity.strip():
            return _End(entity, [_span(item, key, words, some) for some in occurrences])
        case other:
            raise item.error(f"a name, an id and lists of positions as {key}", shown(other))


def _span(item: Object, key: str, words: Words, positions: object) -> tuple[int, int]:
    whole = isinstance(positions, list) and all(type(position) is int for position in positions)
    if not isinstance(positions, list) or not positions or not whole:
        raise item.error(f"lists of positions as {key}", shown(positions))
    if positions != list(range(positions[0], positions[0] + len(positions))):
        raise item.error(f"positions that follow one another in {key}", shown(positions))
    return words.span(item, positions[0], positions[-1] + 1)


def _document(item: Object, name: str, relation: str, names: Mapping[str, str]) -> Document:
    words = Words.of(item, item.strings("tokens") or ())
    ends = head, tail = _end(item, "h", words), _end(item, "t", words)
    return Document(
        id=name,
        texts=(words.text,),
        tokens=words.tokens,
        mentions=tuple(Mention(0, *span, names.get(end.item, end.item)) for end in ends for span in end.spans),
        spans=(Role("head", 0, *head.spans[0]), Role("tail", 0, *tail.spans[0])),
        target=Target(label=relation),
        file=str(item.path),
        line=item.line,
    )


def read(
    path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop, examples: str = ":", names: str = ""
) -> Iterator[Document]:
    """Each example is a document with a marked head and tail, linked to Wikidata, and its relation as the label.

    The file is ``{"P177": [{"tokens": […], "h": [name, id, [positions, …]], "t": …}, …], …}``. Words are
    joined as their script is written and stay the tokens. Every occurrence of head and tail is a mention of its item
    (the linker ``given`` takes them); the first of each is marked. Ids are the file's name, the
    relation and the number of the example in it, from 0. What is not JSON stops the reading, an
    example that lacks something is a bad one. There are no columns.

    Han et al. 2018, *FewRel* (https://aclanthology.org/D18-1514).

    Args:
        examples: take of each relation these, as FIRST:END counted from 0 (0:500; -100: for the last 100)
        names: JSON lines that give the name in your graph (id, else name) of each Wikidata id (wikidata)
    """
    check_columns(columns, (), "a file of FewRel")
    taken, known = wanted(examples), names_of(names)
    for relation, found in _relations(path):
        for example in found[taken]:
            where = f" in example {example.number} of {relation}"
            try:
                item = as_object(path, example.line, example.written, example.value, where)
                document = _document(item, f"{stem(path)}:{relation}:{example.number}", relation, known)
            except DataError as error:
                bad(error)
            else:
                yield document
