"""Mark: the answers to one question in words out without names, the marks back, all or none of them.

What stands for a student on the sheet is an id that is drawn for it and means nothing. The class folder alone
knows whose it is, and what of the answer the marker saw.
"""

import csv
import io
import json
import math
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Row, and_, select, update
from sqlalchemy.orm import Session

from autograder import CourseError
from autograder.chapter.cells import Chapter, title_of, written_names
from autograder.classroom.course import Course
from autograder.classroom.entering import EMPTY, enter_marks, entry_of, hand_over, note, remember
from autograder.classroom.export import harmless
from autograder.classroom.gradebook import (
    GRADED,
    keep_others_from_writing,
    released_notebook,
    what_was_released,
)
from autograder.classroom.keeping import PRIVATE, alone, in_a_sentence, write_whole
from autograder.classroom.preprocessors import pictures_beside
from autograder.classroom.ungraded import notes
from autograder.classroom.writer import Writer
from autograder.desk.grade import graded_notebook
from autograder.lms.roster import delimiter_of, text_of
from autograder.pages.sheet import Entry, Marked, parts, sheet
from autograder.running.printing import printable
from autograder.running.released import Released
from autograder.running.seen import answers, is_as_seen
from autograder.running.task import digest_of_texts
from autograder.written import QUESTIONS

FOLDER = "marking"
"""The folder in the class folder that knows whose answer an id stands for."""
TASK = "marking"
COLUMNS = ["answer", "points", "comment"]
BANK = ["letter", "comment"]
LETTERS, LENGTH = "bcdfghjkmnpqrstvwxz", 8
"""Of what an id is made: no spreadsheet takes it for a number, a month or a formula, and it says no word."""
LETTER = re.compile(r"[A-Z]\d?", re.I)
"""What stands for a comment of the bank."""
NUMBER = re.compile(r"\d+([.,]\d+)?")


class MarkError(CourseError):
    """Answers cannot be given out, or marks not be taken; the message says why and what to do."""


@dataclass(frozen=True)
class Given:
    """An answer that was given out: whose it is, what the marker saw, and what mark it had then."""

    student: str
    seen: str
    score: float | None
    comment: str | None


@dataclass(frozen=True)
class Exported:
    """What was written for a marker: the files, how many answers, and who is left out and why."""

    page: Path
    table: Path
    bank: Path
    answers: int
    empty: int
    marked: int
    not_graded: list[str]


@dataclass(frozen=True)
class Imported:
    """What was taken: how many marks are new, how many stand, and which answers go on waiting."""

    marked: int
    unchanged: int
    without_points: int
    only_comment: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Mark:
    """A row of the table that a marker has filled."""

    line: int
    answer: str
    points: float
    comment: str


def export_answers(
    chapter: Chapter, course: Course, file: Path, question: str = "", *, everybody: bool = False
) -> Exported:
    """Write the answers to a question that wait for a mark: a page to read, a table to fill, a comment bank.

    With `everybody`, those that are marked come along, with their marks. Raises `MarkError` where there is
    nothing to mark, or where a table lies there already, which may be somebody's work.
    """
    name, files = _question(chapter, question), _files(file)
    if files[1].exists():
        raise MarkError(f"{files[1]} is there already and may hold somebody's marks; give another name")
    with alone(course.folder, TASK), course.gradebook() as gradebook:
        enter_marks(gradebook, course.folder, chapter.name)
        notebook = released_notebook(gradebook, chapter.name)
        released = what_was_released(notebook, course.folder / "release" / chapter.name)
        rows = _rows(gradebook, notebook.id, name)
        out = notes(course.folder, chapter.name)
        chosen = [row for row in rows if row.student not in out and _is_chosen(row, everybody=everybody)]
        if not chosen:
            raise MarkError(_why_nothing(chapter.name, name, rows, course))
        given, entries = _given_out(chapter.name, course, name, released, chosen)
        _remember_ids(course, chapter.name, name, given)
        page = sheet(title_of(chapter.name), name, _prompt(course, chapter.name, name), entries)
        _write(files, page, [COLUMNS, *_lines(given, entries)])
    marked = sum(row.manual_score is not None and not row.needs_manual_grade for row in rows)
    empty = sum(row.auto_score is not None and row.manual_score is None for row in rows)
    return Exported(*files, len(entries), empty, marked, sorted(r.student for r in rows if r.student in out))


def told_of_export(
    chapter: Chapter, course: Course, file: Path, question: str = "", *, everybody: bool = False
) -> str:
    """Write the files for a marker, and return what is to be said of them."""
    done = export_answers(chapter, course, file, question, everybody=everybody)
    said = [
        f"read {done.page}: {done.answers} {'answer' if done.answers == 1 else 'answers'}, without names, in "
        "an order that is drawn; whoever wrote their own name into an answer is named there",
        f"fill {done.table}: points, and a comment or letters of {done.bank}, to which you may add lines",
        f"then run: {course.command('mark', chapter.name, '--import', str(done.table))}",
    ]
    said += [f"left out: {done.empty} without an answer, which score 0 by themselves"] if done.empty else []
    if done.marked and not everybody:
        said.append(f"left out: {done.marked} marked already; --all gives them out, too")
    if done.not_graded:
        named = ", ".join(map(printable, done.not_graded))
        said.append(f"left out, because their last hand-in is not graded: {named}")
    return "\n".join(printable(line) for line in said)


def told_of_import(done: Imported) -> str:
    """Return what is to be said of marks that were taken."""
    said = [f"{done.marked} {'mark' if done.marked == 1 else 'marks'} taken, {done.unchanged} stand already"]
    said += [f"without points, so still to be marked: {done.without_points}"] if done.without_points else []
    if done.only_comment:
        said.append(f"not taken, because there is a comment and no points: {', '.join(done.only_comment)}")
    return "\n".join(said)


def _write(files: tuple[Path, Path, Path], page: str, rows: list[list[str]]) -> None:
    """Write what a marker gets, the table last; a bank that is there has grown and stays."""
    shown, table, bank = files
    with in_a_sentence(shown):
        write_whole(shown, page, PRIVATE)
        if not bank.exists():
            write_whole(bank, _content([BANK]), PRIVATE)
        write_whole(table, _content(rows), PRIVATE)


def _question(chapter: Chapter, asked: str) -> str:
    names = [name for name in written_names(chapter.notebook()) if name in QUESTIONS]
    if asked in names or (not asked and len(names) == 1):
        return asked or names[0]
    if not names:
        raise MarkError(f"{chapter.name} has no question that is answered in words")
    what = f"no question {asked}" if asked else "several questions"
    raise MarkError(f"{chapter.name} has {what}; say with --question which of: {', '.join(names)}")


def _files(file: Path) -> tuple[Path, Path, Path]:
    stem = file.with_suffix("") if file.suffix.lower() in (".csv", ".html") else file
    return (
        stem.with_name(f"{stem.name}.html"),
        stem.with_name(f"{stem.name}.csv"),
        stem.with_name(f"{stem.name}-comments.csv"),
    )


def _rows(gradebook: Gradebook, notebook_id: str, name: str) -> list[Row]:
    """Return what nbgrader holds of everybody's answer to a question: its rows of grade and comment."""
    with Session(gradebook.engine) as session:
        return list(session.execute(_query(notebook_id).where(_CELL.c.name == name)))


_CELL, _COMMENTED = BaseCell.__table__, BaseCell.__table__.alias()


def _query(notebook_id: str) -> Any:
    of_comment = and_(
        Comment.notebook_id == Grade.notebook_id,
        Comment.cell_id.in_(
            select(_COMMENTED.c.id).where(
                _COMMENTED.c.name == _CELL.c.name, _COMMENTED.c.notebook_id == notebook_id
            )
        ),
    )
    return (
        select(Grade.id, Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade)
        .add_columns(Comment.id.label("comment_id"), Comment.manual_comment)
        .add_columns(SubmittedAssignment.student_id.label("student"), _CELL.c.name.label("cell"))
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(_CELL, Grade.cell_id == _CELL.c.id)
        .outerjoin(Comment, of_comment)
        .where(SubmittedNotebook.notebook_id == notebook_id)
    )


def _is_chosen(row: Row, *, everybody: bool) -> bool:
    """Tell whether an answer is given out: it waits, or has a person's mark and all are asked for."""
    waits = row.auto_score is None and (row.manual_score is None or row.needs_manual_grade)
    return waits or (everybody and row.manual_score is not None)


def _why_nothing(assignment: str, name: str, rows: list[Row], course: Course) -> str:
    if not rows:
        return f"nothing is graded for {assignment}; run: {course.command('grade', assignment)}"
    more = "; --all gives out those that are marked" if any(r.manual_score is not None for r in rows) else ""
    return f"no answer to {name} waits for a mark{more}"


def _given_out(
    assignment: str, course: Course, name: str, released: Released, rows: Iterable[Row]
) -> tuple[dict[str, Given], list[Entry]]:
    """Return the ids that are drawn for these answers, and what the sheet shows, in the order of the ids."""
    taken = {*_ids(course, assignment)}
    given, entries = {}, []
    for row in rows:
        path = graded_notebook(assignment, course, row.student)
        notebook = _read(path, course, assignment)
        answer = answers(notebook, released).get(name)
        if answer is None:
            raise MarkError(f"{printable(str(path))} holds no answer to {name}; {_again(course, assignment)}")
        while (id_ := "".join(secrets.choice(LETTERS) for _ in range(LENGTH))) in taken:
            pass
        taken.add(id_)
        seen = digest_of_texts(notebook).get(name, "")
        given[id_] = Given(row.student, seen, row.manual_score, row.manual_comment)
        marked = None
        if row.manual_score is not None:
            changed = bool(row.needs_manual_grade)
            marked = Marked(row.manual_score, row.manual_comment or "", changed)
        entries.append(Entry(id_, parts(answer, pictures_beside(path.parent)), marked))
    return given, sorted(entries, key=lambda entry: entry.id)


def _read(path: Path, course: Course, assignment: str) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except Exception:  # whatever a file that is damaged, or not there, makes nbformat raise
        said = f"the graded notebook {path} cannot be read; {_again(course, assignment)}"
        raise MarkError(printable(said)) from None


def _again(course: Course, assignment: str) -> str:
    return f"run: {course.command('grade', assignment)}"


def _prompt(course: Course, assignment: str, name: str) -> str:
    """Return the question as it was released: what stands above the answer's cell, from its heading on."""
    path = course.folder / "release" / assignment / f"{assignment}.ipynb"
    above: list[str] = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == name:
            break
        above = [*above, cell.source] if cell.cell_type == "markdown" else []
    lines = "\n\n".join(above).split("\n")
    first = max((place for place, line in enumerate(lines) if re.match(r"#+ ", line)), default=-1)
    return "\n".join(lines[first + 1 :]).strip()


def _lines(given: Mapping[str, Given], entries: Iterable[Entry]) -> Iterator[list[str]]:
    for entry in entries:
        mark = entry.marked
        if mark is None or mark.has_changed:
            yield [entry.id, "", ""]
        else:
            yield [entry.id, f"{mark.points:g}", harmless(given[entry.id].comment or "")]


def _content(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _id_files(course: Course, assignment: str) -> list[Path]:
    return sorted((course.folder / FOLDER / assignment).glob("*.json"))


def _ids(course: Course, assignment: str) -> dict[str, tuple[str, Given]]:
    """Return all ids that were drawn in a chapter: id → question and whose answer."""
    found = {}
    for path in _id_files(course, assignment):
        for id_, given in json.loads(path.read_text("utf-8")).items():
            found[id_] = path.stem, Given(**given)
    return found


def _remember_ids(course: Course, assignment: str, name: str, given: Mapping[str, Given]) -> None:
    path = course.folder / FOLDER / assignment / f"{name}.json"
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    new = {id_: asdict(each) for id_, each in given.items()}
    with in_a_sentence(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(before | new, indent=0) + "\n", PRIVATE)


def _remember_marks(course: Course, assignment: str, new: list[tuple[_Mark, Row]]) -> None:
    """Remember the marks that were taken, so that a table may be put right and be taken again."""
    taken = {mark.answer: {"score": mark.points, "comment": mark.comment or None} for mark, _ in new}
    for path in _id_files(course, assignment) if taken else []:
        held = json.loads(path.read_text("utf-8"))
        now = {id_: each | taken.get(id_, {}) for id_, each in held.items()}
        if now != held:
            write_whole(path, json.dumps(now, indent=0) + "\n", PRIVATE)


def forget_ids(course: Course, student: str) -> int:
    """Remove the ids that stand for a student's answers, and return how many there were."""
    gone = 0
    for path in sorted((course.folder / FOLDER).glob("*/*.json")):
        held = json.loads(path.read_text("utf-8"))
        kept = {id_: each for id_, each in held.items() if each["student"] != student}
        if len(kept) < len(held):
            write_whole(path, json.dumps(kept, indent=0) + "\n", PRIVATE)
            gone += len(held) - len(kept)
    return gone


def has_ids(course: Course, student: str) -> bool:
    """Tell whether an id stands for an answer of a student's."""
    files = (course.folder / FOLDER).glob("*/*.json")
    return any(each["student"] == student for f in files for each in json.loads(f.read_text()).values())


def import_marks(assignment: str, course: Course, file: Path, *, extra: bool = False) -> Imported:
    """Take the marks of a table that a marker has filled: all of them or, where a row is wrong, none.

    With `extra`, more points than the question has count, too. Raises `MarkError` with each wrong row.
    """
    _, table, bank = _files(file)
    with alone(course.folder, TASK), course.gradebook() as gradebook:
        notebook_id = released_notebook(gradebook, assignment).id
        ids, wrong = _ids(course, assignment), []
        marks, only_comment, empty = _read_table(table, _read_bank(bank), ids, wrong, extra=extra)
        enter_marks(gradebook, course.folder, assignment)
        with Session(gradebook.engine) as session, session.begin():
            keep_others_from_writing(session)
            rows = _current(session, notebook_id, {each for each, _ in ids.values()})
            texts = _texts(session, course, assignment, {ids[mark.answer][1].student for mark in marks})
            new = list(_checked(marks, ids, rows, texts, wrong))
            if wrong:
                said = "\n".join(text for _, text in sorted(wrong))
                raise MarkError(f"no mark is taken, because of {_rows_of(len(wrong))} of {table}:\n{said}")
            noted = _take(session, assignment, new, f"imported from {table.name}")
        hand_over(gradebook.engine, course.folder, noted)
        _remember_marks(course, assignment, new)
        Writer(gradebook, assignment, course.config).update_penalties({row.student for _, row in new})
    return Imported(len(new), len(marks) - len(new), empty, only_comment)


def _rows_of(count: int) -> str:
    return "one row" if count == 1 else f"{count} rows"


def _read_bank(path: Path) -> dict[str, str]:
    """Return the comments of a bank by their letters; none where there is no bank."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for line, row in _table(path, BANK):
        letter, comment = row
        if not letter and not comment:
            continue
        if not LETTER.fullmatch(letter) or not comment or letter.upper() in found:
            raise MarkError(
                f"{path}, line {line}: each line of the comments is a letter of its own, as A or A1, "
                "a comma, and a comment, in quotation marks where it has a comma"
            )
        found[letter.upper()] = comment
    return found


def _table(path: Path, columns: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file, each with the line on which it begins; cells as `columns` orders them."""
    try:
        text = text_of(path.read_bytes())
    except OSError as error:
        raise MarkError(f"{path} cannot be read ({error.strerror})") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    names, line = [], 1
    try:
        for row in reader:
            begins, line = line, reader.line_num + 1
            cells = [cell.strip() for cell in row]
            if not names:
                names = [cell.lower() for cell in cells]
                if missing := [name for name in columns if name not in names]:
                    said = f"no column {', '.join(missing)}; its first line has to be: {','.join(columns)}"
                    raise MarkError(f"{path} has {said}")
            elif any(cells):
                if any(cells[len(names) :]):
                    raise MarkError(
                        f"{path}, line {begins}: the row has more cells than there are columns; "
                        "a comment with a comma in it has to stand in quotation marks"
                    )
                held = dict(zip(names, [*cells, *[""] * len(names)], strict=False))
                yield begins, [held[name] for name in columns]
    except csv.Error as error:
        raise MarkError(f"{path}, line {reader.line_num}: this is no CSV ({error})") from None
    if not names:
        raise MarkError(f"{path} is empty; its first line has to be: {','.join(columns)}")


def _read_table(
    path: Path,
    bank: Mapping[str, str],
    ids: Mapping[str, tuple[str, Given]],
    wrong: list[tuple[int, str]],
    *,
    extra: bool,
) -> tuple[list[_Mark], list[str], int]:
    """Return the marks of a table, the answers with a comment alone, and how many have no points.

    What is wrong with a row is added to `wrong`, with its line.
    """
    marks, only_comment, empty = [], [], 0
    lines: dict[str, int] = {}
    for line, (id_, points, comment) in _table(path, COLUMNS):
        try:
            _refuse_unknown(id_, ids, lines)
            lines[id_] = line
            if points:
                most = QUESTIONS[ids[id_][0]].points
                marks.append(_Mark(line, id_, _points(points, most, extra=extra), _expanded(comment, bank)))
            else:
                empty += 1
                only_comment += [id_] if comment else []
        except ValueError as error:
            wrong.append((line, f"line {line}: {error}"))
    return marks, only_comment, empty


def _refuse_unknown(id_: str, ids: Mapping[str, Any], lines: Mapping[str, int]) -> None:
    if id_ not in ids:
        raise ValueError(f"no answer {printable(id_)!r} was given out in this chapter")
    if ids[id_][0] not in QUESTIONS:
        raise ValueError(f"the answer {id_} is to {ids[id_][0]}, a question that the book no longer has")
    if id_ in lines:
        raise ValueError(f"the answer {id_} stands in line {lines[id_]} already")


def _points(text: str, most: float, *, extra: bool) -> float:
    points = float(text.replace(",", ".")) if NUMBER.fullmatch(text) else math.inf
    if math.isinf(points):
        raise ValueError(f"the points {printable(text[:60])!r} are no number that is 0 or more")
    if points > most and not extra:
        raise ValueError(f"{points:g} points are more than {most:g}; --extra allows that")
    return points


def _expanded(text: str, bank: Mapping[str, str]) -> str:
    """Return the comment that a cell stands for: letters of the bank, or words of the marker's own."""
    letters = [each.strip().upper() for each in text.split(",")]
    if not all(map(LETTER.fullmatch, letters)):
        return text
    if unknown := [each for each in letters if each not in bank]:
        raise ValueError(f"no comment has the letter {', '.join(unknown)}; add a line to the comments")
    return "\n\n".join(bank[each] for each in letters)


def _current(session: Session, notebook_id: str, names: Iterable[str]) -> dict[tuple[str, str], Row]:
    query = _query(notebook_id).where(_CELL.c.name.in_([*names]))
    return {(row.student, row.cell): row for row in session.execute(query)}


def _texts(
    session: Session, course: Course, assignment: str, students: set[str]
) -> dict[str, dict[str, str]]:
    """Return what a marker would see now, as digests: student → question → digest.

    Where plain nbgrader has graded since we did, the notebook says it and not our table.
    """
    query = select(GRADED.c.student, GRADED.c.key, GRADED.c.texts).where(GRADED.c.assignment == assignment)
    known = {student: (key, texts) for student, key, texts in session.execute(query) if student in students}
    found = {}
    for student in students:
        path = graded_notebook(assignment, course, student)
        key, texts = known.get(student, ("", ""))
        if path.is_file():
            is_ours = key and key.encode() in path.read_bytes()
            found[student] = (
                json.loads(texts) if is_ours else digest_of_texts(_read(path, course, assignment))
            )
    return found


def _checked(
    marks: Iterable[_Mark],
    ids: Mapping[str, tuple[str, Given]],
    rows: Mapping[tuple[str, str], Row],
    texts: Mapping[str, Mapping[str, str]],
    wrong: list[tuple[int, str]],
) -> Iterator[tuple[_Mark, Row]]:
    """Yield the marks that are new, with nbgrader's rows; what may not be taken is added to `wrong`."""
    for mark in marks:
        name, given = ids[mark.answer]
        row = rows.get((given.student, name))
        is_same = row is not None and _is_as_given_out(given, name, texts.get(given.student))
        if not is_same:
            wrong.append((mark.line, f"line {mark.line}: {mark.answer} has changed since; export it anew"))
        elif _is_there(mark, row):
            continue
        elif (row.manual_score, row.manual_comment or "") != (given.score, given.comment or ""):
            now = "no mark" if row.manual_score is None else f"{row.manual_score:g} points"
            said = f"line {mark.line}: {mark.answer} was marked elsewhere since and has {now}; export it anew"
            wrong.append((mark.line, said))
        else:
            yield mark, row


def _is_as_given_out(given: Given, name: str, texts: Mapping[str, str] | None) -> bool:
    """Tell whether an answer is what the marker saw."""
    return texts is not None and is_as_seen(texts.get(name), given.seen)


def _is_there(mark: _Mark, row: Row) -> bool:
    comment = row.manual_comment or ""
    is_same = row.manual_score == mark.points and mark.comment in (comment, harmless(comment).strip())
    return is_same and not row.needs_manual_grade


def _take(session: Session, assignment: str, new: list[tuple[_Mark, Row]], reason: str) -> set[str]:
    """Write marks as the formgrader does, and what the record is to say of them."""
    entries, held = [], []
    for mark, row in new:
        graded = {"manual_score": mark.points, "needs_manual_grade": False}
        session.execute(update(Grade).where(Grade.id == row.id).values(**graded))
        said = {"manual_comment": mark.comment or None}
        session.execute(update(Comment).where(Comment.id == row.comment_id).values(**said))
        about = EMPTY | {"student": row.student, "cell": row.cell}
        was = about | {"id": row.id, "score": row.manual_score, "extra": row.extra_credit}
        now = was | {"score": mark.points}
        entries.append(entry_of(now, was))
        worded = about | {"id": row.comment_id, "comment": mark.comment or None}
        if worded["comment"] != (row.manual_comment or None):
            entries.append(entry_of(worded, about | {"comment": row.manual_comment or None}))
        held += [now, worded]
    remember(session, [each | {"assignment": assignment} for each in held])
    if entries:
        entries.append({"what": "import", "student": "", "new": len(new)})
    return note(session, ({"assignment": assignment, "reason": reason} | entry for entry in entries))
