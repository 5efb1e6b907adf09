import json
import os
import signal
import subprocess
import sys

import pytest

from graphs.errors import StoreError
from graphs.manifests import MANIFEST
from graphs.store_files import check_files, read_manifest, replacing, write_manifest

COUNTS = ("entities", "relations", "triples", "train", "dev", "test", "negatives")
FACTS = {"counts": dict.fromkeys(COUNTS, 0), "digest": "", "shards": 1, "sources": []}


def store(out, text="old"):
    with replacing(out) as folder:
        (folder / "facts").write_text(text)
        write_manifest(folder, FACTS)


def test_a_store_takes_its_place_whole(tmp_path):
    out = tmp_path / "deep" / "kg"
    store(out)
    store(out, "new")
    assert (out / "facts").read_text() == "new"
    assert os.listdir(out.parent) == ["kg"]
    check_files(out, read_manifest(out), checksums=True)


def test_a_failure_leaves_the_old_store_and_nothing_else(tmp_path):
    store(tmp_path / "kg")
    with pytest.raises(OSError, match="disk full"), replacing(tmp_path / "kg"):
        raise OSError("disk full")
    assert (tmp_path / "kg" / "facts").read_text() == "old"
    assert os.listdir(tmp_path) == ["kg"]


KILLED = """
import os, pathlib, sys
from graphs.store_files import replacing
with replacing(pathlib.Path(sys.argv[1])) as folder:
    (folder / "facts").write_text("half")
    os.kill(os.getpid(), 9)
"""


def test_what_a_killed_run_left_is_cleaned_by_the_next(tmp_path):
    store(tmp_path / "kg")
    run = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "kg"], check=False)
    assert run.returncode == -signal.SIGKILL
    assert (tmp_path / "kg" / "facts").read_text() == "old"
    assert (tmp_path / ".kg.partial" / "facts").read_text() == "half"
    with replacing(tmp_path / "kg") as folder:
        assert not list(folder.iterdir())
        write_manifest(folder, FACTS)
    assert os.listdir(tmp_path) == ["kg"]


def test_a_run_killed_between_the_two_renames_is_undone(tmp_path):
    store(tmp_path / "kg")
    (tmp_path / "kg").rename(tmp_path / ".kg.old")
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "kg"):
        raise KeyboardInterrupt
    assert (tmp_path / "kg" / "facts").read_text() == "old"


def test_two_runs_do_not_write_one_store(tmp_path):
    with replacing(tmp_path / "kg") as folder:
        with pytest.raises(StoreError, match="kg: expected no other import into this folder, found one at work"):
            store(tmp_path / "kg")
        write_manifest(folder, FACTS)
    assert (tmp_path / "kg" / MANIFEST).is_file()


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "kg").mkdir()
    store(tmp_path / "kg")
    assert (tmp_path / "kg" / "facts").is_file()


def test_nothing_but_a_store_is_replaced(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("years of work")
    for out in (mine, mine / "thesis.tex"):
        with pytest.raises(StoreError, match="to replace, found something else"):
            store(out)
    store(tmp_path / "kg")
    (tmp_path / "kg" / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"to replace, found notes\.txt"):
        store(tmp_path / "kg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kg", "mine"]


DAMAGE = {
    "is missing": (lambda f: (f / "facts").unlink(), "facts: expected a file of the knowledge graph, found nothing"),
    "is shorter": (lambda f: (f / "facts").write_text("ol"), "facts: expected 3 bytes, found 2: the file is damaged"),
    "has no manifest": (
        lambda f: (f / MANIFEST).unlink(),
        "expected a whole knowledge graph with manifest.json, found",
    ),
    "is cut": (
        lambda f: (f / MANIFEST).write_text('{"format"'),
        "expected a whole manifest, found damage",
    ),
    "is not ours": (lambda f: (f / MANIFEST).write_text("[]"), "expected the manifest of a kbert knowledge graph"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_what_is_damaged_is_refused(tmp_path, damage, message):
    store(tmp_path / "kg")
    damage(tmp_path / "kg")
    with pytest.raises(StoreError, match=message):
        check_files(tmp_path / "kg", read_manifest(tmp_path / "kg"), checksums=False)


def test_a_changed_byte_is_seen_by_its_checksum(tmp_path):
    store(tmp_path / "kg")
    (tmp_path / "kg" / "facts").write_text("odd")
    manifest = read_manifest(tmp_path / "kg")
    check_files(tmp_path / "kg", manifest, checksums=False)
    with pytest.raises(StoreError, match=r"facts: expected the SHA-256 [0-9a-f]{64}, found another"):
        check_files(tmp_path / "kg", manifest, checksums=True)


def test_another_version_is_refused(tmp_path):
    store(tmp_path / "kg")
    manifest = json.loads((tmp_path / "kg" / MANIFEST).read_text())
    (tmp_path / "kg" / MANIFEST).write_text(json.dumps({**manifest, "version": 2}))
    with pytest.raises(StoreError, match="graph of version 1, found version 2: import the graph anew"):
        read_manifest(tmp_path / "kg")


@pytest.mark.parametrize("name", ["counts", "digest", "shards", "sources", "files"])
def test_a_manifest_that_lacks_something_is_refused(tmp_path, name):
    store(tmp_path / "kg")
    manifest = json.loads((tmp_path / "kg" / MANIFEST).read_text())
    del manifest[name]
    (tmp_path / "kg" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match=rf"manifest\.json: expected {name}, found nothing"):
        read_manifest(tmp_path / "kg")


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for name, found in (("none", "nothing there"), ("file", "a file")):
        with pytest.raises(StoreError, match=f"{name}: expected the folder of a knowledge graph, found {found}"):
            read_manifest(tmp_path / name)
