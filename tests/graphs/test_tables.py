import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs.tables import NIL, Mentions, Parse, distinct, offsets_of, ranges
from graphs.types import Arc, Sentence, Token


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4))))
def test_ranges_end_to_end(runs):
    starts, counts = (np.array([run[i] for run in runs], dtype=np.int64) for i in (0, 1))
    assert ranges(starts, counts).tolist() == [start + i for start, count in runs for i in range(count)]
    assert offsets_of(counts).tolist() == [int(counts[:i].sum()) for i in range(len(runs) + 1)]


def test_parse_of_records():
    tokens = [Token(0, 0, 2, "N"), Token(2, 1, 3)]
    parse = Parse.of(tokens, [(2, Arc(-1, 0, "root"))], [Sentence(0, 0, 2)])
    assert len(parse) == 2
    assert (parse.text.tolist(), parse.start.tolist(), parse.end.tolist()) == ([0, 2], [0, 1], [2, 3])
    assert (parse.tag, parse.lemma) == (["N", None], None)
    assert (parse.arc_text.tolist(), parse.head.tolist(), parse.dependent.tolist()) == ([2], [-1], [0])
    assert parse.arc_label == ["root"]
    assert (parse.sentence_text.tolist(), parse.sentence_start.tolist(), parse.sentence_end.tolist()) == ([0], [0], [2])
    assert parse.start.dtype == parse.head.dtype == np.int32


def test_parse_of_nothing():
    parse = Parse.of(())
    assert (len(parse), parse.tag, parse.arc_label) == (0, None, [])


def test_mentions_of_rows():
    mentions = Mentions.of(
        [(0, 1, 3, 7, 0.5, [(7, 0.5), (8, 0.25)]), (1, 0, 1, NIL, 1.0, []), (1, 2, 3, 4, 1.0, [(4, 1.0)])]
    )
    assert len(mentions) == 3
    assert mentions.entity.tolist() == [7, NIL, 4]
    assert mentions.candidate_offsets.tolist() == [0, 2, 2, 3]
    assert mentions.candidate_entity.tolist() == [7, 8, 4]
    assert mentions.candidate_score.tolist() == [0.5, 0.25, 1.0]
    assert (mentions.start.dtype, mentions.entity.dtype, mentions.score.dtype) == (np.int32, np.int64, np.float32)


def test_mentions_of_nothing():
    mentions = Mentions.of(())
    assert (len(mentions), mentions.candidate_offsets.tolist()) == (0, [0])


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(0, 2))))
def test_distinct_rows_in_the_order_of_first_appearance(rows):
    first, which = distinct(np.array(rows, dtype=np.int64).reshape(-1, 2))
    found = [rows[i] for i in first.tolist()]
    assert found == list(dict.fromkeys(rows))
    assert [found[i] for i in which.tolist()] == rows
