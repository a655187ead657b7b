"""Submissions that end their process, or everything, or nothing at all."""

from pathlib import Path

import pytest

from tests.hostile.batch import HONEST, UnharmedMachine, grade_watched, hand_in_all, new_class, submissions

FOLDER = Path(__file__).parent / "ending_itself"


@pytest.fixture(scope="module")
def batch(tmp_path_factory, chapter):
    course = new_class(tmp_path_factory.mktemp("ending"), chapter)
    hand_in_all(course, FOLDER)
    return grade_watched(course, chapter)


class TestTheMachine(UnharmedMachine):
    pass


@pytest.mark.parametrize("name", submissions(FOLDER))
def test_whoever_ends_the_process_keeps_the_points_of_a_right_function(batch, name):
    assert batch.points[name] == batch.deserved(**HONEST)


@pytest.mark.parametrize("name", ["aborts", "exits_in_a_call", "hangs_up", "reads_from_address_zero"])
def test_the_verdict_says_what_the_call_did(batch, name):
    said = "".join(str(cell.get("outputs", "")) for cell in batch.graded(name).cells)
    assert "the call ended the whole Python process" in said
