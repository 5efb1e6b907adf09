"""Text graphs as PyTorch Geometric data, in memory and on disk (safetensors and JSON; nothing is pickled)."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import torch
from torch_geometric.data import Data

from graphs.corpus import Corpus
from graphs.errors import StoreError
from graphs.files import write_json
from graphs.manifests import MANIFEST, Kind
from graphs.types import TextGraph
from kbert.checkpoint import read_tensors, write_tensors

NODES = ("token", "mention", "entity")
EDGES = ("arc", "covers", "means", "fact")
STRINGS = ("names", "labels", "relations", "text_id", "target")

_NAME = "kbert graphs for PyTorch Geometric"
KIND = Kind(_NAME, 1, _NAME, "export them anew", {"parts": [str], "graphs": int})
PART = 10_000
"""Graphs in one part: what is held in memory at once."""


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
    """Write a corpus in parts, each ``.safetensors`` (numbers end to end) and ``.json`` (strings), with a manifest."""
    out.mkdir(parents=True, exist_ok=True)
    graphs = iter(corpus)
    parts: list[str] = []
    while some := list(islice(graphs, PART)):
        parts.append(f"part-{len(parts):05d}")
        _write_part(out / parts[-1], some, on_graph)
    write_json(out / MANIFEST, {**KIND.begin(), "parts": parts, "graphs": len(corpus)})


def _write_part(path: Path, graphs: Sequence[TextGraph], on_graph: Callable[[], None]) -> None:
    made = []
    for graph in graphs:
        made.append(to_data(graph))
        on_graph()
    tensors = {
        "nodes": torch.tensor([len(data.kind) for data in made], dtype=torch.long),
        "edges": torch.tensor([len(data.edge_kind) for data in made], dtype=torch.long),
        "kind": torch.cat([data.kind for data in made]),
        "edge_index": torch.cat([data.edge_index for data in made], dim=1),
        "edge_kind": torch.cat([data.edge_kind for data in made]),
    }
    write_tensors(path.with_suffix(".safetensors"), tensors)
    write_json(path.with_suffix(".json"), [{name: data[name] for name in STRINGS} for data in made])


def read(folder: Path) -> Iterator[Data]:
    """The graphs that :func:`write` wrote, one by one. Raises :class:`StoreError` if a file is missing or damaged."""
    path = folder / MANIFEST
    if not path.is_file():
        raise StoreError(folder, None, "a folder of graphs for PyTorch Geometric", f"one without {MANIFEST}")
    for name in KIND.read(path)["parts"]:
        yield from _read_part(folder / name)


def _read_part(part: Path) -> Iterator[Data]:
    tensors = read_tensors(part.with_suffix(".safetensors"))
    path = part.with_suffix(".json")
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
