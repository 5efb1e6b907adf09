"""The head that names hidden words, against the masked language models of transformers themselves."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForMaskedLM

from graphs.errors import UnavailableError
from kbert.backbone import load, load_with_words

KINDS = ["bert", "roberta", "distilbert", "modernbert", "deberta-v2", "convbert", "roformer"]


@pytest.mark.parametrize("kind", KINDS)
def test_as_the_whole_model(encoder: Callable[[str], str], kind: str, tmp_path: Path) -> None:
    """A new head is told, and what is saved scores words as the model of transformers does that loads it."""
    torch.manual_seed(0)
    backbone, head, had = load_with_words(encoder(kind))
    assert not had
    head.save(backbone, tmp_path)
    whole = AutoModelForMaskedLM.from_pretrained(tmp_path).eval()
    again, other, had = load_with_words(str(tmp_path))
    assert had
    ids = torch.randint(5, 60, (2, 9), generator=torch.Generator().manual_seed(1))
    inputs = ids, torch.arange(9).expand(2, 9), torch.zeros_like(ids), torch.ones_like(ids)
    with torch.no_grad():
        expected = whole(input_ids=ids).logits.flatten(0, 1)
        for encoder_, words in ((backbone.eval(), head.eval()), (again.eval(), other.eval())):
            torch.testing.assert_close(words(encoder_(*inputs).flatten(0, 1)), expected)
            torch.testing.assert_close(words(encoder_(*inputs)[1, 2:4]), expected.view(2, 9, -1)[1, 2:4])


def test_the_encoder_alone_is_the_same(encoder: Callable[[str], str], tmp_path: Path) -> None:
    plain, (backbone, head, _) = load(encoder("bert")), load_with_words(encoder("bert"))
    head.save(backbone, tmp_path)
    for other in (backbone, load(str(tmp_path))):
        assert other.state_dict().keys() == plain.state_dict().keys()
        assert all(torch.equal(value, other.state_dict()[name]) for name, value in plain.state_dict().items())
        assert other.config["hidden_size"] == plain.config["hidden_size"]


def test_the_vectors_of_pieces_are_shared(encoder: Callable[[str], str]) -> None:
    backbone, head, _ = load_with_words(encoder("bert"))
    own = {id(parameter) for parameter in backbone.parameters()}
    assert sum(id(parameter) in own for parameter in head.parameters()) == 1
    head(torch.ones(1, backbone.width)).sum().backward()
    assert backbone.encoder.get_input_embeddings().weight.grad is not None


def test_what_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"cannot be loaded: the folder has no config\.json"):
        load_with_words(str(tmp_path))


def test_files_are_whole_or_not_there(
    encoder: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written beside: what broke off in the middle leaves the checkpoint that was there, and the head goes on."""
    backbone, head, _ = load_with_words(encoder("bert"))
    head.save(backbone, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken(folder: str) -> None:
        (Path(folder) / "tokenizer.json").write_text("half")
        raise OSError("no space left")

    torch.nn.init.normal_(next(backbone.parameters()))
    with monkeypatch.context() as patched:
        patched.setattr(backbone.tokenizer, "save_pretrained", broken)
        with pytest.raises(OSError, match="no space left"):
            head.save(backbone, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert head(torch.randn(2, backbone.width)).shape[0] == 2
