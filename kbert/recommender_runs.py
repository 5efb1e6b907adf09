"""Finished runs on behaviour, opened to be used: to measure, and to recommend."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from kbert.behaviour.ranks import Ranked, by_popularity, ranked
from kbert.precision import best_precision, here
from kbert.run_files import BEHAVIOUR_FORMAT, check_name, own_predictions, read_described, read_json, read_result

VERSION = 1
KIND = "recommender"
DESCRIBED: Shape = {
    "kind": str,
    "plan": {"recommender": str, "recommender_options": {}, "settings": {"precision": str, "seed": int}},
    "behaviour": {"folder": str, "digest": str},
}
"""What ``run.json`` says at least."""
RESULT: Shape = {"best_epoch": int}
ITEMS: Shape = {"names": [str], "labels": [str]}

TOGETHER = 256
"""Histories that are asked about at once."""


def protocol(graph: BehaviourGraph, split: Split, users: int) -> str:
    """What figures of a split are of, in a sentence; so many ``users`` are asked about."""
    chosen = "the epoch was chosen on it" if split == "dev" else "held out: nothing was learnt from it or chosen on it"
    place = "last but one" if split == "dev" else "last"
    tied = graph.manifest["counts"]["tied_last"] or 0.0
    return (
        f"the {place} event of each of {users:,} users with three or more, among all {len(graph.items):,} items "
        f"({chosen}); ties count half; {tied:.1%} of these users have a last event that is no later than the one before"
    )


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
        behaviour: str | None = None,
        on_users: Callable[[int], None] = lambda users: None,
    ) -> dict[str, Any]:
        """Rank what a split asks for among all items; keep the figures under its name.

        With items of the user's own history among the rivals and without. ``behaviour`` is where the graph is now.
        """
        graph, name = self.behaviour(behaviour), check_name(split, "predictions")
        histories = Histories.of(graph)
        questions = histories.questions(split)
        if not len(questions):
            raise OptionsError(f"{graph.folder} has no user with three events: nothing is held out")
        with own_predictions(self.folder, name) as path:
            model = self.load()
            precision = best_precision(self.described["plan"]["settings"]["precision"], model.device)
            found = ranked(
                questions, lambda some, which: model.answer(some, which, precision=precision), on_users=on_users
            )
            popular = ranked(questions, by_popularity(histories))
            result = {
                "kept": found.metrics(),
                "excluded": found.metrics("excluded"),
                "popularity": {seen: popular.metrics(seen) for seen in ("kept", "excluded")},
                "by_length": _by_length(found, questions),
                "users": len(questions),
                "protocol": protocol(graph, split, len(questions)),
            }
            path.parent.mkdir(parents=True, exist_ok=True)
            names = [graph.users[user] for user in questions.users]
            rows = [{"user": user, "rank": rank} for user, rank in zip(names, found.kept.tolist(), strict=True)]
            write_json(path, {**result, "ranks": rows})
        return result

    def recommend(
        self, histories: Iterable[Sequence[str]], *, most: int = 10, seen: bool = False
    ) -> Iterator[list[Recommended]]:
        """The best items for each history of item names, also of users that were never seen.

        Items of the history are left out unless ``seen``. Raises :class:`OptionsError` for an item that was never
        learnt, and for fewer items than are asked for.
        """
        items, model = self.items(), self.load()
        number = {name: place for place, name in enumerate(items["names"])}
        precision = best_precision(self.described["plan"]["settings"]["precision"], model.device)
        for some in _parts(histories):
            lengths = np.fromiter(map(len, some), dtype=np.int64, count=len(some))
            known = np.array([_numbered(number, name) for history in some for name in history], dtype=np.int32)
            asked = Questions(np.arange(len(some)), offsets_of(lengths), known, np.zeros(len(some), np.int32))
            scores = model.answer(asked, np.arange(len(some)), precision=precision)
            for row, history in enumerate(some):
                if not seen:
                    scores[row, [number[name] for name in history]] = -np.inf
                best = scores[row].topk(min(most, len(number)))
                yield [
                    Recommended(items["names"][i], items["labels"][i], score)
                    for i, score in zip(best.indices.tolist(), best.values.tolist(), strict=True)
                    if score > -np.inf
                ]


def _parts(histories: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    some: list[Sequence[str]] = []
    for history in histories:
        some.append(history)
        if len(some) == TOGETHER:
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


def _by_length(found: Ranked, questions: Questions) -> list[dict[str, Any]]:
    """Recall and NDCG at 10 of users with short and long histories."""
    place = np.searchsorted(LENGTHS, questions.lengths, side="left")
    rows = []
    for part in np.unique(place).tolist():
        metrics = found.where(place == part).metrics()
        rows.append(
            {
                "from": 1 if part == 0 else LENGTHS[part - 1] + 1,
                "to": LENGTHS[part] if part < len(LENGTHS) else None,
                "users": int((place == part).sum()),
                **{name: metrics[name] for name in ("recall@10", "ndcg@10")},
            }
        )
    return rows
