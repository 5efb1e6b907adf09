"""Files beside an encoder: found, known to be missing, or not to be asked after."""

from pathlib import Path

import huggingface_hub.constants
import pytest
from huggingface_hub.errors import EntryNotFoundError

from graphs.errors import UnavailableError
from kbert.backbone import beside
from kbert.backbone.beside import file_beside

COMMIT = "0" * 40


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in a cache of the hub, of which one file was fetched and another asked for in vain; now offline."""
    repository = tmp_path / "models--some--encoder"
    for folder, name in (("snapshots", "config.json"), (".no_exist", "none.json")):
        (repository / folder / COMMIT).mkdir(parents=True)
        (repository / folder / COMMIT / name).touch()
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text(COMMIT, encoding="utf-8")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return repository


def test_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    assert file_beside(str(tmp_path), "config.json") == tmp_path / "config.json"
    assert file_beside(str(tmp_path), "none.json") is None


def test_what_is_neither_a_folder_nor_a_name_of_the_hub(tmp_path: Path) -> None:
    """Nothing can lie there; what loads the encoder refuses it in words of its own."""
    assert file_beside(str(tmp_path / "none"), "config.json") is None


def test_in_a_cache_while_the_hub_cannot_be_asked(repository: Path) -> None:
    assert file_beside("some/encoder", "config.json") == repository / "snapshots" / COMMIT / "config.json"
    assert file_beside("some/encoder", "none.json") is None
    with pytest.raises(
        UnavailableError, match=r"whether some/encoder has a file other.json is not known: run once with"
    ):
        file_beside("some/encoder", "other.json")


def test_the_hub_answers_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(error: Exception) -> None:
        def download(source: str, name: str) -> str:
            raise error

        monkeypatch.setattr(beside, "hf_hub_download", download)

    answer(EntryNotFoundError("404"))
    assert file_beside("some/encoder", "none.json") is None
    answer(ConnectionError("the line is dead"))
    with pytest.raises(UnavailableError, match="is not known: run once with a connection to the hub, or name a folder"):
        file_beside("some/encoder", "none.json")
