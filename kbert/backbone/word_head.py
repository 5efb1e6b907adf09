"""What names a hidden word: the head that an encoder's own masked language model has, of whatever kind it is."""

from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from graphs.files import replace_files
from kbert.backbone.backbone import Backbone


class _Given(nn.Module):
    """Stands where the encoder of a language model stood, and gives what it was handed beforehand."""

    vectors: Float[Tensor, "1 items width"]

    def forward(self, *ignored: Any, **also_ignored: Any) -> BaseModelOutput:
        return BaseModelOutput(last_hidden_state=self.vectors)


class WordHead(nn.Module):
    """Scores of all pieces of the vocabulary; its last layer shares the encoder's own vectors of pieces.

    Args:
        language_model: a masked language model around the encoder of ``backbone``
    """

    def __init__(self, language_model: PreTrainedModel) -> None:
        super().__init__()
        self._place = language_model.base_model_prefix
        self._given = _Given()
        setattr(language_model, self._place, self._given)
        self._rest = language_model

    def forward(self, vectors: Float[Tensor, "items width"]) -> Float[Tensor, "items labels"]:
        """Score every piece in the place of each vector."""
        self._given.vectors = vectors[None]
        scores: Tensor = self._rest(inputs_embeds=self._given.vectors).logits[0]
        del self._given.vectors
        return scores

    def save(self, backbone: Backbone, folder: Path) -> None:
        """Write encoder and head as the checkpoint of a masked language model, which any other tool loads too."""
        setattr(self._rest, self._place, backbone.encoder)
        try:
            with replace_files(folder) as beside:
                self._rest.save_pretrained(str(beside))
                backbone.tokenizer.save_pretrained(str(beside))
        finally:
            setattr(self._rest, self._place, self._given)
