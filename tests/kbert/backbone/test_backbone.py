"""Encoders against transformers' own calls: what is fed, and how texts are cut."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoTokenizer, CanineTokenizer, T5Config, T5EncoderModel

from graphs.errors import UnavailableError
from kbert import backbone
from kbert.backbone import Backbone, Template

Load = Callable[[str], Backbone]
KINDS = ["bert", "roberta", "distilbert"]
TEXT, SECOND = "the film was good", "tim cook is visiting"


@pytest.fixture
def copy(encoder: Callable[[str], str], tmp_path: Path) -> Path:
    """A tiny encoder's folder, to be spoilt."""
    return shutil.copytree(encoder("bert"), tmp_path / "copy")


@pytest.mark.parametrize("kind", KINDS)
def test_template_is_the_tokenizers_own(kind: str, load: Load, encoder: Callable[[str], str]) -> None:
    loaded, tokenizer = load(kind), AutoTokenizer.from_pretrained(encoder(kind))
    before, between, after, *_ = loaded.template
    one, two = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (TEXT, SECOND))
    assert before + one + after == tokenizer(TEXT)["input_ids"]
    assert before + one + between + two + after == tokenizer(TEXT, SECOND)["input_ids"]


def test_templates_known_by_heart(load: Load) -> None:
    assert load("bert").template == Template([2], [3], [3], 1)
    assert load("roberta").template == Template([0], [2, 2], [2], 0)
    assert load("distilbert").template == Template([2], [3], [3], 0)  # it knows no segments


@pytest.mark.parametrize("kind", KINDS)
def test_same_output_as_the_encoders_own_call(kind: str, load: Load, encoder: Callable[[str], str]) -> None:
    loaded = load(kind)
    own = AutoModel.from_pretrained(encoder(kind)).eval()
    tokenizer = AutoTokenizer.from_pretrained(encoder(kind))
    wrapped = tokenizer([TEXT, "bad"], [SECOND, "the lead"], padding=True, return_tensors="pt")
    segments = wrapped.get("token_type_ids", torch.zeros_like(wrapped["input_ids"]))
    positions = torch.arange(wrapped["input_ids"].shape[1]).expand_as(wrapped["input_ids"])
    with torch.no_grad():
        ours = loaded(wrapped["input_ids"], positions, segments, wrapped["attention_mask"])
        theirs = own(**wrapped).last_hidden_state
    kept = wrapped["attention_mask"].bool()
    assert torch.equal(ours[kept], theirs[kept])


def test_positions_start_where_the_encoders_own_do(load: Load) -> None:
    assert (load("roberta").first_position, load("roberta").max_positions) == (2, 64)
    assert (load("bert").first_position, load("bert").max_positions) == (0, 64)


@pytest.mark.parametrize("kind", KINDS)
def test_words_are_cut_as_in_the_middle_of_a_text(kind: str, load: Load, encoder: Callable[[str], str]) -> None:
    words = ["film", "visiting", "Straße", "北京", ",", "tim cook", "a"]
    tokenizer = AutoTokenizer.from_pretrained(encoder(kind))
    whole = tokenizer("x " + " ".join(words), add_special_tokens=False)["input_ids"]
    x = tokenizer("x", add_special_tokens=False)["input_ids"]
    cut = load(kind).pieces(words)
    assert x + [piece for word in cut for piece in word] == whole
    assert all(cut)


def test_an_empty_word_has_no_pieces(load: Load) -> None:
    assert load("roberta").pieces(["", "a"])[0] == []
    assert load("bert").pieces(["", "\u200b"]) == [[], []]


def test_piece_names(load: Load) -> None:
    assert load("bert").piece_names([2, 5, 3]) == ["[CLS]", "a", "[SEP]"]


def test_a_tokenizers_own_cutting_and_padding_are_undone(copy: Path) -> None:
    described = json.loads((copy / "tokenizer.json").read_text(encoding="utf-8"))
    described["truncation"] = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    described["padding"] = {
        "strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
        "pad_token": "[PAD]",
    }  # fmt: skip
    (copy / "tokenizer.json").write_text(json.dumps(described), encoding="utf-8")
    loaded = backbone.load(str(copy))
    assert loaded.pieces(["visitingvisiting"])[0] != []
    assert loaded.template == Template([2], [3], [3], 1)


def test_an_encoder_without_positions(load: Load) -> None:
    shape = T5Config(vocab_size=9, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    with pytest.raises(UnavailableError, match="t5 does not say how many positions it knows"):
        Backbone(T5EncoderModel(shape), load("bert").tokenizer)


def test_a_slow_tokenizer(load: Load) -> None:
    with pytest.raises(UnavailableError, match=r"CanineTokenizer is no fast tokenizer: export it to tokenizer.json"):
        Backbone(load("bert").encoder, CanineTokenizer())


def test_a_folder_without_its_tokenizer_file(copy: Path) -> None:
    (copy / "tokenizer.json").unlink()
    with pytest.raises(UnavailableError, match="has no vocabulary: its file is missing"):
        backbone.load(str(copy))
