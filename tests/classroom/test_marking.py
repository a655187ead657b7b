"""A person's way through nbgrader's formgrader, in a real browser: from the submission to the feedback."""

import re

import nbformat
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from autograder.classroom.course import Course
from autograder.desk.feedback import feedback
from autograder.desk.grade import grade
from autograder.desk.report import table
from tests.classes import (
    CHAPTER,
    TD_ERRORS,
    cell,
    hand_in,
    notebook_path,
    released_class,
    scores_of,
    waits_for_a_person,
)
from tests.classroom.formgrader import opened_browser, served

pytestmark = pytest.mark.heavy

QUESTION = "explain_time_limits"
ANSWER = "The clock is not the pole: a cut episode still has a future, so it bootstraps."
COMMENT = "Say also what happens to the steps before the cut."


@pytest.fixture(scope="module")
def graded(tmp_path_factory, chapter) -> Course:
    """A class in which one student has answered in words and another has not."""
    course = released_class(tmp_path_factory.mktemp("marking") / "class", chapter)

    def answer(notebook):
        cell(notebook, QUESTION).source = ANSWER

    hand_in(course, "answered", answer)
    hand_in(course, "silent")
    list(grade(CHAPTER, course))
    return course


@pytest.fixture(scope="module")
def address(graded):
    with served(graded) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as browser:
        yield browser


def wait(browser, condition, seconds=60):
    return WebDriverWait(browser, seconds).until(condition)


def link(browser, text):
    return wait(browser, lambda b: b.find_element(By.PARTIAL_LINK_TEXT, text))


def test_an_answer_in_words_goes_from_the_submission_to_the_returned_feedback(
    graded, chapter, address, browser
):
    assert scores_of(graded, chapter)["answered"][QUESTION] is None
    assert scores_of(graded, chapter)["silent"][QUESTION] == 0, "an empty answer needs no person"
    (before,) = feedback(CHAPTER, graded, "answered")
    assert "to be marked" in before.read_text("utf-8")
    before.unlink()

    browser.get(f"{address}/gradebook")
    link(browser, CHAPTER).click()
    link(browser, CHAPTER).click()
    waiting = "//tr[td[contains(@class, 'needs-manual-grade')]/span]//a[contains(., 'Submission')]"
    wait(browser, lambda b: b.find_element(By.XPATH, waiting)).click()
    points = wait(browser, lambda b: b.find_element(By.ID, QUESTION))
    panel = points.find_element(By.XPATH, "./ancestor::div[contains(@class, 'nbgrader_cell')]")
    assert ANSWER in panel.text
    points.send_keys("3", Keys.TAB)
    wait(browser, lambda _: scores_of(graded, chapter)["answered"][QUESTION] == 3)
    browser.find_element(By.ID, f"{QUESTION}-comment").send_keys(COMMENT, Keys.TAB)
    wait(browser, lambda _: not waits_for_a_person(graded, "answered"))

    browser.get(f"{address}/manage_submissions/{CHAPTER}")
    row = wait(browser, lambda b: b.find_element(By.XPATH, "//tr[td[normalize-space()='answered']]"))
    row.find_element(By.CSS_SELECTOR, ".generate-feedback a").click()
    done = "Successfully generated feedback"
    wait(browser, lambda b: done in b.find_element(By.CSS_SELECTOR, ".modal-body").text)

    browser.get(before.as_uri())
    shown = browser.find_element(By.TAG_NAME, "body").text
    assert re.search(rf"{QUESTION}: 3 of 4 points", shown), shown
    assert ANSWER in shown and COMMENT in shown and "to be marked" not in shown


def test_grading_again_keeps_what_a_person_gave(graded, chapter, address, browser):
    """Needs the test before it, in which a person gave three points."""
    assert scores_of(graded, chapter)["answered"][QUESTION] == 3
    list(grade(CHAPTER, graded, force=True))
    assert scores_of(graded, chapter)["answered"][QUESTION] == 3
    assert "?" not in table(chapter, graded)
    (page,) = feedback(CHAPTER, graded, "answered")
    assert "to be marked" not in page.read_text("utf-8")


def test_an_answer_that_was_changed_after_it_was_marked_is_a_persons_to_look_at_again(graded, chapter):
    """Needs the tests before it; the points stay until a person has looked, and the page says that."""
    path = notebook_path(graded, "submitted", "answered")
    notebook = nbformat.read(path, as_version=4)
    cell(notebook, QUESTION).source = ANSWER + " And the steps before the cut get its share."
    nbformat.write(notebook, path)
    for force in (False, True):  # to be graded once more calls nobody off
        list(grade(CHAPTER, graded, "answered", force=force))
        assert scores_of(graded, chapter)["answered"][QUESTION] is None
        assert waits_for_a_person(graded, "answered")
    assert "?" in table(chapter, graded)
    (page,) = feedback(CHAPTER, graded, "answered")
    assert "to be marked" in page.read_text("utf-8")


def test_the_button_that_grades_reaches_the_same_verdict_as_our_verb(graded, chapter, address, browser):
    def answer(notebook):
        cell(notebook, "td_errors").source = TD_ERRORS
        cell(notebook, "test_td_errors").source = "2.0"
        cell(notebook, "test_gae").source = "6.0"

    for student in ("by-button", "by-verb"):
        hand_in(graded, student, answer)
    browser.get(f"{address}/manage_submissions/{CHAPTER}")
    row = wait(browser, lambda b: b.find_element(By.XPATH, "//tr[td[normalize-space()='by-button']]"))
    row.find_element(By.CSS_SELECTOR, ".autograde a").click()
    done = "Successfully autograded"
    wait(browser, lambda b: done in b.find_element(By.CSS_SELECTOR, ".modal-body").text)

    list(grade(CHAPTER, graded, "by-verb"))
    points = scores_of(graded, chapter)
    assert points["by-button"] == points["by-verb"]
    assert sum(filter(None, points["by-button"].values())) == points["by-button"]["td_errors"] == 2
    one, other = (
        nbformat.read(notebook_path(graded, "autograded", student), as_version=4)
        for student in ("by-button", "by-verb")
    )
    about = other.metadata["autograder"]
    assert {**about, **one.metadata["autograder"]} == about
    assert cell(one, "test_gae").outputs == cell(other, "test_gae").outputs
