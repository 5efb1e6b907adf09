"""Training recommenders, resuming them, and going on from a pre-trained one."""

import json
from dataclasses import replace

import pytest
import torch

from graphs.behaviour import BehaviourGraph
from graphs.errors import OptionsError
from kbert.behaviour.laying import FIRST
from kbert.behaviour.model import Recommender
from kbert.behaviour.objective import Learning
from kbert.compare_recommenders import compare_recommenders
from kbert.entities.vectors import Vectors
from kbert.recommender_protocol import ELSEWHERE
from kbert.recommender_runs import RecommenderRun
from kbert.train import Settings
from kbert.train_recommender import RecommenderPlan, train_recommender

SETTINGS = Settings(epochs=3, batch_size=4, learning_rate=1e-2, precision="fp32", checkpoint_steps=1)
PAIRS = [(0, 1), (1, 2), (3, 4)]
OPTIONS = {"width": 8, "length": 5}


@pytest.fixture
def plan(behaviour):
    graph = behaviour(friends=PAIRS)
    learning = Learning(uap=0.5, srd=0.5)
    return RecommenderPlan(
        "uprec", str(graph.folder), learning=learning, recommender_options=OPTIONS, settings=SETTINGS
    )


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_a_run_says_what_it_is_and_what_it_can(plan, tmp_path):
    result = train_recommender(plan, tmp_path / "run")
    assert result["epochs"] == 3
    assert "the last but one event of each of 6 users with three or more, among all 7 items" in result["protocol"]
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert described["plan"]["attributes"] == ["age", "side"]
    assert described["plan"]["recommender_options"]["layers"] == 2
    assert result["dev"]["users"] == 6
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert {"mip", "uap age", "uap side", "srd"} <= lines[0].keys()


def test_what_is_learnt_is_learnt(behaviour, tmp_path):
    """After item i comes item i + 1, which anybody can see."""
    graph = behaviour(users=30, items=7, length=9, attributes=False)
    for objective in ("masked", "causal"):
        options = {"width": 16, "length": 8, "objective": objective, "dropout": 0.0}
        settings = replace(SETTINGS, epochs=200, batch_size=16, learning_rate=3e-3)
        plan = RecommenderPlan("uprec", str(graph.folder), recommender_options=options, settings=settings)
        train_recommender(plan, tmp_path / objective)
        found = RecommenderRun(tmp_path / objective).evaluate()
        assert found["kept"]["mrr"] > 0.9
        assert found["popularity"]["kept"]["mrr"] < 0.6


@pytest.mark.parametrize(
    ("learning", "objective"),
    [(Learning(uap=0.5, srd=0.5), "masked"), (Learning(uap=0.5), "masked"), (Learning(), "causal")],
)
def test_the_same_seed_gives_the_same_weights_and_so_does_a_training_that_was_broken_off(
    plan, tmp_path, learning, objective
):
    """Also where parts of the model are never learnt, as what tells friends apart where they have no weight."""
    plan = replace(plan, learning=learning, recommender_options={**OPTIONS, "objective": objective})
    train_recommender(plan, tmp_path / "whole")

    class Broken(Exception):
        pass

    def stop(record):
        if record.get("step") == 3 and "loss" in record:
            raise Broken

    with pytest.raises(Broken):
        train_recommender(plan, tmp_path / "broken", report=stop)
    train_recommender(plan, tmp_path / "broken", resume=True)
    whole, broken = (Recommender.load(tmp_path / name) for name in ("whole", "broken"))
    assert same(whole, broken)
    assert (tmp_path / "whole" / "metrics.jsonl").read_text() == (tmp_path / "broken" / "metrics.jsonl").read_text()


def test_a_pre_trained_one_goes_on(plan, tmp_path):
    train_recommender(plan, tmp_path / "first")
    goes_on = {"recommender_options": {}, "begin": str(tmp_path / "first")}
    begun = replace(plan, learning=Learning(last_share=1.0), **goes_on)
    train_recommender(replace(begun, settings=replace(SETTINGS, epochs=1, learning_rate=0.0)), tmp_path / "still")
    first, still = (Recommender.load(tmp_path / name) for name in ("first", "still"))
    assert same(first, still)
    train_recommender(begun, tmp_path / "second")
    assert not same(first, Recommender.load(tmp_path / "second"))
    first, second = (RecommenderRun(tmp_path / name).described for name in ("first", "second"))
    assert second["plan"]["recommender_options"]["width"] == 8
    assert "begun_with" not in first
    assert second["begun_with"] == {name: first[name] for name in first if name not in ("format", "version", "kind")}
    train_recommender(begun, tmp_path / "second", resume=True)
    third = replace(begun, begin=str(tmp_path / "second"), settings=replace(SETTINGS, epochs=1))
    train_recommender(third, tmp_path / "third")
    assert RecommenderRun(tmp_path / "third").described["begun_with"]["begun_with"] == second["begun_with"]


def test_items_begin_with_the_vectors_of_entities(plan, vectors_of, tmp_path):
    """And not with what is drawn, where they have one; the run says how many do."""
    still = replace(plan, settings=replace(SETTINGS, epochs=1, learning_rate=0.0))
    with_vectors = replace(still, item_vectors=str(vectors_of("i1", "i5", "x")))
    result = train_recommender(with_vectors, tmp_path / "run")
    train_recommender(still, tmp_path / "drawn")
    assert result["item_vectors"] == {"found": 2, "by_name": 2, "items": 7}
    assert json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8")) == result
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert described["plan"]["item_vectors"] == with_vectors.item_vectors
    assert described["item_vectors"] == {
        **result["item_vectors"],
        "digest": Vectors.open(with_vectors.item_vectors).digest,
    }
    one, other = (Recommender.load(tmp_path / name).state_dict() for name in ("run", "drawn"))
    differing = [name for name in one if not torch.equal(one[name], other[name])]
    assert differing == ["part.items.weight"]
    items = {i for i in range(7) if not torch.equal(*(s["part.items.weight"][FIRST + i] for s in (one, other)))}
    graph = BehaviourGraph.open(plan.behaviour)
    assert {graph.items[i] for i in items} == {"i1", "i5"}
    with pytest.raises(OptionsError, match=r"item vectors are for a new model: the items of .*drawn have theirs"):
        train_recommender(replace(with_vectors, begin=str(tmp_path / "drawn")), tmp_path / "x")
    with pytest.raises(OptionsError, match=r"has vectors of 4 numbers, and those of items have 8: --width 4 would fit"):
        train_recommender(replace(plan, item_vectors=str(vectors_of("i1", width=4))), tmp_path / "x")
    other_vectors = replace(with_vectors, item_vectors=str(vectors_of("i1", "i5", "x", seed=1)))
    with pytest.raises(OptionsError, match=r"was written with other options or data .*item vectors.digest"):
        train_recommender(other_vectors, tmp_path / "run", resume=True)
    assert not (tmp_path / "x").exists()


def test_what_the_graph_does_not_tell_cannot_be_learnt(plan, behaviour, tmp_path):
    alone = str(behaviour(attributes=False).folder)
    with pytest.raises(OptionsError, match=r"uap has a weight, and .* has no attributes of users"):
        train_recommender(replace(plan, behaviour=alone, learning=Learning(uap=1)), tmp_path / "x")
    with pytest.raises(OptionsError, match=r"srd has a weight, and .* has no friends"):
        train_recommender(replace(plan, behaviour=alone, learning=Learning(srd=1)), tmp_path / "x")
    with pytest.raises(OptionsError, match=r"has no attribute 'aeg' \(did you mean 'age'\?\)"):
        train_recommender(replace(plan, attributes=("aeg",)), tmp_path / "x")
    train_recommender(plan, tmp_path / "run")
    other = str(behaviour(items=9).folder)
    with pytest.raises(OptionsError, match=r"has other items than .* was trained on"):
        train_recommender(replace(plan, behaviour=other, begin=str(tmp_path / "run")), tmp_path / "x")
    short = str(behaviour(length=2).folder)
    with pytest.raises(OptionsError, match=r"patience waits for a better dev, and .* has no user with three events"):
        train_recommender(
            replace(plan, behaviour=short, learning=Learning(), settings=replace(SETTINGS, patience=1)), tmp_path / "x"
        )
    assert not (tmp_path / "x").exists()


def test_profiles_are_learnt_from_some_users_and_measured_on_others(behaviour, tmp_path):
    """On which side of the circle a user begins is told by the items that he reads."""
    graph = behaviour(users=200, items=200, length=6)
    settings = replace(SETTINGS, epochs=2)
    held = RecommenderPlan(
        "uprec",
        str(graph.folder),
        learning=Learning(uap=0.5, hold_profiles=True),
        recommender_options={"width": 16, "length": 8, "dropout": 0.0},
        settings=settings,
    )
    train_recommender(held, tmp_path / "held")
    told = replace(
        held, task="profile", learning=Learning(), attributes=("age",), settings=replace(SETTINGS, epochs=60)
    )
    train_recommender(told, tmp_path / "scratch")
    found = RecommenderRun(tmp_path / "scratch").evaluate_profiles()
    assert found["metrics"]["age mae"] < 0.7 * found["simplest"]["age mae"]
    rows = json.loads((tmp_path / "scratch" / "predictions" / "test.json").read_text(encoding="utf-8"))["profiles"]
    assert len(rows) == found["metrics"]["users"]
    assert all(abs(row["gold"]["age"] - 20 - int(row["user"][1:])) < 1e-3 for row in rows)
    goes_on = replace(told, recommender_options={}, begin=str(tmp_path / "held"))
    still = replace(goes_on, settings=replace(settings, epochs=1, learning_rate=0.0))
    train_recommender(still, tmp_path / "still")
    before, after = (Recommender.load(tmp_path / name).state_dict() for name in ("held", "still"))
    assert all(torch.equal(after[k], v) for k, v in before.items() if "attributes" not in k)
    assert [k for k in after if "attributes" in k] == ["part.attributes.0.weight", "part.attributes.0.bias"]
    with pytest.raises(OptionsError, match="was trained to tell profiles, not to recommend items"):
        RecommenderRun(tmp_path / "still").evaluate()
    with pytest.raises(OptionsError, match="was trained to recommend items, not to tell profiles"):
        RecommenderRun(tmp_path / "held").evaluate_profiles()


def test_what_has_learnt_the_profiles_that_are_asked_for_is_no_beginning(plan, tmp_path):
    """Nor is what began with it."""
    train_recommender(plan, tmp_path / "first")
    goes_on = replace(plan, learning=Learning(), recommender_options={}, begin=str(tmp_path / "first"))
    train_recommender(goes_on, tmp_path / "second")
    for name in ("first", "second"):
        with pytest.raises(OptionsError, match="has learnt the profiles that dev and test ask for"):
            train_recommender(replace(goes_on, task="profile", begin=str(tmp_path / name)), tmp_path / "x")


def test_what_began_with_other_events_says_that_it_may_know_what_is_asked(plan, behaviour, tmp_path):
    """Of users and friends more may be told: what is held out is the same then."""
    train_recommender(replace(plan, learning=Learning()), tmp_path / "first")
    for name, graph in (("other", behaviour(users=5, attributes=False)), ("same", behaviour(attributes=False))):
        goes_on = replace(
            plan,
            behaviour=str(graph.folder),
            learning=Learning(),
            recommender_options={},
            begin=str(tmp_path / "first"),
        )
        result = train_recommender(goes_on, tmp_path / name)
        run = RecommenderRun(tmp_path / name)
        assert result["elsewhere"] == run.evaluate()["elsewhere"] == (name == "other")
        notes = compare_recommenders([run]).notes
        assert [ELSEWHERE in note for note in notes] == ([True] if name == "other" else [])
    graph = behaviour(users=5, attributes=False)
    again = replace(goes_on, behaviour=str(graph.folder), begin=str(tmp_path / "other"))
    assert train_recommender(again, tmp_path / "third")["elsewhere"]


def test_a_run_to_begin_with_knows_attributes_by_name(plan, behaviour, tmp_path):
    """Where users are learnt from, the graph has to tell what the run has learnt; where they are not, it need not."""
    train_recommender(plan, tmp_path / "first")
    alone = replace(
        plan, behaviour=str(behaviour(attributes=False, friends=PAIRS).folder), begin=str(tmp_path / "first")
    )
    train_recommender(replace(alone, learning=Learning()), tmp_path / "second")
    with pytest.raises(OptionsError, match="has no attribute 'age'; there are none"):
        train_recommender(alone, tmp_path / "x")
    other = replace(plan, begin=str(tmp_path / "first"), attributes=("age",))
    with pytest.raises(
        OptionsError, match=r"attributes: expected \['age', 'side'\], as .*first has them, found \['age'\]"
    ):
        train_recommender(other, tmp_path / "x")
    plain = replace(plan, learning=Learning())
    train_recommender(plain, tmp_path / "plain")
    with pytest.raises(OptionsError, match=r"uap has a weight, and .*plain has learnt to tell no attributes of users"):
        train_recommender(replace(plan, begin=str(tmp_path / "plain")), tmp_path / "x")


def test_a_model_that_goes_on_is_the_one_it_was(plan, tmp_path):
    train_recommender(plan, tmp_path / "first")
    other = replace(plan, recommender_options={"width": 16}, begin=str(tmp_path / "first"))
    with pytest.raises(OptionsError, match=r"width: expected 8, as .* has it, found 16"):
        train_recommender(other, tmp_path / "x")
