import json
import shutil

import numpy as np
import pytest
import torch
from transformers import AutoModel

from graphs.errors import OptionsError, StoreError
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from graphs.types import Triple
from kbert.context_reader import open_reader, version
from kbert.entities.embed_texts import TextPlan, embed_texts
from kbert.entities.vectors import Vectors

LABELS = [
    '{"name": "Q1", "label": "lead", "description": "the film was good"}',
    '{"name": "Q2", "label": "lead", "description": "city now"}',
]


@pytest.fixture(scope="module")
def kg(kg_of):
    return kg_of([Triple("Q1", "is", "Q2"), Triple("Q2", "is", "Q3")], LABELS)


@pytest.fixture(scope="module")
def vectors(kg, encoder, tmp_path_factory):
    """Folders of vectors: as long as the encoder makes them, and of two numbers."""
    folder = tmp_path_factory.mktemp("vectors")
    for width in (0, 2):
        plan = TextPlan(str(kg.folder), encoder("bert"), "description", width=width, precision="fp32")
        embed_texts(plan, folder / str(width))
    return folder


@pytest.mark.parametrize("width", ["0", "2"])
def test_a_sentence_is_read_as_a_description_is(vectors, width):
    reader = open_reader(str(vectors / width), "")
    read = reader.sentences(["city now", "the film was good", "Q3", "city now"])
    known = reader.entities(["Q2", "Q1", "Q3", "Q9"])
    np.testing.assert_allclose(np.linalg.norm(read, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose((read[:3] * known[:3]).sum(1), 1, atol=0.01)  # the machine's own precision
    assert not known[3].any()
    assert reader.sentences([]).shape == (0, known.shape[1])


@pytest.fixture(scope="module")
def spread(encoder, tmp_path_factory):
    """An encoder whose vectors differ in direction and in length, as those of trained ones do."""
    folder = tmp_path_factory.mktemp("spread")
    shutil.copytree(encoder("bert"), folder, dirs_exist_ok=True)
    model = AutoModel.from_pretrained(folder)
    with torch.no_grad():
        model.embeddings.word_embeddings.weight *= 50
        for weight in model.encoder.parameters():
            if weight.dim() == 2:
                weight *= 5
    model.save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("normalise", [True, False])
def test_vectors_are_projected_as_those_of_descriptions_were(kg_of, spread, tmp_path, normalise):
    texts = ["the film was good", "city now", "paris", "tim cook is visiting", "bad", "apple china", "lyon is the city"]
    labels = [json.dumps({"name": text, "label": "lead", "description": text}) for text in texts]
    kg = kg_of([Triple(text, "is", "bad") for text in texts], labels)
    plan = TextPlan(str(kg.folder), spread, "description", width=3, normalise=normalise, precision="fp32")
    embed_texts(plan, tmp_path / "v")
    reader = open_reader(str(tmp_path / "v"), "")
    np.testing.assert_allclose((reader.sentences(texts) * reader.entities(texts)).sum(1), 1, atol=0.01)


def test_the_version_is_of_the_vectors(vectors):
    assert version(str(vectors / "0")) == f"vectors {Vectors.open(vectors / '0').digest[:16]}"
    assert version(str(vectors / "0")) != version(str(vectors / "2"))


def test_text_graphs_with_one_worker_and_with_two(vectors, kg, tmp_path):
    (tmp_path / "some.txt").write_text("The lead was good.\nThe lead is in the city now. A lead.\n" * 3)
    options = {"vectors": str(vectors / "0"), "nil": -100.0}
    recipe = Recipe.of(Part("words"), (Part("context", options),), str(kg.folder))
    made = []
    for workers in (1, 2):
        out = tmp_path / str(workers)
        made.append(build_corpus(Texts((str(tmp_path / "some.txt"),)), recipe, out, workers=workers, part_size=2))
    one, two = ([file.read_bytes() for file in corpus.parts] for corpus in made)
    assert len(one) == 3
    assert one == two
    mentions = [mention for graph in made[0] for mention in graph.mentions]
    assert len(mentions) == 9
    assert {mention.linker for mention in mentions} == {"context"}
    assert {mention.entity for mention in mentions} <= {"Q1", "Q2"}
    assert all(len(mention.candidates) == 2 for mention in mentions)


def test_vectors_that_do_not_fit(vectors, tmp_path):
    with pytest.raises(StoreError, match="expected vectors of entities"):
        open_reader(str(tmp_path), "")
    Vectors.open(vectors / "0").save_to(tmp_path / "plain")
    with pytest.raises(StoreError, match=r"expected vectors that an encoder made of texts \(.*\), found others"):
        open_reader(str(tmp_path / "plain"), "")
    (tmp_path / "plain" / "run.json").write_text(json.dumps({"format": "kbert embedding run"}))
    with pytest.raises(StoreError, match=r"made of texts .*, found those of a kbert embedding run"):
        open_reader(str(tmp_path / "plain"), "")
    Vectors.open(vectors / "2").save_to(tmp_path / "two")
    (tmp_path / "two" / "run.json").write_bytes((vectors / "2" / "run.json").read_bytes())
    with pytest.raises(OptionsError, match=r"two: expected an encoder of the width 2, found 32"):
        open_reader(str(tmp_path / "two"), "")
