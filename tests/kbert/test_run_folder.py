"""The folder of a training."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from graphs.errors import OptionsError, StoreError
from kbert.run_folder import begun, check_free, surroundings

PLAN: dict[str, Any] = {"plan": {"epochs": 2}, "pair": (1, 2)}


def test_what_the_figures_hang_on() -> None:
    assert surroundings()["versions"]["torch"] == version("torch")


def test_a_training_leaves_what_it_is(tmp_path: Path) -> None:
    with begun(tmp_path / "run", PLAN, resume=False):
        assert json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["plan"] == {"epochs": 2}
    with begun(tmp_path / "run", PLAN, resume=True):
        pass


def test_two_trainings_at_once(tmp_path: Path) -> None:
    with (
        begun(tmp_path / "run", PLAN, resume=False),
        pytest.raises(StoreError, match="other training of this run"),
        begun(tmp_path / "run", PLAN, resume=True),
    ):
        pass


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_with_something_else(tmp_path: Path, resume: bool) -> None:
    (tmp_path / "notes").write_text("mine", encoding="utf-8")
    hint = "it holds no run to go on with" if resume else "name another folder, or pass --resume"
    with pytest.raises(OptionsError, match=f"is there already: {hint}"):
        check_free(tmp_path, PLAN, resume=resume)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionsError, match="is there already"):
        check_free(tmp_path / "run", PLAN, resume=False)


def test_other_options_do_not_go_on(tmp_path: Path) -> None:
    with begun(tmp_path / "run", PLAN, resume=False):
        pass
    with pytest.raises(
        OptionsError, match=r"other options or data \(epochs 2 before, 3 now; another pair\): resume with the same"
    ):
        check_free(tmp_path / "run", {"plan": {"epochs": 3}}, resume=True)
    check_free(tmp_path / "run", PLAN, resume=True)


def test_a_training_does_not_go_on_in_another_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``auto`` may come to another one: on another machine, or where two are about as fast."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("kbert.precision.is_fast_in_bf16", lambda: True)
    with begun(tmp_path / "run", {**PLAN, **surroundings("auto")}, resume=False):
        pass
    check_free(tmp_path / "run", {**PLAN, **surroundings("auto")}, resume=True)
    monkeypatch.setattr("kbert.precision.is_fast_in_bf16", lambda: False)
    with pytest.raises(OptionsError, match=r"other options or data \(computed in 'bfloat16' before, 'float32' now\)"):
        check_free(tmp_path / "run", {**PLAN, **surroundings("auto")}, resume=True)
