"""Vectors of entities by name: found, kept, carried along, and refused where they are not whole."""

import json
import mmap
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from graphs.errors import StoreError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.checkpoint import write_tensors
from kbert.entities.vectors import Vectors
from kbert.train_embedding import EmbeddingPlan, EmbeddingSettings, train_embedding

TRIPLES = [Triple("Paris", "in", "France"), Triple("Lyon", "in", "France"), Triple("Aix en Provence", "in", "France")]
NAMES = ["Paris", "France", "Lyon", "Aix en Provence"]


@pytest.fixture
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


@pytest.fixture
def run(kg: KnowledgeGraph, tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    train_embedding(EmbeddingPlan("transe", str(kg.folder), width=6, settings=EmbeddingSettings(epochs=2)), folder)
    return folder


def test_a_run_of_embed_is_a_folder_of_vectors(run: Path) -> None:
    vectors = Vectors.open(run, verify=True)
    table = load_file(run / "model.safetensors")["entities"]
    assert (len(vectors), vectors.width, vectors.has_relations) == (4, 6, True)
    assert list(vectors.names()) == NAMES
    assert vectors.rows(["France", "Rome", "Paris"]).tolist() == [1, -1, 0]
    np.testing.assert_array_equal(vectors.take(vectors.rows(NAMES[::-1])), table[::-1])
    np.testing.assert_array_equal(np.concatenate(list(vectors.parts())), table)


def test_vectors_stay_on_the_disk(run: Path) -> None:
    """What is opened is a view of the file; what is taken is a copy."""
    opened: Any = Vectors.open(run)._table
    while isinstance(opened, np.ndarray):
        opened = opened.base
    assert isinstance(opened, mmap.mmap)
    taken = Vectors.open(run).take(np.array([0, 0]))
    taken += 1
    np.testing.assert_array_equal(taken, Vectors.open(run).take(np.array([0, 0])) + 1)


@given(rows=st.lists(st.integers(0, 3), max_size=8))
def test_rows_are_taken_in_their_order(kg_folder: Path, rows: list[int]) -> None:
    table = load_file(kg_folder / "model.safetensors")["entities"]
    np.testing.assert_array_equal(Vectors.open(kg_folder).take(np.array(rows, np.int64)), table[rows])


@pytest.fixture(scope="module")
def kg_folder(kg_of: Callable[..., KnowledgeGraph], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vectors") / "run"
    plan = EmbeddingPlan("distmult", str(kg_of(TRIPLES).folder), width=3, settings=EmbeddingSettings(epochs=1))
    train_embedding(plan, folder)
    return folder


@pytest.mark.parametrize("row", [-1, 4])
def test_there_is_no_row_beyond(run: Path, row: int) -> None:
    with pytest.raises(IndexError, match="rows from 0 to 3 are there"):
        Vectors.open(run).take(np.array([0, row]))


def test_another_process_opens_the_same(run: Path) -> None:
    vectors = Vectors.open(run)
    again = pickle.loads(pickle.dumps(vectors))
    assert (again.digest, len(again)) == (vectors.digest, 4)


def test_carried_along(run: Path, tmp_path: Path) -> None:
    vectors = Vectors.open(run)
    for _ in range(2):  # the second time they are there already
        vectors.save_to(tmp_path / "other" / "vectors")
    carried = Vectors.open(tmp_path / "other" / "vectors", verify=True)
    assert carried.digest == vectors.digest
    assert (carried.folder / "model.safetensors").samefile(run / "model.safetensors")
    assert sorted(path.name for path in carried.folder.iterdir()) == [
        "model.safetensors",
        "names-00000.marisa",
        "trie_to_id.npy",
        "vectors.json",
    ]


def test_the_digest_is_of_names_and_numbers(kg_of: Callable[..., KnowledgeGraph], run: Path, tmp_path: Path) -> None:
    plan = EmbeddingPlan("transe", "", width=6, settings=EmbeddingSettings(epochs=2))
    digests = [Vectors.open(run).digest]
    for number, (first, seed) in enumerate((("Paris", 0), ("Paris", 1), ("Rome", 0))):
        kg = kg_of([Triple(first, "in", "France"), *TRIPLES[1:]])
        settings = EmbeddingSettings(epochs=2, seed=seed)
        train_embedding(EmbeddingPlan(plan.method, str(kg.folder), width=6, settings=settings), tmp_path / str(number))
        digests.append(Vectors.open(tmp_path / str(number)).digest)
    assert [digests.index(digest) for digest in digests] == [0, 0, 2, 3]


def test_a_vector_of_no_number(run: Path) -> None:
    table = torch.from_numpy(load_file(run / "model.safetensors")["entities"])
    table[2, 5] = torch.inf
    write_tensors(run / "model.safetensors", {"entities": table})
    vectors = Vectors.open(run)
    vectors.take(np.array([0, 1, 3]))
    with pytest.raises(StoreError, match=r"finite numbers in row 2 \('Lyon'\), found NaN or an infinity"):
        vectors.take(np.array([1, 2]))
    with pytest.raises(StoreError, match=r"vectors of the SHA-256 \w+, found others"):
        Vectors.open(run, verify=True)


def changed(run: Path, **values: Any) -> None:
    path = run / "vectors.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda run: changed(run, width=7), r"entities of shape \[4, 7\] as F32, found F32 of shape \[4, 6\]"),
        (lambda run: changed(run, entities=3), r"entities of shape \[3, 6\] as F32, found F32 of shape \[4, 6\]"),
        (
            lambda run: write_tensors(run / "model.safetensors", {"entities": torch.zeros(4, 6).half()}),
            "as F32, found F16",
        ),
        (
            lambda run: write_tensors(run / "model.safetensors", {"relations": torch.zeros(4, 6)}),
            "as F32, found relations",
        ),
        (
            lambda run: (changed(run, entities=5), write_tensors(run / "model.safetensors", {"entities": FIVE})),
            "5 names, as there are vectors, found 4",
        ),
        (lambda run: changed(run, version=0), "vectors of entities of version 1, found version 0: make them anew"),
        (lambda run: changed(run, shards="1"), "expected a whole number as shards, found '1'"),
        (lambda run: changed(run, shards=2), "names-00001.marisa: expected names of the vectors, found nothing there"),
        (lambda run: (run / "vectors.json").unlink(), "found a folder without vectors.json"),
        (lambda run: (run / "model.safetensors").unlink(), "expected vectors of entities, found nothing there"),
        (lambda run: (run / "trie_to_id.npy").unlink(), "expected names of the vectors, found nothing there"),
        (lambda run: cut(run / "model.safetensors"), "expected a whole safetensors file"),
        (lambda run: cut(run / "names-00000.marisa"), "names of vectors that can be read"),
        (lambda run: cut(run / "trie_to_id.npy"), "names of vectors that can be read"),
    ],
)
def test_what_is_not_whole(run: Path, change: Callable[[Path], Any], message: str) -> None:
    change(run)
    with pytest.raises(StoreError, match=message):
        Vectors.open(run)


FIVE = torch.zeros(5, 6)


def cut(path: Path) -> None:
    """Leave the first half; the file was linked to the graph's."""
    half = path.read_bytes()[: path.stat().st_size // 2]
    path.unlink()
    path.write_bytes(half)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"see kbert kg embed and kbert convert vectors\), found no such folder"):
        Vectors.open(tmp_path / "none")
