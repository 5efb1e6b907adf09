"""False triples drawn a second, filtered by the training triples, against the reference's way of drawing one.

Run with ``--kg $DATA/kg/fb15k-237``. The reference copies the set of all entities for each negative.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

import numpy as np

from graphs.importing import Source, import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.reading import guess_format
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.negatives import Sides, TripleSet, draw

COUNT, REPEAT, PLAIN, SAMPLE = 10, 5, 300, 200_000


def tuples(triples: TripleIds) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in triples.columns), strict=True))


def ours(train: TripleIds, known: TripleSet, entities: int, sides: Sides) -> tuple[float, TripleIds]:
    """Negatives a second, the median of several draws; those of the last."""
    rates = []
    for seed in range(REPEAT):
        generator = np.random.default_rng(seed)
        start = time.perf_counter()
        drawn = draw(train, known, entities, count=COUNT, sides=sides, generator=generator)
        rates.append(len(drawn) / (time.perf_counter() - start))
    return float(np.median(rates)), drawn


def yardstick(train: list[tuple[int, int, int]], entities: int) -> float:
    """Negatives a second as the reference draws them: a fresh list of all other entities for each."""
    known, every, chance = set(train), range(entities), random.Random(0)
    start = time.perf_counter()
    for head, relation, tail in train[:PLAIN]:
        while True:
            others = set(every)
            others.remove(head)
            drawn = chance.choice(list(others))
            if (drawn, relation, tail) not in known:
                break
    return PLAIN / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kg", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        import_graph(Path(folder) / "kg", [Source(arguments.kg, guess_format(arguments.kg))])
        kg = KnowledgeGraph.open(Path(folder) / "kg")
        train, held_out = triples_of(kg, "", "train").true, triples_of(kg, "dev", "test").true
    start = time.perf_counter()
    known = TripleSet(train, len(kg), len(kg.relations))
    print(f"{len(train):,} training triples, {len(kg):,} entities, index made in {time.perf_counter() - start:.2f} s")
    learnt, others = set(tuples(train)), set(tuples(held_out))
    plain = yardstick(tuples(train), len(kg))
    sides: Sides
    for sides in ("both", "head", "tail"):
        rate, drawn = ours(train, known, len(kg), sides)
        sample = tuples(drawn.where(np.random.default_rng(0).permutation(len(drawn))[:SAMPLE]))
        true, held = (sum(triple in some for triple in sample) for some in (learnt, others))
        checked = (
            f"of {len(sample):,} looked at {true} are true in train, {held} in dev or test (which no filter knows)"
        )
        print(f"{'ours, ' + sides:14} {rate:12,.0f} negatives/s  {rate / plain:8,.0f} ×  {checked}")
    print(f"{'yardstick':14} {plain:12,.0f} negatives/s")


if __name__ == "__main__":
    main()
