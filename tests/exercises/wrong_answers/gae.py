"""Values of terminal states that are cleared in place, loops that need two steps or end too early."""

import numpy as np


def _gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    result = np.zeros(np.shape(rewards))
    following = np.zeros(np.shape(rewards)[1:])
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_values[t] * ~terminated[t] - values[t]
        following = delta + gamma * lam * ~(terminated[t] | truncated[t]) * following
        result[t] = following
    return result


def td_errors_that_clears_terminal_values_in_place(rewards, values, next_values, terminated, gamma):
    next_values[terminated] = 0
    return rewards + gamma * next_values - values


def td_errors_that_keeps_the_dtype_of_the_rewards(rewards, values, next_values, terminated, gamma):
    bootstrap = np.zeros_like(rewards)
    bootstrap[~terminated] = next_values[~terminated]
    return rewards + gamma * bootstrap - values


def td_errors_that_squeezes_a_single_environment(rewards, values, next_values, terminated, gamma):
    return np.squeeze(rewards + gamma * ~terminated * next_values - values)


def td_errors_that_forgets_a_termination_at_the_first_step(rewards, values, next_values, terminated, gamma):
    goes_on = ~terminated
    goes_on[0] = True
    return rewards + gamma * goes_on * next_values - values


def td_errors_that_looks_up_a_second_step(rewards, values, next_values, terminated, gamma):
    error = rewards + gamma * ~terminated * next_values - values
    error[0] += 0 * rewards[1]
    return error


def td_errors_that_divides_by_the_value(rewards, values, next_values, terminated, gamma):
    return (rewards / values + gamma * ~terminated * next_values / values - 1) * values


def gae_that_clears_terminal_values_in_place(rewards, values, next_values, terminated, truncated, gamma, lam):
    next_values[terminated] = 0
    return _gae(rewards, values, next_values, terminated, truncated, gamma, lam)


def gae_that_joins_its_flags_in_place(rewards, values, next_values, terminated, truncated, gamma, lam):
    advantages = _gae(rewards, values, next_values, terminated, truncated, gamma, lam)
    truncated |= terminated
    return advantages


def gae_that_keeps_the_dtype_of_the_values(rewards, values, next_values, terminated, truncated, gamma, lam):
    advantages = np.zeros_like(values)
    advantages[...] = _gae(rewards, values, next_values, terminated, truncated, gamma, lam)
    return advantages


def gae_that_squeezes_a_single_environment(rewards, values, next_values, terminated, truncated, gamma, lam):
    return np.squeeze(_gae(rewards, values, next_values, terminated, truncated, gamma, lam))


def gae_that_stops_at_an_error_of_0(rewards, values, next_values, terminated, truncated, gamma, lam):
    advantages = np.zeros(np.shape(rewards))
    following = 0.0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_values[t] * ~terminated[t] - values[t]
        if not np.any(delta):
            break
        following = delta + gamma * lam * ~(terminated[t] | truncated[t]) * following
        advantages[t] = following
    return advantages


def gae_that_starts_at_the_step_before_the_last(
    rewards, values, next_values, terminated, truncated, gamma, lam
):
    advantages = _gae(rewards, values, next_values, terminated, truncated, gamma, lam)
    delta = rewards[-2] + gamma * next_values[-2] * ~terminated[-2] - values[-2]
    advantages[-2] = delta + gamma * lam * ~(terminated[-2] | truncated[-2]) * advantages[-1]
    return advantages


def gae_that_divides_by_the_discount(rewards, values, next_values, terminated, truncated, gamma, lam):
    decay = np.float64(gamma) * lam
    return _gae(rewards, values, next_values, terminated, truncated, gamma, decay / gamma)


def gae_that_cuts_only_in_the_first_environment(
    rewards, values, next_values, terminated, truncated, gamma, lam
):
    cut = truncated.copy()
    if cut.ndim > 1:
        cut[:, -1] = False
    return _gae(rewards, values, next_values, terminated, cut, gamma, lam)
