"""Rows of any format as records: what columns hold, when things happened, and what is wrong with them."""

import pytest

from graphs.behaviour_records import Attributes, Event, Friends, Item
from graphs.behaviours.tsv import read
from graphs.errors import DataError, OptionsError, Skipped


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1970-01-02", 86_400.0),
        ("1970-01-01T01:00:00", 3_600.0),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("1970-01-01T00:00:01Z", 1.0),
        ("-5", -5.0),
        ("1e3", 1_000.0),
    ],
)
def test_times(file, said, seconds):
    assert next(read(file("user\titem\ttime", f"u\ta\t{said}"))).time == seconds


def test_friends_attributes_and_labels_are_told_by_their_columns(file):
    assert list(read(file("user\tfriend", "u\tv"))) == [Friends("u", "v")]
    assert list(read(file("town\tuser\tage", "Ghent\tu\t", "nan\tv\t30"))) == [
        Attributes("u", {"town": "Ghent", "age": None}, line=2),
        Attributes("v", {"town": None, "age": "30"}, line=3),
    ]
    assert list(read(file("item\ttitle", "a\tA long way"))) == [Item("a", "A long way", line=2)]
    assert list(read(file("Entity_ID\titem", "Q1\ta"))) == [Item("a", entity="Q1", line=2)]


def test_of_label_and_entity_one_may_be_empty(file):
    path = file("item\tlabel\tentity", "a\tA long way\tQ1", "b\tNan\t ", "c\t\tQ3", "d\t\t")
    bad = Skipped(1)
    said = [("a", "A long way", "Q1"), ("b", "Nan", None), ("c", None, "Q3")]
    assert [item[:3] for item in read(path, bad=bad)] == said
    assert [error.line for error in bad.errors] == [5]
    swapped = read(path, columns={"label": "", "entity": "label"})
    assert next(swapped) == Item("a", entity="A long way", line=2)


def test_columns_by_other_names(file):
    path = file("who\tuser\twhat\twhen", "u\tx\ta\t1")
    columns = {"user": "who", "item": "what", "time": "when"}
    assert list(read(path, columns=columns)) == [Event("u", "a", 1.0)]
    assert list(read(path, columns={**columns, "time": ""})) == [Event("u", "a")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "1: expected a header line, found an empty file"),
        (["who\twhat", "u\ta"], "1: expected a column for user or for item, found the header 'who, what'"),
        (["item", "a"], "1: expected a column for the label or the entity of an item, or for the user of an event"),
        (["item\tentity", "a\t "], "2: expected a name as entity, found ' '"),
        (["item\tlabel\tentity", "a\t\t"], "2: expected a name as label, found ''"),
        (
            ["user\tuserid\titem", "u\tu\ta"],
            "1: expected one column for user .say which with columns., found 'user' and",
        ),
        (
            ["user;item", "u;a"],
            r"1: expected a column for .*'user;item' .parted by ';'. --format csv --delimiter takes",
        ),
        (["user\titem", "u"], r"2: expected 2 columns \(user, item\), found 1: 'u'"),
        (["user\titem", " \ta"], "2: expected a name as user, found ' '"),
        (
            ["user\titem\ttime", "u\ta\tsoon"],
            "2: expected a time .a number, or a date as 2024-05-31 or 2024-05-31T12:3",
        ),
        (["user\titem\ttime", "u\ta\tnan"], "2: expected a time"),
        (["user\titem\ttime", "u\ta\t1_0"], "2: expected a time"),
        (["user\titem\ttime", "u\ta\t1", "u\ta\t2024-05-31"], "3: expected a number as time, as in the lines before"),
        (["user\titem\tvalue", "u\ta\tgood"], "2: expected a finite number, found 'good'"),
        (["user\titem\tvalue", "u\ta\t-1e39"], r"2: expected a number of at most 3.403e\+38, found -1e\+39"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(file, lines, message):
    with pytest.raises(DataError, match=rf"behaviour.tsv:{message}"):
        list(read(file(*lines)))


def test_columns_that_there_are_not(file):
    with pytest.raises(DataError, match=r"expected a column 'usr' for user \(did you mean 'user'\?\)"):
        list(read(file("user\titem", "u\ta"), columns={"user": "usr"}))
    with pytest.raises(DataError, match="expected a column for item and another for user, found 'id'"):
        list(read(file("id\tx", "u\ta"), columns={"user": "id", "item": "id"}))
    with pytest.raises(OptionsError, match="a file of behaviour has no field 'usr'"):
        list(read(file("user\titem", "u\ta"), columns={"usr": "user"}))
