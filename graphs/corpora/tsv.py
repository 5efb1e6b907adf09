"""Tab-separated values: one text, or a pair of texts, a line."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphs.corpora._table import documents
from graphs.errors import OnBad, stop
from graphs.lines import lines
from graphs.types import Document

SUFFIXES = (".tsv", ".tab")


def read(
    path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop, tagged: bool = False
) -> Iterator[Document]:
    """Read a table with the fields text, text_b, target (a label), value (a number), id and group.

    The first line names the columns. ``columns`` says which one holds a field; else text is
    looked for under ``text``, ``sentence`` or ``text_a``, target under ``label`` or ``target``,
    group under ``group`` or ``qid``, the others under their own names (upper or lower case).
    When ``columns`` gives only numbers, counted from 0 (``text=0,target=1``), there is no header.
    Other columns are left alone, and so is a field that is named empty (``target=``). Quotation
    marks are characters like any other, and every line is a row, so no cell holds a tab or the end
    of a line. An empty cell of a field is a bad line.

    K-BERT's files need no options: ``label, text_a`` and ``label, text_a, text_b`` are
    classification, and exactly ``text_a, label``, in this order, is tagging; to read such a file
    as classification, name the columns. Ids are the file's name and the line number, if no column
    gives them.

    Args:
        tagged: text and target are tokens and their tags, each list separated by single spaces
    """
    rows = ((number, line.split("\t")) for number, line in lines(path, bad=bad))
    yield from documents(path, rows, columns=columns, tagged=tagged, bad=bad)
