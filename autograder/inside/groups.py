"""Control groups: what the kernel counts, bounds and shares out for all processes of a submission together.

A group counts memory that belongs to no process: page tables, locks, what lies in pipes. Linux has them in
two versions; in the first each controller may have a tree of its own. We make ours below the group in which
we were started or, where that cannot have any, below the nearest one above it that can.
"""

import contextlib
import errno
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CONTROLLERS = ("cpu", "memory", "pids")
NAME = "autograder-"
"""With the number of the process that has made it, the name of a group that holds those of submissions."""
LEAF = f"{NAME}graders"
"""Where the processes of a group go that was handed to us: the second version wants it empty of them."""
KERNEL_MEGABYTES = 64
"""What a submission's group may have beyond memory and scratch folder: other limits are to act before it."""
OPTIONAL = ("memory.swap.max", "memory.memsw.limit_in_bytes")
"""Files that are not there where nothing can be swapped out."""
PROGRAMS = 4
"""How many programs' share of a processor all submissions get together: others may run beside them."""
ENDING_SECONDS = 5
"""How long at most it is waited until a group is empty that is to be removed."""


@dataclass(frozen=True)
class Tree:
    """Where groups with some of the controllers can be made; `version` says by which rules."""

    folder: Path
    controllers: frozenset[str]
    version: int


class Groups:
    """The groups of submissions. What is made is used again: a group that has ended is never quite gone."""

    def __init__(self, trees: list[Tree], settings: Mapping) -> None:
        """Make the group that holds all others, in each of the trees. Raises `OSError`."""
        self.controllers = frozenset[str]().union(*(tree.controllers for tree in trees))
        self._settings = settings
        self._trees: list[tuple[Tree, int]] = []
        self._count, self._free = 0, list[int]()
        self._name = f"{NAME}{os.getpid()}"
        for tree in trees:
            _remove_those_left(tree.folder)
            own = tree.folder / self._name
            own.mkdir()
            folder = os.open(tree.folder, os.O_PATH | os.O_DIRECTORY)
            self._trees.append((tree, folder))
            if tree.version == 2:
                _enable(own, tree.controllers)
            _put(self._name, _share(tree, PROGRAMS * len(os.sched_getaffinity(0))), folder)

    def take(self) -> int:
        """Return the number of a group that nobody is in. Raises `OSError`."""
        if self._free:
            return self._free.pop()
        number = self._count
        self._count += 1
        for tree, folder in self._trees:
            path = f"{self._name}/{number}"
            with contextlib.suppress(FileExistsError):
                os.mkdir(path, dir_fd=folder)
            _put(path, limits_of(tree, self._settings), folder)
        return number

    def give_back(self, number: int) -> None:
        """Let a group be taken again whose processes have all ended."""
        self._free.append(number)

    def door(self, number: int) -> "Door":
        """Return what puts a process into a group, also one that could not open its files any more."""
        entries, events = [], None
        for tree, folder in self._trees:
            path = f"{self._name}/{number}"
            entries.append(os.open(f"{path}/cgroup.procs", os.O_WRONLY, dir_fd=folder))
            if "memory" in tree.controllers:
                name = "memory.events" if tree.version == 2 else "memory.oom_control"
                events = os.open(f"{path}/{name}", os.O_RDONLY, dir_fd=folder)
        return Door(entries, events)

    def close(self) -> None:
        """Remove all groups, as far as their processes have ended."""
        until = time.monotonic() + ENDING_SECONDS
        for _, folder in self._trees:
            for path in [*(f"{self._name}/{number}" for number in range(self._count)), self._name]:
                while not _removed(path, folder) and time.monotonic() < until:
                    time.sleep(0.01)


class Door:
    """The files of one group, open."""

    def __init__(self, entries: list[int], events: int | None) -> None:
        """Take the files into which a process writes itself, and the one that counts what was ended."""
        self._entries, self._events = entries, events
        self._before = self._ended_for_memory()

    def enter(self) -> None:
        """Put this process, and all that it will fork, into the group. Raises `OSError`."""
        for entry in self._entries:
            os.write(entry, b"0")

    def ran_out_of_memory(self) -> bool:
        """Tell whether the kernel has ended a process for the memory of its group since this was opened."""
        return self._ended_for_memory() > self._before

    def close(self) -> None:
        """Let go of the files."""
        for file in (*self._entries, *([] if self._events is None else [self._events])):
            os.close(file)

    def _ended_for_memory(self) -> int:
        if self._events is None:
            return 0
        text = os.pread(self._events, 10_000, 0).decode()
        return sum(int(line.split()[1]) for line in text.splitlines() if line.split()[0] == "oom_kill")


def find(settings: Mapping, leave: Callable[[], None]) -> tuple[Groups | None, str]:
    """Return the groups for submissions, or None and why there are none.

    `leave` takes a process out of reach of the group's files; one that has left must still come in.
    """
    groups = None
    try:
        trees = list(trees_of(Path("/proc")))
        if not any("memory" in tree.controllers for tree in trees):
            return None, "no control group can be made that counts memory"
        groups = Groups(trees, settings)
        if failed := _try(groups, leave):
            raise OSError(failed)
        return groups, ""
    except OSError as error:
        if groups:
            groups.close()
        return None, str(error)


def _try(groups: Groups, leave: Callable[[], None]) -> str:
    """Let a process go the way of a student's; return what went wrong, or ''."""
    number = groups.take()
    door = groups.door(number)
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            leave()
            door.enter()
        except BaseException as error:
            os.write(telling, str(error).encode()[:1000])
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(telling)
    door.close()
    with open(told, "rb") as said:
        failed = said.read().decode()
    os.waitpid(child, 0)
    groups.give_back(number)
    return failed


def trees_of(proc: Path) -> Iterator[Tree]:
    """Yield the places where this process can make groups, as /proc tells of the system and of itself."""
    mounts = [*_mounts(proc / "self/mountinfo")]
    for line in (proc / "self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        here = frozenset(names.split(",")) & set(CONTROLLERS)
        for kind, root, point, options in mounts:
            is_this = kind == "cgroup2" if not names else kind == "cgroup" and here & set(options.split(","))
            if not is_this or not Path(path).is_relative_to(root):
                continue
            own = Path(point) / Path(path).relative_to(root)
            if not names:
                yield from _second_version(own, Path(point))
            elif os.access(own, os.W_OK):
                yield Tree(own, here, 1)
            break


def _mounts(file: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield what is mounted: kind, root within its file system, place, options."""
    for line in file.read_text("utf-8", "surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        _, _, _, root, point, *_ = before.split()
        kind, _, options = after.split(maxsplit=2)
        yield kind, root, point, options


def _second_version(own: Path, top: Path) -> Iterator[Tree]:
    """Yield the nearest group, from `own` up to `top`, in which groups with controllers can be made."""
    for folder in (own, *own.parents):
        found = _controllers(folder / "cgroup.subtree_control")
        if found and os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK):
            yield Tree(folder, found, 2)
            return
        if folder == top:
            break
    if found := _controllers(own / "cgroup.controllers") if _is_handed_to_us(own) else frozenset():
        _make_room(own)
        _enable(own, found)
        yield Tree(own, found, 2)


def _is_handed_to_us(own: Path) -> bool:
    """Tell whether a group is ours to divide: the superuser may write to all, whoever divides them."""
    files = ("cgroup.procs", "cgroup.subtree_control")
    if not all(os.access(path, os.W_OK) for path in (own, *(own / file for file in files))):
        return False
    if os.geteuid() != 0:
        return True
    for name in ("trusted.delegate", "user.delegate"):
        with contextlib.suppress(OSError):
            return os.getxattr(own, name) == b"1"
    return False


def _make_room(own: Path) -> None:
    """Move the processes of a group one level down, where they stay."""
    leaf = own / LEAF
    leaf.mkdir(exist_ok=True)
    for process in (own / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            (leaf / "cgroup.procs").write_text(process)


def _enable(folder: Path, controllers: frozenset[str]) -> None:
    for name in sorted(controllers):
        (folder / "cgroup.subtree_control").write_text(f"+{name}")


def _controllers(file: Path) -> frozenset[str]:
    try:
        return frozenset(file.read_text().split()) & set(CONTROLLERS)
    except OSError:
        return frozenset()


def limits_of(tree: Tree, settings: Mapping) -> dict[str, int]:
    """Return what is written into the files of a submission's group."""
    memory = (settings["memory_megabytes"] + settings["scratch_megabytes"] + KERNEL_MEGABYTES) * 2**20
    found = _share(tree, 1)
    if "pids" in tree.controllers:
        found["pids.max"] = settings["processes"] + 1
    if "memory" in tree.controllers:
        found |= (
            {"memory.max": memory, "memory.swap.max": 0}
            if tree.version == 2
            else {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}
        )
    return found


def _share(tree: Tree, parts: int) -> dict[str, int]:
    """Return what gives a group the processor time of so many programs."""
    if "cpu" not in tree.controllers:
        return {}
    return {"cpu.weight": min(10_000, 100 * parts)} if tree.version == 2 else {"cpu.shares": 1024 * parts}


def _put(path: str, values: Mapping[str, int], folder: int) -> None:
    for name, value in values.items():
        with contextlib.suppress(FileNotFoundError) if name in OPTIONAL else contextlib.nullcontext():
            file = os.open(f"{path}/{name}", os.O_WRONLY, dir_fd=folder)
            try:
                os.write(file, str(value).encode())
            finally:
                os.close(file)


def _removed(path: str, folder: int) -> bool:
    try:
        os.rmdir(path, dir_fd=folder)
    except FileNotFoundError:
        return True
    except OSError as error:
        return error.errno != errno.EBUSY
    return True


def _remove_those_left(folder: Path) -> None:
    """Remove the groups that are left of processes that were killed."""
    for path in folder.glob(f"{NAME}[0-9]*"):
        if not Path("/proc", path.name.removeprefix(NAME)).exists():
            for each in [*path.glob("[0-9]*"), path]:
                with contextlib.suppress(OSError):
                    each.rmdir()
