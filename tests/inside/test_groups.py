"""Control groups: where they are made, what they are told, and that the kernel keeps to it."""

import os
import signal
import sys
from pathlib import Path

import pytest

from autograder.classroom.course import Course
from autograder.running import sandbox

sys.path.append(str(sandbox.INSIDE))  # the student's side imports its modules so
import groups

SETTINGS = {"memory_megabytes": 64, "scratch_megabytes": 1, "processes": 8}
MOUNTED = "30 24 0:26 {root} {at} rw,nosuid shared:9 - {kind} {kind} rw{options}\n"


class Machine:
    """A folder that looks like /proc and /sys/fs/cgroup of a machine, for a process in a group of it."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.tree = folder / "proc", folder / "cgroup"
        (self.proc / "self").mkdir(parents=True)

    def has(self, own: str, mounts: str) -> None:
        (self.proc / "self/cgroup").write_text(own)
        (self.proc / "self/mountinfo").write_text(mounts)

    def group(self, path: str, on: str = "", off: str = "") -> Path:
        folder = self.tree / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.subtree_control").write_text(on)
        (folder / "cgroup.controllers").write_text(f"{on} {off}")
        (folder / "cgroup.procs").write_text(f"{os.getpid()}\n")
        return folder

    def trees(self) -> list[groups.Tree]:
        return list(groups.trees_of(self.proc))


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def second(machine):
    """One with the second version alone, in whose session somebody grades."""
    own = "user.slice/user-7.slice/session-3.scope"
    machine.has(f"0::/{own}\n", MOUNTED.format(root="/", at=machine.tree, kind="cgroup2", options=""))
    machine.group("", "cpu io memory pids")
    machine.group("user.slice", "memory pids")
    machine.group("user.slice/user-7.slice", "memory pids")
    machine.group(own, off="memory pids")
    return machine


def test_the_nearest_group_that_has_controllers_holds_those_of_submissions(second):
    folder = second.tree / "user.slice/user-7.slice"
    assert second.trees() == [groups.Tree(folder, frozenset({"memory", "pids"}), 2)]


def test_a_group_that_was_handed_over_is_divided_and_its_processes_move_down(second):
    own = second.tree / "user.slice/user-7.slice/session-3.scope"
    for above in (own.parent, own.parent.parent, second.tree):
        (above / "cgroup.subtree_control").write_text("")
    assert second.trees() == [] or os.geteuid() != 0, "the superuser may write to what is another's"
    os.setxattr(own, "user.delegate", b"1")
    assert second.trees() == [groups.Tree(own, frozenset({"memory", "pids"}), 2)]
    assert (own / groups.LEAF / "cgroup.procs").read_text() == str(os.getpid())
    assert (own / "cgroup.subtree_control").read_text() == "+pids", "the last of both that were written"


def test_in_the_first_version_each_controller_has_its_tree(machine):
    kinds = {"cpu,cpuacct": "/", "memory": "/jobs/7", "freezer": "/"}
    lines = [
        MOUNTED.format(root="/", at=machine.tree / kind, kind="cgroup", options=f",{kind}") for kind in kinds
    ]
    machine.has("".join(f"1:{kind}:{path}\n" for kind, path in kinds.items()) + "0::/\n", "".join(lines))
    for kind, path in kinds.items():
        (machine.tree / kind / path.strip("/")).mkdir(parents=True)
    assert machine.trees() == [
        groups.Tree(machine.tree / "cpu,cpuacct", frozenset({"cpu"}), 1),
        groups.Tree(machine.tree / "memory/jobs/7", frozenset({"memory"}), 1),
    ]


def test_in_a_container_the_tree_begins_at_its_own_group(machine):
    mount = MOUNTED.format(root="/docker/ab", at=machine.tree, kind="cgroup2", options="")
    machine.has("0::/docker/ab/inner\n", mount)
    machine.group("", "memory")
    machine.group("inner")
    assert machine.trees() == [groups.Tree(machine.tree, frozenset({"memory"}), 2)]
    machine.has("0::/elsewhere\n", mount)
    assert machine.trees() == []


def test_memory_is_that_of_the_settings_and_of_the_scratch_folder_and_some_for_the_kernel():
    both = frozenset({"cpu", "memory", "pids"})
    settings = {"memory_megabytes": 1024, "scratch_megabytes": 64, "processes": 64}
    memory = 1_207_959_552  # (1024 + 64 + 64) * 1,048,576
    assert groups.limits_of(groups.Tree(Path(), both, 2), settings) == {
        "memory.max": memory,
        "memory.swap.max": 0,
        "pids.max": 65,
        "cpu.weight": 100,
    }
    assert groups.limits_of(groups.Tree(Path(), both, 1), settings) == {
        "memory.limit_in_bytes": memory,
        "memory.memsw.limit_in_bytes": memory,
        "pids.max": 65,
        "cpu.shares": 1024,
    }


def ends_after(door, action) -> int:
    """Return how a child ends that goes through the door and does something."""
    child = os.fork()
    if child == 0:
        try:
            door.enter()
            action()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_the_kernel_ends_who_takes_more_memory_than_the_group_has():
    found, why_not = groups.find(SETTINGS, lambda: None)
    if found is None:
        assert why_not, "a machine without such groups says why"
        return
    try:
        number = found.take()
        door = found.door(number)
        assert ends_after(door, lambda: bytearray(50 * 2**20)) == 0
        assert not door.ran_out_of_memory()
        assert ends_after(door, lambda: bytearray(400 * 2**20)) == -signal.SIGKILL  # 64 + 1 + 64 are there
        assert door.ran_out_of_memory()
        found.give_back(number)
        assert found.take() == number, "it is used again"
        assert not found.door(number).ran_out_of_memory(), "what was before is not held against the next"
    finally:
        found.close()
    assert not list(Path("/sys/fs/cgroup").glob(f"**/{groups.NAME}{os.getpid()}"))


def test_a_submission_is_in_a_group_as_long_as_it_runs(tmp_path):
    limits = Course.apart(tmp_path / "class").limits()
    warm = sandbox.OwnWarm()
    try:
        warm.settle(limits)
        student = warm.sandbox()
        student.send(do="run", source="print(open('/proc/self/cgroup').read())", silent=False, limit=10_000)
        said = student.reply(60)["outputs"][0]["text"]
        assert groups.NAME in said if warm.bounds["groups"] else warm.bounds["why_no_groups"]
        student.close()
    finally:
        warm.close()
    assert not list(Path("/sys/fs/cgroup").glob(f"**/{groups.NAME}{warm._process.pid}"))


def test_groups_that_are_left_of_a_killed_process_are_removed(tmp_path):
    tree = groups.Tree(tmp_path, frozenset(), 2)
    left, living = tmp_path / f"{groups.NAME}{2**22 + 1}", tmp_path / f"{groups.NAME}1"
    for each in (left, living):
        (each / "0").mkdir(parents=True)
    groups.Groups([tree], SETTINGS).close()
    assert [path.name for path in tmp_path.iterdir()] == [living.name]
