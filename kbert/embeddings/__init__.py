"""Embeddings: a vector for every entity and every relation, and a way to read triples off them.

An embedding is a file with ``Method(width, *, option=default, …)``, which holds no weights:

- ``entity_width`` and ``relation_width``, how many numbers a vector has (``width`` is that of an entity; Method
  raises ``OptionsError`` for one it cannot take);
- ``questions(given, relation, asks_tail=…)``: what is compared with the vectors of entities to answer
  ``(given, relation, ?)`` or ``(?, relation, given)``; vectors ``[…, width]`` to vectors ``[…, entity_width]``;
- ``compare(questions, entities)``: ``[…, n, entity_width]`` and ``[…, m, entity_width]`` to scores ``[…, n, m]``,
  the larger the better; the score of a triple is the same at both sides;
- ``sizes(given, relation, answer)``: the absolute values of what they are made of, which the N3 norm holds small.
"""
