"""Vectors from the files of other programs, and back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from graphs.errors import DataError, OptionsError, shown
from graphs.files import sync_file
from graphs.folders import is_free, new_folder
from graphs.vector_files import VectorFile, check_names_once, read_names
from graphs.word2vec_text import check_spaces, word2vec_lines, word_of
from kbert.entities.table_file import TableWriter, mapped
from kbert.entities.vectors import TABLE, Vectors, name_anew

OnVectors = Callable[[int, int], None]
"""Hears how many vectors were read, and how many there are."""


def convert_vectors(
    file: str | Path,
    out: Path,
    *,
    names: str | Path | None = None,
    on_vectors: OnVectors = lambda done, vectors: None,
) -> dict[str, Any]:
    """Read a file of text into a folder of :class:`Vectors`, which is there whole or not at all; give its counts.

    Args:
        file: as word2vec writes it, or lines of numbers alone
        out: a new folder
        names: where the lines are numbers alone, the file with their names (``entity2id.txt``)
        on_vectors: hears how far it is

    Raises :class:`OptionsError` if ``out`` is there already, and :class:`DataError` with the line for what is wrong.
    """
    if not is_free(out):
        raise OptionsError(f"{out} is there already: name another folder")
    known = None if names is None else read_names(names)
    source = VectorFile.word2vec(file) if known is None else VectorFile.bare(file, len(known))
    shape = source.count, source.width
    found: list[pa.Array] = []
    with new_folder(out, "conversion into this folder") as fresh:
        writer, done = TableWriter(fresh / TABLE, "entities", shape), 0
        for part in source.parts():
            writer.add(part.table)
            found.append(pa.array(part.names, pa.large_binary()))
            done += len(part.table)
            on_vectors(done, source.count)
        if known is None:
            known = pa.concat_arrays(found) if found else pa.array([], pa.large_binary())
            check_names_once(file, known)
        name_anew(fresh, known, mapped(fresh / TABLE, "entities", shape).table)
        for path in fresh.iterdir():
            sync_file(path)
    return {"vectors": source.count, "width": source.width}


def as_word2vec(vectors: Vectors, *, keep_spaces: bool = False) -> Iterator[str]:
    """Vectors as the lines of a word2vec text, ``_`` for each space in a name unless they are kept.

    Raises :class:`DataError`, before the first line, where two names would become one, and for a name with a tab
    or a line end if spaces are kept.
    """
    if keep_spaces:
        for name in vectors.names():
            check_spaces(vectors.folder, name)
        written = vectors.names()
    else:
        _check_words(vectors)
        written = map(word_of, vectors.names())
    return word2vec_lines(written, vectors.parts(), len(vectors), vectors.width)


def _check_words(vectors: Vectors) -> None:
    """Raise :class:`DataError` if a name with spaces becomes one that another entity has, or becomes."""
    became: dict[str, str] = {}
    for name in vectors.names():
        word = word_of(name)
        if word != name:
            other = word if vectors.rows([word])[0] >= 0 else became.setdefault(word, name)
            if other != name:
                expected = "names that differ without their spaces (--keep-spaces writes them as they are)"
                raise DataError(vectors.folder, None, expected, f"{shown(other)} and {shown(name)}")
