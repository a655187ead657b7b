"""The gradebook's writer: one process, many submissions in one transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import Session, joinedload, selectinload
from traitlets.config import Config

from autograder.classroom.gradebook import (
    GRADED,
    extensions,
    keep_others_from_writing,
    released_notebook,
    submitted,
    total,
)
from autograder.classroom.lateness import UNKNOWN, Penalties, spend
from autograder.running.seen import is_as_seen
from autograder.running.task import Graded


@dataclass(frozen=True)
class Entry:
    """One submission to be written.

    `graded` is what the task has found, `timestamp` when it was handed in, and `texts` the answers in words
    of the notebook that was graded before, where the gradebook does not remember them.
    """

    graded: Graded
    seed: str
    isolated: bool
    timestamp: datetime | None
    texts: Mapping[str, str] = field(default_factory=dict)


class Writer:
    """Writes graded submissions of one assignment; each call of `write` is one transaction."""

    def __init__(self, gradebook: Gradebook, assignment: str, config: Config) -> None:
        """Write to `gradebook`; nbgrader's settings say what a late submission loses."""
        self._engine, self._assignment = gradebook.engine, assignment
        notebook = released_notebook(gradebook, assignment)
        found = notebook.assignment
        self._assignment_id, self._duedate, self._notebook_id = found.id, found.duedate, notebook.id
        self._penalties = Penalties(config)
        self._until = extensions(gradebook, assignment)
        self._grade_cells = {cell.id: cell.name for cell in notebook.grade_cells}
        self._solution_cells = {cell.id: cell.name for cell in notebook.solution_cells}
        gradebook.db.rollback()  # leaves no transaction open while the class is graded

    def known(self, students: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return the key and the reason with which each of the students was last graded, if ever.

        Somebody whom nbgrader's commands have removed since is not known, whatever our own table says.
        """
        of_notebook = SubmittedAssignment.notebooks.any(SubmittedNotebook.notebook_id == self._notebook_id)
        still_there = select(SubmittedAssignment.student_id).where(
            of_notebook, SubmittedAssignment.student_id.in_(students)
        )
        query = select(GRADED.c.student, GRADED.c.key, GRADED.c.reason).where(
            GRADED.c.assignment == self._assignment, GRADED.c.student.in_(still_there)
        )
        with Session(self._engine) as session:
            return {student: (key, reason) for student, key, reason in session.execute(query)}

    @property
    def without_penalty(self) -> str:
        """One sentence about late penalties that could not be worked out, '' where all were."""
        return self._penalties.complaint

    def update_times(self, times: Mapping[str, datetime | None]) -> None:
        """Write for submissions whose scores stand when they were handed in, and what that costs now.

        The due date, an extension, the settings and the marks may all have changed since.
        """
        with Session(self._engine) as session, session.begin():
            for notebook in session.scalars(self._of(times)):
                self._take_time(notebook, times[notebook.assignment.student_id])
            self._spend_late_days(session, times)

    def update_penalties(self) -> None:
        """Write for all submissions what being late costs now, with the times that the gradebook holds."""
        with Session(self._engine) as session, session.begin():
            notebooks = session.scalars(self._of()).all()
            for notebook in notebooks:
                self._take_time(notebook, notebook.assignment.timestamp)
            self._spend_late_days(session, [each.assignment.student_id for each in notebooks])

    def _of(self, students: Iterable[str] | None = None) -> Select:
        """Return the query for these students' notebooks, everybody's where none are named."""
        query = (
            select(SubmittedNotebook)
            .join(SubmittedNotebook.assignment)
            .where(SubmittedNotebook.notebook_id == self._notebook_id)
            .options(joinedload(SubmittedNotebook.assignment))
        )
        return query if students is None else query.where(SubmittedAssignment.student_id.in_(students))

    def standings(self, students: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """Return from the gradebook each one's total, and whether an answer waits for a person."""
        theirs = (
            SubmittedNotebook.notebook_id == self._notebook_id,
            SubmittedAssignment.student_id.in_(students),
        )
        who, penalty = SubmittedAssignment.student_id, SubmittedNotebook.late_submission_penalty
        scores = (
            select(who, SubmittedNotebook.score, penalty).join(SubmittedNotebook.assignment).where(*theirs)
        )
        waits = Grade.auto_score.is_(None) & (Grade.manual_score.is_(None) | Grade.needs_manual_grade)
        grades = select(who).join(SubmittedNotebook.assignment).join(SubmittedNotebook.grades)
        with Session(self._engine) as session:
            waiting = set(session.scalars(grades.where(waits, *theirs)))
            return {
                student: (total(score, penalty), student in waiting)
                for student, score, penalty in session.execute(scores)
            }

    def write(self, entries: Sequence[Entry]) -> None:
        """Write submissions in one transaction: all of them, or, if anything fails, none."""
        students = [entry.graded.student for entry in entries]
        with Session(self._engine) as session, session.begin():
            keep_others_from_writing(session)
            self._add_students(session, students)
            found = session.scalars(submitted(self._notebook_id, students))
            notebooks = {each.assignment.student_id: each for each in found}
            texts = self._texts(session, students)
            for entry in entries:
                student = entry.graded.student
                notebook = notebooks.get(student) or self._new_notebook(session, student)
                self._write_one(session, entry, notebook, texts.get(student, entry.texts))
            self._spend_late_days(session, students)
            self._remember(session, entries)

    def _add_students(self, session: Session, students: Sequence[str]) -> None:
        known = set(session.scalars(select(Student.id).where(Student.id.in_(students))))
        if new := [{"id": student} for student in students if student not in known]:
            session.execute(insert(Student), new)

    def _new_notebook(self, session: Session, student: str) -> SubmittedNotebook:
        """Return a new row for a student's notebook, with all that nbgrader hangs on it."""
        submission = SubmittedAssignment(assignment_id=self._assignment_id, student_id=student)
        notebook = SubmittedNotebook(notebook_id=self._notebook_id, assignment=submission)
        notebook.grades = [Grade(cell_id=cell) for cell in self._grade_cells]
        notebook.comments = [Comment(cell_id=cell) for cell in self._solution_cells]
        session.add(submission)
        return notebook

    def _texts(self, session: Session, students: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the answers in words that were in the gradebook's last version of each submission."""
        query = select(GRADED.c.student, GRADED.c.texts).where(
            GRADED.c.assignment == self._assignment, GRADED.c.student.in_(students)
        )
        return {student: json.loads(texts) for student, texts in session.execute(query)}

    def _write_one(
        self, session: Session, entry: Entry, notebook: SubmittedNotebook, texts: Mapping[str, str]
    ) -> None:
        """Write one submission's scores; a person's are kept, and called for where the work has changed."""
        graded = entry.graded
        for grade in notebook.grades:
            name = self._grade_cells[grade.cell_id]
            score = graded.scores.get(name, 0)
            is_same = grade.auto_score == score and is_as_seen(graded.texts.get(name), texts.get(name))
            is_done = grade.manual_score is not None and not grade.needs_manual_grade and is_same
            grade.auto_score = score
            grade.needs_manual_grade = (grade.manual_score is not None or score is None) and not is_done
        for comment in notebook.comments:
            name = self._solution_cells[comment.cell_id]
            comment.auto_comment = "No response." if name in graded.unanswered else None
        session.flush()
        session.refresh(notebook, ["score"])
        self._take_time(notebook, entry.timestamp)

    def _take_time(self, notebook: SubmittedNotebook, timestamp: datetime | None) -> None:
        """Write when a submission was handed in, and what nbgrader's settings take off if late."""
        submission = notebook.assignment
        submission.timestamp = timestamp
        if self._duedate is not None and (until := self._until.get(submission.student_id)):
            submission.extension = until - self._duedate
        self._penalise(notebook)

    def _penalise(self, notebook: SubmittedNotebook, spent: int = 0) -> None:
        submission = notebook.assignment
        if (late := _seconds_late(submission)) <= 0:
            notebook.late_submission_penalty = None
            return
        penalty = self._penalties.of(submission.student_id, notebook.score, late, spent)
        if penalty is not UNKNOWN:
            notebook.late_submission_penalty = penalty

    def _spend_late_days(self, session: Session, students: Iterable[str]) -> None:
        """Count these students' late days over all assignments, in the order of the due dates."""
        rule = self._penalties.rule
        if rule is None or not rule.late_days:
            return
        session.flush()
        query = (
            select(SubmittedAssignment)
            .join(SubmittedAssignment.assignment)
            .where(SubmittedAssignment.student_id.in_(students), Assignment.duedate.is_not(None))
            .order_by(Assignment.duedate, Assignment.name)
            .options(selectinload(SubmittedAssignment.notebooks))
        )
        by_student: dict[str, list[SubmittedAssignment]] = {}
        for submission in session.scalars(query):
            by_student.setdefault(submission.student_id, []).append(submission)
        for submissions in by_student.values():
            days = spend(rule, [_seconds_late(each) for each in submissions])
            for submission, spent in zip(submissions, days, strict=True):
                for notebook in submission.notebooks:
                    self._penalise(notebook, spent)

    def _remember(self, session: Session, entries: Sequence[Entry]) -> None:
        students = [entry.graded.student for entry in entries]
        session.execute(
            delete(GRADED).where(GRADED.c.assignment == self._assignment, GRADED.c.student.in_(students))
        )
        rows = [
            {
                "assignment": self._assignment,
                "student": entry.graded.student,
                "key": entry.graded.key,
                "seed": entry.seed,
                "isolated": entry.isolated,
                "reason": entry.graded.reason,
                "texts": json.dumps(dict(entry.graded.texts)),
            }
            for entry in entries
        ]
        session.execute(insert(GRADED), rows)


def _seconds_late(submission: SubmittedAssignment) -> float:
    return 0.0 if submission.assignment.duedate is None else submission.total_seconds_late
