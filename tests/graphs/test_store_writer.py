from contextlib import closing

import pytest

from graphs import store_writer
from graphs.knowledge import KnowledgeGraph
from graphs.store_files import write_manifest
from graphs.store_writer import StoreWriter
from graphs.triples import LeftOut, Triples, blocks
from graphs.types import EntityText, RelationText, Triple


def written(folder, *records):
    """What a writer tells, and the graph it writes."""
    with closing(StoreWriter(folder)) as writer:
        for block in blocks("mine", records, bad=pytest.fail):
            writer.take(block)
        write_manifest(folder, {**writer.write(), "sources": []})
    return writer, KnowledgeGraph.open(folder, verify=True)


def test_texts_make_no_entities_but_declarations_do(tmp_path):
    texts = EntityText("y", "Y"), RelationText("s", "S"), EntityText("a", "A")
    writer, kg = written(tmp_path, EntityText("z"), *texts, Triple("a", "r", "b"))
    assert kg.names(range(len(kg))).to_pylist() == ["z", "a", "b"]
    assert kg.relations == ["r"]
    assert kg.labels([1]).to_pylist() == ["A"]
    assert (writer.read, writer.texts, writer.unknown_texts) == (5, 3, 2)


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_declared_entities_and_triples_are_numbered_as_they_come(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(store_writer, "ROWS", rows)
    with closing(StoreWriter(tmp_path)) as writer:
        for block in (*map(EntityText, "cba"), Triples([b"d"], [b"r"], [b"b"]), EntityText("e"), EntityText("d")):
            writer.take(block)
        write_manifest(tmp_path, {**writer.write(), "sources": []})
    kg = KnowledgeGraph.open(tmp_path)
    assert kg.names(range(len(kg))).to_pylist() == list("cbade")
    assert list(kg) == [Triple("d", "r", "b")]


def test_relations_are_labelled_as_entities_are(tmp_path):
    triples = Triple("a", "r", "s"), Triple("a", "s", "b"), Triple("a", "t", "b"), Triple("a", "_u", "b")
    texts = EntityText("r", "R"), EntityText("s", "S"), EntityText("t", "T"), RelationText("t", "tee")
    writer, kg = written(tmp_path, *texts, *triples)
    assert kg.relation_texts == ["R", "S", "tee", "_u"]
    assert writer.unknown_texts == 0


def test_the_first_weight_of_a_repeated_triple_is_kept(tmp_path):
    writer, kg = written(tmp_path, Triple("a", "r", "b", weight=0.25), Triple("a", "r", "b", weight=4.0))
    assert [triple.weight for triple in kg] == [0.25]
    assert writer.duplicates == 1


def test_what_was_left_out_is_counted_by_kind(tmp_path):
    with closing(StoreWriter(tmp_path)) as writer:
        for block in (LeftOut("literal values", 2), Triples([], [], []), LeftOut("literal values", 1)):
            writer.take(block)
        assert writer.left_out == {"literal values": 3}
        assert writer.write()["counts"]["triples"] == 0
