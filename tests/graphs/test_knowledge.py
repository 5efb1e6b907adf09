import json
import multiprocessing
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from graphs.errors import StoreError
from graphs.importing import Source, import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple

TRAIN = (
    "Beijing\tcapital\tChina\nParis\tcapital\tFrance\nBeijing\tis_a\tcity\nChina\tis_a\tcountry\nParis\tis_a\tcity\n"
)
DEV = "Paris\tis_a\tcountry\t-1\nFrance\tis_a\tcountry\t1\n"
WEIGHTED = "Beijing\ttwin\tParis\t0.5\n"
LABELS = [
    {"id": "Paris", "label": "Paris (France)", "aliases": ["Paname", "City of Light"], "prior": 3},
    {"id": "France", "description": "a country"},
    {"id": "is_a", "label": "is a"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kg")
    for name, text in (("train.tsv", TRAIN), ("dev.tsv", DEV), ("weighted.tsv", WEIGHTED)):
        (folder / name).write_text(text)
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in LABELS))
    sources = [
        Source(folder / "train.tsv", options={"split": "train"}),
        Source(folder / "dev.tsv", options={"split": "dev", "fourth": "label"}),
        Source(folder / "weighted.tsv", options={"fourth": "weight"}),
    ]
    import_graph(folder / "kg", sources, labels=[folder / "labels.jsonl"])
    return folder / "kg"


@pytest.fixture(scope="module")
def kg(folder):
    return KnowledgeGraph.open(folder, verify=True)


NAMES = ["Beijing", "China", "Paris", "France", "city", "country"]


@pytest.mark.parametrize("file", ["weight.npy", "by_head.offsets.npy", "trie_to_id.npy", "relations.txt"])
def test_changed_bytes_are_refused_in_a_sentence(folder, tmp_path, file):
    shutil.copytree(folder, tmp_path / "kg")
    path = tmp_path / "kg" / file
    changed = bytearray(path.read_bytes())
    changed[0] = 0xFF
    path.write_bytes(changed)
    with pytest.raises(StoreError, match=r"kg: expected files that can be read \(kg info --verify says which"):
        KnowledgeGraph.open(tmp_path / "kg")


def test_ids_are_the_order_of_first_appearance(kg):
    assert len(kg) == 6
    assert kg.names(np.arange(6)).to_pylist() == NAMES
    assert [kg.id(name) for name in NAMES] == list(range(6))
    assert kg.ids(["city", "nowhere", "Paris"]).tolist() == [4, -1, 2]
    assert "city" in kg
    assert "nowhere" not in kg
    assert kg.relations == ["capital", "is_a", "twin"]


def test_an_unknown_name(kg):
    with pytest.raises(KeyError, match="no entity 'nowhere' in"):
        kg.id("nowhere")


def test_texts(kg):
    assert kg.labels([2, 3]).to_pylist() == ["Paris (France)", "France"]
    assert kg.descriptions([2, 3]).to_pylist() == ["", "a country"]
    assert kg.aliases([2, 3]).to_pylist() == [["Paname", "City of Light"], None]
    assert kg.priors([2, 3]).tolist() == [3.0, 1.0]
    assert kg.relation_texts == ["capital", "is a", "twin"]


def test_many_at_once_in_any_order_and_none(kg):
    assert kg.names(np.array([4, 0, 4], np.int32)).to_pylist() == ["city", "Beijing", "city"]
    assert kg.names([]).to_pylist() == kg.labels([]).to_pylist() == kg.descriptions([]).to_pylist() == []


def test_phrases(kg):
    phrases, entities, priors = kg.phrases()
    paris = ["Paris (France)", "Paname", "City of Light"]
    assert phrases.to_pylist() == ["Beijing", "China", *paris, "France", "city", "country"]
    assert entities.tolist() == [0, 1, 2, 2, 2, 3, 4, 5]
    assert priors.tolist() == [1, 1, 3, 3, 3, 1, 1, 1]


def test_facts_by_head_and_by_tail_in_file_order(kg):
    assert kg.facts(kg.id("Beijing")) == [
        Triple("Beijing", "capital", "China", "train"),
        Triple("Beijing", "is_a", "city", "train"),
        Triple("Beijing", "twin", "Paris", weight=0.5),
    ]
    assert [fact.head for fact in kg.facts_about(kg.id("city"))] == ["Beijing", "Paris"]
    assert kg.facts(kg.id("city")) == kg.facts_about(kg.id("Beijing")) == []


def test_negatives_are_no_facts(kg):
    assert [fact.tail for fact in kg.facts(kg.id("Paris"))] == ["France", "city"]
    assert [fact.head for fact in kg.facts_about(kg.id("country"))] == ["China", "France"]
    assert kg.triples == len(list(kg)) == 8
    assert Triple("Paris", "is_a", "country", "dev", -1) in list(kg)


def test_what_a_text_may_be_given_is_true_and_not_held_out(kg):
    usable = [triple for triple, good in zip(kg, kg.are_usable(np.arange(kg.triples)), strict=True) if good]
    assert usable == [triple for triple in kg if triple.split in ("", "train") and triple.label == 1]
    assert len(usable) == 6
    assert not kg.all_usable


def test_both_directions_say_the_same(kg):
    triples = list(kg)
    for entity, name in enumerate(NAMES):
        relations, tails = kg.by_head.of(entity)
        found = zip(relations.tolist(), kg.names(tails).to_pylist(), strict=True)
        assert [(kg.relations[r], tail) for r, tail in found] == [
            (t.relation, t.tail) for t in triples if t.head == name
        ]
        rows = kg.by_tail.rows(entity)
        assert {triples[i] for i in kg.by_tail.triple[rows]} == {t for t in triples if t.tail == name}
        assert [triples[i].head for i in kg.by_tail.triple[rows]] == kg.names(kg.by_tail.others[rows]).to_pylist()
        assert (np.diff(kg.order[kg.by_tail.triple[rows]]) > 0).all()


def test_the_arrays_are_mapped_and_cannot_be_written(kg):
    with pytest.raises(ValueError, match="read-only"):
        kg.by_head.others[0] = 1


def test_the_manifest_counts(kg):
    counts = {"entities": 6, "relations": 3, "triples": 8, "train": 5, "dev": 2, "test": 0, "negatives": 1}
    assert kg.manifest["counts"] == {**counts, "labels": 1, "descriptions": 1, "priors": 1, "aliases": 2}
    assert kg.digest == kg.manifest["digest"]


def test_a_copy_opens_the_same_files(kg):
    assert list(pickle.loads(pickle.dumps(kg))) == list(kg)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_share_it(kg, method):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        assert pool.submit(list, kg).result() == list(kg)


def test_damage_is_refused(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "label.npy").write_bytes(b"\0" * (folder / "label.npy").stat().st_size)
    with pytest.raises(StoreError, match=r"label.npy: expected the SHA-256"):
        KnowledgeGraph.open(tmp_path, verify=True)
    (tmp_path / "names-00000.marisa").unlink()
    with pytest.raises(StoreError, match=r"names-00000.marisa: expected a file of the knowledge graph"):
        KnowledgeGraph.open(tmp_path)
    with pytest.raises(StoreError, match="expected the folder of a knowledge graph, found nothing there"):
        KnowledgeGraph.open(tmp_path / "none")
