"""Released checkpoints on the command line: converted, and trained from."""

import json

import pytest
import torch
from transformers import BertConfig, BertForPreTraining

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
WIDTH = 8


@pytest.fixture
def released(encoder, tmp_path):
    """A checkpoint of two layers, mix and norm, that knows the words of the sample data."""
    vocabulary = json.loads((encoder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    folder = tmp_path / "released"
    folder.mkdir()
    config = {**SIZES, "vocab_size": len(vocabulary)}
    pieces = sorted(vocabulary, key=vocabulary.get)
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    (folder / "ernie_config.json").write_text(json.dumps({**config, "layer_types": ["mix", "norm"]}))
    torch.manual_seed(0)
    tensors = BertForPreTraining(BertConfig(**config)).state_dict()
    del tensors["cls.predictions.decoder.bias"]
    for layer in ("bert.encoder.layer.0", "bert.encoder.layer.1"):
        shapes = {
            "intermediate.dense_ent": (48, WIDTH),
            "output.dense_ent": (WIDTH, 48),
            "output.LayerNorm_ent": (WIDTH,),
        }
        if layer.endswith("1"):
            shapes |= {f"attention.self_ent.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
            shapes |= {"attention.output_ent.dense": (WIDTH, WIDTH), "attention.output_ent.LayerNorm": (WIDTH,)}
        for name, shape in shapes.items():
            tensors |= {f"{layer}.{name}.weight": torch.randn(shape), f"{layer}.{name}.bias": torch.randn(shape[:1])}
    torch.save(tensors, folder / "pytorch_model.bin")
    return folder


def test_from_a_checkpoint_to_a_run(kbert, released, graphs, kg, tmp_path):
    about = kbert("convert", "ernie", released, "-o", tmp_path / "ernie", "--json").json
    assert (about["layers"], about["entity_heads"], about["entity_width"], about["cased"]) == (
        "mix norm",
        4,
        WIDTH,
        False,
    )
    kbert("kg", "embed", kg, "--method", "transe", "--width", WIDTH, "--epochs", "1", "-o", tmp_path / "vectors", "-q")
    words = ("--task", "classify", "--encoder", tmp_path / "ernie", "--train", graphs / "own" / "dev", "--epochs", "1")
    kbert("train", "ernie", *words, "--vectors", tmp_path / "vectors", "-o", tmp_path / "run", "-q")
    options = json.loads((tmp_path / "run" / "config.json").read_text(encoding="utf-8"))["model_options"]
    assert (options["layers"], options["entity_heads"]) == ("mix norm", 4)
    kbert("train", "bert", *words, "-o", tmp_path / "bert", "-q")
    others = ("--layers", "norm norm", "--vectors", tmp_path / "vectors", "-o", tmp_path / "other", "-q")
    refused = kbert("train", "ernie", *words, *others, code=2).stderr
    assert refused.endswith("has an entity side of its own, with layers mix norm: it cannot have norm*2\n")


def test_what_is_shown(kbert, released, tmp_path):
    shown = kbert("convert", "ernie", released, "-o", tmp_path / "ernie", "--entity-heads", "2", "-q")
    assert shown.stderr == ""
    for row in ("layers", "entity width", "cased", "text parameters"):
        assert row in shown.stdout
    assert "is there already" in kbert("convert", "ernie", released, "-o", tmp_path / "ernie", code=2).stderr
    assert "nothing there" in kbert("convert", "ernie", tmp_path / "none", "-o", tmp_path / "x", code=1).stderr
