"""The command line: arguments in, calls to ``graphs`` and ``kbert``, progress and tables out."""
