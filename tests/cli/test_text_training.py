"""What all trainings on text graphs say and refuse."""

import pytest

from cli.text_training import check_patience, show_training
from graphs.errors import OptionsError


def test_patience_needs_dev():
    check_patience({"patience": 0}, None)
    check_patience({"patience": 2}, "dev")
    with pytest.raises(OptionsError, match="--patience waits for a better dev, so it needs --dev"):
        check_patience({"patience": 2}, None)


RESULT = {"epochs": 3, "best_epoch": 2, "linked_share": 0.25, "cut": {"train": {"texts": 7}, "dev": {}}}


def test_what_came_of_a_training(capsys, tmp_path):
    show_training(tmp_path, RESULT | {"dev": {"accuracy": 0.5, "texts": 1200}, "protocol": "accuracy over 1,200 texts"})
    told = capsys.readouterr().out
    for row in (("dev accuracy", "0.5000"), ("dev texts", "1,200"), ("best epoch", "2 of 3"), ("of train", "25.0%")):
        assert any(all(part in line for part in row) for line in told.splitlines()), row
    assert any("texts cut in train" in line and "7" in line for line in told.splitlines())
    assert told.rstrip().endswith("accuracy over 1,200 texts")


def test_without_dev_the_last_epoch_is_kept(capsys, tmp_path):
    show_training(tmp_path, RESULT)
    told = capsys.readouterr().out
    assert "there is no dev to choose one" in told
    assert "best epoch" not in told
