"""The grader is killed in the middle of everything, over SQLite and PostgreSQL; the same command goes on."""

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest

from autograder.classroom.course import Course
from autograder.classroom.writer import Writer
from autograder.desk.feedback import FeedbackError, feedback
from autograder.desk.grade import State, grade
from autograder.running.workers import local
from tests import crowd
from tests.classes import CHAPTER

GRADE = ("grade", CHAPTER, "--workers", "2", "--json")
FEEDBACK = ("feedback", CHAPTER, "--workers", "2")
QUESTION = "explain_time_limits"
MARKS = {"perfect": 3.5, "other-algorithms": 0.0}
"""What a person has given for the answer in words before the grader is killed for the first time."""
TRIES = 20
"""How many runs may finish before the moment comes in which the grader is to be killed."""


@pytest.fixture(scope="module")
def small(tmp_path_factory, chapter) -> Course:
    return crowd.crowd(tmp_path_factory.mktemp("crashes") / "small", chapter, 2)


@pytest.fixture(scope="module")
def large(tmp_path_factory, chapter) -> Course:
    return crowd.crowd(tmp_path_factory.mktemp("crashes") / "large", chapter, 16)


class Pair:
    """A class whose grader is killed, and one with the same submissions whose grader is left alone."""

    def __init__(self, killed: Course, alone: Course) -> None:
        self.killed, self.alone, self._number, self.kills = killed, alone, 0, 0
        self._grade_alone()

    def _grade_alone(self) -> None:
        workers = local(2)
        outcomes = list(grade(CHAPTER, self.alone, workers=workers))
        assert {outcome.state for outcome in outcomes} <= {State.GRADED, State.ZERO}
        list(feedback(CHAPTER, self.alone, workers=workers))
        self.right = crowd.facts(self.alone)

    def hand_in_again(self) -> None:
        """Change all submissions of both, in something that no verdict depends on."""
        self._number += 1
        for course in (self.killed, self.alone):
            crowd.hand_in_again(course, f"version {self._number}")
        self._grade_alone()

    def mark(self) -> None:
        for course in (self.killed, self.alone):
            for student, points in MARKS.items():
                crowd.give(course, student, QUESTION, points, "A person has read this.")
        self._grade_alone_again()

    def _grade_alone_again(self) -> None:
        list(feedback(CHAPTER, self.alone, workers=local(2)))
        self.right = crowd.facts(self.alone)

    def kill(self, stage: str, number: int, verb=GRADE) -> None:
        """Let the grader end itself in a stage; a run that has finished is no such, and is repeated."""
        self._kill(lambda: crowd.run(self.killed, *verb, program=("tests.desk.deadly", stage, str(number))))

    def kill_after(self, seconds: float, verb=GRADE) -> None:
        """Kill the grader from outside, whatever it does then."""
        self._kill(partial(crowd.run, self.killed, *verb, kill_after=seconds))

    def _kill(self, run: Callable[[], crowd.Ended]) -> None:
        for _ in range(TRIES):
            if self._run(run).status == -9:
                self.kills += 1
                return
            self.hand_in_again()
        pytest.fail(f"the grader was not ended in any of {TRIES} runs")

    def _run(self, run: Callable[[], crowd.Ended]) -> crowd.Ended:
        """Run, and check that nothing that was right is done again and that whatever is there is right."""
        files, written = crowd.keys_in_files(self.killed), crowd.keys_in_gradebook(self.killed)
        right = {student for student, key in files.items() if key == self.right.keys[student]}
        before = crowd.identities(self.killed)
        ended = run()
        assert ended.status in (0, -9), ended
        after = crowd.identities(self.killed)
        assert {student: after[student] for student in right} == {
            student: before[student] for student in right
        }
        for student, state in ended.outcomes.items():
            is_done = written.get(student) == self.right.keys[student]
            assert (state == "unchanged") == (student in right and is_done), (student, state)
        crowd.keys_in_files(self.killed)  # each of them whole
        crowd.assert_one_row_each(self.killed)
        for student, cells in crowd.exact_scores(self.killed).items():
            assert cells == self.right.scores[student]
        return ended

    def finish(self, *verbs: tuple[str, ...]) -> None:
        """Run the same commands to the end; nothing tells then that there were others before."""
        for verb in verbs or (GRADE, FEEDBACK):
            ended = self._run(partial(crowd.run, self.killed, *verb))
            assert (ended.status, ended.errors) == (0, "")
        assert crowd.facts(self.killed) == self.right


@pytest.mark.heavy
def test_a_grader_that_is_killed_goes_on_where_it_was(small, tmp_path):
    pair = Pair(crowd.copy_of(small, tmp_path / "killed"), crowd.copy_of(small, tmp_path / "alone"))
    pair.kill("in the transaction", 1)
    pair.hand_in_again()
    pair.kill("between the renames", 1)
    pair.kill("before the old is removed", 1)
    pair.finish()
    pair.kill("half a page", 1, FEEDBACK)
    pair.finish(FEEDBACK)


def test_no_page_joins_new_verdicts_with_old_points(small, tmp_path, monkeypatch):
    """As they lie there where the grader was killed between a file and its transaction."""
    course = crowd.copy_of(small, tmp_path / "class")
    list(grade(CHAPTER, course))
    crowd.hand_in_again(course, "better")
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "write", lambda *_: None)
        list(grade(CHAPTER, course))
    with pytest.raises(FeedbackError, match="graded notebook, but the gradebook does not know it"):
        list(feedback(CHAPTER, course))
    list(grade(CHAPTER, course))
    assert len(list(feedback(CHAPTER, course))) == 2


@pytest.mark.heavy
def test_twenty_kills_in_every_stage_lose_nothing_and_do_nothing_twice(
    large, chapter, tmp_path, database_url
):
    killed = crowd.copy_of(large, tmp_path / "killed", chapter, database_url)
    pair, chance = Pair(killed, crowd.copy_of(large, tmp_path / "alone")), random.Random(2026)
    pair.kill("before a file", 1)
    pair.kill("while files are written", 2)
    pair.kill("before the transaction", 1)
    pair.kill("in the transaction", 1)
    pair.kill("before the commit", 1)
    pair.kill("after the commit", 1)
    pair.kill_after(chance.uniform(1, 3))
    pair.kill_after(chance.uniform(1, 3))
    pair.finish()
    pair.mark()
    pair.hand_in_again()
    pair.kill("between the renames", 1)
    pair.kill("before the old is removed", 2)
    pair.kill("between the renames", 3)
    pair.kill("while files are written", 7)
    pair.kill_after(chance.uniform(1, 3))
    pair.kill("before a file", 4)
    pair.kill_after(chance.uniform(1, 3))
    pair.kill("before the transaction", 1)
    pair.kill_after(chance.uniform(1, 3))
    pair.kill("in the transaction", 1)
    pair.kill("before the commit", 1)
    pair.kill("after the commit", 1)
    pair.finish()
    assert pair.kills == 20
    pair.kill("half a page", 3, FEEDBACK)
    pair.kill("before a page is in its place", 5, FEEDBACK)
    pair.kill("after a page is in its place", 7, FEEDBACK)
    pair.kill_after(chance.uniform(1, 3), FEEDBACK)
    pair.finish()
    for student, points in MARKS.items():
        assert pair.right.scores[student][QUESTION] == (None, points, False)


@pytest.mark.heavy
@pytest.mark.parametrize("seconds", [0, 0.3, 0.6, 0.9])
def test_a_warm_parent_that_is_killed_in_mid_run_costs_nobody_a_point(large, tmp_path, seconds):
    """As the system does where memory is short; all submissions that run at the time die with it."""
    course = crowd.copy_of(large, tmp_path / "class")
    grader = crowd.start(crowd.command(course, *GRADE))
    family = crowd.Family(grader.pid)
    crowd.wait_for_somebody(family, grader)
    children = psutil.Process(grader.pid).children()
    (warm,) = [child for child in children if Path(child.cmdline()[-1]).name == "inside"]
    time.sleep(seconds)
    warm.kill()
    assert crowd.end_of(grader).status == 0
    assert crowd.exact_scores(course) == undisturbed(large, tmp_path / "alone").scores


def undisturbed(course, folder):
    alone = crowd.copy_of(course, folder)
    list(grade(CHAPTER, alone, workers=local(2)))
    return crowd.facts(alone)
