"""Behaviour graphs for PyTorch Geometric, against the networkx graph."""

import json
from functools import cache
from random import Random

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from graphs.behaviour_build import build_behaviour
from graphs.behaviour_recipe import BehaviourRecipe
from graphs.errors import StoreError
from graphs.rooms import Part
from kbert.behaviour.pyg import EVENT, FRIEND, TENSORS, read, to_hetero, write
from kbert.checkpoint import read_tensors, write_tensors


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Make a graph by a seed: with or without times, values, friends, attributes and labels, some of them not known."""

    @cache
    def make(seed):
        random, folder = Random(seed), tmp_path_factory.mktemp("drawn")
        users, items = [f"u{i}" for i in range(random.randint(1, 6))], [f"i{i}" for i in range(random.randint(1, 5))]
        columns = ["user", "item", *random.sample(["time", "value"], random.randint(0, 2))]
        told = {
            "user": lambda: random.choice(users),
            "item": lambda: random.choice(items),
            "time": lambda: random.randint(0, 2_000_000_000),
            "value": lambda: random.choice(["", "3.5", "1"]),
        }
        tables = [[columns, *([told[name]() for name in columns] for _ in range(random.randint(1, 15)))]]
        if random.random() < 0.7:
            sides, ages = ["", "east", "west", "north"], ["", "7", "31.5"]
            rows = [[user, *map(random.choice, (sides, ages, sides))] for user in users]
            tables.append([["user", "side", "age", "batch index"], *rows])
        if random.random() < 0.7:
            tables.append([["user", "friend"], *([random.choice(users), random.choice(users)] for _ in range(4))])
        if random.random() < 0.7:
            tables.append([["item", "label"], *([item, f"The {item}"] for item in items[::2])])
        sources = []
        for number, table in enumerate(tables):
            path = folder / f"{number}.tsv"
            path.write_text("".join("\t".join(map(str, row)) + "\n" for row in table), encoding="utf-8")
            sources.append((str(path), Part("tsv")))
        return build_behaviour(folder / "graph", sources, BehaviourRecipe())

    return make


def attributes(data, user):
    """What is known of a user, as the tensors have it."""
    numbers = zip(data.number_names, data["user"].numbers[user].tolist(), strict=True)
    places = zip(data.category_names.items(), data["user"].categories[user].tolist(), strict=True)
    known = {name: number for name, number in numbers if not np.isnan(number)}
    return known | {name: categories[place] for (name, categories), place in places if place >= 0}


def edges(data, kind):
    ends = (data[f"{kind[0]}_names"], data[f"{kind[-1]}_names"])
    return [tuple(names[i] for names, i in zip(ends, pair, strict=True)) for pair in data[kind].edge_index.T.tolist()]


@pytest.mark.parametrize("seed", range(20))
def test_nodes_edges_and_attributes_are_networkxs(drawn, seed):
    graph = drawn(seed)
    data, network = to_hetero(graph), graph.to_networkx()
    assert data.validate(raise_on_error=True)
    nodes = dict(network.nodes(data=True))
    assert [f"user:{name}" for name in data.user_names] + [f"item:{name}" for name in data.item_names] == [*nodes]
    assert data.item_labels == [said["label"] for said in nodes.values() if said["kind"] == "item"]
    for user, name in enumerate(data.user_names):
        assert attributes(data, user) == pytest.approx(nodes[f"user:{name}"]["attributes"])
    known = zip(edges(data, EVENT), data[EVENT].time.tolist(), data[EVENT].value.tolist(), strict=True)
    events = [
        (f"user:{user}", f"item:{item}", {k: x for k, x in (("time", time), ("value", value)) if not np.isnan(x)})
        for (user, item), time, value in known
    ]
    said = [(a, b, {k: x for k, x in e.items() if k != "kind"}) for a, b, e in network.edges(data=True)]
    kinds = [kind for *_, kind in network.edges(data="kind")]
    assert in_order(events) == in_order(edge for edge, kind in zip(said, kinds, strict=True) if kind == "event")
    friends = [(f"user:{a}", f"user:{b}") for a, b in edges(data, FRIEND)]
    assert sorted(friends) == sorted(edge[:2] for edge, kind in zip(said, kinds, strict=True) if kind == "friend")
    assert {(b, a) for a, b in friends} == {*friends}


def in_order(edges):
    return sorted(edges, key=lambda edge: (*edge[:2], sorted(edge[2].items())))


@pytest.mark.parametrize("seed", range(20))
def test_events_stand_in_the_graphs_order(drawn, seed):
    graph = drawn(seed)
    users, items = to_hetero(graph)[EVENT].edge_index.tolist()
    assert items == graph.item.tolist()
    assert users == sorted(users)
    assert np.array_equal(to_hetero(graph)[EVENT].time.numpy(), graph.time, equal_nan=True)


def assert_same(one, other):
    assert one.to_dict().keys() == other.to_dict().keys()
    assert [*one.category_names] == [*other.category_names]
    for store, again in zip(one.stores, other.stores, strict=True):
        assert [*store.keys()] == [*again.keys()]
        for name, value in store.items():
            if isinstance(value, torch.Tensor):
                assert value.dtype == again[name].dtype
                assert torch.equal(value.nan_to_num(-7.0), again[name].nan_to_num(-7.0))
                assert torch.equal(value.isnan(), again[name].isnan())
            else:
                assert value == again[name]


@pytest.mark.parametrize("seed", range(20))
def test_written_and_read(drawn, tmp_path_factory, seed):
    graph, folder = drawn(seed), tmp_path_factory.mktemp("pyg")
    write(graph, folder)
    assert sorted(path.name for path in folder.iterdir()) == [TENSORS, "manifest.json"]
    assert_same(read(folder), to_hetero(graph))


@pytest.mark.parametrize("seed", range(20))
def test_to_homogeneous_shifts_items_behind_users(drawn, seed):
    data = to_hetero(drawn(seed))
    users, events = data["user"].num_nodes, data[EVENT].num_edges
    whole = data.to_homogeneous()
    assert whole.num_nodes == users + data["item"].num_nodes
    assert whole.id.tolist() == [*range(users), *range(data["item"].num_nodes)]
    assert whole.node_type.tolist() == [0] * users + [1] * data["item"].num_nodes
    assert torch.equal(whole.edge_index[0, :events], data[EVENT].edge_index[0])
    assert torch.equal(whole.edge_index[1, :events], data[EVENT].edge_index[1] + users)
    assert torch.equal(whole.edge_index[:, events:], data[FRIEND].edge_index)
    assert torch.equal(whole.time[:events].nan_to_num(), data[EVENT].time.nan_to_num())


def test_batches_and_samples_keep_what_is_known(behaviour):
    """Whatever attributes are called; and samples of neighbours take names along."""
    data = to_hetero(behaviour(friends=[(0, 1), (2, 3)]))
    batch = Batch.from_data_list([data, data])
    for name in ("numbers", "categories"):
        one = data["user"][name].nan_to_num(-7)
        assert torch.equal(batch["user"][name].nan_to_num(-7), torch.cat((one, one)))
    picked = data.subgraph({"user": torch.tensor([3, 1])})
    assert picked["user"].numbers.nan_to_num(0).tolist() == [[23.0], [0.0]]
    assert picked["user"].categories.tolist() == [[0], [0]]
    assert [picked.user_names[i] for i in picked["user"].id.tolist()] == ["u3", "u1"]


def change(folder, name, how):
    tensors = read_tensors(folder / TENSORS)
    tensors[name] = how(tensors[name])
    write_tensors(folder / TENSORS, tensors)


DAMAGES = [
    ("events", lambda t: t + 7, r"events from 0 to 5, found 7 to 12"),
    ("friends", lambda t: t - 1, r"friends from 0 to 5, found -1 to 2"),
    ("categories", lambda t: t + 1, r"side from -1 to 1, found 1 to 2"),
    ("time", lambda t: t[1:], r"events of shape \[2, 47\] \(torch.int64\), found \[2, 48\]"),
    ("numbers", lambda t: t.double(), r"numbers of shape \[6, 1\] \(torch.float32\), found \[6, 1\] \(torch.float64\)"),
]


@pytest.mark.parametrize(("name", "how", "message"), DAMAGES, ids=[name for name, *_ in DAMAGES])
def test_tensors_that_do_not_fit(behaviour, tmp_path, name, how, message):
    write(behaviour(friends=[(0, 1), (2, 3)]), tmp_path)
    change(tmp_path, name, how)
    with pytest.raises(StoreError, match=message):
        read(tmp_path)


def test_a_tensor_or_a_label_too_few(behaviour, tmp_path):
    write(behaviour(), tmp_path)
    tensors = read_tensors(tmp_path / TENSORS)
    del tensors["value"]
    write_tensors(tmp_path / TENSORS, tensors)
    with pytest.raises(StoreError, match=r"expected the 6 tensors, found 1 missing \(first \['value'\]\)"):
        read(tmp_path)
    write(behaviour(), tmp_path)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "labels": manifest["labels"][1:]}), encoding="utf-8")
    with pytest.raises(StoreError, match=r"manifest.json: expected 7 labels, found 6"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["manifest.json", TENSORS])
def test_missing_and_damaged(behaviour, tmp_path, name):
    write(behaviour(), tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match=name):
        read(tmp_path)
    path.unlink()
    with pytest.raises(StoreError, match=name):
        read(tmp_path)
