"""Grading on a Dask cluster of real processes: the same scores, whatever becomes of the workers."""

import shutil
from pathlib import Path

import pytest

from autograder.chapter.cells import ROOT
from autograder.classroom.course import Course
from autograder.desk.feedback import feedback
from autograder.desk.grade import grade
from autograder.running.workers import local
from tests import crowd
from tests.classes import CHAPTER, run_module
from tests.running.dask_cluster import Cluster

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def large(tmp_path_factory, chapter) -> Course:
    return crowd.crowd(tmp_path_factory.mktemp("cluster") / "class", chapter, 8)


@pytest.fixture(scope="module")
def right(large, tmp_path_factory) -> crowd.Facts:
    """What comes out where this machine alone does it, in one go."""
    alone = crowd.copy_of(large, tmp_path_factory.mktemp("cluster") / "alone")
    list(grade(CHAPTER, alone, workers=local(2)))
    list(feedback(CHAPTER, alone, workers=local(2)))
    return crowd.facts(alone)


@pytest.fixture(scope="module")
def cluster(large, tmp_path_factory):
    """Two workers, which cannot open what lies in the folder of the tests' classes."""
    folder = tmp_path_factory.mktemp("dask") / "here"
    with Cluster(folder, 2, forbidden=tmp_path_factory.getbasetemp() / "classes") as started:
        yield started


@pytest.fixture
def course(large, tmp_path_factory, request) -> Course:
    """A copy of the class, where the workers cannot look."""
    folder = tmp_path_factory.getbasetemp() / "classes"
    folder.mkdir(exist_ok=True)
    return crowd.copy_of(large, folder / request.node.name)


def by_cluster(course, address, *verb):
    return crowd.run(course, *verb, "--scheduler", address)


def say_nothing_but(ended, sentence):
    """Assert that a command has failed with one sentence and nothing beside it."""
    assert ended.status == 1
    assert ended.errors.count("\n") == 1 and ended.errors.startswith("autograder: "), ended.errors
    assert sentence in ended.errors


def test_a_cluster_gives_what_this_machine_gives_to_the_last_digit(course, right, cluster):
    assert by_cluster(course, cluster.address, "grade", CHAPTER).status == 0
    assert by_cluster(course, cluster.address, "feedback", CHAPTER).status == 0
    assert crowd.facts(course) == right


def test_a_scheduler_without_workers_and_an_address_that_is_none_are_one_sentence_each(course, tmp_path):
    with Cluster(tmp_path / "dask", workers=0) as idle:
        say_nothing_but(
            by_cluster(course, idle.address, "grade", CHAPTER), "has no workers; start some first"
        )
    say_nothing_but(by_cluster(course, "nothing://here", "grade", CHAPTER), "no Dask scheduler answers at")


def test_plain_nbgrader_gives_the_same_scores_too(course, right, tmp_path):
    """It cannot read a broken file, so it is given the others."""
    for broken in course.folder.glob("submitted/broken-file*"):
        shutil.rmtree(broken)
    done = run_module("nbgrader", "autograde", CHAPTER, f"--CourseDirectory.root={course.folder}")
    assert done.returncode == 0, done.stderr
    plain = crowd.exact_scores(course)
    assert plain == {student: right.scores[student] for student in plain} and len(plain) == 6


@pytest.mark.parametrize("killed", [1, 2], ids=["one", "both"])
def test_workers_that_are_killed_in_mid_run_come_back_and_every_score_is_right(
    course, right, cluster, killed
):
    grader = crowd.start(crowd.command(course, "grade", CHAPTER, "--json", "--scheduler", cluster.address))
    crowd.wait_for_files(course, grader, 2)
    before = cluster.worker_processes()
    assert len(before) == 2
    for process in before[:killed]:
        process.kill()
    ended = crowd.end_of(grader)
    assert (ended.status, ended.errors) == (0, "")
    by_cluster(course, cluster.address, "feedback", CHAPTER)
    assert crowd.facts(course) == right
    assert len(set(cluster.worker_processes()) - set(before)) == killed, "its nanny has started another"


def test_a_scheduler_that_dies_in_mid_run_is_one_sentence_and_the_same_command_goes_on(
    course, right, tmp_path
):
    with Cluster(tmp_path / "first") as dies:
        grader = crowd.start(crowd.command(course, "grade", CHAPTER, "--json", "--scheduler", dies.address))
        crowd.wait_for_files(course, grader, 2)
        dies.scheduler.kill()
        ended = crowd.end_of(grader)
    say_nothing_but(ended, "is lost; nothing that was graded is lost")
    done = crowd.keys_in_gradebook(course)
    assert done
    with Cluster(tmp_path / "second") as lives:
        again = by_cluster(course, lives.address, "grade", CHAPTER, "--json")
        assert by_cluster(course, lives.address, "feedback", CHAPTER).status == 0
    assert {student for student, state in again.outcomes.items() if state == "unchanged"} == set(done)
    assert crowd.facts(course) == right


def test_a_worker_with_other_files_refuses_and_says_so(course, tmp_path):
    other = tmp_path / "other"
    for part in ("autograder", "solutions", "book"):
        shutil.copytree(ROOT / part, other / part, ignore=shutil.ignore_patterns("__pycache__"))
    for settings in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / settings, other)
    with (other / "solutions" / "__init__.py").open("a") as file:
        file.write("# the same to a reader, another file to us\n")
    with Cluster(tmp_path / "dask", workers=0) as mixed:
        mixed.start_workers(1, other)
        ended = by_cluster(course, mixed.address, "grade", CHAPTER)
    say_nothing_but(ended, "a worker grades with another version of this course; give it the same files")
    assert crowd.keys_in_gradebook(course) == {}


def test_a_cluster_without_the_course_and_a_scheduler_that_does_not_answer_are_one_sentence_each(
    course, tmp_path
):
    with Cluster(tmp_path / "dask", workers=0, root=Path("/nowhere")) as strange:
        strange.start_workers(1, Path("/nowhere"))
        ended = by_cluster(course, strange.address, "grade", CHAPTER)
    say_nothing_but(ended, "start the scheduler and the workers with this course's folder as PYTHONPATH")
    say_nothing_but(by_cluster(course, "tcp://127.0.0.1:1", "grade", CHAPTER), "no Dask scheduler answers at")
