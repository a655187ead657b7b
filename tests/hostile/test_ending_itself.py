"""Submissions that end their process, or everything, or nothing at all."""

import contextlib
import os
import time
from pathlib import Path

import psutil
import pytest

from tests.hostile.batch import (
    HONEST,
    UNHARMED,
    gathers_orphans,
    grade_watched,
    hand_in_all,
    new_class,
    start,
    submissions,
)

pytestmark = pytest.mark.heavy

FOLDER = Path(__file__).parent / "ending_itself"


@pytest.fixture(scope="module")
def batch(tmp_path_factory, chapter):
    course = new_class(tmp_path_factory.mktemp("ending"), chapter)
    hand_in_all(course, FOLDER)
    return grade_watched(course, chapter)


@pytest.mark.parametrize("check", UNHARMED, ids=lambda check: check.__name__)
def test_the_machine_and_the_neighbours_are_unharmed(batch, check):
    check(batch)


@pytest.mark.parametrize("name", submissions(FOLDER))
def test_whoever_ends_the_process_keeps_the_points_of_a_right_function(batch, name):
    assert batch.points[name] == batch.deserved(**HONEST)


@pytest.mark.parametrize("name", ["aborts", "exits_in_a_call", "hangs_up", "reads_from_address_zero"])
def test_the_verdict_says_what_the_call_did(batch, name):
    said = "".join(str(cell.get("outputs", "")) for cell in batch.graded(name).cells)
    assert "the call ended the whole Python process" in said


def grading(grader):
    """Return the processes of a grader and those of submissions, which live in a world of their own."""
    ours, theirs = [psutil.Process(grader.pid)], []
    for each in ours[0].children(recursive=True):
        with contextlib.suppress(OSError):
            is_ours = os.readlink(f"/proc/{each.pid}/ns/pid") == os.readlink("/proc/self/ns/pid")
            (ours if is_ours else theirs).append(each)
    return ours, theirs


@pytest.mark.parametrize("whom", ["the grader", "all that belongs to it"])
def test_a_submission_ends_when_the_grader_is_killed(tmp_path, chapter, whom):
    course = new_class(tmp_path, chapter, neighbours=())
    hand_in_all(course, FOLDER.with_name("orphans"))
    with gathers_orphans() as left:
        grader = start(course, {"timeout": 100, "notebook_timeout": 200})
        until = time.monotonic() + 60
        while len(grading(grader)[1]) < 2:  # it has forked
            assert time.monotonic() < until and grader.poll() is None, "the submission has not begun"
            time.sleep(0.1)
        time.sleep(0.5)
        ours, _ = grading(grader)
        for each in ours[:1] if whom == "the grader" else ours:
            each.kill()
        grader.communicate()
        assert left() == []
