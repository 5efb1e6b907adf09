"""Messages along labelled edges, beside PyTorch Geometric and brute force over nodes and edges."""

import pytest
import torch
from torch_geometric.nn import GATv2Conv, GCNConv, RGCNConv, TransformerConv

from graphs.errors import OptionsError
from kbert.layers.messages import BothWays, Convolutions, Edges, GatedMessages

WIDTH, LABELS, NODES = 8, 5, 7


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.fixture
def edges():
    """A tree over seven words with four of the five labels, one edge of which stands twice."""
    source = torch.tensor([2, 2, 0, 4, 4, 2, 2])
    target = torch.tensor([0, 4, 1, 3, 5, 6, 6])
    return Edges(source, target, torch.tensor([1, 2, 1, 4, 2, 5, 5]))


@pytest.fixture
def nodes():
    return torch.randn(NODES, WIDTH)


@pytest.mark.parametrize("steps", [1, 3])
def test_a_matrix_for_each_label_is_a_relational_convolution_and_a_gru(nodes, edges, steps):
    made = GatedMessages(WIDTH, LABELS, steps=steps, weights="label")
    theirs = RGCNConv(WIDTH, WIDTH, LABELS, aggr="add", root_weight=False, bias=False)
    with torch.no_grad():
        theirs.weight.copy_(made.weight)
    expected = nodes
    for _ in range(steps):
        sent = theirs(expected, torch.stack((edges.source, edges.target)), edges.kind - 1)
        expected = made.gate(sent, expected)
    torch.testing.assert_close(made(nodes, edges), expected)


def test_the_slopes_are_those_of_the_relational_convolution(nodes, edges):
    made = GatedMessages(WIDTH, LABELS, steps=2, weights="label")
    theirs = RGCNConv(WIDTH, WIDTH, LABELS, aggr="add", root_weight=False, bias=False)
    theirs.weight = torch.nn.Parameter(made.weight.detach().clone())
    made(nodes, edges).pow(2).sum().backward()
    own = [made.weight.grad, made.gate.weight_ih.grad.clone(), made.gate.weight_hh.grad.clone()]
    made.gate.zero_grad()
    expected = nodes
    for _ in range(2):
        expected = made.gate(theirs(expected, torch.stack((edges.source, edges.target)), edges.kind - 1), expected)
    expected.pow(2).sum().backward()
    for slope, other in zip(own, (theirs.weight.grad, made.gate.weight_ih.grad, made.gate.weight_hh.grad), strict=True):
        torch.testing.assert_close(slope, other)


def test_one_matrix_and_a_bias_for_each_label_by_brute_force(nodes, edges):
    made = GatedMessages(WIDTH, LABELS, steps=2, weights="shared")
    with torch.no_grad():
        made.bias.normal_()
    expected = nodes
    for _ in range(2):
        sent = [torch.zeros(WIDTH) for _ in range(NODES)]
        for source, target, kind in zip(edges.source, edges.target, edges.kind, strict=True):
            sent[target] = sent[target] + expected[source] @ made.weight[0] + made.bias[kind - 1]
        expected = made.gate(torch.stack(sent), expected)
    torch.testing.assert_close(made(nodes, edges), expected)


@pytest.mark.parametrize(
    ("layer", "theirs"), [("gcn", GCNConv), ("gatv2", GATv2Conv), ("transformer", TransformerConv)]
)
def test_layers_of_pytorch_geometric(nodes, edges, layer, theirs):
    made = Convolutions(WIDTH, LABELS, steps=2, layer=layer, heads=2)
    assert isinstance(made.layer, theirs)
    ends, expected = torch.stack((edges.source, edges.target)), nodes
    for _ in range(2):
        features = {} if layer == "gcn" else {"edge_attr": made.labels[edges.kind - 1]}
        expected = torch.tanh(made.layer(expected, ends, **features))
    torch.testing.assert_close(made(nodes, edges), expected)


EVERY = [{"layer": "ggnn"}, {"layer": "ggnn", "relation_weights": "label"}, {"layer": "ggnn", "highway": True}]
EVERY += [{"layer": layer, "attention_heads": 2} for layer in ("gcn", "gatv2", "transformer")]


@pytest.mark.parametrize("options", EVERY)
class TestEveryLayer:
    def test_without_edges_nodes_stay_as_they_are(self, nodes, options):
        none = Edges(*(torch.zeros(0, dtype=torch.long) for _ in range(3)))
        assert torch.equal(BothWays(WIDTH, LABELS, **options)(nodes, none), torch.zeros_like(nodes))

    def test_a_node_without_an_edge_stays_as_it_is(self, nodes, edges, options):
        some = Edges(edges.source[:3], edges.target[:3], edges.kind[:3])
        found = BothWays(WIDTH, LABELS, **options)(nodes, some)
        assert (found[[3, 5, 6]] == 0).all()
        assert (found[[0, 1, 2, 4]] != 0).any(1).all()

    def test_the_order_of_edges_changes_nothing(self, nodes, edges, options):
        made, order = BothWays(WIDTH, LABELS, **options), torch.randperm(len(edges.kind))
        shuffled = Edges(edges.source[order], edges.target[order], edges.kind[order])
        torch.testing.assert_close(made(nodes, shuffled), made(nodes, edges))

    def test_turning_all_edges_swaps_the_two_ways(self, nodes, edges, options):
        made, other = BothWays(WIDTH, LABELS, **options), BothWays(WIDTH, LABELS, **options)
        other.load_state_dict(made.state_dict())
        other.along, other.against = other.against, other.along
        torch.testing.assert_close(other(nodes, edges.turned), made(nodes, edges))

    def test_graphs_side_by_side_know_nothing_of_each_other(self, nodes, edges, options):
        made, others = BothWays(WIDTH, LABELS, **options), torch.randn(3, WIDTH)
        theirs = Edges(torch.tensor([0, 1]), torch.tensor([1, 2]), torch.tensor([3, 0]))
        joined = Edges(
            torch.cat((edges.source, theirs.source + NODES)),
            torch.cat((edges.target, theirs.target + NODES)),
            torch.cat((edges.kind, theirs.kind)),
        )
        expected = torch.cat((made(nodes, edges), made(others, theirs)))
        torch.testing.assert_close(made(torch.cat((nodes, others)), joined), expected)

    def test_one_way_alone(self, nodes, edges, options):
        """What the two ways add is the sum of what each adds by itself."""
        made = BothWays(WIDTH, LABELS, **{**options, "highway": False})
        both, against = made(nodes, edges), made.against
        made.against = None
        one = made(nodes, edges)
        made.along, made.against = None, against
        torch.testing.assert_close(one + made(nodes, edges), both)

    def test_in_bf16_as_in_float32_to_rounding(self, nodes, edges, options):
        made = BothWays(WIDTH, LABELS, **options)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = made(nodes, edges)
        torch.testing.assert_close(found.float(), made(nodes, edges), rtol=0.05, atol=0.05)

    def test_every_weight_learns(self, nodes, edges, options):
        made = BothWays(WIDTH, LABELS, **options)
        made(nodes, edges).pow(2).sum().backward()
        assert [name for name, weight in made.named_parameters() if weight.grad is None] == []


@pytest.mark.parametrize("options", [{"weights": "label"}, {"weights": "shared"}])
def test_an_unknown_label_is_the_mean_of_those_that_are_known(nodes, options):
    """As nothing else could be learnt of it; and so is the one kind there is where labels are not told apart."""
    made = GatedMessages(WIDTH, LABELS, steps=1, **options)
    if made.bias is not None:
        torch.nn.init.normal_(made.bias)
    one = Edges(torch.tensor([0]), torch.tensor([1]), torch.tensor([0]))
    message = nodes[0] @ made.weight.mean(0) + (0 if made.bias is None else made.bias.mean(0))
    expected = made.gate(message[None], nodes[1:2])
    torch.testing.assert_close(made(nodes, one)[1:2], expected)
    bare = GatedMessages(WIDTH, 0, steps=1, **options)
    bare(nodes, one).sum().backward()
    assert all(weight.grad is not None for weight in bare.parameters())


def test_the_highway_gate_by_hand(nodes, edges):
    made = BothWays(WIDTH, LABELS, highway=True)
    reached = made.along(nodes, edges) + made.against(nodes, edges.turned)
    share = torch.sigmoid(nodes @ made.keep.weight.T + made.keep.bias)
    torch.testing.assert_close(nodes + made(nodes, edges), share * nodes + (1 - share) * reached)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": "gat"}, "layer: expected ggnn, gcn, gatv2 or transformer, found 'gat'"),
        ({"relation_weights": "each"}, "relation_weights: expected shared or label, found 'each'"),
        ({"steps": 0}, "steps: expected at least 1, found 0"),
        ({"layer": "gatv2", "attention_heads": 0}, "attention_heads: expected at least 1, found 0"),
        ({"layer": "gatv2", "attention_heads": 3}, "attention_heads: expected a divisor of the width 8, found 3"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_there_is_not(options, message):
    with pytest.raises(OptionsError, match=message):
        BothWays(WIDTH, LABELS, **options)
