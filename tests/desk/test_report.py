"""What `report` says of a class: as text, for programs, and on the page; and where it reads the verdicts."""

import csv
import io
import json
import os
import re
import stat
from datetime import UTC, datetime, timedelta

import nbformat
import pytest
from sqlalchemy import delete, update

from autograder.__main__ import main
from autograder.chapter.cells import ROOT, find_chapter
from autograder.classroom import ungraded
from autograder.classroom.gradebook import VERDICTS, Reader
from autograder.desk.feedback import feedback
from autograder.desk.grade import grade, graded_notebook
from autograder.desk.overview import ChapterView, page, who_needs_a_word
from autograder.desk.release import release
from autograder.desk.report import ReportError, as_csv, as_json, as_text, gather, table
from autograder.exercises import EXERCISES
from autograder.lms.roster import FILE
from tests.classes import CHAPTER, cell, hand_in, released_class
from tests.desk.written_class import by_chance, entry, graded_names, write

ROSTER = """\
id,first_name,last_name,section
ann,Ann,Lee,A
bob,=Bob,O'Neil,A
cid,Cid,Żuk,B
"""
NOON = datetime(2030, 1, 2, 12)
SMALL = "e3_1_derivatives"


@pytest.fixture
def course(released, chapter):
    """Ann has all right, bob has a misconception, cid has handed in nothing, dan is not graded."""
    (released.folder / FILE).write_text(ROSTER, "utf-8")
    all_wrong = range(len(EXERCISES["td_errors"].cases))
    wrong = entry(chapter, "bob", {"td_errors": all_wrong, "td_target": [0]}, {"td_errors": 1}, NOON)
    write(released, chapter, [entry(chapter, "ann"), wrong])
    (released.folder / "submitted" / "dan" / CHAPTER).mkdir(parents=True)
    ungraded.note(released.folder, CHAPTER, "dan", "the file is broken", "Hand it in again.")
    return released


@pytest.fixture
def both(course):
    """The same class with a second chapter, which ann and cid have done."""
    small = find_chapter(SMALL)
    release(small, course)
    half = {name: range(len(EXERCISES[name].cases)) for name in graded_names(small)[0][:-1]}
    write(course, small, [entry(small, "ann", half), entry(small, "cid")])
    return course


def report(course, *arguments):
    return main(["--course", str(course.folder), "report", *arguments])


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def give_the_mark(course, student, points):
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission_notebook(CHAPTER, CHAPTER, student)
        grade_ = next(each for each in submission.grades if each.auto_score is None)
        grade_.manual_score, grade_.needs_manual_grade = points, False
        gradebook.db.commit()


def test_the_table_has_names_and_keeps_absent_zero_and_waiting_apart(course, chapter):
    lines = table(chapter, course).splitlines()
    assert re.match(r"student +name +1 +2 .*total$", lines[0])
    rows = {line.split()[0]: line for line in lines if line}
    assert re.match(r"ann +Ann Lee .* \? +38$", rows["ann"])
    lost = EXERCISES["td_errors"].points
    lost += EXERCISES["td_target"].points_of(EXERCISES["td_target"].cases[0])
    assert re.match(rf"bob +=Bob O'Neil .* 0 .* \? +{38 - lost:g}$", rows["bob"])
    assert "handed in nothing: cid (Cid Żuk)" in lines
    assert "handed in but not graded: dan" in lines and "    dan: the file is broken" in lines


def test_nbgraders_own_table_of_students_names_those_whom_no_roster_does(released, chapter):
    with released.gradebook() as gradebook:
        gradebook.add_student("eve", first_name="Eve", last_name="Moss")
    assert "handed in nothing: eve (Eve Moss)" in table(chapter, released)
    (released.folder / FILE).write_text("id,section\neve,A\n", "utf-8")
    assert "handed in nothing: eve (Eve Moss)" in as_text(gather([chapter], released, "A"), released)


def test_a_section_holds_those_whom_the_roster_puts_there(course, chapter):
    shown = as_text(gather([chapter], course, "B"), course)
    assert "cid (Cid Żuk)" in shown and not re.search("ann|bob|dan", shown)
    assert gather([chapter], course, "A").students == ["ann", "bob"]
    with pytest.raises(ReportError, match=r"nobody is in section 'C'; sections in roster\.csv .*: A, B"):
        gather([chapter], course, "C")


def test_several_chapters_have_a_total_each_and_one_over_all(both, capsys):
    assert report(both, "--all") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["student", "name", "1", "2", "total"]
    rows = {line.split()[0]: line.split() for line in lines if line}
    last = EXERCISES[graded_names(find_chapter(SMALL))[0][-1]].points
    assert rows["ann"][-3:] == [f"{last:g}?", "38?", f"{38 + last:g}"]
    assert rows["bob"][-3] == "absent" and rows["cid"][-3:] == ["14?", "absent", "14"]
    assert rows["dan"][-3:] == ["absent", "ungraded", "0"]
    assert rows["possible"][-3:] == ["18", "42", "60"]
    assert report(both, CHAPTER, SMALL) == 0
    assert capsys.readouterr().out.splitlines()[0] == lines[0], "named in any order, told in the book's"


def test_csv_has_a_row_for_each_student_and_exercise(course, chapter):
    text = as_csv(gather([chapter], course, verdicts=True), "exercise")
    rows, (names, words) = rows_of(text), graded_names(chapter)
    assert [row["student_id"] for row in rows] == sorted(["ann", "bob", "cid", "dan"] * len(names + words))
    assert [row["exercise"] for row in rows[: len(names + words)]] == names + words
    columns = "assignment,student_id,last_name,first_name,section,exercise,points,possible,state,"
    assert text.splitlines()[0] == columns + "cases_right,cases,misconception"
    told = {(row["student_id"], row["exercise"]): row for row in rows}
    wrong, exercise = told["bob", "td_errors"], EXERCISES["td_errors"]
    assert (wrong["points"], wrong["cases_right"], wrong["cases"]) == ("0", "0", str(len(exercise.cases)))
    assert wrong["misconception"] == exercise.misconceptions[1].sentence
    assert (wrong["first_name"], wrong["last_name"]) == ("'=Bob", "O'Neil"), "no formula"
    waiting = told["ann", words[0]]
    assert (waiting["points"], waiting["state"], waiting["cases"]) == ("", "to be marked", "")
    assert (told["cid", "gae"]["points"], told["cid", "gae"]["state"]) == ("", "handed in nothing")
    assert (told["dan", "gae"]["points"], told["dan", "gae"]["state"]) == ("", "not graded")


def test_every_column_is_documented(both, chapter):
    said, found = (ROOT / "docs" / "report.md").read_text("utf-8"), gather([chapter], both, verdicts=True)
    for per in ("student", "exercise"):
        for name in rows_of(as_csv(found, per))[0]:
            assert f"`{name.replace(f'{CHAPTER}_', '…_')}`" in said


def test_csv_has_a_row_for_each_student(both, capsys):
    assert report(both, "--all", "--per", "student", "--csv", "-") == 0
    said = capsys.readouterr()
    rows = {row["student_id"]: row for row in rows_of(said.out)}
    assert "names, points and mistakes of 4 students" in said.err
    assert list(rows) == ["ann", "bob", "cid", "dan"]
    assert rows["ann"][f"{CHAPTER}_points"] == "38" and rows["ann"][f"{CHAPTER}_state"] == "to be marked"
    assert rows["bob"][f"{CHAPTER}_handed_in"] == "2030-01-02T12:00:00Z"
    assert rows["bob"][f"{SMALL}_points"] == "" and rows["bob"][f"{SMALL}_state"] == "handed in nothing"
    assert rows["cid"]["points"] == "14" and {row["possible"] for row in rows.values()} == {"60"}


def test_json_holds_the_same_rows_as_numbers(both, chapter):
    asked = [find_chapter(SMALL), chapter]
    for per in ("student", "exercise"):
        found = gather(asked, both, verdicts=True)
        said, rows = json.loads(as_json(found, per)), rows_of(as_csv(found, per))
        assert next(iter(said)) == "holds" and "4 students" in said["holds"]
        as_texts = [
            {
                k: "" if v is None else f"{v:.10g}" if isinstance(v, (int, float)) else v
                for k, v in row.items()
            }
            for row in said["rows"]
        ]
        assert [row | {"first_name": row["first_name"].lstrip("'")} for row in rows] == as_texts
        assert as_json(found, per) == as_json(gather(asked, both, verdicts=True), per)


def test_a_file_is_its_owners_and_what_it_holds_is_said(course, tmp_path, capsys):
    for option in ("--csv", "--json", "--html"):
        path = tmp_path / option
        assert report(course, CHAPTER, option, str(path)) == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        told = "names, points and mistakes of 4 students of the class: keep it with those who teach"
        assert capsys.readouterr().out == f"wrote {path}: {told}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "report takes the names of chapters, or --all for every one that is released"),
        ([CHAPTER, "--all"], "report takes the names of chapters, or --all for every one that is released"),
        ([CHAPTER, "--csv", "-", "--json", "-"], "only one of --csv, --json and --html can be printed"),
        ([CHAPTER, "--csv", "."], ". is a folder; name a file in it"),
        ([CHAPTER, "--html", "README.md/page.html"], "README.md/page.html cannot be written ("),
        ([CHAPTER, SMALL], f"{SMALL} is not released in "),
    ],
)
def test_what_cannot_be_done_is_one_sentence(course, capsys, monkeypatch, arguments, said):
    assert report(course, *arguments) == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"autograder: {said}") and errors.count("\n") == 1


@pytest.mark.parametrize("below", ["2", "-0.1", "half", "nan"])
def test_a_bound_is_a_share(course, capsys, below):
    with pytest.raises(SystemExit):
        report(course, CHAPTER, "--html", "-", f"--below={below}")
    assert f"{below!r} is no share from 0 to 1" in capsys.readouterr().err


def test_the_page_says_all_of_the_class(course, chapter):
    shown = page(gather([chapter], course, verdicts=True), 0.5)
    sentence = EXERCISES["td_errors"].misconceptions[1].sentence
    assert re.search(r'<td class="n">1</td><td>td_errors</td><th scope="row">(.*?)</th><td>(.*?)</td>', shown)
    for text in (sentence, "bob (=Bob O'Neil)", "cid (Cid Żuk)", "dan: the file is broken"):
        assert text.replace("'", "&#39;") in shown or text in shown, text
    assert "<script" not in shown and not re.search(r"(src|href)=\"(?!#)", shown)
    assert shown.count('role="img"') == shown.count("<svg") == shown.count("<desc id=") == 3
    assert len(re.findall(r'\bid="([^"]+)"', shown)) == len({*re.findall(r'\bid="([^"]+)"', shown)})


def test_names_are_text_on_the_page(course, chapter):
    (course.folder / FILE).write_text("id,first_name\nbob,<script>1</script>\ncid,<b>x\n", "utf-8")
    shown = page(gather([chapter], course, verdicts=True), 1.0)
    assert "<script" not in shown and "<b>" not in shown and "&lt;script&gt;1" in shown


def test_the_hardest_cases_come_first_and_mistakes_by_count(course, chapter):
    write(
        course,
        chapter,
        [entry(chapter, "eve", {"td_errors": [0]}, {"gae": 0}), entry(chapter, "fay", {}, {"gae": 0})],
    )
    found = gather([chapter], course, verdicts=True)
    view = ChapterView(found, found.sheets[0], 1)
    shares = {(case.exercise, case.title): (case.right, case.asked) for case in view.cases}
    first, second = (case.title for case in EXERCISES["td_errors"].cases[:2])
    assert shares["td_errors", first] == (2, 4) and shares["td_errors", second] == (3, 4)
    assert view.cases[0].share == 0.5 and view.cases[-1].share == 1
    assert [(each.exercise, each.students) for each in view.mistakes] == [
        ("gae", ["eve", "fay"]),
        ("td_errors", ["bob (=Bob O'Neil)"]),
    ]


def test_who_needs_a_word(both, chapter):
    asked = [find_chapter(SMALL), chapter]
    none_right = {name: range(len(EXERCISES[name].cases)) for name in graded_names(chapter)[0]}
    write(both, chapter, [entry(chapter, "cid", none_right), entry(chapter, "zoe", none_right)])
    words = {each.student: each for each in who_needs_a_word(gather(asked, both), 0.5)}
    assert words["cid (Cid Żuk)"].why == "below 50%, falling", "14 of 14 points, then 0 of 38: 14 of 52"
    assert words["cid (Cid Żuk)"].shares == [1.0, 0.0]
    assert (words["zoe"].why, words["zoe"].shares) == ("below 50%", [None, 0.0])
    assert "ann (Ann Lee)" not in words and "dan" not in words
    assert "cid (Cid Żuk)" in {each.student for each in who_needs_a_word(gather(asked, both), 0.0)}, (
        "it falls"
    )
    give_the_mark(both, "zoe", 4.0)
    marked = {each.student: each.shares for each in who_needs_a_word(gather(asked, both), 0.5)}
    assert marked["zoe"] == [None, pytest.approx(4 / 42)]


def test_the_time_from_release_to_hand_in_says_what_is_not_known(course, chapter):
    file = course.folder / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    made = NOON - timedelta(days=2, hours=12)
    os.utime(file, (made.replace(tzinfo=UTC).timestamp(),) * 2)
    write(course, chapter, [entry(chapter, "eve", when=made - timedelta(hours=1))])
    found = gather([chapter], course)
    view = ChapterView(found, found.sheets[0], 1)
    assert view.waits == [timedelta(days=2.5)] and view.days == [("0", 0), ("1", 0), ("2", 1)]
    said = " ".join(view.about_times)
    assert "Released 2029-12-31 00:00 UTC" in said and "after 2.5 days" in said
    assert "Before that date handed in: 1;" in said and "Without a time of hand-in: 1 of 3." in said
    file.unlink()
    (sheet,) = gather([chapter], course).sheets
    assert ChapterView(found, sheet, 1).about_times == [
        "When this was released is not known: its notebook is not in the class folder."
    ]


def test_a_class_of_which_nothing_is_graded_has_a_page(released, chapter):
    shown = page(gather([chapter], released, verdicts=True), 0.5)
    assert "Nothing is graded yet." in shown and "<svg" not in shown


def test_whoever_is_all_alike_has_no_discrimination(course, chapter):
    found = gather([chapter], course, verdicts=True)
    assert {item.discrimination for item in ChapterView(found, found.sheets[0], 1).items} == {None}
    write(course, chapter, by_chance(chapter, [f"s{n}" for n in range(30)], 5, [None] * 30))
    found = gather([chapter], course, verdicts=True)
    items = ChapterView(found, found.sheets[0], 1).items
    assert all(-1 <= item.discrimination <= 1 for item in items if item.marked)


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory, chapter):
    """A class that was really graded: one student, whose TD errors are those of a misconception."""
    course = released_class(tmp_path_factory.mktemp("mistaken") / "class", chapter)

    def forget_the_end(notebook):
        cell(notebook, "td_errors").source = (
            "def td_errors(rewards, values, next_values, terminated, gamma):\n"
            "    return rewards + gamma * next_values - values\n"
        )

    hand_in(course, "mia", forget_the_end)
    list(grade(CHAPTER, course))
    return course


def verdicts_of(course, student="mia"):
    with course.gradebook() as gradebook:
        found = Reader(gradebook, CHAPTER).verdicts([student])
    return found[student].exercises if found else {}


def change(course, statement):
    with course.gradebook() as gradebook:
        gradebook.db.execute(statement)
        gradebook.db.commit()


def test_grading_writes_verdicts_and_a_report_fills_in_what_is_missing(mistaken, chapter):
    written = verdicts_of(mistaken)
    assert written.keys() == {*graded_names(chapter)[0]}
    assert written["td_errors"].misconception in [m.sentence for m in EXERCISES["td_errors"].misconceptions]
    change(mistaken, delete(VERDICTS))
    asked = []
    found = gather([chapter], mistaken, verdicts=True, watch=lambda who: asked.extend(who) or iter(who))
    assert found.sheets[0].verdicts == {"mia": written} and asked == ["mia"]
    assert verdicts_of(mistaken) == written
    gather([chapter], mistaken, verdicts=True, watch=lambda who: pytest.fail("read again"))


def test_a_notebook_that_is_newer_than_the_gradebooks_verdicts_is_read(mistaken, chapter):
    written = verdicts_of(mistaken)
    change(mistaken, update(VERDICTS).values(cases="[]", misconception="", written=datetime(2020, 1, 1)))
    assert gather([chapter], mistaken, verdicts=True).sheets[0].verdicts == {"mia": written}
    change(mistaken, update(VERDICTS).values(misconception="as it is now"))
    kept = gather([chapter], mistaken, verdicts=True).sheets[0].verdicts["mia"]
    assert {each.misconception for each in kept.values()} == {"as it is now"}, "what is as new is believed"


def test_what_an_earlier_version_graded_is_read_from_its_words(mistaken, chapter):
    file = graded_notebook(CHAPTER, mistaken, "mia")
    change(mistaken, delete(VERDICTS))
    gather([chapter], mistaken, verdicts=True)
    before, content = verdicts_of(mistaken), file.read_bytes()
    notebook = nbformat.read(file, as_version=4)
    for each in notebook.cells:
        for output in each.get("outputs", []):
            about = output.get("metadata", {}).get("autograder", {})
            about.pop("cases", None), about.pop("misconception", None)
    file.chmod(0o644)
    nbformat.write(notebook, file)
    change(mistaken, delete(VERDICTS))
    assert gather([chapter], mistaken, verdicts=True).sheets[0].verdicts["mia"] == before
    file.write_text("no notebook", "utf-8")
    change(mistaken, delete(VERDICTS))
    assert gather([chapter], mistaken, verdicts=True).sheets[0].verdicts == {"mia": {}}
    file.write_bytes(content)


def test_no_page_of_a_student_holds_the_verdicts_for_the_report(mistaken):
    (written,) = feedback(CHAPTER, mistaken)
    assert '"cases"' not in written.read_text("utf-8") and "misconception" not in written.read_text("utf-8")
