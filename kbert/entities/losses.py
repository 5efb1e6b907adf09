"""What an embedding learns from: a few drawn wrong answers to a question, or all other entities."""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import embedding, logsigmoid

from graphs.tables import Ids
from kbert.entities.embedding import Method
from kbert.entities.row_adagrad import AdagradTable
from kbert.triples.ids import Asked, TripleIds
from kbert.triples.negatives import TripleSet
from kbert.triples.ranks import Queries


class Learning(Protocol):
    """What an embedding learns from."""

    def __len__(self) -> int:
        """How many triples or questions an epoch goes through."""

    def step(
        self, which: Ids, generator: np.random.Generator, entities: AdagradTable, relations: AdagradTable, rate: float
    ) -> float:
        """Learn from some of them; give their mean loss."""


SHARE = 32
"""Triples that share their wrong answers, so that one product of matrices compares them all."""


class Some(NamedTuple):
    """Distinct ids, and for each of those asked for its place among them."""

    ids: Tensor
    place: Tensor

    @classmethod
    def of(cls, ids: npt.NDArray[np.integer]) -> "Some":
        """The distinct ones of some ids, of any shape."""
        distinct, place = np.unique(ids, return_inverse=True)
        return cls(torch.from_numpy(distinct.astype(np.int64)), torch.from_numpy(place.reshape(ids.shape)))


class Sampled:
    """Each true triple against entities drawn in the place of its head and of its tail (Sun et al. 2019, equation 5).

    What train holds for true is left out of those drawn. Triples that stand together share what is drawn.

    Args:
        negatives: how many are drawn for each side
        margin: added to all scores; below it a triple is false
        adversarial: how much more those count that score high (0: all count alike)
        n3: weight of the cubes of a triple's sizes beside the loss of each of its two questions
    """

    def __init__(
        self,
        method: Method,
        triples: TripleIds,
        entities: int,
        relations: int,
        *,
        negatives: int,
        margin: float,
        adversarial: float,
        n3: float,
    ) -> None:
        self._method, self._triples, self._entities = method, triples, entities
        self._negatives, self._margin, self._adversarial, self._n3 = negatives, margin, adversarial, n3
        self._true = TripleSet(triples, entities, relations)

    def __len__(self) -> int:
        return len(self._triples)

    def step(
        self, which: Ids, generator: np.random.Generator, entities: AdagradTable, relations: AdagradTable, rate: float
    ) -> float:
        """Learn from some triples; give their mean loss."""
        drawn = self._draw(which, generator)
        rows, own = entities.take(drawn.entities.ids), relations.take(drawn.relations.ids)
        loss = self._learn(drawn, rows, own)
        entities.step(drawn.entities.ids, rows, rate)
        relations.step(drawn.relations.ids, own, rate)
        return loss

    def _draw(self, which: Ids, generator: np.random.Generator) -> "Drawn":
        """Entities for the heads and the tails of some triples."""
        triples = self._triples.where(which)
        chunks = -(-len(which) // SHARE)
        wrong = generator.integers(self._entities, size=(2, chunks, self._negatives))
        chunk = np.arange(len(which)) // SHARE
        right = np.stack([self._holds(triples, side, wrong[side, chunk]) for side in (0, 1)])
        entities = Some.of(np.concatenate((triples.head, triples.tail, wrong.ravel())))
        return Drawn(entities, Some.of(triples.relation), wrong.shape, torch.from_numpy(right))

    def _holds(self, triples: TripleIds, side: int, wrong: Ids) -> npt.NDArray[np.bool_]:
        """Which of the entities drawn for each triple make a true one: for heads (0), or for tails (1)."""
        many = triples.repeat(wrong.shape[1])
        asked = Asked(many.head if side else many.tail, many.relation, np.full(len(many), bool(side)))
        return self._true.holds(asked.with_answers(wrong.ravel())).reshape(wrong.shape)

    def _learn(
        self, drawn: "Drawn", entities: Float[Tensor, "entities ..."], relations: Float[Tensor, "relations ..."]
    ) -> float:
        """The mean loss of a step; its slopes go to the rows."""
        count = drawn.right.shape[1]
        head, tail = (embedding(places, entities) for places in drawn.entities.place[: 2 * count].view(2, -1))
        relation = embedding(drawn.relations.place, relations)
        wrong = embedding(drawn.entities.place[2 * count :].view(drawn.shape), entities)
        total, held = torch.zeros(()), torch.zeros(())
        for side, (given, answer) in enumerate(((tail, head), (head, tail))):
            questions = self._method.questions(given, relation, asks_tail=bool(side))
            own = self._method.compare(questions[:, None], answer[:, None])[:, 0, 0]
            others = self._compared(questions, wrong[side]).masked_fill(drawn.right[side], -torch.inf)
            total = total - logsigmoid(self._margin + own).sum() - self._against(others)
            if self._n3:
                held = held + self._n3 * n3(self._method.sizes(given, relation, answer))
        torch.autograd.backward((total + held) / (2 * count))
        return float(total.detach()) / (2 * count)

    def _compared(self, questions: Tensor, wrong: Tensor) -> Tensor:
        """Scores of each question with what was drawn for its chunk."""
        whole = len(questions) // SHARE * SHARE
        parts = []
        if whole:
            chunks = questions[:whole].view(-1, SHARE, questions.shape[1])
            parts.append(self._method.compare(chunks, wrong[: whole // SHARE]).flatten(0, 1))
        if whole < len(questions):
            parts.append(self._method.compare(questions[whole:], wrong[-1]))
        return torch.cat(parts)

    def _against(self, others: Float[Tensor, "batch items"]) -> Tensor:
        """How well those drawn are held for false: a mean of each triple's, summed."""
        weight = (self._adversarial * others.detach()).masked_fill(others.isinf(), -torch.inf).softmax(1).nan_to_num(0)
        return (weight * logsigmoid(-self._margin - others).nan_to_num(0)).sum()


class Drawn(NamedTuple):
    """Entities of a step (heads, tails, then those drawn, as ``shape``), relations, and what is right after all."""

    entities: Some
    relations: Some
    shape: tuple[int, ...]
    right: Tensor


class OneVsAll:
    """Each question against all entities: cross-entropy with each right answer (Lacroix et al. 2018, equation 7).

    A question that several triples ask is compared once for all of them.

    Args:
        n3: weight of the cubes of a triple's sizes beside the loss of each of its two questions
    """

    def __init__(self, method: Method, triples: TripleIds, *, n3: float) -> None:
        self._method, self._queries, self._n3 = method, Queries.of(triples), n3
        self._room: Tensor | None = None

    def __len__(self) -> int:
        return len(self._queries)

    def step(
        self, which: Ids, generator: np.random.Generator, entities: AdagradTable, relations: AdagradTable, rate: float
    ) -> float:
        """Learn from some questions; give the mean loss over the triples that ask them."""
        asking = self._ask(which)
        rows, own = entities.take(None), relations.take(asking.relations.ids)
        loss = self._learn(asking, rows, own)
        entities.step(None, rows, rate)
        relations.step(asking.relations.ids, own, rate)
        return loss

    def _ask(self, which: Ids) -> "Asking":
        """Some questions with their answers."""
        some = self._queries.where(which)
        counts = np.diff(some.offsets)
        relations = Some.of(some.asked.relation)
        given, asks_tail = torch.from_numpy(some.asked.given), torch.from_numpy(some.asked.asks_tail)
        row = torch.from_numpy(np.repeat(np.arange(len(some)), counts))
        return Asking(relations, given, asks_tail, row, torch.from_numpy(some.answers), torch.from_numpy(counts))

    def _learn(
        self, asking: "Asking", entities: Float[Tensor, "entities ..."], relations: Float[Tensor, "relations ..."]
    ) -> float:
        """The mean loss of a step, over triples; its slopes go to the rows."""
        given, relation = entities[asking.given], embedding(asking.relations.place, relations)
        both = [self._method.questions(given, relation, asks_tail=side) for side in (False, True)]
        questions = torch.where(asking.asks_tail[:, None], both[1], both[0])
        scores = self._method.compare(questions, entities)
        count = len(asking.answer)
        with torch.no_grad():
            # By hand: autograd would hold and pass over several more tables of this size.
            top = scores.amax(1, keepdim=True)
            slope = torch.sub(scores, top, out=self._room_for(scores)).exp_()
            sums = slope.sum(1)
            total = float(((top[:, 0] + sums.log()) * asking.counts).sum() - scores[asking.row, asking.answer].sum())
            slope.mul_((asking.counts / (count * sums))[:, None])
            slope.index_put_((asking.row, asking.answer), torch.tensor(-1.0 / count), accumulate=True)
        if self._n3:
            held = n3(self._method.sizes(given[asking.row], relation[asking.row], entities[asking.answer]))
            torch.autograd.backward([scores, held], [slope, torch.tensor(self._n3 / count)])
        else:
            torch.autograd.backward(scores, slope)
        return total / count

    def _room_for(self, scores: Float[Tensor, "batch items"]) -> Float[Tensor, "batch items"]:
        """Memory for the slopes of scores, the same in each step: fresh memory costs as much as the arithmetic."""
        if self._room is None or len(self._room) < len(scores):
            self._room = torch.empty_like(scores)
        return self._room[: len(scores)]


class Asking(NamedTuple):
    """Questions of a step with their answers: ``answer[i]`` belongs to question ``row[i]``."""

    relations: Some
    given: Tensor
    asks_tail: Tensor
    row: Tensor
    answer: Tensor
    counts: Tensor


def n3(sizes: tuple[Tensor, ...]) -> Tensor:
    """The sum of the cubes of sizes (Lacroix et al. 2018, equation 6)."""
    return torch.stack([size.pow(3).sum() for size in sizes]).sum()
