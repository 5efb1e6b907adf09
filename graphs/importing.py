"""Knowledge graphs from files: formats are read, ids assigned, and the store written whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphs.errors import OnBad, stop
from graphs.knowledge import KnowledgeGraph
from graphs.lines import member
from graphs.manifests import checksum
from graphs.reading import FORMATS, guess_format
from graphs.rooms import find, with_defaults
from graphs.store_files import replacing, write_manifest
from graphs.store_writer import StoreWriter
from graphs.triples import Block, Triples, blocks

PROGRESS = 10_000
"""Records between two reports of progress."""


@dataclass(frozen=True)
class Source:
    """A file or folder to import. Without a ``format`` its name tells; ``options`` are those of the format."""

    path: str | Path
    format: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class ImportReport:
    """What an import did.

    ``entities``, ``relations`` and ``triples`` are those of the whole graph, ``new_…`` those that
    this import added. ``duplicates`` said what was known; ``unknown_texts`` are texts of names
    that the graph does not have; ``left_out`` counts by kind what formats saw and did not take.
    ``leaks`` says how many ``triples`` of the whole graph stand in another split, too, and names the ``first``;
    ``contradictions`` says so of those that are called true and false.
    """

    entities: int = 0
    relations: int = 0
    triples: int = 0
    new_entities: int = 0
    new_triples: int = 0
    duplicates: int = 0
    texts: int = 0
    unknown_texts: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    leaks: dict[str, Any] = field(default_factory=dict)
    contradictions: dict[str, Any] = field(default_factory=dict)


def import_graph(
    out: str | Path,
    sources: Iterable[Source | str | Path],
    *,
    labels: Iterable[Source | str | Path] = (),
    add: bool = False,
    bad: OnBad = stop,
    on_progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Write the graph of some sources into the folder ``out``, whole or not at all.

    ``labels`` are files of texts about entities, read after the sources. With ``add`` what is new
    is appended to the graph in ``out``, whose ids stay. A graph in ``out`` is replaced otherwise,
    but never anything else. ``on_progress`` is told, from time to time, how many records were read.

    Raises :class:`graphs.errors.DataError` (through ``bad``) for what is wrong in a source, and
    :class:`graphs.errors.StoreError` for a folder that cannot be added to or replaced.
    """
    given = [_resolved(source) for source in sources]
    given += [_resolved(source, "labels") for source in labels]
    with replacing(Path(out)) as folder:
        old = KnowledgeGraph.open(out, verify=True) if add else None
        before = old.manifest["sources"] if old else []
        with closing(StoreWriter(folder, old)) as writer:
            for source in given:
                for block in _read(source, bad):
                    writer.take(block)
                    if on_progress and (isinstance(block, Triples) or not writer.read % PROGRESS):
                        on_progress(writer.read)
            manifest = writer.write()
        write_manifest(folder, {**manifest, "sources": [*before, *map(_described, given)]})
    return _report(writer, manifest["counts"], old)


def _resolved(source: Source | str | Path, default: str | None = None) -> Source:
    """A source with its format."""
    known = source if isinstance(source, Source) else Source(source)
    return Source(known.path, known.format or default or guess_format(known.path), known.options)


def _read(source: Source, bad: OnBad) -> Iterator[Block]:
    module = find(FORMATS, str(source.format))
    if hasattr(module, "blocks"):
        yield from module.blocks(source.path, **with_defaults(module.read, {**source.options, "bad": bad}))
    else:
        yield from blocks(source.path, module.read(source.path, bad=bad, **source.options), bad=bad)


def _described(source: Source) -> dict[str, Any]:
    """A source as the manifest names it: by file name and checksum, not by where it lay."""
    path = Path(source.path)
    told = {"name": path.name, "format": source.format, "options": dict(sorted(source.options.items()))}
    if not path.is_dir():
        return {**told, "sha256": checksum(path) if path.is_file() else None}
    listed = getattr(find(FORMATS, str(source.format)), "FILES", None)
    files = [member(path, name) for name in listed] if listed else sorted(path.iterdir())
    return {**told, "files": {file.name: checksum(file) for file in files if file and file.is_file()}}


def _report(writer: StoreWriter, counts: Mapping[str, int], old: KnowledgeGraph | None) -> ImportReport:
    return ImportReport(
        **{name: counts[name] for name in ("entities", "relations", "triples")},
        new_entities=counts["entities"] - (len(old) if old else 0),
        new_triples=counts["triples"] - (old.triples if old else 0),
        duplicates=writer.duplicates,
        texts=writer.texts,
        unknown_texts=writer.unknown_texts,
        left_out=dict(writer.left_out),
        leaks=writer.leaks,
        contradictions=writer.contradictions,
    )
