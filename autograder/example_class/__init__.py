"""The example class: six submissions made from a release, to try the whole way on and to test it.

The modules beside this file hold what a student would write: `perfect`, `other_algorithms`, `misconceptions`.
An exercise without an entry there is answered by the reference itself, or left undone by those who would not
get it right. The first two answer in words too, with the model answers; these wait for a person to mark them.
"""

import inspect
import shutil
from collections.abc import Callable
from types import ModuleType

import nbformat

import solutions
from autograder.chapter.cells import Chapter, answered_name, exercise_names
from autograder.chapter.reference import standalone
from autograder.classroom.course import Course
from autograder.example_class import misconceptions, other_algorithms, perfect
from autograder.written import QUESTIONS


def _answers(module: ModuleType, names: list[str]) -> dict[str, str]:
    """Return the source of each answer; the reference stands in for one that the module does not have."""
    return {
        name: inspect.getsource(getattr(module, name))
        if hasattr(module, name)
        else standalone(getattr(solutions, name), names)
        for name in names
    }


def _perfect(names: list[str]) -> dict[str, str]:
    return _answers(perfect, names) | _in_words()


def _other_algorithms(names: list[str]) -> dict[str, str]:
    return _answers(other_algorithms, names) | _in_words()


def _in_words() -> dict[str, str]:
    return {name: question.marking.split("**Mark scheme.**")[0] for name, question in QUESTIONS.items()}


def _partly_done(names: list[str]) -> dict[str, str]:
    return _answers(perfect, names[: len(names) // 2])


def _untouched(_: list[str]) -> dict[str, str]:
    return {}


def _misconceptions(names: list[str]) -> dict[str, str]:
    return _answers(misconceptions, [name for name in names if hasattr(misconceptions, name)])


STUDENTS: dict[str, Callable[[list[str]], dict[str, str]] | None] = {
    "perfect": _perfect,
    "other-algorithms": _other_algorithms,
    "partly-done": _partly_done,
    "untouched": _untouched,
    "misconceptions": _misconceptions,
    "broken-file": None,
}
"""Who is in the class: student → what they answer, by exercise; None hands in half a file."""


def submit(chapter: Chapter, course: Course) -> None:
    """Hand in the six submissions for a released chapter."""
    released = course.folder / "release" / chapter.name
    text = (released / f"{chapter.name}.ipynb").read_text("utf-8")
    names = exercise_names(chapter.notebook())
    for student, answers in STUDENTS.items():
        folder = course.folder / "submitted" / student / chapter.name
        shutil.copytree(released, folder, dirs_exist_ok=True)
        handed_in = text[: len(text) // 2] if answers is None else _fill_in(text, answers(names))
        (folder / f"{chapter.name}.ipynb").write_text(handed_in, "utf-8")


def _fill_in(text: str, answers: dict[str, str]) -> str:
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        name = answered_name(cell) or cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name].rstrip()
    return nbformat.writes(notebook)
