"""A vector for each packed text, as transformers itself gives it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from kbert.backbone import Backbone
from kbert.triples.read_packed import read_packed
from kbert.triples.texts import Packer, Phrases

TEXTS = ["the film was good", "beijing", "tim cook is visiting beijing now"]


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_as_the_encoder_alone_reads(load: Callable[[str], Backbone], kind: str, pooling: Any) -> None:
    backbone = load(kind).eval()
    phrases = Phrases.cut(TEXTS, backbone, most=60)
    with torch.no_grad():
        found = read_packed(backbone, Packer(backbone, max_pieces=62)([(phrases, np.arange(3))]), pooling)
        for text, vector in zip(TEXTS, found, strict=True):
            hidden = backbone.encoder(**backbone.tokenizer(text, return_tensors="pt")).last_hidden_state[0]
            torch.testing.assert_close(vector, hidden.mean(0) if pooling == "mean" else hidden[0], rtol=0, atol=1e-5)
