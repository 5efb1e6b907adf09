"""Scoring: any triples, or pairs of entities, judged by a finished run, with calibrated probabilities."""
