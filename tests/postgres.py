"""A private PostgreSQL server in a temporary folder, which a test may kill and start again."""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg

from autograder.desk.doctor import program

ACCOUNTS = ("postgres", "nobody")  # the first is made by Debian's package, the second is everywhere
PORT = 5432  # nothing listens on it: it is only a part of the socket's name
SECONDS = 60


def missing() -> str:
    """Return '' where a server can be started, else a sentence that says what is missing."""
    folder = _programs()
    if folder is None or not (folder / "initdb").exists():
        return "PostgreSQL's server is missing: there is no program `postgres` with `initdb` beside it"
    if os.geteuid() == 0 and _account() is None:
        return f"PostgreSQL does not run as root, and there is no user {' or '.join(ACCOUNTS)} to run it as"
    return ""


def _programs() -> Path | None:
    """Return the folder that holds the programs of one version; on the path may be links to some of them."""
    found = program("postgres")
    return Path(found).resolve().parent if found else None


def _account() -> pwd.struct_passwd | None:
    known = {account.pw_name: account for account in pwd.getpwall()}
    return next((known[name] for name in ACCOUNTS if name in known), None)


class Server:
    """A server for the `with` statement, reached by a socket in its folder and in no other way.

    What was committed outlasts `stop(immediate=True)` though nothing is synced to the disk: the pages are
    the kernel's by then, and it is only the server that dies.
    """

    def __init__(self) -> None:
        """Make the folder and an empty cluster of databases in it."""
        # not in pytest's own folder: the path of a socket has room for about a hundred characters
        self._temporary = tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp")
        self._folder = Path(self._temporary.name)
        self._data, self._log = self._folder / "data", self._folder / "log"
        self._process: subprocess.Popen | None = None
        self._numbers = count(1)
        self._as_user = {}
        if os.geteuid() == 0:
            account = _account()
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        if self._run("initdb", *options).wait(SECONDS):
            raise RuntimeError(self._log.read_text("utf-8"))

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(immediate=True)
        self._temporary.cleanup()

    def start(self) -> None:
        """Start the server unless it runs, and wait until it answers."""
        if self._runs():
            return
        options = ["-F", "-k", str(self._folder), "-p", str(PORT), "-c", "listen_addresses="]
        self._process = self._run("postgres", *options)
        deadline = time.monotonic() + SECONDS
        while not self._answers():
            if not self._runs() or time.monotonic() > deadline:
                self.stop(immediate=True)
                raise RuntimeError(self._log.read_text("utf-8"))
            time.sleep(0.02)

    def stop(self, immediate: bool = False) -> None:
        """Stop the server; `immediate` is like a crash: connections break off, its next start recovers."""
        if self._runs():
            self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            self._process.wait(SECONDS)

    def new_database(self) -> str:
        """Return the URL of a new, empty database. Starts the server where a test has left it stopped."""
        self.start()
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}&port={PORT}"

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, name: str, *options: str) -> subprocess.Popen:
        command = [str(_programs() / name), "-D", str(self._data), *options]
        with self._log.open("a") as log:
            # in its own folder: the user it runs as may not enter the one we are in
            return subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log, **self._as_user)
