"""Options of parts, read from source, agree with what Python itself says of the signatures."""

import importlib
import inspect
import sys

import pytest

from cli.commands.list import ROOMS
from cli.parts import Slot, chosen_options, options_of, summary_of
from graphs import rooms
from graphs.errors import DataError

PARTS = [(slot, part) for slot in ROOMS.values() for part in rooms.names(slot.room)]
IDS = [f"{slot.room}.{part}" for slot, part in PARTS]

OUTSIDE = '''"""A linker from elsewhere.

More about it.
"""

from typing import Literal


class Linker:
    """Finds nothing.

    Args:
        depth: how deep to look,
            at most
        mode: which way
    """

    def __init__(self, kg, *, depth: int = 2, mode: Literal["up", "down"] = "up", fold_case: bool = True) -> None:
        pass
'''


@pytest.mark.parametrize(("slot", "part"), PARTS, ids=IDS)
def test_options_are_those_of_the_signature(slot, part):
    holder = getattr(importlib.import_module(f"{slot.room}.{part}"), slot.holder)
    signature = inspect.signature(holder).parameters.values()
    expected = {p.name: p.default for p in signature if p.kind is p.KEYWORD_ONLY and p.name not in slot.skip}
    assert {option.name: option.default for option in options_of(slot, part)} == expected


@pytest.mark.parametrize(("slot", "part"), PARTS, ids=IDS)
def test_every_option_of_a_part_says_what_it_does(slot, part):
    assert summary_of(slot.room, part).endswith(".") or ":" in summary_of(slot.room, part)
    assert all(option.help for option in options_of(slot, part)), part


@pytest.fixture
def outside(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "__init__.py").touch()
    (tmp_path / "elsewhere" / "finder.py").write_text(OUTSIDE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "elsewhere", raising=False)
    return tmp_path / "elsewhere" / "finder.py"


LINKER = ROOMS["linkers"]


def test_a_part_outside_the_repository_has_options_too(outside):
    depth, mode, fold_case = options_of(LINKER, "elsewhere.finder")
    assert (depth.kind, depth.default, depth.help) == ("int", 2, "how deep to look, at most")
    assert (mode.kind, mode.choices) == ("str", ("up", "down"))
    assert fold_case.help == ""
    assert summary_of(LINKER.room, "elsewhere.finder") == "A linker from elsewhere."


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("depth: str | None = None", ("str", None, ())),
        ("depth: int | None = 3", ("int", 3, ())),
        ("depth: bool | None = None", ("bool", None, ())),
        ('depth: Literal["a", "b"] | None = None', ("str", None, ("a", "b"))),
        ("depth: float = 1", ("float", 1, ())),
        ("depth: int = -1", ("int", -1, ())),
    ],
)
def test_types_and_defaults(outside, written, expected):
    outside.write_text(OUTSIDE.replace("depth: int = 2", written), encoding="utf-8")
    depth = options_of(LINKER, "elsewhere.finder")[0]
    assert (depth.kind, depth.default, depth.choices) == expected


@pytest.mark.parametrize(
    "written",
    [
        "depth: list = ()",
        "depth: int | str = 2",
        "depth: int | str | None = None",
        "depth: Literal[1, 2] = 1",
        "depth: Literal[DEPTHS] = 1",
        "depth: int = DEPTH",
        "depth: int = None",
        "depth: int = 2.5",
        "depth: int = True",
        "depth: bool = 0",
        "depth: Literal['a', 'b'] = 'c'",
        "depth: int",
        "depth=2",
    ],
)
def test_an_option_that_a_command_line_cannot_give_is_refused(outside, written):
    outside.write_text(OUTSIDE.replace("depth: int = 2", written), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        options_of(LINKER, "elsewhere.finder")
    assert str(refused.value).startswith(f"{outside}:18: expected an option as NAME: TYPE = DEFAULT, TYPE being str, ")
    assert refused.value.found == repr(written.replace("=2", " = 2"))


def test_what_is_no_python_is_refused(outside):
    outside.write_text("class Linker:\n    def (\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"finder.py:2: expected Python, found invalid syntax"):
        options_of(LINKER, "elsewhere.finder")


def test_a_file_without_a_part_is_refused(outside):
    outside.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(rooms.UnknownPartError, match=r"'elsewhere.finder' of graphs.linkers has no Linker"):
        options_of(LINKER, "elsewhere.finder")


def flags(parts, taken=()):
    return {chosen.flag for chosen in chosen_options(parts, taken)}


def test_an_option_keeps_its_name_while_nothing_else_has_it():
    assert "fold_case" in flags([(LINKER, "dictionary")])


def test_an_option_of_two_slots_is_named_by_slot():
    found = flags([(ROOMS["parsers"], "spacy"), (LINKER, "spacy")])
    assert {"parser_pipeline", "linker_pipeline"} <= found
    assert "pipeline" not in found
    assert {"pos", "fold_case"} <= found


def test_an_option_of_two_parts_of_a_slot_is_named_by_part(outside):
    found = flags([(LINKER, "dictionary"), (LINKER, "spacy"), (LINKER, "elsewhere.finder")])
    assert {"dictionary_fold_case", "spacy_fold_case", "elsewhere_finder_fold_case"} <= found
    assert {"dictionary_max_candidates", "spacy_max_candidates", "depth"} <= found


def test_an_option_that_the_command_has_is_named_by_slot():
    assert "linker_labels" in flags([(LINKER, "spacy")], taken={"labels"})


def test_every_flag_is_there_once(outside):
    parts = [(slot, part) for slot, part in PARTS if slot in (LINKER, ROOMS["parsers"], ROOMS["corpora"])]
    found = [chosen.flag for chosen in chosen_options([*parts, (LINKER, "elsewhere.finder")], ())]
    assert len(found) == len(set(found))


def test_parts_without_options():
    assert options_of(Slot("parser", "graphs.parsers", "Parser"), "words") == []
