"""Subcommands: each file is one, with one ``command`` and a first docstring line for the list of commands."""
