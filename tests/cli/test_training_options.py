"""Options of trainings: they are the settings of a training, with its defaults, and say how a run is kept and told."""

from dataclasses import asdict

import pytest

from cli.command import command
from cli.options import with_options
from cli.training_options import ENCODER, settings
from kbert.train import Settings

BESIDE = {"out", "resume", "as_json", "quiet"}
"""What a command takes that is no setting of the training."""


def options(*added):
    """The options of a command by the names of their values."""
    made = command("x")(with_options(lambda **given: None, list(added)))
    return {option.name: option for option in made.params if option.name not in ("config", "debug", "help")}


def test_they_are_the_settings_with_their_defaults():
    made = options(*settings())
    assert made.keys() == asdict(Settings()).keys() | BESIDE
    assert {name: made[name].default for name in asdict(Settings())} == asdict(Settings())


def test_other_defaults_and_what_an_epoch_goes_through():
    made = options(*settings(learnt="triples", a_step="Triples a step.", batch_size=7, max_padded=8, learning_rate=0.5))
    assert [made[name].default for name in ("batch_size", "max_padded", "learning_rate")] == [7, 8, 0.5]
    assert made["epochs"].help == "Times to go through the triples."
    assert made["batch_size"].help == "Triples a step."


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", "0"), ("learning_rate", "0"), ("warmup", "1.1"), ("average", "1"), ("clip", "nan"), ("precision", "f")],
)
def test_values_that_no_training_has(kbert, name, value):
    words = ("train", "bert", "--task", "classify", "--encoder", "e", "--train", "t", "-o", "o")
    told = kbert(*words, f"--{name.replace('_', '-')}", value, code=2).stderr
    assert f"Invalid value for '--{name.replace('_', '-')}'" in told


def test_the_encoder_must_be_named():
    assert options(ENCODER)["encoder"].required
