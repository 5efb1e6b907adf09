"""Triples: true and false ones, as numbers and as texts, and models that learn from them."""
