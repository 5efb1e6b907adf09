"""The trunk against the tokenizer's own encoding of whole texts and pairs."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from graphs.build import Builder
from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.parsers.characters import Parser
from graphs.types import Document, Role, TextGraph
from kbert.backbone import Backbone
from kbert.pieces import PieceTable
from kbert.trunk import SPECIAL, Trunk, lay_trunk

Load = Callable[[str], Backbone]
Graph = Callable[..., TextGraph]
TEXTS = st.text("abg 爱北京,!?’é\u200b\t", max_size=12)


@pytest.fixture(scope="module")
def bert(load: Load) -> Backbone:
    return load("bert")


@pytest.fixture(scope="module")
def tokenizer(encoder: Callable[[str], str]) -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(encoder("bert"))


def rows_of(texts: list[tuple[str, ...]]) -> pa.RecordBatch:
    documents = [Document(str(i), some) for i, some in enumerate(texts)]
    return Builder(Parser(), {})(documents)[0]


def laid(backbone: Backbone, rows: pa.RecordBatch, max_pieces: int) -> Trunk:
    return lay_trunk(rows, PieceTable(backbone.pieces), backbone.template, max_pieces)


def split(trunk: Trunk, column: np.ndarray) -> list[list[int]]:
    return [part.tolist() for part in np.split(column, trunk.offsets[1:-1])]


def assert_as_tokenizer(
    backbone: Backbone, tokenizer: PreTrainedTokenizerBase, texts: list[tuple[str, ...]], max_pieces: int
) -> None:
    trunk = laid(backbone, rows_of(texts), max_pieces)
    pieces, segments = split(trunk, trunk.piece_ids), split(trunk, trunk.segments)
    for row, some in enumerate(texts):
        lists = [[text] for text in some]  # of a lone pair transformers leaves an empty second text out
        own = tokenizer(*lists, truncation="longest_first", max_length=max_pieces)
        assert [pieces[row]] == own["input_ids"]
        assert [segments[row]] == own["token_type_ids"]
        assert trunk.cut[row] == len(tokenizer(*lists)["input_ids"][0]) - len(pieces[row])


@given(st.lists(st.tuples(TEXTS), min_size=1, max_size=4), st.sampled_from([3, 5, 9, 64]))
def test_single_texts_are_the_tokenizers_own(
    bert: Backbone, tokenizer: PreTrainedTokenizerBase, texts: list[tuple[str]], max_pieces: int
) -> None:
    assert_as_tokenizer(bert, tokenizer, texts, max_pieces)


@given(st.lists(st.tuples(TEXTS, TEXTS) | st.tuples(TEXTS), min_size=1, max_size=4), st.integers(5, 20))
def test_pairs_are_the_tokenizers_own(
    bert: Backbone, tokenizer: PreTrainedTokenizerBase, texts: list[tuple[str, ...]], max_pieces: int
) -> None:
    assert_as_tokenizer(bert, tokenizer, texts, max_pieces)


def test_empty_text_is_special_pieces_alone(bert: Backbone, graph_of: Graph) -> None:
    trunk = laid(bert, to_rows([graph_of(""), graph_of("", "")]), 64)
    assert split(trunk, trunk.piece_ids) == [[2, 3], [2, 3, 3]]
    assert trunk.word.tolist() == [SPECIAL] * 5
    assert trunk.cut.tolist() == [0, 0]


def test_special_pieces_stay_where_there_is_room_for_nothing_else(bert: Backbone, graph_of: Graph) -> None:
    trunk = laid(bert, to_rows([graph_of("a b"), graph_of("a", "b")]), 2)
    assert split(trunk, trunk.piece_ids) == [[2, 3], [2, 3, 3]]
    assert trunk.cut.tolist() == [2, 2]


def test_roberta_pairs_have_two_separators_and_one_segment(load: Load, graph_of: Graph) -> None:
    roberta = load("roberta")
    trunk = laid(roberta, to_rows([graph_of("film", "bad lead")]), 64)
    one, two, three = roberta.pieces(["film", "bad", "lead"])
    assert trunk.piece_ids.tolist() == [0, *one, 2, 2, *two, *three, 2]
    assert not trunk.segments.any()


@given(st.lists(st.lists(st.sampled_from(["a", "bb", "abc", "\u200b"]), max_size=6), min_size=1, max_size=3))
def test_words_of_pieces(bert: Backbone, graph_of: Graph, texts: list[list[str]]) -> None:
    graphs = [graph_of(" ".join(words)) for words in texts]
    trunk = laid(bert, to_rows(graphs), 7)
    word = split(trunk, trunk.word)
    first = 0
    for row, words in enumerate(texts):
        cut = bert.pieces(words)
        expected = [i for i, pieces in enumerate(cut) for _ in pieces][:5]
        assert word[row] == [SPECIAL, *expected, SPECIAL]
        for i, pieces in enumerate(cut):
            before = sum(map(len, cut[:i]))
            assert trunk.count[first + i] == max(0, min(len(pieces), 5 - before))
            assert trunk.whole[first + i] == (before + len(pieces) <= 5)
            if trunk.count[first + i]:
                assert trunk.first[first + i] == trunk.offsets[row] + 1 + before
        first += len(words)


@given(st.lists(st.tuples(TEXTS, TEXTS) | st.tuples(TEXTS), min_size=1, max_size=5))
def test_many_rows_are_laid_out_as_one_by_one(bert: Backbone, texts: list[tuple[str, ...]]) -> None:
    rows = rows_of(texts)
    together = laid(bert, rows, 12)
    for row in range(len(texts)):
        alone = laid(bert, rows.slice(row, 1), 12)
        for name in ("piece_ids", "segments", "word"):
            assert split(together, getattr(together, name))[row] == getattr(alone, name).tolist()


ROLES = (("head", 90), ("tail", 91))
WORDS = st.lists(st.sampled_from(["a", "bb", "abc", "\u200b"]), min_size=1, max_size=7)
"""Words of one, two, three pieces, and of none."""


@st.composite
def marked(draw: st.DrawFn, graph_of: Graph) -> TextGraph:
    """One text or two with a head and a tail, and a span that nobody marks."""
    texts = draw(st.lists(WORDS, min_size=1, max_size=2))
    graph = graph_of(*map(" ".join, texts))
    spans = []
    for role in draw(st.permutations(["head", "tail", "aspect"])):
        one, two = sorted(draw(st.tuples(*[st.integers(0, len(graph.tokens) - 1)] * 2)))
        first, last = graph.tokens[one], graph.tokens[two]
        last = last if last.text == first.text else first
        end = draw(st.integers(last.start + 1, last.end))
        spans.append(Role(role, first.text, draw(st.integers(first.start, min(first.end, end) - 1)), end))
    return replace(graph, spans=tuple(spans))


def marked_items(graph: TextGraph, text: int) -> list[tuple[int, bool]]:
    """Tokens of a text by number, and markers as -2 (opens a head), -3 (opens a tail), -5, -6 (close them).

    Beside each stands whether a span holds it.
    """
    names = [role for role, _ in ROLES]
    tokens = [(i, token) for i, token in enumerate(graph.tokens) if token.text == text]
    spans = []
    for span in sorted((s for s in graph.spans if s.role in names and s.text == text), key=lambda s: s.role):
        covered = [i for i, token in tokens if token.start < span.end and span.start < token.end]
        spans.append((names.index(span.role), covered[0], covered[-1]))
    opened = sorted(range(len(spans)), key=lambda s: (spans[s][1], -spans[s][2], spans[s][0], s))
    found = []
    for i, _ in tokens:
        found += [(-2 - spans[s][0], True) for s in opened if spans[s][1] == i]
        found.append((i, any(first <= i <= last for _, first, last in spans)))
        found += [(-5 - spans[s][0], True) for s in reversed(opened) if spans[s][2] == i]
    return found


def by_hand(backbone: Backbone, graph: TextGraph) -> list[tuple[int, int]]:
    """Piece and word of each place of a trunk with markers that has room for all."""
    pieces = backbone.pieces([graph.surface(token) for token in graph.tokens])
    piece_of = {-2: 90, -3: 91, -5: 90, -6: 91}
    laid = []
    for text in range(len(graph.texts)):
        own: list[tuple[int, int]] = []
        for i, _ in marked_items(graph, text):
            # Those that close stand behind those that open: -4 and -5 for two roles.
            own += [(piece, i) for piece in pieces[i]] if i >= 0 else [(piece_of[i], i if i > -4 else i + 1)]
        laid.append(own)
    before, between, after = ([(piece, SPECIAL) for piece in some] for some in backbone.template[:3])
    return [*before, *laid[0], *(between + laid[1] if len(laid) == 2 else []), *after]


@pytest.mark.parametrize("kind", ["bert", "roberta"])
@given(data=st.data())
def test_markers_stand_where_a_plain_program_puts_them(
    kind: str, load: Load, graph_of: Graph, data: st.DataObject
) -> None:
    backbone = load(kind)
    graphs = data.draw(st.lists(marked(graph_of), min_size=1, max_size=3))
    trunk = laid_marked(backbone, graphs, 500)
    pieces, words = split(trunk, trunk.piece_ids), split(trunk, trunk.word)
    for row, graph in enumerate(graphs):
        assert list(zip(pieces[row], words[row], strict=True)) == by_hand(backbone, graph)
    assert trunk.lost == {"pieces": 0, "texts": 0, "spans": 0}


@given(data=st.data(), max_pieces=st.integers(12, 30))
def test_what_is_cut_of_marked_texts(bert: Backbone, graph_of: Graph, data: st.DataObject, max_pieces: int) -> None:
    """Markers all stay, words outside go first, and what is left is as it was, in order."""
    graphs = data.draw(st.lists(marked(graph_of), min_size=1, max_size=3))
    whole, trunk = laid_marked(bert, graphs, 500), laid_marked(bert, graphs, max_pieces)
    assert (np.diff(trunk.offsets) <= max_pieces).all()
    assert (trunk.cut == np.diff(whole.offsets) - np.diff(trunk.offsets)).all()
    held = [
        held for graph in graphs for text in range(len(graph.texts)) for i, held in marked_items(graph, text) if i >= 0
    ]
    lost = trunk.count < whole.count
    for row, (graph, before, after) in enumerate(
        zip(graphs, split(whole, whole.word), split(trunk, trunk.word), strict=True)
    ):
        assert [word for word in before if word < 0] == [word for word in after if word < 0]
        places = iter(zip(before, split(whole, whole.piece_ids)[row], strict=True))
        assert all(one in places for one in zip(after, split(trunk, trunk.piece_ids)[row], strict=True))
        own = slice(trunk.token_offsets[row], trunk.token_offsets[row + 1])
        own_held = np.array(held[own], dtype=bool)
        if (lost[own] & own_held).any():  # then no word outside a span stands in the text that lost it
            texts = np.array([token.text for token in graph.tokens])
            short = set(texts[lost[own] & own_held].tolist())
            assert not (trunk.count[own][~own_held & np.isin(texts, list(short))] > 0).any()
    assert (trunk.spans_cut == 0) == (not (lost & np.array(held, dtype=bool)).any())


def laid_marked(backbone: Backbone, graphs: list[TextGraph], max_pieces: int) -> Trunk:
    template = backbone.template._replace(markers=ROLES)
    return lay_trunk(to_rows(graphs), PieceTable(backbone.pieces), template, max_pieces)


@given(st.data())
def test_many_marked_rows_are_laid_out_as_one_by_one(bert: Backbone, graph_of: Graph, data: st.DataObject) -> None:
    graphs = data.draw(st.lists(marked(graph_of), min_size=1, max_size=4))
    together = laid_marked(bert, graphs, 16)
    for row, graph in enumerate(graphs):
        alone = laid_marked(bert, [graph], 16)
        for name in ("piece_ids", "segments", "word"):
            assert split(together, getattr(together, name))[row] == getattr(alone, name).tolist()


def test_markers_lie_in_the_segment_of_their_text(bert: Backbone, graph_of: Graph) -> None:
    graph = replace(graph_of("a bb", "abc a"), spans=(Role("head", 1, 0, 3), Role("tail", 0, 2, 4)))
    trunk = laid_marked(bert, [graph], 64)
    names = ["[CLS]", "a", "[TL]", "b", "##b", "[TL]", "[SEP]", "[HD]", "a", "##b", "##c", "[HD]", "a", "[SEP]"]
    assert [90 if name == "[HD]" else 91 if name == "[TL]" else bert.tokenizer.vocab[name] for name in names] == (
        trunk.piece_ids.tolist()
    )
    assert trunk.segments.tolist() == [0] * 7 + [1] * 7
    assert trunk.word.tolist() == [-1, 0, -3, 1, 1, -5, -1, -2, 2, 2, 2, -4, 3, -1]


def test_a_text_gives_room_to_the_one_whose_span_is_long(bert: Backbone, graph_of: Graph) -> None:
    graph = replace(graph_of("a a a a a", "a a a a a a a"), spans=(Role("head", 0, 0, 9), Role("tail", 1, 12, 13)))
    trunk = laid_marked(bert, [graph], 3 + 12)
    assert trunk.count.tolist() == [1] * 5 + [0] * 4 + [1] * 3
    assert (trunk.spans_cut, trunk.cut.tolist()) == (0, [1 + 3])


def test_more_markers_than_room(bert: Backbone, graph_of: Graph) -> None:
    spans = tuple(Role(role, 0, 0, 1) for role in ("head", "tail"))
    with pytest.raises(DataError, match="text 7: expected room for its 4 markers, found 3 pieces"):
        laid_marked(bert, [replace(graph_of("a", id="7"), spans=spans)], 5)
