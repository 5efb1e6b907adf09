"""Whether links are measured on texts that the weights of their linker were fitted to."""

from collections.abc import Sequence
from typing import NamedTuple

from graphs.digests import digest
from graphs.errors import OptionsError
from graphs.link_weights import digest_of, read_fitted_to
from graphs.recipe import Recipe
from graphs.types import Document

FITTED = "context"
"""The linker that is fitted."""


class Standing(NamedTuple):
    """A file of weights, a number of texts, and to how many of these the weights were fitted.

    ``fitted`` is None where that cannot be told: the file is not there any more, or another.
    """

    file: str
    texts: int
    fitted: int | None

    def check(self) -> None:
        """Raise :class:`OptionsError` unless the weights are known to be fitted to none of the texts."""
        if self.fitted is None:
            raise OptionsError(f"{self.sentence}; put it back, or pass --any-data")
        if self.fitted:
            raise OptionsError(f"{self.sentence}; measure on others, or pass --any-data")

    @property
    def sentence(self) -> str:
        """What is to be known beside figures of these texts."""
        if self.fitted is None:
            return f"whether {self.file} was fitted to these texts is not known: the file is gone or changed"
        if not self.fitted:
            return f"held out: {self.file} was fitted to none of these texts"
        some = "all" if self.fitted == self.texts else f"{self.fitted:,}"
        return f"{self.file} was fitted to {some} of these {self.texts:,} texts"


def standing(recipe: Recipe, documents: Sequence[Document]) -> Standing | None:
    """How documents stand to the weights by which a recipe links; None where no weights were fitted."""
    part = next((one for one in recipe.linkers if one.name == FITTED and one.options.get("fitted")), None)
    if part is None:
        return None
    file = str(part.options["fitted"])
    if part.version is None or not part.version.endswith(f"weights {digest_of(file)}"):
        return Standing(file, len(documents), None)
    known = read_fitted_to(file)
    return Standing(file, len(documents), sum(one in known for one in text_digests(documents)))


def text_digests(documents: Sequence[Document]) -> list[str]:
    """A digest of the texts of each document, white space aside."""
    return [digest(document.texts).hex() for document in documents]
