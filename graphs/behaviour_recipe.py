"""What is kept of records of behaviour."""

from dataclasses import dataclass
from typing import Any, Literal

from graphs.errors import OptionsError
from graphs.options import check_choice, check_range

Repeats = Literal["keep", "first", "last"]


@dataclass(frozen=True)
class BehaviourRecipe:
    """What is kept of records.

    Args:
        core: users and items with fewer events go, and those whom that leaves with fewer, until none is left
        min_length: after that, users with fewer events go
        repeats: of several events of a user with one item all are kept, or the first or the last alone
        numbers: attributes that are numbers
        categories: attributes that are names, also where they look like numbers
        ignore: attributes that are left out

    Raises :class:`OptionsError` for values that there are not.
    """

    core: int = 0
    min_length: int = 0
    repeats: Repeats = "keep"
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what nothing could be built by."""
        check_range("core", self.core, 0)
        check_range("min_length", self.min_length, 0)
        check_choice("repeats", self.repeats, ("keep", "first", "last"))
        named = (*self.numbers, *self.categories, *self.ignore)
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None:
            raise OptionsError(f"the attribute {twice!r} is named twice as number, category or one to ignore")

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
