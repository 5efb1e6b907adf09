"""Some triples, and how PyTorch Geometric scores them."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch

from kbert.triples.ids import TripleIds


@pytest.fixture
def triples() -> TripleIds:
    """Triples among seven entities and three relations, of one entity with itself too."""
    return TripleIds.of([0, 1, 2, 6, 6], [0, 1, 2, 0, 1], [1, 1, 5, 0, 6])


@pytest.fixture
def geometric(triples: TripleIds) -> Callable[[torch.nn.Module, Mapping[str, torch.Tensor]], np.ndarray]:
    """The scores of a model of PyTorch Geometric with these tables."""

    def scored(model: torch.nn.Module, tables: Mapping[str, torch.Tensor]) -> np.ndarray:
        for name, values in tables.items():
            getattr(model, name).weight.data.copy_(values)
        scores: torch.Tensor = model(*(torch.from_numpy(column.astype(np.int64)) for column in triples.columns))
        return scores.detach().numpy()

    return scored
