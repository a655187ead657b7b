"""The gradebook: nbgrader's tables, written by one process, many submissions in one transaction.

One table of ours stands beside nbgrader's and says with which files, checks and seed a submission was graded.
It is written in the same transaction as the scores, so that it tells the truth whenever the grader is ended.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    InvalidEntry,
    MissingEntry,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.api import Course as CourseRow
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import (
    Boolean,
    Column,
    MetaData,
    Select,
    String,
    Table,
    Text,
    delete,
    insert,
    make_url,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, joinedload, selectinload
from traitlets.config import Config

from autograder import CourseError
from autograder.pages.page import Result
from autograder.running.task import Graded

GRADED = Table(
    "autograder_graded",
    MetaData(),
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("seed", String(64), nullable=False),
    Column("isolated", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("texts", Text, nullable=False),
)
"""With which files, checks and settings (`key`) and seed a submission was graded, why it scored 0 if it could
not be graded, and digests of its answers in words."""
CHUNK = 200
"""How many students one question to the database is about."""


class GradebookError(CourseError):
    """The gradebook cannot be reached or does not hold what it should; the message says what to do."""


@contextmanager
def open_gradebook(url: str) -> Iterator[Gradebook]:
    """Open nbgrader's gradebook, making it where there is none; what the database refuses is one sentence."""
    name = name_of(url)
    try:
        with Gradebook(url) as gradebook:
            GRADED.create(gradebook.engine, checkfirst=True)
            # nbgrader's assignments belong to a course without a name, which it never adds; SQLite lets it
            gradebook.db.merge(CourseRow(id=""))
            gradebook.db.commit()
            yield gradebook
    except (SQLAlchemyError, InvalidEntry) as error:  # nbgrader makes the second of some of the first
        told = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        raise GradebookError(
            f"the gradebook {name} cannot be used ({told.splitlines()[0]}); nothing that was graded is lost, "
            "the same command goes on from here"
        ) from error


def name_of(url: str) -> str:
    """Return how a person knows a gradebook: its file, or its address without any password."""
    try:
        address = make_url(url)
        address.get_dialect().import_dbapi()
    except (SQLAlchemyError, ValueError):  # what they say may hold the password
        raise GradebookError(
            "the gradebook's address cannot be read; one is written postgresql://user@host/name"
        ) from None
    except ImportError as error:
        raise GradebookError(f"the gradebook's address needs a driver that is not here ({error})") from None
    if "@" in (address.host or ""):
        raise GradebookError("an @ in the password of the gradebook's address is written %40")
    if address.get_backend_name() == "sqlite":
        return str(address.database)
    open_to_all = {key: value for key, value in address.query.items() if "password" not in key.lower()}
    return address.set(query=open_to_all).render_as_string(hide_password=True)


def released_notebook(gradebook: Gradebook, assignment: str) -> Notebook:
    """Return what the gradebook knows of a chapter; raise `GradebookError` if it was never released there."""
    try:
        return gradebook.find_notebook(assignment, assignment)
    except MissingEntry:
        raise GradebookError(
            f"the gradebook does not know {assignment}; run, with the same --course and --db: "
            f"python -m autograder release {assignment}"
        ) from None


def released_cells(notebook: Notebook) -> dict[str, dict[str, Any]]:
    """Return what the gradebook knows of each graded cell: name → source, cell type and metadata."""
    points = {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}
    tasks = {cell.name for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    found = {}
    for cell in notebook.source_cells:
        metadata = {
            "schema_version": 3,
            "grade_id": cell.name,
            "grade": cell.name in points and cell.name not in tasks,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
            "locked": cell.locked,
            "checksum": cell.checksum,
            "cell_type": cell.cell_type,
        }
        if cell.name in points:
            metadata["points"] = points[cell.name]
        found[cell.name] = {"source": cell.source, "cell_type": cell.cell_type, "nbgrader": metadata}
    return found


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
        self._grade_cells = {cell.id: cell.name for cell in notebook.grade_cells}
        self._solution_cells = {cell.id: cell.name for cell in notebook.solution_cells}
        self._penalties = AssignLatePenalties(config=config)
        self._penalties.init_plugin()
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

    def write(self, entries: Sequence[Entry]) -> None:
        """Write submissions in one transaction: all of them, or, if anything fails, none."""
        students = [entry.graded.student for entry in entries]
        with Session(self._engine) as session, session.begin():
            self._add_students(session, students)
            found = session.scalars(_submitted(self._notebook_id, students))
            notebooks = {each.assignment.student_id: each for each in found}
            texts = self._texts(session, students)
            for entry in entries:
                student = entry.graded.student
                notebook = notebooks.get(student) or self._new_notebook(session, student)
                self._write_one(session, entry, notebook, texts.get(student, entry.texts))
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
            is_same = grade.auto_score == score and graded.texts.get(name) == texts.get(name)
            is_done = grade.manual_score is not None and not grade.needs_manual_grade and is_same
            grade.auto_score = score
            grade.needs_manual_grade = (grade.manual_score is not None or score is None) and not is_done
        for comment in notebook.comments:
            name = self._solution_cells[comment.cell_id]
            comment.auto_comment = "No response." if name in graded.unanswered else None
        if entry.timestamp is not None:
            notebook.assignment.timestamp = entry.timestamp
        notebook.late_submission_penalty = None
        if self._duedate is not None:
            self._penalize(session, graded.student, notebook)

    def _penalize(self, session: Session, student: str, notebook: SubmittedNotebook) -> None:
        """Take off what nbgrader's settings take off for a late submission."""
        session.flush()
        session.refresh(notebook, ["score"])
        if (late := notebook.assignment.total_seconds_late) > 0:
            penalty = self._penalties.plugin_inst.late_submission_penalty(student, notebook.score, late)
            if penalty is not None:
                notebook.late_submission_penalty = min(max(penalty, 0), notebook.score)

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


def not_isolated(gradebook: Gradebook, assignment: str) -> list[str]:
    """Return the students whose submissions were graded without isolation."""
    query = select(GRADED.c.student).where(GRADED.c.assignment == assignment, GRADED.c.isolated.is_(False))
    return sorted(gradebook.db.scalars(query))


def of_other_seeds(gradebook: Gradebook, assignment: str, seed: str) -> list[str]:
    """Return the students who were graded with another seed than the one with this digest."""
    query = select(GRADED.c.student).where(GRADED.c.assignment == assignment, GRADED.c.seed != seed)
    return sorted(gradebook.db.scalars(query))


def waits_for_a_person(grade: Grade) -> bool:
    """Tell whether a person has still to give a score, or to look at an answer that was changed since."""
    return grade.auto_score is None and (grade.manual_score is None or grade.needs_manual_grade)


class Reader:
    """Reads what the gradebook says of the submissions of one assignment, many at a time."""

    def __init__(self, gradebook: Gradebook, assignment: str) -> None:
        """Read from `gradebook`."""
        self._engine = gradebook.engine
        notebook = released_notebook(gradebook, assignment)
        self._assignment, self._notebook_id = assignment, notebook.id
        graded = gradebook.db.execute(
            select(GradeCell.id, GradeCell.name, GradeCell.max_score).where(
                GradeCell.notebook_id == notebook.id
            )
        ).all()
        self._names = {id_: name for id_, name, _ in graded}
        self.most = {name: most for _, name, most in graded}
        query = select(SolutionCell.id, SolutionCell.name).where(SolutionCell.notebook_id == notebook.id)
        self._names |= dict(gradebook.db.execute(query).all())

    def students(self) -> list[str]:
        """Return everybody who has a submission, in order."""
        query = (
            select(SubmittedAssignment.student_id)
            .join(SubmittedNotebook)
            .where(SubmittedNotebook.notebook_id == self._notebook_id)
        )
        with Session(self._engine) as session:
            return sorted(session.scalars(query))

    def keys(self, students: Sequence[str]) -> dict[str, str]:
        """Return the key with which each of the students was last graded, as far as we have done it."""
        query = select(GRADED.c.student, GRADED.c.key).where(
            GRADED.c.assignment == self._assignment, GRADED.c.student.in_(students)
        )
        with Session(self._engine) as session:
            return dict(session.execute(query).all())

    def results(self, students: Sequence[str]) -> dict[str, Result]:
        """Return what the gradebook says of each of the students, as far as it knows them."""
        with Session(self._engine) as session:  # one for each look, else memory grows with the class
            found = session.scalars(_submitted(self._notebook_id, students))
            return {each.assignment.student_id: self._result(each) for each in found}

    def _result(self, notebook: SubmittedNotebook) -> Result:
        cells: dict[str, dict] = {}
        for grade in notebook.grades:
            name = self._names[grade.cell_id]
            waiting = waits_for_a_person(grade)
            cells[name] = {"score": grade.score, "points": self.most[name], "waiting": waiting}
        for comment in notebook.comments:
            cells.setdefault(self._names[comment.cell_id], {})["comment"] = comment.comment
        penalty = notebook.late_submission_penalty or 0
        score = sum(cell["score"] for cell in cells.values() if "score" in cell)
        return Result(cells, score - penalty, sum(self.most.values()), penalty)


def _submitted(notebook_id: str, students: Sequence[str]) -> Select:
    """Return the query for these students' notebooks, with all that hangs on them."""
    return (
        select(SubmittedNotebook)
        .join(SubmittedNotebook.assignment)
        .where(SubmittedNotebook.notebook_id == notebook_id, SubmittedAssignment.student_id.in_(students))
        .options(
            joinedload(SubmittedNotebook.assignment),
            selectinload(SubmittedNotebook.grades),
            selectinload(SubmittedNotebook.comments),
        )
    )
