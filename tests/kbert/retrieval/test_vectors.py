"""Vectors of entities that are made once, and found again only by those they are of."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import StoreError
from graphs.folders import locked
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert import backbone
from kbert.checkpoint import write_tensors
from kbert.retrieval import vectors as module
from kbert.retrieval.model import RetrievalModel
from kbert.retrieval.vectors import entity_vectors
from kbert.triples.texts import TripleTexts

TRIPLES = [Triple("tim", "is", "good"), Triple("paris", "is", "bad")]


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRIPLES)


@pytest.fixture(scope="module")
def model(encoder: Callable[[str], str]) -> RetrievalModel:
    torch.manual_seed(0)
    return RetrievalModel(retriever="biencoder", relations=["is"], backbone=backbone.load(encoder("bert"))).eval()


def test_made_once(model: RetrievalModel, kg: KnowledgeGraph, tmp_path: Path) -> None:
    texts = model.texts(kg)
    made = entity_vectors(tmp_path, "one", model, kg, precision=torch.float32).vectors
    np.testing.assert_array_equal(made, model.entities(texts, np.arange(4), precision=torch.float32))
    file = next(tmp_path.rglob("part-*"))
    written = file.stat().st_mtime_ns
    again = entity_vectors(tmp_path, "one", model, kg, precision=torch.float32).vectors
    np.testing.assert_array_equal(again, made)
    assert file.stat().st_mtime_ns == written


def test_what_a_killed_job_has_made_is_taken_up(
    model: RetrievalModel, kg: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Part by part, told of each; with the bytes of an unbroken job."""
    monkeypatch.setattr(module, "PART", 3)
    how = {"precision": torch.float32}
    whole = entity_vectors(tmp_path / "one", "one", model, kg, **how).vectors
    told: list[tuple[int, int]] = []

    def stop(done: int, entities: int) -> None:
        told.append((done, entities))
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        entity_vectors(tmp_path / "two", "one", model, kg, on_entities=stop, **how)
    assert told == [(3, 4), (4, 4)]
    assert [path.name for path in (tmp_path / "two").rglob("part-*")] == ["part-00000.safetensors"]
    np.testing.assert_array_equal(entity_vectors(tmp_path / "two", "one", model, kg, **how).vectors, whole)
    parts = [sorted(path.read_bytes() for path in (tmp_path / name).rglob("part-*")) for name in ("one", "two")]
    assert parts[0] == parts[1]


def test_entities_of_one_text_are_read_once(
    model: RetrievalModel, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each part; their vectors are the same, and all are heard of."""
    monkeypatch.setattr(module, "PART", 4)
    labels = [json.dumps({"id": name, "label": "apple"}) for name in ("tim", "cook", "bad", "lyon")]
    kg = kg_of([Triple("tim", "is", "cook"), Triple("good", "is", "bad"), Triple("lyon", "is", "tim")], labels)
    read: list[int] = []
    entities, told = model.entities, []

    def counted(texts: TripleTexts, which: np.ndarray, **how: Any) -> np.ndarray:
        read.append(len(which))
        return entities(texts, which, **how)

    monkeypatch.setattr(model, "entities", counted)
    how = {"precision": torch.float32, "on_entities": lambda done, of: told.append((done, of))}
    found = entity_vectors(tmp_path, "one", model, kg, **how).vectors
    assert read == [2, 1]
    assert told[-1] == (5, 5)
    np.testing.assert_allclose(
        found, entities(model.texts(kg), np.arange(5), precision=torch.float32), rtol=0, atol=1e-6
    )
    assert (found[kg.id("tim")] == found[kg.id("bad")]).all()


def test_two_who_want_the_same_at_once(model: RetrievalModel, kg: KnowledgeGraph, tmp_path: Path) -> None:
    """The second waits until the first has them."""

    def make() -> bytes:
        return entity_vectors(tmp_path, "one", model, kg, precision=torch.float32).vectors.tobytes()

    with ThreadPoolExecutor(2) as pool:
        with locked(next_folder(tmp_path, model, kg), "work"):
            both = [pool.submit(make) for _ in range(2)]
            assert not wait(both, timeout=0.3).done
        assert len({future.result(timeout=60) for future in both}) == 1


def next_folder(folder: Path, model: RetrievalModel, kg: KnowledgeGraph) -> Path:
    """Where the vectors are kept, with none there yet."""
    entity_vectors(folder, "one", model, kg, precision=torch.float32)
    path = next((folder / "vectors").iterdir())
    next(path.glob("part-*")).unlink()
    return path


def test_another_model_graph_or_precision_has_its_own(
    model: RetrievalModel, kg: KnowledgeGraph, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    other = kg_of([*TRIPLES, Triple("tim", "is", "bad")])
    for digest, graph, precision in (
        ("one", kg, torch.float32),
        ("two", kg, torch.float32),
        ("one", other, torch.float32),
        ("one", kg, torch.bfloat16),
    ):
        entity_vectors(tmp_path, digest, model, graph, precision=precision)
    assert kept(tmp_path) == {("one", other.folder, "float32"), ("one", kg.folder, "bfloat16")}


def kept(folder: Path) -> set[tuple[str, Path, str]]:
    """Which vectors are there, by what they say of themselves."""
    made = [json.loads(path.read_bytes())["made_with"] for path in (folder / "vectors").glob("*/manifest.json")]
    assert len(made) == len(list((folder / "vectors").iterdir()))
    return {(one["model"], Path(one["knowledge_graph"]["folder"]), one["precision"]) for one in made}


def test_what_nobody_can_want_any_more_goes(
    model: RetrievalModel, kg_of: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    """Vectors of another model, and of what was in the folder of a graph before."""
    one, two = tmp_path / "one", tmp_path / "two"
    how = {"precision": torch.float32}
    shutil.copytree(kg_of(TRIPLES).folder, one)
    entity_vectors(tmp_path, "A", model, KnowledgeGraph.open(one), **how)
    shutil.copytree(one, two)
    entity_vectors(tmp_path, "A", model, KnowledgeGraph.open(two), **how)
    assert kept(tmp_path) == {("A", one, "float32")}  # the same graph: found again
    shutil.rmtree(two)
    shutil.copytree(kg_of([*TRIPLES, Triple("tim", "is", "bad")]).folder, two)
    entity_vectors(tmp_path, "A", model, KnowledgeGraph.open(two), **how)
    assert kept(tmp_path) == {("A", one, "float32"), ("A", two, "float32")}
    shutil.rmtree(one)
    shutil.copytree(two, one)
    entity_vectors(tmp_path, "A", model, KnowledgeGraph.open(one), **how)
    assert kept(tmp_path) == {("A", two, "float32")}  # found again; what was in the other folder is gone
    shutil.rmtree(one)
    shutil.copytree(kg_of([*TRIPLES, Triple("tim", "is", "paris")]).folder, one)
    entity_vectors(tmp_path, "A", model, KnowledgeGraph.open(one), **how)
    assert kept(tmp_path) == {("A", one, "float32"), ("A", two, "float32")}
    entity_vectors(tmp_path, "B", model, KnowledgeGraph.open(two), **how)
    assert kept(tmp_path) == {("B", two, "float32")}


def test_what_another_process_is_at_stays(model: RetrievalModel, kg: KnowledgeGraph, tmp_path: Path) -> None:
    how = {"precision": torch.float32}
    entity_vectors(tmp_path, "A", model, kg, **how)
    with locked(next((tmp_path / "vectors").iterdir()), "work"):
        entity_vectors(tmp_path, "B", model, kg, **how)
        assert {model for model, *_ in kept(tmp_path)} == {"A", "B"}
    entity_vectors(tmp_path, "B", model, kg, **how)
    assert {model for model, *_ in kept(tmp_path)} == {"B"}


def test_vectors_of_another_version(model: RetrievalModel, kg: KnowledgeGraph, tmp_path: Path) -> None:
    entity_vectors(tmp_path, "A", model, kg, precision=torch.float32)
    path = next((tmp_path / "vectors").glob("*/manifest.json"))
    path.write_text(path.read_text().replace('"version": 1', '"version": 0'))
    with pytest.raises(StoreError, match="vectors of entities of version 1, found version 0: remove the folder"):
        entity_vectors(tmp_path, "A", model, kg, precision=torch.float32)
    entity_vectors(tmp_path, "B", model, kg, precision=torch.float32)
    assert path.is_file()


def test_a_damaged_file(model: RetrievalModel, kg: KnowledgeGraph, tmp_path: Path) -> None:
    def ask() -> None:
        entity_vectors(tmp_path, "one", model, kg, precision=torch.float32)

    ask()
    path = next((tmp_path / "vectors").rglob("part-*"))
    write_tensors(path, {"entities": torch.zeros(3, 32)})
    with pytest.raises(StoreError, match=r"expected vectors of shape \[4, 32\], .*, found vectors of shape \[3, 32\]"):
        ask()
    write_tensors(path, {"others": torch.zeros(4, 32)})
    with pytest.raises(StoreError, match="found no vectors"):
        ask()
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match="expected a whole safetensors file"):
        ask()
