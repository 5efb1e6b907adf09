"""What a graph calls the items of Wikidata."""

import json
from pathlib import Path

import pytest

from graphs.corpora._wikidata import names_of
from graphs.errors import DataError


def names(folder: Path, *rows: dict[str, str]) -> dict[str, str]:
    file = folder / "names.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    return names_of(str(file))


def test_names(tmp_path: Path) -> None:
    rows = [{"id": "/m/1", "wikidata": "Q1"}, {"name": "b", "wikidata": "Q2", "label": "B"}, {"id": "/m/3"}]
    assert names(tmp_path, *rows, {"id": "/m/4", "wikidata": "Q1"}) == {"Q1": "/m/1", "Q2": "b"}
    assert names_of("") == {}


def test_no_names(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"names\.jsonl: expected entities with a Wikidata id .*, found none"):
        names(tmp_path, {"id": "/m/1"})
    with pytest.raises(DataError, match=r"names\.jsonl:1: expected the name of an entity as id or name, found the"):
        names(tmp_path, {"wikidata": "Q1"})
