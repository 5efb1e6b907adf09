"""What can be trained: parts of three rooms, and parts outside."""

import sys
from pathlib import Path

import pytest

PARTS = Path(__file__).parents[3] / "kbert"


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A package outside the repository, with a part copied from it."""

    def made(source, room):
        said = f'\n\nROOM = "{room}"\n' if room else ""
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "__init__.py").touch()
        text = (PARTS / source).read_text(encoding="utf-8") + said
        (tmp_path / "own" / "part.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        for name in ("own", "own.part"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        return "own.part"

    return made


@pytest.mark.parametrize(
    ("source", "room", "option"),
    [
        ("models/kbert.py", "", "--max-facts"),
        ("models/kbert.py", "kbert.models", "--max-facts"),
        ("scorers/kgbert.py", "kbert.scorers", "--negatives"),
        ("retrievers/biencoder.py", "kbert.retrievers", "--pre-batches"),
    ],
)
def test_a_part_outside_the_repository(kbert, outside, source, room, option):
    assert option in kbert("train", outside(source, room), "--help").stdout


def test_a_scorer_outside_is_trained(kbert, outside, kg, encoder, tmp_path):
    words = ("--kg", kg, "--encoder", encoder, "--epochs", "1", "-q", "--json", "-o", tmp_path / "run")
    assert kbert("train", outside("scorers/kgbert.py", "kbert.scorers"), *words).json["epochs"] == 1


def test_a_module_of_another_room(kbert, outside):
    message = kbert("train", outside("scorers/kgbert.py", "kbert.tasks"), "--help", code=2).stderr
    assert "nothing to train is called 'own.part': expected ROOM to be one of kbert.models, kbert.scorers" in message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kgbret", "expected one of bert, ernie, kbert, syntax, kgbert, biencoder, uprec (did you mean 'kgbert'?)"),
        ("nowhere.x", "no module 'nowhere.x' can be imported"),
    ],
)
def test_a_part_that_is_nowhere(kbert, name, said):
    assert said in kbert("train", name, "--help", code=2).stderr
