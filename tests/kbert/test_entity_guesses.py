"""dEA: how alignments are corrupted, against what the paper says, and scores against numpy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import erf
from scipy.stats import binomtest

from graphs.errors import OptionsError
from graphs.tables import Ids
from kbert.entity_guesses import KEPT, REMOVED, REPLACED, EntityGuesses
from kbert.ernie.alignment import NONE
from kbert.layout import Encoded
from kbert.models.ernie import Batch

ENTITIES, WIDTH, PIECES = 50, 6, 9
TABLE = np.random.default_rng(0).normal(size=(ENTITIES, WIDTH)).astype(np.float32)


def vectors_of(rows: Ids) -> np.ndarray:
    return TABLE[rows]


def guesses(**options: float) -> EntityGuesses:
    torch.manual_seed(0)
    how = {"replaced": 0.05, "removed": 0.15, "extra_candidates": 0} | options
    return EntityGuesses(8, WIDTH, entities=ENTITIES, vectors_of=vectors_of, **how)


def batch_of(texts: int, linked: int, seed: int = 0) -> Batch:
    """Texts with the first piece and so many linked ones as slots, and one of padding."""
    random = np.random.default_rng(seed)
    rows = random.integers(ENTITIES, size=(texts, linked))
    wanted = np.concatenate((np.full((texts, 1), NONE), rows, np.full((texts, 1), NONE)), axis=1)
    distinct, entity = np.unique(np.append(wanted, NONE), return_inverse=True)
    vectors = np.zeros((len(distinct), WIDTH), np.float32)
    vectors[1:] = TABLE[distinct[1:]]
    slots = np.zeros((texts, linked + 2), np.int64)
    slots[:, 1:-1] = np.arange(linked) + 1
    seen = np.ones(slots.shape, bool)
    seen[:, -1] = False
    pieces = torch.ones(texts, max(PIECES, linked + 2), dtype=torch.long)
    return Batch(
        pieces, pieces * 0, pieces, pieces, [PIECES] * texts,
        slots=torch.from_numpy(slots), seen=torch.from_numpy(seen),
        entity=torch.from_numpy(entity[:-1].reshape(wanted.shape)),
        vectors=torch.from_numpy(vectors), rows=torch.from_numpy(distinct),
    )  # fmt: skip


def rows_in(batch: Batch) -> torch.Tensor:
    """The row of the table at each slot."""
    return batch.rows[batch.entity]


def test_what_becomes_of_alignments() -> None:
    """5 % another entity, 15 % removed, 80 % kept; nothing else is touched; labels are what was there before."""
    batch = batch_of(400, 50)
    corrupted, asked = guesses().corrupt(batch)
    linked = batch.entity > 0
    before, after = rows_in(batch)[linked], rows_in(corrupted)[linked]
    assert torch.equal(asked.slots, linked)
    assert torch.equal(corrupted.rows[asked.target], before)
    assert (after[asked.kind == KEPT] == before[asked.kind == KEPT]).all()
    assert (after[asked.kind == REMOVED] == NONE).all()
    changed = asked.kind == REPLACED
    assert (after[changed] != before[changed]).all()
    assert len(after[changed].unique()) == ENTITIES
    for kind, share in ((KEPT, 0.8), (REPLACED, 0.05), (REMOVED, 0.15)):
        assert binomtest(int((asked.kind == kind).sum()), 20_000, share).pvalue > 1e-4
    assert (corrupted.entity[~linked] == 0).all()
    assert torch.equal(corrupted.seen[~linked], batch.seen[~linked])
    assert torch.equal(corrupted.seen[linked], asked.kind != REMOVED)


@pytest.mark.parametrize("extra", [0, 200])
def test_vectors_of_the_corrupted_batch(extra: int) -> None:
    """Each entity once, none first, with its own vector; drawn ones are there too."""
    batch = batch_of(4, 3)
    corrupted, _ = guesses(replaced=0.5, extra_candidates=extra).corrupt(batch)
    assert corrupted.rows[0] == NONE
    assert (corrupted.rows.diff() > 0).all()
    assert torch.equal(corrupted.vectors[1:], torch.from_numpy(TABLE[corrupted.rows[1:].numpy()]))
    assert not corrupted.vectors[0].any()
    assert set(batch.rows.tolist()) <= set(corrupted.rows.tolist())
    assert len(corrupted.rows) > (40 if extra else len(batch.rows) - 1)


def test_scores_against_numpy() -> None:
    """Linear, gelu, LayerNorm, then the dot product with every candidate, none among them (vector 0)."""
    made, batch = guesses(), batch_of(3, 4)
    corrupted, asked = made.corrupt(batch)
    pieces = torch.randn(3, PIECES, 8)
    scores = made(Encoded(pieces, batch.word, batch.mask, batch.words), corrupted, asked).scores.detach().numpy()
    weight, bias = (p.detach().double().numpy() for p in made.transform.parameters())
    row = 0
    for text in range(3):
        for slot in range(1, 5):
            hidden = weight @ pieces[text, batch.slots[text, slot]].double().numpy() + bias
            hidden = hidden * (1 + erf(hidden / np.sqrt(2))) / 2
            hidden = (hidden - hidden.mean()) / np.sqrt(hidden.var() + 1e-12)
            np.testing.assert_allclose(scores[row], corrupted.vectors.double().numpy() @ hidden, atol=1e-4)
            row += 1
    assert row == len(scores) == len(asked.target)
    assert (scores[:, 0] == 0).all()


def test_a_batch_without_links() -> None:
    batch = batch_of(2, 0)
    corrupted, asked = guesses().corrupt(batch)
    assert torch.equal(corrupted.entity, batch.entity)
    encoded = Encoded(torch.randn(2, PIECES, 8), batch.word, batch.mask, batch.words)
    assert guesses()(encoded, corrupted, asked).scores.shape == (0, 1)


def test_vectors_are_not_learnt() -> None:
    made, batch = guesses(), batch_of(3, 4)
    corrupted, asked = made.corrupt(batch)
    encoded = Encoded(torch.randn(3, PIECES, 8), batch.word, batch.mask, batch.words)
    made(encoded, corrupted, asked).scores.sum().backward()
    assert corrupted.vectors.grad is None
    assert not corrupted.vectors.requires_grad
    assert all(parameter.grad is not None for parameter in made.parameters())


def test_a_table_of_one_entity_has_no_other() -> None:
    made = EntityGuesses(
        8, WIDTH, entities=1, vectors_of=lambda rows: TABLE[rows], replaced=1.0, removed=0.0, extra_candidates=0
    )
    batch = batch_of(1, 1)
    batch = replace(batch, rows=torch.tensor([NONE, 0]), vectors=torch.from_numpy(TABLE[[0, 0]]))
    assert made.corrupt(batch)[1].kind.tolist() == [KEPT]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replaced": -0.1}, r"replaced: expected at least 0 and at most 1, found -0\.1"),
        ({"replaced": 0.5, "removed": 0.6}, r"replaced \+ removed: expected at least 0 and at most 1, found 1\.1"),
        ({"extra_candidates": -1}, "extra_candidates: expected at least 0, found -1"),
    ],
)
def test_shares(options: dict[str, float], message: str) -> None:
    with pytest.raises(OptionsError, match=message):
        guesses(**options)
