"""A text as K-BERT reads it, for the terminal."""

from typing import TYPE_CHECKING, Literal

from cli import console

if TYPE_CHECKING:
    from graphs.types import TextGraph

WIDEST = 64
"""Pieces up to which the visible matrix is drawn; a wider one would not fit a terminal."""


def print_tree(
    graph: "TextGraph", *, encoder: str | None, max_facts: int, branch_text: Literal["relation tail", "tail"]
) -> None:
    """Print the text with its branches, the pieces with soft positions, and the visible matrix."""
    from rich.table import Table
    from rich.text import Text
    from rich.tree import Tree

    from kbert.planted import planted

    screen = console.stdout()
    tree = Tree(Text(" / ".join(graph.texts), style="bold"))
    for mention in graph.mentions:
        facts = graph.facts_of(mention.entity) if mention.entity is not None else []
        node = tree.add(
            Text(f"{graph.surface(mention)} → {mention.entity or 'NIL'} ({mention.linker}, {mention.score:.2f})")
        )
        for i, fact in enumerate(facts):
            style = "green" if i < max_facts else "dim"
            node.add(Text(f"{fact.relation_text} → {fact.tail_text}", style=style))
    screen.print(tree)
    laid = planted(graph, encoder=encoder, max_facts=max_facts, branch_text=branch_text)
    screen.print("pieces in flat order")
    pieces = Table()
    for name in ("place", "piece", "soft", "segment", "branch", "sees"):
        pieces.add_column(name, justify="left" if name == "piece" else "right")
    for row in laid.rows():
        pieces.add_row(*(Text(str(cell)) for cell in row))
    screen.print(pieces)
    if len(laid.names) > WIDEST:
        screen.print(f"(the visible matrix of {len(laid.names)} pieces is too wide to draw; up to {WIDEST} are)")
        return
    screen.print("visible matrix (row sees column)")
    for i, row in enumerate(laid.visible):
        screen.print(Text(f"{i:3d} " + "".join("█" if seen else "·" for seen in row) + f" {laid.names[i]}"))
