"""The dependency arcs of texts, laid beside their pieces; and random trees to compare them with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.corpus import Column, texts_of
from graphs.errors import DataError
from graphs.tables import Ids, Ints
from kbert.layers.messages import UNKNOWN
from kbert.layout import Columns
from kbert.trunk import Trunk

NO_HEAD = -1
"""Stands for the head of a piece that has none of its own: of a root, of all but a word's first piece."""

Control = Literal["none", "shuffled"]


def labels_of(batches: Iterable[pa.RecordBatch]) -> list[str]:
    """Every label of an arc between two words, sorted.

    Raises :class:`DataError` for one with white space in it, and where there is no arc at all.
    """
    found: dict[str, None] = {}
    for rows in batches:
        arcs = Column(rows, "arcs")
        is_arc = arcs.numbers("head") >= 0
        labels = arcs.strings("label").filter(pa.array(is_arc))
        for label in labels.unique().to_pylist():
            if label.split() != [label]:
                row = arcs.rows()[is_arc][labels.to_pylist().index(label)]
                raise DataError(_named(rows, int(row)), None, "labels of arcs without white space", repr(label))
            found[label] = None
    if not found:
        expected = "dependency arcs in the training texts (kbert graph build --parser spacy, or conllu)"
        raise DataError("text graphs", None, expected, "none")
    return sorted(found)


def lay_arcs(
    rows: pa.RecordBatch, trunk: Trunk, labels: Sequence[str] | None, *, control: Control = "none"
) -> tuple[Columns, Mapping[str, int]]:
    """The head of each word and the label of the arc between them, at the word's first piece; and what was counted.

    A head is the position of a word in its row. Words that were cut off are dropped with their arcs. Without
    ``labels`` (None) all arcs are of one kind, ``UNKNOWN``. With the control ``shuffled`` each sentence has a random
    tree over the same words, with the same labels in another order.

    Raises :class:`DataError` for a word with two heads, for a cycle, and for an arc to or from a word that there is
    not.
    """
    arcs = Column(rows, "arcs")
    is_arc = arcs.numbers("head") >= 0
    row = arcs.rows()[is_arc].astype(np.int64)
    head, dependent = (arcs.numbers(name)[is_arc].astype(np.int64) for name in ("head", "dependent"))
    label = arcs.strings("label").filter(pa.array(is_arc))
    _check(rows, trunk, row, head, dependent)
    kept = (trunk.count[trunk.token_offsets[row] + dependent] > 0) & (trunk.count[trunk.token_offsets[row] + head] > 0)
    lost = int((~kept).sum())
    row, head, dependent, label = row[kept], head[kept], dependent[kept], label.filter(pa.array(kept))
    if control == "shuffled":  # what is left, so that as many arcs are read as there are of the text's own
        head, dependent, order = _shuffled(rows, row, head, dependent)
        label = label.take(pa.array(order))
    kind, unknown = _numbers(label, labels)
    columns: Columns = {name: np.full(len(trunk.piece_ids), NO_HEAD, dtype=np.int32) for name in ("head", "arc")}
    first = trunk.first[trunk.token_offsets[row] + dependent]
    columns["head"][first], columns["arc"][first] = head, kind
    counts = {
        "arcs": len(row),
        "cut_arcs": lost,
        "unknown_labels": int(unknown.sum()),
        "texts_linked": len(np.unique(row)),
    }
    return columns, counts


def _check(rows: pa.RecordBatch, trunk: Trunk, row: Ids, head: Ids, dependent: Ids) -> None:
    """Raise :class:`DataError` unless every word has one head at most, all are words of their row, and none is its own.

    Heads of heads are looked up until every word has come to a root: twice as far each time.
    """
    words = np.diff(trunk.token_offsets)[row]
    outside = (dependent < 0) | (np.maximum(head, dependent) >= words)
    if outside.any():
        i = int(outside.argmax())
        found = f"one from {head[i]} to {dependent[i]}"
        raise DataError(_named(rows, int(row[i])), None, f"arcs among its {words[i]} words", found)
    own = trunk.token_offsets[row] + dependent
    order = np.argsort(own, kind="stable")
    twice = np.flatnonzero(np.diff(own[order]) == 0)
    if len(twice):
        i = int(order[twice[0]])
        raise DataError(_named(rows, int(row[i])), None, "one head a word at most", f"two of word {dependent[i]}")
    root = int(trunk.token_offsets[-1])
    above = np.full(root + 1, root)
    above[own] = trunk.token_offsets[row] + head
    for _ in range(int(words.max(initial=0)).bit_length()):
        above = above[above]
    turning = np.flatnonzero(above[own] != root)
    if len(turning):
        i = int(turning[0])
        raise DataError(_named(rows, int(row[i])), None, "trees of words", f"a cycle above word {dependent[i]}")


def _named(rows: pa.RecordBatch, row: int) -> str:
    return f"text {rows.column('id')[row]}"


def _numbers(label: pa.StringArray, labels: Sequence[str] | None) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """The number of each label, and which are unknown."""
    if labels is None:
        return np.zeros(len(label), dtype=np.int32), np.zeros(len(label), dtype=bool)
    coded = label.dictionary_encode()
    place = {name: number for number, name in enumerate(labels, UNKNOWN + 1)}
    numbers = np.array([place.get(name, UNKNOWN) for name in coded.dictionary.to_pylist()], dtype=np.int32)
    found = numbers[np.asarray(coded.indices)] if len(label) else np.zeros(0, dtype=np.int32)
    return found, found == UNKNOWN


def _shuffled(rows: pa.RecordBatch, row: Ids, head: Ids, dependent: Ids) -> tuple[Ids, Ids, Ids]:
    """A random tree for each sentence: heads and dependents, and whose label each arc now has.

    What is drawn hangs on the words of the row alone, wherever the row stands.
    """
    texts, first_text = texts_of(rows)
    new_head, new_dependent, order = head.copy(), dependent.copy(), np.arange(len(head))
    sentence = _sentences(rows)
    token_offsets = Column(rows, "tokens").offsets
    bounds = np.searchsorted(row, np.arange(rows.num_rows + 1))
    for number in range(rows.num_rows):
        own = np.arange(bounds[number], bounds[number + 1])
        content = "\0".join(texts[first_text[number] : first_text[number + 1]])
        generator = np.random.default_rng(crc32(content.encode("utf-8", "surrogatepass")))
        of = sentence[token_offsets[number] + dependent[own]]
        for one in np.unique(of):
            some = own[of == one]
            words = np.unique(np.concatenate((head[some], dependent[some])))
            new_head[some], new_dependent[some] = random_tree(words, len(some), generator)
            order[some] = generator.permutation(some)
    return new_head, new_dependent, order


def random_tree(words: Ids, arcs: int, generator: np.random.Generator) -> tuple[Ids, Ids]:
    """Heads and dependents of so many arcs that make a random tree over words (or several, where arcs are fewer).

    Words come in random order, and each hangs on one that came before.
    """
    order = generator.permutation(words)
    roots = max(len(words) - arcs, 1)
    later = np.arange(roots, roots + arcs)
    return order[generator.integers(later)], order[later]


def _sentences(rows: pa.RecordBatch) -> Ids:
    """A number for the sentence of each token, within its row; tokens outside of all are numbered by their text."""
    tokens, sentences = Column(rows, "tokens"), Column(rows, "sentences")
    width = 1 + max(int(part.numbers("end").max(initial=0)) for part in (tokens, sentences))
    starts, own = (
        (part.rows().astype(np.int64) * 2 + part.numbers("text")) * width + part.numbers("start")
        for part in (sentences, tokens)
    )
    text = tokens.rows().astype(np.int64) * 2 + tokens.numbers("text")
    place = np.searchsorted(starts, own, side="right") - 1
    inside = (place >= 0) & (starts[np.maximum(place, 0)] // width == text) if len(starts) else np.zeros(len(own), bool)
    return np.asarray(np.where(inside, place, -1 - text))
