"""Text graphs for PyTorch Geometric, against the networkx graph they come from."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Batch, Data

from graphs.corpus import Corpus, to_rows, write_part
from graphs.errors import StoreError
from graphs.types import Arc, TextGraph
from kbert.pyg import EDGES, NODES, read, to_data, write

Graph = Callable[..., TextGraph]


@pytest.fixture
def graphs(graph_of: Graph) -> list[TextGraph]:
    known = graph_of(
        "tim cook is visiting beijing",
        mentions=[(0, 1, "Tim"), (4, 4, "Beijing"), (3, 3, None)],
        facts={"Tim": [("lead", "Apple"), ("in", "Beijing")], "Beijing": [("in", "China")]},
        label="good",
    )
    parsed = TextGraph(**{**vars(known), "id": "2", "arcs": (Arc(-1, 3, "root"), Arc(3, 1, "subject"))})
    return [known, parsed, graph_of("", id="3"), graph_of("a b", id="4", tags=("O", "B-X"))]


def test_nodes_and_edges_are_networkxs(graphs: list[TextGraph]) -> None:
    for graph in graphs:
        data, network = to_data(graph), graph.to_networkx()
        assert data.names == list(network)
        assert [NODES[kind] for kind in data.kind.tolist()] == [node["kind"] for _, node in network.nodes(data=True)]
        assert data.labels == [node["label"] for _, node in network.nodes(data=True)]
        found = zip(data.edge_index.T.tolist(), data.edge_kind.tolist(), data.relations, strict=True)
        assert [(data.names[a], data.names[b], EDGES[kind], relation) for (a, b), kind, relation in found] == [
            (a, b, edge["kind"], edge.get("relation", edge.get("label", ""))) for a, b, edge in network.edges(data=True)
        ]
        assert data.validate(raise_on_error=True)
        assert data.text_id == graph.id


def test_target(graphs: list[TextGraph]) -> None:
    assert to_data(graphs[0]).target["label"] == "good"
    assert to_data(graphs[3]).target["tags"] == ("O", "B-X")


def test_batches_shift_places_and_nothing_else(graphs: list[TextGraph]) -> None:
    data = [to_data(graph) for graph in graphs]
    batch = Batch.from_data_list(data)
    assert batch.num_nodes == sum(one.num_nodes for one in data)
    assert batch.kind.tolist() == [kind for one in data for kind in one.kind.tolist()]
    assert batch.edge_kind.tolist() == [kind for one in data for kind in one.edge_kind.tolist()]
    for one, again in zip(data, batch.to_data_list(), strict=True):
        assert torch.equal(one.edge_index, again.edge_index)
        assert one.names == again.names


def corpus_of(graphs: list[TextGraph], folder: Path) -> Corpus:
    folder.mkdir()
    write_part(folder / "part", [to_rows(graphs)])
    return Corpus(folder, {"parts": [{"file": "part", "rows": len(graphs)}]})


def assert_same(one: Data, other: Data) -> None:
    assert one.num_nodes == other.num_nodes
    for name in ("kind", "edge_index", "edge_kind"):
        assert torch.equal(one[name], other[name])
        assert one[name].dtype == other[name].dtype == torch.long
    for name in ("names", "labels", "relations", "text_id"):
        assert one[name] == other[name]
    assert json.loads(json.dumps(one.target)) == other.target


@pytest.mark.parametrize(("part", "parts"), [(10_000, 1), (4, 1), (3, 2), (1, 4)])
def test_written_and_read(
    graphs: list[TextGraph], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int, parts: int
) -> None:
    monkeypatch.setattr("kbert.pyg.PART", part)
    counted: list[None] = []
    write(corpus_of(graphs, tmp_path / "graphs"), tmp_path / "pyg", on_graph=lambda: counted.append(None))
    assert len(counted) == len(graphs)
    names = [f"part-0000{i}.{ending}" for i in range(parts) for ending in ("json", "safetensors")]
    assert sorted(path.name for path in (tmp_path / "pyg").iterdir()) == ["manifest.json", *names]
    for graph, again in zip(graphs, read(tmp_path / "pyg"), strict=True):
        assert_same(to_data(graph), again)


def test_nothing_written_and_read(tmp_path: Path) -> None:
    write(corpus_of([], tmp_path / "graphs"), tmp_path / "pyg")
    assert list(read(tmp_path / "pyg")) == []


@pytest.mark.parametrize("name", ["manifest.json", "part-00000.json", "part-00000.safetensors"])
def test_missing_and_damaged(graphs: list[TextGraph], tmp_path: Path, name: str) -> None:
    write(corpus_of(graphs, tmp_path / "graphs"), tmp_path / "pyg")
    path = tmp_path / "pyg" / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match=name):
        list(read(tmp_path / "pyg"))
    path.unlink()
    with pytest.raises(StoreError, match=name):
        list(read(tmp_path / "pyg"))
