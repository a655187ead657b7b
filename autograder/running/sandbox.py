"""The grader's side of the wall: get a process for one submission from the warm parent, and talk to it."""

import atexit
import contextlib
import json
import os
import platform
import secrets
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder import CourseError
from autograder.running.bounds import unbounded

INSIDE = Path(__file__).parents[1] / "inside"
LENGTH = struct.Struct("!I")
MOMENT = struct.Struct("!d")
STRETCH = 10
"""How many times as long as its limit a cell or call may last by the clock, where others keep it waiting."""
SHORT = 0.02
"""Seconds that are not worth waiting for."""
ENVIRONMENT = {
    "PATH": f"{os.path.dirname(sys.executable)}:/usr/bin:/bin",  # so that `!pip` is the environment's
    "USER": "student",
    "LOGNAME": "student",
    "TERM": "xterm-color",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "PIP_NO_INDEX": "1",  # else pip tries for a long time what cannot be
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",  # the same submission does the same on every run
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
"""What a submission's environment holds, beside its folders; nothing in it leads to us."""
NO_REPORT = "its watcher has ended"
ENDED = "ended the whole Python process"
MOST_BYTES = 50_000_000
"""The longest message that is read: the longest answer of `inside/kernel_side.py`, and what wraps it."""
MOST_VALUES = 1_000_000
"""How many values of a message are read: each takes up to some hundred bytes of memory, however short."""
PIECE = 1 << 20
"""How many bytes of a message are looked at at a time."""
WARMING_SECONDS = 120
ENDING_SECONDS = 20


class IsolationError(CourseError):
    """Submissions cannot be isolated here; the message says what is missing and what to do."""


class ProcessDiedError(Exception):
    """The student's process has ended, or has sent what is no message.

    The message tells it as what a call did, for example "ended the whole Python process".
    """


class WarmLostError(Exception):
    """The parent of the submissions has ended, and all of them with it; no submission is to blame."""


class Warm:
    """The warm parent of submissions: who can reach its socket gets processes from it."""

    def __init__(self, line: socket.socket) -> None:
        """Use the warm parent at the other end of `line`, started by this process or by another."""
        self.line = line
        self.bounds: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._is_lost = False

    def sandbox(self) -> "Sandbox":
        """Return a new process for one submission. Raises `WarmLostError`."""
        control, their_control = socket.socketpair()
        data, their_data = socket.socketpair()
        with self._lock, their_control, their_data:
            try:
                socket.send_fds(self.line, [b"f"], [their_control.fileno(), their_data.fileno()])
            except OSError as error:
                self._is_lost = True
                control.close()
                data.close()
                raise WarmLostError(f"the parent of the submissions has ended ({error})") from error
        return Sandbox(control, data)

    def is_alive(self) -> bool:
        """Tell whether the warm parent runs, as far as is known."""
        return not self._is_lost


class OwnWarm(Warm):
    """A warm parent that this process starts, and ends."""

    def __init__(self) -> None:
        """Start it; while it warms up, this process can do something else."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with unbounded():  # what holds a worker would hold its submissions, too
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(INSIDE)],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        theirs.close()
        super().__init__(ours)
        atexit.register(self.close)
        about_fonts = ("HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR")
        self._tell({name: os.environ[name] for name in about_fonts if name in os.environ})

    def settle(self, limits: Mapping[str, Any]) -> None:
        """Tell it the limits of its children, and wait until it is warm. Raises `IsolationError`."""
        isolated = not limits["unsafe_no_isolation"]
        with tempfile.TemporaryDirectory(prefix="grading-") as root:
            self._tell({**limits, "isolated": isolated, "root": root, "environment": ENVIRONMENT})
            self.line.settimeout(WARMING_SECONDS)
            try:
                said = json.loads(self.line.recv(10_000) or b"{}")
            except (OSError, ValueError) as error:
                said = {"why": f"{type(error).__name__}: {error}"}
            self.line.settimeout(None)
        self.bounds = said.get("bounds", {})
        why = self._try() if said.get("ready") else said.get("why", "no answer")
        if why:
            self.close()
            raise IsolationError(
                f"submissions cannot be isolated on this machine: {why}. Grade on a Linux that allows it, or "
                "only where you trust every submission with --unsafe-no-isolation"
            )

    def _tell(self, what: Mapping[str, Any]) -> None:
        body = json.dumps(what).encode()
        with contextlib.suppress(OSError):  # where it has ended, `settle` waits for its answer in vain
            self.line.sendall(LENGTH.pack(len(body)) + body)

    def _try(self) -> str:
        """Run a cell, and return what went wrong, or ''."""
        trial = self.sandbox()
        try:
            trial.send(do="run", source="1 + 1", silent=False, limit=1000)
            shown = (trial.reply(WARMING_SECONDS) or {}).get("outputs")
            failed = "" if shown else "a process that was isolated does not run a cell"
        except ProcessDiedError as error:
            failed = f"a process that was to be isolated {error}"
        report = trial.close()
        return (report.get("why") or failed).removeprefix("cannot isolate: ") if failed else ""

    def is_alive(self) -> bool:
        """Tell whether the warm parent runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it; safe to call twice."""
        atexit.unregister(self.close)
        self.line.close()
        try:
            self._process.wait(ENDING_SECONDS)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self._process.kill()
            self._process.wait()


class Sandbox:
    """The process of one submission, and the two lines to it."""

    def __init__(self, control: socket.socket, data: socket.socket) -> None:
        """Take the grader's ends of both lines."""
        self._control, self._data = control, data
        self._received = bytearray()
        self._said = bytearray()
        self._awaited = ""

    def send(self, **request: Any) -> None:
        """Ask for something. Raises `ProcessDiedError`."""
        self._awaited = secrets.token_hex(8)
        body = json.dumps({**request, "id": self._awaited}).encode()
        try:
            self._data.settimeout(ENDING_SECONDS)
            self._data.sendall(LENGTH.pack(len(body)) + body)
        except OSError as error:
            raise ProcessDiedError(ENDED) from error

    def reply(self, seconds: float, most: int = MOST_BYTES) -> dict | None:
        """Return the reply to what was asked last, or None if there is none in time.

        Time in which others had the processor does not count, up to `STRETCH` times as much by the clock.
        Raises `ProcessDiedError` where the process has ended, or sends more than is read or no JSON.
        """
        limit = time.monotonic(), seconds
        while True:
            head = self._take(LENGTH.size, *limit)
            if head is None:
                return None
            (length,) = LENGTH.unpack(head)
            if length > most:
                raise ProcessDiedError(f"sent back {length:,} bytes at once, more than are read")
            body = self._take(LENGTH.size + length, *limit)
            if body is None:
                return None
            del self._received[: LENGTH.size + length]
            body = body[LENGTH.size :]
            if holds_more_than(MOST_VALUES, body):
                raise ProcessDiedError(f"sent back more than {MOST_VALUES:,} values at once")
            try:
                message = json.loads(body)
                if message["id"] == self._awaited:
                    return message
            except (ValueError, TypeError, KeyError, RecursionError, MemoryError) as error:
                raise ProcessDiedError("sent back what nobody can read") from error

    def _take(self, count: int, begun: float, seconds: float) -> bytes | None:
        """Return the first `count` bytes that have come and not been deleted, or None if they do not come."""
        while len(self._received) < count:
            left = left_of(seconds, begun, lambda: self.kept_waiting(begun))
            if left <= 0:
                return None
            self._data.settimeout(left)
            try:
                piece = self._data.recv(1 << 20)
            except TimeoutError:
                continue  # whether that was all, the next round tells
            except OSError as error:
                raise ProcessDiedError(ENDED) from error
            if not piece:
                raise ProcessDiedError(ENDED)
            self._received += piece
        return bytes(self._received[:count])

    def kept_waiting(self, begun: float = 0.0) -> float:
        """Return for how many seconds since `begun` others had the processor that it wanted."""
        try:
            self._control.settimeout(ENDING_SECONDS)
            self._control.sendall(b"w" + MOMENT.pack(begun))
            while b"\n" not in self._said:
                if not (piece := self._control.recv(65536)):
                    return 0.0  # the watcher has ended, and what was said is its report
                self._said += piece
        except OSError:
            return 0.0
        line, _, rest = bytes(self._said).partition(b"\n")
        self._said = bytearray(rest)
        return float(line)

    def interrupt(self) -> None:
        """Interrupt what it does, as the stop button of a notebook does."""
        with contextlib.suppress(OSError):
            self._control.send(b"i")

    def close(self) -> dict:
        """End it with everything it has started; return the watcher's last report once all is gone."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        self._data.close()
        self._control.settimeout(ENDING_SECONDS)
        with self._control, contextlib.suppress(OSError):
            while piece := self._control.recv(65536):
                self._said += piece
        try:
            return json.loads(self._said.rpartition(b"\n")[2])
        except ValueError:
            return {"why": NO_REPORT, "status": None}


def left_of(
    seconds: float, begun: float, kept_waiting: Callable[[], float], stretch: float = STRETCH
) -> float:
    """Return how much is left of a limit that began to count at `begun`; who waited for others has more.

    By the clock it is never more than `stretch` times the limit.
    """
    passed = time.monotonic() - begun
    if passed < seconds:
        return seconds - passed
    left = min(seconds + kept_waiting(), stretch * seconds) - passed
    return left if left > SHORT else 0.0


def holds_more_than(most: int, text: bytes) -> bool:
    """Tell whether a text in JSON holds more values than `most`, without making them."""
    bare = text.replace(b"\\\\", b"").replace(b'\\"', b"")  # now each quote begins or ends a string
    found, is_inside = 0, False
    for start in range(0, len(bare), PIECE):  # else the parts of a long text would take a gigabyte
        parts = bare[start : start + PIECE].split(b'"')
        outside = b"".join(parts[is_inside::2])
        found += sum(map(outside.count, (b",", b"[", b"{")))
        is_inside ^= len(parts) % 2 == 0
    return found > most


@cache
def versions() -> dict[str, str]:
    """Return the versions of the Python and the packages with which submissions run here."""
    packages = ("numpy", "scipy", "matplotlib", "ipython")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


_begun: list[OwnWarm] = []
_warm: dict[str, Warm] = {}


def begin() -> None:
    """Start a warm parent that will soon be needed."""
    if not _begun:
        _begun.append(OwnWarm())


def warm_parent(limits: Mapping[str, Any]) -> Warm:
    """Return the warm parent for these limits, started anew where it has ended. Raises `IsolationError`."""
    key = _key(limits)
    if key not in _warm or not _warm[key].is_alive():
        own = _begun.pop() if _begun else OwnWarm()
        own.settle(limits)
        _warm[key] = own
    return _warm[key]


def new_sandbox(limits: Mapping[str, Any]) -> Sandbox:
    """Return a process for one submission, from a warm parent that is started anew where it was lost."""
    try:
        return warm_parent(limits).sandbox()
    except WarmLostError:
        return warm_parent(limits).sandbox()


def shared() -> dict[str, socket.socket]:
    """Return the lines to the warm parents of this process, for its worker processes to `adopt`."""
    return {key: warm.line for key, warm in _warm.items() if warm.is_alive()}


def adopt(lines: Mapping[str, socket.socket]) -> None:
    """Use the warm parents of another process."""
    _warm.update({key: Warm(line) for key, line in lines.items()})


def _key(limits: Mapping[str, Any]) -> str:
    return json.dumps(dict(limits), sort_keys=True)
