"""What is spared while reading changes no output."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import nn

import kbert.backbone.backbone
from kbert.backbone import Backbone, sparing
from kbert.backbone.probes import probe
from kbert.backbone.sparing import behind_last_attention, first_piece_alone
from kbert.layers.attention import attend

Load = Callable[[str], Backbone]
KINDS = ["bert", "roberta", "distilbert"]
TEXT, SECOND = "the film was good", "tim cook is visiting"


def some_texts(loaded: Backbone) -> tuple[torch.Tensor, ...]:
    """Two texts, one of them padded: piece ids, positions, segments, mask."""
    before, _, after, *_ = loaded.template
    one, two = (before + pieces + after for pieces in loaded.text_pieces([TEXT, "bad"]))
    width = len(one)
    ids = torch.tensor([one, two + [loaded.pad_id] * (width - len(two))])
    mask = (torch.arange(width) < torch.tensor([[width], [len(two)]])).long()
    return ids, torch.arange(width).expand_as(ids), torch.zeros_like(ids), mask


SPARING = {"bert": True, "roberta": True, "roformer": True, "convbert": True, "distilbert": False, "modernbert": False}
"""Encoders, and whether pieces can be dropped behind their last attention."""


@pytest.mark.parametrize("kind", SPARING)
def test_the_first_piece_by_itself_is_as_with_all_others(kind: str, load: Load) -> None:
    loaded = load(kind)
    with torch.no_grad():
        expected = loaded(*some_texts(loaded))[:, 0]
        assert torch.allclose(loaded.first(*some_texts(loaded)), expected, atol=1e-6)
    assert (loaded._behind_last_attention is not None) == SPARING[kind]
    seen: list[int] = []
    if loaded._behind_last_attention is not None:
        loaded._behind_last_attention.register_forward_hook(lambda _, inputs, made: seen.append(made.shape[1]))
    loaded.first(*some_texts(loaded))
    loaded.train().first(*some_texts(loaded))
    width = some_texts(loaded)[0].shape[1]
    assert seen == ([1, width] if SPARING[kind] else [])


@pytest.mark.parametrize("kind", [*SPARING, "deberta-v2"])
def test_reading_changes_no_output(kind: str, load: Load) -> None:
    loaded = load(kind)
    before = loaded.encoder.config._attn_implementation
    with torch.no_grad():
        expected = loaded(*some_texts(loaded))
        with loaded.reading(torch.bfloat16):
            found = loaded(*some_texts(loaded))
    kept = some_texts(loaded)[3].bool()
    assert torch.allclose(found[kept], expected[kept], atol=1e-5)
    assert loaded.encoder.config._attn_implementation == before


@pytest.mark.parametrize(("precision", "pieces", "ours"), [("bf16", 8, True), ("bf16", 40, False), ("fp32", 8, False)])
def test_short_texts_alone_are_read_otherwise(
    load: Load, monkeypatch: pytest.MonkeyPatch, precision: str, pieces: int, ours: bool
) -> None:
    loaded = load("bert")
    assert loaded._may_attend_otherwise
    asked: list[int] = []

    def counted(query: torch.Tensor, *others: Any) -> torch.Tensor:
        asked.append(query.shape[2])
        return attend(query, *others)

    monkeypatch.setattr(sparing, "attend", counted)
    ids, positions, segments, _ = probe(loaded, pieces)
    with torch.no_grad(), loaded.reading({"bf16": torch.bfloat16, "fp32": torch.float32}[precision]):
        loaded(ids, positions, segments, torch.ones_like(ids))
    assert asked == ([pieces] * 2 if ours else [])


def test_a_shortcut_that_changes_something_is_not_taken(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparing, "attend", lambda query, *others: torch.zeros_like(query).transpose(1, 2))
    assert not load("bert")._may_attend_otherwise

    @contextmanager
    def failing(module: torch.nn.Module) -> Iterator[None]:
        module.dense = torch.nn.Linear(7, 7)  # of another width
        yield

    monkeypatch.setattr(kbert.backbone.backbone, "first_piece_alone", failing)
    assert load("bert")._behind_last_attention is None


def test_where_pieces_go_one_by_one(load: Callable[[str], Backbone]) -> None:
    bert = load("bert").encoder
    assert behind_last_attention(bert, 2) is bert.encoder.layer[1].attention.output
    assert behind_last_attention(bert, 3) is None
    assert behind_last_attention(load("distilbert").encoder, 2) is None


def test_the_first_piece_alone_while_it_lasts() -> None:
    module = nn.Bilinear(2, 2, 3)
    one, two = torch.randn(2, 4, 5, 2)
    every = module(one, two)
    with first_piece_alone(module):
        assert torch.equal(module(one, two), module(one[:, :1], two[:, :1]))
    assert torch.equal(module(one, two), every)
