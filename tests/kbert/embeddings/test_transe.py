"""TransE as PyTorch Geometric has it."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize
from torch_geometric.nn import kge

from kbert.embedding_model import Embedding
from kbert.triple_ids import TripleIds

TRIPLES = TripleIds.of([0, 1, 2, 6, 6], [0, 1, 2, 0, 1], [1, 1, 5, 0, 6])


def geometric(model: torch.nn.Module, tables: dict[str, torch.Tensor]) -> np.ndarray:
    for name, values in tables.items():
        getattr(model, name).weight.data.copy_(values)
    scores: torch.Tensor = model(*(torch.from_numpy(column.astype(np.int64)) for column in TRIPLES.columns))
    return scores.detach().numpy()


@pytest.mark.parametrize(("norm", "distance"), [(1, "l1"), (2, "l2")])
def test_as_pytorch_geometric(embedded: Callable[..., Embedding], norm: int, distance: str) -> None:
    made = embedded("transe", distance=distance)
    made.entities = normalize(made.entities, p=norm, dim=-1)  # PyTorch Geometric does that by itself
    expected = geometric(kge.TransE(7, 3, 8, p_norm=norm), {"node_emb": made.entities, "rel_emb": made.relations})
    np.testing.assert_allclose(made.margins(TRIPLES), expected, atol=1e-5)
