"""What the answers of the example class earn where they are neither right nor worthless."""

MISCONCEPTIONS_EARN = {
    "gradient_ascent": 0.25,
    "gradient_descent": 0.25,
    "softmax": 1.5,
    "discounted_returns": 0.3,
    "policy_gradient_estimate": 1.5,
    "clip_by_global_norm": 1.2,
    "taylor": 0.4,
    "ratio_taylor": 0.8,
    "td_target": 0.25,
    "double_dqn_target": 0.3,
    "td_errors": 0.75,
    "gae": 2.4,
    "grpo_objective": 1.2,
    "hunt_minibatches": 1,
    "ppo_update": 1.8,
    "aggregate_tokens": 2.5,
    "decoupled_clip": 2,
    "sequence_ratio": 0.25,
    "cispo_gradient": 0.75,
    "rollout_weights": 1.8,
    "overlong_penalty": 1,
}
"""What each classic misconception still gets right; every exercise that is not here earns 0."""
