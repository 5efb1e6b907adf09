"""Where lines of output go."""

from pathlib import Path

import pytest

from cli.lines import destination, writer
from graphs.errors import OptionsError


def test_standard_output(capsys):
    assert destination(None, overwrite=False) is destination(Path("-"), overwrite=False) is None
    with writer(None) as write:
        write("a")
    assert capsys.readouterr().out == "a\n"


def test_standard_output_is_not_overwritten():
    for out in (None, Path("-")):
        with pytest.raises(OptionsError, match="--overwrite replaces a file: name one with --out"):
            destination(out, overwrite=True)


def test_nothing_in_a_line_steers_a_terminal(capsys, monkeypatch):
    with writer(None) as write:
        write("a\t\x1b[31m")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with writer(None) as write:
        write("a\t\x1b[31m")
    assert capsys.readouterr().out == "a\t\x1b[31m\na\t\\x1b[31m\n"


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "x.tsv"
    with writer(destination(path, overwrite=False)) as write:
        write("é")
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "é\n"
    with pytest.raises(OptionsError, match=r"x\.tsv is there already: name another file, or pass --overwrite"):
        destination(path, overwrite=False)
    with pytest.raises(ZeroDivisionError), writer(destination(path, overwrite=True)) as write:
        write(str(1 / 0))
    assert path.read_text(encoding="utf-8") == "é\n"
    assert list(path.parent.iterdir()) == [path]
