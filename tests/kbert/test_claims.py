"""A sentence for every case."""

import dataclasses

import pytest

from kbert.claims import no_knowledge
from kbert.compare import compare
from kbert.train import Settings


def verdict(*runs):
    found = compare(runs)
    assert len(found.verdicts) == 1
    return found.verdicts[0]


def test_no_knowledge_was_injected_if_texts_are_not_linked(lab):
    bert = lab.run("bert", 20, model="bert")
    sentence = "kbert: no knowledge was injected (only 4.9% of the texts took any in), so this says nothing"
    assert verdict(bert, lab.run("a", 50, share=0.049)).startswith(sentence)
    assert verdict(bert, lab.run("b", 50, share=0.5, measured=0.049)).startswith(sentence)
    assert verdict(lab.run("alone", 50, share=0.049)).startswith(sentence)
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
    assert (bert.knowledge, kbert.knowledge, shuffled.knowledge) == (None, "facts", "facts")
    assert (bert.control, kbert.control, shuffled.control) == (False, False, True)
    assert kbert.over_control[0] > 0
    assert (bert.over_control, shuffled.over_control) == (None, None)


def test_a_baseline_that_differs_in_more_is_said(lab):
    settings = dataclasses.asdict(Settings(epochs=1))
    bert = lab.run("bert", 20, model="bert", plan__encoder="small", plan__settings=settings)
    found = verdict(bert, lab.run("kbert", 50), lab.run("s", 22, facts="shuffled"))
    assert found == (
        "kbert: better than bert and than shuffled facts; knowledge helps here. But the two differ in more: encoder, "
        "epochs."
    )


def test_a_control_that_kept_its_facts_is_said(lab):
    runs = [lab.run("bert", 20, model="bert"), lab.run("kbert", 50)]
    counts = {"graphs": 60, "facts": 200}
    strict = lab.run("s", 50, facts="shuffled", train__counts={**counts, "facts_unmoved": 86})
    assert verdict(*runs, strict).endswith(
        "nothing can be claimed for what the facts say. (43% of the shuffled facts say what they said before, so the "
        "control is stricter than it looks.)"
    )
    usual = lab.run("t", 50, facts="shuffled", train__counts={**counts, "facts_unmoved": 10})
    assert verdict(*runs, usual).endswith("nothing can be claimed for what the facts say.")


def test_a_baseline_that_reads_facts_supports_no_claim(lab):
    sentence = "reads facts itself: put one first that does not, such as bert"
    assert sentence in verdict(lab.run("kbert", 20), lab.run("bert", 50, model="bert"))
    assert sentence in verdict(lab.run("s", 20, facts="shuffled"), lab.run("k", 50))


def test_without_facts_kbert_may_be_the_baseline_and_claims_nothing(lab):
    none = lab.run("none", 20, facts="none", share=0.0)
    found = compare([none, lab.run("kbert", 50), lab.run("s", 20, facts="shuffled")])
    assert found.systems[0].name == "kbert, facts none"
    assert found.verdicts == ["kbert: better than kbert, facts none and than shuffled facts; knowledge helps here."]


def test_without_knowledge_there_is_no_comparison(lab):
    runs = [lab.run("bert", 20, model="bert"), lab.run("kbert", 50, share=0.04)]
    bert, kbert = compare([*runs, lab.run("s", 30, facts="shuffled", share=0.04)]).systems[:2]
    assert (bert.linked_share, kbert.linked_share) == (None, 0.04)
    assert (kbert.mean, kbert.difference, kbert.low, kbert.high) == (50 / 60, None, None, None)
    first, second = compare(runs[::-1]).verdicts
    assert first.startswith("kbert: no knowledge was injected")
    assert second.startswith("The first system (kbert) reads facts itself")


def test_a_control_without_knowledge_controls_nothing(lab):
    control = lab.run("s", 20, facts="shuffled", share=0.04)
    found = compare([lab.run("bert", 20, model="bert"), lab.run("kbert", 50), control])
    assert found.systems[1].over_control is None
    assert "cannot be told without its control" in found.verdicts[0]


def test_five_in_a_hundred_texts_are_enough():
    assert no_knowledge(None) is None
    assert no_knowledge(0.05) is None
    assert "only 4.9% of the texts took any in" in no_knowledge(0.049)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"seen": "trained"}, "kbert was trained on texts that it was measured on"),
        ({"seen": "unknown"}, "whether kbert has seen the texts that it was measured on is not known"),
        ({"same_recipe": False}, "kbert was measured on graphs built in another way than those it was trained on"),
        ({"seen": "held out"}, "the texts chose the epoch of some runs, and not of others"),
        ({"seen": "pretrained"}, "the texts chose the epoch of some runs, and not of others"),
    ],
)
def test_unfair_figures_support_no_claim(lab, odd, reason):
    runs = [lab.run("bert", 20, model="bert"), lab.run("k0", 50), lab.run("k1", 50, seed=1, **odd)]
    shuffled = lab.run("s", 20, facts="shuffled")
    assert compare([*runs, shuffled]).verdicts == [f"Nothing can be claimed: {reason}."]
    assert compare([*runs[:2], shuffled]).verdicts[0].endswith("knowledge helps here.")
    assert compare([lab.run("alone", 50, **odd)]).verdicts == []


def test_held_out_is_as_good_as_dev(lab):
    runs = [lab.run("bert", 20, model="bert", seen="held out"), lab.run("kbert", 50, seen="held out")]
    assert verdict(*runs).startswith("kbert: better than bert")


def test_texts_that_some_encoders_have_read_support_no_claim(lab):
    bert, kbert = lab.run("bert", 20, model="bert", seen="held out"), lab.run("kbert", 50, seen="pretrained")
    reason = "the encoders of some runs were pre-trained on the texts, and those of others were not"
    assert verdict(bert, kbert) == f"Nothing can be claimed: {reason}."
    both = lab.run("bert2", 20, model="bert", seen="pretrained")
    assert verdict(both, kbert).startswith("kbert: better than bert")


def test_predictions_that_do_not_say_what_was_seen_support_no_claim(lab):
    runs = [lab.run("bert", 20, model="bert"), lab.run("kbert", 50)]
    path = runs[1].folder / "predictions" / "dev.json"
    lab.write(path, {name: value for name, value in runs[1].predictions("dev").items() if name != "seen"})
    assert "whether kbert has seen the texts" in verdict(*runs)
