"""Fitting the linker context and measuring links, on the sample data with links of its own as known ones."""

import json

import pytest

from graphs.corpus import Corpus

WEIGHTS = ("prior", "context", "nil", "threshold")


@pytest.fixture(scope="module")
def vectors(kbert, kg, encoder, tmp_path_factory):
    out = tmp_path_factory.mktemp("vectors") / "run"
    kbert("kg", "embed", kg, "--method", "text", "--encoder", encoder, "-o", out, "-q")
    return out


@pytest.fixture(scope="module")
def gold(graphs, tmp_path_factory):
    """A file of the dev texts, with two of three links of the dictionary linker and one of an unknown entity."""
    path, count = tmp_path_factory.mktemp("gold") / "gold.jsonl", 0
    with path.open("w", encoding="utf-8") as file:
        for graph in Corpus.open(graphs / "own" / "dev"):
            kept = []
            for mention in graph.mentions:
                count += 1
                if count % 3:
                    kept.append({"start": mention.start, "end": mention.end, "entity": mention.entity})
            print(json.dumps({"id": graph.id, "text": graph.texts[0], "mentions": kept}), file=file)
        elsewhere = {"start": 0, "end": 4, "entity": "Unheard Of"}
        print(json.dumps({"id": "x", "text": "Some", "mentions": [elsewhere]}), file=file)
    return path


@pytest.fixture(scope="module")
def fitted(kbert, gold, kg, vectors, tmp_path_factory):
    out = tmp_path_factory.mktemp("fitted") / "linker.json"
    words = ("--kg", kg, "--vectors", vectors, "--folds", "4", "-q", "--json", "-o", out)
    return out, kbert("graph", "fit-linker", gold, *words).json


def test_known_links_against_those_of_the_dictionary(kbert, gold, kg, tmp_path):
    kbert("graph", "build", gold, "--kg", kg, "--linker", "dictionary", "-o", tmp_path / "made", "-q")
    found = kbert("graph", "evaluate-links", tmp_path / "made", gold, "--json").json
    counts = found["counts"]
    assert counts["gold_links"] == counts["gold_in_graph"] + 1
    assert counts["right_links"] == counts["right_mentions"] == counts["gold_in_graph"]
    assert counts["links"] > counts["gold_links"]
    assert found["figures"]["links"]["precision"] == pytest.approx(counts["right_links"] / counts["links"])
    assert found["figures"]["links_in_graph"]["recall"] == found["candidate_recall"] == 1
    assert found["coverage"] == found["figures"]["links"]["recall"] < 1
    shown = kbert("graph", "evaluate-links", tmp_path / "made", gold).stdout
    assert f"the graph has the entities of {counts['gold_in_graph']} of {counts['gold_links']} known links" in shown
    assert "links, known ones in the graph alone" in shown
    assert found["protocol"] in shown.splitlines()
    assert found["protocol"] == "no weights were fitted"


def test_fitted_weights_go_into_text_graphs(kbert, fitted, gold, kg, vectors, tmp_path):
    out, said = fitted
    kept = json.loads(out.read_text(encoding="utf-8"))
    assert kept["weights"] == said["weights"]
    assert kept["weights"].keys() == set(WEIGHTS)
    assert set(said["results"]) == {"by_prior", "control", "cross_fitted", "fitted"}
    words = ("--kg", kg, "--linker", "context", "--vectors", vectors, "--fitted", out, "-q")
    kbert("graph", "build", gold, *words, "-o", tmp_path / "made")
    evaluate = ("graph", "evaluate-links", tmp_path / "made", gold)
    assert "was fitted to all of these" in kbert(*evaluate, code=2).stderr
    found = kbert(*evaluate, "--any-data", "--json").json
    assert found["protocol"] == f"{out} was fitted to all of these {found['texts']} texts"
    for name in ("links", "right_links", "gold_in_graph"):
        assert found["counts"][name] == said["results"]["fitted"]["counts"][name]
    assert said["results"]["by_prior"]["counts"]["right_links"] == found["counts"]["gold_in_graph"]


def test_weights_are_measured_on_other_texts(kbert, fitted, kg, vectors, tmp_path):
    out, _ = fitted
    other = tmp_path / "other.jsonl"
    other.write_text('{"text": "Nobody wrote this before.", "mentions": [{"start": 0, "end": 6}]}\n', encoding="utf-8")
    words = ("--kg", kg, "--linker", "context", "--vectors", vectors, "--fitted", out, "-q")
    kbert("graph", "build", other, *words, "-o", tmp_path / "made")
    shown = kbert("graph", "evaluate-links", tmp_path / "made", other).stdout
    assert f"held out: {out} was fitted to none of these texts" in shown.splitlines()
    folded = kbert("graph", "build", other, *words, "--fold-case", "-o", tmp_path / "folded", code=1).stderr
    assert "expected weights fitted with fold_case True, found some fitted with False: link as they were" in folded


def test_the_table_says_what_is_compared(kbert, gold, kg, vectors, tmp_path):
    shown = kbert("graph", "fit-linker", gold, "--kg", kg, "--vectors", vectors, "-q", "-o", tmp_path / "l.json").stdout
    for row in ("dictionary", "without the context, cross-fitted (5 folds)", "context, cross-fitted (5 folds)"):
        assert row in shown
    assert "coverage" in shown
    assert "weights: prior" in shown


def test_what_is_refused(kbert, fitted, gold, graphs, kg, vectors, tmp_path):
    out, _ = fitted
    words = ("graph", "fit-linker", gold, "--kg", kg, "-q")
    assert "is there already" in kbert(*words, "--vectors", vectors, "-o", out, code=2).stderr
    assert "needs vectors of descriptions" in kbert(*words, "-o", tmp_path / "l.json", code=2).stderr
    assert "--nil" in kbert(*words, "--nil", "1", "-o", tmp_path / "l.json", code=2).stderr
    many = kbert(*words, "--vectors", vectors, "--folds", "99", "-o", tmp_path / "l.json", code=2)
    assert "folds: expected at least 2 and at most" in many.stderr
    assert not (tmp_path / "l.json").exists()
    other = kbert("graph", "evaluate-links", graphs / "own" / "dev", gold, code=1)
    assert "expected graphs of" in other.stderr
    kbert("graph", "build", gold, "-o", tmp_path / "plain", "-q")
    plain = kbert("graph", "evaluate-links", tmp_path / "plain", gold, code=2)
    assert "the text graphs were made without a knowledge graph: name one (--kg FOLDER)" in plain.stderr
    assert kbert("graph", "evaluate-links", tmp_path / "plain", gold, "--kg", kg, "--json").json["counts"]["links"] == 0
