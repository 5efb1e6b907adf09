"""What embeddings learn from, against formulas written out triple by triple."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, logsigmoid

from graphs import rooms
from kbert.entities import losses as embedding_losses
from kbert.entities.embedding import EMBEDDINGS
from kbert.entities.losses import OneVsAll, Sampled
from kbert.entities.row_adagrad import AdagradTable
from kbert.triples.ids import TripleIds

ENTITIES, RELATIONS, WIDTH = 9, 2, 4
TRAIN = TripleIds.of([0, 0, 0, 1, 2, 3, 8], [0, 0, 1, 0, 1, 1, 0], [1, 2, 3, 2, 2, 0, 8])
RATE, SIZES = 0.1, (ENTITIES, RELATIONS)


class Watched(AdagradTable):
    """A table that keeps the slope of its last step, row by row of the whole."""

    def step(self, rows, taken, rate):
        self.slope = torch.zeros_like(self.values)
        self.slope[slice(None) if rows is None else rows] = taken.grad
        super().step(rows, taken, rate)


def stepped(objective, embedding, which):
    """The loss of a step, and the slopes of both tables."""
    tables = Watched(embedding.entities.clone()), Watched(embedding.relations.clone())
    loss = objective.step(which, np.random.default_rng(3), *tables, RATE)
    return loss, [table.slope for table in tables]


def slopes(loss, tables):
    """Those that autograd finds in a loss written out."""
    return [
        torch.zeros_like(t) if g is None else g
        for t, g in zip(tables, torch.autograd.grad(loss, tables, allow_unused=True), strict=True)
    ]


def asked(method, entities, relations, triple, *, asks_tail):
    head, relation, tail = triple
    given = entities[head if asks_tail else tail]
    return method.questions(given[None], relations[relation][None], asks_tail=asks_tail)


def cubes(method, entities, relations, triple):
    head, relation, tail = triple
    return sum(size.pow(3).sum() for size in method.sizes(entities[head], relations[relation], entities[tail]))


def rows(triples):
    return list(zip(*(column.tolist() for column in triples.columns), strict=True))


@pytest.mark.parametrize("n3", [0.0, 0.3])
@pytest.mark.parametrize("name", rooms.names(EMBEDDINGS))
def test_one_against_all(embedded, name, n3):
    """The mean cross-entropy of each triple's answer at both sides; all questions at once."""
    embedding = embedded(name, width=WIDTH, entities=ENTITIES, relations=RELATIONS, spread=0.7)
    objective = OneVsAll(embedding.method, TRAIN, n3=n3)
    loss, found = stepped(objective, embedding, np.arange(len(objective)))
    entities, relations = embedding.entities.requires_grad_(), embedding.relations.requires_grad_()
    total, held = torch.zeros(()), torch.zeros(())
    for triple in rows(TRAIN):
        for asks_tail in (False, True):
            question = asked(embedding.method, entities, relations, triple, asks_tail=asks_tail)
            scores = embedding.method.compare(question, entities)
            total = total + cross_entropy(scores, torch.tensor([triple[2] if asks_tail else triple[0]]))
            held = held + n3 * cubes(embedding.method, entities, relations, triple)
    count = 2 * len(TRAIN)
    assert loss == pytest.approx(float(total.detach()) / count, rel=1e-5)
    for own, expected in zip(found, slopes((total + held) / count, (entities, relations)), strict=True):
        torch.testing.assert_close(own, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("share", [2, 3, 32])
@pytest.mark.parametrize(("adversarial", "n3"), [(0.0, 0.3), (1.5, 0.0), (1.5, 0.3)])
@pytest.mark.parametrize("name", ["transe", "complex"])
def test_against_drawn_ones(embedded, name, adversarial, n3, share, monkeypatch):
    """Equation 5 of RotatE's paper at both sides; drawn entities that are right are left out."""
    monkeypatch.setattr(embedding_losses, "SHARE", share)
    embedding = embedded(name, width=WIDTH, entities=ENTITIES, relations=RELATIONS, spread=0.7)
    how = {"negatives": 5, "margin": 2.0, "adversarial": adversarial, "n3": n3}
    objective = Sampled(embedding.method, TRAIN, *SIZES, **how)
    which = np.array([4, 0, 6, 2, 5])
    loss, found = stepped(objective, embedding, which)
    wrong = np.random.default_rng(3).integers(ENTITIES, size=(2, -(-len(which) // share), 5))
    entities, relations = embedding.entities.requires_grad_(), embedding.relations.requires_grad_()
    total, held, known = torch.zeros(()), torch.zeros(()), set(rows(TRAIN))
    for place, triple in enumerate(rows(TRAIN.where(which))):
        for side in (0, 1):
            question = asked(embedding.method, entities, relations, triple, asks_tail=bool(side))
            scores = embedding.method.compare(question, entities)[0]
            others = [
                int(other)
                for other in wrong[side, place // share]
                if ((triple[0], triple[1], other) if side else (other, triple[1], triple[2])) not in known
            ]
            weight = (adversarial * scores[others].detach()).softmax(0)
            total = total - logsigmoid(2.0 + scores[triple[2] if side else triple[0]])
            total = total - (weight * logsigmoid(-2.0 - scores[others])).sum()
            held = held + n3 * cubes(embedding.method, entities, relations, triple)
    assert loss == pytest.approx(float(total.detach()) / 10, rel=1e-5)
    for own, expected in zip(found, slopes((total + held) / 10, (entities, relations)), strict=True):
        torch.testing.assert_close(own, expected, atol=1e-5, rtol=1e-4)


def test_where_every_entity_is_right_nothing_is_held_against_the_answer(embedded):
    full = TripleIds.of([0] * 3, [0] * 3, [0, 1, 2])
    embedding = embedded("transe", width=WIDTH, entities=3, relations=1)
    objective = Sampled(embedding.method, full, 3, 1, negatives=4, margin=1.0, adversarial=1.0, n3=0.0)
    loss, found = stepped(objective, embedding, np.arange(3))
    assert np.isfinite(loss)
    assert all(slope.isfinite().all() for slope in found)
