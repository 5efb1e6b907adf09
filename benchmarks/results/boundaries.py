"""Numbers of words that were made up to be learnt: how strong the boundary behind each word of a parsed text is.

Every word with dependents is the head of a phrase, from the first word below it to the last. A phrase adds
1 / (1 + depth) to the boundary behind its last word and to the one before its first, depth being the number of arcs
from its head up to the root: boundaries of large phrases are strong, those of small ones deep inside are weak. Where
nothing begins or ends the boundary is 0. Speakers pause at boundaries of phrases, but this is no measured prosody: it
says whether a model can tell what the parse says, and nothing about speech.

Run with ``GRAPHS FILE.jsonl``: a folder of parsed text graphs, and where tokens and numbers go.
"""

import json
import sys
from pathlib import Path

from graphs.corpus import Corpus


def strengths(heads: list[int]) -> list[float]:
    """The strength behind each word; the head of a root is -1. Raises ``ValueError`` for a cycle."""
    first, last, depth = list(range(len(heads))), list(range(len(heads))), [0] * len(heads)
    for word in range(len(heads)):
        above = word
        while (above := heads[above]) >= 0:
            first[above], last[above] = min(first[above], word), max(last[above], word)
            depth[word] += 1
            if depth[word] > len(heads):
                raise ValueError(f"a cycle above word {word}")
    strong = [0.0] * len(heads)
    for word in range(len(heads)):
        if first[word] < last[word]:
            weight = 1 / (1 + depth[word])
            strong[last[word]] += weight
            if first[word]:
                strong[first[word] - 1] += weight
    return strong


def main() -> None:
    graphs, out = sys.argv[1:]
    with Path(out).open("w", encoding="utf-8") as file:
        for graph in Corpus.open(graphs):
            if not graph.arcs:
                raise SystemExit(f"{graph.id} is not parsed (kbert graph build --parser spacy)")
            heads = [-1] * len(graph.tokens)
            for arc in graph.arcs:
                heads[arc.dependent] = arc.head
            tokens = [graph.surface(token) for token in graph.tokens]
            file.write(json.dumps({"id": graph.id, "tokens": tokens, "values": strengths(heads)}) + "\n")


if __name__ == "__main__":
    main()
