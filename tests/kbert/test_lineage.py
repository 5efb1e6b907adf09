"""How encoders were pre-trained is kept by the runs that begin with them."""

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import huggingface_hub.constants
import pytest

from graphs.corpus import Corpus
from graphs.digests import digests_of
from graphs.errors import OptionsError, StoreError
from graphs.texts import Texts
from kbert.lineage import check_carried, pretraining_of, texts_read, warn_of_other_control
from kbert.pretrain_run import PretrainPlan, pretrain
from kbert.runs import Run
from kbert.train import Settings
from kbert.train_run import Plan, train_run

SETTINGS = Settings(epochs=1, batch_size=4, precision="fp32")


@pytest.fixture
def entities(data: Path, encoder: Callable[[str], str], vectors_of: Callable[..., Path], tmp_path: Path) -> Path:
    """An encoder that read on twice: words, then entities."""
    texts = str(data / "train")
    pretrain(PretrainPlan("bert", encoder("bert"), texts, settings=SETTINGS), tmp_path / "words")
    options = {"vectors": str(vectors_of("tim cook", "beijing"))}
    plan = PretrainPlan("ernie", str(tmp_path / "words"), texts, model_options=options, settings=SETTINGS)
    pretrain(plan, tmp_path / "entities")
    return tmp_path / "entities"


def test_the_whole_way_is_kept(entities: Path, encoder: Callable[[str], str], plan: Plan, tmp_path: Path) -> None:
    first = pretraining_of(str(entities))
    assert first is not None
    said = json.loads((entities / "run.json").read_text(encoding="utf-8"))
    assert (first["plan"], first["carried"], first["train"]) == (said["plan"], said["carried"], said["train"])
    second = first["pretrained"]
    assert (second["plan"]["pretraining"], second["plan"]["encoder"]) == ("bert", encoder("bert"))
    assert second["pretrained"] is None
    train_run(replace(plan, model="bert", encoder=str(entities), model_options={}), tmp_path / "run")
    described = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert described["pretrained"] == first


def test_other_encoders_have_none(encoder: Callable[[str], str], plan: Plan, tmp_path: Path) -> None:
    assert pretraining_of(encoder("bert")) is None
    train_run(plan, tmp_path / "run")
    assert pretraining_of(str(tmp_path / "run")) is None


def test_a_damaged_folder(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"format": "kbert pretraining", "version": 1, "plan": {}}', encoding="utf-8")
    with pytest.raises(StoreError, match=r"run\.json: expected plan\.encoder, found nothing"):
        pretraining_of(str(tmp_path))


def test_the_vectors_must_be_those_it_learnt_with(
    entities: Path, plan: Plan, vectors_of: Callable[..., Path], tmp_path: Path
) -> None:
    others = str(vectors_of("tim cook", "beijing", seed=1))
    ernie = replace(plan, model="ernie", encoder=str(entities), model_options={"vectors": others})
    with pytest.raises(OptionsError, match="entities was pre-trained with other vectors: name the same, or another"):
        train_run(ernie, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    own = json.loads((entities / "run.json").read_text(encoding="utf-8"))["plan"]["model_options"]["vectors"]
    train_run(replace(ernie, model_options={"vectors": own}), tmp_path / "run")


@pytest.mark.parametrize(
    ("model", "given", "told"),
    [
        ("ernie", "none", True),
        ("ernie", "shuffled", False),
        ("bert", None, False),
        ("syntax", "none", False),  # random trees are another control than shuffled vectors
    ],
)
def test_another_control_than_the_encoder_learnt_with_is_said(
    model: str, given: str | None, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    now = {} if given is None else {"control": given}
    with caplog.at_level(logging.WARNING, logger="kbert"):
        before = {"plan": {"pretraining": "ernie", "model_options": {"control": "shuffled"}}}
        warn_of_other_control(model, now, before, "words")
        warn_of_other_control(model, now, None, "words")
    said = f"words was pre-trained with the control shuffled, and is trained with {given}"
    assert [record.getMessage() for record in caplog.records] == [said] * told


def test_nothing_to_compare_with() -> None:
    check_carried({"vectors": "1"}, None, "e")
    check_carried({"vectors": "1"}, {"carried": {}}, "e")
    check_carried({"vectors": "1"}, {"carried": {"vectors": "1"}}, "e")
    check_carried({}, {"carried": {"vectors": "1"}}, "e")


def test_texts_of_every_pretraining_are_known_again(
    data: Path, encoder: Callable[[str], str], plan: Plan, tmp_path: Path
) -> None:
    """Of the first encoder's texts and of the second's dev, when the run has none of the folders any more."""
    first = PretrainPlan("bert", encoder("bert"), str(data / "test"), settings=SETTINGS)
    pretrain(first, tmp_path / "first")
    second = replace(first, encoder=str(tmp_path / "first"), train=str(data / "train"), dev=str(data / "new"))
    pretrain(second, tmp_path / "second")
    classify = replace(plan, model="bert", encoder=str(tmp_path / "second"), model_options={}, settings=SETTINGS)
    train_run(classify, tmp_path / "run")
    for name in ("first", "second"):
        shutil.rmtree(tmp_path / name)
    measured = Run(tmp_path / "run").evaluate(data / "test", name="test")
    told = "(the encoder was pre-trained or chosen on them, without labels)"
    assert (measured["seen"], measured["protocol"].endswith(f"over all 3 texts of test.tsv {told}")) == (
        "pretrained",
        True,
    )
    new = (data / "new.txt").read_text(encoding="utf-8").splitlines()
    (tmp_path / "new.tsv").write_text("label\ttext\n" + "".join(f"good\t{text}\n" for text in new), encoding="utf-8")
    again = Run(tmp_path / "run").evaluate(Texts((str(tmp_path / "new.tsv"),)), name="new")
    assert again["protocol"].endswith(told)
    nobody = "label\ttext\ngood\ta city\n"
    (tmp_path / "other.tsv").write_text(nobody, encoding="utf-8")
    assert Run(tmp_path / "run").evaluate(Texts((str(tmp_path / "other.tsv"),)), name="other")["seen"] == "held out"


def test_one_of_the_hub(
    data: Path,
    encoder: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As it lies in the cache of the hub, which is asked nothing."""
    pretrain(PretrainPlan("bert", encoder("bert"), str(data / "test"), settings=SETTINGS), tmp_path / "words")
    commit, repository = "0" * 40, tmp_path / "hub" / "models--some--words"
    shutil.copytree(tmp_path / "words", repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text(commit, encoding="utf-8")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    pretrained = pretraining_of("some/words")
    assert pretrained is not None
    assert pretrained == pretraining_of(str(tmp_path / "words"))
    read = texts_read("some/words", pretrained)
    assert read is not None
    assert set(read.tolist()) == set(digests_of(Corpus.open(data / "test").batches()).tolist())
    assert not caplog.records
    (repository / "snapshots" / commit / "texts.safetensors").unlink()
    assert texts_read("some/words", pretrained) is None
    (repository / "snapshots" / commit / "run.json").unlink()
    assert pretraining_of("some/words") is None
    assert [record.message.partition("; until then ")[2] for record in caplog.records] == [
        "some/words counts as an encoder without it"
    ] * 2


def test_texts_that_were_not_kept(data: Path, encoder: Callable[[str], str], tmp_path: Path) -> None:
    assert texts_read("bert-base-uncased", None) is None
    pretrain(PretrainPlan("bert", encoder("bert"), str(data / "test"), settings=SETTINGS), tmp_path / "words")
    pretrained = pretraining_of(str(tmp_path / "words"))
    assert pretrained is not None
    read = texts_read(str(tmp_path / "words"), pretrained)
    assert read is not None
    assert len(read) == 3
    assert texts_read(str(tmp_path / "words"), {**pretrained, "pretrained": pretrained}) is None
    (tmp_path / "words" / "texts.safetensors").unlink()
    assert texts_read(str(tmp_path / "words"), pretrained) is None
