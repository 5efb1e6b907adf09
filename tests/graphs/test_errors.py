import pickle

import pytest

from graphs.errors import DataError, Skipped, StoreError, TooManyBadLinesError, did_you_mean, shown, stop


def test_what_an_error_says():
    assert str(DataError("a.tsv", 3, "3 columns", "2")) == "a.tsv:3: expected 3 columns, found 2"
    assert str(DataError("a.tsv", None, "a file", "nothing there")) == "a.tsv: expected a file, found nothing there"


@pytest.mark.parametrize("kind", [DataError, StoreError, TooManyBadLinesError])
def test_errors_travel_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind("a.tsv", 3, "3 columns", "2")))
    assert (type(error), error.file, error.line, error.expected, error.found) == (kind, "a.tsv", 3, "3 columns", "2")


def test_the_first_bad_line_stops():
    with pytest.raises(DataError, match=r"a\.tsv:1: expected x, found y"):
        stop(DataError("a.tsv", 1, "x", "y"))


def test_some_bad_lines_are_passed_over_and_kept():
    skipped = Skipped(2)
    errors = [DataError("a.tsv", line, "x", "y") for line in range(3)]
    skipped(errors[0])
    skipped(errors[1])
    with pytest.raises(TooManyBadLinesError, match=r"a\.tsv:2: expected x, found y \(bad line 3, 2 allowed\)"):
        skipped(errors[2])
    assert skipped.errors == errors[:2]


def test_none_allowed():
    with pytest.raises(DataError, match=r"a\.tsv:1: expected x, found y$"):
        Skipped(0)(DataError("a.tsv", 1, "x", "y"))


def test_values_in_messages():
    assert shown("a\tb\n") == r"'a\tb\n'"
    assert shown("x" * 100, width=10) == "'xxxxxxxx…"
    assert len(shown("x" * 100)) == 60


def test_a_copy_goes_on_from_the_same_bad_lines():
    skipped = Skipped(2)
    skipped(DataError("a.tsv", 3, "3 columns", "2"))
    copied = skipped.copy()
    copied(DataError("a.tsv", 4, "3 columns", "2"))
    with pytest.raises(TooManyBadLinesError, match="bad line 3, 2 allowed"):
        copied(DataError("a.tsv", 5, "3 columns", "2"))
    assert [error.line for error in skipped.errors] == [3]


def test_names_that_look_the_same_are_told_apart():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert did_you_mean(decomposed, [composed, "coffee"], most=3) == (
        r" (did you mean 'caf\xe9'? The one asked for is 'cafe\u0301', the same letters written otherwise)"
    )
    assert did_you_mean("caf", [composed]) == f" (did you mean '{composed}'?)"
