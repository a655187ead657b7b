"""Who needs nearly all the processor time there is keeps the points, whatever runs on the same processor."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.classes import TD_ERRORS, hand_in
from tests.conftest import lacking
from tests.hostile.batch import HONEST, grade_watched, new_class, written
from tests.hostile.test_ordinary_user import as_nobody, own_everything

LIMITS = {"question_timeout": 2, "timeout": 5, "interrupt_grace": 2, "notebook_timeout": 30}
SPIN = """\
def spin(seconds):
    import time
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
"""
SLOW = TD_ERRORS.replace(":\n", ":\n    spin(1.5)\n", 1)
"""Takes three quarters of the time that a call may take."""
BUSY = """\
import os
for _ in range(8):
    if os.fork() == 0:
        {before}
        while True:
            pass
"""
HONEST_CELLS = [("first", f"{SPIN}\nspin(4)"), ("td_errors", SLOW)]
BUSY_CELLS = [("first", BUSY.format(before="os.setsid()")), ("last", f"{SPIN}\nspin(4.5)")]
ONE_GROUP = """\
for tree in /sys/fs/cgroup/cpu /sys/fs/cgroup; do
    if mkdir $tree/$0; then
        echo 65536 >$tree/$0/cpu.shares || echo 6400 >$tree/$0/cpu.weight
        echo $$ >$tree/$0/cgroup.procs
        break
    fi
done 2>/dev/null
exec "$@"
"""
"""Takes away what the kernel does by itself for each session: in a group all its processes are alike.

The group gets so much that other programs of the machine change nothing.
"""


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix="busy-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def group():
    """The name of a control group that the tests may make, and that is gone afterwards."""
    name = f"busy-{os.getpid()}"
    yield name
    for tree in ("/sys/fs/cgroup/cpu", "/sys/fs/cgroup"):
        with contextlib.suppress(OSError):
            os.rmdir(f"{tree}/{name}")


def graded_on_one_processor(folder, chapter, command=()):
    course = new_class(folder, chapter, neighbours=["z-neighbour"])
    for name in ("a-busy", "c-busy", "d-busy", "e-busy"):
        hand_in(course, name, written(BUSY_CELLS))
    hand_in(course, "b-honest", written(HONEST_CELLS))
    environment = own_everything(folder) if command else {}
    one = ("taskset", "--cpu-list", str(min(os.sched_getaffinity(0))))
    return grade_watched(course, chapter, LIMITS, environment=environment, command=(*one, *command))


def nobody_has_lost_anything(batch):
    assert batch.outcomes.keys() >= {"a-busy", "b-honest"}, batch.said
    assert batch.points["b-honest"] == dict.fromkeys(batch.points["b-honest"], 0) | HONEST
    assert batch.points["a-busy"] == batch.points["b-honest"]
    assert batch.left == []


@pytest.mark.heavy
def test_honest_work_keeps_its_points_beside_busy_children(folder, chapter):
    nobody_has_lost_anything(graded_on_one_processor(folder, chapter))


@pytest.mark.heavy
def test_an_ordinary_user_without_any_share_of_the_kernels_is_as_fair(folder, chapter, group):
    if os.geteuid() != 0:
        pytest.skip("the tests are run by an ordinary user, so that the other test shows this")
    if not shutil.which("setpriv"):
        lacking("the command setpriv is missing")
    command = ("sh", "-c", ONE_GROUP, group, *as_nobody(folder / "kept"))
    nobody_has_lost_anything(graded_on_one_processor(folder, chapter, command))
