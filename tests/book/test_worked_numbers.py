"""Every worked number of the book is computed by the cell that is named for it, and has the right value."""

from pathlib import Path

import numpy as np
import pytest

from autograder.chapter.cells import BOOK, chapters
from tests.book.reading import computes, values
from tests.book.worked_numbers import CLOSE, WORKED

CHAPTERS = Path(__file__).parent / "chapters"


EXACT = 1e-12


def rows_of(chapter):
    exact = [(*row, EXACT) for row in WORKED.get(chapter, [])]
    return exact + CLOSE.get(chapter, [])


@pytest.mark.parametrize("chapter", sorted(WORKED))
def test_every_worked_number_of_the_chapter_has_its_value(chapter):
    rows = rows_of(chapter)
    found = values(BOOK / f"{chapter}.md", [(cell, name) for cell, name, _, _ in rows])
    wrong = {
        f"{chapter}, cell {cell}: {name}": (found[cell, name].tolist(), np.asarray(value).tolist())
        for cell, name, value, tolerance in rows
        if found[cell, name].shape != np.shape(value)
        or not np.allclose(found[cell, name], value, rtol=EXACT, atol=tolerance)
    }
    assert not wrong, f"found and expected: {wrong}"


def test_every_chapter_has_worked_numbers():
    assert set(WORKED) >= {chapter.name for chapter in chapters()}


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
