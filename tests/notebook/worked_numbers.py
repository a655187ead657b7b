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
    "e3_1_derivatives": [
        # 1 minus the squares of 0.6, 0.3, 0 and 0.2
        ("worked_objective", "worked_heights", [0.64, 0.91, 1.0, 0.96]),
        # -2 (0.2 - 0.8) and -2 (1 - 0.8)
        ("worked_derivative", "worked_slopes", [1.2, -0.4]),
        # 0.2 + 0.1 * 1.2, then 0.32 + 0.1 * 0.96
        ("worked_ascent", "worked_first_points", [0.2, 0.32, 0.416]),
        ("worked_ascent", "worked_next_slope", [0.96]),
        # the factor of the error is 1 - 2 alpha
        ("worked_step_sizes", "worked_factors", [0.98, 0.8, 0.0, -0.8, -1.0, -1.1]),
        ("worked_descent", "worked_difference", 0),
        # -2 (0 - 1) and -2 (0 - 2); a tenth of it is the first step
        ("worked_gradient", "worked_gradient", [2, 4]),
        ("worked_gradient", "worked_step", [0.2, 0.4]),
        ("worked_gradient", "worked_length", math.sqrt(20)),
        # p = 1/2: 3/4 + (1/2) / 4; always going: half of 10/3
        ("worked_knob_policy", "worked_middle", 7 / 8),
        ("worked_knob_policy", "worked_optimum", 5 / 3),
        # y = 3, (3 - 6)^2, 2 (3 - 6), -6 * 3
        ("worked_chain", "worked_y", 3),
        ("worked_chain", "worked_chain_loss", 9),
        ("worked_chain", "worked_outer", -6),
        ("worked_chain", "worked_chain", -18),
        # p = 1/2: 3/2 + 1/8, 1/4, and their product
        ("worked_plateau", "worked_links", [13 / 8, 1 / 4, 13 / 32]),
        # e^2z = 3, so h = (3 - 1) / (3 + 1); y = 1; slopes -2, then -2 * 2 * 3/4 and 1/2 * -2
        ("worked_backpropagation", "worked_hidden", [[1 / 2]]),
        ("worked_backpropagation", "worked_output", [[1]]),
        ("worked_backpropagation", "worked_dw1", [[-3]]),
        ("worked_backpropagation", "worked_dw2", [[-1]]),
    ],
    "e3_3_ppo_adam": [
        # both states are worth 4/5: 4/5 = 0.2 * 2 + (4/5)/2 from s1, and 0.4 * 1 + (4/5)/2 from s2
        ("worked_old_policy", "values", [4 / 5, 4 / 5]),
        # q(stay) = 2/5 in either state; q(go) = 2 + 2/5 and 1 + 2/5
        ("worked_old_policy", "advantages", [[-2 / 5, 8 / 5], [-2 / 5, 3 / 5]]),
        # d2 = (0.2 d1 + 0.6 d2)/2 and d1 + d2 = 1, so 7 d2 = d1
        ("worked_old_policy", "visitation", [7 / 8, 1 / 8]),
        # 0.7 * (-0.4) + 0.3 * 1.6
        ("worked_importance_sum", "worked_wanted", 1 / 5),
        ("worked_importance_sum", "worked_reweighted", 1 / 5),
        ("worked_importance_sum", "worked_unweighted", 0),
        ("worked_importance_sum", "worked_mean_ratio", 1),
        # two values with probabilities 0.8 and 0.2 spread by 0.4 times their distance:
        # 2.0, then 2.4 + 0.35, then 7.2 + 0.05
        ("worked_importance_spread", "worked_spreads", [0.8, 1.1, 2.9]),
        # 7/8 * 1.6 + 1/8 * 0.6; always going J is (1/2)(10/3), before it was (1/2)(4/5)
        ("worked_surrogate", "worked_promised", 59 / 40),
        ("worked_surrogate", "worked_kept", 5 / 3 - 2 / 5),
        ("worked_underflow", "worked_subtracted", math.e),
        # d pi A: 7/8 * 0.2 * 1.6 and 1/8 * 0.4 * 0.6
        ("worked_update", "worked_gradient", [[-0.28, 0.28], [-0.03, 0.03]]),
        # the odds of going from 1/4 to e^0.56 / 4 in s1, from 2/3 to 2 e^0.06 / 3 in s2
        (
            "worked_update",
            "worked_ratios",
            [
                [5 / (4 + math.exp(0.56)), 5 * math.exp(0.56) / (4 + math.exp(0.56))],
                [5 / (3 + 2 * math.exp(0.06)), 5 * math.exp(0.06) / (3 + 2 * math.exp(0.06))],
            ],
        ),
        # 0.3 / 0.2, then 1.5 * 4, then 1.2 * 4
        ("worked_clip", "worked_ratio", 3 / 2),
        ("worked_clip", "worked_unclipped", 6),
        ("worked_clip", "worked_clipped", 24 / 5),
        ("worked_clip", "worked_term", 24 / 5),
        # 1.2 * 4, 0.5 * 4, 1.5 * (-4), 0.8 * (-4)
        ("worked_quadrants", "worked_terms", [24 / 5, 2, -6, -16 / 5]),
        ("worked_quadrants", "worked_slopes", [0, 4, -4, 0]),
        # (1 - beta) times 4 and 16, corrected 4 and 16
        ("worked_adam", "worked_moments", [2 / 5, 2 / 125]),
        ("worked_adam", "worked_corrected", [4, 16]),
        ("worked_adam", "worked_steady", [1, 0.9, 0.8]),
        # m = 0.36 - 0.4 = -0.04, corrected -0.04 / 0.19 = -4/19; v corrected 16: one nineteenth of 0.1 back
        ("worked_adam", "worked_flipping", [1, 0.9, 0.9 + 1 / 190]),
        # 0.1 / sqrt(0.001) = sqrt(10)
        ("worked_adam_steps", "worked_uncorrected_first", math.sqrt(10)),
        # 12 steps: (1 - 0.9^12) / sqrt(1 - 0.999^12)
        ("worked_adam_steps", "worked_uncorrected_most", (1 - 0.9**12) / math.sqrt(1 - 0.999**12)),
        # 1e-6 / (1e-6 + 1e-8) and 1e-6 / sqrt(1e-12 + 1e-8)
        ("worked_guard", "worked_outside", 100 / 101),
        ("worked_guard", "worked_inside", 1 / math.sqrt(10001)),
        # sqrt(10) / sqrt(1 - 0.81 / 0.999)
        ("worked_burst", "worked_worst", math.sqrt(10 * 0.999 / 0.189)),
        ("worked_norm", "worked_norm", 13),
        ("worked_norm", "worked_together", [60 / 13, 25 / 13]),
        ("worked_norm", "worked_alone", [5, 5]),
        ("worked_norm", "worked_angle", 45 - math.degrees(math.atan2(5, 12))),
        # sqrt(0.09) / 0.8, sqrt(0.0099) / 0.98, sqrt(0.000999) / 0.998
        (
            "worked_signal",
            "worked_signal",
            [3 / 8, math.sqrt(0.0099) / 0.98, math.sqrt(0.000999) / 0.998],
        ),
        ("worked_memory", "worked_steps", 320),
        ("worked_memory", "worked_memory", 25 / 8),
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
    "e3_1_derivatives": [
        # the quotient at 0.2 is 1.2 - h; a step of 0.001 magnifies the rounding a thousand times
        ("worked_derivative", "worked_quotients", [0.2, 1.1, 1.19, 1.199], 1e-11),
        # errors -0.6 (1 - 2 alpha)^30
        (
            "worked_step_sizes",
            "worked_end",
            [0.8 - 0.6 * f**30 for f in (0.98, 0.8, 0.0, -0.8, -1.0, -1.1)],
            1e-11,
        ),
        # atan2(4, 2), on a compass of tenths of a degree; the slope over a step of 0.01 lacks 0.01
        ("worked_gradient", "worked_best_angle", math.degrees(math.atan2(4, 2)), 0.05),
        ("worked_gradient", "worked_best_slope", math.sqrt(20) - 0.01, 1e-5),
        ("worked_numerical_gradient", "worked_numerical", [2, 4], 1e-9),
        # 4 + 4 h^2 at h = 0.1
        ("worked_numerical_gradient", "worked_quartic", [4.04], 1e-12),
        # the cube root of 2^-52 and of a quarter of it; the error at the bottom of the V
        ("measured_difference_errors", "cube_root", 2 ** (-52 / 3), 1e-18),
        ("measured_difference_errors", "balance", 2 ** (-54 / 3), 1e-18),
        ("measured_difference_errors", "worst_near", 0, 1e-9),
        ("worked_knob_policy", "worked_middle_slope", [13 / 32], 1e-9),
        ("worked_knob_policy", "worked_by_hand_error", 0, 1e-12),
        ("worked_chain", "worked_chain_numerical", [-18], 1e-8),
        ("worked_exponential", "worked_rates", [math.log(2), 1, math.log(3)], 1e-9),
        ("worked_exponential", "worked_exp_slope", [math.e], 1e-9),
        ("worked_exponential", "worked_log_slope", [1 / 4], 1e-9),
        ("worked_plateau", "worked_plateau_error", 0, 1e-9),
        ("referee_backpropagation", "worked_disagreement", 0, 1e-8),
    ],
    "e3_3_ppo_adam": [
        # a central difference of the exact gain with a step of 1e-4
        ("worked_surrogate", "worked_slope", 59 / 40, 1e-6),
        # the dead sample has no slope; the others 0.4 * ratio * pi(go) = 0.4 * 0.925 * 0.26
        ("worked_dead_sample", "worked_own_slopes", [0, 0.0962, 0.0962, 0.0962], 1e-8),
        # the logits move apart by 2 * 3/4 * 0.0962, the odds of going start at 13/37
        (
            "worked_dead_sample",
            "worked_dead_moves",
            [1.3, 65 / (13 + 37 * math.exp(-0.1443))],
            1e-8,
        ),
        # (1 - beta1) / (1 + beta1); the guard 1e-8 against a gradient of 5
        ("worked_adam_steps", "worked_flipping_step", 1 / 19, 1e-8),
        ("worked_scale", "worked_scale_difference", 0, 1e-12),
    ],
}
"""Values of methods that end near the exact one: chapter → (cell, name, value, absolute tolerance)."""
