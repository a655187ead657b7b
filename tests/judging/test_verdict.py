"""What answers earn: right ones everything by whatever algorithm, wrong ones less and with their name."""

from itertools import count

import numpy as np
import pytest

from autograder.example_class import misconceptions as wrong_answers
from autograder.example_class import other_algorithms, perfect
from autograder.exercises import EXERCISES
from autograder.judging.answers import Answer, ask_here
from autograder.judging.ladder import Rung
from autograder.judging.verdict import judge
from tests.expected_points import MISCONCEPTIONS_EARN

pytestmark = pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning")  # n = 1 with n − 1


@pytest.fixture(autouse=True)
def _quiet():
    """Wrong formulas overflow and divide by 0 on purpose."""
    with np.errstate(all="ignore"):
        yield


KEEPING = "returns the right value and leaves its arguments unchanged"
WRONG = [name for name in EXERCISES if hasattr(wrong_answers, name)]
# with h = 1e-5 a difference of two numbers in single precision has no right digit left, as E.3.1 shows
SINGLE_PRECISION = [name for name in EXERCISES if name != "numerical_gradient"]

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
every_misconception = pytest.mark.parametrize(
    ("exercise", "misconception"),
    [
        pytest.param(exercise, misconception, id=f"{exercise.name}-{index}")
        for exercise in EXERCISES.values()
        for index, misconception in enumerate(exercise.misconceptions)
    ],
)


def on_leaves(value, change):
    """Return `value` with `change` applied to each array or number in it."""
    if isinstance(value, (list, tuple)):
        return [on_leaves(each, change) for each in value]
    return change(np.asarray(value, dtype=float))


def answer_like(exercise, change):
    """Return a function whose values are the right ones after `change`."""
    return lambda *arguments: on_leaves(exercise.reference(*arguments), change)


def rungs(verdict):
    return {finding.rung for finding in verdict.findings}


@every_exercise
def test_reference_gets_every_point(exercise):
    for seed in range(4):
        verdict = judge(exercise, seed, ask_here(exercise.reference))
        assert verdict.points == exercise.points
        assert verdict.misconception is None


@pytest.mark.parametrize("answers", [perfect, other_algorithms], ids=["perfect", "other_algorithms"])
@pytest.mark.parametrize("name", EXERCISES)
def test_right_answers_get_every_point_by_whatever_algorithm(answers, name):
    for seed in range(4):
        verdict = judge(EXERCISES[name], seed, ask_here(getattr(answers, name)))
        assert [f.case.title for f in verdict.findings if f.rung is not Rung.RIGHT] == []
        assert verdict.points == EXERCISES[name].points


@pytest.mark.parametrize("name", SINGLE_PRECISION)
def test_answers_that_compute_in_single_precision_get_every_point(name):
    def single(value):
        is_float = isinstance(value, float) or getattr(value, "dtype", None) == np.float64
        return np.asarray(value, dtype=np.float32) if is_float else value

    answer = getattr(perfect, name)
    for seed in range(4):
        verdict = judge(EXERCISES[name], seed, ask_here(lambda *arguments: answer(*map(single, arguments))))
        assert [(f.case.title, f.sentence) for f in verdict.findings if f.rung is not Rung.RIGHT] == []


@pytest.mark.parametrize("name", WRONG)
def test_wrong_answers_of_the_example_class_earn_the_same_at_every_seed_and_are_named(name):
    for seed in range(5):
        verdict = judge(EXERCISES[name], seed, ask_here(getattr(wrong_answers, name)))
        assert verdict.points == pytest.approx(MISCONCEPTIONS_EARN.get(name, 0))
        assert verdict.misconception is not None


@every_misconception
def test_each_misconception_loses_points_and_is_named(exercise, misconception):
    for seed in range(2):
        verdict = judge(exercise, seed, ask_here(misconception.wrong))
        assert verdict.points < exercise.points
        assert verdict.misconception is not None
        assert verdict.misconception.sentence == misconception.sentence


@pytest.mark.parametrize("name", [name for name in EXERCISES if len(EXERCISES[name].cases) > 1])
def test_misconception_that_coincides_in_one_case_only_is_not_named(name):
    exercise, asked = EXERCISES[name], count()

    def coincides_once(*arguments):
        if next(asked) == 0:
            return exercise.misconceptions[0].wrong(*arguments)
        return on_leaves(exercise.reference(*arguments), lambda value: value + 1234.5)

    assert judge(exercise, 0, ask_here(coincides_once)).misconception is None


@every_exercise
def test_constants_of_the_right_shape_earn_hardly_anything(exercise):
    for change in (np.zeros_like, np.ones_like):
        verdict = judge(exercise, 0, ask_here(answer_like(exercise, change)))
        assert verdict.points <= 0.2 * exercise.points


@every_exercise
def test_an_argument_handed_back_earns_hardly_anything(exercise):
    most = max((len(exercise.arguments(case, 0)) for case in exercise.cases), default=0)
    for index in range(most):
        verdict = judge(exercise, 0, ask_here(lambda *arguments, i=index: arguments[i]))
        assert verdict.points <= 0.2 * exercise.points


@every_exercise
def test_stub_is_not_attempted(exercise):
    def stub(*arguments):
        raise NotImplementedError

    verdict = judge(exercise, 0, ask_here(stub))
    assert verdict.points == 0
    assert rungs(verdict) == {Rung.NOT_ATTEMPTED}
    assert verdict.misconception is None


def test_missing_function_is_not_attempted():
    verdict = judge(EXERCISES["gae"], 0, ask_here(None))
    assert (verdict.points, rungs(verdict)) == (0, {Rung.NOT_ATTEMPTED})


@every_exercise
def test_error_is_reported_with_its_message(exercise):
    def broken(*arguments):
        return {}["no such key"]

    verdict = judge(exercise, 0, ask_here(broken))
    assert (verdict.points, rungs(verdict)) == (0, {Rung.RAISED})
    assert "KeyError" in verdict.worst.sentence and "no such key" in verdict.worst.sentence


@every_exercise
def test_values_that_are_not_numbers_stop_low_on_the_ladder(exercise):
    strange = ["2.4", {"answer": 1.0}, 1j, np.array(["a", "b"]), [[1.0], [1.0, 2.0], 3.0, None]]
    for value, rung in [(None, Rung.RETURNED_NOTHING), *((each, Rung.WRONG_TYPE) for each in strange)]:
        verdict = judge(exercise, 0, ask_here(lambda *arguments, value=value: value))
        assert (verdict.points, rungs(verdict)) == (0, {rung}), value
        assert verdict.misconception is None


@every_exercise
def test_numbers_climb_the_ladder_by_shape_then_finiteness_then_value(exercise):
    for change, rung in [
        (lambda value: value[None], Rung.WRONG_SHAPE),
        (lambda value: np.full_like(value, np.nan), Rung.NOT_FINITE),
        (lambda value: value + np.inf, Rung.NOT_FINITE),
        (lambda value: value + 1234.5, Rung.WRONG_VALUE),
    ]:
        verdict = judge(exercise, 0, ask_here(answer_like(exercise, change)))
        assert (verdict.points, rungs(verdict)) == (0, {rung})


@every_exercise
def test_lists_and_arrays_are_taken_for_each_other(exercise):
    for change in (np.ndarray.tolist, np.asarray):
        assert judge(exercise, 0, ask_here(answer_like(exercise, change))).points == exercise.points


def change_in_place(argument):
    if isinstance(argument, list):
        change_in_place(argument[-1])
    elif isinstance(argument, np.ndarray):
        argument.flat[-1] = not argument.flat[-1] if argument.dtype == bool else argument.flat[-1] + 1


@every_exercise
def test_argument_changed_in_place_costs_exactly_the_case_of_that_name(exercise):
    def careless(*arguments):
        value = exercise.reference(*arguments)
        for argument in arguments:
            change_in_place(argument)
        return value

    verdict = judge(exercise, 0, ask_here(careless))
    lost = [finding for finding in verdict.findings if finding.rung is not Rung.RIGHT]
    if not any(case.keeps_arguments for case in exercise.cases):
        assert lost == []
        return
    (finding,) = lost
    assert (finding.rung, finding.case.title) == (
        Rung.CHANGED_ARGUMENTS,
        KEEPING,
    )
    assert verdict.points == pytest.approx(exercise.points - exercise.points_of(finding.case))
    assert verdict.misconception is None


def test_a_call_that_did_not_return_costs_its_own_case_and_is_reported():
    exercise, asked = EXERCISES["gae"], count()

    def slow_once(name, arguments):
        if next(asked) == 2:
            return Answer("did_not_return", message="it did not return within 10 seconds")
        return ask_here(exercise.reference)(name, arguments)

    verdict = judge(exercise, 0, slow_once)
    assert next(asked) == len(exercise.cases)
    assert verdict.points == pytest.approx(exercise.points - exercise.points_of(exercise.cases[2]))
    assert verdict.worst.sentence == "it did not return within 10 seconds"


def test_an_unfinished_helper_is_an_error_and_names_the_helper():
    def group_advantages(rewards, eps=1e-8):
        raise NotImplementedError()

    def grpo_objective(logp_new, logp_old, rewards, epsilon, eps=1e-8):
        return group_advantages(rewards, eps).mean()

    verdict = judge(EXERCISES["grpo_objective"], 0, ask_here(grpo_objective))
    assert rungs(verdict) == {Rung.RAISED}
    assert "it called `group_advantages`, which still raises" in verdict.worst.sentence


SHIFTS = {
    "mean": lambda z: z.mean(axis=-1, keepdims=True),
    "median": lambda z: np.median(z, axis=-1, keepdims=True),
    "first": lambda z: z[..., :1],
}


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", ["softmax", "grad_log_softmax", "policy_gradient_theorem"])
def test_a_softmax_that_is_not_shifted_by_the_largest_logit_loses_points(name, shift):
    def softmax(z):
        exps = np.exp(z - SHIFTS[shift](z))
        return exps / exps.sum(axis=-1, keepdims=True)

    answers = {
        "softmax": softmax,
        "grad_log_softmax": lambda z, a: np.eye(z.shape[-1])[a] - softmax(z),
        "policy_gradient_theorem": lambda z, d, q: (
            d[:, None] * softmax(z) * (q - (softmax(z) * q).sum(axis=1, keepdims=True))
        ),
    }
    for seed in range(4):
        verdict = judge(EXERCISES[name], seed, ask_here(answers[name]))
        lost = {f.case.title for f in verdict.findings if f.rung is not Rung.RIGHT}
        assert lost == {"logits of ±1000", KEEPING}
