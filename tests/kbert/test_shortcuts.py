"""What can be spared, on an encoder of BERT's kind and on one of another."""

from collections.abc import Callable

import torch
from torch import nn

from kbert.backbone import Backbone
from kbert.shortcuts import behind_last_attention, first_piece_alone


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
