"""Triples as text: head, relation and tail between special pieces (Yao et al. 2019, figures 1 and 2).

``[CLS] head [SEP] relation [SEP] tail [SEP]`` with segments 0, 1, 0, or ``[CLS] head [SEP] tail
[SEP]`` with 0, 1 where the relation is asked for. Every text is cut into pieces once; a batch is
gathered from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Int
from torch import Tensor

from graphs.tables import Ids, Ints, offsets_of, ranges
from kbert.backbone import Backbone

TOGETHER = 2**14
"""Texts that are cut together: what a tokenizer gives of each takes forty times the memory of its pieces."""


@dataclass(frozen=True, eq=False)
class Phrases:
    """Texts as pieces, end to end; text ``i`` has ``ids[offsets[i]:offsets[i + 1]]``.

    ``gone`` says how many more each had before it was cut; None where none was.
    """

    offsets: Ids
    ids: Ints
    gone: Ints | None = None

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.offsets) - 1

    @cached_property
    def lengths(self) -> Ids:
        """Pieces of each text."""
        return np.diff(self.offsets)

    def made_of(self, piece: int | None) -> npt.NDArray[np.bool_]:
        """Which texts are this piece alone, once or more often."""
        if piece is None or not len(self.ids):
            return np.zeros(len(self), dtype=bool)
        others = np.concatenate(([0], np.cumsum(self.ids != piece)))
        return np.asarray((others[self.offsets[1:]] == others[self.offsets[:-1]]) & (self.lengths > 0))

    @property
    def whole(self) -> Ids:
        """Pieces that each text had before it was cut."""
        return self.lengths if self.gone is None else self.lengths + self.gone

    @classmethod
    def cut(cls, texts: Sequence[str], backbone: Backbone, *, most: int) -> "Phrases":
        """Cut texts into pieces, at most ``most`` of each; none is left of what the encoder cannot read."""
        parts = [cls(np.zeros(1, np.int64), np.empty(0, np.int32))]
        for start in range(0, len(texts), TOGETHER):
            pieces = backbone.text_pieces(texts[start : start + TOGETHER])
            whole = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
            kept = (piece for text in pieces for piece in text[:most])
            ids = np.fromiter(kept, dtype=np.int32, count=int(np.minimum(whole, most).sum()))
            gone = np.maximum(whole - most, 0).astype(np.int32)
            parts.append(cls(offsets_of(whole - gone), ids, gone if gone.any() else None))
        return cls.join(parts)

    @classmethod
    def join(cls, parts: Sequence["Phrases"]) -> "Phrases":
        """Several lists of texts as one."""
        lengths = np.concatenate([part.lengths for part in parts])
        some = [np.zeros(len(part), np.int32) if part.gone is None else part.gone for part in parts]
        gone = None if all(part.gone is None for part in parts) else np.concatenate(some)
        return cls(offsets_of(lengths), np.concatenate([part.ids for part in parts]), gone)

    def take(self, which: Ids) -> "Phrases":
        """Some of them, in that order."""
        lengths = self.lengths[which]
        gone = None if self.gone is None else self.gone[which]
        return Phrases(offsets_of(lengths), self.ids[ranges(self.offsets[which], lengths)], gone)


Parts = Sequence[tuple[Phrases, npt.NDArray[np.integer]]]
"""What is packed row by row: lists of texts, and which of each."""


@runtime_checkable
class TextSupply(Protocol):
    """The texts of all entities and relations of a graph, at hand or not."""

    @property
    def count(self) -> int:
        """How many entities there are."""

    def whole(self) -> "TripleTexts":
        """All of them."""

    def holding(self, entities: Ids) -> tuple["TripleTexts", Ids]:
        """Texts that hold at least those of some entities, with all relations, and which of them each entity's is."""


@dataclass(frozen=True, eq=False)
class TripleTexts:
    """The texts of entities and relations, by their ids: those of ``count`` entities, then those of the relations."""

    together: Phrases
    count: int

    @classmethod
    def of(cls, entities: Phrases, relations: Phrases) -> "TripleTexts":
        """From those of entities and those of relations."""
        return cls(Phrases.join((entities, relations)), len(entities))

    @cached_property
    def entities(self) -> Phrases:
        """Those of the entities; the same memory."""
        offsets = self.together.offsets[: self.count + 1]
        gone = None if self.together.gone is None else self.together.gone[: self.count]
        return Phrases(offsets, self.together.ids[: offsets[-1]], gone)

    @cached_property
    def relations(self) -> Phrases:
        """Those of the relations; the same memory."""
        offsets = self.together.offsets[self.count :]
        gone = None if self.together.gone is None else self.together.gone[self.count :]
        return Phrases(offsets - offsets[0], self.together.ids[offsets[0] :], gone)

    def whole(self) -> "TripleTexts":
        """Themselves."""
        return self

    def holding(self, entities: Ids) -> tuple["TripleTexts", Ids]:
        """All of them: they are at hand."""
        return self, entities


@dataclass
class Batch:
    """Packed texts, padded to the longest of them."""

    piece_ids: Int[Tensor, "batch pieces"]
    segments: Int[Tensor, "batch pieces"]
    mask: Int[Tensor, "batch pieces"]
    """1 on pieces, 0 on padding."""


class Packer:
    """Pack texts of one or more lists between special pieces, none longer than ``max_pieces``."""

    def __init__(self, backbone: Backbone, *, max_pieces: int) -> None:
        self._template, self._pad = backbone.template, backbone.pad_id
        self._max_pieces = min(max_pieces, backbone.max_positions)

    def special(self, parts: int) -> int:
        """How many special pieces stand around and between so many texts."""
        template = self._template
        return len(template.before) + (parts - 1) * len(template.between) + len(template.after)

    def room(self, parts: int) -> int:
        """Pieces there are for so many texts together."""
        return self._max_pieces - self.special(parts)

    def lengths(self, *parts: Ids) -> Ids:
        """How long packed texts are, special pieces included, from the lengths of their parts."""
        room = self.room(len(parts))
        return np.asarray(np.minimum(np.sum(parts, axis=0), room) + self._max_pieces - room, np.int64)

    def cut(self, parts: Parts) -> Ids:
        """How many pieces of each row there is no room for."""
        whole = np.sum([phrases.whole[which] for phrases, which in parts], axis=0)
        return np.asarray(np.maximum(whole - self.room(len(parts)), 0), np.int64)

    def __call__(self, parts: Parts) -> Batch:
        """Pack row by row one text of each list: ``(phrases, which of them)``."""
        own = np.stack([phrases.lengths[which] for phrases, which in parts], axis=1)
        kept = shorten(own, self.room(len(parts)))
        template, rows = self._template, len(own)
        lengths = self.lengths(*own.T)
        ids = np.full((rows, int(lengths.max(initial=0))), self._pad, dtype=np.int64)
        segments = np.zeros_like(ids)
        row = np.arange(rows)
        ids[:, : len(template.before)] = template.before
        start = np.full(rows, len(template.before))
        for number, (phrases, which) in enumerate(parts):
            count = kept[:, number]
            place = ranges(start, count)
            ids[np.repeat(row, count), place] = phrases.ids[ranges(phrases.offsets[which], count)]
            special = template.between if number + 1 < len(parts) else template.after
            end = start + count
            for offset, piece in enumerate(special):
                ids[row, end + offset] = piece
            if number % 2:
                width = count + len(special)
                segments[np.repeat(row, width), ranges(start, width)] = template.second
            start = end + len(special)
        mask = np.arange(ids.shape[1]) < lengths[:, None]
        return Batch(torch.from_numpy(ids), torch.from_numpy(segments), torch.from_numpy(mask.astype(np.int64)))


def cut_counts(cut: npt.ArrayLike) -> dict[str, int]:
    """How many triples lost pieces, and how many pieces, by what was cut off each."""
    return {"triples": int(np.count_nonzero(cut)), "pieces": int(np.sum(cut, dtype=np.int64))}


def shorten(lengths: npt.NDArray[np.integer], room: int) -> Ids:
    """How many pieces each part keeps: the longest loses one at a time, of equal ones the last.

    Args:
        lengths: ``[rows, parts]``, none of them 0
        room: pieces for all parts of a row, at least one a part
    """
    rows, parts = lengths.shape
    ordered = np.sort(lengths, axis=1)
    below = np.concatenate((np.zeros((rows, 1), np.int64), np.cumsum(ordered, axis=1)), axis=1)
    # With the k shortest parts whole, the others share what is left of the room evenly.
    level = (room - below[:, :-1]) // np.arange(parts, 0, -1)
    cut = ordered > level
    first = np.where(cut.any(1), cut.argmax(1), parts - 1)
    cap = np.where(cut.any(1), level[np.arange(rows), first], ordered[:, -1])[:, None]
    kept = np.minimum(lengths, cap)
    longer = lengths > cap
    spare = np.where(cut.any(1), room - kept.sum(1), 0)[:, None]
    return np.asarray(kept + (longer & (np.cumsum(longer, axis=1) <= spare)), np.int64)
