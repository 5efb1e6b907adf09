"""One sentence of CoNLL-U (https://universaldependencies.org/format.html): its lines, checked and understood."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from graphs.corpora._tokens import MisplacedError, join, place
from graphs.errors import DataError, shown
from graphs.lines import columns
from graphs.types import Arc, Token

_NAMES = "id, form, lemma, upos, xpos, feats, head, deprel, deps, misc"
_WORD = re.compile(r"[1-9]\d{0,6}", re.ASCII)
_RANGE = re.compile(r"([1-9]\d{0,6})-([1-9]\d{0,6})", re.ASCII)
_EMPTY_NODE = re.compile(r"\d{1,7}\.[1-9]\d{0,6}", re.ASCII)
_HEAD = re.compile(r"0|[1-9]\d{0,6}", re.ASCII)


class Row(NamedTuple):
    """A line of the ten columns."""

    line: int
    id: str
    form: str
    lemma: str
    upos: str
    xpos: str
    feats: str
    head: str
    deprel: str
    deps: str
    misc: str


class Surface(NamedTuple):
    """What stands in the text: a word, or the words ``first:last`` that are written as one (``du`` is *de le*)."""

    row: Row
    first: int
    last: int

    @property
    def space_after(self) -> bool:
        """Whether the text goes on with a space."""
        return "SpaceAfter=No" not in self.row.misc.split("|")


class Sentence(NamedTuple):
    """A sentence with its comments (line and value), text, tokens and arcs.

    ``speakers`` are the words that speak for the tokens: each word for itself, and where several
    are written as one, the one nearest to the root.
    """

    line: int
    comments: dict[str, tuple[int, str]]
    text: str
    space_after: bool
    tokens: tuple[Token, ...]
    arcs: tuple[Arc, ...]
    speakers: tuple[Row, ...]


def comments(block: Sequence[tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """The ``# key = value`` lines (``# key`` has an empty value) that begin a block."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in block:
        if not line.startswith("#"):
            break
        key, _, value = line[1:].partition("=")
        found.setdefault(key.strip(), (number, value.strip()))
    return found


def _rows(path: str | Path, block: Sequence[tuple[int, str]]) -> list[Row]:
    first = 0
    while first < len(block) and block[first][1].startswith("#"):
        first += 1
    rows = [Row(number, *columns(path, number, line, (10,), _NAMES)) for number, line in block[first:]]
    for row in rows:
        if not row.form.strip():
            raise DataError(path, row.line, "a form in column 2", "an empty cell")
    return rows


def _words(path: str | Path, rows: Sequence[Row]) -> tuple[list[Row], list[Surface]]:
    """The words, and what of them stands in the text. Empty nodes (``8.1``) stand for no word."""
    words: list[Row] = []
    surfaces: list[Surface] = []
    covered = 0
    for row in rows:
        if _EMPTY_NODE.fullmatch(row.id):
            continue
        following = len(words) + 1
        pair = _RANGE.fullmatch(row.id)
        if pair and following == int(pair[1]) < int(pair[2]) and following > covered:
            covered = int(pair[2])
            surfaces.append(Surface(row, len(words), covered))
        elif _WORD.fullmatch(row.id) and int(row.id) == following:
            words.append(row)
            if following > covered:
                surfaces.append(Surface(row, following - 1, following))
        else:
            raise DataError(path, row.line, f"the id {following}, or a range from it", shown(row.id))
    if not words or covered > len(words):
        last = rows[-1].line if rows else None
        raise DataError(path, last, f"a word with the id {len(words) + 1}", "the end of the sentence")
    return words, surfaces


def _heads(path: str | Path, words: Sequence[Row]) -> list[int] | None:
    """The words' heads (from 1; 0 for the root's); None when the sentence is not parsed."""
    if all(word.head == "_" for word in words):
        return None
    heads = []
    for word in words:
        if not _HEAD.fullmatch(word.head) or int(word.head) > len(words):
            raise DataError(path, word.line, f"a head from 0 to {len(words)}", shown(word.head))
        heads.append(int(word.head))
    roots = [word for word, head in zip(words, heads, strict=True) if head == 0]
    if not roots:
        raise DataError(path, words[0].line, "a root (head 0) in the sentence", "none")
    if len(roots) > 1:
        raise DataError(path, roots[1].line, f"one root in the sentence (it is word {roots[0].id})", "a second one")
    return heads


_UNSEEN, _ON_THE_WAY = -1, -2


def _depths(path: str | Path, words: Sequence[Row], heads: Sequence[int]) -> list[int]:
    """Steps from each word to the root's head. A cycle never gets there."""
    depths = [0] + [_UNSEEN] * len(words)
    for start in range(1, len(words) + 1):
        way, here = [], start
        while depths[here] == _UNSEEN:
            depths[here] = _ON_THE_WAY
            way.append(here)
            here = heads[here - 1]
        if depths[here] == _ON_THE_WAY:
            raise DataError(path, words[here - 1].line, "a tree of heads", f"a cycle through word {here}")
        for steps, word in enumerate(reversed(way), depths[here] + 1):
            depths[word] = steps
    return depths[1:]


def _placed(
    path: str | Path, surfaces: Sequence[Surface], text: tuple[int, str] | None
) -> tuple[str, tuple[Token, ...]]:
    """The sentence's text, from its comment or from the forms, and where the forms stand in it."""
    forms = [surface.row.form for surface in surfaces]
    if text is None:
        return join(forms, [surface.space_after for surface in surfaces])
    try:
        return text[1], place(forms, text[1])
    except MisplacedError as error:
        line = surfaces[error.position].row.line if error.position < len(surfaces) else text[0]
        raise DataError(path, line, "the forms to make up the '# text', but for white space", str(error)) from error


def sentence(path: str | Path, block: Sequence[tuple[int, str]], pos: str) -> Sentence:
    """Read the lines of a sentence; ``pos`` names the column of the tokens' tags.

    Raises :class:`DataError` for lines without ten columns, ids out of order, forms that are not
    the text, and heads that are no tree.
    """
    rows = _rows(path, block)
    words, surfaces = _words(path, rows)
    heads = _heads(path, words)
    depths = _depths(path, words, heads) if heads else [0] * len(words)
    speaking = [min(range(surface.first, surface.last), key=depths.__getitem__) for surface in surfaces]
    speakers = tuple(words[word] for word in speaking)
    arcs: tuple[Arc, ...] = ()
    if heads:
        token_of = [-1, *(token for token, s in enumerate(surfaces) for _ in range(s.first, s.last))]
        # The head of the word nearest to the root is nearer still, so it lies in another token.
        arcs = tuple(
            Arc(token_of[heads[word]], token, "dep" if words[word].deprel == "_" else words[word].deprel)
            for token, word in enumerate(speaking)
        )
    said = comments(block)
    text, tokens = _placed(path, surfaces, said.get("text"))
    tagged = tuple(
        token._replace(tag=_known(getattr(word, pos)), lemma=_known(word.lemma, word.form))
        for token, word in zip(tokens, speakers, strict=True)
    )
    return Sentence(rows[0].line, said, text, surfaces[-1].space_after, tagged, arcs, speakers)


def _known(cell: str, form: str = "") -> str | None:
    """What a cell says; an underscore says nothing, but where it is the lemma of itself."""
    return None if cell == "_" != form else cell
