"""What the page shows of a notebook: what the student has changed, under its name, and nothing else."""

import json
import re
import subprocess
import sys

import nbformat
import pytest

from autograder.chapter.cells import find_chapter
from autograder.classroom import releases
from autograder.classroom.course import Course
from autograder.desk.release import release, student_source
from autograder.pages.own import Released
from tests.classes import CHAPTER
from tests.pages.making import body, code, displayed, headings, page, words

ADDED, EDITED = "A cell you added", "A cell of the chapter, edited"
TEXT_ADDED, TEXT_EDITED = "A text you added", "A text of the chapter, edited"


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """The cells of a class folder in which the chapter was released."""
    folder = tmp_path_factory.mktemp("class")
    path = folder / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    path.parent.mkdir(parents=True)
    notebook = student_source(find_chapter(CHAPTER))
    nbformat.write(notebook, path)
    return releases.texts(folder, CHAPTER)


@pytest.fixture
def notebook():
    """The chapter's own cells, without those that are graded."""
    made = student_source(find_chapter(CHAPTER))
    for place, cell in enumerate(made.cells):
        cell["place"] = place
    made.cells = [cell for cell in made.cells if "nbgrader" not in cell.metadata]
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return made


def shown(notebook, texts):
    return page(*notebook.cells, released=texts)


def first_code(notebook):
    return next(cell for cell in notebook.cells if cell.cell_type == "code")


def demonstration(notebook, number=0):
    return [cell for cell in notebook.cells if "demonstration" in cell.metadata.get("tags", [])][number]


def prose(notebook):
    return next(cell for cell in notebook.cells if "# What you bring along" in cell.source)


def without_ids(notebook):
    for number, cell in enumerate(notebook.cells):
        cell["id"] = str(number)


def without_metadata(notebook):
    without_ids(notebook)
    for cell in notebook.cells:
        cell.metadata.clear()


def laid_out_anew(notebook):
    """As a formatter does: other quotes, shorter lines, tabs."""
    without_metadata(notebook)
    settings = ['format.quote-style="single"', 'format.indent-style="tab"', "line-length=60"]
    command = ["ruff", "format", "--stdin-filename=cell.py", "-"] + [f"--config={each}" for each in settings]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            ruff = subprocess.run(
                [sys.executable, "-m", *command],
                input=cell.source,
                capture_output=True,
                text=True,
                check=True,
            )
            cell.source = ruff.stdout


def filled_again(notebook):
    """As a converter of Markdown does: other line ends, other bullets."""
    without_metadata(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(?m)^- ", "* ", " \n".join(cell.source.split("\n")))


def joined(notebook):
    """As a tool that knows no boundary between two texts."""
    without_metadata(notebook)
    cells = notebook.cells[:1]
    for cell in notebook.cells[1:]:
        if cell.cell_type == cells[-1].cell_type == "markdown" and cell.place == cells[-1].place + 1:
            cells[-1].source += "\n\n" + cell.source
            cells[-1].place += 1
        else:
            cells.append(cell)
    notebook.cells = cells


@pytest.mark.parametrize(
    "tool", [lambda _: None, without_ids, without_metadata, laid_out_anew, filled_again, joined]
)
def test_the_chapters_own_cells_are_not_shown_whatever_a_tool_has_done(notebook, texts, tool):
    tool(notebook)
    assert len(notebook.cells) > 40
    assert headings(shown(notebook, texts)) == []


@pytest.mark.parametrize("tool", [lambda _: None, without_ids, without_metadata, laid_out_anew])
@pytest.mark.parametrize("find", [first_code, demonstration, lambda notebook: demonstration(notebook, 3)])
def test_an_edited_cell_of_the_chapter_is_shown_with_its_error_under_that_name(notebook, texts, tool, find):
    cell = find(notebook)
    tool(notebook)
    cell.source += "\nimport torch"
    said = "ModuleNotFoundError: No module named 'torch'"
    cell.outputs = [nbformat.v4.new_output("error", ename="ModuleNotFoundError", evalue="", traceback=[said])]
    html = shown(notebook, texts)
    assert headings(html) == [EDITED]
    assert "import torch" in words(body(html)) and said in words(body(html))


def test_an_edited_text_of_the_chapter_is_shown(notebook, texts):
    prose(notebook).source += "\n\nMy answer stands here: the clock is not the pole."
    html = shown(notebook, texts)
    assert headings(html) == [TEXT_EDITED] and "the clock is not the pole" in words(html)


@pytest.mark.parametrize(
    ("cell", "heading"),
    [
        (code("mine = 1"), ADDED),
        (code("%timeit sum(range(9))"), ADDED),
        (code("def broken(:"), ADDED),
        (nbformat.v4.new_markdown_cell("A note."), TEXT_ADDED),
        (nbformat.v4.new_markdown_cell("---"), TEXT_ADDED),
        (nbformat.v4.new_raw_cell("An answer, as raw text."), "A raw cell you added"),
    ],
)
def test_a_cell_of_the_students_is_shown_wherever_it_stands(notebook, texts, cell, heading):
    without_metadata(notebook)
    for place in (0, 7, len(notebook.cells)):
        notebook.cells.insert(place, cell)
        assert headings(shown(notebook, texts)) == [heading]
        del notebook.cells[place]


@pytest.mark.parametrize("source", ["", "  \n\t\n", "\n"])
def test_an_empty_cell_is_not_shown(texts, source):
    assert headings(page(code(source), nbformat.v4.new_markdown_cell(source), released=texts)) == []


@pytest.mark.parametrize(
    ("error", "is_shown"), [("OSError", True), ("ModuleNotFoundError", True), ("NotImplementedError", False)]
)
def test_a_cell_as_released_is_shown_where_its_error_explains_something(notebook, texts, error, is_shown):
    first_code(notebook).outputs = [
        nbformat.v4.new_output("error", ename=error, evalue="", traceback=[error])
    ]
    assert headings(shown(notebook, texts)) == ["A cell of the chapter that stopped with an error"] * is_shown


@pytest.mark.parametrize(
    "change", ["gamma = 0.9", "if True:\n    gamma = 1\n    delta = 2", "# a comment of mine"]
)
def test_a_change_of_value_block_or_comment_is_one(change):
    source = "gamma = 0.5\nif True:\n    gamma = 1\ndelta = 2"
    released = Released(CHAPTER, [("code", source)])
    assert released.holds(code(source.replace("0.5", "0.50")))
    assert not released.holds(code(source.replace("gamma = 0.5", change)))


def test_what_was_released_before_is_the_chapters_too(tmp_path, monkeypatch):
    """Somebody hands in a notebook of a release that has since been replaced, and its metadata are gone."""
    chapter = find_chapter(CHAPTER)
    course = Course.apart(tmp_path / "class")
    old = student_source(chapter)
    released = course.folder / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    released.parent.mkdir(parents=True)
    for number, cell in enumerate(old.cells):
        cell.source += f"\n\n# as it was before: {number}"
    nbformat.write(old, released)
    release(chapter, course)
    again = json.loads(released.read_text("utf-8"))
    assert "as it was before" not in json.dumps(again)
    cells = [cell for cell in old.cells if "nbgrader" not in cell.metadata]
    for cell in cells:
        cell.metadata.clear()
    found = releases.texts(course.folder, CHAPTER)
    assert headings(page(*cells, released=found)) == []
    assert len(headings(page(*cells))) == len(cells), "without the history they would all be shown"
    releases.remember(course.folder, CHAPTER)
    assert {*releases.texts(course.folder, CHAPTER)} == {*found}, "what is known is not noted twice"


def test_notes_of_the_grader_have_no_heading_and_cannot_hide_the_rest(texts):
    """The id of the cell that says why nothing was graded is no secret."""
    note = nbformat.v4.new_markdown_cell("**Not used: `numpy.py`.**")
    note["id"] = "left-out"
    claim = nbformat.v4.new_markdown_cell("all is well")
    claim["id"] = "ungraded"
    html = page(note, claim, code("mine = 1"), released=texts)
    assert headings(html) == [ADDED] and html.count("<section") == 3
    html = page(note, claim, code("mine = 1"), released=texts, graded={"reason": "it is empty"})
    assert html.count("<section") == 1 and "all is well" in words(html)


def test_of_what_a_cell_has_shown_the_page_says_what_jupyter_shows():
    cell = code(
        "work()",
        nbformat.v4.new_output("stream", name="stdout", text="10%\r50%\r100%\n\x1b[31mred\x1b[0m <b>\n"),
        displayed({"text/latex": r"so $\displaystyle \frac{x_1}{2}$, \(y\) & more", "text/plain": "no"}),
        displayed({"text/markdown": "**bold** $z$", "text/plain": "no"}),
        displayed({"text/html": "<table><tr><td>cell</td></tr></table>", "text/plain": "no"}),
        displayed({"application/x-unknown": "?", "text/plain": "the last form"}),
        displayed({"application/x-unknown": "?"}),
        displayed({"text/plain": "<value>"}, "execute_result", execution_count=1),
        nbformat.v4.new_output("error", ename="E", evalue="why", traceback=["\x1b[0;31mE\x1b[0m: why"]),
        nbformat.v4.new_output("error", ename="E", evalue="no traceback", traceback=[]),
    )
    html = body(page(cell))
    assert "<pre>100%\nred &lt;b&gt;</pre>" in html
    assert "<mn>2</mn></mfrac></mrow></math>, <math><mi>y</mi></math> &amp; more" in html
    assert "<strong>bold</strong> <math><mi>z</mi></math>" in html
    assert "<td>cell</td>" in html and "the last form" in html and "&lt;value&gt;" in html
    assert "E: why" in html and "E: no traceback" in html and "<pre>no</pre>" not in html


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "display_data", "data": {"image/png": 7, "text/plain": ["a", "b"]}, "metadata": {}},
        {"output_type": "display_data", "data": {"text/html": None}, "metadata": None},
        {"output_type": "error", "ename": "E", "evalue": "E", "traceback": None},
        {"output_type": "stream", "name": "stdout", "text": "x" * 1_000_000},
        {"output_type": "unheard of"},
    ],
)
def test_one_bad_output_never_costs_the_page(output):
    cell = code("work()")
    cell.outputs = [
        nbformat.from_dict(output),
        nbformat.v4.new_output("stream", name="stdout", text="the next"),
    ]
    html = page(cell, code("another"))
    assert "the next" in words(html) and "another" in words(html)
    assert len(html) < 100_000


def test_two_copies_of_a_bug_hunts_cell_are_both_shown_and_the_one_that_counts_by_its_verdict():
    name = "hunt_minibatches"
    copies = [code(f"def {name}():\n    return {number}") for number in (1, 2)]
    for each in copies:
        each.metadata.update(name=name, tags=["exercise", "hunt"])
    verdict = code("", displayed({"text/html": "<p>the verdict</p>"}))
    about = {"schema_version": 3, "grade_id": f"test_{name}", "grade": True, "solution": False}
    verdict.metadata["nbgrader"] = about | {"locked": True, "task": False, "points": 5}
    html = page(*copies, code("between = 1"), verdict)
    assert headings(html) == [f"Your {name}", ADDED, f"Your {name}", f"Verdict on {name} : 0 of 5 points"]
    assert words(html).index("return 1") < words(html).index("return 2") < words(html).index("the verdict")
