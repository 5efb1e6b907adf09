"""Which texts have links where they matter."""

from hypothesis import given
from hypothesis import strategies as st

from graphs.corpus import to_rows
from graphs.linked import has_links
from graphs.types import Mention, Role, TextGraph

TEXT = "abcdef"

places = st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(1, 2)).map(
    lambda at: (at[0], at[1], at[1] + at[2])
)
mentions = st.lists(st.tuples(places, st.booleans()), max_size=3)
spans = st.dictionaries(st.sampled_from(["head", "tail", "aspect"]), places, max_size=3)


def graph(mentions, spans):
    return TextGraph(
        "x",
        (TEXT, TEXT),
        mentions=tuple(Mention(*at, "e" if of_entity else None) for at, of_entity in mentions),
        spans=tuple(Role(role, *at) for role, at in spans.items()),
    )


@given(st.lists(st.tuples(mentions, spans), min_size=1, max_size=4), st.sets(st.sampled_from(["head", "tail"])))
def test_a_link_counts_where_it_shares_characters_with_a_span(texts, roles):
    """Against comparing all characters of all mentions with those of all spans."""

    def characters(text, start, end):
        return {(text, at) for at in range(start, end)}

    expected = [
        any(
            of_entity and (not roles or any(characters(*at) & characters(*some[role]) for role in roles & {*some}))
            for at, of_entity in found
        )
        for found, some in texts
    ]
    assert has_links(to_rows([graph(*text) for text in texts]), sorted(roles)).tolist() == expected


def test_a_slice_of_rows():
    linked, bare = graph([((0, 1, 2), True)], {"head": (0, 1, 3)}), graph([], {})
    rows = to_rows([bare, linked, bare, linked])
    assert has_links(rows.slice(1, 2), ["head"]).tolist() == [True, False]
    assert has_links(rows.slice(2), ()).tolist() == [False, True]
