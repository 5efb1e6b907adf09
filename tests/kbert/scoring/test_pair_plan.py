"""What pairs are asked about: what is refused, and what answers depend on."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphs.errors import OptionsError, StoreError
from graphs.folders import locked
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.scoring.pair_plan import ALL, TOP, PairPlan
from kbert.scoring.pairing import AllRelations, ByPhrase
from kbert.triple_runs import TripleRun

TRAIN = [Triple(a, relation, "good", split="train") for a in ("tim", "cook") for relation in ("is", "city")]


@pytest.fixture(scope="module")
def runs(
    kg_of: Callable[..., KnowledgeGraph],
    train_both: Callable[[KnowledgeGraph, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder, kg = tmp_path_factory.mktemp("runs"), kg_of(TRAIN)
    train_both(kg, folder)
    return folder


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"relations": "x.tsv", "both_ways": True}, "both ways are for all relations: a table of phrases tells dir"),
        ({"top": 2}, "top says how many relations another run chooses: name that run"),
        ({"top": 0, "relation_run": Path("x")}, "top: expected at least 1, found 0"),
    ],
)
def test_options_that_do_not_fit(odd: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        PairPlan(**odd)


def test_what_makes_triples_of_pairs(runs: Path, tmp_path: Path) -> None:
    run, phrases = TripleRun(runs / "triple"), tmp_path / "phrases.tsv"
    phrases.write_text("lives in\tcity\n", encoding="utf-8")
    every, both = (PairPlan(both_ways=both).pairing(run, ()) for both in (False, True))
    assert isinstance(every, AllRelations)
    assert (every.most, both.most) == (2, 4)
    assert isinstance(PairPlan(str(phrases)).pairing(run, ("phrase",)), ByPhrase)
    assert PairPlan().likeliest(run, None, ()) is None
    assert PairPlan(relation_run=runs / "relation").likeliest(run, None, ()) is not None
    with pytest.raises(OptionsError, match="a run of the task relation is needed to choose relations by"):
        PairPlan(relation_run=runs / "triple").likeliest(run, None, ())


def test_what_answers_depend_on(runs: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.tsv", tmp_path / "other.tsv"
    one.write_text("a\tis\n", encoding="utf-8")
    other.write_text("b\tis\n", encoding="utf-8")
    chosen = PairPlan(relation_run=runs / "relation")
    plans = [PairPlan(), PairPlan(both_ways=True), PairPlan(best=True), chosen, replace(chosen, top=2)]
    plans += [PairPlan(str(one)), PairPlan(str(other))]
    assert len({json.dumps(plan.depends_on()) for plan in plans}) == len(plans)
    chooser = TripleRun(runs / "relation").computed_by
    assert chosen.depends_on().items() >= {"relations": ALL, "relation_run": chooser, "top": TOP}.items()


def test_the_run_that_chooses_is_not_trained_meanwhile(runs: Path) -> None:
    with PairPlan().in_use(), locked(runs / "relation", "training"):
        pass
    with (
        PairPlan(relation_run=runs / "relation").in_use(),
        pytest.raises(StoreError, match="expected no training, found one at work"),
        locked(runs / "relation", "training"),
    ):
        pass
