from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import OptionsError
from graphs.queries import EntityQuery, RelationQuery, known_answers, query_of
from graphs.types import Triple

TRIPLES = [
    Triple("tim", "is", "cook"),
    Triple("tim", "is", "cook", split="test"),
    Triple("tim", "is", "good", split="dev"),
    Triple("tim", "is", "bad", label=-1),
    Triple("tim", "was", "cook", split="train"),
    Triple("Cook, Tim", "is", "cook"),
    Triple('a "b"', "is", "c"),
]


@pytest.fixture(scope="module")
def kg(graph_of):
    return graph_of(TRIPLES)


@pytest.mark.parametrize(
    ("text", "given", "relation", "asks_tail"),
    [
        ("tim, is, ?", "tim", "is", True),
        ("?,was,cook", "cook", "was", False),
        (" tim\tis \t?", "tim", "is", True),
        ('"Cook, Tim", is, ?', "Cook, Tim", "is", True),
        ("Cook, Tim\tis\t?", "Cook, Tim", "is", True),
        ('a "b", is, ?', 'a "b"', "is", True),
    ],
)
def test_entities_asked_for(kg, text, given, relation, asks_tail):
    assert query_of(text, kg) == EntityQuery(kg.id(given), kg.relations.index(relation), asks_tail)


def test_a_relation_asked_for(kg):
    assert query_of("tim, ?, cook", kg) == RelationQuery(kg.id("tim"), kg.id("cook"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "tim, is",
        "tim, is, cook",
        "?, is, ?",
        "?, ?, ?",
        "Cook, Tim, is, ?",
        "tim,, ?",
        '"tim, is, ?',
        "tim\tis",
    ],
)
def test_a_query_of_another_shape(kg, text):
    with pytest.raises(OptionsError, match=r"the query .*: expected 'head, relation, \?', '\?, relation, tail' or"):
        query_of(text, kg)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tom, is, ?", r"no entity is called 'tom' in .* \(did you mean 'tim'\?\)"),
        ("tim, iss, ?", r"no relation is called 'iss' in .* \(did you mean 'is'\?\)"),
        ("tim, ?, nobody", "no entity is called 'nobody'"),
    ],
)
def test_parts_that_are_not_there(kg, text, message):
    with pytest.raises(OptionsError, match=message):
        query_of(text, kg)


@given(text=st.text(max_size=20))
def test_any_text_is_a_question_or_a_sentence(kg, text):
    with suppress(OptionsError):
        query_of(text, kg)


def test_known_answers_by_looking_at_every_triple(kg):
    names = kg.names(range(len(kg))).to_pylist()
    for given_name in names:
        for relation_name in kg.relations:
            entity, relation = kg.id(given_name), kg.relations.index(relation_name)
            for asks_tail in (True, False):
                expected = {}
                for triple in (some for some in TRIPLES if some.label == 1 and some.relation == relation_name):
                    own, answer = (triple.head, triple.tail) if asks_tail else (triple.tail, triple.head)
                    if own == given_name:
                        expected.setdefault(kg.id(answer), set()).add(triple.split)
                found = known_answers(kg, EntityQuery(entity, relation, asks_tail))
                assert {answer: set(splits) for answer, splits in found.items()} == expected


def test_known_relations(kg):
    found = known_answers(kg, RelationQuery(kg.id("tim"), kg.id("cook")))
    assert found == {kg.relations.index("is"): ["", "test"], kg.relations.index("was"): ["train"]}
    assert known_answers(kg, RelationQuery(kg.id("tim"), kg.id("bad"))) == {}
