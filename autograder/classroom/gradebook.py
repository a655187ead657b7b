"""The gradebook: nbgrader's tables, opened and read; `writer` beside this module writes them.

One table of ours stands beside nbgrader's and says with which files, checks and seed a submission was graded.
It is written in the same transaction as the scores, so that it tells the truth whenever the grader is ended.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbgrader.api import Course as CourseRow
from nbgrader.api import (
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
from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    Float,
    Integer,
    MetaData,
    NullPool,
    Select,
    String,
    Table,
    Text,
    create_engine,
    delete,
    false,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.schema import CreateTable

import autograder.classroom.waiting  # noqa: F401  (from here on whatever asks a database waits as it says)
from autograder import CourseError
from autograder.pages.page import Result
from autograder.running.released import Released, as_released
from autograder.running.verdicts import CaseResults

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
MAKING_SECONDS = 300
"""How long is waited for another process that makes the tables of a new gradebook."""
EXTENSIONS = Table(
    "autograder_extensions",
    GRADED.metadata,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("until", DateTime, nullable=False),
    Column("because", Text, nullable=False),
)
"""Who may hand in until when, in UTC, and why; nbgrader knows of it only once something is handed in."""
DECIDED = Table(
    "autograder_decided",
    GRADED.metadata,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("files", String(64), nullable=False),
    Column("rules", String(64), nullable=False),
)
"""Digests of what was handed in, and of all but the seed that decides on a verdict: they tell why somebody is
graded again."""
MARKS = Table(
    "autograder_marks",
    GRADED.metadata,
    Column("id", String(32), primary_key=True),
    Column("assignment", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("cell", Text, nullable=False),
    Column("score", Float),
    Column("extra", Float),
    Column("comment", Text),
)
"""The marks and comments of people that the record holds, by the ids of nbgrader's rows."""
UNENTERED = Table(
    "autograder_unentered",
    GRADED.metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(32), nullable=False),
    Column("student", String(128), nullable=False),
    Column("entry", Text, nullable=False),
)
"""Entries of the record that stand in the transaction of what they tell of, until the file has them."""
VERDICTS = Table(
    "autograder_verdicts",
    GRADED.metadata,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("exercise", String(128), primary_key=True),
    Column("cases", Text, nullable=False),
    Column("misconception", Text, nullable=False),
    Column("written", DateTime, nullable=False),
)
"""What the graded notebooks say of each exercise, to be read fast: the `cases` as JSON, a list of title and
whether it was right; the sentence of the `misconception` that was found, or ''; and when, in UTC, this was
`written`: a notebook that is newer knows better."""
COPIED = Table(
    "autograder_copied",
    GRADED.metadata,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("place", String(160), primary_key=True),
    Column("said", Text, nullable=False),
)
"""Which marks and comments a member of a group has from another, and so may follow them."""
CHUNK = 200
"""How many students one question to the database is about."""


class GradebookError(CourseError):
    """The gradebook cannot be reached or does not hold what it should; the message says what to do."""


class NeverReleasedError(GradebookError):
    """The gradebook does not know an assignment; `Course.gradebook` adds the command that releases it."""

    def __init__(self, assignment: str) -> None:
        """Name the assignment."""
        super().__init__(f"the gradebook does not know {assignment}")
        self.assignment = assignment


@contextmanager
def open_gradebook(url: str) -> Iterator[Gradebook]:
    """Open nbgrader's gradebook, making it where there is none; what the database refuses is one sentence."""
    name = name_of(url)
    try:
        _make_file(make_url(url))
        with _opened(url) as gradebook:
            yield gradebook
    except (SQLAlchemyError, InvalidEntry) as error:  # nbgrader makes the second of some of the first
        told = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        raise GradebookError(
            f"the gradebook {name} cannot be used ({told.splitlines()[0]}); nothing that was graded is lost, "
            "the same command goes on from here"
        ) from error


@contextmanager
def _opened(url: str | URL) -> Iterator[Gradebook]:
    """Open a gradebook, and make in it what is not there yet."""
    with ExitStack() as opened:
        with _one_at_a_time(make_url(url)):
            gradebook = opened.enter_context(Gradebook(url))
            _complete(gradebook)
        yield gradebook


@contextmanager
def _one_at_a_time(address: URL) -> Iterator[None]:
    """Let nobody else make tables on a database server meanwhile; a file is made whole, by `_make_file`."""
    if address.get_backend_name() != "postgresql":
        yield
        return
    engine = create_engine(address, poolclass=NullPool)
    with engine.begin() as connection:
        if _missing(connection):
            connection.execute(text(f"SET LOCAL lock_timeout = '{MAKING_SECONDS}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('autograder_graded'))"))
        yield


def _complete(gradebook: Gradebook) -> None:
    """Add what nbgrader's own gradebook lacks; where nothing is missing nothing is written."""
    for table in _missing(gradebook.engine):
        gradebook.db.execute(CreateTable(table, if_not_exists=True))
    # nbgrader's assignments belong to a course without a name, which it never adds; SQLite lets it
    if gradebook.db.get(CourseRow, "") is None:
        gradebook.db.execute(text("INSERT INTO course (id) VALUES ('') ON CONFLICT DO NOTHING"))
    gradebook.db.commit()


def _missing(database: Engine | Connection) -> list[Table]:
    """Return which of our own tables are not there yet, as in a class that an earlier version began."""
    there = inspect(database)
    return [table for table in GRADED.metadata.sorted_tables if not there.has_table(table.name)]


def _make_file(address: URL) -> None:
    """Make the file of a gradebook where there is none, all at once: several processes may do so together."""
    if address.get_backend_name() != "sqlite" or "uri" in address.query:
        return
    path = Path(address.database or ":memory:")
    if path.name == ":memory:" or path.exists():
        return
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".gradebook-") as folder:
            new = Path(folder) / "gradebook.db"
            with _opened(address.set(database=str(new))):
                pass
            os.link(new, path)
    except FileExistsError:  # another process was faster
        pass
    except OSError as error:
        raise GradebookError(f"the gradebook {path} cannot be made ({error.strerror})") from error


def keep_others_from_writing(session: Session) -> None:
    """Wait until no other process of ours writes to the gradebook; none does then until the transaction ends.

    What is read after this and written by it is not written by two at once.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {GRADED.name} IN SHARE ROW EXCLUSIVE MODE"))
    else:  # whatever writes takes SQLite's lock, though it writes nothing
        session.execute(delete(GRADED).where(false()))


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
    """Return what the gradebook knows of a chapter; raise `NeverReleasedError` if it knows nothing."""
    try:
        return gradebook.find_notebook(assignment, assignment)
    except MissingEntry:
        raise NeverReleasedError(assignment) from None


def what_was_released(notebook: Notebook, folder: Path) -> Released:
    """Return what students got, from the gradebook and from the release's `folder`."""
    path = folder / f"{notebook.name}.ipynb"
    seen = nbformat.read(path, as_version=4) if path.is_file() else nbformat.v4.new_notebook()
    return as_released(released_cells(notebook), seen)


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


def roster(gradebook: Gradebook) -> list[str]:
    """Return the names of all students whom the gradebook knows."""
    return list(gradebook.db.scalars(select(Student.id)))


def names(gradebook: Gradebook) -> dict[str, tuple[str, str, str]]:
    """Return what the gradebook knows of each student: first name, last name, email, '' where nothing."""
    query = select(Student.id, Student.first_name, Student.last_name, Student.email)
    return {
        id_: (first or "", last or "", email or "") for id_, first, last, email in gradebook.db.execute(query)
    }


def not_isolated(gradebook: Gradebook, assignment: str) -> list[str]:
    """Return the students whose submissions were graded without isolation."""
    query = select(GRADED.c.student).where(GRADED.c.assignment == assignment, GRADED.c.isolated.is_(False))
    return sorted(gradebook.db.scalars(query))


def of_other_seeds(gradebook: Gradebook, assignment: str, seed: str) -> list[str]:
    """Return the students who were graded with another seed than the one with this digest."""
    query = select(GRADED.c.student).where(GRADED.c.assignment == assignment, GRADED.c.seed != seed)
    return sorted(gradebook.db.scalars(query))


def extensions(gradebook: Gradebook, assignment: str) -> dict[str, datetime]:
    """Return until when, in UTC, those students may hand in who were given more time."""
    query = select(EXTENSIONS.c.student, EXTENSIONS.c.until).where(EXTENSIONS.c.assignment == assignment)
    return dict(gradebook.db.execute(query).all())


def total(score: float, penalty: float | None) -> float:
    """Return what counts of a submission: its score, with marks and extra credit, less the late penalty.

    Every place that states a total takes it from here. It is never below 0, as in nbgrader's own export, and
    without the digits that adding binary fractions leaves.
    """
    return max(0.0, round(score - (penalty or 0), 6))


def waits_for_a_person(grade: Grade) -> bool:
    """Tell whether a person has still to give a score, or to look at an answer that was changed since."""
    return grade.auto_score is None and (grade.manual_score is None or grade.needs_manual_grade)


@dataclass(frozen=True)
class Verdicts:
    """What the cases of each exercise came to for one student, and when, in UTC, that was written down."""

    written: datetime
    exercises: dict[str, CaseResults]


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

    def without(self) -> list[str]:
        """Return, of all whom the gradebook knows, those who have no submission, in order."""
        with Session(self._engine) as session:
            return sorted({*session.scalars(select(Student.id))} - {*self.students()})

    def keys(self, students: Sequence[str]) -> dict[str, str]:
        """Return the key with which each of the students was last graded, as far as we have done it."""
        query = select(GRADED.c.student, GRADED.c.key).where(
            GRADED.c.assignment == self._assignment, GRADED.c.student.in_(students)
        )
        with Session(self._engine) as session:
            return dict(session.execute(query).all())

    def verdicts(self, students: Sequence[str]) -> dict[str, Verdicts]:
        """Return what the cases of each exercise came to for each of the students, as far as it is known."""
        query = select(VERDICTS).where(
            VERDICTS.c.assignment == self._assignment, VERDICTS.c.student.in_(students)
        )
        found: dict[str, Verdicts] = {}
        with Session(self._engine) as session:
            for row in session.execute(query):
                cases = tuple((title, right) for title, right in json.loads(row.cases))
                theirs = found.setdefault(row.student, Verdicts(row.written, {}))
                theirs.exercises[row.exercise] = CaseResults(cases, row.misconception)
        return found

    def results(self, students: Sequence[str]) -> dict[str, Result]:
        """Return what the gradebook says of each of the students, as far as it knows them."""
        with Session(self._engine) as session:  # one for each look, else memory grows with the class
            found = session.scalars(submitted(self._notebook_id, students))
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
        handed_in = notebook.assignment.timestamp
        return Result(cells, total(score, penalty), sum(self.most.values()), penalty, handed_in)


def submitted(notebook_id: str, students: Sequence[str]) -> Select:
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
