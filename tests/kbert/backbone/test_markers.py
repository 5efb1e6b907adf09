"""Pieces that a task adds: known to the tokenizer, with rows of their own, and nothing else changed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer

from graphs.errors import UnavailableError
from kbert import backbone
from kbert.backbone import Backbone
from kbert.backbone.markers import add_markers

Load = Callable[[str], Backbone]
KINDS = ["bert", "roberta", "distilbert", "modernbert", "roformer", "convbert", "deberta-v2", "whole-words"]
MARKERS = {"head": "[HD]", "tail": "[TL]"}
TEXT = ["film", "tim", "bad", "[", "Apple", "北京"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_changes(kind: str, load: Load) -> None:
    loaded = load(kind)
    before, pieces = loaded.encoder.get_input_embeddings().weight.detach().clone(), loaded.pieces(TEXT)
    ids = torch.tensor([[piece for word in pieces for piece in word]])
    positions, mask = torch.arange(ids.shape[1])[None], torch.ones_like(ids)
    with torch.no_grad():
        encoded = loaded(ids, positions, torch.zeros_like(ids), mask)
        loaded.mark(MARKERS)
        again = loaded(ids, positions, torch.zeros_like(ids), mask)
    assert torch.equal(encoded, again)
    assert loaded.pieces(TEXT) == pieces
    assert torch.equal(loaded.encoder.get_input_embeddings().weight[: len(before)], before)
    assert loaded.config["vocab_size"] == len(loaded.tokenizer) == len(before) + 2
    assert loaded.template.markers == (("head", len(before)), ("tail", len(before) + 1))
    assert loaded.piece_names([len(before), len(before) + 1]) == ["[HD]", "[TL]"]


def test_new_vectors_are_near_the_mean_and_differ(load: Load) -> None:
    loaded = load("bert")
    mean = loaded.encoder.get_input_embeddings().weight.detach().mean(0)
    torch.manual_seed(3)
    loaded.mark(MARKERS)
    head, tail = loaded.encoder.get_input_embeddings().weight.detach()[-2:]
    assert not torch.equal(head, tail)
    for vector in (head, tail):
        assert 0.01 < (vector - mean).std() < 0.03
    other = load("bert")
    torch.manual_seed(3)
    other.mark(MARKERS)
    assert torch.equal(other.encoder.get_input_embeddings().weight[-2:], torch.stack((head, tail)))


def test_pieces_that_are_known_are_taken_as_they_are(load: Load) -> None:
    loaded = load("bert")
    before = loaded.encoder.get_input_embeddings().weight.detach().clone()
    loaded.mark({"mention": "[MASK]", "head": "film"})
    assert torch.equal(loaded.encoder.get_input_embeddings().weight, before)
    assert loaded.piece_names([piece for _, piece in loaded.template.markers]) == ["[MASK]", "film"]
    loaded.mark({"head": "[HD]"})
    marked = loaded.encoder.get_input_embeddings().weight.detach().clone()
    loaded.mark({"head": "[HD]"})
    assert torch.equal(loaded.encoder.get_input_embeddings().weight, marked)


def test_an_encoder_with_rows_to_spare_is_not_resized(encoder: Callable[[str], str], tmp_path: Path) -> None:
    tokenizer = BertTokenizer.from_pretrained(encoder("bert"))
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}
    tokenizer.save_pretrained(tmp_path)
    BertModel(BertConfig(vocab_size=len(tokenizer) + 8, **shape)).save_pretrained(tmp_path)
    loaded = backbone.load(str(tmp_path))
    table = loaded.encoder.get_input_embeddings().weight.detach().clone()
    loaded.mark(MARKERS)
    assert loaded.config["vocab_size"] == len(table)
    changed = (loaded.encoder.get_input_embeddings().weight != table).any(1)
    assert changed.nonzero()[:, 0].tolist() == [len(tokenizer), len(tokenizer) + 1]


def test_an_encoder_that_cannot_grow(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError("hashes, not rows\nand more")

    loaded = load("bert")
    monkeypatch.setattr(loaded.encoder, "resize_token_embeddings", refuse)
    with pytest.raises(UnavailableError, match=r"^bert takes no new pieces \(\[HD\], \[TL\]\): hashes, not rows$"):
        loaded.mark(MARKERS)
    other = load("bert")
    monkeypatch.setattr(other.encoder, "resize_token_embeddings", lambda *_, **__: None)
    with pytest.raises(UnavailableError, match="its embeddings cannot grow"):
        add_markers(other.encoder, other.tokenizer, ["[HD]"])
