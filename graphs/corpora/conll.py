"""CoNLL columns: a token and its tag a line, a blank line after each sentence."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.corpora._blocks import blocks
from graphs.corpora._fields import check_columns
from graphs.corpora._tokens import join_by_script
from graphs.errors import DataError, OnBad, OptionsError, shown, stop
from graphs.lines import stem
from graphs.types import Document, Target

SUFFIXES = (".conll", ".bio", ".iob")

_KEY = re.compile(r"#\s*\w+\s*=")
_SPACES = re.compile(" +")


def _cells(line: str) -> list[str]:
    """Columns are separated by tabs or, in a line without any, by spaces (other white space may be a token)."""
    return line.split("\t") if "\t" in line else _SPACES.split(line.strip(" "))


class _Reader:
    """Sentences as documents; knows how many columns the file has once it has seen a token."""

    def __init__(self, path: str | Path, token_column: int, tag_column: int) -> None:
        self._path = path
        self._token_column, self._tag_column = token_column, tag_column
        self._width: int | None = None

    def _without_comments(self, block: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """Drop document marks, and comments where they may stand: before the first token.

        A line ``# O`` may well be a token and its tag, so a comment shows by another number of
        columns than the tokens have, or by the form ``# key = value``.
        """
        block = [(number, line) for number, line in block if not line.startswith("-DOCSTART-")]
        if self._width is None:
            tokens = [line for _, line in block if not line.startswith("#")]
            if not tokens:
                return []
            self._width = len(_cells(tokens[0]))
        first = 0
        while first < len(block) and self._is_comment(block[first][1]):
            first += 1
        return block[first:]

    def _is_comment(self, line: str) -> bool:
        return line.startswith("#") and (len(_cells(line)) != self._width or _KEY.match(line) is not None)

    def _cell(self, number: int, cells: list[str], column: int, what: str) -> str:
        try:
            cell = cells[column]
        except IndexError:
            found = f"{len(cells)} columns: {shown(' '.join(cells))}"
            raise DataError(self._path, number, f"a {what} in column {column} (counted from 0)", found) from None
        if not cell:
            raise DataError(self._path, number, f"a {what} in column {column} (counted from 0)", "an empty cell")
        return cell

    def document(self, block: list[tuple[int, str]]) -> Document | None:
        """The sentence of a block, None when the block is comments only."""
        rows = self._without_comments(block)
        words, tags = [], []
        for number, line in rows:
            cells = _cells(line)
            if len(cells) != self._width:
                expected = f"{self._width} columns as in the file's first token line"
                raise DataError(self._path, number, expected, f"{len(cells)}: {shown(line)}")
            words.append(self._cell(number, cells, self._token_column, "token"))
            if self._width > 1:
                tags.append(self._cell(number, cells, self._tag_column, "tag"))
        if not words:
            return None
        text, tokens = join_by_script(words)
        target = Target(tags=tuple(tags)) if tags else Target()
        first, file = rows[0][0], str(self._path)
        return Document(f"{stem(file)}:{first}", (text,), tokens=tokens, target=target, file=file, line=first)


def read(
    path: str | Path,
    *,
    columns: Mapping[str, str] = {},
    bad: OnBad = stop,
    token_column: int = 0,
    tag_column: int = -1,
) -> Iterator[Document]:
    """Each sentence is a document with tokens and tags; a file of one column has no tags.

    Columns are separated by a tab or by spaces, and every line has as many as the first. Lines
    that begin with ``-DOCSTART-`` are passed over, and so are comments before a sentence:
    lines that begin with ``#`` and have the form ``# key = value`` or another number of columns
    than the tokens. A bad line takes its sentence with it. Ids are the file's name and the number
    of the sentence's first line; ``columns`` is not used, because the columns have no names.

    Args:
        token_column: which column holds the token, counted from 0 (from -1 at the end)
        tag_column: which column holds the tag, counted from 0 (from -1 at the end)
    """
    check_columns(columns, (), "a CoNLL file (it has token_column and tag_column instead)")
    if token_column == tag_column:
        raise OptionsError(f"token_column and tag_column are both {token_column}")
    reader = _Reader(path, token_column, tag_column)
    for block in blocks(path, bad=bad):
        if not block.whole:
            continue
        try:
            document = reader.document(block.lines)
        except DataError as error:
            bad(error)
        else:
            if document is not None:
                yield document
