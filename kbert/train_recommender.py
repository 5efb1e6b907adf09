"""Training a recommender on a behaviour graph."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from graphs import rooms
from graphs.behaviour import BehaviourGraph
from graphs.errors import OptionsError
from graphs.files import write_json
from kbert.behaviour.model import RECOMMENDERS, Recommender
from kbert.behaviour.objective import Learning, Objective
from kbert.behaviour.profiles import Target, targets_of
from kbert.portable import resolved
from kbert.recommender_runs import KIND, VERSION, RecommenderRun, protocol
from kbert.run_files import BEHAVIOUR_FORMAT
from kbert.run_folder import begun, check_free, learn, surroundings
from kbert.train import Report, Settings


@dataclass(frozen=True)
class RecommenderPlan:
    """What to train on which behaviour: every option of a run.

    With ``last_alone`` the last item of each window is hidden and nothing else, as it is where the next one is asked
    for. ``begin`` names a run to begin with, whose model goes on; its options stay.
    """

    recommender: str
    behaviour: str
    learning: Learning = field(default_factory=Learning)
    attributes: tuple[str, ...] | None = None
    last_alone: bool = False
    begin: str | None = None
    recommender_options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=lambda: Settings(learning_rate=1e-3))


def train_recommender(
    plan: RecommenderPlan, folder: Path, *, resume: bool = False, report: Report = lambda record: None
) -> dict[str, Any]:
    """Train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    Raises :class:`OptionsError` for weights of what the graph does not tell, for ``patience`` where nothing is held
    out, for a run to begin with that is of other items, and what :func:`kbert.run_folder.check_free` raises.
    """
    graph = BehaviourGraph.open(plan.behaviour)
    begun_with = None if plan.begin is None else _begun_with(plan.begin, graph)
    _check_weights(plan, graph)
    if begun_with is None:
        targets = _targets(plan, graph)
        options = resolved(rooms.find(RECOMMENDERS, plan.recommender).Model, plan.recommender_options)
    else:
        targets, options = begun_with.attributes, begun_with.settings["options"]
    about = {
        "format": BEHAVIOUR_FORMAT,
        "version": VERSION,
        "kind": KIND,
        "plan": {**asdict(plan), "attributes": [one.name for one in targets], "recommender_options": options},
        "behaviour": {"folder": plan.behaviour, "digest": graph.digest, "counts": graph.manifest["counts"]},
        **surroundings(plan.settings.precision),
    }
    check_free(folder, about, resume=resume)
    torch.manual_seed(plan.settings.seed)
    model = Recommender(plan.recommender, len(graph.items), targets, options)
    if begun_with is not None:
        model.load_state_dict(begun_with.state_dict())
    objective = Objective(model, graph, plan.learning, last_alone=plan.last_alone)
    if plan.settings.patience and not len(objective.dev):
        raise OptionsError(f"patience waits for a better dev, and {graph.folder} has no user with three events")
    with begun(folder, about, resume=resume):
        progress = learn(objective, plan.settings, folder, report)
        model.save(folder)
        write_json(folder / "items.json", {"names": graph.items, "labels": graph.labels})
        result: dict[str, Any] = {"best_epoch": progress.best_epoch, "epochs": progress.epoch}
        if progress.metrics is not None:
            result |= {"dev": progress.metrics, "protocol": protocol(graph, "dev", len(objective.dev))}
        write_json(folder / "result.json", result)
    return result


def _begun_with(folder: str, graph: BehaviourGraph) -> Recommender:
    """The model of a run to begin with. Raises :class:`OptionsError` where that is of other items."""
    run = RecommenderRun(folder)
    run.check_items(graph)
    return run.load()


def _check_weights(plan: RecommenderPlan, graph: BehaviourGraph) -> None:
    """Raise :class:`OptionsError` for a weight of friends where there are none."""
    if plan.learning.srd and not graph.manifest["counts"].get("friends"):
        raise OptionsError(f"srd has a weight, and {graph.folder} has no friends")


def _targets(plan: RecommenderPlan, graph: BehaviourGraph) -> list[Target]:
    """What is told of users, where that has a weight. Raises :class:`OptionsError` where there is nothing to tell."""
    wanted = plan.learning.uap or plan.learning.srd
    targets = targets_of(graph, plan.attributes) if wanted or plan.attributes else []
    if plan.learning.uap and not targets:
        raise OptionsError(f"uap has a weight, and {graph.folder} has no attributes of users")
    return targets
