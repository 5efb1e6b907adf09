"""Retrievers: models that turn questions and entities into vectors apart, so that every entity is an answer to look up.

A retriever is a file with ``Model(backbone, *, option=default, …)``, a ``torch.nn.Module`` with

- ``lengths(texts, asked)`` and ``collate(texts, asked)`` for questions, ``entity_lengths(texts, entities)`` and
  ``collate_entities(texts, entities)`` for entities;
- ``forward(questions, entities)``, the vectors of both batches (either may be None), of length 1 and in float32;
- ``longest``, how many pieces of one text it has room for at most, ``cut(texts, asked)`` and
  ``entity_cut(texts, entities)``, how many pieces of each question and each entity there is no room for;
- ``scale``, a positive number: what the cosine of two vectors is multiplied by to be a logit.
"""
