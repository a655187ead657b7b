"""A class of many small submissions, the command line in a process of its own, and what must be true then."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import nbformat
import psutil
from sqlalchemy import select

from autograder.chapter.cells import ROOT, Chapter
from autograder.classroom.course import Course
from autograder.classroom.gradebook import GRADED
from autograder.desk.grade import graded_notebook
from autograder.desk.release import release
from autograder.example_class import STUDENTS, submit
from tests.classes import CHAPTER, released_class

SEED = 4
GONE_SECONDS = 10
"""How long what a killed grader has started may outlast it."""


def crowd(folder: Path, chapter: Chapter, count: int) -> Course:
    """Make a class with the example class's submissions, and copies of them up to `count`."""
    course = released_class(folder, chapter)
    course.new_round(CHAPTER, seed=SEED)
    submit(chapter, course)
    handed_in = folder / "submitted"
    for number in range(count - len(STUDENTS)):
        original = sorted(STUDENTS)[number % len(STUDENTS)]
        shutil.copytree(handed_in / original, handed_in / f"{original}-{2 + number // len(STUDENTS)}")
    for student in sorted(STUDENTS)[count:]:
        shutil.rmtree(handed_in / student)
    return course


def copy_of(course: Course, folder: Path, chapter: Chapter | None = None, db: str = "") -> Course:
    """Copy a class folder; where `db` is given, the chapter is released into that gradebook instead."""
    shutil.copytree(course.folder, folder)
    copied = Course(folder, db)
    if db:
        (folder / "gradebook.db").unlink()
        release(chapter, copied)
    return copied


def hand_in_again(course: Course, note: str) -> None:
    """Change every submission, so that all have to be graded again, and no verdict and no answer in words."""
    for folder in course.folder.glob(f"submitted/*/{CHAPTER}"):
        (folder / "note.txt").write_text(note, "utf-8")


def command(course: Course, *arguments: str, program: tuple[str, ...] = ("autograder",)) -> list[str]:
    """Return the command line for one of our verbs."""
    db = ["--db", course.db] if course.db else []
    return [sys.executable, "-m", *program, "--course", str(course.folder), *db, *arguments]


def start(command: list[str], **options) -> subprocess.Popen:
    """Start a command in the root, with its output as text."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, **pipes | options)


@dataclass(frozen=True)
class Ended:
    """How a command has ended."""

    status: int
    output: str
    errors: str

    @property
    def outcomes(self) -> dict[str, str]:
        """The states of the students, from the lines of --json."""
        lines = [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]
        return {line["student"]: line["state"] for line in lines if "student" in line}


def run(course: Course, *arguments: str, program=("autograder",), kill_after: float | None = None) -> Ended:
    """Run one of our verbs to its end, or kill it; what it has started must end with it, or soon after."""
    process = start(command(course, *arguments, program=program))
    killer = Timer(kill_after or 0, process.kill)
    if kill_after:
        killer.start()
    family = Family(process.pid)
    output, errors = family.follow(process)
    killer.cancel()
    family.assert_gone()
    return Ended(process.returncode, output, errors)


def end_of(process: subprocess.Popen) -> Ended:
    """Wait until a command has ended that was started before."""
    output, errors = process.communicate(timeout=300)
    return Ended(process.returncode, output, errors)


def wait_for_files(course: Course, process: subprocess.Popen, number: int) -> None:
    """Wait until so many are graded in the files of a class that nobody had graded, and not all."""
    while (count := len(keys_in_files(course))) < number:
        assert process.poll() is None, end_of(process)
        time.sleep(0.02)
    assert process.poll() is None and count < len(list(course.folder.glob("submitted/*")))


def wait_for_somebody(family: "Family", process: subprocess.Popen) -> None:
    """Wait until a submission runs: beside the grader, its two helpers, a warm parent, and two workers."""
    while len(family.left()) < 8:
        assert process.poll() is None, end_of(process)
        time.sleep(0.02)


class Family:
    """A process with all that it starts, watched while it runs: later nobody knows whose they were."""

    def __init__(self, pid: int) -> None:
        self._known = {pid: psutil.Process(pid)}

    def look(self) -> None:
        """Find the children of all that is known."""
        for process in psutil.process_iter(["ppid"]):  # parents first
            if process.info["ppid"] in self._known:
                self._known.setdefault(process.pid, process)

    def follow(self, process: subprocess.Popen, seconds: float = 300) -> tuple[str, str]:
        """Watch until the process has ended; return its output."""
        end = time.monotonic() + seconds
        while True:
            self.look()
            try:
                return process.communicate(timeout=0.1)
            except subprocess.TimeoutExpired:
                if time.monotonic() > end:
                    process.kill()
                    raise

    def left(self) -> list[psutil.Process]:
        """Return who still runs; a zombie does not, it only waits to be counted."""
        self.look()
        return [process for process in self._known.values() if _runs(process)]

    def assert_gone(self, seconds: float = GONE_SECONDS) -> None:
        """Assert that soon nobody is left."""
        end = time.monotonic() + seconds
        while (left := self.left()) and time.monotonic() < end:
            time.sleep(0.05)
        assert left == []


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True)
class Facts:
    """All that a run leaves behind, in a form that can be compared."""

    scores: dict[str, dict[str, float | None]]
    keys: dict[str, str]
    pages: dict[str, str]
    files: dict[str, list[str]]


def facts(course: Course) -> Facts:
    """Read what a class folder and its gradebook hold; assert what must never be otherwise."""
    keys = keys_in_files(course)
    assert keys_in_gradebook(course) == keys
    assert_one_row_each(course)
    folder = course.folder / "autograded"
    pages = {path.parent.parent.name: path.read_text("utf-8") for path in _pages(course)}
    files = {
        path.name: sorted(str(file.relative_to(path)) for file in path.rglob("*"))
        for path in folder.iterdir()
    }
    chapters = [path.name for path in folder.glob("*/*")]
    assert set(chapters) == {CHAPTER}, "nothing temporary is left"
    beside = [path.name for path in course.folder.glob(f"feedback/*/{CHAPTER}/*")]
    assert set(beside) <= {f"{CHAPTER}.html"}
    return Facts(exact_scores(course), keys, pages, files)


def _pages(course: Course) -> list[Path]:
    return list(course.folder.glob(f"feedback/*/{CHAPTER}/{CHAPTER}.html"))


def exact_scores(course: Course) -> dict[str, dict[str, tuple]]:
    """Return for each student and cell, not rounded: points, a person's, and whether a person is awaited."""
    with course.gradebook() as gradebook:
        return {
            submission.student_id: {
                grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                for grade in submission.notebooks[0].grades
            }
            for submission in gradebook.assignment_submissions(CHAPTER)
        }


def keys_in_files(course: Course) -> dict[str, str]:
    """Return the key that each graded notebook carries; a notebook is whole or not there."""
    found = {}
    for path in course.folder.glob(f"autograded/*/{CHAPTER}/{CHAPTER}.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        found[path.parent.parent.name] = notebook.metadata["autograder"]["key"]
    return found


def keys_in_gradebook(course: Course) -> dict[str, str]:
    """Return the key that the gradebook remembers of each student."""
    with course.gradebook() as gradebook:
        return dict(gradebook.db.execute(select(GRADED.c.student, GRADED.c.key)).all())


def assert_one_row_each(course: Course) -> None:
    """Assert that nobody has two submissions, two notebooks, or two grades for a cell."""
    with course.gradebook() as gradebook:
        submissions = gradebook.assignment_submissions(CHAPTER)
        students = [submission.student_id for submission in submissions]
        assert len(students) == len(set(students))
        assert set(students) == set(keys_in_gradebook(course))
        for submission in submissions:
            (notebook,) = submission.notebooks
            names = [grade.name for grade in notebook.grades]
            assert len(names) == len(set(names))


def identities(course: Course) -> dict[str, tuple[int, int]]:
    """Return what tells whether a graded notebook was written again."""
    return {
        folder.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for folder in (course.folder / "autograded").glob("*")
        if (path := graded_notebook(CHAPTER, course, folder.name)).is_file()
    }


def give(course: Course, student: str, cell: str, points: float, comment: str) -> None:
    """Mark a cell by hand, as the formgrader does."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(cell, CHAPTER, CHAPTER, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment(cell, CHAPTER, CHAPTER, student).manual_comment = comment
        gradebook.db.commit()


def kill(pid: int) -> None:
    """End a process that the test has started, at once."""
    os.kill(pid, signal.SIGKILL)
