"""A chapter that breaks a convention is refused in a sentence that names its cell, before it is released."""

import re

import pytest

from autograder.chapter import cells
from autograder.chapter.cells import Chapter, ChapterError
from autograder.chapter.source import source_notebook


def test_an_exercise_without_its_test_cell_is_named(chapter, tmp_path):
    broken = tmp_path / chapter.path.name
    broken.write_text(chapter.text.replace(":name: test_gae\n:tags: [test]", ":name: other"), "utf-8")
    with pytest.raises(ChapterError, match="each exercise cell needs one test cell"):
        source_notebook(Chapter(broken))


def test_an_exercise_whose_body_is_not_the_stub_is_named(chapter, tmp_path):
    broken = tmp_path / chapter.path.name
    broken.write_text(chapter.text.replace(cells.STUB, "    pass", 1), "utf-8")
    with pytest.raises(ChapterError, match="the unfinished body must be exactly"):
        source_notebook(Chapter(broken))


def test_an_exercise_whose_docstring_is_not_the_references_is_named(chapter, tmp_path):
    broken = tmp_path / chapter.path.name
    broken.write_text(chapter.text.replace("bool, True where", "bool, False where"), "utf-8")
    assert broken.read_text("utf-8") != chapter.text
    with pytest.raises(ChapterError, match="the signature and the docstring of the reference"):
        source_notebook(Chapter(broken))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"tags": ["written"]', '"tags": ["writen"]'),
        ('"name": "explain_time_limits", ', ""),
        ('+++ {"name": "explain_time_limits", "tags": ["written"]}', ""),
    ],
)
def test_an_answer_in_words_that_nobody_would_mark_is_refused(chapter, tmp_path, before, after):
    assert before in chapter.text
    broken = tmp_path / chapter.path.name
    broken.write_text(chapter.text.replace(before, after), "utf-8")
    with pytest.raises(ChapterError, match="the cell is no question; it needs a line above it"):
        source_notebook(Chapter(broken))


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (r"(:name: worked_gae\n):tags: \[demonstration\]\n", r"\1", "worked_gae"),
        (r"(?m)^tags: \[demonstration.*\]$", "tags: []", ".+"),  # a figure's
    ],
    ids=["named", "without a name"],
)
def test_a_code_cell_that_does_not_say_what_it_is_is_refused(chapter, tmp_path, before, after, named):
    text, changed = re.subn(before, after, chapter.text, count=1)
    assert changed
    broken = tmp_path / chapter.path.name
    broken.write_text(text, "utf-8")
    with pytest.raises(
        ChapterError, match=rf"{chapter.path.name}, line \d+, cell {named}: no tag.*\[demonstration\]"
    ):
        source_notebook(Chapter(broken))


@pytest.mark.parametrize(
    ("name", "tag", "other"),
    [
        ("gae", "exercise", "demonstration"),
        ("test_gae", "test", "demonstration"),
        ("worked_gae", "demonstration", "carry-over"),
    ],
)
def test_a_demonstration_that_is_something_else_too_is_refused(chapter, tmp_path, name, tag, other):
    before = f":name: {name}\n:tags: [{tag}]"
    assert before in chapter.text
    broken = tmp_path / chapter.path.name
    broken.write_text(chapter.text.replace(before, f":name: {name}\n:tags: [{tag}, {other}]"), "utf-8")
    with pytest.raises(ChapterError, match=rf"cell {name}: a demonstration is nothing else"):
        source_notebook(Chapter(broken))
