"""Options that would be without effect are refused, whatever their values."""

import click
import pytest
from click.testing import CliRunner

from cli.options import refuse_idle


@pytest.mark.parametrize(("word", "called"), [("-o", "--other"), ("--no-flag", "--flag")])
def test_options_go_by_what_people_call_them(word, called):
    @click.command()
    @click.option("-o", "--other", "name", is_flag=True)
    @click.option("--flag/--no-flag")
    def command(name, flag):
        refuse_idle(dict.fromkeys(("name", "flag"), "is idle"))

    assert f"{called} is idle" in CliRunner().invoke(command, [word]).output


RELATION = "goes with --task triple: for relations no false triples are drawn"


@pytest.mark.parametrize("words", [(), ("--how-many", "3")])
def test_what_was_not_given_is_not_refused(words):
    @click.command()
    @click.option("--how-many", default=3)
    def command(how_many):
        refuse_idle({"how_many": "goes with --what"})

    result = CliRunner().invoke(command, words)
    assert result.exit_code == (2 if words else 0)
    assert ("--how-many goes with --what" in result.output) == bool(words)


@pytest.mark.parametrize(
    ("command", "words", "sentence"),
    [
        ("train", ("--task", "relation", "--negatives", "5"), f"--negatives {RELATION}"),
        ("train", ("--task", "relation", "--sides", "both"), f"--sides {RELATION}"),
        ("train", ("--task", "relation", "--loss", "infonce"), f"--loss {RELATION}"),
        ("train", ("--task", "relation", "--nearest", "7"), f"--nearest {RELATION}"),
        ("train", ("--task", "relation", "--negatives-from", "x"), f"--negatives-from {RELATION}"),
        ("train", ("--nearest", "50"), "--nearest goes with --negatives-from"),
        ("rank", ("--seed", "1"), "--seed goes with --limit"),
        ("evaluate", ("--seed", "1"), "--seed goes with --negatives"),
        ("evaluate", ("labelled.tsv", "--seed", "1"), "--seed goes with --negatives"),
        ("score", ("-", "--overwrite"), "--overwrite replaces a file: name one with --out"),
        ("score", ("-", "--overwrite", "-o", "-"), "--overwrite replaces a file: name one with --out"),
    ],
)
def test_idle_options_of_triples(kbert, triple_run, encoder, split_kg, tmp_path, command, words, sentence):
    begun = (command, triple_run)
    if command == "train":
        begun = ("train", "kgbert", "--kg", split_kg, "--encoder", encoder, "-o", tmp_path / "run")
    assert sentence in kbert(*begun, *words, code=2).stderr
    assert not list(tmp_path.iterdir())


def test_patience_without_dev(kbert, kg, encoder, tmp_path):
    words = ("--kg", kg, "--encoder", encoder, "--patience", "2", "-o", tmp_path / "run", "-q")
    for name in ("kgbert", "biencoder"):
        message = kbert("train", name, *words, code=2).stderr
        assert f"patience waits for a better dev, and {kg} has no true triples of it" in message
    assert not (tmp_path / "run").exists()
