"""Check: one notebook → its verdicts as text, graded as ever, but in a class folder that vanishes."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import CourseError
from autograder.chapter.cells import Chapter, chapters, exercise_names, find_chapter, graded_name
from autograder.classroom.course import Course
from autograder.classroom.gradebook import waits_for_a_person
from autograder.classroom.keeping import in_a_sentence
from autograder.desk.grade import State, grade, replace_folder
from autograder.desk.release import release
from autograder.judging.rounds import SEED_BITS
from autograder.running.choosing import answered_in, without_number
from autograder.running.outputs import LEFT_OUT_ID
from autograder.running.printing import printable
from autograder.running.submissions import is_notebook, read_beside, read_file, read_python
from autograder.running.workers import Failure, Workers, here

STUDENT = "check"
READING_SECONDS = 300
"""After how many seconds a worker that reads a notebook counts as hung."""


class CheckError(CourseError):
    """The notebook cannot be checked; the message says why and what to do."""


def check(
    notebook: Path,
    course: Course,
    chapter: str | None = None,
    number: int | None = None,
    *,
    workers: Workers = here,
) -> Iterator[str]:
    """Grade one notebook outside every gradebook and yield what is to be printed.

    The hidden cases are those of the class folder's round `number`, or of its current one; where nothing was
    graded there yet, they are drawn for this check alone. What lies beside the notebook comes along where
    its folder is called like the chapter, and Python files alone where it lies elsewhere.
    Raises `CheckError` where there is no such notebook or its chapter is not clear.
    """
    if not notebook.is_file():
        raise CheckError(printable(f"there is no notebook {notebook}"))
    megabytes = course.limits()["submission_megabytes"]
    content = read_file(notebook, megabytes)
    if isinstance(content, str):
        raise CheckError(f"{printable(str(notebook))} {content}")
    answered = set() if _is_archive(notebook) else _answered(notebook, content, course, workers)
    chosen = find_chapter(chapter) if chapter else _chapter_of(notebook, answered)
    if number is not None or course.has_begun(chosen.name):
        used = course.round(chosen.name, number)
        seed, cases = used.seed, f"with the hidden cases of {used}"
    else:
        seed, cases = secrets.randbits(SEED_BITS), "with hidden cases that were drawn for this check"
    yield f"{printable(str(notebook))}: {chosen.name}, {cases}"
    with in_a_sentence(tempfile.gettempdir()), tempfile.TemporaryDirectory(prefix="check-") as folder:
        trial = Course.apart(Path(folder))
        trial.config.BlindExecute.seed = seed
        trial.config.BlindExecute.unsafe_no_isolation = course.limits()["unsafe_no_isolation"]
        release(chosen, trial)
        _hand_in(notebook, content, chosen, trial, megabytes)
        (outcome,) = grade(chosen.name, trial, workers=workers)
        if outcome.state is not State.GRADED:
            raise CheckError(outcome.reason)
        yield from _verdicts(chosen, trial)


def _is_archive(file: Path) -> bool:
    return file.suffix.lower() == ".zip"


def _answered(notebook: Path, content: bytes, course: Course, workers: Workers) -> set[str]:
    """Return which functions a notebook holds.

    Raises `CheckError`, in words that are true of the file as it is called, where it cannot be read; a zip
    archive is opened later.
    """
    task = printable(notebook.name), content
    ((_, answered),) = workers(answered_in, course.limits(), [task], _check, READING_SECONDS)
    if isinstance(answered, Failure):
        raise CheckError(f"{task[0]} cannot be read: {answered.reason}")
    if isinstance(answered, str) and is_notebook(notebook.name):
        raise CheckError(answered)
    if isinstance(answered, str):
        raise CheckError(
            printable(f"{notebook} is no notebook; check takes a notebook, or a zip archive with one")
        )
    return answered


def _chapter_of(notebook: Path, answered: set[str]) -> Chapter:
    """Return the chapter that a notebook is named after, or that most of its exercises are from."""
    known = {chapter.name: chapter for chapter in chapters()}
    for name in (notebook.stem, without_number(notebook.stem)):
        if name in known:
            return known[name]
    if _is_archive(notebook):
        raise CheckError(
            f"{printable(str(notebook))} is called like no chapter; say which: --chapter CHAPTER"
        )
    shared = {name: len(answered & {*exercise_names(known[name].notebook())}) for name in known}
    best = max(shared, key=shared.get)
    if not shared[best]:
        raise CheckError(
            f"{printable(str(notebook))} holds no exercise of a chapter; say which: --chapter CHAPTER"
        )
    return known[best]


def _check(_: tuple[str, bytes], answered: set[str] | str) -> None:
    if not isinstance(answered, (set, str)):
        raise TypeError("a worker has returned what is no list of names")


def _hand_in(notebook: Path, content: bytes, chapter: Chapter, trial: Course, megabytes: int) -> None:
    """Hand the notebook in with what lies beside it, read as `grade` reads what was handed in."""
    released = trial.folder / "release" / chapter.name
    folder = notebook.resolve().parent
    is_whole = folder.name == chapter.name  # as it was handed in, with all that came along
    own = (read_beside if is_whole else read_python)(folder, megabytes)
    target = trial.folder / "submitted" / STUDENT / chapter.name
    name = f"{chapter.name}{'.zip' if _is_archive(notebook) else '.ipynb'}"
    lacking = {path: each for path, each in read_beside(released, megabytes).items() if path not in own}
    replace_folder(target, {name: content}, own | lacking)  # what is in the way of a file is read, too


def _verdicts(chapter: Chapter, trial: Course) -> Iterator[str]:
    path = trial.folder / "autograded" / STUDENT / chapter.name / f"{chapter.name}.ipynb"
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.get("id") == LEFT_OUT_ID:
            yield "\n" + cell.source.strip().replace("**", "").replace("`", "")
        elif graded_name(cell):
            yield "\n" + _words(cell)
    with trial.gradebook() as gradebook:
        submission = gradebook.find_submission(chapter.name, STUDENT)
        grades = submission.notebooks[0].grades
        for grade in (each for each in grades if each.cell.cell_type == "markdown"):
            said = "to be marked by a person" if waits_for_a_person(grade) else "not answered"
            yield f"\n{grade.name}: {said}, {grade.max_score:g} points possible"
        yield f"\n{submission.score:g} of {submission.max_score:g} points"


def _words(cell: NotebookNode) -> str:
    return cell.outputs[0]["data"]["text/plain"]
