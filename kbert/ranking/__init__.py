"""Ranking: the place of the right entity, or relation, among all, and the best answers to a question."""
