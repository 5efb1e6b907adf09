"""Plain text, one text a line."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.corpora._fields import check_columns
from graphs.errors import OnBad, stop
from graphs.lines import lines, stem
from graphs.types import Document

SUFFIXES = (".txt",)


def read(path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop) -> Iterator[Document]:
    """Each line is a document, as it stands; its id is the file's name and the line number.

    A blank line parts paragraphs: it holds nothing and carries no document. There are no columns.
    """
    check_columns(columns, (), "plain text")
    name = stem(path)
    for number, line in lines(path, bad=bad):
        if line.strip():
            yield Document(f"{name}:{number}", (line,), file=str(path), line=number)
