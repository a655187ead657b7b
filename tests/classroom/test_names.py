"""Students whose names no gradebook can hold or nobody can tell apart: they are named, the others graded."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from autograder.__main__ import main
from autograder.classroom.course import Course
from autograder.classroom.names import unusable
from autograder.desk.feedback import FeedbackError, feedback
from autograder.desk.grade import State, choose_notebook, grade
from autograder.desk.release import release
from autograder.desk.report import table
from tests.classes import CHAPTER, answer, hand_in, released_class, scores_of

pytestmark = pytest.mark.heavy

LATIN = os.fsdecode(b"caf\xe9")
"""A name as it comes out of an archive that was unpacked with the wrong code page."""
LONG = "x" * 140
ONE, TWO = "Jos\xe9", "Jose\u0301"
"""One accent in two normal forms, NFC and NFD; macOS has often written the second."""
ODD = [LATIN, LONG, ONE, TWO, "Zoe\u0308"]
USABLE = [
    *[
        "ann",
        "Alice",
        "alice",
        "dot.",
        "end ",
        "in  between",
        "ctl\x1b[31m\x07",
        "new\nline",
        "\u202eabc",
        "*",
        "[a]",
    ],
    *["{x}", "%41", "it's", '"q"', "=1+1", "-x", "\U0001f600", "y" * 128, "\u042f" * 127],
]
"""Names that are odd, too, and no reason not to grade; the last are the longest in characters and bytes."""


@pytest.fixture(scope="module")
def course(tmp_path_factory, chapter) -> Course:
    """A class of these, everybody with `td_errors` right, which is worth 2 points."""
    course = released_class(tmp_path_factory.mktemp("names") / "class", chapter)
    first = hand_in(course, "ann", answer).parent.parent
    for name in [*ODD, *USABLE[1:]]:
        shutil.copytree(first, first.with_name(name))
    return course


@pytest.fixture
def with_roster(course, chapter, tmp_path, database_url) -> Course:
    """A copy of the class on either database, whose gradebook knows Zoe as one writes her, and others."""
    shutil.copytree(course.folder, tmp_path / "class")
    copied = Course(tmp_path / "class", database_url)
    if database_url:
        release(chapter, copied)
    with copied.gradebook() as gradebook:
        for name in ["Zo\xeb", "../../etc", "absent", *([] if database_url else ["r" * 300])]:
            gradebook.add_student(name)
    return copied


def lines_of(capsys, course, *arguments) -> tuple[int, list[str]]:
    """Run one of our verbs; return its status and lines, which a terminal can show."""
    db = ["--db", course.db] if course.db else []
    status = main(["--course", str(course.folder), *db, *arguments])
    said = "".join(capsys.readouterr())
    said.encode()  # fails where half a character is left
    assert all(each.isprintable() or each == "\n" for each in said)
    return status, said.splitlines()


def test_each_is_named_with_what_to_do_and_everybody_else_is_graded(with_roster, chapter, capsys):
    course, handed_in = with_roster, with_roster.folder / "submitted"
    status, lines = lines_of(capsys, course, "grade", CHAPTER, "--workers", "2", "--json")
    outcomes = [json.loads(line) for line in lines]
    summary = outcomes.pop()["summary"]
    assert (status, summary["graded"], summary["not_graded"], summary["nothing"]) == (1, len(USABLE), 5, 0)
    graded = {each["student"]: each["points"] for each in outcomes if each["state"] == "graded"}
    assert graded == dict.fromkeys(USABLE, 2)
    said = {each["student"]: each["reason"] for each in outcomes if each["state"] == "not_graded"}
    assert said.keys() == {"caf\ufffd", LONG, ONE, TWO, "Zoe\u0308"}
    assert said["caf\ufffd"].startswith(
        f"the name of the folder {handed_in}/caf\ufffd is not UTF-8, as after"
    )
    assert said[LONG].startswith(f"the name of the folder {handed_in / LONG} has 140 characters, and a")
    assert said[ONE] == said[TWO]
    assert r"whose names look the same, 'Jos\xe9' and 'Jose\u0301'; keep one, with all" in said[ONE]
    assert r"the gradebook writes this name 'Zo\xeb', and the folder " in said["Zoe\u0308"]
    scores = scores_of(course, chapter)
    assert {student: row["td_errors"] for student, row in scores.items()} == dict.fromkeys(USABLE, 2)
    assert {outcome.state for outcome in grade(CHAPTER, course)} == {State.UNCHANGED, State.NOT_GRADED}
    every_other_verb(course, capsys)
    # what is said can be done: she is renamed, and graded
    subprocess.run(["sh", "-c", said["Zoe\u0308"].rpartition("grade again: ")[2]], check=True)
    assert [outcome.state for outcome in grade(CHAPTER, course, "Zo\xeb")] == [State.GRADED]


def every_other_verb(course, capsys):
    """Each prints their names, and stops at none of them."""
    everybody = ", ".join(sorted(ODD)).replace(LATIN, "caf\ufffd")
    status, lines = lines_of(capsys, course, "report", CHAPTER)
    assert status == 0 and f"handed in but not graded: {everybody}" in lines
    absent = ["../../etc", "Zo\xeb", "absent", *([] if course.db else ["r" * 300])]
    assert f"handed in nothing: {', '.join(sorted(absent))}" in lines
    status, lines = lines_of(capsys, course, "feedback", CHAPTER)
    assert status == 0 and not any("without a page" in line for line in lines)
    pages = {path.parent.parent.name for path in course.folder.glob("feedback/*/*/*.html")}
    assert pages == {*USABLE, *ODD}, "who is not graded has a page that says so"
    for name in (LATIN, TWO):
        status, lines = lines_of(capsys, course, "grade", CHAPTER, "--student", name)
        assert status == 1 and "NOT GRADED" in lines[0] and lines[1].startswith("1 NOT GRADED, in ")
    status, lines = lines_of(capsys, course, "release", CHAPTER)
    assert status == 0 and lines[0].startswith("released ")
    notebook = course.folder / "submitted" / LATIN / CHAPTER / f"{CHAPTER}.ipynb"
    status, lines = lines_of(capsys, course, "check", str(notebook))
    assert status == 0 and "/caf\ufffd/" in lines[0] and lines[-1] == "2 of 42 points"


def test_a_graded_notebook_of_such_a_name_costs_its_own_page_alone(course, tmp_path):
    """It lies there where somebody has renamed a folder, or another program has graded."""
    copied = Course(shutil.copytree(course.folder, tmp_path / "class"))
    for name in [name for name in [*ODD, *USABLE] if name != "ann"]:
        shutil.rmtree(copied.folder / "submitted" / name)
    list(grade(CHAPTER, copied))
    graded = copied.folder / "autograded"
    shutil.copytree(graded / "ann", graded / LATIN)
    pages = []
    with pytest.raises(
        FeedbackError, match=r"all other pages are written, but none for caf\ufffd \(the name of"
    ):
        pages.extend(feedback(CHAPTER, copied))
    assert (copied.folder / "feedback" / "ann" / CHAPTER / f"{CHAPTER}.html").is_file()


def test_what_lies_in_a_submission_may_be_called_anything(released, chapter):
    inside = hand_in(released, "ann", answer).parent
    for name in (
        b"d\xe9.py",
        b"\xe9\xff/t\xff.txt",
        b"ctl\x1b[31m.txt",
        b"new\nline.py",
        "Jose\u0301.txt".encode(),
    ):
        path = inside / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1\n", "utf-8")
    os.symlink("/etc/passwd", inside / os.fsdecode(b"l\xe9.txt"))
    (inside / f"{CHAPTER}.ipynb").rename(inside / os.fsdecode(b"e3\xe9.ipynb"))
    (outcome,) = grade(CHAPTER, released)
    assert (outcome.state, outcome.points) == (State.GRADED, 2)
    assert "from the notebook e3\ufffd.ipynb" in str(outcome)
    (page,) = feedback(CHAPTER, released)
    assert "e3\ufffd.ipynb" in page.read_text("utf-8")


def test_a_notebook_of_any_name_can_be_chosen_for_a_student_of_any_name(released):
    student, notebook = "\u042f" * 127, os.fsdecode(b"m\xe9.ipynb")
    path = hand_in(released, student, answer)
    shutil.copy(path, path.with_name(notebook))
    choose_notebook(CHAPTER, released, student, notebook)
    (outcome,) = grade(CHAPTER, released)
    assert (outcome.state, outcome.points) == (State.GRADED, 2)
    assert "from the notebook m\ufffd.ipynb" in str(outcome)


def test_a_folder_that_was_meant_to_be_the_chapters_is_named(released):
    path = hand_in(released, "ann").parent
    path.rename(path.with_name(f"{CHAPTER.upper()} "))
    hand_in(released, "ben")
    nothing = next(outcome for outcome in grade(CHAPTER, released) if outcome.student == "ann")
    assert nothing.state is State.NOTHING
    assert nothing.reason.endswith(f"(there is '{CHAPTER.upper()} '; rename it, and grade again)")


@pytest.mark.parametrize(
    ("folders", "roster", "refused"),
    [
        (["ann", "ann "], [], ["ann", "ann "]),
        (["ann", "an\u200bn"], [], ["ann", "an\u200bn"]),
        (["a b", "a\u00a0b"], [], ["a b", "a\u00a0b"]),
        (["\u212bke", "A\u030ake", "\xc5ke"], [], ["\u212bke", "A\u030ake", "\xc5ke"]),
        (["Ann", "ann"], ["ANN"], []),
        ([TWO], [], []),
        ([TWO], [ONE], [TWO]),
        ([TWO], [ONE, TWO], []),
        ([TWO, "ben"], ["ben ", "ben"], []),
        (["x" * 128, "\u042f" * 127], [], []),
        (["x" * 129], ["x" * 129], ["x" * 129]),
    ],
)
def test_who_is_refused(folders, roster, refused):
    """Letters that differ in case can be seen; and who is in the gradebook by this very name goes on."""
    assert sorted(unusable([Path("submitted", name) for name in folders], roster)) == sorted(refused)


def test_the_table_has_a_line_for_each_who_is_graded(course, chapter, tmp_path):
    """There she is not in the gradebook, so that her name is as good as another spelling of it."""
    copied = Course(shutil.copytree(course.folder, tmp_path / "class"))
    list(grade(CHAPTER, copied))
    lines = table(chapter, copied).splitlines()
    assert len(lines[2 : lines.index(lines[1], 2)]) == len([*USABLE, "Zoe\u0308"])
