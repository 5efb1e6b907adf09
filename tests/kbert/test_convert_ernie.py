"""Released checkpoints of ERNIE: converted, they say what the formulas say, worked out in numpy from the same file."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import erf
from transformers import AutoModelForMaskedLM, AutoTokenizer, BertForPreTraining

from graphs.corpus import to_rows
from graphs.errors import DataError, OptionsError, StoreError
from graphs.types import TextGraph
from kbert import backbone
from kbert.convert_ernie import convert_ernie
from kbert.entities.vectors import Vectors
from kbert.models.bert import Model as Bert
from kbert.models.ernie import Model
from kbert.pretrainings.ernie import Pretraining

LAYERS = ["sim", "mix", "norm", "norm"]
HIDDEN, HEADS, INNER, WIDTH, ENTITY_HEADS = 16, 2, 24, 12, 4
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "was", "good", "in", "paris", "##s", "bob"]
CONFIG = {
    "attention_probs_dropout_prob": 0.1,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "hidden_size": HIDDEN,
    "initializer_range": 0.02,
    "intermediate_size": INNER,
    "max_position_embeddings": 32,
    "num_attention_heads": HEADS,
    "num_hidden_layers": len(LAYERS),
    "type_vocab_size": 2,
    "vocab_size": len(VOCABULARY),
    "layer_types": LAYERS,
}
Tensors = dict[str, torch.Tensor]


def released(*, old_names: bool = False) -> Tensors:
    """Random numbers under the names, and of the shapes, of a released file."""
    generator = torch.Generator().manual_seed(0)
    made: Tensors = {}

    def linear(name: str, given: int, out: int) -> None:
        made[f"{name}.weight"] = torch.randn(out, given, generator=generator) * 0.4
        made[f"{name}.bias"] = torch.randn(out, generator=generator) * 0.4

    def norm(name: str, width: int) -> None:
        scale, shift = ("gamma", "beta") if old_names else ("weight", "bias")
        made[f"{name}.LayerNorm{{}}.{scale}"] = 1 + torch.randn(width, generator=generator) * 0.2
        made[f"{name}.LayerNorm{{}}.{shift}"] = torch.randn(width, generator=generator) * 0.2

    for kind, rows in (("word", len(VOCABULARY)), ("position", 32), ("token_type", 2)):
        made[f"bert.embeddings.{kind}_embeddings.weight"] = torch.randn(rows, HIDDEN, generator=generator)
    norm("bert.embeddings", HIDDEN)
    for number, kind in enumerate(LAYERS):
        layer = f"bert.encoder.layer.{number}"
        for part in ("query", "key", "value"):
            linear(f"{layer}.attention.self.{part}", HIDDEN, HIDDEN)
            if kind == "norm":
                linear(f"{layer}.attention.self_ent.{part}", WIDTH, WIDTH)
        linear(f"{layer}.attention.output.dense", HIDDEN, HIDDEN)
        norm(f"{layer}.attention.output", HIDDEN)
        if kind == "norm":
            linear(f"{layer}.attention.output_ent.dense", WIDTH, WIDTH)
            norm(f"{layer}.attention.output_ent", WIDTH)
        linear(f"{layer}.intermediate.dense", HIDDEN, INNER)
        linear(f"{layer}.output.dense", INNER, HIDDEN)
        norm(f"{layer}.output", HIDDEN)
        if kind != "sim":
            linear(f"{layer}.intermediate.dense_ent", WIDTH, INNER)
            linear(f"{layer}.output.dense_ent", INNER, WIDTH)
            norm(f"{layer}.output_ENT", WIDTH)
    linear("bert.pooler.dense", HIDDEN, HIDDEN)
    made["cls.predictions.bias"] = torch.randn(len(VOCABULARY), generator=generator)
    linear("cls.predictions.transform.dense", HIDDEN, HIDDEN)
    norm("cls.predictions.transform", HIDDEN)
    made["cls.predictions.decoder.weight"] = made["bert.embeddings.word_embeddings.weight"].clone()
    linear("cls.seq_relationship", HIDDEN, 2)
    linear("cls.predictions_ent.transform.dense", HIDDEN, WIDTH)
    norm("cls.predictions_ent.transform", WIDTH)
    # the entities' LayerNorm behind a layer is called LayerNorm_ent, that of their attention is not
    return {
        name.replace("output_ENT.LayerNorm{}", "output.LayerNorm_ent").replace("{}", ""): tensor
        for name, tensor in made.items()
    }


def write(folder: Path, tensors: dict[str, Any], **config: Any) -> Path:
    folder.mkdir(exist_ok=True)
    torch.save(tensors, folder / "pytorch_model.bin")
    (folder / "ernie_config.json").write_text(json.dumps(CONFIG | config), encoding="utf-8")
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in VOCABULARY), encoding="utf-8")
    return folder


class ByNumpy:
    """The model from its file, every piece with an entity or a masked nothing, in float64."""

    def __init__(self, tensors: Tensors) -> None:
        self.w = {name: tensor.double().numpy() for name, tensor in tensors.items()}

    def linear(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self.w[f"{name}.weight"].T + self.w[f"{name}.bias"]

    def norm(self, name: str, x: np.ndarray) -> np.ndarray:
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return self.w[f"{name}.weight"] * (x - x.mean(-1, keepdims=True)) / spread + self.w[f"{name}.bias"]

    def attention(self, name: str, x: np.ndarray, heads: int, bias: np.ndarray) -> np.ndarray:
        query, key, value = (self.linear(f"{name}.{part}", x) for part in ("query", "key", "value"))
        size, parts = x.shape[1] // heads, []
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            shares = np.exp(query[:, own] @ key[:, own].T / math.sqrt(size) + bias)
            parts.append(shares / shares.sum(-1, keepdims=True) @ value[:, own])
        return np.concatenate(parts, axis=1)

    def __call__(self, ids: list[int], segments: list[int], e: np.ndarray, mask: np.ndarray) -> np.ndarray:
        tables = [self.w[f"bert.embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")]
        x = self.norm("bert.embeddings.LayerNorm", tables[0][ids] + tables[1][: len(ids)] + tables[2][segments])
        for number, kind in enumerate(LAYERS):
            name = f"bert.encoder.layer.{number}"
            found = self.attention(f"{name}.attention.self", x, HEADS, np.zeros(len(x)))
            x = self.norm(
                f"{name}.attention.output.LayerNorm", self.linear(f"{name}.attention.output.dense", found) + x
            )
            inner = self.linear(f"{name}.intermediate.dense", x)
            if kind == "norm":
                found = self.attention(f"{name}.attention.self_ent", e, ENTITY_HEADS, (1 - mask) * -10000.0)
                found = self.linear(f"{name}.attention.output_ent.dense", found)
                e = self.norm(f"{name}.attention.output_ent.LayerNorm", found + e)
            if kind != "sim":
                e = e * mask[:, None]
                inner = inner + self.linear(f"{name}.intermediate.dense_ent", e)
            h = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
            x = self.norm(f"{name}.output.LayerNorm", self.linear(f"{name}.output.dense", h) + x)
            if kind != "sim":
                e = self.norm(f"{name}.output.LayerNorm_ent", self.linear(f"{name}.output.dense_ent", h) + e)
        return x


@pytest.fixture
def vectors(vectors_of: Callable[..., Path]) -> Path:
    return vectors_of("Film", "Paris", "Bob", width=WIDTH)


@pytest.mark.parametrize("old_names", [False, True])
def test_as_worked_out_from_the_file(
    old_names: bool, vectors: Path, graph_of: Callable[..., TextGraph], tmp_path: Path
) -> None:
    folder = write(tmp_path / "released", released(old_names=old_names))
    about = convert_ernie(folder, tmp_path / "out")
    assert about["layers"] == "sim mix norm*2"
    assert (about["entity_heads"], about["entity_width"], about["cased"]) == (4, WIDTH, False)
    model = Model(backbone.load(str(tmp_path / "out")), vectors=str(vectors)).eval()
    graphs = [
        graph_of("the films was good in paris", "bob was", mentions=[(1, 1, "Film"), (5, 5, "Paris"), (6, 6, "Bob")]),
        graph_of("good bob"),
        graph_of("bob bob", mentions=[(1, 1, "Bob")]),
    ]
    layout = model.layout(to_rows(graphs))
    with torch.no_grad():
        found = model(model.collate(layout, np.arange(3))).pieces
    oracle, own = ByNumpy(released()), Vectors.open(vectors)
    cases = [
        ("[CLS] the film ##s was good in paris [SEP] bob was [SEP]", {2: "Film", 7: "Paris", 9: "Bob"}, 9),
        ("[CLS] good bob [SEP]", {}, 4),
        ("[CLS] bob bob [SEP]", {2: "Bob"}, 4),
    ]
    for row, (pieces, entities, second) in enumerate(cases):
        ids = [VOCABULARY.index(piece) for piece in pieces.split()]
        e, mask = np.zeros((len(ids), WIDTH)), np.zeros(len(ids))
        mask[0] = 1
        for place, name in entities.items():
            e[place], mask[place] = own.take(own.rows([name]))[0], 1
        expected = oracle(ids, [int(place >= second) for place in range(len(ids))], e, mask)
        np.testing.assert_allclose(found[row, : len(ids)].double().numpy(), expected, atol=2e-5)


def test_the_text_side_is_a_bert_for_any_tool(tmp_path: Path, graph_of: Callable[..., TextGraph]) -> None:
    tensors = released()
    convert_ernie(write(tmp_path / "released", tensors), tmp_path / "out")
    own = BertForPreTraining.from_pretrained(tmp_path / "out").state_dict()
    for name in own.keys() & tensors.keys():
        assert torch.equal(own[name], tensors[name]), name
    assert set(own.keys() - tensors.keys()) == {"cls.predictions.decoder.bias"}
    assert AutoModelForMaskedLM.from_pretrained(tmp_path / "out").config.num_hidden_layers == 4
    assert AutoTokenizer.from_pretrained(tmp_path / "out").tokenize("The FILMS") == ["the", "film", "##s"]
    model = Bert(backbone.load(str(tmp_path / "out"))).eval()
    layout = model.layout(to_rows([graph_of("the film")]))
    assert model(model.collate(layout, np.array([0]))).pieces.shape == (1, 4, HIDDEN)
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".json", ".safetensors"}


def test_the_head_that_names_entities_comes_along(
    vectors: Path, graph_of: Callable[..., TextGraph], tmp_path: Path
) -> None:
    """Its scores in a pre-training that goes on are those worked out from the file."""
    folder = write(tmp_path / "released", released())
    assert convert_ernie(folder, tmp_path / "out")["names_entities"]
    encoder, words, had_words = backbone.load_with_words(str(tmp_path / "out"))
    model = Pretraining(Model(encoder, vectors=str(vectors)), words, removed=0.0, replaced=0.0).eval()
    assert had_words
    layout = model.model.layout(to_rows([graph_of("bob was bob", mentions=[(0, 0, "Bob"), (2, 2, "Bob")])]))
    batch = model.model.collate(layout, np.arange(1))
    corrupted, asked = model.entities.corrupt(batch)
    with torch.no_grad():
        encoded = model.model(corrupted)
        scores = model.entities(encoded, corrupted, asked).scores.double().numpy()
    oracle = ByNumpy(released())
    hidden = oracle.linear("cls.predictions_ent.transform.dense", encoded.pieces[0, [1, 3]].double().numpy())
    hidden = hidden * 0.5 * (1 + erf(hidden / math.sqrt(2)))
    expected = oracle.norm("cls.predictions_ent.transform.LayerNorm", hidden) @ batch.vectors.double().numpy().T
    np.testing.assert_allclose(scores, expected, atol=2e-5)


def test_without_a_head_that_names_entities(tmp_path: Path) -> None:
    kept = {name: tensor for name, tensor in released().items() if "predictions_ent" not in name}
    assert not convert_ernie(write(tmp_path / "released", kept), tmp_path / "out")["names_entities"]
    assert not (tmp_path / "out" / "entity_guesses.safetensors").exists()


HEAD = "cls.predictions_ent.transform"


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({f"{HEAD}.dense.weight": torch.ones(3, 3)}, rf"{HEAD}\.dense\.weight of shape \[12, \d+\], found \[3, 3\]"),
        ({f"{HEAD}.LayerNorm.bias": torch.ones(3)}, rf"{HEAD}\.LayerNorm\.bias of shape \[12\], found \[3\]"),
        ({f"{HEAD}.more": torch.ones(3)}, r"the 4 tensors of the head that names entities, found 0 missing .*1 left"),
    ],
)
def test_a_head_that_does_not_fit(tensors: Tensors, message: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=message):
        convert_ernie(write(tmp_path / "released", released() | tensors), tmp_path / "out")


def test_a_vocabulary_with_capitals_keeps_case(tmp_path: Path) -> None:
    folder = write(tmp_path / "released", released())
    (folder / "vocab.txt").write_text("\n".join([*VOCABULARY[:-1], "Bob"]), encoding="utf-8")
    assert convert_ernie(folder, tmp_path / "out")["cased"]
    assert AutoTokenizer.from_pretrained(tmp_path / "out").tokenize("Bob bob") == ["Bob", "[UNK]"]


def without(name: str) -> Tensors:
    return {key: tensor for key, tensor in released().items() if key != name}


INTO = "bert.encoder.layer.1.intermediate.dense_ent.weight"


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (
            without("bert.encoder.layer.2.attention.self_ent.key.bias"),
            r"expected the 112 tensors of an ERNIE of the layers sim mix norm\*2, found 1 missing \(first "
            r"\['bert.encoder.layer.2.attention.self_ent.key.bias'\]\), 0 left over",
        ),
        (released() | {"classifier.weight": torch.ones(2)}, r"1 left over \(first \['classifier.weight'\]\)"),
        (
            released() | {"bert.pooler.dense.bias": torch.ones(3)},
            r"expected bert.pooler.dense.bias of shape \[16\], found \[3\]",
        ),
        (
            released() | {"bert.encoder.layer.3.intermediate.dense_ent.weight": torch.ones(INNER, 5)},
            r"expected bert.encoder.layer.3.intermediate.dense_ent.weight of shape \[24, 12\], found \[24, 5\]",
        ),
        (
            released() | {"cls.predictions.decoder.weight": torch.ones(len(VOCABULARY), HIDDEN)},
            "expected cls.predictions.decoder.weight to be bert.embeddings.word_embeddings.weight, found another one",
        ),
        (
            {name: tensor for name, tensor in released().items() if "dense_ent" not in name},
            r"expected an entity side \(intermediate.dense_ent.weight\), found none",
        ),
        (
            released() | {"bert.embeddings.LayerNorm.gamma": torch.ones(HIDDEN)},
            "expected every tensor once, found bert.embeddings.LayerNorm.weight by two names",
        ),
        ({"bert": Path("/")}, "expected a file of weights and nothing else, found"),
    ],
)
def test_other_tensors_than_those(tensors: dict[str, Any], message: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "released", tensors)
    with pytest.raises(StoreError, match=message):
        convert_ernie(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_may_be_missing(tmp_path: Path) -> None:
    """The tied layer, the entities' head, and what the last layer would write."""
    kept = {
        name: tensor
        for name, tensor in released().items()
        if not name.startswith(
            ("cls.predictions_ent", "cls.predictions.decoder", "bert.encoder.layer.3.output.dense_ent")
        )
    }
    assert convert_ernie(write(tmp_path / "released", kept), tmp_path / "out")["layers"] == "sim mix norm*2"


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        ({"layer_types": ["sim", "mix"]}, OptionsError, "layers: the encoder has 4, found 2 in 'sim mix'"),
        ({"layer_types": ["sim", "mix", "norm", "last"]}, OptionsError, "expected sim, mix or norm, .*found 'last'"),
        ({"layer_types": None}, StoreError, "ernie_config.json: expected a list as layer_types, found None"),
        ({"vocab_size": 30522}, StoreError, "vocab.txt: expected 30,522 pieces, as ernie_config.json says, found 13"),
    ],
)
def test_other_configurations(config: dict[str, Any], error: type[Exception], message: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=message):
        convert_ernie(write(tmp_path / "released", released(), **config), tmp_path / "out")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "ernie_config.json", "vocab.txt"])
def test_missing_files(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "released", released())
    (folder / name).unlink()
    with pytest.raises(DataError, match=rf"{name}: expected .*, found nothing there"):
        convert_ernie(folder, tmp_path / "out")


def test_heads_that_do_not_fit_and_a_folder_that_is_there(tmp_path: Path) -> None:
    folder = write(tmp_path / "released", released())
    with pytest.raises(OptionsError, match="entity_heads: expected a divisor of 12, the width of the vectors, found 5"):
        convert_ernie(folder, tmp_path / "out", heads=5)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").touch()
    with pytest.raises(OptionsError, match="out is there already: name another folder"):
        convert_ernie(folder, tmp_path / "out")


def test_what_is_no_checkpoint_of_ernie(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"ernie_config\.json: expected a checkpoint of ERNIE \(pytorch_model\.bin, .*\)"
    ):
        convert_ernie(tmp_path, tmp_path / "out")
