"""Conversions: each file is a subcommand of ``kbert convert``, with one ``command`` and a first line for its help."""
