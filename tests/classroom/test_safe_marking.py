"""What students plant, in the formgrader as a browser shows it: nothing runs, what they say is all there."""

import base64
import time
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from selenium.webdriver.support.ui import WebDriverWait

from autograder.desk.feedback import feedback
from autograder.desk.grade import grade
from tests.browser import listening
from tests.classes import CHAPTER, cell, hand_in, notebook_path, released_class
from tests.classroom.formgrader import opened_browser, served
from tests.pages.making import picture

QUESTION = "explain_time_limits"
NAKED = """
from jinja2 import Environment
from nbgrader.server_extensions.formgrader import formgrader
formgrader.Environment = Environment
del formgrader.handlers.SubmissionFilesHandler.content_security_policy
del formgrader.apihandlers.BaseApiHandler.content_security_policy
c.HTMLExporter.preprocessors, c.HTMLExporter.filters = [], {}
c.HTMLExporter.extra_template_basedirs = c.HTMLExporter.extra_template_basedirs[1:]
"""
"""Settings that take our part away again."""
ASK = "fetch('HOST/NAME', {mode: 'no-cors'}); fetch('/planted/NAME'); document.title = 'it ran'"
IMAGE = '<img src="x" onerror="ASK">'
ID = (
    "x\";fetch(String.fromCharCode(47)+'planted-id');\""
    "<img src=x onerror=\"fetch(String.fromCharCode(47)+'planted-id')\">"
)
"""The id of a student; as it is also the name of a folder, no slash is in it."""
PLAIN_ID = "<img src=x onerror=fetch(String.fromCharCode(47)+'planted-json')>"
"""Another, without the quotation marks that JSON escapes."""
AT_REST = "return !window.jQuery || !jQuery.active"
WOULD_RUN = {
    *["answer", "answer-picture", "text", "html", "markdown", "javascript", "isolated", "drawn", "width"],
    *["grade-id", "name", "file", "file-picture"],
}
"""The planted scripts that nbgrader's page runs as it is."""
SAID = """\
If a <b and c> d, then x<y> counts.

$$\\frac{\\alpha_1}{2} \\le \\sqrt{3}$$

| left | right |
| --- | --- |
| one | two |

![attached](attachment:own.png) ![beside](plots/own.png)

```python
def reads(well): return well
```
"""
DISPLAYS = """\
from IPython.display import HTML, Latex, display
import matplotlib.pyplot as plt
display(HTML('<table><tr><th>state</th></tr><tr><td>terminal</td></tr></table>'))
display(Latex(r'$\\beta^2$'))
plt.plot([1, 3, 2]); plt.show()
print('a <b> in what was printed')
"""


@pytest.fixture(scope="module")
def listener():
    """A server that remembers what it was asked for."""
    with listening() as server:
        yield server


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def marked(tmp_path_factory, chapter, listener):
    """A class in which one student has planted scripts, and another has written what has to survive."""
    course = released_class(tmp_path_factory.mktemp("class") / "class", chapter)

    def plant(text, name):
        return text.replace("ASK", ASK).replace("NAME", name).replace("HOST", listener.address)

    def write(notebook):
        cell(notebook, QUESTION).source = plant("<script>ASK</script>", "answer") + plant(
            IMAGE, "answer-picture"
        )
        shows = plant("<script>ASK</script>", "html")
        raises = plant("<script>ASK</script>", "error")
        notebook.cells += [
            nbformat.v4.new_markdown_cell(plant(IMAGE, "text")),
            nbformat.v4.new_code_cell(f"from IPython.display import HTML\nHTML({shows!r})"),
            nbformat.v4.new_code_cell(f"raise ValueError({raises!r})"),
        ]

    def say(notebook):
        answer = cell(notebook, QUESTION)
        answer.source = SAID
        answer["attachments"] = {"own.png": {"image/png": base64.b64encode(picture()).decode()}}
        notebook.cells.append(nbformat.v4.new_code_cell(DISPLAYS))

    file = hand_in(course, "planter", write).with_name("seen.html")
    file.write_text(plant(f"<title>x</title>{IMAGE}<img src=HOST/file-picture>", "file"), "utf-8")
    beside = hand_in(course, "honest", say).parent / "plots" / "own.png"
    beside.parent.mkdir()
    beside.write_bytes(picture())
    list(grade(CHAPTER, course))
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(
            "planter", first_name=plant(IMAGE, "name"), last_name=plant(IMAGE, "name")
        )
        gradebook.add_student(ID)
        gradebook.add_student(PLAIN_ID)
    _plant_what_another_grader_would_keep(notebook_path(course, "autograded", "planter"), plant)
    return course


def _plant_what_another_grader_would_keep(path: Path, plant):
    """Write into a graded notebook what ours leaves out of it; plain nbgrader may not."""
    notebook = nbformat.read(path, as_version=4)

    def shows(name, data, **metadata):
        output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        notebook.cells.append(nbformat.v4.new_code_cell("1", outputs=[output], metadata={"name": name}))

    script = "<script>ASK</script>"
    shows("markdown", {"text/markdown": plant(IMAGE, "markdown")})
    shows("javascript", {"application/javascript": plant("ASK", "javascript")})
    shows("isolated", {"text/html": plant(script, "isolated")}, **{"text/html": {"isolated": True}})
    shows("drawn", {"text/html": plant('<svg onload="ASK"></svg>', "drawn")})
    shows("svg", {"image/svg+xml": plant(f"<svg>{script}</svg>", "svg")})
    shows("latex", {"text/latex": plant(script, "latex")})
    model = {"model_id": plant("</script>" + script, "widget")}
    shows("widget", {"application/vnd.jupyter.widget-view+json": model})
    shows("width", {"image/png": "AAAA"}, width=plant("1 onerror=fetch('HOST/NAME')", "width"))
    state = {"state": {"m": {"state": {"value": plant("</script>" + script, "state")}}}}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    about = {"grade": True, "solution": True, "locked": False, "points": 1, "task": False}
    told = nbformat.v4.new_markdown_cell("![it](attachment:own.svg)")
    told["attachments"] = {"own.svg": {"image/svg+xml": plant(f'"><svg onload="{ASK}">', "attached")}}
    told.metadata["nbgrader"] = about | {"grade_id": plant(f'">{IMAGE}<i x="', "grade-id")}
    raw = nbformat.v4.new_raw_cell(plant(script, "raw"), metadata={"raw_mimetype": "text/html"})
    notebook.cells += [told, raw]
    path.chmod(0o644)
    path.write_text(nbformat.v4.writes(notebook), "utf-8")  # which checks nothing


def submission(course, student):
    with course.gradebook() as gradebook:
        return gradebook.find_submission_notebook(CHAPTER, CHAPTER, student).id


def visit(browser, address, course):
    """Look at all pages that show something of a student's; return what the titles were."""
    one = submission(course, "planter")
    pages = [
        f"submissions/{one}/",
        f"submissions/{one}/seen.html",
        "manage_students",
        f"manage_students/{quote(ID)}",
        f"manage_students/{quote(ID)}/{CHAPTER}",
        "manage_students/planter",
        f"manage_submissions/{CHAPTER}",
        f"gradebook/{CHAPTER}/{CHAPTER}",
    ]
    titles = []
    for each in pages:
        browser.get(f"{address}/{each}")
        WebDriverWait(browser, 30).until(lambda b: b.execute_script(AT_REST))
        time.sleep(0.3)  # a page that may run nothing keeps no time of its own
        titles.append(browser.title)
    return titles


INTERFACE = [
    "students",
    f"student/{quote(PLAIN_ID)}",
    f"submissions/{CHAPTER}",
    f"submission/{CHAPTER}/{quote(PLAIN_ID)}",
    f"student_submissions/{quote(PLAIN_ID)}",
    "assignments",
]
"""The addresses of nbgrader's interface for programs, which a person can open, too."""


def visit_interface(browser, address):
    for each in INTERFACE:
        browser.get(f"{address}/api/{each}")
        time.sleep(0.3)  # a page that may run nothing keeps no time of its own


def log_of(course):
    return (course.folder / "server.log").read_text("utf-8")


@pytest.mark.heavy
def test_what_is_planted_runs_in_the_formgrader_as_it_is(marked, browser, listener):
    """Without our part: so that the next test can fail."""
    listener.asked.clear()
    with served(marked, NAKED) as address:
        titles = visit(browser, address, marked)
    assert {*listener.asked} >= WOULD_RUN
    assert "it ran" in titles
    assert "GET /planted/answer" in log_of(marked) and "GET /planted-id" in log_of(marked)


@pytest.mark.heavy
def test_nothing_that_is_planted_runs_where_a_person_marks(marked, browser, listener):
    path = notebook_path(marked, "autograded", "planter")
    before = path.read_bytes()
    listener.asked.clear()
    with served(marked) as address:
        titles = visit(browser, address, marked)
        browser.get(f"{address}/submissions/{submission(marked, 'planter')}/")
        shown = browser.find_element("tag name", "body").text
    assert listener.asked == [] and "it ran" not in titles
    assert [line for line in log_of(marked).splitlines() if "GET /planted" in line] == []
    assert path.read_bytes() == before, "what is stored is what the student wrote"
    assert "<script>fetch" in cell(nbformat.reads(before.decode(), 4), QUESTION).source
    assert "ValueError: <script>fetch" in shown, "what is text everywhere is text here"


@pytest.mark.heavy
def test_an_id_runs_in_no_answer_of_nbgraders_interface(marked, browser):
    with served(marked, NAKED) as address:
        visit_interface(browser, address)
    assert "GET /planted-json" in log_of(marked), "so that the next can fail"
    with served(marked) as address:
        visit_interface(browser, address)
        browser.get(f"{address}/api/students")
        assert "planted-json" in browser.page_source, "it is shown"
    assert "GET /planted-json" not in log_of(marked)


@pytest.mark.heavy
def test_what_a_student_says_is_all_there_where_a_person_marks(marked, browser):
    browser.get_log("browser")
    with served(marked) as address:
        browser.get(f"{address}/submissions/{submission(marked, 'honest')}/")
        WebDriverWait(browser, 30).until(lambda b: b.execute_script("return formgrader.loaded"))
        points = browser.find_element("id", QUESTION)
        panel = points.find_element("xpath", "./ancestor::div[contains(@class, 'nbgrader_cell')]")
        assert "If a <b and c> d, then x<y> counts." in panel.text
        assert panel.find_elements("css selector", "math[display=block] mfrac, math[display=block] msqrt")
        assert [each.text for each in panel.find_elements("css selector", "td")] == ["one", "two"]
        assert _widths(panel) == [200, 200], "attached, and beside the notebook"
        assert panel.find_elements("css selector", ".highlight .k, .highlight .nf")
        added = browser.find_elements("css selector", ".code_cell")[-1]
        assert added.find_elements("css selector", ".highlight .kn")
        assert all(each in added.text for each in ("state", "terminal", "a <b> in what was printed"))
        assert added.find_elements("css selector", "math msup") and min(_widths(added)) > 200
        assert [each for each in browser.get_log("browser") if "SEVERE" in each["level"]] == []


@pytest.mark.heavy
def test_the_mark_scheme_stands_above_the_answer_and_nowhere_else(marked, browser):
    """Beside the answer that a person marks; in no file, and on no page of a student's."""
    browser.get_log("browser")
    path = notebook_path(marked, "autograded", "honest")
    before = path.read_bytes()
    with served(marked) as address:
        browser.get(f"{address}/submissions/{submission(marked, 'honest')}/")
        WebDriverWait(browser, 30).until(lambda b: b.execute_script("return formgrader.loaded"))
        (scheme,) = browser.find_elements("css selector", ".mark-scheme")
        points = browser.find_element("id", QUESTION)
        panel = points.find_element("xpath", "./ancestor::div[contains(@class, 'nbgrader_cell')]")
        for words in ("Model answer.", "Mark scheme.", f"To mark {QUESTION}", "4 points"):
            assert words in scheme.text
        assert scheme.location["y"] + scheme.size["height"] <= panel.location["y"]
        assert panel.location["y"] - scheme.location["y"] - scheme.size["height"] < 100, "right above it"
        assert abs(scheme.size["width"] - panel.size["width"]) < 60
        assert not panel.find_elements("css selector", ".mark-scheme") and "Mark scheme" not in panel.text
        assert [each for each in browser.get_log("browser") if "SEVERE" in each["level"]] == []
    assert path.read_bytes() == before and b"Mark scheme" not in before
    (page,) = feedback(CHAPTER, marked, "honest")
    assert "Mark scheme" not in page.read_text("utf-8") and "Model answer" not in page.read_text("utf-8")


def _widths(element):
    return [each.get_property("naturalWidth") for each in element.find_elements("css selector", "img")]
