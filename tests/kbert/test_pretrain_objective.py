"""What is learnt of guesses: every text once, and dev corrupted in the same way each time."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from graphs.tables import offsets_of
from kbert.guesses import Guesses
from kbert.layout import Layout
from kbert.pretrain_objective import PretrainObjective
from kbert.pretrainer import Pretrainer
from kbert.train import Settings


def layout(count: int, pieces: int = 3) -> Layout:
    lengths = np.full(count, pieces)
    return Layout(offsets_of(lengths), {"x": np.zeros(pieces * count, np.int64)}, lengths, {})


KINDS = {"entities": {"kept": False, "replaced": True}}


class Drawing(Pretrainer):
    """Guesses by chance."""

    def __init__(self) -> None:
        nn.Module.__init__(self)  # it has no heads
        self.weight = nn.Parameter(torch.zeros(1))
        self.read: list[int] = []

    def collate(self, layout: Layout, which: Any) -> Any:
        self.read.append(len(which))
        return which

    def forward(self, paired: Any) -> dict[str, Guesses]:
        target = torch.arange(4)
        return {
            "words": Guesses(torch.randn(4, 4), target, None),
            "entities": Guesses(torch.randn(4, 4), target, target % 2),
        }


def test_every_text_once() -> None:
    objective = PretrainObjective(Drawing(), layout(20), None)
    batches = objective.batches(0, Settings(batch_size=6))
    assert sorted(text for batch in batches for text in batch.tolist()) == list(range(20))
    assert objective.measure(torch.float32) is None


def test_dev_is_corrupted_in_the_same_way_each_time_and_training_goes_on_as_if_it_had_not_been(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kbert.pretrain_objective.move", lambda batch, device: batch)
    objective = PretrainObjective(Drawing(), layout(4), layout(9), kinds=KINDS)
    torch.manual_seed(5)
    first, value = objective.measure(torch.float32) or ({}, math.nan)
    after = torch.rand(1)
    assert objective.measure(torch.float32) == (first, value)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), after)
    assert value == -first["choosing_loss"] == pytest.approx(-first["words_loss"] - first["entities_replaced_loss"])
    assert {"words_accuracy", "entities_kept_accuracy", "entities_replaced_most_frequent"} <= first.keys()


@pytest.mark.parametrize(("pieces", "sizes"), [(256, [64, 64, 2]), (512, [32, 32, 32, 32, 2])])
def test_dev_is_read_in_batches_of_its_own(pieces: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in those that suit the device: a batch holds the candidates, and with others the figures would be others."""
    monkeypatch.setattr("kbert.pretrain_objective.move", lambda batch, device: batch)
    model = Drawing()
    PretrainObjective(model, layout(4), layout(130, pieces), kinds=KINDS).measure(torch.float32)
    assert model.read == sizes
