"""The sentence beside a number says what was measured on, and what had been learnt from it."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from graphs.corpus import Corpus, to_rows
from graphs.digests import digests_of
from graphs.errors import OptionsError
from graphs.types import Role
from kbert.protocol import (
    Data,
    KnownTexts,
    Standing,
    check_dev,
    check_held_out,
    check_recipe,
    data_of,
    sentence,
    standing,
)

RECIPE = {"facts": "own", "kg": "here", "kg_digest": "d", "seed": 0}
RUN = {
    "train": {"texts": {"files": [{"name": "train.tsv", "sha256": "t"}]}},
    "dev": {"texts": {"files": [{"name": "dev.tsv", "sha256": "d"}]}},
    "recipe": {**RECIPE, "kg": "there"},
}
KNOWN = KnownTexts(np.arange(100, 200), np.arange(200, 300))
NOTHING_KEPT = KnownTexts(None, None)


def data(*sums, digests=range(1200), **recipe):
    """Text graphs of files with these checksums and texts with these digests."""
    files = [{"name": f"{i}.tsv", "sha256": value} for i, value in enumerate(sums or ("x",))]
    return Data("graphs", {"files": files}, {**RECIPE, **recipe}, lambda: (), np.array(digests, dtype=np.int64))


def told(found, known=KNOWN, run=RUN):
    """What the sentence says in brackets, and the word that is kept."""
    how = standing(found, run, known)
    return sentence("f1", len(found), found, how).partition("(")[2].removesuffix(")"), how.seen


@pytest.mark.parametrize(
    ("digests", "what", "seen"),
    [
        (range(300, 400), "held out: nothing was learnt from them or chosen on them", "held out"),
        (range(100, 110), "the model was trained on them", "trained"),
        (range(90, 101), "the model was trained on 1 of the 11 texts", "trained"),
        (range(200, 300), "dev: the epoch was chosen on them", "dev"),
        (range(299, 2299), "dev: the epoch was chosen on 1 of the 2,000 texts", "dev"),
        (range(199, 200), "the model was trained on them", "trained"),
        ([100, 100, 7], "the model was trained on 2 of the 3 texts", "trained"),
    ],
)  # fmt: skip
def test_texts_are_known_whatever_file_they_came_in(digests, what, seen):
    assert told(data("x", digests=digests)) == (what, seen)
    assert told(data(None, digests=digests)) == (what, seen)
    assert told(data("t", "d", digests=digests)) == (what, seen)


@pytest.mark.parametrize(
    ("found", "what", "seen"),
    [
        (data("x"), "held out, as far as files tell: other files than those trained on or chosen on", "held out"),
        (data("x", "d"), "dev: the epoch was chosen on them", "dev"),
        (data("d", "t"), "dev: the epoch was chosen on them; the model was trained on them", "trained"),
        (data(None), "whether the model has seen them is not known: standard input has no checksum", "unknown"),
        (data(None, "t"), "the model was trained on them", "trained"),
    ],
)
def test_a_run_that_kept_no_digests_knows_files(found, what, seen):
    assert told(found, NOTHING_KEPT) == (what, seen)


@pytest.mark.parametrize("part", ["train", "dev"])
def test_what_came_by_standard_input_may_be_the_same(part):
    run = {**RUN, part: {"texts": {"files": [{"name": "-", "sha256": None}]}}}
    what = "whether the model has seen them is not known: standard input has no checksum"
    assert told(data("x"), NOTHING_KEPT, run) == (what, "unknown")


def test_texts_of_both_are_told_of_both():
    what = "dev: the epoch was chosen on 1 of the 2 texts; the model was trained on 1 of the 2 texts"
    assert told(data(digests=[199, 200])) == (what, "trained")


def test_a_run_without_dev():
    run, known = {**RUN, "dev": None}, KnownTexts(KNOWN.train, None)
    assert told(data("d", digests=[1]), known, run) == (
        "held out: nothing was learnt from them or chosen on them",
        "held out",
    )


READ = {
    "train": {"texts": {"files": [{"name": "p.txt", "sha256": "p"}]}},
    "dev": {"texts": {"files": [{"name": "q.txt", "sha256": "q"}]}},
    "pretrained": {
        "train": {"texts": {"files": [{"name": "o.txt", "sha256": "o"}]}},
        "dev": None,
        "pretrained": None,
    },
}


@pytest.mark.parametrize(
    ("digests", "what", "seen"),
    [
        ([500, 600], "held out: nothing was learnt from them or chosen on them", "held out"),
        ([301, 300], "the encoder was pre-trained or chosen on them, without labels", "pretrained"),
        ([300, 500], "the encoder was pre-trained or chosen on 1 of the 2 texts, without labels", "pretrained"),
    ],
)
def test_texts_that_the_encoder_has_read_are_told(digests, what, seen):
    known = KNOWN._replace(pretrained=np.arange(300, 400))
    assert told(data("x", digests=digests), known, {**RUN, "pretrained": READ}) == (what, seen)


def test_texts_that_the_encoder_has_read_too_are_told_of_both():
    run, known = {**RUN, "pretrained": READ}, KNOWN._replace(pretrained=np.arange(100, 400))
    read = "; the encoder was pre-trained or chosen on them, without labels"
    assert told(data(digests=[250]), known, run) == (f"dev: the epoch was chosen on them{read}", "dev")
    assert told(data(digests=[150]), known, run) == (f"the model was trained on them{read}", "trained")


@pytest.mark.parametrize("sum", ["p", "q", "o"])
def test_an_encoder_that_kept_no_digests_knows_files_all_the_way(sum):
    run = {**RUN, "pretrained": READ}
    what = "the encoder was pre-trained or chosen on them, without labels"
    assert told(data(sum, digests=[500]), KNOWN, run) == (what, "pretrained")
    assert told(data(None, sum, digests=[500]), KNOWN, run) == (what, "pretrained")
    held_out = "held out, as far as files tell: other files than those trained on or chosen on"
    assert told(data("x", digests=[500]), KNOWN, run) == (held_out, "held out")
    assert told(data(None, digests=[500]), KNOWN, run)[1] == "unknown"


def test_what_was_marked_makes_no_difference_to_an_encoder(graph_of):
    plain = graph_of("the film")
    graphs = [dataclasses.replace(plain, spans=(Role("head", 0, *at),)) for at in ((0, 3), (4, 8))]
    rows, read = to_rows(graphs), digests_of([to_rows([plain])])
    found = dataclasses.replace(data(digests=[1, 2]), rows=lambda: [rows], roles=("head",))
    run, known = {**RUN, "pretrained": READ}, KNOWN._replace(pretrained=read)
    assert standing(found, run, known).pretrained == 2
    assert standing(found, run, known._replace(pretrained=read + 1)).pretrained == 0


def test_graphs_made_in_another_way_are_named_so():
    what = "the graphs were built in another way than those trained on"
    assert told(data(digests=[1], facts="none"))[0].endswith(f"chosen on them; {what}")
    assert told(data(digests=[1], kg_digest="e"))[0].endswith(f"chosen on them; {what}")
    assert not standing(data(facts="none"), RUN, KNOWN).same_recipe
    assert standing(data(kg="elsewhere"), RUN, KNOWN).same_recipe


def test_how_many_texts_were_measured():
    two, how = data("x", "y"), Standing(1200, 0, 0, by_files=False, same_recipe=True)
    assert sentence("f1", 1200, two, how).startswith("f1 over all 1,200 texts of 0.tsv, 1.tsv (")
    assert sentence("f1", 30, two, how).startswith("f1 over the 30 of 1,200 texts that have a target of 0.tsv, 1.tsv (")


def test_texts_that_were_trained_on_are_refused():
    def check(found, known=KNOWN):
        check_held_out(found, standing(found, RUN, known))

    check(data(digests=range(200, 300)))
    check(data("x"), NOTHING_KEPT)
    with pytest.raises(OptionsError, match=r"graphs: the run was trained on 1 of the 2 texts of 0.tsv; pass --unseen"):
        check(data(digests=[0, 100]))
    with pytest.raises(OptionsError, match=r"graphs: the run was trained on all texts of 0.tsv, 1.tsv; pass --unseen"):
        check(data("x", "t"), NOTHING_KEPT)


def test_dev_may_share_texts_with_train_but_not_be_it():
    for digests in ([0, 100], []):
        found = data(digests=digests)
        check_dev(found, standing(found, RUN, KNOWN))
    found = data(digests=[100, 101])
    with pytest.raises(OptionsError, match=r"dev: 0.tsv is what is trained on; choose the epoch on texts that are"):
        check_dev(found, standing(found, RUN, KNOWN))


def refuse(some, run):
    check_recipe(some.name, some.recipe, run)


def test_graphs_made_in_another_way_are_refused_wherever_they_lie():
    refuse(data(), RUN)
    with pytest.raises(OptionsError, match="graphs was built with another facts, knowledge graph than"):
        refuse(data(facts="none", kg_digest="e"), RUN)


def test_a_seed_matters_where_facts_are_shuffled_alone():
    refuse(data(seed=7), RUN)
    shuffled = {**RUN, "recipe": {**RECIPE, "facts": "shuffled"}}
    with pytest.raises(OptionsError, match="built with another seed than"):
        refuse(data(facts="shuffled", seed=7), shuffled)
    with pytest.raises(OptionsError, match="built with another facts, seed than"):
        refuse(data(seed=7), shuffled)


def test_a_run_keeps_texts_parts_and_counts():
    manifest = {"texts": {"files": []}, "parts": [], "counts": {}, "recipe": {}, "versions": {}}
    assert data_of(Corpus(Path("graphs"), manifest)) == {"texts": {"files": []}, "parts": [], "counts": {}}
