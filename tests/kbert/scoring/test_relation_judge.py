"""Which relation joins two entities, against the model's own outputs."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.errors import DataError, stop
from graphs.knowledge import KnowledgeGraph
from graphs.questions import Question
from graphs.types import EntityText, Triple
from kbert import backbone
from kbert.scoring.relation_judge import RelationJudge
from kbert.triples.ids import triples_of
from kbert.triples.model import TripleModel

TRIPLES = [Triple("tim", "is", "cook"), Triple("paris", "city", "lyon"), Triple("lyon", "is", "good")]
ASKED = [Question("f", i, *triple[:3]) for i, triple in enumerate(TRIPLES)]
RELATIONS = ["is", "city", "other"]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    return TripleModel(scorer="kgbert", task="relation", relations=RELATIONS, backbone=backbone.load(encoder("bert")))


@pytest.fixture
def judge(model: TripleModel, kg: KnowledgeGraph) -> RelationJudge:
    return RelationJudge(model, kg, labels=[EntityText("new", "tim")], precision=torch.float32)


def test_as_the_model_says(judge: RelationJudge, model: TripleModel, kg: KnowledgeGraph) -> None:
    outputs = torch.tensor(model.outputs(model.texts(kg), triples_of(kg, "").triples, precision=torch.float32))
    share = outputs.double().softmax(1).numpy()
    answers = judge.judge(judge.ask(ASKED, stop))
    assert [answer["best"] for answer in answers] == [RELATIONS[i] for i in share.argmax(1)]
    np.testing.assert_allclose([answer["best_probability"] for answer in answers], share.max(1), rtol=1e-5)
    np.testing.assert_allclose([answer["probability"] for answer in answers], share[range(3), [0, 1, 0]], rtol=1e-5)
    assert all(tuple(answer) == judge.columns for answer in answers)


def test_pairs_without_a_relation_and_new_entities(judge: RelationJudge) -> None:
    rows = [ASKED[0], ASKED[0]._replace(relation="other"), ASKED[0]._replace(relation="", head="new")]
    own, other, pair = judge.judge(judge.ask(rows, stop))
    assert own["best_probability"] == other["best_probability"] == pair["best_probability"]
    assert pair["probability"] is None
    assert [answer["unseen"] for answer in (own, other, pair)] == [[], [], ["head"]]
    assert own["probability"] + other["probability"] < 1
    assert judge.judge(judge.ask([], stop)) == []


def test_a_relation_that_was_not_learnt(judge: RelationJudge) -> None:
    expected = r"f:0: expected one of the 3 relations that the run has learnt, found 'othr' \(did you mean 'other'\?\)"
    with pytest.raises(DataError, match=expected):
        judge.ask([ASKED[0]._replace(relation="othr", relation_text="a text of it does not help")], stop)
