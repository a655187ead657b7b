"""When the build fails, when it runs a chapter again, what it leaves alone: on a small book of its own."""

import shutil
from pathlib import Path

import pytest
import yaml

from autograder.chapter.cells import ROOT
from tests.desk.site.conftest import build

pytestmark = pytest.mark.heavy

CHAPTER = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A small chapter

```{code-cell} ipython3
import numpy as np
import os
from two_state import TwoStateMDP

with open(os.environ["RUNS"], "a") as runs:
    runs.write("run\\n")
style = "course.mplstyle"
print(TwoStateMDP().state_values(np.array([[0.0, 1.0], [0.0, 1.0]])))
```

```{code-cell} ipython3
:name: advantage
:tags: [exercise]
EXERCISE
```

```{code-cell} ipython3
:name: test_advantage
:tags: [test]
assert np.allclose(advantage(np.array([10.0]), np.array([8.0])), 2)
```

```{code-cell} ipython3
:tags: [demonstration]
advantage(np.array([6.0]), np.array([8.0]))
```
"""


@pytest.fixture
def book(tmp_path, monkeypatch) -> Path:
    """A copy of the project with one small chapter in place of the book's."""
    for folder in ("solutions", "autograder"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "book").mkdir()
    shutil.copytree(ROOT / "book" / "_static", tmp_path / "book" / "_static")
    for name in ("two_state.py", "course.mplstyle", "references.bib"):
        shutil.copy(ROOT / "book" / name, tmp_path / "book")
    shutil.copy(ROOT / "_config.yml", tmp_path)
    toc = {"format": "jb-book", "root": "book/intro", "chapters": [{"file": "book/small"}]}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc))
    (tmp_path / "book" / "intro.md").write_text("# Introduction\n\nText.\n")
    (tmp_path / "book" / "small.md").write_text(CHAPTER.replace("EXERCISE", exercise()))
    monkeypatch.setenv("RUNS", str(tmp_path / "runs.txt"))
    return tmp_path


def exercise() -> str:
    """Return the cell for `advantage`, as a chapter would hold it."""
    import inspect
    from textwrap import indent

    import solutions
    from autograder.chapter.cells import STUB
    from autograder.chapter.reference import task

    signature = f"def advantage{inspect.signature(solutions.advantage)}:".replace("numpy.", "np.")
    text = indent(task(solutions.advantage), "    ").lstrip()
    return f'{signature}\n    """{text}\n    """\n{STUB}'


def runs(book: Path) -> int:
    return len((book / "runs.txt").read_text().splitlines())


def edit(file: Path, addition: str) -> None:
    file.write_text(file.read_text("utf-8") + addition, "utf-8")


def test_an_edit_of_what_a_chapter_depends_on_runs_it_again_and_nothing_else_does(book):
    assert build(book).returncode == 0
    assert runs(book) == 1
    assert build(book).returncode == 0
    assert runs(book) == 1, "nothing changed"
    edit(book / "solutions" / "policy_gradient.py", "\n# an edit\n")
    assert build(book).returncode == 0
    assert runs(book) == 2, "the reference changed"
    edit(book / "book" / "two_state.py", "\n# an edit\n")
    assert build(book).returncode == 0
    assert runs(book) == 3, "a helper module changed"
    edit(book / "book" / "course.mplstyle", "\n# an edit\n")
    assert build(book).returncode == 0
    assert runs(book) == 4, "the figures' style changed"
    edit(book / "book" / "small.md", "\nMore prose.\n")
    assert build(book).returncode == 0
    assert runs(book) == 4, "only prose changed"


def test_a_failing_cell_fails_the_build(book):
    chapter = book / "book" / "small.md"
    chapter.write_text(chapter.read_text("utf-8").replace("np.array([6.0])", "np.array([6.0]) / unknown"))
    done = build(book)
    assert done.returncode != 0
    assert "NameError" in done.stdout + done.stderr


def test_an_unresolved_reference_fails_the_build(book):
    edit(book / "book" / "small.md", "\nSee {eq}`eq-nowhere`.\n")
    assert build(book).returncode != 0


def test_folders_beside_the_book_are_left_alone(book):
    """A virtual environment, class folders and tests hold Markdown and notebooks that are not the book's."""
    for folder in (
        ".venv/lib/site-packages/thing",
        "course/release/x",
        "tests/book",
        "_build/example_class",
    ):
        (book / folder).mkdir(parents=True)
        (book / folder / "stray.md").write_text("# Stray\n\n{eq}`nowhere`\n")
        (book / folder / "stray.ipynb").write_text("{not a notebook")
    done = build(book)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list((book / "_build" / "html").rglob("*stray*"))
