"""Metrics against seqeval and scikit-learn."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import BILOU, IOB2, IOBES, Entities
from sklearn.metrics import accuracy_score
from sklearn.metrics import f1_score as sklearn_f1

from kbert import metrics
from kbert.metrics import Scheme, chunk_counts, chunk_metrics_by_type, chunks, scheme_of

ORACLES = {"IOB2": IOB2, "IOBES": IOBES, "BILOU": BILOU}
PREFIXES = {"IOB2": "BI", "IOBES": "BIES", "BILOU": "BILU"}
OURS: dict[str, Scheme] = {"IOB2": "IOB2", "IOBES": "IOBES", "BILOU": "IOBES"}


def tag_lists(scheme: str, **sizes: int) -> st.SearchStrategy[list[str]]:
    tags = ["O"] + [f"{prefix}-{kind}" for prefix in PREFIXES[scheme] for kind in ("X", "Y")]
    return st.lists(st.sampled_from(tags), **sizes)


def pairs(scheme: str) -> st.SearchStrategy[list[tuple[list[str], list[str]]]]:
    one = st.integers(1, 7).flatmap(lambda n: st.tuples(*[tag_lists(scheme, min_size=n, max_size=n) for _ in range(2)]))
    return st.lists(one, min_size=1, max_size=4)


@pytest.mark.parametrize("scheme", ORACLES)
@given(st.data())
def test_chunks_are_seqevals_strict_ones(scheme: str, data: st.DataObject) -> None:
    tags = data.draw(tag_lists(scheme, min_size=1, max_size=8))
    expected = {(e.start, e.end, e.tag) for e in Entities([tags], ORACLES[scheme]).entities[0]}
    assert {tuple(chunk) for chunk in chunks(tags, OURS[scheme])} == expected


@pytest.mark.parametrize("scheme", ORACLES)
@given(st.data())
def test_f1_is_seqevals(scheme: str, data: st.DataObject) -> None:
    both = data.draw(pairs(scheme))
    gold, found = [pair[0] for pair in both], [pair[1] for pair in both]
    total = chunk_counts(gold, found, OURS[scheme]).sum(0)
    options = {"mode": "strict", "scheme": ORACLES[scheme], "zero_division": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval warns of what is undefined
        expected = [score(gold, found, **options) for score in (precision_score, recall_score, f1_score)]
    assert metrics.precision_recall_f1(*total) == pytest.approx(expected)


@pytest.mark.parametrize("scheme", ["IOB2", "IOBES"])
@given(st.data())
def test_every_type_by_itself(scheme: Scheme, data: st.DataObject) -> None:
    both = data.draw(pairs(scheme))
    gold, found = [pair[0] for pair in both], [pair[1] for pair in both]
    by_type = chunk_metrics_by_type(gold, found, scheme)
    for kind, values in by_type.items():
        alone = [[[t if t.endswith(kind) else "O" for t in tags] for tags in side] for side in (gold, found)]
        right, predicted, wanted = chunk_counts(*alone, scheme).sum(0)
        expected = metrics.precision_recall_f1(right, predicted, wanted)
        assert (values["precision"], values["recall"], values["f1"], values["gold"]) == (*expected, wanted)
    assert sum(values["gold"] for values in by_type.values()) == chunk_counts(gold, found, scheme).sum(0)[2]


def test_well_formed_entities_as_seqeval_reads_them_leniently() -> None:
    tags = ["B-X", "I-X", "O", "B-Y", "B-Y", "I-Y"]
    assert [(c.type, c.start, c.end - 1) for c in chunks(tags, "IOB2")] == get_entities(tags)


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (["O", "B-X", "I-X"], "IOB2"),
        (["O", "B-X", "S-X"], "IOBES"),
        (["B-X", "M-X", "E-X"], "IOBES"),
        (["B-X", "I-X", "L-X", "U-X"], "IOBES"),
        (["B", "I", "O"], "IOB2"),
        (["B", "M", "E", "S"], "IOBES"),
        ([], "IOB2"),
    ],
)
def test_scheme(tags: list[str], scheme: Scheme) -> None:
    assert scheme_of(tags) == scheme


def test_other_names_of_iobes_and_tags_without_a_type() -> None:
    assert chunks(["B-X", "M-X", "E-X", "S-X"], "IOBES") == [(0, 3, "X"), (3, 4, "X")]
    assert chunks(["B", "I", "O", "B"], "IOB2") == [(0, 2, ""), (3, 4, "")]


def test_a_type_may_have_a_hyphen() -> None:
    assert chunks(["B-work-of-art", "I-work-of-art"], "IOB2") == [(0, 2, "work-of-art")]


def test_stray_tags() -> None:
    assert metrics.stray_tags([["I-X", "B-X", "I-X", "O", "I-X"], ["O"]], "IOB2") == 2
    assert metrics.stray_tags([["B-X", "E-X", "B-X", "O"]], "IOBES") == 1


LABELS = ["a", "b", "c", "d"]
LABELLED = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS[:3])), min_size=1, max_size=12)


@given(LABELLED)
def test_accuracy_and_macro_f1_are_scikit_learns(both: list[tuple[str, str]]) -> None:
    """``d`` is in the gold alone: a label nobody has seen in training."""
    gold, found = [pair[0] for pair in both], [pair[1] for pair in both]
    total = metrics.label_counts(gold, found, LABELS[:3]).sum(0)
    assert metrics.accuracy(total) == pytest.approx(accuracy_score(gold, found))
    assert metrics.macro_f1(total) == pytest.approx(sklearn_f1(gold, found, average="macro", zero_division=0))


def test_texts_without_gold_count_nothing() -> None:
    counts = metrics.label_counts([None, "a"], ["a", "a"], ["a", "b"])
    assert counts.tolist() == [[0] * 6, [1, 1, 1, 0, 0, 0]]


@given(LABELLED)
def test_counts_add_up_over_texts(both: list[tuple[str, str]]) -> None:
    gold, found = [pair[0] for pair in both], [pair[1] for pair in both]
    parts = [metrics.label_counts([g], [f], LABELS).sum(0) for g, f in both]
    assert np.array_equal(np.sum(parts, axis=0), metrics.label_counts(gold, found, LABELS).sum(0))


def test_nothing_predicted_and_nothing_wanted() -> None:
    assert metrics.precision_recall_f1(0, 0, 0) == (0, 0, 0)
    assert metrics.precision_recall_f1(0, 0, 3) == (0, 0, 0)
    assert metrics.accuracy(np.zeros(6)) == 0
    assert metrics.macro_f1(np.zeros(6)) == 0
    assert chunk_counts([], [], "IOB2").shape == (0, 3)
