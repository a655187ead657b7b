"""Two processes on one class at the same time, and a gradebook that another program has locked."""

import contextlib
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from autograder.classroom.course import Course
from autograder.desk.grade import grade
from autograder.desk.release import release
from tests import crowd
from tests.classes import CHAPTER

pytestmark = pytest.mark.heavy

STUDENTS = 3
PAIR_OPENS = """\
import sys, time
from pathlib import Path
from autograder.classroom.course import Course
from autograder.classroom.gradebook import GRADED
from sqlalchemy import select

course = Course(Path(sys.argv[1]), sys.argv[2])
course.config
print("ready", flush=True)
sys.stdin.readline()
with course.gradebook() as gradebook:
    print(gradebook.db.execute(select(GRADED)).all())
"""


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory, chapter) -> Course:
    return crowd.crowd(tmp_path_factory.mktemp("at once") / "class", chapter, STUDENTS)


@pytest.fixture(scope="module")
def right(handed_in, tmp_path_factory) -> dict:
    """What everybody gets where one process grades alone."""
    alone = crowd.copy_of(handed_in, tmp_path_factory.mktemp("at once") / "alone")
    list(grade(CHAPTER, alone))
    return crowd.exact_scores(alone)


@pytest.fixture
def shared(tmp_path, database_url) -> str:
    """The address of a gradebook that two class folders share, and that nobody has made yet."""
    return database_url or f"sqlite:///{tmp_path / 'shared.db'}"


def both(*commands: list[str]) -> list[crowd.Ended]:
    return [crowd.end_of(process) for process in [crowd.start(command) for command in commands]]


def assert_only_waited(ended: list[crowd.Ended]) -> None:
    """Assert that nothing was said but that one has waited for the other, if that."""
    lines = [line for each in ended for line in each.errors.splitlines()]
    beginnings = ("waiting for the gradebook ", "waiting until another process has done its ")
    assert [line for line in lines if not line.startswith(beginnings)] == []


def test_several_processes_that_make_one_gradebook_at_once_make_one(shared, tmp_path):
    for number in range(2):
        folder = tmp_path / str(number)
        db = shared if "postgresql" in shared and not number else f"sqlite:///{folder}.db"
        command = [sys.executable, "-c", PAIR_OPENS, str(folder), db]
        opening = [crowd.start(command, stdin=-1) for _ in range(3)]
        for process in opening:
            assert process.stdout.readline() == "ready\n"
        for process in opening:
            process.stdin.write("go\n")
            process.stdin.flush()
        ended = [crowd.end_of(process) for process in opening]
        assert [(each.status, each.output) for each in ended] == [(0, "[]\n")] * 3, ended
        assert_only_waited(ended)
        if "postgresql" in shared:
            return


def test_two_releases_and_two_first_gradings_of_one_class_folder_end_well(handed_in, right, tmp_path, shared):
    course = Course(crowd.copy_of(handed_in, tmp_path / "class").folder, shared)
    (course.folder / "gradebook.db").unlink()
    for verb in (("release", CHAPTER), ("grade", CHAPTER, "--workers", "2")):
        ended = both(*[crowd.command(course, *verb)] * 2)
        assert [each.status for each in ended] == [0, 0], ended
        assert_only_waited(ended)
    assert crowd.exact_scores(course) == right
    crowd.assert_one_row_each(course)
    assert crowd.keys_in_files(course) == crowd.keys_in_gradebook(course)


def two_folders(handed_in, tmp_path, shared, chapter) -> list[Course]:
    """Return two class folders with the same submissions and one gradebook that knows the chapter."""
    folders = [crowd.copy_of(handed_in, tmp_path / name).folder for name in ("one", "other")]
    courses = [Course(folder, shared) for folder in folders]
    release(chapter, courses[0])
    return courses


def assert_both_write_what_is_right(courses, right):
    ended = both(*(crowd.command(course, "grade", CHAPTER, "--workers", "2") for course in courses))
    assert [each.status for each in ended] == [0, 0], ended
    assert_only_waited(ended)
    assert crowd.exact_scores(courses[0]) == right
    crowd.assert_one_row_each(courses[0])


def test_two_first_gradings_into_one_gradebook_write_everybody_once(
    handed_in, right, tmp_path, shared, chapter
):
    """From two class folders, as on two machines: there no lock of a folder keeps them apart."""
    assert_both_write_what_is_right(two_folders(handed_in, tmp_path, shared, chapter), right)


def test_so_do_four_pairs(handed_in, right, tmp_path, shared, chapter):
    courses = two_folders(handed_in, tmp_path, shared, chapter)
    for _ in range(4):
        assert_both_write_what_is_right(courses, right)
        with courses[0].gradebook() as gradebook:
            for student in crowd.keys_in_files(courses[0]):
                gradebook.remove_student(student)


def test_a_report_beside_a_grading_is_one_of_before_or_after(handed_in, right, tmp_path):
    course = crowd.copy_of(handed_in, tmp_path / "class")
    grading = crowd.start(crowd.command(course, "grade", CHAPTER, "--workers", "2"))
    reports = 0
    while grading.poll() is None or not reports:
        ended = crowd.run(course, "report", CHAPTER)
        assert ended.status == 0, ended
        assert_only_waited([ended])
        reports += 1
    assert crowd.end_of(grading).status == 0
    assert crowd.exact_scores(course) == right


def holder(course: Course) -> contextlib.AbstractContextManager:
    """Hold the gradebook as another program does that is in the middle of changing it."""
    return held_server(course.db) if course.db else held_file(course.folder / "gradebook.db")


@contextlib.contextmanager
def held_file(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield
        database.rollback()


@contextlib.contextmanager
def held_server(url: str) -> Iterator[None]:
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE assignment, notebook, grade, autograder_graded")
        yield
        connection.rollback()


VERBS = [
    ("release", CHAPTER),
    ("grade", CHAPTER, "--workers", "2"),
    ("report", CHAPTER),
    ("feedback", CHAPTER, "--workers", "2"),
]


@pytest.fixture
def course(handed_in, chapter, tmp_path, database_url) -> Course:
    return crowd.copy_of(handed_in, tmp_path / "class", chapter if database_url else None, database_url)


def test_a_locked_gradebook_is_waited_for_with_a_sentence(course, right):
    with holder(course):
        process = crowd.start(crowd.command(course, "grade", CHAPTER, "--workers", "2"))
        said = process.stderr.readline()
        assert said.startswith("waiting for the gradebook ") and "another program has locked it" in said
        time.sleep(0.5)
        assert process.poll() is None
    assert crowd.end_of(process).status == 0
    assert crowd.exact_scores(course) == right


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_one_that_stays_locked_ends_every_verb_with_a_sentence_and_the_same_goes_on(course, verb, right):
    if verb[0] in ("report", "feedback"):
        list(grade(CHAPTER, course))
    before = tree(course.folder)
    with holder(course):
        ended = crowd.run(course, *verb, program=("tests.desk.impatient", "7"))
    lines = ended.errors.splitlines()
    assert len(lines) == 2, lines
    waited, given_up = lines
    assert ended.status == 1 and waited.startswith("waiting for the gradebook ")
    assert given_up.startswith("autograder: ") and ("lock timeout" in given_up or "locked" in given_up)
    assert tree(course.folder) == before
    assert crowd.run(course, *verb).status == 0
    if verb[0] != "release":
        assert crowd.exact_scores(course) == right


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files of a class, but the locks, the gradebook and those that are whole in any case."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in files if "gradebook" not in path.name
    }


def test_a_lock_ends_with_the_process_that_held_it(handed_in, tmp_path, right):
    course = crowd.copy_of(handed_in, tmp_path / "class")
    first = crowd.start(crowd.command(course, "grade", CHAPTER, "--workers", "2"))
    while not crowd.keys_in_files(course) and first.poll() is None:
        time.sleep(0.02)
    second = crowd.start(crowd.command(course, "grade", CHAPTER, "--workers", "2"))
    first.kill()
    first.communicate()
    assert crowd.end_of(second).status == 0
    assert crowd.exact_scores(course) == right
