"""Systems: which runs are alike in all but the seed, what they are called, and which is the control of which."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphs import rooms
from kbert.grouping import grouped_by
from kbert.lineage import PRETRAININGS
from kbert.runs import Run
from kbert.text_model import MODELS


class Knowledge(NamedTuple):
    """What reaches a model beside the text."""

    kind: str | None
    """What it is called: ``facts``, ``vectors``, ``arcs``; None where the model reads nothing else."""
    which: str
    """``own`` for that of the entities (or words), ``shuffled`` or ``zero`` for a control; ``none`` for nothing."""
    before: tuple["Knowledge", ...] = ()
    """What reached its encoder in each of its pre-trainings, the last one first."""

    @property
    def is_own(self) -> bool:
        """Whether it says something of the text, and was never shuffled before."""
        return self.which == "own" and not self._was_shuffled

    @property
    def is_there(self) -> bool:
        """Whether anything reaches the model, if only that of a control."""
        return self.which in ("own", "shuffled")

    @property
    def is_control(self) -> bool:
        """Whether what reaches the model is shuffled, or what reached its encoder was."""
        return self.which == "shuffled" or (self.is_there and self._was_shuffled)

    @property
    def shuffled(self) -> "Knowledge":
        """That of the control: all of this kind that is its own shuffled, from the first pre-training on."""
        which = "shuffled" if self.which == "own" else self.which
        before = (each.shuffled if each.kind == self.kind else each for each in self.before)
        return Knowledge(self.kind, which, tuple(before))

    @property
    def _was_shuffled(self) -> bool:
        return any(each[:2] == (self.kind, "shuffled") for each in self.before)

    def __str__(self) -> str:
        """What of it must be said: all that is not the entities' own, pre-training, and what was another there."""
        told = "" if self.kind is None or self.which == "own" else f", {self.kind} {self.which}"
        if not self.before:
            return told
        others = [f"{each.which} {each.kind}" for each in reversed(self.before) if each.kind and each[:2] != self[:2]]
        return f"{told}, pre-trained" + (f" with {' and '.join(dict.fromkeys(others))}" if others else "")


def knowledge_of(run: Run) -> Knowledge:
    """What reaches the model of a run: facts as its graphs were built, anything else as its own option has it."""
    before = (_read(rooms.find(PRETRAININGS, each["plan"]["pretraining"]).MODEL, each) for each in _pretrainings(run))
    return _read(run.plan["model"], run.described)._replace(before=tuple(before))


def _read(model: str, described: Mapping[str, Any]) -> Knowledge:
    """What reached a model in one training."""
    kind = rooms.find(MODELS, model).KNOWLEDGE
    if kind is None:
        return Knowledge(None, "none")
    if kind == "facts":
        return Knowledge(kind, str(described["recipe"]["facts"]))
    control = str(described["plan"]["model_options"]["control"])
    return Knowledge(kind, "own" if control == "none" else control)


def _pretrainings(run: Run) -> list[Mapping[str, Any]]:
    """The pre-trainings of the encoder that a run began with, the last one first."""
    found, before = [], run.described.get("pretrained")
    while before is not None:
        found.append(before)
        before = before["pretrained"]
    return found


def _key(run: Run) -> dict[str, Any]:
    """All that makes a system, but its seeds and which knowledge it reads. Where its files lay makes no difference."""
    before = _pretrainings(run)
    first = before[-1]["plan"] if before else run.plan
    return {**_made(run.described), "encoder": [*map(_made, before), first["encoder"]]}


def _made(described: Mapping[str, Any]) -> dict[str, Any]:
    """The same of one training, without its encoder."""
    plan = {name: value for name, value in described["plan"].items() if name not in ("train", "dev", "encoder")}
    digests = described.get("carried") or {}
    idle = {"control", *digests}  # what is carried is known by its digest
    options = {name: value for name, value in plan["model_options"].items() if name not in idle}
    return {
        "plan": {**plan, "model_options": options, "settings": {**plan["settings"], "seed": None}},
        "carried": digests,
        "recipe": {k: v for k, v in described["recipe"].items() if k not in ("kg", "seed", "facts")},
        **{name: _texts(described[name]) for name in ("train", "dev")},
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
        plan, encoder = key["plan"], (key["encoder"], knowledge_of(run).before)
        shared = {"encoder": encoder, "task_options": plan["task_options"]}
        texts = {name: key[name] for name in ("train", "dev")}
        return {**shared, **plan["settings"], "parser": key["recipe"]["parser"], **texts}

    own, others = rest(run), rest(other)
    return [_CALLED.get(name, name.replace("_", " ")) for name in own if own[name] != others[name]]


_CALLED = {"train": "training texts", "dev": "dev texts", "task_options": "options of the task"}


def facts_unmoved(run: Run) -> float | None:
    """Share of the shuffled facts a run was trained on that say what they said; None if it read no shuffled facts."""
    if not _shuffled_facts(knowledge_of(run)):
        return None
    counts = run.described["train"]["counts"]
    return counts["facts_unmoved"] / max(1, counts["facts"]) if counts.get("facts_unmoved") is not None else None


def grouped(runs: Sequence[Run]) -> list[list[int]]:
    """Numbers of the runs of each system, in order of first appearance."""
    keys = [(_key(run), knowledge_of(run)) for run in runs]
    return grouped_by(keys, [_seeds(run) for run in runs], [run.folder for run in runs])


def _seeds(run: Run) -> list[tuple[int, int]]:
    """Those of a run, and of the pre-trainings of its encoder."""
    read = knowledge_of(run)
    trainings = zip((run.described, *_pretrainings(run)), (read, *read.before), strict=True)
    return [
        (each["plan"]["settings"]["seed"], each["recipe"]["seed"] if _shuffled_facts(knowledge) else 0)
        for each, knowledge in trainings
    ]


def _shuffled_facts(knowledge: Knowledge) -> bool:
    """Whether there are several ways to shuffle it: vectors are shuffled in one."""
    return knowledge[:2] == ("facts", "shuffled")


def control_of(runs: Sequence[Run], groups: Sequence[Sequence[int]], number: int) -> int | None:
    """The system that differs from this one in nothing but that its facts, vectors or arcs are shuffled."""
    run = runs[groups[number][0]]
    own = knowledge_of(run)
    if not own.is_own:
        return None
    shuffled = (i for i, members in enumerate(groups) if knowledge_of(runs[members[0]]) == own.shuffled)
    return next((i for i in shuffled if _key(runs[groups[i][0]]) == _key(run)), None)


def names_of(runs: Sequence[Run], groups: Sequence[Sequence[int]]) -> list[str]:
    """Model and which knowledge it reads, where that is not the entities' own; the folder too if that is not enough."""
    first = [runs[members[0]] for members in groups]
    names = [f"{run.plan['model']}{knowledge_of(run)}" for run in first]
    return [
        name if names.count(name) == 1 else f"{name} ({run.folder})" for name, run in zip(names, first, strict=True)
    ]
