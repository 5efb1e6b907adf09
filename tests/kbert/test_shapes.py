"""Shapes stand in signatures, by the design's axis names, and are checked while testing."""

import ast
from pathlib import Path

import jaxtyping
import pytest
import torch

import kbert
from kbert.layers.visibility import visible

ROOT = Path(kbert.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
AXES = {"batch", "pieces", "words", "nodes", "edges", "width", "labels", "entities", "items", "1"}
AXES |= {"heads", "questions", "relations", "half", "..."}  # half: of the width, a complex number
AXES |= {"slots", "hidden", "inner", "read"}  # pieces with an entity; widths of text, feed-forward and what is read
KINDS = {"Float", "Int", "Bool", "Shaped"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_axis_names(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in KINDS:
            assert isinstance(node.slice, ast.Tuple)
            shape = node.slice.elts[1]
            assert isinstance(shape, ast.Constant)
            assert {axis.removeprefix("#") for axis in str(shape.value).split()} <= AXES  # "#": or 1


FOLDERS = (
    "backbone",
    "layers",
    "models",
    "tasks",
    "scorers",
    "retrievers",
    "triples",
    "retrieval",
    "ranking",
    "scoring",
)
SHAPED = [path for path in FILES if path.parent.name in FOLDERS]
SHAPED += [ROOT / name for name in ("layout.py", "targets.py")]


def without_shape(annotation: ast.AST) -> bool:
    """Whether an annotation names a tensor outside ``Float[Tensor, "…"]`` and its like."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in KINDS:
        return False
    named = isinstance(annotation, ast.Name | ast.Attribute) and ast.unparse(annotation) in ("Tensor", "torch.Tensor")
    return named or any(map(without_shape, ast.iter_child_nodes(annotation)))


def annotations(node: ast.AST) -> list[ast.expr | None]:
    """Those of a function's signature, or of a class's fields."""
    if isinstance(node, ast.FunctionDef):
        arguments = node.args
        several = (arguments.vararg, arguments.kwarg)
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *filter(None, several))
        return [*(argument.annotation for argument in every), node.returns]
    if isinstance(node, ast.ClassDef):
        return [field.annotation for field in node.body if isinstance(field, ast.AnnAssign)]
    return []


@pytest.mark.parametrize("path", SHAPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_tensor_has_a_shape(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for annotation in annotations(node):
            assert annotation is None or not without_shape(annotation), f"{path}:{annotation.lineno}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tensor", True),
        ("tuple[torch.Tensor, int]", True),
        ('dict[str, Tensor] | Float[Tensor, "batch"]', True),
        ('tuple[Float[Tensor, ""], Int[Tensor, "batch pieces"]]', False),
        ("list[int]", False),
    ],
)
def test_what_is_without_shape(written: str, expected: bool) -> None:
    assert without_shape(ast.parse(written, mode="eval").body) is expected


def test_shapes_are_checked() -> None:
    with pytest.raises(jaxtyping.TypeCheckError):
        visible(torch.zeros(1, 3, dtype=torch.long), torch.zeros(1, 4, dtype=torch.long))
    with pytest.raises(jaxtyping.TypeCheckError):
        visible(torch.zeros(1, 3), torch.zeros(1, 3))
