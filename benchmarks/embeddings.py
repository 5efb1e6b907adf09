"""An epoch of an embedding and its filtered ranks, against PyKEEN on the same triples.

Run with ``--kg $DATA/kg/fb15k-237``. PyKEEN comes with the extra ``oracle``. Both have the same width, loss, margin
and optimiser, the same batches, and as many negatives: PyKEEN draws so many for a triple, we so many for each of its
two sides. Epochs are timed in turn and the best of each counts; then the same test triples are ranked.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from pykeen.evaluation import RankBasedEvaluator
from pykeen.models import ComplEx, DistMult, ERModel, RotatE, TransE
from pykeen.training import SLCWATrainingLoop
from pykeen.triples import CoreTriplesFactory
from torch import Tensor

from graphs.importing import Source, import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.reading import guess_format
from kbert.entities.by_embedding import ByEmbedding
from kbert.entities.embedding import Embedding
from kbert.entities.losses import Sampled
from kbert.entities.row_adagrad import AdagradTable
from kbert.ranking.link_prediction import rank_all
from kbert.triples.ids import TripleIds, triples_of

REPEAT, RATE, MARGIN = 3, 0.1, 9.0
THEIRS = {"transe": TransE, "distmult": DistMult, "complex": ComplEx, "rotate": RotatE}


def rows(triples: TripleIds) -> Tensor:
    return torch.from_numpy(np.stack(triples.columns, axis=1).astype(np.int64))


def ours(embedding: Embedding, train: TripleIds, negatives: int, batch_size: int) -> Callable[[], None]:
    """An epoch as ``kbert kg embed`` has it."""
    how = {"negatives": negatives, "margin": MARGIN, "adversarial": 1.0, "n3": 0.0}
    learning = Sampled(embedding.method, train, len(embedding), len(embedding.relations), **how)
    tables = {"entities": AdagradTable(embedding.entities), "relations": AdagradTable(embedding.relations)}
    generator = np.random.default_rng(0)

    def epoch() -> None:
        order = generator.permutation(len(learning))
        for start in range(0, len(order), batch_size):
            learning.step(order[start : start + batch_size], generator, **tables, rate=RATE)

    return epoch


def theirs(model: ERModel, factory: CoreTriplesFactory, negatives: int, batch_size: int) -> Callable[[], None]:
    """An epoch of PyKEEN's loop."""
    loop = SLCWATrainingLoop(
        model=model,
        triples_factory=factory,
        optimizer=torch.optim.Adagrad(model.parameters(), lr=RATE),
        negative_sampler_kwargs={"num_negs_per_pos": negatives},
    )
    epochs = iter(range(1, 1_000))

    def epoch() -> None:
        loop.train(factory, num_epochs=next(epochs), batch_size=batch_size, use_tqdm=False, continue_training=True)

    loop.train(factory, num_epochs=0, batch_size=batch_size, use_tqdm=False)
    return epoch


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(method: str, kg: KnowledgeGraph, arguments: argparse.Namespace) -> None:
    train, rest = triples_of(kg, "", "train").true, triples_of(kg, "dev", "test").true
    test, every = triples_of(kg, "test").true, triples_of(kg, "", "train", "dev", "test").true
    test = test.where(np.random.default_rng(0).permutation(len(test))[: arguments.test])
    numbers = 2 * arguments.width if method in ("complex", "rotate") else arguments.width
    embedding = Embedding.drawn(method, numbers, kg, spread=0.1, seed=0)
    factory = CoreTriplesFactory(rows(train), num_entities=len(kg), num_relations=len(kg.relations))
    how = {"loss": "nssa", "loss_kwargs": {"margin": MARGIN, "adversarial_temperature": 1.0}, "random_seed": 0}
    how |= {"scoring_fct_norm": 2} if method == "transe" else {}
    model = THEIRS[method](triples_factory=factory, embedding_dim=arguments.width, **how)
    own = ours(embedding, train, arguments.negatives, arguments.batch_size)
    other = theirs(model, factory, arguments.negatives, arguments.batch_size)
    epochs = [(seconds(own), seconds(other)) for _ in range(REPEAT)]
    mine, other_epoch = (min(times) for times in zip(*epochs, strict=True))
    print(f"{method:9} epoch of {len(train):,} triples: ours {mine:6.1f} s, PyKEEN {other_epoch:6.1f} s: "
          f"{mine / other_epoch:.2f} of its time")  # fmt: skip
    evaluator = RankBasedEvaluator()
    filters = [rows(train), rows(rest)]
    ranking = {"mapped_triples": rows(test), "additional_filter_triples": filters, "use_tqdm": False}
    their_rank = seconds(lambda: evaluator.evaluate(model, batch_size=arguments.batch_size, **ranking))
    our_rank = min(seconds(lambda: rank_all(ByEmbedding(embedding), test, every)) for _ in range(REPEAT))
    print(f"{method:9} ranks of {len(test):,} triples: ours {our_rank:6.2f} s, PyKEEN {their_rank:6.1f} s: "
          f"{their_rank / our_rank:.1f} times as fast")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kg", required=True)
    parser.add_argument("--methods", nargs="+", choices=list(THEIRS), default=["transe"])
    parser.add_argument("--width", type=int, default=100, help="numbers, complex ones for complex and rotate")
    parser.add_argument("--negatives", type=int, default=32)
    parser.add_argument("--batch-size", type=int, default=1_024)
    parser.add_argument("--test", type=int, default=1_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        import_graph(Path(folder) / "kg", [Source(arguments.kg, guess_format(arguments.kg))])
        kg = KnowledgeGraph.open(Path(folder) / "kg")
        print(f"{len(kg):,} entities, width {arguments.width}, {arguments.negatives} negatives, "
              f"batches of {arguments.batch_size}, {torch.get_num_threads()} threads")  # fmt: skip
        for method in arguments.methods:
            compare(method, kg, arguments)


if __name__ == "__main__":
    main()
