"""What a behaviour graph says of one user, and what each of his events is for."""

from typing import Any

import numpy as np

from graphs.behaviour import BehaviourGraph
from kbert.behaviour.histories import Histories

DAY = 24 * 60 * 60


def about_user(graph: BehaviourGraph, name: str) -> dict[str, Any]:
    """Attributes that are known, friends by name, and events in order.

    An event has ``item``, ``label``, ``split`` (learnt, dev or test) and, where known, ``time``, ``date`` (of a graph
    whose times were told as dates; in UTC) and ``value``. Raises :class:`OptionsError` for a name that no user has.
    """
    user = graph.id_of(name)
    offsets, friends = graph.friends
    events = range(int(graph.offsets[user]), int(graph.offsets[user + 1]))
    splits = Histories.of(graph).splits_of(user)
    return {
        "user": name,
        "attributes": graph.known_of(user),
        "friends": [graph.users[friend] for friend in friends[offsets[user] : offsets[user + 1]]],
        "events": [
            {
                "item": graph.items[graph.item[event]],
                "label": graph.labels[graph.item[event]],
                **_known("time", float(graph.time[event])),
                **(_date(float(graph.time[event])) if graph.dated else {}),
                **_known("value", float(graph.value[event])),
                "split": split,
            }
            for event, split in zip(events, splits, strict=True)
        ],
    }


def _known(name: str, number: float) -> dict[str, float]:
    return {} if np.isnan(number) else {name: number}


def _date(seconds: float) -> dict[str, str]:
    """A time as a date, with the time of day where that is not midnight; numpy knows years beyond 9999, too."""
    if np.isnan(seconds):
        return {}
    unit = "D" if seconds % DAY == 0 else "s" if seconds.is_integer() else "us"
    return {"date": str(np.datetime64(round(seconds * 1e6), "us").astype(f"datetime64[{unit}]"))}
