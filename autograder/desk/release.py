"""Release: chapter → nbgrader's source notebook → release, built beside the old one and then swapped."""

import itertools
import logging
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config

from autograder import CourseError
from autograder.chapter.cells import Chapter, is_hunt, pages, put_helper_files
from autograder.chapter.source import source_notebook
from autograder.chapter.student_markdown import figure_names, plain_markdown
from autograder.classroom import releases
from autograder.classroom.course import Course, quiet_log
from autograder.classroom.gradebook import released_cells
from autograder.classroom.keeping import CHANGES, alone
from autograder.running.released import as_released

HOW_TO = """\
**How to work with this notebook**

- *Set up*, once, with Python 3.11 to 3.13: `{install}`.
  Keep the files of the download together and open this one with `jupyter lab`.
- *Run* a cell with Shift-Enter, from the top down. A demonstration that uses an exercise you have not done
  yet stops with an error; go on to the next cell.
- *Write* your code where a cell says `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`.
  Where a cell says `YOUR ANSWER HERE`, double-click it and write your answer in words; a person marks it.
- *Check* your function by running the cell of tests below it: no output means that these tests pass. When
  your work is graded, the function also meets other inputs, integer arrays among
  them but no bad ones, and its arguments must stay as they were. It stands alone: it may use NumPy,
  SciPy's special functions and the functions of this notebook.
  There is no network then, and no file but this notebook, those that came with it, and your own.
- *Hand in* this file, saved under its own name, `{name}.ipynb`, with any Python file of your own that it
  imports.
"""

HOW_TO_HUNT = """\
- *Hunt*: a bug hunt's cells hold code that runs, with a fault in it; repair it in its cell. A graded function
  must not call what `carry_over` has fetched from other notebooks.
"""

STUDENT_SETUP = (
    'pip install "jupyterlab>=4.4,<5" "jupyterlab-myst>=2.4,<3" '
    '"numpy>=2.4,<2.6" "scipy>=1.17,<1.19" "matplotlib>=3.11,<3.12"'
)
"""The one line that sets a student up; README and introduction repeat it.

What runs with these versions runs where it is graded, with those of the lock: other ones have other names.
"""


class ReleaseError(CourseError):
    """A release that was refused; the old release stands. The message says why and what to do."""


def release(chapter: Chapter, course: Course) -> Path:
    """Release `chapter` into the class folder and return the folder that students get.

    Raises `ReleaseError` where students have submitted and cells were added or removed.
    """
    source = student_source(chapter)
    with alone(course.folder, CHANGES):
        with course.gradebook() as gradebook:
            _refuse_changed_cells(chapter, source, gradebook)
        with tempfile.TemporaryDirectory(dir=course.folder, prefix=".release-") as staging:
            built = _build(chapter, source, Path(staging), course.directory().db_url)
            releases.remember(course.folder, chapter.name)
            for step in ("source", "release"):
                _swap(built / step / chapter.name, course.folder / step / chapter.name)
    return course.folder / "release" / chapter.name


def changed_points(chapter: Chapter, course: Course) -> str:
    """Return a sentence about points that a new release changes under scores and marks, or ''."""
    with course.gradebook() as gradebook:
        try:
            old = gradebook.find_notebook(chapter.name, chapter.name)
        except MissingEntry:
            return ""
        if not old.submissions:
            return ""
        changed = releases.changes(as_released(released_cells(old), nbformat.v4.new_notebook())).points
    if not changed:
        return ""
    return (
        f"points have changed ({', '.join(changed)}): no score is rescaled, and marks that people gave stay "
        "the numbers they are: look at those, and score all code by the new points with: "
        f"{course.command('grade', chapter.name)}"
    )


def student_files(chapter: Chapter, folder: Path) -> Path:
    """Make what a student downloads for `chapter`, without any gradebook; return `folder`, filled."""
    with tempfile.TemporaryDirectory() as staging:
        (Path(staging) / "gradebook.db").write_bytes(_empty_gradebook())
        built = _build(chapter, student_source(chapter), Path(staging), f"sqlite:///{staging}/gradebook.db")
        shutil.copytree(built / "release" / chapter.name, folder, dirs_exist_ok=True)
    return folder


@cache
def _empty_gradebook() -> bytes:
    """Return a new gradebook as nbgrader makes it; to make one takes seconds, to copy it nothing."""
    with tempfile.TemporaryDirectory() as folder:
        with Gradebook(f"sqlite:///{folder}/gradebook.db"):
            pass
        return (Path(folder) / "gradebook.db").read_bytes()


def student_source(chapter: Chapter) -> NotebookNode:
    """Return the source notebook with the first cell that tells a student what to do, in plain Markdown."""
    notebook = plain_markdown(source_notebook(chapter), _figures_before(chapter))
    text = HOW_TO.format(install=STUDENT_SETUP, name=chapter.name)
    text += HOW_TO_HUNT if any(map(is_hunt, notebook.cells)) else ""
    how_to = nbformat.v4.new_markdown_cell(text.strip())
    how_to["id"] = f"{chapter.name}-how-to"[-64:]
    notebook.cells.insert(0, how_to)
    return notebook


def _figures_before(chapter: Chapter) -> int:
    """Return how many figures stand on the pages before `chapter`, where the site has counted them."""
    before = itertools.takewhile(lambda page: page.name != chapter.name, pages())
    return sum(len(figure_names(page.notebook())) for page in before)


def _refuse_changed_cells(chapter: Chapter, source: NotebookNode, gradebook: Gradebook) -> None:
    """nbgrader cannot change the cells of an assignment that has submissions, so say so before it tries."""
    try:
        old = gradebook.find_notebook(chapter.name, chapter.name)
    except MissingEntry:
        return
    if not old.submissions:
        return
    before = {cell.name for cell in old.source_cells}
    now = {cell.metadata.nbgrader.grade_id for cell in source.cells if is_grade(cell) or is_solution(cell)}
    if before != now:
        raise ReleaseError(
            f"{chapter.name} was not released: students have submitted, and cells were added or removed "
            f"({', '.join(sorted(before ^ now))}); the old release stands. "
            "Undo that change, or release into a new class folder with --course."
        )


def _build(chapter: Chapter, source: NotebookNode, staging: Path, db_url: str) -> Path:
    """Write the source into `staging` and let nbgrader make the release from it."""
    folder = staging / "source" / chapter.name
    folder.mkdir(parents=True)
    nbformat.write(source, folder / f"{chapter.name}.ipynb")
    put_helper_files(chapter.notebook(), folder)
    directory = CourseDirectory(root=str(staging), db_url=db_url, assignment_id=chapter.name, log=quiet_log())
    log, told = logging.Logger(f"{__name__}.nbgrader"), Told()
    log.addHandler(told)
    try:
        GenerateAssignment(coursedir=directory, config=Config(), log=log).start()
    except NbGraderException as error:
        raise ReleaseError(
            f"{chapter.name} was not released; nbgrader says: {told.error or error}; "
            "the old release stands, and the same command goes on when that is mended"
        ) from error
    return staging


class Told(logging.Handler):
    """Keeps the error that nbgrader has last told its log of: its own exceptions do not say."""

    error = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Take the line of a traceback that names the error."""
        if (text := record.getMessage()).startswith("Traceback "):
            lines = (line for line in text.splitlines() if re.match(r"[\w.]*(Error|Entry)\b", line))
            self.error = next(lines, self.error)


def _swap(new: Path, old: Path) -> None:
    """Put the folder `new` in the place of `old`; if that fails, `old` is back where it was."""
    old.parent.mkdir(parents=True, exist_ok=True)
    aside = new.with_name(f"{new.name}.old")
    if old.exists():
        old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        if aside.exists():
            aside.rename(old)
        raise
