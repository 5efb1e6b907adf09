"""Comparisons: the interval against brute force, and a sentence for every case."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from graphs.errors import OptionsError, StoreError
from kbert.compare import bootstrap, compare
from kbert.runs import Run
from kbert.train import Settings

LABELS = ["a", "b", "c"]


class Lab:
    """Writes run folders as trainings leave them, with the predictions one wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gold = [LABELS[i % 3] for i in range(60)]

    def run(self, name, right, *, seed=0, model="kbert", facts="own", share=1.0, measured=None, grown=9, **other):
        """A run that is right on the first ``right`` texts."""
        folder = self.folder / name
        (folder / "predictions").mkdir(parents=True)
        texts = {"files": [{"name": "x.tsv", "sha256": "12"}], "apart_from": [], "format": None, "columns": {}}
        data = {"texts": texts, "parts": [], "counts": {"graphs": 60}}
        plan = {
            "model": model,
            "task": "classify",
            "encoder": "e",
            "train": f"{name}/train",
            "dev": None,
            "model_options": {"max_facts": 2} if model == "kbert" else {},
            "task_options": {},
            "settings": dataclasses.asdict(Settings(seed=seed)),
        }
        described = {
            "format": "kbert run",
            "version": 1,
            "plan": plan,
            "recipe": {"facts": facts, "kg": name, "seed": 0, "facts_per_entity": 16},
            "train": data,
            "dev": None,
        }
        for path, value in other.items():
            *way, last = path.split("__")
            target = described
            for step in way:
                target = target[step]
            target[last] = value
        cut = {"grown": grown} if model == "kbert" else {}
        self.write(folder / "run.json", described)
        self.write(folder / "result.json", {"linked_share": share, "cut": {"train": cut}})
        self.write(folder / "labels.json", LABELS)
        rows = [
            {"id": f"x:{i}", "gold": gold, "label": gold if i < right else LABELS[(LABELS.index(gold) + 1) % 3]}
            for i, gold in enumerate(self.gold)
        ]
        measured = share if measured is None else measured
        kept = {"texts": texts, "protocol": "as it was", "linked_share": measured, "cut": cut, "predictions": rows}
        self.write(folder / "predictions" / "dev.json", kept)
        return Run(folder)

    @staticmethod
    def write(path, value):
        path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def lab(tmp_path):
    return Lab(tmp_path)


def verdict(*runs):
    found = compare(runs)
    assert len(found.verdicts) == 1
    return found.verdicts[0]


def test_runs_that_differ_in_their_seed_alone_are_one_system(lab):
    runs = [lab.run(f"bert-{seed}", 20 + seed, seed=seed, model="bert") for seed in (0, 1, 2)]
    runs += [lab.run(f"kbert-{seed}", 30, seed=seed) for seed in (0, 1)]
    found = compare(runs)
    assert [(system.name, system.seeds) for system in found.systems] == [("bert", [0, 1, 2]), ("kbert", [0, 1])]
    bert, kbert = found.systems
    assert bert.values == [20 / 60, 21 / 60, 22 / 60]
    assert bert.mean == pytest.approx(21 / 60)
    assert bert.deviation == pytest.approx(1 / 60)
    assert (bert.difference, bert.low, bert.over_control) == (None, None, None)
    assert kbert.deviation == 0
    assert kbert.difference == pytest.approx(9 / 60)
    assert kbert.low < kbert.difference < kbert.high
    assert (found.metric, found.texts, found.data, found.protocol) == ("accuracy", 60, "dev", "as it was")


def test_shuffles_of_several_seeds_are_one_control(lab):
    runs = [lab.run(f"s{i}", 30, seed=i, facts="shuffled", recipe__seed=i) for i in range(3)]
    assert [system.name for system in compare(runs).systems] == ["kbert, facts shuffled"]
    again = lab.run("s9", 31, seed=0, facts="shuffled", recipe__seed=9)
    assert compare([*runs, again]).systems[0].seeds == [0, 1, 2, 0]


def test_where_files_lay_makes_no_system(lab):
    texts = {"files": [{"name": "y.tsv", "sha256": "12"}], "apart_from": [], "format": None, "columns": {}}
    runs = [lab.run("a", 30), lab.run("b", 30, seed=1, train__texts=texts)]
    assert len(compare(runs).systems) == 1
    texts["files"][0]["sha256"] = "34"
    runs.append(lab.run("c", 30, seed=2, train__texts=texts))
    assert [system.name for system in compare(runs).systems] == [f"kbert ({lab.folder}/a)", f"kbert ({lab.folder}/c)"]


@pytest.mark.parametrize("other", [{"plan__encoder": "f"}, {"plan__model_options": {"max_facts": 1}}])
def test_other_options_make_other_systems(lab, other):
    names = [system.name for system in compare([lab.run("a", 30), lab.run("b", 31, **other)]).systems]
    assert names == [f"kbert ({lab.folder}/a)", f"kbert ({lab.folder}/b)"]


def test_one_run_is_a_table_of_one(lab):
    found = compare([lab.run("kbert", 30)])
    assert found.systems[0].difference is None
    assert found.verdicts == []


def brute_force(right, groups, samples, seed):
    """Accuracies of systems over resampled texts and seeds, one draw at a time."""
    rng = np.random.default_rng(seed)
    texts = len(right[0])
    rows = []
    for _ in range(samples):
        drawn = rng.integers(texts, size=texts)
        rows.append([np.mean([right[j][drawn].mean() for j in rng.choice(group, len(group))]) for group in groups])
    return np.array(rows).T


@pytest.mark.parametrize("groups", [[[0], [1]], [[0, 1], [2, 3, 4]]])
def test_the_interval_is_that_of_a_paired_bootstrap(groups):
    rng = np.random.default_rng(3)
    texts, runs = 80, sum(map(len, groups))
    hard = rng.random(texts)
    right = [(hard < rng.uniform(0.3, 0.9)).astype(float) for _ in range(runs)]
    counts = [row[:, None] for row in right]
    found = bootstrap(counts, groups, lambda total: float(total[0] / texts), np.random.default_rng(0))
    expected = brute_force(right, groups, 6_000, seed=1)
    assert found.shape == (2, 2_000)
    np.testing.assert_allclose(found.mean(1), expected.mean(1), atol=0.01)
    np.testing.assert_allclose(np.corrcoef(found)[0, 1], np.corrcoef(expected)[0, 1], atol=0.06)
    for quantile in (0.025, 0.5, 0.975):
        ends = [np.quantile(samples[1] - samples[0], quantile) for samples in (found, expected)]
        assert ends[0] == pytest.approx(ends[1], abs=0.02)


def test_texts_are_paired(lab):
    """Systems right on the same texts differ by nothing in every sample; drawn apart they would not."""
    found = compare([lab.run("bert", 30, model="bert"), lab.run("kbert", 30)])
    assert (found.systems[1].low, found.systems[1].high) == (0, 0)


def test_the_same_seed_gives_the_same_interval(lab):
    runs = [lab.run("bert", 30, model="bert"), lab.run("kbert", 40)]
    assert compare(runs, seed=4) == compare(runs, seed=4)
    assert compare(runs, seed=4).systems[1].low != compare(runs, seed=5).systems[1].low


def test_no_knowledge_was_injected_if_texts_are_not_linked(lab):
    bert = lab.run("bert", 20, model="bert")
    sentence = "kbert: no knowledge was injected (only 4.9% of the texts carry a fact), so this says nothing"
    assert verdict(bert, lab.run("a", 50, share=0.049)).startswith(sentence)
    assert verdict(bert, lab.run("b", 50, share=0.5, measured=0.049)).startswith(sentence)
    assert "no knowledge was injected (only 0.0%" in verdict(bert, lab.run("c", 50, grown=0))
    assert "no knowledge" not in verdict(bert, lab.run("d", 50, share=0.05))


def test_within_chance(lab):
    sentence = "kbert: no difference from bert that chance could not make."
    assert verdict(lab.run("bert", 30, model="bert"), lab.run("a", 31)) == sentence
    assert verdict(lab.run("bert2", 30, model="bert"), lab.run("b", 30)) == sentence


def test_worse(lab):
    found = verdict(lab.run("bert", 50, model="bert"), lab.run("kbert", 20))
    assert found == "kbert: worse than bert; knowledge hurts here."


def test_better_but_without_its_control(lab):
    bert, kbert = lab.run("bert", 20, model="bert"), lab.run("kbert", 50)
    sentence = "kbert: better than bert; whether by what the facts say cannot be told without its control"
    assert verdict(bert, kbert).startswith(sentence)
    others = lab.run("other", 20, facts="shuffled", plan__encoder="f")
    assert compare([bert, kbert, others]).verdicts[0].startswith(sentence)
    bert_on_shuffled = lab.run("bert-s", 20, model="bert", facts="shuffled", seed=1)
    assert verdict(bert, bert_on_shuffled, kbert).startswith(sentence)


def test_better_but_not_than_its_control(lab):
    found = verdict(lab.run("bert", 20, model="bert"), lab.run("kbert", 50), lab.run("s", 49, facts="shuffled"))
    assert found == (
        "kbert: better than bert, but not than shuffled facts beyond chance: nothing can be claimed for what the facts "
        "say."
    )


def test_better_than_both(lab):
    found = compare([lab.run("bert", 20, model="bert"), lab.run("kbert", 50), lab.run("s", 22, facts="shuffled")])
    assert found.verdicts == ["kbert: better than bert and than shuffled facts; knowledge helps here."]
    bert, kbert, shuffled = found.systems
    assert (bert.reads_facts, kbert.reads_facts, shuffled.reads_facts) == (False, True, True)
    assert (bert.control, kbert.control, shuffled.control) == (False, False, True)
    assert kbert.over_control[0] > 0
    assert (bert.over_control, shuffled.over_control) == (None, None)


def test_each_system_has_a_control_of_its_own(lab):
    few = {"plan__model_options": {"max_facts": 1}}
    runs = [lab.run("bert", 10, model="bert"), lab.run("a", 50), lab.run("b", 40, **few)]
    runs += [lab.run("sa", 49, facts="shuffled"), lab.run("sb", 15, facts="shuffled", **few)]
    first, second = compare(runs).verdicts
    assert "nothing can be claimed" in first
    assert "knowledge helps here" in second


def test_a_baseline_that_reads_facts_supports_no_claim(lab):
    sentence = "reads facts itself: put one first that does not, such as bert"
    assert sentence in verdict(lab.run("kbert", 20), lab.run("bert", 50, model="bert"))
    assert sentence in verdict(lab.run("s", 20, facts="shuffled"), lab.run("k", 50))


def test_without_facts_kbert_may_be_the_baseline_and_claims_nothing(lab):
    none = lab.run("none", 20, facts="none", share=0.0, grown=0)
    found = compare([none, lab.run("kbert", 50), lab.run("s", 20, facts="shuffled")])
    assert found.systems[0].name == "kbert, facts none"
    assert found.verdicts == ["kbert: better than kbert, facts none and than shuffled facts; knowledge helps here."]


def test_runs_of_other_tasks_are_refused(lab):
    runs = [lab.run("a", 30), lab.run("b", 30, plan__task="tag")]
    with pytest.raises(OptionsError, match="runs of one task can be compared, not of classify and tag"):
        compare(runs)


def test_runs_measured_on_other_texts_are_refused(lab):
    first = lab.run("a", 30, model="bert")
    for name, change in (
        ("id", lambda kept: kept["predictions"][3].update(id="y")),
        ("gold", lambda kept: kept["predictions"][3].update(gold="z")),
        ("fewer", lambda kept: kept["predictions"].pop()),
        ("file", lambda kept: kept["texts"]["files"][0].update(sha256="other")),
    ):
        other = lab.run(name, 30)
        kept = other.predictions("dev")
        change(kept)
        lab.write(other.folder / "predictions" / "dev.json", kept)
        with pytest.raises(OptionsError, match=f"{name} was not measured on the same texts as .*a$"):
            compare([first, other])


def test_a_run_named_twice_is_refused(lab):
    run = lab.run("a", 30)
    with pytest.raises(OptionsError, match="are the same run: name it once"):
        compare([run, Run(run.folder)])
    with pytest.raises(OptionsError, match="are the same run: name it once"):
        compare([run, lab.run("b", 30)])


def test_a_run_that_was_not_measured_is_refused(lab):
    with pytest.raises(StoreError, match=r"expected predictions on 'test' \(kbert evaluate makes them\), found dev"):
        compare([lab.run("a", 30)], data="test")


def test_protocols_that_differ_are_all_shown(lab):
    runs = [lab.run("a", 30, model="bert"), lab.run("b", 30)]
    kept = runs[1].predictions("dev")
    lab.write(runs[1].folder / "predictions" / "dev.json", kept | {"protocol": "unfair"})
    assert compare(runs).protocol == "as it was | unfair"
