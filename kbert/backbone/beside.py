"""Files that lie beside an encoder where it was loaded from, a folder or a repository of the hub."""

from pathlib import Path

from huggingface_hub import _CACHED_NO_EXIST, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import EntryNotFoundError, HFValidationError, LocalEntryNotFoundError

from graphs.errors import UnavailableError


def file_beside(source: str, name: str) -> Path | None:
    """The file of that name in a folder or a repository; None if it is known that there is none.

    Raises :class:`UnavailableError` where the hub, which alone can tell, could not be asked.
    """
    if Path(source).is_dir():
        found = Path(source) / name
        return found if found.is_file() else None
    try:
        return Path(hf_hub_download(source, name))
    except HFValidationError:  # neither a folder nor a name of the hub: what loads the encoder says so
        return None
    except Exception as error:  # a connection fails in many ways
        asked = isinstance(error, EntryNotFoundError) and not isinstance(error, LocalEntryNotFoundError)
        if asked or try_to_load_from_cache(source, name) is _CACHED_NO_EXIST:  # the hub says so, or said so before
            return None
        raise UnavailableError(
            f"whether {source} has a file {name} is not known: run once with a connection to the hub, "
            "or name a folder that holds all its files"
        ) from error
