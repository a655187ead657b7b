"""Updates that leave out what does not occur, keep the dtype of the logits, or end too early."""

import numpy as np

from tests.exercises.wrong_answers.ppo import ppo_clip_gradient_that_has_an_inverse_lower_edge


def _log_policy(z):
    shifted = z - np.max(z, axis=1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))


def _alive(new, old, advantages, epsilon):
    ratio = np.exp(new - old)
    kept = ratio * advantages <= np.clip(ratio, 1 - epsilon, 1 + epsilon) * advantages
    return np.where(kept, ratio * advantages, 0.0) / len(advantages)


def _update(z, states, actions, advantages, epsilon, rate, epochs, weights_of=_alive):
    z = np.array(z, dtype=float)
    old = _log_policy(z)[states, actions]
    for _ in range(epochs):
        log_policy = _log_policy(z)
        weights = weights_of(log_policy[states, actions], old, advantages, epsilon)
        gradient = np.zeros(z.shape)
        scores = np.eye(z.shape[1])[actions] - np.exp(log_policy[states])
        np.add.at(gradient, states, weights[:, None] * scores)
        z = z + rate * gradient
    return z


def ppo_update_that_returns_the_states_that_occur(logits, states, actions, advantages, epsilon, rate, epochs):
    return _update(logits, states, actions, advantages, epsilon, rate, epochs)[: np.max(states) + 1]


def ppo_update_that_is_as_wide_as_the_largest_action(
    logits, states, actions, advantages, epsilon, rate, epochs
):
    np.eye(np.max(actions) + 1)[actions] - logits[states]
    return _update(logits, states, actions, advantages, epsilon, rate, epochs)


def ppo_update_that_squeezes_the_only_state(logits, states, actions, advantages, epsilon, rate, epochs):
    return np.squeeze(_update(logits, states, actions, advantages, epsilon, rate, epochs))


def ppo_update_that_keeps_the_dtype_of_the_logits(logits, states, actions, advantages, epsilon, rate, epochs):
    result = logits.copy()
    result[:] = _update(logits, states, actions, advantages, epsilon, rate, epochs)
    return result


def ppo_update_that_stops_when_a_ratio_leaves_the_range(
    logits, states, actions, advantages, epsilon, rate, epochs
):
    z = np.array(logits, dtype=float)
    old = _log_policy(z)[states, actions]
    for done in range(epochs):
        if np.any(np.abs(np.exp(_log_policy(z)[states, actions] - old) - 1) > epsilon):
            break
        z = _update(logits, states, actions, advantages, epsilon, rate, done + 1)
    return z


def ppo_update_that_steps_in_the_logits_themselves_if_they_are_floats(
    logits, states, actions, advantages, epsilon, rate, epochs
):
    z = np.asarray(logits, dtype=float)
    z += _update(logits, states, actions, advantages, epsilon, rate, epochs) - z
    return z


def ppo_update_that_has_an_inverse_lower_edge(logits, states, actions, advantages, epsilon, rate, epochs):
    weights_of = ppo_clip_gradient_that_has_an_inverse_lower_edge
    return _update(logits, states, actions, advantages, epsilon, rate, epochs, weights_of)


def ppo_update_that_takes_the_sign_as_a_quotient(logits, states, actions, advantages, epsilon, rate, epochs):
    scaled = advantages / np.abs(advantages) * np.abs(advantages)
    weights_of = lambda new, old, adv, eps: np.where(adv == adv, _alive(new, old, adv, eps), adv)  # noqa: E731
    return _update(logits, states, actions, scaled, epsilon, rate, epochs, weights_of)
