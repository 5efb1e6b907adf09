"""Values of JSON objects: their types are seen to, and what is wrong is named with its line and place."""

import math

import pytest

from graphs.corpora._objects import Object, as_object, decoded
from graphs.errors import DataError


def of(line: str, **columns: str) -> Object:
    return decoded("a.jsonl", 3, line, columns)


def test_values_of_each_type() -> None:
    item = of('{"s": "x", "i": 4, "f": 1.5, "l": ["a"], "n": [1, 2.5], "o": {"k": 1}, "no": null, "b": true}')
    assert (item.string("s"), item.name("i"), item.name("b"), item.integer("i")) == ("x", "4", "true", 4)
    assert (item.number("f"), item.number("i"), item.numbers("n"), item.strings("l")) == (1.5, 4.0, (1.0, 2.5), ("a",))
    assert item.object("o").get("k") == 1
    for read in (item.string, item.name, item.number, item.numbers, item.items, item.strings):
        assert read("no") is None
        assert read("missing") is None
    assert item.integer("no", 7) == 7
    assert list(item.objects("no")) == []


@pytest.mark.parametrize(
    ("read", "written", "message"),
    [
        ("string", "1", "a string that is not blank as v, found 1"),
        ("string", '" "', "a string that is not blank as v, found ' '"),
        ("name", "1.5", r"a string or a whole number as v, found 1\.5"),
        ("name", "[]", r"a string or a whole number as v, found \[\]"),
        ("integer", "true", "a whole number as v, found True"),
        ("integer", "2.0", r"a whole number as v, found 2\.0"),
        ("number", '"2"', "a finite number as v, found '2'"),
        ("number", "false", "a finite number as v, found False"),
        ("number", f"1{'0' * 400}", "a finite number as v, found 1000"),
        ("numbers", "[1, null]", "a finite number as v, found None"),
        ("items", "{}", "a list as v, found {}"),
        ("strings", '["a", ""]', r"a list of strings as v, found \['a', ''\]"),
        ("object", "[]", r"an object as v, found \[\]"),
    ],
)
def test_values_of_another_type(read: str, written: str, message: str) -> None:
    with pytest.raises(DataError, match=rf"^a\.jsonl:3: expected {message}"):
        getattr(of(f'{{"v": {written}}}'), read)("v")


def test_columns_that_the_user_names() -> None:
    assert of('{"tweet": "x"}', text="tweet").string("text") == "x"
    assert of('{"text": "x"}', text="").string("text") is None
    with pytest.raises(DataError, match=r"jsonl:3: expected a key 'tweet' for text, found the keys 'text'"):
        of('{"text": "x"}', text="tweet").string("text")


def test_places_inside() -> None:
    item = of('{"mentions": [{"start": 0}, {"start": "1"}]}')
    _, second = item.objects("mentions")
    with pytest.raises(DataError, match=r"expected a whole number as start in mentions\[1\], found '1'"):
        second.integer("start")
    with pytest.raises(DataError, match=r"expected a list of objects as m, found 4"):
        list(of('{"m": [4]}').objects("m"))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('{"start": 0, "end": 5}', "a span inside its text of 4 characters, found 0 to 5"),
        ('{"start": 2, "end": 2}', "a span inside its text of 4 characters, found 2 to 2"),
        ('{"start": -1, "end": 2}', "a span inside its text of 4 characters, found -1 to 2"),
        ('{"text": 2, "start": 0, "end": 1}', r"the number of one of the 2 texts \(from 0\), found 2"),
    ],
)
def test_spans_outside(written: str, message: str) -> None:
    assert of('{"text": 1, "start": 1, "end": 3}').span(("text", "abc")) == (1, 1, 3)
    with pytest.raises(DataError, match=message):
        of(written).span(("text", "abc"))


def test_scores() -> None:
    assert (of("{}").score(), of('{"score": 0}').score(), of('{"score": 0.25}').score()) == (1.0, 0.0, 0.25)
    with pytest.raises(DataError, match=r"a score from 0 to 1, found 1\.5"):
        of('{"score": 1.5}').score()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[]", r"an object, found '\[\]'"),
        ('{"a": 1, "a": 2}', "JSON, found the key 'a' twice in one object"),
        ('{"a": NaN}', "JSON, found NaN, which JSON does not have"),
        ('{"a": 1', "JSON, found Expecting"),
        ("[" * 100_000, "JSON, found lists or objects nested too deeply"),
        (r'{"a": "\ud800"}', "Unicode text, found half of a surrogate pair"),
    ],
)
def test_what_is_no_object(line: str, message: str) -> None:
    with pytest.raises(DataError, match=rf"^a\.jsonl:3: expected {message}"):
        of(line)


def test_both_halves_of_a_surrogate_pair_are_a_character() -> None:
    assert of(r'{"a": "\ud83d\ude00"}').string("a") == "😀"


def test_a_value_that_was_read() -> None:
    assert as_object("a.json", 1, "{}", {"k": math.pi}).number("k") == math.pi
    with pytest.raises(DataError, match=r"expected an object in the list, found '4'"):
        as_object("a.json", 1, "4", 4, " in the list")
