"""Every command explains itself, at once and without loading a library."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.main import group


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Each command below a group with the words that call it, groups among them."""
    if path:
        yield " ".join(path), command
    if isinstance(command, click.Group):
        ctx = click.Context(command, info_name="kbert")
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            assert found is not None
            yield from walk(found, (*path, name))


COMMANDS = dict(walk(group))
DOCS = Path(__file__).parents[2] / "docs"
SAMPLE = DOCS.parent / "sample_data" / "english"
HEAVY = ("numpy", "pyarrow", "torch", "spacy", "transformers", "networkx", "pyoxigraph", "rich")
WITH_PARTS = (
    "train bert --task classify",
    "train kbert --task tag",
    "graph build --linker spacy",
    "graph build --linker dictionary --linker spacy --parser spacy --format conll",
    "kg import --format kgbert",
    f"kg import {SAMPLE / 'facts.tsv'}",
    f"graph build {SAMPLE / 'new.txt'} {SAMPLE / 'corpus' / 'dev.tsv'}",
    f"check data {SAMPLE / 'corpus' / 'dev.tsv'}",
    f"check facts {SAMPLE / 'facts.tsv'}",
)
PROBE = f"""
import sys
from cli.main import main
try:
    main()
except SystemExit as ended:
    code = ended.code
loaded = sorted(set({HEAVY!r}) & set(sys.modules))
sys.exit(f"loaded {{loaded}}" if loaded else code)
"""


def help_of(words: str) -> str:
    result = CliRunner().invoke(group, [*words.split(), "--help"], prog_name="kbert")
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("words", ["", *COMMANDS, *WITH_PARTS])
def test_help_loads_no_library(words):
    command = [sys.executable, "-c", PROBE, *words.split(), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(DOCS.parent)})
    assert done.returncode == 0, done.stderr
    called = max((name for name in COMMANDS if words.startswith(name)), key=len, default="")
    assert done.stdout.startswith(f"Usage: kbert {called}")


@pytest.mark.parametrize("words", COMMANDS)
def test_help_has_an_example_that_fits_a_terminal(words):
    text = help_of(words)
    assert f"kbert {words}" in text.partition("Example")[2]
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_says_what_it_does(words):
    for parameter in COMMANDS[words].params:
        if isinstance(parameter, click.Option):
            assert (parameter.help or "").endswith("."), parameter.opts


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_a_page(words):
    assert any(f"kbert {words}" in page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))


@pytest.mark.parametrize("words", ["graph build", "kg import", "train kbert", "predict"])
def test_the_help_of_a_wide_terminal_is_wider(words, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    group.main([*words.split(), "--help"], prog_name="kbert", standalone_mode=False)
    assert 80 < max(map(len, capsys.readouterr().out.splitlines())) <= 110


def test_help_of_a_group_lists_its_commands():
    assert all(f"  {words} " in help_of("") for words in COMMANDS if " " not in words)
    assert "K-BERT: facts grow as branches" in help_of("train")
    assert "Read facts and names from files or folders into a knowledge graph on disk." in " ".join(
        help_of("kg").split()
    )
