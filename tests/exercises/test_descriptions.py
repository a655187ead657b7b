"""What is graded, as it is written down: cases, points, misconceptions, and the arguments that are drawn."""

import inspect
import re
import signal
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import solutions
from autograder.exercises import EXERCISES
from autograder.inside import kernel_side

SEEDS = range(3)
CHAPTER_E35 = {
    "policy_gradient_theorem",
    "td_target",
    "double_dqn_target",
    "dqn_loss",
    "dqn_gradient",
    "td_errors",
    "gae",
    "ppo_clip_objective",
    "ppo_clip_gradient",
    "group_advantages",
    "grpo_objective",
}

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def named(exercise, case, seed):
    """Return the arguments of a case by the names that the reference gives them."""
    arguments = exercise.arguments(case, seed)
    return dict(zip(inspect.signature(exercise.reference).parameters, arguments, strict=False))


def packed(exercise, case, seed):
    return [kernel_side.encode(argument) for argument in exercise.arguments(case, seed)]


def arrays(arguments):
    for argument in arguments:
        yield from arrays(argument) if isinstance(argument, list) else [argument]


def test_every_function_of_the_reference_is_graded_under_its_own_name():
    assert set(EXERCISES) == set(solutions.__all__)
    assert all(name == exercise.reference.__name__ for name, exercise in EXERCISES.items())


def test_chapter_e35_has_38_points_with_gae_as_its_largest():
    points = {name: EXERCISES[name].points for name in CHAPTER_E35}
    assert sum(points.values()) == 38
    assert max(points, key=points.get) == "gae"


@every_exercise
def test_titles_are_unique_and_read_like_words(exercise):
    titles = [case.title for case in exercise.cases]
    assert len(set(titles)) == len(titles)
    assert not any("_" in title or title.endswith(".") or title != title.strip() for title in titles)


@every_exercise
def test_points_of_the_cases_add_up_and_are_tenths_or_quarters(exercise):
    points = [exercise.points_of(case) for case in exercise.cases]
    assert sum(points) == pytest.approx(exercise.points, abs=1e-12)
    assert all(each * 20 == pytest.approx(round(each * 20)) for each in points)


@every_exercise
def test_exactly_one_case_asks_that_arrays_are_left_alone(exercise):
    keeping = [case.title for case in exercise.cases if case.keeps_arguments]
    takes_arrays = any(
        isinstance(each, np.ndarray)
        for case in exercise.cases
        for each in arrays(exercise.arguments(case, 0))
    )
    assert keeping == (["returns the right value and leaves its arguments unchanged"] if takes_arrays else [])


@every_exercise
def test_tolerance_has_its_own_reason_where_it_differs(exercise):
    fields = type(exercise).__dataclass_fields__
    default = (fields["rtol"].default, fields["atol"].default)
    given_reason = exercise.tolerance_reason != fields["tolerance_reason"].default
    assert given_reason == ((exercise.rtol, exercise.atol) != default)


@every_exercise
def test_each_misconception_speaks_one_sentence(exercise):
    assert len(exercise.misconceptions) >= 3
    for misconception in exercise.misconceptions:
        assert re.fullmatch(r"\S.{20,140}[.?]", misconception.sentence)
        assert not re.search(r"[.?!] [A-Z]|np\.|lambda|==", misconception.sentence)


@every_exercise
def test_same_seed_draws_the_same_and_another_seed_something_else(exercise):
    for case in exercise.cases:
        assert packed(exercise, case, 0) == packed(exercise, case, 0)
        if exercise.arguments(case, 0):
            assert packed(exercise, case, 0) != packed(exercise, case, 1), case.title


@every_exercise
def test_a_case_draws_the_same_whatever_other_cases_there_are(exercise):
    alone = replace(exercise, cases=exercise.cases[-1:])
    assert packed(alone, alone.cases[0], 3) == packed(exercise, exercise.cases[-1], 3)


@every_exercise
def test_arguments_are_ones_that_the_reference_accepts_and_can_travel(exercise):
    for case, seed in product(exercise.cases, SEEDS):
        exercise.reference(*exercise.arguments(case, seed))  # ValueError on what is outside the domain
        sent = exercise.arguments(case, seed)
        travelled = [kernel_side.decode(kernel_side.encode(each)) for each in sent]
        assert [kernel_side.encode(each) for each in travelled] == packed(exercise, case, seed), case.title
        assert not any(isinstance(each, np.generic) for each in sent), case.title


def drawn_by(*parameters):
    """Yield the arguments by name of every exercise that has these parameters, at some seeds."""
    for exercise in EXERCISES.values():
        if set(parameters) <= set(inspect.signature(exercise.reference).parameters):
            for case, seed in product(exercise.cases, SEEDS):
                yield named(exercise, case, seed)


def test_log_probabilities_keep_within_the_promised_range():
    far = 0
    pairs = [("logp_new", "logp_old"), ("logp", "logp_ref"), ("logp_train", "logp_rollout")]
    for names, drawn in [(pair, drawn) for pair in pairs for drawn in drawn_by(*pair)]:
        new, old = (np.asarray(drawn[name]) for name in names)
        assert np.all(np.abs(new - old) <= 50)
        assert np.all((np.minimum(new, old) >= -1000) & (np.maximum(new, old) <= 0))
        far += np.any(np.abs(new - old) > 40) and np.any(old < -800)
    assert far >= 9 * len(SEEDS)  # the nine functions that take log-probabilities


def test_ratios_keep_away_from_the_edge_of_the_clip_range_unless_they_are_one():
    ratios = [(np.exp(d["logp_new"] - d["logp_old"]), d) for d in drawn_by("logp_new", "epsilon")]
    ratios += [(np.asarray(d["ratio"]), d) for d in drawn_by("ratio", "epsilon")]
    for ratio, drawn in ratios:
        distance = np.abs(np.abs(ratio - 1) - drawn["epsilon"])
        assert np.all((distance > 1e-3) | (ratio == 1))
    assert any(np.any(ratio == 1) and drawn["epsilon"] == 0 for ratio, drawn in ratios)


def weighed(drawn):
    """Return the weights that `rollout_weights` bounds."""
    changes = np.where(drawn["mask"], drawn["logp_train"] - drawn["logp_rollout"], 0.0)
    return np.exp(changes.sum(axis=1) if drawn["level"] == "sequence" else changes)


def test_ratios_and_weights_keep_away_from_two_bounds_unless_they_are_one():
    ratios = [(np.exp(d["logp_new"] - d["logp_old"]), d) for d in drawn_by("logp_new", "epsilon_low")]
    ratios += [(np.asarray(d["ratio"]), d) for d in drawn_by("ratio", "epsilon_low")]
    bounded = [(ratio, (1 - d["epsilon_low"], 1 + d["epsilon_high"], d.get("dual"))) for ratio, d in ratios]
    bounded += [(weighed(d), (d["cap"], d.get("low"))) for d in drawn_by("logp_train", "cap")]
    for values, bounds in bounded:
        for bound in bounds:
            assert bound is None or np.all((np.abs(values - bound) > 1e-3) | (values == 1))
    assert any(np.any(ratio == 1) and d["epsilon_low"] == d["epsilon_high"] == 0 for ratio, d in ratios)


def test_masks_have_answers_without_tokens_gaps_and_padding_that_is_not_0():
    drawn = [*drawn_by("mask")]
    assert any(not each["mask"].any(axis=1).all() for each in drawn)
    assert any(np.any(np.diff(each["mask"].astype(int), axis=1) > 0) for each in drawn)
    for each in drawn:
        padding = ~each["mask"]
        for name in {"values", "logp_new", "logp_train"} & set(each):
            assert np.count_nonzero(each[name][padding]) >= padding.sum() - 2  # one case has zeros there too


def test_next_values_are_the_values_of_the_next_step_unless_the_step_ended():
    for drawn in drawn_by("rewards", "values", "next_values", "terminated", "truncated"):
        goes_on = ~(drawn["terminated"] | drawn["truncated"])[:-1]
        assert np.array_equal(drawn["next_values"][:-1][goes_on], drawn["values"][1:][goes_on])
        assert not np.any(drawn["next_values"][:-1][~goes_on] == drawn["values"][1:][~goes_on]) or (
            drawn["values"].dtype != float
        )


def test_visitation_is_a_distribution_which_may_leave_states_out():
    drawn = [each["state_visitation"] for each in drawn_by("state_visitation")]
    assert all(each.sum() == pytest.approx(1) and each.min() >= 0 for each in drawn)
    assert any(np.any(each == 0) for each in drawn)


def test_gae_meets_every_kind_of_end():
    drawn = [named(EXERCISES["gae"], case, 0) for case in EXERCISES["gae"].cases]
    assert {each["lam"] for each in drawn} >= {0.0, 1.0}
    assert any((each["terminated"] & each["truncated"]).any() for each in drawn)
    assert any(not (each["terminated"] | each["truncated"]).any() for each in drawn)
    assert any(each["truncated"][-1].any() for each in drawn)
    assert max(len(each["rewards"]) for each in drawn) == 10_000
    assert {each["rewards"].ndim for each in drawn} >= {1, 2}


@pytest.mark.parametrize("name", ["ppo_clip_objective", "ppo_clip_gradient"])
def test_first_ppo_case_has_both_signs_below_inside_and_above_the_clip_range(name):
    drawn = named(EXERCISES[name], EXERCISES[name].cases[0], 0)
    ratio = np.exp(drawn["logp_new"] - drawn["logp_old"])
    side = (ratio > 1 + drawn["epsilon"]).astype(int) - (ratio < 1 - drawn["epsilon"])
    assert len(set(zip(side, np.sign(drawn["advantages"]), strict=True))) == 6


@pytest.mark.parametrize("seed", [1010, 1068, 1202, 1922, 2504])
def test_a_change_is_found_also_where_an_action_was_drawn_that_is_nearly_sure(seed):
    """At these seeds no change of the logits moved the ratio far enough, and the search never ended."""

    def stop(*_):
        raise TimeoutError("the draw does not end")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(5)
    try:
        drawn = [packed(EXERCISES["ratio_taylor"], case, seed) for case in EXERCISES["ratio_taylor"].cases]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert len(drawn) == len(EXERCISES["ratio_taylor"].cases)
