"""Adagrad row by row, against PyTorch's on the whole table."""

import torch

from kbert.entities.row_adagrad import AdagradTable


def test_as_on_the_whole_table() -> None:
    torch.manual_seed(0)
    values = torch.randn(6, 3)
    whole = torch.nn.Parameter(values.clone())
    other = torch.optim.Adagrad([whole], lr=0.5, eps=1e-10)
    table = AdagradTable(values.clone())
    for rows in (torch.tensor([0, 2, 5]), torch.tensor([2, 3]), None, torch.tensor([1])):
        weight = torch.randn(6, 3)
        taken = table.take(rows)
        (taken.sin() * (weight if rows is None else weight[rows])).sum().backward()
        table.step(rows, taken, 0.5)
        other.zero_grad()
        some = whole if rows is None else whole[rows]
        (some.sin() * (weight if rows is None else weight[rows])).sum().backward()
        other.step()
        torch.testing.assert_close(table.values, whole.detach())


def test_without_a_slope_nothing_changes() -> None:
    table = AdagradTable(torch.ones(2, 2))
    table.step(None, table.take(None), 1.0)
    assert torch.equal(table.values, torch.ones(2, 2))
