import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from graphs.errors import OptionsError, StoreError
from graphs.link_weights import Weights, digest_of, read_fitted_to, read_weights, write_weights
from graphs.tables import offsets_of

CANDIDATE = st.tuples(st.floats(0.01, 1), st.floats(-1, 1))


@given(st.lists(st.lists(CANDIDATE, min_size=1, max_size=4), max_size=5), st.floats(0, 3), st.floats(0, 50))
def test_scores_are_a_softmax_with_nothing_as_one_more(mentions, prior, context):
    weights = Weights(prior, context, nil=-1.5)
    pairs = [pair for mention in mentions for pair in mention]
    share, cosine = np.array(pairs).reshape(-1, 2).T
    found = weights.scores(offsets_of(np.array([len(m) for m in mentions], int)), share, cosine)
    expected = [
        score
        for mention in mentions
        for score in softmax([*(prior * np.log(p) + context * c for p, c in mention), -1.5])[:-1]
    ]
    assert found == pytest.approx(expected)


def test_large_weights_do_not_overflow():
    with np.errstate(over="raise", invalid="raise"):
        found = Weights(0, 600, -600).scores(np.array([0, 1]), np.ones(1), np.ones(1))
    assert found.tolist() == [1.0]


def test_a_share_that_is_lost_among_others():
    """A prior may be so small beside another that no number of 32 bits says which part of both it is."""
    share = np.array([1, 0], np.float32)
    for prior in (0.0, 1.0):
        found = Weights(prior, 0, 0).scores(np.array([0, 2]), share, np.zeros(2))
        assert found == pytest.approx(softmax([0, prior * np.log(np.finfo(np.float32).tiny), 0])[:2])


WITH = {"reader": "vectors 1", "window": 300, "fold_case": False}


def test_weights_come_back_from_a_file(tmp_path):
    path = tmp_path / "linker.json"
    write_weights(path, Weights(0.5, 12, 4, 0.25), WITH, ["b", "a"], {"folds": 5})
    assert read_weights(path, WITH) == Weights(0.5, 12, 4, 0.25)
    assert read_fitted_to(path) == {"a", "b"}
    assert json.loads(path.read_text())["folds"] == 5
    assert len(digest_of(str(path))) == 16
    assert digest_of(str(tmp_path / "none")) == ""


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"reader": "vectors 2"}, "fitted with reader vectors 2, found some fitted with vectors 1: link as they were"),
        ({"window": 0}, "fitted with window 0, found some fitted with 300: link as they were fitted, or fit them anew"),
        ({"fold_case": True}, "fitted with fold_case True, found some fitted with False"),
        ({"lemmas": True}, "fitted with lemmas True, found some fitted with None"),
    ],
)
def test_weights_that_were_fitted_otherwise(tmp_path, other, message):
    write_weights(tmp_path / "linker.json", Weights(), WITH)
    with pytest.raises(StoreError, match=message):
        read_weights(tmp_path / "linker.json", WITH | other)


def test_files_of_weights_that_are_not_right(tmp_path):
    path = tmp_path / "linker.json"
    for read in (lambda: read_weights(path, WITH), lambda: read_fitted_to(path)):
        with pytest.raises(StoreError, match=r"linker\.json: expected weights of a linker .*, found nothing there"):
            read()
    path.write_text("{")
    with pytest.raises(StoreError, match="expected a whole manifest"):
        read_weights(path, WITH)
    write_weights(path, Weights(), WITH)
    kept = json.loads(path.read_text())
    del kept["weights"]["nil"]
    path.write_text(json.dumps(kept))
    with pytest.raises(StoreError, match=r"expected weights\.nil, found nothing"):
        read_weights(path, WITH)
    write_weights(path, Weights(threshold=2), WITH)
    with pytest.raises(OptionsError, match="threshold: expected at least 0 and at most 1, found 2"):
        read_weights(path, WITH)
