import numpy as np
import pyarrow as pa
import pytest

from graphs import store_texts
from graphs.store_texts import NONE, EntityTexts, phrases, read_texts, write_texts
from graphs.types import EntityText


def written(folder, names, *said, old=NONE, batch=None):
    texts = EntityTexts()
    for text in said:
        texts.add(text)
    ids = np.array([names.index(text.name) if text.name in names else -1 for text in said], np.int64)
    write_texts(folder, pa.array([name.encode() for name in names], pa.large_binary()), old, texts.taken(), ids)
    return read_texts(folder)


@pytest.fixture(params=[1, 2, 1000])
def batch(request, monkeypatch):
    monkeypatch.setattr(store_texts, "BATCH", request.param)


@pytest.mark.usefixtures("batch")
def test_the_last_word_wins_and_replaced_labels_stay_as_aliases(tmp_path):
    table = written(
        tmp_path,
        ["a", "b", "c"],
        EntityText("b", "B", "second", ("bee", "B"), 2.0),
        EntityText("stranger", "S"),
        EntityText("b", "Bee", aliases=("b", "bee")),
        EntityText("c", description="third"),
        EntityText("b", None, "2nd", prior=0.5),
    )
    nothing = {"label": None, "description": None, "aliases": None, "prior": None}
    assert table.to_pylist() == [
        {"name": "a", **nothing},
        {"name": "b", "label": "Bee", "description": "2nd", "aliases": ["bee", "B", "b"], "prior": 0.5},
        {"name": "c", **nothing, "description": "third"},
    ]


@pytest.mark.usefixtures("batch")
def test_texts_are_added_to_those_of_an_old_graph(tmp_path):
    old = written(tmp_path, ["a", "b"], EntityText("a", "A", "first", ("x",), 3.0), EntityText("b", "B"))
    (tmp_path / "new").mkdir()
    table = written(tmp_path / "new", ["a", "b", "c"], EntityText("a", "Ay", aliases=("y",)), old=old)
    assert table.to_pylist() == [
        {"name": "a", "label": "Ay", "description": "first", "aliases": ["x", "A", "y"], "prior": 3.0},
        {"name": "b", "label": "B", "description": None, "aliases": None, "prior": None},
        {"name": "c", "label": None, "description": None, "aliases": None, "prior": None},
    ]


def test_phrases_are_labels_then_aliases_of_each_entity(tmp_path):
    table = written(tmp_path, ["a", "b", "c"], EntityText("b", "B", aliases=("bee", "2")), EntityText("c", prior=5.0))
    texts, entities, priors = phrases(table)
    assert texts.to_pylist() == ["a", "B", "bee", "2", "c"]
    assert entities.tolist() == [0, 1, 1, 1, 2]
    assert priors.tolist() == [1.0, 1.0, 1.0, 1.0, 5.0]


def test_no_entities_no_phrases(tmp_path):
    texts, entities, priors = phrases(written(tmp_path, []))
    assert len(texts) == len(entities) == len(priors) == 0


def test_there_is_one_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(store_texts, "BATCH", 2)
    written(tmp_path, list("abcde"), EntityText("a", "A"))
    assert pa.ipc.open_file(tmp_path / "labels.arrow").num_record_batches == 1
