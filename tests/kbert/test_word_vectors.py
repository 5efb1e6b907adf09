"""Vectors of words, and the files they are written to."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import kbert.text_model
from graphs.corpora.txt import read as read_txt
from graphs.corpus import Corpus, to_rows
from graphs.errors import DataError, OptionsError
from kbert import word_vectors
from kbert.layers.pooling import pool_words
from kbert.models import bert
from kbert.word_vectors import WordVectors, write_words

TEXTS = ["the unaffable film was good", "bad", "paris is bad now"]


@pytest.fixture
def asked(tmp_path):
    def make(*lines):
        path = tmp_path / "asked.txt"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return read_txt(path)

    return make


@pytest.fixture
def part(text_model, graph_of):
    """Words of some texts with their vectors; of the first and the third the last word is too much for it."""
    graphs = [graph_of("good film", "was bad", id="pair"), graph_of("bad", id="één"), graph_of("the film was good now")]
    rows = to_rows(graphs)
    model = text_model(model="bert", model_options={"max_pieces": 6}, task_options={"pooling": "mean"}).eval()
    return WordVectors.of(rows, model.encode(model.model.layout(rows)))


def by_hand(model, graph):
    """Each word of a text by itself: the mean over what the encoder says of its pieces."""
    encoder = model.encoder
    words = [encoder.pieces([graph.surface(token)])[0] for token in graph.tokens]
    before, after = encoder.template.before, encoder.template.after
    ids = torch.tensor([[*before, *(piece for word in words for piece in word), *after]])
    with torch.no_grad():
        said = encoder(ids, torch.arange(ids.shape[1])[None], torch.zeros_like(ids), torch.ones_like(ids))[0]
    first = len(before) + np.cumsum([0, *map(len, words)])
    return torch.stack([said[a:b].mean(0) for a, b in pairwise(first)])


def test_a_word_is_the_mean_over_its_pieces_whatever_stands_beside_it(text_model, graph_of):
    model = text_model(model="bert", task_options={"pooling": "mean"}).eval()
    graphs = [graph_of(text, id=str(i)) for i, text in enumerate(TEXTS)]
    found = model.encode(model.model.layout(to_rows(graphs)), batch_size=2)
    expected = torch.cat([by_hand(model, graph) for graph in graphs])
    assert found.dtype == np.float32
    torch.testing.assert_close(torch.from_numpy(found), expected, atol=1e-5, rtol=1e-5)


def test_knowledge_is_in_the_vectors(text_model, reviews):
    """K-BERT's words are those of the text: what was injected has no vector of its own, and changes the mention's."""
    graphs = [graph for graph in reviews(20) if graph.facts][:4]
    rows = to_rows(graphs)
    model = text_model(task_options={"pooling": "mean"}).eval()
    plain = text_model(model="bert", task_options={"pooling": "mean"}).eval()
    assert isinstance(plain.model, bert.Model)
    with_facts, without = (some.encode(some.model.layout(rows)) for some in (model, plain))
    film = np.cumsum([0, *(len(graph.tokens) for graph in graphs)])[:-1] + 1
    changed = np.abs(with_facts - without).max(1) > 1e-4
    assert changed[film].all()


def test_a_row_a_word_in_parquet(part, tmp_path):
    counts = write_words(tmp_path / "words.parquet", [part], {"run": "mine"})
    table = pq.read_table(tmp_path / "words.parquet")
    assert counts == {"width": 32, "texts": 3, "words": 10, "words_without_vector": 2}
    assert json.loads(table.schema.metadata[b"kbert"]) == {"run": "mine"}
    rows = table.to_pylist()
    assert [tuple(row.values())[:-1] for row in rows[:5]] == [
        (0, "pair", 0, 0, "good", 0, 4),
        (0, "pair", 0, 1, "film", 5, 9),
        (0, "pair", 1, 2, "was", 0, 3),
        (0, "pair", 1, 3, "bad", 4, 7),
        (1, "één", 0, 0, "bad", 0, 3),
    ]
    assert [row["vector"] is None for row in rows] == part.missing.tolist()
    for row, vector in zip(rows, part.vectors, strict=True):
        assert row["vector"] is None or row["vector"] == vector.tolist()


def test_texts_are_told_apart_by_their_number(part, tmp_path):
    """Their ids may be alike, and one of them may have no words."""
    empty = replace(part, offsets=np.array([0, 0, 0, len(part)]), first=3)
    write_words(tmp_path / "words.parquet", [part, empty], {})
    table = pq.read_table(tmp_path / "words.parquet")
    assert table.column("row").to_pylist() == [0] * 4 + [1] + [2] * 5 + [5] * 10


def test_a_vector_that_is_no_number_is_no_missing_one(part, graph_of):
    rows = to_rows([graph_of("good film", id="odd")])
    for broken in (np.nan, np.inf):
        vectors = np.ones((2, 4), np.float32)
        vectors[1, 2] = broken
        with pytest.raises(
            DataError, match="text odd: expected vectors of finite numbers, found others, first of 'film'"
        ):
            WordVectors.of(rows, vectors)


def test_ids_that_have_no_room_in_a_file_of_safetensors(part, tmp_path, monkeypatch):
    monkeypatch.setattr(word_vectors, "MOST_TOLD", 40)
    with pytest.raises(DataError, match=r"expected ids of at most 40 bytes in a file .*, found more, after 3 texts"):
        write_words(tmp_path / "words.safetensors", [part] * 3, {})
    assert list(tmp_path.iterdir()) == []


def test_a_very_long_text_takes_room_for_what_is_read_of_it(text_model, graph_of):
    """Words behind the last that is read would else be held for each text of its batch."""
    model = text_model(model="bert", model_options={"max_pieces": 8}, task_options={"pooling": "mean"}).eval()
    rows = to_rows([graph_of("good film"), graph_of("good " * 5_000)])
    found = model.encode(model.model.layout(rows))
    assert np.isfinite(found).all(1).sum() == 2 + 6
    shapes = []
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patched:
        patched.setattr(kbert.text_model, "pool_words", lambda *given: shapes.append(given[2]) or pool_words(*given))
        model.encode(model.model.layout(rows))
    assert shapes == [6]


def test_words_that_were_cut_off_have_no_vector(text_model, graph_of):
    rows = to_rows([graph_of("the film was good now")])
    model = text_model(model="bert", model_options={"max_pieces": 5}, task_options={"pooling": "mean"}).eval()
    words = WordVectors.of(rows, model.encode(model.model.layout(rows)))
    assert np.isnan(words.vectors).all(1).tolist() == [False, False, False, True, True]
    assert words.missing.tolist() == [False, False, False, True, True]


def test_all_words_end_to_end_in_safetensors(part, tmp_path):
    path = tmp_path / "new" / "words.safetensors"
    assert write_words(path, [part, part], {"run": "mine"})["words"] == 20
    tensors = load_file(path)
    assert tensors["offsets"].tolist() == [0, 4, 5, 10, 14, 15, 20]
    for name in ("text", "start", "end"):
        assert tensors[name].tolist() == getattr(part, name).tolist() * 2
    np.testing.assert_array_equal(tensors["vectors"].numpy(), np.concatenate([part.vectors] * 2))
    with safe_open(path, "np") as file:
        assert json.loads(file.metadata()["kbert"]) == {"run": "mine", "ids": ["pair", "één", "1"] * 2}


@pytest.mark.parametrize("name", ["words.parquet", "words.safetensors"])
def test_the_same_words_give_the_same_bytes_and_nothing_half_stays(part, tmp_path, name):
    for place in ("a", "b"):
        write_words(tmp_path / place / name, [part], {})
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()

    def broken():
        yield part
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_words(tmp_path / "c" / name, broken(), {})
    assert list((tmp_path / "c").iterdir()) == []


def test_a_name_that_tells_no_form_and_no_texts(tmp_path):
    with pytest.raises(OptionsError, match=r"words.txt: expected a file name that ends in .parquet or .safetensors"):
        write_words(tmp_path / "words.txt", [], {})
    with pytest.raises(DataError, match="texts: expected at least one, found none"):
        write_words(tmp_path / "words.parquet", [], {})


def test_a_run_encodes_new_texts_and_text_graphs_alike(run, data, asked):
    (new,) = run.encode(asked("beijing now", "nobody"))
    (built,) = run.encode(Corpus.open(data / "new"))
    assert new.tokens == built.tokens == ["beijing", "now", "nobody"]
    np.testing.assert_array_equal(new.vectors, built.vectors)
    parts = list(run.encode(asked("a", "b", "c"), batch=2))
    assert [(len(some.ids), some.first) for some in parts] == [(2, 0), (1, 2)]
    assert [len(some.ids) for some in run.encode(Corpus.open(data / "new"), batch=1)] == [1, 1]
    with pytest.raises(OptionsError, match="has its facts already: a knowledge graph adds nothing"):
        next(run.encode(Corpus.open(data / "new"), kg=str(data / "kg")))
    assert list(run.encode(asked())) == []


def test_graphs_of_another_kind_are_refused(run, data):
    with pytest.raises(OptionsError, match="shuffled was built with another facts than the graphs trained on"):
        next(run.encode(Corpus.open(data / "shuffled")))
