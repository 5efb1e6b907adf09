"""Linkers find which entity of a knowledge graph is meant where in a text.

A linker is a file with a class ``Linker(kg, *, option=default, …)`` whose instances are called as
``linker(texts, parse, given)`` (a list of texts, their :class:`~graphs.tables.Parse`, and the
:class:`~graphs.types.Mention` records the corpus came with, ``text`` counting through the list)
and give :class:`~graphs.tables.Mentions` for all of them; a text that they cannot take is a
:class:`~graphs.errors.TextError`. A linker whose findings depend on
something that changes without it, such as a pipeline, offers ``version(**options) -> str`` in its
file: it is kept beside the options, and graphs are not made with another.
"""
