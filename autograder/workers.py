"""Who does the tasks: this process, worker processes on this machine, or a Dask cluster.

All three take a function, what is common to all tasks, and tasks, and yield each task with its result as it
arrives. A worker that dies, hangs or returns nonsense is replaced and its task done again, `TRIES` times in
all; then the task comes back with a `Failure`. Tasks are taken as they are needed, so that a class of any
size needs the memory of a few submissions.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import islice
from multiprocessing import forkserver
from typing import Any

from autograder import CourseError, sandbox

TRIES = 3
"""How often a task is tried, with another worker each time."""
AHEAD = 2
"""How many tasks are handed out for each worker: the one it does and the one it does next."""


@dataclass(frozen=True)
class Failure:
    """A task that no worker could do; `reason` is a sentence."""

    reason: str


Function = Callable[[Any, Any], Any]
Results = Iterator[tuple[Any, Any]]
Check = Callable[[Any, Any], None]
"""Called with a task and its result; raises where that cannot be the result."""
Workers = Callable[[Function, Any, Iterable, Check, float], Results]
"""Called with function, what is common, tasks, check, and the seconds after which a worker counts as hung."""


class ClusterError(CourseError):
    """The cluster cannot be used; the message says what to do."""


def here(function: Function, common: Any, tasks: Iterable, check: Check, seconds: float) -> Results:
    """Do the tasks in this process, one after the other."""
    for task in tasks:
        failed = []
        while len(failed) < TRIES:
            try:
                result = function(common, task)
                check(task, result)
                break
            except CourseError:
                raise
            except Exception as error:
                failed.append(error)
        yield task, result if len(failed) < TRIES else Failure(_sentence(failed[-1]))


def all_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def begin() -> None:
    """Start the process from which worker processes are forked; it imports what they need meanwhile."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["autograder.task", "autograder.page"])
    forkserver.ensure_running()


def local(count: int) -> Workers:
    """Return workers that are `count` processes on this machine."""

    def run(function: Function, common: Any, tasks: Iterable, check: Check, seconds: float) -> Results:
        from pebble import ProcessPool

        begin()
        context = multiprocessing.get_context("forkserver")
        warm = sandbox.shared()
        with ProcessPool(count, initializer=sandbox.adopt, initargs=(warm,), context=context) as pool:
            try:
                yield from _collect(
                    lambda task: pool.schedule(function, args=(common, task), timeout=seconds),
                    lambda futures: wait(futures, return_when=FIRST_COMPLETED).done,
                    tasks,
                    check,
                    count * AHEAD,
                )
            except BaseException:
                pool.stop()
                raise

    return run


def cluster(address: str) -> Workers:
    """Return workers that are those of the Dask scheduler at `address`."""

    def run(function: Function, common: Any, tasks: Iterable, check: Check, seconds: float) -> Results:
        import distributed

        try:
            client = distributed.Client(address, timeout=20, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterError(f"no Dask scheduler answers at {address} ({error})") from None
        with client:
            threads = sum(client.nthreads().values())
            if not threads:
                raise ClusterError(f"the Dask scheduler at {address} has no workers; start some first")
            shared = client.scatter(common, broadcast=True, hash=False)

            def done(futures: Iterable) -> set:
                try:
                    return distributed.wait(list(futures), 2 * AHEAD * seconds, "FIRST_COMPLETED").done
                except TimeoutError:
                    stuck = next(iter(futures))
                    stuck.cancel(force=True)
                    return {stuck}

            yield from _collect(
                lambda task: client.submit(function, shared, task, pure=False),
                done,
                tasks,
                check,
                threads * AHEAD,
            )

    return run


def _collect(
    submit: Callable[[Any], Future],
    done: Callable[[Iterable[Future]], Iterable[Future]],
    tasks: Iterable,
    check: Check,
    most: int,
) -> Results:
    """Keep `most` tasks handed out, and yield each with its result; try again what has failed."""
    tasks = iter(tasks)
    waiting: dict[Future, tuple[Any, int]] = {}
    while True:
        for task in islice(tasks, most - len(waiting)):
            waiting[submit(task)] = task, 1
        if not waiting:
            return
        for future in done(waiting):
            task, tries = waiting.pop(future)
            try:
                result = future.result()
                check(task, result)
            except CourseError:
                raise
            except Exception as error:
                if tries < TRIES:
                    waiting[submit(task)] = task, tries + 1
                    continue
                result = Failure(_sentence(error))
            yield task, result


def _sentence(error: BaseException) -> str:
    """Return what is known of the failure of a task."""
    name = type(error).__name__
    if name == "TimeoutError":
        return f"a worker did not answer in time, {TRIES} times"
    if name in ("ProcessExpired", "KilledWorker"):
        return f"the worker has ended, {TRIES} times"
    return f"the grading has failed {TRIES} times ({name}: {error})"
