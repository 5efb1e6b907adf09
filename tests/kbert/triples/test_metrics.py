"""Accuracy and the area under the curve, against counting pairs."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbert.triples.metrics import auc, judged, judged_by_relation

ROWS = st.lists(st.tuples(st.integers(-3, 3), st.booleans(), st.sampled_from("abc")), min_size=1, max_size=20)


@given(ROWS)
def test_the_area_is_how_often_a_true_triple_is_above_a_false_one(rows: list[tuple[int, bool, str]]) -> None:
    margins, is_true = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows])
    pairs = [(a > b) + (a == b) / 2 for a, b in product(margins[is_true], margins[~is_true])]
    found = auc(margins, is_true)
    assert (found is None) == (not pairs)
    assert found is None or found == pytest.approx(np.mean(pairs))


@given(ROWS)
def test_each_relation_is_judged_as_if_it_were_alone(rows: list[tuple[int, bool, str]]) -> None:
    margins, is_true = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows])
    said = {"accuracy": margins > 0, "other": margins > 1}
    found = judged_by_relation(margins, is_true, said, [row[2] for row in rows])
    assert set(found) == {row[2] for row in rows}
    for name, figures in found.items():
        own = np.array([row[2] == name for row in rows])
        assert figures == judged(margins[own], is_true[own], {key: held[own] for key, held in said.items()})
    sizes = [figures["true"] + figures["false"] for figures in found.values()]
    assert sizes == sorted(sizes, reverse=True)
    whole = judged(margins, is_true, said)
    rights = sum(figures["accuracy"] * size for figures, size in zip(found.values(), sizes, strict=True))
    assert whole["accuracy"] == pytest.approx(rights / len(rows))


def test_a_worked_example() -> None:
    margins, is_true = np.array([2.0, -1.0, 0.0, -3.0]), np.array([True, True, False, False])
    expected = {"true": 2, "false": 2, "accuracy": 0.75, "auc": 0.75}
    assert judged(margins, is_true, {"accuracy": margins > 0}) == expected
