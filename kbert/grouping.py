"""Runs that are alike in all but their seeds: one system."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphs.errors import OptionsError


def grouped_by(keys: Sequence[Any], seeds: Sequence[Any], folders: Sequence[Path]) -> list[list[int]]:
    """Numbers of the runs of each system, in order of first appearance: those whose keys are equal.

    Raises :class:`OptionsError` for two of one system that have the same seeds, which are one run.
    """
    groups: list[list[int]] = []
    for i, key in enumerate(keys):
        same = next((group for group in groups if keys[group[0]] == key), None)
        if same is None:
            groups.append([i])
            continue
        twin = next((j for j in same if seeds[j] == seeds[i]), None)
        if twin is not None:
            raise OptionsError(f"{folders[twin]} and {folders[i]} are the same run: name it once")
        same.append(i)
    return groups
