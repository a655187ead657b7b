"""Submissions that speak to the grader themselves: forged replies, and more than anybody wants to hear."""

from pathlib import Path

import pytest

from tests.classes import notebook_path
from tests.hostile.batch import HONEST, UNHARMED, grade_watched, hand_in_all, new_class, submissions

FOLDER = Path(__file__).parent / "forging"
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def batch(tmp_path_factory, chapter):
    course = new_class(tmp_path_factory.mktemp("forging"), chapter)
    hand_in_all(course, FOLDER)
    return grade_watched(course, chapter)


@pytest.mark.parametrize("check", UNHARMED, ids=lambda check: check.__name__)
def test_the_machine_and_the_neighbours_are_unharmed(batch, check):
    check(batch)


@pytest.mark.parametrize("name", submissions(FOLDER))
def test_whoever_forges_messages_gets_the_points_of_the_functions_that_are_right(batch, name):
    assert batch.points[name] == batch.deserved(**HONEST)


@pytest.mark.parametrize("name", submissions(FOLDER))
def test_no_graded_notebook_grows_beyond_what_may_be_shown(batch, name):
    assert notebook_path(batch.course, "autograded", name).stat().st_size < 10_000_000


def test_outputs_that_cannot_be_read_cost_their_own_cell(batch):
    cells = [cell for cell in batch.graded("shows_what_is_no_output").cells if cell.source.isdecimal()]
    said = [cell.outputs[0].get("ename", "") for cell in cells if cell.outputs]
    assert said.count("UnreadableOutput") > 10
    assert any(cell.outputs and "2.0" in str(cell.outputs[0]) for cell in cells), "what can be read is kept"
