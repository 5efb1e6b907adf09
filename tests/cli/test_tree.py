"""A text as K-BERT reads it, printed."""

import pytest

from cli.tree import LONGEST, WIDEST, print_tree
from graphs.types import Entity, Fact, Mention, TextGraph, Token
from kbert.flat_tree import flat_tree


def words(*texts):
    tokens = []
    for number, text in enumerate(texts):
        start = 0
        for word in text.split():
            tokens.append(Token(number, start, start + len(word)))
            start += len(word) + 1
    return tuple(tokens)


@pytest.fixture
def tim_cook():
    text = "Tim Cook is visiting Beijing now"
    return TextGraph(
        id="1",
        texts=(text,),
        tokens=words(text),
        mentions=(Mention(0, 0, 8, "Tim Cook"), Mention(0, 21, 28, "Beijing"), Mention(0, 29, 32, None, 0.0, "spacy")),
        entities=(Entity("Tim Cook", "Tim Cook"), Entity("Beijing", "Beijing")),
        facts=(
            Fact(0, "CEO", "CEO", "Apple", "Apple"),
            Fact(1, "capital", "capital", "China", "China"),
            Fact(1, "is_a", "is_a", "City", "City"),
            Fact(1, "twin", "twin", "Rome", "Rome"),
        ),
    )


def test_the_worked_example_of_the_paper(tim_cook, capsys):
    print_tree(tim_cook, flat_tree(tim_cook), max_facts=2, whole=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:9] == [
        "Tim Cook is visiting Beijing now",
        "├── Tim Cook → Tim Cook (given, 1.00)",
        "│   └── CEO → Apple",
        "├── Beijing → Beijing (given, 1.00)",
        "│   ├── capital → China",
        "│   ├── is_a → City",
        "│   └── twin → Rome (no branch)",
        "└── now → nothing in the graph (spacy, 0.00)",
        "pieces in flat order",
    ]
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│ ")][4:]
    names = "[CLS] Tim Cook CEO Apple is visiting Beijing capital China is_a City now [SEP]"
    assert " ".join(row[1] for row in rows) == names
    assert [int(row[2]) for row in rows] == [0, 1, 2, 3, 4, 3, 4, 5, 6, 7, 6, 7, 6, 7]
    assert [row[4] for row in rows] == ["", "", "", "1", "1", "", "", "", "2", "2", "3", "3", "", ""]
    assert rows[3][5] == "·████·········"
    assert rows[8][5] == "·······███····"


def test_long_texts_are_counted_instead_of_drawn(capsys):
    text = " ".join(f"w{i}" for i in range(WIDEST))
    graph = TextGraph(id="1", texts=(text,), tokens=words(text))
    print_tree(graph, flat_tree(graph), max_facts=2, whole=False)
    shown = capsys.readouterr().out
    assert "█" not in shown
    assert "sees so many" in shown
    assert str(WIDEST + 2) in shown


def test_a_matrix_that_does_not_fit_the_terminal_is_not_drawn(tim_cook, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    print_tree(tim_cook, flat_tree(tim_cook), max_facts=2, whole=False)
    shown = capsys.readouterr().out
    assert "█" not in shown
    assert "sees so many" in shown


def test_very_long_texts_are_listed_in_part_unless_all_is_asked_for(capsys):
    text = " ".join(f"w{i}" for i in range(LONGEST + 50))
    graph = TextGraph(id="1", texts=(text,), tokens=words(text))
    flat = flat_tree(graph)
    print_tree(graph, flat, max_facts=2, whole=False)
    shown = capsys.readouterr().out
    assert "… and 52 more (--all shows them)" in shown
    assert f" w{LONGEST - 2} " in shown
    assert f" w{LONGEST} " not in shown.partition("pieces in flat order")[2]
    print_tree(graph, flat, max_facts=2, whole=True)
    shown = capsys.readouterr().out
    assert "[SEP]" in shown
    assert "more (" not in shown


def test_pairs_show_both_texts_and_their_segments(capsys):
    graph = TextGraph(id="1", texts=("a b", "c"), tokens=words("a b", "c"))
    print_tree(graph, flat_tree(graph), max_facts=2, whole=False)
    shown = capsys.readouterr().out
    assert shown.startswith("a b / c\n")
    rows = [
        [cell.strip() for cell in line.strip("│").split("│")] for line in shown.splitlines() if line.startswith("│ ")
    ]
    assert [row[3] for row in rows] == ["0", "0", "0", "0", "1", "1"]


def test_hostile_text_does_not_steer_the_terminal(capsys):
    text = "[red]a[/red] \x1b[31mb c"
    graph = TextGraph(
        id="1",
        texts=(text,),
        tokens=words(text),
        mentions=(Mention(0, 0, 12, "\x1b]0;x\x07"),),
        entities=(Entity("\x1b]0;x\x07", "a"),),
        facts=(Fact(0, "r", "[b]r[/b]\x9b", "t", "t\nu"),),
    )
    print_tree(graph, flat_tree(graph), max_facts=2, whole=False)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown
    assert r"[red]a[/red] \x1b[31mb c" in shown
    assert r"[b]r[/b]\x9b → t\nu" in shown
