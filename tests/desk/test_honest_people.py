"""Nobody who is honest is wronged in silence: what Jupyter opens and a person ran there gets its points.

One class of all the cases of `honest/`, graded in one batch beside six neighbours who have nothing odd.
"""

import html
import re
import shutil

import pytest

from autograder.chapter.cells import BOOK, Chapter
from autograder.classroom.course import Course
from autograder.desk.check import check
from autograder.desk.feedback import feedback
from autograder.desk.grade import State, choose_notebook, grade
from autograder.running.workers import all_cores, local
from tests.classes import CHAPTER, released_class, run_module, scores_of
from tests.desk.honest import RIGHT, cells, names, submit, written_by_tools

pytestmark = pytest.mark.heavy

KINDS = {
    "opened by Jupyter": written_by_tools.OPENED_BY_JUPYTER,
    "no notebook": written_by_tools.NO_NOTEBOOKS,
    "named": names.CASES,
    "copied": cells.COPIES,
    "nameless": cells.NAMELESS,
    "in words": cells.ANSWERS_IN_WORDS,
}
CASES = {f"{kind}: {name}": case for kind, some in KINDS.items() for name, case in some.items()}
NEIGHBOURS = [f"neighbour {number}" for number in range(6)]


def folder_name(case):
    """Return a student's name; the number keeps apart what differs in signs alone."""
    number = [*CASES, *NEIGHBOURS, *names.UNDECIDED].index(case)
    return re.sub(r"[^\w-]+", "-", f"{case} {number}")


@pytest.fixture(scope="module")
def honest(tmp_path_factory, chapter):
    course = released_class(tmp_path_factory.mktemp("honest") / "class", chapter)
    for number, (name, case) in enumerate(CASES.items()):
        case.put(course, folder_name(name))
        if number % (len(CASES) // 6 + 1) == 0:
            submit(course, folder_name(NEIGHBOURS[number // (len(CASES) // 6 + 1)]))
    for name, case in names.UNDECIDED.items():
        case.put(course, folder_name(name))
    names.CUT_OFF.put(course, "cut-off")
    outcomes = {each.student: each for each in grade(CHAPTER, course, workers=local(all_cores()))}
    pages = {path.parents[1].name: path.read_text("utf-8") for path in feedback(CHAPTER, course)}
    return course, outcomes, scores_of(course, chapter), pages


def points_of(honest, name):
    return {each: earned for each, earned in honest[2][folder_name(name)].items() if earned != 0}


@pytest.mark.parametrize("name", CASES)
def test_an_honest_submission_gets_what_it_earns_and_a_page_that_says_so(honest, name):
    case, (_, outcomes, _, pages) = CASES[name], honest
    outcome, page = outcomes[folder_name(name)], html.unescape(pages[folder_name(name)])
    is_refused = name.startswith("no notebook")
    assert outcome.state is (State.ZERO if is_refused else State.GRADED), outcome
    assert points_of(honest, name) == dict(case.points), outcome
    assert case.said in outcome.reason and bool(outcome.reason) == bool(case.said)
    for text in case.page:
        assert text in page or html.escape(text) in pages[folder_name(name)]
    assert not [text for text in case.never if text in page]


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_their_neighbours_keep_their_points(honest, neighbour):
    assert points_of(honest, neighbour) == RIGHT


@pytest.mark.parametrize("name", names.UNDECIDED)
def test_where_several_notebooks_could_count_a_person_is_asked_and_the_answer_is_remembered(
    honest, name, chapter
):
    course, outcomes, _, pages = honest
    student = folder_name(name)
    outcome = outcomes[student]
    assert (
        outcome.state is State.NOT_GRADED
        and "Tell your instructor which of these notebooks" in pages[student]
    )
    found = re.search(r"several notebooks could count: (.+); say which counts: (.+)", outcome.reason)
    right, wrong = sorted(found[1].split(", "), key=lambda path: "other" in path)
    assert found[2] == course.command("grade", CHAPTER, "--student", student, "--notebook", "FILE")
    for chosen, is_right in {wrong: False, right: True}.items():
        choose_notebook(CHAPTER, course, student, chosen)
        (outcome,) = grade(CHAPTER, course, student)
        assert outcome.state is State.GRADED, outcome
        assert (scores_of(course, chapter)[student]["td_errors"] == RIGHT["td_errors"]) == is_right
    (again,) = grade(CHAPTER, course, student)
    assert again.state is State.UNCHANGED


def handed_in(course, student):
    """Return a student's notebook, where it lies where nbgrader looks for it."""
    return course.folder / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"


def test_plain_nbgrader_and_check_agree_on_every_file_that_they_can_read(honest, tmp_path):
    """nbgrader reads a file of the exact name that its schema allows; `check` reads whatever it is given."""
    course, outcomes, points, _ = honest
    plain = Course(tmp_path / "plain")
    for shared in ("source", "rounds"):
        shutil.copytree(course.folder / shared, plain.folder / shared)
    for name in list(CASES)[::4]:  # nbgrader takes seconds for each
        if handed_in(course, folder_name(name)).is_file() and not outcomes[folder_name(name)].reason:
            target = plain.folder / "submitted" / folder_name(name) / CHAPTER
            shutil.copytree(course.folder / "submitted" / folder_name(name) / CHAPTER, target)
    for verb in ("generate_assignment", "autograde"):
        run_module("nbgrader", verb, CHAPTER, f"--CourseDirectory.root={plain.folder}")
    theirs = scores_of(plain, Chapter(BOOK / f"{CHAPTER}.md"))
    theirs = {student: found for student, found in theirs.items() if found["td_errors"] is not None}  # read
    assert theirs == {student: points[student] for student in theirs}
    assert len(theirs) > 15, "some it cannot read; the README says so"
    for student in list(theirs)[::5]:
        *_, total = check(handed_in(course, student), course)
        assert total.strip() == f"{sum(filter(None, points[student].values())):g} of 42 points", student


def test_an_older_notebook_does_not_stand_in_for_one_that_was_cut_off_before_somebody_says_so(honest):
    course, outcomes, *_ = honest
    outcome = outcomes["cut-off"]
    assert outcome.state is State.NOT_GRADED
    assert f"could count: mine.ipynb, {CHAPTER}.ipynb (unreadable)" in outcome.reason
    choose_notebook(CHAPTER, course, "cut-off", "mine.ipynb")
    (outcome,) = grade(CHAPTER, course, "cut-off")
    assert outcome.state is State.GRADED and outcome.reason == "from the notebook mine.ipynb"


def test_what_programs_leave_among_the_students_is_no_student(honest):
    course = honest[0]
    for name in ("__MACOSX", ".ipynb_checkpoints", "@eaDir", ".git", ".DS_Store"):
        (course.folder / "submitted" / name / CHAPTER).mkdir(parents=True)
    assert {each.student for each in grade(CHAPTER, course)} == honest[1].keys()
