import os
import subprocess
import sys

import pytest

from graphs.errors import DataError
from graphs.manifests import checksum
from graphs.rooms import Part
from graphs.texts import Texts


def read(texts):
    return [document.texts[0] for document in texts.read()]


def test_files_in_order_each_by_its_own_format(tmp_path):
    (tmp_path / "a.txt").write_text("Rome\nOslo\n")
    (tmp_path / "b.csv").write_text('text,label\n"Lima, Peru",x\n')
    files = str(tmp_path / "b.csv"), str(tmp_path / "a.txt")
    assert read(Texts(files)) == ["Lima, Peru", "Rome", "Oslo"]
    assert read(Texts(files, Part("txt"), limit=2)) == ["text,label", '"Lima, Peru",x']


def test_what_is_left_out_is_heard_of(tmp_path):
    (tmp_path / "train.tsv").write_text("body\tlabel\nRome is old\tx\nOslo\ty\nLima\tx\n")
    (tmp_path / "dev.tsv").write_text("body\tlabel\noslo is cold\tx\n")
    train, dev = str(tmp_path / "train.tsv"), str(tmp_path / "dev.tsv")
    texts, heard = Texts((train,), columns={"text": "body"}, apart_from=(dev,)), []
    assert [document.id for document in texts.read(on_overlap=heard.append)] == ["train:2", "train:4"]
    assert [document.id for document in heard] == ["train:3"]


def test_texts_of_two_files_are_not_called_alike(tmp_path):
    for folder, content in (("a", '{"text": "x", "id": "1"}\n{"text": "y"}\n'), ("b", '{"text": "z", "id": "2"}\n')):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "dev.jsonl").write_text(content)
    texts = Texts(tuple(str(tmp_path / folder / "dev.jsonl") for folder in "ab"))
    message = r"a/dev\.jsonl:2: expected texts with ids, for another file is called .dev. too, found one without"
    with pytest.raises(DataError, match=message):
        list(texts.read())
    assert [document.id for document in Texts(texts.files[1:], apart_from=texts.files[:1]).read()] == ["2"]
    (tmp_path / "a" / "dev.jsonl").write_text('{"text": "x", "id": "1"}\n')
    assert [document.id for document in texts.read()] == ["1", "2"]


def test_as_json_values(tmp_path):
    (tmp_path / "a.txt").write_text("Rome\n")
    texts = Texts((str(tmp_path / "a.txt"), "-"), Part("tsv", {"tagged": True}), {"text": "body"}, limit=3)
    assert texts.as_dict() == {
        "files": [{"name": "a.txt", "sha256": checksum(tmp_path / "a.txt")}, {"name": "-", "sha256": None}],
        "format": {"name": "tsv", "options": {"tagged": True}},
        "columns": {"text": "body"},
        "apart_from": [],
        "limit": 3,
    }


def test_reading_loads_nothing_that_builds():
    code = "import graphs.checking, sys; sys.exit('graphs.build' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
