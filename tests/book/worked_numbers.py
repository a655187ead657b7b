"""The worked numbers of the book: chapter → (cell, name, value), each value derived here by hand.

The tests read the value from the kernel, right after the named cell has run.
"""

import math

import numpy as np

ENTROPY = -(0.2 * math.log(0.2) + 0.8 * math.log(0.8))
"""Of a policy that goes with probability 0.8."""

GO = 1 / (1 + math.exp(-0.5))
"""The probability of going when its logit is one half above that of staying."""

PHI = (1 + math.erf(1 / 2)) / 2
"""The chance that a normal of mean 1 exceeds one of mean 0, both of variance 1."""
DECAY = 0.999**1000
"""What a thousand steps of decay by a thousandth leave."""

QUIET = 1e-4 * (1 - 0.999**3000)
"""Adam's second moment after 3000 gradients of 0.01."""

# E.3.2's policy goes from s1 with 0.8 and from s2 with 0.2: v1 = 0.8 (2 + v2/2) + 0.2 v1/2 and
# v2 = 0.2 (1 + v1/2) + 0.8 v2/2 give v1 = 2.08 and v2 = 0.68. Second moments of the return:
# m1 = 0.8 (4 + 2 v2) + b/4 and m2 = 0.2 (1 + v1) + b/4 with b = 0.2 m1 + 0.8 m2, so
# b (1 - 1/4) = 0.2 * 4.288 + 0.8 * 0.616.
MIXED = (0.2 * 4.288 + 0.8 * 0.616) / 0.75
M1, M2 = 4.288 + MIXED / 4, 0.616 + MIXED / 4
AT_ZERO = 0.064 * (4 + 2 * 0.68 + M2 / 4) + 0.256 * M1 / 4 - 2 * 0.208**2
"""Variance of the score in s1 times G: 0.8 * 2 * 0.2^2 weighs go, 0.2 * 2 * 0.8^2 weighs stay."""

UP, DOWN = math.log(7 / 4), math.log(2 / 5)
"""log(policy/reference) of (0.7, 0.2, 0.1) and (0.4, 0.5, 0.1), for the first two; for the third it is 0."""

KL = 0.7 * UP + 0.2 * DOWN
FORWARD = [0.7 * (UP - KL), 0.2 * (DOWN - KL), -0.1 * KL]
"""The gradient of KL(policy || reference) in the logits."""

LATER = 0.9 * math.log(1.8) + 0.1 * math.log(0.2)
"""The divergence of (0.9, 0.1) from (0.5, 0.5)."""

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
        # half of (1 - b)(-1/2) and (2 - b)(1/2); the second term over the ten steps of its episode
        ("worked_unequal_episodes", "worked_episodes", [[1 / 4, 1 / 4], [-1 / 5, 11 / 80]]),
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
        ("worked_kl", "worked_kl", KL),
        # x - log x - 1 at x = 4/7 and 5/2, over (0.5, 0.3, 0.2); policy - reference
        ("worked_kl", "worked_k3_off", 0.5 * (4 / 7 + UP - 1) + 0.3 * (5 / 2 + DOWN - 1)),
        ("worked_kl", "inside", [0.3, -0.3, 0]),
        # one right of four: squared distances 9/16 and three times 1/16; the sum is 3/4, over 4 or over 3
        ("worked_sigmas", "worked_rare", [[math.sqrt(3), -math.sqrt(3)], [3 / 2, -3 / 2], [3 / 4, -3 / 4]]),
        ("worked_sigmas", "worked_shrink", [math.sqrt(1 / 2), math.sqrt(15 / 16)]),
        (
            "worked_difficulty",
            "worked_amplification",
            [1 / math.sqrt(p / 16 * (1 - p / 16)) for p in (1, 4, 8, 12, 15)],
        ),
    ],
    "beyond_grpo": [
        # the others of 2 average 7, those of 4 average 6, those of 10 average 3
        ("worked_rloo", "worked_rloo", [-5, -2, 7]),
        # J = 0.3 + 0.6; each probability times its reward less J
        ("worked_rloo", "worked_exact", [-0.45, 0.03, 0.42]),
        ("worked_rloo", "worked_by_rloo", [-0.45, 0.03, 0.42]),
        ("worked_rloo", "worked_by_mean", [-0.225, 0.015, 0.21]),
        # each pair of unequal rewards moves by one half of 2 p q from the worse to the better:
        # 0.15 between the first two, 0.10 between the outer, 0.06 between the last
        ("worked_rloo", "worked_by_sigma", [-0.25, 0.15 - 0.06, 0.16]),
        ("worked_silent", "worked_silent", 0.9**8 + 0.1**8),
        # 1/2 by 2 and by 8; ten tokens in all; two answers of ten tokens
        ("worked_aggregate", "worked_weights", [[1 / 4, 1 / 16], [1 / 10] * 2, [1 / 20] * 2]),
        ("worked_lost_push", "worked_plain_push", 0),
        ("worked_lost_push", "worked_divided_push", math.log(3) / 2 - 1 / 3),
        # the buffer begins at 16,384; its middle is 18,432
        ("worked_overlong", "worked_overlong", [0, -1 / 2, -1]),
        # 1.2^21 = 46 < 50 < 55 = 1.2^22 and 1.28^15 = 41 < 50 < 52 = 1.28^16
        ("worked_clip", "worked_rollouts", [22, 16]),
        ("worked_clip", "worked_floor", [-10, -3]),
        ("worked_sequence_ratio", "worked_product", 16),
        ("worked_sequence_ratio", "worked_sequence_ratio", 4),
        # the slope of the logistic function at 1, times 4 and times the ratio 2
        ("worked_cispo", "worked_slopes", [0, 1.28, 8 * math.e / (1 + math.e) ** 2]),
        ("worked_kl_estimates", "worked_divergence", KL),
        ("worked_kl_estimates", "worked_on_policy", [KL, (0.7 * UP**2 + 0.2 * DOWN**2) / 2, KL]),
        # over the old policy the reference's share of the new one's is 0.5 * 4/7 + 0.3 * 5/2 + 0.2
        (
            "worked_kl_estimates",
            "worked_off_policy",
            [
                0.5 * UP + 0.3 * DOWN,
                (0.5 * UP**2 + 0.3 * DOWN**2) / 2,
                2 / 7 + 0.95 - 1 + 0.5 * UP + 0.3 * DOWN,
            ],
        ),
        ("worked_kl_gradients", "worked_forward", FORWARD),
        ("worked_kl_gradients", "worked_other", [0.3, -0.3, 0]),
        ("worked_kl_gradients", "worked_on", [[0, 0, 0], FORWARD, [0.3, -0.3, 0]]),
        # k1: the old policy less the new one; the others: each token's slope less the mean slope
        (
            "worked_kl_gradients",
            "worked_off",
            [
                [-0.2, 0.1, 0.1],
                [
                    0.5 * UP - 0.7 * (0.5 * UP + 0.3 * DOWN),
                    0.3 * DOWN - 0.2 * (0.5 * UP + 0.3 * DOWN),
                    -0.1 * (0.5 * UP + 0.3 * DOWN),
                ],
                [
                    0.5 * 3 / 7 - 0.7 * (1.5 / 7 - 0.45),
                    -0.45 - 0.2 * (1.5 / 7 - 0.45),
                    -0.1 * (1.5 / 7 - 0.45),
                ],
            ],
        ),
        ("worked_kl_gradients", "worked_repaired", FORWARD),
        ("worked_two_tokens", "worked_token_by_token", [0, 0]),
        ("worked_two_tokens", "worked_whole", [-LATER / 4, LATER / 4]),
        ("worked_rollout_weights", "worked_truncated", [2, 5 / 2, 1 / 2]),
        ("worked_rollout_weights", "worked_masked", [2, 0, 1 / 2]),
        ("worked_rollout_weights", "worked_answer", 5 / 2),
        # 0.5 * 0.4 + 0.3 * 1 + 0.2 * 2, where 2.5 has become 2
        ("worked_rollout_weights", "worked_capped_mean", 0.9),
        # 1/8 apart between 16 and 32, 1/128 between 1 and 2
        ("worked_rounding", "worked_rounded", [20, 20.125, 1 + 1 / 128]),
    ],
    "e3_1_derivatives": [
        # 1 minus the squares of 0.6, 0.3, 0 and 0.2
        ("worked_objective", "worked_heights", [0.64, 0.91, 1.0, 0.96]),
        # -2 (0.2 - 0.8) and -2 (1 - 0.8)
        ("worked_derivative", "worked_slopes", [1.2, -0.4]),
        # 0.2 + 0.1 * 1.2, then 0.32 + 0.1 * 0.96
        ("worked_ascent", "worked_first_points", [0.2, 0.32, 0.416]),
        ("worked_ascent", "worked_next_slope", [0.96]),
        # even chances, then 0.05 of the arm that pays 0.3 and 0.95 of the one that pays 0.6
        ("worked_bandit", "worked_earned", [0.45, 0.05 * 0.3 + 0.95 * 0.6]),
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
        # two evaluations for each of 3 * 4 + 4 * 2 weights
        ("referee_backpropagation", "worked_evaluations", 40),
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
        ("worked_underflow", "worked_subtracted", [math.e] * 2),
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
        # 0.3 / 0.2, then 1.5 * 4
        ("worked_quadrants", "worked_ratio", 3 / 2),
        ("worked_quadrants", "worked_unclipped", [6, 2, -6, -2]),
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
        ("worked_burst", "worked_steps", 320),
        ("worked_burst", "worked_memory", 25 / 8),
        # the odds of 4, to the power of (1 - 0.001)^1000
        ("worked_decay", "worked_decayed", [1 - 1 / (1 + 4**DECAY), 1 / (1 + 4**DECAY)]),
        # sqrt(0.000999) / 0.998, sqrt(0.09) / 0.8, sqrt(0.0099) / 0.98: the same for p and 1 - p
        (
            "worked_signal",
            "worked_signal",
            np.sqrt([0.000999, 0.09, 0.09, 0.0099, 0.000999]) / [0.998, 0.8, 0.8, 0.98, 0.998],
        ),
        # uniform policy, gamma = 1/2: the squared signal is 932/4096, the second moment with advantages
        # 172/512, with returns half of d M, where d = (3/4, 1/4), and 7 M1 = 26 + M2 and 7 M2 = 11 + M1 give
        # M = (193, 103)/48
        (
            "worked_noise",
            "worked_first_factor",
            math.sqrt((682 / 384 - 932 / 4096) / (172 / 512 - 932 / 4096)),
        ),
        # odds of e to the power of Delta / c
        ("worked_entropy", "worked_entropy", [1 / (1 + math.exp(-x)) for x in (100, 4, 2, 1)]),
    ],
    "e3_6_reference": [
        # advantage 1 times (one-hot of go) - (0.2, 0.8); 2 c1 (4 - 3) with c1 = 1/2
        ("worked_reading", "worked_clip_slope", [-1 / 5, 1 / 5]),
        ("worked_reading", "worked_critic_slope", 1),
        (
            "worked_reading",
            "worked_entropy_slope",
            [-0.01 * p * (math.log(p) + ENTROPY) for p in (0.2, 0.8)],
        ),
        # 3/4 * 1/4 * (2 + (V(s2) - V(s1)) / 2), with V = (7/4, 5/4) and with V = (15/4, -3/4)
        ("worked_wrong_critic", "worked_exact_direction", 21 / 64),
        ("worked_wrong_critic", "worked_wrong_direction", -3 / 64),
        # J'(0) = -2 (0 - 1) = 2, and 0 + 0.1 * 2
        ("worked_quick", "worked_slope", 2),
        ("worked_quick", "worked_ascent_step", 1 / 5),
        # the ratio is 3/2: 3/2 * 3 and 6/5 * 3
        ("worked_quick", "worked_ppo_term", [9 / 2, 18 / 5]),
        # 2 + 0.9 * 6 - 5
        ("worked_quick", "worked_td_error", 12 / 5),
        # v1 = -1 + 0.9 v2 and v2 = 2 + 0.9 v1
        ("worked_toll", "worked_toll_values", [80 / 19, 110 / 19]),
        ("worked_toll", "toll_optimum", 8 / 19),
        # uniform, two samples of s1: ((-1/2, 1/2) * 2 - (1/2, -1/2) * 1) / 2
        ("worked_ppo_update", "worked_ppo_update", [[-3 / 4, 3 / 4], [0, 0]]),
        # the row maxima of the table: 0.9, 0.8, 1, 0.3, 0.5, 0
        ("measured_grpo", "worked_answers_optimum", 3.5 / 6),
    ],
    "e3_4_derivation_tools": [
        # 0.2 + 0.6 + 2; then 0.2 (1 - 2.8), 0.3 (2 - 2.8), 0.5 (4 - 2.8)
        ("worked_score_function_gradient", "worked_mean_worth", 2.8),
        ("worked_score_function_gradient", "worked_score_gradient", [-0.36, -0.24, 0.6]),
        # N times the squared error: 0.196 + 0.936 + 3.04, with the baseline 0.63504 + 0.14976 + 0.2736,
        # both minus the squared length of the gradient, 0.1296 + 0.0576 + 0.36
        ("measured_monte_carlo", "gain", (4.172 - 0.5472) / (1.0584 - 0.5472)),
        # uniform policy: q(go) - v is 21/8 - 7/4 in s1 and 15/8 - 5/4 in s2, each times one half
        ("worked_fixed_q", "worked_local", [[-7 / 16, 7 / 16], [-5 / 16, 5 / 16]]),
        # with d / (1 - gamma) = (3/2, 1/2)
        ("worked_fixed_q", "worked_weighted", [[-21 / 32, 21 / 32], [-5 / 32, 5 / 32]]),
        ("worked_taylor", "worked_square", [9.61, 9.6, 9.61]),
        # 1.1^2 + 3 * 1.1 * 2.2 and 7 + 0.8 + 0.6; then half of 0.02 + 0.12, and of 0.02
        ("worked_taylor", "worked_cross", [8.47, 8.4]),
        ("worked_taylor", "worked_second", [8.47, 8.41]),
        # J = (2 p1 + 3 p1 p2) / (1 + p1 + p2) has the slopes 21/16 and 5/16 at p = 1/2, where dp/dlogit = 1/4
        ("worked_hessian", "worked_gradient", [-21 / 64, 21 / 64, -5 / 64, 5 / 64]),
        # pi = (0.8, 0.2), change (0, 0.5): beyond the mean -0.1 and 0.4, variance 0.04
        ("worked_ratio_taylor", "worked_ratios", [[0.9, 1.4], [0.885, 1.46]]),
        (
            "worked_ratio_taylor",
            "worked_exact_ratios",
            [1 / (0.8 + 0.2 * math.exp(0.5)), math.exp(0.5) / (0.8 + 0.2 * math.exp(0.5))],
        ),
        ("worked_ratio_taylor", "worked_means", [1, 1, 1]),
        ("worked_mean_ratio", "worked_mean_ratio", [1] * 121),
        # three times 0.05^2 + 0.35^2 + 0.6^2
        ("worked_mean_ratio", "worked_wrong_denominator", 1.455),
        (
            "worked_two_bounds",
            "worked_bounds",
            [
                [10, 110 / 111, 0.001 * math.log(0.1) + 0.999 * math.log(111 / 110)],
                [1.2, 0.8, -0.5 * math.log(0.96)],
            ],
        ),
        # deviations -3, -1, 1, 3, mean square 5; with n - 1 the mean square is 20/3
        ("worked_group", "worked_group_mean", 5),
        ("worked_group", "worked_group_sigma", math.sqrt(5)),
        ("worked_group", "worked_group_advantages", np.array([-3, -1, 1, 3]) / math.sqrt(5)),
        ("worked_group", "worked_group_moved", [(np.array([-3, -1, 1, 3]) / math.sqrt(5)).tolist()] * 3),
        ("worked_group", "worked_sample_last", 3 / math.sqrt(20 / 3)),
        ("worked_equal_group", "worked_guarded", [0, 0, 0, 0]),
    ],
    "e3_2_policy_gradient": [
        # e^(log 4) = 4 against 1
        ("worked_softmax", "worked_policy", [4 / 5, 1 / 5]),
        ("worked_softmax", "worked_extreme", [1 / 2, 1 / 2, 0]),
        # 0.8 * 6 + 0.2 * 10, and 0.8 * 36 + 0.2 * 100 - 6.8^2
        ("worked_expectation", "worked_mean", 6.8),
        ("worked_expectation", "worked_variance", 2.56),
        # one-hot minus (0.8, 0.2)
        ("worked_score", "worked_score_right", [-0.8, 0.8]),
        ("worked_score", "worked_score_left", [0.2, -0.2]),
        ("worked_score", "worked_jacobian", [-0.16, 0.16]),
        ("worked_score", "worked_mean_score", [0, 0]),
        # 1 / (1/4), and (1 - 1/4) / (1/8)
        ("worked_gaussian", "worked_gaussian", [4, 6]),
        # backwards 2, 1 + 2/2, 2 + 2/2
        ("worked_returns", "worked_returns", [3, 2, 2]),
        ("worked_returns", "worked_values", [2.08, 0.68]),
        ("worked_returns", "worked_q", [[1.04, 2.34], [0.34, 2.04]]),
        # the lead log 4 shrinks or grows by 2 * 0.8 * 10 * learning rate
        ("worked_step", "worked_up", 1 / (1 + 4 * math.exp(-0.16))),
        ("worked_step", "worked_down", 1 / (1 + 4 * math.exp(0.16))),
        ("worked_step", "worked_bold", 1 / (1 + 4 * math.exp(-1.6))),
        ("worked_advantage", "worked_advantages", [2, -2]),
        # scores (1/2, -1/2): the lead of left changes by 0.05 * 6 and by 0.05 * (-2)
        ("worked_advantage", "worked_raw_left", 1 / (1 + math.exp(-0.3))),
        ("worked_advantage", "worked_advantage_left", 1 / (1 + math.exp(0.1))),
        ("worked_advantage", "worked_moves_raw", [-6, 10]),
        ("worked_advantage", "worked_moves_advantage", [2, 2]),
        # (2 * (-1, 1)/2 + 1 * (1, -1)/2) / 3 and 4 * (-1, 1)/2 / 3
        ("worked_estimate", "worked_estimate", [[-1 / 6, 1 / 6], [-2 / 3, 2 / 3]]),
        # 0.8 (2.34 - 2.08) in s1, and 0.2 (2.04 - 0.68) in s2
        ("measured_estimate", "worked_local", [[-0.208, 0.208], [-0.272, 0.272]]),
        # after every step the policy is in s2 with 0.8: shares 0.28 and 0.72
        (
            "measured_estimate",
            "exact_plain",
            [[-0.28 * 0.208, 0.28 * 0.208], [-0.72 * 0.272, 0.72 * 0.272]],
        ),
        # scores of 1/2: one step in s1, four in s2; over two episodes, over five steps, each over its own
        ("worked_lengths", "worked_lengths", [[1 / 4, 1], [1 / 10, 2 / 5], [1 / 4, 1 / 4]]),
        # 0.8 * 6 * (0.2, -0.2) + 0.2 * 10 * (-0.8, 0.8), whatever is subtracted; b = q leaves nothing
        ("worked_baseline_mean", "worked_means", [[-0.64, 0.64]] * 3 + [[0, 0]]),
        # b* has the probabilities swapped; the variance is 0.32 (b - b*)^2 for two fixed returns
        ("worked_best_baseline", "worked_v", 0.8 * 6 + 0.2 * 10),
        ("worked_best_baseline", "worked_best", 0.2 * 6 + 0.8 * 10),
        ("worked_best_baseline", "worked_three", [0.32 * 9.2**2, 0.32 * 2.4**2, 0]),
        ("worked_best_baseline", "worked_v2", 0.8 * -3 + 0.2 * 1),
        ("worked_best_baseline", "worked_best2", 0.2 * -3 + 0.8 * 1),
        ("worked_best_baseline", "worked_three2", [0.32 * 0.2**2, 0.32 * 2.4**2, 0]),
        # 0.2 * 2.34 + 0.8 * 1.04
        ("worked_parabola", "worked_best_s1", 1.3),
        (
            "worked_parabola",
            "worked_parabola",
            [AT_ZERO, AT_ZERO - 0.32 * 1.3**2 + 0.32 * 0.78**2, AT_ZERO - 0.32 * 1.3**2],
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
        # two actions worth 0 and 1: the largest of two normals, sqrt(2) apart in standard deviations of their
        # difference; and the chance of selecting the better one
        ("worked_overestimation", "worked_unequal", [PHI + math.exp(-1 / 4) / math.sqrt(math.pi), PHI], 0.02),
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
        # RMSProp sees sizes only
        ("worked_adam_steps", "worked_rmsprop_step", 1, 1e-8),
        # sampled: a full step at first, the root of 1/19 at the end
        ("measured_adam_noise", "noise_at_first_and_last", [1, 19**-0.5], 0.01),
        # the first corrections divide by 0.1 and 0.001, here after 3000 steps: m is 0.01, and with the burst
        # 0.009 + 0.1; v is QUIET, and 0.999 QUIET + 0.001
        ("worked_burst", "annealed", 0.1 / math.sqrt(1000 * QUIET), 1e-4),
        ("worked_burst", "restarted", 1.09 / math.sqrt(999 * QUIET + 1), 1e-6),
        # gamma / (1 - gamma), which the policy of the last step has almost reached
        ("worked_noise", "worked_factors", [1, 9, 99], 0.3),
        # logistic regression, every label right: sampled inputs
        ("measured_labels", "first_and_last_signal", [0.38, 0.02], 0.01),
        ("worked_scale", "worked_scale_difference", 0, 1e-12),
    ],
    "e3_6_reference": [
        ("worked_reading", "reading_error", 0, 1e-8),
        # the gradient is (-21, 21, -5, 5) / 64, Adam's first step (-1, 1, -1, 1) times the rate
        (
            "worked_update_not_gradient",
            "worked_adam_angle",
            math.degrees(math.acos(26 / math.sqrt(466 * 2))),
            1e-4,
        ),
        # sampled: the loop as found learns nothing, the repaired one reaches the optimum in every run
        ("measured_hunt_before", "worst_and_best_before", np.zeros(2), 0.02),
        ("measured_hunt_after", "worst_and_best_after", np.full(2, 8 / 19), 0.004),
    ],
    "e3_4_derivation_tools": [
        # the error falls like N to the power of minus one half, measured from samples
        ("measured_monte_carlo", "slope", -1 / 2, 0.03),
        # central differences are good to about ten digits
        ("worked_fixed_q", "worked_full", [[-21 / 32, 21 / 32], [-5 / 32, 5 / 32]], 1e-8),
        ("worked_fixed_q", "worked_rest", [[-7 / 32, 7 / 32], [-5 / 32, 5 / 32]], 1e-8),
        # lengths along (7, 5) and (21, 5)
        ("worked_fixed_q", "worked_share", math.sqrt(74 / 466), 1e-8),
        # second slopes of J in p: -21/16, -5/16 and 11/16 mixed; dp/dlogit = 1/4 at p = 1/2, with slope 0
        (
            "worked_hessian",
            "worked_hessian",
            np.array([[-21, 21, 11, -11], [21, -21, -11, 11], [11, -11, -5, 5], [-11, 11, 5, -5]]) / 256,
            1e-7,
        ),
        # order 2: half of 1/4 times (-21 - 5 +- 22) / 256; the truth from J at p = 1 / (1 + exp(-+ 1/2))
        (
            "worked_mdp_taylor",
            "worked_orders",
            [
                [
                    7 / 8,
                    69 / 64,
                    69 / 64 - 4 / 2048,
                    69 / 64 - 26 / 2048,
                    (2 * GO + 3 * GO * GO) / (1 + 2 * GO),
                ],
                [7 / 8, 1, 1 - 48 / 2048, 1 - 26 / 2048, (2 * GO + 3 * GO * (1 - GO)) / 2],
            ],
            1e-8,
        ),
        ("measured_ratio_orders", "orders_slopes", [1, 2, 3], 0.05),
        # pi = (0.1, 0.3, 0.6): pi (1 - pi) on the diagonal, minus the products beside it
        (
            "worked_two_curvatures",
            "worked_fisher",
            [[0.09, -0.03, -0.06], [-0.03, 0.21, -0.18], [-0.06, -0.18, 0.24]],
            1e-6,
        ),
        ("worked_two_curvatures", "worked_hessian_error", 0, 1e-6),
    ],
    "e3_2_policy_gradient": [
        # two standard errors of 100,000 draws; the squared scores have the means 4 and 8
        ("worked_gaussian", "mean_gaussian", [0, 0], 2 * math.sqrt(8 / 100_000)),
        # weights of the steps: 1 + (1/2 + 1/4 + ...) * 0.2 = 1.2 in s1 and 0.8 in s2; by central differences
        (
            "measured_estimate",
            "true_gradient",
            [[-1.2 * 0.208, 1.2 * 0.208], [-0.8 * 0.272, 0.8 * 0.272]],
            1e-8,
        ),
    ],
}
"""Values of methods that end near the exact one: chapter → (cell, name, value, absolute tolerance)."""
