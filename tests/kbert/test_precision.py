"""The precision that a machine computes in."""

from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest
import torch

from graphs.errors import OptionsError
from kbert.precision import best_precision, is_fast_in_bf16, speed_of_bf16

CPU = torch.device("cpu")


def test_named() -> None:
    assert best_precision("bf16", CPU) == torch.bfloat16
    assert best_precision("fp32", CPU) == torch.float32


@pytest.fixture
def tried_anew() -> Iterator[None]:
    is_fast_in_bf16.cache_clear()
    yield
    is_fast_in_bf16.cache_clear()


@pytest.mark.parametrize(
    ("has", "speed", "best"),
    [(True, 4.0, torch.bfloat16), (True, 0.5, torch.float32), (True, 1.1, torch.float32), (False, 4.0, torch.float32)],
)
def test_auto_is_what_the_processor_is_fast_in(
    has: bool, speed: float, best: torch.dtype, tried_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instructions for bf16 are not enough: on some processors they are slower than those for float32."""
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: has)
    monkeypatch.setattr("kbert.precision.speed_of_bf16", lambda: speed)
    assert best_precision("auto", CPU) == best


def test_a_machine_is_tried_once(tried_anew: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: True)
    monkeypatch.setattr("kbert.precision.speed_of_bf16", lambda: float(len(tries) or tries.append(1) or 4))
    assert best_precision("auto", CPU) == best_precision("auto", CPU) == torch.bfloat16
    assert len(tries) == 1


def test_the_speed_of_bf16_is_that_of_its_quickest_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which products in bf16 take 2 seconds at best, those in float32 3, and some are held up."""

    def clock() -> Iterator[float]:
        now = 0.0
        for turn in count():
            for takes in (2.0, 3.0):
                yield now
                now += takes + turn % 3
                yield now

    monkeypatch.setattr("kbert.precision.time.perf_counter", partial(next, clock()))
    assert speed_of_bf16() == 1.5


def test_a_machine_has_some_speed() -> None:
    assert speed_of_bf16() > 0


def test_any_other_name_is_refused() -> None:
    with pytest.raises(OptionsError, match="precision: expected auto, bf16 or fp32, found 'fp16'"):
        best_precision("fp16", CPU)
