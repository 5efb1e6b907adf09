"""From documents to text graphs on disk: in parts, by several workers, resumable.

A part is a fixed number of documents, so what is in it depends on the input alone, not on the
workers or on where an earlier run was killed. Workers write their parts themselves.
"""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from graphs import rooms
from graphs.build import BuildCounts, Builder
from graphs.corpus import KIND, Corpus, write_part
from graphs.errors import OnBad, OptionsError, Skipped, stop
from graphs.files import write_json
from graphs.folders import claimed, is_free, put_in_place
from graphs.lines import open_bytes
from graphs.manifests import MANIFEST, checksum
from graphs.options import check_range
from graphs.recipe import Recipe
from graphs.texts import Texts
from graphs.types import Document
from graphs.unfinished import MADE_WITH, keeping, take_up

ENGINES = "graphs.engines"
BATCH = 512
"""Documents that are parsed, linked and put into rows together."""


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
    on_part: Callable[[BuildCounts], None] = lambda counts: None,
    on_kept: Callable[[int], None] = lambda parts: None,
) -> Corpus:
    """Make text graphs of files and write them to the folder ``out``.

    A run that was killed is taken up by calling this again with the same texts, recipe and part
    size: finished parts stay, and the result has the bytes of an unbroken run. Until the end
    everything is in a hidden folder beside ``out``, which goes when a run fails before its first
    part is finished. Standard input passes but once, so nothing made of it is taken up or kept.
    ``on_part`` hears the counts so far, ``on_kept`` how many finished parts a run that fails leaves.

    Raises :class:`OptionsError` if ``out`` is there already and is not to be overwritten,
    :class:`StoreError` if it is something else than text graphs or another run is writing it, and
    :class:`DataError` for bad input.
    """
    check_range("part_size", part_size, 1)
    check_range("workers", workers, 1)
    for file in (*texts.files, *texts.apart_from):
        if file != "-":
            open_bytes(file).close()  # or it says what is wrong, before anything is written
    out = out.resolve()
    made_with = {
        "texts": texts.as_dict(),
        "recipe": recipe.as_dict(),
        "part_size": part_size,
        "versions": _versions(),
    }
    with claimed(out, "build of these text graphs") as work:
        try:
            _check_free(out, overwrite)
            lasting = not _passes_once(made_with)
            take_up(work, made_with, lasting=lasting, anew=True)
            overlapping: Counter[str] = Counter()
            documents = texts.read(bad, lambda document: overlapping.update(["texts"]))
            jobs = _jobs(documents, work, json.dumps(recipe.as_dict()), part_size)
            with keeping(work, "part-*.json", lasting=lasting, on_kept=on_kept):
                parts, counts = _gather(rooms.find(ENGINES, engine).run(build_part, jobs, workers=workers), on_part)
            if texts.apart_from:
                counts["overlapping"] = overlapping["texts"]
            manifest = {**KIND.begin(), **made_with, "parts": parts, "counts": counts}
            if isinstance(bad, Skipped):
                manifest["skipped"] = [str(error) for error in bad.errors]
            _finish(work, manifest)
            put_in_place(work, out)
        except BaseException:
            if not any(work.glob("part-*.json")):
                shutil.rmtree(work, ignore_errors=True)
            raise
        finally:
            _builder.cache_clear()
    return Corpus.open(out)


def _versions() -> dict[str, str]:
    """What else the graphs may depend on."""
    names = ("kbert", "ahocorasick_rs", "pyarrow", "spacy")
    return {**{name: version(name) for name in names}, "python": ".".join(map(str, sys.version_info[:2]))}


def _check_free(out: Path, overwrite: bool) -> None:
    """Refuse to write where something is, but for text graphs that are to be replaced."""
    if is_free(out):
        return
    if not overwrite:
        raise OptionsError(f"{out} is there already: name another folder, or pass --overwrite")
    expected = "text graphs, and nothing else, to overwrite"
    KIND.check_replaceable(out, lambda manifest: (part["file"] for part in manifest["parts"]), expected)


def _passes_once(made_with: Mapping[str, Any]) -> bool:
    """Whether some of the texts come from standard input."""
    texts = made_with["texts"]
    return any(file["sha256"] is None for file in (*texts["files"], *texts["apart_from"]))


def _gather(
    reports: Iterable[dict[str, Any]], on_part: Callable[[BuildCounts], None]
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """See the parts made; what the manifest says of each, and the counts of all."""
    parts, counts = [], BuildCounts()
    for report in reports:
        parts.append(report["part"])
        counts += BuildCounts(**report["counts"])
        on_part(counts)
    return parts, counts.as_dict()


def _finish(work: Path, manifest: Mapping[str, Any]) -> None:
    """Leave the manifest and the parts in the folder, and nothing else."""
    write_json(work / MANIFEST, manifest)
    kept = {MANIFEST, MADE_WITH, *(part["file"] for part in manifest["parts"])}
    for path in work.iterdir():
        if path.name not in kept:
            path.unlink()
    (work / MADE_WITH).unlink()


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
        builder, counts, batches = _builder(job.recipe), BuildCounts(), []
        for start in range(0, max(len(job.documents), 1), BATCH):
            rows, some = builder(job.documents[start : start + BATCH])
            batches.append(rows)
            counts += some
        path = sidecar.with_suffix(".parquet")
        write_part(path, batches)
        part = {"file": path.name, "rows": counts.graphs, "bytes": path.stat().st_size, "sha256": checksum(path)}
        write_json(sidecar, {"part": part, "counts": asdict(counts)})
    report: dict[str, Any] = json.loads(sidecar.read_text(encoding="utf-8"))
    return report
