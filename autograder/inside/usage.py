"""The processor time of a submission: what all its processes used, and how long others kept them from it.

Both are read from the /proc of its own namespace. What processes used that ended before anybody had looked
counts where their parent has waited for them.
"""

import bisect
import contextlib
import math
import os
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
NICER = 1.25
"""How much less of the processor a process gets that is nicer by one."""
MOST_NICE = 19
MOST_UNSEEN = 10
"""How many threads may come and go between two looks until it is unknown what has used the processor."""


class Usage:
    """What is known so far, look by look."""

    def __init__(self, *, has_share: bool) -> None:
        """Begin; `has_share` tells that the kernel gives the processes a share of the processor together."""
        self._has_share, self._niceness = has_share, 0
        self._used: dict[str, float] = {}
        self._threads: dict[tuple[str, str], tuple[int, int]] = {}
        self._highest = 0
        self._times, self._kept = [time.monotonic()], [0.0]
        self.busy = 0

    def look(self) -> None:
        """Find out what has happened since the last look."""
        now, used, threads = time.monotonic(), {}, {}
        for process in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError, ValueError, IndexError):  # it may end at any moment
                used[process] = _used_by(process)
                threads |= {(process, thread): times for thread, times in _threads_of(process)}
        passed = now - self._times[-1]
        waited, self.busy = 0.0, 0
        for name, (on, off) in threads.items():
            before = self._threads.get(name, (0, 0))
            ran, stood = (on - before[0]) / 1e9, (off - before[1]) / 1e9
            waited = max(waited, stood)
            self.busy += ran + stood > passed / 2
        own = sum(max(0.0, seconds - self._used.get(name, 0.0)) for name, seconds in used.items())
        kept = max(0.0, min(waited, passed - own))
        if self._unseen({int(thread) for _, thread in threads}) > MOST_UNSEEN:
            kept = 0.0  # what it waited for may have been itself
        self._times.append(now)
        self._kept.append(self._kept[-1] + kept)
        self._used, self._threads = used, threads

    def _unseen(self, numbers: set[int]) -> int:
        """Return how many threads have come and gone since the last look: they are numbered one by one."""
        before, self._highest = self._highest, max(numbers, default=0)
        return self._highest - before - sum(number > before for number in numbers)

    def kept_waiting(self, begun: float) -> float:
        """Return for how many seconds since that moment others had what it wanted: the processor."""
        place = bisect.bisect_right(self._times, begun) - 1
        return self._kept[-1] - self._kept[max(0, place)]

    def be_fair(self, group: int) -> None:
        """Let the busy threads of a process group get what one gets, where the kernel does not see to it."""
        wanted = min(MOST_NICE, math.ceil(math.log(max(1, self.busy), NICER)))
        if wanted > self._niceness and not self._has_share:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PGRP, group, wanted)
                self._niceness = wanted


def _used_by(process: str) -> float:
    """Return the seconds of processor time of a process and of its children that have ended."""
    fields = Path("/proc", process, "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


def _threads_of(process: str) -> list[tuple[str, tuple[int, int]]]:
    """Return for each thread the nanoseconds that it ran, and that it could have run and had to wait."""
    found = []
    for thread in os.listdir(f"/proc/{process}/task"):
        with contextlib.suppress(OSError):
            on, off, _ = Path(f"/proc/{process}/task/{thread}/schedstat").read_text().split()
            found.append((thread, (int(on), int(off))))
    return found
