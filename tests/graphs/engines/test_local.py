import importlib
import os
import subprocess
import sys

import psutil
import pytest

from graphs.engines.local import run
from graphs.errors import DataError

FUNCTIONS = """
import os, signal, time
from graphs.errors import DataError

def slow_square(number):
    time.sleep(0.02 * (3 - number % 3))
    return number * number, os.getpid()

def fail_at_two(number):
    if number == 2:
        raise DataError("a.tsv", 2, "x", "y")
    return number

def die(number):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def functions(tmp_path, monkeypatch):
    """A module that worker processes can import too."""
    (tmp_path / "functions_of_the_engine_test.py").write_text(FUNCTIONS)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("functions_of_the_engine_test")


@pytest.mark.parametrize("workers", [1, 2])
def test_results_in_the_order_of_the_parts(functions, workers):
    results = list(run(functions.slow_square, range(7), workers=workers))
    assert [square for square, _ in results] == [number * number for number in range(7)]
    assert (os.getpid() in {process for _, process in results}) == (workers == 1)


def test_nothing_to_do(functions):
    assert list(run(functions.slow_square, [], workers=2)) == []


def test_parts_are_asked_for_as_they_are_worked_on(functions):
    asked = []

    def parts():
        for number in range(50):
            asked.append(number)
            yield number

    results = run(functions.slow_square, parts(), workers=2)
    next(results)
    assert len(asked) == 4
    results.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_part_is_raised_where_its_result_would_be(functions, workers):
    results = run(functions.fail_at_two, range(9), workers=workers)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(DataError, match=r"a\.tsv:2: expected x, found y"):
        next(results)


def test_an_error_in_reading_parts_ends_the_workers(functions):
    def parts():
        yield 1
        raise DataError("a.tsv", 1, "x", "y")

    with pytest.raises(DataError, match=r"a\.tsv:1"):
        list(run(functions.slow_square, parts(), workers=2))
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def test_the_death_of_a_worker_is_told_in_a_sentence(functions):
    with pytest.raises(ChildProcessError, match=r"a worker process died .* run again to go on"):
        list(run(functions.die, range(2), workers=2))


PARENT = """
import time
from graphs.engines.local import run
if __name__ == "__main__":
    for _ in run(time.sleep, [0] * 2 + [60] * 2, workers=2):
        print("ready", flush=True)
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    (tmp_path / "parent.py").write_text(PARENT)
    with subprocess.Popen([sys.executable, tmp_path / "parent.py"], stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"ready\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) >= 2
        parent.kill()
        parent.wait()
        gone, alive = psutil.wait_procs(children, timeout=20)
    assert (len(gone), alive) == (len(children), [])
