"""Formats of behaviour: how events, attributes of users, friends, labels and entities of items are read from files.

A format of behaviour is a file with

- ``SUFFIXES``, a literal: the file name endings it is guessed from (seen through ``.gz`` and ``.bz2``);
- ``read(path, *, columns={}, bad=stop, **options) -> Iterator[Record]``: one record after another, in file order.
  What a file holds is told by its columns: those of a user and an item hold events, of a user and a friend friends, of
  a user alone attributes, of an item alone labels and entities. ``columns`` says under which name the file keeps a
  field (``{"user": "uid"}``; an empty name leaves a field unread). A bad line is handed to ``bad`` as a
  :class:`~graphs.errors.DataError` with file and line; when ``bad`` returns, reading goes on.
"""
