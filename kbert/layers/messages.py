"""Messages along labelled edges: graph networks over the words of texts.

Zhou et al. 2021, *Dependency Parsing based Semantic Representation Learning with Graph Neural Network for
Enhancing Expressiveness of Text-to-Speech* (https://arxiv.org/abs/2104.06835), run a gated graph network over a
dependency tree, once along its arcs and once against them; the gated network is that of Li et al. 2016,
*Gated Graph Sequence Neural Networks* (https://arxiv.org/abs/1511.05493, equations 2 to 6). The nodes of all texts of a
batch stand end to end, so that no padding is worked out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import embedding

from graphs.errors import OptionsError
from graphs.options import check_choice, check_range

Nodes = Float[Tensor, "nodes width"]
LayerName = Literal["ggnn", "gcn", "gatv2", "transformer"]
RelationWeights = Literal["shared", "label"]

WITH_ATTENTION = ("gatv2", "transformer")
"""Layers that have heads of attention."""


UNKNOWN = 0
"""The kind of edges whose label training did not have, or of all edges where labels are not told apart.

The others count from 1. What is learnt of them is taken for it in the mean: nothing else could be learnt of it.
"""


@dataclass
class Edges:
    """Edges among nodes: from which node, to which, and of what kind."""

    source: Int[Tensor, " edges"]
    target: Int[Tensor, " edges"]
    kind: Int[Tensor, " edges"]

    @property
    def turned(self) -> "Edges":
        """The same edges the other way round."""
        return Edges(self.target, self.source, self.kind)

    def touched(self, nodes: int) -> Bool[Tensor, " nodes"]:
        """Which of so many nodes have an edge."""
        found = torch.zeros(nodes, dtype=torch.bool, device=self.source.device)
        found[self.source] = True
        found[self.target] = True
        return found


def _of_kinds(table: Float[Tensor, "labels width"]) -> Float[Tensor, "relations width"]:
    """What is learnt of each kind, that of ``UNKNOWN`` before it."""
    return torch.cat((table.mean(0, keepdim=True), table))


class GatedMessages(nn.Module):
    """A gated graph network: each node takes a message from every edge that ends at it, and a GRU takes that in.

    With the weights ``label`` a message is W_r h, as in the paper; with ``shared`` it is W h + b_r, one matrix for
    all kinds and a bias for each, which costs half. The same weights serve in every step.
    """

    def __init__(self, width: int, labels: int, *, steps: int, weights: RelationWeights) -> None:
        super().__init__()
        self.steps, self.weights = steps, weights
        self.weight = nn.Parameter(torch.empty(max(labels, 1) if weights == "label" else 1, width, width))
        for matrix in self.weight.unbind(0):
            nn.init.xavier_uniform_(matrix)
        self.bias = nn.Parameter(torch.zeros(max(labels, 1), width)) if weights == "shared" else None
        self.gate = nn.GRUCell(width, width)

    def forward(self, nodes: Nodes, edges: Edges) -> Nodes:
        """The nodes after all steps."""
        messages = self._by_label(edges) if self.bias is None else self._shared(nodes, edges, self.bias)
        for _ in range(self.steps):
            nodes = self.gate(messages(nodes).to(nodes.dtype), nodes)
        return nodes

    def _shared(self, nodes: Nodes, edges: Edges, bias: Float[Tensor, "labels width"]) -> Callable[[Nodes], Nodes]:
        """Sums first, then the product: there are fewer nodes than edges that end at them."""
        biases = _summed(embedding(edges.kind, _of_kinds(bias)), edges.target, len(nodes))

        def messages(nodes: Nodes) -> Nodes:
            return _summed(embedding(edges.source, nodes), edges.target, len(nodes)) @ self.weight[0] + biases

        return messages

    def _by_label(self, edges: Edges) -> Callable[[Nodes], Nodes]:
        """The edges of each kind through its own matrix."""
        order = edges.kind.argsort(stable=True)
        counts = torch.bincount(edges.kind, minlength=1 + len(self.weight)).tolist()
        source, target = edges.source[order], edges.target[order]
        # Apart by unbind: indexing one matrix at a time makes the way back thirty times as slow.
        matrices = [self.weight.mean(0) if counts[UNKNOWN] else None, *self.weight.unbind(0)]

        def messages(nodes: Nodes) -> Nodes:
            parts = zip(torch.split(embedding(source, nodes), counts), matrices, strict=True)
            sent = [part @ matrix for part, matrix in parts if matrix is not None and len(part)]
            if not sent:  # a product all the same, so that every weight has a slope
                return nodes @ (0 * self.weight[0])
            return _summed(torch.cat(sent), target, len(nodes))

        return messages


def _summed(sent: Float[Tensor, "edges width"], target: Int[Tensor, " edges"], nodes: int) -> Nodes:
    """What arrives at each node."""
    return sent.new_zeros(nodes, sent.shape[1]).index_add(0, target, sent)


class Convolutions(nn.Module):
    """A graph layer of PyTorch Geometric, the same in every step; labels are features of edges where it reads any."""

    def __init__(self, width: int, labels: int, *, steps: int, layer: LayerName, heads: int) -> None:
        super().__init__()
        from torch_geometric.nn import GATv2Conv, GCNConv, TransformerConv

        self.steps = steps
        if layer == "gcn":
            self.labels, self.layer = None, GCNConv(width, width)
        else:
            made = GATv2Conv if layer == "gatv2" else TransformerConv
            self.labels = nn.Parameter(torch.randn(max(labels, 1), width))
            self.layer = made(width, width // heads, heads=heads, edge_dim=width)

    def forward(self, nodes: Nodes, edges: Edges) -> Nodes:
        """The nodes after all steps."""
        ends = torch.stack((edges.source, edges.target))
        features = () if self.labels is None else (embedding(edges.kind, _of_kinds(self.labels)),)
        for _ in range(self.steps):
            nodes = torch.tanh(self.layer(nodes, ends, *features))
        return nodes


class BothWays(nn.Module):
    """What is added to each node: messages along the edges and against them, each with weights of its own.

    Args:
        width: numbers of a node
        labels: how many labels of edges are told apart, beside :data:`UNKNOWN`
        layer: ``ggnn``, or a layer of PyTorch Geometric
        steps: how often messages are sent
        relation_weights: of ``ggnn``: one matrix for all labels, or one a label
        attention_heads: of ``gatv2`` and ``transformer``
        forward: whether messages go along the edges
        reverse: whether they go against them
        highway: whether a gate says how much of a node is kept, in place of a sum

    Raises :class:`OptionsError` for values that there are not.
    """

    def __init__(
        self,
        width: int,
        labels: int,
        *,
        layer: LayerName = "ggnn",
        steps: int = 2,
        relation_weights: RelationWeights = "shared",
        attention_heads: int = 8,
        forward: bool = True,
        reverse: bool = True,
        highway: bool = False,
    ) -> None:
        super().__init__()
        check_choice("layer", layer, get_args(LayerName))
        check_choice("relation_weights", relation_weights, get_args(RelationWeights))
        check_range("steps", steps, 1)
        if layer in WITH_ATTENTION:
            check_range("attention_heads", attention_heads, 1)
            if width % attention_heads:
                raise OptionsError(f"attention_heads: expected a divisor of the width {width}, found {attention_heads}")
        if not forward and not reverse:
            raise OptionsError("forward and reverse: expected messages one way at least, found none")

        def made() -> nn.Module:
            if layer == "ggnn":
                return GatedMessages(width, labels, steps=steps, weights=relation_weights)
            return Convolutions(width, labels, steps=steps, layer=layer, heads=attention_heads)

        self.along = made() if forward else None
        self.against = made() if reverse else None
        self.keep = nn.Linear(width, width) if highway else None

    def forward(self, nodes: Nodes, edges: Edges) -> Nodes:
        """What is added to each node: exactly 0 to one without an edge."""
        ways = [(self.along, edges), (self.against, edges.turned)]
        reached = torch.stack([way(nodes, some) for way, some in ways if way is not None]).sum(0)
        if self.keep is not None:  # share · node + (1 - share) · reached, less the node
            reached = (1 - torch.sigmoid(self.keep(nodes))) * (reached - nodes)
        return torch.where(edges.touched(len(nodes))[:, None], reached, 0)
