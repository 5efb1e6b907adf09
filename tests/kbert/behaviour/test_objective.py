"""What a recommender learns from."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, huber_loss

from graphs.errors import OptionsError
from kbert.behaviour.histories import Questions
from kbert.behaviour.laying import FIRST, MASK, PAD
from kbert.behaviour.model import Recommender
from kbert.behaviour.objective import Learning, Objective
from kbert.behaviour.profiles import part_of, targets_of
from kbert.train import Settings

SETTINGS = Settings(batch_size=4, precision="fp32")
OPTIONS = {"width": 8, "length": 5}
PAIRS = [(0, 1), (1, 2), (3, 4)]


@pytest.fixture
def objective_of(behaviour):
    def make(learning=None, *, causal=False, options=None, **graph):
        graph = behaviour(**graph)
        torch.manual_seed(0)
        options = {**OPTIONS, "objective": "causal" if causal else "masked", **(options or {})}
        model = Recommender("uprec", len(graph.items), targets_of(graph), options).eval()
        return Objective(model, graph, learning or Learning())

    return make


def loss_of(objective, batch):
    return objective.loss(objective.recommender, batch, nullcontext)


def batch_of(objective, users=range(6)):
    """A stretch of each of some users, of all of them by default."""
    one_each = objective.learnt.one_each(5, np.random.default_rng(0))
    return objective.batch(one_each.of(np.array([*users])), one_each, np.random.default_rng(0))


@pytest.mark.parametrize("causal", [False, True])
def test_what_dev_and_test_ask_for_is_never_read_or_asked(objective_of, causal):
    """Items are numbered so that those held out of a user are seen of nobody else at that place."""
    objective = objective_of(causal=causal, users=3, items=30, length=9)
    for epoch in range(8):
        for batch in objective.batches(epoch, SETTINGS):
            seen = {*(batch.laid.ids - FIRST).flatten().tolist(), *batch.laid.target.tolist()}
            assert not seen & {9, 10}  # u2's last two: i9 and i10; those of the others are learnt by u2
            assert batch.laid.ids.max() < FIRST + 30


def test_an_epoch_is_the_same_whenever_it_is_asked_for_and_each_is_another(objective_of):
    learning = Learning(srd=1.0, sampled=3, stretches="one")
    objective = objective_of(learning, friends=PAIRS)
    one, again, other = (objective.batches(epoch, SETTINGS) for epoch in (0, 0, 1))
    assert len(one) == 2

    def all_of(epoch):
        return [
            (batch.laid.ids.tolist(), batch.laid.target.tolist(), batch.friends.tolist(), batch.candidates.tolist())
            for batch in epoch
        ]

    assert all_of(one) == all_of(again)
    assert all_of(one) != all_of(other)
    assert sum(map(len, one)) == 6
    assert all_of(one[0:1]) == all_of(one)[:1]


def test_an_epoch_has_more_of_longer_histories_unless_one_stretch_of_each_is_asked_for(objective_of):
    for stretches, least, most in (("one", 3, 3), ("overlapping", 3 * 17 // 5, 3 * 17)):
        objective = objective_of(Learning(stretches=stretches), users=3, items=30, length=19)
        assert least <= sum(map(len, objective.batches(0, SETTINGS))) <= most


def test_read_causally_an_epoch_asks_for_each_item_once(objective_of):
    objective = objective_of(Learning(), users=3, items=30, length=19, causal=True)
    asked = torch.cat([batch.laid.target for batch in objective.batches(0, SETTINGS)])
    assert asked.sort().values.tolist() == sorted(objective.learnt.items.tolist())


def test_items_by_hand(objective_of):
    objective = objective_of(Learning(mip=0.5))
    (batch, *_) = objective.batches(0, SETTINGS)
    total, count = loss_of(objective, batch)["mip"]
    vectors = objective.recommender(batch.laid.ids)[batch.laid.row, batch.laid.column]
    expected = cross_entropy(objective.recommender.part.scores(vectors), batch.laid.target, reduction="sum")
    torch.testing.assert_close(total, 0.5 * expected)
    assert count == len(batch.laid.target) == (batch.laid.ids == MASK).sum()


def test_with_the_last_item_hidden_alone_it_is_asked_as_dev_and_test_ask(objective_of):
    """The loss of fine-tuning: the score of the last item, as it is told from the items before it."""
    objective = objective_of(Learning(last_share=1.0))
    for batch in objective.batches(0, SETTINGS):
        rows = (batch.laid.ids != PAD).sum(1) - 2  # before [SEP]
        assert (batch.laid.ids[torch.arange(len(batch)), rows] == MASK).all()
        histories = [
            [piece - FIRST for piece in row[1:place]]
            for row, place in zip(batch.laid.ids.tolist(), rows.tolist(), strict=True)
        ]
        offsets = np.cumsum([0, *map(len, histories)])
        known = np.array([item for history in histories for item in history], np.int32)
        every = np.arange(len(batch))
        scores = objective.recommender.answer(Questions(every, offsets, known, known[:0], 7), every)
        expected = cross_entropy(scores, batch.laid.target, reduction="sum")
        torch.testing.assert_close(loss_of(objective, batch)["mip"][0], expected)


def test_drawn_rivals_that_are_all_items_give_the_loss_of_all(objective_of):
    objective = objective_of(Learning(sampled=7))
    (batch, *_) = objective.batches(0, SETTINGS)
    every = replace(batch, candidates=torch.arange(7))
    none = replace(batch, candidates=torch.zeros(0, dtype=torch.long))
    torch.testing.assert_close(loss_of(objective, every)["mip"], loss_of(objective, none)["mip"])
    assert loss_of(objective, replace(batch, candidates=torch.arange(2)))["mip"][0] < loss_of(objective, none)["mip"][0]


def test_profiles_by_hand_and_users_of_whom_nothing_is_known_add_nothing(objective_of):
    objective = objective_of(Learning(mip=0, uap=2.0))
    batch = batch_of(objective)
    part = objective.recommender.part
    said = part.profile(part.pooled(objective.recommender(batch.laid.ids), batch.laid.real))
    losses = loss_of(objective, batch)
    assert [*losses] == ["uap age", "uap side"]
    known = [0, 2, 3, 4, 5]  # nobody told how old u1 is
    expected = huber_loss(said["age"][known, 0], batch.told[known, 0], reduction="sum")
    torch.testing.assert_close(losses["uap age"][0], 2 * expected)
    assert losses["uap age"][1] == 5
    torch.testing.assert_close(
        losses["uap side"][0], 2 * cross_entropy(said["side"], batch.told[:, 1].long(), reduction="sum")
    )


def test_relations_by_hand(objective_of):
    objective = objective_of(Learning(mip=0, srd=3.0), friends=PAIRS, attributes=False)
    batch = batch_of(objective)
    assert batch.whose.tolist() == [0, 1, 2, 3, 4]
    part, model = objective.recommender.part, objective.recommender
    own = part.pooled(model(batch.laid.ids), batch.laid.real)
    friends = part.pooled(model(batch.friends), batch.friends != 0)
    expected = 0.0
    # The friends of the first three know each other, and so do those of the other two.
    strangers = {0: [3, 4], 1: [3, 4], 2: [3, 4], 3: [0, 1, 2], 4: [0, 1, 2]}
    for place, user in enumerate(batch.whose.tolist()):
        assert batch.rivals[place].nonzero().flatten().tolist() == strangers[user]
        near = part.nearness(own[[user]], friends[[place]])
        far = part.nearness(own[[user]], friends[strangers[user]])
        expected = expected - torch.cat((near, far), dim=1).log_softmax(1)[0, 0]
    total, count = loss_of(objective, batch)["srd"]
    torch.testing.assert_close(total, 3 * expected)
    assert count == 5


def test_fewer_rivals_never_raise_the_loss(objective_of):
    """So leaving out friends of friends does not."""
    objective = objective_of(Learning(mip=0, srd=1.0), friends=PAIRS, attributes=False)
    batch = batch_of(objective)
    everyone = replace(batch, rivals=torch.ones_like(batch.rivals))
    assert loss_of(objective, batch)["srd"][0] < loss_of(objective, everyone)["srd"][0]
    nobody = replace(batch, rivals=torch.zeros_like(batch.rivals))
    torch.testing.assert_close(loss_of(objective, nobody)["srd"][0], torch.tensor(0.0))


def test_users_of_a_batch_without_friends_are_no_rivals(objective_of):
    """A batch is of like length and friends are of any: a friend would be told by his length alone."""
    objective = objective_of(Learning(mip=0, srd=1.0), causal=True, friends=[(0, 5), (1, 4)], attributes=False)
    some, more = (batch_of(objective, users) for users in ([0, 1], [0, 1, 2, 3]))
    assert some.rivals.tolist() == more.rivals.tolist() == [[False, True], [True, False]]
    torch.testing.assert_close(loss_of(objective, some)["srd"][0], loss_of(objective, more)["srd"][0])


def test_users_of_near_equal_profile_are_no_rivals(objective_of):
    objective = objective_of(Learning(srd=1.0), friends=[(0, 5)])
    alike = objective._alike(np.arange(6), np.arange(6))
    assert not alike[1].any()  # whose age is not known
    assert alike[0].nonzero()[0].tolist() == [0]  # u2 is of the same side, but two years older
    objective._told[2, 0] = objective._told[0, 0] + 0.1
    assert objective._alike(np.array([0]), np.arange(6))[0].nonzero()[0].tolist() == [0, 2]


def test_without_friends_in_a_batch_relations_are_0(objective_of):
    objective = objective_of(Learning(srd=1.0), friends=PAIRS, attributes=False)
    batch = batch_of(objective, [5])
    total, count = loss_of(objective, batch)["srd"]
    assert (float(total.detach()), int(count)) == (0.0, 0)


def test_dev_is_ranked(objective_of):
    objective = objective_of()
    metrics, value = objective.measure(torch.float32)
    assert metrics["users"] == 6
    assert value == metrics["ndcg@10"] > 0
    assert objective_of(length=2).measure(torch.float32) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mip": 0}, "mip, uap and srd: expected a weight above 0 for one of them, found none"),
        ({"srd": -1}, "srd: expected at least 0, found -1"),
        ({"mask_rate": 2}, "mask_rate: expected at least 0 and at most 1, found 2"),
        ({"stretches": "two"}, "stretches: expected one or overlapping, found 'two'"),
    ],
)
def test_nothing_to_learn_by(unchecked, options, message):
    with pytest.raises(OptionsError, match=message):
        Learning(**options)


def test_profiles_that_are_held_are_never_told(objective_of):
    held = objective_of(Learning(uap=1.0, hold_profiles=True), users=40, items=30)
    names = [f"u{i}" for i in range(40)]
    seen = {names[i]: row for i, row in enumerate(held._told)}
    for name, row in seen.items():
        assert np.isnan(row).all() == (part_of(name) != "train")
    assert not np.isnan(objective_of(Learning(uap=1.0), users=40, items=30)._told[:, 1]).any()


def test_as_a_control_friends_and_profiles_are_those_of_others(objective_of):
    learning = Learning(uap=1.0, srd=1.0)
    own, others = (
        objective_of(replace(learning, shuffled=shuffled), users=40, items=30, friends=PAIRS)
        for shuffled in (False, True)
    )
    assert sorted(map(tuple, own._told[2:].tolist())) != own._told[2:].tolist()
    rows = [sorted(map(repr, objective._told.tolist())) for objective in (own, others)]
    assert rows[0] == rows[1]
    assert (np.nan_to_num(own._told) != np.nan_to_num(others._told)).any()
    degrees = [sorted(np.diff(objective._circles.offsets).tolist()) for objective in (own, others)]
    assert degrees[0] == degrees[1]
    pairs = [
        {
            (user, int(friend))
            for user in range(40)
            for friend in objective._circles.ids[
                objective._circles.offsets[user] : objective._circles.offsets[user + 1]
            ]
        }
        for objective in (own, others)
    ]
    assert pairs[0] == {*PAIRS, *((b, a) for a, b in PAIRS)}
    assert pairs[1] != pairs[0]
    assert {a for a, _ in pairs[1]} == {a for a, _ in pairs[0]}
    assert all((b, a) in pairs[1] for a, b in pairs[1])


@pytest.mark.parametrize("name", ["hold_profiles", "shuffled"])
def test_what_is_about_users_needs_a_weight_of_them(name):
    with pytest.raises(
        OptionsError, match=f"{name} is about users: expected a weight above 0 of uap or srd, found none"
    ):
        Learning(**{name: True})
