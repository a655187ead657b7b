"""Whatever a student does to the cells, the sanitizer puts the graded ones right, and never raises."""

import copy
from functools import cache

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.utils import compute_checksum

from autograder.chapter.cells import answered_name, find_chapter
from autograder.classroom.gradebook import what_was_released
from autograder.running.restore import restore
from tests.classes import released_class

CHAPTER = "e3_6_reference"  # it has every kind of graded cell: answers, tests, a bug hunt, words

ODD_NAMES = st.sampled_from(
    ["", "gae", "test_gae", "bonus", "test_hunt_minibatches", 5, None, ["quick_td_error"]]
)
ODD_METADATA = st.one_of(
    st.sampled_from([None, 3, "nbgrader", [], {}]),
    st.fixed_dictionaries(
        {},
        optional={
            "grade_id": ODD_NAMES,
            "grade": st.booleans(),
            "solution": st.booleans(),
            "locked": st.booleans(),
            "task": st.booleans(),
            "points": st.sampled_from([-1, 0, 1e300, "many"]),
            "checksum": st.sampled_from(["0" * 32, 7]),
            "schema_version": st.integers(0, 9),
            "cell_type": st.sampled_from(["code", "markdown", "raw", 1]),
        },
    ),
)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return released_class(tmp_path_factory.mktemp("restore") / "class", find_chapter(CHAPTER))


@pytest.fixture(scope="module")
def released(course):
    return nbformat.read(course.folder / "release" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)


@cache
def got(course):
    with course.gradebook() as gradebook:
        found = gradebook.find_notebook(CHAPTER, CHAPTER)
        return what_was_released(found, course.folder / "release" / CHAPTER)


def restored(course, notebook):
    restore(notebook, got(course))
    return notebook


def by_name(notebook):
    """Return the graded cells by their names; fail where a name is there twice."""
    found = {}
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            name = cell.metadata.nbgrader.grade_id
            assert name not in found, name
            found[name] = cell
    return found


def mangle(notebook, data):
    """Delete, copy, move, empty, retype and relabel cells at random."""
    for _ in range(data.draw(st.integers(1, 12))):
        if not notebook.cells:
            return
        place = data.draw(st.integers(0, len(notebook.cells) - 1))
        cell = notebook.cells[place]
        match data.draw(st.sampled_from(["delete", "copy", "move", "edit", "retype", "relabel", "strip"])):
            case "delete":
                del notebook.cells[place]
            case "copy":
                notebook.cells.insert(data.draw(st.integers(0, len(notebook.cells))), copy.deepcopy(cell))
            case "move":
                notebook.cells.insert(
                    data.draw(st.integers(0, len(notebook.cells) - 1)), notebook.cells.pop(place)
                )
            case "edit":
                cell.source = data.draw(st.sampled_from(["", "2.0", "def quick_td_error():\n    return 2.4"]))
            case "retype":
                kind = data.draw(st.sampled_from(["code", "markdown", "raw"]))
                new = getattr(nbformat.v4, f"new_{kind}_cell")(cell.source, metadata=cell.metadata)
                notebook.cells[place] = new
            case "relabel":
                cell.metadata["nbgrader"] = nbformat.from_dict(data.draw(ODD_METADATA))
            case "strip":
                cell.metadata.clear()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_change_to_the_cells_costs_a_test_its_place_its_text_or_its_points(course, released, data):
    notebook = copy.deepcopy(released)
    mangle(notebook, data)
    cells = by_name(restored(course, notebook))
    for name, original in by_name(restored(course, copy.deepcopy(released))).items():
        if not original.metadata.nbgrader.locked:
            continue
        cell = cells[name]
        assert (cell.source, cell.cell_type) == (original.source, original.cell_type)
        assert {key: cell.metadata.nbgrader[key] for key in ("grade", "points", "locked", "solution")} == {
            key: original.metadata.nbgrader[key] for key in ("grade", "points", "locked", "solution")
        }
    assert set(cells) <= set(by_name(released)), "no cell is graded that was not released"


def test_an_untouched_notebook_gets_the_hidden_calls_back_and_stays_as_it_is_otherwise(course, released):
    once = restored(course, copy.deepcopy(released))
    assert restored(course, copy.deepcopy(once)) == once
    for before, after in zip(released.cells, once.cells, strict=True):
        assert after.metadata.pop("autograder").keys() == {"number"}, "what it was counted as, and no more"
        is_locked = before.metadata.get("nbgrader", {}).get("locked")
        assert before == after or (is_locked and "check(" in after.source)


@pytest.mark.parametrize("name", ["ppo_update", "quick_td_error", "explain_larger_return"])
@pytest.mark.parametrize("first", [True, False], ids=["edited first", "edited last"])
def test_of_two_copies_of_an_answer_the_edited_one_counts(course, released, name, first):
    notebook = copy.deepcopy(released)
    place = next(
        i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == name
    )
    notebook.cells.insert(place + 1, copy.deepcopy(notebook.cells[place]))
    notebook.cells[place + 1].id = "copy"
    notebook.cells[place if first else place + 1].source = "mine"
    kept = by_name(restored(course, notebook))[name]
    assert kept.source == "mine"
    assert [c.source for c in notebook.cells if answered_name(c) == name or c is kept] == ["mine"]


@pytest.mark.parametrize("blank", ["", "  \n\n "])
def test_an_answer_in_words_of_blanks_is_no_answer(course, released, blank):
    notebook = copy.deepcopy(released)
    by_name(notebook)["explain_larger_return"].source = blank
    answer = by_name(restored(course, notebook))["explain_larger_return"]
    assert compute_checksum(answer) == answer.metadata.nbgrader.checksum, "nbgrader gives it 0 by itself"
