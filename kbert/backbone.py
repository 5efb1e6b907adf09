"""Encoders and tokenizers: the only file that knows transformers.

Any encoder of the BERT kind loads by hub name, by folder, or as ``package:NAME`` from an
installed Python package that carries one.
"""

import inspect
import json
import logging
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from huggingface_hub import try_to_load_from_cache
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import (
    AttentionInterface,
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
from transformers.utils import logging as transformers_logging

from graphs.errors import StoreError, UnavailableError
from kbert.layers.attention import SHORT, Mask, attend
from kbert.shortcuts import behind_last_attention, first_piece_alone

log = logging.getLogger("kbert")

TOLERANCE = 1e-5
"""Outputs this close are the same to a probe: far above rounding, far below what a position or a piece changes."""

LONG = 256
"""Pieces of a probe that shows a window of attention (128 wide in ModernBERT)."""


class Template(NamedTuple):
    """The special pieces around one text or two: ``before a after``, ``before a between b after``."""

    before: list[int]
    between: list[int]
    after: list[int]
    second: int
    """Segment of the second text and what follows it."""


class Backbone(nn.Module):
    """An encoder with its tokenizer, and the facts about both that a layout needs.

    ``max_positions`` is how many positions the encoder knows; ours count from 0, its own may
    start later (RoBERTa's start at ``pad_id + 1``).
    Raises :class:`UnavailableError` for a tokenizer without ``tokenizer.json`` or without a
    vocabulary, and for an encoder that does not say how many positions it knows.
    """

    def __init__(self, encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
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
        self.first_position, self.max_positions = _positions(encoder)
        accepted = inspect.signature(encoder.forward).parameters
        self._takes_segments = "token_type_ids" in accepted and getattr(encoder.config, "type_vocab_size", 0) > 1
        self._takes_positions = "position_ids" in accepted

    @property
    def width(self) -> int:
        """Size of the vector of a piece."""
        return int(self.encoder.config.hidden_size)

    @property
    def config(self) -> dict[str, Any]:
        """What is needed to build the same encoder again, as JSON; where it was loaded from is left out."""
        config: dict[str, Any] = json.loads(self.encoder.config.to_json_string(use_diff=False))
        return {name: value for name, value in config.items() if name != "_name_or_path"}

    @cached_property
    def template(self) -> Template:
        """The tokenizer's own special pieces, seen by letting it wrap one and two texts."""
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
        return self._hidden(piece_ids, positions, segments, attention_mask)

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
            return self._hidden(piece_ids, positions, segments, attention_mask)[:, 0]

    @contextmanager
    def reading(self, precision: torch.dtype) -> Iterator[None]:
        """While this lasts nothing is learnt, and short texts are read faster if the encoder and the machine allow."""
        on_processor = next(self.encoder.parameters()).device.type == "cpu"
        if not (on_processor and precision == torch.bfloat16 and self._may_attend_otherwise):
            yield
            return
        with _attending_otherwise(self.encoder):
            yield

    def _hidden(
        self,
        piece_ids: Int[Tensor, "batch pieces"],
        positions: Int[Tensor, "batch pieces"],
        segments: Int[Tensor, "batch pieces"],
        attention_mask: Int[Tensor, "batch pieces"] | Float[Tensor, "batch 1 pieces pieces"],
    ) -> Float[Tensor, "batch #pieces width"]:
        inputs: dict[str, Tensor] = {"input_ids": piece_ids, "attention_mask": attention_mask}
        if self._takes_positions:
            inputs["position_ids"] = positions + self.first_position
        if self._takes_segments:
            inputs["token_type_ids"] = segments
        hidden: Tensor = self.encoder(**inputs).last_hidden_state
        return hidden

    @cached_property
    def _behind_last_attention(self) -> nn.Module | None:
        """Where all pieces but the first may be dropped; None if there is no such place."""
        module = behind_last_attention(self.encoder, getattr(self.encoder.config, "num_hidden_layers", 0))
        return module if module is not None and self._is_spared(first_piece_alone(module)) else None

    @cached_property
    def _may_attend_otherwise(self) -> bool:
        """Whether the encoder reads short texts as well by our attention."""
        return self.encoder.config._attn_implementation == "sdpa" and self._is_spared(
            _attending_otherwise(self.encoder)
        )

    def _is_spared(self, change: AbstractContextManager[None]) -> bool:
        """Whether the first pieces of two texts, one of them padded, come out as before while something is changed."""
        ids, positions, segments, _ = (torch.cat((some, some)) for some in self._probe(6))
        mask = torch.ones_like(ids)
        mask[1, 4:] = 0
        training = self.encoder.training
        self.encoder.train(False)
        try:
            with torch.no_grad(), torch.autocast(ids.device.type, enabled=False):
                before = self._hidden(ids, positions, segments, mask)[:, 0]
                with change:
                    changed = self._hidden(ids, positions, segments, mask)[:, 0]
        except Exception:  # whatever fails, the answer is no
            return False
        finally:
            self.encoder.train(training)
        return torch.allclose(before, changed, atol=TOLERANCE)

    def tree_obstacle(self) -> str | None:
        """Why this encoder cannot read a sentence tree, or None if it can.

        Three things are tried: other soft positions must change the output, a piece that is hidden
        from all others must change nothing for them, and a matrix that hides nothing must be as none.
        """
        kind = self.encoder.config.model_type
        if not self._takes_positions:
            return f"{kind} takes no position ids"
        training = self.encoder.training
        self.encoder.train(False)
        try:
            with torch.no_grad():
                moves, leaks, narrows = self._moves(), self._leaks(), self._narrows()
        except Exception as error:  # any failure here is the same answer: it cannot take the tree
            return f"{kind} fails on a visible matrix: {_reason(error)}"
        finally:
            self.encoder.train(training)
        if not moves:
            return f"{kind} ignores position ids"
        if leaks:
            return f"{kind} lets hidden pieces through"
        return f"{kind} attends through a window, which a visible matrix would replace" if narrows else None

    def _probe(
        self, length: int
    ) -> tuple[
        Int[Tensor, "batch pieces"],
        Int[Tensor, "batch pieces"],
        Int[Tensor, "batch pieces"],
        Float[Tensor, "batch 1 pieces pieces"],
    ]:
        """Piece ids, positions, segments and an empty matrix of a text of letters."""
        weight = next(self.encoder.parameters())
        letters = [pieces[0] for pieces in self.pieces(list("abcdefg"))]
        ids = torch.tensor([[letters[i % len(letters)] for i in range(length)]], device=weight.device)
        positions = torch.arange(length, device=weight.device)[None]
        matrix = torch.zeros(1, 1, length, length, dtype=weight.dtype, device=weight.device)
        return ids, positions, torch.zeros_like(ids), matrix

    def _moves(self) -> bool:
        """Whether positions change the output."""
        ids, positions, segments, matrix = self._probe(6)
        plain, moved = (self(ids, some, segments, matrix) for some in (positions, positions.flip(1)))
        return not torch.allclose(plain, moved, atol=TOLERANCE)

    def _leaks(self) -> bool:
        """Whether the last piece, hidden from the others, changes what they become."""
        ids, positions, segments, matrix = self._probe(6)
        matrix[:, :, :5, 5] = matrix[:, :, 5, :5] = torch.finfo(matrix.dtype).min
        other = ids.clone()
        other[0, 5] = self.template.after[0] if self.template.after else self.pad_id
        one, two = (self(some, positions, segments, matrix)[:, :5] for some in (ids, other))
        return not torch.allclose(one, two, atol=TOLERANCE)

    def _narrows(self) -> bool:
        """Whether the encoder hides far pieces by itself, which our matrix, put in the place of its own, would show."""
        ids, positions, segments, matrix = self._probe(min(self.max_positions, LONG))
        own, ours = (self(ids, positions, segments, mask) for mask in (torch.ones_like(ids), matrix))
        return bool((own - ours).norm() > math.sqrt(torch.finfo(own.dtype).eps) * own.norm())


ATTENTION = "kbert"
"""The name that transformers know our attention by."""


def _attend(
    module: nn.Module,
    query: Float[Tensor, "batch heads pieces width"],
    key: Float[Tensor, "batch heads pieces width"],
    value: Float[Tensor, "batch heads pieces width"],
    attention_mask: Mask | None,
    **how: Any,
) -> tuple[Float[Tensor, "batch pieces heads width"], None]:
    """Ours for short texts, else theirs."""
    if key.shape[2] > SHORT:
        theirs: Tensor = sdpa_attention_forward(module, query, key, value, attention_mask, **how)[0]
        return theirs, None
    return attend(query, key, value, attention_mask, how["scaling"]), None


AttentionInterface.register(ATTENTION, _attend)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)


@contextmanager
def _attending_otherwise(encoder: PreTrainedModel) -> Iterator[None]:
    """While this lasts short texts are read by our attention."""
    encoder.set_attn_implementation(ATTENTION)
    try:
        yield
    finally:
        encoder.set_attn_implementation("sdpa")


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


def locate(name: str) -> str:
    """The folder or hub name that ``name`` stands for; ``package:NAME`` is looked up among installed packages.

    Raises :class:`UnavailableError` when there is no such package or it carries no encoder.
    """
    if not name.startswith("package:"):
        return name
    package, _, inside = name.removeprefix("package:").partition("/")
    spec = find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise UnavailableError(
            f"no package {package!r} is installed (wanted for the encoder {name!r}): {_way_to_get(package)}"
        )
    root = Path(next(iter(spec.submodule_search_locations))) / inside
    found = sorted(path.parent for path in root.rglob("config.json") if (path.parent / "tokenizer.json").is_file())
    if not found:
        raise UnavailableError(f"{name!r}: no folder with config.json and tokenizer.json in {root}")
    return str(found[0])


def _way_to_get(package: str) -> str:
    """What to do about a package that is missing. No bare ``pip install NAME``: a stranger may have taken the name."""
    wanted = re.compile(rf"{re.escape(package.replace('_', '-'))}\W.*extra == .(\w+)")
    extra = next((found[1] for line in requires("kbert") or () if (found := wanted.match(line))), None)
    return f"pip install 'kbert[{extra}]'" if extra else "install it, or name a folder or a model of the hub"


def load(name: str) -> Backbone:
    """Load a pre-trained encoder and its tokenizer.

    Reads safetensors; else a ``.bin`` without unpickling code (``weights_only``), and says so.
    Code that comes with a model is never run. Attention is SDPA where the encoder has it.
    Raises :class:`UnavailableError` if it cannot be had, or if the file lacks weights the encoder needs.
    """
    place = locate(name)
    if Path(place).is_dir() and not (Path(place) / "config.json").is_file():
        raise UnavailableError(f"the encoder {name!r} cannot be loaded: the folder has no config.json")
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        encoder, report = AutoModel.from_pretrained(
            place, output_loading_info=True, dtype=torch.float32, trust_remote_code=False, weights_only=True
        )
    except Exception as error:  # each reader below has its own kind for a file that is missing, damaged or unsafe
        raise UnavailableError(f"the encoder {name!r} cannot be loaded: {_reason(error)}") from error
    lost = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if lost:
        raise UnavailableError(f"the encoder {name!r} lacks {len(lost)} tensors it needs, first {lost[0]!r}")
    if not _has_safetensors(place):
        log.warning("%s has no safetensors file: its .bin was read with weights_only=True", name)
    return Backbone(encoder, tokenizer)


def _has_safetensors(place: str) -> bool:
    """Whether a folder, or the cache of a hub repository that was just read, holds weights as safetensors."""
    files = ("model.safetensors", "model.safetensors.index.json")
    if Path(place).is_dir():
        return any((Path(place) / file).is_file() for file in files)
    return any(isinstance(try_to_load_from_cache(place, file), str) for file in files)


def rebuild(config: dict[str, Any], tokenizer_folder: str | Path) -> Backbone:
    """An encoder of the same shape with untrained weights, to be filled from a run's file.

    Raises :class:`StoreError` if the folder's tokenizer or the configuration cannot be read.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(tokenizer_folder), trust_remote_code=False)
        encoder = AutoModel.from_config(AutoConfig.for_model(**config), dtype=torch.float32)  # type: ignore[no-untyped-call]
    except Exception as error:  # as in load: every reader has its own kind
        raise StoreError(tokenizer_folder, None, "an encoder's configuration and tokenizer", _reason(error)) from error
    return Backbone(encoder, tokenizer)


def _reason(error: Exception) -> str:
    """The first line of what somebody else's error says."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def quiet() -> None:
    """Keep transformers from drawing its own progress bars and notices."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
