"""Formats of corpora: how texts and what is to be learnt of them are read from files.

A corpus format is a file with

- ``SUFFIXES``, a literal: the file name endings it is guessed from (seen through ``.gz`` and ``.bz2``);
  empty if it must be named;
- ``read(path, *, columns={}, bad=stop, **options) -> Iterator[Document]``: one document after
  another, in file order. ``columns`` says under which name the file keeps a field
  (``{"text": "sentence", "target": "label"}``; an empty name leaves a field unread). A bad line
  is handed to ``bad`` as a :class:`~graphs.errors.DataError` with file and line; when ``bad``
  returns, reading goes on.
"""
