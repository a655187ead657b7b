"""A full disk and a read-only one, for every verb: one sentence, nothing half-written, then it goes on."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from nbgrader.api import Gradebook

from autograder.chapter.cells import ROOT
from autograder.classroom.course import Course
from autograder.classroom.keeping import FolderError, alone, in_a_sentence, write_whole
from autograder.desk import site
from autograder.desk.feedback import feedback
from autograder.desk.grade import grade
from autograder.desk.release import release
from tests import crowd, postgres
from tests.classes import CHAPTER, hand_in, notebook_path, released_class
from tests.conftest import lacking
from tests.desk import small_disk
from tests.desk.small_disk import SmallDisk

pytestmark = pytest.mark.heavy

NOTEBOOK = f"submitted/ann/{CHAPTER}/{CHAPTER}.ipynb"
VERBS = {
    "release": ("release", CHAPTER),
    "grade": ("grade", CHAPTER, "--force"),
    "feedback": ("feedback", CHAPTER),
}
"""What writes to the class folder."""
READING = {"report": ("report", CHAPTER), "check": ("check", NOTEBOOK)}
FULL = 0
ROOM_FOR_A_PART = 16_000
"""Bytes in which the first small files fit, and no notebook."""


@pytest.fixture(scope="module", autouse=True)
def _a_small_disk_can_be_had():
    if reason := small_disk.missing():
        lacking(reason)


@pytest.fixture(scope="module")
def graded(tmp_path_factory, chapter) -> Course:
    """A class with one student, who is graded and has a page."""
    course = released_class(tmp_path_factory.mktemp("disk") / "class", chapter)
    hand_in(course, "ann")
    list(grade(CHAPTER, course))
    list(feedback(CHAPTER, course))
    return course


@pytest.fixture
def disk(graded, tmp_path):
    """A small disk on which the class lies."""
    with small_disk.small_disk(tmp_path / "disk", "8m") as mounted:
        shutil.copytree(graded.folder, mounted.seen / "class")
        yield mounted


def run(disk: SmallDisk, *arguments: str, db: str = "", output: object = subprocess.PIPE) -> crowd.Ended:
    """Run one of our verbs in the class on the disk."""
    own = [
        arguments[0],
        *(str(disk.folder / "class" / each) if each == NOTEBOOK else each for each in arguments[1:]),
    ]
    command = crowd.command(Course(disk.folder / "class", db), *own)
    return crowd.end_of(crowd.start(disk.inside(*command), stdout=output))


def content(disk: SmallDisk) -> dict[str, bytes | str]:
    """Return all that lies in the class, but the locks, and the gradebook as SQL."""
    paths = [path for path in (disk.seen / "class").rglob("*") if not path.name.endswith(".lock")]
    return {
        str(path): path.read_bytes() if path.is_file() and path.name != "gradebook.db" else ""
        for path in paths
    }


def scores(disk: SmallDisk, db: str) -> dict:
    with TemporaryDirectory() as folder:  # SQLite resolves links, and would leave the disk
        copy = shutil.copy(disk.seen / "class" / "gradebook.db", folder)
        with Gradebook(db or f"sqlite:///{copy}") as gradebook:
            return {
                each.student.id: (each.score, each.timestamp)
                for each in gradebook.assignment_submissions(CHAPTER)
            }


def assert_refused(disk: SmallDisk, verb: tuple, db: str, why: tuple[str, ...]) -> None:
    before, points = content(disk), scores(disk, db)
    ended = run(disk, *verb, db=db)
    assert ended.status == 1 and ended.errors.count("\n") == 1, ended
    assert ended.errors.startswith("autograder: ") and any(each in ended.errors for each in why), ended
    after = content(disk)
    if verb[0] == "feedback":  # an old page that nobody could replace is moved away, and the sentence says so
        before, after = ({k: v for k, v in some.items() if "/feedback" not in k} for some in (before, after))
    assert after == before and scores(disk, db) == points


@pytest.fixture
def db(database_url, disk, chapter, monkeypatch) -> str:
    """The gradebook: in the file on the disk, or on a server that has room."""
    if database_url:
        ended = run(disk, "release", CHAPTER, db=database_url), run(disk, "grade", CHAPTER, db=database_url)
        assert [each.status for each in ended] == [0, 0], ended
    return database_url


NO_SPACE = ("No space left on device", "database or disk is full", "disk I/O error")
SERVER_FULL = ("No space left on device", "could not write init file")
"""What the server says; the second already where somebody connects after it was started anew."""
READ_ONLY = ("Read-only file system", "readonly database", "unable to open database file")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("left", [FULL, ROOM_FOR_A_PART])
def test_a_full_disk_is_one_sentence_and_the_same_command_goes_on_when_there_is_room(disk, db, verb, left):
    disk.fill(left)
    assert_refused(disk, VERBS[verb], db, NO_SPACE)
    disk.make_room()
    assert run(disk, *VERBS[verb], db=db).status == 0
    assert run(disk, *READING["report"], db=db).status == 0


@pytest.mark.parametrize("verb", VERBS)
def test_a_read_only_class_is_one_sentence_and_can_still_be_read(disk, db, verb):
    disk.mount_again("ro")
    assert_refused(disk, VERBS[verb], db, READ_ONLY)
    for reading in READING.values():
        assert run(disk, *reading, db=db).status == 0
    disk.mount_again("rw")
    assert run(disk, *VERBS[verb], db=db).status == 0


def test_an_export_that_has_no_room_leaves_the_old_one_and_is_one_sentence(disk):
    disk.fill(FULL)
    old = disk.seen / "class" / "grades.csv"
    to, root = disk.folder / "class" / "grades.csv", disk.folder / "class"
    command = [sys.executable, "-m", "nbgrader", "export", f"--to={to}", f"--CourseDirectory.root={root}"]
    for options in ("rw", "ro"):
        disk.mount_again(options)
        ended = crowd.end_of(crowd.start(disk.inside(*command)))
        assert ended.status == 1 and "the grades are not exported: " in ended.errors
        assert "Traceback" not in ended.errors and not old.exists()
    disk.mount_again("rw")
    disk.make_room()
    assert crowd.end_of(crowd.start(disk.inside(*command))).status == 0
    assert len(old.read_text("utf-8").splitlines()) == 2


class CrampedServer(postgres.Server):
    """A database server whose data lie on a small disk; its socket does not, so that everybody reaches it."""

    disk: SmallDisk | None = None

    def move_to(self, disk: SmallDisk) -> None:
        """Continue on a disk that is mounted where the data lie."""
        subprocess.run(["cp", "-a", f"{self._data}.old/.", disk.seen], check=True)
        os.chown(disk.seen, self._as_user["user"], self._as_user["group"])
        disk.seen.chmod(0o700)
        self.disk = disk

    def set_data_aside(self) -> Path:
        """Stop, and return the empty folder in which the data are expected."""
        self.stop()
        self._data.rename(f"{self._data}.old")
        self._data.mkdir()
        return self._data

    def _run(self, name: str, *options: str) -> subprocess.Popen:
        if self.disk is None:
            return super()._run(name, *options)
        user, group = self._as_user["user"], self._as_user["group"]
        other = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--"]
        command = self.disk.inside(*other, str(postgres._programs() / name), "-D", str(self._data), *options)
        with self._log.open("a") as log:
            return subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)


def test_a_server_whose_disk_is_full_is_one_sentence_and_the_same_command_goes_on(graded, chapter, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can start a server as another user on a disk of its own")
    if reason := postgres.missing():
        lacking(reason)
    course = Course(shutil.copytree(graded.folder, tmp_path / "class"))
    for number in range(12):
        shutil.copytree(course.folder / "submitted" / "ann", course.folder / "submitted" / f"ann-{number}")
    with CrampedServer() as server:
        course = Course(course.folder, server.new_database())
        release(chapter, course)
        with small_disk.small_disk(server.set_data_aside(), "200m") as disk:
            server.move_to(disk)
            server.start()
            disk.fill(FULL)
            ended = crowd.run(course, "grade", CHAPTER, "--workers", "2")
            assert ended.status == 1 and any(each in ended.errors for each in SERVER_FULL), ended
            assert ended.errors.count("\n") == 1 and ended.errors.startswith("autograder: the gradebook ")
            disk.make_room()
            server.start()  # where it has ended itself
            assert crowd.run(course, "grade", CHAPTER, "--workers", "2").status == 0
            with course.gradebook() as gradebook:
                points = {each.score for each in gradebook.assignment_submissions(CHAPTER)}
                assert len(gradebook.students) == 13 and points == {0}
            server.stop()


def test_a_full_disk_that_the_table_is_written_to_is_one_sentence(disk):
    with Path("/dev/full").open("w") as full:
        ended = run(disk, *READING["report"], output=full)
    assert ended.status == 1
    assert ended.errors.startswith("autograder: the output cannot be written (No space left on device); ")
    assert ended.errors.count("\n") == 1


def test_a_first_release_without_room_leaves_no_gradebook_and_then_goes_on(disk):
    shutil.rmtree(disk.seen / "class")
    disk.fill(FULL)
    ended = run(disk, "release", CHAPTER)
    assert ended.status == 1 and ended.errors.count("\n") == 1, ended
    assert any(each in ended.errors for each in NO_SPACE)
    left = [path.name for path in (disk.seen / "class").rglob("*") if not path.name.endswith(".lock")]
    assert left == []
    disk.make_room()
    assert run(disk, "release", CHAPTER).status == 0
    assert notebook_path(Course(disk.seen / "class"), "release").is_file()


def on_the_disk(disk: SmallDisk, do: Callable[[Path], None]) -> str:
    with pytest.raises(FolderError) as error, in_a_sentence(disk.seen):
        do(disk.seen / "class")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_file_is_written_whole_or_the_old_one_stands(disk):
    old = disk.seen / "class" / "choices" / "ann.json"
    write_whole(old, "the old one")
    disk.fill(FULL)
    said = on_the_disk(disk, lambda _: write_whole(old, "x" * 100_000))
    assert "cannot be written (No space left on device); nothing is half-written" in said
    assert [path.name for path in old.parent.iterdir()] == ["ann.json"] and old.read_text() == "the old one"
    disk.make_room()
    write_whole(old, "x" * 100_000)
    assert old.stat().st_size == 100_000


def test_a_download_of_the_site_is_packed_whole_or_not_at_all(disk, chapter, monkeypatch):
    downloads = disk.seen / "notebooks"
    monkeypatch.setattr(site, "DOWNLOADS", downloads)
    disk.fill(ROOM_FOR_A_PART)
    on_the_disk(disk, lambda _: site._student_archive(chapter, ROOT))
    assert list(downloads.iterdir()) == []
    disk.make_room()
    site._student_archive(chapter, ROOT)
    (packed,) = downloads.iterdir()
    assert zipfile.ZipFile(packed).testzip() is None


def test_a_lock_that_cannot_be_made_names_the_folder(disk):
    disk.mount_again("ro")

    def lock(folder):
        with alone(folder, "work"):
            raise AssertionError("nobody works here")

    said = on_the_disk(disk, lock)
    assert f"{disk.seen}/class/.work.lock cannot be written (Read-only file system)" in said


def test_another_error_of_the_system_is_none_of_a_disk(tmp_path):
    with pytest.raises(FileNotFoundError), in_a_sentence(tmp_path):
        (tmp_path / "nothing").read_text()
