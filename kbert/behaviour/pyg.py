"""Behaviour graphs as PyTorch Geometric data, in memory and on disk (safetensors and JSON; nothing is pickled)."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from graphs.behaviour import AttributeKind, BehaviourGraph
from graphs.errors import StoreError
from graphs.files import write_json
from graphs.manifests import MANIFEST, Kind
from graphs.tables import Ids, Ints
from kbert.checkpoint import check_names, read_tensors, write_tensors

EVENT = ("user", "event", "item")
FRIEND = ("user", "friend", "user")

_NAME = "a kbert behaviour graph for PyTorch Geometric"
KIND = Kind(
    "kbert behaviour graph for PyTorch Geometric",
    1,
    _NAME,
    "export it anew",
    {
        "users": [str],
        "items": [str],
        "labels": [str],
        "numbers": [str],
        "categories": [{"name": str, "categories": [str]}],
    },
)
TENSORS = "graph.safetensors"


def to_hetero(graph: BehaviourGraph) -> HeteroData:
    """A behaviour graph: nodes ``user`` and ``item``, edges ``EVENT`` in the graph's order and ``FRIEND`` both ways.

    - Nodes have ``id``, a place in ``data.user_names``, or in ``data.item_names`` and ``data.item_labels``. Lists of
      strings stand with the graph: PyTorch Geometric takes no part of those that stand with nodes.
    - Users have ``numbers`` (NaN: not known) and ``categories`` (-1: not known), a column an attribute:
      ``data.number_names`` names the columns of the one, ``data.category_names`` those of the other with the names of
      their categories. Tensors that bear the names of attributes would not do: PyTorch Geometric reads a meaning into
      some, such as those with ``batch`` or ``index`` in them.
    - Events have ``time`` (float64: seconds since 1970 do not fit float32) and ``value``; NaN: not known.
    """
    return _assembled(_tensors(graph), _strings(graph))


def write(graph: BehaviourGraph, out: Path) -> None:
    """Write what :func:`to_hetero` gives: strings as ``manifest.json``, numbers as ``graph.safetensors``."""
    out.mkdir(parents=True, exist_ok=True)
    write_tensors(out / TENSORS, _tensors(graph))
    write_json(out / MANIFEST, {**KIND.begin(), **_strings(graph)})


def read(folder: Path) -> HeteroData:
    """The graph that :func:`write` wrote. Raises :class:`StoreError` if a file is missing or damaged."""
    path = folder / MANIFEST
    if not path.is_file():
        raise StoreError(folder, None, _NAME, f"a folder without {MANIFEST}")
    strings = KIND.read(path)
    tensors = read_tensors(folder / TENSORS)
    _check(folder / TENSORS, tensors, strings)
    return _assembled(tensors, strings)


def _strings(graph: BehaviourGraph) -> dict[str, Any]:
    numbers = [name for name, attribute in graph.attributes.items() if attribute.kind == "number"]
    others = {name: attribute for name, attribute in graph.attributes.items() if attribute.kind == "category"}
    return {
        "users": graph.users,
        "items": graph.items,
        "labels": graph.labels,
        "numbers": numbers,
        "categories": [{"name": name, "categories": attribute.categories} for name, attribute in others.items()],
    }


def _tensors(graph: BehaviourGraph) -> dict[str, Tensor]:
    return {
        "numbers": _matrix(graph, "number"),
        "categories": _matrix(graph, "category").long(),
        "events": _edges(graph.offsets, graph.item),
        "time": torch.from_numpy(graph.time.astype(np.float64)),
        "value": torch.from_numpy(graph.value.astype(np.float32)),
        "friends": _edges(*graph.friends),
    }


def _matrix(graph: BehaviourGraph, kind: AttributeKind) -> Tensor:
    """What is known of users, a row for each and a column for each attribute of a kind."""
    matrix: npt.NDArray[np.float32] = np.zeros((len(graph.users), 0), np.float32)
    columns = [attribute.numbers[:, None] for attribute in graph.attributes.values() if attribute.kind == kind]
    return torch.from_numpy(np.concatenate([matrix, *columns], axis=1))


def _edges(offsets: Ids, ends: Ints) -> Tensor:
    """Edges from user ``i`` to ``ends[offsets[i]:offsets[i + 1]]``, as PyTorch Geometric has them."""
    users = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return torch.from_numpy(np.stack((users, ends.astype(np.int64))))


def _assembled(tensors: dict[str, Tensor], strings: dict[str, Any]) -> HeteroData:
    data = HeteroData()
    for kind, names in (("user", strings["users"]), ("item", strings["items"])):
        data[kind].num_nodes, data[kind].id = len(names), torch.arange(len(names))
    data["user"].numbers, data["user"].categories = tensors["numbers"], tensors["categories"]
    data[EVENT].edge_index, data[EVENT].time, data[EVENT].value = (
        tensors[name] for name in ("events", "time", "value")
    )
    data[FRIEND].edge_index = tensors["friends"]
    data.user_names, data.item_names = list(strings["users"]), list(strings["items"])
    data.item_labels = list(strings["labels"])
    data.number_names = list(strings["numbers"])
    data.category_names = {one["name"]: list(one["categories"]) for one in strings["categories"]}
    return data


def _check(path: Path, tensors: dict[str, Tensor], strings: dict[str, Any]) -> None:
    """Raise :class:`StoreError` for tensors that are not those of a graph with these users and items."""
    users, items = len(strings["users"]), len(strings["items"])
    check_names(path, ("numbers", "categories", "events", "time", "value", "friends"), tensors.keys(), "tensors")
    events, friends = tensors["time"].numel(), tensors["friends"].numel() // 2
    wanted = {
        "numbers": ([users, len(strings["numbers"])], torch.float32),
        "categories": ([users, len(strings["categories"])], torch.long),
        "events": ([2, events], torch.long),
        "time": ([events], torch.float64),
        "value": ([events], torch.float32),
        "friends": ([2, friends], torch.long),
    }
    for name, (shape, dtype) in wanted.items():
        found = tensors[name]
        if list(found.shape) != shape or found.dtype != dtype:
            raise StoreError(path, None, f"{name} of shape {shape} ({dtype})", f"{list(found.shape)} ({found.dtype})")
    if len(strings["labels"]) != items:
        raise StoreError(path.with_name(MANIFEST), None, f"{items:,} labels", f"{len(strings['labels']):,}")
    for name, ends in (("events", (users, items)), ("friends", (users, users))):
        for row, most in zip(tensors[name], ends, strict=True):
            if len(row) and not 0 <= int(row.min()) <= int(row.max()) < most:
                raise StoreError(path, None, f"{name} from 0 to {most - 1:,}", f"{int(row.min())} to {int(row.max())}")
    for column, one in zip(tensors["categories"].T, strings["categories"], strict=True):
        if len(column) and not -1 <= int(column.min()) <= int(column.max()) < len(one["categories"]):
            expected = f"{one['name']} from -1 to {len(one['categories']) - 1:,}"
            raise StoreError(path, None, expected, f"{int(column.min())} to {int(column.max())}")
