import sys
from types import ModuleType

import numpy as np
import pytest
from scipy.special import softmax

from graphs.errors import OptionsError, StoreError, UnavailableError
from graphs.link_weights import Weights, write_weights
from graphs.linkers import dictionary
from graphs.linkers.context import Linker, version
from graphs.parsers.words import Parser
from graphs.tables import NIL
from graphs.types import Triple

WORDS = ("river", "water", "money", "loan", "city", "texas", "france")


def counted(texts):
    """Which of a few words each text has, at length 1: a reader of which every cosine is known."""
    found = np.array([[word in text.lower() for word in WORDS] for text in texts], np.float32).reshape(-1, len(WORDS))
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1)


DESCRIPTIONS = {
    "Q1": "land beside a river, where water flows",
    "Q2": "place that lends money",
    "Q3": "city in France",
    "Q4": "city in Texas",
}
LABELS = [
    '{"name": "Q1", "label": "bank", "description": "a"}',
    '{"name": "Q2", "label": "bank", "prior": 3}',
    '{"name": "Q3", "label": "Paris", "prior": 9}',
    '{"name": "Q4", "label": "Paris", "aliases": ["Paris, Texas"]}',
]
TEXTS = ["The bank gave a loan. The bank of the river was wet.", "Paris in Texas", "", "Money: the bank, Paris."]


@pytest.fixture(scope="module")
def kg(kg_of):
    return kg_of([Triple("Q1", "r", "Q2"), Triple("Q3", "r", "Q4")], LABELS)


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    """A module that brings a reader; what it was asked to read is noted."""
    module = ModuleType("reader_of_tests")
    module.asked = []

    class Reader:
        def sentences(self, texts):
            module.asked.append(list(texts))
            return counted(texts)

        def entities(self, names):
            return counted([DESCRIPTIONS.get(name, "") for name in names])

    module.version = lambda vectors: f"vectors of {vectors}"
    module.open_reader = lambda vectors, encoder: Reader()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def linker(kg, **options):
    return Linker(kg, vectors="v", reader="reader_of_tests", **options)


def rows(found, kg):
    for i in range(len(found)):
        some = slice(*found.candidate_offsets[i : i + 2])
        names = kg.names(found.candidate_entity[some]).to_pylist()
        entity = None if found.entity[i] == NIL else kg.names([found.entity[i]])[0].as_py()
        yield TEXTS[found.text[i]][found.start[i] : found.end[i]], entity, found.score[i], names


def test_the_sentence_decides(kg, reader):
    found = linker(kg, nil=-9.0)(TEXTS, Parser()(TEXTS), ())
    assert [(surface, entity) for surface, entity, _, _ in rows(found, kg)] == [
        ("bank", "Q2"),
        ("bank", "Q1"),
        ("Paris", "Q4"),
        ("bank", "Q2"),
        ("Paris", "Q3"),
    ]
    assert [len(names) for *_, names in rows(found, kg)] == [2] * 5
    sentences = ["The bank gave a loan.", "The bank of the river was wet.", "Paris in Texas", "Money: the bank, Paris."]
    assert reader.asked == [sentences]


def test_scores_are_as_the_formula_says(kg):
    weights = {"prior": 0.7, "context": 3.0, "nil": -0.4}
    found = linker(kg, **weights, threshold=0.0)(TEXTS[1:2], Parser()(TEXTS[1:2]), ())
    likeness = counted(["Paris in Texas"]) @ counted(["city in France", "city in Texas"]).T
    expected = softmax([*(0.7 * np.log([0.9, 0.1]) + 3 * likeness[0]), -0.4])
    assert kg.names(found.candidate_entity).to_pylist() == ["Q4", "Q3"]
    assert found.candidate_score.tolist() == pytest.approx([expected[1], expected[0]])
    assert found.score.tolist() == pytest.approx([expected[1]])


def test_without_context_it_is_the_dictionary(kg):
    parse = Parser()(TEXTS)
    plain = dictionary.Linker(kg, fold_case=True)(TEXTS, parse, ())
    found = linker(kg, context=0.0, nil=-1e3, fold_case=True)(TEXTS, parse, ())
    for name in ("text", "start", "end", "entity", "candidate_offsets", "candidate_entity"):
        assert getattr(found, name).tolist() == getattr(plain, name).tolist(), name
    assert found.candidate_score.tolist() == pytest.approx(plain.candidate_score.tolist())


def test_below_the_threshold_nothing_is_meant(kg):
    parse = Parser()(TEXTS)
    best = linker(kg)(TEXTS, parse, ())
    for threshold in (0.0, 0.3, 0.9, 1.0):
        found = linker(kg, threshold=threshold)(TEXTS, parse, ())
        top = found.candidate_score[found.candidate_offsets[:-1]]
        assert top.tolist() == best.candidate_score[best.candidate_offsets[:-1]].tolist()
        assert ((found.entity != NIL) == (top >= np.float32(threshold))).all()
        assert (found.score == np.where(found.entity != NIL, top, 0)).all()


def test_texts_alone_or_together(kg):
    made = linker(kg)
    together = made(TEXTS, Parser()(TEXTS), ())
    alone = [made([text], Parser()([text]), ()) for text in TEXTS]
    assert together.entity.tolist() == [entity for found in alone for entity in found.entity.tolist()]
    assert together.candidate_score.tolist() == [s for found in alone for s in found.candidate_score.tolist()]


def test_fitted_weights_are_read(kg, tmp_path):
    path = str(tmp_path / "linker.json")
    fitted_with = linker(kg).fitted_with
    write_weights(tmp_path / "linker.json", Weights(0, 0, 5, 0.5), fitted_with)
    made = linker(kg, fitted=path)
    assert made.weights == Weights(0, 0, 5, 0.5)
    assert (made(TEXTS, Parser()(TEXTS), ()).entity == NIL).all()
    said = version(vectors="v", reader="reader_of_tests", fitted=path)
    assert said.startswith("vectors of v, weights ")
    assert version(vectors="v", reader="reader_of_tests", fitted="") == "vectors of v"
    write_weights(tmp_path / "linker.json", Weights(0, 0, 6, 0.5), fitted_with)
    assert version(vectors="v", reader="reader_of_tests", fitted=path) != said
    with pytest.raises(OptionsError, match="fitted: weights are either read from a file or given as prior, context"):
        linker(kg, fitted=path, nil=1.0)
    with pytest.raises(
        StoreError, match="weights fitted with reader vectors of w, found some fitted with vectors of v"
    ):
        Linker(kg, vectors="w", reader="reader_of_tests", fitted=path)
    changes = {"window": 0, "fold_case": True, "whole_tokens": True, "min_length": 2, "max_candidates": 1}
    for name, value in changes.items():
        with pytest.raises(StoreError, match=f"weights fitted with {name} {value}, found some fitted with"):
            linker(kg, fitted=path, **{name: value})


def test_options_that_are_not_right(kg, monkeypatch):
    for ask in (lambda: Linker(kg), lambda: version(vectors="", reader="x", fitted="")):
        with pytest.raises(OptionsError, match=r"the context linker needs vectors of descriptions \(--vectors FOLDER"):
            ask()
    with pytest.raises(UnavailableError, match=r"the reader 'no\.such' of the context linker does not load: No module"):
        Linker(kg, vectors="v", reader="no.such")
    with pytest.raises(OptionsError, match=r"threshold: expected at least 0 and at most 1, found 1\.5"):
        linker(kg, threshold=1.5)
    with pytest.raises(OptionsError, match="window: expected at least 0, found -1"):
        linker(kg, window=-1)
    monkeypatch.setattr(f"{__name__}.DESCRIPTIONS", {})
    with pytest.raises(OptionsError, match="v has a vector of none of 4 entities of the graph"):
        linker(kg)
