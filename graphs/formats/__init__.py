"""Formats of knowledge graphs: how facts and names are read from files.

A format is a file with

- ``SUFFIXES``, a literal: the file name endings it is guessed from (seen through ``.gz`` and ``.bz2``);
  empty if it must be named;
- ``read(path, *, bad=stop, **options) -> Iterator[Triple | EntityText | RelationText]``: one record
  after another, in file order, in bounded memory. A bad line is handed to ``bad`` as a
  :class:`~graphs.errors.DataError` with file and line; when ``bad`` returns, reading goes on.

and, where they apply,

- ``FILES``, a literal: the names of the files a format of a whole folder reads, by which it is guessed;
- ``blocks(path, *, bad, **options)``: the same as ``read`` with the triples many at once, as
  :class:`~graphs.triples.Triples`, and the counts of what was left out, as
  :class:`~graphs.triples.LeftOut`. An import prefers it, for speed. It has no defaults of its own:
  it is called with every option of ``read``.
"""
