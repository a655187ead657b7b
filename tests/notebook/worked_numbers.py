"""The worked numbers of the book: chapter → (cell, name, value), each value derived here by hand.

The tests read the value from the kernel, right after the named cell has run.
"""

import math

import numpy as np

WORKED = {
    "intro": [
        # v1 = 2 + v2/2 and v2 = 1 + v1/2
        ("worked_two_state", "worked_values", [10 / 3, 8 / 3]),
        # stay: half the own value; go: the reward and half the other value
        ("worked_two_state_tables", "worked_action_values", [[5 / 3, 10 / 3], [4 / 3, 8 / 3]]),
        # always going, started in s1: (1 - 1/2)(1 + 1/4 + 1/16 + ...) in s1
        ("worked_two_state_tables", "worked_visitation", [2 / 3, 1 / 3]),
    ],
    "e3_5_complete_formulas": [
        ("worked_policy_gradient_theorem", "worked_objective", 7 / 8),
        (
            "worked_policy_gradient_theorem",
            "worked_gradient",
            [[-21 / 64, 21 / 64], [-5 / 64, 5 / 64]],
        ),
        # q(go) - q(stay) is 7/4 in s1 and 5/4 in s2; weighted by (3/4, 1/4) it points along (21, 5), by the
        # shares of time (1/2, 1/2) along (7, 5)
        ("worked_dropped_discount", "cosine", (21 * 7 + 5 * 5) / math.sqrt((21**2 + 5**2) * (7**2 + 5**2))),
        ("worked_dropped_discount", "angle", math.degrees(math.acos(172 / math.sqrt(466 * 74)))),
        ("worked_overestimation", "exact_two_actions", 1 / math.sqrt(math.pi)),
        ("worked_dqn", "worked_delta", 2),
        ("worked_dqn", "worked_loss", 2),
        ("worked_dqn", "worked_dqn_gradient", [[-2]]),
        ("worked_td_errors", "worked_deltas", [1 / 2, -1 / 2]),
        ("worked_gae", "worked_gae", [19 / 8, 3 / 2, 2]),
        ("worked_truncation", "worked_truncation", [0, -4 / 3, 1 / 3]),
        ("measured_lambda", "true_gap", 31 / 20),
        # 0.3 / 0.2, then 1.5 * 4, then 1.2 * 4
        ("worked_ppo_clip", "worked_ratio", [3 / 2]),
        ("worked_ppo_clip", "worked_unclipped", 6),
        ("worked_ppo_clip", "worked_clipped", 24 / 5),
        ("worked_ppo_gradient", "worked_ppo_gradient", [0, 1 / 8, -3 / 8, 0]),
        # rewards 2, 4, 10: the squared distances from 16/3 are 100/9, 16/9 and 196/9, their mean is 104/9
        ("worked_grpo", "worked_mean", 16 / 3),
        ("worked_grpo", "worked_sigma", math.sqrt(104) / 3),
        ("worked_grpo", "worked_equal", [0, 0, 0]),
        ("worked_grpo_objective", "worked_grpo_objective", -3 / 20),
        ("worked_length_mean", "worked_token_weights", [-1 / 2, -1 / 8]),
        ("worked_kl", "worked_kl", 0.7 * math.log(7 / 4) + 0.2 * math.log(2 / 5)),
        # one right of four: squared distances 9/16 and three times 1/16; the sum is 3/4, over 4 or over 3
        ("worked_sigmas", "worked_rare", [[math.sqrt(3), -math.sqrt(3)], [3 / 2, -3 / 2], [3 / 4, -3 / 4]]),
        (
            "worked_difficulty",
            "worked_amplification",
            [1 / math.sqrt(p / 16 * (1 - p / 16)) for p in (1, 4, 8, 12, 15)],
        ),
    ],
}
"""Values that a cell must reproduce to 1e-12, relative and absolute."""

CLOSE = {
    "e3_5_complete_formulas": [
        # the optimum of the two-state MDP is to go always, so q* is its table of action values
        ("worked_td_target", "worked_q", [[5 / 3, 10 / 3], [4 / 3, 8 / 3]], 1e-9),
        ("referee_policy_gradient_theorem", "central_error", 0, 1e-8),
        ("referee_policy_gradient_theorem", "complex_error", 0, 1e-12),
        ("worked_residual_gradient", "worked_semi", [1 / 2, 1, 0], 1e-6),
        ("worked_residual_gradient", "worked_full", [1 / 2, 3 / 4, 1 / 4], 1e-6),
        # v1 = 2 + 0.9 v2 and v2 = 1 + 0.9 v1; cut for an end: one visit to s1 in five does not bootstrap
        ("worked_time_limit", "worked_cut_as_cut", [290 / 19, 280 / 19], 1e-9),
        ("worked_time_limit", "worked_cut_as_end", [85 / 11, 175 / 22], 1e-9),
        ("measured_scan", "difference", 0, 1e-12),
        # the guard 1e-8 is added to sigma, so the eighth digit may differ
        ("worked_grpo", "worked_advantages", np.array([-10, -4, 14]) / math.sqrt(104), 1e-7),
        ("worked_kl", "inside", [0.3, -0.3, 0], 1e-6),
    ],
}
"""Values of methods that end near the exact one: chapter → (cell, name, value, absolute tolerance)."""
