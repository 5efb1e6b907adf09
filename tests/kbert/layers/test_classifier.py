"""The classifier on one vector."""

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError
from kbert.layers.classifier import Classifier


def test_scores_by_hand() -> None:
    made = Classifier(3, 4, 2, 0.1).eval()
    vector = torch.randn(5, 3)
    by_name = {name: value.numpy() for name, value in made.state_dict().items()}
    hidden = np.tanh(vector.numpy() @ by_name["hidden.weight"].T + by_name["hidden.bias"])
    expected = hidden @ by_name["score.weight"].T + by_name["score.bias"]
    np.testing.assert_allclose(made(vector).detach().numpy(), expected, rtol=1e-5, atol=1e-6)


def test_dropout_is_for_training_alone() -> None:
    torch.manual_seed(0)
    made, vector = Classifier(8, 8, 2, 0.5), torch.ones(1, 8)
    assert not torch.equal(made(vector), made(vector))
    made.eval()
    assert torch.equal(made(vector), made(vector))


@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_shares(dropout: float) -> None:
    with pytest.raises(OptionsError, match=f"dropout: expected .*, found {dropout}"):
        Classifier(3, 4, 2, dropout)
