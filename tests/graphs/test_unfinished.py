"""What is kept of a job that was broken off, and what is not."""

import pytest

from graphs.unfinished import MADE_WITH, keeping, take_up


def test_the_same_job_is_taken_up(tmp_path):
    assert not take_up(tmp_path, {"a": (1, 2)}, lasting=True)
    (tmp_path / "part-0").touch()
    assert not take_up(tmp_path, {"a": [1, 2]}, lasting=True)
    assert (tmp_path / "part-0").exists()


@pytest.mark.parametrize(("made_with", "lasting"), [({"a": 2}, True), ({"a": 1}, False)])
def test_another_job_or_one_that_cannot_be_read_again_begins_anew(tmp_path, made_with, lasting):
    take_up(tmp_path, {"a": 1}, lasting=True)
    (tmp_path / "part-0").touch()
    assert take_up(tmp_path, made_with, lasting=lasting)
    assert [path.name for path in tmp_path.iterdir()] == [MADE_WITH]


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
