"""A model under a head: what it answers does not hang on batches, and comes back from disk as it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from graphs.corpus import to_rows
from graphs.errors import DataError, StoreError
from graphs.types import TextGraph
from kbert import portable as module
from kbert.layout import Layout
from kbert.portable import resolved
from kbert.text_model import TextModel, evaluate

Make = Callable[..., TextModel]
Reviews = Callable[..., list[TextGraph]]
PARTS = [(model, task) for model in ("bert", "kbert") for task in ("classify", "tag")]


def layout(model: TextModel, graphs: list[TextGraph]) -> Layout:
    laid: Layout = model.model.layout(to_rows(graphs))
    return laid


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """To rounding."""
    for one, other in zip(found, expected, strict=True):
        if "tags" in one:
            assert one == other
        else:
            assert one["scores"] == pytest.approx(other["scores"], abs=1e-5)


@pytest.mark.parametrize(("model", "task"), PARTS)
def test_batches_and_order_change_no_answer(model: str, task: str, text_model: Make, reviews: Reviews) -> None:
    built = text_model(model=model, task=task)
    graphs = reviews(9)
    answers = built.predict(layout(built, graphs))
    for options in ({"batch_size": 1}, {"batch_size": 4}, {"max_padded": 30}):
        assert_same(built.predict(layout(built, graphs), **options), answers)
    assert_same(built.predict(layout(built, graphs[::-1])), answers[::-1])


@pytest.mark.parametrize(("model", "task"), PARTS)
def test_batching_and_padding_change_no_score(model: str, task: str, text_model: Make, reviews: Reviews) -> None:
    built = text_model(model=model, task=task).eval()
    laid = layout(built, reviews(6))
    with torch.no_grad():
        together, _ = built(built.model.collate(laid, np.arange(6)))
        for i in range(6):
            alone, encoded = built(built.model.collate(laid, np.array([i])))
            words = encoded.words[0] if task == "tag" else 2
            assert torch.allclose(together[i][:words], alone[0][:words], atol=1e-5)


def test_progress_is_told(text_model: Make, reviews: Reviews) -> None:
    built, told = text_model(), []
    built.predict(layout(built, reviews(5)), batch_size=2, on_batch=told.append)
    assert sorted(told) == [1, 2, 2]


def test_prediction_neither_learns_nor_drops(text_model: Make, reviews: Reviews) -> None:
    built = text_model().train()
    laid = layout(built, reviews(3))
    assert built.predict(laid) == built.predict(laid)


@pytest.mark.parametrize("task", ["classify", "tag"])
def test_heads_compute_in_float32(task: str, text_model: Make, reviews: Reviews) -> None:
    built = text_model(task=task).eval()
    batch = built.model.collate(layout(built, reviews(3)), np.arange(3))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        scores, encoded = built(batch)
    assert scores.dtype == encoded.pieces.dtype == torch.float32
    assert not torch.equal(scores, scores.bfloat16().float())
    built.model.to(torch.bfloat16)
    with torch.no_grad():
        scores, encoded = built(batch)
    assert scores.dtype == encoded.pieces.dtype == torch.float32


def test_examples(text_model: Make, reviews: Reviews) -> None:
    built = text_model()
    graphs = reviews(5)
    examples = built.examples([to_rows(graphs[:2]), to_rows(graphs[2:])])
    assert len(examples) == 5
    assert examples.ids == [graph.id for graph in graphs]
    assert examples.gold == [graph.target.label for graph in graphs]
    assert examples.targets.values.tolist() == [built.labels.index(label) for label in examples.gold]
    assert examples.layout.lengths.tolist() == layout(built, graphs).lengths.tolist()


@pytest.mark.parametrize("batches", [[], [to_rows([])]])
def test_no_texts(batches: list[Any], text_model: Make) -> None:
    with pytest.raises(DataError, match="text graphs: expected at least one text, found none"):
        text_model().examples(batches)


def test_evaluate(text_model: Make, reviews: Reviews) -> None:
    built = text_model()
    graphs = [*reviews(4), *reviews(1, seed=5)]
    examples = built.examples([to_rows(graphs)])
    examples.gold[4] = "unheard of"
    predictions = built.predict(examples.layout)
    metrics = evaluate(built, examples, predictions)
    right = sum(p["label"] == g for p, g in zip(predictions, examples.gold, strict=True))
    assert metrics["accuracy"] == right / 5
    assert metrics["unseen_labels"] == 1


# On disk.


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


@pytest.mark.parametrize("kind", ["roberta", "distilbert"])
def test_other_encoders_come_back_too(kind: str, text_model: Make, reviews: Reviews, tmp_path: Path) -> None:
    built = text_model(kind=kind)
    built.save_pretrained(tmp_path)
    loaded = TextModel.from_pretrained(tmp_path)
    assert loaded.predict(layout(loaded, reviews(3))) == built.predict(layout(built, reviews(3)))


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


def test_a_backbone_is_needed() -> None:
    with pytest.raises(ValueError, match="a text model needs a backbone; to load a saved one use from_pretrained"):
        TextModel(model="bert", task="tag", labels=["O"])
