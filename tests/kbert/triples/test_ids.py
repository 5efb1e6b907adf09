import numpy as np

from graphs.types import Triple
from kbert.triples.ids import Asked, TripleIds, triples_of

TRIPLES = [
    Triple("b", "likes", "a", split="train"),
    Triple("a", "likes", "b", split="train"),
    Triple("a", "is", "c", split="dev"),
    Triple("a", "is", "b", split="dev", label=-1),
    Triple("c", "is", "b"),
]


def named(kg, some):
    columns = (kg.names(some.head).to_pylist(), some.relation.tolist(), kg.names(some.tail).to_pylist())
    return [(head, kg.relations[relation], tail) for head, relation, tail in zip(*columns, strict=True)]


def test_triples_of_splits_in_file_order(kg_of):
    kg = kg_of(TRIPLES)
    train = triples_of(kg, "train")
    assert named(kg, train.triples) == [("b", "likes", "a"), ("a", "likes", "b")]
    dev = triples_of(kg, "dev")
    assert (named(kg, dev.true), named(kg, dev.false)) == ([("a", "is", "c")], [("a", "is", "b")])
    assert named(kg, triples_of(kg, "", "train").triples)[-1] == ("c", "is", "b")
    assert len(triples_of(kg, "test").triples) == 0


def test_columns_of_ids():
    some = TripleIds.of([1, 2], [0, 0], [3, 4])
    assert [column.dtype for column in some.columns] == [np.int64, np.int32, np.int64]
    assert some.repeat(2).head.tolist() == [1, 1, 2, 2]
    assert some.where(np.array([1])).tail.tolist() == [4]
    assert [column.tolist() for column in TripleIds.join(some, some.where(np.array([0]))).columns] == [
        [1, 2, 1],
        [0, 0, 0],
        [3, 4, 3],
    ]


def test_questions_that_triples_answer():
    asked = Asked.of(TripleIds.of([1, 1, 1], [0, 0, 2], [3, 4, 3]))
    assert [column.tolist() for column in asked.columns] == [
        [3, 4, 3, 1, 1, 1],
        [0, 0, 2, 0, 0, 2],
        [False, False, False, True, True, True],
    ]
    some, which = asked.distinct()
    assert (len(some), which.tolist()) == (5, [0, 1, 2, 3, 3, 4])
    assert [column.tolist() for column in some.where(which).columns] == [column.tolist() for column in asked.columns]


def test_what_questions_make_with_answers():
    asked = Asked.of(TripleIds.of([1], [2], [3]))
    assert [column.tolist() for column in asked.with_answers(np.array([7, 8])).columns] == [[7, 1], [2, 2], [3, 8]]
    every = asked.with_each(np.array([7, 8]))
    assert [column.tolist() for column in every.columns] == [[7, 8, 1, 1], [2, 2, 2, 2], [3, 3, 7, 8]]
