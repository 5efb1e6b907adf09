"""How fast a knowledge graph is imported and looked up, beside SQLite on the same made-up triples.

    python benchmarks/knowledge.py [--triples 2000000] [--facts 10000000] [--lookups 200000]

Prints triples imported a second, what they take on disk and in memory (each import is a process
of its own), and microseconds from the name of an entity to the arrays of its facts.
"""

import argparse
import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from graphs.importing import import_graph
from graphs.knowledge import KnowledgeGraph

TRIPLES_PER_ENTITY = 5
RELATIONS = 200
CHUNK = 1_000_000


class Built(NamedTuple):
    """Seconds, bytes on disk, and peak bytes in memory of the process."""

    seconds: float
    disk: int
    memory: int


def make_triples(path: Path, count: int) -> None:
    generator = np.random.default_rng(0)
    entities = max(1, count // TRIPLES_PER_ENTITY)
    with open(path, "w") as file:
        for start in range(0, count, CHUNK):
            size = min(CHUNK, count - start)
            head, tail = generator.integers(0, entities, (2, size)).tolist()
            relation = generator.integers(0, RELATIONS, size).tolist()
            rows = zip(head, relation, tail, strict=True)
            file.writelines(f"entity/{h}\trelation_{r}\tentity/{t}\n" for h, r, t in rows)


def build(out: Path, function: Callable[[Path, Path], None], triples: Path) -> Built:
    start = perf_counter()
    function(out, triples)
    seconds = perf_counter() - start
    files = out.iterdir() if out.is_dir() else [out]
    disk = sum(file.stat().st_size for file in files)
    return Built(seconds, disk, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def build_store(out: Path, triples: Path) -> None:
    import_graph(out, [triples])


def build_sqlite(out: Path, triples: Path) -> None:
    """The usual way: names to numbers by a dictionary, rows inserted in one transaction, then an index."""
    numbers: dict[str, int] = {}
    relations: dict[str, int] = {}

    def rows() -> Iterator[tuple[int, int, int]]:
        with open(triples) as file:
            for line in file:
                head, relation, tail = line.rstrip("\n").split("\t")
                yield (
                    numbers.setdefault(head, len(numbers)),
                    relations.setdefault(relation, len(relations)),
                    numbers.setdefault(tail, len(numbers)),
                )

    with sqlite3.connect(out) as database:
        database.execute("CREATE TABLE fact (head INTEGER, relation INTEGER, tail INTEGER)")
        database.executemany("INSERT INTO fact VALUES (?, ?, ?)", rows())
        database.execute("CREATE TABLE entity (name TEXT PRIMARY KEY, id INTEGER) WITHOUT ROWID")
        database.executemany("INSERT INTO entity VALUES (?, ?)", sorted(numbers.items()))
        database.execute("CREATE INDEX by_head ON fact (head)")
    database.close()


def apart(function: Callable[[], Built]) -> Built:
    """Run in a process of its own, so that the peak of its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function).result()


def look_up_store(folder: Path, names: list[str]) -> float:
    kg = KnowledgeGraph.open(folder)
    start = perf_counter()
    for name in names:
        kg.by_head.of(kg.id(name))
    return (perf_counter() - start) / len(names) * 1e6


def look_up_sqlite(path: Path, names: list[str]) -> float:
    query = "SELECT relation, tail FROM fact WHERE head = (SELECT id FROM entity WHERE name = ?)"
    database = sqlite3.connect(path)
    start = perf_counter()
    for name in names:
        database.execute(query, (name,)).fetchall()
    seconds = perf_counter() - start
    database.close()
    return seconds / len(names) * 1e6


def compare_imports(folder: Path, count: int) -> tuple[Path, Path]:
    """Import as many made-up triples both ways and print the figures."""
    triples, ours, theirs = (folder / f"{count}{ending}" for ending in (".tsv", ".kg", ".sqlite"))
    make_triples(triples, count)
    print(f"\n{count:,} triples, {triples.stat().st_size / 1e6:,.0f} MB of TSV")
    print(f"{'':8}{'triples/s':>12}{'MB on disk':>12}{'peak MB':>10}")
    results = []
    for name, out, function in (("kbert", ours, build_store), ("sqlite", theirs, build_sqlite)):
        built = apart(partial(build, out, function, triples))
        results.append(built)
        print(f"{name:8}{count / built.seconds:12,.0f}{built.disk / 1e6:12,.0f}{built.memory / 1e6:10,.0f}")
    print(f"{'ratio':8}{results[1].seconds / results[0].seconds:12.2f}")
    return ours, theirs


def compare_lookups(ours: Path, theirs: Path, count: int) -> None:
    kg = KnowledgeGraph.open(ours)
    ids = np.random.default_rng(1).integers(0, len(kg), count)
    names = kg.names(ids).to_pylist()
    times = look_up_store(ours, names), look_up_sqlite(theirs, names)
    print(f"\n{count:,} look-ups among {kg.triples:,} triples of {len(kg):,} entities (name to facts)")
    for name, time in zip(("kbert", "sqlite"), times, strict=True):
        print(f"{name:8}{time:12.2f} µs")
    print(f"{'ratio':8}{times[1] / times[0]:12.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=2_000_000, help="triples to import")
    parser.add_argument("--facts", type=int, default=10_000_000, help="triples to look up among")
    parser.add_argument("--lookups", type=int, default=200_000, help="look-ups to time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        compare_imports(Path(name), options.triples)
        compare_lookups(*compare_imports(Path(name), options.facts), options.lookups)


if __name__ == "__main__":
    main()
