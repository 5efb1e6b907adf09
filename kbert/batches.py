"""Batches of texts of like length, the same for the same seed.

Padding is work thrown away, so texts are batched with others of their length; a batch is full
when it has ``batch_size`` texts or would exceed ``max_padded`` pieces with its padding.
"""

import numpy as np
import torch

from graphs.tables import Ids

BUCKET = 64
"""Batches that are sorted by length together: long enough to pad little, short enough to stay random."""


def pieces_at_once(device: torch.device) -> int:
    """How many pieces are best read together: as many as a processor's caches hold, or as keep a GPU at work."""
    return 4_096 if device.type == "cpu" else 65_536


def training_batches(lengths: Ids, *, batch_size: int, max_padded: int, seed: int, epoch: int) -> list[Ids]:
    """Every text once, in an order that depends on seed and epoch alone."""
    generator = np.random.default_rng((seed, epoch))
    order = generator.permutation(len(lengths))
    size = batch_size * BUCKET
    batches = [
        batch
        for start in range(0, len(order), size)
        for batch in _cut(_by_length(order[start : start + size], lengths), lengths, batch_size, max_padded)
    ]
    return [batches[i] for i in generator.permutation(len(batches))]


def evaluation_batches(lengths: Ids, *, batch_size: int, max_padded: int) -> list[Ids]:
    """Every text once, the longest first (so that memory runs out at once or never)."""
    order = _by_length(np.arange(len(lengths)), lengths)[::-1]
    return _cut(order, lengths, batch_size, max_padded)


def _by_length(which: Ids, lengths: Ids) -> Ids:
    return which[np.argsort(lengths[which], kind="stable")]


def _cut(order: Ids, lengths: Ids, batch_size: int, max_padded: int) -> list[Ids]:
    """Cut an order into batches; a text too long for the limit is a batch of its own."""
    batches: list[Ids] = []
    start, longest = 0, 0
    for i, length in enumerate(lengths[order].tolist()):
        longest = max(longest, length)
        if i > start and (i - start == batch_size or (i - start + 1) * longest > max_padded):
            batches.append(order[start:i])
            start, longest = i, length
    if start < len(order):
        batches.append(order[start:])
    return batches
