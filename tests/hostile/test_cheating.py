"""What cheats get: the points of the functions that are right, whatever else the notebook does.

Each file in `cheating/` is one submission: cells, each below a line `# %%` with the name of the cell that it
replaces, or `first` or `last`. All have a right `td_errors` besides, worth two points.
"""

import json
import re
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from traitlets.config import Config

from autograder.chapter.cells import graded_name
from autograder.desk.feedback import feedback
from autograder.desk.grade import State, grade
from autograder.exercises import EXERCISES
from autograder.inside.kernel_side import encode
from tests.classes import CHAPTER, TD_ERRORS, cell, hand_in, notebook_path, released_class, scores_of

pytestmark = pytest.mark.heavy

CHEATING = Path(__file__).parent / "cheating"
SUBMISSIONS = sorted(path.stem for path in CHEATING.glob("*.py"))
TARGET = EXERCISES["td_target"]
DESERVED = {
    "remembers_inputs": {"td_target": 0.5},  # the first of six cases, two of eight shares in two points
    "swaps_the_grade_ids": {
        "gae": 0.8
    },  # at λ = 0, and in a single step, TD errors are right: two shares of ten
}
"""Points that differ from those of the honest neighbour, who has a right `td_errors` and nothing else."""


def cells_of(name):
    """Yield the cells of a submission: where it belongs, and its source."""
    for part in (CHEATING / f"{name}.py").read_text("utf-8").split("# %% ")[1:]:
        place, source = part.split("\n", 1)
        yield place.strip(), source.strip()


def write(name, more=()):
    """Return what makes the submission `name` of a released notebook."""

    def change(notebook):
        cell(notebook, "td_errors").source = TD_ERRORS
        number = 1  # behind the imports
        for place, source in [*more, *cells_of(name)]:
            if place == "first":
                notebook.cells.insert(number, nbformat.v4.new_code_cell(source))
                number += 1
            elif place == "last":
                notebook.cells.append(nbformat.v4.new_code_cell(source))
            else:
                cell(notebook, place).source = source
        if name == "swaps_the_grade_ids":
            one, other = cell(notebook, "test_td_errors"), cell(notebook, "test_gae")
            one.metadata.nbgrader, other.metadata.nbgrader = other.metadata.nbgrader, one.metadata.nbgrader

    return change


def shifted(content):
    """Return bytes with 1 added to each, in hexadecimal: no copy of them is what a search looks for."""
    return bytes((byte + 1) % 256 for byte in content).hex()


def sent(value):
    """Return the ways in which a value would lie in memory: its numbers, and as it travels."""
    array = np.asarray(value)
    return {"numbers": array.tobytes(), "text": encode(array)["npy"][-64:].encode()}


def what_must_not_be_found(secret):
    """Return for each case of the target what the process must not hold then, and its own input."""
    arguments = [TARGET.arguments(case, secret) for case in TARGET.cases]
    everywhere = {
        "the seed as a number": str(secret).encode(),
        "the seed in hexadecimal": f"{secret:032x}".encode(),
        "the seed as bytes": secret.to_bytes(16, "little"),
        "the title of a case": TARGET.cases[2].title.encode(),
        "a misconception": TARGET.misconceptions[0].sentence.encode(),
        "the reference": b"np.where(terminated, 0.0, np.max(next_q, axis=-1))",
        "the inputs of a later exercise": np.asarray(
            EXERCISES["gae"].arguments(EXERCISES["gae"].cases[0], secret)[0]
        ).tobytes(),
    }
    for now in range(len(arguments)):
        sought = dict(everywhere)
        for number, each in enumerate(arguments):
            expected = TARGET.reference(*each)
            is_given = np.array_equal(expected, each[0])  # at γ = 0 the target is the reward
            for how, content in sent(expected).items() if number > now or not is_given else ():
                sought[f"expected value of case {number}, {how}"] = content
            for how, content in sent(each[1]).items() if number > now else ():
                sought[f"inputs of case {number}, {how}"] = content
        sought["the inputs that it was given"] = np.asarray(arguments[now][1]).tobytes()
        yield {name: shifted(content) for name, content in sought.items()}


@pytest.fixture(scope="module")
def cheats(tmp_path_factory, chapter):
    """All of them in one class, graded once, with an honest neighbour."""
    course = released_class(tmp_path_factory.mktemp("cheats") / "class", chapter)
    course.config.merge(Config(BlindExecute={"question_timeout": 6, "interrupt_grace": 2}))
    sought = list(what_must_not_be_found(course.round(CHAPTER).seed))
    for name in SUBMISSIONS:
        more = [("first", f"SOUGHT = {sought!r}")] if name == "searches_the_memory" else []
        hand_in(course, name, write(name, more))
    for name, text in {
        "numpy_beside_it": "raise SystemExit('this is not NumPy')",
        "scipy_beside_it": "special = None",
    }.items():
        library = name.split("_")[0]
        hand_in(course, name, honest).with_name(f"{library}.py").write_text(text, "utf-8")
    beside = hand_in(course, "reference_beside_it", uses_own_reference)
    beside.with_name("solutions.py").write_text("def td_target(*arguments):\n    return 2.0\n", "utf-8")
    beside.with_name("autograder.py").write_text("def check(*arguments):\n    return 2.0\n", "utf-8")
    for place in (beside.parent, beside.with_name(".home")):
        place.mkdir(exist_ok=True)
        (place / "ipykernel_launcher.py").write_text("raise SystemExit('no kernel')", "utf-8")
    hand_in(course, "honest", honest)
    outcomes = {outcome.student: outcome for outcome in grade(CHAPTER, course)}
    return course, outcomes, scores_of(course, chapter)


def honest(notebook):
    cell(notebook, "td_errors").source = TD_ERRORS


def uses_own_reference(notebook):
    honest(notebook)
    cell(notebook, "td_target").source = "from autograder import check\nfrom solutions import td_target"


def graded(course, student):
    return nbformat.read(notebook_path(course, "autograded", student), as_version=4)


def printed(course, student):
    """Return what the last cell of a submission has printed, which is JSON."""
    return json.loads(graded(course, student).cells[-1].outputs[0].text)


def page_of(course, student):
    (page,) = feedback(CHAPTER, course, student)
    return page.read_text("utf-8")


def verdict_on(page, name):
    return page.split(f'id="test_{name}"')[1].split("<section")[0]


@pytest.mark.parametrize("name", [*SUBMISSIONS, "numpy_beside_it", "scipy_beside_it", "reference_beside_it"])
def test_a_cheat_gets_the_points_of_the_functions_that_are_right_and_no_more(cheats, name):
    _, outcomes, points = cheats
    assert outcomes[name].state is State.GRADED, outcomes[name]
    assert points[name] == points["honest"] | DESERVED.get(name, {})
    assert points["honest"] == dict.fromkeys(points["honest"], 0) | {"td_errors": 2}


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_every_graded_cell_holds_the_graders_verdict_and_nothing_else(cheats, name):
    for each in graded(cheats[0], name).cells:
        if exercise := graded_name(each):
            words, score = each.outputs
            assert words.data["text/plain"].startswith(f"{exercise}: ")
            assert score.data == {"text/plain": repr(cheats[2][name][exercise])}


def test_a_claim_in_the_notebook_reaches_no_verdict_on_the_page(cheats):
    for name in ("shows_a_report", "forges_messages"):
        page = page_of(cheats[0], name)
        assert "38 of 38 points" not in "".join(verdict_on(page, each) for each in ("td_target", "gae"))
        assert "<h1>38" not in page
        assert "<b>2 of 42 points</b>" in page


@pytest.mark.parametrize(
    ("name", "said"),
    {
        "policy_gradient_theorem": "cannot be read as numbers (Equal)",
        "td_target": "cannot be read as numbers (Liar)",
        "double_dqn_target": "the value is wrong, first at index [0]",
        "dqn_loss": "cannot be read as numbers (LyingFloat)",
        "dqn_gradient": "the value has the shape (4,), but should have the shape (4, 4)",
        "gae": "cannot be read as numbers (a masked array, some of whose entries are masked)",
        "ppo_clip_objective": "the value holds infinity or NaN where the answer is finite",
        "ppo_clip_gradient": "cannot be read as numbers (Equal)",
        "group_advantages": "array of 1,000,000,000 bytes, more than the limit of 16,000,000",
        "grpo_objective": "cannot be read as numbers (generator)",
    }.items(),
)
def test_the_feedback_says_what_an_odd_object_was_taken_for(cheats, name, said):
    assert said in verdict_on(page_of(cheats[0], "returns_liars"), name)
    assert not list(Path.cwd().glob("a-pickle-was-read"))


def test_somebody_who_breaks_the_display_keeps_the_points_of_a_right_function(cheats):
    assert "6 of 6 cases right" in verdict_on(page_of(cheats[0], "patches_the_display"), "td_errors")


def test_an_answer_longer_than_the_limit_is_not_taken(cheats):
    page = page_of(cheats[0], "sends_too_much")
    assert re.search(r"the call sent back [\d,]+ bytes at once", verdict_on(page, "td_target"))
    assert "6 of 6 cases right" in verdict_on(page, "td_errors")


def test_the_process_finds_no_module_of_the_grader(cheats):
    assert printed(cheats[0], "imports_the_reference") == []


def test_a_walk_over_all_objects_finds_no_array_that_is_an_answer(cheats):
    secret = cheats[0].round(CHAPTER).seed
    seen = printed(cheats[0], "walks_the_objects")
    assert len(seen) == len(TARGET.cases)
    for case, candidates in zip(TARGET.cases, seen, strict=True):
        expected = TARGET.reference(*TARGET.arguments(case, secret))
        assert not any(np.allclose(expected, each) for each in candidates), case.title


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a process its own memory as a file")
def test_a_search_of_all_memory_finds_the_inputs_that_were_given_and_nothing_secret(cheats):
    first, *between, last = printed(cheats[0], "searches_the_memory")
    assert first == last == ["the inputs that it was given"]
    assert between == [None] * (len(TARGET.cases) - 2), "to search takes a while"


@pytest.mark.parametrize("library", ["numpy", "scipy"])
def test_a_file_that_would_hide_a_library_is_left_out_and_the_page_says_so(cheats, library):
    page = page_of(cheats[0], f"{library}_beside_it")
    assert "Not used:" in page and f"<code>{library}.py</code>" in page
