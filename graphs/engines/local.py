"""Worker processes on this machine."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def run(function: Callable[[Part], Result], parts: Iterable[Part], *, workers: int = 1) -> Iterator[Result]:
    """Results in the order of the parts.

    With one worker everything happens in this process. Processes are spawned, not forked (a fork
    copies the locks of running threads), so ``function`` must be picklable and load what
    is costly once a process. At most twice as many parts as workers are in flight, so
    memory stays bounded however many parts there are.
    """
    if workers <= 1:
        yield from map(function, parts)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = []
        try:
            for part in parts:
                waiting.append(pool.submit(function, part))
                if len(waiting) >= 2 * workers:
                    yield waiting.pop(0).result()
            for future in waiting:
                yield future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
