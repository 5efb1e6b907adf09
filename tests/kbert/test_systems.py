"""Which runs are one system, and which is the control of which."""

import pytest

from graphs.errors import OptionsError
from kbert.compare import compare
from kbert.runs import Run


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


def test_each_system_has_a_control_of_its_own(lab):
    few = {"plan__model_options": {"max_facts": 1}}
    runs = [lab.run("bert", 10, model="bert"), lab.run("a", 50), lab.run("b", 40, **few)]
    runs += [lab.run("sa", 49, facts="shuffled"), lab.run("sb", 15, facts="shuffled", **few)]
    first, second = compare(runs).verdicts
    assert "nothing can be claimed" in first
    assert "knowledge helps here" in second


def test_a_run_named_twice_is_refused(lab):
    run = lab.run("a", 30)
    with pytest.raises(OptionsError, match="are the same run: name it once"):
        compare([run, Run(run.folder)])
    with pytest.raises(OptionsError, match="are the same run: name it once"):
        compare([run, lab.run("b", 30)])


ERNIE = {"model": "ernie", "carried": {"vectors": "12"}}


def ernie(lab, name, right, control="none", **other):
    options = {"vectors": f"{name}/vectors", "max_pieces": 256, "control": control}
    return lab.run(name, right, **{**ERNIE, "plan__model_options": options, **other})


def test_vectors_shuffled_are_the_control_of_vectors(lab):
    """Where the vectors lay makes no difference; which they are does."""
    runs = [lab.run("bert", 20, model="bert"), ernie(lab, "own", 50), ernie(lab, "again", 51, plan__settings__seed=1)]
    runs += [ernie(lab, "zero", 30, "zero"), ernie(lab, "shuffled", 22, "shuffled")]
    found = compare(runs)
    names = ["bert", "ernie", "ernie, vectors zero", "ernie, vectors shuffled"]
    assert [system.name for system in found.systems] == names
    assert [system.knowledge for system in found.systems] == [None, "vectors", None, "vectors"]
    assert [system.control for system in found.systems] == [False, False, False, True]
    assert [system.linked_share for system in found.systems] == [None, 1.0, None, 1.0]
    assert found.systems[1].over_control[0] > 0
    assert found.verdicts == ["ernie: better than bert and than shuffled vectors; knowledge helps here."]


def test_who_does_not_beat_shuffled_vectors_claims_nothing(lab):
    bert, own = lab.run("bert", 20, model="bert"), ernie(lab, "own", 50)
    assert compare([bert, own, ernie(lab, "shuffled", 49, "shuffled")]).verdicts == [
        "ernie: better than bert, but not than shuffled vectors beyond chance: nothing can be claimed for what the "
        "vectors say."
    ]
    assert compare([bert, own]).verdicts == [
        "ernie: better than bert; whether by what the vectors say cannot be told without its control (the same with "
        "--control shuffled)."
    ]


def test_other_vectors_have_no_part_in_it(lab):
    """Nor do facts that were shuffled where the graphs were built, which ERNIE does not read."""
    bert, own = lab.run("bert", 20, model="bert"), ernie(lab, "own", 50)
    others = ernie(lab, "others", 22, "shuffled", carried={"vectors": "34"})
    assert "cannot be told without its control" in compare([bert, own, others]).verdicts[0]
    facts = ernie(lab, "facts", 22, facts="shuffled", plan__settings__seed=1)
    assert [system.seeds for system in compare([own, facts]).systems] == [[0, 1]]


def test_without_vectors_ernie_may_be_the_baseline(lab):
    found = compare([ernie(lab, "zero", 20, "zero"), ernie(lab, "own", 50), ernie(lab, "shuffled", 21, "shuffled")])
    assert found.verdicts[0].endswith("and than shuffled vectors; knowledge helps here.")
    first = compare([ernie(lab, "o", 20), ernie(lab, "s", 50, "shuffled")]).verdicts
    assert "(ernie) reads vectors itself: put one first that does not" in first[0]


def test_facts_and_vectors_are_no_controls_of_each_other(lab):
    bert, own = lab.run("bert", 20, model="bert"), ernie(lab, "own", 50)
    facts = lab.run("kbert", 22, facts="shuffled")
    assert "cannot be told without its control" in compare([bert, own, facts]).verdicts[0]


def read_on(name, control="none", *, seed=0, digest="12", linkers=(), before=None):
    """How an encoder was pre-trained that lies in a folder of its own."""
    texts = {"files": [{"name": "p.txt", "sha256": "99"}], "apart_from": []}
    plan = {
        "pretraining": "ernie",
        "encoder": f"{name}/words" if before else "e",
        "train": f"{name}/train",
        "dev": None,
        "model_options": {"vectors": f"{name}/vectors", "control": control},
        "settings": {"seed": seed, "epochs": 3},
    }
    return {
        "plan": plan,
        "carried": {"vectors": digest},
        "recipe": {"parser": {}, "linkers": list(linkers), "facts": "own", "kg": name, "seed": seed},
        "train": {"texts": texts, "counts": {"graphs": 5}},
        "dev": None,
        "pretrained": before,
    }


def after(lab, name, right, control="none", *, before="none", seed=0, **other):
    read = read_on(name, before, seed=seed, before=read_on(f"{name}-words", "zero", seed=seed), **other)
    return ernie(lab, name, right, control, plan__encoder=f"{name}-encoder", pretrained=read)


UNTOLD = "cannot be told without its control"


def test_the_control_of_pretrained_encoders_is_one_from_the_start(lab):
    """Where the encoders lay makes no difference; the vectors that they learnt with do, and how texts were linked."""
    bert, own = lab.run("bert", 20, model="bert"), after(lab, "own", 50)
    shuffled = after(lab, "shuffled", 22, "shuffled", before="shuffled", seed=1)
    assert "knowledge helps here" in compare([bert, own, shuffled]).verdicts[0]
    late = after(lab, "late", 22, "shuffled", before="none")
    assert UNTOLD in compare([bert, own, late]).verdicts[0]
    other = after(lab, "other", 22, "shuffled", before="shuffled", digest="34")
    assert UNTOLD in compare([bert, own, other]).verdicts[0]
    linked = after(lab, "linked", 22, "shuffled", before="shuffled", linkers=["another"])
    assert UNTOLD in compare([bert, own, linked]).verdicts[0]


def test_arcs_have_a_control_of_their_own_whatever_the_encoder_has_read(lab):
    """Random trees are the control of trees, not shuffled vectors of a pre-training before."""
    bert = lab.run("bert", 20, model="bert")

    def syntax(name, right, control, before):
        options = {"control": control}
        read = read_on(name, before)
        return lab.run(name, right, model="syntax", plan__model_options=options, plan__encoder=name, pretrained=read)

    own, random = syntax("own", 50, "none", "none"), syntax("random", 22, "shuffled", "none")
    found = compare([bert, own, random])
    assert [system.name for system in found.systems[1:]] == [
        "syntax, pre-trained with own vectors",
        "syntax, arcs shuffled, pre-trained with own vectors",
    ]
    assert [system.control for system in found.systems] == [False, False, True]
    assert "and than shuffled arcs; knowledge helps here" in found.verdicts[0]
    other = syntax("other", 50, "none", "shuffled")
    assert [system.control for system in compare([bert, other]).systems] == [False, False]
    assert "cannot be told without its control (the same with --control shuffled)" in compare([bert, other]).verdicts[0]


def test_what_was_shuffled_in_one_training_alone_is_neither_system_nor_control(lab):
    bert = lab.run("bert", 20, model="bert")
    early, late = after(lab, "early", 50, before="shuffled"), after(lab, "late", 22, "shuffled")
    found = compare([bert, early, late])
    assert [system.name for system in found.systems[1:]] == [
        "ernie, pre-trained with zero vectors and shuffled vectors",
        "ernie, vectors shuffled, pre-trained with zero vectors and own vectors",
    ]
    assert [system.control for system in found.systems] == [False, True, True]
    assert [system.over_control for system in found.systems] == [None, None, None]
    assert found.verdicts == []


def test_an_encoder_that_read_nothing_before_has_its_control_all_the_same(lab):
    bert = lab.run("bert", 20, model="bert", plan__encoder="words", pretrained=read_on("words", "zero"))
    runs = [
        ernie(lab, name, right, control, plan__encoder=name, pretrained=read_on(name, "zero"))
        for name, right, control in (("own", 50, "none"), ("shuffled", 22, "shuffled"))
    ]
    found = compare([bert, *runs])
    assert found.verdicts == [
        f"{found.systems[1].name}: better than {found.systems[0].name} and than shuffled vectors; knowledge helps here."
    ]
    assert [system.name for system in found.systems] == [
        "bert, pre-trained with zero vectors",
        "ernie, pre-trained with zero vectors",
        "ernie, vectors shuffled, pre-trained with zero vectors",
    ]


def test_a_model_that_reads_no_vectors_knows_with_which_its_encoder_learnt(lab):
    own, shuffled = (
        lab.run(f"b-{control}", 20, model="bert", plan__encoder=control, pretrained=read_on(control, control))
        for control in ("none", "shuffled")
    )
    plain = lab.run("plain", 20, model="bert")
    names = ["bert", "bert, pre-trained with own vectors", "bert, pre-trained with shuffled vectors"]
    assert [system.name for system in compare([plain, own, shuffled]).systems] == names
    run = ernie(lab, "run", 50, plan__encoder="run", pretrained=read_on("run"))
    assert "differ in more" not in compare([own, run]).verdicts[0]
    assert "differ in more: encoder" in compare([shuffled, run]).verdicts[0]


def test_encoders_that_read_on_otherwise_are_other_systems(lab):
    runs = [after(lab, "a", 50), after(lab, "b", 51, before="shuffled"), after(lab, "c", 52, linkers=["another"])]
    assert len(compare(runs).systems) == 3
    again = after(lab, "again", 50)
    with pytest.raises(OptionsError, match="are the same run: name it once"):
        compare([runs[0], again])
    assert "differ in more: encoder" in compare([lab.run("bert", 20, model="bert"), runs[0]]).verdicts[0]


def test_an_encoder_that_read_on_is_told_from_one_that_did_not(lab):
    runs = [lab.run("plain", 20, model="bert"), ernie(lab, "own", 30)]
    words = read_on("words")
    words["plan"] |= {"pretraining": "bert", "model_options": {}}
    runs.append(lab.run("words", 25, model="bert", plan__encoder="words", pretrained={**words, "carried": {}}))
    runs.append(ernie(lab, "read", 40, plan__encoder="read", pretrained=read_on("read", before=words)))
    assert [system.name for system in compare(runs).systems] == [
        "bert",
        "ernie",
        "bert, pre-trained",
        "ernie, pre-trained",
    ]


def test_pretrainings_of_several_seeds_are_one_system(lab):
    found = compare([after(lab, "a", 50, before="none"), after(lab, "b", 52, seed=1)])
    assert [system.values for system in found.systems] == [[50 / 60, 52 / 60]]
