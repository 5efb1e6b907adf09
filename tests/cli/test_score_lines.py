"""Rows and answers as lines."""

import json

from cli.score_lines import Lines
from graphs.questions import Question

SAID = {"margin": -1.23456789, "true": False, "unseen": ["head", "tail"], "probability": None, "best": "is"}
ROW = Question("f", 1, "a", "b", "c\td", others=("x", 7, None, 'say "so"'))
OTHERS = ("one", "two", "three", "four")


def test_tab_separated():
    lines = Lines(tuple(SAID), OTHERS, as_json=False)
    assert lines.header == ["\t".join(("head", "relation", "tail", *SAID, *OTHERS))]
    cells = ["a", "b", '"c\\td"', "-1.23457", "false", "head,tail", "", "is", "x", "7", "null", 'say "so"']
    assert lines.line(ROW, SAID).split("\t") == cells


def test_json():
    lines = Lines(tuple(SAID), OTHERS, as_json=True)
    assert lines.header == []
    expected = {"head": "a", "relation": "b", "tail": "c\td", **SAID, **dict(zip(OTHERS, ROW.others, strict=True))}
    assert json.loads(lines.line(ROW, SAID)) == {**expected, "margin": -1.23457}
