"""What is learnt of guesses, and how they are counted."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from torch import nn

from graphs.tables import offsets_of
from kbert.layout import Layout
from kbert.pretrain_objective import Guesses, PretrainObjective, Tally
from kbert.train import Settings


def layout(count: int) -> Layout:
    lengths = np.full(count, 3)
    return Layout(offsets_of(lengths), {"x": np.zeros(3 * count, np.int64)}, lengths, {})


def guesses(seed: int, count: int = 30, kinds: int = 1) -> Guesses:
    generator = torch.Generator().manual_seed(seed)
    kind = torch.randint(kinds, (count,), generator=generator) if kinds > 1 else None
    target = torch.randint(4, (count,), generator=generator)
    return Guesses(torch.randn(count, 4, generator=generator), target, kind)


def test_figures_against_scikit_learn() -> None:
    some = [guesses(seed, kinds=2) for seed in range(3)]
    tally = Tally(("kept", "replaced"))
    for one in some:
        tally.add(one)
    scores, target, kind = (torch.cat([getattr(one, name) for one in some]) for name in Guesses._fields)
    found, said = tally.metrics(), scores.argmax(1)
    assert found["loss"] == pytest.approx(log_loss(target, scores.double().softmax(1), labels=range(4)))
    assert found["accuracy"] == pytest.approx(accuracy_score(target, said))
    assert found["guesses"] == len(target) == found["kept"] + found["replaced"]
    often = torch.cat([one.target == torch.bincount(one.target).argmax() for one in some])
    for number, name in enumerate(("kept", "replaced")):
        here = kind == number
        assert found[name] == int(here.sum())
        assert found[f"{name}_accuracy"] == pytest.approx(accuracy_score(target[here], said[here]))
        assert found[f"{name}_most_frequent"] == pytest.approx(float(often[here].float().mean()))


def test_nothing_guessed() -> None:
    tally = Tally(())
    tally.add(Guesses(torch.empty(0, 4), torch.empty(0, dtype=torch.long), None))
    assert tally.metrics() == {"loss": 0.0, "guesses": 0, "accuracy": 0.0}


def test_kinds_that_did_not_occur() -> None:
    tally = Tally(("kept", "replaced"))
    tally.add(guesses(0, kinds=2)._replace(kind=torch.zeros(30, dtype=torch.long)))
    assert (tally.metrics()["replaced"], tally.metrics()["replaced_accuracy"]) == (0, 0.0)


def test_every_text_once() -> None:
    objective = PretrainObjective(nn.Linear(1, 1), layout(20), None)
    batches = objective.batches(0, Settings(batch_size=6))
    assert sorted(text for batch in batches for text in batch.tolist()) == list(range(20))
    assert objective.measure(torch.float32) is None


def test_dev_is_corrupted_in_the_same_way_each_time_and_training_goes_on_as_if_it_had_not_been(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Drawing(nn.Module):
        """Guesses by chance."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def collate(self, layout: Layout, which: Any) -> Any:
            return which

        def forward(self, batch: Any) -> dict[str, Guesses]:
            target = torch.arange(4)
            return {
                "words": Guesses(torch.randn(4, 4), target, None),
                "entities": Guesses(torch.randn(4, 4), target, target % 2),
            }

    monkeypatch.setattr("kbert.pretrain_objective.move", lambda batch, device: batch)
    objective = PretrainObjective(Drawing(), layout(4), layout(9), kinds={"entities": ("kept", "replaced")})
    torch.manual_seed(5)
    first, value = objective.measure(torch.float32) or ({}, math.nan)
    after = torch.rand(1)
    assert objective.measure(torch.float32) == (first, value)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), after)
    assert value == pytest.approx(-first["words_loss"] - first["entities_loss"])
    assert {"words_accuracy", "entities_kept_accuracy", "entities_replaced_most_frequent"} <= first.keys()
