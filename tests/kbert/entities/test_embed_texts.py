"""Runs of vectors that were read off texts: whole, broken off and resumed, projected."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError, StoreError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.backbone import Backbone
from kbert.entities import embed_texts as module
from kbert.entities import reader as entity_reader
from kbert.entities.embed_texts import TextPlan, embed_texts
from kbert.entities.reader import EntityReader, Read
from kbert.entities.vectors import Vectors
from kbert.triple_runs import TripleRun

NAMES = ["beijing", "tim", "cook", "paris", "lyon", "the film", "good", "bad", "city", "china"]
FILES = ["model.safetensors", "names-00000.marisa", "result.json", "run.json", "trie_to_id.npy", "vectors.json"]


@pytest.fixture
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of([Triple(a, "r", b) for a, b in pairwise(NAMES)], ['{"name": "tim", "description": "apple lead"}'])


@pytest.fixture
def plan(kg: KnowledgeGraph, encoder: Callable[[str], str]) -> TextPlan:
    return TextPlan(str(kg.folder), encoder("bert"), max_pieces=40, precision="fp32")


def read_alone(plan: TextPlan, kg: KnowledgeGraph, backbone: Backbone) -> np.ndarray:
    reader = EntityReader(
        backbone,
        entity_text=plan.entity_text,
        max_pieces=plan.max_pieces,
        pooling=plan.pooling,
        normalise=plan.normalise,
        precision=torch.float32,
    )
    return reader.read(kg, np.arange(len(kg))).vectors


def test_a_run_is_a_folder_of_vectors(
    plan: TextPlan, kg: KnowledgeGraph, load: Callable[[str], Backbone], tmp_path: Path
) -> None:
    result = embed_texts(plan, tmp_path / "run")
    vectors = Vectors.open(tmp_path / "run", verify=True)
    assert sorted(os.listdir(tmp_path / "run")) == FILES
    assert result["undescribed"] == {"entities": 9}
    assert (result["cut"], result["illegible"]) == ({"entities": 0, "pieces": 0}, {"entities": 0})
    assert (list(vectors.names()), vectors.width, vectors.has_relations) == (NAMES, 32, False)
    np.testing.assert_allclose(vectors.take(np.arange(10)), read_alone(plan, kg, load("bert")), atol=1e-6)


@pytest.mark.parametrize("width", [0, 5])
@pytest.mark.parametrize("parts", [1, 3, 4])
def test_broken_off_and_resumed_it_is_the_same(
    plan: TextPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, parts: int
) -> None:
    monkeypatch.setattr(module, "PART", 3)
    plan = replace(plan, width=width)
    embed_texts(plan, tmp_path / "whole")

    def stop(done: int, entities: int) -> None:
        if done >= min(3 * parts, entities):
            with (tmp_path / "broken" / module.UNFINISHED).open("ab") as file:
                file.write(b"half a vector")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_texts(plan, tmp_path / "broken", on_entities=stop)
    heard: list[int] = []
    embed_texts(plan, tmp_path / "broken", resume=True, on_entities=lambda done, entities: heard.append(done))
    assert heard == [6, 9, 10][parts - 1 :]
    assert sorted(os.listdir(tmp_path / "broken")) == sorted(os.listdir(tmp_path / "whole"))
    for name in os.listdir(tmp_path / "whole"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_progress_within_a_part(plan: TextPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entity_reader, "BATCH", 4)
    heard: list[tuple[int, int]] = []
    embed_texts(plan, tmp_path / "run", on_entities=lambda *some: heard.append(some))
    assert heard == [(4, 10), (8, 10), (10, 10)]


def test_a_run_that_is_finished_is_finished(plan: TextPlan, tmp_path: Path) -> None:
    result = embed_texts(plan, tmp_path / "run")

    def fail(done: int, entities: int) -> None:
        raise AssertionError("nothing is left to read")

    assert embed_texts(plan, tmp_path / "run", resume=True, on_entities=fail) == result
    with pytest.raises(OptionsError, match="is there already"):
        embed_texts(plan, tmp_path / "run")
    with pytest.raises(OptionsError, match="written with other options or data"):
        embed_texts(replace(plan, pooling="cls"), tmp_path / "run", resume=True)


@pytest.mark.parametrize("last", [False, True])
def test_killed_while_it_was_finished(
    plan: TextPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    """Between the vectors' taking their place and the result, or before what was counted is removed."""
    embed_texts(plan, tmp_path / "whole")
    killed = "name_by_graph" if not last else "read_result"

    def kill(*some: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, killed, kill)
        with pytest.raises(KeyboardInterrupt):
            embed_texts(plan, tmp_path / "run")
    embed_texts(plan, tmp_path / "run", resume=True)
    assert sorted(os.listdir(tmp_path / "run")) == FILES
    for name in FILES:
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_fewer_numbers(plan: TextPlan, kg: KnowledgeGraph, load: Callable[[str], Backbone], tmp_path: Path) -> None:
    """The principal components of what the encoder gives, divided by their lengths."""
    result = embed_texts(replace(plan, width=4), tmp_path / "run")
    whole = read_alone(plan, kg, load("bert")).astype(np.float64)
    left, sizes, _ = np.linalg.svd(whole - whole.mean(0), full_matrices=False)
    wanted = (left * sizes)[:, :4]
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    found = Vectors.open(tmp_path / "run").take(np.arange(10))
    np.testing.assert_allclose(np.abs(found), np.abs(wanted), atol=1e-3)
    assert result["kept_variance"] == pytest.approx((sizes[:4] ** 2).sum() / (sizes**2).sum(), abs=1e-4)


def test_every_option_is_in_the_run(plan: TextPlan, tmp_path: Path) -> None:
    embed_texts(replace(plan, normalise=False, pooling="cls", entity_text="label"), tmp_path / "run")
    said = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["plan"]
    assert said | {"normalise": False, "pooling": "cls", "entity_text": "label", "width": 32} == said
    assert (said["method"], said["precision"]) == ("text", "float32")


@pytest.mark.parametrize(("width", "most"), [(33, 32), (11, 10)])
def test_a_width_that_cannot_be(plan: TextPlan, tmp_path: Path, width: int, most: int) -> None:
    """More numbers than the encoder gives, or than there are entities to choose directions by."""
    with pytest.raises(OptionsError, match=f"width: expected at least 1 and at most {most}, found {width}"):
        embed_texts(replace(plan, width=width), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_there_are_no_relations(plan: TextPlan, tmp_path: Path) -> None:
    embed_texts(plan, tmp_path / "run")
    with pytest.raises(OptionsError, match=r"is a run on texts of entities, without relations .*, not on triples"):
        TripleRun(tmp_path / "run")


def test_what_was_read_is_gone(plan: TextPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(done: int, entities: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "PART", 3)
    with pytest.raises(KeyboardInterrupt):
        embed_texts(plan, tmp_path / "run", on_entities=stop)
    (tmp_path / "run" / module.UNFINISHED).unlink()
    with pytest.raises(StoreError, match="the vectors of 3 entities, which were read, found those of 0"):
        embed_texts(plan, tmp_path / "run", resume=True)


def test_an_encoder_that_overflows(plan: TextPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = EntityReader.read

    def odd(self: EntityReader, kg: KnowledgeGraph, entities: np.ndarray, on_batch: Any) -> Read:
        found = read(self, kg, entities, on_batch)
        found.vectors[3, 1] = np.nan
        return found

    monkeypatch.setattr(EntityReader, "read", odd)
    with pytest.raises(StoreError, match=r"finite numbers in row 3 \('paris'\), found NaN or an infinity"):
        embed_texts(plan, tmp_path / "run")
