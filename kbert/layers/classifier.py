"""From one vector to a score for each label."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from graphs.options import check_range


class Classifier(nn.Module):
    """A hidden layer with tanh, as BERT's pooler and K-BERT's classifier have it, then one score a label."""

    def __init__(self, read: int, width: int, labels: int, dropout: float) -> None:
        super().__init__()
        check_range("dropout", dropout, 0, below=1)
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(read, width)
        self.score = nn.Linear(width, labels)

    def forward(self, vector: Float[Tensor, "batch read"]) -> Float[Tensor, "batch labels"]:
        """Score every label."""
        scores: Tensor = self.score(self.dropout(torch.tanh(self.hidden(self.dropout(vector)))))
        return scores
