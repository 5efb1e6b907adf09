"""Answers about triples: margins as the model's, probabilities and truth as the calibration has them."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError, stop
from graphs.knowledge import KnowledgeGraph
from graphs.questions import TEXTS, Question
from graphs.types import EntityText, Triple
from kbert import backbone
from kbert.scoring.triple_judge import TripleJudge
from kbert.triples.calibration import Calibration
from kbert.triples.ids import triples_of
from kbert.triples.model import TripleModel
from kbert.triples.platt import Platt

FP32 = {"precision": torch.float32}
TRIPLES = [Triple("tim", "is", "cook"), Triple("paris", "city", "lyon"), Triple("lyon", "is", "good")]
ASKED = [Question("f", i, *triple[:3]) for i, triple in enumerate(TRIPLES)]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> TripleModel:
    torch.manual_seed(0)
    return TripleModel(
        scorer="kgbert", task="triple", relations=["is", "city"], backbone=backbone.load(encoder("bert"))
    )


@pytest.fixture(scope="module")
def margins(model: TripleModel, kg: KnowledgeGraph) -> np.ndarray:
    return model.margins(model.texts(kg), triples_of(kg, "").triples, **FP32)


@pytest.fixture(scope="module")
def calibration(margins: np.ndarray) -> Calibration:
    middle, largest = np.sort(margins)[1:].tolist()
    return Calibration(Platt(9.0, 1.0), middle, {"is": largest}, "relation", {"true": 1, "false": 4})


def said(judge: TripleJudge, column: str) -> list[Any]:
    return [answer[column] for answer in judge.judge(judge.ask(ASKED, stop))]


def test_margins_alone(model: TripleModel, kg: KnowledgeGraph, margins: np.ndarray) -> None:
    judge = TripleJudge(model, kg, None, **FP32)
    np.testing.assert_allclose(said(judge, "margin"), margins, atol=1e-6)
    assert said(judge, "probability") == said(judge, "true") == [None] * 3
    (answer,) = judge.judge(judge.ask(ASKED[:1], stop))
    assert tuple(answer) == judge.columns


@pytest.mark.parametrize("prior", [None, 0.5])
@pytest.mark.parametrize("threshold", [None, "global", "relation"])
def test_calibrated(
    model: TripleModel, kg: KnowledgeGraph, calibration: Calibration, margins: np.ndarray, prior: Any, threshold: Any
) -> None:
    judge = TripleJudge(model, kg, calibration, prior=prior, threshold=threshold, **FP32)
    np.testing.assert_allclose(said(judge, "probability"), calibration.probability(margins, prior=prior), rtol=1e-5)
    own = np.array(said(judge, "margin"), np.float32)
    expected = calibration.is_true(own, ["is", "city", "is"], choice=threshold, prior=prior)
    assert said(judge, "true") == expected.tolist()
    assert all(type(value) is bool for value in said(judge, "true"))


def test_a_probability_as_threshold(model: TripleModel, kg: KnowledgeGraph, calibration: Calibration) -> None:
    probability = said(TripleJudge(model, kg, calibration, **FP32), "probability")
    middle = sorted(probability)[1]
    judge = TripleJudge(model, kg, calibration, threshold=middle, **FP32)
    assert said(judge, "true") == [p >= middle for p in probability]


def test_the_ends_of_probabilities_are_thresholds_of_whatever_type(
    model: TripleModel, kg: KnowledgeGraph, calibration: Calibration
) -> None:
    for threshold, expected in ((0, True), (1, False)):
        assert said(TripleJudge(model, kg, calibration, threshold=threshold, **FP32), "true") == [expected] * 3


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"threshold": "relations"}, "threshold: expected global or relation, found 'relations'"),
        ({"threshold": 1.5}, "threshold: expected at least 0 and at most 1, found 1.5"),
        ({"threshold": float("nan")}, "threshold: expected at least 0 and at most 1, found nan"),
        ({"prior": 0}, "prior: expected more than 0 and less than 1, found 0"),
        ({"prior": 1.0}, "prior: expected more than 0 and less than 1, found 1.0"),
    ],
)
def test_what_is_no_prior_and_no_threshold(
    model: TripleModel, kg: KnowledgeGraph, calibration: Calibration, odd: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionsError, match=message):
        TripleJudge(model, kg, calibration, **odd, **FP32)


def test_texts_from_labels(model: TripleModel, kg: KnowledgeGraph) -> None:
    """An entity that the graph does not have is what its text says: here the same as one that it has."""
    judge = TripleJudge(model, kg, None, labels=[EntityText("new", "tim")], **FP32)
    own, new = judge.judge(judge.ask([ASKED[0], ASKED[0]._replace(head="new")], stop))
    assert own["margin"] == new["margin"]
    assert (own["unseen"], new["unseen"]) == ([], ["head"])


def test_long_texts_are_cut_and_none_is_lost(model: TripleModel, kg: KnowledgeGraph) -> None:
    judge, long = TripleJudge(model, kg, None, **FP32), "apple " * 5000
    texts = [dict(zip(TEXTS, parts, strict=True)) for parts in product((long, ""), repeat=3)]
    asked = [ASKED[0]._replace(**own) for own in texts]
    found = [answer["margin"] for answer in judge.judge(judge.ask(asked, stop))]
    assert np.isfinite(found).all()
    assert len(set(found)) == 8


def test_options_without_a_calibration(model: TripleModel, kg: KnowledgeGraph) -> None:
    for options in ({"prior": 0.5}, {"threshold": "global"}, {"threshold": 0.5}):
        with pytest.raises(OptionsError, match="a prior and a threshold are for calibrated runs"):
            TripleJudge(model, kg, None, **options, **FP32)
