"""What files say that do not agree is told with file and line, and passed over where that is asked for."""

import numpy as np
import pytest

from graphs.behaviour_gathered import Gathered, number_of
from graphs.behaviour_recipe import BehaviourRecipe
from graphs.behaviour_records import Attributes, Event, Friends, Item
from graphs.errors import DataError, OptionsError, Skipped


def of(*files, numbers=()):
    """What is gathered of records of some files."""
    gathered = Gathered(frozenset(numbers))
    for place, records in enumerate(files, 1):
        gathered.take(f"{place}.tsv", records)
    return gathered


def test_what_each_file_holds_is_counted():
    gathered = of([Event("u", "a"), Event("v", "b")], [Friends("u", "v"), Item("a", "A Way")], [Attributes("u", {})])
    assert gathered.holds == {"1.tsv": {"events": 2}, "2.tsv": {"friends": 1, "items": 1}, "3.tsv": {"users": 1}}
    assert (gathered.user.tolist(), gathered.item.tolist()) == ([0, 1], [0, 1])


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (
            [Attributes("u", {"x": "1"}, line=2), Attributes("u", {"x": "2"}, line=7)],
            "1.tsv:7: expected one x of the user u, found '2' after '1'",
        ),
        ([Attributes("u", {"age": "old"}, line=3)], "1.tsv:3: expected a number as age, found 'old'"),
        ([Attributes("u", {"age": "1e39"}, line=3)], "1.tsv:3: expected a number as age, found '1e39'"),
        (
            [Item("a", "A Way", line=2), Item("a", "A Road", line=3)],
            "1.tsv:3: expected one label of the item a, found 'A Road' after 'A Way'",
        ),
        (
            [Item("a", "A Way", "Q1", 2), Item("a", "A Way", "Q2", 3)],
            "1.tsv:3: expected one entity of the item a, found 'Q2' after 'Q1'",
        ),
    ],
)
def test_a_line_that_says_otherwise_is_told_or_passed_over(records, message):
    with pytest.raises(DataError, match=f"^{message}$"):
        of(records, numbers=("age",))
    gathered, bad = Gathered(frozenset({"age"})), Skipped(1)
    gathered.take("1.tsv", records, bad=bad)
    assert [str(error) for error in bad.errors] == [message]
    first = Gathered(frozenset({"age"}))
    first.take("1.tsv", records[:-1])
    assert (gathered.told, gathered.labels, gathered.entities) == (first.told, first.labels, first.entities)


def test_times_are_of_one_kind_in_all_files():
    dated = Event("u", "a", 0.0, dated=True)
    with pytest.raises(DataError, match=r"2.tsv: expected times that are dates, as in 1.tsv, found numbers"):
        of([dated], [Event("u", "a", 4.0)])
    with pytest.raises(DataError, match=r"2.tsv: expected times that are numbers, as in 1.tsv, found dates"):
        of([Event("u", "a", 4.0)], [dated])
    for files in ([[Event("u", "a")], [dated]], [[dated], [Event("u", "a")]]):
        with pytest.raises(DataError, match=r"[12].tsv: expected a time for all events, as in [12].tsv, or for none"):
            of(*files)


def test_attributes_are_numbers_or_names():
    said = [Attributes("u", {"x": "1", "y": "1", "z": "a", "big": "1e39"}), Attributes("v", {"x": "2", "y": None})]
    kinds, columns = of(said).attributes(["v", "u"], BehaviourRecipe(categories=("y",)))
    assert kinds == {"x": "number", "y": "category", "z": "category", "big": "category"}
    assert columns["x"].to_pylist() == [2.0, 1.0]
    assert columns["y"].to_pylist() == [None, "1"]


def test_an_attribute_of_mixed_types_is_told_by_its_line():
    said = [[Attributes("u", {"x": "1"}, line=2)], [Attributes("v", {"x": "a"}, line=9)]]
    with pytest.raises(
        DataError,
        match=r"^2.tsv:9: expected numbers alone as x, or names .say --number x, .*'a' of the user v, beside '1'",
    ):
        of(*said).attributes(["u", "v"], BehaviourRecipe())
    kinds, columns = of(*said).attributes(["u", "v"], BehaviourRecipe(categories=("x",)))
    assert (kinds["x"], columns["x"].to_pylist()) == ("category", ["1", "a"])


def test_attributes_that_no_file_tells():
    with pytest.raises(OptionsError, match=r"no attribute 'aeg' \(did you mean 'age'\?\); there are: age"):
        of([Attributes("u", {"age": "3"})]).attributes(["u"], BehaviourRecipe(numbers=("aeg",)))
    with pytest.raises(OptionsError, match="an attribute cannot be called 'user'"):
        of([Attributes("u", {"user": "3"})]).attributes(["u"], BehaviourRecipe())


@pytest.mark.parametrize("text", ["3.4028234e38", "-1e30", "7"])
def test_numbers_are_those_that_32_bits_hold(text):
    assert number_of(text) == float(text)
    assert np.isfinite(np.float32(number_of(text)))


@pytest.mark.parametrize("text", ["3.5e38", "inf", "nan", "seven"])
def test_what_is_no_number(text):
    assert number_of(text) is None
