"""A text as K-BERT reads it, for the terminal."""

from typing import TYPE_CHECKING

from cli import console

if TYPE_CHECKING:
    from graphs.types import TextGraph
    from kbert.flat_tree import FlatTree

WIDEST = 64
"""Pieces up to which the visible matrix is drawn, where it fits."""

BESIDE = 60
"""Columns that everything beside the matrix takes."""

LONGEST = 200
"""Pieces that are listed at most, unless all are asked for."""


def print_tree(graph: "TextGraph", flat: "FlatTree", *, max_facts: int, whole: bool) -> None:
    """Print the text with its branches, then its pieces: soft positions, and which piece sees which."""
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(console.plain(" / ".join(graph.texts)), style="bold"))
    for mention in graph.mentions:
        facts = graph.facts_of(mention.entity) if mention.entity is not None else []
        named = f"{graph.surface(mention)} → {mention.entity or 'nothing in the graph'}"
        node = tree.add(Text(console.plain(f"{named} ({mention.linker}, {mention.score:.2f})")))
        for i, fact in enumerate(facts):
            said = console.plain(f"{fact.relation_text} → {fact.tail_text}")
            node.add(Text(said if i < max_facts else f"{said} (no branch)", style="green" if i < max_facts else "dim"))
    console.show(tree)
    _print_pieces(flat, len(flat.names) if whole else LONGEST)


def _print_pieces(flat: "FlatTree", most: int) -> None:
    drawn = len(flat.names) <= min(WIDEST, console.width() - BESIDE)
    rows = []
    for place, name, soft, segment, branch, sees in list(flat.rows())[:most]:
        matrix = "".join("█" if seen else "·" for seen in flat.visible[place]) if drawn else f"{sees:,}"
        rows.append((str(place), name, str(soft), str(segment), str(branch or ""), matrix))
    seen = "sees (the visible matrix)" if drawn else "sees so many"
    header = ("place", "piece", "soft position", "segment", "branch", seen)
    console.table("pieces in flat order", header, rows, right=(0, 2, 3, 4) if drawn else (0, 2, 3, 4, 5))
    if len(flat.names) > len(rows):
        console.line(f"… and {len(flat.names) - len(rows):,} more (--all shows them)")
    if any(flat.cut.values()):
        cut = ", ".join(f"{what} {count:,}" for what, count in flat.cut.items() if count)
        console.line(f"found no room: {cut} (--max-pieces, or the positions that the encoder knows)")
