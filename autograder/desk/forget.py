"""Forget: remove all that a class holds of a student; of the record only that somebody was forgotten remains.

The record says first that it has begun, and loses the name last. So where a process is ended in between, the
same command ends its work.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path

from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from autograder import CourseError
from autograder.classroom import record, ungraded
from autograder.classroom.course import MOST_BYTES_OF_A_NAME, Course
from autograder.classroom.entering import hand_over
from autograder.classroom.gradebook import EXTENSIONS, GRADED, keep_others_from_writing, roster
from autograder.classroom.keeping import CHANGES, PRIVATE, alone, write_whole
from autograder.desk import grades, hand_back, marking
from autograder.desk.feedback import OUTDATED
from autograder.desk.history import is_known, stranger
from autograder.lms.roster import FILE, read_rows
from autograder.lms.tables import Table

STEPS = ("submitted", "received", "autograded", "feedback", OUTDATED)
"""The folders in the class folder that hold one folder for each student."""
OF_MANY = (hand_back.FOLDER, grades.FILE)
"""What holds several students together, and is made again by its command."""
NOT_OURS = (
    "not removed, because we do not keep them: your backups, archives that you downloaded, and tables, pages "
    "and mails that you have written to another place or sent"
)


class ForgetError(CourseError):
    """Somebody cannot be forgotten; the message says why and what to do."""


def refuse_stranger(course: Course, student: str) -> None:
    """Raise `ForgetError` where the class holds nothing of anybody who is called so."""
    with course.gradebook() as gradebook:
        known = roster(gradebook)
    if not student or not (is_known(course, student, known) or list(_paths(course, student))):
        raise ForgetError(stranger(course, student, known))


def forget(course: Course, student: str) -> Iterator[str]:
    """Remove what the class holds of a student, and yield a line for each part that is gone.

    Nothing outside the class folder and its gradebook is touched, and no link is followed. Raises
    `ForgetError` where nobody is called so.
    """
    refuse_stranger(course, student)
    with ExitStack() as others:
        for task in (CHANGES, "feedback", marking.TASK):
            others.enter_context(alone(course.folder, task))
        record.enter(course.folder, [{"what": "forgetting", "student": student}])
        yield from _from_gradebook(course, student)
        for path in list(_paths(course, student)):
            files = _remove(path)
            yield f"removed {path.relative_to(course.folder)} ({files} {'file' if files == 1 else 'files'})"
        for path in (course.folder / name for name in OF_MANY):
            if os.path.lexists(path):
                _remove(path)
                yield f"removed {path.name}, which held others too; its command makes it again"
        if rows := _from_roster(course.folder / FILE, student):
            yield f"removed from {FILE}: {rows} {'row' if rows == 1 else 'rows'}"
        if ids := marking.forget_ids(course, student):
            yield f"removed from {marking.FOLDER}: {ids} {'id' if ids == 1 else 'ids'} of answers given out"
        last = {"what": "forgotten", "student": "", "reason": "asked for; the name is not kept"}
        gone = record.write_anew(course.folder, lambda entry: not _is_about(entry, student), last)
        yield f"removed from {record.FILE}: {gone - 1} entries; it says now that somebody was forgotten"


def _is_about(entry: dict, student: str) -> bool:
    return student == entry.get("student") or student in entry.get("students", ())


def _paths(course: Course, student: str) -> Iterator[Path]:
    """Yield the files and folders in the class folder that are this student's alone.

    What a name means to a file system, another folder or another spelling, it does not mean here: a name is
    looked for in the list of what is there. A folder that is a link is somebody's other place.
    """
    names = {student} - {"", ".", ".."}
    for step in STEPS:
        yield from _in(course.folder / step, names)
    digest = sha256(os.fsencode(student)).hexdigest()
    choice = f"{student}.json"
    if len(os.fsencode(choice)) > MOST_BYTES_OF_A_NAME:
        choice = f"{digest}.json"
    for kind, name in (("choices", choice), (ungraded.FOLDER, f"{digest[:32]}.json")):
        for chapter in sorted((course.folder / kind).glob("*")):
            yield from _in(chapter, {name})


def _in(folder: Path, names: set[str]) -> Iterator[Path]:
    if folder.is_symlink() or folder.parent.is_symlink() or not folder.is_dir():
        return
    yield from (folder / name for name in os.listdir(folder) if name in names)


def _remove(path: Path) -> int:
    """Remove a file, a link or a folder with all it holds, and return how many files that were."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return 1
    files = sum(len(names) for _, _, names in os.walk(path))
    for folder, _, _ in os.walk(path):  # one that nobody may enter is the owner's all the same
        with suppress(OSError):
            os.chmod(folder, 0o700)
    shutil.rmtree(path)
    return files


def _from_gradebook(course: Course, student: str) -> Iterator[str]:
    """Remove a student from nbgrader's tables and ours, all at once."""
    try:
        student.encode()
    except UnicodeEncodeError:  # no gradebook holds such a name
        return
    with course.gradebook() as gradebook:
        hand_over(gradebook.engine, course.folder)
        removed = _rows(gradebook, student)
        if gradebook.engine.dialect.name == "sqlite":  # else what was removed stays in the file's free pages
            with gradebook.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
    if any(removed.values()):
        yield "removed from the gradebook: " + ", ".join(f"{n} {what}" for what, n in removed.items() if n)


def _rows(gradebook: Gradebook, student: str) -> dict[str, int]:
    """Remove all rows about a student, and return how many of each kind there were."""
    theirs = select(SubmittedAssignment.id).where(SubmittedAssignment.student_id == student)
    notebooks = select(SubmittedNotebook.id).where(SubmittedNotebook.assignment_id.in_(theirs))
    steps = [
        ("scores", delete(Grade).where(Grade.notebook_id.in_(notebooks))),
        ("comments", delete(Comment).where(Comment.notebook_id.in_(notebooks))),
        ("notebooks", delete(SubmittedNotebook).where(SubmittedNotebook.assignment_id.in_(theirs))),
        ("submissions", delete(SubmittedAssignment).where(SubmittedAssignment.student_id == student)),
        ("names", delete(Student).where(Student.id == student)),
    ]
    for table in GRADED.metadata.sorted_tables:
        if "student" in table.c:
            kind = "extensions" if table is EXTENSIONS else "other rows"
            steps.append((kind, delete(table).where(table.c.student == student)))
    removed: Counter[str] = Counter()
    with Session(gradebook.engine) as session, session.begin():
        keep_others_from_writing(session)
        for what, step in steps:
            done = session.execute(step, execution_options={"synchronize_session": False})
            removed[what] += done.rowcount
    return removed


def _from_roster(path: Path, student: str) -> int:
    """Remove a student's rows from the roster, and return how many; every other cell stays as it is."""
    if path.is_symlink() or not path.is_file() or not path.read_bytes().strip():
        return 0
    table = Table.read(path)
    theirs = {row.line - 1 for row in read_rows(path) if row.person.id == student}
    if theirs:
        write_whole(path, table.without(theirs), PRIVATE)
    return len(theirs)
