"""The notebooks that are put into the tools: right answers, and little else of the chapter.

Demonstrations and prose are left out but for three short cells, so that each kept file stays below forty
kilobytes; the first cell, all answers and tests and the answer in words are there as they were released.
"""

from copy import deepcopy
from inspect import getsource
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.chapter.cells import find_chapter
from autograder.desk.release import student_files
from autograder.example_class import perfect
from tests.classes import cell

CHAPTER = "e3_3_ppo_adam"
FUNCTIONS = ("probability_ratio", "clipped_surrogate", "adam_step", "clip_by_global_norm")
QUESTION = "explain_clipping"
PHRASE = "living samples carry the dead ones along"
WORDS = rf"""A sample that has gained all it may, $r_t(\theta)>1+\epsilon$ where $\hat A>0$, has *no*
gradient. The minimum leaves those alone that have become worse. Two ways out:

- a large step jumps over the edge,
- {PHRASE}."""
"""The answer in words; tools that wrap lines or write a list anew have something to do."""
KEPT_BESIDE = ("012", "020", "021")
"""Which of the chapter's other cells stay: a sentence, a demonstration, and a text with formulas."""
HELPER = "%matplotlib inline\nimport math\n\n\ndef quotient(difference):\n    return np.exp(difference)"
RATIO = "def probability_ratio(logp_new, logp_old):\n    return quotient(logp_new - logp_old)"
TRY = "%precision 3\nclip_by_global_norm([np.array([3.0]), np.array([4.0])], 1.0)"
NOTE = "My sketch:\n\n![sketch](attachment:sketch.png)"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
"""What the student has added: a helper that an answer calls, a magic, and a pasted picture."""
SECOND_SURROGATE = """\
def clipped_surrogate(ratio, advantage, epsilon):
    inside = np.minimum(np.maximum(ratio, 1 - epsilon), 1 + epsilon)
    return np.minimum(ratio * advantage, inside * advantage)"""
"""Another right answer to what both have written; their versions conflict."""


def write_all(folder: Path) -> None:
    """Write into `folder` the student's notebook with its files, and the versions of two who work on one."""
    path = student_files(find_chapter(CHAPTER), folder) / f"{CHAPTER}.ipynb"
    released = _cut(nbformat.read(path, as_version=4))
    versions = {
        CHAPTER: dict.fromkeys([*FUNCTIONS, QUESTION]),
        "before": {},
        "mine": dict.fromkeys(["probability_ratio", "clipped_surrogate"]),
        "theirs": dict.fromkeys(["adam_step", "clip_by_global_norm", QUESTION]),
    }
    versions["conflicting"] = {**versions["theirs"], "clipped_surrogate": SECOND_SURROGATE}
    for name, answers in versions.items():
        notebook = deepcopy(released)
        for answer, source in answers.items():
            cell(notebook, answer).source = source or _right(answer)
        nbformat.write(notebook, folder / f"{name}.ipynb")


def _cut(notebook: NotebookNode) -> NotebookNode:
    """Return a released notebook with the few cells that stay, and with those that the student has added."""
    first = next(each for each in notebook.cells if each.cell_type == "code")
    note = nbformat.v4.new_markdown_cell(NOTE, id="own-note")
    note["attachments"] = {"sketch.png": {"image/png": PIXEL}}
    kept = [each for each in notebook.cells if "nbgrader" in each.metadata or each.id.endswith(KEPT_BESIDE)]
    notebook.cells = [
        first,
        nbformat.v4.new_code_cell(HELPER, id="own-helper"),
        *kept,
        note,
        nbformat.v4.new_code_cell(TRY, id="own-try"),
    ]
    return notebook


def _right(name: str) -> str:
    """Return the right answer to a function or to the question."""
    written = {QUESTION: WORDS, "probability_ratio": RATIO}
    return written.get(name) or getsource(getattr(perfect, name)).rstrip()
