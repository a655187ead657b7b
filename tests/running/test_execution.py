"""Running one notebook: what is shown, what is not run, and what that costs nobody."""

import os
import platform
import sys
import sysconfig
from importlib.metadata import version

import nbformat
import pytest

from autograder.chapter.cells import ROOT, demonstrations
from autograder.classroom.course import Course
from autograder.desk.release import student_files
from autograder.exercises import EXERCISES
from autograder.running.execution import Execution
from autograder.running.outputs import written_size
from autograder.running.released import Released
from autograder.running.restore import empty_notebook
from tests.classes import CHAPTER, TD_ERRORS, TD_TARGET, cell

SCAN = "def scanned_gae("
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


def said(notebook, name):
    """Return the verdict on a function as text."""
    return cell(notebook, f"test_{name}").outputs[0]["data"]["text/plain"]


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


@pytest.mark.parametrize("number", [-5, 10**3000])
def test_a_notebook_stays_valid_whatever_number_a_cell_gives_the_next(limits, number):
    sources = f"get_ipython().execution_count = {number} - 1", "1"
    notebook = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, sources)])
    last = run(notebook, limits).cells[-1]
    nbformat.validate(notebook)
    assert (last.execution_count, last.outputs[0].execution_count) == (None, None)
    assert last.outputs[0].data["text/plain"] == "1"


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
    cell(notebook, "td_errors").source = TD_ERRORS.replace("    return", "    scanned_gae\n    return", 1)
    run(notebook, limits)
    assert points(notebook, "td_errors") == 2


def test_a_cell_of_the_students_own_that_uses_a_demonstration_still_defines_what_it_defines(notebook, limits):
    own = nbformat.v4.new_code_cell("kept = scanned_gae\ndef helper(x):\n    return x")
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


LATER = "\nimport math\n_boot = 0.0\n\ndef helper(x):\n    return x\n"
USES_BOOT = TD_ERRORS.replace("    return", "    return _boot +", 1)
STOPS = {
    "a package that is not there": ("import torch", 1, "No module named 'torch'"),
    "another": ("x = 1\n\nimport pandas as pd", 3, "No module named 'pandas'"),
    "empty lines above": ("\n\n  \nimport gymnasium", 4, "No module named 'gymnasium'"),
    "a part of a package": ("from google.colab import drive", 1, "No module named 'google"),
    "a name that IPython has no more": ("from IPython.core.display import display", 1, "cannot import name"),
    "a name that NumPy has no more": ("area = np.trapz([1, 2])", 1, "has no attribute 'trapz'"),
    "an older one": ("top = [\n    1,\n    np.Inf,\n]", 3, "np.Inf` was removed"),
    "a type": ("x = np.zeros(3, dtype=np.float_)", 1, "np.float_` was removed"),
    "a magic that is not there": ("%tensorflow_version 2.x", 1, "UsageError"),
    "below a magic": ("%matplotlib inline\nimport torch", 2, "No module named 'torch'"),
    "in a timed cell": ("%%time\nx = 1\nimport torch", 3, "No module named 'torch'"),
    "in a captured cell": ("%%capture\nimport torch", 2, "No module named 'torch'"),
    "in a block": ("for n in range(3):\n    import torch", 2, "No module named 'torch'"),
    "behind an await": ("import asyncio\nawait asyncio.sleep(0)\nimport torch", 3, "No module named 'torch'"),
    "in a function that is called": ("def load():\n    import torch\nload()", 3, "No module named 'torch'"),
    "no import at all": ("1 / 0", 1, "ZeroDivisionError: division by zero"),
    "a file that is not there": ("data = open('data.csv')", 1, "FileNotFoundError"),
    "leaving": ("raise SystemExit('done')", 1, "SystemExit: done"),
}


@pytest.mark.parametrize("kind", STOPS)
def test_the_verdict_names_the_cell_that_stopped_before_it_defined_what_is_missing(notebook, limits, kind):
    source, line, error = STOPS[kind]
    notebook.cells.insert(2, nbformat.v4.new_code_cell(source + LATER))
    number = [each for each in notebook.cells if each.cell_type == "code"].index(notebook.cells[2]) + 1
    cell(notebook, "td_errors").source = USES_BOOT
    words = said(run(notebook, limits), "td_errors")
    assert f"Code cell {number} from the top (`" in words
    assert f"stopped at line {line} with " in words and error in words
    assert "before it defined `_boot`." in words


def test_a_cell_that_cannot_be_parsed_is_named_with_its_line(notebook, limits):
    notebook.cells.insert(2, nbformat.v4.new_code_cell("x = 1\ny = = 2" + LATER))
    cell(notebook, "td_errors").source = USES_BOOT
    words = said(run(notebook, limits), "td_errors")
    assert "stopped at line 2 with SyntaxError: invalid syntax" in words


def test_a_cell_that_stopped_for_want_of_another_is_named_with_that_other(notebook, limits):
    for source in ("_boot = factor + 1", "import torch\nfactor = 2"):
        notebook.cells.insert(2, nbformat.v4.new_code_cell(source))
    cell(notebook, "td_errors").source = USES_BOOT
    words = said(run(notebook, limits), "td_errors")
    assert "NameError: name 'factor' is not defined before it defined `_boot`." in words
    assert "No module named 'torch' before it defined `factor`." in words


@pytest.mark.parametrize(
    ("source", "happened"),
    [
        ("while True:\n    pass", "did not end within 5 seconds"),
        ("import os\nos._exit(1)", "ended the whole Python process"),
        ("await __import__('asyncio').sleep(1000)", "did not end within 5 seconds"),
    ],
)
def test_a_cell_that_had_to_be_ended_is_named_too(notebook, limits, source, happened):
    notebook.cells.insert(2, nbformat.v4.new_code_cell(source + LATER))
    cell(notebook, "td_errors").source = USES_BOOT
    assert f"{happened} before it defined `_boot`." in said(run(notebook, limits), "td_errors")


def test_an_answer_whose_own_cell_stopped_is_named_with_the_error_and_the_versions(notebook, limits):
    cell(notebook, "td_errors").source = "import torch\n" + TD_ERRORS
    words = said(run(notebook, limits), "td_errors")
    assert "stopped at line 1 with ModuleNotFoundError: No module named 'torch'" in words
    assert "before it defined `td_errors`." in words
    for package in ("numpy", "scipy", "matplotlib", "ipython"):
        assert f"{package} {version(package)}" in words
    assert f"Python {platform.python_version()}" in words


@pytest.mark.parametrize("line", ["np.trapz(rewards)", "np.Inf", "__import__('torch')"])
def test_versions_are_named_where_the_function_itself_meets_what_is_not_there(notebook, limits, line):
    cell(notebook, "td_errors").source = TD_ERRORS.replace("    return", f"    {line}\n    return", 1)
    assert f"numpy {version('numpy')}" in said(run(notebook, limits), "td_errors")


def test_a_name_that_no_cell_would_have_defined_blames_none(notebook, limits):
    notebook.cells.insert(2, nbformat.v4.new_code_cell("_boot = 1\nimport torch\nother = 2"))
    cell(notebook, "td_errors").source = TD_ERRORS.replace("    return", "    return nowhere +", 1)
    words = said(run(notebook, limits), "td_errors")
    assert "name 'nowhere' is not defined" in words and "Code cell" not in words


HANGS = {
    "a loop": "while True: pass",
    "a loop that hears nothing": "hear_nothing()",
    "an end of the process": "__import__('os')._exit(1)",
    "a crash": "__import__('ctypes').string_at(0)",
    "a sleep": "__import__('time').sleep(1000)",
}
HEARS_NOTHING = """\
def hear_nothing():
    try:
        while True: pass
    except BaseException:
        hear_nothing()
"""


@pytest.mark.parametrize("kind", HANGS)
def test_a_call_that_does_not_return_costs_its_own_case_alone(notebook, limits, kind):
    """One of the six cases has values that are integers: one of eight shares in two points."""
    hangs = f"    if values.dtype.kind == 'i':\n        {HANGS[kind]}\n    return"
    cell(notebook, "td_errors").source = HEARS_NOTHING + TD_ERRORS.replace("    return", hangs, 1)
    run(notebook, limits | {"question_timeout": 2, "interrupt_grace": 1})
    assert points(notebook, "td_errors") == pytest.approx(1.75)
    assert said(notebook, "td_errors").count("[ok]") == 5


def test_the_next_case_is_asked_in_a_fresh_process(notebook, limits):
    """The first call leaves a trace and does not return; no other call finds the trace."""
    cell(notebook, "td_errors").source = TD_ERRORS.replace(
        "    return", "    calls.append(1)\n    while len(calls) == 2:\n        pass\n    return", 1
    )
    notebook.cells.insert(2, nbformat.v4.new_code_cell("calls = []"))
    run(notebook, limits | {"question_timeout": 1})
    words = said(notebook, "td_errors")
    assert (words.count("[ok]"), words.count("no answer")) == (3, 3)  # the second, fourth and sixth


def test_where_the_cells_take_long_a_call_that_can_be_interrupted_costs_no_second_run_of_them(
    notebook, limits
):
    """As above, but the process is kept, so that the list of calls goes on and only the second call hangs."""
    cell(notebook, "td_errors").source = TD_ERRORS.replace(
        "    return", "    calls.append(1)\n    while len(calls) == 2:\n        pass\n    return", 1
    )
    notebook.cells.insert(2, nbformat.v4.new_code_cell("import time\ntime.sleep(1.5)\ncalls = []"))
    run(notebook, limits | {"question_timeout": 1})
    words = said(notebook, "td_errors")
    assert (words.count("[ok]"), words.count("no answer")) == (5, 1)


def test_an_error_that_cannot_be_told_stops_its_cell_and_nothing_else(notebook, limits):
    silent = (
        "class Silent(Exception):\n    def __str__(self):\n        raise ValueError\nkept = 1\nraise Silent"
    )
    notebook.cells.insert(2, nbformat.v4.new_code_cell(silent + LATER))
    cell(notebook, "td_errors").source = USES_BOOT
    cell(notebook, "td_target").source = TD_TARGET + "    return kept"
    words = said(run(notebook, limits), "td_errors")
    assert "Code cell" in words and "before it defined `_boot`." in words
    assert "kept" not in said(notebook, "td_target").splitlines()[1]


LIES = {
    "no lines": {"error": "E", "message": "m"},
    "lines without end": {"lines": [float("inf")], "error": "E", "message": "m"},
    "no object": [1, 2],
    "objects for text": {"lines": [1], "error": {"a": 1}, "message": [2]},
    "a negative line": {"lines": [-5], "error": "E", "message": "m"},
}


@pytest.mark.parametrize("kind", LIES)
def test_whatever_a_process_says_of_where_it_stopped_costs_nobody_anything(notebook, limits, kind):
    reach = "get_ipython().ask_exit.__func__.__globals__['_stopped']"
    lies = f"inf = float('inf')\n{reach} = lambda *_: {LIES[kind]!r}"
    notebook.cells.insert(2, nbformat.v4.new_code_cell(lies))
    cell(notebook, "td_errors").source = TD_ERRORS
    assert points(run(notebook, limits), "td_errors") == 2
    assert notebook.cells[2].outputs == []


def test_after_so_many_lost_calls_of_one_function_its_other_cases_are_not_asked(notebook, limits):
    cell(notebook, "td_errors").source = TD_ERRORS.replace(
        "    return", "    __import__('os')._exit(1)\n    return"
    )
    cell(notebook, "td_target").source = TD_TARGET
    run(notebook, limits | {"lost_calls": 2})
    words = said(notebook, "td_errors")
    assert (words.count(": no answer"), words.count(": not asked")) == (2, 4)


def test_after_so_many_lost_calls_of_a_notebook_each_function_is_asked_until_it_does_not_return(
    notebook, limits
):
    for name in ("td_errors", "td_target", "gae"):
        cell(notebook, name).source = f"import os\ndef {name}(*arguments):\n    os._exit(1)"
    run(notebook, limits | {"lost_calls": 2, "lost_calls_of_notebook": 3})
    lost = [said(notebook, name).count(": no answer") for name in ("td_errors", "td_target", "gae")]
    assert sorted(lost) == [1, 1, 2]


def test_cells_that_call_a_function_which_did_not_return_fail_at_once(notebook, limits):
    cell(notebook, "td_errors").source = TD_ERRORS.replace(
        "    return", "    while True:\n        pass\n    return"
    )
    notebook.cells.append(nbformat.v4.new_code_cell("td_errors(1, 2, 3, 4, 5)"))
    run(notebook, limits | {"question_timeout": 1, "lost_calls": 1})
    assert "is not called again" in notebook.cells[-1].outputs[0].evalue


SHOWS_PATHS = {
    "a traceback": "np.linalg.inv(np.zeros((2, 2)))",
    "a printed traceback": "import traceback\ntraceback.print_stack()",
    "a module": "print(np.__file__)",
    "the interpreter": "import sys\nprint(sys.executable, sys.prefix, sys.path)",
    "a warning": "import warnings\nwarnings.warn_explicit('x', UserWarning, np.__file__, 1)",
    "a value": "np",
    "frames": "import inspect\n[each.filename for each in inspect.stack()]",
    "pip": "!pip --version",
    "an error of the system": "import sys\nopen(sys.prefix + '/no such file')",
    "the debugger": "%debug",
    "a group of errors": "raise ExceptionGroup('both', [ValueError(np.__file__)])",
    "help": "np.linalg.inv??",
    "an error in another": "import json\ntry:\n    json.loads('')\nexcept ValueError:\n    raise KeyError",
}


@pytest.mark.parametrize("kind", SHOWS_PATHS)
def test_no_output_shows_a_path_of_the_grading_machine(limits, kind):
    cells = ["import numpy as np", "np.linalg.inv(np.zeros((2, 2)))", SHOWS_PATHS[kind]]
    text = str(shown(limits, *cells))
    for place in (sys.prefix, os.path.realpath(sys.prefix), str(ROOT), sysconfig.get_path("stdlib")):
        assert place not in text


def test_no_verdict_shows_a_path_of_the_grading_machine(notebook, limits):
    cell(notebook, "td_errors").source = "def td_errors(*arguments):\n    raise ValueError(np.__file__)"
    words = said(run(notebook, limits), "td_errors")
    assert "it raised ValueError: site-packages/numpy/__init__.py" in words


def test_a_debugger_finds_nothing_of_what_ran_before_the_notebook(limits):
    (output,) = shown(limits, "import sys, linecache\n(hasattr(sys, 'last_value'), len(linecache.cache) < 3)")
    assert output.data["text/plain"] == "(False, True)"
    assert "warm" not in str(shown(limits, "%debug")) and "warm" not in str(shown(limits, "%tb"))


@pytest.mark.parametrize(
    "line", ["!pip install torch", "%pip install pandas", "!git clone https://example.invalid/x"]
)
def test_what_needs_a_network_says_that_there_is_none_and_the_notebook_goes_on(limits, line):
    outputs = shown(limits, f"{line}\nafter = 1\nprint('went on')")
    assert "There is no network while a notebook is graded" in outputs[0].text
    assert outputs[-1].text.endswith("went on\n")


def test_a_task_that_does_not_give_way_costs_a_cell_and_not_the_notebook(limits):
    hogs = "import asyncio\nasync def hog():\n    while True:\n        pass\n_ = asyncio.create_task(hog())"
    assert shown(limits | {"timeout": 2}, hogs, "1", "2")[0].data["text/plain"] == "2"


def test_a_task_that_raises_what_ends_loops_ends_itself_alone(limits):
    for error in ("SystemExit", "KeyboardInterrupt", "GeneratorExit"):
        leaves = f"import asyncio\nasync def leave():\n    raise {error}\n_ = asyncio.create_task(leave())"
        assert shown(limits, leaves, "1", "2")[0].data["text/plain"] == "2"
    stops = "import asyncio\nasyncio.get_running_loop().stop()"
    assert shown(limits, stops, "2")[0].data["text/plain"] == "2"


@pytest.mark.parametrize("file", ["two_state.py", "course.mplstyle", "folder/more.txt"])
def test_a_file_of_the_chapters_that_a_student_has_changed_is_named(limits, file):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    Execution(notebook, CHAPTER, {file: b"the course's"}, 5, limits, [file]).run()
    assert f"**Not used: `{file}`.** The chapter's own was taken in its place" in notebook.cells[0].source


@pytest.mark.parametrize("text", ["\n" * 50_000, "x" * 50_000, "a\n" * 25_000, "\x00" * 20_000])
def test_the_room_that_an_output_takes_is_known_before_it_is_written(text):
    output = nbformat.v4.new_output("display_data", data={"text/html": text})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])
    size = written_size(output)
    assert len(nbformat.v4.writes(notebook)) < 1.6 * size + 1000
