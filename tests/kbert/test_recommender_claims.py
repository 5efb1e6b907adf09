"""What is known of users is claimed to help only where their control does not do as well."""

import pytest

from kbert.compare_recommenders import compare_recommenders
from kbert.recommender_claims import knows_users

HELPS = " It is better than with what is known of others, too: what is known of users helps here."
NOTHING = (
    " But it is not better than with what is known of others beyond chance: nothing can be claimed for what is known"
)
UNTOLD = " Whether by what is known of users cannot be told without its control (the same with --control shuffled)."


@pytest.mark.parametrize(("control", "ending"), [(None, UNTOLD), (5.0, HELPS), (2.0, NOTHING)])
def test_a_system_that_knows_users_is_held_against_its_control(behaviour_lab, control, ending):
    runs = [behaviour_lab.run("a", [5.0] * 60), behaviour_lab.run("b", [2.0] * 60, plan__learning__uap=0.1)]
    if control is not None:
        learning = {"plan__learning__uap": 0.1, "plan__learning__shuffled": True}
        runs.append(behaviour_lab.run("c", [control] * 60, **learning))
    said = compare_recommenders(runs).verdicts[0]
    assert said.startswith("uprec (uap=0.1): better than uprec in ndcg@10." + ending)


def test_the_control_of_another_system_is_not_its_control(behaviour_lab):
    shuffled = {"plan__learning__uap": 0.2, "plan__learning__shuffled": True}
    runs = [behaviour_lab.run("a", [5.0] * 60), behaviour_lab.run("b", [2.0] * 60, plan__learning__uap=0.1)]
    runs.append(behaviour_lab.run("c", [5.0] * 60, **shuffled))
    assert compare_recommenders(runs).verdicts[0].endswith(UNTOLD)


def test_beside_one_that_knows_users_itself_nothing_is_said_of_them(behaviour_lab):
    runs = [
        behaviour_lab.run(name, [rank] * 60, plan__learning__uap=w) for name, rank, w in (("a", 5.0, 1), ("b", 2.0, 2))
    ]
    assert compare_recommenders(runs).verdicts[0] == "uprec (uap=2): better than uprec in ndcg@10."


@pytest.mark.parametrize(
    ("options", "knows"),
    [
        ({}, False),
        ({"uap": 0.0, "srd": 0.0, "shuffled": False}, False),
        ({"uap": 0.0, "srd": 0.1, "shuffled": False}, True),
        ({"uap": 0.1, "srd": 0.0, "shuffled": True}, False),
        ({"uap": 0.0, "begin.recommender": "uprec", "begin.uap": 0.1}, True),
        ({"uap": 0.0, "begin.recommender": "uprec", "begin.uap": 0.1, "begin.shuffled": True}, False),
    ],
)
def test_who_knows_users(options, knows):
    assert knows_users({"recommender": "uprec", **options} if options else {}) is knows


def test_a_system_that_began_with_one_that_knows_users(behaviour_lab):
    def began(**learning):
        described = {"plan": {"recommender": "uprec", "settings": {"seed": 0}, "learning": learning}}
        described["behaviour"] = {"digest": "12-34"}
        return {"begun_with": described, "plan__begin": "x"}

    runs = [behaviour_lab.run("a", [5.0] * 60), behaviour_lab.run("b", [2.0] * 60, **began(uap=0.1, shuffled=False))]
    runs.append(behaviour_lab.run("c", [2.0] * 60, **began(uap=0.1, shuffled=True)))
    found = compare_recommenders(runs).verdicts
    assert NOTHING in found[0]
    assert found[1].endswith("better than uprec in ndcg@10.")
