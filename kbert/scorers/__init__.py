"""Scorers: models that say how likely a triple is true, from the texts of its parts.

A scorer is a file with

- ``TASKS``: what it can be trained for, of ``triple`` (is it true?) and ``relation`` (which one joins the two?);
- ``Model(backbone, task, outputs, *, option=default, …)``, a ``torch.nn.Module`` with
  ``lengths(texts, triples)`` and ``collate(texts, triples) -> batch``, and ``forward(batch)``
  giving ``[batch, outputs]`` in float32: two logits (false, true) for ``triple``, one a relation
  for ``relation``; ``longest`` is how many pieces of one text it has room for at most,
  and ``cut(texts, triples)`` how many pieces of each triple there is no room for.
"""
