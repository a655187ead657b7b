"""A task that takes more memory or processor time than it may costs itself alone, and is tried only once."""

import resource
import subprocess
import sys

import pytest

from autograder.running.bounds import Bounds, bounded, unbounded
from autograder.running.workers import Failure, local
from tests.running.odd_tasks import Odd, check, do, tries

BOUNDS = Bounds(megabytes=200, seconds=1)
LIMIT = "import resource; print(resource.getrlimit(resource.RLIMIT_DATA)[0])"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold the memory")


def results_of(tasks, folder, count=1):
    return {task.number: result for task, result in local(count, BOUNDS)(do, folder, tasks, check, 100)}


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("takes memory", "it takes more than the 200 megabytes of memory that there are to read one"),
        ("computes", "it takes more than the 1 seconds of processor time that there are to read one"),
    ],
)
def test_what_takes_too_much_is_given_up_after_one_try_and_the_others_are_done(does, said, tmp_path):
    tasks = [Odd(0), Odd(1, does), *map(Odd, range(2, 6))]
    found = results_of(tasks, tmp_path, count=2)
    assert found.pop(1) == Failure(said, is_final=True)
    assert found == {number: 10 * number for number in (0, 2, 3, 4, 5)}
    assert len(tries(tmp_path, 1)) == 1


def test_to_wait_takes_no_processor_time(tmp_path):
    assert results_of([Odd(1, seconds=2.0)], tmp_path) == {1: 10}


def test_what_an_earlier_task_has_left_in_memory_is_not_held_against_the_next(tmp_path):
    assert results_of([Odd(number, "keeps memory", times=1) for number in range(4)], tmp_path) == {
        number: 10 * number for number in range(4)
    }


def test_a_process_that_has_limits_of_its_own_does_not_inherit_the_bound():
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with bounded(BOUNDS):
        held = int(subprocess.check_output([sys.executable, "-c", LIMIT]))
        with unbounded():
            free = int(subprocess.check_output([sys.executable, "-c", LIMIT]))
    assert held > 0 and free == before[1]
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
