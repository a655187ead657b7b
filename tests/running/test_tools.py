"""What people's tools write from right answers is graded as a kernel would have run it; the rest is said."""

import contextlib
import json
import re
import shutil
from html import unescape

import pytest

from autograder.chapter.cells import find_chapter
from autograder.desk.feedback import FeedbackError, feedback
from autograder.desk.grade import State, grade
from tests.classes import released_class, scores_of, waits_for_a_person
from tests.running.tools import INDEX, OUTPUTS
from tests.running.tools.honest import CHAPTER, FUNCTIONS, PHRASE, QUESTION
from tests.running.tools.ways import WAYS

pytestmark = pytest.mark.heavy

FULL = {"probability_ratio": 1, "clipped_surrogate": 3, "adam_step": 6, "clip_by_global_norm": 3}
NO_NOTEBOOK = ["jupytext-script", "nbconvert-script", "marimo-script", "deepnote-project"]
NO_CODE = "pandoc-github-markdown"
"""Pandoc reads GitHub's Markdown as text alone: one cell with all of it, and the code is a listing there."""
CONFLICT = "nbdime-conflict"
"""Two versions of one function stand in one cell between marks that are no Python."""
STUB_BEHIND_ANSWER = "databooks-fix"
"""Both versions of each cell stay; a kernel forgets an answer where the empty stub comes behind it."""
RUNS = sorted(WAYS.keys() - {*NO_NOTEBOOK, NO_CODE, CONFLICT})
"""The ways whose notebooks deserve all points."""
REWRITTEN = {name for name in RUNS if WAYS[name].tool in ("pypandoc-binary", "marimo")}
"""The ways that write the chapter's own cells anew: wrapped, or with a comment above."""
index = json.loads(INDEX.read_text("utf-8"))


class Class:
    """All that the tools have written, graded once as one class: outcomes, points and pages by way."""

    def __init__(self, folder):
        chapter = find_chapter(CHAPTER)
        self.course = released_class(folder / "class", chapter)
        for name in WAYS:
            target = self.course.folder / "submitted" / name / CHAPTER
            shutil.copytree(self.course.folder / "release" / CHAPTER, target)
            (target / f"{CHAPTER}.ipynb").unlink()
            shutil.copytree(OUTPUTS / name, target, dirs_exist_ok=True)
        self.outcomes = {outcome.student: outcome for outcome in grade(CHAPTER, self.course)}
        self.points = scores_of(self.course, chapter)
        self.pages = {}
        with contextlib.suppress(FeedbackError):  # whoever has no page fails in a test of the page
            for path in feedback(CHAPTER, self.course):
                self.pages[path.parents[1].name] = read(path)


def read(path):
    """Return a page without tags, its white space evened."""
    return " ".join(
        unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.S)).split()
    )


def earned(points):
    return {name: points[name] for name in FUNCTIONS if points[name]}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return Class(tmp_path_factory.mktemp("tools"))


def test_each_way_is_kept_with_what_a_real_kernel_made_of_it():
    """The points expected below are those of the functions that passed the released tests in a kernel."""
    right = {name: frozenset(about["right"]) for name, about in index.items()}
    assert right == {
        **dict.fromkeys(RUNS, frozenset(FUNCTIONS)),
        **dict.fromkeys([*NO_NOTEBOOK, NO_CODE], frozenset()),
        CONFLICT: frozenset(FUNCTIONS) - {"clipped_surrogate"},
        STUB_BEHIND_ANSWER: frozenset(FUNCTIONS) - {"probability_ratio"},
    }
    kept = {str(path.relative_to(OUTPUTS)) for path in OUTPUTS.rglob("*") if path.is_file()}
    handed_in = {f"{name}/{path.format(n=CHAPTER)}" for name, way in WAYS.items() for path in way.handed_in}
    assert kept == handed_in


@pytest.mark.parametrize("way", RUNS)
def test_right_answers_keep_their_points_whatever_tool_has_written_the_notebook(graded, way):
    assert graded.outcomes[way].state is State.GRADED, graded.outcomes[way]
    assert earned(graded.points[way]) == FULL


@pytest.mark.parametrize("way", [*RUNS, CONFLICT])
def test_the_answer_in_words_waits_for_a_person_and_stands_on_the_page(graded, way):
    assert graded.points[way][QUESTION] is None
    assert waits_for_a_person(graded.course, way, CHAPTER)
    assert PHRASE in graded.pages[way]


@pytest.mark.parametrize("way", sorted({*RUNS, CONFLICT} - REWRITTEN))
def test_cells_of_the_chapter_stay_off_the_page_though_their_ids_may_be_gone(graded, way):
    page = graded.pages[way]
    assert "worked_unclipped" not in page and "The unclipped product" not in page


def test_marks_of_a_conflict_cost_their_own_function_and_the_page_names_cell_and_cause(graded):
    assert earned(graded.points[CONFLICT]) == {n: p for n, p in FULL.items() if n != "clipped_surrogate"}
    page = graded.pages[CONFLICT]
    said = page[page.index("Your clipped_surrogate") : page.index("Your adam_step")]
    assert re.search(r"\b[Cc]ell (In ?\[)?\d+", said) and "IndentationError" in said


def test_a_notebook_in_which_all_code_has_become_text_is_told_so(graded):
    assert graded.outcomes[NO_CODE].state is State.ZERO
    assert "has no code cells" in graded.outcomes[NO_CODE].reason
    assert "has no code cells" in graded.pages[NO_CODE]


@pytest.mark.parametrize("way", NO_NOTEBOOK)
def test_what_is_no_notebook_any_more_is_named_and_not_silently_worth_nothing(graded, way):
    (file,) = (path.format(n=CHAPTER) for path in WAYS[way].handed_in)
    assert graded.outcomes[way].state in (State.ZERO, State.NOT_GRADED)
    assert file in graded.outcomes[way].reason
    assert file in graded.pages.get(way, file)
