"""JAX by itself."""

import math

import inputs
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


def clip_edge():
    def term(ratio, advantage):
        clipped = jnp.clip(ratio, 1 - inputs.EPSILON, 1 + inputs.EPSILON)
        return jnp.minimum(ratio * advantage, clipped * advantage)

    return [jax.grad(term)(math.exp(log_ratio), a) / a for log_ratio, a in inputs.EDGES]


def tie_in_the_maximum():
    return {"`max`": jax.grad(jnp.max)(jnp.array(inputs.TIED))}


if __name__ == "__main__":
    inputs.report(globals(), "jax")
