"""What can be wrong with a user's data, said with the place, what was expected and what was found."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from unicodedata import normalize


class DataError(ValueError):
    """Something in a file is not as it should be: ``file:line: expected …, found …``."""

    def __init__(self, file: str | Path, line: int | None, expected: str, found: str) -> None:
        self.file, self.line, self.expected, self.found = str(file), line, expected, found
        place = self.file if line is None else f"{self.file}:{line}"
        super().__init__(f"{place}: expected {expected}, found {found}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Worker processes hand errors back by value, so all four parts must travel."""
        return type(self), (self.file, self.line, self.expected, self.found)


class TextError(ValueError):
    """One of the texts that a part was given is not as it should be; ``text`` is its number.

    Parts do not know where texts come from: who gave the texts says so (see :func:`graphs.parsing.placed`).
    """

    def __init__(self, text: int, expected: str, found: str) -> None:
        self.text, self.expected, self.found = text, expected, found
        super().__init__(f"text {text}: expected {expected}, found {found}")


class StoreError(DataError):
    """A folder that this package wrote is missing a part, damaged, or of another version."""


class OptionsError(ValueError):
    """Options that do not fit together, or not to the data; said in one sentence."""


class UnavailableError(RuntimeError):
    """A part needs something that is not installed, or that does not load; says how to get it."""


class TooManyBadLinesError(DataError):
    """More bad lines than ``--skip-bad`` allows."""


OnBad = Callable[[DataError], None]
"""What a reader does with a bad line: raise, or note it and go on with the next."""


def stop(error: DataError) -> None:
    """Stop at the first bad line (the default of every reader)."""
    raise error


class Skipped:
    """Go on over at most ``limit`` bad lines, counting and keeping each; stop at the next.

    >>> skipped = Skipped(limit=1)
    >>> skipped(DataError("a.tsv", 3, "3 columns", "2"))
    >>> [str(error) for error in skipped.errors]
    ['a.tsv:3: expected 3 columns, found 2']
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.errors: list[DataError] = []

    def __call__(self, error: DataError) -> None:
        """Keep the error, or raise when it is one too many."""
        if len(self.errors) >= self.limit:
            if not self.limit:
                raise error
            found = f"{error.found} (bad line {self.limit + 1}, {self.limit} allowed)"
            raise TooManyBadLinesError(error.file, error.line, error.expected, found)
        self.errors.append(error)

    def copy(self) -> "Skipped":
        """Another that has gone as far."""
        copied = Skipped(self.limit)
        copied.errors += self.errors
        return copied


def did_you_mean(name: str, known: Sequence[str], most: int = 1) -> str:
    """A hint for an error message: at most so many known names that are close; empty when none is.

    >>> did_you_mean("locl", ["local", "ray"])
    " (did you mean 'local'?)"
    """
    close = get_close_matches(name, known, n=most)
    alike = [one for one in close if normalize("NFC", one) == normalize("NFC", name)]
    if alike:  # nobody could tell them apart by looking
        return f" (did you mean {alike[0]!a}? The one asked for is {name!a}, the same letters written otherwise)"
    return f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""


def shown(value: object, width: int = 60) -> str:
    """A value as an error message shows it: quoted, on one line, not longer than ``width``."""
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"
