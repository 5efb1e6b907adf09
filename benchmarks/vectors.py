"""Memory of learning a vector for each of many entities, and of what opens them by name; speed of reading text.

A random graph with as many facts as entities, each entity in one at least, is learnt for an epoch at two sizes: what
one more entity takes is the difference. Beside it stands what a vector and Adagrad's sums take by themselves.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

OPEN = """
import resource, sys, time
import numpy as np
from kbert.entities.vectors import Vectors
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
vectors = Vectors.open(sys.argv[1])
names = [f"entity {i}" for i in np.random.default_rng(0).integers(len(vectors), size=20_000)]
start = time.process_time()
rows = vectors.rows(names)
found = time.process_time()
vectors.take(rows)
taken = time.process_time()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((found - start) / len(rows), (taken - found) / len(rows), (after - before) * 1024)
"""


def kbert(*words: object) -> tuple[float, int]:
    """Call a command in a process of its own; seconds of the processor, and the most bytes it held."""
    process = subprocess.Popen([sys.executable, "-m", "cli", *map(str, words)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"kbert {' '.join(map(str, words))} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def graph(folder: Path, entities: int) -> Path:
    """A random graph in which every entity is a head."""
    tails = np.random.default_rng(0).integers(entities, size=entities).tolist()
    with (folder / "facts.tsv").open("w", encoding="utf-8") as file:
        file.writelines(f"entity {head}\trelation {head % 50}\tentity {tail}\n" for head, tail in enumerate(tails))
    kbert("kg", "import", folder / "facts.tsv", "-o", folder / "kg", "-q")
    (folder / "facts.tsv").unlink()
    return folder / "kg"


def measure(entities: int, width: int) -> dict[str, float]:
    """Learn vectors, open them, write them as text and read that."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        kg = graph(folder, entities)
        words = ("--method", "transe", "--width", width, "--epochs", 1, "--checkpoint-steps", 0, "-q")
        seconds, peak = kbert("kg", "embed", kg, *words, "-o", folder / "run")
        opened = subprocess.run([sys.executable, "-c", OPEN, folder / "run"], check=True, capture_output=True)
        find, take, held = map(float, opened.stdout.split())
        write, _ = kbert("convert", "word2vec", folder / "run", "--keep-spaces", "-q", "-o", folder / "text")
        size = (folder / "text").stat().st_size
        read, reading = kbert("convert", "vectors", folder / "text", "-q", "-o", folder / "again")
    told = {"seconds": seconds, "peak bytes": peak, "find µs": find * 1e6, "take µs": take * 1e6, "opened bytes": held}
    return told | {"text bytes": size, "write s": write, "read s": read, "read peak bytes": reading}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=100)
    arguments = parser.parse_args()
    small, large = (measure(entities, arguments.width) for entities in (arguments.entities // 4, arguments.entities))
    more = arguments.entities - arguments.entities // 4
    each = (large["peak bytes"] - small["peak bytes"]) / more
    print(json.dumps({arguments.entities // 4: small, arguments.entities: large}, indent=1))
    print(f"bytes for one more entity: {each:,.0f}; its vector and its sums alone: {8 * arguments.width:,}")
    print(f"5 million entities: {(large['peak bytes'] + each * (5_000_000 - arguments.entities)) / 2**30:.1f} GiB")
    text = (large["text bytes"] - small["text bytes"]) / (large["read s"] - small["read s"])
    print(f"text read: {text / 1e6:,.0f} MB a second of one processor")


if __name__ == "__main__":
    main()
