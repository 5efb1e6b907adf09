"""The sentence beside a number says what was measured on, and what had been learnt from it."""

from pathlib import Path

import pytest

from graphs.corpus import Corpus
from graphs.errors import OptionsError
from kbert.protocol import check_held_out, check_recipe, data_of, sentence

PARTS = [{"file": "part-00000.parquet", "rows": 1200}]


def corpus(*sums, **recipe):
    """Text graphs of files with these checksums."""
    files = [{"name": f"{i}.tsv", "sha256": value} for i, value in enumerate(sums)]
    recipe = {"facts": "own", "kg": "here", "kg_digest": "d", **recipe}
    return Corpus(Path("graphs"), {"texts": {"files": files}, "recipe": recipe, "parts": PARTS, "counts": {}})


RUN = {
    "train": {"texts": {"files": [{"name": "train.tsv", "sha256": "t"}]}},
    "dev": {"texts": {"files": [{"name": "dev.tsv", "sha256": "d"}]}},
    "recipe": {"facts": "own", "kg": "there", "kg_digest": "d"},
}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (corpus("x"), "held out: nothing was learnt from them or chosen on them"),
        (corpus("x", "d"), "dev: the epoch was chosen on them"),
        (corpus("d", "t"), "the model was trained on them"),
        (corpus(None), "whether the model has seen them is not known: standard input has no checksum"),
        (corpus(None, "t"), "the model was trained on them"),
        (corpus("x", facts="none"), "chosen on them; the graphs were built in another way than those trained on"),
        (corpus("x", kg_digest="e"), "chosen on them; the graphs were built in another way than those trained on"),
    ],
)
def test_what_was_measured_on(data, what):
    assert sentence("accuracy", 1200, data, RUN).endswith(f"{what})")


def test_how_many_texts_were_measured():
    assert sentence("f1", 1200, corpus("x", "y"), RUN).startswith("f1 over all 1,200 texts of 0.tsv, 1.tsv (")
    assert sentence("f1", 30, corpus("x"), RUN).startswith(
        "f1 over the 30 of 1,200 texts that have a target of 0.tsv ("
    )


@pytest.mark.parametrize("part", ["train", "dev"])
def test_what_came_by_standard_input_may_be_the_same(part):
    run = {**RUN, part: {"texts": {"files": [{"name": "-", "sha256": None}]}}}
    assert sentence("f1", 1200, corpus("x"), run).endswith("not known: standard input has no checksum)")


def test_a_run_without_dev():
    assert "held out" in sentence("f1", 1200, corpus("d"), {**RUN, "dev": None})


def test_texts_that_were_trained_on_are_refused():
    check_held_out(corpus("x"), RUN["train"], "dev")
    check_held_out(corpus(None), {"texts": {"files": [{"name": "-", "sha256": None}]}}, "dev")
    with pytest.raises(OptionsError, match=r"dev: 1.tsv is what was trained on; measure on texts that are held out"):
        check_held_out(corpus("x", "t"), RUN["train"], "dev")


def test_graphs_made_in_another_way_are_refused_wherever_they_lie():
    check_recipe(corpus("x"), RUN["recipe"])
    with pytest.raises(OptionsError, match="graphs was built with another facts, kg_digest than the graphs trained on"):
        check_recipe(corpus("x", facts="none", kg_digest="e"), RUN["recipe"])


def test_a_run_keeps_texts_parts_and_counts():
    assert data_of(corpus("x")) == {
        "texts": {"files": [{"name": "0.tsv", "sha256": "x"}]},
        "parts": PARTS,
        "counts": {},
    }
