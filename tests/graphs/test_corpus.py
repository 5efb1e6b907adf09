import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import corpus as module
from graphs.corpus import KIND, SCHEMA, Column, Corpus, from_rows, texts_of, to_rows, write_part
from graphs.errors import StoreError
from graphs.files import write_json
from graphs.manifests import checksum
from graphs.types import Arc, Candidate, Entity, Fact, Mention, Role, Sentence, Target, TextGraph, Token

TEXT = st.text(max_size=4)
MAYBE = st.none() | TEXT
NUMBER = st.integers(0, 9)
SCORE = st.floats(0, 1, width=32)


def some(*fields):
    return st.lists(st.tuples(*fields), max_size=3)


def records(kind, *fields):
    return some(*fields).map(lambda rows: tuple(kind(*row) for row in rows))


SPAN = (st.integers(0, 1), NUMBER, NUMBER)
CANDIDATES = records(Candidate, TEXT, SCORE)
GRAPHS = st.builds(
    TextGraph,
    id=TEXT,
    texts=st.lists(TEXT, min_size=1, max_size=2).map(tuple),
    group=MAYBE,
    sentences=records(Sentence, *SPAN),
    tokens=records(Token, *SPAN, MAYBE, MAYBE),
    arcs=records(Arc, st.integers(-1, 9), NUMBER, TEXT),
    mentions=records(Mention, *SPAN, MAYBE, SCORE, TEXT, CANDIDATES),
    entities=records(Entity, TEXT, TEXT, TEXT),
    facts=records(Fact, NUMBER, TEXT, TEXT, TEXT, TEXT, st.booleans()),
    spans=records(Role, TEXT, *SPAN),
    target=st.builds(
        Target,
        label=MAYBE,
        labels=st.none() | st.lists(TEXT, max_size=2).map(tuple),
        value=st.none() | st.floats(allow_nan=False),
        values=st.none() | st.lists(st.floats(allow_nan=False), max_size=2).map(tuple),
        tags=st.none() | st.lists(TEXT, max_size=2).map(tuple),
    ),
)


@given(st.lists(GRAPHS, max_size=4))
def test_records_to_rows_and_back(graphs):
    rows = to_rows(graphs)
    rows.validate(full=True)
    assert rows.schema == SCHEMA
    assert list(from_rows(rows)) == graphs
    assert to_rows(list(from_rows(rows))).equals(rows)


@given(st.lists(GRAPHS, max_size=4), st.data())
def test_columns_of_a_slice(graphs, data):
    start = data.draw(st.integers(0, len(graphs)))
    graphs, rows = graphs[start:], to_rows(graphs).slice(start)
    tokens = Column(rows, "tokens")
    flat = [(row, token) for row, graph in enumerate(graphs) for token in graph.tokens]
    assert tokens.rows().tolist() == [row for row, _ in flat]
    assert tokens.numbers("start").tolist() == [token.start for _, token in flat]
    assert tokens.strings("tag").to_pylist() == [token.tag for _, token in flat]
    assert np.diff(tokens.offsets).tolist() == [len(graph.tokens) for graph in graphs]
    texts, first = texts_of(rows)
    assert texts == [text for graph in graphs for text in graph.texts]
    assert np.diff(first).tolist() == [len(graph.texts) for graph in graphs]
    assert tokens.offsets[0] == first[0] == 0


def write(folder, *parts):
    """A corpus of some parts, each of some graphs."""
    folder.mkdir()
    described = []
    for number, graphs in enumerate(parts):
        path = folder / f"part-{number:05d}.parquet"
        write_part(path, [to_rows(graphs)])
        described.append(
            {"file": path.name, "rows": len(graphs), "bytes": path.stat().st_size, "sha256": checksum(path)}
        )
    made_of = {
        "texts": {"files": [], "apart_from": []},
        "recipe": {"parser": {"name": "words"}, "linkers": [], "facts": "own"},
        "counts": {"graphs": sum(map(len, parts)), "linked_share": 0.0},
    }
    write_json(folder / "manifest.json", {**KIND.begin(), **made_of, "parts": described})
    return folder


def named(*names):
    return [TextGraph(name, (f"text of {name}",)) for name in names]


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "graphs", named("a", "b", "c"), named(), named("d", "b"))


def test_a_corpus_in_its_order(folder, monkeypatch):
    monkeypatch.setattr(module, "ROW_GROUP", 2)
    corpus = Corpus.open(folder)
    corpus.verify()
    assert len(corpus) == 5
    assert [graph.id for graph in corpus] == [*"abcdb"]
    assert [len(rows) for rows in corpus.batches()] == [2, 1, 2]
    assert [rows.schema.names for rows in corpus.batches(["id", "target"])] == [["id", "target"]] * 3
    assert [graph and graph.id for graph in map(corpus.at, range(6))] == [*"abcdb", None]
    assert (corpus.find("b"), corpus.find("d"), corpus.find("e")) == (corpus.at(1), corpus.at(3), None)


def test_any_parquet_tool_reads_it(folder):
    table = pq.read_table(folder / "part-00000.parquet")
    assert table.column("texts").to_pylist() == [["text of a"], ["text of b"], ["text of c"]]


def test_equal_rows_give_equal_bytes(tmp_path):
    rows = to_rows(named("a", "b", "c"))
    write_part(tmp_path / "one", [rows])
    write_part(tmp_path / "two", [rows.slice(0, 1), rows.slice(1)])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_row_groups_are_of_one_size(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROW_GROUP", 2)
    write_part(tmp_path / "part", [to_rows(named(*"abcde"))])
    metadata = pq.ParquetFile(tmp_path / "part").metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [2, 2, 1]


def change(**values):
    def damage(folder):
        path = folder / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return damage


DAMAGE = {
    "no manifest": (
        lambda f: (f / "manifest.json").unlink(),
        r"graphs: expected a folder of text graphs \(see kbert graph build\), found a folder without manifest.json",
    ),
    "a cut manifest": (
        lambda f: (f / "manifest.json").write_text('{"format": "kb'),
        r"manifest\.json: expected a whole manifest, found damage \(Unterminated string",
    ),
    "another manifest": (
        change(format="kbert run"),
        r"manifest\.json: expected the manifest of kbert text graphs, found another one",
    ),
    "no manifest at all": (lambda f: (f / "manifest.json").write_text("[]"), "expected the manifest of kbert text gr"),
    "a part without its size": (
        change(parts=[{"file": "part-00000.parquet", "rows": 3, "sha256": ""}]),
        r"manifest\.json: expected parts\[0\]\.bytes, found nothing",
    ),
    "no parts": (change(parts=None), r"manifest\.json: expected a list as parts, found None"),
    "no counts": (change(counts={}), r"manifest\.json: expected counts\.graphs, found nothing"),
    "another version": (
        change(version=99),
        r"manifest\.json: expected kbert text graphs of version 1, found version 99: build the graphs anew",
    ),
    "a missing part": (
        lambda f: (f / "part-00002.parquet").unlink(),
        r"part-00002\.parquet: expected a part of [\d,]+ bytes, found 0 bytes",
    ),
    "a cut part": (
        lambda f: (f / "part-00000.parquet").write_bytes((f / "part-00000.parquet").read_bytes()[:-1]),
        r"part-00000\.parquet: expected a part of [\d,]+ bytes, found [\d,]+ bytes",
    ),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_what_is_damaged_is_refused(folder, damage, message):
    damage(folder)
    with pytest.raises(StoreError, match=message):
        Corpus.open(folder)


def test_no_folder(tmp_path):
    with pytest.raises(StoreError, match=r"nowhere: expected a folder of text graphs .*, found no such folder"):
        Corpus.open(tmp_path / "nowhere")


def test_a_part_overwritten_with_something_else_of_its_size(folder):
    part = folder / "part-00002.parquet"
    part.write_bytes(b"x" * part.stat().st_size)
    corpus = Corpus.open(folder)
    with pytest.raises(StoreError, match=r"part-00002\.parquet: expected a whole Parquet file of text graphs"):
        list(corpus)
    assert corpus.at(2) is not None
    with pytest.raises(StoreError, match=r"part-00002\.parquet: expected sha256 [0-9a-f]{16}….*, found [0-9a-f]{16}…"):
        corpus.verify()


def test_a_part_with_fewer_graphs_than_its_manifest_says(folder):
    corpus = Corpus.open(folder)
    corpus.manifest["parts"][2]["rows"] = 3
    with pytest.raises(StoreError, match=r"part-00002\.parquet: expected at least 1 more text graphs, found none"):
        corpus.at(5)


def test_a_schema_with_every_column_of_a_row():
    assert SCHEMA.names == [
        "id", "group", "texts", "sentences", "tokens", "arcs", "mentions", "entities", "facts", "spans", "target",
    ]  # fmt: skip
    assert pa.table({name: pa.array([], SCHEMA.field(name).type) for name in SCHEMA.names}).num_rows == 0
