"""Submissions that take all there is: time, processes, memory, disk, output."""

import time
from pathlib import Path

import nbformat
import pytest

from autograder.desk.feedback import feedback
from autograder.running.workers import local
from tests.classes import CHAPTER, notebook_path
from tests.hostile.batch import (
    GIGABYTE,
    HONEST,
    LIMITS,
    UNHARMED,
    WORKERS,
    grade_watched,
    hand_in_all,
    new_class,
    submissions,
)

FOLDER = Path(__file__).parent / "resources"
DESERVED = {"sleeps_when_it_starts_again": {}}
"""Points that differ: there was no time left for the function that is right."""
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def batch(tmp_path_factory, chapter):
    course = new_class(tmp_path_factory.mktemp("resources"), chapter)
    hand_in_all(course, FOLDER)
    add_a_large_cell(notebook_path(course, "submitted", "reads_nothing_more"))
    return grade_watched(course, chapter)


def add_a_large_cell(path):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(f"'{'x' * 900_000}'"))
    nbformat.write(notebook, path)


@pytest.mark.parametrize("check", UNHARMED, ids=lambda check: check.__name__)
def test_the_machine_and_the_neighbours_are_unharmed(batch, check):
    check(batch)


def test_not_even_the_kernel_keeps_much_memory_for_them(batch):
    assert batch.taken < 2.5 * GIGABYTE


@pytest.mark.parametrize("name", submissions(FOLDER))
def test_whoever_takes_everything_keeps_the_points_of_a_right_function(batch, name):
    assert batch.points[name] == batch.deserved(**DESERVED.get(name, HONEST))


@pytest.mark.parametrize("name", [name for name in submissions(FOLDER) if name.startswith("fills_memory")])
def test_whoever_fills_the_memory_is_stopped_by_a_limit(batch, name):
    said = "".join(str(cell.get("outputs", "")) for cell in batch.graded(name).cells)
    limits = ("used more memory than the 300 megabytes", "MemoryError", "did not return within 4 seconds")
    assert any(limit in said for limit in limits)


def test_the_disk_is_as_large_as_it_may_be_wherever_one_writes(batch):
    found = batch.printed("fills_the_disk")
    assert sum(written for written, _ in found.values()) <= LIMITS["scratch_megabytes"] * 2**20
    found.pop("/tmp")  # where the environment lies in /tmp, nothing can be written there
    assert {error for _, error in found.values()} <= {"No space left on device", "File too large"}


def test_there_is_an_end_to_files_that_hold_nothing(batch):
    made, error = batch.printed("makes_files_without_end")
    assert made < 2000 and error == "No space left on device"


def test_there_is_an_end_to_threads(batch):
    (cell,) = [cell for cell in batch.graded("starts_threads_without_end").cells if "go.wait" in cell.source]
    assert int(cell.outputs[0].text) < LIMITS["processes"]


@pytest.mark.parametrize(
    "name", ["prints_without_end", "displays_without_end", "shows_a_huge_value", "shows_very_many_lines"]
)
def test_no_graded_notebook_grows_beyond_what_may_be_shown(batch, name):
    assert notebook_path(batch.course, "autograded", name).stat().st_size < 10_000_000


def test_everybody_gets_a_page_in_time(batch):
    begun = time.monotonic()
    pages = list(feedback(CHAPTER, batch.course, workers=local(WORKERS, batch.course.page_bounds())))
    assert {page.parent.parent.name for page in pages} == batch.outcomes.keys()
    assert time.monotonic() - begun < 300
    assert max(page.stat().st_size for page in pages) < 5_000_000
