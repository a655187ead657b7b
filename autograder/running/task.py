"""The task that workers do: submission and assignment in, graded notebook out; no disk, no database."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
import nbformat.v4
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution

from autograder import CourseError
from autograder.chapter.cells import demonstrations, graded_name, library_imports
from autograder.exercises import EXERCISES
from autograder.judging.answers import Answer
from autograder.judging.verdict import judge
from autograder.running.choosing import Chosen, UndecidedError, choose
from autograder.running.execution import Execution
from autograder.running.outputs import NOT_READ_ID, TAKEN, UNGRADED, write_verdict
from autograder.running.printing import printable
from autograder.running.reading import UnreadableError
from autograder.running.released import Released
from autograder.running.restore import empty_notebook, restore
from autograder.running.sandbox import ProcessDiedError, WarmLostError, versions
from autograder.running.seen import seen, words
from autograder.running.submissions import beside, replaced
from autograder.running.verdicts import CaseResults, results_in

WHY_UNGRADED = """\
**This submission could not be graded, so it scores 0.** {why}"""
WHICH_WAS_TAKEN = "**What was graded** is the notebook `{file}`.{more}"
NOT_READ = """\
**Not read: {files}.** If your notebook needs one of them, put what it needs into the notebook, or hand in the
file itself beside it.
"""
MOST_NAMED = 5
"""How many files that were not read are named."""


JUDGING = ("chapter", "exercises", "inside", "judging", "running")
"""The folders whose modules decide on a verdict, beside the reference."""
NOT_JUDGING = {
    "chapter/binding.py": "the book is executed with it, no submission is",
    "chapter/reference.py": "it makes model answers, for those who mark",
    "chapter/source.py": "what was released stands in the gradebook",
    "chapter/student_markdown.py": "it changes no cell that is run",
    "judging/rounds.py": "the seed's own digest stands for it",
    "running/alike.py": "it compares answers when all are graded",
    "running/cluster.py": "whoever does a task, the task is the same",
    "running/workers.py": "whoever does a task, the task is the same",
}
"""The modules of these folders that decide on no verdict, and why."""


class VersionError(CourseError):
    """A worker has other files than the process that hands out the tasks; the message says what to do."""


@dataclass(frozen=True)
class Assignment:
    """What is the same for all submissions of one run.

    `released` is what students got, and `files` what came with it, `seed` is what the hidden inputs are
    drawn from and `round` the number of its round (0: none), `seed_digest` names the seed, `limits` are the
    settings of `BlindExecute`, `code` is a digest of the code that grades, and `checks` one of all that
    decides on a verdict.
    """

    name: str
    released: Released
    files: Mapping[str, bytes]
    kernelspec: Mapping | None
    seed: int = field(repr=False)
    seed_digest: str
    round: int
    limits: Mapping[str, Any]
    code: str
    checks: str


@dataclass(frozen=True)
class Submission:
    """What one student has handed in.

    `files` are its plain files, `skipped` says of others why they are not read and `wrong` why there is
    nothing to grade; `asked_for` is the notebook that a person has said to grade, if any.
    """

    student: str
    key: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""
    asked_for: str = ""


@dataclass(frozen=True)
class Undecided:
    """A submission of which a person has to say what is to be graded: one of these notebooks."""

    student: str
    key: str
    notebooks: str


@dataclass(frozen=True)
class Graded:
    """What became of one submission: `notebook` is the graded one as text, `reason` says why it scored 0.

    `said` tells where the notebook was found, if not under the chapter's name.
    `scores` holds for each graded cell its points, None where a person has to give them; `unanswered` the
    solution cells that are as they were released; `texts` a digest of each answer that a person marks;
    `verdicts` for each exercise what its cases came to.
    """

    student: str
    key: str
    notebook: str
    scores: Mapping[str, float | None]
    unanswered: frozenset[str]
    texts: Mapping[str, str]
    reason: str = ""
    said: str = ""
    verdicts: Mapping[str, CaseResults] = field(default_factory=dict)


def grade_submission(assignment: Assignment, submission: Submission) -> Graded | Undecided:
    """Grade one submission. Raises only where the grading itself has failed: it can be tried again."""
    warnings.simplefilter("ignore")
    if assignment.code != code_digest(assignment.name):
        raise VersionError("a worker grades with another version of this course; give it the same files")
    notebook, reason, said, taken = None, submission.wrong, "", ""
    files = submission.files
    if not reason:
        try:
            chosen = _choose(assignment, submission)
            notebook, said, files = chosen.notebook, chosen.said, chosen.files
            more = f" {_as_text(chosen.unread)}" if chosen.unread else ""
            taken = WHICH_WAS_TAKEN.format(file=printable(chosen.path).replace("`", "'"), more=more)
            reason = _execute(notebook, assignment, files)
        except UndecidedError as error:
            return Undecided(submission.student, submission.key, str(error))
        except UnreadableError as error:
            reason = str(error)
    if reason:
        notebook = _placeholder(assignment, reason)
    texts = seen(notebook, assignment.released, {**files, **assignment.files})
    if said:
        notebook.cells.insert(0, _note(TAKEN, taken))
    if not reason and (names := _not_read(submission.skipped)):
        notebook.cells.insert(0, _note(NOT_READ_ID, NOT_READ.format(files=names)))
    number = {"round": assignment.round} if assignment.round else {}
    notebook.metadata["autograder"] = {
        **number,
        "seed": assignment.seed_digest,
        "key": submission.key,
        "isolated": not assignment.limits["unsafe_no_isolation"],
        "reason": reason,
        "said": said,
        "texts": texts,
        "versions": versions(),
    }
    return graded_as(submission.student, submission.key, notebook, reason, said)


def graded_as(student: str, key: str, notebook: NotebookNode, reason: str, said: str) -> Graded:
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
        said,
        verdicts_in(notebook),
    )


def verdicts_in(notebook: NotebookNode) -> dict[str, CaseResults]:
    """Return what the cases of each exercise came to, as far as the graded notebook says it."""
    named = ((graded_name(cell), cell) for cell in notebook.cells)
    found = {name: results_in(cell, name) for name, cell in named if name}
    return {name: results for name, results in found.items() if results is not None}


def digest_of_texts(notebook: NotebookNode) -> dict[str, str]:
    """Return a digest of what a person sees of each answer in words, as the graded notebook states it.

    One that an earlier build or plain nbgrader has graded states none: then it is of the words alone.
    """
    stated = notebook.metadata.get("autograder", {}).get("texts")
    return words(notebook) if stated is None else dict(stated)


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


def _choose(assignment: Assignment, submission: Submission) -> Chosen:
    files, skipped, asked_for = submission.files, submission.skipped, submission.asked_for
    return choose(files, skipped, assignment.name, assignment.released, assignment.limits, asked_for)


def _execute(notebook: NotebookNode, assignment: Assignment, files: Mapping[str, bytes]) -> str:
    """Put the notebook right, run and judge it; return what went wrong, or ''."""
    try:
        if assignment.kernelspec:
            notebook.metadata["kernelspec"] = nbformat.from_dict(assignment.kernelspec)
        restore(notebook, assignment.released)
        own = beside(files)
        edited = replaced(own, assignment.files)
        files = {path: content for path, content in own.items() if path not in edited} | assignment.files
        Execution(notebook, assignment.name, files, assignment.seed, assignment.limits, edited).run()
    except (CourseError, ProcessDiedError, WarmLostError, MemoryError):
        raise
    except Exception as error:  # whatever a file holds must not stop the batch
        return f"The notebook could not be graded ({type(error).__name__})."
    return ""


def _placeholder(assignment: Assignment, why: str) -> NotebookNode:
    """Return a graded notebook without answers, which says why there are none."""
    notebook = empty_notebook(assignment.released)
    for cell in notebook.cells:
        if name := graded_name(cell):
            write_verdict(cell, judge(EXERCISES[name], assignment.seed, lambda *_: Answer("missing")))
    notebook.cells.insert(0, _note(UNGRADED, WHY_UNGRADED.format(why=_as_text(why))))
    return notebook


def _not_read(skipped: Mapping[str, str]) -> str:
    """Return the files of a submission that are no plain ones, or too much, each with the reason."""
    told = [f"`{printable(path).replace('`', chr(39))}` ({why})" for path, why in sorted(skipped.items())]
    more = f" and {len(told) - MOST_NAMED:,} more" if len(told) > MOST_NAMED else ""
    return ", ".join(told[:MOST_NAMED]) + more


def _as_text(sentence: str) -> str:
    """Return a sentence so that Markdown shows the names in it as they are."""
    return re.sub(r"([*_<>$\[\]~|])", r"\\\1", sentence)


def _note(id_: str, text: str) -> NotebookNode:
    cell = nbformat.v4.new_markdown_cell(text)
    cell["id"] = id_
    return cell
