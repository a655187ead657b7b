"""Who does the tasks: this process, worker processes on this machine, or (`cluster`) other machines.

All take a function, what is common to all tasks, and tasks, and yield each task with its result as it
arrives. A worker that dies, hangs or returns nonsense is replaced and its task done again, `TRIES` times in
all; then the task comes back with a `Failure`. Tasks are taken as they are needed, so that a class of any
size needs the memory of a few submissions.
"""

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import forkserver, util
from socket import socket
from typing import TYPE_CHECKING, Any

from autograder import CourseError
from autograder.running import sandbox
from autograder.running.bounds import Bounds, bounded

if TYPE_CHECKING:
    from pebble import ProcessPool

TRIES = 3
"""How often a task is tried, with another worker each time."""
AHEAD = 2
"""How many tasks are handed out for each worker: the one it does and the one it does next."""
LONG_PATH = 60
"""How many bytes the path of the temporary folder may have to leave room for the names of sockets in it."""
LOOK_SECONDS = 1
"""How often it is looked whether anybody is at work at all."""
LOST_SECONDS = 60
"""How much longer than a hung worker's task may last it takes until all that is handed out counts as lost."""


@dataclass(frozen=True)
class Failure:
    """A task that no worker could do: `reason` is a sentence, and if `is_final`, no other try would help."""

    reason: str
    is_final: bool = False


Function = Callable[[Any, Any], Any]
Results = Iterator[tuple[Any, Any]]
Check = Callable[[Any, Any], None]
"""Called with a task and its result; raises where that cannot be the result."""
Workers = Callable[[Function, Any, Iterable, Check, float], Results]
"""Called with function, what is common, tasks, check, and the seconds after which a worker counts as hung."""


class WorkersError(CourseError):
    """No process can do anything here; the message says what to do."""


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
        yield task, result if len(failed) < TRIES else Failure(sentence(failed[-1]))


def all_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def begin(module: str) -> None:
    """Start the process from which worker processes are forked; it imports `module`, which they need."""
    _make_room_for_sockets()
    multiprocessing.get_context("forkserver").set_forkserver_preload([module])
    with _deaf():  # else Ctrl-C would find it while it imports
        forkserver.ensure_running()


def _make_room_for_sockets() -> None:
    """Let multiprocessing bind its sockets in a short path: one may have some hundred bytes in all."""
    asked_for = tempfile.gettempdir()
    if len(os.fsencode(asked_for)) > LONG_PATH:
        tempfile.tempdir = "/tmp"
        util.get_temp_dir()  # made here, and used from now on
        tempfile.tempdir = asked_for


@contextmanager
def _deaf() -> Iterator[None]:
    """Ignore Ctrl-C for a moment, in this process and in one that it starts; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def local(count: int, bounds: Bounds | None = None) -> Workers:
    """Return workers that are `count` processes on this machine; each keeps every task within the bounds."""

    def run(function: Function, common: Any, tasks: Iterable, check: Check, seconds: float) -> Results:
        begin(function.__module__)
        with _Processes(count, seconds) as processes:
            yield from collect(
                lambda task: processes.submit(function, common, task, bounds),
                processes.done,
                tasks,
                check,
                lambda: count * AHEAD,
                bounds,
            )

    return run


class _Processes:
    """Processes on this machine, and new ones where nobody can talk to the old ones any more.

    That happens where processes end that are not at work, and where one is killed in the moment in which it
    takes a task from the queue that all of them share.
    """

    def __init__(self, count: int, seconds: float) -> None:
        """Start `count` processes; one that is at a task for more than `seconds` is ended."""
        self._count, self._seconds, self._lost = count, seconds, 0
        self._pool = self._start()

    def _start(self) -> "ProcessPool":
        from pebble import ProcessPool

        context = multiprocessing.get_context("forkserver")
        return ProcessPool(
            self._count, initializer=_begin_work, initargs=(sandbox.shared(),), context=context
        )

    def __enter__(self) -> "_Processes":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, whatever they do."""
        with _deaf():
            self._pool.stop()
            self._pool.join()

    def submit(self, function: Function, common: Any, task: Any, bounds: Bounds | None) -> Future:
        """Hand out a task."""
        try:
            return self._pool.schedule(do, args=(function, common, task, bounds), timeout=self._seconds)
        except RuntimeError as error:  # the pool is broken, which `done` will mend
            future: Future = Future()
            future.set_exception(BrokenProcessPool(str(error)))
            return future

    def done(self, futures: Iterable[Future]) -> list[Future]:
        """Wait until something is done and return it; or return all, where nothing more can come back."""
        end = time.monotonic() + self._seconds + LOST_SECONDS
        found = set()
        while not found and self._pool.active and time.monotonic() < end:
            found = wait(futures, LOOK_SECONDS, FIRST_COMPLETED).done
        if found and self._pool.active:
            self._lost = 0
            return list(found)
        self._lost += 1
        if self._lost > TRIES:
            raise WorkersError(
                "the worker processes end before they have done anything; with fewer of them, as by "
                "--workers 1, each has more memory"
            )
        error = TimeoutError() if self._pool.active else BrokenProcessPool()
        self.__exit__()
        self._pool = self._start()
        for future in futures:
            if not future.done():
                future.set_exception(error)
        return list(futures)


def _begin_work(warm: Mapping[str, socket]) -> None:
    """Prepare a new process: it shares the grader's warm parents, and ends when the grader does."""
    sandbox.adopt(warm)
    threading.Thread(target=_end_with_the_grader, daemon=True).start()


def _end_with_the_grader() -> None:
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)


def do(function: Function, common: Any, task: Any, bounds: Bounds | None = None) -> Any:
    """Do a task in a worker. What is raised comes back as a sentence: not every error can be sent."""
    try:
        with bounded(bounds):
            return function(common, task)
    except CourseError:
        raise
    except MemoryError as error:
        return Failure(bounds.memory, is_final=True) if bounds else Failure(sentence(error))
    except Exception as error:
        return Failure(sentence(error))


def collect(
    submit: Callable[[Any], Future],
    done: Callable[[Iterable[Future]], Iterable[Future]],
    tasks: Iterable,
    check: Check,
    most: Callable[[], int],
    bounds: Bounds | None = None,
) -> Results:
    """Keep at most so many tasks handed out, and yield each with its result; try again what has failed.

    But not what goes over the `bounds` of a task: it would do so again.
    """
    tasks = iter(tasks)
    waiting: dict[Future, tuple[Any, int]] = {}
    while True:
        for task in islice(tasks, max(0, most() - len(waiting))):
            waiting[submit(task)] = task, 1
        if not waiting:
            return
        for future in done(waiting):
            task, tries = waiting.pop(future)
            try:
                result = future.result()
                if not isinstance(result, Failure):
                    check(task, result)
            except CourseError:
                raise
            except Exception as error:
                tries -= isinstance(error, BrokenProcessPool)  # not the fault of this task
                is_late = bounds is not None and getattr(error, "exitcode", 0) == -signal.SIGPROF
                result = Failure(bounds.time, is_final=True) if is_late else Failure(sentence(error))
            if isinstance(result, Failure) and tries < TRIES and not result.is_final:
                waiting[submit(task)] = task, tries + 1
            else:
                yield task, result


def sentence(error: BaseException) -> str:
    """Return what is known of the failure of a task."""
    name = type(error).__name__
    if name == "TimeoutError":
        return f"a worker did not answer in time, {TRIES} times"
    if name in ("ProcessExpired", "KilledWorker"):
        return f"the worker has ended, {TRIES} times"
    return f"the grading has failed {TRIES} times ({one_line(error)})"


def one_line(error: BaseException) -> str:
    """Return an error as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
