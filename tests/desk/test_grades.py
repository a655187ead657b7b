"""The list for an exam office: all chapters summed up, a grade by boundaries, and nobody graded who waits."""

import csv
import io
import shutil
from fractions import Fraction

import pytest

from autograder.__main__ import main
from autograder.chapter.cells import find_chapter
from autograder.classroom.course import Course
from autograder.classroom.ungraded import note
from autograder.desk.grades import COLUMNS, Boundary, Form, GradesError, _exact, exam_office, read_boundaries
from autograder.desk.release import _empty_gradebook, release
from autograder.lms.tables import TableError
from tests.classes import CHAPTER, released_class

FIRST = "e3_1_derivatives"
ROSTER = """\
id,first_name,last_name,email,matriculation_number
ann,Ann,=1+1,ann@example.org,0012
ben,Ben,Zeta,ben@example.org,-7
cat,Cät,"O'Neil, Jr.",,4
dan,Dan,Alpha,,5
eve,Eve,Beta,,6
fay,Fay,Beta,,
gus,Gus,Gamma,,8
"""
HANDED_IN = {
    "ann": (14.0, 16.0),
    "ben": (10.25, 18.5),
    "cat": (0.0, 0.0),
    "dan": (None, 40.0),
    "eve": (16.0, None),
    "fay": ("", 30.0),
    "gus": ("", ""),
}
"""Points in both chapters; None waits for a mark, '' was not handed in."""
BOUNDARIES = "from,grade\n0,5.0\n50%,4.0\n28.75,4.3\n90%,1.0\n"


@pytest.fixture(scope="module")
def two_chapters(tmp_path_factory, chapter):
    course = released_class(tmp_path_factory.mktemp("grades") / "class", chapter)
    release(find_chapter(FIRST), course)
    (course.folder / "roster.csv").write_text(ROSTER, "utf-8")
    with course.gradebook() as gradebook:
        for student, both in HANDED_IN.items():
            gradebook.add_student(student)
            for name, points in zip((FIRST, CHAPTER), both, strict=True):
                if points == "":
                    continue
                (course.folder / "submitted" / student / name).mkdir(parents=True)
                first, *others = gradebook.add_submission(name, student).notebooks[0].grades
                first.auto_score = points
                for grade in others:
                    grade.auto_score = 0
        gradebook.db.commit()
    return course


@pytest.fixture
def course(two_chapters, tmp_path):
    shutil.copytree(two_chapters.folder, tmp_path / "class")
    return Course(tmp_path / "class")


@pytest.fixture
def boundaries(tmp_path):
    path = tmp_path / "boundaries.csv"
    path.write_text(BOUNDARIES, "utf-8")
    return path


def listed(course, boundaries, tmp_path, form=Form(), chapters=()):  # noqa: B008  (frozen)
    path = tmp_path / "list.csv"
    said = exam_office(course, read_boundaries(boundaries), form, path, chapters)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=form.delimiter))
    return rows, said


def test_all_chapters_are_summed_up_and_the_highest_boundary_that_is_reached_counts(
    course, boundaries, tmp_path
):
    rows, said = listed(course, boundaries, tmp_path)
    assert list(rows[0]) == COLUMNS
    assert [tuple(row.values()) for row in rows] == [
        ("0012", "'=1+1", "Ann", "30", "60", "4.0"),  # half, to the point, and more than 28.75
        ("5", "Alpha", "Dan", "", "60", ""),
        ("6", "Beta", "Eve", "", "60", ""),
        ("", "Beta", "Fay", "30", "60", "4.0"),
        ("8", "Gamma", "Gus", "", "60", ""),
        ("4", "O'Neil, Jr.", "Cät", "0", "60", "5.0"),
        ("-7", "Zeta", "Ben", "28.75", "60", "4.3"),
    ]
    assert said[0].endswith("7 students with names and matriculation numbers, 4 with a grade")
    assert said[1] == f"summed up: {FIRST}, {CHAPTER}"
    assert said[2:] == [
        "without a matriculation number in roster.csv: fay",
        f"dan: no grade: {FIRST} waits for a mark",
        f"eve: no grade: {CHAPTER} waits for a mark",
        f"fay: handed in nothing for {FIRST}, which counts no points",
        "gus: no grade: handed in nothing",
    ]


def test_who_is_not_graded_has_no_grade_whatever_was_graded_before(course, boundaries, tmp_path):
    note(course.folder, CHAPTER, "ann", "it is a link", told="", advice="Hand in the folder.")
    rows, said = listed(course, boundaries, tmp_path)
    ann = next(row for row in rows if row["first_name"] == "Ann")
    assert (ann["points"], ann["grade"]) == ("", "")
    assert f"ann: no grade: {CHAPTER} handed in but not graded" in said


def test_chapters_that_are_named_count_alone(course, boundaries, tmp_path):
    rows, _ = listed(course, boundaries, tmp_path, chapters=[CHAPTER])
    given = {row["first_name"]: (row["points"], row["max"], row["grade"]) for row in rows}
    assert given["Dan"] == ("40", "42", "1.0"), "the first chapter waits, and is not asked"
    assert given["Ann"] == ("16", "42", "5.0") and given["Gus"] == ("", "42", "")


def test_the_form_is_the_one_that_is_asked_for(course, boundaries, tmp_path):
    rows, _ = listed(course, boundaries, tmp_path, Form(";", mark=True, decimal_comma=True))
    content = (tmp_path / "list.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfmatriculation_number;last_name;")
    assert (
        rows[-1]["points"] == "28,75"
        and rows[-1]["grade"] == "4,3"
        and rows[-1]["matriculation_number"] == "-7"
    )
    assert (tmp_path / "list.csv").stat().st_mode & 0o77 == 0


def test_a_boundary_is_compared_without_the_dust_of_binary_fractions():
    assert Boundary(Fraction("33.3"), True, "x").of(Fraction(1000)) == 333
    points = sum(map(_exact, [0.1, 0.2]))
    assert Boundary(Fraction("0.3"), False, "x").is_reached(points, Fraction(1))
    assert not Boundary(Fraction("0.3"), False, "x").is_reached(points - Fraction(1, 10**9), Fraction(1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("points,grade\n1,2\n", "is no table of boundaries; it has the columns from and grade"),
        ("from,grade\n50%,4.0\n", "no grade from 0"),
        ("from,grade\n0,5\nhalf,4\n", "line 3: 'half' and '4' are no boundary"),
        ("from,grade\n0,5\n50%,\n", "line 3: '50%' and '' are no boundary"),
        ("from,grade\n0,5\n50,5%,4.0\n", "line 3: the row has more cells than there are columns"),
        ("from,grade\n0,5\n50%,4\n50.0%,3\n", "line 4: there is a grade from 50.0% already"),
    ],
)
def test_a_table_of_boundaries_that_is_none_is_a_sentence(tmp_path, text, said):
    (tmp_path / "b.csv").write_text(text, "utf-8")
    with pytest.raises((GradesError, TableError)) as error:
        read_boundaries(tmp_path / "b.csv")
    assert said in str(error.value)


def test_a_share_and_points_that_come_to_the_same_give_one_grade(course, tmp_path):
    (tmp_path / "b.csv").write_text("from,grade\n0,5.0\n50%,4.0\n30,3.7\n", "utf-8")
    with pytest.raises(GradesError, match=r"from 30 of 60 points on there are two grades, 4\.0 and 3\.7"):
        exam_office(course, read_boundaries(tmp_path / "b.csv"), Form(), tmp_path / "list.csv")
    assert not (tmp_path / "list.csv").exists()


def test_boundaries_as_a_spreadsheet_saves_them(tmp_path):
    (tmp_path / "b.csv").write_text('from;grade\r\n"28,5";"3,7"\r\n0;nicht bestanden\r\n', "utf-8-sig")
    found = read_boundaries(tmp_path / "b.csv")
    assert [(float(each.least), each.grade) for each in found] == [(28.5, "3,7"), (0, "nicht bestanden")]


def test_the_command_writes_into_the_class_and_says_what_is_wrong(course, boundaries, tmp_path, capsys):
    arguments = ["--course", str(course.folder), "grades", "--exam-office", str(boundaries)]
    assert main([*arguments, "--delimiter", "tab", "--bom"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"wrote {course.folder / 'exam-office.csv'}: 7 students with names")
    text = (course.folder / "exam-office.csv").read_bytes().decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text), delimiter="\t"))) == 8
    assert main([*arguments, "--delimiter", "||"]) == 1
    assert "--delimiter is one character, or tab, and not '||'" in capsys.readouterr().err
    assert main([*arguments[:-1], str(tmp_path / "none.csv")]) == 1
    assert "none.csv cannot be read" in capsys.readouterr().err


def test_before_anything_is_released_there_is_a_sentence(tmp_path, boundaries):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "gradebook.db").write_bytes(_empty_gradebook())
    with pytest.raises(GradesError, match=r"nothing is released in .*autograder .*release"):
        exam_office(Course(tmp_path / "new"), read_boundaries(boundaries), Form(), tmp_path / "list.csv")
    assert not (tmp_path / "list.csv").exists()
