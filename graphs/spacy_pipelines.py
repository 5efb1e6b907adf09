"""spaCy pipelines as parsers and linkers load them: by name or folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from graphs.errors import DataError, UnavailableError

if TYPE_CHECKING:
    from spacy.language import Language


def listed(option: str) -> list[str]:
    """The names in a comma-separated option.

    >>> listed("PERSON, ORG")
    ['PERSON', 'ORG']
    """
    return [name.strip() for name in option.split(",") if name.strip()]


def installed() -> list[str]:
    """The names of the pipelines that are installed as packages, sorted."""
    from spacy.util import get_installed_models

    return sorted(get_installed_models())


def load(pipeline: str, without: Sequence[str] = ()) -> "Language":
    """Load a pipeline without some of its components; those that it does not have are no matter.

    Raises :class:`UnavailableError` when it is not installed or does not load.
    """
    import spacy
    from spacy.util import is_package

    if not Path(pipeline).is_dir() and not is_package(pipeline):
        there = ", ".join(installed()) or "none"
        raise UnavailableError(
            f"the spaCy pipeline {pipeline!r} is not installed (installed: {there}): "
            f"run python -m spacy download {pipeline}, or give the folder of a pipeline"
        )
    try:
        return spacy.load(pipeline, exclude=list(without))
    except (OSError, ImportError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise UnavailableError(f"the spaCy pipeline {pipeline!r} does not load: {reason}") from error


def check_lengths(nlp: "Language", texts: Sequence[str]) -> None:
    """Refuse a text longer than the pipeline can take."""
    for text in texts:
        if len(text) > nlp.max_length:
            expected = f"texts of at most {nlp.max_length:,} characters"
            found = f"one of {len(text):,} that begins with {text[:40]!r}"
            raise DataError(f"spaCy pipeline {nlp.meta['name']}", None, expected, found)
