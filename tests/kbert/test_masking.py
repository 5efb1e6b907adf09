"""Masked words: how many, which, and what becomes of them."""

import pytest
import torch
from scipy.stats import binomtest

from kbert.masking import chosen_pieces, hide_pieces

MASK, WORDS = 3, torch.arange(10, 1_010)


def drawn(may: torch.Tensor, share: float = 0.15, most: int = 40) -> torch.Tensor:
    torch.manual_seed(0)
    return chosen_pieces(may, share, most)


@pytest.mark.parametrize(
    ("room", "share", "most", "count"), [(100, 0.15, 40, 15), (400, 0.15, 40, 40), (3, 0.15, 40, 1)]
)
def test_how_many(room: int, share: float, most: int, count: int) -> None:
    may = torch.zeros(4, 500, dtype=torch.bool)
    may[:, 7 : 7 + room] = True
    chosen = drawn(may, share, most)
    assert chosen.sum(1).tolist() == [count] * 4
    assert not (chosen & ~may).any()


def test_a_text_without_words_has_none() -> None:
    may = torch.tensor([[False, False], [True, False]])
    assert drawn(may).tolist() == [[False, False], [True, False]]
    assert chosen_pieces(may[:, :0], 0.15, 40).shape == (2, 0)


def test_every_piece_is_as_likely_as_another() -> None:
    counts = drawn(torch.ones(20_000, 20, dtype=torch.bool)).sum(0)
    for count in counts.tolist():
        assert binomtest(count, 20_000, 3 / 20).pvalue > 1e-4


def test_what_becomes_of_them() -> None:
    """Devlin et al. 2019, section 3.1: 80 % hidden, 10 % changed, 10 % left; nothing else is touched."""
    pieces = torch.full((500, 200), 5)
    chosen = drawn(torch.ones_like(pieces, dtype=torch.bool))
    hidden = hide_pieces(pieces, chosen, MASK, WORDS)
    assert (hidden[~chosen] == 5).all()
    total = int(chosen.sum())
    for share, found in ((0.8, hidden == MASK), (0.1, torch.isin(hidden, WORDS)), (0.1, (hidden == 5) & chosen)):
        assert binomtest(int(found.sum()), total, share).pvalue > 1e-4
    assert len(hidden[torch.isin(hidden, WORDS)].unique()) > 700


def test_the_seed_decides() -> None:
    may = torch.ones(3, 50, dtype=torch.bool)
    assert torch.equal(drawn(may), drawn(may))
    assert not torch.equal(drawn(may), chosen_pieces(may, 0.15, 40))
