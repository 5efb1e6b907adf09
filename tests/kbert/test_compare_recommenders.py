"""Runs on behaviour side by side: figures against brute force, and what is refused."""

import json

import numpy as np
import pytest

from graphs.errors import OptionsError, StoreError
from kbert.compare_recommenders import METRICS, compare_recommenders
from kbert.train import Settings
from kbert.train_recommender import RecommenderPlan, train_recommender


def ranks(seed, most=40):
    return np.random.default_rng(seed).integers(1, most, size=60).astype(float).tolist()


def metric(name, ranks):
    """One user after another."""
    gains = {
        "ndcg@10": lambda rank: 1 / np.log2(1 + rank) if rank <= 10 else 0.0,
        "recall@10": lambda rank: float(rank <= 10),
        "mrr": lambda rank: 1 / rank,
    }
    return np.mean([gains[name](rank) for rank in ranks])


@pytest.mark.parametrize("seen", ["kept", "excluded"])
def test_systems_and_popularity(behaviour_lab, seen):
    drawn = [ranks(seed) for seed in range(5)]
    runs = [behaviour_lab.run(f"a{seed}", drawn[seed], seed=seed) for seed in range(3)]
    causal = {"plan__recommender_options__objective": "causal"}
    runs += [behaviour_lab.run(f"b{seed}", drawn[seed], seed=seed, **causal) for seed in (3, 4)]
    found = compare_recommenders(runs, seen=seen)
    assert [(one.name, one.seeds) for one in found.systems] == [
        ("uprec", [0, 1, 2]),
        ("uprec (objective=causal)", [3, 4]),
        ("popularity", []),
    ]
    assert (found.data, found.users, found.protocol, found.notes) == ("test", 60, "as it was", [])
    assert found.systems[1].options["objective"] == "causal"
    used = [drawn[:3], drawn[3:], [behaviour_lab.popular]]
    if seen == "excluded":
        used = [[[rank / 2 + 0.5 for rank in run] for run in system] for system in used]
    for name in METRICS:
        for system, own in zip(found.systems, used, strict=True):
            figure = system.figures[name]
            assert figure.values == pytest.approx([metric(name, run) for run in own])
            assert figure.mean == pytest.approx(np.mean(figure.values))
            assert figure.low <= figure.mean <= figure.high
        first, second, _ = (system.figures[name] for system in found.systems)
        assert (first.difference, first.difference_low) == (None, None)
        assert second.difference == pytest.approx(second.mean - first.mean)
        assert second.difference_low < second.difference < second.difference_high
        assert second.deviation == pytest.approx(np.std(second.values, ddof=1))


def test_the_interval_is_that_of_a_paired_bootstrap(behaviour_lab):
    """Users and seeds drawn one sample at a time."""
    drawn = [ranks(seed) for seed in range(4)]
    runs = [behaviour_lab.run(f"a{i}", drawn[i], seed=i) for i in (0, 1)]
    runs += [behaviour_lab.run(f"b{i}", drawn[i], seed=i, plan__learning__sampled=9) for i in (2, 3)]
    figure = compare_recommenders(runs).systems[1].figures["mrr"]
    rng, differences = np.random.default_rng(9), []
    for _ in range(6_000):
        users = rng.integers(60, size=60)
        means = [
            np.mean([(1 / np.array(drawn[j])[users]).mean() for j in rng.choice(some, 2)]) for some in ((0, 1), (2, 3))
        ]
        differences.append(means[1] - means[0])
    low, high = np.quantile(differences, (0.025, 0.975))
    assert (figure.difference_low, figure.difference_high) == (
        pytest.approx(low, abs=0.01),
        pytest.approx(high, abs=0.01),
    )


def test_users_are_paired(behaviour_lab):
    runs = [behaviour_lab.run("a", ranks(0)), behaviour_lab.run("b", ranks(0), plan__learning__sampled=9)]
    figure = compare_recommenders(runs).systems[1].figures["mrr"]
    assert (figure.difference_low, figure.difference_high) == (0, 0)


def test_verdicts(behaviour_lab):
    runs = [
        behaviour_lab.run("a", [5.0] * 60),
        behaviour_lab.run("b", [2.0] * 60, plan__learning__sampled=9),
        behaviour_lab.run("c", [30.0] * 60, plan__learning__mip=0.0),
        behaviour_lab.run("d", [5.0] * 60, plan__learning__mip=2.0),
    ]
    found = compare_recommenders(runs)
    assert found.verdicts == [
        "uprec (sampled=9): better than uprec in ndcg@10.",
        "uprec (mip=0): worse than uprec in ndcg@10.",
        "uprec (mip=2): no difference from uprec in ndcg@10 that chance could not make.",
        "popularity: worse than uprec in ndcg@10.",
    ]
    assert found.notes == ["One seed of a system: what another seed would change is not in the interval."]


def test_one_run_stands_beside_popularity(behaviour_lab):
    found = compare_recommenders([behaviour_lab.run("a", ranks(0))])
    assert [system.name for system in found.systems] == ["uprec", "popularity"]
    assert found.notes == []


def test_rivals_that_were_drawn_are_told_and_none_of_them_was_seen(behaviour_lab):
    run = behaviour_lab.run("a", ranks(0), kept="test-uniform-9-0", sampling={"negatives": 9})
    assert compare_recommenders([run], data="test-uniform-9-0").rivals == "sampled"
    with pytest.raises(OptionsError, match="test-uniform-9-0 was ranked among rivals that were drawn"):
        compare_recommenders([run], data="test-uniform-9-0", seen="excluded")


def test_the_same_seed_gives_the_same_interval(behaviour_lab):
    runs = [behaviour_lab.run("a", ranks(0)), behaviour_lab.run("b", ranks(1), plan__learning__sampled=9)]
    assert compare_recommenders(runs, seed=4) == compare_recommenders(runs, seed=4)
    assert compare_recommenders(runs, seed=4) != compare_recommenders(runs, seed=5)


def rewrite(run, change):
    path = run.folder / "predictions" / "test.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    change(kept)
    path.write_text(json.dumps(kept), encoding="utf-8")


def test_runs_on_other_behaviour_are_refused(behaviour_lab):
    runs = [behaviour_lab.run("a", ranks(0)), behaviour_lab.run("b", ranks(1), behaviour__digest="56-78")]
    with pytest.raises(OptionsError, match=r"b was trained on other behaviour than .*a$"):
        compare_recommenders(runs)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda kept: kept.update(protocol="otherwise"),
            r"b was measured in another way than .*a: 'otherwise' and 'as",
        ),
        (lambda kept: kept["ranks"].pop(), r"b was not measured on the same users as .*a$"),
        (lambda kept: kept["ranks"][3].update(user="x"), r"b was not measured on the same users as .*a$"),
        (lambda kept: kept["ranks"][3].update(popularity=7.5), r"b was not measured among the same items as .*a$"),
    ],
)
def test_runs_measured_otherwise_are_refused(behaviour_lab, change, message):
    runs = [behaviour_lab.run("a", ranks(0)), behaviour_lab.run("b", ranks(1), plan__learning__sampled=9)]
    rewrite(runs[1], change)
    with pytest.raises(OptionsError, match=message):
        compare_recommenders(runs)


def test_runs_that_were_not_measured_are_refused(behaviour_lab):
    runs = [behaviour_lab.run("a", ranks(0)), behaviour_lab.run("b", ranks(1), seed=1, kept="dev")]
    with pytest.raises(StoreError, match=r"b: expected predictions on 'test' \(kbert evaluate makes them\), found dev"):
        compare_recommenders(runs)


def test_ranks_of_old_are_refused(behaviour_lab):
    run = behaviour_lab.run("a", ranks(0))
    rewrite(run, lambda kept: [row.pop("popularity") for row in kept["ranks"]])
    with pytest.raises(
        StoreError, match=r"test.json: expected .* \(kbert evaluate makes them anew\), found none called pop"
    ):
        compare_recommenders([run])
    other = behaviour_lab.run("b", ranks(0))
    rewrite(other, lambda kept: kept.pop("sampling"))
    with pytest.raises(StoreError, match=r"test.json: expected among what was ranked .*, found no word of sampling"):
        compare_recommenders([other])
    rewrite(run, lambda kept: [row.update(popularity="1") for row in kept["ranks"]])
    with pytest.raises(StoreError, match=r"test.json: expected a number as ranks\[0\]\.popularity, found '1'"):
        compare_recommenders([run])


def test_figures_are_those_of_the_evaluation(behaviour, tmp_path):
    """Of a run that was trained and measured, by every metric, with items seen and without, and of popularity."""
    from kbert.recommender_runs import RecommenderRun

    graph = behaviour(users=6, items=30, length=9, attributes=False)
    settings = Settings(epochs=1, precision="fp32")
    train_recommender(RecommenderPlan("uprec", str(graph.folder), settings=settings), tmp_path / "run")
    run = RecommenderRun(tmp_path / "run")
    measured = run.evaluate(split="dev")
    for seen in ("kept", "excluded"):
        found = compare_recommenders([run], data="dev", seen=seen)
        for name in METRICS:
            own, popular = (system.figures[name].mean for system in found.systems)
            assert own == pytest.approx(measured[seen][name])
            assert popular == pytest.approx(measured["popularity"][seen][name])
