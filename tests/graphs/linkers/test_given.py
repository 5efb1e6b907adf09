import pytest

from graphs.importing import import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.linkers.given import Linker
from graphs.tables import NIL, Parse
from graphs.types import Candidate, Mention

TEXTS = ["Paris and Ada", "Rome"]


@pytest.fixture(scope="module")
def kg(tmp_path_factory):
    folder = tmp_path_factory.mktemp("given")
    (folder / "facts.tsv").write_text("Q90\tcapital_of\tQ142\nQ7259\tborn_in\tQ84\n", encoding="utf-8")
    import_graph(folder / "kg", [folder / "facts.tsv"])
    return KnowledgeGraph.open(folder / "kg")


def rows(found):
    spans = zip(found.text.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
    bounds = found.candidate_offsets.tolist()
    candidates = list(zip(found.candidate_entity.tolist(), found.candidate_score.tolist(), strict=True))
    return [
        (*span, entity, score, candidates[first:last])
        for span, entity, score, first, last in zip(
            spans, found.entity.tolist(), found.score.tolist(), bounds, bounds[1:], strict=False
        )
    ]


def test_mentions_in_order_with_their_entities(kg):
    linker = Linker(kg)
    given = [
        Mention(1, 0, 4, "Q220"),
        Mention(0, 10, 13, "Q7259", 0.75, candidates=(Candidate("Q84", 0.25), Candidate("Q7259", 0.75))),
        Mention(0, 0, 5, None, 0.5, candidates=(Candidate("Q1", 0.5), Candidate("Q90", 0.25))),
    ]
    found = linker(TEXTS, Parse.of(()), given)
    assert rows(found) == [
        (0, 0, 5, NIL, 0.5, [(kg.id("Q90"), 0.25)]),
        (0, 10, 13, kg.id("Q7259"), 0.75, [(kg.id("Q7259"), 0.75), (kg.id("Q84"), 0.25)]),
        (1, 0, 4, NIL, 1.0, []),
    ]
    assert found.unknown == 2
    assert linker(TEXTS, Parse.of(()), given[1:2]).unknown == 0


def test_nothing_given(kg):
    assert rows(Linker(kg)(TEXTS, Parse.of(()), [])) == []
