"""The encoder of item sequences."""

import pytest
import torch

from graphs.errors import OptionsError
from kbert.behaviour.laying import CLS, FIRST, MASK, PAD, SEP
from kbert.behaviour.profiles import Target
from kbert.recommenders.uprec import Model

ITEMS = 9
TARGETS = [Target("age"), Target("town", ("Bruges", "Ghent"))]


@pytest.fixture
def model_of():
    def make(**options):
        torch.manual_seed(0)
        made = Model(ITEMS, TARGETS, **{"width": 8, "length": 6, **options}).eval()
        for parameter in made.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        return made

    return make


LONG, SHORT = [CLS, FIRST, FIRST + 3, MASK, SEP], [CLS, MASK, SEP]


def padded(*rows, length=None):
    length = length or max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (length - len(row))] for row in rows])


@pytest.mark.parametrize("objective", ["masked", "causal"])
def test_padding_and_other_users_change_nothing(model_of, objective):
    model = model_of(objective=objective)
    alone = [model(padded(row))[0] for row in (LONG, SHORT)]
    together = model(padded(LONG, SHORT, length=8))
    for row, vectors in zip(together, alone, strict=True):
        torch.testing.assert_close(row[: len(vectors)], vectors, atol=1e-5, rtol=1e-4)


def test_padding_never_changes_the_pool(model_of):
    model, ids = model_of(), padded(SHORT)
    wide = padded(SHORT, length=8)
    one, other = (model.pooled(model(some), some != PAD) for some in (ids, wide))
    torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
    vectors = torch.tensor([[[1.0, -5.0], [0.0, -2.0], [9.0, 9.0]]])
    assert model.pooled(vectors, torch.tensor([[True, True, False]])).tolist() == [[1.0, -2.0]]


def test_read_causally_nothing_behind_an_item_reaches_it(model_of):
    """But for the places, which count from the end: so both are equally long."""
    model = model_of(objective="causal")
    one = model(torch.tensor([[CLS, FIRST, FIRST + 1, FIRST + 2]]))
    other = model(torch.tensor([[CLS, FIRST, FIRST + 5, FIRST + 6]]))
    torch.testing.assert_close(one[:, :2], other[:, :2])
    assert not torch.allclose(one[:, 2:], other[:, 2:])
    both = model_of()
    assert not torch.allclose(both(torch.tensor([LONG])), both(torch.tensor([[*LONG[:2], FIRST + 8, *LONG[3:]]])))


def test_the_order_of_items_matters(model_of):
    model = model_of()
    one, other = model(torch.tensor([LONG])), model(torch.tensor([[CLS, FIRST + 3, FIRST, MASK, SEP]]))
    assert not torch.allclose(one[:, 3], other[:, 3])


def test_scores_of_some_items_are_those_of_all(model_of):
    model, vectors = model_of(), torch.randn(3, 8)
    every, some = model.scores(vectors), torch.tensor([4, 0, 7])
    assert every.shape == (3, ITEMS)
    own, shared = model.scores_of(vectors, some, torch.tensor([4, 8]))
    torch.testing.assert_close(own, every[range(3), some])
    torch.testing.assert_close(shared, every[:, [4, 8]])


def test_nearness_is_symmetric_and_b_makes_no_difference_to_what_is_nearest(model_of):
    model, users = model_of(), torch.randn(4, 8)
    near = model.nearness(users, users)
    torch.testing.assert_close(near, near.T)
    with torch.no_grad():
        by_hand = [[-float((model.weight * (a - b) ** 2).sum() + model.shift) for b in users] for a in users]
    torch.testing.assert_close(near.detach(), torch.tensor(by_hand))
    loss = -near.log_softmax(1)[:, 0].sum()
    loss.backward()
    assert abs(float(model.shift.grad)) < 1e-5
    assert model.weight.grad.abs().sum() > 1e-3


def test_nearness_begins_as_the_mean_of_squares():
    """Whose size does not grow with the width, as that of their sum does."""
    users = torch.randn(4, 64)
    near = Model(ITEMS).nearness(users, users)
    torch.testing.assert_close(near, -(users[:, None] - users[None]).square().mean(-1))


def test_what_is_said_of_users(model_of):
    said = model_of().profile(torch.randn(3, 8))
    assert {name: tuple(found.shape) for name, found in said.items()} == {"age": (3, 1), "town": (3, 2)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "both"}, "objective: expected masked or causal, found 'both'"),
        ({"heads": 3}, "heads: expected a divisor of the width 8, found 3"),
        ({"length": 0}, "length: expected at least 1, found 0"),
        ({"dropout": 1.0}, "dropout: expected at least 0 and less than 1, found 1.0"),
    ],
)
def test_options_that_there_are_not(model_of, unchecked, options, message):
    with pytest.raises(OptionsError, match=message):
        model_of(**options)
