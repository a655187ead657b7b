"""What a class was ever given: the cells of each release, to know them later; what has changed since."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.chapter.cells import BOOK, Chapter
from autograder.chapter.student_markdown import plain_markdown
from autograder.classroom.keeping import write_whole
from autograder.exercises import EXERCISES
from autograder.pages.own import Text
from autograder.running.released import Released
from autograder.written import QUESTIONS


@dataclass(frozen=True)
class Changes:
    """What `autograder/exercises` and `autograder/written` say otherwise than a release, in clauses.

    `points` are exercises that are worth something else now, `kinds` those that are of another kind or gone.
    """

    points: tuple[str, ...]
    kinds: tuple[str, ...]

    def why_not_graded(self, assignment: str, release: str, *, handed_in: bool) -> str:
        """Return '' where nothing has changed, else a sentence that says so and what to do.

        `release` is the command that releases the assignment again.
        """
        if not self.points and not self.kinds:
            return ""
        said = (
            f"{assignment} is not graded: the class was released with other exercises than there are now "
            f"({', '.join([*self.kinds, *self.points])})"
        )
        if not handed_in:
            return f"{said}; nobody has handed in, so release again: {release}"
        ways = ["undo that change, and every score and mark stays as it is"]
        if not self.kinds:
            ways.append(
                f"release again (`{release}`), and the next grade scores all code by the new points, while "
                "marks that a person gave stay the numbers they are: nothing is rescaled"
            )
        ways.append("release into a new class folder with --course, and this one keeps its scores and marks")
        return f"{said}, and some have handed in; either {'; or '.join(ways)}"


def changes(released: Released) -> Changes:
    """Compare the release with the exercises that there are now; those that are new are left out."""
    points, kinds = [], []
    for name, said, is_kind in _changes(released):
        (kinds if is_kind else points).append(f"{name}: {said}")
    return Changes(tuple(points), tuple(kinds))


def _changes(released: Released) -> Iterator[tuple[str, str, bool]]:
    for cell_name, cell in released.graded.items():
        if not cell["nbgrader"]["grade"]:
            continue
        is_code = cell["nbgrader"]["locked"]
        name = cell_name.removeprefix("test_") if is_code else cell_name
        now, other = (EXERCISES, QUESTIONS) if is_code else (QUESTIONS, EXERCISES)
        before = cell["nbgrader"]["points"]
        if name in now:
            if now[name].points != before:
                yield name, f"{before:g} points released, {now[name].points:g} now", False
        elif name in other:
            kinds = ("code", "words") if is_code else ("words", "code")
            yield name, "answered in {} as released, in {} now".format(*kinds), True
        else:
            yield name, "released, and gone now", True


def texts(folder: Path, assignment: str) -> tuple[Text, ...]:
    """Return the cells of all releases of a chapter into the class folder `folder`, and of the book's own."""
    found = [*_released(folder, assignment), *_earlier(folder, assignment), *_book(assignment)]
    return tuple(dict.fromkeys(found))


def remember(folder: Path, assignment: str) -> None:
    """Note the cells of the release that is in the folder now, before another takes its place."""
    found = list(dict.fromkeys([*_earlier(folder, assignment), *_released(folder, assignment)]))
    if found:
        write_whole(_history(folder, assignment), json.dumps(found, ensure_ascii=False, indent=0))


def _history(folder: Path, assignment: str) -> Path:
    return folder / "releases" / f"{assignment}.json"


def _earlier(folder: Path, assignment: str) -> list[Text]:
    path = _history(folder, assignment)
    return [(kind, source) for kind, source in json.loads(path.read_text("utf-8"))] if path.is_file() else []


def _released(folder: Path, assignment: str) -> list[Text]:
    path = folder / "release" / assignment / f"{assignment}.ipynb"
    return _cells(nbformat.read(path, as_version=4)) if path.is_file() else []


def _book(assignment: str) -> list[Text]:
    path = BOOK / f"{assignment}.md"
    return _cells(plain_markdown(Chapter(path).notebook())) if path.is_file() else []


def _cells(notebook: nbformat.NotebookNode) -> list[Text]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]
