import hashlib
import json

import pytest

from graphs.errors import StoreError
from graphs.manifests import MANIFEST, Kind, check_shape, checksum

KIND = Kind("kbert boxes", 2, "kbert boxes", "pack them anew")


def box(folder, **values):
    folder.mkdir()
    (folder / MANIFEST).write_text(json.dumps({**KIND.begin(), "files": ["a"], **values}))
    (folder / "a").write_text("a")
    return folder


def files(manifest):
    return manifest["files"]


def test_what_begins_with_its_kind_is_read(tmp_path):
    assert KIND.read(box(tmp_path / "box") / MANIFEST) == {"format": "kbert boxes", "version": 2, "files": ["a"]}


@pytest.mark.parametrize(
    ("content", "there"),
    [
        (b'{"format": "kbert boxes", "version": 1}', True),
        (b'{"format": "kbert run", "version": 2}', False),
        (b'{"version": 2}', False),
        (b"[]", False),
        (b'{"format"', False),
        (b"\xff", False),
    ],
)
def test_whether_a_kind_is_in_a_folder(tmp_path, content, there):
    assert not KIND.is_in(tmp_path)
    assert not KIND.is_in(tmp_path / "none")
    (tmp_path / MANIFEST).write_bytes(content)
    assert KIND.is_in(tmp_path) is there


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"format"', r"manifest\.json: expected a whole manifest, found damage \("),
        (b"\xff", r"manifest\.json: expected a whole manifest, found damage \("),
        (b"[]", "expected the manifest of kbert boxes, found another one"),
        (b'{"format": "kbert run", "version": 2}', "expected the manifest of kbert boxes, found another one"),
        (b'{"format": "kbert boxes", "version": 1}', "boxes of version 2, found version 1: pack them anew"),
        (b'{"format": "kbert boxes"}', "kbert boxes of version 2, found version None: pack them anew"),
    ],
)
def test_what_is_damaged_or_another_is_refused(tmp_path, content, message):
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(StoreError, match=message):
        KIND.read(tmp_path / MANIFEST)


def test_only_a_folder_of_the_kind_with_nothing_else_in_it_is_replaceable(tmp_path):
    KIND.check_replaceable(box(tmp_path / "box"), files, "a box")
    KIND.check_replaceable(box(tmp_path / "old", version=1), files, "a box")
    (tmp_path / "box" / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"box: expected a box, found notes\.txt"):
        KIND.check_replaceable(tmp_path / "box", files, "a box")
    (tmp_path / "empty").mkdir()
    for other in (box(tmp_path / "other", format="kbert run"), tmp_path / "empty", tmp_path / "box" / "a"):
        with pytest.raises(StoreError, match="expected a box, found something else"):
            KIND.check_replaceable(other, files, "a box")


def test_checksum(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert checksum(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


SHAPE = {"name": str, "parts": [{"bytes": int}], "share": float, "whole": bool, "files": {...: {"size": int}}}
FITS = {
    "name": "a",
    "parts": [{"bytes": 1, "more": None}],
    "share": 0,
    "whole": False,
    "files": {"x": {"size": 2}},
    "more": [],
}


def test_what_has_the_shape_passes(tmp_path):
    check_shape(tmp_path, FITS, SHAPE)
    check_shape(tmp_path, {**FITS, "share": 0.5, "parts": [], "files": {}}, SHAPE)
    kind = Kind("kbert boxes", 2, "kbert boxes", "pack them anew", {"files": [str]})
    assert kind.read(box(tmp_path / "box") / MANIFEST)["files"] == ["a"]
    with pytest.raises(StoreError, match=r"manifest\.json: expected a string as files\[0\], found 7"):
        kind.read(box(tmp_path / "other", files=[7]) / MANIFEST)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "expected a string as name, found None"),
        ({"parts": {}}, r"expected a list as parts, found \{\}"),
        ({"parts": [{"bytes": 1}, {}]}, r"expected parts\[1\]\.bytes, found nothing"),
        ({"parts": [{"bytes": True}]}, r"expected a whole number as parts\[0\]\.bytes, found True"),
        ({"share": "1"}, "expected a number as share, found '1'"),
        ({"whole": 1}, "expected true or false as whole, found 1"),
        ({"files": {"x": []}}, r"expected an object as files\.x, found \[\]"),
        ({"files": {"x": {"size": 0.5}}}, r"expected a whole number as files\.x\.size, found 0\.5"),
    ],
)
def test_what_has_another_shape_is_refused_with_the_place(tmp_path, change, message):
    with pytest.raises(StoreError, match=f"x: {message}$"):
        check_shape(tmp_path / "x", {**FITS, **change}, SHAPE)
    for name in SHAPE:
        with pytest.raises(StoreError, match=f"x: expected {name}, found nothing"):
            check_shape(tmp_path / "x", {key: FITS[key] for key in FITS if key != name}, SHAPE)
    with pytest.raises(StoreError, match=r"x: expected an object, found \[\]"):
        check_shape(tmp_path / "x", [], SHAPE)
