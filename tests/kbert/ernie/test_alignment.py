"""Entities sit on the first piece of their mentions: against a plain loop over the texts, and case by case."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import Mention, Role, TextGraph, Token
from kbert.backbone import Backbone
from kbert.ernie.alignment import NONE, aligned
from kbert.pieces import PieceTable
from kbert.trunk import Trunk, lay_trunk

Load = Callable[[str], Backbone]
KNOWN = ["A", "B", "C"]


@pytest.fixture(scope="module")
def backbone(load: Load) -> Backbone:
    return load("bert")


def rows_of(names: Sequence[str]) -> np.ndarray:
    return np.array([KNOWN.index(name) if name in KNOWN else -1 for name in names], dtype=np.int64)


def lay(backbone: Backbone, graphs: Sequence[TextGraph], max_pieces: int = 64) -> Trunk:
    return lay_trunk(to_rows(graphs), PieceTable(backbone.pieces), backbone.template, max_pieces)


def shown(backbone: Backbone, graph: TextGraph, *, max_pieces: int = 64, min_score: float = 0.0) -> list[str]:
    """The pieces that have an entity, with it."""
    trunk = lay(backbone, [graph], max_pieces)
    column, _ = aligned(to_rows([graph]), trunk, rows_of, min_score=min_score)
    names = backbone.piece_names(trunk.piece_ids.tolist())
    return [f"{i} {names[i]} {KNOWN[row]}" for i, row in enumerate(column.tolist()) if row != NONE]


def of(text: str, *mentions: tuple[int, int, str | None] | tuple[int, int, str | None, float]) -> TextGraph:
    """A text whose tokens are cut at spaces and around brackets and commas, with mentions by characters."""
    tokens, start = [], 0
    for i, character in enumerate(f"{text} "):
        if character in " (),":
            tokens += [Token(0, start, i)] if start < i else []
            tokens += [Token(0, i, i + 1)] if character != " " else []
            start = i + 1
    return TextGraph("1", (text,), tokens=tuple(tokens), mentions=tuple(Mention(0, *mention) for mention in mentions))


def test_the_first_piece_of_a_word_in_pieces(backbone: Backbone) -> None:
    """*Lyons* is *lyon* and *##s*, and a mention of two words has its entity on the first."""
    graph = of("the lyons film", (4, 9, "A"), (10, 14, "B"))
    assert shown(backbone, graph) == ["2 lyon A", "4 film B"]
    assert shown(backbone, of("the lyons film", (4, 14, "A"))) == ["2 lyon A"]


def test_brackets_lose_no_link(backbone: Backbone) -> None:
    found = shown(backbone, of("paris (lyon),city", (0, 5, "A"), (7, 11, "B"), (13, 17, "C")))
    assert [line.split()[1:] for line in found] == [["paris", "A"], ["lyon", "B"], ["city", "C"]]


def test_a_repeated_entity_sits_on_each_of_its_mentions(backbone: Backbone) -> None:
    assert shown(backbone, of("paris is paris", (0, 5, "A"), (9, 14, "A"))) == ["1 paris A", "3 paris A"]
    assert shown(backbone, of("paris paris", (0, 5, "A"), (6, 11, "B"))) == ["1 paris A", "2 paris B"]


def test_mentions_of_nothing_and_of_what_has_no_vector(backbone: Backbone) -> None:
    graph = of("paris is good", (0, 5, None), (6, 8, "unknown"), (9, 13, "B"))
    assert shown(backbone, graph) == ["3 good B"]
    _, counts = aligned(to_rows([graph]), lay(backbone, [graph]), rows_of, min_score=0.0)
    assert counts == {"aligned": 1, "unsure": 0, "without_vector": 1, "cut_mentions": 0, "texts_linked": 1}


def test_of_several_from_one_piece_the_longest_then_the_surest_then_the_first(backbone: Backbone) -> None:
    assert shown(backbone, of("paris city", (0, 10, "A"), (0, 5, "B", 2.0))) == ["1 paris A"]
    assert shown(backbone, of("paris city", (0, 5, "B", 2.0), (0, 10, "A"))) == ["1 paris A"]
    assert shown(backbone, of("paris", (0, 5, "A", 0.5), (0, 5, "B", 0.6))) == ["1 paris B"]
    assert shown(backbone, of("paris", (0, 5, "A", 0.5), (0, 5, "B", 0.5))) == ["1 paris A"]
    assert shown(backbone, of("paris city now", (0, 10, "A"), (6, 14, "B"))) == ["1 paris A", "2 city B"]


def test_one_that_is_left_out_hides_none(backbone: Backbone) -> None:
    """A longer mention of an entity that has no vector, or that nobody is sure of, leaves the piece to the shorter."""
    assert shown(backbone, of("paris city", (0, 10, "unknown"), (0, 5, "B"))) == ["1 paris B"]
    assert shown(backbone, of("paris city", (0, 10, "A", 0.2), (0, 5, "B", 0.4)), min_score=0.3) == ["1 paris B"]


def test_a_score_at_the_bound_counts(backbone: Backbone) -> None:
    """Scores are kept in 32 bits, where 0.3 is a little more than 0.3."""
    for score in (0.1, 0.3, 0.7):
        assert len(shown(backbone, of("paris", (0, 5, "A", score)), min_score=score)) == 1
        assert shown(backbone, of("paris", (0, 5, "A", score - 0.001)), min_score=score) == []


def test_what_is_cut_off(backbone: Backbone) -> None:
    """A mention whose end is cut off has its entity; one that is cut off has none, and is counted."""
    graph = of("good lyons film", (5, 15, "A"), (11, 15, "B"))
    assert shown(backbone, graph, max_pieces=4) == ["2 lyon A"]
    trunk = lay(backbone, [graph], 4)
    _, counts = aligned(to_rows([graph]), trunk, rows_of, min_score=0.0)
    assert (counts["aligned"], counts["cut_mentions"]) == (1, 1)
    assert shown(backbone, graph, max_pieces=3) == []


def test_markers_stand_beside_entities(load: Load) -> None:
    """Around a marked mention, and where words far from it were cut, at either end."""
    marked = load("bert")
    marked.mark({"mention": "[ENT]"})
    graph = replace(
        of("good lyons film now", (0, 4, "B"), (5, 15, "A"), (16, 19, "C")), spans=(Role("mention", 0, 5, 15),)
    )
    assert shown(marked, graph) == ["1 good B", "3 lyon A", "7 now C"]
    assert shown(marked, graph, max_pieces=7) == ["2 lyon A"]


def test_a_mention_off_its_tokens(backbone: Backbone) -> None:
    graph = of("paris city", (0, 3, "A"))
    with pytest.raises(DataError, match="text 1: expected mentions that lie on whole tokens, found one at 0–3"):
        shown(backbone, graph)


def test_no_mentions_and_no_texts(backbone: Backbone) -> None:
    assert shown(backbone, of("paris")) == []
    empty = to_rows([])
    column, counts = aligned(empty, lay(backbone, []), rows_of, min_score=0.0)
    assert (len(column), counts["texts_linked"]) == (0, 0)


WORDS = ["paris", "lyons", "leading", "x", "\u200b", "city"]
"""The tokenizer cuts the one of no width to no piece at all."""

MENTION = st.tuples(
    st.integers(0, 9), st.integers(0, 2), st.sampled_from([*KNOWN, "D", None]), st.sampled_from([0.5, 1])
)
ONE_TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)


@st.composite
def graphs(draw: st.DrawFn) -> TextGraph:
    """One text or two with mentions of some words, which may overlap."""
    texts = draw(st.lists(ONE_TEXT, min_size=1, max_size=2))
    tokens = []
    for text, words in enumerate(texts):
        starts = np.cumsum([0, *(len(word) + 1 for word in words)]).tolist()
        tokens += [Token(text, start, start + len(word)) for start, word in zip(starts, words, strict=False)]
    mentions = []
    for place, more, entity, score in draw(st.lists(MENTION, max_size=4)):
        first = tokens[place % len(tokens)]
        last = [token for token in tokens[place % len(tokens) :][: more + 1] if token.text == first.text][-1]
        mentions.append(Mention(first.text, first.start, last.end, entity, score))
    return TextGraph("1", tuple(" ".join(words) for words in texts), tokens=tuple(tokens), mentions=tuple(mentions))


def by_a_loop(graph: TextGraph, word: list[int]) -> list[int]:
    """The entity of each piece, from the word of each piece."""
    best: dict[int, tuple[int, float, int, int]] = {}
    for number, mention in enumerate(graph.mentions):
        own = [
            i
            for i, token in enumerate(graph.tokens)
            if token.text == mention.text and mention.start <= token.start and token.end <= mention.end
        ]
        place = next((place for place, token in enumerate(word) if token in own), None)
        if mention.entity in KNOWN and place is not None:
            found = (own[-1], mention.score, -number, KNOWN.index(mention.entity))
            best[place] = max(best.get(place, found), found)
    return [best[place][3] if place in best else NONE for place in range(len(word))]


@given(st.lists(graphs(), min_size=1, max_size=3), st.integers(3, 20))
def test_as_by_a_loop(backbone: Backbone, some: list[TextGraph], max_pieces: int) -> None:
    trunk = lay(backbone, some, max_pieces)
    column, counts = aligned(to_rows(some), trunk, rows_of, min_score=0.0)
    parts = np.split(np.arange(len(column)), trunk.offsets[1:-1])
    expected = [by_a_loop(graph, trunk.word[part].tolist()) for graph, part in zip(some, parts, strict=True)]
    assert [column[part].tolist() for part in parts] == expected
    assert counts["aligned"] == sum(row != NONE for rows in expected for row in rows)
    assert counts["texts_linked"] == sum(any(row != NONE for row in rows) for rows in expected)
