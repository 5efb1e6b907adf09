"""How guesses are counted, against scikit-learn."""

import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss

from kbert.guesses import Guesses, Tally, told_among


def guesses(seed: int, count: int = 30, kinds: int = 1) -> Guesses:
    generator = torch.Generator().manual_seed(seed)
    kind = torch.randint(kinds, (count,), generator=generator) if kinds > 1 else None
    target = torch.randint(4, (count,), generator=generator)
    return Guesses(torch.randn(count, 4, generator=generator), target, kind)


def test_figures_against_scikit_learn() -> None:
    some = [guesses(seed, kinds=2) for seed in range(3)]
    tally = Tally({"kept": False, "replaced": True})
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
        lost = log_loss(target[here], scores[here].double().softmax(1), labels=range(4))
        assert found[f"{name}_loss"] == pytest.approx(lost)
        assert found[f"{name}_accuracy"] == pytest.approx(accuracy_score(target[here], said[here]))
        assert found[f"{name}_most_frequent"] == pytest.approx(float(often[here].float().mean()))
    assert tally.telling_loss == found["replaced_loss"]


def test_nothing_guessed() -> None:
    tally = Tally({})
    tally.add(Guesses(torch.empty(0, 4), torch.empty(0, dtype=torch.long), None))
    assert tally.metrics() == {"loss": 0.0, "guesses": 0, "accuracy": 0.0, "candidates": 0.0}
    assert tally.telling_loss == 0.0


def test_kinds_that_did_not_occur() -> None:
    tally = Tally({"kept": False, "replaced": True})
    tally.add(guesses(0, kinds=2)._replace(kind=torch.zeros(30, dtype=torch.long)))
    assert (tally.metrics()["replaced"], tally.metrics()["replaced_accuracy"]) == (0, 0.0)
    assert tally.telling_loss == 0.0


def test_without_kinds_all_guesses_tell() -> None:
    tally = Tally({})
    tally.add(guesses(0))
    assert tally.telling_loss == tally.metrics()["loss"] > 0


def test_among_how_many() -> None:
    """The mean over all guesses, not over batches."""
    tally = Tally({})
    for labels, count in ((2, 30), (8, 10)):
        tally.add(Guesses(torch.randn(count, labels), torch.zeros(count, dtype=torch.long), None))
    assert tally.metrics()["candidates"] == (2 * 30 + 8 * 10) / 40
    assert told_among({"entities_candidates": 3.5, "entities_loss": 1.0}) == "entities among 3.5 on average"
