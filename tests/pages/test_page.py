"""The page as a whole: who, when, in which round and by what; and all that a real run shows."""

import re
from datetime import datetime

import nbformat
import pytest

from autograder.desk.feedback import feedback
from autograder.desk.grade import grade
from tests.classes import CHAPTER, answer, cell, hand_in, released_class
from tests.example_class.test_example_class import nbgrader
from tests.pages.making import QUESTION, base64_of, headings, page, picture, pictures_in, words, written


def plot(before, last="plt.plot([1, 3, 2])"):
    return f"import matplotlib.pyplot as plt\n{before}\n{last}"


FIGURES = {
    "as ever": plot(""),
    "svg": plot("%config InlineBackend.figure_formats = ['svg']"),
    "jpeg": plot("%config InlineBackend.figure_formats = ['jpeg']"),
    "retina": plot("%config InlineBackend.figure_formats = ['retina']"),
    "as ever again": plot("%config InlineBackend.figure_formats = ['png']"),
    "last value": plot("from matplotlib.figure import Figure\nf = Figure()\nf.subplots().plot([1, 2])", "f"),
}
SHOWN = """\
from IPython.display import HTML, Latex, Markdown, Math, display
display(Math(r"\\hat{A} = \\frac{1}{2}"), Latex("so $x^2$"), Markdown("**bold** $y$"))
HTML("<table><tr><td>in a table</td></tr></table><script>document.title = 'ran'</script>")
"""
ANSWER = """\
The clock isn't the pole: `a < b`, $V(s)$.

![my plot](attachment:my plot.png) ![no](attachment:b.png)
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory, chapter):
    """A class in which one student has shown all kinds of things, graded; and the page."""
    course = released_class(tmp_path_factory.mktemp("shown") / "class", chapter)

    def fill(notebook):
        answer(notebook)
        cell(notebook, QUESTION).source = ANSWER
        cell(notebook, QUESTION)["attachments"] = {"my plot.png": {"image/png": base64_of(picture())}}
        for source in (*FIGURES.values(), SHOWN):
            notebook.cells.append(nbformat.v4.new_code_cell(source))
        for number, each in enumerate(notebook.cells):
            each["id"] = f"cleaned-{number}"

    hand_in(course, "ann", fill, demonstrations=True).with_name("timestamp.txt").write_text(
        "2026-03-01 12:30:00 UTC"
    )
    list(grade(CHAPTER, course))
    (path,) = feedback(CHAPTER, course)
    return course, path


def test_all_that_a_real_run_shows_is_on_the_page(shown):
    html = shown[1].read_text("utf-8")
    kinds = [kind for kind, _ in pictures_in(html.partition("A cell you added")[2])]
    png, svg, jpeg = "image/png", "image/svg+xml", "image/jpeg"
    assert kinds == [png, svg, jpeg, png, png, png]
    (sharp,) = re.findall(r"<img[^>]*\bheight=[^>]*>", html)
    size = {name: int(value) for name, value in re.findall(r'(width|height)="(\d+)"', sharp)}
    assert size["width"] > size["height"] > 100
    assert "<mfrac><mn>1</mn><mn>2</mn></mfrac>" in html and "<strong>bold</strong> <math><mi>y</mi>" in html
    assert "<td>in a table</td>" in html and "<script" not in html
    assert "isn't the pole: <code>a &lt; b</code>" in html
    assert "the picture “b.png” is missing from the notebook" in html


def test_the_page_of_a_notebook_that_a_tool_has_cleaned_holds_what_the_student_did_and_no_more(shown):
    added = len(FIGURES) + 1
    found = headings(shown[1].read_text("utf-8"))
    assert found.count("A cell you added") == added
    assert not [each for each in found if "of the chapter" in each or "text you added" in each]
    assert len(found) == added + 2 * 11 + 1, "eleven functions with their verdicts, and the question"


def test_plain_nbgrader_writes_the_same_page(shown):
    course, path = shown
    ours = path.read_text("utf-8")
    path.unlink()
    nbgrader(course, "generate_feedback", CHAPTER)
    assert path.read_text("utf-8") == ours
    assert "Handed in: 2026-03-01 12:30 UTC" in words(ours)


def test_the_page_says_who_when_in_which_round_and_with_what():
    about = {
        "round": 1,
        "versions": {"matplotlib": "3.11.2", "python": "3.11.7", "other": "1", "numpy": "2.4.6"},
    }
    said = words(page(written("x"), graded=about, handed_in=datetime(2026, 3, 1, 9, 5)))
    assert "Student: ann Handed in: 2026-03-01 09:05 UTC Round of grading: 1" in said
    assert "Graded with: Python 3.11.7, NumPy 2.4.6, Matplotlib 3.11.2, other 1" in said


@pytest.mark.parametrize("graded", [{}, {"versions": None, "round": None}, {"versions": [], "reason": ""}])
def test_what_is_not_known_is_not_said(graded):
    said = words(page(written("x"), graded=graded))
    assert "Handed in: no date was recorded" in said
    assert "Graded with" not in said and "Round" not in said


@pytest.mark.parametrize(("round_", "said"), [(1, False), (2, True), (7, True)])
def test_a_second_round_is_said_in_a_sentence(round_, said):
    html = words(page(written("x"), graded={"round": round_}))
    assert (f"Graded once more, in round {round_}." in html) == said


@pytest.mark.parametrize("waiting", [True, False])
def test_an_answer_that_waits_for_a_person_says_so_in_every_place(waiting):
    html = page(written("x"), waiting=waiting, score=0.0 if waiting else 2.5)
    assert ("An answer in words is still to be marked by a person." in words(html)) == waiting
    assert headings(html) == [
        f"{QUESTION} : to be marked by a person, 4 points possible"
        if waiting
        else f"{QUESTION} : 2.5 of 4 points"
    ]
    assert (">to be marked<" in html) == waiting


@pytest.mark.parametrize("comment", [None, "", "No response."])
def test_without_a_comment_there_is_no_place_for_one(comment):
    assert "Comment:" not in page(written("x"), comment=comment)


def test_the_headings_of_a_page_go_down_one_step_at_a_time_and_the_table_names_its_columns():
    html = page(written("## a\n\n# b"), comment="# c")
    assert html.count("<h1") == 1 and html.count('scope="col"') == 3
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert levels[:2] == [1, 2] and set(levels[2:]) <= {3, 4}
    assert '<html lang="en">' in html
