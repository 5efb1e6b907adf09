"""spaCy pipelines as parsers and linkers load them: by name or folder."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from graphs.errors import TextError, UnavailableError
from graphs.manifests import checksum

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

    with _loading(pipeline):
        return spacy.load(pipeline, exclude=list(without))


def version_of(pipeline: str) -> str:
    """Name and version of a pipeline as it calls itself; for one in a folder a checksum of its files too.

    Raises :class:`UnavailableError` when it is not installed or does not load.
    """
    from spacy.util import get_model_meta, get_package_path, is_package

    with _loading(pipeline):
        folder = get_package_path(pipeline) if is_package(pipeline) else Path(pipeline)
        meta = get_model_meta(folder)
        named = f"{meta['lang']}_{meta['name']} {meta['version']}"
        return named if is_package(pipeline) else f"{named} (sha256 {_digest(folder)})"


def _digest(folder: Path) -> str:
    """A checksum of the names and contents of all files in a folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{checksum(path)}\0".encode())
    return digest.hexdigest()


@contextmanager
def _loading(pipeline: str) -> Iterator[None]:
    """Say what is wrong when a pipeline is not installed or does not load."""
    from spacy.util import is_package

    if not Path(pipeline).is_dir() and not is_package(pipeline):
        there = ", ".join(installed()) or "none"
        raise UnavailableError(
            f"the spaCy pipeline {pipeline!r} is not installed (installed: {there}): "
            f"run python -m spacy download {pipeline}, or give the folder of a pipeline"
        )
    try:
        yield
    except (OSError, ImportError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise UnavailableError(f"the spaCy pipeline {pipeline!r} does not load: {reason}") from error


def check_lengths(nlp: "Language", texts: Sequence[str]) -> None:
    """Raise :class:`TextError` for a text longer than the pipeline can take."""
    for number, text in enumerate(texts):
        if len(text) > nlp.max_length:
            expected = f"at most {nlp.max_length:,} characters (for the spaCy pipeline {nlp.meta['name']})"
            raise TextError(number, expected, f"{len(text):,} that begin with {text[:40]!r}")
