"""Run a command and measure it with all its descendants: python meter.py REPORT SECONDS COMMAND...

Imports nothing of the project, so that it is small beside what it measures. Processor seconds are those that
the kernel counts for processes that were waited for. This process takes in every orphan among the descendants
(PR_SET_CHILD_SUBREAPER) and waits for it too, else the workers of a forkserver would be missing. Two other
counts check that: what the samples have seen at least, and what the whole machine has used at most.

Memory is the sum of the proportional set sizes (PSS) of all descendants, so that a page which several
processes share counts once. It is sampled; a peak between two samples is missed.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import subprocess
import sys
import time
from pathlib import Path

import psutil

PR_SET_CHILD_SUBREAPER = 36
ENDING_SECONDS = 60
"""How long descendants may go on after the command itself has ended."""
MEGABYTE = 1e6


class Samples:
    """What was seen of the descendants every now and then."""

    def __init__(self, main: int) -> None:
        self._main = main
        self._me = psutil.Process()
        self._seconds: dict[tuple[int, float], float] = {}
        self.peak = 0
        self.peak_main = 0
        self.processes = 0

    def take(self) -> None:
        """Look once at every process that is there."""
        memory, count = 0, 0
        for process in self._me.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                memory += self._look_at(process)
                count += 1
        if memory > self.peak:
            self.peak, self.processes = memory, count

    def _look_at(self, process: psutil.Process) -> int:
        """Return the memory of a process, and note its processor time."""
        used = process.cpu_times()
        self._seconds[process.pid, process.create_time()] = used.user + used.system
        if process.pid == self._main:
            self.peak_main = max(self.peak_main, _most_resident(self._main))
        return process.memory_full_info().pss

    @property
    def seconds(self) -> float:
        """The processor seconds that were seen: less than were used, as nothing is seen between samples."""
        return sum(self._seconds.values())


def _most_resident(pid: int) -> int:
    """Return the most memory that a process has had so far; the kernel remembers it."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def measure(command: list[str], interval: float) -> dict:
    """Run `command`, look at it every `interval` seconds, and return what it took."""
    _take_in_orphans()
    busy, started = _busy_machine(), time.monotonic()
    main = subprocess.Popen(command)
    samples, ended = Samples(main.pid), os.pidfd_open(main.pid)
    while not select.select([ended], [], [], interval)[0]:
        samples.take()
    seconds = time.monotonic() - started
    status = os.waitstatus_to_exitcode(os.waitpid(main.pid, 0)[1])
    main.returncode = status
    left = _wait_for_the_rest()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "status": status,
        "seconds": seconds,
        "seconds_until_all_have_ended": time.monotonic() - started,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "cpu_seconds_seen_in_samples": samples.seconds,
        "cpu_seconds_of_the_machine": _busy_machine() - busy,
        "cpu_seconds_of_the_meter": time.process_time(),
        "peak_megabytes": samples.peak / MEGABYTE,
        "peak_megabytes_main": samples.peak_main / MEGABYTE,
        "processes_at_peak": samples.processes,
        "left_behind": left,
    }


def _take_in_orphans() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process cannot take in orphans")


def _busy_machine() -> float:
    """Return the processor seconds that all processes of the machine have used since it was started."""
    times = psutil.cpu_times()
    return sum(getattr(times, name, 0) for name in ("user", "nice", "system", "irq", "softirq"))


def _wait_for_the_rest() -> list[str]:
    """Wait for the orphans; return the command lines of those that do not end, which are ended then."""
    end = time.monotonic() + ENDING_SECONDS
    left: list[str] = []
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return left
        if pid == 0 and time.monotonic() > end:
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    left.append(" ".join(process.cmdline())[:200])
                    process.kill()
        if pid == 0:
            time.sleep(0.01)


if __name__ == "__main__":
    report, interval, *command = sys.argv[1:]
    Path(report).write_text(json.dumps(measure(command, float(interval))))
