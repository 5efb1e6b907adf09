"""Options out of range are refused in a sentence."""

import pytest

from graphs.errors import OptionsError
from kbert.backbone import Template
from kbert.models import bert, kbert
from kbert.options import check_room
from kbert.tasks import classify, tag


def test_room_for_a_piece_of_the_text():
    template = Template([0], [1], [1], 1)
    check_room(3, template)
    with pytest.raises(OptionsError, match="max_pieces: expected at least 3, found 2"):
        check_room(2, template)


def test_models_and_tasks_check_theirs(load):
    backbone = load("bert")
    for make in (
        lambda: bert.Model(backbone, max_pieces=2),
        lambda: kbert.Model(backbone, max_pieces=0),
        lambda: kbert.Model(backbone, max_facts=-1),
        lambda: classify.Head(4, ["a"], dropout=1.0),
        lambda: tag.Head(4, ["a"], dropout=-0.1),
    ):
        with pytest.raises(OptionsError, match="expected at least"):
            make()
