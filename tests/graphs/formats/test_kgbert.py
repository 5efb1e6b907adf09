import gzip

import pytest

from graphs.errors import DataError, Skipped
from graphs.formats import kgbert
from graphs.types import EntityText, RelationText, Triple

FILES = {
    "entities.txt": "b\na\nc\nlonely",
    "relations.txt": "part_of\n",
    "train.tsv": "a\tpart_of\tb\n",
    "dev.tsv": "a\tpart_of\tb\t1\na\tpart_of\tc\t-1\n",
    "test.tsv": "c\tpart_of\tb\n",
    "entity2text.txt": "a\tapple, a fruit, or a firm\nb\tbranch\t\n",
    "entity2textlong.txt": "a\tA fruit of a tree.\n",
    "relation2text.txt": "part_of\tpart of\n",
}
TRIPLES = [
    Triple("a", "part_of", "b", "train"),
    Triple("a", "part_of", "b", "dev"),
    Triple("a", "part_of", "c", "dev", -1),
    Triple("c", "part_of", "b", "test"),
]


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def of(kind, folder, **options):
    return [record for record in kgbert.read(folder, **options) if isinstance(record, kind)]


def test_entities_are_declared_in_their_order(folder):
    declared = [EntityText(name) for name in ("b", "a", "c", "lonely")]
    assert list(kgbert.read(folder))[:4] == declared


def test_splits_and_negatives(folder):
    assert of(Triple, folder) == TRIPLES


def test_texts(folder):
    short = [EntityText("a", "apple, a fruit, or a firm"), EntityText("b", "branch")]
    assert of(EntityText, folder)[4:] == short
    assert of(EntityText, folder, texts="long")[4:] == [*short, EntityText("a", None, "A fruit of a tree.")]
    assert of(EntityText, folder, label_separator=", ")[4] == EntityText("a", "apple", "a fruit, or a firm")
    assert of(RelationText, folder) == [RelationText("part_of", "part of")]


def test_one_file_of_triples_is_enough(tmp_path):
    (tmp_path / "train.tsv.gz").write_bytes(gzip.compress(FILES["train.tsv"].encode()))
    assert list(kgbert.read(tmp_path)) == TRIPLES[:1]


BAD = {
    ("train.tsv", "a\tpart_of\n"): "train.tsv:2: expected 3 or 4 tab-separated columns",
    ("train.tsv", "a\tpart_of\tx\n"): "train.tsv:2: expected an entity that entities.txt names, found 'x'",
    ("train.tsv", "x\tpart_of\ta\n"): "train.tsv:2: expected an entity that entities.txt names, found 'x'",
    ("train.tsv", "a\tis\tb\n"): "train.tsv:2: expected a relation that relations.txt names, found 'is'",
    ("dev.tsv", "a\tpart_of\tb\t2\n"): r"dev.tsv:3: expected the label 1 \(true\), -1 or 0 \(false\), found '2'",
    ("entities.txt", "\nd\te\n"): "entities.txt:5: expected 1 tab-separated columns",
    ("relations.txt", "\n"): "relations.txt:2: expected no empty column",
    ("entity2text.txt", "c\n"): "entity2text.txt:3: expected 2 tab-separated columns .entity, text., found 'c'",
    ("entity2text.txt", "c\td\te\n"): "entity2text.txt:3: expected 2 tab-separated columns",
    ("relation2text.txt", "part_of\t\n"): "relation2text.txt:2: expected 2 tab-separated columns .relation, text.",
}


@pytest.mark.parametrize(("place", "message"), BAD.items())
def test_a_bad_line_stops_or_is_skipped(folder, place, message):
    name, line = place
    good = list(kgbert.read(folder))
    (folder / name).write_text(FILES[name] + line)
    with pytest.raises(DataError, match=message):
        list(kgbert.read(folder))
    assert [r for r in kgbert.read(folder, bad=Skipped(1)) if r != EntityText("d\te")] == good


@pytest.mark.parametrize(
    ("wanted", "options"),
    [("train.tsv or dev.tsv or test.tsv", {}), ("entity2textlong.txt", {"texts": "long"})],
)
def test_a_missing_file_is_named(tmp_path, wanted, options):
    if options:
        (tmp_path / "train.tsv").write_text(FILES["train.tsv"])
    with pytest.raises(DataError, match=f"expected a folder with {wanted}, found a folder without"):
        list(kgbert.read(tmp_path, **options))


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none: expected a folder with train.tsv .*, found nothing there"):
        list(kgbert.read(tmp_path / "none"))
