"""Sentiment about an aspect: three lines an example, a text with ``$T$`` for the aspect, the aspect, and -1, 0 or 1."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from graphs.corpora._fields import check_columns
from graphs.corpora._slices import wanted
from graphs.errors import DataError, OnBad, shown, stop
from graphs.lines import lines, stem
from graphs.types import Document, Role, Target

SUFFIXES = ()

PLACE = "$T$"
"""Stands in a text for its aspect."""

POLARITIES = {"-1": "negative", "0": "neutral", "1": "positive"}


class _Line(NamedTuple):
    """A line of an example."""

    number: int
    text: str


def _document(path: str | Path, text: _Line, aspect: _Line, polarity: _Line) -> Document:
    empty = next((line for line in (text, aspect, polarity) if not line.text), None)
    if empty is not None:
        raise DataError(path, empty.number, "a text, its aspect and -1, 0 or 1 with no blank lines", "an empty line")
    before, place, after = text.text.partition(PLACE)
    if not place or PLACE in after:
        raise DataError(path, text.number, f"a text with {PLACE} once", shown(text.text))
    if PLACE in aspect.text:
        raise DataError(path, aspect.number, "an aspect", shown(aspect.text))
    if polarity.text not in POLARITIES:
        raise DataError(path, polarity.number, "-1, 0 or 1", shown(polarity.text))
    return Document(
        id=f"{stem(path)}:{text.number}",
        texts=(before + aspect.text + after,),
        spans=(Role("aspect", 0, len(before), len(before) + len(aspect.text)),),
        target=Target(label=POLARITIES[polarity.text]),
        file=str(path),
        line=text.number,
    )


def read(
    path: str | Path, *, columns: Mapping[str, str] = {}, bad: OnBad = stop, examples: str = ":"
) -> Iterator[Document]:
    """Each three lines are a document with one marked aspect, and negative, neutral or positive as its label.

    So Dong et al. 2014 have them (https://aclanthology.org/P14-2009), and ABSA-PyTorch the reviews of SemEval-2014
    task 4 (https://aclanthology.org/S14-2004). Ids are the file's name and the number of the first line. A bad example
    is passed over whole. There are no columns, and no blank lines.

    Args:
        examples: take these, as FIRST:END counted from 0 (0:3000; -600: for the last 600)
    """
    check_columns(columns, (), "a file of aspects")
    every = [_Line(number, line.strip()) for number, line in lines(path, bad=bad)]
    for example in [every[start : start + 3] for start in range(0, len(every), 3)][wanted(examples)]:
        try:
            if len(example) < 3:
                raise DataError(path, example[-1].number, "three lines an example", f"{len(example)} at the end")
            document = _document(path, *example)
        except DataError as error:
            bad(error)
        else:
            yield document
