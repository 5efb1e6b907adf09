"""Behaviour graphs on disk."""

import json
from collections import Counter

import pytest

from graphs.behaviour import BehaviourGraph
from graphs.errors import OptionsError, StoreError

EVENTS = ["user\titem\ttime", "v\ta\t5", "u\tb\t9", "u\ta\t3", "u\tc\t9", "v\tb\t5"]
USERS = ["user\tage\ttown\tcode", "u\t30\tGhent\t01", "w\t40\tBruges\t02", "v\t\t\t03"]


def test_the_graph_for_networkx(build_behaviour_of):
    items = ["item\tlabel\tentity", "a\tA Way\tQ1", "b\tA Sea\t"]
    graph = build_behaviour_of(EVENTS, USERS, ["user\tfriend", "u\tv"], items).to_networkx()
    kinds = Counter(kind for _, _, kind in graph.edges(data="kind"))
    assert kinds == {"event": 5, "friend": 2}
    assert graph.nodes["user:u"]["attributes"] == {"age": 30.0, "town": "Ghent", "code": 1.0}
    assert graph.nodes["item:a"] == {"kind": "item", "label": "A Way", "entity": "Q1"}
    assert graph.nodes["item:b"] == {"kind": "item", "label": "A Sea"}
    assert graph.edges["user:u", "item:a", 0]["time"] == 3.0


def test_what_is_known_of_a_user_by_his_name(build_behaviour_of):
    graph = build_behaviour_of(EVENTS, USERS)
    assert [graph.id_of(name) for name in graph.users] == [0, 1]
    assert graph.known_of(graph.id_of("u")) == {"age": 30.0, "town": "Ghent", "code": 1.0}
    assert graph.known_of(graph.id_of("v")) == {"code": 3.0}
    with pytest.raises(OptionsError, match=r"graph has no user 'uu' \(did you mean 'u'\?\)$"):
        graph.id_of("uu")


def test_whether_times_are_dates(build_behaviour_of):
    assert not build_behaviour_of(EVENTS).dated
    assert not build_behaviour_of(["user\titem", "u\ta"]).dated
    graph = build_behaviour_of(["user\titem\ttime", "u\ta\t2024-05-01"])
    assert graph.dated
    del graph.manifest["dated"]  # as graphs of old
    assert not graph.dated


def test_damage_is_noticed(build_behaviour_of, tmp_path):
    with pytest.raises(StoreError, match=r"expected a behaviour graph .*, found no such folder"):
        BehaviourGraph.open(tmp_path / "none")
    graph = build_behaviour_of(EVENTS)
    path = graph.folder / "events.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"events.parquet: expected the bytes that were written, found others"):
        BehaviourGraph.open(graph.folder).verify()
    path.write_bytes(content[:-1])
    with pytest.raises(StoreError, match=r"events.parquet: expected a file of [\d,]+ bytes"):
        BehaviourGraph.open(graph.folder)
    path.write_bytes(content)
    manifest = json.loads((graph.folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["items"]
    (graph.folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(StoreError, match=r"manifest.json: expected files.items, found nothing"):
        BehaviourGraph.open(graph.folder)
