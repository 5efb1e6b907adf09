"""How well margins tell true triples from false ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Margins = npt.NDArray[np.floating]


def auc(margins: Margins, is_true: Bools) -> float | None:
    """The area under the ROC curve: how often a true triple is above a false one, ties as half. None without both."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(is_true, margins)) if is_true.any() and not is_true.all() else None


def judged(margins: Margins, is_true: Bools, said: Mapping[str, Bools]) -> dict[str, Any]:
    """Counts, the area under the ROC curve, and the accuracy of each way to say which are true."""
    accuracies = {name: float((held == is_true).mean()) for name, held in said.items()}
    true = int(is_true.sum())
    return {"true": true, "false": len(is_true) - true, **accuracies, "auc": auc(margins, is_true)}


def judged_by_relation(
    margins: Margins, is_true: Bools, said: Mapping[str, Bools], relations: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The same for each relation, those of most triples first."""
    names, which, counts = np.unique(np.asarray(relations, object), return_inverse=True, return_counts=True)
    found = {}
    for number in np.argsort(-counts, kind="stable").tolist():
        own = which == number
        found[str(names[number])] = judged(margins[own], is_true[own], {name: held[own] for name, held in said.items()})
    return found
