import json

import pytest

from graphs.errors import OptionsError
from graphs.summary import describe, summarise
from graphs.types import Triple

TRIPLES = [
    Triple("Q90", "capital_of", "Q142"),
    Triple("Q90", "is_a", "city"),
    Triple("Q2", "is_a", "city", split="train"),
    Triple("Q90", "twin", "Q2", split="test"),
    Triple("Q2", "capital_of", "Q142", label=-1),
]
LABELS = [
    {"name": "Q90", "label": "Paris", "description": "capital of France", "aliases": ["City of Light"], "prior": 5},
    {"name": "Q2", "label": "Paris", "description": "in Texas"},
    {"name": "Q142", "label": "France"},
]


@pytest.fixture(scope="module")
def kg(graph_of):
    return graph_of(TRIPLES, [json.dumps(line) for line in LABELS])


def test_counts(kg):
    summary = summarise(kg)
    assert summary.pop("digest") == kg.digest
    assert summary == {
        "entities": 4,
        "relations": 3,
        "triples": 5,
        "true": 4,
        "false": 1,
        "in no split": 3,
        "in train": 1,
        "in test": 1,
        "entities with facts": 2,
        "most facts of one": 3,
        "labels and aliases": 5,
        "relations_by_count": [("capital_of", "capital_of", 2), ("is_a", "is_a", 2), ("twin", "twin", 1)],
    }


def test_an_empty_graph(graph_of):
    summary = summarise(graph_of([Triple("a", "r", "b", label=-1)]))
    assert (summary["true"], summary["false"], summary["most facts of one"]) == (0, 1, 1)


def test_an_entity_by_its_name(kg):
    assert describe(kg, "Q90") == [
        {
            "name": "Q90",
            "label": "Paris",
            "description": "capital of France",
            "aliases": ["City of Light"],
            "prior": 5.0,
            "facts": [("capital_of", "France", ""), ("is_a", "city", ""), ("twin", "Paris", "test")],
            "facts_about": [],
        }
    ]
    [city] = describe(kg, "city")
    assert city["facts_about"] == [("is_a", "Paris", ""), ("is_a", "Paris", "train")]


def test_entities_by_label_the_likeliest_first(kg):
    assert [entity["name"] for entity in describe(kg, "Paris")] == ["Q90", "Q2"]
    assert [entity["name"] for entity in describe(kg, "City of Light")] == ["Q90"]


def test_an_unknown_name(kg):
    with pytest.raises(OptionsError, match=r"no entity is called 'Pari' in .* \(did you mean 'Paris'\?\)$"):
        describe(kg, "Pari")
    with pytest.raises(OptionsError, match=r"no entity is called 'xyz' in [^;]*$"):
        describe(kg, "xyz")
