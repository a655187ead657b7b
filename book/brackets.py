"""Closing brackets: a world of short answers that can be checked, for the page beyond GRPO.

A question is a number of open brackets, for example ``((``. An answer is written token by token:

    (      opens one more        )      closes one        .      ends the answer

It is right, with reward 1, when it ends while no bracket is open and none was closed that was not open:
``)).`` and ``)()).`` are right answers to ``((``. Every other answer has reward 0, and so has one that has
not ended when its budget of tokens is used up.

A policy knows one thing, the state: how many brackets are open, or that the answer is *lost*, because a
bracket was closed that was not open, or too many are open. Nothing can make a lost answer right, and still
it goes on until it ends. The module needs NumPy only and lies beside every notebook that uses it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

OPEN, CLOSE, END = 0, 1, 2
"""The three tokens, by name."""

DEEPEST = 8
"""How many brackets may be open."""

LOST = DEEPEST + 1
"""The state of an answer that cannot become right any more."""

STATES = DEEPEST + 2
"""How many states there are: 0 to `DEEPEST` open brackets, and lost."""

BUDGET = 20
"""How many tokens an answer may have."""


class Rollout(NamedTuple):
    """What several runs (axis 0) have written: N answers each, the n answers to a question side by side."""

    states: NDArray[np.int64]
    """(runs, N, BUDGET): the state in which each token was written."""
    tokens: NDArray[np.int64]
    """(runs, N, BUDGET): the tokens."""
    mask: NDArray[np.bool_]
    """(runs, N, BUDGET): True where a token belongs to its answer."""
    rewards: NDArray[np.float64]
    """(runs, questions, n): 1 for a right answer, else 0."""


def log_softmax(logits: ArrayLike) -> NDArray[np.float64]:
    """Return the log-probabilities along the last axis."""
    shifted = np.asarray(logits, float) - np.max(logits, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def write(logits: ArrayLike, questions: ArrayLike, n: int, rng: np.random.Generator) -> Rollout:
    """Let each run write n answers to each question, by its own table of logits, (runs, STATES, 3)."""
    bounds = np.cumsum(np.exp(log_softmax(logits)), axis=-1)
    runs = np.arange(len(bounds))[:, None]
    start = np.repeat(np.asarray(questions, int), n)
    state = np.tile(start, (len(bounds), 1))
    alive = np.ones(state.shape, bool)
    right = np.zeros(state.shape)
    states, tokens = np.zeros((2, *state.shape, BUDGET), int)
    mask = np.zeros(states.shape, bool)
    for t in range(BUDGET):
        chance = rng.random(state.shape)[..., None]
        token = np.minimum(np.sum(chance > bounds[runs, state], axis=-1), END)
        states[..., t], tokens[..., t], mask[..., t] = state, token, alive
        right += alive & (token == END) & (state == 0)
        alive = alive & (token != END)
        if not alive.any():
            break
        state = np.where(alive, _next(state, token), state)
    return Rollout(states, tokens, mask, right.reshape(len(bounds), -1, n))


def _next(state: NDArray[np.int64], token: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the state after one more token; what is lost stays lost."""
    after = state + (token == OPEN) - (token == CLOSE)
    return np.where((after < 0) | (after > DEEPEST) | (state == LOST), LOST, after)
