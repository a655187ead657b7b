"""Returns objects that say that they are equal to everything, or that become something else when they are read."""
# %% first
import os
import pathlib

import numpy as np


class Equal:
    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __le__ = __ge__ = __eq__
    __hash__ = None


class Liar(Equal):
    shape, dtype, ndim, size = (), np.dtype(float), 0, 1
    __array__ = lambda self, *arguments, **options: np.asarray(2.4)
    __float__ = lambda self: 2.4
    __len__ = lambda self: 1
    __iter__ = lambda self: iter([2.4])
    __reduce__ = lambda self: (os.system, ("touch a-pickle-was-read",))
    __array_function__ = __array_ufunc__ = lambda self, *arguments, **options: True


class LyingArray(np.ndarray):
    __eq__ = Equal.__eq__
    __array_ufunc__ = __array_function__ = Liar.__array_ufunc__
    __array_finalize__ = lambda self, other: None


class LyingFloat(float):
    __eq__, __sub__, __abs__ = Equal.__eq__, lambda self, other: 0.0, lambda self: 0.0


class LyingList(list):
    __eq__, __len__ = Equal.__eq__, lambda self: 5

# %% policy_gradient_theorem
def policy_gradient_theorem(logits, state_visitation, q_values):
    return Equal()

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    return Liar()

# %% double_dqn_target
def double_dqn_target(rewards, next_q_online, next_q_target, terminated, gamma):
    return np.zeros(len(rewards)).view(LyingArray)

# %% dqn_loss
def dqn_loss(q, actions, targets):
    return LyingFloat(0)

# %% dqn_gradient
def dqn_gradient(q, actions, targets):
    return LyingList([0] * len(q))

# %% gae
def gae(rewards, values, next_values, terminated, truncated, gamma, lam):
    return np.ma.masked_all(np.shape(rewards))

# %% ppo_clip_objective
def ppo_clip_objective(logp_new, logp_old, advantages, epsilon):
    return float("nan")

# %% ppo_clip_gradient
def ppo_clip_gradient(logp_new, logp_old, advantages, epsilon):
    return np.full(np.shape(logp_new), Equal(), dtype=object)

# %% group_advantages
def group_advantages(rewards, eps=1e-8):
    return np.zeros(1_000_000_000 // 8)

# %% grpo_objective
def grpo_objective(logp_new, logp_old, rewards, epsilon, eps=1e-8):
    return (number for number in [0.0])
