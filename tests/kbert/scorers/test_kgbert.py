"""KG-BERT's cross-encoder: what it reads, and that padding and order change nothing."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphs.errors import OptionsError
from kbert.backbone import Backbone
from kbert.scorers.kgbert import Model
from kbert.triples.ids import TripleIds
from kbert.triples.texts import Phrases, TripleTexts

Load = Callable[[str], Backbone]
ENTITIES = ["tim cook", "beijing", "the city now", "paris"]
RELATIONS = ["is visiting", "lead"]


def made(load: Load, task: str, **options: object) -> tuple[Model, TripleTexts]:
    torch.manual_seed(0)
    backbone = load("bert")
    entities, relations = (Phrases.cut(some, backbone, most=64) for some in (ENTITIES, RELATIONS))
    return Model(backbone, task, 2, **options).eval(), TripleTexts.of(entities, relations)


TRIPLES = TripleIds.of([0, 1, 2, 3], [0, 1, 0, 1], [1, 2, 3, 0])


def test_a_triple_is_read_whole_and_a_pair_without_its_relation(load: Load) -> None:
    for task, read in (("triple", "[CLS] tim cook [SEP] is visiting [SEP] beijing [SEP]"),
                       ("relation", "[CLS] tim cook [SEP] beijing [SEP]")):  # fmt: skip
        model, texts = made(load, task)
        batch = model.collate(texts, TRIPLES.where(np.array([0])))
        assert " ".join(model.backbone.piece_names(batch.piece_ids[0].tolist())) == read


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_padding_and_order_change_no_score(load: Load, pooling: str) -> None:
    model, texts = made(load, "triple", pooling=pooling)
    together = model(model.collate(texts, TRIPLES))
    for i in (3, 0, 2, 1):
        alone = model(model.collate(texts, TRIPLES.where(np.array([i]))))
        torch.testing.assert_close(alone[0], together[i])


def test_lengths_are_those_of_what_is_read(load: Load) -> None:
    for options in ({}, {"max_pieces": 8}):
        model, texts = made(load, "triple", **options)
        assert model.lengths(texts, TRIPLES).tolist() == model.collate(texts, TRIPLES).mask.sum(1).tolist()


def test_the_classifier_computes_in_float32(load: Load) -> None:
    model, texts = made(load, "triple")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model(model.collate(texts, TRIPLES)).dtype == torch.float32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_pieces": 6}, "max_pieces: expected at least 7, found 6"),
        ({"dropout": 1.0}, "dropout: expected at least 0 and less than 1, found 1.0"),
    ],
)
def test_options_out_of_range(load: Load, options: dict[str, float], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        made(load, "triple", **options)
