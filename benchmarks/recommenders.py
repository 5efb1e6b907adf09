"""Recommenders: a training epoch, ranks among all items, the memory of a large catalogue, and RecBole beside them.

Times are of the clock and of the processor; OMP_NUM_THREADS says how many threads compute. Behaviour is made up, as
large as ml-100k (benchmarks/results/behaviour.py), or a graph of ``kbert graph behaviour``. Parts:

- ``epoch``: an epoch of ``kbert pretrain uprec`` and of ``kbert train uprec --objective causal`` with ``--stretches
  one``, each also with PyTorch's dropout in place of ours, step by step in turns; and the share of the machine's
  matrix-product rate;
- ``evaluation``: the answers of all users ranked among all items, against one user after another;
- ``catalogue``: an epoch on made-up items with ``--sampled 1000`` in a process of its own, at two sizes; beside its
  memory what the table of items, its gradient and Adam's two moments take by themselves.

With ``--recbole PYTHON --data FOLDER`` we learn on a folder of atomic files, then RecBole does, for hours
(benchmarks/recbole_peer.py): when had each reached the NDCG@10 on dev that RecBole's best epoch has? What that file
printed before is taken with ``--recbole-found``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from matrix_rate import product_rate
from torch import nn
from vectors import kbert

from graphs.behaviour import BehaviourGraph
from graphs.tables import Ids
from kbert.behaviour.histories import Questions
from kbert.behaviour.model import Recommender
from kbert.behaviour.objective import Learning, Objective
from kbert.behaviour.ranks import gains, ranked
from kbert.layers.dropout import Dropout
from kbert.precision import best_precision
from kbert.train import Settings
from kbert.train_recommender import RecommenderPlan, train_recommender

T = TypeVar("T")

HERE = Path(__file__).parent

AS_ML_100K = ("--users", 943, "--items", 1682, "--events", 69, "--spread", 1)

SETTINGS = Settings(batch_size=64, max_padded=65_536, learning_rate=1e-3)
WIDTH = 64
ALONE = 40
"""Users who are ranked one after another."""
USERS, SAMPLED = 1_000, 1_000
"""Users of the large catalogue, each with as many events as its items need, and items drawn as rivals."""


@dataclass(frozen=True)
class Taken:
    """Seconds of the clock and of the processor."""

    wall: float = 0.0
    processor: float = 0.0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(self.wall + other.wall, self.processor + other.processor)

    def __str__(self) -> str:
        return f"{self.wall:8.2f} s {self.processor:8.2f} s"


def timed(run: Callable[..., T], *words: Any) -> tuple[T, Taken]:
    """What something gives, and how long it takes."""
    wall, processor = time.perf_counter(), time.process_time()
    given = run(*words)
    return given, Taken(time.perf_counter() - wall, time.process_time() - processor)


def made(folder: Path) -> BehaviourGraph:
    """Behaviour as large as ml-100k."""
    script = HERE / "results" / "behaviour.py"
    words = [sys.executable, script, folder / "made", *AS_ML_100K]
    subprocess.run([*map(str, words)], check=True, stdout=subprocess.DEVNULL)
    kbert("graph", "behaviour", *sorted((folder / "made").glob("*.tsv")), "-o", folder / "graph", "-q")
    return BehaviourGraph.open(folder / "graph")


class Learner:
    """A recommender that learns step by step."""

    def __init__(self, graph: BehaviourGraph, aim: str, *, plain: bool) -> None:
        torch.manual_seed(0)
        self.model = Recommender("uprec", len(graph.items), [], {"objective": aim, "width": WIDTH, "length": 50})
        for module in [*self.model.modules()] if plain else ():
            for name, child in module.named_children():
                if isinstance(child, Dropout):
                    setattr(module, name, nn.Dropout(child.share))
        self.objective = Objective(self.model, graph, Learning(stretches="one"))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=SETTINGS.learning_rate, fused=True)
        precision = best_precision("auto", torch.device("cpu"))
        self.autocast = partial(torch.autocast, "cpu", dtype=precision, enabled=precision != torch.float32)

    def begin(self, epoch: int) -> None:
        """Draw the stretches of an epoch, once, as ``kbert train`` does."""
        self.batches = self.objective.batches(epoch, SETTINGS)

    def step(self, number: int) -> None:
        """A step of the epoch, the making of its batch included."""
        self.model.train()
        batch = self.batches[number]
        total, count = self.objective.loss(self.model, batch, self.autocast)["mip"]
        (total / count).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), SETTINGS.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def operations(self, epoch: int) -> float:
        """Multiplications and additions of an epoch: of the layers, of attention and of logits, without padding."""
        encoder = self.model.part.encoder
        weights = sum(weight.numel() for weight in encoder.parameters() if weight.ndim == 2)
        asked = WIDTH * (WIDTH + self.objective.learnt.catalogue)
        found = 0.0
        for batch in self.objective.batches(epoch, SETTINGS):
            lengths = batch.laid.real.sum(1).double()
            attention = 2 * WIDTH * len(encoder.layers) * float(lengths.square().sum())
            found += 6 * (weights * float(lengths.sum()) + attention + asked * len(batch.laid.target))
        return found


def epoch(graph: BehaviourGraph, epochs: int) -> None:
    """An epoch of each, step by step in turns; the first one warms up."""
    rate = product_rate(best_precision("auto", torch.device("cpu")))
    ways = [(aim, plain) for aim in ("masked", "causal") for plain in (False, True)]
    learners = [Learner(graph, aim, plain=plain) for aim, plain in ways]
    steps = len(learners[0].objective.batches(0, SETTINGS))
    taken: list[list[Taken]] = [[] for _ in ways]
    for number in range(epochs + 1):
        of_epoch = [timed(learner.begin, number)[1] for learner in learners]
        for place in range(steps):
            for i, learner in enumerate(learners):
                of_epoch[i] += timed(learner.step, place)[1]
        for some, one in zip(taken, of_epoch, strict=True):
            some.extend([one] if number else [])
    print(f"a training epoch of {steps} steps, 2 layers x {WIDTH}, length 50, {SETTINGS.batch_size} users a step")
    print(f"matrix product: {rate / 1e9:,.0f} GFLOP/s")
    print(f"{'':28} {'clock':>10} {'processor':>10}")
    middle = [Taken(median(one.wall for one in some), median(one.processor for one in some)) for some in taken]
    for i, ((aim, plain), one) in enumerate(zip(ways, middle, strict=True)):
        share = learners[i].operations(1) / one.wall / rate
        more = f"  {one.processor / middle[i - 1].processor:.2f} x ours" if plain else ""
        print(f"{aim + (', dropout of PyTorch' if plain else ''):28} {one}  {share:4.0%} of the rate{more}", flush=True)


def one_by_one(model: Recommender, questions: Questions, users: Ids) -> list[int]:
    """The places of the answers of some users, each asked by himself."""
    places = []
    for user in users:
        scores = model.answer(questions, np.array([user]))[0]
        places.append(1 + int((scores > scores[questions.answers[user]]).sum()))
    return places


def evaluation(graph: BehaviourGraph) -> None:
    """All users ranked, and some of them one after another. Exits where ranks differ by more than one place."""
    print(f"ranks among all {len(graph.items):,} items, milliseconds a user")
    print(f"{'':28} {'clock':>10} {'processor':>10}")
    for aim in ("masked", "causal"):
        learner = Learner(graph, aim, plain=False)
        model, questions = learner.model, learner.objective.dev
        alone = np.random.default_rng(0).choice(len(questions), min(ALONE, len(questions)), replace=False)
        found, together = timed(ranked, questions, model.answer)
        places, apart = timed(one_by_one, model, questions, alone)
        others = np.abs(found.kept[alone] - places) > 1
        if others.any():
            raise SystemExit(f"ranks of {others.sum()} of {len(alone)} users differ")
        for name, one, users in (("", together, len(questions)), (", one after another", apart, len(alone))):
            wall, processor = 1e3 * one.wall / users, 1e3 * one.processor / users
            print(f"{aim + name:28} {wall:7.3f} ms {processor:7.3f} ms  ({users:,} users)", flush=True)


def many_items(folder: Path, items: int) -> Path:
    """A graph in which every item has one event, at a place drawn at random."""
    order = np.random.default_rng(0).permutation(items).tolist()
    with (folder / "events.tsv").open("w", encoding="utf-8") as file:
        file.write("user\titem\ttime\n")
        file.writelines(f"u{i % USERS}\ti{item}\t{i // USERS}\n" for i, item in enumerate(order))
    kbert("graph", "behaviour", folder / "events.tsv", "-o", folder / "graph", "-q")
    (folder / "events.tsv").unlink()
    return folder / "graph"


def step_of_adam(items: int) -> Taken:
    """A step of AdamW on a table of items by itself, whose gradient is there."""
    table = nn.Parameter(torch.zeros(items, WIDTH))
    optimizer = torch.optim.AdamW([table], lr=1e-3, fused=True)
    table.grad = torch.zeros_like(table)
    optimizer.step()
    return timed(optimizer.step)[1]


def catalogue(items: int) -> None:
    """An epoch on a quarter of the items and on all of them."""
    print(f"an epoch of {USERS:,} users, causal, {SAMPLED:,} items drawn as rivals, and dev ranked among all items")
    print(f"{'items':>10} {'clock':>10} {'processor':>10} {'peak':>10} {'the table':>10} {'AdamW on it':>12}")
    peaks = []
    sizes = (items // 4, items)
    for size in sizes:
        with tempfile.TemporaryDirectory() as temporary:
            graph = many_items(Path(temporary), size)
            words = ("--objective", "causal", "--width", WIDTH, "--sampled", SAMPLED, "--epochs", 1, "-q")
            began = time.perf_counter()
            seconds, peak = kbert("train", "uprec", "--behaviour", graph, *words, "-o", Path(temporary) / "run")
            taken = Taken(time.perf_counter() - began, seconds)
        peaks.append(peak)
        alone, adam = 4 * 4 * WIDTH * size, step_of_adam(size).processor
        row = f"{size:10,} {taken} {peak / 2**20:6,.0f} MiB {alone / 2**20:6,.0f} MiB {adam:8.3f} s a step"
        print(row, flush=True)
    each, alone = (peaks[1] - peaks[0]) / (sizes[1] - sizes[0]), 4 * 4 * WIDTH
    print(f"bytes for one more item: {each:,.0f}; its vector, gradient and two moments alone: {alone:,}")


COARSE = 128
"""Seconds that RecBole's times in float32 cannot tell apart."""

DROPOUT = {"masked": 0.2, "causal": 0.5}
"""As the models that they are after have it."""


class Reached(NamedTuple):
    """An epoch and what it had come to by then."""

    epoch: int
    ndcg: float
    taken: Taken


def ours(graph: BehaviourGraph, aim: str, epochs: int, folder: Path) -> list[Reached]:
    """Each epoch of our training, as ``kbert train uprec --objective causal`` or ``kbert pretrain uprec`` has it."""
    curve: list[Reached] = []
    plan = RecommenderPlan(
        "uprec",
        str(graph.folder),
        recommender_options={"objective": aim, "length": 50, "dropout": DROPOUT[aim]},
        settings=Settings(epochs=epochs, batch_size=64, max_padded=65_536, learning_rate=1e-3, average=0.99),
    )
    wall, processor = time.perf_counter(), time.process_time()

    def report(record: dict[str, Any]) -> None:
        if "dev" in record:
            taken = Taken(time.perf_counter() - wall, time.process_time() - processor)
            curve.append(Reached(record["epoch"], record["dev"]["ndcg@10"], taken))

    train_recommender(plan, folder / aim, report=report)
    return curve


def found_before(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """By model what runs of benchmarks/recbole_peer.py printed."""
    told = [json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) for path in paths]
    return {one["model"]: one for one in told}


def peer(data: Path, model: str, given: argparse.Namespace) -> dict[str, Any]:
    """What RecBole found. Exits where it failed."""
    words = [given.recbole, HERE / "recbole_peer.py", data.resolve(), model, "--epochs", given.recbole_epochs]
    words += ["--patience", given.recbole_patience, "--threads", torch.get_num_threads()]
    environment = {**os.environ, "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1", "PYTHONWARNINGS": "ignore"}
    environment.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory() as there:  # RecBole leaves logs where it stands
        done = subprocess.run([*map(str, words)], cwd=there, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"RecBole's {model} failed")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def check_asked(graph: BehaviourGraph, asked: dict[str, str]) -> None:
    """Say of how many users RecBole's test asks for another item of the last ones: it holds seconds in float32.

    Exits where it asks other users, or for an item that is not among the last by time.
    """
    if {*graph.users} != {*asked}:
        raise SystemExit(f"test asks {len(graph.users):,} users, RecBole's {len(asked):,}, not all of them the same")
    other = 0
    for user, name in enumerate(graph.users):
        events = slice(int(graph.offsets[user]), int(graph.offsets[user + 1]))
        items, times = graph.item[events], graph.time[events]
        last = [graph.items[item] for item in items[times >= times.max() - COARSE]]
        if asked[name] not in last:
            raise SystemExit(f"RecBole's test asks user {name} for {asked[name]}, which is not among his last by time")
        other += asked[name] != graph.items[items[-1]]
    print(f"test asks {len(asked):,} users; of {other:,} RecBole's asks for another item of the last {COARSE} seconds")


def beside_recbole(given: argparse.Namespace, folder: Path) -> None:
    """When each of our trainings reached what each of RecBole's did at its best."""
    data: Path = given.data
    kbert("graph", "behaviour", data / f"{data.name}.inter", "-o", folder / "peer", "-q")
    graph = BehaviourGraph.open(folder / "peer")
    aims = ("masked", "causal") if given.epochs else ()
    curves = {aim: ours(graph, aim, given.epochs, folder) for aim in aims}
    print(f"{'until ndcg@10 on dev was':36} {'':6} {'epoch':>6} {'clock':>10} {'processor':>10}")
    before = found_before(given.recbole_found)
    every = []
    for model in given.models if given.recbole else before:
        told = before.get(model) or peer(data, model, given)
        every.append(told)
        check_asked(graph, told["asked"])
        best = told["best"]
        taken = Taken(best["seconds"], best["processor_seconds"])
        print(f"{'RecBole ' + model:36} {best['ndcg@10']:.4f} {best['epoch']:6} {taken}")
        for aim, curve in curves.items():
            first = next((one for one in curve if one.ndcg >= best["ndcg@10"]), None)
            if first is None:
                most = max(one.ndcg for one in curve)
                print(f"{'kbert, ' + aim:36} {most:.4f} at best, in {len(curve)} epochs {curve[-1].taken}")
                continue
            ratio = f"{taken.wall / first.taken.wall:.1f} x, {taken.processor / first.taken.processor:.1f} x"
            print(f"{'kbert, ' + aim:36} {first.ndcg:.4f} {first.epoch:6} {first.taken}  {ratio}", flush=True)
    print(f"{'on test':36} {'items seen':>10} {'recall@10':>10} {'ndcg@10':>10} {'mrr':>10}")
    for told in every:
        for place, seen in enumerate(("kept", "excluded")):
            gained = gains(np.array([ranks[place] for ranks in told["ranks"].values()]))
            row = " ".join(f"{gained[name].mean():10.4f}" for name in ("recall@10", "ndcg@10", "mrr"))
            print(f"{'RecBole ' + told['model']:36} {seen:>10} {row}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--behaviour", help="a behaviour graph, in place of a made-up one")
    parts = ("epoch", "evaluation", "catalogue")
    parser.add_argument("--parts", nargs="*", choices=parts, default=parts)
    parser.add_argument("--turns", type=int, default=3, help="epochs of each")
    parser.add_argument("--items", type=int, default=1_000_000, help="of the large catalogue")
    parser.add_argument("--recbole", help="Python of an environment with RecBole")
    parser.add_argument("--recbole-found", type=Path, nargs="+", default=[], help="what recbole_peer.py printed before")
    parser.add_argument("--data", type=Path, help="folder of atomic files, such as $DATA/ml-100k")
    parser.add_argument("--models", nargs="+", choices=("BERT4Rec", "SASRec"), default=("BERT4Rec", "SASRec"))
    parser.add_argument("--epochs", type=int, default=100, help="of our trainings beside RecBole (0: none)")
    parser.add_argument("--recbole-epochs", type=int, default=300, help="of RecBole's, at most")
    parser.add_argument("--recbole-patience", type=int, default=10, help="epochs of RecBole without a better dev")
    given = parser.parse_args()
    if bool(given.recbole or given.recbole_found) != (given.data is not None):
        parser.error("--recbole or --recbole-found goes with --data")
    print(f"threads {torch.get_num_threads()}, {best_precision('auto', torch.device('cpu'))}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if {"epoch", "evaluation"} & {*given.parts}:
            graph = BehaviourGraph.open(given.behaviour) if given.behaviour else made(folder)
            print("{users:,} users, {items:,} items, {events:,} events".format(**graph.manifest["counts"]))
        if "epoch" in given.parts:
            epoch(graph, given.turns)
        if "evaluation" in given.parts:
            evaluation(graph)
        if "catalogue" in given.parts:
            catalogue(given.items)
        if given.data is not None:
            beside_recbole(given, folder)


if __name__ == "__main__":
    main()
