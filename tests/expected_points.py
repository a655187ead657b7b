"""What the answers of the example class earn where they are neither right nor worthless."""

MISCONCEPTIONS_EARN = {
    "gradient_ascent": 0.4,
    "gradient_descent": 0.4,
    "softmax": 1.6,
    "policy_gradient_estimate": 1,
    "clip_by_global_norm": 1.5,
    "taylor": 0.4,
    "ratio_taylor": 0.8,
    "td_target": 0.4,
    "td_errors": 0.8,
    "gae": 2,
    "grpo_objective": 0.8,
    "hunt_minibatches": 1.2,
    "ppo_update": 2,
}
"""What each classic misconception still gets right; every exercise that is not here earns 0."""
