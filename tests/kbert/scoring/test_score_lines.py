"""Rows and answers as lines."""

import json

from graphs.formats import tsv
from graphs.questions import Question
from graphs.types import Triple
from kbert.scoring.score_lines import Lines, taken_names

SAID = {"margin": -1.23456789, "true": False, "unseen": ["head", "tail"], "probability": None, "best": "is"}
ROW = Question("f", 1, "a", "b", "c\td", "an A", tail_text="", others=("x", 7, None, 'say "so"'))
TEXTS, OTHERS = ("tail_text", "head_text"), ("one", "two", "three", "four")


def test_tab_separated():
    lines = Lines(tuple(SAID), TEXTS, OTHERS, as_json=False)
    assert lines.header == ["\t".join(("head", "relation", "tail", *SAID, *TEXTS, *OTHERS))]
    cells = ["a", "b", '"c\\td"', "-1.23457", "false", "head,tail", "", "is", "", "an A", "x", "7", "null", 'say "so"']
    assert lines.line(ROW, SAID).split("\t") == cells


def test_json():
    lines = Lines(tuple(SAID), TEXTS, OTHERS, as_json=True)
    assert lines.header == []
    passed = {"tail_text": "", "head_text": "an A", **dict(zip(OTHERS, ROW.others, strict=True))}
    expected = {"head": "a", "relation": "b", "tail": "c\td", **SAID, **passed}
    assert json.loads(lines.line(ROW, SAID)) == {**expected, "margin": -1.23457}


def test_what_the_import_reads_by_name_is_taken(tmp_path):
    assert taken_names(("margin",), for_import=False) == {"margin": "answers have"}
    taken = taken_names(("margin",), for_import=True)
    triple = ["a", "b", "c"]
    for name in ("label", "weight", "split", "evidence"):
        (tmp_path / "t.tsv").write_text(f"head\trelation\ttail\t{name}\na\tb\tc\t0\n", encoding="utf-8")
        (read,) = tsv.read(tmp_path / "t.tsv")
        assert (read == Triple(*triple)) == (name not in taken)
