"""Answers in words out without names, marks back: all of a table or none, for what the marker saw alone."""

import base64
import csv
import json
import re
import shutil
import stat

import nbformat
import pytest

from autograder.__main__ import main
from autograder.classroom import record
from autograder.classroom.course import Course
from autograder.desk.feedback import feedback
from autograder.desk.grade import grade
from autograder.desk.marking import MarkError, export_answers, import_marks
from autograder.desk.report import table
from tests import crowd
from tests.classes import CHAPTER, cell, hand_in, notebook_path, released_class, scores_of
from tests.pages.making import picture

QUESTION = "explain_time_limits"
WORDS = {"ada": "The clock is no pole. $\\gamma$", "bob": "Bootstrap at the cut.", "eve": "Nothing is wrong."}
HOSTILE = """\
<script>alert(1)</script>

<img src=x onerror=alert(2)>

Still **here**. ![it](attachment:own.png)"""


def say(words, beside="", attachment=None):
    def change(notebook):
        answer = cell(notebook, QUESTION)
        answer.source = words
        if attachment:
            answer["attachments"] = {"own.png": {"image/png": base64.b64encode(attachment).decode()}}
        if beside:
            place = notebook.cells.index(answer)
            notebook.cells.insert(place + 1, nbformat.v4.new_markdown_cell(beside))

    return change


@pytest.fixture(scope="module")
def begun(tmp_path_factory, chapter) -> Course:
    """A class in which four have answered in words and one has not; nobody is marked."""
    course = released_class(tmp_path_factory.mktemp("marking") / "class", chapter)
    for student, words in WORDS.items():
        hand_in(course, student, say(words, "And a word below." if student == "bob" else ""))
    hand_in(course, "mal", say(HOSTILE, attachment=picture()))
    hand_in(course, "silent")
    list(grade(CHAPTER, course))
    return course


@pytest.fixture
def course(begun, tmp_path) -> Course:
    return crowd.copy_of(begun, tmp_path / "class")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "to-mark.csv"


def exported(course, chapter, file, **options) -> dict[str, str]:
    """Give the answers out; return whose each id is, as the class folder alone knows it."""
    export_answers(chapter, course, file, **options)
    held = json.loads((course.folder / "marking" / CHAPTER / f"{QUESTION}.json").read_text("utf-8"))
    there = {row["answer"] for row in rows(file)}
    return {each["student"]: id_ for id_, each in held.items() if id_ in there}


def rows(file) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def fill(file, marks, more=""):
    """Fill the table as a spreadsheet would."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        written = csv.writer(opened)
        written.writerow(["answer", "points", "comment"])
        written.writerows([id_, *mark] for id_, mark in marks.items())
        opened.write(more)


def marked(course) -> dict[str, tuple]:
    with course.gradebook() as gradebook:
        found = {}
        for student in (*WORDS, "mal", "silent"):
            given = gradebook.find_grade(QUESTION, CHAPTER, CHAPTER, student)
            comment = gradebook.find_comment(QUESTION, CHAPTER, CHAPTER, student).manual_comment
            found[student] = (given.manual_score, comment, given.needs_manual_grade)
        return found


WAITING = dict.fromkeys([*WORDS, "mal"], (None, None, True)) | {"silent": (None, None, False)}


def test_all_answers_that_wait_stand_on_the_page_and_in_the_table_and_no_name(course, chapter, file):
    ids = exported(course, chapter, file)
    assert ids.keys() == {*WORDS, "mal"}, "an empty answer needs nobody"
    page = file.with_suffix(".html").read_text("utf-8")
    order = re.findall(r'<h3 id="(\w+)">', page)
    assert order == [row["answer"] for row in rows(file)] == sorted(ids.values()), "drawn, like the ids"
    assert all(words.partition("$")[0].strip() in page for words in WORDS.values())
    assert not re.search(r"\b(ada|bob|eve|mal)\b", page) and "And a word below." in page
    assert "Mark scheme." in page and "<math" in page and "balances a pole" in page, "the question, too"
    for path in (file, file.with_suffix(".html"), file.with_name("to-mark-comments.csv")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert all(row["points"] == row["comment"] == "" for row in rows(file))


def test_the_order_says_nothing_about_the_students(course, chapter, tmp_path):
    """Of 24 orders of four, eight exports show one alone once in 24^7 times."""
    orders = set()
    for number in range(8):
        ids = exported(course, chapter, tmp_path / f"{number}.csv")
        orders.add(tuple(sorted(ids, key=ids.get)))
    assert len(orders) > 1


def test_nothing_that_a_student_wrote_runs_and_their_picture_is_there(course, chapter, file):
    exported(course, chapter, file)
    page = file.with_suffix(".html").read_text("utf-8")
    assert "<script" not in page and "onerror" not in page and "Still <strong>here</strong>" in page
    assert base64.b64encode(picture()).decode() in page
    assert "default-src 'none'" in page


def test_a_table_comes_back_as_marks_of_a_person_on_the_page_in_the_report_and_in_the_record(
    course, chapter, file
):
    ids = exported(course, chapter, file)
    bank = file.with_name("to-mark-comments.csv")
    bank.write_text('letter,comment\nA,"Say why, not only what."\nB,Name the flag.\n', "utf-8")
    said = {"ada": ("3", "A, B"), "bob": ("2,5", "Nearly, but *where*?"), "eve": ("0", "b"), "mal": ("", "")}
    fill(file, {ids[student]: mark for student, mark in said.items()})
    done = import_marks(CHAPTER, course, file)
    assert (done.marked, done.unchanged, done.without_points) == (3, 0, 1)
    assert marked(course) == WAITING | {
        "ada": (3, "Say why, not only what.\n\nName the flag.", False),
        "bob": (2.5, "Nearly, but *where*?", False),
        "eve": (0, "Name the flag.", False),
    }
    assert scores_of(course, chapter)["bob"][QUESTION] == 2.5
    assert re.search(r"^mal .*\?", table(chapter, course), re.M)
    (page,) = feedback(CHAPTER, course, "ada")
    assert "3 of 4 points" in page.read_text("utf-8") and "Name the flag." in page.read_text("utf-8")
    told = [(e["what"], e["student"], e.get("old"), e["new"]) for e in record.entries(course.folder)]
    assert [each for each in told if each[0] == "mark"] == [
        ("mark", "ada", None, 3),
        ("mark", "bob", None, 2.5),
        ("mark", "eve", None, 0),
    ]
    assert [each for each in told if each[1] == "bob"][-1] == ("comment", "bob", None, "Nearly, but *where*?")
    lines = (course.folder / record.FILE).read_bytes()
    assert import_marks(CHAPTER, course, file).marked == 0, "again changes nothing"
    assert (course.folder / record.FILE).read_bytes() == lines


def test_a_table_that_was_put_right_is_taken_again(course, chapter, file):
    ids = exported(course, chapter, file)
    fill(file, {ids["ada"]: ("3", "")})
    import_marks(CHAPTER, course, file)
    fill(file, {ids["ada"]: ("3.5", "")})
    import_marks(CHAPTER, course, file)
    assert marked(course)["ada"] == (3.5, None, False)


WRONG = {
    "an unknown answer": (("zzzz", "1", ""), "no answer 'zzzz'"),
    "points that are no number": (("ID", "three", ""), "'three' are no number"),
    "points below 0": (("ID", "-1", ""), "'-1' are no number"),
    "no finite number": (("ID", "nan", ""), "'nan' are no number"),
    "more than the question has": (("ID", "4.5", ""), "4.5 points are more than 4; --extra"),
    "an unknown letter": (("ID", "1", "A, C"), "letter C"),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_wrong_row_is_named_with_its_line_and_nothing_is_taken(course, chapter, file, what):
    ids = exported(course, chapter, file)
    file.with_name("to-mark-comments.csv").write_text("letter,comment\nA,Good.\n", "utf-8")
    (id_, points, comment), said = WRONG[what]
    wrong = ids["bob"] if id_ == "ID" else id_
    fill(file, {ids["ada"]: ("3", "two\nlines"), wrong: (points, comment), ids["eve"]: ("x", "")})
    with pytest.raises(MarkError, match=re.escape(said)) as raised:
        import_marks(CHAPTER, course, file)
    assert "2 rows" in str(raised.value)
    assert "line 4: " in str(raised.value) and "line 5: the points 'x'" in str(raised.value)
    assert marked(course) == WAITING


def test_the_same_answer_twice_and_a_comma_out_of_its_place_are_wrong(course, chapter, file):
    ids = exported(course, chapter, file)
    fill(file, {ids["ada"]: ("3", "")}, more=f"{ids['ada']},2,\n")
    with pytest.raises(MarkError, match=r"line 3: the answer .* stands in line 2"):
        import_marks(CHAPTER, course, file)
    file.write_text(f"answer,points,comment\n{ids['ada']},2,good, but short\n", "utf-8")
    with pytest.raises(MarkError, match="line 2: the row has more cells"):
        import_marks(CHAPTER, course, file)
    file.write_text(f"answer;score\n{ids['ada']};2\n", "utf-8")
    with pytest.raises(MarkError, match="no column points, comment"):
        import_marks(CHAPTER, course, file)
    assert marked(course) == WAITING


def test_what_a_german_spreadsheet_saves_is_read(course, chapter, file):
    ids = exported(course, chapter, file)
    file.write_bytes(f"answer;points;comment\r\n{ids['ada']};2,5;Schön\r\n".encode("cp1252"))
    import_marks(CHAPTER, course, file)
    assert marked(course)["ada"] == (2.5, "Schön", False)


def test_a_comment_may_hold_what_other_programs_take_for_the_end_of_a_line(course, chapter, file):
    ids = exported(course, chapter, file)
    file.write_text(f"answer,points,comment\n{ids['ada']},2,one\u2028two\x0bthree\n", "utf-8")
    import_marks(CHAPTER, course, file)
    assert marked(course)["ada"] == (2, "one\u2028two\x0bthree", False)


def test_an_answer_to_a_question_that_is_gone_is_a_sentence(course, chapter, file):
    ids = exported(course, chapter, file)
    held = course.folder / "marking" / CHAPTER / f"{QUESTION}.json"
    held.rename(held.with_name("explain_gone.json"))
    fill(file, {ids["ada"]: ("1", "")})
    with pytest.raises(MarkError, match="is to explain_gone, a question that the book no longer has"):
        import_marks(CHAPTER, course, file)


def test_points_without_end_are_no_number_even_as_extra(course, chapter, file):
    ids = exported(course, chapter, file)
    fill(file, {ids["ada"]: ("9" * 400, "")})
    with pytest.raises(MarkError, match="are no number"):
        import_marks(CHAPTER, course, file, extra=True)
    assert marked(course) == WAITING


def test_more_points_than_there_are_count_where_that_is_said(course, chapter, file):
    ids = exported(course, chapter, file)
    fill(file, {ids["ada"]: ("5", "")})
    import_marks(CHAPTER, course, file, extra=True)
    assert scores_of(course, chapter)["ada"][QUESTION] == 5


def test_an_answer_that_has_changed_since_is_refused_and_one_that_is_only_graded_again_is_not(
    course, chapter, file
):
    ids = exported(course, chapter, file)
    path = notebook_path(course, "submitted", "bob")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[notebook.cells.index(cell(notebook, QUESTION)) + 1].source = "Another word below."
    nbformat.write(notebook, path)
    list(grade(CHAPTER, course, force=True))
    fill(file, {ids["ada"]: ("3", ""), ids["bob"]: ("2", "")})
    with pytest.raises(MarkError, match=f"line 3: {ids['bob']} has changed since"):
        import_marks(CHAPTER, course, file)
    assert marked(course) == WAITING
    fill(file, {ids["ada"]: ("3", "")})
    import_marks(CHAPTER, course, file)
    assert marked(course)["ada"] == (3, None, False)


def test_a_mark_that_was_given_in_the_formgrader_meanwhile_is_not_written_over(course, chapter, file):
    ids = exported(course, chapter, file)
    give(course, "ada", 1)
    fill(file, {ids["ada"]: ("3", ""), ids["bob"]: ("2", "")})
    with pytest.raises(MarkError, match=f"line 2: {ids['ada']} was marked elsewhere since and has 1 points"):
        import_marks(CHAPTER, course, file)
    assert marked(course) == WAITING | {"ada": (1, None, False)}


def give(course, student, points, comment=None):
    with course.gradebook() as gradebook:
        given = gradebook.find_grade(QUESTION, CHAPTER, CHAPTER, student)
        given.manual_score, given.needs_manual_grade = points, False
        gradebook.find_comment(QUESTION, CHAPTER, CHAPTER, student).manual_comment = comment
        gradebook.db.commit()


def test_marked_answers_come_along_where_all_are_asked_for_with_their_marks(course, chapter, file, tmp_path):
    give(course, "ada", 1.5, "=cmd()")
    assert "ada" not in exported(course, chapter, file)
    ids = exported(course, chapter, tmp_path / "all.csv", everybody=True)
    (row,) = [row for row in rows(tmp_path / "all.csv") if row["answer"] == ids["ada"]]
    assert (row["points"], row["comment"]) == ("1.5", "'=cmd()"), "no formula for a spreadsheet"
    assert import_marks(CHAPTER, course, tmp_path / "all.csv").unchanged == 1
    assert marked(course)["ada"] == (1.5, "=cmd()", False)


def test_the_command_line_says_what_comes_next_and_loses_no_filled_table(course, chapter, file, capsys):
    arguments = ["--course", str(course.folder), "mark", CHAPTER]
    assert main([*arguments, "--export", str(file)]) == 0
    said = capsys.readouterr().out
    assert "4 answers, without names" in said and f"--import {file}" in said
    assert "named there" in said and "1 without an answer" in said
    before = file.read_bytes()
    assert main([*arguments, "--export", str(file)]) == 1
    assert "may hold somebody's marks" in capsys.readouterr().err and file.read_bytes() == before
    assert main([*arguments, "--import", str(file)]) == 0
    assert "0 marks taken" in capsys.readouterr().out
    assert main([*arguments, "--import", str(file.with_name("nowhere.csv"))]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert main([*arguments, "--export", str(file.with_name("x")), "--question", "why"]) == 1
    assert f"say with --question which of: {QUESTION}" in capsys.readouterr().err


def test_marks_go_into_a_gradebook_on_a_server(begun, chapter, tmp_path, postgres):
    course = crowd.copy_of(begun, tmp_path / "class", chapter, postgres.new_database())
    list(grade(CHAPTER, course))
    ids = exported(course, chapter, tmp_path / "m.csv")
    fill(tmp_path / "m.csv", {ids["ada"]: ("3", "Good."), ids["bob"]: ("2", "")})
    assert import_marks(CHAPTER, course, tmp_path / "m.csv").marked == 2
    assert marked(course)["ada"] == (3, "Good.", False)
    assert import_marks(CHAPTER, course, tmp_path / "m.csv").marked == 0


def test_a_graded_notebook_that_is_not_there_is_a_sentence(course, chapter, file):
    shutil.rmtree(course.folder / "autograded" / "ada")
    with pytest.raises(MarkError, match=r"cannot be read; run: python -m autograder .* grade"):
        exported(course, chapter, file)
    assert not file.exists()
