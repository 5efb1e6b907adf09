"""Finished runs on behaviour, opened to be used: to measure, and to recommend."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from graphs.behaviour import BehaviourGraph
from graphs.errors import OptionsError, did_you_mean
from graphs.files import write_json
from graphs.manifests import Shape
from graphs.tables import offsets_of
from kbert.behaviour.histories import Histories, Questions, Split
from kbert.behaviour.model import Recommender
from kbert.behaviour.profiling import Profiles
from kbert.behaviour.ranks import Ranked, Rivals, by_popularity, check_scores, ranked, users_at_once
from kbert.behaviour.sampling import Sampling
from kbert.precision import best_precision, here
from kbert.recommender_protocol import learnt_elsewhere, profile_protocol, protocol
from kbert.run_files import BEHAVIOUR_FORMAT, own_predictions, read_described, read_json, read_result

VERSION = 2
KIND = "recommender"
DESCRIBED: Shape = {
    "kind": str,
    "plan": {"recommender": str, "task": str, "recommender_options": {}, "settings": {"precision": str, "seed": int}},
    "behaviour": {"folder": str, "digest": str},
    "knows_profiles": bool,
}
"""What ``run.json`` says at least."""
RESULT: Shape = {"best_epoch": int}
RANKS = ("user", "rank", "rank_excluded", "popularity", "popularity_excluded")
"""What is kept of each user who is asked about: the rank of his answer with items seen and without; popularity's."""
ITEMS: Shape = {"names": [str], "labels": [str]}

DOES = {"recommend": "recommend items", "profile": "tell profiles"}


class Recommended(NamedTuple):
    """An item for a user: its name, what people call it, and its score."""

    item: str
    label: str
    score: float


class RecommenderRun:
    """A finished run on behaviour, opened to be used.

    Raises :class:`StoreError` if the folder is no run, or of another version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.described: dict[str, Any] = read_described(self.folder, BEHAVIOUR_FORMAT, VERSION, DESCRIBED)

    @property
    def task(self) -> str:
        """What it was trained to tell: recommend or profile."""
        return str(self.described["plan"]["task"])

    @property
    def knows_profiles(self) -> bool:
        """Whether it has learnt from profiles that dev and test ask for."""
        return bool(self.described["knows_profiles"])

    @property
    def learnt_elsewhere(self) -> bool:
        """Whether what it began with learnt from other events (:func:`kbert.recommender_protocol.learnt_elsewhere`)."""
        return learnt_elsewhere(self.described.get("begun_with"), self.described["behaviour"]["digest"])

    def load(self) -> Recommender:
        """The trained model. Raises :class:`StoreError` if the training was not finished."""
        read_result(self.folder, RESULT)
        return Recommender.load(self.folder).to(here())

    def items(self) -> dict[str, list[str]]:
        """Names and labels of the items, by their numbers."""
        items: dict[str, list[str]] = read_json(self.folder / "items.json", ITEMS)
        return items

    def check_items(self, graph: BehaviourGraph) -> None:
        """Raise :class:`OptionsError` for a graph with other items than those that were learnt."""
        if graph.items != self.items()["names"]:
            raise OptionsError(f"{graph.folder} has other items than {self.folder} was trained on")

    def behaviour(self, other: str | None = None) -> BehaviourGraph:
        """The graph that it was trained on. Raises :class:`OptionsError` where that has changed."""
        known = self.described["behaviour"]
        graph = BehaviourGraph.open(other or known["folder"])
        if graph.digest != known["digest"]:
            raise OptionsError(f"{graph.folder} holds other behaviour than {self.folder} was trained on")
        return graph

    def evaluate(
        self,
        *,
        split: Split = "test",
        sampling: Sampling | None = None,
        behaviour: str | None = None,
        on_users: Callable[[int], None] = lambda users: None,
    ) -> dict[str, Any]:
        """Rank what a split asks for among all items; keep the figures under its name.

        With items of the user's own history among the rivals and without, or among rivals that ``sampling`` draws
        (whose figures are kept under a name of their own). ``behaviour`` is where the graph is now.
        """
        self.check_task("recommend")
        graph = self.behaviour(behaviour)
        name = split if sampling is None else f"{split}-{sampling.name}"
        histories = Histories.of(graph)
        questions = histories.questions(split)
        if not len(questions):
            raise OptionsError(f"{graph.folder} has no user with three events: nothing is held out")
        with own_predictions(self.folder, name) as path:
            model = self.load()
            precision = best_precision(self.described["plan"]["settings"]["precision"], model.device)
            rivals: tuple[Rivals, ...] = ("kept", "excluded")
            draw = None
            if sampling is not None:
                counts, rivals = histories.learnt.popularity(), ("sampled",)
                draw = partial(sampling.draw, questions, histories=histories, popularity=counts)
            found = ranked(
                questions,
                lambda some, which: model.answer(some, which, precision=precision),
                draw=draw,
                on_users=on_users,
            )
            popular = ranked(questions, by_popularity(histories), draw=draw)
            result: dict[str, Any] = {
                **{some: found.metrics(some) for some in rivals},
                "popularity": {some: popular.metrics(some) for some in rivals},
                "by_length": _by_length(found, questions, rivals[0]),
                "users": len(questions),
                "elsewhere": self.learnt_elsewhere,
                "sampling": None if sampling is None else asdict(sampling),
                "protocol": protocol(graph, split, len(questions), sampling),
            }
            path.parent.mkdir(parents=True, exist_ok=True)
            names = [graph.users[user] for user in questions.users]
            seen: tuple[Rivals, Rivals] = (rivals[0], rivals[-1])
            ranks = (of.among(some).tolist() for of in (found, popular) for some in seen)
            rows = [dict(zip(RANKS, row, strict=True)) for row in zip(names, *ranks, strict=True)]
            write_json(path, {**result, "ranks": rows})
        return result

    def evaluate_profiles(self, *, split: Split = "test", behaviour: str | None = None) -> dict[str, Any]:
        """Tell the profiles of the users of a split; keep what was said under its name.

        Beside the figures stand those of saying of everybody what is most frequent, or the mean, where it is learnt.
        """
        self.check_task("profile")
        graph = self.behaviour(behaviour)
        with own_predictions(self.folder, split) as path:
            model = self.load()
            profiles = Profiles(model, graph)
            users = profiles.users(split)
            if not len(users):
                raise OptionsError(f"{graph.folder} has no user for {split} of whom an attribute is known")
            said = profiles.said(users, best_precision(self.described["plan"]["settings"]["precision"], model.device))
            result: dict[str, Any] = {
                "metrics": profiles.metrics(users, said),
                "simplest": profiles.metrics(users, profiles.simplest(users)),
                "protocol": profile_protocol(split, len(users)),
            }
            path.parent.mkdir(parents=True, exist_ok=True)
            names = [graph.users[user] for user in users]
            columns = [profiles.worded(some) for some in (profiles.told[users], said, profiles.simplest(users))]
            rows: list[dict[str, Any]] = [
                {"user": user, "gold": gold, "said": found, "simplest": simplest}
                for user, gold, found, simplest in zip(names, *columns, strict=True)
            ]
            write_json(path, {**result, "profiles": rows})
        return result

    def check_task(self, task: str) -> None:
        """Raise :class:`OptionsError` for what it was not trained for."""
        if self.task != task:
            raise OptionsError(f"{self.folder} was trained to {DOES[self.task]}, not to {DOES[task]}")

    def recommend(
        self, histories: Iterable[Sequence[str]], *, most: int = 10, seen: bool = False
    ) -> Iterator[list[Recommended]]:
        """The best items for each history of item names, also of users that were never seen.

        Items of the history are left out unless ``seen``; where so many are not left, there are fewer. Raises
        :class:`OptionsError` for an item that was never learnt, :class:`DataError` for scores that are no numbers.
        """
        self.check_task("recommend")
        items, model = self.items(), self.load()
        number = {name: place for place, name in enumerate(items["names"])}
        precision = best_precision(self.described["plan"]["settings"]["precision"], model.device)
        for some in _parts(histories, users_at_once(len(number))):
            lengths = np.fromiter(map(len, some), dtype=np.int64, count=len(some))
            known = np.array([_numbered(number, name) for history in some for name in history], dtype=np.int32)
            which, none = np.arange(len(some)), np.zeros(len(some), np.int32)
            asked = Questions(which, offsets_of(lengths), known, none, len(number))
            scores = model.answer(asked, which, precision=precision)
            check_scores(scores)
            for row, history in enumerate(some):
                if not seen:
                    scores[row, [number[name] for name in history]] = -np.inf
                best = scores[row].topk(min(most, len(number)))
                yield [
                    Recommended(items["names"][i], items["labels"][i], score)
                    for i, score in zip(best.indices.tolist(), best.values.tolist(), strict=True)
                    if score > -np.inf
                ]


def _parts(histories: Iterable[Sequence[str]], together: int) -> Iterator[list[Sequence[str]]]:
    some: list[Sequence[str]] = []
    for history in histories:
        some.append(history)
        if len(some) == together:
            yield some
            some = []
    if some:
        yield some


def _numbered(number: dict[str, int], name: str) -> int:
    if name not in number:
        raise OptionsError(f"no item {name!r} was learnt{did_you_mean(name, list(number))}")
    return number[name]


LENGTHS = (5, 10, 20, 50, 100)
"""Where histories are parted by length."""


def _by_length(found: Ranked, questions: Questions, rivals: Rivals) -> list[dict[str, Any]]:
    """Recall and NDCG at 10 of users with short and long histories."""
    place = np.searchsorted(LENGTHS, questions.lengths, side="left")
    rows = []
    for part in np.unique(place).tolist():
        metrics = found.where(place == part).metrics(rivals)
        rows.append(
            {
                "from": 1 if part == 0 else LENGTHS[part - 1] + 1,
                "to": LENGTHS[part] if part < len(LENGTHS) else None,
                "users": int((place == part).sum()),
                **{name: metrics[name] for name in ("recall@10", "ndcg@10")},
            }
        )
    return rows
