"""Every part of every room keeps its room's promise, is documented and is tested; imports point one way."""

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import click
import networkx
import pytest

from cli.parts import Slot, options_of, summary_of
from graphs import rooms

ROOT = Path(__file__).parent.parent
PACKAGES = ("graphs", "kbert", "cli")

MODEL_METHODS = ("layout", "collate", "forward")
HEAD_METHODS = ("targets", "forward", "loss", "decode", "reads_words")
RETRIEVER_METHODS = ("lengths", "collate", "entity_lengths", "collate_entities", "forward", "scale", "longest")
RETRIEVER_METHODS += ("cut", "entity_cut")
RECOMMENDER_METHODS = ("forward", "scores", "scores_of", "pooled", "profile", "nearness")
TASK_FUNCTIONS = ("labels", "gold", "said", "counts", "primary", "others", "metrics")
PROMISES = {
    "graphs.corpora": ("SUFFIXES", "read"),
    "graphs.behaviours": ("SUFFIXES", "read"),
    "graphs.formats": ("SUFFIXES", "read"),
    "graphs.parsers": ("Parser.__call__",),
    "graphs.linkers": ("Linker.__call__",),
    "graphs.engines": ("run",),
    "kbert.models": ("KNOWLEDGE", "Batch", *(f"Model.{name}" for name in MODEL_METHODS)),
    "kbert.tasks": ("NEEDS", "MARKERS", *TASK_FUNCTIONS, *(f"Head.{name}" for name in HEAD_METHODS)),
    "kbert.pretrainings": (
        "MODEL",
        *(f"Pretraining.{name}" for name in ("layout", "check", "collate", "forward", "save_pretrained")),
    ),
    "kbert.scorers": ("TASKS", *(f"Model.{name}" for name in ("lengths", "collate", "forward", "longest", "cut"))),
    "kbert.retrievers": tuple(f"Model.{name}" for name in RETRIEVER_METHODS),
    "kbert.recommenders": tuple(f"Model.{name}" for name in RECOMMENDER_METHODS),
    "kbert.embeddings": tuple(f"Method.{name}" for name in ("questions", "sizes")),
    "cli.commands": ("command",),
    "cli.conversions": ("command",),
}
CALLS = {
    "graphs.corpora": ("read", ["path"], {"columns", "bad"}),
    "graphs.behaviours": ("read", ["path"], {"columns", "bad"}),
    "graphs.formats": ("read", ["path"], {"bad"}),
    "graphs.parsers": ("Parser", [], set()),
    "graphs.linkers": ("Linker", ["kg"], set()),
    "graphs.engines": ("run", ["function", "parts"], {"workers"}),
    "kbert.models": ("Model", ["backbone"], set()),
    "kbert.tasks": ("Head", ["width", "labels"], set()),
    "kbert.pretrainings": ("Pretraining", ["model", "words"], set()),
    "kbert.scorers": ("Model", ["backbone", "task", "outputs"], set()),
    "kbert.retrievers": ("Model", ["backbone"], set()),
    "kbert.recommenders": ("Model", ["catalogue", "attributes"], set()),
    "kbert.embeddings": ("Method", ["width"], set()),
}
"""What is called, with what in order, and keyword arguments that are no options of the user's."""

PARTS = [(room, name) for room in PROMISES for name in rooms.names(room)]
PARTS_WITH_OPTIONS = [part for part in PARTS if part[0] in CALLS]


NO_ROOMS = {
    f"kbert.{name}"
    for name in ("backbone", "layers", "triples", "scoring", "ranking", "retrieval", "entities", "ernie", "behaviour")
}
"""Packages within packages whose files are not interchangeable."""


def test_every_room_is_held_to_its_promise():
    packages = [path.parent for package in PACKAGES for path in ROOT.glob(f"{package}/*/__init__.py")]
    assert {f"{path.parent.name}.{path.name}" for path in packages} == {*PROMISES, *NO_ROOMS}
    for room in PROMISES:
        assert "file" in (importlib.import_module(room).__doc__ or ""), f"{room} must say what a part of it is"
        assert rooms.names(room)


@pytest.mark.parametrize(("room", "name"), PARTS)
def test_a_part_keeps_its_rooms_promise(room, name):
    part = rooms.find(room, name)
    for promised in PROMISES[room]:
        value = part
        for step in promised.split("."):
            assert hasattr(value, step), f"{room}.{name} must have {promised}; see {room}.__doc__"
            value = getattr(value, step)
        if promised == "SUFFIXES":
            assert isinstance(value, tuple)
            assert value == rooms.constant(room, name, promised), "endings are read from the source: a literal"
            assert getattr(part, "FILES", None) == rooms.constant(room, name, "FILES")
            assert all(ending.startswith(".") and ending == ending.lower() for ending in value)
        elif promised == "command":
            assert isinstance(value, click.Command)
        elif promised.islower():
            assert callable(value)


@pytest.mark.parametrize(("room", "name"), PARTS)
def test_a_part_says_what_it_is(room, name):
    summary = summary_of(room, name)
    assert summary.endswith((".", ":")), f"{room}.{name} needs a first line that says what it is"
    assert len(summary) <= 120


@pytest.mark.parametrize(("room", "name"), PARTS)
def test_a_part_has_a_test_of_its_name(room, name):
    test = ROOT / "tests" / Path(*room.split(".")) / f"test_{name}.py"
    assert test.is_file(), f"{room}.{name} needs {test.relative_to(ROOT)}"


@pytest.mark.parametrize(("room", "name"), PARTS_WITH_OPTIONS)
def test_options_are_read_from_the_source_as_they_are(room, name):
    holder, positional, others = CALLS[room]
    options = options_of(Slot(name, room, holder, skip=tuple(others)), name)
    parameters = list(inspect.signature(getattr(rooms.find(room, name), holder)).parameters.values())
    plain = [p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert plain == positional, f"{holder} of {room}.{name}: all but {positional} are keyword-only"
    named = {p.name: p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
    assert others <= named.keys()
    assert [option.name for option in options] == [name for name in named if name not in others]
    for option in options:
        wanted = named[option.name].annotation
        assert option.default == named[option.name].default
        assert option.choices == (get_args(wanted) if get_origin(wanted) is Literal else ())
        assert option.kind == ("str" if option.choices else wanted.__name__)
        assert type(option.default).__name__ == option.kind
        assert not option.choices or option.default in option.choices
        assert len(option.help) > 10, f"{room}.{name}: the option {option.name} needs a line under Args"


@pytest.mark.parametrize("name", rooms.names("graphs.formats"))
def test_blocks_take_the_options_of_read_and_have_no_defaults(name):
    part = rooms.find("graphs.formats", name)
    if hasattr(part, "blocks"):
        parameters = inspect.signature(part.blocks).parameters
        assert list(parameters) == list(inspect.signature(part.read).parameters)
        assert all(parameter.default is parameter.empty for parameter in parameters.values())


def sources(*packages):
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def imported(tree):
    """Names of packages that are imported anywhere in a file, and the line of each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole module"
            yield str(node.module).split(".")[0], node.lineno


FORBIDDEN = {
    "graphs": {"torch", "torch_geometric", "transformers", "tokenizers", "accelerate", "click", "rich", "kbert", "cli"},
    "kbert": {"click", "rich", "spacy", "cli"},
}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_one_way(package):
    for path in sources(package):
        for name, line in imported(ast.parse(path.read_text(encoding="utf-8"))):
            assert name not in FORBIDDEN[package], f"{path.relative_to(ROOT)}:{line} must not import {name}"


def test_graphs_names_one_module_of_another_package():
    """What reads sentences for the linker that compares them; it is imported where that linker is used."""
    named = [
        (str(path.relative_to(ROOT)), node.value)
        for path in sources("graphs")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and re.fullmatch(r"(kbert|cli)(\.\w+)+", str(node.value))
    ]
    assert named == [("graphs/linkers/context.py", "kbert.context_reader")]


def test_transformers_is_known_in_one_place():
    """Checkpoints of other toolkits are converted beside it."""
    known = [path for path in sources("kbert", "cli") if "transformers" in dict(imported(ast.parse(path.read_text())))]
    allowed = {path for name in ("backbone", "convert") for path in (ROOT / "kbert" / name).glob("*.py")}
    assert set(known) <= allowed


def test_the_packages_of_kbert_know_each_other_one_way():
    """No package imports what imports it, be it through modules on top."""
    top = ROOT / "kbert"

    def place(module):
        return module.split(".")[1]

    arrows = networkx.DiGraph()
    for path in sources("kbert"):
        own = place(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "kbert":
                whole = [f"kbert.{name.name}" for name in node.names] if node.module == "kbert" else [node.module]
                arrows.add_edges_from((own, place(module)) for module in whole if place(module) != own)
    circles = [sorted(circle) for circle in networkx.strongly_connected_components(arrows) if len(circle) > 1]
    assert circles == []
    assert {path.name for path in top.iterdir() if (path / "__init__.py").is_file()} <= {*arrows}


def is_print(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "pprint", "pprint.pprint")


def is_stream(node):
    return isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr")


@pytest.mark.parametrize("path", sources("graphs", "kbert"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_library_never_prints(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert [node.lineno for node in nodes if is_print(node) or is_stream(node)] == []


def test_parts_are_found_by_name_alone(tmp_path, monkeypatch):
    """A file in a room's folder is a part, and so is any module outside; files with an underscore are not."""
    room = tmp_path / "some_room_of_tests"
    room.mkdir()
    for name in ("__init__", "one", "_helper"):
        (room / f"{name}.py").write_text('"""A part."""\n')
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert rooms.names(room.name) == ["one"]
    assert rooms.find(room.name, "one").__doc__ == "A part."
    assert rooms.find("graphs.linkers", f"{room.name}.one").__name__ == f"{room.name}.one"
    assert rooms.source("graphs.linkers", f"{room.name}.one") == room / "one.py"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("locl", r"no 'locl' in graphs\.engines \(did you mean 'local'\?\); there are: local"),
        ("xyz", r"no 'xyz' in graphs\.engines; there are: local"),
        ("no.such.module", r"no module 'no\.such\.module' can be imported for graphs\.engines"),
        ("..", r"no module '\.\.' can be imported for graphs\.engines"),
        (".local", r"no module '\.local' can be imported for graphs\.engines"),
        ("graphs.", r"no module 'graphs\.' can be imported for graphs\.engines"),
        ("", r"no '' in graphs\.engines"),
        ("_x", r"no '_x' in graphs\.engines"),
    ],
)
def test_an_unknown_part(name, message):
    for ask in (rooms.find, rooms.source):
        with pytest.raises(rooms.UnknownPartError, match=message):
            ask("graphs.engines", name)


def test_a_part_without_source(tmp_path, monkeypatch):
    (tmp_path / "folder_of_tests" / "without_files").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(rooms.UnknownPartError, match=r"'folder_of_tests\.without_files' of graphs\.engines has no sou"):
        rooms.source("graphs.engines", "folder_of_tests.without_files")
