"""Runs from plan to folder: what is kept, what is refused, and what is gone on with."""

from dataclasses import replace

import pytest

from graphs.corpus import Corpus
from graphs.errors import DataError, OptionsError, StoreError, UnavailableError
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from kbert import measure
from kbert.runs import Run
from kbert.train_run import train_run


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


def test_a_broken_run_goes_on_with_the_losses_of_an_unbroken_one(plan, finished, tmp_path):
    class BrokenError(Exception):
        pass

    def break_off(record):
        if record["step"] == 4:
            raise BrokenError

    with pytest.raises(BrokenError):
        train_run(plan, tmp_path / "run", report=break_off)
    with pytest.raises(StoreError, match=r"expected a finished run, found one without result.json"):
        Run(tmp_path / "run").load()
    with pytest.raises(OptionsError, match="is there already: name another folder, or pass --resume"):
        train_run(plan, tmp_path / "run")
    train_run(plan, tmp_path / "run", resume=True)
    for name in ("metrics.jsonl", "model.safetensors", "result.json", "run.json"):
        assert (tmp_path / "run" / name).read_bytes() == (finished / name).read_bytes()


def test_resuming_with_other_options_or_data_is_refused(run, plan, data):
    for other, what in (
        (replace(plan, settings=replace(plan.settings, seed=1)), r"plan\.settings\.seed 0 before, 1 now"),
        (replace(plan, model="bert"), "model 'kbert' before, 'bert' now"),
        (replace(plan, train=str(data / "test")), r"another train\.parts"),
    ):
        with pytest.raises(OptionsError, match=rf"was written with other options or data \(.*{what}.*\): resume"):
            train_run(other, run.folder, resume=True)


def test_a_folder_with_anything_else_in_it_is_refused(plan, tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(OptionsError, match="is there already"):
        train_run(plan, tmp_path)
    with pytest.raises(OptionsError, match="it holds no run to go on with"):
        train_run(plan, tmp_path, resume=True)
    with pytest.raises(OptionsError, match="is there already"):
        train_run(plan, tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"encoder": "package:none"}, UnavailableError, "no package 'none' is installed"),
        ({"dev": "TRAIN"}, OptionsError, "dev: train.tsv is what is trained on"),
        ({"dev": "SHUFFLED"}, OptionsError, "was built with another facts than the graphs trained on"),
        ({"dev": "NEW"}, DataError, "expected texts with targets for classify, found none with any"),
        ({"train": "NEW"}, DataError, "expected a label to learn"),
        ({"train": "BLANK", "dev": None}, DataError, "expected text graphs with targets to learn"),
        ({"dev": "BLANK"}, DataError, "expected texts to measure on, found none"),
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
        train_run(replace(plan, **change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_without_dev_nothing_is_measured(plan, data, tmp_path):
    result = train_run(replace(plan, dev=None), tmp_path / "run")
    assert result["best_epoch"] == 2
    assert not (tmp_path / "run" / "predictions").exists()
    Run(tmp_path / "run").evaluate(data / "dev", name=measure.DEV)


def test_reports_come_step_by_step(plan, tmp_path):
    seen = []
    train_run(plan, tmp_path / "run", report=seen.append)
    assert [record["step"] for record in seen if "loss" in record] == list(range(1, 7))
    assert [record["epoch"] for record in seen if "dev" in record] == [1, 2]


def test_dev_that_shares_texts_with_train_is_told(plan, data, build, tmp_path):
    lines = (data / "dev.tsv").read_text(encoding="utf-8") + "good\ttim cook is visiting\n"
    (tmp_path / "mixed.tsv").write_text(lines, encoding="utf-8")
    build(tmp_path / "mixed.tsv", data / "kg", tmp_path / "mixed")
    result = train_run(replace(plan, dev=str(tmp_path / "mixed")), tmp_path / "run")
    assert result["protocol"].endswith("(dev: the epoch was chosen on them; the model was trained on 1 of the 4 texts)")
    assert Run(tmp_path / "run").predictions("dev")["seen"] == "trained"


def test_one_training_at_a_time(plan, finished, data, tmp_path):
    """While one is at work, no other goes on in its folder, and nothing is measured there."""
    folder, refused = tmp_path / "run", []

    def report(record):
        if record["step"] == 2 and not refused:
            for other in (
                lambda: train_run(plan, folder, resume=True),
                lambda: Run(folder).evaluate(data / "test", name="x"),
            ):
                with pytest.raises(StoreError, match=r"training of this run, found one at work") as error:
                    other()
                refused.append(error)

    train_run(plan, folder, report=report)
    assert len(refused) == 2
    assert (folder / "metrics.jsonl").read_bytes() == (finished / "metrics.jsonl").read_bytes()


def test_every_option_is_kept_with_its_value(run, plan):
    """From Python too, where defaults need not be named; so runs that are alike are one system."""
    assert plan.model_options == plan.task_options == {}
    assert run.plan["model_options"] == {"max_pieces": 256, "max_facts": 2, "branch_text": "relation tail"}
    assert run.plan["task_options"] == {"pooling": "cls", "dropout": 0.1}
    named = replace(plan, model_options=run.plan["model_options"], task_options={"dropout": 0.1, "pooling": "cls"})
    train_run(named, run.folder, resume=True)


@pytest.fixture
def parsed(tmp_path):
    """Text graphs with trees: each word hangs on the one before it."""
    blocks = []
    for number, (label, text) in enumerate([("good", "tim cook is visiting"), ("bad", "beijing is a film")] * 4):
        lines = [f"# sent_id = {number}", f"# label = {label}"]
        for head, (word, name) in enumerate(zip(text.split(), ("root", "x", "y", "x"), strict=True)):
            lines.append("\t".join((str(head + 1), word, *"_" * 4, str(head), name, "_", "_")))
        blocks.append("\n".join(lines) + "\n\n")
    (tmp_path / "parsed.conllu").write_text("".join(blocks), encoding="utf-8")
    texts = Texts((str(tmp_path / "parsed.conllu"),), None, {"target": "label"})
    build_corpus(texts, Recipe.of(Part("conllu"), (), None), tmp_path / "graphs")
    return tmp_path / "graphs"


def test_what_a_model_learns_of_its_training_texts_is_kept(plan, parsed, tmp_path):
    """The labels of arcs stand in the run, which is loaded with them, and is resumed."""
    syntax = replace(plan, model="syntax", train=str(parsed), dev=None, task_options={"pooling": "mean"})
    syntax = replace(syntax, model_options={})
    train_run(syntax, tmp_path / "run")
    run = Run(tmp_path / "run")
    assert run.plan["model_options"]["arc_labels"] == "x y"
    model = run.load()
    assert model.settings["model_options"]["arc_labels"] == "x y"
    layout = model.examples(Corpus.open(parsed).batches()).layout
    assert (layout.cut["arcs"], layout.cut["unknown_labels"], layout.linked_share) == (24, 0, 1.0)
    again = train_run(syntax, tmp_path / "run", resume=True)
    assert again == run.result()


def test_texts_without_trees_teach_no_syntax(plan, data, tmp_path):
    syntax = replace(plan, model="syntax", model_options={}, task_options={"pooling": "mean"})
    with pytest.raises(DataError, match=r"expected dependency arcs in the training texts \(kbert graph build"):
        train_run(syntax, tmp_path / "run")
    assert not (tmp_path / "run").exists()
