"""`check`: the verdicts on one notebook in the terminal, and nothing else in the world is changed."""

import shutil
import zipfile

import nbformat
import pytest

from autograder.classroom.course import Course
from autograder.desk.check import CheckError, check
from autograder.desk.grade import grade
from autograder.exercises import EXERCISES
from tests.classes import CHAPTER, TD_ERRORS, answer, cell, hand_in, notebook_path, run_module, scores_of


def right_and_wrong(notebook):
    cell(notebook, "td_errors").source = TD_ERRORS
    cell(notebook, "td_target").source = (
        "from helper import best\n\n"
        "def td_target(rewards, next_q, terminated, gamma):\n"
        "    return rewards + gamma * best(next_q)"
    )


def tree(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def submission(released):
    """A submission that needs a file beside it, and another one in a folder of its own."""
    path = hand_in(released, "ann", right_and_wrong)
    path.with_name("helper.py").write_text("from tools.most import best\n", "utf-8")
    path.with_name("tools").mkdir()
    path.with_name("tools").joinpath("most.py").write_text("def best(q):\n    return q.max(axis=1)\n")
    return path


def test_the_ladder_is_printed_and_no_file_of_the_class_changes(released, submission):
    before = tree(released.folder)
    done = run_module("autograder", "--course", str(released.folder), "check", str(submission))
    assert done.returncode == 0, done.stderr
    assert f"{CHAPTER}, with hidden cases that were drawn for this check" in done.stdout
    assert "td_errors: 2 of 2 points, 6 of 6 cases right" in done.stdout
    named = [each.sentence for each in EXERCISES["td_target"].misconceptions if each.sentence in done.stdout]
    assert len(named) == 1 and f"Hint: {named[0]}" in done.stdout
    assert "Not attempted" in done.stdout
    assert "\n2.25 of 42 points\n" in done.stdout
    assert "explain_time_limits: not answered, 4 points possible" in done.stdout
    assert tree(released.folder) == before


def test_where_a_round_has_begun_the_check_says_what_the_grading_said(released, submission, chapter):
    list(grade(CHAPTER, released))
    graded = nbformat.read(notebook_path(released, "autograded", "ann"), as_version=4)
    said = cell(graded, "test_td_target").outputs[0].data["text/plain"]
    released.new_round(CHAPTER)
    first, now = ("\n".join(check(submission, released, None, number)) for number in (1, None))
    assert "with the hidden cases of round 1 (seed " in first and said in first
    assert "with the hidden cases of round 2 (seed " in now and said not in now
    total = sum(filter(None, scores_of(released, chapter)["ann"].values()))
    assert f"\n{total:g} of 42 points" in first


@pytest.mark.parametrize("name", [f"{CHAPTER} (1).ipynb", f"{CHAPTER}-2.ipynb", "mine.ipynb"])
def test_the_chapter_of_a_renamed_notebook_is_found(released, submission, tmp_path, name):
    shutil.copy(submission, tmp_path / name)
    assert CHAPTER in next(check(tmp_path / name, released))


def test_a_file_in_the_way_of_a_folder_of_the_chapters_is_named(released, submission):
    shutil.rmtree(submission.with_name("figures"))
    submission.with_name("figures").write_text("what is drawn", "utf-8")
    lines = "\n".join(check(submission, released))
    assert "Not used: figures. The chapter's own was taken in its place" in lines
    assert "td_errors: 2 of 2 points" in lines


def test_a_notebook_of_nothing_is_asked_for_its_chapter(tmp_path):
    path = tmp_path / "mine.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    with pytest.raises(CheckError, match="holds no exercise of a chapter; say which: --chapter"):
        list(check(path, Course(tmp_path)))


@pytest.mark.parametrize(("text", "reason"), [(None, "there is no notebook"), ("{", "is cut off")])
def test_what_is_no_notebook_is_a_sentence(tmp_path, text, reason):
    path = tmp_path / f"{CHAPTER}.ipynb"
    if text:
        path.write_text(text, "utf-8")
    with pytest.raises(CheckError, match=reason):
        list(check(path, Course(tmp_path)))


def test_what_lies_beside_is_read_as_grading_reads_it(released, submission, tmp_path):
    """A link is not followed, and of a file that is too large no byte is copied."""
    secret = tmp_path / "secret.py"
    secret.write_text("def best(q):\n    return q.max(axis=1)\n", "utf-8")
    submission.with_name("helper.py").unlink()
    submission.with_name("helper.py").symlink_to(secret)
    with submission.with_name("sparse.bin").open("wb") as sparse:
        sparse.truncate(10**12)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(submission, elsewhere / "mine.ipynb")
    (elsewhere / "helper.py").symlink_to(secret)
    for path in (submission, elsewhere / "mine.ipynb"):
        said = "\n".join(check(path, released))
        assert "No module named 'helper'" in said and "\n2 of 42 points" in said


@pytest.mark.parametrize("what", ["link", "sparse"])
def test_a_notebook_that_grading_would_not_read_is_a_sentence(released, submission, tmp_path, what):
    path = tmp_path / f"{CHAPTER}.ipynb"
    if what == "link":
        path.symlink_to(submission)
        reason = "is a link; links are not followed"
    else:
        with path.open("wb") as sparse:
            sparse.truncate(10**12)
        reason = "cannot be read: it is larger than 50 megabytes"
    with pytest.raises(CheckError, match=f"{CHAPTER}.ipynb {reason}"):
        list(check(path, released))


@pytest.mark.parametrize("name", [f"{CHAPTER}.py", "mine.txt", "mine"])
def test_a_file_that_is_no_notebook_is_refused_by_its_own_name(released, tmp_path, name):
    file = tmp_path / name
    file.write_text("def td_errors():\n    return 1\n", "utf-8")
    with pytest.raises(CheckError) as raised:
        list(check(file, released, CHAPTER))
    said = f"{file} is no notebook; check takes a notebook, or a zip archive with one"
    assert str(raised.value) == said


def test_a_broken_notebook_is_named_as_it_is_called(released, tmp_path):
    file = tmp_path / "mine.ipynb"
    file.write_text("hello", "utf-8")
    with pytest.raises(CheckError, match=r"^The file mine\.ipynb is no notebook: "):
        list(check(file, released, CHAPTER))


def test_an_archive_is_checked_as_it_would_be_graded(released, tmp_path):
    path = hand_in(released, "ann", answer)
    archive = tmp_path / "mine.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.write(path, f"{CHAPTER}/{CHAPTER}.ipynb")
    with pytest.raises(CheckError, match="called like no chapter; say which: --chapter CHAPTER"):
        list(check(archive, released))
    said = "\n".join(check(archive, released, CHAPTER))
    assert "td_errors: 2 of 2 points" in said
    assert "under the name of a notebook" not in said
