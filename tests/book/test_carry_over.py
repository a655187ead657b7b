"""`carry_over` fetches a student's own functions from the notebooks of earlier chapters."""

import sys
import traceback

import nbformat
import pytest

from autograder.chapter.cells import BOOK, ROOT

CHAPTER = "e3_2_policy_gradient"


@pytest.fixture
def carry_over(monkeypatch, tmp_path):
    """The function, called from an empty folder, as a later chapter's notebook would call it."""
    monkeypatch.syspath_prepend(str(BOOK))
    here = tmp_path / "e3_6_reference"
    here.mkdir()
    monkeypatch.chdir(here)
    sys.modules.pop("carry_over", None)
    from carry_over import carry_over

    return carry_over


def write(path, *sources):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_the_students_own_function_comes_with_what_it_needs(carry_over, tmp_path):
    write(
        tmp_path / "e3_6_reference" / f"{CHAPTER}.ipynb",
        "%matplotlib inline\nimport numpy as np",
        "def helper(x):\n    return 2 * np.asarray(x)",
        "factor = 3\n\ndef advantage(returns, values):\n    return factor * helper(returns) - values",
        "def softmax(logits):\n    return logits",
    )
    advantage, softmax = carry_over(CHAPTER, "advantage", "softmax")
    assert advantage([1, 2], 1).tolist() == [5, 11]
    assert softmax(4) == 4


def test_the_notebook_may_lie_in_a_folder_of_its_own_name_beside(carry_over, tmp_path):
    write(tmp_path / CHAPTER / f"{CHAPTER}.ipynb", "def advantage(returns, values):\n    return 1")
    assert carry_over(CHAPTER, "advantage")(0, 0) == 1


def test_no_demonstration_is_run(carry_over, tmp_path):
    write(
        tmp_path / CHAPTER / f"{CHAPTER}.ipynb",
        "open('witness', 'w').close()",
        "def advantage(returns, values):\n    return 1",
    )
    carry_over(CHAPTER, "advantage")
    assert not (tmp_path / "e3_6_reference" / "witness").exists()


def test_a_missing_notebook_is_said_at_once_and_again_when_the_function_is_called(carry_over, capsys):
    advantage = carry_over(CHAPTER, "advantage")
    assert f"there is no {CHAPTER}.ipynb here" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="put your notebook of that chapter beside this one"):
        advantage(1, 2)


def test_a_missing_function_is_named(carry_over, tmp_path, capsys):
    write(tmp_path / CHAPTER / f"{CHAPTER}.ipynb", "def softmax(logits):\n    return logits")
    softmax, advantage = carry_over(CHAPTER, "softmax", "advantage")
    assert softmax(1) == 1
    assert "advantage: " in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="does not define it; finish that exercise there"):
        advantage(1, 2)


def test_a_broken_cell_costs_only_itself_and_is_named_if_it_was_asked_for(carry_over, tmp_path, capsys):
    write(
        tmp_path / CHAPTER / f"{CHAPTER}.ipynb",
        "def demonstrate(world=mdp):\n    return world",
        "def broken(:",
        "def advantage(returns, values):\n    return 1",
        "def softmax(logits):\n    return logits\n\nsoftmax(unknown)",
    )
    assert carry_over(CHAPTER, "advantage")(0, 0) == 1
    assert capsys.readouterr().out == ""
    carry_over(CHAPTER, "softmax")
    assert "NameError: name 'unknown' is not defined" in capsys.readouterr().out


def test_an_unfinished_function_is_named(carry_over, tmp_path, capsys):
    write(tmp_path / CHAPTER / f"{CHAPTER}.ipynb", "def softmax(logits):\n    raise NotImplementedError()")
    carry_over(CHAPTER, "softmax")
    assert "softmax: it is not finished yet in" in capsys.readouterr().out


def test_an_error_in_a_fetched_function_shows_its_own_line_and_not_the_notebook(carry_over, tmp_path):
    write(tmp_path / CHAPTER / f"{CHAPTER}.ipynb", "def softmax(logits):\n    return logits / nothing")
    softmax = carry_over(CHAPTER, "softmax")
    with pytest.raises(NameError) as error:
        softmax(1)
    shown = "".join(traceback.format_exception(error.value))
    assert "return logits / nothing" in shown and "nbformat" not in shown.split("return logits")[-1]


def test_a_file_that_is_no_notebook_is_said(carry_over, tmp_path, capsys):
    (tmp_path / "e3_6_reference" / f"{CHAPTER}.ipynb").write_text("{")
    carry_over(CHAPTER, "advantage")
    assert "cannot be read as a notebook" in capsys.readouterr().out


def test_the_module_needs_nothing_of_ours():
    source = (BOOK / "carry_over.py").read_text("utf-8")
    assert "solutions" not in source and "autograder" not in source and str(ROOT) not in source
