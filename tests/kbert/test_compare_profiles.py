"""Runs that tell profiles side by side."""

import json

import pytest

from graphs.errors import OptionsError, StoreError
from kbert.compare_profiles import SIMPLEST, compare_profiles


def told(right, off, *, users=60):
    """Profiles of users: of the first the side is told aright; all ages are ``off`` by as many years."""
    return [
        {
            "gold": {"side": "north", **({} if i == 1 else {"age": 20.0 + i})},
            "said": {"side": "north" if i < right else "south", "age": 20.0 + i + off},
            "simplest": {"side": "south", "age": 50.0},
        }
        for i in range(users)
    ]


def test_figures_by_hand(behaviour_lab):
    runs = [behaviour_lab.profile_run(f"a{seed}", told(30, 4.0), seed=seed) for seed in range(2)]
    before = {"plan__begin": "x", "begun_with": behaviour_lab.run("x", [1.0] * 60).described}
    runs += [behaviour_lab.profile_run(f"b{seed}", told(54, 2.0), seed=seed, **before) for seed in range(2)]
    found = compare_profiles(runs)
    assert [system.name for system in found.systems] == ["uprec", "uprec (pre-trained)", SIMPLEST]
    assert found.users == {"side accuracy": 60, "age mean error": 59}
    accuracy, error = ([system.figures[metric].mean for system in found.systems] for metric in found.users)
    assert accuracy == pytest.approx([0.5, 0.9, 0.0])
    assert error[:2] == pytest.approx([4.0, 2.0])
    assert error[2] == pytest.approx(sum(abs(30 - i) for i in range(60) if i != 1) / 59)
    assert found.verdicts == [
        "uprec (pre-trained): better than uprec in side accuracy.",
        f"{SIMPLEST}: worse than uprec in side accuracy.",
        "uprec (pre-trained): better than uprec in age mean error.",
        f"{SIMPLEST}: worse than uprec in age mean error.",
    ]
    assert [system.seeds for system in found.systems] == [[0, 1], [0, 1], []]
    assert found.notes == []


def test_runs_that_cannot_be_held_against_each_other(behaviour_lab):
    first = behaviour_lab.profile_run("a", told(30, 4.0))
    others = told(30, 4.0)
    for row in others:
        del row["gold"]["side"]
    with pytest.raises(OptionsError, match=r"b was not asked for the same attributes as .*a$"):
        compare_profiles([first, behaviour_lab.profile_run("b", others, plan__attributes=["age"])])
    with pytest.raises(OptionsError, match=r"c was not measured on the same users as .*a$"):
        compare_profiles([first, behaviour_lab.profile_run("c", told(30, 4.0, users=59), seed=1)])
    with pytest.raises(OptionsError, match=r"d was trained to recommend items, not to tell profiles"):
        compare_profiles([first, behaviour_lab.run("d", [1.0] * 60)])
    with pytest.raises(OptionsError, match=r"are the same run: name it once"):
        compare_profiles([first, first])


def test_runs_that_were_not_measured(behaviour_lab):
    run = behaviour_lab.profile_run("a", told(30, 4.0))
    with pytest.raises(StoreError, match=r"expected predictions on 'dev' \(kbert evaluate makes them\), found test"):
        compare_profiles([run], data="dev")
    path = run.folder / "predictions" / "test.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    for row in kept["profiles"]:
        del row["simplest"]
    path.write_text(json.dumps(kept), encoding="utf-8")
    with pytest.raises(StoreError, match=r"test.json: expected .*simplest"):
        compare_profiles([run])
