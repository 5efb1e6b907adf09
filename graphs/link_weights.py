"""How much the prior of an entity and the likeness of its description to the context weigh when a mention is linked."""

import hashlib
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from graphs.errors import StoreError
from graphs.files import write_json
from graphs.manifests import Kind, Manifest, Shape, check_shape
from graphs.options import check_range
from graphs.tables import Ids

Doubles = npt.NDArray[np.float64]

Setting = str | int | bool

HOLDS: Shape = {"fitted_with": {...: object}, "fitted_to": [str], "weights": dict}

KIND = Kind("kbert link weights", 1, "weights of a linker", "fit them anew", HOLDS)


class Weights(NamedTuple):
    """A softmax over the candidates of a mention and over *nothing in the graph* (a conditional logit).

    A candidate counts ``prior · log(its share of the priors) + context · cosine(context, description)``, nothing counts
    ``nil``. Below ``threshold`` the best candidate is not taken.
    """

    prior: float = 1.0
    context: float = 10.0
    nil: float = 2.0
    threshold: float = 0.5

    def check(self) -> "Weights":
        """Themselves. Raises :class:`graphs.errors.OptionsError` for one that is out of range."""
        check_range("prior", self.prior, 0)
        check_range("context", self.context, 0)
        check_range("nil", self.nil, -math.inf)
        check_range("threshold", self.threshold, 0, most=1)
        return self

    def scores(self, offsets: Ids, share: npt.NDArray[np.floating], cosine: npt.NDArray[np.floating]) -> Doubles:
        """The probability of every candidate; those of mention ``i`` are at ``offsets[i]:offsets[i + 1]``."""
        count = np.diff(offsets)
        mention = np.repeat(np.arange(len(count)), count)
        worth = self.prior * log_share(share) + self.context * cosine.astype(np.float64)
        most = np.full(len(count), self.nil, np.float64)
        np.maximum.at(most, mention, worth)
        power = np.exp(worth - most[mention])
        whole = np.bincount(mention, power, minlength=len(count)) + np.exp(self.nil - most)
        return np.asarray(power / whole[mention])


def log_share(share: npt.NDArray[np.floating]) -> Doubles:
    """The logarithm of shares of priors; one too small for a number of 32 bits counts as the least of these."""
    return np.asarray(np.log(np.maximum(share.astype(np.float64), np.finfo(np.float32).tiny)))


def write_weights(
    path: Path,
    weights: Weights,
    fitted_with: Mapping[str, Setting],
    fitted_to: Collection[str] = (),
    about: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Keep weights in a file of JSON.

    Args:
        path: the file
        weights: what was fitted
        fitted_with: how the linker found and compared what they were fitted to
        fitted_to: digests of the texts they were fitted to
        about: what else is known of them
    """
    fitted = {"weights": weights._asdict(), "fitted_with": dict(fitted_with), "fitted_to": sorted(fitted_to)}
    write_json(path, {**KIND.begin(), **fitted, **about})


def read_weights(path: str | Path, fitted_with: Mapping[str, Setting]) -> Weights:
    """The weights of a file.

    Raises :class:`StoreError` for another file and for weights that were fitted with other settings of the linker,
    and :class:`graphs.errors.OptionsError` for weights that are out of range.
    """
    path = Path(path)
    kept = _read(path)
    for name, wanted in fitted_with.items():
        found = kept["fitted_with"].get(name)
        if found != wanted:
            again = "link as they were fitted, or fit them anew"
            raise StoreError(path, None, f"weights fitted with {name} {wanted}", f"some fitted with {found}: {again}")
    check_shape(path, kept["weights"], dict.fromkeys(Weights._fields, float), "weights")
    return Weights(*(float(kept["weights"][name]) for name in Weights._fields)).check()


def read_fitted_to(path: str | Path) -> frozenset[str]:
    """Digests of the texts that the weights of a file were fitted to. Raises :class:`StoreError` for another file."""
    return frozenset(_read(Path(path))["fitted_to"])


def _read(path: Path) -> Manifest:
    if not path.is_file():
        raise StoreError(path, None, "weights of a linker (see kbert graph fit-linker)", "nothing there")
    return KIND.read(path)


def digest_of(path: str) -> str:
    """A short checksum of a file of weights; empty where there is none."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16] if Path(path).is_file() else ""
