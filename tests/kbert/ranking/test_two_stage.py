"""Two stages against the same by hand: which entities are read, and where those stay that are not."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.ranking.every_entity import EveryEntity
from kbert.ranking.link_prediction import OnQuestions, Scored, rank_all
from kbert.ranking.two_stage import TwoStage
from kbert.triples.ids import TripleIds, triples_of
from kbert.triples.model import TripleModel
from kbert.triples.ranks import Queries, TrueAnswers

NAMES = ["tim", "cook", "paris", "lyon", "beijing", "china", "good", "bad", "film", "apple"]
TRIPLES = [Triple(NAMES[i], "is", NAMES[j]) for i in range(10) for j in range(10) if (i * j) % 7 == 1]
TRIPLES += [Triple("tim", "city", "good"), Triple("bad", "city", "lyon")]


class Fixed:
    """Scores that are drawn once, some of them equal."""

    at_once = 3

    def __init__(self, entities: int) -> None:
        self.entities = entities
        self.by_question: dict[tuple[int, int, bool], np.ndarray] = {}
        self._draw = np.random.default_rng(0)

    def of(self, given: int, relation: int, asks_tail: bool) -> np.ndarray:
        drawn = self._draw.integers(8, size=self.entities).astype(np.float32) / 8
        return self.by_question.setdefault((given, relation, asks_tail), drawn)

    def __call__(self, queries: Queries, known: TrueAnswers, on_questions: OnQuestions) -> Scored:
        columns = (queries.asked.given.tolist(), queries.asked.relation.tolist(), queries.asked.asks_tail.tolist())
        return Scored(np.stack([self.of(*row) for row in zip(*columns, strict=True)]), 0)


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


def by_hand(
    fixed: Fixed, untrained: TripleModel, kg: KnowledgeGraph, k: int, weight: float
) -> tuple[list[float], list[bool]]:
    """Ranks of all heads, then of all tails, and which answers were read: one question after the other."""
    triples, texts = triples_of(kg, "").true, untrained.texts(kg)
    true = set(zip(*(column.tolist() for column in triples.columns), strict=True))
    ranks, held = [], []
    for asks_tail in (False, True):
        for h, r, t in zip(*(column.tolist() for column in triples.columns), strict=True):
            near = fixed.by_question[(h if asks_tail else t, r, asks_tail)].astype(float)
            made = [(h, r, e) if asks_tail else (e, r, t) for e in range(len(kg))]
            answer = t if asks_tail else h
            rivals = [e for e in range(len(kg)) if made[e] not in true]
            nearest = sorted(rivals, key=lambda e: -near[e])
            read = len([e for e in rivals if near[e] > near[answer]]) < k
            held.append(read)
            if not read:
                ranks.append(
                    1 + sum(near[e] > near[answer] for e in rivals) + sum(near[e] == near[answer] for e in rivals) / 2
                )
                continue
            read_too = TripleIds.of(*zip(*(made[e] for e in [answer, *nearest[:k]]), strict=True))
            margins = untrained.margins(texts, read_too, precision=torch.float32)
            final = margins + weight * near[[answer, *nearest[:k]]]
            ranks.append(1 + (final[1:] > final[0]).sum() + (final[1:] == final[0]).sum() / 2)
    return ranks, held


@pytest.mark.parametrize(("k", "weight"), [(3, 0.0), (3, 5.0), (1, 0.0)])
def test_against_one_question_after_the_other(
    untrained: TripleModel, kg: KnowledgeGraph, k: int, weight: float
) -> None:
    fixed, triples = Fixed(len(kg)), triples_of(kg, "").true
    for row in range(len(triples)):  # distinct scores, so that which are the k nearest is not open
        for given, asks_tail in ((triples.tail[row], False), (triples.head[row], True)):
            key = (int(given), int(triples.relation[row]), asks_tail)
            fixed.by_question[key] = np.random.default_rng((row, asks_tail)).permutation(len(kg)).astype(np.float32)
    answerer = TwoStage(fixed, untrained, untrained.texts(kg), k=k, retriever_weight=weight, precision=torch.float32)
    found = rank_all(answerer, triples, triples)
    ranks, held = by_hand(fixed, untrained, kg, k, weight)
    assert found.held is not None
    np.testing.assert_array_equal(found.held, held)
    assert 0 < found.held.mean() < 1
    np.testing.assert_allclose(found.rank, ranks)


def test_with_all_entities_it_is_the_scorers_order(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    triples, texts = triples_of(kg, "").true, untrained.texts(kg)
    every = rank_all(EveryEntity(untrained, texts, precision=torch.float32), triples, triples)
    both = rank_all(TwoStage(Fixed(len(kg)), untrained, texts, k=99, precision=torch.float32), triples, triples)
    assert both.held is not None
    assert both.held.all()
    np.testing.assert_allclose(both.rank, every.rank)


@pytest.mark.parametrize("k", [1, 3, 9])
def test_equal_scores_of_the_retriever_favour_no_answer(untrained: TripleModel, kg: KnowledgeGraph, k: int) -> None:
    """Who knows nothing ranks no better than by chance, and holds no answer but by the size of k."""

    class Nothing(Fixed):
        def of(self, given: int, relation: int, asks_tail: bool) -> np.ndarray:
            return np.zeros(self.entities, dtype=np.float32)

    triples, true = triples_of(kg, "").true, triples_of(kg, "").true
    chance = rank_all(Nothing(len(kg)), triples, true)
    found = rank_all(
        TwoStage(Nothing(len(kg)), untrained, untrained.texts(kg), k=k, precision=torch.float32), triples, true
    )
    assert found.held is not None
    np.testing.assert_array_equal(found.held, chance.rank <= k)
    assert (found.rank[~found.held] >= chance.rank[~found.held]).all()


def test_what_is_read_hangs_on_k(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    triples = triples_of(kg, "").true
    heard: list[float] = []
    answerer = TwoStage(Fixed(len(kg)), untrained, untrained.texts(kg), k=2, precision=torch.float32)
    found = rank_all(answerer, triples, triples, on_questions=heard.append)
    questions = len(Queries.of(triples))
    assert 2 * questions <= found.triples <= 2 * questions + 2 * len(triples)
    assert sum(heard) == pytest.approx(questions)
    assert answerer.at_once == 3


def test_k_is_at_least_one(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    with pytest.raises(OptionsError, match="k: expected at least 1, found 0"):
        TwoStage(Fixed(len(kg)), untrained, untrained.texts(kg), k=0, precision=torch.float32)


def test_where_every_entity_is_right_none_is_read(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    every = TrueAnswers(TripleIds.of([0] * len(kg), [0] * len(kg), range(len(kg))))
    fixed, heard = Fixed(len(kg)), list[float]()
    found = TwoStage(fixed, untrained, untrained.texts(kg), k=3, precision=torch.float32)(
        Queries.one(0, 0, True), every, heard.append
    )
    assert (found.triples, heard) == (0, [1])
    np.testing.assert_array_equal(found.scores[0], fixed.of(0, 0, True))
