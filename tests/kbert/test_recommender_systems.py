"""Which runs on behaviour are one system, and what systems are called."""

from itertools import permutations

import pytest

from graphs.errors import OptionsError
from kbert.recommender_systems import grouped, names_of, options_of, seeds_of

RANKS = [1.0] * 60


def named(runs):
    return names_of([runs[members[0]] for members in grouped(runs)])


def test_runs_that_differ_in_their_seed_alone_are_one_system(behaviour_lab):
    runs = [behaviour_lab.run(f"a{seed}", RANKS, seed=seed) for seed in range(3)]
    runs.insert(1, behaviour_lab.run("causal", RANKS, plan__recommender_options__objective="causal"))
    assert grouped(runs) == [[0, 2, 3], [1]]
    assert named(runs) == ["uprec", "uprec (objective=causal)"]
    assert named(runs[1:]) == ["uprec", "uprec (objective=masked)"]
    assert [seeds_of(run.described) for run in runs] == [[0], [0], [1], [2]]
    with pytest.raises(OptionsError, match=r"are the same run: name it once"):
        grouped([runs[0], behaviour_lab.run("again", RANKS)])


def test_all_that_differs_is_told(behaviour_lab):
    told = {"plan__learning__uap": 0.1, "plan__attributes": ["age", "town"], "plan__learning__sampled": 9}
    runs = [behaviour_lab.run("a", RANKS), behaviour_lab.run("b", RANKS, **told)]
    runs.append(behaviour_lab.run("c", RANKS, plan__recommender="mine.other", plan__settings__epochs=7))
    runs.append(behaviour_lab.run("d", RANKS, **{**told, "plan__attributes": ["age"]}))
    assert named(runs) == [
        "uprec",
        "uprec (uap=0.1, sampled=9)",
        "mine.other (epochs=7)",
        "uprec (uap=0.1, sampled=9, attributes=age)",
    ]


def test_what_makes_no_difference_makes_no_system(behaviour_lab):
    """Where data lay, versions of libraries, and attributes that nothing is learnt from."""
    other = {"plan__attributes": ["age"], "plan__settings__checkpoint_steps": 7}
    runs = [behaviour_lab.run("a", RANKS), behaviour_lab.run("b", RANKS, seed=1, **other)]
    assert grouped(runs) == [[0, 1]]


def test_what_is_hidden_is_an_option_where_something_is(behaviour_lab):
    for objective, systems in (("causal", [[0, 1]]), ("masked", [[0], [1]])):
        own = {"plan__recommender_options__objective": objective}
        runs = [
            behaviour_lab.run(f"{objective}-{seed}", RANKS, seed=seed, plan__learning__mask_rate=rate, **own)
            for seed, rate in enumerate((0.2, 0.6))
        ]
        assert grouped(runs) == systems


def test_runs_that_tell_profiles_do_not_differ_by_what_items_are_learnt_by(behaviour_lab):
    own = {"plan__task": "profile", "plan__attributes": ["age"]}
    runs = [
        behaviour_lab.run("a", RANKS, **own),
        behaviour_lab.run("b", RANKS, seed=1, **own, plan__learning__mip=0.5),
        behaviour_lab.run("c", RANKS, **{**own, "plan__attributes": ["town"]}),
    ]
    assert grouped(runs) == [[0, 1], [2]]


def test_a_control_is_called_one_wherever_it_stands(behaviour_lab):
    plain = behaviour_lab.run("plain", RANKS, plan__learning__shuffled=False)
    srd = {"plan__learning__srd": 0.1}
    friends = behaviour_lab.run("friends", RANKS, **srd, plan__learning__shuffled=False)
    control = behaviour_lab.run("control", RANKS, **srd, plan__learning__shuffled=True)
    for runs in permutations([plain, friends, control]):
        names = dict(zip((run.folder.name for run in runs), named(list(runs)), strict=True))
        told = {name: "shuffled" in names[name] for name in names}
        assert told["control"] != told["friends"] or runs[0] is control
        if runs[0] is not control:
            assert "shuffled=yes" in names["control"]
    assert named([plain, control]) == ["uprec", "uprec (srd=0.1, shuffled=yes)"]


def test_what_the_first_does_not_have_is_told_where_it_is_not_the_default(behaviour_lab):
    causal = behaviour_lab.run("causal", RANKS, plan__recommender_options__objective="causal")
    masked = behaviour_lab.run("masked", RANKS, plan__learning__mask_rate=0.6)
    assert named([causal, masked]) == ["uprec", "uprec (mask_rate=0.6, objective=masked)"]


def test_data_is_known_by_its_digest(behaviour_lab):
    vectors = [{"plan__item_vectors": f"v{i}", "item_vectors": {"digest": digest}} for i, digest in enumerate("xxy")]
    runs = [behaviour_lab.run(f"r{i}", RANKS, seed=i, **some) for i, some in enumerate(vectors)]
    assert grouped(runs) == [[0, 1], [2]]
    assert named(runs) == ["uprec", "uprec (item_vectors=y)"]


def begun(lab, name, *, uap, seed, **other):
    """A run that began with one of its own, and that with another."""
    oldest = lab.run(f"{name}-0", RANKS, seed=seed).described
    other_options = {"plan__learning__uap": uap, "plan__begin": f"{name}-0", "begun_with": oldest}
    older = lab.run(f"{name}-1", RANKS, seed=seed + 1, **other_options).described
    return lab.run(name, RANKS, plan__begin=f"{name}-1", begun_with=older, **other)


def test_runs_that_began_with_others(behaviour_lab):
    plain = behaviour_lab.run("plain", RANKS)
    one, same, other = (
        begun(behaviour_lab, name, uap=uap, seed=seed)
        for name, uap, seed in (("a", 1.0, 0), ("b", 1.0, 5), ("c", 0.5, 0))
    )
    assert grouped([plain, one, same, other]) == [[0], [1, 2], [3]]
    assert seeds_of(same.described) == [0, 6, 5]
    assert named([plain, one, same, other]) == ["uprec", "uprec (pre-trained)", "uprec (pre-trained, begin.uap=0.5)"]
    assert named([one, plain]) == ["uprec", "uprec (not pre-trained)"]
    assert {"begin.uap", "begin.begin.uap", "begin.behaviour"} < options_of(one.described).keys()
    assert "begin" not in options_of(one.described)


def test_runs_of_old_know_what_they_began_with_by_its_folder(behaviour_lab):
    old = [behaviour_lab.run(name, RANKS, plan__begin=f"runs/{name}") for name in "ab"]
    assert named([behaviour_lab.run("plain", RANKS), *old]) == [
        "uprec",
        "uprec (pre-trained)",
        "uprec (pre-trained, begin=runs/b)",
    ]


def test_names_that_are_not_enough_tell_the_folder(behaviour_lab):
    """A run of old has no word of an option that came later."""
    runs = [behaviour_lab.run("new", RANKS, plan__later=1.5), behaviour_lab.run("old", RANKS)]
    assert named(runs) == [f"uprec [{run.folder}]" for run in runs]


def test_options_of_one_name_in_two_groups(behaviour_lab):
    run = behaviour_lab.run("a", RANKS, plan__recommender_options__mip="no")
    assert (options_of(run.described)["mip"], options_of(run.described)["recommender_options.mip"]) == (1.0, "no")
