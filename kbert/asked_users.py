"""Histories of users who are asked about in a file, one after another, for a run on behaviour to go on from."""

from collections.abc import Iterator
from pathlib import Path

from graphs.asked_users import read
from graphs.behaviour import BehaviourGraph
from graphs.errors import OnBad, did_you_mean, stop
from kbert.recommender_runs import RecommenderRun


def histories(
    run: RecommenderRun, path: str | Path, *, behaviour: str | None = None, bad: OnBad = stop
) -> Iterator[tuple[str, list[str]]]:
    """The users of a file (see :func:`graphs.asked_users.read`), each with his items in their order.

    The graph (which ``behaviour`` says is elsewhere now) is opened when a line first names a user of it. Raises
    :class:`DataError`, through ``bad``, for a user that the graph does not have and for an item that was never learnt.
    """
    learnt = run.items()["names"]
    known = {*learnt}
    graph: BehaviourGraph | None = None
    for asked in read(path, bad=bad):
        if asked.items is None:
            graph = graph or run.behaviour(behaviour)
            if asked.user in graph.ids:
                yield asked.user, items_of(graph, asked.user)
            else:
                expected = f"a user of {graph.folder}, or an object with user and items"
                bad(asked.error(expected, f"{asked.user!r}{did_you_mean(asked.user, graph.users)}"))
            continue
        stranger = next((item for item in asked.items if item not in known), None)
        if stranger is None:
            yield asked.user, asked.items
        else:
            bad(asked.error("items that were learnt", f"{stranger!r}{did_you_mean(stranger, learnt)}"))


def items_of(graph: BehaviourGraph, user: str) -> list[str]:
    """The items of a user of a graph. Raises :class:`OptionsError` for a name that no user has."""
    number = graph.id_of(user)
    return [graph.items[item] for item in graph.item[graph.offsets[number] : graph.offsets[number + 1]]]
