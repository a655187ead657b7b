"""The two graders side by side: each makes its class, grades it and writes the feedback, and is measured."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Grade, Gradebook, GradeCell, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

from autograder.chapter.cells import ROOT, find_chapter, put_helper_files
from autograder.classroom.course import Course
from autograder.desk.release import release, student_source
from tests.benchmark.generated import CHAPTER, SEED, Submission, exercises, hand_in

METER = Path(__file__).with_name("meter.py")
INTERVAL = 0.2
"""Seconds between two looks at the memory."""


class CommandError(Exception):
    """A command that was to be measured has failed; the message says which and what it said."""


@dataclass(frozen=True)
class Measured:
    """What one command took for so many submissions; `wrong` says what came out wrong, line by line."""

    part: str
    engine: str
    verb: str
    workers: int
    submissions: int
    usage: dict
    wrong: list[str]

    @property
    def rate(self) -> float:
        """Submissions a minute, the start of the command included."""
        return 60 * self.submissions / self.usage["seconds"]

    @property
    def cpu(self) -> float:
        """Processor seconds a submission, those of all descendants included."""
        return self.usage["cpu_seconds"] / self.submissions

    @property
    def memory(self) -> float:
        """The most megabytes that the command and all its descendants have held together."""
        return self.usage["peak_megabytes"]

    def as_json(self) -> dict:
        """Return everything for the file."""
        rates = {"submissions_a_minute": self.rate, "cpu_seconds_a_submission": self.cpu}
        return asdict(self) | rates


class Bench:
    """A scratch folder, and the environment that all measured commands have."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        nothing = {"NBGRADER_DB_URL", "PYTHONDONTWRITEBYTECODE"}  # compiled files are kept, as by default
        self.environment = {name: value for name, value in os.environ.items() if name not in nothing} | {
            "PYTHONPATH": str(ROOT),  # nbgrader's hidden tests import autograder in the student's kernel
            "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
            "IPYTHONDIR": str(scratch / "ipython"),
            "MPLCONFIGDIR": str(scratch / "matplotlib"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        }
        self._warm()

    def _warm(self) -> None:
        """Let Matplotlib find its fonts: its message on stderr would cost a right answer its points."""
        self.run(
            [sys.executable, "-c", "import matplotlib.pyplot as plt; plt.figure().text(0, 0, 'x')"], ROOT
        )

    def run(self, command: list[str], folder: Path) -> str:
        """Run a command; raise `CommandError` with the end of what it said where it fails."""
        log = self.scratch / "log.txt"
        with log.open("w") as out:
            done = subprocess.run(command, cwd=folder, env=self.environment, stdout=out, stderr=out)
        said = log.read_text("utf-8", "replace")
        if done.returncode != 0:
            raise CommandError(f"{' '.join(command)} ended with {done.returncode}:\n{said[-3000:]}")
        return said

    def measure(self, command: list[str], folder: Path) -> dict:
        """Run a command under the meter; return what it took."""
        report = self.scratch / "usage.json"
        said = self.run([sys.executable, str(METER), str(report), str(INTERVAL), *command], folder)
        usage = json.loads(report.read_text())
        if usage["status"] != 0:
            raise CommandError(f"{' '.join(command)} ended with {usage['status']}:\n{said[-3000:]}")
        return usage

    @contextmanager
    def fresh(self, prepared: Path) -> Iterator[Path]:
        """Return a copy of a prepared class folder, and remove it in the end."""
        folder = self.scratch / "class"
        shutil.copytree(prepared, folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


class Plain:
    """nbgrader as it comes: stock preprocessors, no configuration, all submissions in one batch."""

    name = "plain nbgrader"
    grading, writing = "autograde", "generate_feedback"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def prepare(self, submissions: list[Submission], name: str) -> Path:
        """Return a new class folder with the chapter released by nbgrader, and with the submissions."""
        folder = self._bench.scratch / f"{name}-plain"
        source = folder / "source" / CHAPTER
        source.mkdir(parents=True)
        chapter = find_chapter(CHAPTER)
        nbformat.write(student_source(chapter), source / f"{CHAPTER}.ipynb")
        put_helper_files(chapter.notebook(), source)
        self._bench.run(self._nbgrader("generate_assignment", CHAPTER), folder)
        hand_in(submissions, folder)
        return folder

    def grade(self, folder: Path, _: int, limit: int) -> dict:
        """Grade everybody."""
        limits = f"--Execute.timeout={limit}"
        return self._bench.measure(
            self._nbgrader("autograde", CHAPTER, "--create", "--force", limits), folder
        )

    def feedback(self, folder: Path, _: int) -> dict:
        """Write everybody's page."""
        return self._bench.measure(self._nbgrader("generate_feedback", CHAPTER), folder)

    @staticmethod
    def _nbgrader(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "nbgrader", *arguments]

    def points(self, submission: Submission) -> dict[str, float | None]:
        """Return what each cell of a submission must earn."""
        return {name: worth.plain for name, worth in submission.worths().items()}

    def wrong_in_page(self, _: Submission, page: str) -> list[str]:
        """Return what the feedback of a submission lacks: the functions, whose code is coloured."""
        text = re.sub(r"<[^>]*>", "", page)
        return [name for name in exercises() if f"def {name}(" not in text]


class Ours:
    """This grader, by the command line that an instructor uses."""

    name = "ours"
    grading, writing = "grade", "feedback"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def prepare(self, submissions: list[Submission], name: str) -> Path:
        """Return a new class folder with the chapter released, and with the submissions."""
        folder = self._bench.scratch / f"{name}-ours"
        course = Course.apart(folder)
        release(find_chapter(CHAPTER), course)
        course.new_round(CHAPTER, seed=SEED)
        hand_in(submissions, folder)
        return folder

    def grade(self, folder: Path, workers: int, limit: int) -> dict:
        """Grade everybody."""
        return self._measure(folder, workers, "grade", limit)

    def feedback(self, folder: Path, workers: int) -> dict:
        """Write everybody's page."""
        return self._measure(folder, workers, "feedback")

    def _measure(self, folder: Path, workers: int, verb: str, limit: int | None = None) -> dict:
        command = [sys.executable, "-m", "autograder"]
        if limit is not None and limit != usual_limit():
            command = [sys.executable, "-m", "tests.benchmark.limited", str(limit)]
        command += ["--course", str(folder), verb, CHAPTER, "--workers", str(workers)]
        return self._bench.measure(command, ROOT)

    def points(self, submission: Submission) -> dict[str, float | None]:
        """Return what each cell of a submission must earn."""
        return {name: worth.ours for name, worth in submission.worths().items()}

    def wrong_in_page(self, submission: Submission, page: str) -> list[str]:
        """Return what the feedback of a submission lacks: the hint at each misconception."""
        hints = [worth.hint for worth in submission.worths().values() if worth.hint]
        return [hint for hint in hints if html.escape(hint) not in page]


Engine = Plain | Ours


def usual_limit() -> int:
    """Return the seconds that a cell may take by our settings; plain nbgrader is given the same."""
    return Course.apart(ROOT / "_build").limits()["timeout"]


def wrong_grades(engine: Engine, submissions: list[Submission], folder: Path) -> list[str]:
    """Return a line for each point in the gradebook, and each graded notebook, that is not as it must be."""
    found, wrong = _gradebook(folder), []
    for each in submissions:
        got = found.get(each.student, {})
        for name, points in engine.points(each).items():
            if name not in got or not _same(got[name], points):
                wrong.append(f"{each.student}, {name}: {got.get(name, 'no score')} points, not {points}")
        notebook = folder / "autograded" / each.student / CHAPTER / f"{CHAPTER}.ipynb"
        wrong += [] if _is_notebook(notebook) else [f"{each.student}: there is no graded notebook"]
    wrong += [
        f"{student}: nobody of that name has handed in" for student in found.keys() - _names(submissions)
    ]
    return [f"{engine.name} {engine.grading}: {line}" for line in wrong]


def wrong_pages(engine: Engine, submissions: list[Submission], folder: Path) -> list[str]:
    """Return a line for each feedback page that is missing or lacks something."""
    wrong = []
    for each in submissions:
        page = folder / "feedback" / each.student / CHAPTER / f"{CHAPTER}.html"
        lacking = engine.wrong_in_page(each, page.read_text("utf-8")) if page.is_file() else ["everything"]
        wrong += [
            f"{engine.name} {engine.writing}: {each.student}: the page lacks: {what}" for what in lacking
        ]
    return wrong


def _names(submissions: list[Submission]) -> set[str]:
    return {each.student for each in submissions}


def _same(got: float | None, points: float | None) -> bool:
    return got is points or (None not in (got, points) and abs(got - points) < 1e-6)


def _is_notebook(path: Path) -> bool:
    return path.is_file() and bool(nbformat.read(path, as_version=4).cells)


def _gradebook(folder: Path) -> dict[str, dict[str, float | None]]:
    """Return the points in a gradebook: student → cell → points, None where a person has to mark it."""
    query = (
        select(SubmittedAssignment.student_id, GradeCell.name, Grade.auto_score, Grade.needs_manual_grade)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(GradeCell, GradeCell.id == Grade.cell_id)
    )
    found: dict[str, dict[str, float | None]] = {}
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        for student, name, points, waits in gradebook.db.execute(query):
            found.setdefault(student, {})[name] = None if waits else points
    return found
