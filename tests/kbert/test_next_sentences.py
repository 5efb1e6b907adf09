"""Next sentences: where texts are cut, whose halves are changed, and that all else comes along."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from graphs.corpus import to_rows
from graphs.errors import DataError, OptionsError
from graphs.types import Sentence, TextGraph
from kbert.backbone import Backbone
from kbert.layout import Encoded, Layout
from kbert.models.bert import Model
from kbert.next_sentences import NEXT, OTHER, SENTENCE, NextSentences, Paired

Graph = Callable[..., TextGraph]
TEXTS = ["the film . good now . bad", "paris is . a city", "tim cook . is visiting . beijing . now", "lyon was good"]


@pytest.fixture
def model(load: Callable[[str], Backbone]) -> Model:
    return Model(load("bert"), max_pieces=24)


@pytest.fixture
def graphs(graph_of: Graph) -> list[TextGraph]:
    """Texts whose sentences end with full stops; the last has one sentence."""
    return [with_ends(graph_of(text, id=str(i))) for i, text in enumerate(TEXTS)]


def with_ends(graph: TextGraph) -> TextGraph:
    starts = [0, *(token.end + 1 for token in graph.tokens if graph.surface(token) == ".")]
    ends = [*(start - 1 for start in starts[1:]), len(graph.texts[0])]
    return replace(graph, sentences=tuple(Sentence(0, a, b) for a, b in zip(starts, ends, strict=True)))


def laid(model: Model, graphs: list[TextGraph]) -> tuple[NextSentences, Layout]:
    torch.manual_seed(0)
    sentences, rows = NextSentences(model.backbone, model.max_pieces, wanted=True), to_rows(graphs)
    return sentences, sentences.layout(model.layout(rows), rows)


def words_of(model: Model, layout: Layout, text: int) -> list[str]:
    some = slice(*layout.offsets[text : text + 2].tolist())
    return model.backbone.piece_names(layout.columns["piece_ids"][some].tolist())


def test_sentences_of_pieces(model: Model, graphs: list[TextGraph]) -> None:
    layout = laid(model, graphs)[1]
    sentence = layout.columns[SENTENCE][: layout.offsets[1]].tolist()
    names = words_of(model, layout, 0)
    assert [n for n, s in zip(names, sentence, strict=True) if s == 1] == ["good", "now", "."]
    assert [s for n, s in zip(names, sentence, strict=True) if n in ("[CLS]", "[SEP]")] == [-1, -1]
    assert sentence[-2] == 2


def halves(model: Model, layout: Layout, text: int) -> tuple[list[str], list[str]]:
    """The words of both segments, and see that special pieces and segments are where they should."""
    names = words_of(model, layout, text)
    segments = layout.columns["segments"][layout.offsets[text] : layout.offsets[text + 1]].tolist()
    assert names[0] == "[CLS]"
    assert names[-1] == "[SEP]"
    middle = names.index("[SEP]")
    assert segments == [0] * (middle + 1) + [1] * (len(names) - middle - 1)
    return names[1:middle], names[middle + 1 : -1]


def test_halves_are_cut_between_sentences_and_changed(model: Model, graphs: list[TextGraph]) -> None:
    sentences, layout = laid(model, graphs)
    whole = [words_of(model, layout, text)[1:-1] for text in range(4)]
    cuts = [{i + 1 for i, name in enumerate(text) if name == "." and i + 1 < len(text)} for text in whole]
    seen, others = set(), 0
    for _ in range(200):
        made, asked, target = sentences.pair(layout, np.arange(4))
        assert asked.tolist() == [0, 1, 2]
        assert words_of(model, made, 3) == ["[CLS]", *whole[3], "[SEP]"]
        for text, odd in zip(asked.tolist(), target.tolist(), strict=True):
            one, two = halves(model, made, text)
            assert one == whole[text][: len(one)]
            assert len(one) in cuts[text]
            seen.add((text, len(one)))
            own = two == whole[text][len(one) :]
            assert own == (odd == NEXT)
            others += odd == OTHER
            if not own:
                from_others = [w for i, w in enumerate(whole) if i != text]
                assert any(two == w[-len(two) :] for w in from_others)
    assert len(seen) == sum(map(len, cuts))
    assert 0.4 < others / 600 < 0.7  # of a few texts, one alone has nobody to change with


def test_half_of_many_are_changed(model: Model, graphs: list[TextGraph]) -> None:
    sentences, layout = laid(model, graphs[:3] * 200)
    target = sentences.pair(layout, np.arange(600))[2]
    assert binomtest(int((target == OTHER).sum()), 600, 0.5).pvalue > 1e-4


def test_columns_come_along(model: Model, graphs: list[TextGraph]) -> None:
    """What a model says of a piece moves with it; special pieces have none."""
    sentences, layout = laid(model, graphs)
    marked = np.arange(len(layout.columns["word"]), dtype=np.int32)
    layout = Layout(layout.offsets, {**layout.columns, "entity": marked}, layout.words, layout.cut)
    made = sentences.pair(layout, np.arange(4))[0]
    for name in ("piece_ids", "word"):
        own = made.columns["entity"] >= 0
        expected = layout.columns[name][made.columns["entity"][own]]
        np.testing.assert_array_equal(made.columns[name][own], expected)
    assert (made.columns["word"][made.columns["entity"] < 0] == -1).all()


def test_two_long_halves_share_the_room(load: Callable[[str], Backbone], graph_of: Graph) -> None:
    long = [" ".join(["good"] * 8 + ["."] + ["bad"] * count) for count in (3, 40)]
    model = Model(load("bert"), max_pieces=20)
    sentences, layout = laid(model, [with_ends(graph_of(text, id=text[:3])) for text in long])
    for _ in range(20):
        made, _, _ = sentences.pair(layout, np.arange(2))
        assert made.lengths.max() <= 20


def test_one_text_has_nobody_to_change_with(model: Model, graphs: list[TextGraph]) -> None:
    sentences, layout = laid(model, graphs)
    for _ in range(20):
        assert sentences.pair(layout, np.array([2, 3]))[2].tolist() == [NEXT]


def test_not_wanted_nothing_is_changed_or_learnt(model: Model, graphs: list[TextGraph]) -> None:
    plain, rows = NextSentences(model.backbone, model.max_pieces, wanted=False), to_rows(graphs)
    layout = plain.layout(model.layout(rows), rows)
    assert SENTENCE not in layout.columns
    paired = plain.collate(model, layout, np.arange(4))
    assert torch.equal(paired.batch.piece_ids, model.collate(layout, np.arange(4)).piece_ids)
    assert not list(plain.parameters())
    assert plain(model(paired.batch), paired) == {}


def test_scores_are_of_the_first_piece(model: Model, graphs: list[TextGraph]) -> None:
    sentences, layout = laid(model, graphs)
    paired: Paired = sentences.collate(model, layout, np.arange(4))
    pieces = torch.randn(*paired.batch.piece_ids.shape, 32)
    guessed = sentences(Encoded(pieces, paired.batch.word, paired.batch.mask, []), paired)["sentences"]
    hidden, score = sentences.hidden, sentences.score
    assert hidden is not None
    assert score is not None
    expected = torch.stack([score(torch.tanh(hidden(pieces[text, 0]))) for text in paired.asked.tolist()])
    torch.testing.assert_close(guessed.scores, expected)
    assert torch.equal(guessed.target, paired.target)


def test_nothing_to_cut(model: Model, graphs: list[TextGraph]) -> None:
    sentences, layout = laid(model, graphs[3:] * 2)
    with pytest.raises(DataError, match=r"train: expected texts of two sentences and more, .* spacy .*, found none"):
        sentences.check(layout, "train")
    sentences, layout = laid(model, graphs)
    sentences.check(layout, "train")
    NextSentences(model.backbone, 24, wanted=False).check(layout, "train")


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_pairs_of_texts_are_not_cut(load: Callable[[str], Backbone], kind: str, graph_of: Graph) -> None:
    """A pair has its two segments already, or as under RoBERTa one alone: from pairs there is nothing to learn."""
    model = Model(load(kind), max_pieces=24)
    pair = with_ends(graph_of("the film . good now . bad"))
    pair = replace(pair, texts=(*pair.texts, "lyon was good"))
    sentences, layout = laid(model, [pair, pair])
    assert set(layout.columns["segments"].tolist()) == {0, model.backbone.template.second}
    with pytest.raises(DataError, match="texts of two sentences and more"):
        sentences.check(layout, "train")
    assert sentences.pair(layout, np.arange(2))[1].tolist() == []
    sentences, layout = laid(model, [pair, with_ends(graph_of("the film . good now"))])
    sentences.check(layout, "train")


def test_two_halves_need_room(model: Model) -> None:
    NextSentences(model.backbone, 5, wanted=True)
    with pytest.raises(OptionsError, match="max_pieces: expected at least 5, found 4"):
        NextSentences(model.backbone, 4, wanted=True)
