"""How each student of a class stands in a chapter: points, or why there are none. Four states, kept apart.

Whatever leaves the class folder (the tables for an LMS, the letters, the list for an exam office) takes its
numbers from here, and this from the gradebook's `Reader`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from nbgrader.api import Gradebook, Student
from sqlalchemy import select

from autograder.classroom.course import Course
from autograder.classroom.gradebook import CHUNK, Reader
from autograder.classroom.ungraded import notes
from autograder.lms.roster import Person, Roster


class State(StrEnum):
    """Whether there is a grade, and why not; 0 points are a grade."""

    GRADED = "graded"
    WAITING = "waits for a mark"
    MISSING = "handed in nothing"
    NOT_GRADED = "handed in but not graded"


@dataclass(frozen=True)
class Standing:
    """How a student stands: `reached` counts until a mark is given, `points` are there only with a grade."""

    student: str
    state: State
    most: float
    reached: float = 0.0
    why: str = ""

    @property
    def points(self) -> float | None:
        """The total where it is a grade, else None."""
        return self.reached if self.state is State.GRADED else None


def standings(
    course: Course, gradebook: Gradebook, assignment: str, others: Iterable[str] = ()
) -> dict[str, Standing]:
    """Return how everybody stands whom the gradebook, the class folder or `others` names, in order.

    Raises `GradebookError` where `assignment` is not released.
    """
    reader = Reader(gradebook, assignment)
    why, most = notes(course.folder, assignment), sum(reader.most.values())
    found = {each: Standing(each, State.NOT_GRADED, most, why=note.reason) for each, note in why.items()}
    graded = [each for each in reader.students() if each not in why]
    for start in range(0, len(graded), CHUNK):
        for student, result in reader.results(graded[start : start + CHUNK]).items():
            waits = any(cell.get("waiting") for cell in result.cells.values())
            state = State.WAITING if waits else State.GRADED
            found[student] = Standing(student, state, most, result.score)
    for student in {*reader.without(), *course.students(), *others} - found.keys():
        state = State.NOT_GRADED if course.has_from(student, assignment) else State.MISSING
        found[student] = Standing(student, state, most)
    return dict(sorted(found.items()))


def people(course: Course, gradebook: Gradebook) -> Roster:
    """Return who is who in a class: by its roster, and by what nbgrader's own list of students adds."""
    known = {**course.roster()}
    names = ("first_name", "last_name", "email", "lms_user_id")
    columns = [getattr(Student, name) for name in names]
    for id_, *values in gradebook.db.execute(select(Student.id, *columns)):
        person = known.get(id_, Person(id_))
        added = {name: text for name, text in zip(names, values, strict=True) if text}
        known[id_] = replace(
            person, **{name: text for name, text in added.items() if not getattr(person, name)}
        )
    for id_ in course.students():
        known.setdefault(id_, Person(id_))
    return Roster(known.values())
