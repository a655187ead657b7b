"""A class of hostile submissions, graded once in a process of its own while somebody watches the machine.

Each file of a folder like `resources/` is one submission: cells, each below a line `# %%` with the name of
the cell that it replaces, or `first` or `last`. All have a right `td_errors` besides, worth two points. Three
neighbours who have everything right are graded among them.
"""

import contextlib
import ctypes
import inspect
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil

from autograder.chapter.cells import ROOT, answered_name, graded_name
from autograder.classroom.course import Course
from autograder.example_class import perfect
from autograder.exercises import EXERCISES
from tests.classes import CHAPTER, TD_ERRORS, cell, hand_in, notebook_path, released_class, scores_of

LIMITS = {
    "question_timeout": 4,
    "timeout": 6,
    "interrupt_grace": 2,
    "notebook_timeout": 30,
    "memory_megabytes": 300,
    "scratch_megabytes": 8,
    "processes": 32,
    "output_megabytes": 2,
}
"""Low, so that whoever goes up to them is through soon."""
WORKERS = 2
MARK = "hostile-was-here"
"""Part of the name of every file that a submission tries to leave somewhere."""
NEIGHBOURS = ("a-neighbour", "m-neighbour", "z-neighbour")
HONEST = {"td_errors": 2}
GIGABYTE = 2**30
ENDING_SECONDS = 10
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Batch:
    """A class that was graded: what was said, what each got, and what the machine looked like.

    `memory` is the most that the processes had at a time, `taken` the most that was missing meanwhile,
    whoever had it: so it counts what the kernel keeps for them, and what other programs took.
    """

    course: Course
    home: Path
    status: int = 0
    said: str = ""
    output: str = ""
    summary: dict = field(default_factory=dict)
    outcomes: dict[str, dict] = field(default_factory=dict)
    points: dict[str, dict] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    memory: int = 0
    taken: int = 0
    slowest_start: float = 0.0

    def graded(self, student: str) -> nbformat.NotebookNode:
        return nbformat.read(notebook_path(self.course, "autograded", student), as_version=4)

    def printed(self, student: str):
        """Return what the last cell of a submission has printed, which is JSON."""
        return json.loads(self.graded(student).cells[-1].outputs[0].text)

    def deserved(self, **more: float) -> dict:
        """Return the points of somebody who has these functions right, and nothing else."""
        return dict.fromkeys(self.points[NEIGHBOURS[0]], 0) | more


def submissions(folder: Path) -> list[str]:
    """Return the names of the submissions in a folder."""
    return sorted(path.stem for path in folder.glob("*.py"))


def cells_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the cells of a submission: where it belongs, and its source."""
    for part in path.read_text("utf-8").split("# %% ")[1:]:
        place, source = part.split("\n", 1)
        yield place.strip(), source.strip()


def written(cells: Iterable[tuple[str, str]]) -> Callable[[nbformat.NotebookNode], None]:
    """Return what makes a submission with these cells of a released notebook."""

    def change(notebook: nbformat.NotebookNode) -> None:
        honest(notebook)
        number = 1  # behind the imports
        for place, source in cells:
            if place == "first":
                notebook.cells.insert(number, nbformat.v4.new_code_cell(source))
                number += 1
            elif place == "last":
                notebook.cells.append(nbformat.v4.new_code_cell(source))
            else:
                cell(notebook, place).source = source

    return change


def honest(notebook: nbformat.NotebookNode) -> None:
    cell(notebook, "td_errors").source = TD_ERRORS


def all_right(notebook: nbformat.NotebookNode) -> None:
    for each in notebook.cells:
        if hasattr(perfect, name := str(answered_name(each))):
            each.source = inspect.getsource(getattr(perfect, name))


def new_class(folder: Path, chapter, neighbours: Iterable[str] = NEIGHBOURS) -> Course:
    """Make a class in which the neighbours have everything right."""
    course = released_class(folder / "class", chapter)
    for name in neighbours:
        hand_in(course, name, all_right)
    return course


def hand_in_all(
    course: Course,
    folder: Path,
    told: Mapping[str, object] | None = None,
    names: Iterable[str] | None = None,
) -> None:
    """Hand in the submissions of a folder, or those of these names; each finds what it is told."""
    first = [("first", "\n".join(f"{name} = {value!r}" for name, value in (told or {}).items()))]
    for name in names or submissions(folder):
        hand_in(course, name, written([*(first if told else []), *cells_of(folder / f"{name}.py")]))


def grade_watched(
    course: Course,
    chapter,
    limits: Mapping | None = None,
    environment: Mapping[str, str] | None = None,
    command: tuple[str, ...] = (),
    more: Iterable[str] = (),
    look: Callable[[], object] = lambda: None,
    is_for_people: bool = False,
) -> Batch:
    """Grade a class in a process of its own, started through `command`; `look` now and then meanwhile."""
    batch = Batch(course, course.folder.parent / "home")
    more = [*more, *([] if is_for_people else ["--json"])]
    with _Watch(batch, look), gathers_orphans() as left:
        process = start(course, limits, environment, command, more)
        batch.output, batch.said = process.communicate(timeout=500)
        batch.left = left()
    batch.status = process.returncode
    batch.left += [f"file {path}" for path in sorted((course.folder.parent / "temporary").rglob("*"))]
    if not is_for_people:
        *lines, batch.summary = map(json.loads, batch.output.splitlines() or ["{}"])
        batch.outcomes = {line["student"]: line for line in lines}
    batch.points = scores_of(course, chapter)
    batch.left += [f"file {path}" for path in _marked(course, batch.home)]
    return batch


def start(
    course: Course,
    limits: Mapping | None = None,
    environment: Mapping[str, str] | None = None,
    command: tuple[str, ...] = (),
    more: Iterable[str] = (),
) -> subprocess.Popen:
    """Begin to grade a class in a process of its own, with a home and a folder for temporary files."""
    own = {"PYTHONPATH": str(ROOT)}
    for variable, name in {"HOME": "home", "TMPDIR": "temporary"}.items():
        own[variable] = str(course.folder.parent / name)
        (course.folder.parent / name).mkdir(exist_ok=True)
    engine = [sys.executable, "-m", "tests.hostile.engine", json.dumps({**LIMITS, **(limits or {})})]
    arguments = ["--course", str(course.folder), "grade", CHAPTER, "--workers", str(WORKERS), *more]
    return subprocess.Popen(
        [*command, *engine, *arguments],
        cwd=ROOT,
        env=os.environ | own | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _marked(course: Course, home: Path) -> list[Path | str]:
    """Return the files that a submission has left in one of the places where it may try to."""
    top = ["/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/usr", "/usr/bin", "/proc", "/scratch"]
    packages = Path(nbformat.__file__).parent.parent
    flat = [*map(Path, top), Path.home(), Path(sys.prefix), packages, ROOT, ROOT / "solutions"]
    found = [path for folder in flat if folder.is_dir() for path in folder.glob(f"*{MARK}*")]
    command = ["find", str(course.folder), str(home), "-name", f"*{MARK}*"]  # Python would recurse too deep
    return found + subprocess.run(command, capture_output=True, text=True).stdout.splitlines()


@contextlib.contextmanager
def gathers_orphans() -> Iterator[Callable[[], list[str]]]:
    """Let what loses its parent become a child of this process, so that nothing that is left goes unseen."""
    ours = {child.pid for child in psutil.Process().children(recursive=True)}

    def new() -> list[psutil.Process]:
        return [each for each in psutil.Process().children(recursive=True) if each.pid not in ours]

    def left() -> list[str]:
        """Return the processes that do not end, each in words, and end them."""
        until = time.monotonic() + ENDING_SECONDS
        while (found := new()) and time.monotonic() < until:
            _reap(found)
            time.sleep(0.05)
        said = [f"process {' '.join(each.cmdline()) or each.name()}" for each in found]
        for each in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        _reap(found)
        return said

    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield left
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _reap(processes: list[psutil.Process]) -> None:
    """Do for orphans what the first process of a machine does: wait for those that have ended."""
    for each in processes:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(each.pid, os.WNOHANG)


class _Watch(threading.Thread):
    """Notes, while a batch is graded, how much memory of the machine it takes and how long a new process."""

    def __init__(self, batch: Batch, look: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._batch, self._look, self._ended = batch, look, threading.Event()
        self._before = psutil.virtual_memory().available

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        batch, number = self._batch, 0
        while not self._ended.wait(0.05):
            batch.taken = max(batch.taken, self._before - psutil.virtual_memory().available)
            if (number := number + 1) % 5 == 0:
                batch.memory = max(batch.memory, sum(map(_memory, psutil.Process().children(recursive=True))))
            if number % 10 == 0:
                self._look()
                started = time.monotonic()
                subprocess.run(["true"], check=True)
                batch.slowest_start = max(batch.slowest_start, time.monotonic() - started)


def _memory(process: psutil.Process) -> int:
    """Return the bytes that a process holds, shared ones by their share."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def the_grader_says_what_became_of_everybody_and_shows_no_traceback(batch):
    warning = "grading WITHOUT ISOLATION: submissions run as programs of yours\n"
    assert (batch.status, batch.said.replace(warning, "")) == (0, "")
    handed_in = {path.name for path in (batch.course.folder / "submitted").iterdir()}
    assert batch.outcomes.keys() == batch.points.keys() == handed_in


def nobody_stays_ungraded_for_what_a_student_did(batch):
    assert not [each for each in batch.outcomes.values() if each["state"] == "not_graded"]


def the_neighbours_get_everything_that_is_theirs(batch):
    for name in NEIGHBOURS:
        assert batch.outcomes[name]["state"] == "graded"
        for exercise, points in batch.points[name].items():
            assert points == (EXERCISES[exercise].points if exercise in EXERCISES else 0), exercise


def nothing_is_left_behind(batch):
    assert batch.left == []
    names = {"autograded", "gradebook.db", "release", "rounds", "source", "submitted"}
    names |= {"record.jsonl", ".record.lock", ".release-or-grading.lock"}  # a lock stays, empty, for the next
    assert {path.name for path in batch.course.folder.iterdir()} == names


def the_machine_stays_usable(batch):
    assert batch.memory < 2 * GIGABYTE, "two submissions, and those who grade them"
    assert batch.slowest_start < 5


def every_graded_cell_holds_the_graders_verdict_and_nothing_else(batch):
    for student in batch.outcomes:
        for each in batch.graded(student).cells:
            if exercise := graded_name(each):
                words, score = each.outputs
                assert words.data["text/plain"].startswith(f"{exercise}: ")
                assert score.data == {"text/plain": repr(float(batch.points[student][exercise]))}


def nothing_shared_is_taken_hold_of(batch):
    found = batch.printed("takes_hold_of_what_is_shared")
    own = {name for name in found if name.startswith("own ")}
    assert own and {found.pop(name) for name in own} == {"done"}
    assert set(found.values()) <= {"EPERM", "EROFS", "EAFNOSUPPORT"}, found


def nothing_new_of_the_kernel_is_there(batch):
    found = batch.printed("calls_what_is_new")
    own = {name for name in found if name.startswith("own ")}
    assert own and {found.pop(name) for name in own} == {"done"}
    assert set(found.values()) <= {"EPERM", "ENOSYS"}, found


UNHARMED = [
    the_grader_says_what_became_of_everybody_and_shows_no_traceback,
    nobody_stays_ungraded_for_what_a_student_did,
    the_neighbours_get_everything_that_is_theirs,
    nothing_is_left_behind,
    the_machine_stays_usable,
    every_graded_cell_holds_the_graders_verdict_and_nothing_else,
]
"""What is true of every batch, whatever is in it."""
