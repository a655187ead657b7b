"""Answers alike beyond chance are found, whatever was done to hide it; honest ones are left alone."""

import inspect
import random
import textwrap

import pytest

from autograder.classroom import ungraded
from autograder.desk import similar
from autograder.desk.grade import grade
from autograder.desk.similar import SimilarError, compare
from autograder.exercises import EXERCISES
from tests.classes import CHAPTER, hand_in, released_class
from tests.desk.test_honest_answers import NAMES, answers
from tests.exercises.test_right_answers import answers_to

STUBS = dict.fromkeys(NAMES, "")
FORTY = [f"student-{number:02}" for number in range(40)]


def forty(seed=None):
    """Return a class of forty, in which who wrote which answer is dealt anew for each seed."""
    dealt = {name: list(answers(name)) for name in NAMES}
    if seed is not None:
        for name in NAMES:
            random.Random(f"{seed} {name}").shuffle(dealt[name])
    return {who: {name: dealt[name][place] for name in NAMES} for place, who in enumerate(FORTY)}


@pytest.mark.parametrize("seed", [None, 1, 2, 3, 4, 5])
def test_no_two_of_forty_honest_students_are_called_alike(seed):
    found = compare(forty(seed), STUBS)
    assert found.pairs == {}
    assert all(exercise.answers == 40 for exercise in found.exercises)


def test_no_two_right_answers_by_other_algorithms_are_called_alike(monkeypatch):
    monkeypatch.setattr(similar, "FEWEST", 2)
    written = {name: [cell(name, each) for each in answers_to(EXERCISES[name])] for name in EXERCISES}
    crowd = {
        f"student-{place}": {name: cells[place] for name, cells in written.items() if place < len(cells)}
        for place in range(max(map(len, written.values())))
    }
    found = compare(crowd, dict.fromkeys(EXERCISES, ""))
    assert found.pairs == {}
    assert sum(exercise.answers for exercise in found.exercises) >= 109


def cell(name, function):
    """Return the code of a right answer as it stands in the cell of its exercise."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    return source.replace(f"def {function.__name__}(", f"def {name}(")


WRITTEN = {
    "gae": """\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    deltas = []
    for t in range(len(rewards)):
        bootstrap = 0.0 if terminated[t] else gamma * next_values[t]
        deltas.append(rewards[t] + bootstrap - values[t])
    ends = np.logical_or(terminated, truncated)
    weights = gamma * lam * np.invert(ends).astype(float)
    result = np.zeros(len(deltas))
    tail = 0.0
    for step in reversed(range(len(deltas))):
        tail = deltas[step] + weights[step] * tail
        result[step] = tail
    return result
""",
    "discounted_returns": """\
def discounted_returns(rewards, gamma):
    count = np.size(rewards)
    found = []
    for t in range(count):
        powers = np.power(float(gamma), np.arange(count - t))
        found.append(np.vdot(powers, rewards[t:]))
    return np.asarray(found, dtype=float)
""",
    "dqn_loss": """\
def dqn_loss(q_values, actions, targets):
    halves = []
    for row, action in enumerate(actions):
        missing = targets[row] - q_values[row, int(action)]
        halves.append(missing * missing / 2)
    return float(np.sum(halves) / max(len(halves), 1))
""",
}
COPIES = {
    "as it is": WRITTEN,
    "renamed": {
        "gae": """\
def gae(r, v, v_next, done, cut, g, l):
    errs = []
    for i in range(len(r)):
        boot = 0.0 if done[i] else g * v_next[i]
        errs.append(r[i] + boot - v[i])
    stop = np.logical_or(done, cut)
    decay = g * l * np.invert(stop).astype(float)
    out = np.zeros(len(errs))
    acc = 0.0
    for j in reversed(range(len(errs))):
        acc = errs[j] + decay[j] * acc
        out[j] = acc
    return out
""",
        "discounted_returns": """\
def discounted_returns(r, g):
    n = np.size(r)
    ret = []
    for i in range(n):
        w = np.power(float(g), np.arange(n - i))
        ret.append(np.vdot(w, r[i:]))
    return np.asarray(ret, dtype=float)
""",
        "dqn_loss": """\
def dqn_loss(q, a, y):
    ls = []
    for k, act in enumerate(a):
        diff = y[k] - q[k, int(act)]
        ls.append(diff * diff / 2)
    return float(np.sum(ls) / max(len(ls), 1))
""",
    },
    "commented, and laid out anew": {
        "gae": '''\
import numpy

def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    """My own work."""
    deltas: list = []  # one for each step
    for t in range(len(rewards)):
        # nothing follows an end
        bootstrap = (
            0.0
            if terminated[t]
            else gamma * next_values[t]
        )
        deltas.append(
            rewards[t] + bootstrap - values[t]
        )
        print("delta", deltas[t])

    ends = numpy.logical_or(terminated, truncated)

    weights = gamma * lam * numpy.invert(ends).astype(float)
    result = numpy.zeros(len(deltas)); tail = 0.0
    for step in reversed(range(len(deltas))):
        tail = deltas[step] + weights[step] * tail
        result[step] = tail
    return result
''',
        "discounted_returns": """\
def discounted_returns(rewards: np.ndarray, gamma: float) -> np.ndarray:
    count = np.size(rewards)  # how many
    found = []
    for t in range(count):
        powers = np.power(
            float(gamma),
            np.arange(count - t),  # what is left
        )
        found.append(
            np.vdot(powers, rewards[t:])
        )

    return (np.asarray(found, dtype=float))
""",
        "dqn_loss": WRITTEN["dqn_loss"].replace(
            "    halves = []", "    # each one's half square\n    halves = []\n"
        ),
    },
    "reordered": {
        "gae": """\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    ends = np.logical_or(terminated, truncated)
    weights = gamma * lam * np.invert(ends).astype(float)
    tail = 0.0
    deltas = []
    for t in range(len(rewards)):
        bootstrap = 0.0 if terminated[t] else gamma * next_values[t]
        deltas.append(rewards[t] + bootstrap - values[t])
    result = np.zeros(len(deltas))
    for step in reversed(range(len(deltas))):
        tail = deltas[step] + weights[step] * tail
        result[step] = tail
    return result
""",
        "discounted_returns": """\
def discounted_returns(rewards, gamma):
    found = []
    count = np.size(rewards)
    for t in range(count):
        powers = np.power(float(gamma), np.arange(count - t))
        found.append(np.vdot(powers, rewards[t:]))
    return np.asarray(found, dtype=float)
""",
        "dqn_loss": WRITTEN["dqn_loss"],
    },
    "loops as comprehensions": {
        "gae": """\
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    deltas = [
        rewards[t] + (0.0 if terminated[t] else gamma * next_values[t]) - values[t]
        for t in range(len(rewards))
    ]
    ends = np.logical_or(terminated, truncated)
    weights = gamma * lam * np.invert(ends).astype(float)
    result = np.zeros(len(deltas))
    tail = 0.0
    for step in reversed(range(len(deltas))):
        tail = deltas[step] + weights[step] * tail
        result[step] = tail
    return result
""",
        "discounted_returns": """\
def discounted_returns(rewards, gamma):
    count = np.size(rewards)
    found = [np.vdot(np.power(float(gamma), np.arange(count - t)), rewards[t:]) for t in range(count)]
    return np.asarray(found, dtype=float)
""",
        "dqn_loss": """\
def dqn_loss(q_values, actions, targets):
    missing = [targets[row] - q_values[row, int(action)] for row, action in enumerate(actions)]
    halves = [each * each / 2 for each in missing]
    return float(np.sum(halves) / max(len(halves), 1))
""",
    },
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copied_notebook_is_found_whatever_was_done_to_hide_it(how):
    crowd = forty()
    crowd[FORTY[3]] |= WRITTEN
    crowd[FORTY[30]] |= COPIES[how]
    found = compare(crowd, STUBS)
    assert list(found.pairs) == [(FORTY[3], FORTY[30])]
    matches = {match.exercise: match for match in found.pairs[FORTY[3], FORTY[30]]}
    assert "gae" in matches and len(matches) >= 2
    assert COPIES[how]["gae"].splitlines() == [line for line, _ in matches["gae"].lines(1)]
    marked = [line for line, is_marked in matches["gae"].lines(0) if is_marked]
    assert "    weights = gamma * lam * np.invert(ends).astype(float)" in marked


def test_a_graded_class_is_compared_without_whom_the_last_try_could_not_grade(tmp_path, chapter):
    course = released_class(tmp_path / "class", chapter)
    for student in ("ada", "bob", "eve"):
        hand_in(course, student)
    list(grade(CHAPTER, course))
    for student in ("eve", "gina"):  # gina has no graded notebook at all
        ungraded.note(course.folder, CHAPTER, student, "two notebooks", told="two notebooks", advice="")
    assert similar.similar(CHAPTER, course).pairs == {}
    ungraded.note(course.folder, CHAPTER, "bob", "two notebooks", told="two notebooks", advice="")
    with pytest.raises(SimilarError, match=r"^only one is graded for .*, ada: there is no pair$"):
        similar.similar(CHAPTER, course)
    ungraded.note(course.folder, CHAPTER, "ada", "two notebooks", told="two notebooks", advice="")
    with pytest.raises(SimilarError, match=r"^nobody is graded for .*: there is no pair$"):
        similar.similar(CHAPTER, course)
