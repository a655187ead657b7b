"""Grading through real kernels: bad files, endless loops, odd outputs, and plain nbgrader beside our verb."""

import copy
import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from traitlets import Integer
from traitlets.config import Config

from autograder.chapter.cells import ROOT
from autograder.classroom.course import Course
from autograder.classroom.preprocessors import BlindExecute
from autograder.desk.feedback import FeedbackError, feedback, without_pages
from autograder.desk.grade import GradeError, State, choose_notebook, grade
from autograder.pages.page import NOT_GRADED
from autograder.running.workers import Failure
from tests.classes import (
    CHAPTER,
    TD_ERRORS,
    TD_TARGET,
    answer,
    cell,
    endless_call,
    hand_in,
    notebook_path,
    released_class,
    run_module,
    scores_of,
    waits_for_a_person,
)


def run(course, *students):
    """Grade, with a short patience for endless loops; return student → outcome."""
    course.config.merge(Config(BlindExecute={"question_timeout": 2, "timeout": 4, "interrupt_grace": 2}))
    return {outcome.student: outcome for outcome in grade(CHAPTER, course)}


@pytest.fixture(scope="module")
def bad_class(tmp_path_factory, chapter):
    """One class with everything that goes wrong in it, graded once; and one honest student."""
    course = released_class(tmp_path_factory.mktemp("bad") / "class", chapter)
    hand_in(course, "honest", answer)
    hand_in(course, "corrupt-json").write_text("{this is not JSON", "utf-8")
    hand_in(course, "empty-file").write_text("", "utf-8")
    hand_in(course, "no-cells", lambda notebook: notebook.cells.clear())
    other = hand_in(course, "other-chapter", lambda notebook: notebook.cells.__delitem__(slice(1, None)))
    other.rename(other.with_name("mine.ipynb"))
    hand_in(course, "downloaded-twice", answer).rename(
        notebook_path(course, "submitted", "downloaded-twice").with_name(f"{CHAPTER} (1).ipynb")
    )
    hand_in(course, "endless-call", endless_call)
    hand_in(course, "endless-cell", endless_cell)
    hand_in(course, "deaf-call", deaf_call, demonstrations=True)
    hand_in(course, "ends-process", ends_process, demonstrations=True)
    hand_in(course, "dies-always", dies_always)
    hand_in(course, "noisy", noisy)
    hand_in(course, "curious", curious)
    hand_in(course, "wrong-helper", wrong_helper)
    hand_in(course, "odd", odd)
    hand_in(course, "duplicates", duplicates)
    hand_in(course, "stripped", stripped)
    hand_in(course, "tampered", tampered)
    hand_in(course, "bad-date", answer).with_name("timestamp.txt").write_text("yesterday evening", "utf-8")
    hand_in(course, "beside", answer).parent.rename(course.folder / "submitted" / "beside" / "unzipped")
    outcomes = run(course)
    return course, outcomes, scores_of(course, chapter)


def endless_cell(notebook):
    answer(notebook, before="while True:\n    pass\n")
    cell(notebook, "gae").source = TD_TARGET + "    return rewards + gamma * ~terminated * next_q.max(axis=1)"


def deaf_call(notebook):
    """The call cannot be interrupted, so the kernel has to be killed and the earlier cells run again."""
    answer(notebook)
    cell(notebook, "td_target").source = (
        TD_TARGET + "    while True:\n        try:\n            while True:\n                pass\n"
        "        except BaseException:\n            pass"
    )


def ends_process(notebook):
    answer(notebook)
    cell(
        notebook, "td_target"
    ).source = "import os\n\ndef td_target(rewards, next_q, terminated, gamma):\n    os._exit(0)"


def dies_always(notebook):
    """A first cell whose thread ends every kernel after a while: little can be asked before that."""
    answer(notebook)
    delayed = (
        "import os, threading, time\nthreading.Thread(target=lambda: (time.sleep(1), os._exit(1))).start()"
    )
    notebook.cells.insert(0, nbformat.v4.new_code_cell(delayed))
    notebook.cells.insert(1, nbformat.v4.new_code_cell("import time\ntime.sleep(0.7)"))


def noisy(notebook):
    answer(
        notebook, before="import sys, warnings\nwarnings.warn('harmless')\nprint('oops', file=sys.stderr)\n"
    )
    noise = "    import sys, warnings\n    warnings.warn('harmless')\n    print('noise', file=sys.stderr)\n"
    source = cell(notebook, "td_errors").source
    cell(notebook, "td_errors").source = source.replace("gamma):\n", "gamma):\n" + noise)


def wrong_helper(notebook):
    """Turn the sign in `td_errors`, and call it from a right `gae`."""
    cell(notebook, "td_errors").source = TD_ERRORS.replace("return ", "return -(").rstrip() + ")"
    cell(notebook, "gae").source = (
        "def gae(rewards, values, next_values, terminated, truncated, gamma, lam):\n"
        "    delta = td_errors(rewards, values, next_values, terminated, gamma)\n"
        "    result, later = np.zeros(np.shape(delta)), 0\n"
        "    for t in reversed(range(len(delta))):\n"
        "        later = delta[t] + gamma * lam * later * ~(terminated[t] | truncated[t])\n"
        "        result[t] = later\n"
        "    return result"
    )


def curious(notebook):
    """Write down what a student's process can reach."""
    answer(notebook)
    cell(notebook, "gae").source = (
        "import json, os, sys\n"
        "found = {}\n"
        "for name in ('solutions', 'autograder', 'nbgrader_config'):\n"
        "    try:\n        __import__(name)\n        found[name] = 'imported'\n"
        "    except ImportError:\n        found[name] = 'not found'\n"
        "print(json.dumps({'found': found, 'path': sys.path, 'cwd': os.getcwd(),"
        " 'environment': dict(os.environ), 'files': sorted(os.listdir('.'))}))"
    )


def duplicates(notebook):
    """Copy graded cells, as copy and paste does; the edited function is not the last of its copies."""
    for name in ("td_errors", "test_td_errors", "gae"):
        notebook.cells.append(copy.deepcopy(cell(notebook, name)))
        notebook.cells[-1].id = f"copy-of-{name}"
    answer(notebook)


def stripped(notebook):
    """Lose all metadata, as some editors do, and the cells of tests with it."""
    answer(notebook)
    notebook.cells = [each for each in notebook.cells if "test_" not in str(each.metadata.get("nbgrader"))]
    for each in notebook.cells:
        each.metadata.clear()


def tampered(notebook):
    """Move the graded cell before the function; change its points, type and lock; invent names."""
    answer(notebook)
    test = cell(notebook, "test_td_errors")
    notebook.cells.remove(test)
    notebook.cells.insert(0, test)
    test.metadata.nbgrader.update(points=1000, locked=False, solution=True)
    cell(notebook, "test_gae").cell_type = "markdown"
    for key in ("outputs", "execution_count"):
        cell(notebook, "test_gae").pop(key, None)
    about = {"grade": True, "grade_id": "bonus", "points": 50, "locked": False, "solution": False}
    for odd_metadata in (about, "not a mapping", {"grade_id": 5}):
        metadata = {"nbgrader": odd_metadata}
        notebook.cells.append(nbformat.v4.new_code_cell("1000", metadata=metadata))


ODD = {
    "policy_gradient_theorem": "float('nan')",
    "td_target": "-1",
    "double_dqn_target": "True",
    "dqn_loss": "import numpy as np\nnp.float64(2.0)",
    "dqn_gradient": "3.0",
    "td_errors": "pass",
}
"""Odd last values of the cell that grades an exercise; nbgrader alone gives full points for each."""


def odd(notebook):
    """Leave the exercises undone; put odd values and a claimed score into the cells that grade them."""
    claim = nbformat.v4.new_output("execute_result", data={"text/plain": "2.0"}, execution_count=1)
    for name, lines in ODD.items():
        cell(notebook, f"test_{name}").source = lines
        cell(notebook, f"test_{name}").outputs = [claim]


def test_an_honest_answer_among_bad_neighbours_gets_its_points(bad_class):
    _, outcomes, points = bad_class
    assert outcomes["honest"].state is State.GRADED
    assert points["honest"]["td_errors"] == 2
    assert sum(points["honest"].values()) == 2


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("corrupt-json", "it is not JSON, the form in which notebooks are saved (line 1, column 2)"),
        ("empty-file", "is empty (0 bytes)"),
        ("no-cells", "has no cells"),
        ("other-chapter", "is missing; what was handed in is: mine.ipynb"),
    ],
)
def test_a_file_that_cannot_be_graded_scores_0_with_the_reason_on_its_page(bad_class, student, reason):
    course, outcomes, points = bad_class
    assert outcomes[student].state is State.ZERO and reason in outcomes[student].reason
    assert points[student] == dict.fromkeys(points["honest"], 0)
    assert not waits_for_a_person(course, student)
    (page,) = feedback(CHAPTER, course, student)
    assert reason in page.read_text("utf-8")


def test_a_notebook_that_the_browser_has_given_a_number_is_graded_and_that_is_said(bad_class):
    course, outcomes, points = bad_class
    assert points["downloaded-twice"] == points["honest"]
    assert (
        str(outcomes["downloaded-twice"])
        == f"downloaded-twice: graded: from the notebook {CHAPTER} (1).ipynb"
    )
    (page,) = feedback(CHAPTER, course, "downloaded-twice")
    assert "6 of 6 cases right" in page.read_text("utf-8")


@pytest.mark.parametrize("student", ["duplicates", "stripped", "tampered"])
def test_whatever_happened_to_the_cells_a_right_function_gets_its_points_and_no_more(bad_class, student):
    course, outcomes, points = bad_class
    assert outcomes[student].state is State.GRADED
    assert points[student] == points["honest"]
    graded = nbformat.read(notebook_path(course, "autograded", student), as_version=4)
    names = [each.metadata.nbgrader.grade_id for each in graded.cells if "nbgrader" in each.metadata]
    assert len(names) == len(set(names))
    (page,) = feedback(CHAPTER, course, student)
    assert page.read_text("utf-8").count("Verdict on") == len(points[student]) - 1


def test_a_bad_timestamp_is_the_instructors_to_mend_and_stops_nobody(bad_class):
    _, outcomes, points = bad_class
    assert outcomes["bad-date"].state is State.NOT_GRADED
    assert "does not hold a date; mend or delete it" in outcomes["bad-date"].reason
    assert "bad-date" not in points and "corrupt-json" in points


def test_who_is_not_graded_gets_a_page_that_says_why(bad_class):
    assert without_pages(CHAPTER, bad_class[0]) == []
    (page,) = feedback(CHAPTER, bad_class[0], "bad-date")
    assert NOT_GRADED in page.read_text("utf-8") and "does not hold a date" in page.read_text("utf-8")


def test_a_student_without_the_folder_is_named(bad_class):
    _, outcomes, _ = bad_class
    assert outcomes["beside"].state is State.NOTHING


def test_the_page_of_an_ungraded_file_holds_the_reason_and_nothing_else(bad_class):
    (page,) = feedback(CHAPTER, bad_class[0], "empty-file")
    assert page.read_text("utf-8").count("<section") == 1


def test_a_changed_submission_is_graded_again_and_an_unchanged_one_is_not(bad_class, chapter, tmp_path):
    course = Course(tmp_path / "class")
    shutil.copytree(bad_class[0].folder, course.folder)
    target = notebook_path(course, "submitted", "empty-file")
    shutil.copy(notebook_path(course, "submitted", "honest"), target)
    states = {name: outcome.state for name, outcome in run(course).items()}
    assert states.pop("empty-file") is State.GRADED
    assert set(states.values()) == {State.UNCHANGED, State.NOT_GRADED, State.NOTHING}
    assert scores_of(course, chapter)["empty-file"] == scores_of(course, chapter)["honest"]


def test_a_wrong_helper_is_named_where_a_right_function_calls_it(bad_class):
    (page,) = feedback(CHAPTER, bad_class[0], "wrong-helper")
    verdict = page.read_text("utf-8").split('id="test_gae"')[1].split("<section")[0]
    assert "It calls `td_errors`, where points were lost as well: mend that first." in verdict
    assert "Hint:" not in verdict


def test_an_endless_call_costs_its_own_exercise_only(bad_class):
    _, _, points = bad_class
    assert points["endless-call"]["td_target"] == 0
    assert points["endless-call"]["td_errors"] == 2


def test_an_endless_cell_costs_its_own_exercise_only(bad_class):
    course, _, points = bad_class
    assert points["endless-cell"]["td_errors"] == 0
    assert points["endless-cell"]["td_target"] == 2, "its answer stands in the cell of another exercise"
    graded = notebook_path(course, "autograded", "endless-cell").read_text("utf-8")
    assert "CellTimeoutError" in graded


@pytest.mark.parametrize("student", ["deaf-call", "ends-process"])
def test_a_call_that_takes_the_kernel_with_it_costs_its_own_exercise_only(bad_class, student):
    _, _, points = bad_class
    assert points[student]["td_target"] == 0
    assert points[student]["td_errors"] == 2


def test_a_kernel_that_dies_again_and_again_ends_its_own_grading_only(bad_class):
    _, outcomes, points = bad_class
    assert outcomes["dies-always"].state is State.GRADED
    assert sum(points["dies-always"].values()) <= points["honest"]["td_errors"]
    assert not waits_for_a_person(bad_class[0], "dies-always")


def test_a_harmless_warning_costs_nothing(bad_class):
    assert bad_class[2]["noisy"]["td_errors"] == 2


@pytest.mark.parametrize("name", sorted(ODD))
def test_an_odd_output_in_the_graded_cell_earns_nothing(bad_class, name):
    assert bad_class[2]["odd"][name] == 0


def test_the_students_process_reaches_neither_solutions_nor_autograder(bad_class):
    course, _, points = bad_class
    notebook = nbformat.read(notebook_path(course, "autograded", "curious"), as_version=4)
    seen = json.loads(cell(notebook, "gae").outputs[0].text)
    assert set(seen["found"].values()) == {"not found"}
    imports = [path for path in seen["path"] if "site-packages" not in path]
    named = json.dumps([seen["environment"], imports])
    assert str(ROOT) not in named
    assert not Path(seen["cwd"]).is_relative_to(course.folder) and not Path(seen["cwd"]).is_relative_to(ROOT)
    assert not any(file.endswith(".ipynb") for file in seen["files"])
    assert "two_state.py" in seen["files"]
    assert points["curious"]["td_errors"] == 2


def test_the_scratch_folder_of_a_submission_vanishes(bad_class):
    course, _, _ = bad_class
    notebook = nbformat.read(notebook_path(course, "autograded", "curious"), as_version=4)
    assert not Path(json.loads(cell(notebook, "gae").outputs[0].text)["cwd"]).exists()


def test_grading_again_leaves_what_was_graded(bad_class, chapter):
    course, _, points = bad_class
    again = {outcome.state for outcome in run(course).values()}
    assert again == {State.UNCHANGED, State.NOT_GRADED, State.NOTHING}
    assert scores_of(course, chapter) == points


def test_grading_what_is_not_released_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(GradeError, match="is not released in"):
        list(grade(CHAPTER, Course(tmp_path)))


def test_grading_where_nobody_handed_in_is_refused_in_one_sentence(released):
    with pytest.raises(GradeError, match="there is nothing to grade: no folder"):
        list(grade(CHAPTER, released))


def test_every_setting_of_the_executor_says_what_it_does_and_in_which_unit():
    numbers = ("seconds", "megabytes", "how many", "how often", "draw the hidden inputs")
    for name, trait in BlindExecute.class_own_traits(config=True).items():
        assert trait.help.endswith("."), name
        assert not isinstance(trait, Integer) or trait.help.lower().startswith(numbers), name


def test_a_notebook_handed_in_alone_finds_the_files_that_came_with_the_chapter_as_they_were(
    released, chapter
):
    def uses_them(notebook):
        answer(notebook, before="from two_state import TwoStateMDP\nzero = 0 * TwoStateMDP().gamma\n")
        cell(notebook, "td_errors").source = cell(notebook, "td_errors").source.replace(
            "- values", "- values + zero"
        )

    hand_in(released, "alone", uses_them).with_name("two_state.py").unlink(missing_ok=True)
    hand_in(released, "changed", uses_them).with_name("two_state.py").write_text("mine = 1\n", "utf-8")
    run(released)
    points = scores_of(released, chapter)
    assert points["alone"]["td_errors"] == points["changed"]["td_errors"] == 2


EDITED = {
    "edits": ("two_state.py", lambda text: text + "mine = 1\n"),
    "edits-the-style": ("course.mplstyle", lambda text: "lines.linewidth: 9\n"),
    "empties": ("two_state.py", lambda text: ""),
    "ends-lines-otherwise": ("two_state.py", lambda text: text.replace("\n", "\r\n")),
    "edits-nothing": ("two_state.py", lambda text: text),
}


def test_a_file_of_the_chapters_that_a_student_has_changed_is_said_on_the_page_by_whatever_command(released):
    for student, (file, change) in EDITED.items():
        path = hand_in(released, student, answer).with_name(file)
        path.write_bytes(change(path.read_text("utf-8")).encode())
    run(released)
    list(feedback(CHAPTER, released))
    ours = {student: first_cell(released, student) for student in EDITED}
    for student in ("edits", "edits-the-style", "empties"):
        file = EDITED[student][0]
        assert f"**Not used: `{file}`.** The chapter's own was taken" in ours[student]
        page = released.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html"
        assert "own was taken in its place" in page.read_text("utf-8")
    assert "Not used" not in ours["ends-lines-otherwise"] + ours["edits-nothing"]
    root = f"--CourseDirectory.root={released.folder}"
    done = run_module("nbgrader", "autograde", CHAPTER, "--force", root)
    assert done.returncode == 0, done.stderr
    assert {student: first_cell(released, student) for student in EDITED} == ours


def first_cell(course, student):
    return nbformat.read(notebook_path(course, "autograded", student), as_version=4).cells[0].source


def test_a_graded_notebook_tells_the_versions_that_graded_it_by_whatever_command(released):
    hand_in(released, "somebody", answer)
    run(released)
    versions = {name: version(name) for name in ("numpy", "scipy", "matplotlib", "ipython")}
    versions["python"] = platform.python_version()
    path = notebook_path(released, "autograded", "somebody")
    assert nbformat.read(path, as_version=4).metadata["autograder"]["versions"] == versions
    done = run_module(
        "nbgrader", "autograde", CHAPTER, "--force", f"--CourseDirectory.root={released.folder}"
    )
    assert done.returncode == 0, done.stderr
    assert nbformat.read(path, as_version=4).metadata["autograder"]["versions"] == versions


def test_a_page_that_cannot_be_made_is_named_and_all_others_are_written(released):
    for student in ("ann", "ben", "cleo"):
        hand_in(released, student, answer)
    run(released)

    def workers(function, common, tasks, check, seconds):
        for task in tasks:
            yield task, Failure("it took too long") if task.student == "ben" else function(common, task)

    pages = []
    with pytest.raises(FeedbackError, match=r"none for ben \(it took too long\)"):
        pages.extend(feedback(CHAPTER, released, workers=workers))
    found = {path.parent.parent.name for path in released.folder.glob("feedback/*/*/*.html")}
    assert found == {"ann", "cleo"}


def test_a_link_in_the_place_of_a_students_folder_is_not_followed(released, tmp_path):
    hand_in(released, "honest", answer)
    outside = tmp_path / "outside"
    hand_in(released, "moved", answer).parent.parent.rename(outside)
    (released.folder / "submitted" / "linked").symlink_to(outside)
    (released.folder / "submitted" / "copied").symlink_to("honest")
    said = {each.student: each for each in grade(CHAPTER, released)}
    assert said["honest"].state is State.GRADED
    for student in ("linked", "copied"):
        assert said[student].state is State.NOT_GRADED
        assert f"submitted/{student} is a link; links are not followed" in said[student].reason
        assert not notebook_path(released, "autograded", student).exists()
        with pytest.raises(GradeError, match="is a link"):
            choose_notebook(CHAPTER, released, student, f"{CHAPTER}.ipynb")
