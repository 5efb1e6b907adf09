"""The precision that a machine computes in."""

import pytest
import torch

from graphs.errors import OptionsError
from kbert.precision import best_precision

CPU = torch.device("cpu")


def test_named() -> None:
    assert best_precision("bf16", CPU) == torch.bfloat16
    assert best_precision("fp32", CPU) == torch.float32


@pytest.mark.parametrize("has", [True, False])
def test_auto_is_what_the_processor_is_fast_in(has: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: has)
    assert best_precision("auto", CPU) == (torch.bfloat16 if has else torch.float32)


def test_any_other_name_is_refused() -> None:
    with pytest.raises(OptionsError, match="precision: expected auto, bf16 or fp32, found 'fp16'"):
        best_precision("fp16", CPU)
