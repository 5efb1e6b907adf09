from collections import Counter
from itertools import pairwise, product

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
    unique_by=lambda triple: triple[:3],
    max_size=10,
)


def usable(triple):
    return triple.label == 1 and triple.split in ("", "train")


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
    true = [triple for triple in triples if usable(triple)]
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
    true = Counter(triple[1:3] for triple in triples if usable(triple))
    backwards = Counter((triple.relation, triple.head) for triple in triples if usable(triple))
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
    moved = sum(a != b for one, other in zip(own, mixed, strict=True) for a, b in zip(one, other, strict=True))
    assert moved > sum(map(len, own)) / 2


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
