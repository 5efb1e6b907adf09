"""Retrievers: models that give questions and entities vectors, so that all entities are compared at once."""
