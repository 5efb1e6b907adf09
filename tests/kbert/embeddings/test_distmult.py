"""DistMult as PyTorch Geometric has it."""

from collections.abc import Callable

import numpy as np
from torch_geometric.nn import kge

from kbert.entities.embedding import Embedding
from kbert.triples.ids import TripleIds


def test_as_pytorch_geometric(
    embedded: Callable[..., Embedding], geometric: Callable[..., np.ndarray], triples: TripleIds
) -> None:
    made = embedded("distmult")
    expected = geometric(kge.DistMult(7, 3, 8), {"node_emb": made.entities, "rel_emb": made.relations})
    np.testing.assert_allclose(made.margins(triples), expected, atol=1e-5)
    turned = TripleIds(triples.tail, triples.relation, triples.head)
    np.testing.assert_allclose(made.margins(turned), expected, atol=1e-5)
