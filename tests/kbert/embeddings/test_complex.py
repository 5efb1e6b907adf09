"""ComplEx as PyTorch Geometric has it."""

from collections.abc import Callable

import numpy as np
import pytest
from torch_geometric.nn import kge

from graphs.errors import OptionsError
from kbert.embeddings.complex import Method
from kbert.entities.embedding import Embedding
from kbert.triples.ids import TripleIds


def test_as_pytorch_geometric(
    embedded: Callable[..., Embedding], geometric: Callable[..., np.ndarray], triples: TripleIds
) -> None:
    made = embedded("complex")
    parts = [half for table in (made.entities, made.relations) for half in table.chunk(2, dim=1)]
    tables = dict(zip(("node_emb", "node_emb_im", "rel_emb", "rel_emb_im"), parts, strict=True))
    np.testing.assert_allclose(made.margins(triples), geometric(kge.ComplEx(7, 3, 4), tables), atol=1e-5)


def test_halves() -> None:
    with pytest.raises(OptionsError, match=r"width: expected an even number \(real and imaginary parts\), found 7"):
        Method(7)
