"""Times of things that take turns, so that what else the machine does meets all of them alike."""

import time
from collections.abc import Callable
from statistics import median


def seconds(runs: list[Callable[[int], None]], batches: int) -> list[float]:
    """The median time of a batch of each, taking turns; the first two batches warm up."""
    taken: list[list[float]] = [[] for _ in runs]
    for number in range(batches + 2):
        for i, run in enumerate(runs):
            start = time.process_time()
            run(number)
            if number >= 2:
                taken[i].append(time.process_time() - start)
    return [median(some) for some in taken]
