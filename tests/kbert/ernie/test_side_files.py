"""An encoder with an entity side of its own: kept beside it, taken up again, and a BERT for whoever wants one."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModel

from graphs.errors import OptionsError, StoreError, UnavailableError
from kbert import backbone
from kbert.backbone import Backbone
from kbert.ernie.side_files import entity_side, write_entity_side
from kbert.models.ernie import Model

Load = Callable[[str], Backbone]


@pytest.fixture
def made(encoder: Callable[[str], str], tmp_path: Path) -> Path:
    """The folder of an encoder with an entity side that has learnt something."""
    folder = tmp_path / "encoder"
    shutil.copytree(encoder("bert"), folder)
    side = entity_side(backbone.load(str(folder)), width=8, layers="mix*2", heads=2)
    torch.manual_seed(1)
    for parameter in side.parameters():
        torch.nn.init.normal_(parameter)
    write_entity_side(folder, side)
    return folder


def test_a_new_one_is_as_usual_and_said_to_be_new(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="kbert"):
        side = entity_side(load("bert"), width=8)
    (record,) = caplog.records
    assert record.message.endswith(" has no entity side of its own: it begins with a new one")
    assert (side.kinds, side.heads, side.width) == (["mix", "norm"], 4, 8)
    assert repr(side).startswith("EntitySide(\n  mix norm, width=8, heads=4")


def test_what_an_encoder_brings_is_taken_up(
    made: Path, vectors_of: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    own = entity_side(backbone.load(str(made)), width=8)
    assert not caplog.records
    assert (own.kinds, own.heads) == (["mix", "mix"], 2)
    model = Model(backbone.load(str(made)), vectors=str(vectors_of("a")))
    for name, tensor in own.state_dict().items():
        assert torch.equal(model.entities.state_dict()[name], tensor), name
        assert tensor.std() > 0.5
    assert model.settled == {"layers": "mix*2", "entity_heads": 2}
    same = entity_side(backbone.load(str(made)), width=8, layers="mix mix", heads=2)
    assert torch.equal(same.state_dict()["layers.0.into.weight"], own.state_dict()["layers.0.into.weight"])


def test_it_is_a_bert_for_anybody(made: Path, encoder: Callable[[str], str]) -> None:
    own, plain = (AutoModel.from_pretrained(folder).state_dict() for folder in (made, encoder("bert")))
    assert own.keys() == plain.keys()
    assert all(torch.equal(own[name], plain[name]) for name in own)


def test_one_that_is_rebuilt_brings_nothing(made: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A run fills it from its own file."""
    loaded = backbone.load(str(made))
    rebuilt = backbone.rebuild(loaded.config, made)
    assert rebuilt.file_beside("entity_side.json") is None
    caplog.clear()
    entity_side(rebuilt, width=8)
    assert not caplog.records
    assert loaded.file_beside("config.json") == made / "config.json"
    assert loaded.file_beside("none.json") is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"width": 12}, r"encoder has an entity side of its own, with vectors of the width 8: it cannot have 12"),
        ({"layers": "mix norm"}, r"with layers mix\*2: it cannot have mix norm"),
        ({"heads": 4}, r"with entity_heads 2: it cannot have 4"),
        ({"layers": "mix*3"}, r"layers: the encoder has 2, found 3"),
    ],
)
def test_other_wishes_than_what_it_has(asked: dict[str, object], message: str, made: Path) -> None:
    with pytest.raises(OptionsError, match=message):
        entity_side(backbone.load(str(made)), **{"width": 8, **asked})


def test_an_encoder_that_takes_none(load: Load) -> None:
    with pytest.raises(UnavailableError, match="ERNIE cannot be built on this encoder: distilbert has no layers"):
        entity_side(load("distilbert"), width=8)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "entity_side.safetensors").unlink(), "expected the weights of the entity side, found nothing"),
        (lambda f: (f / "entity_side.safetensors").write_bytes(b"1"), "expected a whole safetensors file"),
        (lambda f: (f / "entity_side.json").write_text("{"), "expected a whole manifest, found damage"),
        (lambda f: say(f, layers="mix norm"), r"expected the \d+ tensors of this model, found \d+ missing"),
        (lambda f: say(f, heads=None), "expected a whole number as heads, found None"),
        (lambda f: say(f, version=7), "expected the entity side of an encoder of version 1, found version 7"),
    ],
)
def test_damage(spoil: Callable[[Path], object], message: str, made: Path) -> None:
    spoil(made)
    with pytest.raises(StoreError, match=message):
        entity_side(backbone.load(str(made)), width=8)


def say(folder: Path, **other: object) -> None:
    path = folder / "entity_side.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | other))
