"""What `nbgrader export` writes, as spreadsheets read it: no text is a formula, no id or number changes."""

import csv
import re
import time

import pytest

from autograder.classroom.export import PointsExport, harmless
from tests.classes import CHAPTER

FORMULAS = {
    "equals": "=1+1",
    "plus": "+1",
    "minus": "-1+1",
    "at": "@SUM(A1)",
    "wide equals": "＝1+1",
    "behind a blank": " =1+1",
    "behind a tab": "\t=1+1",
    "behind a return": "\r=1+1",
    "in the next line": "Ann\n=1+1",
    "behind a comma": "Ann,=1+1",
    "behind a semicolon": "Ann;=1+1",
    "behind a tab in it": "Ann\t=1+1",
    "behind a bar": "Ann| =1+1",
    "behind a quotation mark": 'Ann","=1+1',
    "behind two quotation marks": 'Ann"";"=1+1',
    "another program": "=cmd|' /C calc'!A0",
}
HONEST = ["Ann", "O'Brien", "Anne-Marie", "a+b@example.org", "van der Berg, J.", "Zoë", "x = y", "3-4"]
SEPARATORS = [",", ";", "\t", "|"]


def cells(path, separator):
    """Read a table as spreadsheets do that take this character for the end of a cell, and quotes for none."""
    with path.open(encoding="utf-8", newline="") as file:
        well = [cell for row in csv.reader(file, delimiter=separator) for cell in row]
    text = path.read_bytes().decode("utf-8")
    return [*well, *(cell for line in re.split("[\r\n]", text) for cell in line.split(separator))]


def begins_a_formula(cell):
    return cell.lstrip(' \t\r\n"')[:1] in tuple("=+-@＝＋－＠") and bool(cell.strip())


def exported(course, path):
    with course.gradebook() as gradebook:
        PointsExport(to=str(path)).export(gradebook)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_no_name_is_a_formula_in_any_cell(released, tmp_path):
    columns = ("first_name", "last_name", "email")
    planted = {f"s{n} {name}": (name, text) for name in columns for n, text in enumerate(FORMULAS.values())}
    with released.gradebook() as gradebook:
        for student, (column, text) in planted.items():
            gradebook.add_student(student, **{column: text})
    rows = {row["student_id"]: row for row in exported(released, tmp_path / "grades.csv")}
    assert rows.keys() >= planted.keys()
    for separator in SEPARATORS:
        assert [each for each in cells(tmp_path / "grades.csv", separator) if begins_a_formula(each)] == []
    for student, (column, text) in planted.items():
        assert rows[student][column].replace("'", "") == text.replace("'", ""), "nothing else is changed"


def test_the_reader_of_this_test_sees_formulas_where_they_are(tmp_path):
    path = tmp_path / "naked.csv"
    for text in FORMULAS.values():
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(["x", text, "y"])
        assert any(begins_a_formula(each) for sep in SEPARATORS for each in cells(path, sep)), text


@pytest.mark.parametrize("text", HONEST)
def test_what_is_no_formula_stays(text):
    assert harmless(text) == text


def test_a_text_of_many_lines_takes_no_time():
    began = time.perf_counter()
    assert harmless("\n" * 50_000 + "x").count("'") == 50_000
    assert time.perf_counter() - began < 1


def test_ids_stay_byte_for_byte_and_so_do_numbers(released, tmp_path):
    students = ["-12", "=x", "+49 30", "@ann", "1e5", "007", "a,b", 'a"b']
    with released.gradebook() as gradebook:
        for student in students:
            gradebook.add_student(student)
            gradebook.add_submission(CHAPTER, student)
    rows = {row["student_id"]: row for row in exported(released, tmp_path / "grades.csv")}
    assert rows.keys() >= {*students}
    for student in students:
        assert (rows[student]["score"], rows[student]["assignment"]) == ("0", CHAPTER)
        assert rows[student]["max_score"] == "42"
