"""TransE as PyTorch Geometric has it."""

from collections.abc import Callable

import numpy as np
import pytest
from torch.nn.functional import normalize
from torch_geometric.nn import kge

from kbert.entities.embedding import Embedding
from kbert.triples.ids import TripleIds


@pytest.mark.parametrize(("norm", "distance"), [(1, "l1"), (2, "l2")])
def test_as_pytorch_geometric(
    embedded: Callable[..., Embedding],
    geometric: Callable[..., np.ndarray],
    triples: TripleIds,
    norm: int,
    distance: str,
) -> None:
    made = embedded("transe", distance=distance)
    made.entities = normalize(made.entities, p=norm, dim=-1)  # PyTorch Geometric does that by itself
    expected = geometric(kge.TransE(7, 3, 8, p_norm=norm), {"node_emb": made.entities, "rel_emb": made.relations})
    np.testing.assert_allclose(made.margins(triples), expected, atol=1e-5)
