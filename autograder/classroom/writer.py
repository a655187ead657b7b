"""The gradebook's writer: one process, many submissions in one transaction."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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

from autograder.classroom.entering import hand_over, note
from autograder.classroom.gradebook import (
    DECIDED,
    GRADED,
    VERDICTS,
    Verdicts,
    extensions,
    keep_others_from_writing,
    released_notebook,
    submitted,
    total,
)
from autograder.classroom.lateness import UNKNOWN, Penalties, spend
from autograder.running.seen import is_as_seen
from autograder.running.task import Graded
from autograder.running.verdicts import CaseResults


@dataclass(frozen=True)
class Entry:
    """One submission to be written.

    `graded` is what the task has found, `timestamp` when it was handed in, and `texts` the answers in words
    of the notebook that was graded before, where the gradebook does not remember them. `files` is a digest of
    what was handed in, `rules` one of all but the seed that decides, and `forced` tells whether a person has
    asked for it: from these comes the reason in the record.
    """

    graded: Graded
    seed: str
    isolated: bool
    timestamp: datetime | None
    texts: Mapping[str, str] = field(default_factory=dict)
    files: str = ""
    rules: str = ""
    forced: bool = False


@dataclass(frozen=True)
class _Before:
    """With what a submission was graded before; all '' where nobody remembers."""

    key: str = ""
    seed: str = ""
    texts: Mapping[str, str] | None = None
    files: str = ""
    rules: str = ""

    def why_again(self, entry: Entry) -> str:
        """Return why a submission that was graded is graded again."""
        if not self.key:
            return "known until now from nbgrader's own commands alone"
        said = ["--force"] if entry.forced else []
        if entry.seed != self.seed:
            said.append("new round")
        if not self.files:
            return ", ".join(said) or "hand-in or checks have changed since an earlier version graded it"
        if entry.files != self.files:
            said.append("new hand-in")
        if entry.rules != self.rules:
            said.append("checks, limits or release changed")
        if not said:
            same = entry.graded.key == self.key
            said.append("its graded notebook was not there" if same else "another notebook was chosen")
        return ", ".join(said)


class Writer:
    """Writes graded submissions of one assignment; each call of `write` is one transaction.

    What changes a total is entered into the record of the class folder that the settings name.
    """

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
        self._folder = Path(config.CourseDirectory.root)
        self._penalties_before: dict[SubmittedNotebook, float | None] = {}
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
        with self._transaction() as session:
            for notebook in session.scalars(self._of(times)):
                self._take_time(notebook, times[notebook.assignment.student_id])
            self._spend_late_days(session, times)
            noted = note(session, self._changed_penalties())
        self._hand_over(noted)

    def update_penalties(self, students: Iterable[str] | None = None) -> None:
        """Write for all submissions, or these students', what being late costs now.

        The times are those that the gradebook holds.
        """
        with self._transaction() as session:
            notebooks = session.scalars(self._of(students)).all()
            for notebook in notebooks:
                self._take_time(notebook, notebook.assignment.timestamp)
            self._spend_late_days(session, [each.assignment.student_id for each in notebooks])
            noted = note(session, self._changed_penalties())
        self._hand_over(noted)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        self._penalties_before = {}
        with Session(self._engine) as session, session.begin():
            yield session

    def _hand_over(self, noted: set[str]) -> None:
        if noted:
            hand_over(self._engine, self._folder, noted)

    def _changed_penalties(self, written: Iterable[SubmittedNotebook] = ()) -> list[dict[str, Any]]:
        """Return an entry for each total that is another for its penalty alone; `written` have theirs."""
        known = {*written}
        changed = {
            notebook: penalty
            for notebook, penalty in self._penalties_before.items()
            if (penalty or 0) != (notebook.late_submission_penalty or 0) and notebook not in known
        }
        return [
            {
                "what": "penalty",
                "student": notebook.assignment.student_id,
                "assignment": notebook.assignment.assignment.name,
                "old": total(notebook.score, penalty),
                "new": total(notebook.score, notebook.late_submission_penalty),
                "reason": f"the late penalty is {notebook.late_submission_penalty or 0:g}, "
                f"it was {penalty or 0:g}",
            }
            for notebook, penalty in changed.items()
        ]

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
        with self._transaction() as session:
            keep_others_from_writing(session)
            self._add_students(session, students)
            found = session.scalars(submitted(self._notebook_id, students))
            notebooks = {each.assignment.student_id: each for each in found}
            totals = {each: _total(notebook) for each, notebook in notebooks.items()}
            before = self._before(session, students)
            for entry in entries:
                student = entry.graded.student
                notebook = notebooks.get(student) or self._new_notebook(session, student)
                notebooks[student] = notebook
                texts = before.get(student, _Before()).texts
                self._write_one(session, entry, notebook, entry.texts if texts is None else texts)
            self._spend_late_days(session, students)
            self._remember(session, entries)
            said = [self._entry(each, notebooks, totals, before) for each in entries]
            noted = note(session, said + self._changed_penalties(notebooks.values()))
        self._hand_over(noted)

    def _entry(
        self,
        entry: Entry,
        notebooks: Mapping[str, SubmittedNotebook],
        totals: Mapping[str, float],
        before: Mapping[str, _Before],
    ) -> dict[str, Any]:
        """Return what the record says of one submission that was graded."""
        student = entry.graded.student
        is_again = student in totals
        why = before.get(student, _Before()).why_again(entry) if is_again else "new to the gradebook"
        return {
            "what": "regraded" if is_again else "graded",
            "student": student,
            "assignment": self._assignment,
            "old": totals.get(student),
            "new": _total(notebooks[student]),
            "reason": f"{why}: {entry.graded.reason}" if entry.graded.reason else why,
            "files": entry.files,
        }

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

    def _before(self, session: Session, students: Sequence[str]) -> dict[str, _Before]:
        """Return with what the gradebook's last version of each submission was graded."""
        same = (DECIDED.c.assignment == GRADED.c.assignment) & (DECIDED.c.student == GRADED.c.student)
        query = (
            select(GRADED.c.student, GRADED.c.key, GRADED.c.seed, GRADED.c.texts)
            .add_columns(DECIDED.c.files, DECIDED.c.rules)
            .outerjoin(DECIDED, same)
            .where(GRADED.c.assignment == self._assignment, GRADED.c.student.in_(students))
        )
        return {
            student: _Before(key, seed, json.loads(texts), files or "", rules or "")
            for student, key, seed, texts, files, rules in session.execute(query)
        }

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
            submission.extension = max(until - self._duedate, timedelta())  # the due date may have moved on
        self._penalise(notebook)

    def _penalise(self, notebook: SubmittedNotebook, spent: int = 0) -> None:
        submission = notebook.assignment
        self._penalties_before.setdefault(notebook, notebook.late_submission_penalty)
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
        for table in (GRADED, DECIDED):
            session.execute(
                delete(table).where(table.c.assignment == self._assignment, table.c.student.in_(students))
            )
        decided = [
            {"assignment": self._assignment, "student": each.graded.student, "files": each.files}
            | {"rules": each.rules}
            for each in entries
        ]
        session.execute(insert(DECIDED), decided)
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
        self._remember_verdicts(
            session, {each.graded.student: each.graded.verdicts for each in entries}, _now()
        )

    def fill_in(self, verdicts: Mapping[str, Verdicts]) -> None:
        """Write what graded notebooks say that others have graded; what was graded meanwhile stands."""
        here = VERDICTS.c.assignment == self._assignment, VERDICTS.c.student.in_(verdicts)
        with Session(self._engine) as session, session.begin():
            keep_others_from_writing(session)
            query = select(VERDICTS.c.student, VERDICTS.c.written).where(*here)
            newer = {who for who, written in session.execute(query) if written >= verdicts[who].written}
            for student in verdicts.keys() - newer:
                theirs = verdicts[student]
                self._remember_verdicts(session, {student: theirs.exercises}, theirs.written)

    def _remember_verdicts(
        self, session: Session, verdicts: Mapping[str, Mapping[str, CaseResults]], written: datetime
    ) -> None:
        here = VERDICTS.c.assignment == self._assignment, VERDICTS.c.student.in_(verdicts)
        session.execute(delete(VERDICTS).where(*here))
        rows = [
            {
                "assignment": self._assignment,
                "student": student,
                "exercise": exercise,
                "cases": json.dumps(results.cases),
                "misconception": results.misconception,
                "written": written,
            }
            for student, exercises in verdicts.items()
            for exercise, results in exercises.items()
        ]
        if rows:
            session.execute(insert(VERDICTS), rows)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _total(notebook: SubmittedNotebook) -> float:
    return total(notebook.score, notebook.late_submission_penalty)


def _seconds_late(submission: SubmittedAssignment) -> float:
    return 0.0 if submission.assignment.duedate is None else submission.total_seconds_late
