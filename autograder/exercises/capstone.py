"""What is graded about `solutions.capstone`."""

from collections.abc import Callable

import numpy as np

import solutions
from autograder.exercises._drawing import coarse, signed
from autograder.exercises._formulas import UNSTABLE, onehot, softmax
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator


def _steps(rng: Generator, states: Array, actions: int) -> tuple:
    logits = signed(rng, int(states.max()) + 1, actions)
    return logits, states, rng.integers(actions, size=len(states)), signed(rng, len(states), low=1)


def _one_epoch(rng: Generator) -> tuple:
    return *_steps(rng, np.array([0, 1, 2, 0, 1]), 3), 0.2, 0.5, 1


def _clipping(rng: Generator) -> tuple:
    """Draw steps that leave the clip range; in every state a sample is dragged the wrong way."""
    logits, states = rng.uniform(-0.5, 0.5, (3, 3)), np.repeat(np.arange(3), 3)
    best = rng.integers(3, size=3)
    actions = np.stack([best, best, (best + 1) % 3], axis=1).ravel()
    advantages = np.tile([3.0, -0.5, -1.5], 3) * rng.uniform(0.8, 1.2, 9)
    return logits, states, actions, advantages, 0.1, 1.0, 6


def _inside(rng: Generator) -> tuple:
    """Draw steps that add up in each state: one ratio rises a little, the other falls below 1/(1 + ϵ)."""
    states = np.array([0, 1, 1, 0])
    actions, advantages = rng.integers(2, size=2)[states], np.array([1, -4, -3, 1])
    return rng.integers(2, size=(2, 2)), states, actions, advantages, 0.8, 0.5, 5


def _no_epochs(rng: Generator) -> tuple:
    return *_steps(rng, np.array([0, 1, 1]), 3), 0.2, 0.5, 0


def _extreme(rng: Generator) -> tuple:
    logits = np.array([[-1000.0, 1000.0, 1000.0, -1000.0], [-1900.0, -1000.0, -1000.0, -1900.0]])
    logits[:, 1:3] += coarse(rng.uniform(-0.5, 0.5, (2, 2)))
    advantages = np.array([1, -1, 1, -1]) * rng.uniform(1, 2, 4)
    return logits, np.array([0, 0, 1, 1]), np.array([1, 2, 2, 1]), advantages, 0.1, 0.6, 5


def _only_state(rng: Generator) -> tuple:
    return (
        rng.uniform(-0.5, 0.5, (1, 3)),
        np.array([0]),
        rng.integers(1, 3, 1),
        rng.integers(2, 4, 1),
        0.0,
        0.5,
        2,
    )


def _every_step(rng: Generator) -> tuple:
    """Draw steps with zeros, without the last state and action.

    In state 0 a sample is dragged the wrong way.
    """
    logits = np.vstack(
        [rng.permuted(np.tile([-1.0, 0.0, 1.0, 2.0], (3, 1)), axis=1), [1001, -1000, 1000, -1000]]
    )
    states, actions = np.array([1, 0, 1, 3, 0, 1, 0, 3]), np.array([2, 1, 0, 0, 1, 1, 0, 2])
    advantages = np.array([2, 4, 0, 1, -1, -1, -2, -2]) * rng.uniform(1, 2, 8)
    return np.vstack([logits, [0, 0, 0, 0]]), states, actions, advantages, 0.2, 1.0, 4


def _update(
    logits: Array,
    states: Array,
    actions: Array,
    advantages: Array,
    epsilon: float,
    rate: float,
    epochs: int,
    *,
    alive: Callable = lambda r, adv, eps: r * adv <= np.clip(r, 1 - eps, 1 + eps) * adv,
    slope: Callable = lambda r, adv: r * adv,
    collect: Callable = np.add.at,
    policy_of: Callable = softmax,
    fresh: bool = False,
) -> Array:
    """Return PPO's update with one of its pieces exchanged; as it stands it is right."""
    z = np.array(logits, dtype=float)
    old = np.log(policy_of(z))[states, actions]
    for _ in range(epochs):
        policy = policy_of(z)[states]
        new = np.log(policy[np.arange(len(states)), actions])
        if fresh:
            old = new
        ratio = np.exp(new - old)
        weights = np.where(alive(ratio, advantages, epsilon), slope(ratio, advantages), 0) / len(states)
        gradient = np.zeros(z.shape)
        collect(gradient, states, weights[:, None] * (onehot(actions, z.shape[1]) - policy))
        z = z + rate * gradient
    return z


def _overwrite(gradient: Array, states: Array, parts: Array) -> None:
    gradient[states] += parts


def _unshifted(z: Array) -> Array:
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def _wrong_update(sentence: str, **wrong: object) -> Misconception:
    return Misconception(lambda *arguments: _update(*arguments, **wrong), sentence)


_ppo_update = Exercise(
    reference=solutions.ppo_update,
    points=6,
    cases=(
        Case("one epoch", _one_epoch, share=2),
        Case("several epochs, in which clipping sets in", _clipping, share=2),
        Case("several epochs inside a wide clip range, integer logits and advantages", _inside),
        Case("no epochs", _no_epochs, edge=True),
        Case("logits of ±1000", _extreme),
        Case("a single step in the only state, and a clip range of zero", _only_state, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_step,
            share=2,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        _wrong_update(
            "Each of your epochs is a plain policy gradient step: "
            "with which earlier policy should the later ones compare?",
            fresh=True,
        ),
        _wrong_update(
            "Your update never stops pushing: for which samples is the gradient zero after some epochs?",
            alive=lambda r, adv, eps: True,
        ),
        _wrong_update(
            "Outside the clip range the gradient is not always zero: "
            "look at the samples that went the wrong way.",
            alive=lambda r, adv, eps: np.abs(r - 1) <= eps,
        ),
        _wrong_update(
            "PPO is pessimistic: of the two products, which one should it believe?",
            alive=lambda r, adv, eps: r * adv >= np.clip(r, 1 - eps, 1 + eps) * adv,
        ),
        _wrong_update(
            "The gradient of the ratio is the ratio times ∇log π: the first factor is missing.",
            slope=lambda r, adv: adv,
        ),
        _wrong_update(
            "A state that occurs twice should collect both contributions; "
            "indexing with repeated indices keeps one.",
            collect=_overwrite,
        ),
        _wrong_update(
            UNSTABLE,
            policy_of=_unshifted,
        ),
        Misconception(
            lambda z, s, a, adv, eps, rate, epochs: _update(z, s, a, adv, eps, -rate, epochs),
            "Your update goes downhill: the objective is to be maximised.",
        ),
        Misconception(
            lambda z, s, a, adv, eps, rate, epochs: _update(z, s, a, adv, eps, rate * len(s), epochs),
            "Your step grows with the size of the batch: sum or mean?",
        ),
        Misconception(
            lambda z, s, a, adv, eps, rate, epochs: _update(z, s, a, adv, eps, rate, 1),
            "The number of epochs has no effect on your result.",
        ),
        Misconception(
            lambda z, s, a, adv, eps, rate, epochs: _update(
                z, s, a, (adv - adv.mean()) / (adv.std() + 1e-8), eps, rate, epochs
            ),
            "Many programs normalise the advantages first; here they are used as they are.",
        ),
        Misconception(
            lambda z, s, a, adv, eps, rate, epochs: (
                _update(z, s, a, adv, eps, rate, epochs) - np.asarray(z, dtype=float)
            ),
            "This is how much the logits change; the new logits are asked for.",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (_ppo_update,)
