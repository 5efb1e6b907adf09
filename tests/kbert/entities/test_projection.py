"""Principal components, as scikit-learn finds them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from graphs.errors import OptionsError, StoreError
from kbert.checkpoint import write_tensors
from kbert.entities.projection import Projection

VECTORS = (np.random.default_rng(0).standard_normal((60, 8)) @ np.diag(np.arange(8, 0, -1)) + 3).astype(np.float32)


def test_as_scikit_learn() -> None:
    oracle = PCA(3, svd_solver="full").fit(VECTORS.astype(np.float64))
    made = Projection.fit(VECTORS, 3)
    signs = np.sign((made.directions * oracle.components_).sum(1))
    np.testing.assert_allclose(made(VECTORS), oracle.transform(VECTORS) * signs, atol=1e-3)
    assert made.share == pytest.approx(oracle.explained_variance_ratio_.sum())


def test_the_direction_is_fixed() -> None:
    directions = Projection.fit(VECTORS, 8).directions
    assert (directions[np.arange(8), np.abs(directions).argmax(1)] > 0).all()
    np.testing.assert_allclose(directions @ directions.T, np.eye(8), atol=1e-5)


def test_kept_and_loaded(tmp_path: Path) -> None:
    made = Projection.fit(VECTORS, 2)
    made.save(tmp_path / "p")
    loaded = Projection.load(tmp_path / "p")
    np.testing.assert_array_equal(loaded(VECTORS), made(VECTORS))
    assert loaded.share == made.share
    write_tensors(tmp_path / "p", {"mean": torch.zeros(2)})
    with pytest.raises(StoreError, match="expected mean, directions and share, found mean"):
        Projection.load(tmp_path / "p")


def test_equal_vectors() -> None:
    made = Projection.fit(np.ones((4, 3), np.float32), 2)
    assert made.share == 1
    np.testing.assert_array_equal(made(np.ones((1, 3), np.float32)), [[0, 0]])


@pytest.mark.parametrize("shape", [(60, 3), (3, 8)])
def test_too_little_to_choose_from(shape: tuple[int, int]) -> None:
    with pytest.raises(OptionsError, match=r"width: 4 numbers cannot be made of \d+ vectors of \d numbers"):
        Projection.fit(VECTORS[: shape[0], : shape[1]], 4)
