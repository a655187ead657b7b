"""Tasks whose workers end, hang, raise or lie; each try leaves a line in a file and so can be counted."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.running.task import VersionError


@dataclass(frozen=True)
class Odd:
    """A task: what it does, in the first `times` tries; after that it is an ordinary one."""

    number: int
    does: str = ""
    times: int = 1000
    seconds: float = 0.0


class UnreadableError(Exception):
    """An error that can be sent and not be read again, as those of some libraries."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def do(folder: Path, task: Odd) -> int:
    """Do the task in a worker; the result of an ordinary one is its number times ten."""
    with (folder / str(task.number)).open("a") as file:
        file.write(f"{os.getpid()}\n")
    if len(tries(folder, task.number)) <= task.times and task.does:
        return ODD[task.does]()
    time.sleep(task.seconds)
    return 10 * task.number


def tries(folder: Path, number: int) -> list[int]:
    """Return the process of each try of a task."""
    path = folder / str(number)
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def check(task: Odd, result: int) -> None:
    """Raise where that is no result of the task."""
    if result != 10 * task.number:
        raise ValueError("that is no result")


def _raise() -> None:
    raise RuntimeError("not today")


def _raise_what_cannot_be_read() -> None:
    raise UnreadableError("sent", "and lost")


def _refuse() -> None:
    raise VersionError("another version")


def _compute() -> None:
    while True:
        pass


KEPT: list[bytearray] = []


def _keep() -> int:
    """Take most of two hundred megabytes and keep them; the file of the task says which number it has."""
    KEPT.append(bytearray(120_000_000))
    return -1


ODD = {
    "takes memory": lambda: len(bytearray(400_000_000)),
    "keeps memory": _keep,
    "computes": _compute,
    "ends": lambda: os._exit(3),
    "ends quietly": lambda: os._exit(0),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hangs": lambda: time.sleep(1000),
    "raises": _raise,
    "raises what cannot be read": _raise_what_cannot_be_read,
    "refuses": _refuse,
    "lies": lambda: -1,
    "returns what cannot be sent": lambda: lambda: None,
}


def end_at_once(*_: object) -> None:
    """End a worker before it does anything."""
    os._exit(5)
