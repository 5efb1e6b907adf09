"""What is said of one user."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.behaviour_build import build_behaviour
from graphs.behaviour_recipe import BehaviourRecipe
from graphs.errors import OptionsError
from graphs.rooms import Part
from kbert.behaviour.about_user import _date, about_user


@pytest.fixture
def graph_of(tmp_path):
    def make(*tables):
        sources = []
        for number, lines in enumerate(tables):
            path = tmp_path / f"{number}.tsv"
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            sources.append((str(path), Part("tsv")))
        return build_behaviour(tmp_path / "graph", sources, BehaviourRecipe(), overwrite=True)

    return make


def test_dates_values_friends_and_splits(graph_of):
    events = [
        "user\titem\ttime\tvalue",
        "ada\tb\t2024-05-01\t4",
        "ada\ta\t2024-05-03T12:30:00\t",
        "ada\tc\t2024-06-01\t",
    ]
    graph = graph_of(
        [*events, "ben\ta\t2024-05-02\t", "eve\ta\t2024-05-02\t", "eve\ta\t2024-05-01\t2"],
        ["user\tage\ttown", "ada\t31\tGhent", "ben\t\tBruges"],
        ["user\tfriend", "eve\tada", "ada\tben"],
        ["item\tlabel", "a\tA Way"],
    )
    ada = about_user(graph, "ada")
    assert ada["attributes"] == {"age": 31.0, "town": "Ghent"}
    assert ada["friends"] == ["ben", "eve"]
    assert ada["events"] == [
        {"item": "b", "label": "b", "time": 1714521600.0, "date": "2024-05-01", "value": 4.0, "split": "learnt"},
        {"item": "a", "label": "A Way", "time": 1714739400.0, "date": "2024-05-03T12:30:00", "split": "dev"},
        {"item": "c", "label": "c", "time": 1717200000.0, "date": "2024-06-01", "split": "test"},
    ]
    assert [event["split"] for event in about_user(graph, "eve")["events"]] == ["learnt", "learnt"]
    with pytest.raises(OptionsError, match=r"has no user 'evee' \(did you mean 'eve'\?\)"):
        about_user(graph, "evee")


def test_numbers_and_unknown_times(graph_of):
    (event,) = about_user(graph_of(["user\titem\ttime", "u\ta\t1714521600"]), "u")["events"]
    assert event == {"item": "a", "label": "a", "time": 1714521600.0, "split": "learnt"}
    (event,) = about_user(graph_of(["user\titem", "u\ta"]), "u")["events"]
    assert event == {"item": "a", "label": "a", "split": "learnt"}


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_date_is_the_time_it_was_told_as(moment):
    """Numbers are of double precision: around the year 9999 they tell no single microseconds apart."""
    again = datetime.fromisoformat(_date(moment.timestamp())["date"]).replace(tzinfo=UTC)
    assert abs((again - moment).total_seconds()) < 1e-4


def test_dates_that_python_does_not_know():
    """A clock ahead of UTC puts the first hours of the year 1 into the year 0."""
    told = datetime.fromisoformat("0001-01-01T02:00:00+14:00")
    assert _date(told.timestamp()) == {"date": "0000-12-31T12:00:00"}
