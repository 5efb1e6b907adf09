"""What a run has seen of labelled triples, and the sentence that says so."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from graphs.knowledge import KnowledgeGraph
from graphs.questions import Question
from graphs.types import Triple
from kbert.triple_protocol import Trained, sentence, standing
from kbert.triples.data import TripleData

TRIPLES = [
    Triple("a", "is", "b"),
    Triple("a", "is", "c", split="train"),
    Triple("a", "is", "d", split="train", label=-1),
    Triple("b", "is", "a", split="dev"),
    Triple("b", "is", "c", split="dev", label=-1),
    Triple("c", "is", "a", split="test"),
]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


def data_of(*rows: str) -> TripleData:
    parts = [row.split() for row in rows]
    questions = [Question("x.tsv", i, *names, others=(int(label),)) for i, (*names, label) in enumerate(parts, 1)]
    return TripleData("x.tsv", questions)


def test_what_was_seen(kg: KnowledgeGraph) -> None:
    seen = ["a is b 1", "a is c -1", "a is d -1", "a is d 1", "b is a 1", "b is c 1"]
    data = data_of(*seen, "c is a 1", "z is b 1", "a is z -1", "a was b 1")
    how = standing(data, Trained(kg, changed=False))
    assert np.flatnonzero(how.learnt).tolist() == [0, 2]
    assert np.flatnonzero(how.against).tolist() == [1, 3]
    assert np.flatnonzero(how.seen).tolist() == [0, 1, 2, 3]
    assert np.flatnonzero(how.chosen).tolist() == [4]
    assert how.told == "surely"
    assert standing(data, Trained(kg, changed=True)).told == "by a changed graph"
    gone = standing(data, Trained(None, changed=False))
    assert gone.told == "not at all"
    assert not any(which.any() for which in gone[:3])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["c is a 1", "c is b -1"], "held out: nothing was learnt from them or chosen on them"),
        (["b is a 1", "b is c -1"], "dev: the epoch was chosen on them"),
        (["b is a 1", "c is b -1"], "dev: the epoch was chosen on 1 of them"),
        (["a is b 1", "a is d -1"], "the model was trained on them"),
        (["c is a 1", "a is c -1"], "train says the contrary of 1 of them"),
        (["a is b 1", "a is c -1"], "the model was trained on 1 of them; train says the contrary of 1 of them"),
    ],
)
def test_the_sentence(kg: KnowledgeGraph, rows: list[str], told: str) -> None:
    data = data_of(*rows)
    how = standing(data, Trained(kg, changed=False))
    assert sentence("AUC", data, how) == f"AUC over 1 true and 1 false triples of x.tsv ({told})"


def test_more_of_the_sentence(kg: KnowledgeGraph) -> None:
    data = replace(data_of("c is a 1", "c is b -1"), drawn=1, seed=7)
    said = sentence("AUC", data, standing(data, Trained(kg, changed=True)), left_out=3)
    assert "triples of x.tsv but the 3 that it was trained on (" in said
    assert "as far as the knowledge graph of the training tells, which was changed since; held out" in said
    assert said.endswith("the false ones were drawn: 1 for each true one, none of them true in the graph, seed 7)")


def test_thresholds_that_were_fitted_on_them(kg: KnowledgeGraph) -> None:
    for rows, told in ((["b is a 1", "c is b -1"], True), (["c is a 1", "c is b -1"], False)):
        data = data_of(*rows)
        said = sentence("AUC", data, standing(data, Trained(kg, changed=False)), fitted=True)
        assert ("the epoch was chosen, and thresholds were fitted, on 1 of them" in said) == told


def test_a_graph_that_is_gone(kg: KnowledgeGraph) -> None:
    data = data_of("c is a 1", "c is b -1")
    told = "whether the model has seen them is not known: the knowledge graph of the training is gone"
    assert sentence("AUC", data, standing(data, Trained(None, changed=False))).endswith(f"x.tsv ({told})")
