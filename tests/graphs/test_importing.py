import gzip
import os
import sys
import types
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import DataError, Skipped, StoreError
from graphs.importing import Source, import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.types import EntityText, RelationText, Triple

NAME = st.sampled_from(["a", "b", "c", "é", "d\te", "f\n"])
SPLIT = st.sampled_from(["", "train", "dev", "test"])
TRIPLE = st.builds(Triple, NAME, st.sampled_from(["r", "s\t"]), NAME, SPLIT, st.sampled_from([1, -1]), st.just(1.0))
TRIPLES = st.lists(TRIPLE, max_size=12)


@pytest.fixture(scope="module", autouse=True)
def disk():
    """What is written need not outlive the machine, and a property test writes much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="module", autouse=True)
def given_records():
    """A format that gives the records it is handed: its files are names of lists."""
    module = types.ModuleType("given.records")
    module.SUFFIXES = ()
    module.read = lambda path, *, bad: iter(LISTS[str(path)])
    module.__spec__ = types.SimpleNamespace(origin=__file__, name="given.records", parent="given")
    package = types.ModuleType("given")
    package.records = module
    sys.modules |= {"given": package, "given.records": module}
    yield
    del sys.modules["given"], sys.modules["given.records"]


LISTS: dict[str, list] = {}


def imported(out, *lists, **options):
    """Import some lists of records, each as a source."""
    for number, records in enumerate(lists):
        LISTS[f"list {number}"] = records
    return import_graph(out, [Source(f"list {n}", "given.records") for n in range(len(lists))], **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "manifest.json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all examples of a property: thousands of new files would take longer than the tests."""
    return tmp_path_factory.mktemp("kg")


def each_once(triples):
    """The first of those that say the same; one of no split says nothing new of what any split has."""
    seen, once = set(), []
    for triple in triples:
        said = triple._replace(weight=1.0)
        if said not in seen and (triple.split or said._replace(split="anywhere") not in seen):
            once.append(triple)
        seen |= {said, said._replace(split="anywhere")}
    return once


@given(triples=TRIPLES)
def test_a_graph_holds_what_a_dictionary_would(folder, triples):
    report = imported(folder / "kg", triples)
    kg = KnowledgeGraph.open(folder / "kg", verify=True)
    once = each_once(triples)
    names = list(dict.fromkeys(name for triple in triples for name in (triple.head, triple.tail)))
    assert kg.names(range(len(kg))).to_pylist() == names
    assert kg.relations == list(dict.fromkeys(triple.relation for triple in triples))
    assert list(kg) == sorted(once, key=lambda triple: names.index(triple.head))
    for entity, name in enumerate(names):
        assert kg.facts(entity) == [t for t in once if t.head == name and t.label == 1]
        assert kg.facts_about(entity) == [t for t in once if t.tail == name and t.label == 1]
    assert (report.entities, report.triples) == (len(names), len(once))
    assert report.duplicates == len(triples) - len(once)


@settings(max_examples=30)
@given(old=TRIPLES, new=TRIPLES)
def test_adding_gives_the_bytes_of_one_import_and_never_moves_ids(folder, old, new):
    imported(folder / "kg", old)
    before = KnowledgeGraph.open(folder / "kg")
    ids, relations = {name: before.id(name) for t in old for name in (t.head, t.tail)}, before.relations
    report = imported(folder / "kg", new, add=True)
    after = KnowledgeGraph.open(folder / "kg", verify=True)
    assert {name: after.id(name) for name in ids} == ids
    assert after.relations[: len(relations)] == relations
    imported(folder / "once", old, new)
    assert contents(folder / "kg") == contents(folder / "once")
    assert report.new_triples == after.triples - before.triples
    assert report.new_entities == len(after) - len(before)


def test_texts_can_be_added_later(tmp_path):
    imported(tmp_path / "kg", [Triple("a", "r", "b"), EntityText("a", "A", "first", ("x",)), RelationText("r", "is")])
    imported(tmp_path / "kg", [EntityText("a", "Ay"), EntityText("b", aliases=("bee",))], add=True)
    kg = KnowledgeGraph.open(tmp_path / "kg", verify=True)
    assert kg.labels([0, 1]).to_pylist() == ["Ay", "b"]
    assert kg.aliases([0, 1]).to_pylist() == [["x", "A"], ["bee"]]
    assert kg.descriptions([0, 1]).to_pylist() == ["first", ""]
    assert kg.relation_texts == ["is"]
    assert [source["name"] for source in kg.manifest["sources"]] == ["list 0", "list 0"]


def test_nothing_is_a_graph_too(tmp_path):
    imported(tmp_path / "kg", [])
    kg = KnowledgeGraph.open(tmp_path / "kg", verify=True)
    assert (len(kg), kg.triples, list(kg), kg.relations) == (0, 0, [], [])
    assert kg.ids(["a"]).tolist() == [-1]
    assert len(kg.phrases()[0]) == 0
    assert kg.all_usable
    assert kg.names([]).to_pylist() == []


def test_same_input_same_bytes(tmp_path):
    lines = b"".join(b"e%d\tr%d\te%d\n" % (i % 97, i % 5, i * 31 % 101) for i in range(500))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "facts.tsv").write_bytes(lines)
        (tmp_path / name / "labels.tsv").write_text("name\tlabel\ne1\tE\n")
        import_graph(tmp_path / name / "kg", [tmp_path / name / "facts.tsv"], labels=[tmp_path / name / "labels.tsv"])
    one, two = (
        {path.name: path.read_bytes() for path in sorted((tmp_path / name / "kg").iterdir())} for name in ("one", "two")
    )
    assert one == two
    assert "manifest.json" in one


def test_the_manifest_names_the_sources(tmp_path):
    (tmp_path / "kgbert").mkdir()
    (tmp_path / "kgbert" / "train.tsv.gz").write_bytes(gzip.compress(b"a\tr\tb\n"))
    (tmp_path / "kgbert" / "notes.doc").write_text("not read")
    (tmp_path / "facts.spo").write_bytes(b"")
    import_graph(tmp_path / "kg", [tmp_path / "kgbert", Source(tmp_path / "facts.spo", "tsv", {"order": "htr"})])
    folder, file = KnowledgeGraph.open(tmp_path / "kg").manifest["sources"]
    assert (folder["format"], list(folder["files"])) == ("kgbert", ["train.tsv.gz"])
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert file == {"name": "facts.spo", "format": "tsv", "options": {"order": "htr"}, "sha256": empty}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "none: expected a file or a folder, found nothing there"),
        ("file.x", "file.x: expected the name of a format, or a file ending in one of"),
        ("empty", "empty: expected a folder with files of a known format .kgbert: train.tsv,"),
    ],
)
def test_a_format_that_cannot_be_guessed(tmp_path, name, message):
    (tmp_path / "file.x").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=message):
        import_graph(tmp_path / "kg", [tmp_path / name])
    assert sorted(os.listdir(tmp_path)) == ["empty", "file.x"]


def test_a_bad_line_leaves_the_old_graph(tmp_path):
    (tmp_path / "good.spo").write_text("a\tr\tb\n")
    (tmp_path / "bad.spo").write_text("a\tr\tb\na\tr\n")
    import_graph(tmp_path / "kg", [tmp_path / "good.spo"])
    before = contents(tmp_path / "kg")
    for add in (False, True):
        with pytest.raises(DataError, match=r"bad.spo:2: expected 3"):
            import_graph(tmp_path / "kg", [tmp_path / "bad.spo"], add=add)
    assert contents(tmp_path / "kg") == before
    assert import_graph(tmp_path / "kg", [tmp_path / "bad.spo"], bad=Skipped(1)).triples == 1
    assert sorted(os.listdir(tmp_path)) == ["bad.spo", "good.spo", "kg"]


def test_nothing_is_added_to_what_is_missing_or_damaged(tmp_path):
    with pytest.raises(StoreError, match="expected the folder of a knowledge graph, found nothing there"):
        imported(tmp_path / "kg", [], add=True)
    assert os.listdir(tmp_path) == []
    imported(tmp_path / "kg", [Triple("a", "r", "b")])
    size = (tmp_path / "kg" / "label.npy").stat().st_size
    (tmp_path / "kg" / "label.npy").write_bytes(b"\0" * size)
    with pytest.raises(StoreError, match=r"label.npy: expected the SHA-256"):
        imported(tmp_path / "kg", [], add=True)


def test_what_no_store_can_hold_stops(tmp_path):
    with pytest.raises(DataError, match="list 0: expected names that are not empty"):
        imported(tmp_path / "kg", [Triple("a", "r", "b\0")])


def test_progress_and_what_was_left_out(tmp_path):
    (tmp_path / "a.nt").write_text(
        '<http://a/x> <http://a/p> "lit" .\n' * 3 + "<http://a/x> <http://a/p> <http://a/y> .\n"
    )
    seen = []
    report = import_graph(tmp_path / "kg", [tmp_path / "a.nt"], on_progress=seen.append)
    assert report.left_out == {"literal values": 3}
    assert seen == [1]


def test_literals_alone_make_no_triples(tmp_path):
    (tmp_path / "a.nt").write_text('<http://a/x> <http://a/p> "lit" .\n')
    report = import_graph(tmp_path / "kg", [tmp_path / "a.nt", tmp_path / "a.nt"])
    assert (report.triples, report.entities, Counter(report.left_out)) == (0, 0, Counter({"literal values": 2}))


def test_texts_of_rows_label_what_is_new(tmp_path):
    """What the graph knows, and what a labels file calls otherwise, keeps its label."""
    (tmp_path / "old.tsv").write_text("a\tr\tb\n", encoding="utf-8")
    (tmp_path / "labels.jsonl").write_text('{"name": "a", "label": "old A"}\n', encoding="utf-8")
    import_graph(tmp_path / "kg", [tmp_path / "old.tsv"], labels=[tmp_path / "labels.jsonl"])
    header = "head\thead_text\trelation\trelation_text\ttail\ttail_text\n"
    rows = ["a\tnew A\tr\tis\tc\tsome C", "c\tother C\ts\tsees\tb\tnew B", "d\tsome D\tt\t\te\t"]
    (tmp_path / "more.tsv").write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    (tmp_path / "labels.jsonl").write_text('{"name": "d", "label": "D"}\n{"name": "e", "prior": 2}\n', encoding="utf-8")
    report = import_graph(tmp_path / "kg", [tmp_path / "more.tsv"], labels=[tmp_path / "labels.jsonl"], add=True)
    kg = KnowledgeGraph.open(tmp_path / "kg", verify=True)
    names, labels = (column(range(len(kg))).to_pylist() for column in (kg.names, kg.labels))
    assert dict(zip(names, labels, strict=True)) == {"a": "old A", "b": "b", "c": "some C", "d": "D", "e": "e"}
    assert kg.relation_texts == ["r", "sees", "t"]
    assert (report.texts, report.unknown_texts) == (4, 0)
    assert not any(kg.aliases([kg.id(name)]).to_pylist()[0] for name in names)
