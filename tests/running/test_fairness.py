"""Right functions get all their points, whatever the notebook around them looks like."""

import nbformat
import pytest

from autograder.desk.feedback import feedback
from autograder.desk.grade import State, grade
from tests.classes import CHAPTER, TD_ERRORS, cell, hand_in, notebook_path, released_class, scores_of

TD_TARGET = """\
def td_target(rewards, next_q, terminated, gamma):
    return rewards + gamma * ~terminated * best(next_q)
"""
BEST = "def best(q):\n    return np.max(q, axis=1)\n"
BOTH = {"td_errors": 2, "td_target": 2}
"""Each of these students has the same two right functions."""


def new(source):
    return nbformat.v4.new_code_cell(source)


def answer(notebook, td_target=BEST + TD_TARGET, td_errors=TD_ERRORS):
    cell(notebook, "td_target").source = td_target
    cell(notebook, "td_errors").source = td_errors


def imports_renamed(notebook):
    """NumPy goes by another name, and `np` is something else."""
    answer(notebook, *(each.replace("np.", "xp.") for each in (BEST + TD_TARGET, TD_ERRORS)))
    notebook.cells[0].source = "import numpy as xp\nnp = 'not what you think'"


def import_cell_deleted(notebook):
    answer(notebook)
    del notebook.cells[0]


def helper_below_everything(notebook):
    answer(notebook, TD_TARGET)
    notebook.cells.append(new(BEST))


def answers_in_cells_of_their_own(notebook):
    notebook.cells += [new(BEST + TD_TARGET), new(TD_ERRORS)]


def cells_in_reverse(notebook):
    answer(notebook, TD_TARGET)
    notebook.cells.insert(1, new(BEST))
    notebook.cells.reverse()


def other_cells_deleted(notebook):
    answer(notebook)
    kept = [cell(notebook, name) for name in ("td_errors", "td_target")]
    notebook.cells = [notebook.cells[0], *kept]


def other_cells_broken(notebook):
    answer(notebook)
    for each in notebook.cells[1:]:
        if each.metadata.nbgrader.grade_id not in ("td_errors", "td_target"):
            each.source = "this is no Python"


def single_precision_inside(notebook):
    single = "    rewards, next_q = np.float32(rewards), np.float32(next_q)\n    return (rewards +"
    answer(notebook, BEST + TD_TARGET.replace("    return rewards +", single) + "    ).astype(np.float32)\n")


def lists_and_loops(notebook):
    answer(
        notebook,
        "def td_target(rewards, next_q, terminated, gamma):\n"
        "    rows = zip(rewards.tolist(), next_q.tolist(), terminated.tolist())\n"
        "    return tuple(r if over else r + gamma * max(q) for r, q, over in rows)\n",
    )


def builtins_shadowed(notebook):
    """Names that people give to their variables, and settings that people change."""
    answer(notebook)
    names = "list = dict = type = str = len = sum = max = min = range = print = input = id = object = 0\n"
    settings = "%precision 3\n%pprint\nnp.set_printoptions(precision=2)\nnp.seterr(all='raise')\n"
    more = "json = base64 = io = sys = random = traceback = exec = answer = namespace = question = 0\n"
    notebook.cells.insert(1, new(settings + names + more))


def everything_imported(notebook):
    answer(notebook, (BEST + TD_TARGET).replace("np.max", "max"))
    notebook.cells[0].source = "from numpy import *\nfrom scipy.special import *\n"


def a_class_and_a_lambda(notebook):
    answer(
        notebook,
        "class Target:\n    def __call__(self, rewards, next_q, terminated, gamma):\n"
        "        return rewards + gamma * ~terminated * next_q.max(axis=1)\n\n\ntd_target = Target()",
        "td_errors = lambda rewards, values, next_values, terminated, gamma: (\n"
        "    rewards + gamma * next_values * ~terminated - values)",
    )


def asks_and_waits(notebook):
    """Cells that need a person, or that somebody has stopped."""
    answer(notebook)
    notebook.cells.insert(1, new("name = input('Your name? ')"))
    notebook.cells.insert(2, new("raise KeyboardInterrupt"))
    notebook.cells.insert(3, new("import sys\nsys.exit()"))


def own_helper_files(notebook):
    answer(notebook, "from helper import best\nfrom tools.more import half\n" + TD_TARGET)


STUDENTS = [
    imports_renamed,
    import_cell_deleted,
    helper_below_everything,
    answers_in_cells_of_their_own,
    cells_in_reverse,
    other_cells_deleted,
    other_cells_broken,
    single_precision_inside,
    lists_and_loops,
    builtins_shadowed,
    everything_imported,
    a_class_and_a_lambda,
    asks_and_waits,
    own_helper_files,
]


@pytest.fixture(scope="module")
def unusual(tmp_path_factory, chapter):
    """One class of them all, graded once."""
    course = released_class(tmp_path_factory.mktemp("unusual") / "class", chapter)
    for change in STUDENTS:
        path = hand_in(course, change.__name__, change)
    path.with_name("helper.py").write_text("import numpy as np\n\n\n" + BEST, "utf-8")
    path.with_name("tools").mkdir()
    path.with_name("tools").joinpath("more.py").write_text("half = 0.5\n", "utf-8")
    hand_in(course, "stray_link").with_name("link.py").symlink_to("/etc/hostname")
    outcomes = {outcome.student: outcome for outcome in grade(CHAPTER, course)}
    return course, outcomes, scores_of(course, chapter)


@pytest.mark.parametrize("student", [change.__name__ for change in STUDENTS])
def test_two_right_functions_get_their_points_in_an_unusual_notebook(unusual, student):
    _, outcomes, points = unusual
    assert outcomes[student].state is State.GRADED, outcomes[student]
    assert {name: earned for name, earned in points[student].items() if earned} == BOTH


def test_a_link_among_the_files_is_not_followed_and_stops_nothing(unusual):
    assert unusual[1]["stray_link"].state is State.GRADED


def test_a_notebook_without_the_cell_of_an_answer_still_says_what_is_missing(unusual):
    (page,) = feedback(CHAPTER, unusual[0], "other_cells_deleted")
    text = page.read_text("utf-8")
    assert text.count("Verdict on") == 11
    assert "The function is not defined" in text.split('id="test_gae"')[1].split("<section")[0]


def test_a_function_that_a_later_cell_completes_is_judged_once_more_and_not_worse(unusual):
    graded = nbformat.read(notebook_path(unusual[0], "autograded", "helper_below_everything"), as_version=4)
    assert "6 of 6 cases right" in cell(graded, "test_td_target").outputs[0].data["text/plain"]
