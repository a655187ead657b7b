"""Classes with verdicts written straight into the gradebook, as the grader writes them; nobody is run."""

import random
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from autograder.chapter.cells import Chapter, exercise_names, written_names
from autograder.classroom.course import Course
from autograder.classroom.writer import Entry, Writer
from autograder.exercises import EXERCISES
from autograder.running.task import Graded
from autograder.running.verdicts import CaseResults


@cache
def graded_names(chapter: Chapter) -> tuple[list[str], list[str]]:
    """Return the names of the exercises and of the questions in words."""
    return exercise_names(chapter.notebook()), written_names(chapter.notebook())


def entry(
    chapter: Chapter,
    student: str,
    wrong: Mapping[str, Iterable[int]] = {},
    misconceptions: Mapping[str, int] = {},
    when: datetime | None = None,
) -> Entry:
    """Return a graded submission: all is right but those cases of each exercise that `wrong` numbers."""
    exercises, words = graded_names(chapter)
    scores: dict[str, float | None] = dict.fromkeys(words)
    verdicts = {}
    for name in exercises:
        exercise, missed = EXERCISES[name], {*wrong.get(name, ())}
        cases = [(case.title, place not in missed) for place, case in enumerate(exercise.cases)]
        points = [exercise.points_of(c) for c, (_, right) in zip(exercise.cases, cases, strict=True) if right]
        scores[f"test_{name}"] = round(sum(points), 6)
        found = misconceptions.get(name)
        sentence = "" if found is None else exercise.misconceptions[found].sentence
        verdicts[name] = CaseResults(tuple(cases), sentence)
    graded = Graded(student, "key", "", scores, frozenset(), {}, verdicts=verdicts)
    return Entry(graded, "seed", True, when)


def write(course: Course, chapter: Chapter, entries: list[Entry]) -> None:
    with course.gradebook() as gradebook:
        writer = Writer(gradebook, chapter.name, course.config)
        for start in range(0, len(entries), 200):
            writer.write(entries[start : start + 200])


def by_chance(chapter: Chapter, students: list[str], seed: int, times: Iterable[datetime]) -> list[Entry]:
    """Return graded submissions of students of different ability; the same for the same seed."""
    draw, found = random.Random(seed), []
    for student, when in zip(students, times, strict=True):
        ability, wrong, misconceptions = random.Random(student).random(), {}, {}
        for name in graded_names(chapter)[0]:
            exercise = EXERCISES[name]
            if draw.random() > 0.4 + 0.6 * ability and exercise.misconceptions:
                misconceptions[name] = draw.randrange(len(exercise.misconceptions))
                wrong[name] = range(draw.randint(1, len(exercise.cases)))
        found.append(entry(chapter, student, wrong, misconceptions, when))
    return found
