"""What is graded about `solutions.gae`."""

import numpy as np

import solutions
from autograder.exercises._drawing import Rollout, discount, rollout
from autograder.exercises._formulas import backwards
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator


def _for_td_errors(drawn: Rollout, gamma: float) -> tuple:
    return (*drawn[:4], gamma)


def _no_end_errors(rng: Generator) -> tuple:
    return _for_td_errors(rollout(rng, 8), discount(rng))


def _termination_errors(rng: Generator) -> tuple:
    return _for_td_errors(rollout(rng, 7, terminated=[2, 6]), discount(rng))


def _time_limit_errors(rng: Generator) -> tuple:
    return _for_td_errors(rollout(rng, 7, truncated=[3], integer_rewards=True), discount(rng))


def _every_error(rng: Generator) -> tuple:
    """Draw a batch with zeros whose first, middle and last steps terminate in one of the columns."""
    ends = {"terminated": [(0, 1), (3, 2), (5, 0)], "truncated": [(2, 0)]}
    drawn = rollout(rng, 6, 3, **ends, zeros=[(1, 1), (4, 0)])
    return _for_td_errors(drawn, discount(rng))


def _one_error(rng: Generator) -> tuple:
    return _for_td_errors(rollout(rng, 1, 1), 0.0)


def _integer_errors(rng: Generator) -> tuple:
    return _for_td_errors(rollout(rng, 8, terminated=[4], integers=True), 0.5)


def _following(values: Array) -> Array:
    """Return each step's next entry of `values`, and 0 after the last."""
    return np.concatenate([values[1:], np.zeros_like(values[:1])])


def _delta(rewards: Array, values: Array, next_values: Array, terminated: Array, gamma: float) -> Array:
    return rewards + gamma * np.where(terminated, 0, next_values) - values


_td_errors = Exercise(
    reference=solutions.td_errors,
    points=2,
    cases=(
        Case("a rollout without an end", _no_end_errors),
        Case("an episode that terminates in the middle", _termination_errors, share=2),
        Case("a time limit in the middle", _time_limit_errors),
        Case("integer rewards and values, and a discount of one half", _integer_errors, edge=True),
        Case("a single step, arrays of shape (1, 1), and a discount of zero", _one_error, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_error,
            share=2,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda r, v, nv, ended, gamma: v - r - gamma * np.where(ended, 0, nv),
            "The sign is turned round: a step that went better than expected has a positive TD error.",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: r + gamma * nv - v,
            "Look at the steps that terminated: what is a state worth in which nothing happens any more?",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: r + np.where(ended, 0, nv) - v,
            "One of the arguments has no effect on your result: where does the discount belong?",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: r + gamma * np.where(ended, 0, nv),
            "You have what happened, the target; the error also needs what was expected.",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: r + gamma * np.where(ended, 0, nv) + v,
            "Check the sign of V(s): the more was expected of a state, the smaller the surprise.",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: np.where(ended, 0, r + gamma * nv - v),
            "Termination takes away the successor's value, but not the reward, "
            "nor the value of the state left behind.",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: r + gamma * np.where(ended, 0, _following(v)) - v,
            "values[t + 1] is not always the successor of step t: think of the last step, and of a reset.",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: r + gamma * np.where(ended, 0, _following(nv)) - v,
            "next_values[t] already is one step ahead of values[t]; you look one step too far.",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: gamma * (r + np.where(ended, 0, nv)) - v,
            "The reward of this step arrives now; only what comes after it is discounted.",
        ),
        Misconception(
            lambda r, v, nv, ended, gamma: r + gamma * np.where(ended, nv, 0) - v,
            "Read the flag again: True says that the episode is over, "
            "so at which steps does the bootstrap stay?",
        ),
    ),
    **SINGLE_PRECISION,
)


def _no_end(rng: Generator) -> tuple:
    return *rollout(rng, 9), discount(rng), discount(rng) - 0.2


def _termination(rng: Generator) -> tuple:
    return *rollout(rng, 9, terminated=[3, 8]), discount(rng), discount(rng) - 0.2


def _time_limit(rng: Generator) -> tuple:
    return *rollout(rng, 9, truncated=[4]), discount(rng), discount(rng) - 0.2


def _both_flags(rng: Generator) -> tuple:
    return *rollout(rng, 8, terminated=[2, 5], truncated=[2]), discount(rng), 1.0


def _batch(rng: Generator) -> tuple:
    truncated = [(0, 1), (2, 2), (5, 0), (6, 2)]
    drawn = rollout(rng, 7, 3, terminated=[(1, 0), (4, 2), (0, 2)], truncated=truncated)
    return *drawn, discount(rng), discount(rng) - 0.2


def _lambda_zero(rng: Generator) -> tuple:
    return *rollout(rng, 8, terminated=[5], truncated=[2]), discount(rng), 0.0


def _integers(rng: Generator) -> tuple:
    return *rollout(rng, 8, terminated=[3], truncated=[5], integers=True), 0.5, 1.0


def _ten_thousand_steps(rng: Generator) -> tuple:
    return *rollout(rng, 10_000, terminated=[2_500], truncated=[7_000]), 0.97, 0.9


def _one_step(rng: Generator) -> tuple:
    return *rollout(rng, 1, 1), 0.0, discount(rng)


def _every_end(rng: Generator) -> tuple:
    """Draw a rollout that meets every end, and zeros; its last step has a TD error of exactly 0."""
    ends = {"terminated": [1, 4, 9], "truncated": [4, 6]}
    drawn = rollout(rng, 10, **ends, zeros=[3, 9])
    return *drawn, discount(rng), discount(rng) - 0.2


_gae = Exercise(
    reference=solutions.gae,
    points=6,
    cases=(
        Case("a rollout without an end", _no_end, share=2),
        Case("an episode that terminates in the middle", _termination, share=2),
        Case("a time limit in the middle", _time_limit, share=2),
        Case("both flags on one step", _both_flags),
        Case("a batch of rollouts that end at different steps", _batch, share=2),
        Case("λ of zero", _lambda_zero),
        Case("integer rewards and values, γ of one half and λ of one", _integers, edge=True),
        Case("ten thousand steps", _ten_thousand_steps, edge=True),
        Case("a single step, arrays of shape (1, 1), and a discount of zero", _one_step, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_end,
            share=2,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                r + gamma * nv - v, gamma * lam * ~(term | trunc)
            ),
            "Look at the steps that terminated: what is a state worth in which nothing happens any more?",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, nv, term | trunc, gamma), gamma * lam * ~(term | trunc)
            ),
            "A time limit cuts the recording, not the world: the state after it is still worth something.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, nv, term, gamma), gamma * lam * ~term
            ),
            "After a time limit the next row belongs to another episode, "
            "and its errors should not leak into this one.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(_delta(r, v, nv, term, gamma), gamma * lam),
            "At the end of an episode the sum stops: the next row is the start of another episode.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(r + gamma * nv - v, gamma * lam),
            "Your result does not depend on the flags at all: "
            "what changes where an episode terminates or is cut?",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, nv, term & ~trunc, gamma), gamma * lam * ~(term | trunc)
            ),
            "Look at the step with both flags: the state after it is terminal, whatever the clock says.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, nv, term, gamma), gamma * ~(term | trunc)
            ),
            "One of the arguments has no effect on your result: by what does each further TD error shrink?",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, nv, term, gamma), lam * ~(term | trunc)
            ),
            "Each further TD error lies one more step in the future, and the future is discounted besides.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, nv, term, lam), gamma * lam * ~(term | trunc)
            ),
            "Two symbols have changed places: which of them discounts the value of the next state?",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                -_delta(r, v, nv, term, gamma), gamma * lam * ~(term | trunc)
            ),
            "The sign is turned round: an action that went better than expected has a positive advantage.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, _following(v), term, gamma), gamma * lam * ~(term | trunc)
            ),
            "The last step of the rollout has a successor too, although values has no entry for it.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, np.concatenate([v[1:], nv[-1:]]), term, gamma), gamma * lam * ~(term | trunc)
            ),
            "After a time limit values[t + 1] is the first state of the next episode; "
            "where did this one really get to?",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, _following(nv), term, gamma), gamma * lam * ~(term | trunc)
            ),
            "next_values[t] already is one step ahead of values[t]; you look one step too far.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: _delta(r, v, nv, term, gamma),
            "These are the TD errors of single steps: the later ones of the episode are missing.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: (
                backwards(_delta(r, v, nv, term, gamma), gamma * lam * ~(term | trunc)) + v
            ),
            "This is the target for the critic; the advantage is what remains when V(s) is taken away.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, nv, term, gamma)[::-1], gamma * lam * ~(term | trunc)[::-1]
            )[::-1],
            "Your sum runs over the past: an action's advantage is made of what came after it.",
        ),
        Misconception(
            lambda r, v, nv, term, trunc, gamma, lam: backwards(
                _delta(r, v, nv, term, gamma), gamma * lam * ~_started(term | trunc)
            ),
            "The flags belong to the end of step t: check whether you cut the sum one step too early.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _started(ended: Array) -> Array:
    """Return the flags of the next step, as if they stood before the step."""
    return np.concatenate([ended[1:], np.zeros_like(ended[:1])])


EXERCISES = (_td_errors, _gae)
