"""Behaviour in tab-separated tables."""

from graphs.behaviour_records import Event
from graphs.behaviours.tsv import read
from graphs.errors import Skipped


def test_events(file):
    path = file("User_ID\titem\trating\tother\ttimestamp", "u\ta\t3.5\tx\t10", "u\tb\t\ty\t11.5")
    assert list(read(path)) == [Event("u", "a", 10.0, 3.5), Event("u", "b", 11.5, None)]


def test_events_without_a_time(file):
    assert list(read(file("user\titem", "u\ta"))) == [Event("u", "a")]


def test_bad_lines_are_passed_over_where_asked(file):
    bad = Skipped(1)
    assert [event.item for event in read(file("user\titem", "u", "u\tb"), bad=bad)] == ["b"]
    assert len(bad.errors) == 1
