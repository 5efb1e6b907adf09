"""Checkpoints: exact, whole or not at all, strict."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from graphs.errors import StoreError
from kbert import checkpoint
from kbert.checkpoint import Progress, fill, read_tensors, tensors, write_tensors

Trained = tuple[nn.Module, torch.optim.Optimizer]


def fresh(seed: int = 0, *, fused: bool = True) -> Trained:
    torch.manual_seed(seed)
    module = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2))
    groups = [
        {"params": [p for p in module.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in module.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return module, torch.optim.AdamW(groups, lr=0.1, fused=fused)


def learn(module: nn.Module, optimizer: torch.optim.Optimizer, steps: int, seed: int = 1) -> None:
    for step in range(steps):
        torch.manual_seed(seed + step)
        module(torch.randn(5, 3)).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A checkpoint after three steps."""
    folder = tmp_path / "checkpoints" / "last"
    module, optimizer = fresh()
    learn(module, optimizer, 3)
    checkpoint.save(folder, module, optimizer, Progress(epoch=1, batch=2, step=3, best=0.5, best_epoch=1, records=4))
    return folder


@pytest.mark.parametrize("fused", [True, False])
def test_going_on_is_as_never_having_stopped(tmp_path: Path, fused: bool) -> None:
    module, optimizer = fresh(fused=fused)
    learn(module, optimizer, 3)
    progress = Progress(epoch=1, batch=2, step=3, best=0.5, best_epoch=1, stale=1, records=4)
    checkpoint.save(tmp_path / "last", module, optimizer, progress)
    other, resumed = fresh(seed=9, fused=fused)
    assert checkpoint.load(tmp_path / "last", other, resumed) == progress
    for one in ((module, optimizer), (other, resumed)):
        learn(*one, 3, seed=50)
    assert same(module, other)
    assert [group["weight_decay"] for group in resumed.param_groups] == [0.1, 0.0]


@pytest.mark.parametrize("fused", [True, False])
def test_parameters_that_no_loss_has_reached_yet(tmp_path: Path, fused: bool) -> None:
    """Such as those for what has no weight, or of which no batch has data so far."""
    module, optimizer = fresh(fused=fused)
    for parameter in module[2].parameters():
        parameter.requires_grad_(False)
    learn(module[:2], optimizer, 3)
    checkpoint.save(tmp_path / "last", module, optimizer, Progress())
    other, resumed = fresh(seed=9, fused=fused)
    checkpoint.load(tmp_path / "last", other, resumed)
    assert {*map(len, resumed.state_dict()["state"].values())} == {3}
    assert len(resumed.state_dict()["state"]) == 4
    for one in ((module, optimizer), (other, resumed)):
        one[0].requires_grad_(True)
        learn(*one, 3, seed=5)
    assert same(module, other)


def test_equal_tensors_give_equal_bytes(tmp_path: Path) -> None:
    values = {"b": torch.ones(2), "a": torch.zeros(3)}
    write_tensors(tmp_path / "one", values)
    write_tensors(tmp_path / "two", dict(sorted(values.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert load_file(tmp_path / "one").keys() == values.keys()


def test_tensors_are_copies_that_can_be_written(tmp_path: Path) -> None:
    module = nn.Linear(2, 3)
    module.weight.data = module.weight.data.T.contiguous().T  # not contiguous
    write_tensors(tmp_path / "weights", tensors(module))
    assert torch.equal(read_tensors(tmp_path / "weights")["weight"], module.weight)


def test_a_tensor_that_two_names_share_is_written_once(tmp_path: Path) -> None:
    module, other = (nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)) for _ in range(2))
    for one in (module, other):
        one[1].weight = one[0].weight
    write_tensors(tmp_path / "weights", tensors(module))
    assert read_tensors(tmp_path / "weights").keys() == {"0.weight"}
    fill(other, tmp_path / "weights")
    assert torch.equal(other[1].weight, module[0].weight)


def test_no_checkpoint(tmp_path: Path) -> None:
    assert checkpoint.load(tmp_path / "last", *fresh()) is None


def test_what_passes_from_step_to_step(tmp_path: Path) -> None:
    for memory in ({"vectors.0": torch.rand(2, 3), "entities.0": torch.tensor([4, 5])}, {}):
        checkpoint.save(tmp_path / "last", *fresh(), Progress(), memory)
        held = checkpoint.load_memory(tmp_path / "last")
        assert held.keys() == memory.keys()
        assert all(torch.equal(held[name], tensor) for name, tensor in memory.items())


# Killed at every moment.


class Killed(BaseException):
    """As a kill: nothing catches it."""


def at(moment: int) -> Callable[[object], None]:
    """Let so many changes on disk happen, then die."""
    left = moment

    def tick(_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    return tick


@pytest.mark.parametrize("before", [True, False], ids=["second", "first"])
@pytest.mark.parametrize("moment", range(9))
def test_killed_while_saving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool, moment: int) -> None:
    """Whatever the moment, one whole checkpoint is found afterwards: the old one or the new."""
    folder = tmp_path / "last"
    module, optimizer = fresh()
    learn(module, optimizer, 1)
    if before:
        checkpoint.save(folder, module, optimizer, Progress(step=1))
    old = [parameter.detach().clone() for parameter in module.parameters()]
    learn(module, optimizer, 1, seed=7)
    tick = at(moment)
    rename, remove, write, write_json = Path.rename, shutil.rmtree, checkpoint.write_tensors, checkpoint.write_json
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda self, target: (tick(self), rename(self, target)))
        patch.setattr(shutil, "rmtree", lambda path: (tick(path), remove(path)))
        patch.setattr(checkpoint, "write_tensors", lambda path, values: (tick(path), write(path, values)))
        patch.setattr(checkpoint, "write_json", lambda path, value: (tick(path), write_json(path, value)))
        try:
            checkpoint.save(folder, module, optimizer, Progress(step=2))
        except Killed:
            pass
        else:
            assert moment >= (6 if before else 4)
    other, resumed = fresh(seed=9)
    progress = checkpoint.load(folder, other, resumed)
    if progress is None:
        assert not before
    elif progress.step == 1:
        assert before
        assert all(torch.equal(a, b) for a, b in zip(other.parameters(), old, strict=True))
    else:
        assert progress == Progress(step=2)
        assert same(other, module)
    if progress is not None:
        assert [path.name for path in tmp_path.iterdir()] == ["last"]
    checkpoint.save(folder, module, optimizer, Progress(step=2))
    assert checkpoint.load(folder, other, resumed) == Progress(step=2)
    assert [path.name for path in tmp_path.iterdir()] == ["last"]


# Damage.


def load(folder: Path) -> None:
    checkpoint.load(folder, *fresh())


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors"])
def test_cut_short(saved: Path, name: str) -> None:
    whole = (saved / name).read_bytes()
    (saved / name).write_bytes(whole[:-8])
    with pytest.raises(StoreError, match=f"{name}: expected a whole safetensors file, found"):
        load(saved)


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors"])
def test_missing(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(StoreError, match=f"{name}: expected a file of weights, found no such file"):
        load(saved)


@pytest.mark.parametrize("text", [None, "{", '{"epochs": 3}', "[]", "\udcff"])
def test_damaged_progress(saved: Path, text: str | None) -> None:
    (saved / "progress.json").unlink()
    if text is not None:
        (saved / "progress.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(StoreError, match=r"progress\.json: expected where the training stands, found"):
        load(saved)


def change(path: Path, **values: torch.Tensor | None) -> None:
    held = {**load_file(path), **values}
    save_file({name: value for name, value in held.items() if value is not None}, path)


def test_a_missing_tensor(saved: Path) -> None:
    change(saved / "model.safetensors", **{"0.bias": None})
    with pytest.raises(
        StoreError, match=r"expected the 6 tensors of this model, found 1 missing \(first \['0.bias'\]\), 0"
    ):
        load(saved)


def test_a_tensor_left_over(saved: Path) -> None:
    change(saved / "model.safetensors", other=torch.ones(1))
    with pytest.raises(StoreError, match=r"found 0 missing \(first \[\]\), 1 left over \(first \['other'\]\)"):
        load(saved)


def test_a_tensor_of_another_shape(saved: Path) -> None:
    change(saved / "model.safetensors", **{"0.bias": torch.ones(7)})
    with pytest.raises(StoreError, match=r"expected 0.bias of shape \[4\], found \[7\]"):
        load(saved)


def test_nothing_is_filled_if_anything_is_wrong(saved: Path) -> None:
    change(saved / "model.safetensors", **{"2.weight": torch.ones(7, 7)})
    module, _ = fresh(seed=9)
    before = [parameter.detach().clone() for parameter in module.parameters()]
    with pytest.raises(StoreError, match=r"2.weight"):
        fill(module, saved / "model.safetensors")
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), before, strict=True))


def test_an_optimizer_without_a_parameter(saved: Path) -> None:
    held = load_file(saved / "optimizer.safetensors")
    change(saved / "optimizer.safetensors", **{name: None for name in held if name.startswith("0.bias|")})
    with pytest.raises(StoreError, match=r"expected the 6 parameters of this optimizer, found 1 missing"):
        load(saved)


def test_an_optimizer_with_a_parameter_left_over(saved: Path) -> None:
    change(saved / "optimizer.safetensors", **{"9.bias|step": torch.ones(())})
    with pytest.raises(StoreError, match=r"1 left over \(first \['9.bias'\]\)"):
        load(saved)


def test_nothing_is_pickled(saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == [
        "memory.safetensors",
        "model.safetensors",
        "optimizer.safetensors",
        "progress.json",
    ]
    assert json.loads((saved / "progress.json").read_text(encoding="utf-8"))["step"] == 3
    assert set(load_file(saved / "optimizer.safetensors")) >= {"0.bias|exp_avg", "0.bias|exp_avg_sq", "0.bias|step"}


def test_weights_may_be_read_by_whom_other_files_may(tmp_path):
    (tmp_path / "other").touch()
    write_tensors(tmp_path / "model.safetensors", {"a": torch.zeros(1)})
    assert (tmp_path / "model.safetensors").stat().st_mode == (tmp_path / "other").stat().st_mode
