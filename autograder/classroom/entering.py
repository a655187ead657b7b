"""What goes from the gradebook into the record: entries on their way, and the marks that people have given.

An entry is written in the transaction of what it tells of, and taken from there into the file. So whenever a
process is ended, or a disk is full, the next command enters what is missing, and nothing twice.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Engine, Row, Select, delete, func, insert, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from autograder import CourseError
from autograder.classroom import record
from autograder.classroom.gradebook import CHUNK, MARKS, UNENTERED, keep_others_from_writing

FORMGRADER = "formgrader"
"""Who has given a mark that no command of ours has: nbgrader does not say who that was, nor when."""
SEEN = "first seen at this time; it was given before"
LOCK_NOT_AVAILABLE = "55P03"
"""What SQL servers call a lock that was not to be had in time (SQLSTATE)."""
EMPTY = {"score": None, "extra": None, "comment": None}
_CELL = BaseCell.__table__


def note(session: Session, entries: Iterable[Mapping[str, Any]]) -> set[str]:
    """Write entries of the record into a transaction, and return their ids for `hand_over`."""
    rows = []
    for entry in entries:
        id_ = uuid4().hex
        text = json.dumps(record.stamped(entry) | {"id": id_})
        rows.append({"id": id_, "student": entry["student"], "entry": text})
    if rows:
        session.execute(insert(UNENTERED), rows)
    return {row["id"] for row in rows}


def hand_over(engine: Engine, folder: Path, noted: Iterable[str] = ()) -> None:
    """Enter into the record of the class in `folder` what stands in the gradebook to be entered.

    Of what was not `noted` by this process, the record may hold some already: it was ended in between.
    """
    with Session(engine) as session:
        if session.scalar(select(UNENTERED.c.id).limit(1)) is None:
            return
    with Session(engine) as session, session.begin():
        keep_others_from_writing(session)
        rows = session.execute(select(UNENTERED).order_by(UNENTERED.c.number)).all()
        is_ours = {*noted}.issuperset(row.id for row in rows)
        known = set() if is_ours else {entry.get("id") for entry in record.entries(folder)}
        record.enter(folder, [json.loads(row.entry) for row in rows if row.id not in known])
        for chunk in _chunks([row.number for row in rows]):
            session.execute(delete(UNENTERED).where(UNENTERED.c.number.in_(chunk)))


def enter_marks(gradebook: Gradebook, folder: Path, assignment: str) -> None:
    """Enter the marks and comments that people have given since this was last done, and what is on its way.

    Where there is nothing new, nothing is written.
    """
    with Session(gradebook.engine) as session:
        is_new = _has_news(session)
    noted: set[str] = set()
    if is_new:
        with Session(gradebook.engine) as session, session.begin():
            keep_others_from_writing(session)
            changed = list(_changed(session, assignment))
            about = {"assignment": assignment, "who": FORMGRADER, "reason": SEEN}
            noted = note(session, (entry_of(now, before) | about for now, before in changed))
            remember(session, [now | {"assignment": assignment} for now, _ in changed])
    hand_over(gradebook.engine, folder, noted)


def enter_marks_if_possible(gradebook: Gradebook, folder: Path, assignment: str) -> None:
    """Do the same for a command that only reads: what cannot be written now is entered another time.

    A server's lock that was waited for in vain is raised: the command would only wait for it once more.
    """
    try:
        enter_marks(gradebook, folder, assignment)
    except (SQLAlchemyError, CourseError, OSError) as error:
        gradebook.db.rollback()
        if getattr(getattr(error, "orig", None), "sqlstate", "") == LOCK_NOT_AVAILABLE:
            raise


def entry_of(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry for a mark, or a comment, that is another `now` than `before`."""
    about = {"student": now["student"], "cell": now["cell"].removeprefix("test_")}
    if now["comment"] != before["comment"]:
        return {"what": "comment", **about, "old": before["comment"], "new": now["comment"]}
    return {"what": "mark", **about, "old": _points(before), "new": _points(now)}


def _points(mark: Mapping[str, Any]) -> float | None:
    """Return what a person has given in all, None where they have given nothing."""
    given = [each for each in (mark["score"], mark["extra"]) if each is not None]
    return sum(given) if given else None


def remember(session: Session, marks: list[Mapping[str, Any]]) -> None:
    """Write which marks the record holds: rows of `MARKS`, in the place of earlier ones."""
    for chunk in _chunks([mark["id"] for mark in marks]):
        session.execute(delete(MARKS).where(MARKS.c.id.in_(chunk)))
    if marks:
        session.execute(insert(MARKS), [EMPTY | dict(mark) for mark in marks])


def _changed(session: Session, assignment: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield what people have given in an assignment, now and as the record holds it, where these differ.

    Rows without a mark of a person are only looked at where the record holds one.
    """
    score, extra = Grade.manual_score, Grade.extra_credit
    comment = func.nullif(Comment.manual_comment, "")
    is_given, is_entered = _any(score, extra), _any(MARKS.c.score, MARKS.c.extra)
    differs = or_(score.is_distinct_from(MARKS.c.score), extra.is_distinct_from(MARKS.c.extra))
    grades = _of(Grade, assignment, score.label("score"), extra.label("extra"))
    comments = _of(Comment, assignment, comment.label("comment"))
    other = comment.is_distinct_from(MARKS.c.comment)
    for query in (
        grades.outerjoin(MARKS, MARKS.c.id == Grade.id).where(is_given, differs),
        grades.join(MARKS, MARKS.c.id == Grade.id).where(is_entered, ~is_given),
        comments.outerjoin(MARKS, MARKS.c.id == Comment.id).where(comment.is_not(None), other),
        comments.join(MARKS, MARKS.c.id == Comment.id).where(MARKS.c.comment.is_not(None), comment.is_(None)),
    ):
        for row in session.execute(query):
            yield _now_and_before(row)


def _has_news(session: Session) -> bool:
    """Tell whether a mark or a comment in any assignment is not as the record holds it.

    It asks of nbgrader's tables no more than that, so that a class of 100,000 takes no time.
    """
    score, extra = Grade.manual_score, Grade.extra_credit
    comment = func.nullif(Comment.manual_comment, "")
    differs = or_(score.is_distinct_from(MARKS.c.score), extra.is_distinct_from(MARKS.c.extra))
    given = select(Grade.id).outerjoin(MARKS, MARKS.c.id == Grade.id).where(_any(score, extra), differs)
    taken = select(Grade.id).join(MARKS, MARKS.c.id == Grade.id).where(differs)
    said = select(Comment.id).outerjoin(MARKS, MARKS.c.id == Comment.id)
    said = said.where(comment.is_not(None), comment.is_distinct_from(MARKS.c.comment))
    unsaid = select(Comment.id).join(MARKS, MARKS.c.id == Comment.id)
    unsaid = unsaid.where(MARKS.c.comment.is_not(None), comment.is_(None))
    return any(session.execute(each.limit(1)).first() for each in (given, taken, said, unsaid))


def _any(*columns: Any) -> Any:
    return or_(*(column.is_not(None) for column in columns))


def _of(model: type, assignment: str, *given: Any) -> Select:
    """Return the query for all rows of nbgrader's grades, or comments, in an assignment."""
    before = (getattr(MARKS.c, name).label(f"entered_{name}") for name in EMPTY)
    return (
        select(model.id, SubmittedAssignment.student_id.label("student"), _CELL.c.name.label("cell"))
        .add_columns(*given, *before)
        .join(SubmittedNotebook, model.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(_CELL, model.cell_id == _CELL.c.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .where(Assignment.name == assignment)
    )


def _now_and_before(row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
    said = row._asdict()
    about = {name: said[name] for name in ("id", "student", "cell")}
    before = {name: said[f"entered_{name}"] for name in EMPTY}
    return EMPTY | about | {name: said[name] for name in EMPTY if name in said}, before


def _chunks(values: list) -> Iterator[list]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
