"""The main job from files to exports, on the sample data with a tiny encoder."""

import json
from pathlib import Path

import networkx as nx

from kbert import pyg

SAMPLE = Path(__file__).parents[2] / "sample_data" / "english"


def test_the_main_job(kbert, runs, kg, tmp_path):
    compared = kbert("compare", runs.bert, runs.kbert, runs.shuffled, "--on", "test", "--json").json
    assert [system["name"] for system in compared["systems"]] == ["bert", "kbert", "kbert, facts shuffled"]
    assert [system["linked_share"] for system in compared["systems"]] == [None, 1.0, 1.0]
    assert compared["systems"][1]["over_control"] is not None
    assert "held out" in compared["protocol"]
    assert len(compared["verdicts"]) == 1

    lines = kbert("predict", runs.kbert, SAMPLE / "new.txt").stdout.splitlines()
    answers = [json.loads(line) for line in lines]
    assert len(answers) == len((SAMPLE / "new.txt").read_text(encoding="utf-8").splitlines())
    assert all(answer["label"] in ("music", "shipping", "sport") for answer in answers)
    assert all(mention["facts"] for answer in answers for mention in answer["mentions"])

    new = tmp_path / "new"
    kbert("graph", "build", SAMPLE / "new.txt", "--kg", kg, "--linker", "dictionary", "-o", new)
    assert "soft position" in kbert("graph", "show", new).stdout


def test_the_exports_are_read_back_by_other_tools(kbert, graphs, tmp_path):
    dev = graphs / "own" / "dev"
    for form in ("graphml", "json", "pyg"):
        report = kbert("graph", "export", dev, "--to", form, "-o", tmp_path / form, "--json").json
        assert report["graphs"] == 20
    graphml = nx.read_graphml(tmp_path / "graphml" / "000000.graphml", force_multigraph=True)
    data = json.loads((tmp_path / "json" / "000000.json").read_text(encoding="utf-8"))
    linked = nx.node_link_graph(data, edges="edges")
    tensors = next(pyg.read(tmp_path / "pyg"))
    shown = kbert("graph", "show", dev, "--json").json["graph"]
    assert set(graphml) == set(linked) == set(tensors.names)
    assert {node for node, kind in linked.nodes(data="kind") if kind == "mention"} == {
        f"mention:{i}" for i in range(len(shown["mentions"]))
    }
    facts = [data for _, _, data in linked.edges(data=True) if data["kind"] == "fact"]
    assert len(facts) == len(shown["facts"]) > 0
    assert graphml.number_of_edges() == linked.number_of_edges() == tensors.num_edges
