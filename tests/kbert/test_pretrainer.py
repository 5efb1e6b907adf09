"""What a new way to pre-train gets for nothing: layout, next sentences, and a checkpoint that ``--encoder`` takes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graphs.corpus import to_rows
from graphs.errors import DataError
from graphs.types import Sentence, TextGraph
from kbert.backbone import load, load_with_words
from kbert.guesses import Guesses
from kbert.models.bert import Model
from kbert.next_sentences import Paired
from kbert.pretrainer import Pretrainer

Reviews = Callable[..., list[TextGraph]]


class Lengths(Pretrainer):
    """Guesses of every text whether it has more pieces than six."""

    def forward(self, paired: Paired) -> dict[str, Guesses]:
        read = self.model(paired.batch)
        own = {"lengths": Guesses(read.pieces[:, 0, :2], (paired.batch.mask.sum(1) > 6).long(), None)}
        return own | self.sentences(read, paired)


def made(encoder: Callable[[str], str], *, next_sentence: bool) -> Lengths:
    torch.manual_seed(0)
    backbone, words, _ = load_with_words(encoder("bert"))
    return Lengths(Model(backbone), words, masked=0.3, most_masked=40, next_sentence=next_sentence).eval()


def test_a_way_to_pretrain_says_only_what_is_guessed(encoder: Callable[[str], str], reviews: Reviews) -> None:
    way, rows = made(encoder, next_sentence=False), to_rows(reviews(6))
    layout, plain = way.layout(rows), way.model.layout(rows)
    assert layout.columns.keys() == plain.columns.keys()
    way.check(layout, "train")
    guessed = way(way.collate(layout, np.arange(6)))
    assert guessed.keys() == {"lengths"}
    assert guessed["lengths"].target.tolist() == [int(length > 6) for length in plain.lengths]


def test_next_sentences_need_texts_of_several(encoder: Callable[[str], str], reviews: Reviews) -> None:
    way = made(encoder, next_sentence=True)
    with pytest.raises(DataError, match="train: expected texts of two sentences and more"):
        way.check(way.layout(to_rows(reviews(6))), "train")


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_what_texts_lose_for_their_halves_is_counted(
    encoder: Callable[[str], str], graph_of: Callable[..., TextGraph], kind: str
) -> None:
    """Full texts of halves as long as each other: every piece is in a batch, or was counted as cut."""
    torch.manual_seed(0)
    backbone, words, _ = load_with_words(encoder(kind))
    way = Lengths(Model(backbone, max_pieces=12), words, masked=0.3, most_masked=40, next_sentence=True)
    graph = graph_of("the film was good . tim is bad now .")
    end = graph.tokens[4].end
    halves = (Sentence(0, 0, end), Sentence(0, end + 1, len(graph.texts[0])))
    graphs = [replace(graph, id=str(i), sentences=halves) for i in range(4)]
    layout, whole = way.layout(to_rows(graphs)), Model(backbone).layout(to_rows(graphs))
    batch = way.collate(layout, np.arange(4)).batch
    assert batch.piece_ids.shape[1] == 12
    assert int((batch.word >= 0).sum()) + layout.cut["pieces"] == int((whole.columns["word"] >= 0).sum())


def test_what_it_saves_is_an_encoder(encoder: Callable[[str], str], tmp_path: Path) -> None:
    way = made(encoder, next_sentence=True)
    way.save_pretrained(tmp_path)
    assert load_with_words(str(tmp_path))[2]
    saved, kept = load(str(tmp_path)).state_dict(), way.model.backbone.state_dict()
    assert saved.keys() == kept.keys()
    assert all(torch.equal(saved[name], kept[name]) for name in kept)


def test_it_cannot_be_made_without_guesses() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Pretrainer(None, None, masked=0.1, most_masked=1, next_sentence=False)
