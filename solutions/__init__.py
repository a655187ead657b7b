"""The reference answers: every formula of the course as one function,
in NumPy alone."""

from solutions.beyond_grpo import (
    aggregate_tokens,
    cispo_gradient,
    decoupled_clip,
    kl_estimate_gradients,
    kl_estimates,
    overlong_penalty,
    rloo_advantages,
    rollout_weights,
    sequence_ratio,
)
from solutions.calculus import (
    chain_rule_gradient,
    gradient_ascent,
    gradient_descent,
    mlp_gradients,
    numerical_gradient,
)
from solutions.capstone import ppo_update
from solutions.derivations import (
    ratio_taylor,
    score_function_estimate,
    score_function_gradient,
    taylor,
)
from solutions.dqn import double_dqn_target, dqn_gradient, dqn_loss, td_target

# This binds the function gae over the module of the same name.
from solutions.gae import gae, td_errors
from solutions.grpo import group_advantages, grpo_objective
from solutions.hunt import (
    hunt_minibatches,
    hunt_normalize_advantages,
    hunt_value_targets,
)
from solutions.optim import adam_step, clip_by_global_norm
from solutions.policy_gradient import (
    advantage,
    discounted_returns,
    grad_log_softmax,
    policy_gradient_estimate,
    policy_gradient_theorem,
    softmax,
)
from solutions.ppo import (
    clipped_surrogate,
    ppo_clip_gradient,
    ppo_clip_objective,
    probability_ratio,
)
from solutions.quick import quick_ascent_step, quick_ppo_term, quick_td_error

__all__ = [
    "adam_step",
    "advantage",
    "aggregate_tokens",
    "chain_rule_gradient",
    "cispo_gradient",
    "clip_by_global_norm",
    "clipped_surrogate",
    "decoupled_clip",
    "discounted_returns",
    "double_dqn_target",
    "dqn_gradient",
    "dqn_loss",
    "gae",
    "grad_log_softmax",
    "gradient_ascent",
    "gradient_descent",
    "group_advantages",
    "grpo_objective",
    "hunt_minibatches",
    "hunt_normalize_advantages",
    "hunt_value_targets",
    "kl_estimate_gradients",
    "kl_estimates",
    "mlp_gradients",
    "numerical_gradient",
    "overlong_penalty",
    "policy_gradient_estimate",
    "policy_gradient_theorem",
    "ppo_clip_gradient",
    "ppo_clip_objective",
    "ppo_update",
    "probability_ratio",
    "quick_ascent_step",
    "quick_ppo_term",
    "quick_td_error",
    "ratio_taylor",
    "rloo_advantages",
    "rollout_weights",
    "score_function_estimate",
    "score_function_gradient",
    "sequence_ratio",
    "softmax",
    "taylor",
    "td_errors",
    "td_target",
]
