"""ComplEx: DistMult in complex numbers, so that a triple and its inverse can differ.

Trouillon et al. 2016, *Complex Embeddings for Simple Link Prediction* (https://arxiv.org/abs/1606.06357),
equation 9: the real part of the sum of head · relation · conjugate tail.
"""

from jaxtyping import Float
from torch import Tensor

from kbert.embeddings._complex_numbers import check_even, times
from kbert.layers.similarity import dot, halves, moduli


class Method:
    """Products of three complex numbers, summed; the first half of a vector are real parts, the second imaginary."""

    def __init__(self, width: int) -> None:
        check_even(width)
        self.entity_width = self.relation_width = width
        self.compare = dot  # of both halves: the real part of question · conjugate answer

    def questions(
        self, given: Float[Tensor, "... width"], relation: Float[Tensor, "... width"], *, asks_tail: bool
    ) -> Float[Tensor, "... width"]:
        """Head · relation, or tail · conjugate relation."""
        real, imaginary = halves(relation)
        return times(given, real, imaginary if asks_tail else -imaginary)

    def sizes(
        self,
        given: Float[Tensor, "... width"],
        relation: Float[Tensor, "... width"],
        answer: Float[Tensor, "... width"],
    ) -> tuple[Tensor, ...]:
        """Moduli."""
        return moduli(given), moduli(relation), moduli(answer)
