"""Vectors of words, and the files they are written to."""

import json
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from graphs.corpora.txt import read as read_txt
from graphs.corpus import to_rows
from graphs.errors import DataError, OptionsError
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
    """Words of some texts with their vectors; the third is too long for its model."""
    graphs = [graph_of("good film", "was bad", id="pair"), graph_of("bad", id="één"), graph_of("the film was good now")]
    rows = to_rows(graphs)
    model = text_model(model="bert", model_options={"max_pieces": 7}, task_options={"pooling": "mean"}).eval()
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
    assert with_facts.shape == without.shape
    film = np.cumsum([0, *(len(graph.tokens) for graph in graphs)])[:-1] + 1
    changed = np.abs(with_facts - without).max(1) > 1e-4
    assert changed[film].all()


def test_a_row_a_word_in_parquet(part, tmp_path):
    counts = write_words(tmp_path / "words.parquet", [part], {"run": "mine"})
    table = pq.read_table(tmp_path / "words.parquet")
    assert counts == {"width": 32, "texts": 3, "words": 10, "words_without_vector": 0}
    assert json.loads(table.schema.metadata[b"kbert"]) == {"run": "mine"}
    rows = table.to_pylist()
    assert [(row["id"], row["text"], row["word"], row["token"], row["start"], row["end"]) for row in rows[:5]] == [
        ("pair", 0, 0, "good", 0, 4),
        ("pair", 0, 1, "film", 5, 9),
        ("pair", 1, 2, "was", 0, 3),
        ("pair", 1, 3, "bad", 4, 7),
        ("één", 0, 0, "bad", 0, 3),
    ]
    for row, vector in zip(rows, part.vectors, strict=True):
        if np.isnan(vector).any():
            assert row["vector"] is None
        else:
            assert row["vector"] == vector.tolist()


def test_words_that_were_cut_off_have_no_vector(text_model, graph_of):
    rows = to_rows([graph_of("the film was good now")])
    model = text_model(model="bert", model_options={"max_pieces": 5}, task_options={"pooling": "mean"}).eval()
    words = WordVectors.of(rows, model.encode(model.model.layout(rows)))
    assert np.isnan(words.vectors).all(1).tolist() == [False, False, False, True, True]
    assert words.missing == 2


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
    (built,) = run.encode(data / "new")
    assert new.tokens == built.tokens == ["beijing", "now", "nobody"]
    np.testing.assert_array_equal(new.vectors, built.vectors)
    assert [len(some.ids) for some in run.encode(asked("a", "b", "c"), batch=2)] == [2, 1]
    assert list(run.encode(asked())) == []


def test_graphs_of_another_kind_are_refused(run, data):
    with pytest.raises(OptionsError, match="shuffled was built with another facts than the graphs trained on"):
        next(run.encode(data / "shuffled"))
