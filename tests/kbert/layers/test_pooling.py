"""Pooling against plain loops."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kbert.layers.pooling import WordPooling, pieces_of_words, pool_marked, pool_text, pool_words
from kbert.layout import OPENING

WIDTH = 3
BATCHES = st.integers(0, 5).flatmap(
    lambda length: st.lists(st.lists(st.integers(-1, 3), min_size=length, max_size=length), min_size=1, max_size=3)
)


def made(word: list[list[int]]) -> tuple[Tensor, Tensor]:
    places = torch.tensor(word, dtype=torch.long).reshape(len(word), -1)
    generator = torch.Generator().manual_seed(0)
    return places, torch.randn(*places.shape, WIDTH, generator=generator)


@pytest.mark.parametrize("how", ["first", "mean"])
@given(BATCHES, st.integers(4, 6))
def test_words_by_a_plain_loop(how: WordPooling, word: list[list[int]], words: int) -> None:
    places, pieces = made(word)
    if not places.shape[1]:
        return
    found = pool_words(pieces, places, words, how)
    count = pieces_of_words(places, words)
    assert found.shape == (len(word), words, WIDTH)
    for row, own in enumerate(word):
        for i in range(words):
            mine = [pieces[row, place] for place, number in enumerate(own) if number == i]
            assert count[row, i] == len(mine)
            expected = torch.zeros(WIDTH) if not mine else mine[0] if how == "first" else sum(mine) / len(mine)
            assert torch.allclose(found[row, i], expected, atol=1e-6)


@pytest.mark.parametrize("how", ["first", "mean"])
def test_gradients_reach_only_what_is_read(how: WordPooling) -> None:
    pieces = torch.ones(1, 4, WIDTH, requires_grad=True)
    pool_words(pieces, torch.tensor([[-1, 0, 0, -1]]), 2, how).sum().backward()
    assert pieces.grad is not None
    assert pieces.grad[0, :, 0].tolist() == ([0, 1, 0, 0] if how == "first" else [0, 0.5, 0.5, 0])


def test_no_words_at_all() -> None:
    assert pool_words(torch.ones(2, 3, WIDTH), torch.full((2, 3), -1), 0, "first").shape == (2, 0, WIDTH)


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_texts_by_a_plain_loop(trunk: list[bool]) -> None:
    pieces = torch.randn(1, len(trunk), WIDTH, generator=torch.Generator().manual_seed(1))
    mean = pool_text(pieces, torch.tensor([trunk]), "mean")
    mine = [pieces[0, i] for i, own in enumerate(trunk) if own]
    assert torch.allclose(mean[0], sum(mine, torch.zeros(WIDTH)) / max(len(mine), 1), atol=1e-6)
    assert torch.equal(pool_text(pieces, torch.tensor([trunk]), "cls")[0], pieces[0, 0])


@given(st.permutations(["head", "head words", "tail", "between", "tail words"]), st.integers(0, 9))
def test_spans_by_a_plain_loop(order: list[str], seed: int) -> None:
    """Two spans side by side or the one in the other; injected pieces (of no word) stand among the words."""
    words = iter(range(9))
    inner = order.index("tail") < order.index("head")
    head, tail = OPENING, OPENING - 1

    def some() -> list[int]:
        return [next(words), -1, next(words)]

    span = [tail, *some(), tail - 2]
    row = [-1, next(words), head, *some(), *(span if inner else []), head - 2, *([] if inner else span), next(words)]
    pieces = torch.randn(1, len(row), WIDTH, generator=torch.Generator().manual_seed(seed))
    found = pool_marked(pieces, torch.tensor([row]), 2, "spans")
    expected = []
    for role in (head, tail):
        own = [i for i in range(row.index(role), row.index(role - 2)) if row[i] >= 0]
        expected.append(pieces[0, own].mean(0))
    assert torch.allclose(found[0], torch.cat(expected), atol=1e-6)
