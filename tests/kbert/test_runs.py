"""Runs from plan to answers: what is kept, what is refused, and that facts reach new texts."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphs.corpora.txt import read as read_txt
from graphs.errors import DataError, OptionsError, StoreError, UnavailableError
from graphs.importing import import_graph
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from kbert import runs
from kbert.runs import Plan, Run, start
from kbert.train import Settings

SETTINGS = Settings(epochs=2, batch_size=4, learning_rate=1e-3, precision="fp32")
FACTS = "tim cook\tis\tbad\nbeijing\tis\tgood\nparis\tcity\tlyon\n"
TEXTS = {
    "train": ["good\ttim cook is visiting", "bad\tbeijing is visiting now", "good\tparis was bad", "bad\tthe film"] * 3,
    "dev": ["good\tthe lead was tim cook", "bad\tbeijing film", "good\tparis"],
    "test": ["good\ttim cook now", "bad\tthe beijing film", "worse\tlyon"],
    "blank": [],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A knowledge graph and text graphs with its facts: ``train``, ``dev``, ``test``, ``blank`` (no texts)."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "facts.tsv").write_text(FACTS, encoding="utf-8")
    import_graph(folder / "kg", [folder / "facts.tsv"])
    for name, rows in TEXTS.items():
        path = folder / f"{name}.tsv"
        path.write_text("label\ttext\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        build(path, folder / "kg", folder / name)
    new = folder / "new.txt"
    new.write_text("beijing now\nnobody\n", encoding="utf-8")
    build(new, folder / "kg", folder / "new")
    build(folder / "test.tsv", folder / "kg", folder / "shuffled", facts="shuffled")
    return folder


def build(path, kg, out, **facts):
    recipe = Recipe.of(Part("words"), (Part("dictionary"),), str(kg), **facts)
    build_corpus(Texts((str(path),)), recipe, out)


@pytest.fixture(scope="module")
def plan(data, encoder):
    return Plan("kbert", "classify", encoder("bert"), str(data / "train"), str(data / "dev"), settings=SETTINGS)


@pytest.fixture(scope="module")
def finished(plan, tmp_path_factory):
    """A run, as it was left by its training."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    start(plan, folder)
    return folder


@pytest.fixture
def run(finished, tmp_path):
    """A run of one's own to play with."""
    shutil.copytree(finished, tmp_path / "run")
    return Run(tmp_path / "run")


def documents(tmp_path, *lines):
    path = tmp_path / "asked.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return read_txt(path)


def test_a_run_folder_holds_everything(run, plan):
    names = {path.name for path in run.folder.iterdir()}
    kept = {"run.json", "config.json", "model.safetensors", "labels.json", "metrics.jsonl", "result.json"}
    assert kept | {"tokenizer.json", "checkpoints", "predictions"} <= names
    assert run.labels() == ["bad", "good"]
    assert run.plan["settings"]["epochs"] == 2
    assert run.described["train"]["texts"]["files"][0]["name"] == "train.tsv"
    assert run.recipe.linkers[0].name == "dictionary"
    assert run.result()["linked_share"] == 0.75
    assert run.result()["cut"]["train"]["grown"] == 9


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


def test_a_broken_run_goes_on_with_the_losses_of_an_unbroken_one(plan, finished, tmp_path):
    class BrokenError(Exception):
        pass

    def break_off(record):
        if record["step"] == 4:
            raise BrokenError

    with pytest.raises(BrokenError):
        start(plan, tmp_path / "run", report=break_off)
    with pytest.raises(StoreError, match=r"expected a finished run, found one without result.json"):
        Run(tmp_path / "run").load()
    with pytest.raises(OptionsError, match="is there already: name another folder, or pass --resume"):
        start(plan, tmp_path / "run")
    start(plan, tmp_path / "run", resume=True)
    for name in ("metrics.jsonl", "model.safetensors", "result.json", "run.json"):
        assert (tmp_path / "run" / name).read_bytes() == (finished / name).read_bytes()


def test_resuming_with_other_options_or_data_is_refused(run, plan, data):
    for other in (
        replace(plan, settings=replace(SETTINGS, seed=1)),
        replace(plan, model="bert"),
        replace(plan, train=str(data / "test")),
    ):
        with pytest.raises(OptionsError, match="was written with other options or data"):
            start(other, run.folder, resume=True)


def test_a_folder_with_anything_else_in_it_is_refused(plan, tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(OptionsError, match="is there already"):
        start(plan, tmp_path)
    with pytest.raises(OptionsError, match="it holds no run to go on with"):
        start(plan, tmp_path, resume=True)
    with pytest.raises(OptionsError, match="is there already"):
        start(plan, tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"encoder": "package:none"}, UnavailableError, "no package 'none' is installed"),
        ({"dev": "TRAIN"}, OptionsError, "dev: train.tsv is what was trained on"),
        ({"dev": "SHUFFLED"}, OptionsError, "was built with another facts than the graphs trained on"),
        ({"dev": "NEW"}, DataError, "expected texts with targets for classify, found none with any"),
        ({"train": "NEW"}, DataError, "expected a label to learn"),
        ({"train": "BLANK", "dev": None}, DataError, "expected text graphs with targets to learn"),
        ({"dev": "BLANK"}, OptionsError, "there are no texts"),
        ({"train": "NOWHERE"}, StoreError, "no such folder"),
        ({"task": "tag"}, DataError, "expected tags to learn"),
        ({"model_options": {"max_facts": -1}}, OptionsError, "max_facts"),
    ],
)
def test_nothing_is_written_before_all_is_known_to_be_good(plan, data, tmp_path, change, error, message):
    places = {"TRAIN", "SHUFFLED", "NEW", "BLANK", "NOWHERE"}
    change = {
        name: str(data / value.lower()) if isinstance(value, str) and value in places else value
        for name, value in change.items()
    }
    with pytest.raises(error, match=message):
        start(replace(plan, **change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_unfair_data_must_be_asked_for(run, data):
    with pytest.raises(OptionsError, match=r"evaluate: train.tsv is what was trained on"):
        run.evaluate(data / "train", name="x")
    with pytest.raises(OptionsError, match="was built with another facts"):
        run.evaluate(data / "shuffled", name="x")
    assert "trained on them" in run.evaluate(data / "train", name="x", any_data=True)["protocol"]
    with pytest.raises(DataError, match="expected texts with targets for classify"):
        run.evaluate(data / "new", name="x")


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
    (run.folder / "predictions" / "dev.json").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match=r"dev.json: expected whole JSON"):
        run.predictions("dev")
    with pytest.raises(StoreError, match=r"expected predictions on 'x' \(kbert evaluate makes them\), found dev"):
        run.predictions("x")


def test_without_dev_nothing_is_measured(plan, data, tmp_path):
    result = start(replace(plan, dev=None), tmp_path / "run")
    assert result["best_epoch"] == 2
    assert not (tmp_path / "run" / "predictions").exists()
    Run(tmp_path / "run").evaluate(data / "dev", name=runs.DEV)


def test_a_graph_adds_nothing_to_a_run_without_one(plan, data, tmp_path):
    recipe = Recipe.of(Part("words"), (), None)
    build_corpus(Texts((str(data / "train.tsv"),)), recipe, tmp_path / "plain")
    start(replace(plan, model="bert", train=str(tmp_path / "plain"), dev=None), tmp_path / "run")
    ((graph, _),) = Run(tmp_path / "run").predict(documents(tmp_path, "beijing"))
    assert graph.mentions == ()
    with pytest.raises(OptionsError, match="was trained on graphs without facts: a knowledge graph adds nothing"):
        next(Run(tmp_path / "run").predict(documents(tmp_path, "x"), kg=str(data / "kg")))


def test_reports_come_step_by_step(plan, tmp_path):
    seen = []
    start(plan, tmp_path / "run", report=seen.append)
    assert [record["step"] for record in seen if "loss" in record] == list(range(1, 7))
    assert [record["epoch"] for record in seen if "dev" in record] == [1, 2]


def test_a_folder_may_be_named_by_a_string(finished):
    assert Run(str(finished)).folder == Path(finished)
