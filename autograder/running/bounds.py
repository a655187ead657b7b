"""What one task may take of a worker process: memory and processor time, held by the system itself.

Students' work is read, judged and shown by libraries that were not made for attacks. What goes over a bound
costs its own submission: no other way through the same libraries would be any better.
"""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEMORY = resource.RLIMIT_DATA
MEGABYTE = 2**20


@dataclass(frozen=True)
class Bounds:
    """The megabytes of memory, and the seconds of processor time, that one task may take."""

    megabytes: int
    seconds: int

    @property
    def memory(self) -> str:
        """Say that a task takes more memory than it may."""
        return f"it takes more than the {self.megabytes:,} megabytes of memory that there are to read one"

    @property
    def time(self) -> str:
        """Say that a task takes more time than it may."""
        return f"it takes more than the {self.seconds:,} seconds of processor time that there are to read one"


@contextmanager
def bounded(bounds: Bounds | None) -> Iterator[None]:
    """Hold this process to the bounds: beyond the memory there is a `MemoryError`, beyond the time its end.

    It ends even in the middle of a library that would never come back; what a process that it talks to takes
    does not count.
    """
    if bounds is None:
        yield
        return
    before, most = resource.getrlimit(MEMORY)
    wanted = bounds.megabytes * MEGABYTE + _taken()
    resource.setrlimit(MEMORY, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
    signal.setitimer(signal.ITIMER_PROF, bounds.seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(MEMORY, (before, most))


def _taken() -> int:
    """Return how many bytes of memory this process has already, some of them left by earlier tasks."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[5]
    except OSError:  # no Linux
        return 0
    return int(pages) * resource.getpagesize()


@contextmanager
def unbounded() -> Iterator[None]:
    """Lift the bound on memory for a moment, in which a process is started that has limits of its own."""
    before, most = resource.getrlimit(MEMORY)
    resource.setrlimit(MEMORY, (most, most))
    try:
        yield
    finally:
        resource.setrlimit(MEMORY, (before, most))
