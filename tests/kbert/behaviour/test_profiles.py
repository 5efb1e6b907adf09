"""What is known of users as targets."""

from pathlib import Path

import numpy as np
import pytest
import torch

from graphs.behaviour import Attribute, BehaviourGraph
from graphs.errors import OptionsError
from kbert.behaviour.profiles import Target, losses_of, part_of, targets_of, values_of

AGE = Attribute("number", np.array([20, np.nan, 40], np.float32), [])
TOWN = Attribute("category", np.array([1, -1, 0], np.float32), ["Bruges", "Ghent"])


def graph_of(**attributes):
    """As much of a graph as targets ask for, as if it had been read."""
    graph = BehaviourGraph(Path("graph"), {})
    vars(graph).update(users=["a", "b", "c"], attributes=attributes)
    return graph


def test_numbers_are_in_deviations_from_the_mean():
    target = Target.of("age", AGE)
    assert (target.mean, target.deviation, target.outputs) == (30.0, 10.0, 1)
    np.testing.assert_array_equal(target.values(AGE), np.float32([-1, np.nan, 1]))


def test_categories_are_their_numbers():
    target = Target.of("town", TOWN)
    assert (target.categories, target.outputs) == (("Bruges", "Ghent"), 2)
    np.testing.assert_array_equal(target.values(TOWN), np.float32([1, np.nan, 0]))


@pytest.mark.parametrize("numbers", [[np.nan, np.nan], [5, 5]])
def test_numbers_that_are_all_alike_or_unknown(numbers):
    attribute = Attribute("number", np.array(numbers, np.float32), [])
    target = Target.of("x", attribute)
    assert target.deviation == 1.0
    known = attribute.known
    assert (target.values(attribute)[known] == 0).all()


def test_values_of_all_users_stand_in_columns():
    targets = [Target.of("age", AGE), Target.of("town", TOWN)]
    found = values_of(targets, graph_of(age=AGE, town=TOWN))
    np.testing.assert_array_equal(found, np.float32([[-1, 1], [np.nan, np.nan], [1, 0]]))
    assert values_of([], graph_of(age=AGE)).shape == (3, 0)
    assert [one.worded(value) for one, value in zip(targets, found[0].tolist(), strict=True)] == [20.0, "Ghent"]


def test_categories_are_told_by_name_whatever_their_numbers_elsewhere():
    """A graph with fewer of them numbers them otherwise; one that was not learnt has no place."""
    target = Target.of("town", TOWN)
    fewer = Attribute("category", np.array([0, -1, 0], np.float32), ["Ghent"])
    np.testing.assert_array_equal(target.values(fewer), np.float32([1, np.nan, 1]))
    more = Attribute("category", np.array([0, 1, 2], np.float32), ["Bruges", "Ghent", "Lier"])
    with pytest.raises(OptionsError, match="town: expected one of Bruges, Ghent, as it was learnt, found 'Lier'"):
        target.values(more)
    with pytest.raises(OptionsError, match="town: expected a category, as it was learnt, found a number"):
        target.values(AGE)
    with pytest.raises(OptionsError, match=r"graph has no attribute 'town'; there are: age"):
        values_of([target], graph_of(age=AGE))


def test_what_is_known_of_nobody_is_no_target():
    nobody = Attribute("category", np.array([-1, -1, -1], np.float32), [])
    graph = graph_of(age=AGE, town=nobody)
    assert [one.name for one in targets_of(graph)] == ["age"]
    with pytest.raises(OptionsError, match="graph: town is known of no user"):
        targets_of(graph, ["age", "town"])


def test_nothing_is_taken_from_numbers_that_are_held_out():
    """Whatever is known of users for dev and test, the targets are the same."""
    graph, others = graph_of(age=AGE), graph_of(age=AGE)
    names = [f"user {i}" for i in range(40)]
    ages = np.arange(40, dtype=np.float32)
    held = np.array([part_of(name) != "train" for name in names])
    for one, numbers in ((graph, ages), (others, np.where(held, 1e6, ages).astype(np.float32))):
        vars(one).update(users=names, attributes={"age": Attribute("number", numbers, [])})
    (target,) = targets_of(graph, hold_profiles=True)
    assert target == targets_of(others, hold_profiles=True)[0]
    assert (target.mean, target.deviation) == pytest.approx((ages[~held].mean(), ages[~held].std()))
    assert targets_of(graph) != targets_of(others)


def test_three_fifths_of_users_are_learnt_from_and_names_alone_say_which():
    parts = [part_of(f"user {i}") for i in range(5000)]
    assert parts == [part_of(f"user {i}") for i in range(5000)]
    shares = {part: parts.count(part) / 5000 for part in ("train", "dev", "test")}
    assert shares == pytest.approx({"train": 0.6, "dev": 0.2, "test": 0.2}, abs=0.03)


def test_losses_are_of_known_users_alone():
    targets = [Target.of("age", AGE), Target.of("town", TOWN)]
    said = {"age": torch.tensor([[0.5], [9.0], [4.0]]), "town": torch.tensor([[0.0, 1.0], [5.0, 5.0], [2.0, 0.0]])}
    told = torch.tensor([[0.0, 1.0], [torch.nan, torch.nan], [1.0, 0.0]])
    losses = losses_of(targets, said, told)
    assert float(losses["age"][0]) == pytest.approx(0.5 * 0.5**2 + (3 - 0.5))  # below δ = 1 quadratic, above it linear
    by_hand = np.log(1 + np.exp(-1)) + np.log(1 + np.exp(-2))
    assert float(losses["town"][0]) == pytest.approx(by_hand, rel=1e-5)
    assert [int(count) for _, count in losses.values()] == [2, 2]
    assert float(losses_of(targets, said, torch.full((3, 2), torch.nan))["age"][0]) == 0.0
