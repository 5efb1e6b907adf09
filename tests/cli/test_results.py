"""What is said of cuts and of the linked share."""

from cli.results import cut_rows, cut_something_rows, linked_rows, say_cut, say_no_knowledge

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
