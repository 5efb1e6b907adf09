"""Packed triples against the tokenizer's own encoding of pairs, and the shortening against its definition."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from graphs.tables import offsets_of, ranges
from kbert.backbone import Backbone
from kbert.triples import texts as triple_texts
from kbert.triples.texts import Packer, Phrases, TripleTexts, cut_counts, shorten

TEXTS = ["tim cook", "is", "visiting beijing now", "the lead", "good", "爱北京 apple"]
LENGTHS = st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=1, max_size=4)


def one_at_a_time(lengths: list[int], room: int) -> list[int]:
    """The longest loses a piece until all fit; of equal ones the last."""
    kept = list(lengths)
    while sum(kept) > room:
        longest = max(range(len(kept)), key=lambda i: (kept[i], i))
        kept[longest] -= 1
    return kept


@given(LENGTHS, st.integers(3, 20))
def test_shortening_one_piece_at_a_time(rows: list[list[int]], room: int) -> None:
    kept = shorten(np.array(rows), room)
    assert kept.tolist() == [one_at_a_time(row, room) for row in rows]
    assert (kept > 0).all()


@pytest.fixture(scope="module", params=["bert", "roberta"])
def backbone(request: pytest.FixtureRequest, load: Callable[[str], Backbone]) -> Backbone:
    return load(request.param)


def phrases(backbone: Backbone, texts: list[str]) -> Phrases:
    return Phrases.cut(texts, backbone, most=64)


def test_pairs_are_the_tokenizers_own(backbone: Backbone, encoder: Callable[[str], str]) -> None:
    texts, first, second = phrases(backbone, TEXTS), np.array([0, 1, 4, 3]), np.array([2, 1, 0, 5])
    batch = Packer(backbone, max_pieces=64)([(texts, first), (texts, second)])
    kind = "roberta" if backbone.first_position else "bert"
    tokenizer = AutoTokenizer.from_pretrained(encoder(kind))
    own = tokenizer([TEXTS[i] for i in first], [TEXTS[i] for i in second], padding=True, return_tensors="pt")
    assert batch.piece_ids.tolist() == own["input_ids"].tolist()
    assert batch.mask.tolist() == own["attention_mask"].tolist()
    segments = own["token_type_ids"] * own["attention_mask"] if "token_type_ids" in own else 0 * own["input_ids"]
    assert batch.segments.tolist() == segments.tolist()


def test_a_triple_has_segments_0_1_0(load: Callable[[str], Backbone]) -> None:
    bert = load("bert")
    texts = phrases(bert, ["tim cook", "visiting", "beijing"])
    one, two, three = (np.array([i]) for i in range(3))
    batch = Packer(bert, max_pieces=64)([(texts, one), (texts, two), (texts, three)])
    names = bert.piece_names(batch.piece_ids[0].tolist())
    assert names == ["[CLS]", "tim", "cook", "[SEP]", "visiting", "[SEP]", "beijing", "[SEP]"]
    assert batch.segments.tolist() == [[0, 0, 0, 0, 1, 1, 0, 0]]


@given(st.integers(7, 30), st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=5))
def test_too_long_is_shortened_and_no_part_lost(
    load: Callable[[str], Backbone], max_pieces: int, rows: list[tuple[int, int, int]]
) -> None:
    bert = load("bert")
    texts, pack = phrases(bert, TEXTS), Packer(bert, max_pieces=max_pieces)
    parts = [(texts, np.array(column)) for column in zip(*rows, strict=True)]
    batch = pack(parts)
    lengths = batch.mask.sum(1)
    assert (lengths <= max_pieces).all()
    assert lengths.tolist() == pack.lengths(*(texts.lengths[which] for _, which in parts)).tolist()
    for number, row in enumerate(rows):
        own = [texts.ids[texts.offsets[i] : texts.offsets[i + 1]].tolist() for i in row]
        kept = one_at_a_time([len(ids) for ids in own], max_pieces - 4)
        wanted = [2]
        for ids, count in zip(own, kept, strict=True):
            wanted += [*ids[:count], 3]
        assert batch.piece_ids[number, : lengths[number]].tolist() == wanted
        assert set(batch.piece_ids[number, lengths[number] :].tolist()) <= {bert.pad_id}


def test_a_text_in_which_nothing_can_be_read(load: Callable[[str], Backbone]) -> None:
    assert Phrases.cut(["\u200b", "tim", ""], load("bert"), most=9).lengths.tolist() == [0, 1, 0]


@given(st.integers(7, 30), st.lists(st.tuples(*[st.integers(1, 40)] * 3), min_size=1, max_size=5), st.data())
def test_what_no_room_can_hold_need_not_be_kept(
    load: Callable[[str], Backbone], max_pieces: int, rows: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Texts that are cut at the room of all parts are packed as whole ones are."""
    pack = Packer(load("bert"), max_pieces=max_pieces)
    count = data.draw(st.integers(1, 3))
    whole = Phrases(offsets_of(np.array(rows).ravel()), np.arange(np.sum(rows), dtype=np.int32) + 5)
    kept = np.minimum(whole.lengths, pack.room(count))
    cut = Phrases(offsets_of(kept), whole.ids[ranges(whole.offsets[:-1], kept)])
    which = np.arange(len(whole)).reshape(-1, 3).T[:count]
    one, two = (pack([(texts, column) for column in which]) for texts in (whole, cut))
    assert one.piece_ids.tolist() == two.piece_ids.tolist()
    assert one.mask.tolist() == two.mask.tolist()
    lengths = [pack.lengths(*(texts.lengths[column] for column in which)).tolist() for texts in (whole, cut)]
    assert lengths[0] == lengths[1] == one.mask.sum(1).tolist()


@given(st.integers(7, 30), st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=5), st.integers(1, 9))
def test_what_is_cut_off_is_counted(
    load: Callable[[str], Backbone], max_pieces: int, rows: list[tuple[int, int, int]], most: int
) -> None:
    """All pieces of a row without those that are packed, also where texts were cut before."""
    bert = load("bert")
    pack, whole = Packer(bert, max_pieces=max_pieces), phrases(bert, TEXTS)
    texts = Phrases.cut(TEXTS, bert, most=max(most, pack.room(3)))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    packed = pack([(texts, column) for column in columns]).mask.sum(1).numpy() - pack.special(3)
    expected = np.sum([whole.lengths[column] for column in columns], axis=0) - packed
    cut = pack.cut([(texts, column) for column in columns])
    assert cut.tolist() == expected.tolist()
    assert cut_counts(cut) == {"triples": sum(lost > 0 for lost in cut.tolist()), "pieces": sum(cut.tolist())}


@given(st.integers(1, 9))
def test_pieces_that_are_gone_are_known(load: Callable[[str], Backbone], most: int) -> None:
    """However texts are taken and put together."""
    bert = load("bert")
    cut, whole = Phrases.cut(TEXTS, bert, most=most), phrases(bert, TEXTS)
    which = np.array([4, 0, 2])
    assert cut.whole.tolist() == whole.lengths.tolist()
    assert cut.take(which).whole.tolist() == whole.lengths[which].tolist()
    both = TripleTexts.of(cut, whole)
    assert both.together.whole.tolist() == [*whole.lengths.tolist(), *whole.lengths.tolist()]
    assert both.entities.whole.tolist() == both.relations.whole.tolist() == whole.lengths.tolist()


def test_entities_and_relations_in_one(load: Callable[[str], Backbone]) -> None:
    bert = load("bert")
    entities, relations = (phrases(bert, some) for some in (TEXTS[:4], TEXTS[4:]))
    texts = TripleTexts.of(entities, relations)
    assert texts.count == 4
    for own, made in ((texts.entities, entities), (texts.relations, relations)):
        assert own.offsets.tolist() == made.offsets.tolist()
        assert own.ids.tolist() == made.ids.tolist()
        assert np.shares_memory(own.ids, texts.together.ids)
    which = np.array([2, 2, 0])
    same, places = texts.holding(which)
    assert same is texts.whole() is texts
    assert places.tolist() == which.tolist()


def test_long_texts_are_cut_and_lists_joined(load: Callable[[str], Backbone]) -> None:
    bert = load("bert")
    one, two = (Phrases.cut(some, bert, most=2) for some in (TEXTS[:3], TEXTS[3:]))
    assert one.lengths.tolist() == [2, 1, 2]
    both = Phrases.join([one, two])
    assert len(both) == 6
    assert both.lengths.tolist() == [*one.lengths.tolist(), *two.lengths.tolist()]
    assert both.ids.tolist() == [*one.ids.tolist(), *two.ids.tolist()]


def test_texts_are_cut_some_at_a_time(backbone: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = phrases(backbone, TEXTS)
    monkeypatch.setattr(triple_texts, "TOGETHER", 2)
    parts = phrases(backbone, TEXTS)
    np.testing.assert_array_equal(parts.ids, whole.ids)
    np.testing.assert_array_equal(parts.offsets, whole.offsets)
    assert len(phrases(backbone, [])) == 0


def test_texts_of_unknown_pieces_alone(load: Callable[[str], Backbone]) -> None:
    encoder = load("bert")
    phrases = Phrases.cut(["☃", "☃ ☂", "a ☃", "a", "\u200b"], encoder, most=9)
    assert phrases.made_of(encoder.unknown_id).tolist() == [True, True, False, False, False]
    assert not phrases.made_of(None).any()
    assert Phrases.cut([], encoder, most=9).made_of(encoder.unknown_id).tolist() == []
