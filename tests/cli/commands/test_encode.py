"""Vectors of words from the command line."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

SAMPLE = Path(__file__).parents[3] / "sample_data" / "english"


def test_files_and_text_graphs(kbert, runs, graphs, tmp_path):
    shown = kbert("encode", runs.kbert, graphs / "own" / "test", "-o", tmp_path / "graphs.parquet", "--json").json
    assert shown["file"] == str(tmp_path / "graphs.parquet")
    assert (shown["texts"], shown["width"], shown["words_without_vector"]) == (40, 32, 0)
    table = pq.read_table(tmp_path / "graphs.parquet")
    assert table.num_rows == shown["words"]
    about = json.loads(table.schema.metadata[b"kbert"])
    assert about == {"run": "kbert", "model": "kbert", "task": "classify"}
    texts = ("--columns", "text=text", SAMPLE / "corpus" / "test.tsv", "-o", tmp_path / "files.parquet", "-q")
    printed = kbert("encode", runs.kbert, *texts).stdout
    assert "words without vector" in printed
    again = pq.read_table(tmp_path / "files.parquet").slice(0, table.num_rows)
    assert again.column("token").equals(table.column("token"))


def test_standard_input(kbert, runs, tmp_path):
    words = ("encode", runs.bert, "-", "-o", tmp_path / "w.safetensors", "--json", "-q")
    assert kbert(*words, input="Nobody forgets Painted Sparrow.\n").json["words"] == 5
    assert "is there already" in kbert(*words, input="Nobody.\n", code=2).stderr
    assert kbert(*words, "--overwrite", input="Nobody.\n").json["words"] == 2


def test_bad_lines_are_skipped_where_asked(kbert, runs, tmp_path):
    lines = '{"text": "Nobody came."}\n{"text": 1}\n'
    words = ("encode", runs.bert, "-", "--format", "jsonl", "-o", tmp_path / "w.parquet", "-q")
    assert "-:2: expected a string" in kbert(*words, input=lines, code=1).stderr
    assert list(tmp_path.iterdir()) == []
    assert "skipped" in kbert(*words, "--skip-bad", 1, input=lines).stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("-o", "w.txt", "-"), 2, "w.txt: expected a file name that ends in .parquet or .safetensors"),
        (("-o", "w.parquet", "{graphs}", "--format", "txt"), 2, "--format, --columns and --kg are for files"),
        (("-o", "w.parquet", "{graphs}", "-"), 2, "is a folder: encode one folder of text graphs, or files"),
        (("-o", "w.parquet", "-"), 1, "texts: expected at least one, found none"),
        (("-o", "w.parquet", "none.txt"), 1, "none.txt"),
    ],
)
def test_what_cannot_be(kbert, runs, graphs, tmp_path, monkeypatch, words, code, message):
    monkeypatch.chdir(tmp_path)
    given = [str(word).replace("{graphs}", str(graphs / "own" / "test")) for word in words]
    assert message in kbert("encode", runs.bert, *given, input="", code=code).stderr
    assert list(tmp_path.iterdir()) == []


def test_a_run_on_triples_has_no_words(kbert, triple_run, tmp_path):
    message = kbert("encode", triple_run, "-", "-o", tmp_path / "w.parquet", input="a\n", code=2).stderr
    assert "is a run on triples" in message


def test_what_is_read_is_not_written_over(kbert, runs, graphs):
    test = graphs / "own" / "test"
    for out in (test / "part-00000.parquet", runs.bert / "model.safetensors"):
        message = kbert("encode", runs.bert, test, "-o", out, "--overwrite", code=2).stderr
        assert f"{out} lies in {out.parent}, which is read: name another file to write to" in message


def test_skipped_lines_are_told_also_where_nothing_is_left(kbert, runs, tmp_path):
    words = ("encode", runs.bert, "-", "--format", "jsonl", "--skip-bad", 1, "-o", tmp_path / "w.parquet", "-q")
    said = kbert(*words, input='{"text": 1}\n', code=1).stderr
    assert "skipped -:1" in said
    assert "texts: expected at least one, found none" in said
