"""Hiding words: which shares there can be, and which tokenizers."""

from collections.abc import Callable

import pytest

from graphs.errors import OptionsError, UnavailableError
from kbert.backbone import load_with_words
from kbert.word_guesses import WordGuesses


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"masked": 1.0}, r"masked: expected more than 0 and less than 1, found 1\.0"),
        ({"masked": 0.0}, r"masked: expected more than 0 and less than 1, found 0\.0"),
        ({"most_masked": 0}, "most_masked: expected at least 1, found 0"),
    ],
)
def test_shares(encoder: Callable[[str], str], options: dict[str, float], message: str) -> None:
    backbone, head, _ = load_with_words(encoder("bert"))
    with pytest.raises(OptionsError, match=message):
        WordGuesses(backbone, head, **{"masked": 0.15, "most_masked": 40} | options)


def test_a_tokenizer_without_a_mask(encoder: Callable[[str], str]) -> None:
    backbone, head, _ = load_with_words(encoder("bert"))
    backbone.mask_id = None
    with pytest.raises(UnavailableError, match="has no mask: no word can be hidden"):
        WordGuesses(backbone, head, masked=0.15, most_masked=40)


def test_only_ordinary_pieces_stand_in_for_others(encoder: Callable[[str], str]) -> None:
    backbone, _, _ = load_with_words(encoder("roberta"))
    named = backbone.piece_names(backbone.ordinary_ids)
    assert not {"<s>", "<pad>", "</s>", "<unk>", "<mask>"} & set(named)
    assert len(named) == len(backbone.tokenizer) - 5
