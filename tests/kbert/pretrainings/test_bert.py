"""Masked words on BERT: what is read, what is asked, and that it can be learnt."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graphs.corpus import to_rows
from graphs.types import TextGraph
from kbert.backbone import load_with_words
from kbert.models.bert import Model
from kbert.next_sentences import Paired
from kbert.pretrainings.bert import Pretraining

Reviews = Callable[..., list[TextGraph]]


@pytest.fixture
def made(encoder: Callable[[str], str]) -> Pretraining:
    torch.manual_seed(0)
    backbone, words, _ = load_with_words(encoder("bert"))
    return Pretraining(Model(backbone), words, masked=0.3).eval()


@pytest.fixture
def paired(made: Pretraining, reviews: Reviews) -> Paired:
    paired: Paired = made.collate(made.layout(to_rows(reviews(6))), np.arange(6))
    return paired


def test_hidden_words_are_named_where_they_were(made: Pretraining, paired: Paired) -> None:
    """The scores are those of the head over the encoder's reading of what is left."""
    batch = paired.batch
    torch.manual_seed(1)
    guessed = made(paired)["words"]
    torch.manual_seed(1)
    hidden, chosen = made.words.hide(paired.batch)
    assert guessed.kind is None
    assert torch.equal(guessed.target, batch.piece_ids[chosen])
    positions = torch.arange(batch.piece_ids.shape[1]).expand_as(batch.piece_ids)
    read = made.model.backbone(hidden.piece_ids, positions, batch.segments, batch.mask)
    torch.testing.assert_close(guessed.scores, made.words.head(read[chosen]))
    assert not (chosen & (batch.word < 0)).any()
    assert torch.equal(hidden.piece_ids[~chosen], batch.piece_ids[~chosen])


def test_near_scores_are_told_apart_in_bf16(made: Pretraining, paired: Paired) -> None:
    """The encoder reads in bf16, the head scores in float32."""
    torch.manual_seed(1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        guessed = made(paired)["words"]
    torch.manual_seed(1)
    hidden, chosen = made.words.hide(paired.batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        read = made.model(hidden).pieces
    torch.testing.assert_close(guessed.scores, made.words.head(read[chosen].float()), rtol=0, atol=0)


def test_texts_without_words(made: Pretraining, paired: Paired) -> None:
    batch = paired.batch
    guessed = made(replace(paired, batch=replace(batch, word=torch.full_like(batch.word, -1))))["words"]
    assert guessed.scores.shape == (0, len(made.model.backbone.tokenizer))


def test_it_is_saved_as_a_masked_language_model(made: Pretraining, paired: Paired, tmp_path: Path) -> None:
    made.save_pretrained(tmp_path)
    backbone, words, had = load_with_words(str(tmp_path))
    again = Pretraining(Model(backbone), words, masked=0.3).eval()
    torch.manual_seed(1)
    first = made(paired)["words"]
    torch.manual_seed(1)
    assert had
    assert torch.equal(again(paired)["words"].scores, first.scores)
