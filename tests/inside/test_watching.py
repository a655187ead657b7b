"""The watcher of a student's process counts that process alone, whatever else the machine does."""

import textwrap

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
