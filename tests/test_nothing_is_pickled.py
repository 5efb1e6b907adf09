"""No file of ours pickles or unpickles; a ``.bin`` is read where the design says so, by weights alone."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [path for package in ("graphs", "kbert", "cli") for path in sorted((ROOT / package).rglob("*.py"))]
MODULES = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
CALLS = {"torch.load", "torch.save"}
ARRAYS = {"np.load", "np.save", "numpy.load", "numpy.save"}
"""Calls that pickle, or unpickle, what is no array of numbers, unless they are told not to."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert MODULES.isdisjoint(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in MODULES
        elif isinstance(node, ast.Attribute):
            assert ast.unparse(node) not in CALLS
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ARRAYS:
            assert "allow_pickle" in [keyword.arg for keyword in node.keywords], f"{path}:{node.lineno}"
        elif isinstance(node, ast.keyword) and node.arg in ("weights_only", "allow_pickle", "trust_remote_code"):
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is (node.arg == "weights_only")
