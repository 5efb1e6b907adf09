"""Encoders and tokenizers: the only file that knows transformers.

Any encoder of the BERT kind loads by hub name, by folder, or as ``package:NAME`` from an
installed Python package that carries one.
"""

import inspect
import json
import logging
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from graphs.errors import UnavailableError

log = logging.getLogger("kbert")


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
    """

    def __init__(self, encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
        if getattr(encoder, "pooler", None) is not None:
            encoder.pooler = None  # no task of ours reads it, and a tensor without gradient stops DDP
        self.encoder, self.tokenizer = encoder, tokenizer
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise UnavailableError(
                f"{type(tokenizer).__name__} is no fast tokenizer: export it to tokenizer.json first"
            )
        backend.no_truncation()  # a tokenizer file may bring its own, and cut texts in silence
        backend.no_padding()
        self._backend = backend
        self.pad_id = int(tokenizer.pad_token_id or 0)
        embedding = _position_embedding(encoder)
        first = embedding.padding_idx if embedding is not None else None
        self.first_position = 0 if first is None else first + 1
        known = embedding.num_embeddings if embedding is not None else encoder.config.max_position_embeddings
        self.max_positions = int(known) - self.first_position
        accepted = inspect.signature(encoder.forward).parameters
        self._takes_segments = "token_type_ids" in accepted and getattr(encoder.config, "type_vocab_size", 0) > 1
        self._takes_positions = "position_ids" in accepted

    @property
    def width(self) -> int:
        """Size of the vector of a piece."""
        return int(self.encoder.config.hidden_size)

    @property
    def config(self) -> dict[str, Any]:
        """What is needed to build the same encoder again, as JSON."""
        return json.loads(self.encoder.config.to_json_string(use_diff=False))

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
        """Piece ids of each word (or phrase) as the tokenizer cuts it in the middle of a text."""
        encoded = self._backend.encode_batch([f"x {word}" for word in words], add_special_tokens=False)
        return [[piece for piece, (_, end) in zip(text.ids, text.offsets, strict=True) if end > 1] for text in encoded]

    def piece_names(self, ids: Sequence[int]) -> list[str]:
        """What the vocabulary calls pieces."""
        return self.tokenizer.convert_ids_to_tokens(list(ids))

    def forward(
        self,
        piece_ids: Int[Tensor, "batch pieces"],
        positions: Int[Tensor, "batch pieces"],
        segments: Int[Tensor, "batch pieces"],
        attention_mask: Tensor,
    ) -> Float[Tensor, "batch pieces width"]:
        """Last hidden state. The mask is ``[batch, pieces]`` of 0 and 1 or additive ``[batch, 1, pieces, pieces]``."""
        inputs: dict[str, Tensor] = {"input_ids": piece_ids, "attention_mask": attention_mask}
        if self._takes_positions:
            inputs["position_ids"] = positions + self.first_position
        if self._takes_segments:
            inputs["token_type_ids"] = segments
        return self.encoder(**inputs).last_hidden_state

    def obeys_tree(self) -> str | None:
        """Why this encoder cannot read a sentence tree, or None if it can.

        Tried on six pieces: other soft positions must change the output, and a piece that is
        hidden from all others must change nothing for them.
        """
        if not self._takes_positions:
            return f"{self.encoder.config.model_type} takes no position ids"
        device = next(self.encoder.parameters()).device
        ids = torch.full((1, 6), self.pieces(["a"])[0][0], device=device)
        positions = torch.arange(6, device=device)[None]
        segments = torch.zeros_like(ids)
        mask = torch.zeros(1, 1, 6, 6, device=device)
        hidden = mask.clone()
        hidden[:, :, :5, 5] = hidden[:, :, 5, :5] = torch.finfo(torch.float32).min
        other = ids.clone()
        other[0, 5] = self.template.after[0] if self.template.after else self.pad_id
        training = self.encoder.training
        self.encoder.eval()
        try:
            with torch.no_grad():
                plain = self(ids, positions, segments, mask)
                moved = self(ids, positions.flip(1), segments, mask)
                one, two = (self(text, positions, segments, hidden)[:, :5] for text in (ids, other))
        except Exception as error:  # any failure here is the same answer: it cannot take the tree
            return f"{self.encoder.config.model_type} fails on a visible matrix: {error}"
        finally:
            self.encoder.train(training)
        if torch.allclose(plain, moved, atol=1e-5):
            return f"{self.encoder.config.model_type} ignores position ids"
        if not torch.allclose(one, two, atol=1e-5):
            return f"{self.encoder.config.model_type} lets hidden pieces through"
        return None


def _position_embedding(encoder: nn.Module) -> nn.Embedding | None:
    """The table of absolute positions, if the encoder has one."""
    for name, module in encoder.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            return module
    return None


def locate(name: str) -> str:
    """The folder or hub name that ``name`` stands for; ``package:NAME`` is looked up among installed packages.

    Raises :class:`UnavailableError` when there is no such package or it carries no encoder.
    """
    if not name.startswith("package:"):
        return name
    package, _, inside = name.removeprefix("package:").partition("/")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UnavailableError(f"no package {package!r} is installed (wanted for the encoder {name!r})")
    root = Path(next(iter(spec.submodule_search_locations))) / inside
    found = sorted(path.parent for path in root.rglob("config.json") if (path.parent / "tokenizer.json").is_file())
    if not found:
        raise UnavailableError(f"{name!r}: no folder with config.json and tokenizer.json in {root}")
    return str(found[0])


def load(name: str) -> Backbone:
    """Load a pre-trained encoder and its tokenizer.

    Reads safetensors; else a ``.bin`` without unpickling code (``weights_only``), and says so.
    Raises :class:`UnavailableError` if it cannot be had, or if the file lacks weights the encoder needs.
    """
    place = locate(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place)
        encoder, report = AutoModel.from_pretrained(
            place, output_loading_info=True, dtype=torch.float32, attn_implementation="sdpa"
        )
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UnavailableError(f"the encoder {name!r} cannot be loaded: {reason}") from error
    lost = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if lost:
        raise UnavailableError(f"the encoder {name!r} lacks {len(lost)} tensors it needs, first {lost[0]!r}")
    folder = Path(place)
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        log.warning("%s has no safetensors file: its .bin was read with weights_only=True", name)
    return Backbone(encoder, tokenizer)


def rebuild(config: dict[str, Any], tokenizer_folder: str | Path) -> Backbone:
    """An encoder of the same shape with untrained weights, to be filled from a run's file."""
    known = AutoConfig.for_model(**config)
    encoder = AutoModel.from_config(known, attn_implementation="sdpa", dtype=torch.float32)
    return Backbone(encoder, AutoTokenizer.from_pretrained(str(tokenizer_folder)))


def quiet() -> None:
    """Keep transformers from drawing its own progress bars and notices."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
