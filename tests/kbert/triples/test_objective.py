"""What a scorer is trained on: batches that seed and epoch decide, and losses by hand."""

from collections.abc import Callable

import pytest
import torch
from torch.nn.functional import cross_entropy, log_softmax

from graphs.errors import OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.types import Triple
from kbert.train import Settings
from kbert.triples.ids import LabelledIds, triples_of
from kbert.triples.model import FALSE, TRUE, TripleModel
from kbert.triples.objective import TripleObjective

NAMES = ["tim", "cook", "paris", "lyon", "beijing", "china", "good", "bad"]
TRAIN = [Triple(NAMES[i], "is", NAMES[(i + 1) % 8], split="train") for i in range(8)]
TRAIN += [Triple("tim", "city", "bad", split="train"), Triple("bad", "is", "bad", split="train", label=-1)]
SETTINGS = Settings(batch_size=12, precision="fp32")


@pytest.fixture(scope="module")
def kg(kg_of: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    return kg_of(TRAIN)


def objective(untrained: TripleModel, kg: KnowledgeGraph, **options: object) -> TripleObjective:
    train = triples_of(kg, "train")
    if options.get("loss") == "infonce":
        train = LabelledIds(train.true, train.label[train.label > 0])
    return TripleObjective(untrained, untrained.texts(kg), train, None, **{"negatives": 3} | options)


def rows(triples) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in triples.columns), strict=True))


def test_every_true_triple_once_with_its_false_ones(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    batches = objective(untrained, kg).batches(0, SETTINGS)
    assert max(map(len, batches)) <= 12
    train = triples_of(kg, "train")
    right = [row for batch in batches for row, target in zip(rows(batch.triples), batch.target, strict=True) if target]
    wrong = [row for batch in batches for row, t in zip(rows(batch.triples), batch.target, strict=True) if not t]
    assert sorted(right) == sorted(rows(train.true))
    assert len(wrong) == 3 * len(right) + 1
    assert not set(wrong) & set(right)
    assert rows(train.false)[0] in wrong


@pytest.mark.parametrize("loss", ["softmax", "infonce"])
def test_seed_and_epoch_decide(untrained: TripleModel, kg: KnowledgeGraph, loss: str) -> None:
    def drawn(epoch: int, seed: int) -> list[list[tuple[int, int, int]]]:
        made = objective(untrained, kg, loss=loss).batches(epoch, Settings(batch_size=12, seed=seed))
        return [rows(batch.triples) for batch in made]

    assert drawn(0, 0) == drawn(0, 0)
    assert drawn(0, 0) != drawn(1, 0)
    assert drawn(0, 0) != drawn(0, 1)


def test_softmax_judges_each_triple_by_itself(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    some = objective(untrained, kg)
    batch = some.batches(0, SETTINGS)[0]
    total, count = some.loss(untrained, batch, torch.no_grad)
    outputs = torch.from_numpy(untrained.outputs(untrained.texts(kg), batch.triples, precision=torch.float32))
    assert count == len(batch)
    torch.testing.assert_close(total, cross_entropy(outputs, torch.from_numpy(batch.target), reduction="sum"))


def test_infonce_sets_a_true_triple_against_its_false_ones(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    some = objective(untrained, kg, loss="infonce")
    true = set(rows(triples_of(kg, "train").true))
    batches = some.batches(0, SETTINGS)
    assert sorted(row for batch in batches for row in rows(batch.triples)[::4]) == sorted(true)
    batch = batches[0]
    assert len(batch) <= 12
    for i, row in enumerate(rows(batch.triples)):
        own = rows(batch.triples)[i - i % 4]
        assert (row in true) == (i % 4 == 0)
        assert i % 4 == 0 or sum(a != b for a, b in zip(row, own, strict=True)) == 1
    total, count = some.loss(untrained, batch, torch.no_grad)
    outputs = untrained.outputs(untrained.texts(kg), batch.triples, precision=torch.float32)
    margins = torch.from_numpy(outputs[:, TRUE] - outputs[:, FALSE]).view(-1, 4)
    assert count == len(margins)
    torch.testing.assert_close(total, -log_softmax(margins, 1)[:, 0].sum())


def test_infonce_wants_as_many_false_triples_for_each_true_one(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    with pytest.raises(OptionsError, match="infonce sets each true triple against as many false ones, and sides even"):
        TripleObjective(untrained, untrained.texts(kg), triples_of(kg, "train"), None, loss="infonce", sides="even")


def test_infonce_has_no_place_for_false_triples(untrained: TripleModel, kg: KnowledgeGraph) -> None:
    with pytest.raises(OptionsError, match="no place for the 1 false triples of train: take softmax"):
        TripleObjective(untrained, untrained.texts(kg), triples_of(kg, "train"), None, loss="infonce")
