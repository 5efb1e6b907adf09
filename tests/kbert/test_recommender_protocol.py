"""What figures of a run on behaviour are of."""

import pytest

from kbert.behaviour.sampling import Sampling
from kbert.recommender_protocol import CHOSEN, learnt_elsewhere, profile_protocol, protocol


def run_on(digest, before=None):
    """What a run says of itself."""
    return {"behaviour": {"digest": digest}, **({} if before is None else {"begun_with": before})}


@pytest.mark.parametrize(
    ("before", "elsewhere"),
    [
        (None, False),
        (run_on("a-b-c-d"), False),
        (run_on("a-x-c-y"), False),
        (run_on("x-b-c-d"), True),
        (run_on("a-b-c-d", run_on("x-b-c-d")), True),
        (run_on("a-b-c-d", run_on("a-b-c-d")), False),
    ],
)
def test_other_events_make_a_run_one_that_may_know_more(before, elsewhere):
    """Users' attributes and friends, the second and the last part of the digest, do not."""
    assert learnt_elsewhere(before, "a-b-c-d") == elsewhere


def test_what_is_asked_and_among_what(behaviour):
    graph = behaviour()
    told = protocol(graph, "test", 6)
    assert told.startswith("the last event of each of 6 users with three or more, among all 7 items")
    assert CHOSEN["test"] in told
    assert "0.0% of these users have a last event that is no later than the one before" in told
    told = protocol(graph, "dev", 6, Sampling(3))
    assert "among 3 items drawn evenly (seed 0) that the user never had (the epoch was chosen on it)" in told
    assert CHOSEN["dev"] in profile_protocol("dev", 9)
