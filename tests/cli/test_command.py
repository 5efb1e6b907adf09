"""Commands with options of parts, from the arguments and from files."""

import click
import pytest
from click.testing import CliRunner

from cli.command import command
from cli.graph_build import LINKER, PARSER
from cli.texts import FORMAT


@command("build", slots=[FORMAT, PARSER, LINKER])
@click.argument("texts", nargs=-1)
@click.option("--linker", multiple=True)
@click.option("--parser", default="words")
@click.option("--format", "format")
@click.option("--seed", type=int, default=0)
@click.option("--kg", "-k")
def build(**given):
    """Say what was given."""
    click.echo(repr(given))


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*words, config=None, code=0):
        if config is not None:
            (tmp_path / "run.toml").write_text(config, encoding="utf-8")
            words = (*words, "--config", "run.toml")
        result = CliRunner().invoke(build, words, prog_name="build")
        assert result.exit_code == code, result.output
        return eval(result.stdout) if code == 0 and "--help" not in words else result.output

    return run


def test_options_of_chosen_parts_are_gathered(call):
    given = call("--linker", "dictionary", "--linker", "given", "--fold-case", "--seed", "3")
    assert given["linker"] == ("dictionary", "given")
    assert given["linker_options"]["dictionary"]["fold_case"] is True
    assert given["linker_options"]["given"] == {}
    assert given["parser_options"] == {"words": {}}
    assert given["format_options"] == {}
    assert "config" not in given
    assert given["seed"] == 3


def test_an_option_that_may_be_none(call, tmp_path, monkeypatch):
    (tmp_path / "part").mkdir()
    source = "class Linker:\n    def __init__(self, kg, *, most: int | None = None): ...\n"
    (tmp_path / "part" / "capitals.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert call("--linker", "part.capitals")["linker_options"] == {"part.capitals": {"most": None}}
    assert call("--linker", "part.capitals", "--most", "3")["linker_options"] == {"part.capitals": {"most": 3}}


def test_options_of_parts_that_were_not_chosen_are_unknown(call):
    assert "No such option" in call("--fold-case", code=2)


def test_clashing_options_are_prefixed(call):
    parts = ("--parser", "spacy", "--linker", "spacy", "--linker=dictionary")
    given = call(
        *parts, "--parser-pipeline", "a", "--linker-pipeline", "b", "--dictionary-fold-case", "--no-spacy-fold-case"
    )
    assert given["parser_options"]["spacy"]["pipeline"] == "a"
    assert given["linker_options"]["spacy"]["pipeline"] == "b"
    assert given["linker_options"]["dictionary"]["fold_case"] is True
    assert given["linker_options"]["spacy"]["fold_case"] is False
    assert "No such option" in call(*parts, "--pipeline", "a", code=2)


def test_parts_are_told_from_the_names_of_files(call):
    assert call("x.conll", "--token-column", "1")["format_options"] == {"conll": {"token_column": 1, "tag_column": -1}}
    assert call("-k", "y.jsonl", "--tag-column=0", "x.conll.gz")["format_options"]["conll"]["tag_column"] == 0
    assert call("--tagged", "--", "x.tsv")["format_options"]["tsv"]["tagged"] is True
    assert set(call("x.tsv", "y.txt")["format_options"]) == {"tsv", "txt"}
    assert call("x.unknown")["format_options"] == {}
    assert call("-")["format_options"] == {"txt": {}}


def test_help_shows_the_options_of_the_parts(call):
    text = call("--linker", "spacy", "x.tsv", "--help")
    assert "Options of the linker spacy:" in text
    assert "Options of the format tsv:" in text
    assert "--max-candidates" in text


def test_unknown_parts_are_refused_with_a_suggestion(call):
    assert "did you mean 'dictionary'?" in call("--linker", "dictionery", code=2)
    assert "no module 'no.such.module' can be imported for graphs.linkers" in call("--linker", "no.such.module", code=2)


def test_a_part_named_twice_is_refused(call):
    assert "the linker 'spacy' is named twice" in call("--linker", "spacy", "--linker", "spacy", code=2)


def test_parts_chosen_in_a_file_bring_their_options(call):
    given = call(config='linker = "dictionary"\nfold-case = true\nparser = "spacy"\npos = "fine"\nseed = 7\n')
    assert given["linker_options"]["dictionary"]["fold_case"] is True
    assert given["parser_options"]["spacy"]["pos"] == "fine"
    assert given["seed"] == 7


def test_files_named_in_a_file_bring_the_options_of_their_format(call):
    given = call(config='texts = ["x.conll"]\ntoken-column = 2\n')
    assert given["texts"] == ("x.conll",)
    assert given["format_options"]["conll"]["token_column"] == 2


def test_the_command_line_beats_the_file(call):
    config = 'linker = "spacy"\nparser = "spacy"\nseed = 7\n'
    given = call("--linker", "dictionary", "--seed", "1", config=config)
    assert given["linker"] == ("dictionary",)
    assert given["parser"] == "spacy"
    assert given["seed"] == 1
    assert "knows no key 'fold-case'" in call(
        "--linker", "given", config='linker = "dictionary"\nfold-case = true', code=2
    )


def test_wrong_types_in_a_file_are_refused_with_their_line(call):
    assert "run.toml:1: linker is a string, not 3" in call(config="linker = 3", code=2)
    assert "run.toml:1: parser is a string, not [1]" in call(config="parser = [1]", code=2)
    assert "run.toml:1: texts is a string, not 4" in call(config="texts = 4", code=2)


def test_an_option_without_its_value_is_refused_as_click_does(call):
    assert "requires an argument" in call("--linker", code=2)
    assert "requires an argument" in call("--config", code=2)
