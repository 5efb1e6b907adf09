"""RDF as N-Triples or Turtle. IRIs and blank nodes are entities, predicates are relations.

Literals are not tails: ``rdfs:label`` and ``skos:prefLabel`` fill the label, ``skos:altLabel`` the
aliases, ``schema:description`` and ``rdfs:comment`` the description, where the literal is in the
wanted language or has none; any other literal is left out and counted. Blank nodes belong to their
file, so their names begin with its name (``_:facts.nt#b0``); those of Turtle are numbered.
"""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from io import BufferedReader
from itertools import compress
from pathlib import Path
from typing import BinaryIO, Literal, cast

import numpy as np
import numpy.typing as npt
import pyoxigraph as rdf

from graphs.errors import DataError, OnBad, shown, stop
from graphs.formats._iris import plain
from graphs.lines import DAMAGE, open_bytes, suffix, text_of, unpacked
from graphs.lines import blocks as line_blocks
from graphs.triples import BATCH, Block, LeftOut, Record, Triples, records
from graphs.types import EntityText

SUFFIXES = (".nt", ".ttl")

RDFS, SKOS = "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2004/02/skos/core#"


def _label(name: str, text: str) -> EntityText:
    return EntityText(name, label=text)


def _alias(name: str, text: str) -> EntityText:
    return EntityText(name, aliases=(text,))


def _description(name: str, text: str) -> EntityText:
    return EntityText(name, description=text)


FIELDS = {
    RDFS + "label": _label,
    SKOS + "prefLabel": _label,
    SKOS + "altLabel": _alias,
    RDFS + "comment": _description,
    "http://schema.org/description": _description,
    "https://schema.org/description": _description,
}
"""What a literal of each predicate says of its subject."""

Blanks = dict[str, int]
"""Number of each blank node of a Turtle file, by the parser's name for it (which differs from run to run)."""


def read(
    path: str | Path,
    *,
    bad: OnBad = stop,
    syntax: Literal["auto", "ntriples", "turtle"] = "auto",
    language: str = "en",
    base: str = "",
) -> Iterator[Record]:
    """The triples and texts of a file, one by one.

    Args:
        path: the file.
        bad: what to do with a line (in Turtle, a span) that is not well formed.
        syntax: Turtle for .ttl and N-Triples for any other ending (auto), or one of the two.
        language: the language tag of the labels, aliases and descriptions to keep, as in "en".
        base: what relative IRIs in Turtle are relative to.
    """
    return records(blocks(path, bad=bad, syntax=syntax, language=language, base=base))


def blocks(path: str | Path, *, bad: OnBad, syntax: str, language: str, base: str) -> Iterator[Block]:
    """The same, triples many at once, with the counts of what was left out; the options are those of :func:`read`."""
    statements = _Statements(path, language)
    turtle = syntax == "turtle" or (syntax == "auto" and suffix(path) == ".ttl")
    yield from _turtle(path, statements, base, bad) if turtle else _ntriples(path, statements, bad)
    yield from (LeftOut(kind, count) for kind, count in sorted(statements.left_out.items()))


class _Statements:
    """Sorts statements into triples and texts, and gathers these."""

    def __init__(self, path: str | Path, language: str) -> None:
        self._file = unpacked(path).name
        self._language = language.lower()
        self.left_out: Counter[str] = Counter()
        self.triples: list[tuple[bytes, bytes, bytes]] = []
        self.texts: list[EntityText] = []

    def add(self, statement: rdf.Triple, blanks: Blanks | None = None) -> None:
        """Gather one statement. With ``blanks`` its blank nodes are numbered, else they keep their labels."""
        subject, predicate, tail = statement.subject, statement.predicate.value, statement.object
        if isinstance(subject, rdf.Triple) or isinstance(tail, rdf.Triple):
            self.left_out["quoted triples"] += 1
        elif isinstance(tail, rdf.Literal):
            self._add_literal(self._name(subject, blanks), predicate, tail)
        else:
            names = self._name(subject, blanks), predicate, self._name(tail, blanks)
            head, relation, other = map(str.encode, names)
            self.triples.append((head, relation, other))

    def _name(self, node: rdf.NamedNode | rdf.BlankNode, blanks: Blanks | None) -> str:
        if isinstance(node, rdf.NamedNode):
            return node.value
        label = node.value if blanks is None else blanks.setdefault(node.value, len(blanks) + 1)
        return f"_:{self._file}#{label}"

    def _add_literal(self, subject: str, predicate: str, literal: rdf.Literal) -> None:
        if predicate not in FIELDS:
            self.left_out["literal values"] += 1
        elif literal.language not in (None, self._language):
            self.left_out["texts in other languages"] += 1
        elif not literal.value:
            self.left_out["empty texts"] += 1
        else:
            self.texts.append(FIELDS[predicate](subject, literal.value))

    def taken(self) -> tuple[list[tuple[bytes, bytes, bytes]], list[EntityText]]:
        """What has been gathered; gathering begins anew."""
        taken = self.triples, self.texts
        self.triples, self.texts = [], []
        return taken


def _ntriples(path: str | Path, statements: _Statements, bad: OnBad) -> Iterator[Block]:
    for first, block in line_blocks(path):
        is_plain, names = plain(block)
        places: list[int] = []
        for number, statement in _parsed(path, first, block, ~is_plain, bad):
            statements.add(statement)
            places += [number] * (len(statements.triples) - len(places))
        others, texts = statements.taken()
        if others:
            order = np.argsort(np.concatenate([first + np.flatnonzero(is_plain), places]), kind="stable").tolist()
            both = [[*few, *more] for few, more in zip(names, zip(*others, strict=True), strict=True)]
            names = [[column[row] for row in order] for column in both]
        yield Triples(*names)
        yield from texts


def _parsed(
    path: str | Path, first: int, block: bytes, wanted: npt.NDArray[np.bool_], bad: OnBad
) -> Iterator[tuple[int, rdf.Triple]]:
    """Line number and statement of the wanted lines of a block."""
    if not wanted.any():
        return
    numbered = compress(enumerate(block.split(b"\n"), first), wanted.tolist())
    lines = [(number, line) for number, line in numbered if line.strip() and not line.lstrip().startswith(b"#")]
    try:
        found = list(rdf.parse(b"\n".join(line for _, line in lines), rdf.RdfFormat.N_TRIPLES))
    except SyntaxError:
        found = []
    if len(found) == len(lines):
        yield from ((number, statement) for (number, _), statement in zip(lines, found, strict=True))
        return
    for number, line in lines:
        try:
            text_of(path, number, line)
            found = list(rdf.parse(line, rdf.RdfFormat.N_TRIPLES))
        except DataError as error:
            bad(error)
        except SyntaxError as error:
            reason = f"{_reason(error)} at column {error.offset}: {shown(line.decode())}"
            bad(DataError(path, number, "an N-Triples statement", reason))
        else:
            yield from ((number, statement) for statement in found)


def _turtle(path: str | Path, statements: _Statements, base: str, bad: OnBad) -> Iterator[Block]:
    blanks: Blanks = {}
    with open_bytes(path) as file:
        _skip_mark(path, file)
        parser = rdf.parse(file, rdf.RdfFormat.TURTLE, base_iri=base or None)
        for statement in _recovering(path, parser, bad):
            statements.add(statement, blanks)
            if len(statements.triples) + len(statements.texts) >= BATCH:
                yield from _flushed(statements)
    yield from _flushed(statements)


def _skip_mark(path: str | Path, file: BinaryIO) -> None:
    """Read over a byte-order mark, which the parser would take for a name."""
    try:
        if cast(BufferedReader, file).peek(len(BOM_UTF8)).startswith(BOM_UTF8):
            file.read(len(BOM_UTF8))
    except DAMAGE as error:
        raise DataError(path, None, "a whole archive", str(error)) from error


def _flushed(statements: _Statements) -> Iterator[Block]:
    triples, texts = statements.taken()
    if triples:
        yield Triples(*map(list, zip(*triples, strict=True)))
    yield from texts


def _recovering(path: str | Path, parser: Iterator[rdf.Triple], bad: OnBad) -> Iterator[rdf.Triple]:
    """The statements of a parser, which goes on after a span it cannot read; each such span is handed to ``bad``."""
    while True:
        try:
            yield next(parser)
        except StopIteration:
            return
        except SyntaxError as error:
            begin, end = f"{error.lineno}, column {error.offset}", f"{error.end_lineno}, column {error.end_offset}"
            span = f"from line {begin} to line {end}, and on to the next statement that can be read"
            bad(DataError(path, error.lineno, "Turtle", f"{_reason(error)} (left out: {span})"))
        except DAMAGE as error:
            raise DataError(path, None, "a whole archive", str(error)) from error


def _reason(error: SyntaxError) -> str:
    """What a parser found wrong, without its own account of the place."""
    return str(error.msg).partition(": ")[2] or str(error.msg)
