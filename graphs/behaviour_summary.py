"""What a behaviour graph holds, in short, for people to read."""

from typing import Any

import numpy as np

from graphs.behaviour import BehaviourGraph

QUANTILES = (5, 25, 50, 75, 95)
"""Shares of users, in per cent."""


def summarise(graph: BehaviourGraph) -> dict[str, Any]:
    """What each of the ``files`` held, counts, quantiles of events, and attributes.

    The ``density`` is the share of pairs of user and item with an event. Of ``events_per_user`` a quantile is the least
    number that so many per cent of the users do not exceed.
    """
    lengths = np.diff(graph.offsets)
    pairs = np.repeat(np.arange(len(lengths)), lengths) * len(graph.items) + graph.item
    quantiles = np.quantile(lengths, np.array(QUANTILES) / 100, method="inverted_cdf").tolist()
    return {
        "files": [{"name": one["name"], "holds": one.get("holds", {})} for one in graph.manifest["sources"]],
        "counts": graph.manifest["counts"],
        "density": len(np.unique(pairs)) / (len(lengths) * len(graph.items)),
        "events_per_user": {f"{share} %": count for share, count in zip(QUANTILES, quantiles, strict=True)},
        "attributes": [
            {
                "name": name,
                "kind": attribute.kind,
                "known": float(attribute.known.mean()),
                "categories": len(attribute.categories),
            }
            for name, attribute in graph.attributes.items()
        ],
    }
