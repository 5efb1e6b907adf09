"""Parsers cut texts into tokens and may say how the tokens hang together.

A parser is a file with a class ``Parser(*, option=default, …)`` whose instances are called with a
list of texts and give one :class:`~graphs.tables.Parse` for all of them; a text that they cannot
take is a :class:`~graphs.errors.TextError`. A parser that can add
tags, lemmas or arcs to tokens that the corpus already has also offers
``annotate(texts, given) -> Parse``, which keeps the given tokens; for other parsers given tokens
are used as they are. A parser whose findings depend on something that changes without it, such as
a pipeline, offers ``version(**options) -> str`` in its file: it is kept beside the options, and
graphs are not made with another.
"""
