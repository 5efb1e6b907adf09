"""Systems: which runs are alike in all but the seed, what they are called, and which is the control of which."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphs import rooms
from graphs.errors import OptionsError
from kbert.runs import Run
from kbert.text_model import MODELS


def facts_of(run: Run) -> str:
    """Which facts reach the model: own, shuffled or none."""
    reads = rooms.find(MODELS, run.plan["model"]).READS_FACTS
    return str(run.described["recipe"]["facts"]) if reads else "none"


def _key(run: Run) -> dict[str, Any]:
    """All that makes a system, but its seeds and which facts it reads. Where its files lay makes no difference."""
    plan = {name: value for name, value in run.plan.items() if name not in ("train", "dev")}
    recipe = {k: v for k, v in run.described["recipe"].items() if k not in ("kg", "seed", "facts")}
    return {
        "plan": {**plan, "settings": {**plan["settings"], "seed": None}},
        "recipe": recipe,
        **{name: _texts(run.described[name]) for name in ("train", "dev")},
    }


def _texts(data: Mapping[str, Any] | None) -> Any:
    """The texts that graphs were built from, whatever their files were called."""
    if data is None:
        return None
    texts = data["texts"]
    sums = {name: [file["sha256"] for file in texts[name]] for name in ("files", "apart_from")}
    return {**texts, **sums, "graphs": data["counts"]["graphs"]}


def otherwise(run: Run, other: Run) -> list[str]:
    """In what two runs differ beside their models, which facts these read, and their seeds."""

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
    """Share of the shuffled facts a run was trained on that say what they said; None if they were not shuffled."""
    counts = run.described["train"]["counts"]
    return counts["facts_unmoved"] / max(1, counts["facts"]) if counts.get("facts_unmoved") is not None else None


def grouped(runs: Sequence[Run]) -> list[list[int]]:
    """Numbers of the runs of each system, in order of first appearance."""
    keys = [(_key(run), facts_of(run)) for run in runs]
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
    return run.plan["settings"]["seed"], run.described["recipe"]["seed"] if facts_of(run) == "shuffled" else 0


def control_of(runs: Sequence[Run], groups: Sequence[Sequence[int]], number: int) -> int | None:
    """The system that differs from this one in nothing but that its facts are shuffled."""
    run = runs[groups[number][0]]
    if facts_of(run) != "own":
        return None
    shuffled = (i for i, members in enumerate(groups) if facts_of(runs[members[0]]) == "shuffled")
    return next((i for i in shuffled if _key(runs[groups[i][0]]) == _key(run)), None)


def names_of(runs: Sequence[Run], groups: Sequence[Sequence[int]]) -> list[str]:
    """Model and, where they are not the entities' own, which facts; the folder too where that is not enough."""
    names = []
    for members in groups:
        run = runs[members[0]]
        reads, facts = rooms.find(MODELS, run.plan["model"]).READS_FACTS, run.described["recipe"]["facts"]
        names.append(run.plan["model"] + (f", facts {facts}" if reads and facts != "own" else ""))
    return [
        name if names.count(name) == 1 else f"{name} ({runs[members[0]].folder})"
        for name, members in zip(names, groups, strict=True)
    ]
