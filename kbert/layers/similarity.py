"""How well vectors go together, every one of some with every one of others: the larger the better."""

import torch
from jaxtyping import Float
from torch import Tensor

AT_ONCE = 2**24
"""Numbers that are held together where a difference is kept component by component."""

TINY = 1e-12
"""Added under a root, whose slope has no bound at 0."""

Some = Float[Tensor, "... questions width"]
Others = Float[Tensor, "... entities width"]
Scores = Float[Tensor, "... questions entities"]


def dot(some: Some, others: Others) -> Scores:
    """Dot products."""
    return some @ others.mT


def minus_l1(some: Some, others: Others) -> Scores:
    """The sums of absolute differences, negative."""
    return -torch.cdist(some, others, p=1.0)


def minus_l2(some: Some, others: Others) -> Scores:
    """Euclidean distances, negative; worked out by one product of matrices."""
    own, other = some.square().sum(-1)[..., :, None], others.square().sum(-1)[..., None, :]
    return -(own + other - 2 * dot(some, others)).clamp_min(TINY).sqrt()


def minus_moduli(some: Some, others: Others) -> Scores:
    """The sums of moduli of complex differences, negative; first halves are real parts, second ones imaginary."""
    rows = max(1, AT_ONCE // max(1, others.numel()))
    return torch.cat([_minus_moduli(part, others) for part in torch.split(some, rows, dim=-2)], dim=-2)


def _minus_moduli(some: Some, others: Others) -> Scores:
    differences = zip(halves(some), halves(others), strict=True)
    real, imaginary = (own[..., :, None, :] - other[..., None, :, :] for own, other in differences)
    return -(real.square() + imaginary.square()).add(TINY).sqrt().sum(-1)


def halves(vectors: Float[Tensor, "... width"]) -> tuple[Float[Tensor, "... half"], Float[Tensor, "... half"]]:
    """Real and imaginary parts."""
    real, imaginary = vectors.chunk(2, dim=-1)
    return real, imaginary


def moduli(vectors: Float[Tensor, "... width"]) -> Float[Tensor, "... half"]:
    """The size of each complex number."""
    real, imaginary = halves(vectors)
    return (real.square() + imaginary.square()).add(TINY).sqrt()
