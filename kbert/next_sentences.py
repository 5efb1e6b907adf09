"""Next sentences: does the second half of a text go on from the first? (Devlin et al. 2019, section 3.1, task 2)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from graphs.corpus import Column, texts_of
from graphs.errors import DataError
from graphs.options import check_range
from graphs.tables import Ids, offsets_of
from kbert.backbone import Backbone
from kbert.guesses import Guesses
from kbert.layout import Columns, Encoded, Layout
from kbert.trunk import SPECIAL

SENTENCE = "sentence"
"""The column of a layout that says of each piece in which sentence of its text it is.

``SPECIAL``: in none, as special pieces are and all pieces of two texts, which nothing is cut from.
"""

NEXT, OTHER = 0, 1

NOBODY = torch.empty(0, dtype=torch.long)
"""Texts asked about where none is."""


@dataclass
class Paired:
    """A batch of which some texts are asked whether their second half goes on from the first."""

    batch: Any
    asked: Int[Tensor, " items"]
    target: Int[Tensor, " items"]


class NextSentences(nn.Module):
    """Cut texts in two between sentences, change half of the second halves among each other, and tell which.

    A text of one sentence is read as it is and not asked about; so is one of two texts. If it is not
    ``wanted`` every text is read as it is, and nothing asked or learnt. Between two halves stand special
    pieces that texts must leave ``room`` for. Where another's half is longer than one's own and there is
    no room for both, the longer of the two that meet gives way.

    Raises :class:`OptionsError` for ``max_pieces`` too few for two halves.
    """

    def __init__(self, backbone: Backbone, max_pieces: int, *, wanted: bool) -> None:
        super().__init__()
        self._template, self._max_pieces = backbone.template, max_pieces
        if wanted:
            check_range("max_pieces", max_pieces, len(self._specials) + 2)
        self.hidden = nn.Linear(backbone.width, backbone.width) if wanted else None
        self.score = nn.Linear(backbone.width, 2) if wanted else None

    @property
    def _specials(self) -> list[int]:
        """The pieces around two halves."""
        return [*self._template.before, *self._template.between, *self._template.after]

    @property
    def room(self) -> int:
        """How many pieces shorter than others texts must be laid out, so that their halves lose nothing."""
        return 0 if self.score is None else len(self._template.between)

    def layout(self, layout: Layout, rows: pa.RecordBatch) -> Layout:
        """A model's layout of rows, which if it is wanted also says of each piece in which sentence it is."""
        return layout if self.score is None else with_sentences(layout, rows)

    def check(self, layout: Layout, where: str) -> None:
        """Raise :class:`DataError` if it is wanted and no text can be cut in two."""
        if self.score is None:
            return
        row, sentence = np.repeat(np.arange(len(layout)), layout.lengths), layout.columns[SENTENCE]
        row, sentence = row[sentence != SPECIAL], sentence[sentence != SPECIAL]
        if not ((row[1:] == row[:-1]) & (sentence[1:] != sentence[:-1])).any():
            expected = "texts of two sentences and more, as the parsers spacy and conllu find them"
            raise DataError(where, None, f"{expected}, to tell next sentences", "none")

    def collate(self, model: Any, layout: Layout, which: Ids) -> Paired:
        """Some texts as a batch of a model, second halves changed if it is wanted."""
        if self.score is None:
            return Paired(model.collate(layout, which), NOBODY, NOBODY)
        paired, asked, target = self.pair(layout, which)
        return Paired(model.collate(paired, np.arange(len(which))), asked, target)

    def pair(self, layout: Layout, which: Ids) -> tuple[Layout, Int[Tensor, " items"], Int[Tensor, " items"]]:
        """Some texts laid out anew, which of them are asked about, and whether their halves belong together.

        Where texts are cut and what is changed is drawn from torch's generator.
        """
        generator = np.random.default_rng(int(torch.randint(2**62, ())))
        texts = [_Text.of(layout, text, generator) for text in which.tolist()]
        asked = [i for i, text in enumerate(texts) if text.halves is not None]
        other = generator.random(len(asked)) < 0.5 if len(asked) > 1 else np.zeros(len(asked), dtype=bool)
        changed = [i for i, odd in zip(asked, other, strict=True) if odd]
        if len(changed) == 1:  # there is nobody to change with: take the half of any other
            changed += [next(i for i in asked if i != changed[0])]
            other[[asked.index(i) for i in changed]] = True
        seconds = dict(zip(changed, np.roll(changed, 1).tolist(), strict=True))
        parts = [self._laid(layout, text, texts[seconds.get(i, i)]) for i, text in enumerate(texts)]
        columns: Columns = {name: np.concatenate([part[name] for part in parts]) for name in layout.columns}
        offsets = offsets_of(np.array([len(part[SENTENCE]) for part in parts], dtype=np.int64))
        made = Layout(offsets, columns, layout.words[which], layout.cut)
        return made, torch.tensor(asked, dtype=torch.long), torch.from_numpy(np.where(other, OTHER, NEXT))

    def _laid(self, layout: Layout, text: "_Text", second: "_Text") -> Columns:
        """The columns of one text, with the second half of another or its own."""
        if text.halves is None or second.halves is None:
            return {name: column[text.start : text.end] for name, column in layout.columns.items()}
        one, two = text.halves[0], second.halves[1]
        special = self._template.before, self._template.between, self._template.after
        room = self._max_pieces - len(self._specials)
        one = one[: room - min(len(two), room // 2)]  # as with two texts of their own: the longer gives way
        two = two[: room - len(one)]
        places = np.concatenate([*_gaps(special[0]), one, *_gaps(special[1]), two, *_gaps(special[2])])
        own = places >= 0
        made: Columns = {}
        for name, column in layout.columns.items():
            made[name] = np.full(len(places), SPECIAL, dtype=column.dtype)
            made[name][own] = column[places[own]]
        made["piece_ids"][~own] = self._specials
        made["segments"][:] = self._template.second
        made["segments"][: len(special[0]) + len(one) + len(special[1])] = 0
        return made

    def forward(self, encoded: Encoded, paired: Paired) -> dict[str, Guesses]:
        """Scores of going on and of not, read off the first piece; none if it is not wanted."""
        if self.hidden is None or self.score is None:
            return {}
        first: Float[Tensor, "items width"] = encoded.pieces[paired.asked, 0]
        return {"sentences": Guesses(self.score(torch.tanh(self.hidden(first))), paired.target, None)}


class _Text(NamedTuple):
    """Where the pieces of a text are, and the places of its two halves; None where it cannot be cut."""

    start: int
    end: int
    halves: tuple[Ids, Ids] | None

    @classmethod
    def of(cls, layout: Layout, text: int, generator: np.random.Generator) -> "_Text":
        start, end = (int(place) for place in layout.offsets[text : text + 2])
        sentence = layout.columns[SENTENCE][start:end]
        there = np.unique(sentence[sentence != SPECIAL])
        if len(there) < 2:
            return cls(start, end, None)
        first_of_second = there[generator.integers(1, len(there))]
        inside = np.flatnonzero(sentence != SPECIAL)
        one, two = (inside[half] for half in (sentence[inside] < first_of_second, sentence[inside] >= first_of_second))
        return cls(start, end, (start + one, start + two))


def _gaps(special: list[int]) -> list[Ids]:
    return [np.full(len(special), -1, dtype=np.int64)]


def with_sentences(layout: Layout, rows: pa.RecordBatch) -> Layout:
    """A layout of rows that also says of each piece of a lone text in which sentence it is."""
    texts, first_text = texts_of(rows)
    tokens, sentences = Column(rows, "tokens"), Column(rows, "sentences")
    longest = 1 + max(map(len, texts), default=0)
    starts, own = (
        (first_text[column.rows()] + column.numbers("text")) * longest + column.numbers("start")
        for column in (sentences, tokens)
    )
    of_token = np.searchsorted(starts, own, side="right") - 1 - sentences.offsets[tokens.rows()]
    word = layout.columns["word"]
    row = np.repeat(np.arange(len(layout)), layout.lengths)
    sentence = np.full(len(word), SPECIAL, dtype=np.int32)
    known = (word >= 0) & (np.diff(first_text) == 1)[row]
    sentence[known] = np.maximum(of_token[tokens.offsets[row[known]] + word[known]], 0)
    return Layout(layout.offsets, {**layout.columns, SENTENCE: sentence}, layout.words, layout.cut)
