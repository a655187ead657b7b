"""The world of brackets: what is written, when it is right, and when it is lost."""

import numpy as np
import pytest

import book.brackets as brackets

SURE = 50.0
"""A logit that leaves the other tokens no chance."""


def writer(*tokens: tuple[int, int]) -> np.ndarray:
    """Return the logits of one run that writes a certain token in each (state, token)."""
    logits = np.zeros((1, brackets.STATES, 3))
    logits[..., brackets.END] = SURE
    for state, token in tokens:
        logits[0, state] = SURE * (np.arange(3) == token)
    return logits


def write(logits, questions, n=1, seed=0):
    return brackets.write(logits, questions, n, np.random.default_rng(seed))


def test_closing_all_that_is_open_and_then_ending_is_right():
    rollout = write(writer((1, brackets.CLOSE), (2, brackets.CLOSE)), [2])
    assert rollout.rewards.tolist() == [[[1.0]]]
    assert rollout.tokens[0, 0][rollout.mask[0, 0]].tolist() == [1, 1, 2]
    assert rollout.states[0, 0][rollout.mask[0, 0]].tolist() == [2, 1, 0]


def test_ending_while_a_bracket_is_open_is_wrong():
    assert write(writer(), [1]).rewards.sum() == 0


def test_closing_what_is_not_open_loses_the_answer_and_it_goes_on_until_it_ends():
    always_close = writer(*((state, brackets.CLOSE) for state in range(brackets.DEEPEST + 1)))
    rollout = write(always_close, [1])
    assert rollout.states[0, 0][rollout.mask[0, 0]].tolist() == [1, 0, brackets.LOST]
    assert rollout.rewards.sum() == 0


def test_too_many_open_brackets_lose_the_answer():
    rollout = write(writer((brackets.DEEPEST, brackets.OPEN)), [brackets.DEEPEST])
    assert rollout.states[0, 0][rollout.mask[0, 0]].tolist() == [brackets.DEEPEST, brackets.LOST]


def test_what_is_lost_stays_lost():
    lost = writer((0, brackets.CLOSE), (brackets.LOST, brackets.OPEN))
    rollout = write(lost, [0])
    assert set(rollout.states[0, 0][1:].tolist()) == {brackets.LOST}


def test_an_answer_that_never_ends_uses_its_budget_and_is_wrong():
    for_ever = writer((1, brackets.OPEN), (2, brackets.CLOSE))
    rollout = write(for_ever, [1])
    assert rollout.mask.sum() == brackets.BUDGET
    assert rollout.rewards.sum() == 0


def test_tokens_come_as_often_as_the_logits_say():
    logits = np.zeros((1, brackets.STATES, 3))
    logits[0, 1] = np.log([0.2, 0.5, 0.3])
    first = write(logits, [1], n=20_000).tokens[0, :, 0]
    assert np.bincount(first, minlength=3) / 20_000 == pytest.approx([0.2, 0.5, 0.3], abs=0.015)


def test_runs_differ_by_their_logits_and_the_answers_to_a_question_stand_side_by_side():
    logits = np.concatenate([writer((1, brackets.CLOSE)), writer()])
    rollout = write(logits, [0, 1], n=3)
    assert rollout.rewards.tolist() == [[[1, 1, 1], [1, 1, 1]], [[1, 1, 1], [0, 0, 0]]]
    assert rollout.states[0, :, 0].tolist() == [0, 0, 0, 1, 1, 1]


def test_log_softmax_is_stable_and_normalised():
    logp = brackets.log_softmax([[1000.0, 0.0, -1000.0], [1.0, 2.0, 3.0]])
    assert np.exp(logp).sum(axis=-1) == pytest.approx([1, 1])
    assert logp[0, 1] == pytest.approx(-1000)
