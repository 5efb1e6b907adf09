"""Which triples are learnt, and which of those held out are learnt too."""

from collections.abc import Callable

import pytest

from graphs.errors import DataError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.triple_training import Splits, leaks

TRIPLES = [
    Triple("a", "r", "b", split="train"),
    Triple("a", "r", "c", split="train", label=-1),
    Triple("b", "r", "c"),
    Triple("a", "r", "b", split="dev"),
    Triple("c", "r", "a", split="dev"),
    Triple("b", "r", "c", split="test", label=-1),
]


def test_what_is_learnt_and_what_is_held_out(kg_of: Callable[..., KnowledgeGraph]) -> None:
    splits = Splits.of(str(kg_of(TRIPLES).folder))
    assert [len(some) for some in (splits.train.true, splits.train.false, splits.dev.true, splits.true)] == [2, 1, 2, 4]
    assert [leaks(splits.kg, splits.train.true, name) for name in ("dev", "test")] == [
        {"triples": 1, "first": ["a", "r", "b"]},
        {"triples": 0, "first": None},
    ]


def test_nothing_to_learn(kg_of: Callable[..., KnowledgeGraph]) -> None:
    held_out = kg_of([triple for triple in TRIPLES if triple.split in ("dev", "test")])
    with pytest.raises(DataError, match=r"expected true triples to learn \(of the split train, or of none\)"):
        Splits.of(str(held_out.folder))
