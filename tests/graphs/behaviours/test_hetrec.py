"""Behaviour in the files of HetRec 2011."""

from datetime import UTC, datetime

import pytest

from graphs.behaviour_records import Event, Friends, Item
from graphs.behaviours.hetrec import read
from graphs.errors import DataError


def written(tmp_path, *lines):
    (tmp_path / "x.dat").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return tmp_path / "x.dat"


def test_taggings_on_a_day(tmp_path):
    path = written(tmp_path, "userID\tartistID\ttagID\tday\tmonth\tyear", "2\t52\t13\t1\t4\t2009")
    assert list(read(path)) == [Event("2", "52", datetime(2009, 4, 1, tzinfo=UTC).timestamp(), dated=True)]


def test_ratings_at_a_second(tmp_path):
    names = "userID\tmovieID\trating\tdate_day\tdate_month\tdate_year\tdate_hour\tdate_minute\tdate_second"
    path = written(tmp_path, names, "75\t3\t1\t29\t10\t2006\t23\t17\t16")
    assert list(read(path)) == [
        Event("75", "3", datetime(2006, 10, 29, 23, 17, 16, tzinfo=UTC).timestamp(), 1.0, dated=True)
    ]


def test_milliseconds(tmp_path):
    path = written(tmp_path, "userID\tartistID\ttagID\ttimestamp", "2\t52\t13\t1238536800000")
    assert list(read(path)) == [Event("2", "52", 1238536800.0, dated=True)]


def test_listenings_contacts_and_names(tmp_path):
    assert list(read(written(tmp_path, "userID\tartistID\tweight", "2\t51\t13883"))) == [
        Event("2", "51", None, 13883.0)
    ]
    assert list(read(written(tmp_path, "userID\tfriendID", "2\t275"))) == [Friends("2", "275")]
    assert list(read(written(tmp_path, "id\tname\turl", "1\tA Band\thttp://x"))) == [Item("1", "A Band", line=2)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["userID\tartistID\tday\tmonth\tyear", "2\t52\t31\t2\t2009"],
            "day, month and year of a date, found '31 2 2009'",
        ),
        (["userID\tartistID\ttimestamp", "2\t52\t1e3"], "milliseconds since 1970, found '1e3'"),
    ],
)
def test_no_dates(tmp_path, lines, message):
    with pytest.raises(DataError, match=rf"x.dat:2: expected {message}"):
        list(read(written(tmp_path, *lines)))
