"""The trunk against the tokenizer's own encoding of whole texts and pairs."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from graphs.build import Builder
from graphs.corpus import to_rows
from graphs.parsers.characters import Parser
from graphs.types import Document, TextGraph
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
