"""Whatever JSON makes of a notebook, what is read of it is valid, keeps each text, or is one sentence."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.running.reading import LEFT_OUT, UnreadableError, read_notebook

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["id", "metadata", "attachments", "outputs", "execution_count", "cell_type", "level", "block_group"]
CELLS = st.builds(
    lambda kind, source, more: {"cell_type": kind, "source": source, **more},
    st.sampled_from(["code", "markdown", "raw", "heading", "odd", None, 5]),
    st.text(max_size=20) | st.lists(st.text(max_size=9), max_size=3),
    st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=4),
)
NOTEBOOKS = st.builds(
    lambda cells, more: {**more, "cells": cells},
    st.lists(CELLS, min_size=1, max_size=4),
    st.dictionaries(st.sampled_from(["nbformat", "nbformat_minor", "metadata", "worksheets"]), ANYTHING),
)


def text_of(source):
    return source if isinstance(source, str) else "".join(source)


@given(NOTEBOOKS)
def test_what_is_read_is_valid_and_keeps_every_source(written):
    try:
        notebook = read_notebook(json.dumps(written).encode(), "x.ipynb", 100)
    except UnreadableError as error:  # cells of an odd worksheet
        assert "worksheets" in written and str(error)
        return
    nbformat.validate(json.loads(json.dumps(valid_in_code(notebook))))
    for before, after in zip(written["cells"], notebook.cells, strict=False):
        assert after.source.endswith(text_of(before["source"]))


def valid_in_code(notebook):
    """Return the notebook without the attachments that code keeps until it is known what it is to be."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.pop("attachments", None)
    return notebook


@given(ANYTHING)
def test_what_is_no_notebook_is_one_sentence_and_no_other_error(written):
    with pytest.raises(UnreadableError) as told:
        read_notebook(json.dumps(written).encode(), "x.ipynb", 100)
    assert str(told.value).startswith("The file x.ipynb ") and "\n" not in str(told.value)


@given(st.binary(max_size=60))
def test_bytes_are_a_sentence_too(content):
    with pytest.raises(UnreadableError):
        read_notebook(content, "x.ipynb", 100)


EVERY_PART = {
    "cells": [
        {"cell_type": "code", "execution_count": -1.5e-7, "at": 1e30, "n": None, "t": True, "f": False}
    ],
    "metadata": {"text": ['é\n"q"', "b\\", ""], "empty": {}},
}


@pytest.mark.parametrize("in_ascii", [True, False])
def test_a_file_that_is_cut_off_is_said_to_be_wherever_it_was_cut(in_ascii):
    """In the middle of a word, of a number or of a sign that is written in hexadecimal digits too."""
    whole = json.dumps(EVERY_PART, indent=1, ensure_ascii=in_ascii)
    for end in range(1, len(whole)):
        with pytest.raises(UnreadableError, match="is cut off: it ends in the middle"):
            read_notebook(whole[:end].encode(), "x.ipynb", 100)


@pytest.mark.parametrize(
    "text", ['{"a": tru, "b": 1}', '{"a": 1,, "b": 2}', '{"a" 1}', '{"a": 1}}', '{"a": "\\x"}']
)
def test_a_file_that_goes_on_behind_its_fault_is_not_said_to_be_cut_off(text):
    with pytest.raises(UnreadableError, match="it is not JSON"):
        read_notebook(text.encode(), "x.ipynb", 100)


def test_attachments_and_names_are_kept_and_odd_parts_of_them_dropped():
    about = {"grade_id": "gae", "grade": False, "solution": True}
    cell = {
        "cell_type": "markdown",
        "source": "![a](attachment:a b.png)",
        "attachments": {"a b.png": {"image/png": ["aGk", "="], "odd": 5}, "c": 5, "d": {"e": None}},
        "metadata": {"nbgrader": about, "name": "gae", "tags": ["a", "a", 5, "b,c"], "collapsed": "no"},
    }
    (read,) = read_notebook(json.dumps({"cells": [cell]}).encode(), "x.ipynb", 1).cells
    assert read.attachments == {"a b.png": {"image/png": "aGk="}}
    assert read.metadata == {"nbgrader": about, "name": "gae", "tags": ["a"]}


@pytest.mark.parametrize(
    ("level", "marks"), [(3, "###"), (2.0, "#"), (1e400, "#"), (0, "#"), ("2", "#"), ([2], "#")]
)
def test_a_heading_of_the_older_formats_keeps_its_level_where_that_is_one(level, marks):
    written = {"cells": [{"cell_type": "heading", "level": level, "source": "A title"}]}
    (cell,) = read_notebook(json.dumps(written).encode(), "x.ipynb", 9).cells
    assert (cell.cell_type, cell.source) == ("markdown", f"{marks} A title")


def test_a_good_id_stays_and_another_cells_is_not_given_twice():
    ids = ["a", "a", None, "cell-2-0", "x" * 65, "b c", "z"]
    cells = [{"cell_type": "code", "source": "", "id": each} for each in ids]
    found = [cell.id for cell in read_notebook(json.dumps({"cells": cells}).encode(), "x.ipynb", 9).cells]
    assert len(set(found)) == len(ids) and (found[0], found[3], found[6]) == ("a", "cell-2-0", "z")


def read_cells(*cells, most=2500):
    """Return what is read of cells, each a pair of its kind and its source, with a low bound."""
    written = [{"cell_type": kind, "source": source} for kind, source in cells]
    return [
        each.source for each in read_notebook(json.dumps({"cells": written}).encode(), "x", 99, most).cells
    ]


ANSWER = "def gae():\n    return 1"


@pytest.mark.parametrize("absurd", [0, 1])
def test_of_an_absurd_cell_the_first_lines_are_left_and_they_do_nothing(absurd):
    cells = [("code", ANSWER), ("markdown", "words")]
    cells.insert(absurd, ("code", "x = 1\n" + "y = 2\n" * 39_999))
    found = read_cells(*cells)
    lines = found.pop(absurd).split("\n")
    assert found == [ANSWER, "words"], "an answer beside it stays"
    assert lines[0] == f"...  # {LEFT_OUT.format(count='40,001 lines')}"
    assert lines[1:] == ["# x = 1", *["# y = 2"] * 19, "# … 39,981 lines more are not shown"]


def test_the_longest_cells_go_until_the_rest_has_room_and_words_do_not_count_against_code():
    cells = [("code", "a" * 40), ("code", "b" * 3000), ("markdown", "c" * 90), ("code", "d" * 2000)]
    first, second, words, last = read_cells(*cells)
    assert (first, words, last) == ("a" * 40, "c" * 90, "d" * 2000)
    told = LEFT_OUT.format(count="3,000 characters")
    assert second.split("\n") == [f"...  # {told}", f"# {'b' * 200}", "# … and so on"]


def test_the_beginning_of_a_text_is_kept_as_text():
    (text,) = read_cells(("markdown", "**Because** so.\n" * 500))
    assert text.startswith(f"*({LEFT_OUT.format(count='501 lines')})*\n\n**Because** so.\n")
    assert text.endswith("*(… 481 lines more are not shown)*")


@pytest.mark.parametrize("end", ["\r", "\r\n", "\f", "\x0b", "\x1c", "\x85", "\u2028"])
def test_no_line_of_a_cell_that_was_left_out_is_run_however_it_ends(end):
    (source,) = read_cells(("code", f"bad = 1{end}bad = 2\n" * 300))
    names = {}
    exec(source, names)
    assert "bad" not in names


def test_a_picture_in_a_text_is_no_long_text():
    picture = f"so ![it](data:image/png;base64,{'iVBO' * 5000})"
    assert read_cells(("markdown", picture)) == [picture]
