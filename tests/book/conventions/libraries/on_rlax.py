"""rlax: its losses, returns and TD errors."""

import math

import inputs
import jax
import jax.numpy as jnp
import rlax

jax.config.update("jax_enable_x64", True)


def _slope(log_ratio, advantage):
    loss = jax.grad(rlax.clipped_surrogate_pg_loss)
    ratio, given = jnp.array([math.exp(log_ratio)]), jnp.array([advantage])
    return -loss(ratio, given, inputs.EPSILON)[0] / advantage


def clip_edge():
    return [_slope(*edge) for edge in inputs.EDGES]


def dual_clip():
    return _slope(*inputs.FAR)


def dqn_loss():
    error = rlax.q_learning(jnp.zeros(2), 0, inputs.DELTA, 0.0, jnp.zeros(2))
    return rlax.l2_loss(error)


def dqn_target():
    given = (jnp.zeros(3), 0, inputs.Q_REWARD, inputs.Q_GAMMA)
    online, target = jnp.array(inputs.ONLINE), jnp.array(inputs.TARGET)
    return {
        "`q_learning`": rlax.q_learning(*given, target),
        "`double_q_learning`": rlax.double_q_learning(*given, target, online),
    }


def reinforce_gradient():
    steps = len(inputs.ACTIONS)
    given = jnp.array(inputs.ACTIONS), jnp.array(inputs.WEIGHTS), jnp.ones(steps)
    return -jax.grad(rlax.policy_gradient_loss)(jnp.zeros((steps, 2)), *given).sum(0)[1]


def gae_time_limit():
    """Two calls, one for each episode: a sequence has no room for the value behind a cut."""
    found, first = [], 0
    for last in (2, 4):
        states = [*inputs.STATES[first : last + 1], inputs.NEXT_STATES[last]]
        discounts = jnp.array([inputs.GAMMA * (1 - end) for end in inputs.TERMINATED[first : last + 1]])
        values = jnp.array([inputs.STATE_VALUES[state] for state in states])
        rewards = jnp.array(inputs.REWARDS[first : last + 1])
        found += list(rlax.truncated_generalized_advantage_estimation(rewards, discounts, inputs.LAM, values))
        first = last + 1
    return found


def float32_return():
    rewards = jnp.ones(inputs.LONG, jnp.float32)
    returns = rlax.discounted_returns(rewards, inputs.LONG_GAMMA * rewards, jnp.float32(0))
    return inputs.largest_error(returns.tolist())


if __name__ == "__main__":
    inputs.report(globals(), "rlax", "jax")
