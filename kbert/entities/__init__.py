"""Vectors of entities: learnt from facts, read off texts, or taken from files; memory-mapped, by name."""
