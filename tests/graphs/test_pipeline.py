import io
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from graphs.engines import local
from graphs.errors import DataError, OptionsError, Skipped, StoreError, TooManyBadLinesError
from graphs.manifests import checksum
from graphs.pipeline import MADE_WITH, build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from graphs.types import Triple

CITIES = ["Beijing", "Paris", "Rome", "Oslo", "Lima"]


@pytest.fixture(scope="module")
def kg(graph_of):
    return graph_of([Triple(city, "is a", "city") for city in CITIES])


@pytest.fixture(scope="module")
def recipe(kg):
    return Recipe.of(Part("words"), (Part("dictionary"),), str(kg.folder))


@pytest.fixture
def texts(tmp_path):
    """One good text a line, forty of them, in two files."""
    for number in range(2):
        rows = [f"{CITIES[i % 5]} and {CITIES[i % 3]} , {i} in {number}\t{i % 2}" for i in range(20)]
        (tmp_path / f"{number}.tsv").write_text("text\tlabel\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return Texts((str(tmp_path / "0.tsv"), str(tmp_path / "1.tsv")))


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_texts_become_parts(texts, recipe, tmp_path):
    heard = []
    corpus = build_corpus(
        texts, recipe, tmp_path / "out", part_size=15, on_part=lambda counts: heard.append(counts.graphs)
    )
    assert [part["rows"] for part in corpus.manifest["parts"]] == [15, 15, 10]
    assert heard == [15, 30, 40]
    assert sorted(content(corpus.folder)) == ["manifest.json", *(f"part-0000{i}.parquet" for i in range(3))]
    corpus.verify()
    graphs = list(corpus)
    assert [graph.id for graph in graphs] == [f"{file}:{line}" for file in (0, 1) for line in range(2, 22)]
    assert [graphs[1].surface(mention) for mention in graphs[1].mentions] == ["Paris", "Paris"]
    assert graphs[1].target.label == "1"
    assert corpus.manifest["counts"]["graphs"] == 40
    assert corpus.manifest["counts"]["mentions"] == 80
    assert corpus.manifest["counts"]["linked_share"] == 1.0
    assert corpus.manifest["recipe"] == json.loads(json.dumps(recipe.as_dict()))
    assert corpus.manifest["texts"]["files"][1] == {"name": "1.tsv", "sha256": checksum(tmp_path / "1.tsv")}
    assert corpus.manifest["versions"]["python"] == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert not list(tmp_path.glob(".*"))


def test_same_bytes_again_and_with_more_workers(texts, recipe, tmp_path):
    build_corpus(texts, recipe, tmp_path / "one", part_size=7)
    build_corpus(texts, recipe, tmp_path / "again", part_size=7)
    build_corpus(texts, recipe, tmp_path / "two", part_size=7, workers=2)
    assert content(tmp_path / "one") == content(tmp_path / "again") == content(tmp_path / "two")


@pytest.mark.parametrize(("count", "rows"), [(20, [10, 10]), (0, [0]), (1, [1])])
def test_whole_parts_and_none(tmp_path, recipe, count, rows):
    (tmp_path / "x.txt").write_text("Rome\n" * count)
    corpus = build_corpus(Texts((str(tmp_path / "x.txt"),)), recipe, tmp_path / "out", part_size=10)
    assert [part["rows"] for part in corpus.manifest["parts"]] == rows
    assert len(corpus) == len(list(corpus)) == count


BUILD = """
import sys, time
from pathlib import Path
import graphs.pipeline as pipeline
from graphs.recipe import Recipe
from graphs.texts import Texts
import json
def slowly(path, batches, write=pipeline.write_part):
    time.sleep(0.03)
    write(path, batches)
pipeline.write_part = slowly
if __name__ == "__main__":
    recipe = Recipe.from_dict(json.loads(sys.argv[1]))
    print("ready", flush=True)
    pipeline.build_corpus(
        Texts(tuple(sys.argv[4:])), recipe, Path(sys.argv[2]), part_size=1, workers=int(sys.argv[3])
    )
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_killed_again_and_again_ends_with_the_same_bytes(texts, recipe, tmp_path, workers):
    build_corpus(texts, recipe, tmp_path / "unbroken", part_size=1)
    (tmp_path / "build.py").write_text(BUILD)
    out = tmp_path / "out"
    arguments = [sys.executable, tmp_path / "build.py", json.dumps(recipe.as_dict()), out, str(workers), *texts.files]
    chance, finished = random.Random(workers), 0
    for _ in range(4):
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
            assert run.stdout.readline() == b"ready\n"
            begun = time.monotonic()
            while run.poll() is None and finished == len(list(tmp_path.glob(".out.partial/part-*.json"))):
                assert time.monotonic() < begun + 60
                time.sleep(0.001)
            time.sleep(chance.random() * 0.04)
            run.kill()
        assert not out.exists()
        left = len(list(tmp_path.glob(".out.partial/part-*.json")))
        assert left > finished
        finished = left
    build_corpus(texts, recipe, out, part_size=1)
    assert content(out) == content(tmp_path / "unbroken")
    assert not list(tmp_path.glob(".*"))


def broken(texts, recipe, out, parts, **options):
    """A run that ends, as if by a kill, when some parts are done; what it leaves."""

    def fail(counts):
        if counts.graphs >= parts * 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_corpus(texts, recipe, out, part_size=10, on_part=fail, **options)
    return sorted(path.name for path in out.with_name(f".{out.name}.partial").glob("*"))


LEFT = [MADE_WITH, "part-00000.json", "part-00000.parquet", "part-00001.json", "part-00001.parquet"]


def counted_parts(monkeypatch):
    """How many texts each part was made of, parts of earlier runs aside."""
    sizes = []

    def run(function, parts, *, workers):
        for job in parts:
            sizes.append(len(job.documents))
            yield function(job)

    monkeypatch.setattr(local, "run", run)
    return sizes


def test_finished_parts_are_not_made_again(texts, recipe, tmp_path, monkeypatch):
    build_corpus(texts, recipe, tmp_path / "unbroken", part_size=10)
    heard = []
    assert broken(texts, recipe, tmp_path / "out", 2, on_kept=heard.append) == LEFT
    assert heard == [2]
    (tmp_path / ".out.partial" / ".part-00002.parquet.partial").write_text("half")
    sizes = counted_parts(monkeypatch)
    build_corpus(texts, recipe, tmp_path / "out", part_size=10)
    assert sizes == [0, 0, 10, 10]
    assert content(tmp_path / "out") == content(tmp_path / "unbroken")


def change_texts(texts, recipe):
    with open(texts.files[0], "a", encoding="utf-8") as file:
        file.write("Oslo\t1\n")
    return texts, recipe


CHANGES = {
    "a text": change_texts,
    "an option": lambda texts, recipe: (texts, Recipe.of(recipe.parser, recipe.linkers, recipe.kg, facts="none")),
    "the files": lambda texts, recipe: (Texts(texts.files[::-1]), recipe),
    "the columns": lambda texts, recipe: (Texts(texts.files, columns={"target": ""}), recipe),
    "the limit": lambda texts, recipe: (Texts(texts.files, limit=39), recipe),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_run_begins_anew(texts, recipe, tmp_path, monkeypatch, change):
    broken(texts, recipe, tmp_path / "out", 2)
    texts, recipe = change(texts, recipe)
    build_corpus(texts, recipe, tmp_path / "other", part_size=10)
    sizes = counted_parts(monkeypatch)
    build_corpus(texts, recipe, tmp_path / "out", part_size=10)
    assert sizes[:3] == [10, 10, 10]
    assert content(tmp_path / "out") == content(tmp_path / "other")


def test_one_run_at_a_time(texts, recipe, tmp_path):
    def again(counts):
        build_corpus(texts, recipe, tmp_path / "out", part_size=10)

    with pytest.raises(StoreError, match="out: expected no other build of these text graphs, found one at work"):
        build_corpus(texts, recipe, tmp_path / "out", part_size=10, on_part=again)


def test_overwriting_is_asked_for(texts, recipe, tmp_path):
    build_corpus(texts, recipe, tmp_path / "out")
    before = content(tmp_path / "out")
    short = Texts(texts.files[:1])
    with pytest.raises(OptionsError, match="out is there already: name another folder, or pass --overwrite"):
        build_corpus(short, recipe, tmp_path / "out")
    assert content(tmp_path / "out") == before
    assert len(build_corpus(short, recipe, tmp_path / "out", overwrite=True)) == 20
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.tsv", "1.tsv", "out"]


def test_a_failed_overwrite_leaves_the_old_graphs(texts, recipe, tmp_path):
    build_corpus(texts, recipe, tmp_path / "out")
    before = content(tmp_path / "out")
    (tmp_path / "bad.tsv").write_text("text\tlabel\nonly a text\n")
    with pytest.raises(DataError, match=r"bad\.tsv:2: expected 2 columns"):
        build_corpus(Texts((str(tmp_path / "bad.tsv"),)), recipe, tmp_path / "out", overwrite=True)
    assert content(tmp_path / "out") == before
    assert not list(tmp_path.glob(".*"))


def test_an_empty_folder_is_taken(texts, recipe, tmp_path):
    (tmp_path / "out").mkdir()
    assert len(build_corpus(texts, recipe, tmp_path / "out")) == 40


def test_nothing_but_text_graphs_is_overwritten(texts, recipe, kg, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("years of work")
    for out in (mine, mine / "thesis.tex", kg.folder):
        with pytest.raises(
            StoreError, match="expected text graphs, and nothing else, to overwrite, found something el"
        ):
            build_corpus(texts, recipe, out, overwrite=True)
    out = build_corpus(texts, recipe, tmp_path / "out").folder
    (out / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"expected text graphs, and nothing else, to overwrite, found notes\.txt"):
        build_corpus(texts, recipe, out, overwrite=True)


@pytest.mark.parametrize("place", ["files", "apart_from"])
def test_a_missing_file_is_told_before_anything_is_written(texts, recipe, tmp_path, place):
    missing = (*texts.files, str(tmp_path / "no.tsv"))
    some = Texts(missing) if place == "files" else Texts(texts.files, apart_from=missing)
    with pytest.raises(DataError, match=r"no\.tsv: expected a file, found nothing there"):
        build_corpus(some, recipe, tmp_path / "deep" / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.tsv", "1.tsv"]


@pytest.mark.parametrize("option", ["part_size", "workers"])
def test_parts_and_workers_of_nothing(texts, recipe, tmp_path, option):
    with pytest.raises(OptionsError, match=f"{option}: expected at least 1, found 0"):
        build_corpus(texts, recipe, tmp_path / "out", **{option: 0})


@pytest.fixture
def bad_texts(tmp_path):
    (tmp_path / "bad.tsv").write_bytes(b"text\tlabel\nRome\t1\nOslo\nLima\t\xff\nLima\t1\n\t1\nParis\t0\n")
    return Texts((str(tmp_path / "bad.tsv"),))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bad_line_stops_and_leaves_nothing(bad_texts, recipe, tmp_path, workers):
    with pytest.raises(DataError, match=r"bad\.tsv:3: expected 2 columns \(text, label\), found 1: 'Oslo'"):
        build_corpus(bad_texts, recipe, tmp_path / "out", workers=workers)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.tsv"]
    with pytest.raises(DataError, match=r"bad\.tsv:3"):
        build_corpus(bad_texts, recipe, tmp_path / "deep" / "er" / "out", workers=workers)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.tsv"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_text_that_a_part_refuses_is_told_by_file_and_line(tmp_path, workers):
    (tmp_path / "plain.txt").write_text("\nRome\n")
    message = r"plain\.txt:2: expected a text that came with tokens and arcs .*, found plain text 'Rome'"
    with pytest.raises(DataError, match=message):
        build_corpus(Texts((str(tmp_path / "plain.txt"),)), Recipe(Part("conllu")), tmp_path / "o", workers=workers)


def test_bad_lines_passed_over_are_counted_and_listed(bad_texts, recipe, tmp_path):
    corpus = build_corpus(bad_texts, recipe, tmp_path / "out", bad=Skipped(3), part_size=2)
    assert [graph.texts[0] for graph in corpus] == ["Rome", "Lima", "Paris"]
    assert [error.split("bad.tsv:")[1][:1] for error in corpus.manifest["skipped"]] == ["3", "4", "6"]
    with pytest.raises(TooManyBadLinesError, match=r"bad\.tsv:6: .* \(bad line 3, 2 allowed\)"):
        build_corpus(bad_texts, recipe, tmp_path / "other", bad=Skipped(2))


def test_a_run_broken_by_a_bad_line_goes_on_over_it(bad_texts, recipe, tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"bad\.tsv:3"):
        build_corpus(bad_texts, recipe, tmp_path / "out", part_size=1)
    assert not (tmp_path / "out").exists()
    sizes = counted_parts(monkeypatch)
    corpus = build_corpus(bad_texts, recipe, tmp_path / "out", part_size=1, bad=Skipped(9))
    assert sizes == [0, 1, 1]
    assert len(corpus.manifest["skipped"]) == 3


def test_standard_input(recipe, tmp_path, monkeypatch):
    def given(*cities):
        text = "".join(f"{city}\n" for city in cities)
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
        return Texts(("-",), Part("txt"))

    heard = []
    assert broken(given(*CITIES * 8), recipe, tmp_path / "out", 2, on_kept=heard.append) == heard == []
    assert os.listdir(tmp_path) == []
    corpus = build_corpus(given(*CITIES[::-1] * 8), recipe, tmp_path / "out", part_size=10)
    assert [graph.texts[0] for graph in corpus][:3] == ["Lima", "Oslo", "Rome"]
    assert corpus.manifest["texts"]["files"] == [{"name": "-", "sha256": None}]


def test_a_limit_and_texts_to_keep_apart_from(tmp_path, recipe):
    (tmp_path / "train.txt").write_text("Rome is old\nOslo\nnew Lima\nin old Paris\nParis\n")
    (tmp_path / "dev.txt").write_text("oslo is cold\nOLD  paris\n")
    texts = Texts((str(tmp_path / "train.txt"),), apart_from=(str(tmp_path / "dev.txt"),))
    corpus = build_corpus(texts, recipe, tmp_path / "out")
    assert [graph.texts[0] for graph in corpus] == ["Rome is old", "new Lima"]
    assert corpus.manifest["counts"]["overlapping"] == 3
    assert corpus.manifest["texts"]["apart_from"] == [{"name": "dev.txt", "sha256": checksum(tmp_path / "dev.txt")}]
    assert len(build_corpus(Texts(texts.files, limit=2), recipe, tmp_path / "two")) == 2


def test_what_a_broken_graph_does(texts, recipe, kg, tmp_path):
    moved = Recipe(recipe.parser, recipe.linkers, str(tmp_path / "nowhere"), recipe.kg_digest)
    with pytest.raises(StoreError, match="nowhere: expected the folder of a knowledge graph, found nothing there"):
        build_corpus(texts, moved, tmp_path / "out", workers=2)
    assert sorted(os.listdir(tmp_path)) == ["0.tsv", "1.tsv"]


def test_a_folder_named_from_where_one_is(texts, recipe, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert build_corpus(texts, recipe, Path("out")).folder == tmp_path / "here" / "out"
    monkeypatch.chdir(tmp_path / "here" / "out")
    assert len(build_corpus(texts, recipe, Path("."), overwrite=True)) == 40
