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
KINDS = {"Float", "Int", "Bool", "Shaped"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_axis_names(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in KINDS:
            assert isinstance(node.slice, ast.Tuple)
            shape = node.slice.elts[1]
            assert isinstance(shape, ast.Constant)
            assert set(str(shape.value).split()) <= AXES


def test_shapes_are_checked() -> None:
    with pytest.raises(jaxtyping.TypeCheckError):
        visible(torch.zeros(1, 3, dtype=torch.long), torch.zeros(1, 4, dtype=torch.long))
    with pytest.raises(jaxtyping.TypeCheckError):
        visible(torch.zeros(1, 3), torch.zeros(1, 3))
