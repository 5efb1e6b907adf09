"""What is kept of a job that was broken off, and what is not."""

import pytest

from graphs.errors import OptionsError
from graphs.unfinished import MADE_WITH, changes, keeping, take_up


def test_the_same_job_is_taken_up(tmp_path):
    assert not take_up(tmp_path, {"a": (1, 2)}, lasting=True, anew=False)
    (tmp_path / "part-0").touch()
    assert not take_up(tmp_path, {"a": [1, 2]}, lasting=True, anew=True)
    assert (tmp_path / "part-0").exists()


@pytest.mark.parametrize(("made_with", "lasting"), [({"a": 2}, True), ({"a": 1}, False)])
def test_another_job_or_one_that_cannot_be_read_again_begins_anew(tmp_path, made_with, lasting):
    take_up(tmp_path, {"a": 1}, lasting=True, anew=False)
    (tmp_path / "part-0").touch()
    assert take_up(tmp_path, made_with, lasting=lasting, anew=True)
    assert [path.name for path in tmp_path.iterdir()] == [MADE_WITH]


def test_parts_of_another_job_are_not_thrown_away_unasked(tmp_path):
    job = {"prior": None, "part_size": 9, "seed": 0}
    take_up(tmp_path, job, lasting=True, anew=False)
    assert take_up(tmp_path, {**job, "prior": 0.5}, lasting=True, anew=False)  # nothing was finished yet
    (tmp_path / "part-0").touch()
    message = r"holds finished parts made with another prior, part size: .* pass --overwrite to begin anew"
    for lasting in (True, False):
        with pytest.raises(OptionsError, match=message):
            take_up(tmp_path, {**job, "part_size": 8}, lasting=lasting, anew=False)
        assert (tmp_path / "part-0").exists()
    with pytest.raises(OptionsError, match="made with another prior, labels, seed:"):
        take_up(tmp_path, {"part_size": 9, "prior": 1, "labels": []}, lasting=True, anew=False)


@pytest.mark.parametrize("lasting", [True, False])
def test_what_stays_when_the_body_fails(tmp_path, lasting):
    (tmp_path / "part-0").touch()
    told = []
    with pytest.raises(KeyboardInterrupt), keeping(tmp_path, "part-*", lasting=lasting, on_kept=told.append):
        raise KeyboardInterrupt
    assert told == [1] * lasting
    assert (tmp_path / "part-0").exists() == lasting


def test_nothing_is_told_of_nothing(tmp_path):
    told = []
    with pytest.raises(ValueError, match="x"), keeping(tmp_path, "part-*", lasting=True, on_kept=told.append):
        raise ValueError("x")
    with keeping(tmp_path, "part-*", lasting=True, on_kept=told.append):
        (tmp_path / "part-0").touch()
    assert told == []


def test_what_differs_is_named():
    plan = {"encoder": "a", "settings": {"seed": 0, "epochs": 2}, "options": {"zero": None}}
    job = {"plan": plan, "versions": {"torch": "1"}, "train": {"parts": [1, 2]}}
    assert changes(job, job) == ""
    settings = {**plan, "settings": {"seed": 1, "epochs": 2, "clip": 1.0}}
    assert changes(job, {**job, "plan": settings}) == "seed 0 before, 1 now; clip none before, 1.0 now"
    other = {**job, "plan": {**plan, "encoder": "b"}, "train": {"parts": [1]}}
    assert changes(job, other) == "encoder 'a' before, 'b' now; another parts"
    assert changes({"plan": None}, {"plan": plan}) == "another plan"
    assert changes({str(i): i for i in range(6)}, {str(i): -i for i in range(6)}, most=2) == (
        "1 1 before, -1 now; 2 2 before, -2 now; 3 more"
    )


def test_what_is_not_there_is_not_none():
    assert changes({"plan": {"a": 1}}, {"plan": {"a": 1, "b": None}}) == "b none before, None now"
    assert changes({"plan": {"a": 1, "b": None}}, {"plan": {"a": 1}}) == "b None before, none now"


def test_names_that_stand_in_several_places_are_told_apart():
    dev = {"counts": 1, "parts": [1]}
    job = {"plan": {"seed": 0, "dev": "x"}, "recipe": {"seed": 0}, "dev": dev, "train": {"parts": []}}
    other = {**job, "recipe": {"seed": 1}, "dev": {"counts": 2, "parts": [2]}}
    assert changes(job, other) == "recipe.seed 0 before, 1 now; counts 1 before, 2 now; another dev.parts"
