"""Run each line of JAX and write what it gives."""

import inputs
import jax
import jax.numpy as jnp
import lines
import optax

jax.config.update("jax_enable_x64", True)


def _names():
    """Return what the lines are given, with `J`, `L`, and the gradients that are there already."""
    names = {name: jnp.array(value) for name, value in (lines.GIVEN | lines.INTEGERS | lines.FLAGS).items()}
    names |= lines.NUMBERS | {"jax": jax, "jnp": jnp, "optax": optax}

    def objective(theta):
        return -((theta - names["c"]) ** 2).sum() + theta[0] * theta[1] ** 2

    def loss(w1, w2):
        return 0.5 * ((jnp.tanh(names["x"] @ w1) @ w2 - names["target"]) ** 2).sum(-1).mean()

    return names | {"J": objective, "L": loss, "ratio": jnp.exp(names["logp_new"] - names["logp_old"])}


def _run(name, line):
    names = _names()
    names["g"] = jax.grad(names["J"])(names["theta"])
    if name == "clipped_norm":
        names["g"] = jax.grad(names["L"], (0, 1))(names["w1"], names["w2"])
    if name == "ppo":
        names["objective"] = _objective(line, names)
    exec(f"{line.jax}\n{line.read_jax}", names)
    return list(names["result"])


def _objective(line, names):
    """Return the line as a function of log π: jax.grad takes functions."""
    before = lines.LINES["ratio"].jax

    def objective(logp_new):
        inside = names | {"logp_new": logp_new}
        exec(f"{before}\n{line.jax}", inside)
        return inside["L"]

    return objective


def results():
    return {name: _run(name, line) for name, line in lines.LINES.items()}


if __name__ == "__main__":
    inputs.report(globals(), "jax", "optax")
