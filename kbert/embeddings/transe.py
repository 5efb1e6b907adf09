"""TransE: a relation is a step from head to tail.

Bordes et al. 2013, *Translating Embeddings for Modeling Multi-relational Data*
(https://papers.nips.cc/paper/5071): the score of a triple is minus the distance of head + relation and tail.
"""

from typing import Literal

from jaxtyping import Float
from torch import Tensor

from kbert.layers.similarity import minus_l1, minus_l2


class Method:
    """Steps, and how far they miss.

    Args:
        distance: the sum of absolute differences, or the length of the straight line
    """

    def __init__(self, width: int, *, distance: Literal["l1", "l2"] = "l2") -> None:
        self.entity_width = self.relation_width = width
        self.compare = {"l1": minus_l1, "l2": minus_l2}[distance]

    def questions(
        self, given: Float[Tensor, "... width"], relation: Float[Tensor, "... width"], *, asks_tail: bool
    ) -> Float[Tensor, "... width"]:
        """Where the step leads to, or where it comes from."""
        return given + relation if asks_tail else given - relation

    def sizes(
        self,
        given: Float[Tensor, "... width"],
        relation: Float[Tensor, "... width"],
        answer: Float[Tensor, "... width"],
    ) -> tuple[Tensor, ...]:
        """Each number by itself."""
        return given.abs(), relation.abs(), answer.abs()
