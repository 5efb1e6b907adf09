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


class GatedMessages(nn.Module):
    """A gated graph network: each node takes a message from every edge that ends at it, and a GRU takes that in.

    With the weights ``label`` a message is W_r h, as in the paper; with ``shared`` it is W h + b_r, one matrix for
    all kinds and a bias for each, which costs half. The same weights serve in every step.
    """

    def __init__(self, width: int, kinds: int, *, steps: int, weights: RelationWeights) -> None:
        super().__init__()
        self.steps, self.weights = steps, weights
        matrices = kinds if weights == "label" else 1
        self.weight = nn.Parameter(torch.empty(matrices, width, width))
        for matrix in self.weight.unbind(0):
            nn.init.xavier_uniform_(matrix)
        self.bias = nn.Parameter(torch.zeros(kinds, width)) if weights == "shared" else None
        self.gate = nn.GRUCell(width, width)

    def forward(self, nodes: Nodes, edges: Edges) -> Nodes:
        """The nodes after all steps."""
        messages = self._by_label(edges) if self.bias is None else self._shared(nodes, edges, self.bias)
        for _ in range(self.steps):
            nodes = self.gate(messages(nodes).to(nodes.dtype), nodes)
        return nodes

    def _shared(self, nodes: Nodes, edges: Edges, bias: Float[Tensor, "relations width"]) -> Callable[[Nodes], Nodes]:
        """Sums first, then the product: there are fewer nodes than edges that end at them."""
        biases = _summed(embedding(edges.kind, bias), edges.target, len(nodes))

        def messages(nodes: Nodes) -> Nodes:
            return _summed(embedding(edges.source, nodes), edges.target, len(nodes)) @ self.weight[0] + biases

        return messages

    def _by_label(self, edges: Edges) -> Callable[[Nodes], Nodes]:
        """The edges of each kind through its own matrix."""
        order = edges.kind.argsort(stable=True)
        counts = torch.bincount(edges.kind, minlength=len(self.weight)).tolist()
        source, target = edges.source[order], edges.target[order]
        # Apart by unbind: indexing one matrix at a time makes the way back thirty times as slow.
        matrices = self.weight.unbind(0)

        def messages(nodes: Nodes) -> Nodes:
            parts = embedding(source, nodes).split(counts)
            sent = [part @ matrix for part, matrix in zip(parts, matrices, strict=True) if len(part)]
            return _summed(torch.cat(sent), target, len(nodes)) if sent else torch.zeros_like(nodes)

        return messages


def _summed(sent: Float[Tensor, "edges width"], target: Int[Tensor, " edges"], nodes: int) -> Nodes:
    """What arrives at each node."""
    return sent.new_zeros(nodes, sent.shape[1]).index_add(0, target, sent)


class Convolutions(nn.Module):
    """A graph layer of PyTorch Geometric, the same in every step; labels are features of edges where it reads any."""

    def __init__(self, width: int, kinds: int, *, steps: int, layer: LayerName, heads: int) -> None:
        super().__init__()
        from torch_geometric.nn import GATv2Conv, GCNConv, TransformerConv

        self.steps = steps
        if layer == "gcn":
            self.labels, self.layer = None, GCNConv(width, width)
        else:
            made = GATv2Conv if layer == "gatv2" else TransformerConv
            self.labels = nn.Embedding(kinds, width)
            self.layer = made(width, width // heads, heads=heads, edge_dim=width)

    def forward(self, nodes: Nodes, edges: Edges) -> Nodes:
        """The nodes after all steps."""
        ends = torch.stack((edges.source, edges.target))
        features = () if self.labels is None else (self.labels(edges.kind),)
        for _ in range(self.steps):
            nodes = torch.tanh(self.layer(nodes, ends, *features))
        return nodes


class BothWays(nn.Module):
    """What is added to each node: messages along the edges and against them, each with weights of its own.

    Args:
        width: numbers of a node
        kinds: how many labels edges have
        layer: ``ggnn``, or a layer of PyTorch Geometric
        steps: how often messages are sent
        relation_weights: of ``ggnn``: one matrix for all labels, or one a label
        heads: of ``gatv2`` and ``transformer``
        forward: whether messages go along the edges
        reverse: whether they go against them
        highway: whether a gate says how much of a node is kept, in place of a sum

    Raises :class:`OptionsError` for values that there are not.
    """

    def __init__(
        self,
        width: int,
        kinds: int,
        *,
        layer: LayerName = "ggnn",
        steps: int = 2,
        relation_weights: RelationWeights = "shared",
        heads: int = 8,
        forward: bool = True,
        reverse: bool = True,
        highway: bool = False,
    ) -> None:
        super().__init__()
        check_choice("layer", layer, get_args(LayerName))
        check_choice("relation_weights", relation_weights, get_args(RelationWeights))
        check_range("steps", steps, 1)
        check_range("heads", heads, 1)
        if layer in ("gatv2", "transformer") and width % heads:
            raise OptionsError(f"heads: expected a divisor of the width {width}, found {heads}")

        def made() -> nn.Module:
            if layer == "ggnn":
                return GatedMessages(width, kinds, steps=steps, weights=relation_weights)
            return Convolutions(width, kinds, steps=steps, layer=layer, heads=heads)

        self.along = made() if forward else None
        self.against = made() if reverse else None
        self.keep = nn.Linear(width, width) if highway else None

    def forward(self, nodes: Nodes, edges: Edges) -> Nodes:
        """The nodes with what has reached them. A node without an edge stays what it is, to the bit."""
        ways = [(self.along, edges), (self.against, edges.turned)]
        found = [way(nodes, some) for way, some in ways if way is not None]
        if not found or not len(edges.kind):
            return nodes
        reached = torch.stack(found).sum(0)
        if self.keep is None:
            mixed = nodes + reached
        else:
            share = torch.sigmoid(self.keep(nodes))
            mixed = share * nodes + (1 - share) * reached
        return torch.where(edges.touched(len(nodes))[:, None], mixed, nodes)
