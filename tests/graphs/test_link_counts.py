import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from graphs.errors import StoreError
from graphs.link_counts import LinkCounts, Said, said_in
from graphs.link_gold import OUTSIDE, Gold, gold_of
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.tables import NIL
from graphs.texts import Texts
from graphs.types import Triple

PLACE = st.tuples(st.just(0), st.just(0), st.integers(0, 5), st.just(9))
GOLD = st.dictionaries(PLACE, st.sampled_from([NIL, OUTSIDE, 0, 1, 2]), min_size=1)
SAID = st.dictionaries(PLACE, st.builds(Said, st.sampled_from([NIL, 0, 1, 2]), st.sets(st.integers(0, 2))))


def test_a_worked_example():
    gold = {(0, 0, 0, 1): 5, (0, 0, 2, 3): 6, (0, 0, 4, 5): OUTSIDE, (0, 0, 6, 7): NIL, (1, 0, 0, 1): 5}
    said = {
        (0, 0, 0, 1): Said(5, [5, 6]),
        (0, 0, 2, 3): Said(5, [5, 6]),
        (0, 0, 4, 5): Said(NIL),
        (0, 0, 6, 7): Said(6),
        (0, 0, 8, 9): Said(NIL),
    }
    counts = LinkCounts.of(gold, said)
    assert counts == LinkCounts(5, 5, 4, 4, 3, 3, 1, 2, 2, 2, 1)
    figures = counts.figures()
    assert figures["mentions"] == pytest.approx({"precision": 4 / 5, "recall": 4 / 5, "f1": 4 / 5})
    assert figures["links"] == pytest.approx({"precision": 1 / 3, "recall": 1 / 4, "f1": 2 / 7})
    assert figures["links_in_graph"] == pytest.approx({"precision": 1 / 3, "recall": 1 / 3, "f1": 1 / 3})
    assert figures["nil"] == pytest.approx({"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2})
    assert (counts.coverage, counts.candidate_recall) == (0.75, pytest.approx(2 / 3))


@given(GOLD, SAID)
def test_figures_as_scikit_learn_has_them(gold, said):
    """A link is a label of its place; labels of all places together are micro-averaged."""
    known = {(*place, entity) for place, entity in gold.items() if entity >= 0}
    found = {(*place, one.entity) for place, one in said.items() if one.entity >= 0}
    both = sorted(known | found)
    ones = [[int(link in some) for link in both] for some in (known, found)]
    expected = precision_recall_fscore_support(*ones, average="binary", zero_division=0)[:3] if both else (0, 0, 0)
    counts = LinkCounts.of(gold, said)
    assert tuple(counts.figures()["links_in_graph"].values()) == pytest.approx(expected)
    assert counts.figures()["links"]["recall"] <= counts.coverage
    assert counts.right_links <= counts.among_candidates <= counts.gold_in_graph


def test_links_of_text_graphs(kg_of, tmp_path):
    kg = kg_of([Triple("Ada", "knows", "Bo"), Triple("Bo", "knows", "Cy")])
    path = tmp_path / "gold.jsonl"
    path.write_text(
        '{"text": "Ada met Bo.", "mentions": [{"start": 0, "end": 3, "entity": "Ada"},'
        ' {"start": 8, "end": 10, "entity": "Bo B."}]}\n{"text": "Nobody."}\n'
    )
    corpus = build_corpus(
        Texts((str(path),)), Recipe.of(Part("words"), (Part("dictionary"),), str(kg.folder)), tmp_path / "made"
    )
    gold = gold_of(Texts((str(path),)).read(), kg)
    said = said_in(corpus, gold, kg)
    ada, bo = kg.ids(["Ada", "Bo"]).tolist()
    assert said == {(0, 0, 0, 3): Said(ada, {ada}), (0, 0, 8, 10): Said(bo, {bo})}
    assert LinkCounts.of(gold.entity, said).as_dict()["figures"]["links"]["f1"] == 0.5
    with pytest.raises(StoreError, match="made: expected graphs of 1 texts, found 2"):
        said_in(corpus, gold._replace(documents=gold.documents[:1]), kg)
    with pytest.raises(StoreError, match="made: expected the text 'gold:2' as number 0, found the text 'gold:1'"):
        said_in(corpus, gold._replace(documents=gold.documents[::-1]), kg)


def test_names_are_looked_up_in_the_order_of_the_texts(kg_of, tmp_path, monkeypatch):
    names = [f"Person{number}" for number in range(20)]
    kg = kg_of([Triple(name, "is", name) for name in reversed(names)])
    texts = Texts((str(tmp_path / "some.txt"),))
    (tmp_path / "some.txt").write_text(" ".join(names))
    corpus = build_corpus(texts, Recipe.of(Part("words"), (Part("dictionary"),), str(kg.folder)), tmp_path / "made")
    asked, ids = [], type(kg).ids
    monkeypatch.setattr(type(kg), "ids", lambda self, some: asked.append(list(some)) or ids(self, some))
    said_in(corpus, Gold(list(texts.read()), {}), kg)
    assert asked == [names]
