"""Training a recommender on a behaviour graph."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch

from graphs.behaviour import BehaviourGraph
from graphs.errors import OptionsError
from graphs.files import write_json
from kbert.behaviour.item_vectors import ItemVectors
from kbert.behaviour.model import Recommender
from kbert.behaviour.objective import Learning
from kbert.behaviour.objective import Objective as HistoryObjective
from kbert.behaviour.profiles import Target, targets_of
from kbert.behaviour.profiling import ProfileObjective
from kbert.recommender_protocol import learnt_elsewhere, profile_protocol, protocol
from kbert.recommender_runs import KIND, VERSION, RecommenderRun
from kbert.run_files import BEHAVIOUR_FORMAT
from kbert.run_folder import begun, check_free, learn, surroundings
from kbert.train import Objective, Report, Settings

Task = Literal["recommend", "profile"]


@dataclass(frozen=True)
class RecommenderPlan:
    """What to train on which behaviour: every option of a run.

    With the task ``profile`` attributes of users are told, as :mod:`kbert.behaviour.profiling` has it, and ``learning``
    is without effect. ``begin`` names a run to begin with, whose model goes on; its options stay.
    ``item_vectors`` names a folder of vectors of entities (:class:`kbert.entities.vectors.Vectors`) that items begin
    with.
    """

    recommender: str
    behaviour: str
    task: Task = "recommend"
    learning: Learning = field(default_factory=Learning)
    attributes: tuple[str, ...] | None = None
    begin: str | None = None
    item_vectors: str | None = None
    recommender_options: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=lambda: Settings(learning_rate=1e-3))

    @property
    def knows_profiles(self) -> bool:
        """Whether it learns from profiles of users that ``profile`` asks for on dev and test."""
        learning = self.learning
        return self.task == "recommend" and bool(learning.uap or learning.srd) and not learning.hold_profiles


def train_recommender(
    plan: RecommenderPlan, folder: Path, *, resume: bool = False, report: Report = lambda record: None
) -> dict[str, Any]:
    """Train as planned and leave a finished run in ``folder``; give its result (also in ``result.json``).

    Raises :class:`OptionsError` for weights of what the graph does not tell, for ``patience`` where nothing is held
    out, for a run to begin with that is of other items or has learnt what is asked, for vectors of items that do not
    fit (:class:`ItemVectors`) or beside a run to begin with, and what :func:`kbert.run_folder.check_free` raises.
    """
    graph = BehaviourGraph.open(plan.behaviour)
    begun_with = None if plan.begin is None else _begun_with(plan, plan.begin, graph)
    _check_weights(plan, graph)
    item_vectors = None if plan.item_vectors is None else _item_vectors(plan.item_vectors, graph, plan.begin)
    made = _made(plan, graph, begun_with)
    attributes = [one.name for one in made.attributes]
    about = {
        "format": BEHAVIOUR_FORMAT,
        "version": VERSION,
        "kind": KIND,
        "plan": {**asdict(plan), "attributes": attributes, "recommender_options": made.settings["options"]},
        "behaviour": {"folder": plan.behaviour, "digest": graph.digest, "counts": graph.manifest["counts"]},
        "knows_profiles": plan.knows_profiles or (begun_with is not None and begun_with.knows_profiles),
        **({} if item_vectors is None else {"item_vectors": {**item_vectors.counts, "digest": item_vectors.digest}}),
        **({} if begun_with is None else {"begun_with": _lineage(begun_with)}),
        **surroundings(plan.settings.precision),
    }
    check_free(folder, about, resume=resume)
    if item_vectors is not None:
        item_vectors.put(made.part.items.weight)
    elsewhere = begun_with is not None and learnt_elsewhere(begun_with.described, graph.digest)
    objective, told = _objective(plan, graph, made)
    with begun(folder, about, resume=resume):
        progress = learn(objective, plan.settings, folder, report)
        made.save(folder)
        write_json(folder / "items.json", {"names": graph.items, "labels": graph.labels})
        result: dict[str, Any] = {"best_epoch": progress.best_epoch, "epochs": progress.epoch}
        if item_vectors is not None:
            result["item_vectors"] = item_vectors.counts
        if progress.metrics is not None:
            result |= {"dev": progress.metrics, "elsewhere": elsewhere, "protocol": told}
        write_json(folder / "result.json", result)
    return result


def _begun_with(plan: RecommenderPlan, begin: str, graph: BehaviourGraph) -> RecommenderRun:
    """The run to begin with. Raises :class:`OptionsError` where it is of other items, or has learnt the answers."""
    run = RecommenderRun(begin)
    run.check_items(graph)
    if plan.task == "profile" and run.knows_profiles:
        raise OptionsError(
            f"{run.folder} has learnt the profiles that dev and test ask for: pre-train it with --hold-profiles"
        )
    learnt = run.described["plan"].get("attributes")
    if plan.task == "recommend" and plan.attributes is not None and list(plan.attributes) != learnt:
        raise OptionsError(f"attributes: expected {learnt}, as {run.folder} has them, found {list(plan.attributes)}")
    own = run.described["plan"]["recommender_options"]
    for name, value in plan.recommender_options.items():
        if value != own.get(name):
            raise OptionsError(f"{name}: expected {own.get(name)!r}, as {run.folder} has it, found {value!r}")
    return run


def _made(plan: RecommenderPlan, graph: BehaviourGraph, begun_with: RecommenderRun | None) -> Recommender:
    """The model to train, with the weights of the run to begin with."""
    torch.manual_seed(plan.settings.seed)
    if begun_with is None:
        return Recommender(plan.recommender, len(graph.items), _targets(plan, graph), plan.recommender_options)
    before = begun_with.load()
    targets = _targets(plan, graph) if plan.task == "profile" else before.attributes
    if plan.task == "recommend" and plan.learning.uap and not targets:
        raise OptionsError(f"uap has a weight, and {begun_with.folder} has learnt to tell no attributes of users")
    made = Recommender(plan.recommender, len(graph.items), targets, before.settings["options"])
    heads = "part.attributes."  # of a pooled vector, or of other attributes
    weights = {k: v for k, v in before.state_dict().items() if plan.task != "profile" or not k.startswith(heads)}
    own = {k: v for k, v in made.state_dict().items() if k not in weights}
    made.load_state_dict({**weights, **own})
    return made


def _objective(plan: RecommenderPlan, graph: BehaviourGraph, made: Recommender) -> tuple[Objective, str]:
    """What is learnt, and what the figures on dev are of."""
    if plan.task == "profile":
        telling = ProfileObjective(made, graph)
        return telling, profile_protocol("dev", len(telling.profiles.users("dev")))
    objective = HistoryObjective(made, graph, plan.learning, seed=plan.settings.seed)
    if plan.settings.patience and not len(objective.dev):
        raise OptionsError(f"patience waits for a better dev, and {graph.folder} has no user with three events")
    return objective, protocol(graph, "dev", len(objective.dev))


def _item_vectors(folder: str, graph: BehaviourGraph, begin: str | None) -> ItemVectors:
    """The vectors that items begin with. Raises :class:`OptionsError` where a run to begin with has its own."""
    if begin is not None:
        raise OptionsError(f"item vectors are for a new model: the items of {begin} have theirs already")
    return ItemVectors(graph, folder)


def _lineage(run: RecommenderRun) -> dict[str, Any]:
    """What a run to begin with says of itself, and so of the one that it began with."""
    return {name: value for name, value in run.described.items() if name not in ("format", "version", "kind")}


def _check_weights(plan: RecommenderPlan, graph: BehaviourGraph) -> None:
    """Raise :class:`OptionsError` for a weight of friends where there are none."""
    if plan.learning.srd and not graph.manifest["counts"].get("friends"):
        raise OptionsError(f"srd has a weight, and {graph.folder} has no friends")


def _targets(plan: RecommenderPlan, graph: BehaviourGraph) -> list[Target]:
    """What is told of users, where that has a weight. Raises :class:`OptionsError` where there is nothing to tell."""
    wanted = plan.task == "profile" or plan.learning.uap or plan.learning.srd
    held = plan.task == "profile" or plan.learning.hold_profiles
    targets = targets_of(graph, plan.attributes, hold_profiles=held) if wanted or plan.attributes else []
    if not targets and plan.task == "profile":
        raise OptionsError(f"{graph.folder} has no attributes of users to tell")
    if plan.learning.uap and not targets:
        raise OptionsError(f"uap has a weight, and {graph.folder} has no attributes of users")
    return targets
