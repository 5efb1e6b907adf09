"""The log of a training grows, is wound back, and is never quietly short."""

import json
from pathlib import Path

import pytest

from graphs.errors import StoreError
from kbert.metrics_log import MetricsLog, read


def write(path: Path, *records: dict[str, object], keep: int = 0) -> int:
    with MetricsLog(path, keep=keep) as log:
        for record in records:
            log.write(record)
        log.sync()
        return log.count


def test_records_come_back(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    records = [{"step": 1, "loss": 0.1}, {"dev": {"f1": 1.0}, "name": "a\u2028b\x85c\n"}]
    assert write(path, *records) == 2
    assert read(path) == records
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]] == records


def test_a_record_is_there_at_once(tmp_path: Path) -> None:
    with MetricsLog(tmp_path / "log", keep=0) as log:
        log.write({"step": 1})
        assert read(tmp_path / "log") == [{"step": 1}]


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_wound_back(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "log"
    write(path, *({"step": i} for i in range(3)))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"step": 3, "lo')  # the process was killed here
    assert write(path, {"step": "new"}, keep=keep) == keep + 1
    assert read(path) == [*({"step": i} for i in range(keep)), {"step": "new"}]


def test_fewer_records_than_the_checkpoint_has_seen(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write(path, {"step": 0})
    with pytest.raises(StoreError, match="log: expected the 2 records up to the checkpoint, found 1"):
        MetricsLog(path, keep=2)
    with pytest.raises(StoreError, match="expected the 1 records up to the checkpoint, found 0"):
        MetricsLog(tmp_path / "none", keep=1)
    assert read(path) == [{"step": 0}]


def test_a_damaged_line(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"step": 0}\n{"st\n', encoding="utf-8")
    with pytest.raises(StoreError, match="log:2: expected a record as JSON, found"):
        read(tmp_path / "log")


def test_what_is_no_json_is_not_written(tmp_path: Path) -> None:
    with MetricsLog(tmp_path / "log", keep=0) as log, pytest.raises(ValueError, match="not JSON compliant"):
        log.write({"loss": float("nan")})
