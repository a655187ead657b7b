"""Grade: submissions → workers → graded notebooks → gradebook. This process alone writes, files first.

A graded notebook carries a key: the digest of the files handed in and of all that decides on the verdict. The
gradebook remembers the key of what it holds. So this can be ended at any moment: what has the right key in
both places is done, what has it in the notebook alone is written to the gradebook, and the rest is graded.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from errno import EACCES, EEXIST, EISDIR, ENAMETOOLONG, ENOTDIR
from hashlib import sha256
from pathlib import Path

import nbformat

from autograder import CourseError
from autograder.classroom import releases, ungraded
from autograder.classroom.commands import option
from autograder.classroom.course import Course
from autograder.classroom.entering import enter_marks
from autograder.classroom.gradebook import of_other_seeds, released_notebook, roster, what_was_released
from autograder.classroom.groups import group_of, share_marks
from autograder.classroom.keeping import CHANGES, alone
from autograder.classroom.names import unusable
from autograder.classroom.writer import Entry, Writer
from autograder.running.execution import longest
from autograder.running.printing import printable, whole
from autograder.running.released import Released
from autograder.running.sandbox import warm_parent
from autograder.running.submissions import (
    BadTimestampError,
    HandedIn,
    LinkedFolderError,
    doubt,
    is_notebook,
    read,
)
from autograder.running.task import (
    Assignment,
    Graded,
    Submission,
    Undecided,
    code_digest,
    digest_of_texts,
    grade_submission,
    graded_as,
)
from autograder.running.workers import Failure, Workers, here

BATCH = 50
"""How many submissions one transaction holds at most."""
NO_PLACE = {EEXIST, EISDIR, ENOTDIR, ENAMETOOLONG, EACCES}
"""Why a file cannot be written where another file, a folder, or the length of its path is in the way."""
BATCH_SECONDS = 2.0
"""How long a graded submission waits for its transaction at most."""

FOR_THE_GRADER = (
    "You need not do anything: your instructor grades your hand-in again. Where that fails, too, hand in the "
    "notebook as Jupyter saves it, after Restart Kernel and Clear All Outputs."
)
FOR_A_NAME = "You need not do anything: your instructor renames the folder and grades again."
ADVICE = {
    LinkedFolderError: "Hand in the folder itself, with your notebook in it, and no link to it.",
    BadTimestampError: "You need not do anything: your instructor puts the date right and grades again.",
    OSError: "You need not do anything: your instructor makes your files readable and grades again.",
}
"""What comes next for a student whose hand-in cannot be read."""


class GradeError(CourseError):
    """Grading could not start; the message says why and what to do."""


class PenaltyError(GradeError):
    """All is graded, but a late penalty could not be worked out; the message says why and what to do."""


class State(StrEnum):
    """What became of a submission."""

    GRADED = "graded"
    UNCHANGED = "graded before, unchanged"
    ZERO = "scored 0"
    NOT_GRADED = "NOT GRADED"
    NOTHING = "handed in nothing"


@dataclass(frozen=True)
class Outcome:
    """What became of one submission, and why, where it is not simply graded.

    `points` are its total where it has one, and `waiting` tells whether a person has still to mark an answer.
    To a student who is not graded `told` says why, where `reason` also says what whoever grades is to do, and
    `advice` what comes next.
    """

    student: str
    state: State
    reason: str = ""
    points: float | None = None
    waiting: bool = False
    told: str = ""
    advice: str = ""

    @property
    def is_worth_a_line(self) -> bool:
        """Tell whether a person should read it, and not only count it."""
        return self.state not in (State.GRADED, State.UNCHANGED) or bool(self.reason)

    def as_json(self) -> str:
        """Return the outcome as a line for machines."""
        said = {
            "student": whole(self.student),
            "state": self.state.name.lower(),
            "reason": whole(self.reason),
        }
        return json.dumps(said | {"points": self.points, "waiting": self.waiting})

    def __str__(self) -> str:
        """Return the outcome as one line."""
        return printable(f"{self.student}: {self.state}" + (f": {self.reason}" if self.reason else ""))


def submissions(assignment: str, course: Course, student: str = "*") -> list[Path]:
    """Return the folder of each student, whether or not it is there. Raises `GradeError` if none is."""
    if reason := course.why_unreleased(assignment):
        raise GradeError(reason)
    chosen = [
        course.folder / "submitted" / each / assignment
        for each in course.students()
        if student in ("*", each)
    ]
    if not any(course.has_from(folder.parent.name, assignment) for folder in chosen):
        _refuse_changed_exercises(assignment, course)
        where = course.folder / "submitted" / ("<student>" if student == "*" else student) / assignment
        raise GradeError(printable(f"there is nothing to grade: no folder {where}"))
    return chosen


def _refuse_changed_exercises(assignment: str, course: Course) -> None:
    """Raise `GradeError` where the class was released with other exercises than there are now."""
    with course.gradebook() as gradebook:
        notebook = released_notebook(gradebook, assignment)
        released = what_was_released(notebook, course.folder / "release" / assignment)
        handed_in = bool(notebook.submissions) or any(course.folder.glob(f"submitted/*/{assignment}"))
        again = course.command("release", assignment)
        if reason := releases.changes(released).why_not_graded(assignment, again, handed_in=handed_in):
            raise GradeError(reason)


def choose_notebook(assignment: str, course: Course, student: str, notebook: str) -> None:
    """Remember which of a student's notebooks is to be graded. Raises `GradeError` if it is not there."""
    (folder,) = submissions(assignment, course, student)
    try:
        files = read(folder, course.limits()["submission_megabytes"]).files
    except (LinkedFolderError, BadTimestampError, OSError) as error:
        raise GradeError(str(error)) from None
    there = sorted(filter(is_notebook, files))
    if notebook not in there:
        handed_in = ", ".join(map(printable, there)) or "nothing"
        said = f"{student} has not handed in {notebook} for {assignment}; there is: {handed_in}"
        raise GradeError(printable(said))
    among = _digest_of_notebooks(files)
    for each in group_of(course).get(student, (student,)):
        if each == student or _notebooks_of(course, assignment, each) == among:
            course.choose(assignment, each, among, notebook)


def _notebooks_of(course: Course, assignment: str, student: str) -> str:
    """Return the digest of the notebooks that a student has handed in, '' where they cannot be read."""
    try:
        folder = course.folder / "submitted" / student / assignment
        return _digest_of_notebooks(read(folder, course.limits()["submission_megabytes"]).files)
    except (LinkedFolderError, BadTimestampError, OSError):
        return ""


def _digest_of_notebooks(files: Mapping[str, bytes]) -> str:
    notebooks = {path: sha256(files[path]).hexdigest() for path in files if is_notebook(path)}
    return sha256(json.dumps(notebooks, sort_keys=True).encode()).hexdigest()


def grade(
    assignment: str,
    course: Course,
    student: str = "*",
    *,
    force: bool = False,
    new_round: bool = False,
    workers: Workers = here,
) -> Iterator[Outcome]:
    """Grade the submissions for `assignment` and yield what became of each, as soon as it is written.

    A submission whose files are as they were when it was graded, with the same checks and seed, is not graded
    again unless `force`; what it loses for being late is worked out anew in any case. `new_round` begins
    another round first. Where another process grades or releases in this class folder, it waits for that.

    Raises `GradeError` where nothing can be graded, `PenaltyError` in the end where all is written but a late
    penalty, `RoundError` where the seed is not here, `IsolationError` where submissions cannot be isolated,
    and `GradebookError` or `FolderError` where gradebook or class folder cannot be written.
    """
    chosen = submissions(assignment, course, student)
    with alone(course.folder, CHANGES):
        if new_round:
            course.new_round(assignment)
        course.round(assignment)  # fails here where its seed is not on this machine
        yield from _grade(assignment, course, chosen, workers, force=force)


def _grade(
    assignment: str, course: Course, chosen: Sequence[Path], workers: Workers, *, force: bool
) -> Iterator[Outcome]:
    with course.gradebook() as gradebook:
        notebook = released_notebook(gradebook, assignment)
        released = what_was_released(notebook, course.folder / "release" / assignment)
        again = course.command("release", assignment)
        if reason := releases.changes(released).why_not_graded(assignment, again, handed_in=True):
            raise GradeError(reason)
        enter_marks(gradebook, course.folder, assignment)
        facts = _assignment(assignment, course, released, notebook.kernelspec)
        handed_in = course.folder / "submitted"
        odd = unusable((handed_in / name for name in course.students()), roster(gradebook))
        writer = Writer(gradebook, assignment, course.config)
        yield from _Run(facts, course, writer, workers, odd, force=force).outcomes(chosen)
        if writer.without_penalty:
            raise PenaltyError(writer.without_penalty)


def _assignment(name: str, course: Course, released: Released, kernelspec: str | None) -> Assignment:
    """Return what is the same for all submissions."""
    used, limits = course.round(name), course.limits()
    spec = json.loads(kernelspec) if kernelspec else None
    files = source_files(name, course)
    beside = {path: sha256(content).hexdigest() for path, content in files.items()}
    got = [released.graded, released.hunts, sorted(released.sources)]
    decides = json.dumps([code_digest(name), used.digest, limits, got, spec, beside], sort_keys=True)
    return Assignment(
        name=name,
        released=released,
        files=files,
        kernelspec=spec,
        seed=used.seed,
        seed_digest=used.digest,
        round=used.number,
        limits=limits,
        code=code_digest(name),
        checks=sha256(decides.encode()).hexdigest(),
    )


def _rules(assignment: Assignment) -> str:
    """Return a digest of all that decides on a verdict but the hand-in and the round."""
    released = assignment.released
    got = [released.graded, released.hunts, sorted(released.sources)]
    files = {path: sha256(content).hexdigest() for path, content in assignment.files.items()}
    decides = [assignment.code, dict(assignment.limits), got, assignment.kernelspec, files]
    return sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def source_files(assignment: str, course: Course) -> dict[str, bytes]:
    """Return the files that come with the chapter; as in nbgrader, they replace a student's own."""
    folder = course.folder / "source" / assignment
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


class _Run:
    """One run of the grader over a class."""

    def __init__(
        self,
        assignment: Assignment,
        course: Course,
        writer: Writer,
        workers: Workers,
        odd: Mapping[str, str],
        *,
        force: bool,
    ) -> None:
        self._assignment, self._course, self._writer = assignment, course, writer
        self._workers, self._odd, self._force = workers, odd, force
        self._rules = _rules(assignment)
        self._handed_in: dict[str, HandedIn] = {}
        self._groups = group_of(course)
        self._first: dict[tuple[tuple[str, ...], str], str] = {}
        self._waiting: dict[str, list[HandedIn]] = {}
        self._results: dict[str, Graded | Undecided | Failure] = {}
        self._settled: set[str] = set()
        self._batch: list[tuple[Entry, Outcome]] = []
        self._due = 0.0
        self._unchanged: list[tuple[Outcome, datetime | None]] = []
        self._ready: list[Outcome] = []

    def outcomes(self, folders: Sequence[Path]) -> Iterator[Outcome]:
        """Grade, write, and yield what became of each submission."""
        warm_parent(self._assignment.limits)  # fails here where submissions cannot be isolated
        seconds = longest(self._assignment.limits)
        try:
            tasks = self._tasks(folders)
            for task, result in self._workers(
                grade_submission, self._assignment, tasks, self._check, seconds
            ):
                self._settle(self._handed_in.pop(task.student), result)
                if task.student in self._groups:
                    self._results[task.student] = result
                for mate in self._waiting.pop(task.student, []):
                    self._settle(mate, result)
                yield from self._finished()
        finally:
            self._flush()
        yield from self._finished()

    def _settle(self, handed_in: HandedIn, result: Graded | Undecided | Failure) -> None:
        """Take what a worker has returned for this hand-in, or for the same one of a member of the group."""
        student = handed_in.student
        if isinstance(result, Failure):
            outcome = Outcome(student, State.NOT_GRADED, result.reason, advice=FOR_THE_GRADER)
            self._ready.append(outcome)
        elif isinstance(result, Undecided):
            self._ready.append(self._undecided(replace(result, student=student)))
        else:
            self._keep(handed_in, replace(result, student=student))

    def _undecided(self, result: Undecided) -> Outcome:
        who = option("--student", result.student)
        how = self._course.command("grade", self._assignment.name, *who, "--notebook", "FILE")
        several = f"several notebooks could count: {result.notebooks}"
        return Outcome(
            result.student,
            State.NOT_GRADED,
            f"{several}; say which counts: {how}",
            told=several,
            advice="Tell your instructor which of these notebooks counts, or hand in that one alone.",
        )

    def _finished(self) -> Iterator[Outcome]:
        if len(self._batch) >= BATCH or (self._batch and time.monotonic() > self._due):
            self._flush()
        ready, self._ready = self._ready, []
        for outcome in ready:
            self._remember(outcome)
            yield outcome

    def _remember(self, outcome: Outcome) -> None:
        """Let every later command know who is not graded, and why."""
        where = self._course.folder, self._assignment.name, outcome.student
        if outcome.state is State.NOT_GRADED:
            ungraded.note(*where, outcome.reason, told=outcome.told or outcome.reason, advice=outcome.advice)
        else:
            ungraded.clear(*where)

    def _tasks(self, folders: Sequence[Path]) -> Iterator[Submission]:
        """Yield what has to be graded; what need not or cannot be is settled here."""
        for start in range(0, len(folders), BATCH):
            chunk = folders[start : start + BATCH]
            names = [folder.parent.name for folder in chunk]
            known = self._writer.known([name for name in names if name not in self._odd])
            for folder in chunk:
                clear_rests(self._course.folder / "autograded" / folder.parent.name / self._assignment.name)
                if (task := self._task(folder, *known.get(folder.parent.name, ("", "")))) is not None:
                    yield task
                elif len(self._batch) >= BATCH:  # all from notebooks, as for a gradebook that is new
                    self._flush()
            self._update_times()

    def _task(self, folder: Path, known_key: str, known_reason: str) -> Submission | None:
        student = folder.parent.name
        if not os.access(folder.parent, os.R_OK | os.X_OK):
            said = f"the folder {folder.parent} may not be read; give yourself the right to, and grade again"
            told = "your folder may not be read"
            self._ready.append(Outcome(student, State.NOT_GRADED, said, told=told, advice=ADVICE[OSError]))
            return None
        if not folder.is_dir():
            stray = any(folder.parent.glob("*.ipynb"))
            beside = " (a notebook lies beside, not in, that folder)" if stray else ""
            if other := _called_otherwise(folder):
                beside = f" (there is {other!a}; rename it, and grade again)"
            self._ready.append(Outcome(student, State.NOTHING, f"no folder {folder}{beside}"))
            return None
        if student in self._odd:
            told = "the name of your folder is none that a gradebook holds, or looks like another's"
            said = self._odd[student]
            self._ready.append(Outcome(student, State.NOT_GRADED, said, told=told, advice=FOR_A_NAME))
            return None
        try:
            handed_in = read(folder, self._assignment.limits["submission_megabytes"])
        except (LinkedFolderError, BadTimestampError, OSError) as error:
            advice = next(said for kind, said in ADVICE.items() if isinstance(error, kind))
            self._ready.append(Outcome(student, State.NOT_GRADED, str(error), advice=advice))
            return None
        among = _digest_of_notebooks(handed_in.files)
        asked_for = self._course.choice(self._assignment.name, student, among)
        key = sha256(
            f"{handed_in.digest} {self._assignment.checks} {asked_for}".encode("utf-8", "surrogatepass")
        ).hexdigest()
        if not self._force and (written := self._written(student, key)):
            if key == known_key:
                said = [f"{State.ZERO}: {known_reason}" if known_reason else "", doubt(handed_in.timestamp)]
                outcome = Outcome(student, State.UNCHANGED, _clauses(said))
                self._unchanged.append((outcome, handed_in.timestamp))
            else:  # the grader was ended between the file and the gradebook
                self._batch_up(handed_in, written)
            return None
        if student in self._groups and self._is_graded_with_a_mate(handed_in, key):
            return None
        self._handed_in[student] = handed_in
        return Submission(student, key, handed_in.files, handed_in.skipped, handed_in.wrong, asked_for)

    def _is_graded_with_a_mate(self, handed_in: HandedIn, key: str) -> bool:
        """Take what another member's hand-in has got, or gets now, if it is the same: a group is run once."""
        student = handed_in.student
        group = self._groups[student]
        first = self._first.setdefault((group, key), student)
        if first in self._results:
            self._settle(handed_in, self._results[first])
        elif first != student:
            self._waiting.setdefault(first, []).append(handed_in)
        elif not self._force and (before := self._written_of_a_mate(group, key)):
            self._results[student] = before
            self._settle(handed_in, before)
        else:
            return False
        return True

    def _written_of_a_mate(self, group: Sequence[str], key: str) -> Graded | None:
        return next(filter(None, (self._written(mate, key) for mate in group)), None)

    def _update_times(self) -> None:
        """Write when those were handed in whose scores stand: times and penalties may have changed."""
        unchanged, self._unchanged = self._unchanged, []
        if unchanged:
            self._writer.update_times({outcome.student: when for outcome, when in unchanged})
            self._share_marks([outcome.student for outcome, _ in unchanged])
            self._tell([outcome for outcome, _ in unchanged])

    def _share_marks(self, students: Sequence[str]) -> None:
        """Share the marks of groups, among those of whom the gradebook knows what they hand in now."""
        self._settled |= {*students} & self._groups.keys()
        if not self._settled.isdisjoint(students):
            share_marks(self._course, self._assignment.name, self._settled)

    def _tell(self, written: Sequence[Outcome]) -> None:
        """Hand on what became of those who are in the gradebook, with what it says of them."""
        standings = self._writer.standings([outcome.student for outcome in written])
        for outcome in written:
            points, waiting = standings.get(outcome.student, (None, False))
            self._ready.append(replace(outcome, points=points, waiting=waiting))

    def _written(self, student: str, key: str) -> Graded | None:
        """Return what the graded notebook of a student says, if it is there and has this key."""
        path = graded_notebook(self._assignment.name, self._course, student)
        try:
            content = path.read_bytes()
            if key.encode() not in content:
                return None
            notebook = nbformat.reads(content.decode("utf-8"), as_version=4)
            about = notebook.metadata.get("autograder", {})
            if about.get("key") != key:
                return None
            return graded_as(student, key, notebook, about["reason"], about["said"])
        except Exception:  # whatever a damaged file makes nbformat raise: it is graded again
            return None

    def _check(self, task: Submission, result: Graded | Undecided) -> None:
        """Raise `ValueError` where a worker has returned what is no grade of this submission."""
        if isinstance(result, Undecided) and (result.student, result.key) == (task.student, task.key):
            return
        graded = self._assignment.released.graded
        most = {
            name: cell["nbgrader"]["points"] for name, cell in graded.items() if cell["nbgrader"]["grade"]
        }
        is_right = (
            isinstance(result, Graded)
            and (result.student, result.key) == (task.student, task.key)
            and result.scores.keys() == most.keys()
            and all(score is None or 0 <= score <= most[name] for name, score in result.scores.items())
        )
        if not is_right:
            raise ValueError("a worker has returned what is no grade of this submission")

    def _keep(self, handed_in: HandedIn, result: Graded) -> None:
        """Write the graded notebook with the files beside it, and put the scores into the batch."""
        student = handed_in.student
        texts = _texts(graded_notebook(self._assignment.name, self._course, student))
        own = {path: content for path, content in handed_in.files.items() if not is_notebook(path)}
        files = {f"{self._assignment.name}.ipynb": result.notebook.encode(), **self._assignment.files}
        folder = self._course.folder / "autograded" / student / self._assignment.name
        replace_folder(folder, files, {path: content for path, content in own.items() if path not in files})
        self._batch_up(handed_in, result, texts)

    def _batch_up(self, handed_in: HandedIn, result: Graded, texts: Mapping[str, str] | None = None) -> None:
        if not self._batch:
            self._due = time.monotonic() + BATCH_SECONDS
        isolated = not self._assignment.limits["unsafe_no_isolation"]
        facts = self._assignment.seed_digest, isolated, handed_in.timestamp, texts or {}
        entry = Entry(result, *facts, handed_in.digest, self._rules, self._force)
        state = State.ZERO if result.reason else State.GRADED
        said = _clauses([result.reason or result.said, doubt(handed_in.timestamp)])
        self._batch.append((entry, Outcome(result.student, state, said)))

    def _flush(self) -> None:
        """Write what has been graded to the gradebook, in one transaction."""
        batch, self._batch = self._batch, []
        if batch:
            self._writer.write([entry for entry, _ in batch])
            self._share_marks([outcome.student for _, outcome in batch])
            self._tell([outcome for _, outcome in batch])


def _called_otherwise(folder: Path) -> str:
    """Return the name of a folder that was meant to be `folder`: it differs in case or in blanks, or ''."""
    meant = folder.name.casefold()
    names = (path.name for path in folder.parent.iterdir() if path.is_dir())
    return next((name for name in names if name.strip().casefold() == meant), "")


def _clauses(said: Sequence[str]) -> str:
    *first, last = filter(None, said) if any(said) else [""]
    return "; ".join([*(clause.rstrip(".") for clause in first), last])


def graded_notebook(assignment: str, course: Course, student: str) -> Path:
    """Return where a student's graded notebook lies."""
    return course.folder / "autograded" / student / assignment / f"{assignment}.ipynb"


def _texts(path: Path) -> dict[str, str]:
    """Return the digests of the answers in words of a graded notebook; none where there is no such."""
    try:
        return digest_of_texts(nbformat.read(path, as_version=4))
    except Exception:  # whatever a damaged file makes nbformat raise
        return {}


def replace_folder(folder: Path, files: Mapping[str, bytes], more: Mapping[str, bytes]) -> None:
    """Put these files in the place of a folder, all at once: never is there a part of them.

    Of `more`, which a student has named, a file is left out for which there is no place beside the others.

    Where this process is ended between the two renames, the folder is missing and what was it lies beside,
    under a name with a dot, until `clear_rests` removes it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    clear_rests(folder)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        _fill(new, files, more)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        raise
    old = new.with_name(new.name.replace(".new-", ".old-"))
    if folder.is_dir():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, bytes], more: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        _write(folder / name, content)
    for name, content in more.items():
        try:
            _write(folder / name, content)
        except OSError as error:
            if error.errno not in NO_PLACE:
                raise
    folder.chmod(0o755)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o444)


def clear_rests(folder: Path) -> None:
    """Remove what a process that was ended in `replace_folder` has left beside `folder`."""
    for rest in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(rest, ignore_errors=True)


def of_another_round(assignment: str, course: Course) -> list[str]:
    """Return the students who are graded, but with other cases than those of the current round."""
    if not course.has_begun(assignment):
        return []
    seed = course.round(assignment).digest
    with course.gradebook() as gradebook:
        others = of_other_seeds(gradebook, assignment, seed)
    # plain nbgrader keeps no record but the notebook
    return [each for each in others if _seed_of(graded_notebook(assignment, course, each)) != seed]


def _seed_of(notebook: Path) -> str:
    """Return what names the seed that a notebook was graded with."""
    if not notebook.is_file():
        return ""
    return nbformat.read(notebook, as_version=4).metadata.get("autograder", {}).get("seed", "")
