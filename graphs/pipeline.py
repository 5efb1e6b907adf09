"""From documents to text graphs on disk: in parts, by several workers, resumable.

A part is a fixed number of documents, so what is in it depends on the input alone, not on the
workers or on where an earlier run was killed. Workers write their parts themselves.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from graphs import rooms
from graphs.build import Builder, Counts
from graphs.corpus import FORMAT, VERSION, Corpus, write_part
from graphs.errors import OnBad, OptionsError, Skipped, StoreError, stop
from graphs.files import sync_folder, write_json
from graphs.overlap import Overlap
from graphs.reading import guess
from graphs.recipe import Part, Recipe
from graphs.types import Document

CORPORA = "graphs.corpora"
ENGINES = "graphs.engines"
BATCH = 512
"""Documents that are parsed, linked and put into rows together."""


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

    def read(self, bad: OnBad = stop) -> Iterator[Document]:
        """The documents of the files, in order."""
        documents = self._all(self.files, bad)
        if self.apart_from:
            held_out = Overlap(text for document in self._all(self.apart_from, stop) for text in document.texts)
            documents = (document for document in documents if not any(map(held_out, document.texts)))
        return islice(documents, self.limit)

    def _all(self, files: tuple[str, ...], bad: OnBad) -> Iterator[Document]:
        for file in files:
            part = self.format or Part(guess(CORPORA, file))
            reader = rooms.find(CORPORA, part.name)
            yield from reader.read(file, columns=self.columns or {}, bad=bad, **part.options)

    def as_dict(self) -> dict[str, Any]:
        """Names and checksums of the files, and the options they are read with."""
        return {
            "files": [{"name": Path(file).name, "sha256": checksum(Path(file))} for file in self.files],
            "format": self.format and {"name": self.format.name, "options": dict(self.format.options)},
            "columns": dict(self.columns or {}),
            "apart_from": [{"name": Path(file).name, "sha256": checksum(Path(file))} for file in self.apart_from],
            "limit": self.limit,
        }


def checksum(path: Path) -> str | None:
    """The SHA-256 of a file; None for standard input, which passes but once."""
    if str(path) == "-":
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class _Job:
    """One part to make: all that a worker needs."""

    number: int
    folder: str
    recipe: str
    documents: list[Document]


def build_corpus(
    texts: Texts,
    recipe: Recipe,
    out: Path,
    *,
    workers: int = 1,
    engine: str = "local",
    part_size: int = 10_000,
    overwrite: bool = False,
    bad: OnBad = stop,
    on_part: Callable[[Counts], None] = lambda counts: None,
) -> Corpus:
    """Make text graphs of files and write them to the folder ``out``.

    A run that was killed is taken up by calling this again with the same texts, recipe and part
    size: finished parts stay, and the result has the bytes of an unbroken run. Until the end
    everything is in a hidden folder beside ``out``. ``on_part`` hears the counts so far.

    Raises :class:`OptionsError` if ``out`` is there already and is not to be overwritten, and
    :class:`DataError` for bad input.
    """
    if part_size < 1:
        raise OptionsError(f"a part holds at least 1 text, not {part_size}")
    _check_free(out, overwrite)
    for file in texts.files:
        if file != "-" and not Path(file).is_file():
            next(texts.read(), None)  # the reader says what is wrong
    made_with = {"texts": texts.as_dict(), "recipe": recipe.as_dict(), "part_size": part_size}
    work = out.with_name(f".{out.name}.partial")
    _take_up(work, made_with)
    jobs = _jobs(texts.read(bad), work, json.dumps(recipe.as_dict()), part_size)
    parts, counts = [], Counts()
    for report in rooms.find(ENGINES, engine).run(build_part, jobs, workers=workers):
        parts.append(report["part"])
        counts += Counts(**report["counts"])
        on_part(counts)
    manifest = {"format": FORMAT, "version": VERSION, **made_with, "parts": parts, "counts": counts.as_dict()}
    if isinstance(bad, Skipped):
        manifest["skipped"] = [str(error) for error in bad.errors]
    for sidecar in work.glob("part-*.json"):
        sidecar.unlink()
    (work / "made_with.json").unlink()
    write_json(work / "manifest.json", manifest)
    if out.exists():
        shutil.rmtree(out)
    work.rename(out)
    sync_folder(out.parent)
    return Corpus.open(out)


def _check_free(out: Path, overwrite: bool) -> None:
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        return
    if not overwrite:
        raise OptionsError(f"{out} is there already: name another folder, or pass --overwrite")
    if not (out / "manifest.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        raise StoreError(out, None, "a folder of text graphs to overwrite", "something else")


def _take_up(work: Path, made_with: Mapping[str, Any]) -> None:
    """Keep the parts of a killed run if it was the same run; else begin anew."""
    path = work / "made_with.json"
    same = path.is_file() and json.loads(path.read_text(encoding="utf-8")) == json.loads(json.dumps(made_with))
    if not same or any(file["sha256"] is None for file in made_with["texts"]["files"]):
        shutil.rmtree(work, ignore_errors=True)
    if not path.is_file():
        work.mkdir(parents=True, exist_ok=True)
        write_json(path, made_with)


def _jobs(documents: Iterable[Document], work: Path, recipe: str, size: int) -> Iterator[_Job]:
    stream, number = iter(documents), 0
    while True:
        some = list(islice(stream, size))
        if not some and number:
            return
        done = _sidecar(work, number).is_file()
        yield _Job(number, str(work), recipe, [] if done else some)
        if len(some) < size:
            return
        number += 1


def _sidecar(work: Path, number: int) -> Path:
    return work / f"part-{number:05d}.json"


@lru_cache(maxsize=1)
def _builder(recipe: str) -> Builder:
    """The parts of a recipe, loaded once a process."""
    return Recipe.from_dict(json.loads(recipe)).builder()


def build_part(job: _Job) -> dict[str, Any]:
    """Make one part, unless an earlier run has; say what is in it."""
    sidecar = _sidecar(Path(job.folder), job.number)
    if not sidecar.is_file():
        builder, counts, batches = _builder(job.recipe), Counts(), []
        for start in range(0, max(len(job.documents), 1), BATCH):
            rows, some = builder(job.documents[start : start + BATCH])
            batches.append(rows)
            counts += some
        path = sidecar.with_suffix(".parquet")
        write_part(path, batches)
        part = {"file": path.name, "rows": counts.graphs, "bytes": path.stat().st_size, "sha256": checksum(path)}
        plain = {name: value for name, value in counts.as_dict().items() if name != "linked_share"}
        write_json(sidecar, {"part": part, "counts": plain})
    report: dict[str, Any] = json.loads(sidecar.read_text(encoding="utf-8"))
    return report
