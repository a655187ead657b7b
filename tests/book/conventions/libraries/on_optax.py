"""optax: gradient clipping, Adam, a schedule."""

import inputs
import jax
import jax.numpy as jnp
import optax

jax.config.update("jax_enable_x64", True)


def _clipped(grads, max_norm, dtype=jnp.float32):
    grads = [jnp.array(grad, dtype) for grad in grads]
    return optax.clip_by_global_norm(max_norm).update(grads, None)[0]


def norm_at_the_limit():
    return _clipped([inputs.AT_THE_NORM], inputs.AT_THE_NORM[0])[0][0]


def norm_of_huge():
    return _clipped([inputs.HUGE], 1.0)[0]


def norm_not_a_number():
    return sum(jnp.isfinite(each).sum() for each in _clipped(inputs.NOT_ALL_NUMBERS, 1.0))


def adam_guard():
    adam = optax.adam(1.0, eps=inputs.TINY)
    return adam.update(jnp.array([inputs.TINY]), adam.init(jnp.zeros(1)))[0][0]


def schedule_past_its_end():
    return optax.cosine_decay_schedule(1.0, inputs.PERIOD)(2 * inputs.PERIOD)


if __name__ == "__main__":
    inputs.report(globals(), "optax", "jax")
