"""Systems: which runs are alike in all but the seed, what they are called, and which is the control of which."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphs import rooms
from graphs.errors import OptionsError
from kbert.runs import Run
from kbert.text_model import MODELS, carried


class Knowledge(NamedTuple):
    """What reaches a model beside the text."""

    kind: str | None
    """What it is called: ``facts``, ``vectors``; None where the model reads nothing else."""
    which: str
    """``own`` for that of the entities, ``shuffled`` or ``zero`` for a control; ``none`` where nothing reaches it."""

    @property
    def is_own(self) -> bool:
        """Whether it says something of the entities."""
        return self.which == "own"

    @property
    def is_there(self) -> bool:
        """Whether anything reaches the model, if only that of a control."""
        return self.which in ("own", "shuffled")


def knowledge_of(run: Run) -> Knowledge:
    """What reaches the model of a run: facts as its graphs were built, anything else as its own option has it."""
    kind = rooms.find(MODELS, run.plan["model"]).KNOWLEDGE
    if kind is None:
        return Knowledge(None, "none")
    if kind == "facts":
        return Knowledge(kind, str(run.described["recipe"]["facts"]))
    control = str(run.plan["model_options"]["control"])
    return Knowledge(kind, "own" if control == "none" else control)


def _key(run: Run) -> dict[str, Any]:
    """All that makes a system, but its seeds and which knowledge it reads. Where its files lay makes no difference."""
    plan = {name: value for name, value in run.plan.items() if name not in ("train", "dev")}
    idle = {"control", *carried(run.plan["model"])}  # what is carried is known by its digest
    options = {name: value for name, value in plan["model_options"].items() if name not in idle}
    recipe = {k: v for k, v in run.described["recipe"].items() if k not in ("kg", "seed", "facts")}
    plan |= {"encoder": _encoder(plan["encoder"], run.described.get("pretrained"), run.plan["model_options"])}
    return {
        "plan": {**plan, "model_options": options, "settings": {**plan["settings"], "seed": None}},
        "carried": run.described.get("carried", {}),
        "recipe": recipe,
        **{name: _texts(run.described[name]) for name in ("train", "dev")},
    }


def _encoder(encoder: str, pretrained: Mapping[str, Any] | None, model_options: Mapping[str, Any]) -> Any:
    """Which encoder a run began with; of one that was pre-trained all that made it, wherever that lay.

    Whether it was pre-trained under the same ``control`` as the run counts, not under which: the control of
    a system has been one from the start.
    """
    if pretrained is None:
        return encoder
    plan = {name: value for name, value in pretrained["plan"].items() if name not in ("train", "dev")}
    own = plan["model_options"]
    options = {name: value for name, value in own.items() if name not in ("control", *(pretrained["carried"] or {}))}
    return {
        "plan": {**plan, "model_options": options, "encoder": _encoder(plan["encoder"], pretrained["pretrained"], own)},
        "same_control": own.get("control") == model_options.get("control"),
        "carried": pretrained["carried"],
        **{name: _texts(pretrained[name]) for name in ("train", "dev")},
    }


def _texts(data: Mapping[str, Any] | None) -> Any:
    """The texts that graphs were built from, whatever their files were called."""
    if data is None:
        return None
    texts = data["texts"]
    sums = {name: [file["sha256"] for file in texts[name]] for name in ("files", "apart_from")}
    return {**texts, **sums, "graphs": data["counts"]["graphs"]}


def otherwise(run: Run, other: Run) -> list[str]:
    """In what two runs differ beside their models, what these read beside the text, and their seeds."""

    def rest(run: Run) -> dict[str, Any]:
        key = _key(run)
        plan = key["plan"]
        shared = {name: plan[name] for name in ("encoder", "task_options")}
        texts = {name: key[name] for name in ("train", "dev")}
        return {**shared, **plan["settings"], "parser": key["recipe"]["parser"], **texts}

    own, others = rest(run), rest(other)
    return [_CALLED.get(name, name.replace("_", " ")) for name in own if own[name] != others[name]]


_CALLED = {"train": "training texts", "dev": "dev texts", "task_options": "options of the task"}


def facts_unmoved(run: Run) -> float | None:
    """Share of the shuffled facts a run was trained on that say what they said; None if it read no shuffled facts."""
    if knowledge_of(run) != ("facts", "shuffled"):
        return None
    counts = run.described["train"]["counts"]
    return counts["facts_unmoved"] / max(1, counts["facts"]) if counts.get("facts_unmoved") is not None else None


def grouped(runs: Sequence[Run]) -> list[list[int]]:
    """Numbers of the runs of each system, in order of first appearance."""
    keys = [(_key(run), knowledge_of(run)) for run in runs]
    groups: list[list[int]] = []
    for i, key in enumerate(keys):
        same = next((group for group in groups if keys[group[0]] == key), None)
        if same is None:
            groups.append([i])
            continue
        twin = next((j for j in same if _seeds(runs[j]) == _seeds(runs[i])), None)
        if twin is not None:
            raise OptionsError(f"{runs[twin].folder} and {runs[i].folder} are the same run: name it once")
        same.append(i)
    return groups


def _seeds(run: Run) -> tuple[int, int]:
    shuffled = knowledge_of(run) == ("facts", "shuffled")  # vectors are shuffled in one way
    return run.plan["settings"]["seed"], run.described["recipe"]["seed"] if shuffled else 0


def control_of(runs: Sequence[Run], groups: Sequence[Sequence[int]], number: int) -> int | None:
    """The system that differs from this one in nothing but that its facts, or vectors, are shuffled."""
    run = runs[groups[number][0]]
    own = knowledge_of(run)
    if not own.is_own:
        return None
    wanted = Knowledge(own.kind, "shuffled")
    shuffled = (i for i, members in enumerate(groups) if knowledge_of(runs[members[0]]) == wanted)
    return next((i for i in shuffled if _key(runs[groups[i][0]]) == _key(run)), None)


def names_of(runs: Sequence[Run], groups: Sequence[Sequence[int]]) -> list[str]:
    """Model and, where it is not the entities' own, which knowledge; the folder too where that is not enough."""
    names = []
    for members in groups:
        run = runs[members[0]]
        read = knowledge_of(run)
        names.append(run.plan["model"] + ("" if read.kind is None or read.is_own else f", {read.kind} {read.which}"))
    return [
        name if names.count(name) == 1 else f"{name} ({runs[members[0]].folder})"
        for name, members in zip(names, groups, strict=True)
    ]
