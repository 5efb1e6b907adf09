"""An encoder with its tokenizer, and what a layout needs to know of both."""

import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from graphs.errors import UnavailableError
from kbert.backbone.beside import file_beside
from kbert.backbone.markers import add_markers
from kbert.backbone.probes import spares
from kbert.backbone.sparing import attending_otherwise, behind_last_attention, first_piece_alone


class Template(NamedTuple):
    """The special pieces around one text or two: ``before a after``, ``before a between b after``."""

    before: list[int]
    between: list[int]
    after: list[int]
    second: int
    """Segment of the second text and what follows it."""
    markers: tuple[tuple[str, int], ...] = ()
    """Roles of spans, and the piece that stands before and behind each such span."""


class Backbone(nn.Module):
    """An encoder with its tokenizer, and the facts about both that a layout needs.

    ``max_positions`` is how many positions the encoder knows; ours count from 0, its own may
    start later (RoBERTa's start at ``pad_id + 1``). ``source`` is where it was loaded from, a folder or a
    hub name; None for one that is made anew.
    Raises :class:`UnavailableError` for a tokenizer without ``tokenizer.json`` or without a
    vocabulary, and for an encoder that does not say how many positions it knows.
    """

    def __init__(self, encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, source: str | None = None) -> None:
        super().__init__()
        self.source = source
        if getattr(encoder, "pooler", None) is not None:
            encoder.register_module("pooler", None)  # no task reads it, and a tensor without gradient stops DDP
        self.encoder, self.tokenizer = encoder, tokenizer
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise UnavailableError(
                f"{type(tokenizer).__name__} is no fast tokenizer: export it to tokenizer.json first"
            )
        if len(tokenizer) <= len(set(tokenizer.all_special_ids)):  # what is made of a folder without its file
            raise UnavailableError(f"the tokenizer of {tokenizer.name_or_path} has no vocabulary: its file is missing")
        backend.no_truncation()  # a tokenizer file may bring its own, and cut texts in silence
        backend.no_padding()
        self._backend = backend
        self.pad_id = int(tokenizer.pad_token_id or 0)
        self.unknown_id = None if tokenizer.unk_token_id is None else int(tokenizer.unk_token_id)
        self.mask_id = None if tokenizer.mask_token_id is None else int(tokenizer.mask_token_id)
        self.first_position, self.max_positions = _positions(encoder)
        accepted = inspect.signature(encoder.forward).parameters
        self._takes_segments = "token_type_ids" in accepted and getattr(encoder.config, "type_vocab_size", 0) > 1
        self.takes_positions = "position_ids" in accepted

    @property
    def width(self) -> int:
        """Size of the vector of a piece."""
        return int(self.encoder.config.hidden_size)

    @property
    def ordinary_ids(self) -> list[int]:
        """All pieces of the vocabulary but the special ones."""
        special = set(self.tokenizer.all_special_ids)
        return [piece for piece in range(len(self.tokenizer)) if piece not in special]

    @property
    def config(self) -> dict[str, Any]:
        """What is needed to build the same encoder again, as JSON; where it was loaded from is left out."""
        config: dict[str, Any] = json.loads(self.encoder.config.to_json_string(use_diff=False))
        return {name: value for name, value in config.items() if name != "_name_or_path"}

    def mark(self, markers: Mapping[str, str]) -> None:
        """Have the template put special pieces around the spans of some roles; ``markers`` names them by role.

        Pieces that the tokenizer does not know are added to it and to the encoder's embeddings.
        Raises :class:`UnavailableError` for an encoder whose embeddings cannot grow.
        """
        pieces = add_markers(self.encoder, self.tokenizer, list(markers.values()))
        self.template = self.template._replace(markers=tuple(zip(markers, pieces, strict=True)))

    def file_beside(self, name: str) -> Path | None:
        """A file that lies where the encoder was loaded from; None if there is none of that name.

        Raises :class:`UnavailableError` where the hub, which alone can tell, could not be asked.
        """
        return None if self.source is None else file_beside(self.source, name)

    @cached_property
    def template(self) -> Template:
        """The tokenizer's own special pieces, seen by letting it wrap one and two texts; see also :meth:`mark`."""
        one, two = self._backend.encode("x"), self._backend.encode("x", "x")
        places = [i for i, text in enumerate(one.sequence_ids) if text == 0]
        before, after = one.ids[: places[0]], one.ids[places[-1] + 1 :]
        first = [i for i, text in enumerate(two.sequence_ids) if text == 0]
        second = [i for i, text in enumerate(two.sequence_ids) if text == 1]
        segment = two.type_ids[second[0]] if self._takes_segments else 0
        return Template(before, two.ids[first[-1] + 1 : second[0]], after, segment)

    def pieces(self, words: Sequence[str]) -> list[list[int]]:
        """Piece ids of each word (or phrase) as the tokenizer cuts it in the middle of a text; none of an empty one."""
        encoded = self._backend.encode_batch([f"x {word}" for word in words], add_special_tokens=False)
        return [
            [piece for piece, (_, end) in zip(text.ids, text.offsets, strict=True) if end > 1] if word else []
            for word, text in zip(words, encoded, strict=True)
        ]

    def text_pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """Piece ids of each text as the tokenizer cuts it, without special pieces."""
        return [text.ids for text in self._backend.encode_batch(list(texts), add_special_tokens=False)]

    def piece_names(self, ids: Sequence[int]) -> list[str]:
        """What the vocabulary calls pieces."""
        return list(self.tokenizer.convert_ids_to_tokens(list(ids)))

    def forward(
        self,
        piece_ids: Int[Tensor, "batch pieces"],
        positions: Int[Tensor, "batch pieces"],
        segments: Int[Tensor, "batch pieces"],
        attention_mask: Int[Tensor, "batch pieces"] | Float[Tensor, "batch 1 pieces pieces"],
    ) -> Float[Tensor, "batch pieces width"]:
        """Last hidden state. The mask is 1 on pieces and 0 on padding, or is added to the attention scores."""
        return self.hidden(piece_ids, positions, segments, attention_mask)

    def first(
        self,
        piece_ids: Int[Tensor, "batch pieces"],
        positions: Int[Tensor, "batch pieces"],
        segments: Int[Tensor, "batch pieces"],
        attention_mask: Int[Tensor, "batch pieces"],
    ) -> Float[Tensor, "batch width"]:
        """Last hidden state of the first piece; no other is worked out where that can be spared (not in training)."""
        module = None if self.encoder.training else self._behind_last_attention
        with nullcontext() if module is None else first_piece_alone(module):
            return self.hidden(piece_ids, positions, segments, attention_mask)[:, 0]

    @contextmanager
    def reading(self, precision: torch.dtype) -> Iterator[None]:
        """While this lasts nothing is learnt, and short texts are read faster if the encoder and the machine allow."""
        on_processor = next(self.encoder.parameters()).device.type == "cpu"
        if not (on_processor and precision == torch.bfloat16 and self._may_attend_otherwise):
            yield
            return
        with attending_otherwise(self.encoder):
            yield

    def hidden(
        self,
        piece_ids: Int[Tensor, "batch pieces"],
        positions: Int[Tensor, "batch pieces"],
        segments: Int[Tensor, "batch pieces"],
        attention_mask: Int[Tensor, "batch pieces"] | Float[Tensor, "batch 1 pieces pieces"],
    ) -> Float[Tensor, "batch #pieces width"]:
        """Last hidden state; that of the first piece alone while the others are spared."""
        inputs: dict[str, Tensor] = {"input_ids": piece_ids, "attention_mask": attention_mask}
        if self.takes_positions:
            inputs["position_ids"] = positions + self.first_position
        if self._takes_segments:
            inputs["token_type_ids"] = segments
        hidden: Tensor = self.encoder(**inputs).last_hidden_state
        return hidden

    @cached_property
    def _behind_last_attention(self) -> nn.Module | None:
        """Where all pieces but the first may be dropped; None if there is no such place."""
        module = behind_last_attention(self.encoder, getattr(self.encoder.config, "num_hidden_layers", 0))
        return module if module is not None and spares(self, first_piece_alone(module)) else None

    @cached_property
    def _may_attend_otherwise(self) -> bool:
        """Whether the encoder reads short texts as well by our attention."""
        return self.encoder.config._attn_implementation == "sdpa" and spares(self, attending_otherwise(self.encoder))


def _positions(encoder: PreTrainedModel) -> tuple[int, int]:
    """The encoder's own number of our position 0, and how many positions there are from there."""
    for name, module in encoder.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            return first, module.num_embeddings - first
    known = getattr(encoder.config, "max_position_embeddings", None)
    if known is None:
        raise UnavailableError(f"{encoder.config.model_type} does not say how many positions it knows")
    return 0, int(known)
