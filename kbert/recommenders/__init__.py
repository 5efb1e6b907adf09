"""Recommenders: models that read the items of a user in order and say which comes next.

A recommender is a file with ``Model(catalogue, attributes, *, option=default, …)``, where ``catalogue`` is the number
of items and ``attributes`` are the targets that users may have (:class:`kbert.behaviour.profiles.Target`):

- ``most``: how many items of a history it reads at most;
- ``causal``: whether it tells each item from those before it, and not a hidden one from both sides;
- ``items``: the ``nn.Embedding`` that holds a vector of each piece (:mod:`kbert.behaviour.laying`); items may begin
  with others (:mod:`kbert.behaviour.item_vectors`);
- ``forward(ids)``: the vectors of laid-out histories, ``[batch, pieces, width]``;
- ``scores(vectors)``: scores of all items for vectors ``[n, width]``; ``scores_of(vectors, own, others)`` of an item
  of each vector's own, and of some that all share;
- ``pooled(vectors, real)``: the vector of each user; ``profile(pooled)``: by name what is said of each attribute;
- ``nearness(one, others)``: how near users are to each other.
"""
