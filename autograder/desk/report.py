"""Report: what a class has made of its chapters, gathered from the gradebook; as text, as CSV and as JSON.

The page of it is made by `overview` beside this module.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook

from autograder import CourseError
from autograder.chapter.cells import Chapter, chapters, exercise_names, title_of, written_names
from autograder.classroom.course import Course
from autograder.classroom.export import harmless
from autograder.classroom.gradebook import CHUNK, Reader, Verdicts, names, not_isolated
from autograder.classroom.keeping import write_whole
from autograder.classroom.ungraded import Note, notes
from autograder.classroom.writer import Writer
from autograder.desk.grade import graded_notebook
from autograder.judging.explain import number
from autograder.lms.roster import FILE, Person
from autograder.pages.page import Result
from autograder.running.printing import printable, whole
from autograder.running.task import verdicts_in
from autograder.running.verdicts import CaseResults

TO_BE_MARKED = "?"
"""What stands in the table for an answer in words that nobody has marked yet, or that was changed since."""
NEVER_GRADED = "-"
"""What stands for an exercise of which the gradebook holds nothing."""
GRADED, WAITING, UNGRADED, ABSENT = "graded", "to be marked", "not graded", "handed in nothing"
"""How somebody stands in a chapter, in the words of `nbgrader export`."""
SHORT = {UNGRADED: "ungraded", ABSENT: "absent"}
"""What stands in a table of chapters in place of points."""
SIGNS = {WAITING: TO_BE_MARKED, **SHORT}
MEANINGS = {
    WAITING: "with an answer that a person has still to mark",
    UNGRADED: "handed in, but not graded",
    ABSENT: ABSENT,
}
"""What is said below a table of chapters of what stands in it."""
ABOUT_A_STUDENT = ("student_id", "last_name", "first_name", "section")
OF_AN_EXERCISE = ("points", "possible", "state", "cases_right", "cases", "misconception")
OF_A_CHAPTER = ("state", "score", "penalty", "points", "possible", "handed_in")
"""What the tables for programs say, in this order; `docs/report.md` says what each means."""
TEXTS = {"last_name", "first_name", "section", "misconception", "state"}
"""The columns that somebody has typed or we say. Ids stay as they are: rows are found again by them."""
PRIVATE = 0o600
"""Who may read a file that holds points of students: its owner."""

Watch = Callable[[Sequence[str]], Iterable[str]]
"""What shows how far something is that is done for each of many students."""


class ReportError(CourseError):
    """There is nothing to report; the message says why and what to do."""


@dataclass(frozen=True)
class Sheet:
    """What the class has made of one chapter.

    `most` holds the points of each graded cell in the chapter's order, `results` those who are graded,
    `absent` who has handed in nothing, `ungraded` why others are not graded, '' where nobody has said it,
    `trusted` who was graded without isolation, `verdicts` what the cases of each exercise came to, where
    that was asked for, and `released` when the release was made, where that is known, in UTC.
    """

    assignment: str
    most: Mapping[str, float]
    results: Mapping[str, Result]
    absent: Sequence[str]
    ungraded: Mapping[str, str]
    trusted: Sequence[str]
    verdicts: Mapping[str, Mapping[str, CaseResults]]
    released: datetime | None

    @property
    def title(self) -> str:
        """The chapter's title."""
        return title_of(self.assignment)

    @property
    def possible(self) -> float:
        """The points that there are."""
        return sum(self.most.values())

    def state(self, student: str) -> str:
        """Return how somebody stands."""
        if result := self.results.get(student):
            return WAITING if waits(result) else GRADED
        return UNGRADED if student in self.ungraded else ABSENT


@dataclass(frozen=True)
class ClassReport:
    """What a class, or one `section` of it, has made of some chapters, in the order of the book."""

    people: Mapping[str, Person]
    sheets: Sequence[Sheet]
    section: str = ""

    @property
    def students(self) -> list[str]:
        """Everybody of whom there is something to say, in order."""
        return sorted(
            {each for sheet in self.sheets for each in (*sheet.results, *sheet.absent, *sheet.ungraded)}
        )

    @property
    def holds(self) -> str:
        """One sentence for whoever is handed this."""
        whom = f"of section {printable(self.section)}" if self.section else "of the class"
        count = len(self.students)
        what = "1 student" if count == 1 else f"{count} students"
        return f"names, points and mistakes of {what} {whom}: keep it with those who teach"

    def called(self, student: str) -> str:
        """Return a student's id, with the name where it is known."""
        name = self.people[student].name if student in self.people else student
        return printable(student if name == student else f"{student} ({name})")


def waits(result: Result) -> bool:
    """Tell whether an answer waits for a person."""
    return any(cell.get("waiting") for cell in result.cells.values())


def points_so_far(cell: Mapping[str, Any]) -> float | None:
    """Return the points that count now, None where there are none: nobody has marked the answer yet."""
    return None if "score" not in cell or (cell["waiting"] and not cell["score"]) else float(cell["score"])


def scores(chapter: Chapter, gradebook: Gradebook) -> dict[str, dict[str, float | None]]:
    """Return the points of every submission: student → exercise → points, None where nobody has marked it."""
    reader = Reader(gradebook, chapter.name)
    return {
        student: {
            name.removeprefix("test_"): None if cell["waiting"] else round(float(cell["score"]), 6)
            for name, cell in result.cells.items()
            if "score" in cell
        }
        for student, result in _results(reader, reader.students())
    }


def released_chapters(course: Course) -> list[Chapter]:
    """Return the chapters that are released in a class. Raises `ReportError` where there is none."""
    found = [each for each in chapters() if not course.why_unreleased(each.name)]
    if not found:
        raise ReportError(f"nothing is released in {course.folder}; run: {course.command('release')}")
    return found


def gather(
    wanted: Sequence[Chapter],
    course: Course,
    section: str = "",
    *,
    verdicts: bool = False,
    watch: Watch = iter,
) -> ClassReport:
    """Gather what the class has made of some chapters; with `verdicts`, of each case too."""
    for chapter in wanted:
        if reason := course.why_unreleased(chapter.name):
            raise ReportError(reason)
    with course.gradebook() as gradebook:
        people = _people(course, gradebook)
        if section:
            people = _of_section(people, section)
        make = _Sheets(course, gradebook, people, section, watch if verdicts else None)
        return ClassReport(people, [make(chapter) for chapter in wanted], section)


def _people(course: Course, gradebook: Gradebook) -> dict[str, Person]:
    """Return who is known by name: from the roster of the class, and else from nbgrader's table."""
    found = {id_: Person(id_, *known) for id_, known in names(gradebook).items()}
    for id_, person in course.roster().items():
        known = found.get(id_, person)
        named = (
            person
            if person.name != id_
            else replace(person, first_name=known.first_name, last_name=known.last_name)
        )
        found[id_] = named
    return found


def _of_section(people: Mapping[str, Person], section: str) -> dict[str, Person]:
    found = {id_: person for id_, person in people.items() if person.section == section}
    if not found:
        there = ", ".join(sorted({person.section for person in people.values()} - {""})) or "none"
        raise ReportError(
            f"nobody is in section {section!r}; sections in {FILE} of the class folder: {printable(there)}"
        )
    return found


@dataclass(frozen=True)
class _Sheets:
    """Makes the sheets of a class; of everybody, or of those in a section."""

    course: Course
    gradebook: Gradebook
    people: Mapping[str, Person]
    section: str
    watch: Watch | None

    def __call__(self, chapter: Chapter) -> Sheet:
        name = chapter.name
        reader = Reader(self.gradebook, name)
        why = notes(self.course.folder, name)
        students = self._wanted(each for each in reader.students() if each not in why)
        absent, ungraded = _without_points(name, self.course, students, self._others(reader, why))
        return Sheet(
            name,
            {each: reader.most[each] for each in _in_order(chapter, reader.most)},
            dict(_results(reader, students)),
            absent,
            {each: _why(why[each]) if each in why else "" for each in ungraded},
            self._wanted(not_isolated(self.gradebook, name)),
            self._verdicts(reader, name, students) if self.watch else {},
            released_at(self.course, name),
        )

    def _wanted(self, students: Iterable[str]) -> list[str]:
        return [each for each in students if not self.section or each in self.people]

    def _others(self, reader: Reader, why: Mapping[str, Note]) -> list[str]:
        """Return all who may have handed in something; those without points are sought among them."""
        return self._wanted({*reader.without(), *why, *self.course.students(), *self.people})

    def _verdicts(
        self, reader: Reader, assignment: str, students: Sequence[str]
    ) -> dict[str, Mapping[str, CaseResults]]:
        """Return what the gradebook holds; what it lacks it is told first, from the graded notebooks."""
        known: dict[str, Verdicts] = {}
        for start in range(0, len(students), CHUNK):
            known |= reader.verdicts(students[start : start + CHUNK])
        files = {each: graded_notebook(assignment, self.course, each) for each in students}
        newer = [each for each, file in files.items() if _is_newer(file, known.get(each))]
        if newer:
            writer, found = Writer(self.gradebook, assignment, self.course.config), {}
            for student in self.watch(newer):
                found[student] = _read(files[student])
                if len(found) == CHUNK or student == newer[-1]:
                    writer.fill_in(found)
                    known, found = known | found, {}
        return {student: theirs.exercises for student, theirs in known.items()}


def _is_newer(notebook: Path, known: Verdicts | None) -> bool:
    """Tell whether a graded notebook was written after what the gradebook holds of it."""
    try:
        return known is None or _moment(notebook) > known.written
    except OSError:
        return False


def _moment(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC).replace(tzinfo=None)


def _read(notebook: Path) -> Verdicts:
    """Return the verdicts in a graded notebook; none where it is gone or damaged."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with suppress(Exception):  # whatever a damaged file makes the readers raise
        found = verdicts_in(nbformat.from_dict(json.loads(notebook.read_bytes())))
        return Verdicts(max(now, _moment(notebook)), found)
    return Verdicts(now, {})


def released_at(course: Course, assignment: str) -> datetime | None:
    """Return when the release in the class folder was made, in UTC, as its file says; None without one."""
    with suppress(OSError):
        return _moment(course.folder / "release" / assignment / f"{assignment}.ipynb")
    return None


def table(chapter: Chapter, course: Course) -> str:
    """Return the table of `chapter` as text: one row per student, one numbered column per exercise."""
    return as_text(gather([chapter], course), course)


def as_text(report: ClassReport, course: Course) -> str:
    """Return a report as text: exercise by student of one chapter, or chapter by student of several."""
    if len(report.sheets) > 1:
        return _table_of_chapters(report)
    sheet = report.sheets[0]
    to_do = _to_do(report, sheet)
    if not sheet.results:
        first = f"nothing is graded yet for {sheet.assignment}; run: "
        return "\n".join([first + course.command("grade", sheet.assignment), *to_do])
    is_late = any(result.late_penalty for result in sheet.results.values())
    first, named = _who(report, [*sheet.results])
    rows = [[*first, *(str(place) for place, _ in enumerate(sheet.most, 1)), *["late"] * is_late, "total"]]
    for student, result in sheet.results.items():
        late = [number(-result.late_penalty or 0)] * is_late
        cells = [_cell(result.cells.get(name, {})) for name in sheet.most]
        rows.append([*named[student], *cells, *late, number(result.score)])
    most = [number(most) for most in sheet.most.values()]
    blank = [""] * (len(first) - 1)
    rows.append(["possible", *blank, *most, *[""] * is_late, number(sheet.possible)])
    legend = [f"{place:>3} {name.removeprefix('test_')}" for place, name in enumerate(sheet.most, 1)]
    return "\n".join([*_aligned(rows, len(first)), "", *legend, *to_do])


def _who(report: ClassReport, students: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the headings and the cells that say who somebody is; the name only where any is known."""
    called = {each: report.people[each].name if each in report.people else each for each in students}
    is_named = any(name != each for each, name in called.items())
    cells = {
        each: [printable(each), *[printable(name if name != each else "")] * is_named]
        for each, name in called.items()
    }
    return ["student", *["name"] * is_named], cells


def _to_do(report: ClassReport, sheet: Sheet) -> list[str]:
    """Return the lines below the table: what is still to be done, and who is not in it."""
    called = report.called
    waiting = sum(map(waits, sheet.results.values()))
    how = "to be marked by a person, in the formgrader or with mark"
    to_do = [f"{TO_BE_MARKED:>3} {how}: {waiting}"] if waiting else []
    to_do += [f"handed in nothing: {', '.join(map(called, sheet.absent))}"] if sheet.absent else []
    to_do += [f"handed in but not graded: {', '.join(map(called, sheet.ungraded))}"] if sheet.ungraded else []
    to_do += [printable(f"    {each}: {why}") for each, why in sheet.ungraded.items() if why]
    to_do += [f"graded without isolation: {', '.join(map(called, sheet.trusted))}"] if sheet.trusted else []
    return to_do


def _table_of_chapters(report: ClassReport) -> str:
    sheets = report.sheets
    first, named = _who(report, report.students)
    rows = [[*first, *(str(place) for place, _ in enumerate(sheets, 1)), "total"]]
    for student in report.students:
        total = sum(sheet.results[student].score for sheet in sheets if student in sheet.results)
        rows.append([*named[student], *(_standing(sheet, student) for sheet in sheets), number(total)])
    most = [sheet.possible for sheet in sheets]
    rows.append(["possible", *[""] * (len(first) - 1), *map(number, most), number(sum(most))])
    legend = [f"{place:>3} {sheet.assignment}" for place, sheet in enumerate(sheets, 1)]
    states = {sheet.state(student) for sheet in sheets for student in report.students}
    said = [f"{SIGNS[state]:>3} {meaning}" for state, meaning in MEANINGS.items() if state in states]
    late = any(result.late_penalty for sheet in sheets for result in sheet.results.values())
    said += ["    late penalties are taken off"] if late else []
    return "\n".join([*_aligned(rows, len(first)), "", *legend, *said])


def _standing(sheet: Sheet, student: str) -> str:
    """Return somebody's points in a chapter, or in a word why there are none."""
    state = sheet.state(student)
    if state in SHORT:
        return SHORT[state]
    return number(sheet.results[student].score) + TO_BE_MARKED * (state == WAITING)


def as_csv(report: ClassReport, per: str) -> str:
    """Return a row for each `per`: student and exercise, or student; no cell is a formula."""
    rows = [*_rows(report, per)]
    text = io.StringIO(newline="")
    written = csv.DictWriter(text, [*rows[0]] if rows else [], lineterminator="\r\n")
    written.writeheader()
    for row in rows:
        written.writerow({name: _for_a_spreadsheet(name, value) for name, value in row.items()})
    return text.getvalue()


def _for_a_spreadsheet(name: str, value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value) if name in TEXTS else value
    return f"{value:.10g}"


def as_json(report: ClassReport, per: str) -> str:
    """Return the same rows as JSON, behind what they hold."""
    said = {"holds": report.holds, "rows": [*_rows(report, per)]}
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def _rows(report: ClassReport, per: str) -> Iterator[dict[str, Any]]:
    for student in report.students:
        person = report.people.get(student, Person(student))
        about = [whole(student), person.last_name, person.first_name, person.section]
        who = dict(zip(ABOUT_A_STUDENT, about, strict=True))
        if per == "student":
            yield who | _row_of_chapters(report, student)
            continue
        for sheet in report.sheets:
            for name, most in sheet.most.items():
                exercise = name.removeprefix("test_")
                told = _of_exercise(sheet, student, name, most)
                yield {"assignment": sheet.assignment, **who, "exercise": exercise} | told


def _of_exercise(sheet: Sheet, student: str, name: str, most: float) -> dict[str, Any]:
    state, points = sheet.state(student), None
    if result := sheet.results.get(student):
        cell = result.cells.get(name, {})
        points = points_so_far(cell)
        state = UNGRADED if "score" not in cell else WAITING if cell["waiting"] else GRADED
    results = sheet.verdicts.get(student, {}).get(name.removeprefix("test_"))
    right = sum(is_right for _, is_right in results.cases) if results else None
    cases = len(results.cases) if results else None
    told = [points, most, state, right, cases, results.misconception if results else ""]
    return dict(zip(OF_AN_EXERCISE, told, strict=True))


def _row_of_chapters(report: ClassReport, student: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for sheet in report.sheets:
        told = dict.fromkeys(OF_A_CHAPTER) | {"state": sheet.state(student), "possible": sheet.possible}
        if result := sheet.results.get(student):
            told["score"] = round(sum(cell.get("score", 0) for cell in result.cells.values()), 6)
            told["penalty"], told["points"] = result.late_penalty, result.score
            told["handed_in"] = f"{result.handed_in:%Y-%m-%dT%H:%M:%SZ}" if result.handed_in else None
        row |= {f"{sheet.assignment}_{name}": told[name] for name in OF_A_CHAPTER}
    row["points"] = round(
        sum(each.results[student].score for each in report.sheets if student in each.results), 6
    )
    return row | {"possible": sum(sheet.possible for sheet in report.sheets)}


def hand_out(text: str, where: str, report: ClassReport) -> None:
    """Write a text to a file that only its owner may read, or print it; and say what it holds."""
    if where == "-":
        print(text, end="")
        print(report.holds, file=sys.stderr)
        return
    path = Path(where)
    if path.is_dir():
        raise ReportError(f"{printable(where)} is a folder; name a file in it")
    try:
        if path.exists() and not path.is_file():  # a pipe
            path.write_text(text, "utf-8")
        else:
            write_whole(path, text, PRIVATE)
    except OSError as error:
        raise ReportError(f"{printable(where)} cannot be written ({error.strerror})") from None
    print(f"wrote {printable(where)}: {report.holds}")


def _why(note: Note) -> str:
    """Return why a submission is not graded, and what does not count; what is to be run stands last."""
    return ("the points of an earlier hand-in do not count: " if note.before else "") + note.reason


def _results(reader: Reader, students: list[str]) -> Iterator[tuple[str, Result]]:
    for start in range(0, len(students), CHUNK):
        yield from sorted(reader.results(students[start : start + CHUNK]).items())


def _in_order(chapter: Chapter, most: Mapping[str, float]) -> list[str]:
    """Return the names that the class was released with, in the chapter's order; then those now gone."""
    notebook = chapter.notebook()
    now = [*(f"test_{name}" for name in exercise_names(notebook)), *written_names(notebook)]
    return [*(name for name in now if name in most), *sorted(most.keys() - {*now})]


def _without_points(
    assignment: str, course: Course, graded: list[str], known: list[str]
) -> tuple[list[str], list[str]]:
    """Return who has handed in nothing, and who has but is not graded."""
    others = sorted({*known} - {*graded})
    handed_in = [each for each in others if course.has_from(each, assignment)]
    return [each for each in others if each not in handed_in], handed_in


def _cell(cell: Mapping[str, Any]) -> str:
    """Return points as the table shows them; an answer that was changed since it was marked shows both."""
    if "score" not in cell:
        return NEVER_GRADED
    points = number(cell["score"])
    return points if not cell["waiting"] else TO_BE_MARKED if not cell["score"] else points + TO_BE_MARKED


def _aligned(rows: list[list[str]], texts: int = 1) -> list[str]:
    """Return rows as lines in which columns stand below each other, the first `texts` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    rule = "-" * len(lines[0])
    return [lines[0], rule, *lines[1:-1], rule, lines[-1]]
