import bz2

import pytest

from graphs.errors import DataError, Skipped
from graphs.formats import openke
from graphs.types import EntityText, Triple

FILES = {
    "entity2id.txt": "3\nBeijing\t1\nNew York\t0\nChina\t2\n",
    "relation2id.txt": "1\n/location/capital 0\n",
    "train2id.txt": "1\n1 2 0\n",
    "valid2id.txt": "1\n0\t2\t0\n",
    "test2id.txt": "0\n",
}
RECORDS = [
    *map(EntityText, ("Beijing", "New York", "China")),
    Triple("Beijing", "/location/capital", "China", "train"),
    Triple("New York", "/location/capital", "China", "dev"),
]


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_names_splits_and_order_of_columns(folder):
    assert list(openke.read(folder)) == RECORDS


def test_compressed_files_and_a_split_that_is_not_there(folder):
    for name in FILES:
        text = (folder / name).read_bytes()
        (folder / name).unlink()
        if name != "test2id.txt":
            (folder / f"{name}.bz2").write_bytes(bz2.compress(text))
    assert list(openke.read(folder)) == RECORDS


BAD = {
    ("train2id.txt", "1\n1 2\n"): "train2id.txt:2: expected 3 tab-separated columns .numbers of head, tail, relation.",
    ("train2id.txt", "1\n7 2 0\n"): "train2id.txt:2: expected the number of an entity in entity2id.txt, found '7'",
    ("train2id.txt", "1\n1 -2 0\n"): "train2id.txt:2: expected the number of an entity in entity2id.txt, found '-2'",
    ("train2id.txt", "1\n1 2 1\n"): "train2id.txt:2: expected the number of a relation in relation2id.txt, found '1'",
    ("train2id.txt", "2\n1 2 0\n"): "train2id.txt:1: expected the number of lines that follow, 1, found 2",
    ("train2id.txt", "1 2 0\n"): "train2id.txt:1: expected the number of lines that follow, found '1 2 0'",
    ("train2id.txt", ""): "train2id.txt:1: expected the number of lines that follow, found ''",
    ("entity2id.txt", "1\nBeijing\n"): "entity2id.txt:2: expected 2 columns .entity, its number., found 'Beijing'",
    ("entity2id.txt", "2\na\t0\nb\t0\n"): "entity2id.txt:3: expected each entity and each number once",
    ("relation2id.txt", "2\na\t0\na\t1\n"): "relation2id.txt:3: expected each relation and each number once",
    ("relation2id.txt", "2\na\t0\n"): "relation2id.txt:1: expected the number of lines that follow, 1, found 2",
}


@pytest.mark.parametrize(("place", "message"), BAD.items())
def test_a_bad_line_stops(folder, place, message):
    name, text = place
    (folder / name).write_text(text)
    with pytest.raises(DataError, match=message):
        list(openke.read(folder))


def test_bad_lines_are_skipped(folder):
    (folder / "train2id.txt").write_text("4\n1 2 9\n1 2 0\n1 2\n9 2 0\n")
    skipped = Skipped(3)
    assert list(openke.read(folder, bad=skipped)) == RECORDS
    assert [error.line for error in skipped.errors] == [2, 4, 5]


@pytest.mark.parametrize("name", ["entity2id.txt", "relation2id.txt"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"expected a folder with {name}"):
        list(openke.read(folder))
