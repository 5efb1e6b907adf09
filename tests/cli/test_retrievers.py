"""Training retrievers of entities from the command line."""

import json


def test_a_retriever_of_entities(kbert, kg, encoder, tmp_path):
    words = ("train", "biencoder", "--kg", kg, "--encoder", encoder, "--epochs", "1", "--pre-batches", "1")
    asked = ("--margin", "0.1", "--pre-batch-weight", "0.3", "--towers", "shared", "--entity-text", "both")
    told = kbert(*words, *asked, "-o", tmp_path / "run", "-q").stdout
    assert "test triples that train holds too" in told
    plan = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["plan"]
    assert plan["contrast"] == {"margin": 0.1, "pre_batches": 1, "pre_batch_weight": 0.3}
    assert (plan["entity_text"], plan["retriever_options"]["towers"]) == ("both", "shared")
    assert kbert(*words, *asked, "-o", tmp_path / "run", "--resume", "-q", "--json").json["epochs"] == 1
