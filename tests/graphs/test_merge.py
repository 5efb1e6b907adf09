from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs.merge import merge
from graphs.tables import NIL, Mentions, Parse
from graphs.types import Token

TEXTS = ["abcdefgh", "", "ijklm"]


def rows(mentions):
    bounds = mentions.candidate_offsets.tolist()
    candidates = list(zip(mentions.candidate_entity.tolist(), mentions.candidate_score.tolist(), strict=True))
    columns = (getattr(mentions, name).tolist() for name in ("text", "start", "end", "entity", "score"))
    lists = [candidates[first:last] for first, last in pairwise(bounds)]
    return [(*row, lists[i]) for i, row in enumerate(zip(*columns, strict=True))]


def brute_force(tokens, found):
    """Snap one by one, sort by what is wanted most, and keep what shares no token with what is kept."""
    snapped, off = [], 0
    for linker, mentions in enumerate(found):
        for text, start, end, entity, score, candidates in mentions:
            covered = [t for t in tokens if t.text == text and t.start < end and start < t.end]
            if not covered:
                off += 1
                continue
            snapped.append((text, covered[0].start, covered[-1].end, entity, score, candidates, linker, set(covered)))
    snapped.sort(key=lambda m: (m[3] == NIL, m[1] - m[2], -m[4], m[6], m[0], m[1]))
    kept = []
    for mention in snapped:
        if all(mention[7].isdisjoint(other[7]) for other in kept):
            kept.append(mention)
    kept.sort(key=lambda m: m[:2])
    return [m[:6] for m in kept], [m[6] for m in kept], len(snapped) - len(kept), off


@st.composite
def tokenised(draw):
    tokens = []
    for number, text in enumerate(TEXTS):
        cuts = sorted(draw(st.sets(st.integers(0, len(text)))))
        tokens += [Token(number, *span) for span in pairwise(cuts) if draw(st.integers(0, 3))]
    return tokens


@st.composite
def mention(draw):
    text = draw(st.sampled_from([0, 0, 2]))
    start = draw(st.integers(0, len(TEXTS[text]) - 1))
    end = draw(st.integers(start + 1, len(TEXTS[text])))
    candidates = draw(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.25, 0.5])), max_size=2))
    return text, start, end, draw(st.sampled_from([NIL, 0, 1, 2])), draw(st.sampled_from([0.25, 0.5, 1.0])), candidates


@given(tokenised(), st.lists(st.lists(mention(), max_size=5), max_size=3))
def test_by_brute_force(tokens, found):
    merged = merge(TEXTS, Parse.of(tokens), [Mentions.of(rows) for rows in found])
    ours = rows(merged.mentions), merged.linker.tolist(), merged.collisions, merged.off_tokens
    assert ours == brute_force(tokens, found)


def merged_spans(tokens, *found):
    merged = merge(["New York City"], Parse.of(Token(0, *span) for span in tokens), [Mentions.of(m) for m in found])
    return [row[1:4] for row in rows(merged.mentions)], merged.collisions, merged.off_tokens


WORDS = [(0, 3), (4, 8), (9, 13)]


def test_a_mention_inside_a_word_becomes_the_word():
    assert merged_spans(WORDS, [(0, 5, 6, 1, 1.0, [])]) == ([(4, 8, 1)], 0, 0)
    assert merged_spans(WORDS, [(0, 2, 10, 1, 1.0, [])]) == ([(0, 13, 1)], 0, 0)


def test_white_space_belongs_to_no_token():
    assert merged_spans(WORDS, [(0, 3, 4, 1, 1.0, [])]) == ([], 0, 1)
    assert merged_spans(WORDS, [(0, 3, 9, 1, 1.0, [])]) == ([(4, 8, 1)], 0, 0)
    assert merged_spans([], [(0, 0, 13, 1, 1.0, [])]) == ([], 0, 1)


def test_the_longest_stays():
    assert merged_spans(WORDS, [(0, 0, 8, 1, 0.1, []), (0, 4, 13, 2, 1.0, [])]) == ([(4, 13, 2)], 1, 0)


def test_of_equal_length_the_best_score_stays_then_the_first_linker():
    short = [(0, 4, 8, 1, 0.5, [])]
    assert merged_spans(WORDS, short, [(0, 4, 8, 2, 0.75, [])]) == ([(4, 8, 2)], 1, 0)
    assert merged_spans(WORDS, short, [(0, 4, 8, 2, 0.5, [])]) == ([(4, 8, 1)], 1, 0)


def test_of_two_linkers_the_first_stays_even_later_in_the_text():
    tokens = [(0, 3), (4, 7), (8, 11)]
    assert merged_spans(tokens, [(0, 4, 11, 1, 0.5, [])], [(0, 0, 7, 2, 0.5, [])]) == ([(4, 11, 1)], 1, 0)


def test_a_mention_of_nothing_gives_way_to_one_of_an_entity():
    assert merged_spans(WORDS, [(0, 0, 8, NIL, 0.5, [])], [(0, 4, 13, 2, 0.5, [])]) == ([(4, 13, 2)], 1, 0)
    assert merged_spans(WORDS, [(0, 0, 13, NIL, 0.0, [])], [(0, 4, 8, 2, 0.1, [])]) == ([(4, 8, 2)], 1, 0)
    assert merged_spans(WORDS, [(0, 0, 8, 1, 0.1, [])], [(0, 4, 13, NIL, 1.0, [])]) == ([(0, 8, 1)], 1, 0)
    assert merged_spans(WORDS, [(0, 0, 13, NIL, 1.0, [])]) == ([(0, 13, NIL)], 0, 0)


def test_without_linkers_or_texts():
    merged = merge(TEXTS, Parse.of([Token(0, 0, 1)]), [])
    assert (len(merged.mentions), merged.collisions, merged.off_tokens) == (0, 0, 0)
    merged = merge([], Parse.of([]), [Mentions.of([])])
    assert (len(merged.mentions), merged.linker.dtype) == (0, np.int32)


def test_entities_that_are_unknown_are_summed():
    found = [Mentions.of([(0, 0, 3, NIL, 1.0, [])], unknown=2), Mentions.of([]), Mentions.of([], unknown=1)]
    assert merge(["New York"], Parse.of([]), found).mentions.unknown == 3
