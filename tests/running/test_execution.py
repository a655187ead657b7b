"""Running one notebook: what is shown, what is not run, and what that costs nobody."""

import nbformat
import pytest

from autograder.chapter.cells import demonstrations
from autograder.classroom.course import Course
from autograder.desk.release import student_files
from autograder.exercises import EXERCISES
from autograder.running.execution import Execution
from autograder.running.released import Released
from autograder.running.restore import empty_notebook
from tests.classes import CHAPTER, TD_ERRORS, cell

SCAN = "def scan("
"""A function that a demonstration of the chapter defines, and that somebody might call."""


@pytest.fixture(scope="module")
def limits(tmp_path_factory):
    return Course.apart(tmp_path_factory.mktemp("limits")).limits() | {"timeout": 5}


@pytest.fixture(scope="module")
def released(chapter, tmp_path_factory):
    folder = student_files(chapter, tmp_path_factory.mktemp("release") / CHAPTER)
    return folder


@pytest.fixture
def notebook(released):
    return nbformat.read(released / f"{CHAPTER}.ipynb", as_version=4)


def run(notebook, limits, **files):
    """Run a notebook with files beside it (their names without the .py)."""
    beside = {f"{name}.py": content.encode() for name, content in files.items()}
    Execution(notebook, CHAPTER, beside, 5, limits).run()
    return notebook


def shown(limits, *sources, **files):
    """Return the outputs of the last of some cells, run one after the other."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return run(nbformat.v4.new_notebook(cells=cells), limits, **files).cells[-1].outputs


def points(notebook, name):
    return float(cell(notebook, f"test_{name}").outputs[-1]["data"]["text/plain"])


@pytest.mark.parametrize(
    ("sources", "kinds", "text"),
    {
        "print": (["print('a', end=''); print('b')"], ["stream"], "ab\n"),
        "value": (["[1, 2]"], ["execute_result"], "[1, 2]"),
        "silenced value": (["[1, 2];"], [], None),
        "last value": (["6 * 7", "_"], ["execute_result"], "42"),
        "await": (["import asyncio\nawait asyncio.sleep(0, 'slept')"], ["execute_result"], "'slept'"),
        "magic": (["%%writefile one.py\nx = 4", "import one; one.x"], ["execute_result"], "4"),
        "shell line": (["!echo hello"], ["stream"], "hello\n"),
        "error": (["1 / 0"], ["error"], "division by zero"),
        "syntax error": (["def f(:"], ["error"], "invalid syntax"),
        "exit": (["exit()", "1"], ["execute_result"], "1"),
        "updated display": (
            ["from IPython.display import display\nh = display(1, display_id=True)\nh.update(2)"],
            ["display_data"],
            "2",
        ),
        "temporary file": (
            ["import tempfile\nwith tempfile.NamedTemporaryFile() as f: print(f.name[:9])"],
            ["stream"],
            "/scratch/\n",
        ),
        "processes": (
            ["from multiprocessing import Pool\nwith Pool(2) as pool: print(pool.map(abs, [-1]))"],
            ["stream"],
            "[1]\n",
        ),
    }.values(),
    ids=lambda value: None,
)
def test_a_cell_shows_what_it_shows_in_a_notebook(limits, sources, kinds, text):
    outputs = shown(limits, *sources)
    assert [output.output_type for output in outputs] == kinds
    for output in outputs:
        assert text in (
            output.get("text"),
            output.get("evalue"),
            output.get("data", {}).get("text/plain"),
        ) or (text in output.get("evalue", ""))


def test_a_figure_of_the_students_own_is_drawn(limits):
    (output,) = shown(limits, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert output.data["image/png"].startswith("iVBOR")


def test_what_a_cell_shows_is_a_valid_notebook_however_odd(limits):
    odd = "from IPython.display import publish_display_data as show\nshow({'text/plain': 3, 'a/b': [1, {}]})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(odd)])
    nbformat.validate(run(notebook, limits))


def test_output_over_the_limit_is_left_out_and_that_is_said(limits):
    few = limits | {"output_megabytes": 1}
    first, second = shown(few, "print('x' * 900_000)"), shown(few, "print('y' * 1_200_000)")
    assert len(first[0].text) > 900_000
    assert "more output was left out" in second[0].text
    lines = shown(limits, "for n in range(10_000): print(n)")[0].text.splitlines()
    assert len(lines) < 600 and lines[-1] == "... the rest is left out ..."


def test_the_chapters_demonstrations_are_not_run(notebook, limits):
    cell(notebook, "td_errors").source = TD_ERRORS
    run(notebook, limits)
    shown = [each for each in notebook.cells if each.source.strip() in demonstrations(CHAPTER)]
    assert len(shown) > 20
    assert not any(each.outputs or each.execution_count for each in shown)
    assert points(notebook, "td_errors") == 2


def test_a_demonstration_that_a_student_has_changed_is_run(notebook, limits):
    demonstration = next(each for each in notebook.cells if SCAN in each.source)
    demonstration.source += "\nprint('mine')"
    run(notebook, limits)
    assert demonstration.execution_count is not None


def test_a_function_that_uses_what_a_demonstration_defines_gets_its_points(notebook, limits):
    assert any(SCAN in source for source in demonstrations(CHAPTER))
    cell(notebook, "td_errors").source = TD_ERRORS.replace("    return", "    scan\n    return", 1)
    run(notebook, limits)
    assert points(notebook, "td_errors") == 2


def test_a_cell_of_the_students_own_that_uses_a_demonstration_still_defines_what_it_defines(notebook, limits):
    own = nbformat.v4.new_code_cell("kept = scan\ndef helper(x):\n    return x")
    notebook.cells.append(own)
    answer = TD_ERRORS.replace("return rewards", "return helper(rewards)")
    cell(notebook, "td_errors").source = answer
    run(notebook, limits)
    assert points(notebook, "td_errors") == 2


def test_files_beside_the_notebook_come_along_and_those_that_hide_a_library_do_not(limits):
    assert shown(limits, "import mine; mine.x", mine="x = 5")[0].data["text/plain"] == "5"
    assert shown(limits, "import numpy; numpy.pi > 3", numpy="pi = 0")[0].data["text/plain"] == "True"


def test_a_process_that_ends_costs_its_cell_and_keeps_what_was_defined(limits):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(s) for s in ("x = 1", "import os; os._exit(1)", "x + 1")]
    )
    _, second, third = run(notebook, limits).cells
    assert second.outputs[0].evalue == "this cell ended the whole Python process"
    assert third.outputs[0].data["text/plain"] == "2"


def test_a_submission_with_no_answers_gets_a_verdict_in_every_graded_cell(limits):
    released = {
        f"test_{name}": {
            "source": "",
            "cell_type": "code",
            "nbgrader": {"grade_id": f"test_{name}", "grade": True, "solution": False, "points": 1},
        }
        for name in list(EXERCISES)[:3]
    }
    notebook = run(empty_notebook(Released(released, {}, frozenset())), limits)
    assert [each.outputs[-1].data["text/plain"] for each in notebook.cells] == ["0.0"] * 3


def test_a_fork_that_comes_back_from_a_call_answers_no_question_in_its_parents_place(notebook, limits):
    forks = TD_ERRORS.replace("    return", "    __import__('os').fork()\n    return", 1)
    cell(notebook, "td_errors").source = forks
    cell(notebook, "group_advantages").source = (
        "def group_advantages(rewards, eps=1e-8):\n"
        "    centred = rewards - np.mean(rewards, axis=-1, keepdims=True)\n"
        "    sigma = np.std(rewards, axis=-1, keepdims=True)\n"
        "    return np.where(np.ptp(rewards, axis=-1, keepdims=True) == 0, 0, centred) / (\n"
        "        np.where(np.ptp(rewards, axis=-1, keepdims=True) == 0, 1, sigma + eps))\n"
    )
    run(notebook, limits)
    assert (points(notebook, "td_errors"), points(notebook, "group_advantages")) == (2, 4)
