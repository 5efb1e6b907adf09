"""A training step, per text: ours against padding all to 256 with a materialised matrix in float32.

Run with ``--train $DATA/zh/medical_ner/train.tsv --facts $DATA/zh/Medical.spo --encoder FOLDER``.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from matrix_rate import product_rate
from torch import Tensor

from graphs.corpus import Corpus
from graphs.importing import Source, import_graph
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from kbert import backbone
from kbert.batches import training_batches
from kbert.layers.visibility import visible
from kbert.layout import Encoded
from kbert.precision import best_precision
from kbert.tasks import tag
from kbert.text_model import Examples, TextModel

WIDTH, BATCH, STEPS = 256, 32, 12


def step(model: TextModel, optimizer: torch.optim.Optimizer, scores: Tensor, target: Tensor, encoded: Encoded) -> None:
    """Everything of a training step behind the scores."""
    total, count = model.head.loss(scores, target, encoded)
    (total / count).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def ours(model: TextModel, data: Examples, precision: torch.dtype) -> tuple[float, float]:
    """Seconds a text and real pieces a second, as ``kbert train`` goes through them."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
    lengths = data.layout.lengths
    batches = training_batches(lengths, batch_size=BATCH, max_padded=16_384, seed=0, epoch=0)[: STEPS + 2]
    model.train()
    texts = pieces = seconds = 0.0
    for number, which in enumerate(batches):
        start = time.perf_counter()
        batch, target = model.model.collate(data.layout, which), data.targets.collate(which)
        with torch.autocast("cpu", dtype=precision, enabled=precision != torch.float32):
            scores, encoded = model(batch)
        step(model, optimizer, scores, target, encoded)
        if number >= 2:  # the first two warm up
            seconds += time.perf_counter() - start
            texts += len(which)
            pieces += lengths[which].sum()
    return seconds / texts, pieces / seconds


def yardstick(model: TextModel, data: Examples) -> float:
    """Seconds a text the reference's way: all padded to 256, one L×L matrix of floats each, float32."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)
    order = np.random.default_rng(0).permutation(len(data))
    layout, encoder = data.layout, model.model.backbone
    model.train()
    texts = seconds = 0.0
    for number in range(STEPS // 3 + 1):
        which = order[number * BATCH : (number + 1) * BATCH]
        start = time.perf_counter()

        def padded(name: str, value: int, which: np.ndarray = which) -> Tensor:
            short = layout.padded(which, name, value)[:, :WIDTH]
            return torch.nn.functional.pad(short, (0, WIDTH - short.shape[1]), value=value)

        seen = visible(padded("branch", -1), padded("mention", 0)).float()
        hidden = encoder(
            padded("piece_ids", 0), padded("positions", 0), padded("segments", 0), ((1 - seen) * -1e4)[:, None]
        )
        target = data.targets.collate(which)
        word = padded("word", -1)
        encoded = Encoded(hidden, word, (word >= 0).long(), layout.words[which].tolist())
        words = torch.zeros(len(which), target.shape[1], hidden.shape[2])
        text, place = torch.nonzero(word >= 0, as_tuple=True)
        words[text, word[text, place]] = hidden[text, place]
        step(model, optimizer, model.head.score(model.head.dropout(words)), target, encoded)
        if number:
            seconds += time.perf_counter() - start
            texts += len(which)
    return seconds / texts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True)
    parser.add_argument("--facts", required=True)
    parser.add_argument("--encoder", required=True)
    arguments = parser.parse_args()
    backbone.quiet()
    precision = best_precision("auto", torch.device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        import_graph(Path(folder) / "kg", [Source(arguments.facts, "spo")])
        recipe = Recipe.of(Part("characters"), (Part("dictionary"),), str(Path(folder) / "kg"))
        build_corpus(Texts((arguments.train,)), recipe, Path(folder) / "graphs")
        corpus = Corpus.open(Path(folder) / "graphs")
        labels = tag.labels(corpus.batches())
        found = {}
        for name, kind, options in (
            ("K-BERT with facts", "kbert", {"branch_text": "tail"}),
            ("K-BERT without", "kbert", {"max_facts": 0}),
            ("BERT", "bert", {}),
        ):
            torch.manual_seed(0)
            model = TextModel(
                model=kind, task="tag", labels=labels, model_options=options, backbone=backbone.load(arguments.encoder)
            )
            data = model.examples(corpus.batches())
            found[name] = ours(model, data, precision)
            if name == "K-BERT with facts":
                plain = yardstick(model, data)
        encoder = model.model.backbone.encoder
        weights = sum(p.numel() for name, p in encoder.named_parameters() if "embeddings" not in name)
        rate = product_rate(precision)
        print(f"threads {torch.get_num_threads()}, {precision}, matrix product {rate / 1e9:,.0f} GFLOP/s")
        print(f"{'yardstick (256, float32)':26} {plain * 1e3:8.2f} ms a text")
        for name, (seconds, pieces) in found.items():
            share = 6 * weights * pieces / rate
            speed = f"{plain / seconds:5.1f} ×  {pieces:8,.0f} pieces/s  {share:.0%} of the rate"
            print(f"{name:26} {seconds * 1e3:8.2f} ms a text  {speed}")


if __name__ == "__main__":
    main()
