import unicodedata
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.codepoints import is_unspaced
from graphs.errors import OptionsError
from graphs.linkers.dictionary import Linker
from graphs.tables import Parse
from graphs.types import Token

NONE = Parse.of(())


def graph(phrases):
    """The part of a knowledge graph that the linker reads: phrase, entity, prior."""
    columns = list(zip(*phrases, strict=True)) or [(), (), ()]
    found = pa.array(columns[0], pa.large_string()), np.array(columns[1], np.int64), np.array(columns[2], np.float32)
    return SimpleNamespace(phrases=lambda: found)


def named(*names):
    return graph([(name, i, 1.0) for i, name in enumerate(names)])


def rows(found):
    bounds = found.candidate_offsets.tolist()
    candidates = list(zip(found.candidate_entity.tolist(), found.candidate_score.tolist(), strict=True))
    return [
        (*row, candidates[first:last])
        for *row, first, last in zip(
            found.text.tolist(),
            found.start.tolist(),
            found.end.tolist(),
            found.entity.tolist(),
            found.score.tolist(),
            bounds[:-1],
            bounds[1:],
            strict=True,
        )
    ]


def surfaces(names, text, parse=NONE, **options):
    found = Linker(named(*names), **options)([text], parse, [])
    return [text[start:end] for start, end in zip(found.start, found.end, strict=True)]


def spans(found):
    return list(zip(found.text.tolist(), found.start.tolist(), found.end.tolist(), strict=True))


# Brute force: at every place, from the left, the longest phrase that begins and ends at a boundary.


def in_word(character):
    letter = unicodedata.category(character)[0] in "LNM" or character == "_"
    return letter and not is_unspaced(character)


def is_boundary(text, place):
    return not (0 < place < len(text) and in_word(text[place - 1]) and in_word(text[place]))


def plain(text, fold_case=False):
    """White space of every kind is a space; so are NUL and the linker's own marks."""
    same = "".join(" " if character.isspace() or character in "\0\ue000\ue001" else character for character in text)
    if not fold_case:
        return same
    folded = ((c.casefold(), c.lower(), c) for c in same)
    return "".join(next(form for form in forms if len(form) == 1) for forms in folded)


def leftmost_longest(names, text, fold_case=False, allowed=None):
    text = plain(text, fold_case)
    names = {name: i for i, name in reversed(list(enumerate(plain(name, fold_case).strip(" ") for name in names)))}
    found, here = [], 0
    while here < len(text):
        for end in range(len(text), here, -1):
            fits = is_boundary(text, here) and is_boundary(text, end) and (allowed is None or (here, end) in allowed)
            if text[here:end] in names and fits:
                found.append((here, end, names[text[here:end]]))
                here = end
                break
        else:
            here += 1
    return found


LETTERS = st.sampled_from(
    [*"aabbA_1", *"中国", *" \n\t\u3000", *".'-", *"\u0301\ufe0f", *"\0\ue000\ue001\ue002", *"İßẞſ"]
)
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=4), max_size=6)
TEXT = st.text(LETTERS, max_size=14)


@given(NAMES, TEXT, st.booleans())
def test_leftmost_longest_by_brute_force(names, text, fold_case):
    found = Linker(named(*names), fold_case=fold_case)([text], NONE, [])
    ours = list(zip(found.start.tolist(), found.end.tolist(), found.entity.tolist(), strict=True))
    assert ours == leftmost_longest(names, text, fold_case)


@st.composite
def tokens(draw, text):
    """Any tokens over a text, in order."""
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    return [Token(0, *span) for span in pairwise(cuts) if draw(st.integers(0, 3))]


@given(st.data(), NAMES, TEXT)
def test_whole_tokens_by_brute_force(data, names, text):
    cut = data.draw(tokens(text))
    allowed = {(a.start, b.end) for a in cut for b in cut}
    found = Linker(named(*names), whole_tokens=True)([text], Parse.of(cut), [])
    ours = list(zip(found.start.tolist(), found.end.tolist(), found.entity.tolist(), strict=True))
    assert ours == leftmost_longest(names, text, allowed=allowed)


@given(st.data(), NAMES, TEXT)
def test_lemmas_by_brute_force(data, names, text):
    """With lemmas a match is one of the text as written, or of whole tokens in the text of lemmas."""
    lemma = st.sampled_from(["a", "b", "aa", "中", "", None])
    cut = [token._replace(lemma=data.draw(lemma)) for token in data.draw(tokens(text))]
    cut.append(Token(1, 0, 1, lemma="a"))  # so that the parse has lemmas
    known = {}
    for i, name in reversed(list(enumerate(plain(name).strip(" ") for name in names))):
        known[name] = i
    lemmatised, places, here = "", {}, 0
    for token in cut[:-1]:
        lemmatised += text[here : token.start]
        places["start", len(lemmatised)] = token.start
        lemmatised += token.lemma or text[token.start : token.end]
        places["end", len(lemmatised)] = token.end
        here = token.end
    found = {}
    for there, seen in ((False, plain(text)), (True, plain(lemmatised))):
        for start in range(len(seen)):
            for end in range(start + 1, len(seen) + 1):
                if seen[start:end] in known and is_boundary(seen, start) and is_boundary(seen, end):
                    span = (places.get(("start", start)), places.get(("end", end))) if there else (start, end)
                    if None not in span:
                        found.setdefault(span, known[seen[start:end]])
    expected, last = [], 0
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= last:
            expected.append((0, start, end, found[start, end]))
            last = end
    mentions = Linker(named(*names), lemmas=True)([text, "z"], Parse.of(cut), [])
    ours = list(zip(*(getattr(mentions, c).tolist() for c in ("text", "start", "end", "entity")), strict=True))
    assert [row for row in ours if row[0] == 0] == expected


@given(st.lists(TEXT, max_size=4), NAMES)
def test_each_text_alone(texts, names):
    linker = Linker(named(*names))
    alone = [rows(linker([text], NONE, [])) for text in texts]
    assert rows(linker(texts, NONE, [])) == [(i, *row[1:]) for i, found in enumerate(alone) for row in found]


@pytest.mark.parametrize(
    ("names", "text", "found"),
    [
        (["art", "art gal"], "art gallery, art gal.", ["art", "art gal"]),
        (["art"], "start artist art", ["art"]),
        (["a", "b"], "a b a", ["a", "b", "a"]),
        (["New York", "York City"], "New York City", ["New York"]),
        (["New York"], "New\nYork, New\u3000York, New  York", ["New\nYork", "New\u3000York"]),
        (["C", "C++"], "C++ C#", ["C++", "C"]),
        (["北京", "北京大学"], "在北京大学和北京", ["北京大学", "北京"]),
        (["iPhone", "手机"], "我的iPhone手机", ["iPhone", "手机"]),
        (["phone"], "iPhone phone手机", ["phone"]),
        (["e\u0301t"], "e\u0301te\u0301 e\u0301t", ["e\u0301t"]),
        (["cafe"], "cafe\u0301 cafe", ["cafe"]),
        ([" Rome\n"], "Rome", ["Rome"]),
        (["Rome"], "Ro\0me \0Rome\0", ["Rome"]),
        (["Ro me"], "Ro\0me", ["Ro\0me"]),
        (["\0", "\ue000", " ", "Rome"], "a Rome", ["Rome"]),
        (["a\ue002b", "x"], "a\ue002b \ue000x\ue001", ["a\ue002b", "x"]),
        (["Rome"], "", []),
        ([], "Rome", []),
    ],
)
def test_what_is_found(names, text, found):
    assert surfaces(names, text) == found


def test_no_match_reaches_into_the_next_text():
    linker = Linker(named("a b", "中国", "b"))
    assert spans(linker(["a", "b", "", "中", "国"], NONE, [])) == [(1, 0, 1)]
    assert spans(linker([], NONE, [])) == []
    assert spans(linker([""], NONE, [])) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("paris", "PARIS Paris pariſ", ["PARIS", "Paris", "pariſ"]),
        ("İzmir", "İzmir İZMIR izmir", ["İzmir", "İZMIR"]),
        ("Straße", "STRAßE straße STRAẞE strasse", ["STRAßE", "straße", "STRAẞE"]),
        ("ΟΔΟΣ", "οδός οδος", ["οδος"]),
    ],
)
def test_case_is_folded_a_character_at_a_time(name, text, found):
    assert surfaces([name], text, fold_case=True) == found


def test_case_counts_without_folding():
    assert surfaces(["Paris"], "PARIS paris Paris") == ["Paris"]


def test_every_letter_and_its_other_case_fold_alike():
    """The other case that Python has for a character, if it is one character; but for the Turkish dotless i."""
    letters = [chr(i) for i in range(0x1F000) if chr(i).isalpha() and not 0xD800 <= i < 0xE000]
    pairs = [(c, other) for c in letters for other in (c.lower(), c.upper()) if len(other) == 1 and other != c]
    linker = Linker(named(*dict.fromkeys(c for c, _ in pairs)), fold_case=True)
    one, other = (linker(texts, NONE, []).entity.tolist() for texts in zip(*pairs, strict=True))
    assert len(one) == len(other) == len(pairs)
    assert [pair for pair, *both in zip(pairs, one, other, strict=True) if both[0] != both[1]] == [("ı", "I")]


def test_candidates_by_prior_then_by_age():
    kg = graph([("Paris", 7, 1.0), ("Paris", 3, 2.0), ("Paris", 5, 1.0), ("Paris", 3, 2.0), ("Rome", 9, 0.25)])
    [paris, rome] = rows(Linker(kg)(["Paris Rome"], NONE, []))
    assert paris == (0, 0, 5, 3, 0.5, [(3, 0.5), (5, 0.25), (7, 0.25)])
    assert rome == (0, 6, 10, 9, 1.0, [(9, 1.0)])


def test_the_share_counts_candidates_that_are_left_out():
    kg = graph([("Paris", i, 1.0) for i in range(4)])
    assert rows(Linker(kg, max_candidates=2)(["Paris"], NONE, [])) == [(0, 0, 5, 0, 0.25, [(0, 0.25), (1, 0.25)])]


def test_names_that_become_one_by_folding_share_their_candidates():
    kg = graph([("Turkey", 0, 1.0), ("turkey", 1, 3.0)])
    [row] = rows(Linker(kg, fold_case=True)(["TURKEY"], NONE, []))
    assert row == (0, 0, 6, 1, 0.75, [(1, 0.75), (0, 0.25)])


def test_short_names_left_out():
    assert surfaces(["a", " ab ", "abc"], "a ab abc", min_length=2) == ["ab", "abc"]
    assert surfaces(["a", " ab ", "abc"], "a ab abc", min_length=3) == ["abc"]


@pytest.mark.parametrize("option", ["min_length", "max_candidates"])
def test_nothing_would_be_found(option):
    with pytest.raises(OptionsError, match=f"{option}: expected at least 1, found 0"):
        Linker(named("a"), **{option: 0})


def test_a_word_of_the_segmenter_is_not_cut_into():
    parse = Parse.of([Token(0, 0, 3), Token(0, 3, 5)])
    assert surfaces(["京大", "北京大", "学生"], "北京大学生", parse, whole_tokens=True) == ["北京大", "学生"]
    assert surfaces(["京大", "大学"], "北京大学生", parse, whole_tokens=True) == []


def test_lemmas_found_beside_what_is_written():
    text = "Mice ran from the mouse trap."
    words = ["mouse", "run", "from", "the", "mouse", "trap", "."]
    starts = [0, 5, 9, 14, 18, 24, 28]
    ends = [4, 8, 13, 17, 23, 28, 29]
    parse = Parse.of([Token(0, *span, lemma=word) for *span, word in zip(starts, ends, words, strict=True)])
    assert surfaces(["mouse", "run", "mouse trap"], text, parse, lemmas=True) == ["Mice", "ran", "mouse trap"]
    assert surfaces(["mouse", "run", "mouse trap"], text, parse) == ["mouse trap"]


def test_a_lemma_needs_a_parser_that_gives_lemmas():
    with pytest.raises(OptionsError, match="lemmas needs a parser that gives lemmas"):
        Linker(named("a"), lemmas=True)(["a"], Parse.of([Token(0, 0, 1)]), [])
