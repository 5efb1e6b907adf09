"""Worker processes on this machine."""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def run(function: Callable[[Part], Result], parts: Iterable[Part], *, workers: int = 1) -> Iterator[Result]:
    """Results in the order of the parts.

    With one worker everything happens in this process. Processes are spawned, not forked (a fork
    copies the locks of running threads), so ``function`` must be picklable and load what
    is costly once a process. At most twice as many parts as workers are in flight, so
    memory stays bounded however many parts there are. Workers end with this process, even if it
    is killed, and without a word when the terminal interrupts them all.

    Raises what ``function`` raises, and :class:`ChildProcessError` when a worker dies.
    """
    if workers <= 1:
        yield from map(function, parts)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin_worker) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for part in parts:
                with _interrupts_held():
                    waiting.append(pool.submit(function, part))
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise ChildProcessError(
                "a worker process died (short of memory? fewer --workers need less); run again to go on"
            ) from error
        finally:
            _stop_writing(pool)
            pool.shutdown(wait=True, cancel_futures=True)


def _stop_writing(pool: ProcessPoolExecutor) -> None:
    """Let go of a part that was being written to workers which have died, and read no more.

    Python before 3.11.5 waits for that forever (https://github.com/python/cpython/issues/94777). Living
    workers have the reading end of their own.
    """
    queue = getattr(pool, "_call_queue", None)
    if sys.version_info < (3, 11, 5) and queue is not None:
        queue._reader.close()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back for a moment. A worker that is started meanwhile holds it back until it can end quietly."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker() -> None:
    """Let Ctrl-C end this process at once, and watch for the end of the one that started it.

    A part is written whole or not at all, so that no worker has to tidy up; an orphan would go on writing.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
