"""RotatE: a relation turns each complex number of the head, by an angle of its own, onto that of the tail.

Sun et al. 2019, *RotatE: Knowledge Graph Embedding by Relational Rotation in Complex Space*
(https://arxiv.org/abs/1902.10197), equation 3.
"""

from jaxtyping import Float
from torch import Tensor

from kbert.embeddings._complex_numbers import check_even, times
from kbert.layers.similarity import minus_moduli, moduli


class Method:
    """Turns, and how far they miss; the vector of a relation are its angles in radians."""

    def __init__(self, width: int) -> None:
        check_even(width)
        self.entity_width, self.relation_width = width, width // 2
        self.compare = minus_moduli

    def questions(
        self, given: Float[Tensor, "... width"], relation: Float[Tensor, "... half"], *, asks_tail: bool
    ) -> Float[Tensor, "... width"]:
        """The head turned, or the tail turned back."""
        return times(given, relation.cos(), relation.sin() if asks_tail else -relation.sin())

    def sizes(
        self,
        given: Float[Tensor, "... width"],
        relation: Float[Tensor, "... half"],
        answer: Float[Tensor, "... width"],
    ) -> tuple[Tensor, ...]:
        """Moduli of the entities; turns have none but 1."""
        return moduli(given), moduli(answer)
