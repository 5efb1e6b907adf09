"""Kinds of layers, as people write them."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import OptionsError
from kbert.ernie import layer_kinds
from kbert.ernie.layer_kinds import parsed_kinds, usual_kinds, written


def test_examples() -> None:
    assert doctest.testmod(layer_kinds).failed == 0


@pytest.mark.parametrize(
    ("layers", "usual"),
    [(1, "mix"), (2, "mix norm"), (3, "mix norm*2"), (6, "sim*2 mix norm*3"), (12, "sim*5 mix norm*6")],
)
def test_usual(layers: int, usual: str) -> None:
    """That of 12 layers is the released model's."""
    assert written(usual_kinds(layers)) == usual
    assert parsed_kinds(usual, layers) == usual_kinds(layers)


@given(st.lists(st.sampled_from(["sim", "mix", "norm"]), min_size=1, max_size=8))
def test_what_is_written_is_read(kinds: list[str]) -> None:
    if set(kinds) == {"sim"}:
        with pytest.raises(OptionsError, match="at least one mix or norm, where entities are fused"):
            parsed_kinds(written(kinds), len(kinds))
    else:
        assert parsed_kinds(written(kinds), len(kinds)) == kinds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sim*2 mix", r"layers: the encoder has 4, found 3 in 'sim\*2 mix'"),
        ("sim*0 mix*4", r"layers: expected sim, mix or norm, each with \*N behind it if wanted, found 'sim\*0'"),
        ("some*4", r"found 'some\*4'"),
        ("sim,mix,norm,norm", "found 'sim,mix,norm,norm'"),
    ],
)
def test_other_texts_are_refused(text: str, message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        parsed_kinds(text, 4)
