"""What a person who marks an answer in words has seen: a change of it reopens the mark, and no other does."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.classroom.gradebook import what_was_released
from autograder.running.restore import restore
from autograder.running.seen import is_as_seen, seen, words
from tests.classes import CHAPTER, cell, notebook_path, released_class

QUESTION = "explain_time_limits"
ANSWER = "It bootstraps, see ![the plot](my%20plot.png) and ![](attachment:drawn.png) and below."
FILES = {"my plot.png": b"curve", "notes.txt": b"mine", "deep/other.png": b"unused"}


@pytest.fixture(scope="module")
def course(tmp_path_factory, chapter):
    return released_class(tmp_path_factory.mktemp("seen") / "class", chapter)


@pytest.fixture(scope="module")
def released(course):
    with course.gradebook() as gradebook:
        notebook = gradebook.find_notebook(CHAPTER, CHAPTER)
        return what_was_released(notebook, notebook_path(course, "release").parent)


@pytest.fixture(scope="module")
def marked(course):
    """A notebook as it was handed in: an answer with a file, an attachment, and a cell above and below it."""
    notebook = nbformat.read(notebook_path(course, "release"), as_version=4)
    answer = cell(notebook, QUESTION)
    answer.source = ANSWER
    answer["attachments"] = {"drawn.png": {"image/png": "AAAA"}}
    place = notebook.cells.index(answer)
    notebook.cells.insert(place, new_markdown_cell("What I thought first.", id="mine-above"))
    notebook.cells.insert(place + 2, new_markdown_cell("And so the clock is no state.", id="mine-below"))
    notebook.cells.insert(place + 3, new_code_cell("draw(3)", id="mine-code"))
    notebook.cells.append(copy.deepcopy(answer))
    notebook.cells[-1].update(source="The other half.", id="second-half", attachments={})
    return notebook


def digest(notebook, released, files=FILES):
    notebook = copy.deepcopy(notebook)
    restore(notebook, released)
    return seen(notebook, released, files)[QUESTION]


def by_id(notebook, name):
    return next(each for each in notebook.cells if each.get("id") == name)


def edits(source, name):
    return lambda notebook, files: by_id(notebook, name).update(source=source)


CHANGES = {
    "the answer": lambda notebook, files: cell(notebook, QUESTION).update(source=ANSWER + " No."),
    "the other half": edits("Another half.", "second-half"),
    "the cell above": edits("What I thought later.", "mine-above"),
    "the cell below": edits("And so it is.", "mine-below"),
    "code of the student's below": edits("draw(4)", "mine-code"),
    "an attachment": lambda notebook, files: (
        cell(notebook, QUESTION).attachments["drawn.png"].update({"image/png": "BBBB"})
    ),
    "an attachment in a cell beside": lambda notebook, files: by_id(notebook, "mine-below").update(
        attachments={"more.png": {"image/png": "CCCC"}}
    ),
    "a picture beside the notebook": lambda notebook, files: files.update({"my plot.png": b"line"}),
    "a picture that is gone": lambda notebook, files: files.pop("my plot.png"),
    "a cell beside that is gone": lambda notebook, files: notebook.cells.remove(
        by_id(notebook, "mine-below")
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_what_was_seen_is_noticed(marked, released, change):
    notebook, files = copy.deepcopy(marked), dict(FILES)
    change(notebook, files)
    assert not is_as_seen(digest(notebook, released, files), digest(marked, released))


OTHERS = {
    "a file that nothing names": lambda notebook, files: files.update({"notes.txt": b"more", "x.bin": b""}),
    "code of an exercise": lambda notebook, files: cell(notebook, "td_errors").update(source="x = 1"),
    "a cell far away": lambda notebook, files: notebook.cells.insert(0, new_markdown_cell("Ann's notebook.")),
    "outputs and counts": lambda notebook, files: by_id(notebook, "mine-code").update(execution_count=7),
    "ids and white space": lambda notebook, files: by_id(notebook, "mine-below").update(
        id="other", source="And so the clock is no state.\n"
    ),
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS.keys())
def test_a_change_elsewhere_calls_nobody(marked, released, change):
    notebook, files = copy.deepcopy(marked), dict(FILES)
    change(notebook, files)
    assert is_as_seen(digest(notebook, released, files), digest(marked, released))


def test_a_digest_of_an_earlier_build_stands_for_the_words_alone(marked, released):
    notebook = copy.deepcopy(marked)
    restore(notebook, released)
    earlier = words(notebook)[QUESTION]
    assert len(earlier) == 16 and is_as_seen(digest(marked, released), earlier)
    CHANGES["the answer"](notebook, {})
    assert not is_as_seen(digest(notebook, released), earlier)
    assert is_as_seen(None, None) and not is_as_seen(None, earlier) and not is_as_seen(earlier * 2, None)
