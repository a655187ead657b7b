"""Similar: pairs of students whose answers are alike beyond chance, side by side on one page."""

import inspect
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from autograder import CourseError
from autograder.chapter.cells import title_of
from autograder.classroom.course import Course
from autograder.classroom.gradebook import released_notebook, what_was_released
from autograder.classroom.groups import group_of
from autograder.classroom.ungraded import notes
from autograder.desk.feedback import students_with_pages
from autograder.desk.grade import graded_notebook
from autograder.exercises import EXERCISES
from autograder.running.alike import Answers, Likeness
from autograder.running.code import is_unfinished
from autograder.running.printing import printable
from autograder.running.released import Released

SHARE, FEW_TOKENS = 0.75, 10
"""When an exercise counts against two students: the shorter answer stands in the other to this share, and has
this many tokens that few others have."""
TOKENS, MORE_TOKENS = 60, 4
"""How many such tokens it takes in all to call two students alike, and how many more for each exercise, as
chance adds up. Forty honest answers to each of six functions were dealt to forty students in thirty ways: no
pair came to more than 59 tokens, where 84 are asked for; see `tests/desk/test_similar.py`."""
FEWEST = 10
"""How many answers it takes to tell what is rare among them."""
PROVES = (
    "A match is a reason to ask, not a proof. Two may have learnt from one book or one video, worked "
    "together as they were allowed to, or been helped by one program; and who copied from whom no comparison "
    "can tell. No match is no proof either: whoever rewrites an answer with understanding is not found, and "
    "a formula that everybody writes alike tells nothing."
)


class SimilarError(CourseError):
    """There is nothing to compare; the message says why and what to do."""


@dataclass(frozen=True)
class Match:
    """One exercise in which two students' answers are alike beyond chance, and the code of both."""

    exercise: str
    likeness: Likeness
    codes: tuple[str, str]

    def __str__(self) -> str:
        """Return what they share, and how many others share as much, as a sentence."""
        return (
            f"{self.exercise}: {self.likeness.share:.0%} of the shorter answer is in the other; "
            f"{self.likeness.tokens} tokens of that are in few other answers, as many as "
            f"{self.likeness.as_alike:.1%} of all pairs share"
        )

    def lines(self, side: int) -> list[tuple[str, bool]]:
        """Return the lines of one's code, each with whether it holds what both share."""
        lines = self.codes[side].splitlines()
        return [(line, place in self.likeness.lines[side]) for place, line in enumerate(lines, 1)]


@dataclass(frozen=True)
class Exercise:
    """What the answers to one exercise look like in this class, and so what a match in it would mean.

    `answers` counts them, `forms` how many differ in more than names and layout, `largest` how many share
    the form that most chose, `chance` is the share of pairs with one form, and `tellable` counts the answers
    of which a copy would count.
    """

    name: str
    answers: int
    forms: int
    largest: int
    chance: float
    tellable: int

    def __str__(self) -> str:
        """Return how much a match in this exercise says, as a sentence."""
        if self.answers < FEWEST:
            return f"{self.name}: {self.answers} answers, too few to tell what is rare among them"
        forms = "one form" if self.forms == 1 else f"{self.forms} forms"
        return (
            f"{self.name}: {self.answers} answers in {forms}, the commonest {self.largest} times; "
            f"{self.chance:.1%} of all pairs have one form; a copy of {self.tellable} of them would count"
        )


@dataclass(frozen=True)
class Comparison:
    """What was found in a chapter: its exercises, and the pairs, with the most in common first."""

    exercises: list[Exercise]
    pairs: dict[tuple[str, str], list[Match]]


def similar(assignment: str, course: Course) -> Comparison:
    """Compare the answers of all graded students. Raises `SimilarError` where fewer than two are graded."""
    not_graded = notes(course.folder, assignment)
    students = [each for each in students_with_pages(assignment, course) if each not in not_graded]
    if len(students) < 2:
        who = f"only one is graded for {assignment}, {printable(students[0])}" if students else ""
        raise SimilarError(f"{who or f'nobody is graded for {assignment}'}: there is no pair")
    with course.gradebook() as gradebook:
        notebook = released_notebook(gradebook, assignment)
        released = what_was_released(notebook, course.folder / "release" / assignment)
    found = compare(
        {each: _answers(graded_notebook(assignment, course, each), released) for each in students},
        released.stubs,
    )
    groups = group_of(course)  # whose members hand in one work
    pairs = {pair: matches for pair, matches in found.pairs.items() if pair[1] not in groups.get(pair[0], ())}
    return replace(found, pairs=pairs)


def compare(answers: Mapping[str, Mapping[str, str]], stubs: Mapping[str, str]) -> Comparison:
    """Compare answers: student → function → code. `stubs` holds what each function's cell held before."""
    exercises, pairs = [], {}
    for name, stub in stubs.items():
        sources = {student: codes[name] for student, codes in answers.items() if name in codes}
        compared = Answers(name, sources, [stub, *_reference(name)])
        exercises.append(_exercise(name, compared))
        for pair, likeness in compared.compare().items() if len(sources) >= FEWEST else ():
            if likeness.tokens >= FEW_TOKENS and likeness.share >= SHARE:
                codes = sources[pair[0]], sources[pair[1]]
                pairs.setdefault(pair, []).append(Match(name, likeness, codes))
    together = {pair: sum(match.likeness.tokens for match in matches) for pair, matches in pairs.items()}
    called = [pair for pair in pairs if together[pair] >= TOKENS + MORE_TOKENS * len(stubs)]
    most_first = sorted(called, key=lambda pair: (-together[pair], pair))
    return Comparison(exercises, {pair: pairs[pair] for pair in most_first})


def _answers(path: Path, released: Released) -> dict[str, str]:
    """Return each function that a graded notebook answers, with the code of its cell."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    found = {_name(cell, released): "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
    return {
        name: source
        for name, source in found.items()
        if name in released.stubs and not is_unfinished(source, name, released.stubs[name])
    }


def _name(cell: Mapping[str, Any], released: Released) -> str:
    about = cell["metadata"]
    given = about.get("nbgrader", {}).get("grade_id", "")
    return about["name"] if not given and about.get("name") in released.hunts else given


def _reference(name: str) -> list[str]:
    return [inspect.getsource(inspect.unwrap(EXERCISES[name].reference))] if name in EXERCISES else []


def _exercise(name: str, compared: Answers) -> Exercise:
    forms = Counter(document.text for document in compared.documents.values())
    count = len(compared.documents)
    same = sum(number * (number - 1) for number in forms.values()) / max(count * (count - 1), 1)
    tellable = sum(compared.own_tokens(student) >= FEW_TOKENS for student in compared.documents)
    return Exercise(name, count, len(forms), max(forms.values(), default=0), same, tellable)


def page(assignment: str, comparison: Comparison) -> str:
    """Return the page that shows all pairs side by side."""
    loader = PackageLoader("autograder.pages")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.get_template("similar.html.j2")
    return template.render(title=title_of(assignment), proves=PROVES, found=comparison)
