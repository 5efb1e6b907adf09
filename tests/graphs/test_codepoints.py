import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.codepoints import CodePointTable, Joined, decode, is_unspaced

TEXTS = st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=5)


@given(TEXTS)
def test_texts_end_to_end(texts):
    joined = Joined.of(texts)
    assert decode(joined.codes) == "".join(text + "\n" for text in texts)
    for text, start in zip(texts, joined.offsets.tolist(), strict=False):
        assert decode(joined.codes[start : start + len(text)]) == text
    assert joined.offsets[-1] == len(joined.codes)


@given(TEXTS, st.data())
def test_the_text_of_a_place(texts, data):
    joined = Joined.of(texts)
    of_place = [i for i, text in enumerate(texts) for _ in text + "\n"]
    places = sorted(data.draw(st.lists(st.integers(0, len(of_place) - 1)))) if of_place else []
    assert joined.text_of(np.array(places, dtype=np.int64)).tolist() == [of_place[place] for place in places]


def test_half_a_surrogate_pair_is_no_character():
    with pytest.raises(UnicodeEncodeError):
        Joined.of(["\ud800"])


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_a_table_is_the_function(texts):
    asked = []

    def function(character):
        asked.append(character)
        return ord(character) % 7

    table = CodePointTable(function)
    for text in texts:
        codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        assert table(codes).tolist() == [ord(character) % 7 for character in text]
    assert sorted(asked) == sorted({character for text in texts for character in text})


@pytest.mark.parametrize(
    ("characters", "unspaced"),
    [("中日ひカｶไລမខ、々〇\U00020000", True), ("aЖא한ㄱ1 .é", False)],
)
def test_scripts_without_spaces(characters, unspaced):
    assert {is_unspaced(character) for character in characters} == {unspaced}
