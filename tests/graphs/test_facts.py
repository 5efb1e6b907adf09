from collections import Counter
from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import OptionsError
from graphs.facts import FactChooser, words_of
from graphs.types import Triple

ENTITIES = ["a cat", "a", "cat sat", "猫在", "dog"]
RELATIONS = ["is", "likes", "sees"]
TRIPLES = st.lists(
    st.builds(
        Triple,
        st.sampled_from(ENTITIES),
        st.sampled_from(RELATIONS),
        st.sampled_from(ENTITIES),
        split=st.sampled_from(["", "train", "dev", "test"]),
        label=st.sampled_from([1, 1, 1, -1]),
        weight=st.sampled_from([0.5, 1.0, 2.0]),
    ),
    unique_by=lambda triple: triple[:5],
    max_size=10,
)


def usable(triple):
    return triple.label == 1 and triple.split in ("", "train")


def usable_once(triples):
    """The usable triples, each once: one of no split is none where a triple before it says the same."""
    said = [(*triple[:3], triple.label) for triple in triples]
    new = [triple for i, triple in enumerate(triples) if triple.split or said[i] not in said[:i]]
    return list({triple[:3]: triple for triple in reversed(new) if usable(triple)}.values())[::-1]


def chosen(kg, entities, words=(), **options):
    facts = FactChooser(kg, **options)(kg.ids(entities), words)
    others = kg.names(facts.other).to_pylist()
    rows = [
        (kg.relations[relation], other, inverse)
        for relation, other, inverse in zip(facts.relation, others, facts.inverse.tolist(), strict=True)
    ]
    return [rows[first:last] for first, last in pairwise(facts.offsets.tolist())]


def by_hand(triples, entity, words, order, inverse, most):
    """Every fact of the entity with how much it is wanted; the sort keeps file order among equals."""
    true = usable_once(triples)
    found = []
    for own in (True, False) if inverse else (True,):
        for triple in true:
            mine, other = (triple.head, triple.tail) if own else (triple.tail, triple.head)
            if mine != entity:
                continue
            sharing = sum((t.relation, t.tail if own else t.head) == (triple.relation, other) for t in true)
            shared = len(set(words) & (set(other) if other == "猫在" else set(other.split())))
            wanted = {"file": 0, "weight": -triple.weight, "rare": sharing, "context": -shared}[order]
            found.append((wanted, (triple.relation, other, not own)))
    return [fact for _, fact in sorted(found, key=lambda pair: pair[0])][:most]


@settings(max_examples=25)
@given(TRIPLES, st.sets(st.sampled_from(["cat", "sat", "在", "dog"])))
def test_every_order_by_brute_force(graph_of, triples, words):
    kg = graph_of(triples)
    entities = [name for name in ENTITIES if name in kg]
    texts = [frozenset(words)] * len(entities)
    for order, inverse, most in product(("file", "weight", "rare", "context"), (False, True), (1, 2, 10)):
        ours = chosen(kg, entities, texts, order=order, inverse=inverse, most=most)
        assert ours == [by_hand(triples, entity, words, order, inverse, most) for entity in entities]
        cut = FactChooser(kg, order=order, inverse=inverse, most=most)(kg.ids(entities), texts).cut.tolist()
        everything = [by_hand(triples, entity, words, order, inverse, 100) for entity in entities]
        assert cut == [max(0, len(facts) - most) for facts in everything]


@settings(max_examples=12)
@given(TRIPLES, st.sampled_from(["own", "shuffled"]), st.booleans())
def test_held_out_and_false_triples_are_never_chosen(graph_of, triples, which, inverse):
    kg = graph_of(triples)
    entities = [name for name in ENTITIES if name in kg]
    true = Counter(triple[1:3] for triple in usable_once(triples))
    backwards = Counter((triple.relation, triple.head) for triple in usable_once(triples))
    facts = [fact for found in chosen(kg, entities, which=which, inverse=inverse) for fact in found]
    assert Counter(fact[:2] for fact in facts if not fact[2]) == true
    assert Counter(fact[:2] for fact in facts if fact[2]) == (backwards if inverse else Counter())


@pytest.fixture(scope="module")
def many(graph_of):
    """Sixty entities with one to five facts of different lengths, one of them false, one held out."""
    triples = [
        Triple(f"e{i}", RELATIONS[(i + j) % 3], f"tail{'x' * ((i * j) % 4)}{i % 7}")
        for i in range(60)
        for j in range(i % 5 + 1)
    ]
    triples += [Triple("e1", "is", "a lie", label=-1), Triple("e2", "is", "held out", split="test")]
    return graph_of(list(dict.fromkeys(triples)))


def lengths(found):
    return [sorted(len(relation) + len(other) for relation, other, _ in facts) for facts in found]


@pytest.mark.parametrize("inverse", [False, True])
def test_shuffled_facts_keep_number_and_lengths(many, inverse):
    names = many.names(np.arange(len(many))).to_pylist()
    own = chosen(many, names, most=100, inverse=inverse)
    mixed = chosen(many, names, most=100, inverse=inverse, which="shuffled")
    assert list(map(len, mixed)) == list(map(len, own))
    assert lengths(mixed) == lengths(own)
    assert Counter(fact for facts in mixed for fact in facts) == Counter(fact for facts in own for fact in facts)


def unmoved(own, mixed):
    """Whether each fact says what the one at its place said, in order."""
    return [a == b for one, other in zip(own, mixed, strict=True) for a, b in zip(one, other, strict=True)]


@pytest.mark.parametrize(("inverse", "order"), [(False, "file"), (True, "file"), (True, "weight")])
def test_facts_that_say_what_they_said_are_known(many, inverse, order):
    names = many.names(np.arange(len(many))).to_pylist()
    options = {"most": 100, "inverse": inverse, "order": order}
    own, mixed = (chosen(many, names, which=which, **options) for which in ("own", "shuffled"))
    facts = FactChooser(many, which="shuffled", **options)(many.ids(names), ())
    assert facts.unmoved.tolist() == unmoved(own, mixed)
    assert 0 < facts.unmoved.sum() < len(facts.unmoved)
    assert FactChooser(many, **options)(many.ids(names), ()).unmoved is None


def test_every_permutation_of_facts_of_one_length_is_as_likely(graph_of):
    """Chi-square with 23 degrees of freedom: 49.7 is passed once in a thousand times."""
    kg = graph_of([Triple(f"e{i}", "is", tail) for i, tail in enumerate(["aa", "bb", "c", "dd", "ee"])])
    heads = [f"e{i}" for i in range(5)]
    seen = Counter(
        tuple(facts[0][1] for facts in chosen(kg, heads, which="shuffled", seed=seed)) for seed in range(2400)
    )
    assert set(seen) == {(*some[:2], "c", *some[2:]) for some in permutations(["aa", "bb", "dd", "ee"])}
    assert sum((count - 100) ** 2 / 100 for count in seen.values()) < 49.7


def test_as_many_facts_stay_as_chance_has_it(graph_of):
    """Of a content that has the share p of all places, p of the places that it had get it again."""
    tails = ["aa"] * 600 + ["bb"] * 300 + ["cc"] * 100
    kg = graph_of([Triple(f"e{i}", "is", tail) for i, tail in enumerate(tails)])
    entities = kg.ids([f"e{i}" for i in range(1000)])
    shares = [FactChooser(kg, which="shuffled", seed=seed)(entities, ()).unmoved.mean() for seed in range(20)]
    assert np.mean(shares) == pytest.approx(0.6**2 + 0.3**2 + 0.1**2, abs=0.01)


def test_a_fact_in_no_split_and_in_train_is_one(graph_of):
    twice = [Triple("Rome", "in", "Italy"), Triple("Rome", "is", "old"), Triple("Rome", "in", "Italy", split="train")]
    kg = graph_of(twice)
    assert chosen(kg, ["Rome"], most=2) == [[("in", "Italy", False), ("is", "old", False)]]
    assert len(chosen(kg, ["Rome"], which="shuffled")[0]) == 2
    assert FactChooser(kg, most=1)(kg.ids(["Rome"]), ()).cut.tolist() == [1]


def test_the_seed_decides_how_facts_are_shuffled(many):
    names = many.names(np.arange(len(many))).to_pylist()
    one, again, other = (chosen(many, names, which="shuffled", seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize("held_out", [False, True])
def test_a_hub_gives_its_first_facts(graph_of, held_out):
    triples = [Triple("hub", "is", f"t{i}") for i in range(50)] + [Triple(f"h{i}", "is", "hub") for i in range(50)]
    if held_out:
        triples[1] = triples[1]._replace(split="dev")
    facts = [("is", "t0", False), ("is", "t2" if held_out else "t1", False), ("is", "h0", True), ("is", "h1", True)]
    kg = graph_of(triples)
    assert chosen(kg, ["t0", "hub"], inverse=True, most=2) == [[("is", "hub", True)], facts[:2]]
    all_of_it = chosen(kg, ["hub"], inverse=True, most=100)[0]
    assert len(all_of_it) == 100 - held_out
    assert [fact for fact in all_of_it if fact[2]][:2] == facts[2:]


def test_no_facts(many):
    assert chosen(many, ["e4", "e3"], most=0) == [[], []]
    assert chosen(many, []) == []
    assert not FactChooser(many).reads_text
    assert FactChooser(many, order="context").reads_text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "files"}, "facts: order is one of file, weight, rare, context, not 'files'"),
        ({"which": "all"}, "facts: which is one of own, shuffled, not 'all'"),
        ({"most": -1}, "facts per entity: expected at least 0, found -1"),
    ],
)
def test_options_that_there_are_not(many, options, message):
    with pytest.raises(OptionsError, match=message):
        FactChooser(many, **options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The CAT's hat, 3x!", {"the", "cat", "s", "hat", "3x"}),
        ("我在ABC大学", {"我", "在", "abc", "大", "学"}),
        ("Straße", {"strasse"}),
        (" .-", set()),
    ],
)
def test_words(text, words):
    assert words_of(text) == words
