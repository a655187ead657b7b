"""Every worked number of the book is computed by the cell that is named for it, and has the right value."""

from pathlib import Path

import numpy as np
import pytest

from autograder.cells import BOOK
from tests.notebook.reading import computes, values
from tests.notebook.worked_numbers import WORKED

CHAPTERS = Path(__file__).parent / "chapters"


@pytest.fixture(scope="module", params=sorted(WORKED))
def chapter(request):
    rows = WORKED[request.param]
    return request.param, rows, values(BOOK / f"{request.param}.md", [(cell, name) for cell, name, _ in rows])


def test_every_worked_number_of_the_chapter_has_its_value(chapter):
    name, rows, found = chapter
    wrong = {
        f"{name}, cell {cell}: {variable}": (found[cell, variable].tolist(), np.asarray(value).tolist())
        for cell, variable, value in rows
        if not (
            found[cell, variable].shape == np.shape(value)
            and np.allclose(found[cell, variable], value, rtol=1e-12, atol=1e-12)
        )
    }
    assert not wrong, f"found and expected: {wrong}"


def test_a_wrong_number_is_noticed():
    found = values(CHAPTERS / "sound.md", [("worked_half", "half")])
    assert np.allclose(found["worked_half", "half"], 0.5)
    assert not np.allclose(found["worked_half", "half"], 0.51)


def test_a_number_that_is_typed_and_not_computed_is_refused():
    with pytest.raises(LookupError, match="typed is not computed there"):
        values(CHAPTERS / "sound.md", [("worked_half", "typed")])


def test_a_cell_that_is_gone_is_noticed():
    with pytest.raises(LookupError, match="no cell named worked_third"):
        values(CHAPTERS / "sound.md", [("worked_third", "third")])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 5 / 2", False),
        ("x = f(2)", True),
        ("x, y = f(2), 1", True),
        ("x = a + 1", True),
        ("y = a", False),
    ],
)
def test_computing_means_more_than_literals(source, expected):
    assert computes(source, "x") is expected
