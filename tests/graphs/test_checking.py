import pytest

from graphs.checking import check_facts, check_texts
from graphs.rooms import Part
from graphs.texts import Texts


def test_a_good_file(tmp_path):
    (tmp_path / "x.tsv").write_text("text\tlabel\na\tgood\nb\tbad\nc\tgood\n")
    checked = check_texts(Texts((str(tmp_path / "x.tsv"),)))
    assert checked.counts == {"texts": 3, "label good": 2, "label bad": 1}
    assert checked.errors == []


def test_every_bad_line_is_found(tmp_path):
    (tmp_path / "x.tsv").write_bytes(b"text\tlabel\na\nb\tbad\n\xff\t1\nc\tgood\n")
    checked = check_texts(Texts((str(tmp_path / "x.tsv"),)))
    assert checked.counts == {"texts": 2, "label bad": 1, "label good": 1}
    assert [error.line for error in checked.errors] == [2, 4]


def test_tokens_and_tags(tmp_path):
    (tmp_path / "x.tsv").write_text("text_a\tlabel\na b\tO B-X\n")
    assert check_texts(Texts((str(tmp_path / "x.tsv"),))).counts == {
        "texts": 1, "texts with tags": 1, "texts with tokens": 1,
    }  # fmt: skip


@pytest.mark.parametrize("content", ["", "neither\tof\tthese\n"])
def test_what_cannot_be_read_on_from(tmp_path, content):
    (tmp_path / "x.tsv").write_text(content)
    checked = check_texts(Texts((str(tmp_path / "x.tsv"),), Part("tsv")))
    assert (checked.counts, [error.line for error in checked.errors]) == ({}, [1])


def test_a_missing_file(tmp_path):
    checked = check_texts(Texts((str(tmp_path / "no.tsv"),)))
    assert [str(error) for error in checked.errors] == [f"{tmp_path / 'no.tsv'}: expected a file, found nothing there"]


def test_facts(tmp_path):
    (tmp_path / "x.tsv").write_text("a\tr\tb\na\tr\nc\tr\td\n\tr\td\n")
    checked = check_facts([(tmp_path / "x.tsv", Part("tsv"))])
    assert checked.counts == {"triples": 2}
    assert [error.line for error in checked.errors] == [2, 4]


def test_labels(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"name": "a", "label": "A"}\n{"name": 3}\n')
    checked = check_facts([(tmp_path / "x.jsonl", Part("labels"))])
    assert (checked.counts, [error.line for error in checked.errors]) == ({"texts of entities": 1}, [2])


def test_relations_of_a_folder(tmp_path):
    for name, text in (
        ("train.tsv", "a\tr\tb\n"),
        ("entity2text.txt", "a\tan a\n"),
        ("relation2text.txt", "r\tis r\n"),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "entities.txt").write_text("a\nb\n")
    (tmp_path / "relations.txt").write_text("r\n")
    checked = check_facts([(tmp_path, Part("kgbert"))])
    assert checked.errors == []
    assert checked.counts["triples"] == checked.counts["texts of relations"] == 1


def test_several_sources_are_counted_together_and_read_on_after_a_broken_one(tmp_path):
    (tmp_path / "x.tsv").write_text("a\tr\tb\na\n")
    (tmp_path / "y.spo").write_text("a\tr\tb\nc\n")
    sources = [(tmp_path / "x.tsv", Part("tsv")), (tmp_path / "no.tsv", Part("tsv")), (tmp_path / "y.spo", Part("spo"))]
    checked = check_facts(sources)
    assert checked.counts == {"triples": 2}
    assert [(error.file.rpartition("/")[2], error.line) for error in checked.errors] == [
        ("x.tsv", 2), ("no.tsv", None), ("y.spo", 2),
    ]  # fmt: skip
