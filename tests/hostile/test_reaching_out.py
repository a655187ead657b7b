"""Submissions that reach for what is not theirs: files, processes, the network, the machine itself."""

import contextlib
import errno
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import autograder.exercises
import solutions
from autograder.running.sandbox import ENVIRONMENT
from tests.classes import CHAPTER, notebook_path
from tests.hostile.batch import (
    HONEST,
    NEIGHBOURS,
    UNHARMED,
    grade_watched,
    hand_in_all,
    new_class,
    nothing_new_of_the_kernel_is_there,
    nothing_shared_is_taken_hold_of,
    submissions,
)
from tests.hostile.test_cheating import shifted

pytestmark = pytest.mark.heavy

FOLDER = Path(__file__).parent / "reaching_out"
SECRET = "of-the-person-who-grades-7f3a"
ABSTRACT = "\0a-line-of-the-tests"


class Server(threading.Thread):
    """Listens on 127.0.0.1, ::1, an abstract name and a path, and counts who comes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.path, self.came = str(folder / "line"), []
        one, other = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET6)
        self.port = one.getsockname()[1]
        self.lines = {"port": one, "port, IPv6": other}
        with contextlib.suppress(OSError):  # a machine without IPv6
            other.bind(("::1", self.port))
        for name, address in {"abstract name": ABSTRACT, "path": self.path}.items():
            self.lines[name] = socket.socket(socket.AF_UNIX)
            self.lines[name].bind(address)
        for line in self.lines.values():
            line.listen()
            line.settimeout(0.01)

    def run(self) -> None:
        while self.lines:
            for name, line in list(self.lines.items()):
                with contextlib.suppress(OSError):
                    line.accept()[0].close()
                    self.came.append(name)

    def close(self) -> None:
        lines, self.lines = self.lines, {}
        self.join()
        for line in lines.values():
            line.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    found = Server(tmp_path_factory.mktemp("server"))
    found.start()
    yield found
    found.close()


@pytest.fixture(scope="module")
def batch(tmp_path_factory, chapter, server):
    course = new_class(tmp_path_factory.mktemp("reaching"), chapter)
    home = course.folder.parent / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text(SECRET)
    seeds = Path(os.environ["XDG_DATA_HOME"])
    paths = {
        "shadow": "/etc/shadow",
        "passwd": "/etc/passwd",
        "home": home,
        "key": home / ".ssh" / "id_rsa",
        "own home": Path.home(),
        "gradebook": course.folder / "gradebook.db",
        "source": notebook_path(course, "source"),
        "release": course.folder / "release",
        "neighbour": notebook_path(course, "submitted", NEIGHBOURS[0]),
        "rounds": course.folder / "rounds",
        "seeds": seeds,
        "checkout": Path(__file__).parents[2] / "README.md",
        "solutions": Path(solutions.__file__),
        "exercises": Path(autograder.exercises.__file__),
        "tests": Path(__file__),
        "temporary": "/tmp/pytest-of-root",
        "environment": f"/proc/{os.getpid()}/environ",
        "memory": f"/proc/{os.getpid()}/mem",
        "kernel": "/proc/kcore",
        "kernel log": "/dev/kmsg",
        "all memory": "/dev/mem",
        "disk": "/dev/vda",
        "terminal": "/dev/tty",
        "system": "/sys",
        "run": "/run",
        "variable": "/var",
    }
    sought = {
        "the secret of the environment": SECRET.encode(),
        "the seed": f"{course.round(CHAPTER).seed:032x}".encode(),
        "what I hold myself": b"seven-grey-herons",
        "what /proc shows": b"PYTHONHASHSEED=0",
    }
    told = {
        "PATHS": {name: str(path) for name, path in paths.items()},
        "SOUGHT": {name: shifted(content) for name, content in sought.items()},
        "PROCESSES": [os.getpid(), os.getppid()],
        "PORT": server.port,
        "ABSTRACT": ABSTRACT,
        "SOCKET_PATH": server.path,
        "OTHER_PORT": server.port + 2 if server.port < 60_000 else server.port - 3000,
        "FOLDERS": [
            str(course.folder),
            str(home),
            "/tmp/..",
            "/var/tmp",
            str(seeds),
            str(Path(__file__).parents[2]),
        ],
        "FILES": [solutions.__file__, str(course.folder / "gradebook.db"), np.__file__],
    }
    hand_in_all(course, FOLDER, told)
    paths = [f"{folder}/hostile-was-here" for folder in ("/tmp", "/scratch")]
    addresses = [("127.0.0.1", told["OTHER_PORT"]), "\0hostile-was-here", *paths]
    found = []
    graded = grade_watched(
        course,
        chapter,
        {"timeout": 20, "notebook_timeout": 60},  # nobody goes up to these here
        environment={"COURSE_SECRET": SECRET},
        look=lambda: found.extend(filter(answers, addresses)),
    )
    assert answers(("127.0.0.1", server.port)) and answers(ABSTRACT) and not found
    return graded


def answers(address):
    """Tell whether somebody listens there."""
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as line:
        line.settimeout(1)
        return line.connect_ex(address) == 0


@pytest.mark.parametrize("check", UNHARMED, ids=lambda check: check.__name__)
def test_the_machine_and_the_neighbours_are_unharmed(batch, check):
    check(batch)


@pytest.mark.parametrize("name", submissions(FOLDER))
def test_whoever_reaches_out_keeps_the_points_of_a_right_function(batch, name):
    assert batch.points[name] == batch.deserved(**HONEST)


def test_nothing_is_read_but_what_is_ones_own(batch):
    found = batch.printed("reads_secrets")
    assert found.pop("own") == {"read": "my own file"}
    way = {part for path in (sys.prefix, sys.base_prefix) for part in Path(path).parts}
    assert set(found.pop("own home").get("read", [])) <= way, "the interpreter may lie there"
    assert not {name: seen for name, seen in found.items() if "read" in seen}


def test_no_secret_lies_in_memory_in_the_environment_or_in_what_the_kernel_shows(batch):
    found = batch.printed("searches_for_secrets")
    assert found["memory"] == ["what /proc shows", "what I hold myself"]
    assert found["files"] == ["what /proc shows"]
    assert set(found["environment"]) == {*ENVIRONMENT, "HOME", "TMPDIR", "MPLCONFIGDIR"}


def test_a_submission_sees_its_own_processes_and_no_other(batch):
    found = batch.printed("looks_at_other_processes")
    assert (found["before"], found["after"]) == ([1], [1, found["child"]])
    assert (found["own"], found["parent"], found["name"]) == (1, 0, "grading")
    assert (found["control"], set(found["told"])) == ("reached", {"ProcessLookupError"})


def test_nobody_is_reached_over_the_network(batch, server):
    found = batch.printed("uses_the_network")
    assert found.pop("own").startswith("reached")
    assert not [name for name, said in found.items() if said.startswith("reached")]
    assert sorted(server.came) == ["abstract name", "port"], "the test has come itself, once"


def test_nobody_reaches_a_submission_that_listens(batch):
    assert batch.printed("listens_for_others") == "listened"  # and the fixture has looked meanwhile


def test_no_process_is_looked_into(batch):
    found = batch.printed("looks_into_other_processes")
    assert found.pop("control") == [0, 0]
    assert set(map(tuple, found.values())) == {(-1, errno.EPERM)}


def test_no_privilege_is_gained_and_no_limit_raised(batch):
    found = batch.printed("changes_its_world")
    status = found.pop("status")
    assert found.pop("control") == "done"
    assert found.pop("core") == [1, 1], "with 0 or more than 1, a crash reporter is started outside"
    assert not [name for name, said in found.items() if said == "done"]
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
    assert (status["Uid"], status["Gid"]) == ("\t".join(["1000"] * 4),) * 2
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_a_program_that_runs_as_somebody_else_runs_as_the_student(batch):
    found = batch.printed("becomes_somebody_else")
    assert found["programs"], "a machine without such programs shows nothing"
    assert set(found["flags"].values()) == {True}
    assert found["ran"].pop("control") == found["ran"].pop("own") == [0, "1000"]
    assert not [said for said in found["ran"].values() if said[0] == 0]


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="other processors have no other numbers")
def test_system_calls_of_another_kind_end_the_process_that_makes_them(batch):
    ended = -signal.SIGSYS
    assert batch.printed("calls_the_old_way") == {"control": 0, "32 bits": ended, "x32": ended}


def test_nobody_takes_hold_of_what_all_read(batch):
    nothing_shared_is_taken_hold_of(batch)


def test_nobody_gets_what_linux_has_got_of_late(batch):
    nothing_new_of_the_kernel_is_there(batch)


def test_nothing_is_written_but_to_ones_own_folder(batch):
    found = batch.printed("writes_outside")
    assert found.pop("own folder") == found.pop("own file") == "done"
    assert found.pop("devices") == ["full", "null", "random", "shm", "urandom"]
    assert found.pop("writable in /proc") == []
    assert not [name for name, said in found.items() if said == "done"]
