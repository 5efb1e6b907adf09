"""Checkpoints of the first programs: weights and nothing else."""

import pickle
from pathlib import Path

import pytest
import torch

from graphs.errors import StoreError
from kbert.backbone import blank_bert, read_released


def test_old_names_of_layer_norm(tmp_path: Path) -> None:
    torch.save(
        {"a.LayerNorm.gamma": torch.ones(2), "LayerNorm_ent.beta": torch.zeros(2), "x.beta": torch.ones(1)},
        tmp_path / "w.bin",
    )
    assert set(read_released(tmp_path / "w.bin")) == {"a.LayerNorm.weight", "LayerNorm_ent.bias", "x.beta"}


class Bad:
    """Would make a file if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_nothing_is_run(tmp_path: Path) -> None:
    torch.save({"a": Bad(tmp_path / "run")}, tmp_path / "w.bin")
    (tmp_path / "p.bin").write_bytes(pickle.dumps(Bad(tmp_path / "run")))
    for name in ("w.bin", "p.bin"):
        with pytest.raises(StoreError, match=f"{name}: expected a file of weights and nothing else, found"):
            read_released(tmp_path / name)
    assert not (tmp_path / "run").exists()


def test_a_blank_bert() -> None:
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    words = {name: i for i, name in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "A"])}
    for lower in (True, False):
        model, tokenizer = blank_bert({"vocab_size": 7, **sizes}, words, lower_case=lower)
        assert tokenizer.tokenize("A") == ["a" if lower else "A"]
        assert model.config.hidden_size == 8
