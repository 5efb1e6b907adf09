"""The demo, with a tiny encoder: commands are shown, and what matters of what they print."""

import shutil
from pathlib import Path

import pytest

from cli.commands import demo as demo_command

SAMPLE = Path(__file__).parents[3] / "sample_data" / "english"


@pytest.fixture(scope="module", autouse=True)
def _one_epoch():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(demo_command, "TRAINING", ("--epochs", "1"))
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The sample data, shortened."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("facts.tsv", "labels.jsonl", "new.txt"):
        shutil.copy(SAMPLE / name, folder)
    (folder / "corpus").mkdir()
    for split in ("train", "dev", "test"):
        lines = (SAMPLE / "corpus" / f"{split}.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / "corpus" / f"{split}.tsv").write_text("".join(lines[:25]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def demo(kbert, data, encoder, tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    words = ("demo", "--data", data, "--encoder", encoder, "--seeds", "2", "-o", out)
    return kbert(*words), out, words


def test_every_command_is_shown(demo):
    result, out, _ = demo
    shown = [line for line in result.stderr.splitlines() if line.startswith("$ kbert ")]
    assert [line.split()[2] for line in shown] == (
        ["kg", "graph", "graph"] + ["train", "evaluate"] * 3 + ["compare", "predict", "graph", "graph"]
    )
    assert result.stderr.count("(and the same with the seeds 1)") == 3
    assert len(list((out / "runs").iterdir())) == 6


def test_what_matters_is_printed(demo):
    result, _, _ = demo
    assert "kbert, facts shuffled" in result.stdout
    assert "predictions" in result.stdout
    assert "soft position" in result.stdout
    assert "collisions" not in result.stdout


def test_json_is_the_comparison_alone(kbert, data, encoder, tmp_path):
    words = ("demo", "--data", data, "--encoder", encoder, "--seeds", "1", "-o", tmp_path / "out", "-q")
    assert len(kbert(*words, "--json").json["systems"]) == 3


def test_only_what_a_demo_made_is_replaced(kbert, demo, tmp_path):
    _, out, words = demo
    assert "holds an earlier demo" in kbert(*words, code=2).stderr
    mine = tmp_path / "mine"
    shutil.copytree(out, mine)
    (mine / "thesis.tex").touch()
    message = kbert(*words[:-1], mine, "--overwrite", code=2).stderr
    assert "holds thesis.tex: name another folder" in message
    (mine / "thesis.tex").unlink()
    (mine / "demo.json").unlink()
    assert "holds what no demo made" in kbert(*words[:-1], mine, "--overwrite", code=2).stderr
    assert (mine / "kg").is_dir()


def test_a_demo_is_replaced_when_asked(kbert, demo, data, encoder, tmp_path):
    _, out, _ = demo
    again = tmp_path / "again"
    shutil.copytree(out, again)
    words = ("demo", "--data", data, "--encoder", encoder, "--seeds", "1", "-o", again, "--overwrite")
    kbert(*words)
    assert len(list((again / "runs").iterdir())) == 3


def test_a_failing_command_ends_the_demo(kbert, data, tmp_path):
    result = kbert("demo", "--data", data, "--encoder", "package:none", "-o", tmp_path / "out", code=1)
    assert "no package 'none' is installed" in result.stderr.splitlines()[-1]


def test_an_interrupt_ends_the_demo(kbert, data, encoder, tmp_path, monkeypatch):
    from kbert import train_run

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(train_run, "train_run", interrupted)
    result = kbert("demo", "--data", data, "--encoder", encoder, "-o", tmp_path / "out", code=130)
    assert result.stderr.splitlines()[-1] == "stopped"
    assert result.stderr.count("$ kbert train") == 1
