"""Labelled triples of a split or a table, and what cannot be measured on."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.triples.data import TripleData, label_of, of_split, of_table

TRUE = [Triple(a, "is", b, split="train") for a in ("tim", "cook", "apple") for b in ("good", "bad")]
DEV = [Triple("tim", "is", "now", split="dev"), Triple("lyon", "in", "china", split="dev")]
LABELLED = [Triple("cook", "is", "now", split="test"), Triple("cook", "is", "lyon", split="test", label=-1)]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([*TRUE, *DEV, *LABELLED])


def rows(data: TripleData) -> list[tuple[str, str, str, int]]:
    return [(one.head, one.relation, one.tail, label_of(one)) for one in data.questions]


def test_a_split_with_labels(kg: KnowledgeGraph) -> None:
    data = of_split(kg, "test")
    assert rows(data) == [("cook", "is", "now", 1), ("cook", "is", "lyon", -1)]
    assert data.is_true.tolist() == [True, False]
    assert (data.name, len(data), data.drawn) == (f"test of {kg.folder}", 2, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_false_triples_that_are_drawn(kg: KnowledgeGraph, count: int) -> None:
    data = of_split(kg, "dev", negatives=count, seed=5)
    assert rows(data)[:2] == [(*triple[:3], 1) for triple in DEV]
    false = rows(data)[2:]
    assert len(false) == 2 * count
    true = {triple[:3] for triple in (*TRUE, *DEV, LABELLED[0])}
    assert not {row[:3] for row in false} & true
    for place, (head, relation, tail, label) in enumerate(false):
        own = DEV[place // count]
        assert relation == own.relation
        assert label == -1
        assert (head == own.head) != (tail == own.tail)
    assert rows(of_split(kg, "dev", negatives=count, seed=5)) == rows(data)
    assert {of_split(kg, "dev", negatives=count, seed=seed).digest for seed in range(9)} != {data.digest}


def test_splits_that_cannot_be_measured_on(kg: KnowledgeGraph, kg_of: Callable[..., KnowledgeGraph]) -> None:
    message = r"expected false triples, too, in the split dev \(--negatives 1 draws one .*; kbert rank measures on true"
    with pytest.raises(DataError, match=message):
        of_split(kg, "dev")
    with pytest.raises(OptionsError, match=r"test of .* has 1 false triples of its own: leave out --negatives"):
        of_split(kg, "test", negatives=1)
    with pytest.raises(DataError, match="expected true triples in the split dev, found none"):
        of_split(kg_of(TRUE), "dev")


def test_a_split_for_which_nothing_false_can_be_drawn(kg_of: Callable[..., KnowledgeGraph]) -> None:
    kg = kg_of([Triple(a, "is", b, split="test") for a in "ab" for b in "ab"])
    with pytest.raises(DataError, match=rf"test of {kg.folder}: expected a false triple for each true one within"):
        of_split(kg, "test", negatives=1)


def test_a_table(tmp_path: Path, kg: KnowledgeGraph) -> None:
    path = tmp_path / "known.tsv"
    path.write_text("tim\tis\tgood\t1\nnobody\tis\tgood\t0\ntim\twas\tgood\t-1\n", encoding="utf-8")
    data = of_table(path)
    assert rows(data) == [("tim", "is", "good", 1), ("nobody", "is", "good", -1), ("tim", "was", "good", -1)]
    assert data.name == "known.tsv"
    ids = data.ids(kg)
    assert ids.head.tolist() == [kg.id("tim"), -1, kg.id("tim")]
    assert ids.relation.tolist() == [kg.relations.index("is"), kg.relations.index("is"), -1]
    assert np.all(ids.tail == kg.id("good"))


@pytest.mark.parametrize(("labels", "found"), [("11", "true ones alone"), ("00", "false ones alone"), ("", "none")])
def test_tables_that_cannot_be_measured_on(tmp_path: Path, labels: str, found: str) -> None:
    path = tmp_path / "known.tsv"
    rows = "".join(f"a\tis\tb\t{label}\n" for label in labels)
    path.write_text(f"head\trelation\ttail\tlabel\n{rows}", encoding="utf-8")
    with pytest.raises(DataError, match=rf"known\.tsv: expected true and false triples, found {found}"):
        of_table(path)


def test_what_a_digest_hangs_on(tmp_path: Path) -> None:
    path, digests = tmp_path / "known.tsv", set()
    rows = ["a\tis\tb\t1\t\na\tis\tc\t0\t\n", "a\tis\tc\t0\t\na\tis\tb\t1\t\n", "a\tis\tb\t0\t\na\tis\tc\t1\t\n"]
    for text in (*rows, rows[0].replace("1\t", "1\tx")):
        path.write_text("head\trelation\ttail\tlabel\thead_text\n" + text, encoding="utf-8")
        digests.add(of_table(path).digest)
    assert len(digests) == 4


def test_the_share_of_true_triples_is_known_where_false_ones_were_drawn(kg: KnowledgeGraph) -> None:
    assert of_split(kg, "test").prior is None
    assert TripleData("x", [], drawn=3).prior is None
    for drawn in (1, 3):
        assert of_split(kg, "dev", negatives=drawn).prior == 1 / (1 + drawn)


def test_false_triples_go_with_the_true_one_that_they_were_drawn_for(kg: KnowledgeGraph) -> None:
    data = of_split(kg, "dev", negatives=3)
    everything = np.arange(len(data))
    for place in range(2):
        left = data.without(everything == place)
        other = [1 - place, *range(2 + 3 * (1 - place), 2 + 3 * (2 - place))]
        assert rows(left) == [rows(data)[i] for i in other]
        assert left.prior == 1 / 4
        assert not len(left.without(np.arange(4) == 0))
    fewer = data.without(everything == 4)
    assert rows(fewer) == [row for i, row in enumerate(rows(data)) if i != 4]
    assert fewer.prior == 2 / 7
    assert rows(fewer.without(np.arange(7) == 0)) == [rows(data)[i] for i in (1, 5, 6, 7)]
    labelled = of_split(kg, "test")
    assert rows(labelled.without(np.array([True, False]))) == rows(labelled)[1:]
