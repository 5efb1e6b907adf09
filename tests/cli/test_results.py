"""What is said of cuts, of the linked share and of figures."""

from cli.results import (
    cut_rows,
    cut_something_rows,
    difference_cell,
    interval_cell,
    linked_rows,
    mean_cell,
    say_cut,
    say_no_knowledge,
)

CUT = {"pieces": 1_200, "texts": 3, "branches": 0, "grown": 7, "texts_linked": 4}


def test_rows():
    assert cut_rows({"pieces": 0, "texts": 0}, " in dev") == [("texts cut in dev", "0"), ("pieces cut off in dev", "0")]
    assert cut_something_rows({"pieces": 3, "texts": 0}, " in dev") == [("pieces cut off in dev", "3")]
    assert [name for name, _ in cut_rows(CUT)] == [
        "branches grown",
        "branches without room",
        "texts cut",
        "pieces cut off",
    ]
    assert linked_rows(0.5, " of train") == [("linked share of train", "50.0%")]
    assert linked_rows(None) == []


def test_cells_of_figures():
    assert [mean_cell(0.5, None), mean_cell(0.5, 0.01)] == ["0.5000", "0.5000 ± 0.0100"]
    assert [difference_cell(None), difference_cell(-0.25)] == ["", "-0.2500"]
    assert [interval_cell(None, 1.0), interval_cell(-0.5, 0.25)] == ["", "[-0.5000, +0.2500]"]
    assert interval_cell(0.5, 0.75, "") == "[0.5000, 0.7500]"


def test_only_what_was_cut_is_said(capsys):
    say_cut({"pieces": 0, "texts": 0, "grown": 5})
    say_cut(CUT)
    assert capsys.readouterr().err == "for want of room: 3 texts cut, 1,200 pieces cut off\n"


def test_no_knowledge(capsys):
    say_no_knowledge(None)
    say_no_knowledge(0.05)
    assert capsys.readouterr().out == ""
    say_no_knowledge(0.01)
    assert capsys.readouterr().out.startswith("No knowledge was injected (only 1.0% of the texts took any in), so")
