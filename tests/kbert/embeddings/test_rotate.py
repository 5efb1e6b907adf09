"""RotatE written out in complex numbers: PyTorch Geometric takes the length of the whole, not the sum of moduli."""

from collections.abc import Callable

import numpy as np
import pytest

from graphs.errors import OptionsError
from kbert.entities.embedding import Embedding
from kbert.triples.ids import TripleIds


def test_by_hand(embedded: Callable[..., Embedding], triples: TripleIds) -> None:
    made = embedded("rotate")
    real, imaginary = made.entities.chunk(2, dim=1)
    entities, turns = (real + 1j * imaginary).numpy(), np.exp(1j * made.relations.numpy())
    head, relation, tail = triples.columns
    expected = -np.abs(entities[head] * turns[relation] - entities[tail]).sum(1)
    np.testing.assert_allclose(made.margins(triples), expected, atol=1e-5)


def test_halves(embedded: Callable[..., Embedding]) -> None:
    with pytest.raises(OptionsError, match=r"width: expected an even number \(real and imaginary parts\), found 7"):
        embedded("rotate", width=7)
