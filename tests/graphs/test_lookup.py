import json

import pytest

from graphs.errors import OptionsError
from graphs.lookup import entities_called, the_entity, the_relation
from graphs.types import Triple

TRIPLES = [Triple("Q90", "P1", "Q142"), Triple("Q2", "P2", "city"), Triple("Q2", "P3", "Q90"), Triple("P9", "P4", "Q2")]
LABELS = [
    {"name": "Q90", "label": "Paris", "aliases": ["City of Light"], "prior": 1},
    {"name": "Q2", "label": "Paris", "prior": 5},
    {"name": "Q142", "label": "city"},
    {"name": "P9", "label": "twin of"},
]


@pytest.fixture(scope="module")
def kg(graph_of):
    return graph_of(TRIPLES, [json.dumps(line) for line in LABELS])


def names(kg, ids):
    return kg.names(ids).to_pylist()


def test_by_name_then_by_label_or_alias(kg):
    assert names(kg, entities_called(kg, "city")) == ["city"]  # what another is called, too
    assert names(kg, entities_called(kg, "Paris")) == ["Q2", "Q90"]
    assert names(kg, [the_entity(kg, "City of Light")]) == ["Q90"]


def test_no_entity(kg):
    with pytest.raises(OptionsError, match=r"^no entity is called 'Pari' in .* \(did you mean 'Paris'\?\)$"):
        the_entity(kg, "Pari")


def test_several_entities(kg):
    with pytest.raises(OptionsError, match=r"^2 entities are called 'Paris': say which by its name, 'Q2', 'Q90'$"):
        the_entity(kg, "Paris")


def test_many_entities_are_not_all_listed(graph_of):
    labels = [json.dumps({"name": f"n{i}", "label": "same"}) for i in range(12)]
    kg = graph_of([Triple(f"n{i}", "r", f"n{i}") for i in range(12)], labels)
    with pytest.raises(OptionsError, match=r"^12 entities are called 'same': .* 'n9' and others$"):
        the_entity(kg, "same")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """A graph whose relations have texts, two of them the same."""
    from graphs.importing import import_graph
    from graphs.knowledge import KnowledgeGraph

    folder = tmp_path_factory.mktemp("spoken")
    (folder / "in").mkdir()
    (folder / "in" / "train.tsv").write_text("a\t_part\tb\na\t_piece\tb\na\t_kind\tb\n", encoding="utf-8")
    (folder / "in" / "relation2text.txt").write_text(
        "_part\tpart of\n_piece\tpart of\n_kind\tkind of\n", encoding="utf-8"
    )
    import_graph(folder / "kg", [folder / "in"])
    return KnowledgeGraph.open(folder / "kg")


def test_relations(spoken):
    assert [the_relation(spoken, name) for name in ("_piece", "kind of")] == [1, 2]
    with pytest.raises(
        OptionsError, match=r"^2 relations are called 'part of': say which by its name, '_part', '_piece'$"
    ):
        the_relation(spoken, "part of")
    with pytest.raises(
        OptionsError, match=r"^no relation is called 'kind off' in .* \(did you mean 'kind of' or '_kind'\?\)$"
    ):
        the_relation(spoken, "kind off")
