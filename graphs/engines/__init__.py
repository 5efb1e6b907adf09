"""Engines run one function over many parts of a job.

An engine is a file with ``run(function, parts, *, workers=1) -> Iterator``: the results in the
order of the parts, whatever the order they were finished in.
"""
