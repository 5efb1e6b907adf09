"""Sentence trees against a tree of plain objects, built word by word as the paper tells it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import Entity, Fact, Mention, Role, TextGraph, Token
from kbert import pieces
from kbert.backbone import Template
from kbert.layers.visibility import visible
from kbert.layout import Layout
from kbert.tree import TreeLayout

BERT, ROBERTA, BARE = Template([1], [2], [2], 1), Template([1], [2, 2], [2], 0), Template([], [], [], 1)
COLUMNS = ("piece_ids", "positions", "segments", "word")


def cut(words: Sequence[str]) -> list[list[int]]:
    """A piece for every letter; none for ``_``; a phrase is cut as its words are."""
    return [[ord(c) for c in word if c.isalpha()] for word in words]


# The oracle: a tree of objects.


@dataclass(eq=False)
class Piece:
    id: int
    word: int
    segment: int
    soft: int = -1
    mention: "Spot | None" = None
    branch: "Branch | None" = None

    def sees(self, other: "Piece") -> bool:
        if self.branch is other.branch:
            return True  # the trunk sees the trunk, a branch itself
        if self.branch is not None and other.branch is not None:
            return False  # not its siblings, not strangers
        branch, trunk = (self, other) if self.branch is not None else (other, self)
        return branch.branch.spot is trunk.mention


@dataclass(eq=False)
class Branch:
    spot: "Spot"
    rank: int
    ids: list[int]


@dataclass(eq=False)
class Spot:
    """A mention that is whole in the trunk."""

    pieces: list[Piece]
    branches: list[Branch] = field(default_factory=list)


@dataclass
class Tree:
    flat: list[Piece]
    cut: dict[str, int]


def shortened(texts: list[list[Piece]], room: int) -> int:
    """Take pieces away one at a time; the number taken."""
    taken = 0
    second_is_shorter = len(texts) == 2 and len(texts[1]) < len(texts[0])
    while sum(map(len, texts)) > max(room, 0):
        lengths = [len(text) for text in texts]
        longest = max(lengths)
        at_tie = 1 if second_is_shorter else 0  # the odd piece stays with what was longer
        loser = at_tie if lengths.count(longest) == 2 else lengths.index(longest)
        texts[loser].pop()
        taken += 1
    return taken


MARKED = BERT._replace(markers=(("head", 3), ("tail", 4)))


def around(graph: TextGraph, token: Token, template: Template) -> tuple[list[Piece], list[Piece]]:
    """The markers before and behind a token; spans neither cross nor touch."""
    segment = template.second * token.text
    before, behind = [], []
    for number, (role, id) in enumerate(template.markers):
        for span in graph.spans:
            if (span.role, span.text) == (role, token.text):
                if token.start <= span.start < token.end:
                    before.append(Piece(id, -2 - number, segment))
                if token.start < span.end <= token.end:
                    behind.append(Piece(id, -2 - len(template.markers) - number, segment))
    return before, behind


def plant(graph: TextGraph, template: Template, *, positions: int, room: int, facts: int, text: str) -> Tree:
    """The tree of one text graph, flat."""
    texts: list[list[Piece]] = [[] for _ in graph.texts]
    own: list[list[Piece]] = []
    for i, token in enumerate(graph.tokens):
        made = [Piece(id, i, template.second * token.text) for id in cut([graph.surface(token)])[0]]
        before, behind = around(graph, token, template)
        texts[token.text] += [*before, *made, *behind]
        own.append(made)
    between = template.between if len(texts) == 2 else []
    special = len(template.before) + len(between) + len(template.after)
    taken = shortened(texts, min(room, positions) - special)
    last = template.second * (len(texts) - 1)
    trunk = [Piece(id, -1, 0) for id in template.before] + texts[0] + [Piece(id, -1, 0) for id in between]
    trunk += (texts[1] if len(texts) == 2 else []) + [Piece(id, -1, last) for id in template.after]
    for place, piece in enumerate(trunk):
        piece.soft = place
    spots, wanted = [], 0
    for mention in graph.mentions:
        covered = [
            piece
            for token, made in zip(graph.tokens, own, strict=True)
            if token.text == mention.text and mention.start <= token.start and token.end <= mention.end
            for piece in made
        ]
        if mention.entity is None:
            continue
        spot = Spot(covered)
        for rank, fact in enumerate(graph.facts_of(mention.entity)[:facts]):
            ids = cut([fact.tail_text if text == "tail" else f"{fact.relation_text} {fact.tail_text}"])[0]
            if ids:
                spot.branches.append(Branch(spot, rank, ids))
        wanted += len(spot.branches)
        if covered and all(piece.soft >= 0 for piece in covered):
            for piece in covered:
                piece.mention = spot
            spots.append(spot)
    for spot in spots:
        spot.branches = [branch for branch in spot.branches if spot.pieces[-1].soft + len(branch.ids) < positions]
    while len(trunk) + sum(len(branch.ids) for spot in spots for branch in spot.branches) > room:
        standing = [branch for spot in spots for branch in spot.branches]
        if not standing:
            break
        worst = max(branch.rank for branch in standing)
        doomed = [branch for branch in standing if branch.rank == worst][-1]
        doomed.spot.branches.remove(doomed)
    left = sum(len(spot.branches) for spot in spots)
    counts = {"pieces": taken, "texts": int(taken > 0), "branches": wanted - left, "grown": left}
    counts["texts_linked"] = int(left > 0)
    return Tree(list(flattened(trunk)), counts)


def flattened(trunk: list[Piece]) -> Iterator[Piece]:
    for piece in trunk:
        yield piece
        spot = piece.mention
        if spot is not None and piece is spot.pieces[-1]:
            for branch in spot.branches:
                for far, id in enumerate(branch.ids, start=1):
                    yield Piece(id, -1, piece.segment, piece.soft + far, None, branch)


# Random text graphs.

WORD = st.sampled_from(["a", "b", "cd", "efg", "hijk", "_"])
PHRASE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
NAMES = ("E", "F")


@st.composite
def text_graphs(draw: st.DrawFn) -> TextGraph:
    tokens, texts, mentions = [], [], []
    for number in range(draw(st.sampled_from([1, 2, 1]))):
        words = draw(st.lists(WORD, min_size=draw(st.sampled_from([3, 0])), max_size=6))
        start, spans = 0, []
        for word in words:
            spans.append((start, start + len(word)))
            start += len(word) + 1
        tokens += [Token(number, a, b) for a, b in spans]
        texts.append(" ".join(words))
        at = 0
        while at < len(spans):
            if draw(st.sampled_from([True, False])):
                end = draw(st.integers(at, min(at + 2, len(spans) - 1)))
                entity = draw(st.sampled_from(["E", "F", None, "E"]))
                mentions.append(Mention(number, spans[at][0], spans[end][1], entity))
                at = end
            at += 1
    names = [name for name in draw(st.permutations(NAMES)) if any(m.entity == name for m in mentions)]
    facts = []
    for owner in draw(st.lists(st.integers(0, len(names) - 1), min_size=2, max_size=7)) if names else ():
        relation, tail = draw(PHRASE), draw(PHRASE)
        facts.append(Fact(owner, relation, relation, tail, tail))
    entities = tuple(Entity(name, name) for name in names)
    return TextGraph("1", tuple(texts), None, (), tuple(tokens), (), tuple(mentions), entities, tuple(facts))


def trees(
    template: Template, *, positions: int, room: int, facts: int, text: Literal["tail", "relation tail"]
) -> TreeLayout:
    return TreeLayout(cut, template, max_positions=positions, max_pieces=room, max_facts=facts, branch_text=text)


def part(layout: Layout, name: str, row: int) -> list[int]:
    return layout.columns[name][layout.offsets[row] : layout.offsets[row + 1]].tolist()


def matrix(layout: Layout, row: int) -> list[list[bool]]:
    branch, mention = (torch.tensor([part(layout, name, row)], dtype=torch.long) for name in ("branch", "mention"))
    return visible(branch, mention)[0].tolist()


@settings(max_examples=400)
@given(
    st.lists(text_graphs(), min_size=1, max_size=3),
    st.sampled_from([BERT, ROBERTA, BARE]),
    st.sampled_from([40, 12, 8]),
    st.sampled_from([20, 30, 14, 8]),
    st.sampled_from([2, 3, 1, 0]),
    st.sampled_from(["tail", "relation tail"]),
)
def test_as_the_tree_of_objects(
    graphs: list[TextGraph],
    template: Template,
    positions: int,
    room: int,
    facts: int,
    text: Literal["tail", "relation tail"],
) -> None:
    layout = trees(template, positions=positions, room=room, facts=facts, text=text)(to_rows(graphs))
    expected = [plant(graph, template, positions=positions, room=room, facts=facts, text=text) for graph in graphs]
    for name in ("grown", "texts_linked", "branches", "pieces"):
        event(f"some {name}", any(tree.cut[name] for tree in expected))
    assert layout.words.tolist() == [len(graph.tokens) for graph in graphs]
    for row, tree in enumerate(expected):
        found = list(zip(*(part(layout, name, row) for name in COLUMNS), strict=True))
        assert found == [(piece.id, piece.soft, piece.segment, piece.word) for piece in tree.flat]
        seen = matrix(layout, row)
        assert seen == [[piece.sees(other) for other in tree.flat] for piece in tree.flat]
        assert np.array_equal(seen, np.transpose(seen))
    assert layout.cut == {name: sum(tree.cut[name] for tree in expected) for name in layout.cut}


@st.composite
def marked_graphs(draw: st.DrawFn) -> TextGraph:
    """With a head and a tail, each from the middle of one word to the middle of the same or a later one."""
    graph = draw(text_graphs().filter(lambda graph: len(graph.tokens) > 2))
    order = draw(st.permutations(["head", "tail"]))
    cut = draw(st.integers(1, len(graph.tokens) - 1))
    spans = []
    for role, tokens in zip(order, (graph.tokens[:cut], graph.tokens[cut:]), strict=True):
        first = draw(st.sampled_from(tokens))
        last = draw(st.sampled_from([token for token in tokens if token.text == first.text and token >= first]))
        spans.append(Role(role, first.text, draw(st.integers(first.start, first.end - 1)), last.end))
    return replace(graph, spans=tuple(spans))


@settings(max_examples=300)
@given(st.lists(marked_graphs(), min_size=1, max_size=3), st.sampled_from([2, 1]), st.sampled_from([60, 30]))
def test_markers_are_pieces_of_the_trunk_and_of_no_mention(graphs: list[TextGraph], facts: int, room: int) -> None:
    layout = trees(MARKED, positions=60, room=room, facts=facts, text="tail")(to_rows(graphs))
    expected = [plant(graph, MARKED, positions=60, room=room, facts=facts, text="tail") for graph in graphs]
    assume(not any(tree.cut["pieces"] for tree in expected))  # which words go is tested with the trunk
    event("some mention holds a marker", any(tree.cut["grown"] for tree in expected))
    for row, tree in enumerate(expected):
        found = list(zip(*(part(layout, name, row) for name in COLUMNS), strict=True))
        assert found == [(piece.id, piece.soft, piece.segment, piece.word) for piece in tree.flat]
        assert matrix(layout, row) == [[piece.sees(other) for other in tree.flat] for piece in tree.flat]
    total = {name: sum(tree.cut[name] for tree in expected) for name in expected[0].cut}
    assert layout.cut == {**total, "spans": 0}


def test_a_mention_that_lost_a_word_on_its_left_grows_nothing(graph_of: Callable[..., TextGraph]) -> None:
    """Words go on both sides of a span that stands late in its text."""
    mentions = [(2, 3, "E"), (5, 5, "F"), (6, 7, "E")]
    graph = graph_of("a b c d e f g h", mentions=mentions, facts={"E": [("r", "x")], "F": [("r", "y")]})
    graph = replace(graph, spans=tuple(Role(role, 0, 10, 11) for role in ("head", "tail")))
    layout = trees(MARKED, positions=10, room=40, facts=1, text="tail")(to_rows([graph]))
    shown = "".join(chr(i) if i > 4 else "|||<["[i] for i in part(layout, "piece_ids", 0))
    assert shown == "|de<[fy[<g|"
    assert layout.cut == {"pieces": 4, "texts": 1, "spans": 0, "branches": 2, "grown": 1, "texts_linked": 1}


@given(st.lists(text_graphs(), min_size=2, max_size=4))
def test_many_rows_are_laid_out_as_one_by_one(graphs: list[TextGraph]) -> None:
    make = trees(BERT, positions=30, room=16, facts=2, text="relation tail")
    rows = to_rows(graphs)
    together, alone = make(rows), [make(rows.slice(row, 1)) for row in range(len(graphs))]
    joined = Layout.join(alone)
    assert together.offsets.tolist() == joined.offsets.tolist()
    assert together.cut == joined.cut
    for name, column in together.columns.items():
        assert column.tolist() == joined.columns[name].tolist()


@given(text_graphs())
def test_size_is_that_of_the_text_and_its_branches(graph: TextGraph) -> None:
    """No L × L matrix is kept: six numbers a piece."""
    layout = trees(BERT, positions=99, room=99, facts=3, text="tail")(to_rows([graph]))
    assert {column.shape for column in layout.columns.values()} == {(int(layout.offsets[-1]),)}
    assert sum(column.itemsize for column in layout.columns.values()) <= 24


# Cases worth a name.


def test_an_entity_named_twice_has_branches_at_both_places(graph_of: Callable[..., TextGraph]) -> None:
    graph = graph_of("a b a", mentions=[(0, 0, "E"), (2, 2, "E")], facts={"E": [("r", "cd")]})
    layout = trees(BERT, positions=40, room=40, facts=2, text="tail")(to_rows([graph]))
    assert "".join(chr(i) if i > 2 else "|" for i in part(layout, "piece_ids", 0)) == "|acdbacd|"
    assert part(layout, "positions", 0) == [0, 1, 2, 3, 2, 3, 4, 5, 4]


def test_the_lower_rank_goes_first_then_the_last_in_the_text(graph_of: Callable[..., TextGraph]) -> None:
    facts = {"E": [("r", "c"), ("r", "d")], "F": [("r", "e"), ("r", "f")]}
    graph = graph_of("a b", mentions=[(0, 0, "E"), (1, 1, "F")], facts=facts)
    flat = {}
    for room in range(3, 9):
        layout = trees(BERT, positions=40, room=room, facts=2, text="tail")(to_rows([graph]))
        flat[room] = "".join(chr(i) if i > 2 else "|" for i in part(layout, "piece_ids", 0))
    assert flat == {3: "|a|", 4: "|ab|", 5: "|acb|", 6: "|acbe|", 7: "|acdbe|", 8: "|acdbef|"}


def test_branches_reach_no_further_than_the_encoders_positions(graph_of: Callable[..., TextGraph]) -> None:
    graph = graph_of("a", mentions=[(0, 0, "E")], facts={"E": [("r", "cdef"), ("r", "cde")]})
    layout = trees(BERT, positions=5, room=40, facts=2, text="tail")(to_rows([graph]))
    assert max(part(layout, "positions", 0)) == 4
    assert (layout.cut["grown"], layout.cut["branches"]) == (1, 1)


def test_branches_of_words_that_were_cut_off_are_counted(graph_of: Callable[..., TextGraph]) -> None:
    graph = graph_of("a b c d e f", mentions=[(5, 5, "E")], facts={"E": [("r", "g"), ("r", "h")]})
    layout = trees(BERT, positions=40, room=6, facts=2, text="tail")(to_rows([graph]))
    assert layout.cut == {"pieces": 2, "texts": 1, "branches": 2, "grown": 0, "texts_linked": 0}


def test_no_rows_and_rows_of_nothing(graph_of: Callable[..., TextGraph]) -> None:
    make = trees(BARE, positions=9, room=9, facts=2, text="tail")
    assert len(make(to_rows([]))) == 0
    layout = make(to_rows([graph_of("")]))
    assert layout.offsets.tolist() == [0, 0]


def test_the_table_of_pieces_may_start_anew(
    graph_of: Callable[..., TextGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = graph_of("a cd", mentions=[(0, 0, "E")], facts={"E": [("r", "efg")]})
    make = trees(BERT, positions=40, room=40, facts=2, text="relation tail")
    before = make(to_rows([graph]))
    monkeypatch.setattr(pieces, "LIMIT", 0)
    assert part(make(to_rows([graph])), "piece_ids", 0) == part(before, "piece_ids", 0)


def one_word(mention: Mention, *entities: Entity, words: bool = True) -> TextGraph:
    tokens = (Token(0, 0, 4),) if words else ()
    return TextGraph("7", ("hijk",), tokens=tokens, mentions=(mention,), entities=entities)


@pytest.mark.parametrize(("start", "end", "words"), [(1, 3, True), (0, 3, True), (1, 4, True), (0, 4, False)])
def test_a_mention_that_covers_no_whole_words_is_refused(start: int, end: int, words: bool) -> None:
    graph = one_word(Mention(0, start, end, "E"), Entity("E", "E"), words=words)
    with pytest.raises(
        DataError, match=f"text 7: expected mentions that lie on whole tokens, found one at {start}–{end}"
    ):
        trees(BERT, positions=9, room=9, facts=2, text="tail")(to_rows([graph]))


@pytest.mark.parametrize("others", [(), (Entity("A", "A"), Entity("Z", "Z"))])
def test_a_mention_of_an_entity_that_the_row_lacks_is_refused(others: tuple[Entity, ...]) -> None:
    graph = one_word(Mention(0, 0, 4, "E"), *others)
    message = "text 7: expected the entities of its mentions among its entities, found none named E"
    with pytest.raises(DataError, match=message):
        trees(BERT, positions=9, room=9, facts=2, text="tail")(to_rows([graph]))
