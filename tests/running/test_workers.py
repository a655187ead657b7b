"""Worker processes that end, hang, raise or lie; tasks pulled as they are needed; a stop at any time."""

import contextlib
import os
import time
from itertools import count

import psutil
import pytest
from traitlets.config import Config

from autograder.desk.grade import grade
from autograder.running import workers
from autograder.running.task import VersionError
from autograder.running.workers import AHEAD, TRIES, Failure, WorkersError, here, local
from tests import crowd
from tests.classes import CHAPTER, answer, endless_call, hand_in, notebook_path, released_class
from tests.running import odd_tasks
from tests.running.odd_tasks import Odd, check, do, tries

SECONDS = 2


def results_of(used, folder, tasks, seconds=SECONDS):
    """Do the tasks; return number → result, each of them once."""
    found = [(task.number, result) for task, result in used(do, folder, iter(tasks), check, seconds)]
    assert len(found) == len(dict(found))
    return dict(found)


def processes():
    """Return the processes that do tasks: the children of the one that forks them."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # that it has ended is told like this, too
            if child.ppid() != os.getpid() and "forkserver" in str(child.cmdline()):
                found.append(child)
    return found


@pytest.mark.parametrize("used", [here, local(1), local(2)], ids=["here", "one", "two"])
def test_every_task_comes_back_once_with_its_own_result(used, tmp_path):
    assert results_of(used, tmp_path, map(Odd, range(20))) == {number: 10 * number for number in range(20)}


def test_results_come_as_they_arrive_and_not_in_order(tmp_path):
    slow_first = [Odd(0, seconds=0.5), *(Odd(number) for number in range(1, 6))]
    assert list(results_of(local(2), tmp_path, slow_first))[-1] == 0


@pytest.mark.parametrize("does", sorted(set(odd_tasks.ODD) - {"refuses"}))
def test_a_task_that_fails_once_is_done_again_by_another_try(does, tmp_path):
    tasks = [Odd(number, does if number == 3 else "", times=1) for number in range(6)]
    assert results_of(local(2), tmp_path, tasks) == {number: 10 * number for number in range(6)}
    assert len(tries(tmp_path, 3)) == 2


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("ends", "the worker has ended, 3 times"),
        ("is killed", "the worker has ended, 3 times"),
        ("hangs", "a worker did not answer in time, 3 times"),
        ("raises", "the grading has failed 3 times (RuntimeError: not today)"),
        ("lies", "the grading has failed 3 times (ValueError: that is no result)"),
    ],
)
def test_a_task_that_fails_always_is_given_up_and_costs_nobody_else(does, reason, tmp_path):
    tasks = [Odd(number, does if number == 3 else "") for number in range(8)]
    found = results_of(local(2), tmp_path, tasks, seconds=1)
    assert found.pop(3) == Failure(reason)
    assert found == {number: 10 * number for number in range(8) if number != 3}
    used = tries(tmp_path, 3)
    assert len(used) == TRIES
    if does not in ("raises", "lies"):
        assert len(set(used)) == TRIES, "each time another process"


@pytest.mark.parametrize("does", ["raises", "lies"])
def test_here_too_a_task_is_tried_again_and_given_up(does, tmp_path):
    tasks = [Odd(0, does), Odd(1, does, times=1), Odd(2)]
    found = results_of(here, tmp_path, tasks)
    assert isinstance(found.pop(0), Failure) and found == {1: 10, 2: 20}
    assert [len(tries(tmp_path, number)) for number in range(3)] == [TRIES, 2, 1]


@pytest.mark.parametrize("used", [here, local(2)], ids=["here", "local"])
def test_what_a_person_has_to_mend_ends_the_run_at_once_and_with_its_own_words(used, tmp_path):
    with pytest.raises(VersionError, match="another version"):
        results_of(used, tmp_path, [Odd(number, "refuses") for number in range(8)])
    assert len(tries(tmp_path, 0)) == 1


def test_workers_that_are_killed_while_nobody_needs_them_are_replaced(tmp_path):
    """pebble gives up its whole pool then, and with it what is handed out."""
    running = local(2)(do, tmp_path, map(Odd, range(12)), check, SECONDS)
    next(running)
    time.sleep(0.5)
    for process in processes():
        process.kill()
    time.sleep(0.5)
    assert len(list(running)) == 11


def test_a_task_that_is_lost_on_its_way_is_done_again(monkeypatch, tmp_path):
    """A worker that is killed just while it takes a task takes it along; here pebble is made to forget it."""
    pools = []

    class Watched(workers._Processes):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            pools.append(self._pool)

    monkeypatch.setattr(workers, "_Processes", Watched)
    monkeypatch.setattr(workers, "LOST_SECONDS", 0)
    running = local(1)(do, tmp_path, [Odd(0), Odd(1, seconds=0.5), Odd(2)], check, 1)
    assert next(running)[1] == 0
    pools[0]._pool_manager.task_manager.tasks.clear()
    assert {task.number: result for task, result in running} == {1: 10, 2: 20}


def test_workers_that_never_begin_are_said_and_not_started_for_ever(monkeypatch, tmp_path):
    monkeypatch.setattr(workers, "_begin_work", odd_tasks.end_at_once)
    with pytest.raises(WorkersError, match="end before they have done anything"):
        results_of(local(2), tmp_path, map(Odd, range(8)))


def test_tasks_are_pulled_only_as_they_are_needed(tmp_path):
    pulled = []
    endless = (Odd(number) for number in count() if pulled.append(number) is None)
    running = local(2)(do, tmp_path, endless, check, SECONDS)
    for done in range(1, 100):
        next(running)
        assert len(pulled) <= done + 2 * 2 * AHEAD
    running.close()
    assert processes() == []


@pytest.mark.parametrize("error", [GeneratorExit, KeyboardInterrupt, OSError])
def test_to_stop_in_the_middle_ends_every_worker_in_seconds_though_one_hangs(error, tmp_path):
    running = local(2)(do, tmp_path, [Odd(0), *(Odd(number, "hangs") for number in range(1, 6))], check, 1000)
    next(running)
    time.sleep(0.5)
    assert len(processes()) == 2
    start = time.monotonic()
    with pytest.raises(error):
        running.throw(error)
    assert time.monotonic() - start < 8
    assert processes() == []


def test_an_error_of_the_one_who_hands_out_tasks_ends_the_run_and_every_worker(tmp_path):
    def tasks():
        yield from map(Odd, range(3))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        results_of(local(2), tmp_path, tasks())
    assert processes() == []


@pytest.mark.heavy
def test_workers_that_die_all_the_time_cost_tries_and_never_a_task(tmp_path):
    tasks = [Odd(number, "is killed", times=number % 4) for number in range(60)]
    found = results_of(local(2), tmp_path, tasks)
    failed = {number for number, result in found.items() if isinstance(result, Failure)}
    assert failed == {number for number in range(60) if number % 4 == 3}
    assert all(found[number] == 10 * number for number in set(range(60)) - failed)


def test_worker_processes_reach_the_same_verdicts_as_this_process(chapter, tmp_path):
    """Whole notebooks are compared; an endless call needs an interrupt, which must get through."""
    course = released_class(tmp_path / "here", chapter)
    for student, change in (("honest", answer), ("endless", endless_call)):
        hand_in(course, student, change)
    course.new_round(CHAPTER, seed=4)
    other = crowd.copy_of(course, tmp_path / "local")
    found = {}
    for each, used in ((course, here), (other, local(2))):
        each.config.merge(Config(BlindExecute={"question_timeout": 1, "timeout": 4, "interrupt_grace": 2}))
        outcomes = {(outcome.student, outcome.state) for outcome in grade(CHAPTER, each, workers=used)}
        paths = [notebook_path(each, "autograded", student) for student, _ in sorted(outcomes)]
        found[each.folder] = outcomes, [path.read_bytes() for path in paths], crowd.exact_scores(each)
    assert found[course.folder] == found[other.folder]
    assert found[course.folder][2]["endless"]["test_td_errors"][0] == 2
