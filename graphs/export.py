"""Text graphs and behaviour graphs written for other tools."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import networkx as nx

from graphs.behaviour import BehaviourGraph
from graphs.corpus import Corpus
from graphs.errors import DataError
from graphs.files import replace_file, write_json

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML cannot hold in any form."""


def write_graphml(corpus: Corpus, out: Path, *, on_graph: Callable[[], None] = lambda: None) -> None:
    """One GraphML file a text, named by its place; characters that XML cannot hold become U+FFFD."""
    out.mkdir(parents=True, exist_ok=True)
    for i, graph in enumerate(corpus):
        made = graph.to_networkx()
        made.graph = {"id": made.graph["id"], "texts": json.dumps(made.graph["texts"], ensure_ascii=False)}
        with replace_file(out / f"{i:06d}.graphml") as beside:
            nx.write_graphml(_without_control(made), beside)
        on_graph()


def _without_control(graph: "nx.MultiDiGraph[str]") -> "nx.MultiDiGraph[str]":
    """A copy that XML can hold."""

    def clean(value: object) -> object:
        return _CONTROL.sub("\ufffd", value) if isinstance(value, str) else value

    copy = nx.MultiDiGraph(**{key: clean(value) for key, value in graph.graph.items()})
    for node, attributes in graph.nodes(data=True):
        copy.add_node(clean(node), **{key: clean(value) for key, value in attributes.items()})
    for head, tail, attributes in graph.edges(data=True):
        copy.add_edge(clean(head), clean(tail), **{key: clean(value) for key, value in attributes.items()})
    return copy


def write_json_graphs(corpus: Corpus, out: Path, *, on_graph: Callable[[], None] = lambda: None) -> None:
    """One node-link JSON file a text (``networkx.node_link_graph(data, edges="edges")`` reads it back)."""
    out.mkdir(parents=True, exist_ok=True)
    for i, graph in enumerate(corpus):
        write_json(out / f"{i:06d}.json", nx.node_link_data(graph.to_networkx(), edges="edges"))
        on_graph()


def write_behaviour_graphml(graph: BehaviourGraph, out: Path) -> None:
    """Behaviour as ``graph.graphml``: an attribute of a user is ``attribute:NAME``, and control characters are U+FFFD.

    Raises :class:`DataError` for users or items whose names are the same then.
    """
    out.mkdir(parents=True, exist_ok=True)
    made = graph.to_networkx()
    for _, said in made.nodes(data=True):
        said |= {f"attribute:{name}": value for name, value in said.pop("attributes", {}).items()}
    written = _without_control(made)
    if len(written) < len(made):
        found = f"{len(made) - len(written):,} that are like others but for control characters"
        raise DataError(graph.folder, None, "names of users and items that XML can tell apart", found)
    with replace_file(out / "graph.graphml") as beside:
        nx.write_graphml(written, beside)


def write_behaviour_json(graph: BehaviourGraph, out: Path) -> None:
    """Behaviour as node-link JSON, ``graph.json`` (``networkx.node_link_graph(data, edges="edges")`` reads it back)."""
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "graph.json", nx.node_link_data(graph.to_networkx(), edges="edges"))
