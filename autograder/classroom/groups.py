"""Groups: who of one hands in the same has the same marks; a person gives them once, to any member."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nbgrader.api import Comment, Grade, Gradebook, SubmittedNotebook
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from autograder.classroom.course import Course
from autograder.classroom.entering import hand_over, note, remember
from autograder.classroom.gradebook import (
    COPIED,
    GRADED,
    keep_others_from_writing,
    released_notebook,
    submitted,
)
from autograder.classroom.writer import Writer

Marked = Grade | Comment


def group_of(course: Course) -> dict[str, tuple[str, ...]]:
    """Return for everybody who is in a group of several all its members, in the order of their ids."""
    groups = [tuple(person.id for person in members) for members in course.roster().groups()]
    return {student: members for members in groups for student in members}


def share_marks(course: Course, assignment: str, students: Iterable[str] | None = None) -> list[str]:
    """Give the marks and comments of one member to those of the group who have handed in the same.

    A mark that a person has given to a member is never overwritten; one that came from another member
    follows that. Of several members with marks of their own the first, by id, is whose count for the rest.
    Return who has other marks now. Only `students` are looked at, everybody where none are named.
    """
    every = {*group_of(course).values()}
    wanted = {each for members in every for each in members} if students is None else {*students}
    some = {tuple(each for each in members if each in wanted) for members in every}
    groups = sorted(members for members in some if len(members) > 1)
    if not groups:
        return []
    with course.gradebook() as gradebook:
        changed, noted = _Sharing(gradebook, assignment).share(groups)
        if changed:
            Writer(gradebook, assignment, course.config).update_penalties()
        hand_over(gradebook.engine, course.folder, noted)
    return sorted({entry["student"] for entry in changed})


class _Sharing:
    def __init__(self, gradebook: Gradebook, assignment: str) -> None:
        self._engine, self._assignment = gradebook.engine, assignment
        notebook = released_notebook(gradebook, assignment)
        self._notebook_id = notebook.id
        self._names = {cell.id: cell.name for cell in [*notebook.grade_cells, *notebook.solution_cells]}
        gradebook.db.rollback()

    def share(self, groups: Sequence[tuple[str, ...]]) -> tuple[list[dict], set[str]]:
        """Share within each group, all in one transaction; return the record's entries, and their ids."""
        with Session(self._engine) as session, session.begin():
            keep_others_from_writing(session)
            entries = [entry for group in groups for entry in self._share_in(session, group)]
            return entries, note(session, entries)

    def _share_in(self, session: Session, group: tuple[str, ...]) -> Iterator[dict]:
        found = session.scalars(submitted(self._notebook_id, group))
        notebooks = {each.assignment.student_id: each for each in found}
        here = GRADED.c.assignment == self._assignment, GRADED.c.student.in_(notebooks)
        same: dict[str, list[str]] = {}
        for student, key in session.execute(select(GRADED.c.student, GRADED.c.key).where(*here)):
            same.setdefault(key, []).append(student)
        for members in same.values():
            some = {student: notebooks[student] for student in sorted(members)}
            yield from self._share_kind(session, some, "mark", lambda each: each.grades)
            yield from self._share_kind(session, some, "comment", lambda each: each.comments)

    def _share_kind(
        self,
        session: Session,
        notebooks: Mapping[str, SubmittedNotebook],
        kind: str,
        of: Callable[[SubmittedNotebook], Iterable[Marked]],
    ) -> Iterator[dict]:
        """Share the marks, or the comments, of all cells."""
        rows: dict[str, dict[str, Marked]] = {}
        for student, notebook in notebooks.items():
            for each in of(notebook):
                rows.setdefault(each.cell_id, {})[student] = each
        copied = self._copied(session, notebooks)
        for cell, theirs in rows.items():
            place = f"{kind} {self._names[cell]}"
            said = {student: _said(each) for student, each in theirs.items()}
            before = {student: copied.get((student, place), "") for student in said}
            source, new = _from_whom(said, before)
            for student in new:
                _say(theirs[student], said[source])
                self._remember(session, student, place, said[source])
                about = {"id": theirs[student].id, "student": student, "cell": self._names[cell]}
                remember(session, [_given(theirs[student]) | about | {"assignment": self._assignment}])
                yield {
                    "what": kind,
                    "student": student,
                    "assignment": self._assignment,
                    "cell": self._names[cell].removeprefix("test_"),
                    "old": _shown(said[student]),
                    "new": _shown(said[source]),
                    "reason": f"as {source}, who is in the same group, was given it",
                }

    def _copied(self, session: Session, students: Iterable[str]) -> dict[tuple[str, str], str]:
        """Return what members have from others: student and place → what it was."""
        query = select(COPIED.c.student, COPIED.c.place, COPIED.c.said).where(
            COPIED.c.assignment == self._assignment, COPIED.c.student.in_(students)
        )
        return {(student, place): said for student, place, said in session.execute(query)}

    def _remember(self, session: Session, student: str, place: str, said: str) -> None:
        """Remember whose it is not, and that the record holds it."""
        where = {"assignment": self._assignment, "student": student, "place": place}
        session.execute(delete(COPIED).where(*(COPIED.c[name] == value for name, value in where.items())))
        session.execute(insert(COPIED), [where | {"said": said}])


def _from_whom(said: Mapping[str, str], copied: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return whose mark counts, and for whom it is new; what somebody has from another is not their own."""
    own = sorted(student for student, each in said.items() if each and each != copied[student])
    if not own:
        return "", []
    return own[0], [each for each in said if each not in own and said[each] != said[own[0]]]


def _said(row: Marked) -> str:
    """Return what a person has said of a cell, as text, '' where nobody has, or it has changed since."""
    if isinstance(row, Comment):
        return json.dumps(row.manual_comment) if row.manual_comment else ""
    if row.needs_manual_grade or (row.manual_score is None and row.extra_credit is None):
        return ""
    return json.dumps([row.manual_score, row.extra_credit])


def _say(row: Marked, said: str) -> None:
    if isinstance(row, Comment):
        row.manual_comment = json.loads(said)
    else:
        row.manual_score, row.extra_credit = json.loads(said)
        row.needs_manual_grade = False


def _given(row: Marked) -> dict[str, object]:
    if isinstance(row, Comment):
        return {"comment": row.manual_comment}
    return {"score": row.manual_score, "extra": row.extra_credit}


def _shown(said: str) -> object:
    """Return a mark as a number, with extra credit in it, a comment as its text, None where there is none."""
    found = json.loads(said) if said else None
    return sum(filter(None, found)) if isinstance(found, list) else found
