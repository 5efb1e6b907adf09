"""What was cut off, put together part by part."""

import numpy as np

from kbert.ranking.cuts import cuts_of, joined, told


def test_parts_add_up() -> None:
    one = {**cuts_of("questions", np.array([0, 2, 3])), **cuts_of("entities", np.array([7, 0]))}
    two = {**cuts_of("questions", np.array([1])), **cuts_of("entities", np.array([7, 0]))}
    three = cuts_of("triples", np.array([0, 0]))
    assert joined([one, two, three]) == {"questions": (3, 6), "entities": (1, 7), "triples": (0, 0)}
    assert told(joined([one, two, three])) == {"questions": 3, "entities": 1, "triples": 0, "pieces": 13}


def test_nothing_was_read() -> None:
    assert told(joined([])) == {"pieces": 0}
