"""Texts to read: files, how they are read, and what is kept of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from graphs import rooms
from graphs.errors import OnBad, stop
from graphs.lines import stem
from graphs.manifests import checksum
from graphs.overlap import Overlap
from graphs.reading import guess
from graphs.rooms import Part
from graphs.types import Document

CORPORA = "graphs.corpora"


@dataclass(frozen=True)
class Texts:
    """Files of texts and how to read them; without a format it is guessed from each file's name.

    ``apart_from`` names files of the same form: what contains one of their texts, or lies inside
    one, is left out (so that training texts give nothing of the held-out ones away). ``limit``
    ends after so many texts.
    """

    files: tuple[str, ...]
    format: Part | None = None
    columns: Mapping[str, str] | None = None
    apart_from: tuple[str, ...] = ()
    limit: int | None = None

    def read(
        self, bad: OnBad = stop, on_overlap: Callable[[Document], None] = lambda document: None
    ) -> Iterator[Document]:
        """The documents of the files, in order; ``on_overlap`` hears of each that ``apart_from`` leaves out."""
        documents = self._called_apart(self._all(self.files, bad))
        if self.apart_from:
            documents = self._apart(documents, on_overlap)
        return islice(documents, self.limit)

    def _called_apart(self, documents: Iterable[Document]) -> Iterator[Document]:
        """See that no two texts are called alike by file name and line."""
        names = Counter(map(stem, self.files))
        for document in documents:
            name = stem(str(document.file))
            if names[name] > 1 and document.id == f"{name}:{document.line}":
                raise document.error(f"texts with ids, for another file is called {name!r} too", "one without")
            yield document

    def _apart(self, documents: Iterable[Document], on_overlap: Callable[[Document], None]) -> Iterator[Document]:
        held_out = Overlap(text for document in self._all(self.apart_from, stop) for text in document.texts)
        for document in documents:
            if any(map(held_out, document.texts)):
                on_overlap(document)
            else:
                yield document

    def _all(self, files: tuple[str, ...], bad: OnBad) -> Iterator[Document]:
        for file in files:
            part = self.format or Part(guess(CORPORA, file))
            reader = rooms.find(CORPORA, part.name)
            yield from reader.read(file, columns=self.columns or {}, bad=bad, **part.options)

    def as_dict(self) -> dict[str, Any]:
        """Names and checksums of the files, and the options they are read with."""

        def described(files: Iterable[str]) -> list[dict[str, str | None]]:
            return [{"name": Path(file).name, "sha256": _checksum(file)} for file in files]

        return {
            "files": described(self.files),
            "format": self.format and {"name": self.format.name, "options": dict(self.format.options)},
            "columns": dict(self.columns or {}),
            "apart_from": described(self.apart_from),
            "limit": self.limit,
        }


def _checksum(file: str) -> str | None:
    """The checksum of a file; None for standard input, which passes but once."""
    return None if file == "-" else checksum(Path(file))
