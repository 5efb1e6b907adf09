"""Files of a run: what is not as it should be is said with its place; texts are known again."""

import json

import numpy as np
import pytest

from graphs.errors import OptionsError, StoreError
from graphs.files import write_json
from graphs.folders import locked
from kbert.protocol import KnownTexts
from kbert.run_files import (
    check_name,
    in_use,
    name_after,
    own_predictions,
    read_json,
    read_known,
    read_predictions,
    run_format,
    write_known,
)

SHAPE = {"plan": {"seed": int, "rate": float}, "files": [{"sha256": (str, None)}], "dev": ({"n": int}, None)}
GOOD = {"plan": {"seed": 1, "rate": 0.5, "more": None}, "files": [{"sha256": None}, {"sha256": "x"}], "dev": None}


@pytest.fixture
def read(tmp_path):
    def reading(value):
        (tmp_path / "x.json").write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return read_json(tmp_path / "x.json", SHAPE)

    return reading


def test_what_is_as_it_should_be(read):
    assert read(GOOD) == GOOD
    read({**GOOD, "dev": {"n": 3}, "plan": {"seed": 1, "rate": 2}, "files": []})


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ("{", "expected whole JSON"),
        ([], r"expected an object, found \[\]"),
        ({"plan": GOOD["plan"]}, "expected files, found nothing"),
        ({**GOOD, "plan": {"seed": "1", "rate": 1}}, "expected a whole number as plan.seed, found '1'"),
        ({**GOOD, "files": [{"sha256": 3}]}, r"expected a string as files\[0\].sha256, found 3"),
        ({**GOOD, "dev": {}}, "expected dev.n, found nothing"),
    ],
)
def test_what_is_not_is_refused_with_its_place(read, odd, message):
    with pytest.raises(StoreError, match=f"x.json: {message}"):
        read(odd)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(StoreError, match=r"x.json: expected a file of the run, found nothing there"):
        read_json(tmp_path / "x.json", {})


def test_texts_that_a_run_has_seen_are_kept(tmp_path):
    assert read_known(tmp_path) == KnownTexts(None, None)
    write_known(tmp_path, KnownTexts(np.array([5, -3, 5]), None))
    known = read_known(tmp_path)
    assert (known.train.tolist(), known.dev) == ([-3, 5], None)
    write_known(tmp_path, KnownTexts(np.array([2**62]), np.array([1]), np.array([7, 6])))
    known = read_known(tmp_path)
    assert (known.train.tolist(), known.dev.tolist(), known.pretrained.tolist()) == ([2**62], [1], [6, 7])
    (tmp_path / "texts.safetensors").write_bytes(b"x")
    with pytest.raises(StoreError, match="expected a whole safetensors file"):
        read_known(tmp_path)


def test_which_kind_of_run(tmp_path):
    with pytest.raises(StoreError, match=r"expected a run \(see kbert train\), found a folder without run\.json"):
        run_format(tmp_path)
    (tmp_path / "run.json").write_text('{"format": "kbert run"}', encoding="utf-8")
    assert run_format(tmp_path) == "kbert run"


def test_names_of_predictions():
    for name in ("test", "a-b_c.1", "词"):
        check_name(name, "predictions")
    for name in ("", "../x", "a/b", ".x", "x\n"):
        with pytest.raises(OptionsError, match="a name of predictions has letters, digits"):
            check_name(name, "predictions")


@pytest.mark.parametrize("text", ["plain", "with spaces", "../up", ".hidden", "(?)", "", "事实 1", "a/b\\c"])
def test_names_after_anything(text):
    assert check_name(name_after(text), "predictions") == name_after(name_after(text))
    assert name_after("plain") == "plain"


def test_predictions_are_read_by_name(tmp_path):
    with pytest.raises(StoreError, match=r"expected predictions on 'dev' \(kbert evaluate makes them\), found none"):
        read_predictions(tmp_path, "dev", {})
    (tmp_path / "predictions").mkdir()
    for name in ("b", "a"):
        write_json(tmp_path / "predictions" / f"{name}.json", {"users": 3})
    assert read_predictions(tmp_path, "a", {"users": int}) == {"users": 3}
    with pytest.raises(StoreError, match=r"expected predictions on 'dev' .* found a, b$"):
        read_predictions(tmp_path, "dev", {})
    with pytest.raises(StoreError, match=r"a.json: expected ranks, found nothing"):
        read_predictions(tmp_path, "a", {"ranks": [{}]})


def test_predictions_of_one_name_are_made_by_one_process_at_a_time(tmp_path):
    with own_predictions(tmp_path, "test") as path, own_predictions(tmp_path, "other"), in_use(tmp_path):
        assert path == tmp_path / "predictions" / "test.json"
        path.write_text("{}", encoding="utf-8")
        with (
            pytest.raises(StoreError, match="expected no other evaluation under this name, found one at work"),
            own_predictions(tmp_path, "test"),
        ):
            pass
        with (
            pytest.raises(StoreError, match="expected no training, found one at work"),
            locked(tmp_path, "training"),
        ):
            pass
    with own_predictions(tmp_path, "test"):
        pass
    assert list((tmp_path / "predictions").iterdir()) == [path]


def test_nothing_is_predicted_during_a_training(tmp_path):
    with (
        locked(tmp_path / "run", "training"),
        pytest.raises(StoreError, match="expected no training of this run, found one at work"),
        own_predictions(tmp_path / "run", "test"),
    ):
        pass
    assert not (tmp_path / "run").exists()
