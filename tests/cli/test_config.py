"""Options from a TOML file: checked key by key, with the place of what is wrong."""

import click
import pytest

from cli import config

SAID = [
    click.Option(["--limit", "-n"], type=click.IntRange(1)),
    click.Option(["--rate"], type=float),
    click.Option(["--facts-order"], type=click.Choice(["file", "rare"])),
    click.Option(["--json", "as_json"], is_flag=True),
    click.Option(["--inverse/--no-inverse"], default=False),
    click.Option(["--linker"], multiple=True),
    click.Option(["--config"]),
    click.Argument(["texts"], nargs=-1),
]


def checked(tmp_path, text):
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    return config.checked(path, config.read(path), SAID)


def test_values_become_defaults_under_the_parameters_names(tmp_path):
    text = 'limit = 3\nrate = 1\nfacts-order = "rare"\njson = true\ninverse = false\nlinker = ["a", "b"]\n'
    text += 'texts = "x.txt"\n'
    assert checked(tmp_path, text) == {
        "limit": 3,
        "rate": 1,
        "facts_order": "rare",
        "as_json": True,
        "inverse": False,
        "linker": ["a", "b"],
        "texts": ["x.txt"],
    }


def test_a_scalar_is_wrapped_for_an_option_that_repeats(tmp_path):
    assert checked(tmp_path, 'linker = "dictionary"') == {"linker": ["dictionary"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\nfacts_ordr = 'rare'\n",
            r"run.toml:2: this command knows no key 'facts-ordr' \(did you mean 'facts-order'\?\)",
        ),
        ("zzz = 1", "run.toml:1: this command knows no key 'zzz'$"),
        ("config = 'x'", "run.toml:1: this command knows no key 'config'"),
        ("limit = 1\n[graph]\nlimit = 2\n", "run.toml:2: this command knows no table 'graph'"),
        ("[[graph]]\nlimit = 2\n", "run.toml:1: this command knows no key 'graph'"),
        ("graph.limit = 2\n", "run.toml:1: this command knows no table 'graph'"),
        ("limit = 2.7", "run.toml:1: limit is a whole number, not 2.7"),
        ("limit = true", "run.toml:1: limit is a whole number, not True"),
        ("limit = '2'", "run.toml:1: limit is a whole number, not '2'"),
        ("limit = [2]", r"run.toml:1: limit is a whole number, not \[2\]"),
        ("limit = 0", "run.toml:1: limit: 0 is not in the range x>=1"),
        ("rate = 'high'", "run.toml:1: rate is a number, not 'high'"),
        ("json = 1", "run.toml:1: json is true or false, not 1"),
        ("facts-order = 1", "run.toml:1: facts-order is a string, not 1"),
        ("facts-order = 'best'", "run.toml:1: facts-order: 'best' is not one of"),
        ("linker = ['a', 2]", "run.toml:1: linker is a string, not 2"),
        ("linker = {a = 1}", "run.toml:1: linker is a string, not {'a': 1}"),
        ("facts-order = 'rare'\nfacts_order = 'file'", "run.toml:1: facts_order is there twice, with - and with _"),
        ("limit = ", "run.toml: not TOML: "),
        ("limit = 1\nlimit = 2", "run.toml: not TOML: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, text, message):
    with pytest.raises(click.UsageError, match=message):
        checked(tmp_path, text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(click.UsageError, match=r"none.toml: no such file"):
        config.read(tmp_path / "none.toml")
    with pytest.raises(click.UsageError, match="cannot be read"):
        config.read(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"a = '\xe9'")
    with pytest.raises(click.UsageError, match="not TOML"):
        config.read(tmp_path / "latin.toml")


def test_keys_are_the_long_names_of_options():
    assert config.key_of(click.Option(["-o", "--out-file", "form"])) == "out_file"
    assert config.key_of(click.Argument(["run"])) == "run"
