"""Texts are told by what they say."""

from itertools import permutations

import numpy as np

from graphs.corpus import to_rows
from graphs.digests import digests_of
from graphs.types import Role, TextGraph


def digests(*rows):
    graphs = [TextGraph(str(i), texts if isinstance(texts, tuple) else (texts,)) for i, texts in enumerate(rows)]
    return digests_of([to_rows(graphs)]).tolist()


def test_equal_texts_have_equal_digests():
    one, two, three, again = digests("a b", "a c", "", "a b")
    assert one == again
    assert len({one, two, three}) == 3
    assert digests("a b") == [one]


def test_white_space_makes_no_difference():
    plain, odd = digests("a b", " a\t b \n")
    assert plain == odd


def test_a_pair_is_one_text():
    pair, other, first, joined = digests(("a", "b"), ("b", "a"), "a", "a b")
    assert len({pair, other, first, joined}) == 4


def test_they_are_the_same_everywhere():
    assert digests("a b", "爱") == [-3283584093438449464, 5871743829446229690]


def test_batches_are_read_one_after_another():
    rows = to_rows([TextGraph(str(i), (f"text {i}",)) for i in range(5)])
    parts = [rows.slice(0, 2), rows.slice(2, 0), rows.slice(2, 3)]
    assert np.array_equal(digests_of(parts), digests_of([rows]))
    assert digests_of([]).shape == (0,)


ROLES = ("mention", "head", "tail")


def marked(text, *spans):
    return TextGraph("1", (text,), spans=tuple(Role(role, 0, start, end) for role, start, end in spans))


def spans_too(graphs):
    return digests_of([to_rows(graphs)], ROLES).tolist()


def test_one_sentence_may_be_asked_about_two_spans():
    rows = [
        marked("a b a"),
        marked("a b a", ("mention", 0, 1)),
        marked("a b a", ("mention", 4, 5)),
        marked("a b a", ("head", 0, 1)),
        marked("a b a", ("head", 0, 1), ("tail", 4, 5)),
    ]
    found = spans_too(rows)
    assert len(set(found)) == 5
    assert digests_of([to_rows(rows).slice(2)], ROLES).tolist() == found[2:]
    plain, odd = spans_too([marked("a b", ("mention", 2, 3)), marked("a  b ", ("mention", 3, 4))])
    assert plain == odd


def test_in_which_order_spans_are_listed_makes_no_difference():
    spans = ("tail", 0, 1), ("head", 4, 5), ("head", 0, 3)
    assert len({*spans_too([marked("a b a", *order) for order in permutations(spans)])}) == 1
    straight, turned = [marked("a b a", ("head", a, a + 1), ("tail", 4 - a, 5 - a)) for a in (0, 4)]
    assert len({*spans_too([straight, turned])}) == 2


def test_spans_that_a_task_does_not_read_make_no_difference():
    rows = [marked("a b"), marked("a b", ("head", 0, 1)), marked("a b", ("head", 2, 3), ("aspect", 0, 1))]
    assert len({*digests_of([to_rows(rows)]).tolist()}) == 1
    assert len({*spans_too(rows)}) == 3
    assert len({*digests_of([to_rows(rows)], ("aspect",)).tolist()}) == 2
    assert digests_of([to_rows(rows)], ("tail",)).tolist() == digests("a b") * 3
