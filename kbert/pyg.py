"""Text graphs as PyTorch Geometric data, in memory and on disk (safetensors and JSON; nothing is pickled)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch_geometric.data import Data

from graphs.corpus import Corpus
from graphs.errors import StoreError
from graphs.files import write_json
from graphs.types import TextGraph
from kbert.checkpoint import read_tensors, write_tensors

NODES = ("token", "mention", "entity")
EDGES = ("arc", "covers", "means", "fact")


def to_data(graph: TextGraph) -> Data:
    """One text graph: ``kind`` of nodes (a place in ``NODES``), ``edge_index``, ``edge_kind`` (a place in ``EDGES``).

    ``names`` and ``labels`` are lists of strings, one a node, ``relations`` one an edge (the label
    of an arc, the relation of a fact, else empty). Nodes are those of ``TextGraph.to_networkx``.
    """
    network = graph.to_networkx()
    place = {node: i for i, node in enumerate(network)}
    edges = [
        (place[head], place[tail], EDGES.index(data["kind"]), data.get("relation", data.get("label", "")))
        for head, tail, data in network.edges(data=True)
    ]
    return Data(
        num_nodes=len(place),
        kind=torch.tensor([NODES.index(data["kind"]) for _, data in network.nodes(data=True)], dtype=torch.long),
        edge_index=torch.tensor([edge[:2] for edge in edges], dtype=torch.long).reshape(-1, 2).T.contiguous(),
        edge_kind=torch.tensor([edge[2] for edge in edges], dtype=torch.long),
        names=list(network),
        labels=[data["label"] for _, data in network.nodes(data=True)],
        relations=[edge[3] for edge in edges],
        text_id=graph.id,
        target=graph.target._asdict(),
    )


def write(corpus: Corpus, out: Path, *, on_graph: Callable[[], None] = lambda: None) -> None:
    """Write a corpus as ``graphs.safetensors`` (numbers end to end) and ``graphs.json`` (strings)."""
    out.mkdir(parents=True, exist_ok=True)
    kinds, edges, edge_kinds, strings = [], [], [], []
    for graph in corpus:
        data = to_data(graph)
        kinds.append(data.kind)
        edges.append(data.edge_index)
        edge_kinds.append(data.edge_kind)
        strings.append({name: data[name] for name in ("names", "labels", "relations", "text_id", "target")})
        on_graph()
    tensors = {
        "nodes": torch.tensor([len(kind) for kind in kinds], dtype=torch.long),
        "edges": torch.tensor([len(kind) for kind in edge_kinds], dtype=torch.long),
        "kind": torch.cat(kinds or [torch.empty(0, dtype=torch.long)]),
        "edge_index": torch.cat(edges or [torch.empty(2, 0, dtype=torch.long)], dim=1),
        "edge_kind": torch.cat(edge_kinds or [torch.empty(0, dtype=torch.long)]),
    }
    write_tensors(out / "graphs.safetensors", tensors)
    write_json(out / "graphs.json", strings)


def read(folder: Path) -> Iterator[Data]:
    """The graphs that :func:`write` wrote, one by one. Raises :class:`StoreError` if a file is missing or damaged."""
    tensors = read_tensors(folder / "graphs.safetensors")
    path = folder / "graphs.json"
    try:
        strings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(path, None, "the strings of graphs as JSON", str(error)) from error
    nodes, edges = tensors["nodes"].tolist(), tensors["edges"].tolist()
    columns = (
        torch.split(tensors["kind"], nodes),
        torch.split(tensors["edge_index"], edges, dim=1),
        torch.split(tensors["edge_kind"], edges),
    )
    for kind, edge_index, edge_kind, said in zip(*columns, strings, strict=True):
        yield Data(num_nodes=len(kind), kind=kind, edge_index=edge_index, edge_kind=edge_kind, **said)
