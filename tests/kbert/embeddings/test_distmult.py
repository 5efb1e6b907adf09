"""DistMult as PyTorch Geometric has it."""

from collections.abc import Callable

import numpy as np
import torch
from torch_geometric.nn import kge

from kbert.embedding_model import Embedding
from kbert.triple_ids import TripleIds

TRIPLES = TripleIds.of([0, 1, 2, 6, 6], [0, 1, 2, 0, 1], [1, 1, 5, 0, 6])


def geometric(model: torch.nn.Module, tables: dict[str, torch.Tensor]) -> np.ndarray:
    for name, values in tables.items():
        getattr(model, name).weight.data.copy_(values)
    scores: torch.Tensor = model(*(torch.from_numpy(column.astype(np.int64)) for column in TRIPLES.columns))
    return scores.detach().numpy()


def test_as_pytorch_geometric(embedded: Callable[..., Embedding]) -> None:
    made = embedded("distmult")
    expected = geometric(kge.DistMult(7, 3, 8), {"node_emb": made.entities, "rel_emb": made.relations})
    np.testing.assert_allclose(made.margins(TRIPLES), expected, atol=1e-5)
    turned = TripleIds(TRIPLES.tail, TRIPLES.relation, TRIPLES.head)
    np.testing.assert_allclose(made.margins(turned), expected, atol=1e-5)
