"""Telling users' profiles."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, r2_score
from torch.nn.functional import cross_entropy, huber_loss

from graphs.behaviour import Attribute
from graphs.errors import DataError, OptionsError
from kbert.behaviour.laying import CLS, FIRST, SEP
from kbert.behaviour.model import Recommender
from kbert.behaviour.profiles import part_of, targets_of
from kbert.behaviour.profiling import ProfileObjective, Profiles
from kbert.train import Settings

SETTINGS = Settings(batch_size=4, precision="fp32")


@pytest.fixture
def model_of():
    def make(graph, **options):
        torch.manual_seed(0)
        return Recommender("uprec", len(graph.items), targets_of(graph), {"width": 8, "length": 5, **options}).eval()

    return make


@pytest.fixture
def graph(behaviour):
    return behaviour(users=40, items=30, length=9)


def test_each_user_is_in_one_part_whatever_the_seed(graph, model_of):
    profiles = Profiles(model_of(graph), graph)
    parts = [profiles.users(part).tolist() for part in ("train", "dev", "test")]
    assert sorted(user for part in parts for user in part) == list(range(40))
    assert [len(part) for part in parts] == [26, 7, 7]
    assert all(part_of(graph.users[user]) == "dev" for user in parts[1])


def test_what_is_asked_for_as_a_next_item_is_not_read(graph, model_of):
    """Of nine events of a user the last two are held out, in training and where he is told."""
    model = model_of(graph, length=9)
    objective, read = ProfileObjective(model, graph), []
    (batch,) = objective.batches(0, Settings(batch_size=99, precision="fp32"))
    model.register_forward_pre_hook(lambda _, given: read.append(given[0]))
    users = objective.profiles.users("test")
    objective.profiles.said(users, torch.float32)

    def learnt(some):
        return sorted([CLS, *(FIRST + (user + step) % 30 for step in range(7)), SEP] for user in some)

    assert sorted(batch.ids.tolist()) == learnt(objective.profiles.users("train").tolist())
    assert sorted(read[0].tolist()) == learnt(users.tolist())
    again = objective.batches(0, Settings(batch_size=99, precision="fp32"))[0]
    assert torch.equal(batch.ids, again.ids)
    assert len(batch) == 26


def test_losses_by_hand(graph, model_of):
    model = model_of(graph)
    objective = ProfileObjective(model, graph)
    batch = objective.batches(0, SETTINGS)[0]
    losses = objective.loss(model, batch, nullcontext)
    said = model.part.profile(model(batch.ids)[:, 0])
    known = ~batch.told[:, 0].isnan()
    torch.testing.assert_close(
        losses["age"][0], huber_loss(said["age"][known, 0], batch.told[known, 0], reduction="sum")
    )
    torch.testing.assert_close(losses["side"][0], cross_entropy(said["side"], batch.told[:, 1].long(), reduction="sum"))
    assert (losses["age"][1], losses["side"][1]) == (known.sum(), 4)


def test_figures_are_those_of_scikit_learn(graph, model_of):
    profiles = Profiles(model_of(graph), graph)
    users = np.arange(40)
    said = profiles.said(users, torch.float32)
    found = profiles.metrics(users, said)
    gold, told = profiles.worded(profiles.told), profiles.worded(said)
    sides = [[row["side"] for row in rows] for rows in (gold, told)]
    assert found["side accuracy"] == pytest.approx(accuracy_score(*sides))
    assert found["side macro_f1"] == pytest.approx(f1_score(*sides, average="macro"))
    ages = [[row["age"] for row, there in zip(rows, gold, strict=True) if "age" in there] for rows in (gold, told)]
    assert len(ages[0]) == 39
    assert found["age mae"] == pytest.approx(mean_absolute_error(*ages), rel=1e-4)
    assert found["age r2"] == pytest.approx(r2_score(*ages), rel=1e-3, abs=1e-3)
    assert found["mean"] == pytest.approx((found["side accuracy"] + found["age r2"]) / 2)


def test_what_is_simplest_is_learnt_from_train_alone(graph, model_of):
    profiles = Profiles(model_of(graph), graph)
    train, test = profiles.users("train"), profiles.users("test")
    sides = [row["side"] for row in profiles.worded(profiles.told[train])]
    ages = [row["age"] for row in profiles.worded(profiles.told[train]) if "age" in row]
    for row in profiles.worded(profiles.simplest(test)):
        assert row["side"] == max({*sides}, key=sides.count)
        assert row["age"] == pytest.approx(np.mean(ages), rel=1e-5)


def test_what_is_known_of_nobody_of_a_part_has_no_figures_there(graph, model_of):
    """And takes nothing from the mean; where nobody who is learnt from tells it, it cannot be learnt."""
    model = model_of(graph)
    profiles = Profiles(model, graph)
    test = profiles.users("test")
    said = profiles.said(test, torch.float32)
    profiles.told[test, 0] = np.nan
    found = profiles.metrics(test, said)
    assert found.keys() == {"side accuracy", "side macro_f1", "mean", "users"}
    assert found["mean"] == found["side accuracy"]
    vars(graph)["attributes"] = {**graph.attributes, "age": told_of(graph, profiles.users("dev"))}
    with pytest.raises(OptionsError, match="has no user for train of whom age is known"):
        ProfileObjective(model, graph)


def told_of(graph, users):
    """The ages of some users alone."""
    numbers = np.full(len(graph.users), np.nan, np.float32)
    numbers[users] = graph.attributes["age"].numbers[users]
    return Attribute("number", numbers, [])


def test_what_is_no_number_is_not_told(graph, model_of):
    model = model_of(graph)
    with torch.no_grad():
        model.part.attributes["1"].bias[0] = torch.nan
    with pytest.raises(DataError, match="scores: expected numbers, found NaN for 40 of 40 users"):
        Profiles(model, graph).said(np.arange(40), torch.float32)


def test_what_cannot_be_told(behaviour, graph, model_of):
    with pytest.raises(
        OptionsError, match=r"objective: expected masked where a profile is told, at \[CLS\], found causal"
    ):
        Profiles(model_of(graph, objective="causal"), graph)
    few = behaviour(users=1)
    with pytest.raises(OptionsError, match="has no user for train of whom an attribute is known"):
        ProfileObjective(model_of(few), few)
