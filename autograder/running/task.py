"""The task that workers do: submission and assignment in, graded notebook out; no disk, no database."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
import nbformat.reader
import nbformat.v4
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution

from autograder import CourseError
from autograder.chapter.cells import demonstrations, graded_name, library_imports
from autograder.exercises import EXERCISES
from autograder.judging.answers import Answer
from autograder.judging.verdict import judge
from autograder.running.execution import Execution
from autograder.running.outputs import write_verdict
from autograder.running.restore import empty_notebook, restore
from autograder.running.sandbox import ProcessDiedError, WarmLostError, holds_more_than

UNGRADED = "ungraded"
"""The id of the cell that says why a submission could not be graded; then it is all that its page shows."""
WHY_UNGRADED = """\
**This submission could not be graded, so it scores 0.** {why} Please open your notebook, run it, save it \
under its own name, and hand it in again."""


MOST_VALUES, MOST_DEPTH = 5_000_000, 100
"""How many values a file may hold, and how deep one may lie in others; a fifth is for what is no output."""
MOST_CODE = 1_000_000
"""How many characters all code of a notebook may have: a page that shows it takes nearly a minute."""
JUDGING = ("chapter", "exercises", "inside", "judging", "running")
"""The folders whose modules decide on a verdict, beside the reference."""
NOT_JUDGING = {
    "chapter/binding.py": "the book is executed with it, no submission is",
    "chapter/reference.py": "it makes model answers, for those who mark",
    "chapter/source.py": "what was released stands in the gradebook",
    "chapter/student_markdown.py": "it changes no cell that is run",
    "judging/rounds.py": "the seed's own digest stands for it",
    "running/cluster.py": "whoever does a task, the task is the same",
    "running/workers.py": "whoever does a task, the task is the same",
}
"""The modules of these folders that decide on no verdict, and why."""


class VersionError(CourseError):
    """A worker has other files than the process that hands out the tasks; the message says what to do."""


@dataclass(frozen=True)
class Assignment:
    """What is the same for all submissions of one run.

    `released` are the graded cells by name, as the gradebook has them, `seed` is what the hidden inputs are
    drawn from and `round` the number of its round (0: none), `seed_digest` names the seed, `limits` are the
    settings of `BlindExecute`, `code` is a digest of the code that grades, and `checks` one of all that
    decides on a verdict.
    """

    name: str
    released: Mapping[str, dict]
    kernelspec: Mapping | None
    seed: int = field(repr=False)
    seed_digest: str
    round: int
    limits: Mapping[str, Any]
    code: str
    checks: str


@dataclass(frozen=True)
class Submission:
    """What one student has handed in: the notebook, or why there is none, and the files beside it."""

    student: str
    key: str
    notebook: bytes = b""
    wrong: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Graded:
    """What became of one submission: `notebook` is the graded one as text, `reason` says why it scored 0.

    `scores` holds for each graded cell its points, None where a person has to give them; `unanswered` the
    solution cells that are as they were released; `texts` a digest of each answer that a person marks.
    """

    student: str
    key: str
    notebook: str
    scores: Mapping[str, float | None]
    unanswered: frozenset[str]
    texts: Mapping[str, str]
    reason: str = ""


def grade_submission(assignment: Assignment, submission: Submission) -> Graded:
    """Grade one submission. Raises only where the grading itself has failed: it can be tried again."""
    warnings.simplefilter("ignore")
    if assignment.code != code_digest(assignment.name):
        raise VersionError("a worker grades with another version of this course; give it the same files")
    reason, notebook = submission.wrong, None
    if not reason:
        reason, notebook = _read(submission.notebook, assignment)
    if not reason:
        reason = _execute(notebook, assignment, submission.files)
    if reason:
        notebook = _placeholder(assignment, reason)
    number = {"round": assignment.round} if assignment.round else {}
    notebook.metadata["autograder"] = {
        **number,
        "seed": assignment.seed_digest,
        "key": submission.key,
        "isolated": not assignment.limits["unsafe_no_isolation"],
        "reason": reason,
    }
    return graded_as(submission.student, submission.key, notebook, reason)


def graded_as(student: str, key: str, notebook: NotebookNode, reason: str) -> Graded:
    """Return what a graded notebook says, in the form that the gradebook takes."""
    cells = [cell for cell in notebook.cells if is_grade(cell) or is_solution(cell)]
    text = nbformat.v4.writes(notebook).encode("utf-8", "replace").decode()  # no file holds half a character
    name = {id(cell): cell.metadata.nbgrader.grade_id for cell in cells}
    return Graded(
        student,
        key,
        text,
        {name[id(cell)]: determine_grade(cell)[0] for cell in cells if is_grade(cell)},
        frozenset(name[id(cell)] for cell in cells if is_solution(cell) and _is_as_released(cell)),
        digest_of_texts(notebook),
        reason,
    )


def digest_of_texts(notebook: NotebookNode) -> dict[str, str]:
    """Return a digest of each answer in words."""
    return {
        cell.metadata.nbgrader.grade_id: sha256(cell.source.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        for cell in notebook.cells
        if is_grade(cell) and is_solution(cell)
    }


@cache
def code_digest(chapter: str) -> str:
    """Return a digest of the files that decide on a verdict: checks, reference, chapter and what judges."""
    found = sha256("\0".join([library_imports(chapter), *sorted(demonstrations(chapter))]).encode())
    for file in deciding_files():
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def deciding_files() -> list[Path]:
    """Return the files of the course that decide on a verdict, whatever the chapter."""
    package = Path(__file__).parents[1]
    paths = (path for folder in JUDGING for path in sorted((package / folder).rglob("*")))
    files = [path for path in paths if path.is_file() and path.suffix != ".pyc"]
    reference = sorted(package.parent.glob("solutions/*.py"))
    judging = [file for file in files if file.relative_to(package).as_posix() not in NOT_JUDGING]
    return [*reference, package / "__init__.py", *judging]


def _is_as_released(cell: NotebookNode) -> bool:
    return cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)


def _read(content: bytes, assignment: Assignment) -> tuple[str, NotebookNode | None]:
    """Return why a notebook cannot be graded, as a sentence for the student, or '' and the notebook."""
    file = f"{assignment.name}.ipynb"
    if not content:
        return f"The file {file} is empty (0 bytes).", None
    most = assignment.limits["most_cells"]
    too_much = f"The file {file} holds far more than any notebook of this chapter can need."
    try:
        text = content.decode(json.detect_encoding(content)).encode()
        if holds_more_than(MOST_VALUES, text):
            return too_much, None
        as_written = json.loads(text)
        cells = _cells(as_written)
        if len(cells) > most:  # to read so many takes minutes
            return f"The notebook {file} has {len(cells):,} cells; {most:,} are the most that are run.", None
        for cell in cells:
            if cell["cell_type"] == "code":
                cell["outputs"] = []  # none counts, and nbformat would look at each
        text = json.dumps(as_written, ensure_ascii=False).encode("utf-8", "replace")
        if holds_more_than(MOST_VALUES // 5, text) or _depth(as_written) > MOST_DEPTH:
            return too_much, None
        notebook = nbformat.convert(nbformat.reader.reads(text.decode()), 4)
        nbformat.validate(notebook)
        if sum(len(cell.source) for cell in notebook.cells if cell.cell_type == "code") > MOST_CODE:
            return too_much, None
    except Exception as error:  # nbformat lets through whatever its parser and its converters raise
        why = "it is cut off, or it is another kind of file"
        return f"The file {file} is not a readable notebook: {why} ({type(error).__name__}).", None
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        return f"The notebook {file} has no code cells.", None
    return "", notebook


def _cells(as_written: dict) -> list[dict]:
    """Return the cells of a notebook as it is written, in whatever version of the format."""
    parts = [as_written, *as_written.get("worksheets", [])]
    return [cell for part in parts for cell in part.get("cells", [])]


def _depth(value: object) -> int:
    """Return how deep the deepest value lies in others; Python would recurse too deep for some."""
    depth, level = 0, [value]
    while level:
        depth += 1
        lists = [each.values() if isinstance(each, dict) else each for each in level]
        level = [inner for each in lists for inner in each if isinstance(inner, (dict, list))]
    return depth


def _execute(notebook: NotebookNode, assignment: Assignment, files: Mapping[str, bytes]) -> str:
    """Put the notebook right, run and judge it; return what went wrong, or ''."""
    try:
        for cell in notebook.cells:
            _clear(cell)
        if assignment.kernelspec:
            notebook.metadata["kernelspec"] = nbformat.from_dict(assignment.kernelspec)
        restore(notebook, assignment.released)
        Execution(notebook, assignment.name, files, assignment.seed, assignment.limits).run()
    except (CourseError, ProcessDiedError, WarmLostError):
        raise
    except Exception as error:  # whatever a file holds must not stop the batch
        return f"The notebook could not be graded ({type(error).__name__})."
    return ""


def _clear(cell: NotebookNode) -> None:
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None


def _placeholder(assignment: Assignment, why: str) -> NotebookNode:
    """Return a graded notebook without answers, which says why there are none."""
    notebook = empty_notebook(assignment.released)
    for cell in notebook.cells:
        if name := graded_name(cell):
            write_verdict(cell, judge(EXERCISES[name], assignment.seed, lambda *_: Answer("missing")))
    reason = nbformat.v4.new_markdown_cell(WHY_UNGRADED.format(why=why))
    reason["id"] = UNGRADED
    notebook.cells.insert(0, reason)
    return notebook
