"""Texts, facts and behaviour as graphs: linkers, parsers, formats and the graphs on disk.

Nothing in this package knows tensors or the terminal; it holds strings, offsets and tables.
"""
