"""Rows of cells as documents: what TSV and CSV have in common."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from graphs.corpora._fields import check_columns, matched_tags, number
from graphs.corpora._tokens import join_by_script
from graphs.csv_rows import Row
from graphs.errors import DataError, OnBad, OptionsError, did_you_mean, shown
from graphs.lines import stem
from graphs.types import Document, Target

KNOWN = {
    "text": ("text", "sentence", "text_a"),
    "text_b": ("text_b",),
    "target": ("label", "target"),
    "value": ("value",),
    "id": ("id",),
    "group": ("group", "qid"),
}
"""The fields of a table, and the column names that are taken for them when the user names none."""

KBERT_TAGGED = ["text_a", "label"]
"""The header of K-BERT's tagging files; those for classification have the label first."""


@dataclass(frozen=True)
class _Layout:
    """Where the fields stand in a row, how long a row is, and whether its text and target are token lists."""

    path: str | Path
    positions: dict[str, int]
    width: int
    names: str
    tagged: bool

    def cell(self, row: Row, field: str) -> str | None:
        """A field of a row, None when the table has no such column. A blank one is an error."""
        position = self.positions.get(field)
        if position is None:
            return None
        line, cells = row
        if not cells[position].strip():
            raise DataError(self.path, line, f"a {field} in column {position} (counted from 0)", "an empty cell")
        return cells[position]

    def document(self, row: Row) -> Document:
        """One row as a document."""
        line, cells = row
        if len(cells) != self.width:
            found = f"{len(cells)}: {shown(' | '.join(cells))}"
            raise DataError(self.path, line, f"{self.width} columns{self.names}", found)
        text = self.cell(row, "text")
        assert text is not None  # no layout is made without a text
        name = self.cell(row, "id") or f"{stem(self.path)}:{line}"
        if self.tagged:
            return self._tagged(row, name, text)
        text_b = self.cell(row, "text_b")
        value = self.cell(row, "value")
        return Document(
            id=name,
            texts=(text,) if text_b is None else (text, text_b),
            group=self.cell(row, "group"),
            target=Target(
                label=self.cell(row, "target"), value=None if value is None else number(self.path, line, value)
            ),
            file=str(self.path),
            line=line,
        )

    def _tagged(self, row: Row, name: str, joined: str) -> Document:
        words = joined.split(" ")
        if "" in words:
            raise DataError(self.path, row[0], "single spaces between tokens", f"more in {shown(joined)}")
        text, tokens = join_by_script(words)
        tags = self.cell(row, "target")
        target = Target() if tags is None else Target(tags=matched_tags(self.path, row[0], tags.split(" "), words))
        group, file = self.cell(row, "group"), str(self.path)
        return Document(name, (text,), group=group, tokens=tokens, target=target, file=file, line=row[0])


def _numbered(columns: Mapping[str, str]) -> bool:
    """Whether the user gives the columns by number, which tells that the file has no header."""
    named = [name for name in columns.values() if name]
    return bool(named) and all(name.isascii() and name.isdigit() for name in named)


def _layout_by_number(path: str | Path, first: Row, columns: Mapping[str, str]) -> _Layout:
    line, width = first[0], len(first[1])
    positions = {field: int(name) for field, name in columns.items() if name}
    most = max(positions.values())
    if most >= width:
        raise DataError(path, line, f"at least {most + 1} columns (they are counted from 0)", f"{width}")
    return _Layout(path, positions, width, " as in the first line", tagged=False)


def _layout_by_name(path: str | Path, header: Sequence[str], columns: Mapping[str, str]) -> _Layout:
    names = [name.strip() for name in header]
    positions: dict[str, int] = {}
    for field, name in columns.items():
        if name and name not in names:
            expected = f"a column {name!r} for {field}{did_you_mean(name, names)}"
            raise DataError(path, 1, expected, f"the header {shown(', '.join(names))}")
    for field, known in KNOWN.items():
        wanted = columns.get(field)
        there = [i for i, name in enumerate(names) if (name.lower() in known if wanted is None else name == wanted)]
        if wanted == "" or not there:
            continue
        if len(there) > 1:
            expected = f"one column for {field} (say which with columns)"
            raise DataError(path, 1, expected, " and ".join(repr(names[i]) for i in there))
        positions[field] = there[0]
    tagged = names == KBERT_TAGGED and not {"text", "target"} & columns.keys()
    return _Layout(path, positions, len(names), f" ({', '.join(names)})", tagged)


def _layout(path: str | Path, first: Row, columns: Mapping[str, str], tagged: bool) -> _Layout:
    """Read the header. What is wrong with it stops the reading: without it no line can be understood."""
    line, cells = first
    if _numbered(columns):
        layout = _layout_by_number(path, first, columns)
    elif line != 1:
        raise DataError(path, 1, "a header line", "a line that cannot be read")
    else:
        layout = _layout_by_name(path, cells, columns)
    if "text" not in layout.positions:
        expected = f"a column named {', '.join(KNOWN['text'])}, or columns to say where the text is"
        raise DataError(path, 1, expected, f"the header {shown(', '.join(cells))}")
    if tagged or layout.tagged:
        for field in ("text_b", "value"):
            if field in layout.positions:
                raise OptionsError(f"{path}: a tagged table has one text and its tags, but this one has a {field} too")
        return _Layout(path, layout.positions, layout.width, layout.names, tagged=True)
    return layout


def documents(
    path: str | Path, rows: Iterator[Row], *, columns: Mapping[str, str], tagged: bool, bad: OnBad
) -> Iterator[Document]:
    """The documents of a table; bad rows go to ``bad``, a bad header stops."""
    check_columns(columns, tuple(KNOWN), "a table")
    first = next(rows, None)
    if first is None:
        raise DataError(path, 1, "a header line", "an empty file")
    layout = _layout(path, first, columns, tagged)
    for row in chain([first], rows) if _numbered(columns) else rows:
        try:
            document = layout.document(row)
        except DataError as error:
            bad(error)
        else:
            yield document
