"""A machine that cannot isolate: a sentence; and with --unsafe-no-isolation, results that say so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.chapter.cells import ROOT
from autograder.desk.report import table
from tests.classes import CHAPTER
from tests.conftest import lacking
from tests.hostile.batch import (
    HONEST,
    NEIGHBOURS,
    UNHARMED,
    grade_watched,
    hand_in_all,
    new_class,
    submissions,
)

pytestmark = pytest.mark.heavy

FOLDER = Path(__file__).parent / "trusted"
NO_NAMESPACES = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"'
NO_UNSHARE = """\
import os, sys
import pyseccomp
rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
rules.add_rule(pyseccomp.ERRNO(1), "unshare")
rules.load()
os.execv(sys.argv[1], sys.argv[1:])
"""
IMPOSSIBLE = {
    "no user namespaces": ("unshare", "--user", "--map-root-user", "sh", "-c", NO_NAMESPACES, "sh"),
    "a container's filter": (sys.executable, "-c", NO_UNSHARE),
}
"""Commands that start another where the kernel lets nobody isolate anything: real ones, no mocks."""


@pytest.fixture(autouse=True, scope="module")
def _only_where_it_can_be_forbidden():
    if not (sys.platform == "linux" and shutil.which("unshare")):
        lacking("the command unshare is missing")


@pytest.fixture(params=IMPOSSIBLE)
def impossible(request):
    return IMPOSSIBLE[request.param]


def test_where_nobody_can_be_isolated_nobody_is_graded_and_a_sentence_says_what_to_do(
    tmp_path, chapter, impossible
):
    course = new_class(tmp_path, chapter)
    hand_in_all(course, FOLDER)
    batch = grade_watched(course, chapter, command=impossible)
    assert batch.status == 1
    said = batch.said.strip()
    assert said.startswith("autograder: submissions cannot be isolated on this machine: ")
    assert "namespaces" in said and said.endswith("with --unsafe-no-isolation") and "\n" not in said
    assert (batch.outcomes, batch.points, batch.left) == ({}, {}, [])
    assert not (course.folder / "autograded").exists()


def test_a_course_inside_the_environment_of_its_python_is_not_shown_to_submissions(tmp_path, chapter):
    course, inside = new_class(tmp_path, chapter), tmp_path / "inside"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(inside)], check=True)
    (packages,) = inside.glob("lib/*/site-packages")
    (packages / "theirs.pth").write_text(str(Path(nbformat.__file__).parents[1]))
    for name in ("autograder", "solutions", "book"):
        shutil.copytree(ROOT / name, inside / name)
    for name in ("nbgrader_config.py", "_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, inside / name)
    command = [inside / "bin" / "python", "-m", "autograder", "--course", course.folder, "grade", CHAPTER]
    done = subprocess.run(command, cwd=inside, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"the course lies in {inside}, all of which submissions can read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def batch(tmp_path_factory, chapter):
    course = new_class(tmp_path_factory.mktemp("unsafe"), chapter)
    hand_in_all(course, FOLDER)
    command = IMPOSSIBLE["no user namespaces"]
    return grade_watched(course, chapter, command=command, more=["--unsafe-no-isolation"])


@pytest.mark.parametrize("check", UNHARMED, ids=lambda check: check.__name__)
def test_the_machine_and_the_neighbours_are_unharmed(batch, check):
    check(batch)


@pytest.mark.parametrize("name", submissions(FOLDER))
def test_without_isolation_a_right_function_gets_its_points_too(batch, name):
    assert batch.points[name] == batch.deserved(**HONEST)


def test_the_folder_of_a_submission_vanishes(batch):
    found = batch.printed("leaves_processes")
    assert len(found["processes"]) == 4 and not os.path.exists(found["folder"])


def test_the_results_say_that_nobody_was_isolated(batch, chapter):
    assert batch.summary["summary"]["isolated"] is False
    assert f"graded without isolation: {', '.join(sorted(batch.points))}" in table(chapter, batch.course)
    for student in batch.outcomes:
        assert batch.graded(student).metadata["autograder"]["isolated"] is False


def test_the_output_for_people_says_so_too(batch, chapter):
    command = IMPOSSIBLE["no user namespaces"]
    again = grade_watched(
        batch.course, chapter, command=command, more=["--unsafe-no-isolation"], is_for_people=True
    )
    assert "graded WITHOUT ISOLATION, as --unsafe-no-isolation asks for; the results say so" in again.output


def test_with_isolation_everybody_is_graded_again_and_the_mark_is_gone(batch, chapter):
    if os.geteuid() == 0 or Path("/proc/sys/user/max_user_namespaces").read_text().strip() != "0":
        again = grade_watched(batch.course, chapter)
        assert {again.outcomes[name]["state"] for name in NEIGHBOURS} == {"graded"}
        assert "without isolation" not in table(chapter, batch.course)
