"""The watcher of a student's process counts that process alone, whatever else the machine does."""

import base64
import contextlib
import fcntl
import os
import subprocess
import sys
import textwrap
import time

import pytest

from autograder.classroom.course import Course
from autograder.running import sandbox

SLOW_DOOR = """\
import runpy, sys, time
sys.path.insert(0, {inside!r})
import isolation

close = isolation.close_the_door


def close_slowly(settings):
    time.sleep(0.5)
    close(settings)


isolation.close_the_door = close_slowly
runpy.run_path({inside!r} + "/__main__.py", run_name="__main__")
"""
SHORT_LIVED = """\
import os
for _ in range(1500):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
print("done")
"""
LOCKS = """\
import fcntl, os
shared = open(os.__file__, "rb")
try:
    fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("locked")
except OSError as error:
    print(type(error).__name__)
"""
BUSY_ON_ONE = """\
import os, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
def spin(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
"""


@contextlib.contextmanager
def busy_elsewhere():
    """Keep the processor busy that is the first of all."""
    one = str(min(os.sched_getaffinity(0)))
    loops = [sys.executable, "-c", "while True: pass"]
    other = subprocess.Popen(["taskset", "--cpu-list", one, *loops])
    try:
        yield
    finally:
        other.kill()
        other.wait()


@pytest.fixture
def limits(tmp_path):
    return Course.apart(tmp_path / "class").limits() | {"memory_megabytes": 64}


def run(limits, source):
    student = sandbox.new_sandbox(limits)
    try:
        student.send(do="run", source=source, silent=False, limit=10_000)
        return (student.reply(60) or {}).get("outputs"), student.close()
    except sandbox.ProcessDiedError:
        return None, student.close()


def test_the_memory_of_the_machine_is_nobodys_while_the_door_is_still_open(limits, tmp_path, monkeypatch):
    """A door that closes slowly: half a second long, /proc shows everything that runs here."""
    script = tmp_path / "slow_door.py"
    script.write_text(textwrap.dedent(SLOW_DOOR.format(inside=str(sandbox.INSIDE))), "utf-8")
    monkeypatch.setattr(sandbox, "INSIDE", script)
    warm = sandbox.OwnWarm()
    try:
        warm.settle(limits)
        student = warm.sandbox()
        student.send(do="run", source="print('here')", silent=False, limit=10_000)
        assert student.reply(30)["outputs"][0]["text"] == "here\n"
        assert student.close()["why"] == "closed"
    finally:
        warm.close()


def test_processes_that_end_while_they_are_looked_at_stop_nobody(limits):
    outputs, report = run(limits, SHORT_LIVED)
    assert outputs and outputs[0]["text"] == "done\n", report
    assert report["why"] == "closed"


def test_a_lock_on_a_file_that_all_read_is_nobody_elses(limits):
    """Where it would be, there are no such locks; outside, the file can be locked meanwhile either way."""
    student = sandbox.new_sandbox(limits)
    student.send(do="run", source=LOCKS, silent=False, limit=10_000)
    said = student.reply(60)["outputs"][0]["text"]
    assert said == ("locked\n" if sandbox.warm_parent(limits).bounds["own_locks"] else "PermissionError\n")
    with open(os.__file__, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    student.close()


def test_whoever_waited_for_the_processor_is_told_how_long(limits):
    """It uses the processor for a second, on one that another keeps busy; the rest of the time it waits."""
    student = sandbox.new_sandbox(limits)
    student.send(do="run", source=BUSY_ON_ONE, silent=False, limit=10_000)
    assert student.reply(60)
    begun = time.monotonic()
    with busy_elsewhere():
        student.send(do="run", source="spin(1)", silent=False, limit=10_000)
        assert student.reply(100) is not None
        passed, waited = time.monotonic() - begun, student.kept_waiting(begun)
    assert passed - waited == pytest.approx(1, abs=0.4)
    student.close()


def test_a_students_own_file_may_be_called_like_any_module_of_the_warm_parent(limits):
    names = sorted(path.stem for path in sandbox.INSIDE.glob("*.py") if not path.stem.startswith("__"))
    mine = base64.b64encode(b"WHOSE = 'mine'").decode()
    student = sandbox.new_sandbox(limits)
    student.send(do="put", files={f"{name}.py": mine for name in names})
    assert student.reply(60) is not None
    source = f"import {', '.join(names)}\nprint({{each.WHOSE for each in ({', '.join(names)},)}})"
    student.send(do="run", source=source, silent=False, limit=10_000)
    assert student.reply(60)["outputs"][0]["text"] == "{'mine'}\n"
    student.close()
