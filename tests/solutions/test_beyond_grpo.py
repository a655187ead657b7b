"""Beyond the module: averages, bounds and denominators, each by hand or a second way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from solutions import (
    aggregate_tokens,
    cispo_gradient,
    clipped_surrogate,
    decoupled_clip,
    kl_estimate_gradients,
    kl_estimates,
    numerical_gradient,
    overlong_penalty,
    ppo_clip_gradient,
    rloo_advantages,
    rollout_weights,
    sequence_ratio,
    softmax,
)

MODES = ("sequence", "token", "constant")
numbers = st.floats(-5, 5)
log_probabilities = arrays(float, (3, 4), elements=st.floats(-5, 0))
masks = arrays(bool, (3, 4))


def test_rloo_by_hand_compares_with_the_mean_of_the_others():
    # the others of 2, 4 and 10 have the means 7, 6 and 3
    assert_allclose(rloo_advantages([2.0, 4.0, 10.0]), [-5, -2, 7], rtol=1e-15)
    assert_allclose(rloo_advantages([[1.0, 5.0], [3.0, 3.0]]), [[-4, 4], [0, 0]], rtol=1e-15)


@given(arrays(float, (2, 5), elements=numbers))
def test_rloo_is_the_average_difference_to_each_of_the_others(rewards):
    for group, found in zip(rewards, rloo_advantages(rewards), strict=True):
        want = [np.mean([a - b for j, b in enumerate(group) if j != i]) for i, a in enumerate(group)]
        assert_allclose(found, want, atol=1e-12)


def test_rloo_is_unbiased_where_the_answer_in_its_own_mean_shrinks_the_gradient():
    # all pairs of two answers, drawn with probability 1/4 and 3/4, reward 1 for the second one
    policy, rewards = np.array([0.25, 0.75]), np.array([0.0, 1.0])
    gradient = np.zeros(2)
    for pair in np.ndindex(2, 2):
        scores = np.eye(2)[list(pair)] - policy
        gradient += policy[list(pair)].prod() * (rloo_advantages(rewards[list(pair)]) @ scores) / 2
    # dJ/dz_a = π(a)(r(a) − J) with J = 3/4
    assert_allclose(gradient, [-0.25 * 0.75, 0.75 * 0.25], rtol=1e-14)


VALUES = np.array([[6.0, 9.0, 9.0, 9.0], [2.0, 2.0, 2.0, 9.0]])
MASK = np.array([[True, False, False, False], [True, True, True, False]])


def test_tokens_are_aggregated_by_hand_in_three_ways():
    assert aggregate_tokens(VALUES, MASK, "sequence") == 4.0  # (6 + 2) / 2
    assert aggregate_tokens(VALUES, MASK, "token") == 3.0  # (6 + 3 · 2) / 4
    assert aggregate_tokens(VALUES, MASK, "constant") == 1.5  # 12 / (2 · 4)
    assert aggregate_tokens(VALUES, MASK, "constant", budget=6) == 1.0  # 12 / (2 · 6)


@pytest.mark.parametrize("mode", MODES)
def test_only_constant_reads_the_budget_and_nobody_reads_the_padding(mode):
    other = np.where(MASK, VALUES, -1e300)
    assert aggregate_tokens(other, MASK, mode) == aggregate_tokens(VALUES, MASK, mode)
    changed = aggregate_tokens(VALUES, MASK, mode, budget=8) != aggregate_tokens(VALUES, MASK, mode)
    assert changed == (mode == "constant")


@pytest.mark.parametrize("mode", MODES)
def test_no_tokens_give_0_and_no_warning(mode):
    with np.errstate(all="raise"):
        assert aggregate_tokens(VALUES, np.zeros_like(MASK), mode) == 0
        half_empty = np.array([[False] * 4, [True] * 4])
        assert aggregate_tokens(np.full((2, 4), 3.0), half_empty, mode) == (3.0 if mode == "token" else 1.5)


@given(arrays(float, (3, 4), elements=numbers))
def test_without_padding_the_three_ways_are_one_mean(values):
    full = np.ones((3, 4), dtype=bool)
    for mode in MODES:
        assert_allclose(aggregate_tokens(values, full, mode), values.mean(), atol=1e-12)


@pytest.mark.parametrize(
    ("ratio", "advantage", "term"),
    [
        (0.5, 1, 0.5),  # gone down although it is good: not clipped
        (1.25, 1, 1.25),  # inside, and outside of PPO's 1.2
        (1.5, 1, 1.28),
        (0.5, -1, -0.8),
        (0.9, -1, -0.9),
        (2.9, -1, -2.9),  # gone up although it is bad: not clipped
        (5.0, -1, -3.0),  # but for the floor
        (5.0, 1, 1.28),
        (5.0, 0, 0),
    ],
)
def test_decoupled_clip_in_every_quadrant_by_hand(ratio, advantage, term):
    assert_allclose(decoupled_clip(ratio, advantage, 0.2, 0.28, dual=3.0), term, rtol=1e-15)
    if term != -3:
        assert_allclose(decoupled_clip(ratio, advantage, 0.2, 0.28), term, rtol=1e-15)


@given(arrays(float, 6, elements=st.floats(0, 10)), arrays(float, 6, elements=numbers), st.floats(0, 0.9))
def test_decoupled_clip_with_equal_bounds_is_the_clipped_surrogate_and_its_floor_only_lifts(
    ratio, a, epsilon
):
    plain = clipped_surrogate(ratio, a, epsilon)
    assert_array_equal(decoupled_clip(ratio, a, epsilon, epsilon), plain)
    floored = decoupled_clip(ratio, a, epsilon, epsilon, dual=3.0)
    assert np.all(floored >= plain) and np.all(floored >= np.minimum(3 * a, plain * (a >= 0)))


def test_sequence_ratio_by_hand_is_a_geometric_mean():
    old = np.log([[0.4, 0.1, 0.9], [0.5, 0.5, 0.5]])
    new = np.log([[0.8, 0.8, 0.1], [0.6, 0.001, 0.1]])
    mask = np.array([[True, True, False], [True, False, False]])
    assert_allclose(sequence_ratio(new, old, mask), [4.0, 1.2], rtol=1e-14)  # √(2 · 8), 1.2
    assert_array_equal(sequence_ratio(new, old, np.zeros_like(mask)), [1, 1])


@given(log_probabilities, log_probabilities, masks)
def test_sequence_ratio_to_the_power_of_its_tokens_is_the_ratio_of_the_answers(new, old, mask):
    powers = sequence_ratio(new, old, mask) ** mask.sum(axis=1)
    products = [np.prod(np.exp(row)[chosen]) for row, chosen in zip(new - old, mask, strict=True)]
    assert_allclose(powers, products, rtol=1e-10)


def test_cispo_by_hand_weighs_every_token():
    # ratios 1, 2 and 1/4, bounded by 1/2 and 3/2, advantages 3 and −6, three tokens
    old, new = np.log([[0.4, 0.1], [0.4, 0.5]]), np.log([[0.4, 0.2], [0.1, 0.5]])
    mask = np.array([[True, True], [True, False]])
    found = cispo_gradient(new, old, [3.0, -6.0], mask, 0.5, 0.5)
    assert_allclose(found, [[1.0, 1.5], [-1.0, 0.0]], rtol=1e-14)
    assert_array_equal(cispo_gradient(new, old, [3.0, -6.0], np.zeros_like(mask), 0.5, 0.5), np.zeros((2, 2)))


@given(log_probabilities, log_probabilities, arrays(float, 3, elements=numbers), masks)
def test_cispo_is_the_slope_of_its_objective_with_the_weights_held(new, old, advantages, mask):
    weights = np.clip(np.exp(new - old), 0.8, 1.5) * advantages[:, None] * mask

    def objective(flat):
        return float(np.sum(weights * flat.reshape(3, 4)) / max(mask.sum(), 1))

    measured = numerical_gradient(objective, new.ravel()).reshape(3, 4)
    assert_allclose(cispo_gradient(new, old, advantages, mask, 0.2, 0.5), measured, atol=1e-7)


def test_cispo_agrees_with_ppo_inside_the_bounds_and_lives_where_ppo_is_dead():
    old = np.log(np.full((2, 3), 0.2))
    new, full = old + np.log([[0.9, 1.1, 2.0]] * 2), np.ones((2, 3), dtype=bool)
    cispo = cispo_gradient(new, old, [1.0, -1.0], full, 0.2, 0.2)
    ppo = ppo_clip_gradient(new, old, np.repeat([[1.0], [-1.0]], 3, axis=1), 0.2)
    assert_allclose(cispo[:, :2], ppo[:, :2], rtol=1e-14)
    assert ppo[0, 2] == 0 and cispo[0, 2] == pytest.approx(1.2 / 6)


POLICY, REFERENCE = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.1, 0.8])
DIVERGENCE = np.sum(POLICY * np.log(POLICY / REFERENCE))


def test_kl_estimates_by_hand_and_their_means():
    assert_allclose(kl_estimates(np.log(0.5), np.log(0.25)), [np.log(2), np.log(2) ** 2 / 2, np.log(2) - 0.5])
    k1, k2, k3 = (POLICY @ each for each in kl_estimates(np.log(POLICY), np.log(REFERENCE)))
    assert_allclose([k1, k3], DIVERGENCE, rtol=1e-14)
    assert abs(k2 - DIVERGENCE) > 0.05  # that one is biased


@pytest.mark.parametrize("gap", [1e-8, -1e-8, 50.0, -50.0])
def test_kl_estimates_keep_their_digits_near_the_reference_and_far_from_it(gap):
    k1, k2, k3 = kl_estimates(-950.0 + gap, -950.0)
    moved = -950.0 + gap + 950.0  # what is left of the gap beside 950
    assert (k1, k2) == (moved, moved**2 / 2)
    series = sum((-moved) ** n / np.prod(np.arange(1.0, n + 1)) for n in range(2, 5))
    assert_allclose(k3, series if abs(gap) < 1 else np.exp(-moved) - 1 + moved, rtol=1e-7)


def test_kl_gradients_are_the_slopes_of_the_estimates():
    logp, logp_ref = np.log(POLICY), np.log(REFERENCE)
    for estimate, slope in enumerate(kl_estimate_gradients(logp, logp_ref)):
        measured = [
            numerical_gradient(lambda x, ref=ref, k=estimate: float(kl_estimates(x[0], ref)[k]), [at])[0]
            for at, ref in zip(logp, logp_ref, strict=True)
        ]
        assert_allclose(slope, measured, rtol=1e-7)


def divergence_slope(logits, first, second):
    """Return the gradient of Σ first log(first/second) with respect to the logits of the policy."""
    return numerical_gradient(
        lambda z: float(np.sum(first(softmax(z)) * np.log(first(softmax(z)) / second(softmax(z))))), logits
    )


def test_on_policy_the_mean_slopes_descend_nothing_the_reverse_and_the_forward_divergence():
    logits = np.log(POLICY)
    scores = np.eye(3) - POLICY
    means = [POLICY @ (slope[:, None] * scores) for slope in kl_estimate_gradients(logits, np.log(REFERENCE))]
    reverse = divergence_slope(logits, lambda pi: pi, lambda pi: REFERENCE)
    forward = divergence_slope(logits, lambda pi: REFERENCE, lambda pi: pi)
    assert_allclose(means, [np.zeros(3), reverse, forward], atol=1e-8)


def test_rollout_weights_by_hand():
    rollout, train = np.log([[0.2, 0.2], [0.4, 0.9]]), np.log([[0.4, 0.6], [0.2, 0.1]])
    mask = np.array([[True, True], [True, False]])

    def weights(cap, level, low=None):
        return rollout_weights(train, rollout, mask, cap, level, low)

    assert_allclose(weights(2.5, "token"), [[2, 2.5], [0.5, 0]], rtol=1e-14)
    assert_allclose(weights(2.5, "sequence"), [2.5, 0.5], rtol=1e-14)  # 6 and 1/2
    assert_allclose(weights(2.5, "token", 0.8), [[2, 0], [0, 0]], rtol=1e-14)
    assert_allclose(weights(10, "sequence", 0.8), [6, 0], rtol=1e-14)
    empty = np.zeros_like(mask)
    assert_array_equal(rollout_weights(train, rollout, empty, 2.0, "sequence"), [1, 1])
    assert_array_equal(rollout_weights(train, rollout, empty, 0.5, "sequence"), [0.5, 0.5])
    assert_array_equal(rollout_weights(train, rollout, empty, 2.0, "token"), np.zeros((2, 2)))


@given(log_probabilities, log_probabilities, masks)
def test_weights_of_answers_are_products_of_those_of_tokens_where_nothing_is_bounded(train, rollout, mask):
    tokens = rollout_weights(train, rollout, mask, 1e300, "token")
    products = np.prod(np.where(mask, tokens, 1.0), axis=1)
    assert_allclose(rollout_weights(train, rollout, mask, 1e300, "sequence"), products, rtol=1e-10)


@given(log_probabilities, log_probabilities, masks, st.sampled_from(["token", "sequence"]))
def test_what_low_leaves_is_as_it_was_and_the_rest_is_0(train, rollout, mask, level):
    plain = rollout_weights(train, rollout, mask, 1e300, level)
    kept = rollout_weights(train, rollout, mask, 2.0, level, low=0.5)
    inside = (plain >= 0.5) & (plain <= 2.0)
    assert_array_equal(kept, np.where(inside, plain, 0.0))


def test_overlong_penalty_by_hand_at_its_ends_and_between():
    lengths = np.array([[0, 16, 17], [18, 20, 21]])
    assert_array_equal(overlong_penalty(lengths, 20, 4), [[0, 0, -0.25], [-0.5, -1, -1]])
    assert overlong_penalty(19, 20, 4) == -0.75
    assert_array_equal(overlong_penalty([0, 5, 10, 99], 10, 10), [0, -0.5, -1, -1])
