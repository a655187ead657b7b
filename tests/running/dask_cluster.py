"""A real Dask cluster on loopback: its own commands in processes of their own, elsewhere than the grader."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from autograder.chapter.cells import ROOT

GUARD = """\
import os, sys

def refuse(event, arguments):
    paths = [os.path.abspath(each) for each in arguments[:2] if isinstance(each, str)]
    if any(path.startswith({folder!r}) for path in paths):
        raise PermissionError(event, paths)

sys.addaudithook(refuse)
"""
"""Loaded by each worker process: it cannot even look into the class folder, though that is on its machine."""
SECONDS = 60


class Cluster:
    """A scheduler and processes of workers for the `with` statement, each restarted by its nanny."""

    def __init__(
        self, folder: Path, workers: int = 2, *, root: Path = ROOT, forbidden: Path | None = None
    ) -> None:
        """Keep what it writes in `folder`; the workers cannot open what is in `forbidden`."""
        self._folder, self._workers, self._root, self._forbidden = folder, workers, root, forbidden
        self._started: list[subprocess.Popen] = []

    def __enter__(self) -> "Cluster":
        self._folder.mkdir(parents=True)
        try:
            self._start_all()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_all(self) -> None:
        told = self._folder / "scheduler.json"
        command = ["dask_scheduler", "--host=127.0.0.1", "--port=0", f"--scheduler-file={told}"]
        self.scheduler = self._start(command, self._root)
        _wait_until(lambda: told.exists() and told.read_text("utf-8").rstrip().endswith("}"), self._log)
        self.address = json.loads(told.read_text("utf-8"))["address"]
        if self._workers:
            self.start_workers(self._workers)

    def start_workers(self, count: int, root: Path = ROOT) -> subprocess.Popen:
        """Start worker processes with the course that lies in `root`, and wait until they are there."""
        command = ["dask_worker", self.address, f"--nworkers={count}", "--nthreads=1", "--host=127.0.0.1"]
        command += [f"--local-directory={self._folder}", "--death-timeout=60", "--memory-limit=0"]
        if self._forbidden:
            guard = self._folder / "guard.py"
            guard.write_text(GUARD.format(folder=str(self._forbidden.resolve())), "utf-8")
            command += [f"--preload={guard}"]
        started = self._start(command, root)
        registered = "Registered to:"
        before = self._log().count(registered)
        _wait_until(lambda: self._log().count(registered) >= before + count, self._log)
        return started

    def _start(self, command: list[str], root: Path) -> subprocess.Popen:
        environment = os.environ | {"PYTHONPATH": str(root)}
        with self._log_file.open("a") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{command[0]}", *command[1:], "--no-dashboard"],
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._started.append(started)
        return started

    @property
    def _log_file(self) -> Path:
        return self._folder / "log"

    def _log(self) -> str:
        return self._log_file.read_text("utf-8")

    def worker_processes(self) -> list[psutil.Process]:
        """Return the processes that do tasks: the children of the nannies' process."""
        nannies = [each for each in self._started if each is not self.scheduler and each.poll() is None]
        children = [child for nanny in nannies for child in psutil.Process(nanny.pid).children()]
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def __exit__(self, *_: object) -> None:
        """End every process that was started, with its children."""
        for process in reversed(self._started):  # workers first: they take leave of their scheduler
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
                process.wait()


def _wait_until(condition, log) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, log()
        time.sleep(0.05)
