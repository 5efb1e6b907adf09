"""What figures of a run on behaviour are of, in a sentence that stands beside them."""

from collections.abc import Mapping
from typing import Any

from graphs.behaviour import BehaviourGraph, same_events
from kbert.behaviour.histories import Split
from kbert.behaviour.sampling import Sampling

CHOSEN: dict[Split, str] = {
    "dev": "the epoch was chosen on it",
    "test": "held out: nothing was learnt from it or chosen on it",
}

ELSEWHERE = (
    "But the run that this one began with learnt from other events, where what is asked may not have been held out."
)


def learnt_elsewhere(before: Mapping[str, Any] | None, digest: str) -> bool:
    """Whether a run to begin with, or one that it began with itself, learnt from other events than those of a graph.

    ``before`` is what its ``run.json`` says; ``digest`` is that of the graph.
    """
    while before is not None:
        if not same_events(before["behaviour"]["digest"], digest):
            return True
        before = before.get("begun_with")
    return False


def protocol(graph: BehaviourGraph, split: Split, users: int, sampling: Sampling | None = None) -> str:
    """What figures of a split are of; so many ``users`` are asked about."""
    place = "last but one" if split == "dev" else "last"
    among = f"all {len(graph.items):,} items" if sampling is None else sampling.told
    tied = graph.manifest["counts"]["tied_last"] or 0.0
    return (
        f"the {place} event of each of {users:,} users with three or more, among {among} "
        f"({CHOSEN[split]}); ties count half; "
        f"{tied:.1%} of these users have a last event that is no later than the one before"
    )


def profile_protocol(split: Split, users: int) -> str:
    """What figures of profiles are of."""
    return (
        f"{users:,} users of whom something is known, a fifth by the digests of names ({CHOSEN[split]}); "
        "read is what they did but for their last two events"
    )
