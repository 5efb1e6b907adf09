"""What reaches a person: no markup, no steering characters, nothing wrapped where there is no terminal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import console
from graphs.types import Candidate, Mention, TextGraph

HOSTILE = "[red]x[/red] <script>alert(1)</script> \x1b[31mred\x1b[0m \x9b31m \x07 a\nb\tc \u202egnp.exe :smile:"


def steering(text):
    """Characters that could move the cursor, change colours or turn the text."""
    return [
        c for c in text if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067"
    ]


@given(st.text())
def test_plain_text_is_one_line_without_steering_characters(text):
    assert not steering(console.plain(text))
    assert len(console.plain(text).splitlines()) <= 1


def test_plain_text_shows_what_was_there():
    assert console.plain("a\x1b[31mb\n") == r"a\x1b[31mb\n"
    assert console.plain("Straße 北京 ") == "Straße 北京 "


def test_records_become_values_by_name():
    graph = TextGraph("1", ("a",), mentions=(Mention(0, 0, 1, "x", candidates=(Candidate("x", 0.5),)),))
    found = console.named(graph)
    assert json.loads(json.dumps(found)) == found
    assert found["texts"] == ["a"]
    assert found["mentions"][0]["candidates"] == [{"entity": "x", "score": 0.5}]
    assert found["target"]["label"] is None


def test_tables_show_hostile_text_as_it_is_written(capsys):
    console.table(HOSTILE, (HOSTILE, "n"), [(HOSTILE, "1")], right=(1,))
    shown = capsys.readouterr().out
    assert "[red]x[/red] <script>alert(1)</script>" in shown
    assert ":smile:" in shown
    assert r"\x1b[31mred\x1b[0m \x9b31m \x07 a\nb\tc \u202egnp.exe" in shown
    assert not steering(shown.replace("\n", ""))


def test_tables_without_names_have_no_header(capsys):
    console.counts_table("counted", {"linked_share": 0.25, "texts": 1234})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "counted"
    assert len(lines) == 5
    assert "linked share" in lines[2]
    assert "0.2500" in lines[2]
    assert "1,234" in lines[3]


def test_a_table_of_nothing_says_so(capsys):
    console.counts_table("read", {})
    assert capsys.readouterr().out.splitlines() == ["read", "nothing"]


def test_nothing_is_wrapped_where_there_is_no_terminal(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    long = "word " * 200
    console.line(long)
    console.table("t", ("a", "b"), [(long, long)])
    assert capsys.readouterr().out.count(long.strip()) == 3


def test_columns_says_how_wide_a_table_may_be(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    console.table("t", ("a", "b"), [("word " * 20, "x")])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


def test_notices_go_to_standard_error(capsys):
    console.say("a\x1b[2Jb")
    console.say("unheard", quiet=True)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "a\\x1b[2Jb\n")


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(console, "time", made)
    return made


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(capsys, clock):
    with console.bar("steps", 100) as bar:
        bar.advance(5)
        assert capsys.readouterr().err == ""
        clock.now += 10
        bar.advance(15, "loss 0.5")
        assert capsys.readouterr().err == "steps 20/100 (2.0/s, 40 s left) loss 0.5\n"
        clock.now += 10
        bar.update(20)
        assert capsys.readouterr().err == "steps 20/100 (1.0/s, 80 s left)\n"
        clock.now += 380
        bar.update(20)
        assert capsys.readouterr().err == "steps 20/100 (20 s each, 1,600 s left)\n"


def test_progress_without_an_end(capsys, clock):
    with console.bar("records") as bar:
        clock.now += 20
        bar.update(1000)
    assert capsys.readouterr().err == "records 1,000 (50.0/s)\n"


def test_quiet_progress_says_nothing(capsys, clock):
    with console.bar("steps", 100, quiet=True) as bar:
        clock.now += 60
        bar.advance(5)
    assert capsys.readouterr().err == ""


def test_progress_on_a_terminal_shows_speed_and_time_left(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    with console.bar("steps", 10) as bar:
        bar.update(5, "epoch 1 loss 0.5000")
        bar.update(10, "epoch 2 loss [0.2500]")
    shown = capsys.readouterr().err
    assert "steps" in shown
    assert "10/10" in shown
    assert "epoch 2 loss [0.2500]" in shown
    assert "left" in shown
