"""Limits on time: others' time does not count, and a worker has more than the longest notebook needs."""

import contextlib
import random

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.classroom.preprocessors import BlindExecute
from autograder.desk.grade import grade
from autograder.running import execution, sandbox
from autograder.running.workers import here
from tests.classes import CHAPTER, hand_in, notebook_path, released_class

ON_TIME = {"question_timeout", "timeout", "interrupt_grace", "notebook_timeout", "max_restarts", "lost_calls"}


class Clock:
    """Time that passes only when somebody waits."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("passed", "kept", "left"),
    [
        (3.0, 0.0, 7.0),  # as long as the clock shows less than the limit, nobody is asked
        (10.0, 0.0, 0.0),
        (12.0, 5.0, 3.0),  # 7 of its own, 3 are left
        (12.0, 1.0, 0.0),  # 11 of its own
        (99.0, 95.0, 1.0),
        (101.0, 101.0, 0.0),  # ten times the limit has passed
    ],
)
def test_time_that_others_took_is_given_back_up_to_a_bound(monkeypatch, passed, kept, left):
    clock = Clock()
    monkeypatch.setattr(sandbox, "time", clock)
    clock.now += passed
    assert sandbox.left_of(10.0, 1000.0, lambda: kept) == pytest.approx(left)


class Slow:
    """A sandbox in which all takes as long as it may, or nearly, and others are always to blame."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock, self._chance = clock, chance
        self._often_late = chance.choice([0.0, 0.0, 0.1, 0.5])
        clock.now += self._chance.choice([0, sandbox.WARMING_SECONDS])

    def send(self, **_) -> None:
        self._clock.now += self._chance.choice([0, 0, 0, sandbox.ENDING_SECONDS])

    def reply(self, seconds: float, most: int = 0) -> dict | None:
        is_late = self._chance.random() < self._often_late
        self._clock.now += sandbox.STRETCH * seconds * (1 if is_late else self._chance.choice([0.5, 0.999]))
        return None if is_late else {"outputs": [], "execution_count": 1}

    def kept_waiting(self, begun: float = 0.0) -> float:
        return 1e9

    def interrupt(self) -> None:
        pass

    def close(self) -> dict:
        self._clock.now += self._chance.choice([0, sandbox.ENDING_SECONDS])
        return {"why": "closed", "waited": 1e9}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory, chapter):
    course = released_class(tmp_path_factory.mktemp("limits") / "class", chapter)
    return nbformat.read(notebook_path(course, "release"), as_version=4)


def settings_on_time() -> st.SearchStrategy[dict]:
    """Return settings as somebody may write them into nbgrader_config.py."""
    return st.fixed_dictionaries({name: st.integers(1, 900) for name in sorted(ON_TIME)})


@given(settings=settings_on_time(), chance=st.randoms(use_true_random=False))
def test_a_worker_has_more_time_than_the_longest_notebook(notebook, settings, chance):
    limits = BlindExecute(**settings).limits
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        for module in (execution, sandbox):
            patch.setattr(module, "time", clock)
        patch.setattr(execution, "new_sandbox", lambda _: Slow(clock, chance))
        patch.setattr(execution.Execution, "_run_all_but", misses_a_name(execution.Execution._run_all_but))
        with contextlib.suppress(sandbox.ProcessDiedError):  # the worker tries again, with its whole time
            execution.Execution(notebook.copy(), CHAPTER, {}, 1, limits).run()
    assert clock.now - 1000 < execution.longest(limits)


def misses_a_name(run):
    """Let a notebook be run as often as one can be: the demonstrations bind what it misses."""

    def run_and_miss(self, skipped):
        run(self, skipped)
        return execution.names_bound_by(skipped)

    return run_and_miss


def test_a_notebook_that_takes_two_runs_up_to_its_limits_is_not_taken_for_hung():
    """By the settings as they are: two runs of 300 s, in each a cell of 30 s that is interrupted for 3 s."""
    assert execution.longest(BlindExecute().limits) > 2 * (300 + 30 + 3)


def test_the_time_of_a_worker_follows_the_settings_of_the_class(tmp_path, chapter):
    course = released_class(tmp_path / "class", chapter)
    hand_in(course, "student")
    given_to_workers = []

    def note(function, common, tasks, check, seconds):
        given_to_workers.append(seconds)
        return here(function, common, [], check, seconds)

    for seconds in (300, 5000):
        course.config.BlindExecute.notebook_timeout = seconds
        list(grade(CHAPTER, course, workers=note))
    few, many = given_to_workers
    assert many - few == 2 * execution.STRETCH_OF_ALL * 4700
