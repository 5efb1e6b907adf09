"""Training recommenders from the command line."""

import json
import re

import pytest

SHORT = ("--epochs", "2", "--batch-size", "8", "--width", "8", "--length", "6", "--precision", "fp32", "-q")


def plan_of(run):
    return json.loads((run / "run.json").read_text(encoding="utf-8"))["plan"]


def test_every_option_of_a_pre_training_reaches_it(kbert, behaviour, tmp_path):
    weights = ("--mip", "0.5", "--uap", "0.25", "--srd", "0.125", "--attribute", "age")
    hidden = ("--mask-rate", "0.4", "--last-share", "0.3", "--stretches", "one", "--sampled", "5")
    users = ("--hold-profiles", "--control", "shuffled")
    model = (
        "--objective",
        "masked",
        "--width",
        "8",
        "--layers",
        "1",
        "--heads",
        "4",
        "--length",
        "6",
        "--dropout",
        "0.1",
    )
    words = (*weights, *hidden, *users, *model, "--epochs", "1", "--seed", "3", "-q")
    result = kbert("pretrain", "uprec", "--behaviour", behaviour, *words, "--json", "-o", tmp_path / "run").json
    assert result["epochs"] == 1
    plan = plan_of(tmp_path / "run")
    assert plan["learning"] == {
        "mip": 0.5,
        "uap": 0.25,
        "srd": 0.125,
        "mask_rate": 0.4,
        "last_share": 0.3,
        "stretches": "one",
        "sampled": 5,
        "hold_profiles": True,
        "shuffled": True,
    }
    assert (plan["attributes"], plan["begin"]) == (["age"], None)
    assert plan["settings"]["seed"] == 3
    options = {"objective": "masked", "width": 8, "layers": 1, "heads": 4, "length": 6, "dropout": 0.1}
    assert plan["recommender_options"] == options


def test_a_training_asks_for_last_items_and_goes_on(kbert, behaviour, behaviour_runs, tmp_path):
    words = ("--begin", behaviour_runs / "first", "--sampled", "4", "--epochs", "1", "-q", "-o", tmp_path / "run")
    assert "dev ndcg@10" in kbert("train", "uprec", "--behaviour", behaviour, *words).stdout
    plan = plan_of(tmp_path / "run")
    assert plan["begin"] == str(behaviour_runs / "first")
    assert (plan["learning"]["last_share"], plan["learning"]["sampled"]) == (1.0, 4)
    assert plan["recommender_options"]["width"] == 8


def test_a_training_that_goes_on_has_the_model_it_began_with(kbert, behaviour, behaviour_runs, tmp_path):
    words = ("--begin", behaviour_runs / "first", "--width", "16", "-o", tmp_path / "run")
    found = kbert("train", "uprec", "--behaviour", behaviour, *words, code=2).stderr
    assert "--width is that of" in found
    assert "which goes on" in found


def test_profiles_from_the_command_line(kbert, behaviour, behaviour_runs, tmp_path):
    words = ("--task", "profile", "--attribute", "town", *SHORT, "-o", tmp_path / "run")
    assert "dev town accuracy" in kbert("train", "uprec", "--behaviour", behaviour, *words).stdout
    assert plan_of(tmp_path / "run")["task"] == "profile"
    shown = kbert("evaluate", tmp_path / "run").stdout
    assert "town macro_f1" in shown
    assert "most frequent, or mean" in shown
    found = kbert("evaluate", tmp_path / "run", "--split", "dev", "--json").json
    assert {"metrics", "simplest", "protocol"} == found.keys()
    message = kbert("recommend", tmp_path / "run", "--items", "b1", code=2).stderr
    assert "was trained to tell profiles, not to recommend items" in message
    message = kbert("evaluate", tmp_path / "run", "--negatives", "3", code=2).stderr
    assert "--negatives is for runs that recommend, and" in message
    words = ("--task", "profile", "--begin", behaviour_runs / "first", "-o", tmp_path / "x")
    message = kbert("train", "uprec", "--behaviour", behaviour, *words, code=2).stderr
    assert "has learnt the profiles that dev and test ask for: pre-train it with --hold-profiles" in message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--task", "profile", "--sampled", "3"), "--sampled is for --task recommend"),
        (("--task", "profile", "--stretches", "one"), "--stretches is for --task recommend"),
        (("--attribute", "town"), "--attribute is for --task profile"),
    ],
)
def test_options_of_the_other_task(kbert, behaviour, tmp_path, words, message):
    words = (*words, "-o", tmp_path / "run")
    assert message in kbert("train", "uprec", "--behaviour", behaviour, *words, code=2).stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--objective", "causal", "--mask-rate", "0.3"), "--mask-rate hides items, and --objective causal hides none"),
        (("--objective", "causal", "--last-share", "1"), "--last-share hides items, and --objective causal hides none"),
        (("--attribute", "town"), "--attribute is of no use without a weight of --uap or --srd"),
        (("--mip", "0", "--uap", "1", "--sampled", "3"), "--sampled is of no use with --mip 0"),
    ],
)
def test_options_from_which_nothing_would_follow(kbert, behaviour, tmp_path, words, message):
    words = (*words, "-o", tmp_path / "run")
    assert message in kbert("pretrain", "uprec", "--behaviour", behaviour, *words, code=2).stderr


@pytest.fixture(scope="module")
def book_vectors(kbert, tmp_path_factory):
    """Vectors of some books that readers borrow, and of what the books are about."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "facts.tsv").write_text("b1\tabout\tferries\nb2\tabout\tlamps\nb4\tabout\tferries\n", encoding="utf-8")
    kbert("kg", "import", folder / "facts.tsv", "-o", folder / "kg", "-q")
    words = ("--method", "transe", "--width", "8", "--epochs", "1", "-q", "-o", folder / "vectors")
    kbert("kg", "embed", folder / "kg", *words)
    return folder / "vectors"


@pytest.mark.parametrize("group", ["train", "pretrain"])
def test_items_begin_with_vectors(kbert, behaviour, book_vectors, tmp_path, group):
    words = (group, "uprec", "--behaviour", behaviour, "--item-vectors", book_vectors, "--epochs", "1", "-q")
    shown = kbert(*words, "--width", "8", "-o", tmp_path / "run").stdout
    assert re.search(r"items that began with a vector +│ +3 of 12 │", shown)
    assert re.search(r"of them by their own name +│ +3 │", shown)
    assert plan_of(tmp_path / "run")["item_vectors"] == str(book_vectors)
    message = kbert(*words, "-o", tmp_path / "wide", code=2).stderr
    assert "has vectors of 8 numbers, and those of items have 64: --width 8 would fit" in message


def test_a_model_that_goes_on_has_its_vectors(kbert, behaviour, behaviour_runs, book_vectors, tmp_path):
    words = ("--begin", behaviour_runs / "first", "--item-vectors", book_vectors, "-o", tmp_path / "run")
    message = kbert("train", "uprec", "--behaviour", behaviour, *words, code=2).stderr
    assert "item vectors are for a new model" in message


def test_many_epochs_are_the_default(kbert):
    assert "100" in kbert("train", "uprec", "--help").stdout.partition("--epochs")[2][:160]


def test_other_runs_are_for_other_commands(kbert, behaviour_runs, triple_run):
    assert "is a run on behaviour" in kbert("predict", behaviour_runs / "second", "-", input="a\n", code=2).stderr
    assert "is a run on triples" in kbert("recommend", triple_run, "--items", "a", code=2).stderr
    message = kbert("evaluate", behaviour_runs / "second", "--name", "x", code=2).stderr
    assert "--name is for runs on texts or triples" in message
    assert "nothing to train is called 'uprek'" in kbert("train", "uprek", code=2).stderr
