"""Models come back from disk as they were, or not at all."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from graphs.corpus import to_rows
from graphs.errors import StoreError
from graphs.types import TextGraph
from kbert import portable as module
from kbert.layout import Layout
from kbert.portable import resolved
from kbert.text_model import TextModel

Make = Callable[..., TextModel]
Reviews = Callable[..., list[TextGraph]]
PARTS = [(model, task) for model in ("bert", "kbert", "ernie") for task in ("classify", "tag")]


def layout(model: TextModel, graphs: list[TextGraph]) -> Layout:
    laid: Layout = model.model.layout(to_rows(graphs))
    return laid


@pytest.fixture
def saved(text_model: Make, tmp_path: Path) -> Path:
    text_model(task="tag", model_options={"max_facts": 1}).save_pretrained(tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize(("model", "task"), PARTS)
def test_saved_and_loaded_says_the_same(
    model: str, task: str, text_model: Make, reviews: Reviews, tmp_path: Path
) -> None:
    built = text_model(model=model, task=task, task_options={"pooling": "mean"})
    built.save_pretrained(tmp_path)
    loaded = TextModel.from_pretrained(str(tmp_path))
    assert not loaded.training
    assert loaded.settings == built.settings
    graphs = reviews(5)
    assert loaded.predict(layout(loaded, graphs)) == built.predict(layout(built, graphs))


def test_a_model_brings_its_vectors_along(text_model: Make, reviews: Reviews, tmp_path: Path) -> None:
    """They are found again wherever the folder goes, and kept again from there."""
    built = text_model(model="ernie", model_options={"control": "shuffled"})
    built.save_pretrained(tmp_path / "run")
    options = json.loads((tmp_path / "run" / "config.json").read_text(encoding="utf-8"))["model_options"]
    assert (options["vectors"], options["layers"], options["entity_heads"]) == ("vectors", "mix norm", 4)
    assert not any("vectors" in name for name in load_file(tmp_path / "run" / "model.safetensors"))
    (tmp_path / "run").rename(tmp_path / "moved")
    loaded = TextModel.from_pretrained(tmp_path / "moved")
    loaded.save_pretrained(tmp_path / "again")
    loaded.save_pretrained(tmp_path / "moved")
    for folder in ("moved", "again"):
        again = TextModel.from_pretrained(tmp_path / folder)
        assert again.predict(layout(again, reviews(3))) == built.predict(layout(built, reviews(3)))
    shutil.rmtree(tmp_path / "again" / "vectors")
    with pytest.raises(StoreError, match=r"again/vectors: expected vectors of entities .*, found no such folder"):
        TextModel.from_pretrained(tmp_path / "again")


@pytest.mark.parametrize("kind", ["roberta", "distilbert"])
def test_other_encoders_come_back_too(kind: str, text_model: Make, reviews: Reviews, tmp_path: Path) -> None:
    built = text_model(kind=kind)
    built.save_pretrained(tmp_path)
    loaded = TextModel.from_pretrained(tmp_path)
    assert loaded.predict(layout(loaded, reviews(3))) == built.predict(layout(built, reviews(3)))


KINDS = ["bert", "roberta", "distilbert", "modernbert", "roformer", "convbert", "deberta-v2", "whole-words"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("task", ["typing", "relation"])
def test_markers_come_back_with_their_vectors(
    kind: str, task: str, text_model: Make, reviews: Reviews, tmp_path: Path
) -> None:
    built = text_model(model="bert", task=task, kind=kind, task_options={"pooling": "markers"})
    with torch.no_grad():  # as training changes them
        built.encoder.encoder.get_input_embeddings().weight[-2:] += 0.3
    built.save_pretrained(tmp_path / "one")
    loaded = TextModel.from_pretrained(tmp_path / "one")
    assert loaded.settings == built.settings
    assert loaded.encoder.template == built.encoder.template
    assert loaded.predict(layout(loaded, reviews(3))) == built.predict(layout(built, reviews(3)))
    loaded.save_pretrained(tmp_path / "two")
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_every_option_is_kept_with_its_value(saved: Path) -> None:
    config = json.loads((saved / "config.json").read_text(encoding="utf-8"))
    assert config["model_options"] == {"max_pieces": 256, "max_facts": 1, "branch_text": "relation tail"}
    assert config["task_options"] == {"pooling": "first", "dropout": 0.1}
    assert (config["model"], config["task"], config["labels"]) == ("kbert", "tag", ["B-PLACE", "I-PLACE", "O"])
    assert config["backbone_config"]["model_type"] == "bert"
    assert set(config) == {"model", "task", "labels", "backbone_config", "model_options", "task_options"}


def test_saving_twice_gives_the_same_bytes(text_model: Make, tmp_path: Path) -> None:
    for name in ("one", "two"):
        text_model().save_pretrained(tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(names)
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_options_are_resolved() -> None:
    def part(backbone: int, *, one: int = 1, two: str = "b") -> None: ...

    assert resolved(part, None) == {"one": 1, "two": "b"}
    assert resolved(part, {"two": "c"}) == {"one": 1, "two": "c"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"head.score.bias": None}, r"1 missing \(first \['head.score.bias'\]\), 0 left over"),
        ({"head.score.more": torch.ones(1)}, r"0 missing \(first \[\]\), 1 left over \(first \['head.score.more'\]\)"),
        ({"head.score.bias": torch.ones(4)}, r"expected head.score.bias of shape \[3\], found \[4\]"),
    ],
)
def test_loading_is_strict(saved: Path, change: dict[str, torch.Tensor | None], message: str) -> None:
    held = {**load_file(saved / "model.safetensors"), **change}
    save_file({name: value for name, value in held.items() if value is not None}, saved / "model.safetensors")
    with pytest.raises(StoreError, match=message):
        TextModel.from_pretrained(saved)


def test_no_weights(saved: Path) -> None:
    (saved / "model.safetensors").unlink()
    with pytest.raises(StoreError, match=r"model\.safetensors: expected a file of weights, found no such file"):
        TextModel.from_pretrained(saved)


def test_no_config(saved: Path, caplog: pytest.LogCaptureFixture) -> None:
    (saved / "config.json").unlink()
    with pytest.raises(StoreError, match=r"expected a config\.json that names model, task and labels, found none with"):
        TextModel.from_pretrained(saved)


def test_a_config_of_something_else(saved: Path) -> None:
    (saved / "config.json").write_text('{"model": "kbert", "task": "tag"}', encoding="utf-8")
    with pytest.raises(StoreError, match="found none with labels"):
        TextModel.from_pretrained(saved)


def test_a_damaged_config(saved: Path) -> None:
    (saved / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"run: expected a whole config\.json, found"):
        TextModel.from_pretrained(saved)


def test_no_tokenizer(saved: Path) -> None:
    for path in saved.glob("*token*"):
        path.unlink()
    with pytest.raises(StoreError, match="expected an encoder's configuration and tokenizer, found"):
        TextModel.from_pretrained(saved)


def test_a_hub_repository_is_fetched(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``from_pretrained`` sees it when the hub's file is in the cache."""
    asked = {}

    def fetched(name: str, **options: object) -> str:
        asked.update(options, name=name)
        return str(saved)

    monkeypatch.setattr(module, "snapshot_download", fetched)
    monkeypatch.setattr("huggingface_hub.hub_mixin.hf_hub_download", lambda **_: str(saved / "config.json"))
    assert TextModel.from_pretrained("someone/a-model", revision="v1").labels == ["B-PLACE", "I-PLACE", "O"]
    assert asked == {
        "name": "someone/a-model", "revision": "v1", "cache_dir": None, "token": None,
        "local_files_only": False, "force_download": False,
    }  # fmt: skip
