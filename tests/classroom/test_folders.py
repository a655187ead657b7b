"""Class folders with names that are patterns, parts of an address or of a command to the programs we use."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from sqlalchemy import create_engine

from autograder.__main__ import main
from autograder.chapter.cells import ROOT
from autograder.classroom.course import Course
from autograder.classroom.folders import file_url
from autograder.desk.grade import State, grade
from autograder.desk.release import _empty_gradebook, release
from tests.classes import CHAPTER, answer, hand_in, scores_of

pytestmark = pytest.mark.heavy

ODD = ["RL [2026]", "RL?", "RL*", "*", "a%20b", """-x it's $HOME 50% {x} #1 "q\"""", "new\nline"]


def new_class(folder: Path, chapter) -> Course:
    """Make a class there, whose gradebook is made in a name that no program reads otherwise."""
    folder.mkdir(parents=True)
    (folder / "gradebook.db").write_bytes(_empty_gradebook())
    release(chapter, Course(folder))
    return Course(folder)


@pytest.mark.parametrize("name", ODD)
def test_a_class_is_kept_in_its_folder_and_nowhere_else(tmp_path, chapter, name):
    course = new_class(tmp_path / name, chapter)
    hand_in(course, "ann", answer)
    assert [(outcome.state, outcome.points) for outcome in grade(CHAPTER, course)] == [(State.GRADED, 2)]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    folders = {"release", "source", "submitted", "autograded", "rounds"}
    shown = {path.name for path in course.folder.iterdir() if not path.name.endswith(".lock")}
    assert shown == {"gradebook.db", "record.jsonl", *folders}


def test_a_gradebook_is_the_file_of_its_name_whatever_that_is(tmp_path):
    for number, name in enumerate([*ODD, "a?b", "a", "a b", "50%25", "50%", "x&y=z+1;"]):
        path = tmp_path / name
        engine = create_engine(file_url(path))
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE TABLE t{number} (x)")
        engine.dispose()
        assert path.is_file() and len(list(tmp_path.iterdir())) == number + 1, name


def test_two_classes_whose_names_begin_alike_share_nothing(tmp_path, chapter):
    first, second = (new_class(tmp_path / name, chapter) for name in ("RL?1", "RL?2"))
    hand_in(first, "ann", answer)
    hand_in(second, "ben")
    for course in (first, second):
        list(grade(CHAPTER, course))
    assert scores_of(first, chapter).keys() == {"ann"} and scores_of(second, chapter).keys() == {"ben"}


def test_a_gradebook_that_an_earlier_version_kept_elsewhere_is_not_forgotten(tmp_path, chapter, capsys):
    course = new_class(tmp_path / "RL?", chapter)
    elsewhere, path = tmp_path / "RL", course.folder / "gradebook.db"
    path.rename(elsewhere)  # there lay what `sqlite:////.../RL?/gradebook.db` named
    for verb in ("release", "grade", "report"):
        hand_in(course, "ann") if verb == "grade" else None
        assert main(["--course", str(course.folder), verb, CHAPTER]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and f"seems to be the file {elsewhere}" in said and f"to {path}" in said
        assert not path.exists()
    elsewhere.rename(path)
    assert [outcome.state for outcome in grade(CHAPTER, course)] == [State.GRADED]


def shell(command: str, folder: Path = ROOT) -> subprocess.CompletedProcess:
    """Let `sh` run a command that was printed, where `python` is that of this environment."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)


def printed(capsys, *arguments: str) -> str:
    """Run one of our verbs and return the command that it prints."""
    main([*arguments])
    said = "".join(capsys.readouterr())
    found = [line[line.index("python -m ") :] for line in said.splitlines() if "python -m " in line]
    assert len(found) == 1, said
    return found[0]


def test_the_commands_that_are_printed_do_in_a_shell_what_they_say(tmp_path, chapter, capsys):
    """From a class that is not there, by what is printed, to a page; its gradebook stands elsewhere."""
    folder = tmp_path / """it's 50% of "RL [2026]" for $HOME?"""
    url = file_url(tmp_path / "the gradebook's file")
    folder.mkdir()
    (tmp_path / "the gradebook's file").write_bytes(_empty_gradebook())
    ours = ["--course", str(folder), "--db", url]
    done = shell(printed(capsys, *ours, "report", CHAPTER))
    assert done.stdout.startswith("released ") and done.returncode == 0, done.stderr
    course = Course(folder, url)
    student = "-Zoë O'Hara; `id`"
    path = hand_in(course, student, answer)
    shutil.copy(path, path.with_name("mine.ipynb"))
    path.rename(path.with_name("yours.ipynb"))
    notebook = nbformat.read(path.with_name("yours.ipynb"), as_version=4)
    notebook.cells.pop()
    nbformat.write(notebook, path.with_name("yours.ipynb"))
    said = printed(capsys, *ours, "grade", CHAPTER, "--workers", "1")
    if "FILE" in said:  # several notebooks could count
        done = shell(said.replace("FILE", "mine.ipynb"))
        assert done.returncode == 0, done.stderr
        said = done.stdout.splitlines()[-1].partition(" by: ")[2]
    done = shell(said)
    assert done.returncode == 0, done.stderr
    page = folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html"
    assert done.stdout.startswith("wrote ") and page.is_file()
    assert not (folder / "gradebook.db").exists()
    assert scores_of(course, chapter)[student]["td_errors"] == 2


def test_a_sentence_about_no_release_carries_the_gradebook_in_use(tmp_path, chapter, capsys):
    course = new_class(tmp_path / "a b", chapter)
    url = file_url(tmp_path / "other's.db")
    (tmp_path / "other's.db").write_bytes(_empty_gradebook())
    hand_in(course, "ann", answer)
    ours = ["--course", str(course.folder), "--db", url]
    for verb in ("grade", "report"):
        command = printed(capsys, *ours, verb, CHAPTER)
        assert command.endswith(f" release {CHAPTER}")
    assert shell(command).returncode == 0
    assert main([*ours, "grade", CHAPTER, "--workers", "1"]) == 0
    assert scores_of(Course(course.folder, url), chapter)["ann"]["td_errors"] == 2


def test_a_folder_may_be_a_link_relative_and_end_with_a_slash(tmp_path, chapter, monkeypatch):
    course = new_class(tmp_path / "real [1]?", chapter)
    hand_in(course, "ann", answer)
    (tmp_path / "link").symlink_to(course.folder)
    monkeypatch.chdir(tmp_path)
    for name in (f"{tmp_path}/link", "link", "link/", "./real [1]?/", "link/../real [1]?"):
        assert main(["--course", name, "release", CHAPTER]) == 0
        assert main(["--course", name, "grade", CHAPTER, "--workers", "1"]) == 0
        assert main(["--course", name, "feedback", CHAPTER, "--workers", "1"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real [1]?"]
    assert scores_of(course, chapter)["ann"]["td_errors"] == 2


@pytest.mark.parametrize("verb", ["release", "grade", "report", "feedback", "example"])
def test_what_can_be_no_class_folder_is_refused_before_anything_is_written(tmp_path, capsys, verb):
    words = [verb] if verb == "example" else [verb, CHAPTER]
    (tmp_path / "file").write_text("mine", "utf-8")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name, said in [
        (os.fsdecode(b"caf\xe9"), "caf\ufffd, is not UTF-8, and no gradebook can be kept there; rename"),
        (
            os.fsdecode(b"caf\xe9/course"),
            "caf\ufffd/course, is not UTF-8, and no gradebook can be kept there",
        ),
        ("file", "file is not a folder; name the class folder with --course"),
        ("dangling", "dangling is not a folder; name the class folder with --course"),
    ]:
        assert main(["--course", f"{tmp_path}/{name}", *words]) == 1
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1, error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "file"]


def test_a_class_folder_without_a_name_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--course", "", "report", CHAPTER])
    assert "the name of the class folder is empty" in capsys.readouterr().err


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of what grading needs, in a folder whose name is a pattern and a part of an address."""
    folder = tmp_path / "RL? [2026] 50%25" / "calculus"
    folder.mkdir(parents=True)
    for name in ("autograder", "solutions", "book"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("nbgrader_config.py", "_config.yml", "_toc.yml", "Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_plain_nbgrader_works_below_such_a_folder_and_on_students_of_such_names(checkout, tmp_path, chapter):
    course = new_class(checkout / "course", chapter)
    for student in ("ann", "[x]", "new\nline", os.fsdecode(b"caf\xe9")):
        hand_in(course, student, answer)
    (course.folder / "submitted" / "ann" / CHAPTER / "left.pyc").touch()
    for arguments in (
        ["autograde", CHAPTER],
        ["generate_feedback", CHAPTER],
        ["export", "--to", "grades.csv"],
    ):
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert ("/submitted/caf\ufffd/" in done.stderr) is (arguments[0] == "autograde"), done.stderr
    assert scores_of(course, chapter) == dict.fromkeys(["[x]", "ann"], scores_of(course, chapter)["ann"])
    assert scores_of(course, chapter)["ann"]["td_errors"] == 2
    for student in ("ann", "[x]"):
        assert (course.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html").is_file()
    assert not (course.folder / "autograded" / "ann" / CHAPTER / "left.pyc").exists(), "nbgrader ignores it"
    with (checkout / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: (row["score"], row["state"]) for row in csv.DictReader(file)}
    left_out = dict.fromkeys(["new\nline", "caf\ufffd"], ("", "not graded"))
    assert rows == dict.fromkeys(["[x]", "ann"], ("2", "graded")) | left_out
    assert [path.name for path in tmp_path.iterdir()] == ["RL? [2026] 50%25"]
    assert sorted(path.name for path in course.folder.glob("autograded/*")) == ["[x]", "ann"], (
        "README says so"
    )
    again = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", CHAPTER, "--student", "[x]", "--force"],
        cwd=checkout,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0 and "ann" not in again.stderr


MAKE_NAMES = ["RL 2026", "it's $HOME", '"q" `id` #1', "a\\b$(c", "RL [2026]?"]


@pytest.mark.parametrize("name", MAKE_NAMES)
def test_make_hands_on_a_class_folder_as_it_is_called(tmp_path, name):
    """The Makefile itself, with a Python that tells what it was asked for."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("""#!/bin/sh\nprintf '%s\\0' "$@"\n""", "utf-8")
    python.chmod(0o755)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / ".venv" / ".installed").touch()
    for verb in ("release", "grade", "feedback", "report"):
        for given in ([f"COURSE={name}", "CHAPTER=e3 'x'"], [f"COURSE={name}"]):
            done = subprocess.run(["make", "-s", verb, *given], cwd=tmp_path, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            words = done.stdout.split("\0")[:-1]
            assert words[:4] == ["-m", "autograder", f"--course={name}", verb]
            chapters = ["e3", "'x'"] if verb == "release" else ["e3 'x'"]
            usual = [] if verb == "release" else [CHAPTER]
            assert words[4:] == (chapters if len(given) == 2 else usual)
    environment = os.environ | {"COURSE": name}
    done = subprocess.run(
        ["make", "-s", "report"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert f"--course={name}" in done.stdout.split("\0")


def test_nbgrader_finds_the_gradebook_of_a_folder_that_the_settings_name(tmp_path, chapter, monkeypatch):
    monkeypatch.delenv("NBGRADER_DB_URL", raising=False)
    course = new_class(tmp_path / "RL? 50%20", chapter)
    settings = tmp_path / "settings"
    settings.mkdir()
    text = (
        (ROOT / "nbgrader_config.py")
        .read_text("utf-8")
        .replace("Path(__file__).resolve().parent", repr(str(ROOT)))
    )
    more = f"c.CourseDirectory.root = {str(course.folder)!r}\n"
    (settings / "nbgrader_config.py").write_text(text + more, "utf-8")
    done = shell("python -m nbgrader export --to grades.csv", settings)
    assert done.returncode == 0, done.stderr
    hand_in(course, "ann", answer)
    list(grade(CHAPTER, course))
    assert shell("python -m nbgrader export --to grades.csv", settings).returncode == 0
    assert ",ann,,,,2,0,2,42,graded" in (settings / "grades.csv").read_text("utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {course.folder.name, "settings"}
