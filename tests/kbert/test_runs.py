"""Finished runs: what they say, what is refused, and that facts reach new texts."""

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphs.corpora.txt import read as read_txt
from graphs.corpus import to_rows
from graphs.errors import DataError, OptionsError, Skipped, StoreError
from graphs.importing import import_graph
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from kbert.runs import Run
from kbert.train_run import train_run


def documents(tmp_path, *lines):
    path = tmp_path / "asked.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return read_txt(path)


def test_predictions_on_dev_are_those_of_the_saved_model(run, data):
    again = run.evaluate(data / "dev", name="again")
    assert again["metrics"] == run.result()["dev"]
    before, after = run.predictions("dev"), run.predictions("again")
    assert before["predictions"] == after["predictions"]
    assert before["linked_share"] == after["linked_share"] == 1.0


def test_an_unseen_label_counts_as_wrong_and_is_reported(run, data):
    metrics = run.evaluate(data / "test", name="test")["metrics"]
    assert metrics["unseen_labels"] == 1
    assert metrics["texts"] == 3
    assert metrics["accuracy"] <= 2 / 3


def test_unfair_data_must_be_asked_for(run, data):
    with pytest.raises(
        OptionsError, match=r"train: the run was trained on all texts of train.tsv; pass --unseen to leave"
    ):
        run.evaluate(data / "train", name="x")
    with pytest.raises(OptionsError, match="was built with another facts"):
        run.evaluate(data / "shuffled", name="x")
    assert "trained on them" in run.evaluate(data / "train", name="x", any_data=True)["protocol"]
    with pytest.raises(DataError, match="expected texts with targets for classify"):
        run.evaluate(data / "new", name="y")


def test_texts_in_which_nothing_is_linked_are_left_out_where_that_is_asked(run, build, data, tmp_path):
    """Here every text of test has a link, and one more has none."""
    lines = (data / "test.tsv").read_text(encoding="utf-8")
    (tmp_path / "more.tsv").write_text(lines + "good\tnobody\n", encoding="utf-8")
    build(tmp_path / "more.tsv", data / "kg", tmp_path / "more")
    whole = run.evaluate(tmp_path / "more", name="whole")
    linked = run.evaluate(tmp_path / "more", name="linked", linked=True)
    assert linked["metrics"]["texts"] == whole["metrics"]["texts"] - 1
    assert (
        f"all {linked['metrics']['texts']} texts of more.tsv but the 1 in which nothing is linked" in linked["protocol"]
    )
    answers = {name: run.predictions(name)["predictions"] for name in ("whole", "linked")}
    assert [row["id"] for row in answers["linked"]] == [row["id"] for row in answers["whole"]][:-1]
    with pytest.raises(OptionsError, match=r"linked.json holds predictions on other texts"):
        run.evaluate(tmp_path / "more", name="linked")


def test_texts_that_were_trained_on_are_known_in_another_file(run, data, build, tmp_path):
    lines = (data / "train.tsv").read_text(encoding="utf-8").splitlines()
    copies = {
        "packed.tsv.gz": gzip.compress("\n".join(lines).encode()),
        "saved.tsv": "\r\n".join(reversed(lines[1:])).join([f"{lines[0]}\r\n", "\r\n"]).encode(),
        "both.tsv": "\n".join([*lines, *(data / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]]).encode(),
    }
    for name, content in copies.items():
        (tmp_path / name).write_bytes(content)
        build(tmp_path / name, data / "kg", tmp_path / f"graphs of {name}")
        share = "12 of the 15 texts" if name == "both.tsv" else "all texts"
        with pytest.raises(OptionsError, match=f"the run was trained on {share} of {name}"):
            run.evaluate(tmp_path / f"graphs of {name}", name="x")
    measured = run.evaluate(tmp_path / "graphs of both.tsv", name="x", any_data=True)
    assert measured["protocol"].endswith("of both.tsv (the model was trained on 12 of the 15 texts)")
    unseen = run.evaluate(tmp_path / "graphs of both.tsv", name="unseen", unseen=True)
    assert "all 3 texts of both.tsv but the 12 that it was trained on (held out" in unseen["protocol"]
    answers = [[row["gold"] for row in run.predictions(name)["predictions"]] for name in ("x", "unseen")]
    assert answers[0][-3:] == answers[1]
    with pytest.raises(OptionsError, match=r"unseen.json holds predictions on other texts"):
        run.evaluate(tmp_path / "graphs of both.tsv", name="unseen", any_data=True)
    gone = r"expected texts to measure on, found none \(left out are the \d+ that it was trained on\)"
    with pytest.raises(DataError, match=gone):
        run.evaluate(tmp_path / "graphs of saved.tsv", name="y", unseen=True)
    assert (measured["seen"], measured["same_recipe"]) == ("trained", True)
    assert run.predictions("x")["seen"] == "trained"


def test_a_run_without_digests_says_that_files_tell(run, data):
    (run.folder / "texts.safetensors").unlink()
    measured = run.evaluate(data / "test", name="test")
    assert "held out, as far as files tell: other files than those trained on or chosen on" in measured["protocol"]
    with pytest.raises(OptionsError, match=r"the run was trained on all texts of train.tsv"):
        run.evaluate(data / "train", name="x")
    with pytest.raises(OptionsError, match="does not hold which texts it was trained on: train it anew"):
        run.evaluate(data / "test", name="x", unseen=True)


def test_files_are_measured_on_as_graphs_of_them_are(run, data):
    graphs = run.evaluate(data / "test", name="graphs")
    files = run.evaluate(Texts((str(data / "test.tsv"),)), name="files")
    assert files == graphs
    assert run.predictions("files") == run.predictions("graphs")
    with pytest.raises(OptionsError, match=r"train.tsv: the run was trained on all texts of train.tsv"):
        run.evaluate(Texts((str(data / "train.tsv"),)), name="x")
    with pytest.raises(DataError, match=r"blank.tsv: expected texts to measure on, found none"):
        run.evaluate(Texts((str(data / "blank.tsv"),)), name="x")
    with pytest.raises(DataError, match=r"new.txt: expected texts with targets for classify"):
        run.evaluate(Texts((str(data / "new.txt"),)), name="x")


def test_files_are_measured_on_with_another_graph_if_asked(run, data, tmp_path):
    test = Texts((str(data / "test.tsv"),))
    shutil.copytree(data / "kg", tmp_path / "moved")
    moved = run.evaluate(test, name="moved", kg=str(tmp_path / "moved"))
    assert moved == run.evaluate(test, name="x")
    (tmp_path / "facts.tsv").write_text("tim cook\tis\tgood\n", encoding="utf-8")
    import_graph(tmp_path / "other", [tmp_path / "facts.tsv"])
    with pytest.raises(
        OptionsError, match=r"test.tsv was built with another knowledge graph than the graphs trained on"
    ):
        run.evaluate(test, name="other", kg=str(tmp_path / "other"))
    other = run.evaluate(test, name="other", kg=str(tmp_path / "other"), any_data=True)
    assert not other["same_recipe"]
    assert other["linked_share"] < moved["linked_share"]


def test_bad_lines_of_files_are_heard_of(run, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "paris", "label": "good"}\nnot JSON\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"bad.jsonl:2"):
        run.evaluate(Texts((str(path),)), name="x")
    bad = Skipped(1)
    assert run.evaluate(Texts((str(path),)), name="x", bad=bad)["metrics"]["texts"] == 1
    assert len(bad.errors) == 1


def test_predictions_on_other_texts_are_not_replaced(run, data):
    run.evaluate(data / "test", name="test")
    run.evaluate(Texts((str(data / "test.tsv"),)), name="test")
    before = run.predictions("test")
    for source, any_data in ((data / "dev", False), (data / "shuffled", True)):
        with pytest.raises(OptionsError, match=r"test.json holds predictions on other texts: take another name, or"):
            run.evaluate(source, name="test", any_data=any_data)
        assert run.predictions("test") == before
    run.evaluate(data / "dev", name="test", overwrite=True)
    assert run.predictions("test")["texts"]["files"][0]["name"] == "dev.tsv"


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "a b", "x\n"])
def test_names_of_predictions_are_names(run, data, name):
    with pytest.raises(OptionsError, match="a name of predictions has letters"):
        run.evaluate(data / "test", name=name)


def test_the_texts_that_chose_the_epoch_keep_their_name(run, data):
    with pytest.raises(OptionsError, match="'dev' names the predictions on the texts that chose the epoch"):
        run.evaluate(data / "test", name="dev")


def test_facts_reach_new_texts(run, tmp_path):
    (linked, answer), (bare, _) = run.predict(documents(tmp_path, "beijing now", "nobody"))
    assert [(fact.relation_text, fact.tail_text) for fact in linked.facts_of("beijing")] == [("is", "good")]
    assert bare.mentions == ()
    assert answer["label"] in ("bad", "good")
    model = run.load().model
    laid = model.layout(to_rows([linked, bare]))
    inside = laid.columns["branch"] > 0  # what the model is given beside the text
    assert model.backbone.piece_names(laid.columns["piece_ids"][inside].tolist()) == ["is", "good"]


def test_another_graph_gives_other_facts_and_answers(run, data, tmp_path):
    (tmp_path / "facts.tsv").write_text("beijing\tis\tbad\n", encoding="utf-8")
    import_graph(tmp_path / "kg", [tmp_path / "facts.tsv"])
    ((_, before),) = run.predict(documents(tmp_path, "beijing now"))
    ((graph, after),) = run.predict(documents(tmp_path, "beijing now"), kg=str(tmp_path / "kg"))
    assert graph.facts[0].tail == "bad"
    assert before["scores"] != after["scores"]
    shutil.copytree(data / "kg", tmp_path / "moved")
    ((_, moved),) = run.predict(documents(tmp_path, "beijing now"), kg=str(tmp_path / "moved"))
    assert moved == before


def test_a_graph_that_is_gone_or_changed_is_refused(run, data, tmp_path):
    described = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
    for kg, message in (
        (str(tmp_path / "gone"), r"expected the knowledge graph of the training \(--kg says where it is\)"),
        (str(tmp_path / "other"), "found a changed one"),
    ):
        (tmp_path / "facts.tsv").write_text("a\tb\tc\n", encoding="utf-8")
        import_graph(tmp_path / "other", [tmp_path / "facts.tsv"])
        described["recipe"]["kg"] = kg
        (run.folder / "run.json").write_text(json.dumps(described), encoding="utf-8")
        with pytest.raises(StoreError, match=message):
            next(Run(run.folder).predict(documents(tmp_path, "x")))


def test_batches_of_predictions_make_no_difference(run, tmp_path):
    lines = ["beijing now", "nobody", "tim cook and the film", "paris"] * 3
    together = [answer for _, answer in run.predict(documents(tmp_path, *lines))]
    apart = [answer for _, answer in run.predict(documents(tmp_path, *lines), batch=2)]
    for one, other in zip(together, apart, strict=True):
        assert one["label"] == other["label"]
        assert one["score"] == pytest.approx(other["score"], abs=1e-5)


def test_a_loaded_model_is_the_trained_one(run, finished):
    first, second = run.load().state_dict(), Run(finished).load().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not run.load().training


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("run.json", None, r"expected a run \(see kbert train\), found a folder without run.json"),
        ("run.json", "{", "run.json: expected whole JSON"),
        (
            "run.json",
            '{"format": "kbert run", "version": 99}',
            "expected 'kbert run' version 1, found 'kbert run' version 99",
        ),
        ("run.json", "{}", "expected 'kbert run' version 1, found None version None"),
        ("run.json", "[]", r"run\.json: expected an object, found \[\]"),
        ("run.json", '{"format": "kbert run", "version": 1}', r"run\.json: expected plan, found nothing"),
    ],
)
def test_what_is_no_run_is_refused(run, name, content, message):
    path = run.folder / name
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    with pytest.raises(StoreError, match=message):
        Run(run.folder)


def test_no_folder_is_no_run(tmp_path):
    with pytest.raises(StoreError, match="found no such folder"):
        Run(tmp_path / "none")


def test_damaged_files_of_a_run_are_refused(run):
    (run.folder / "labels.json").unlink()
    with pytest.raises(StoreError, match=r"labels.json: expected a file of the run, found nothing there"):
        run.labels()
    (run.folder / "result.json").write_text("[", encoding="utf-8")
    with pytest.raises(StoreError, match=r"result.json: expected whole JSON"):
        run.result()
    (run.folder / "result.json").write_text("[]", encoding="utf-8")
    with pytest.raises(StoreError, match=r"result.json: expected an object, found \[\]"):
        run.result()
    (run.folder / "result.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match=r"result.json: expected linked_share, found nothing"):
        run.result()
    (run.folder / "labels.json").write_text('["a", 1]', encoding="utf-8")
    with pytest.raises(StoreError, match=r"labels.json: expected a string as \[1\], found 1"):
        run.labels()
    (run.folder / "predictions" / "dev.json").write_text('{"texts": {}}', encoding="utf-8")
    with pytest.raises(StoreError, match=r"dev.json: expected texts.files, found nothing"):
        run.predictions("dev")
    (run.folder / "predictions" / "dev.json").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match=r"dev.json: expected whole JSON"):
        run.predictions("dev")
    with pytest.raises(StoreError, match=r"expected predictions on 'x' \(kbert evaluate makes them\), found dev"):
        run.predictions("x")


def test_a_graph_adds_nothing_to_a_run_without_one(plan, data, tmp_path):
    recipe = Recipe.of(Part("words"), (), None)
    build_corpus(Texts((str(data / "train.tsv"),)), recipe, tmp_path / "plain")
    train_run(replace(plan, model="bert", train=str(tmp_path / "plain"), dev=None), tmp_path / "run")
    ((graph, _),) = Run(tmp_path / "run").predict(documents(tmp_path, "beijing"))
    assert graph.mentions == ()
    with pytest.raises(OptionsError, match="was trained on graphs without facts: a knowledge graph adds nothing"):
        next(Run(tmp_path / "run").predict(documents(tmp_path, "x"), kg=str(data / "kg")))


def test_a_folder_may_be_named_by_a_string(finished):
    assert Run(str(finished)).folder == Path(finished)


def test_a_damaged_recipe_is_refused(run, tmp_path):
    path = run.folder / "run.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    described["recipe"]["parser"] = {}
    path.write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(StoreError, match=r"run.json: expected a recipe of text graphs"):
        next(Run(run.folder).predict(documents(tmp_path, "x")))
