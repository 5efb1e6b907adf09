"""DistMult: a relation weighs what head and tail have in common.

Yang et al. 2015, *Embedding Entities and Relations for Learning and Inference in Knowledge Bases*
(https://arxiv.org/abs/1412.6575). A triple and its inverse get the same score.
"""

from jaxtyping import Float
from torch import Tensor

from kbert.layers.similarity import dot


class Method:
    """Products of three numbers, summed."""

    def __init__(self, width: int) -> None:
        self.entity_width = self.relation_width = width
        self.compare = dot

    def questions(
        self, given: Float[Tensor, "... width"], relation: Float[Tensor, "... width"], *, asks_tail: bool
    ) -> Float[Tensor, "... width"]:
        """What the answer should have in common with the entity given: the same at both sides."""
        return given * relation

    def sizes(
        self,
        given: Float[Tensor, "... width"],
        relation: Float[Tensor, "... width"],
        answer: Float[Tensor, "... width"],
    ) -> tuple[Tensor, ...]:
        """Each number by itself."""
        return given.abs(), relation.abs(), answer.abs()
