"""The class to measure with: submissions that all differ, and the points that each of their cells must earn.

Each exercise of each submission is answered in one of the ways of the example class, chosen by a fixed random
generator. An answer that calls another exercise brings it along inside, so that what an exercise earns
depends on its own answer alone, and is known beforehand.
"""

import inspect
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType

import nbformat
import numpy as np

from autograder.chapter.cells import answered_name, exercise_names, find_chapter, written_names
from autograder.example_class import misconceptions, other_algorithms, perfect
from autograder.exercises import EXERCISES
from autograder.judging.answers import ask_here
from autograder.judging.verdict import judge
from autograder.running.code import called_names
from autograder.written import QUESTIONS

CHAPTER = "e3_5_complete_formulas"
SEED = 0
"""What the hidden inputs are drawn from; nbgrader's hidden tests use it, so that both ask the same cases."""
ENDLESS_LOOP = "while True:\n    pass\n"
ENDLESS_EACH = 10
"""One submission in so many has an endless loop, where there are any."""


class Way(Enum):
    """How an exercise is answered."""

    RIGHT = perfect
    OTHER_ALGORITHM = other_algorithms
    WRONG = misconceptions
    UNDONE = None
    ENDLESS_CALL = "the function does not return"
    ENDLESS_CELL = "a right function, and a loop below it that does not end"


MIXED = {Way.RIGHT: 0.4, Way.OTHER_ALGORITHM: 0.3, Way.WRONG: 0.2, Way.UNDONE: 0.1}
"""How often each way is chosen."""


@dataclass(frozen=True)
class Worth:
    """What an answer must earn, here and with plain nbgrader, and what our feedback must say of it."""

    ours: float | None
    plain: float | None
    hint: str = ""


@dataclass(frozen=True)
class Submission:
    """One student and how each exercise is answered; `in_words` tells whether the question is, too."""

    student: str
    ways: Mapping[str, Way]
    in_words: bool

    def worths(self) -> dict[str, Worth]:
        """Return what each graded cell must earn, by the cell's name in the gradebook."""
        found = {f"test_{name}": worth(name, way) for name, way in self.ways.items()}
        words = Worth(None, None) if self.in_words else Worth(0, 0)  # None: a person has to mark it
        return found | dict.fromkeys(questions(), words)

    def answers(self) -> dict[str, str]:
        """Return the source of each answered cell; none is the same as another student's."""
        by = f"{self.student}\n"
        code = {name: f"# {by}{answer(name, way)}" for name, way in self.ways.items() if way != Way.UNDONE}
        words = {name: f"By {by}\n{QUESTIONS[name].marking}" for name in questions() if self.in_words}
        return code | words


@cache
def exercises() -> tuple[str, ...]:
    """Return the names of the chapter's exercises."""
    return tuple(exercise_names(find_chapter(CHAPTER).notebook()))


@cache
def questions() -> tuple[str, ...]:
    """Return the names of the chapter's questions in words."""
    return tuple(written_names(find_chapter(CHAPTER).notebook()))


def draw(count: int, *, endless: bool = False) -> list[Submission]:
    """Return `count` submissions, the same on every run; with endless loops in some where asked for."""
    rng = np.random.default_rng(0)
    submissions = []
    for number in range(count):
        chosen = rng.choice(len(MIXED), len(exercises()), p=list(MIXED.values()))
        ways = {name: list(MIXED)[way] for name, way in zip(exercises(), chosen, strict=True)}
        if endless and number % ENDLESS_EACH == 0:
            kind = (Way.ENDLESS_CALL, Way.ENDLESS_CELL)[number // ENDLESS_EACH % 2]
            ways[exercises()[rng.integers(len(exercises()))]] = kind
        submissions.append(Submission(f"student-{number:04d}", ways, bool(rng.integers(2))))
    return submissions


@cache
def worth(name: str, way: Way) -> Worth:
    """Return what an answer must earn: nothing or everything, but for a wrong one with some right cases."""
    most = EXERCISES[name].points
    if way in (Way.UNDONE, Way.ENDLESS_CALL):
        return Worth(0, 0)
    if way != Way.WRONG:
        return Worth(most, most)
    with warnings.catch_warnings(action="ignore"):
        verdict = judge(EXERCISES[name], SEED, ask_here(getattr(misconceptions, name)))
    if verdict.points >= most or not verdict.misconception:
        raise ValueError(f"the wrong answer for {name} is not what this benchmark takes it for")
    return Worth(verdict.points, 0, verdict.misconception.sentence)  # nbgrader's cell is all or nothing


def answer(name: str, way: Way) -> str:
    """Return the source of an answer."""
    match way:
        case Way.ENDLESS_CALL:
            head = _standing_alone(perfect, name).splitlines()[0]
            return "\n".join([head, *(f"    {line}" for line in ENDLESS_LOOP.splitlines())])
        case Way.ENDLESS_CELL:
            return f"{_standing_alone(perfect, name)}\n\n{ENDLESS_LOOP}"
        case _:
            return _standing_alone(way.value, name)


def _standing_alone(module: ModuleType, name: str) -> str:
    """Return the source of a function, with the other exercises that it calls defined inside it."""
    source = inspect.getsource(getattr(module, name))
    head, *body = source.rstrip().splitlines()
    if not head.endswith("):"):
        raise ValueError(f"{module.__name__}.{name}: its signature is expected on one line")
    helpers = [each for each in called_names(source) if each in exercises() and each != name]
    inside = [f"    {line}" for each in helpers for line in _standing_alone(module, each).splitlines()]
    return "\n".join([head, *inside, *body])


def hand_in(submissions: list[Submission], folder: Path) -> None:
    """Hand in for the chapter released in the class folder `folder`."""
    released = folder / "release" / CHAPTER
    text = (released / f"{CHAPTER}.ipynb").read_text("utf-8")
    for each in submissions:
        target = folder / "submitted" / each.student / CHAPTER
        shutil.copytree(released, target)
        (target / f"{CHAPTER}.ipynb").write_text(_fill_in(text, each.answers()), "utf-8")


def _fill_in(text: str, answers: Mapping[str, str]) -> str:
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        name = answered_name(cell) or cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name].rstrip()
    return nbformat.writes(notebook)
