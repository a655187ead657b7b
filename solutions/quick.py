"""E.3.6: three short calculations."""


def quick_ascent_step() -> float:
    """Take one gradient ascent step by hand.

    The objective is J(θ) = −(θ − 1)² + 2. Start at θ = 0 and take one step of
    gradient ascent with the learning rate α = 0.1.

    Returns:
        A float: θ after the step.

    Source: Sutton & Barto 2018, eq. (13.1).
    """
    theta, learning_rate = 0.0, 0.1
    return theta + learning_rate * -2 * (theta - 1)


def quick_ppo_term() -> tuple[float, float]:
    """Compute one sample's PPO term by hand, without and with clipping.

    The old policy gave the action probability 0.4, the new policy gives it 0.6. Its
    advantage is Â = 3, the clip range ϵ = 0.2.

    Returns:
        (unclipped, clipped), two floats: the product r Â, and the clipped term
            min(r Â, clip(r, 1 − ϵ, 1 + ϵ) Â).

    Source: Schulman et al. 2017 (PPO), eq. (7).
    """
    ratio, advantage, epsilon = 0.6 / 0.4, 3.0, 0.2
    unclipped = ratio * advantage
    return unclipped, min(
        unclipped, min(max(ratio, 1 - epsilon), 1 + epsilon) * advantage
    )


def quick_td_error() -> float:
    """Compute one TD error by hand.

    The critic says V(s) = 5 and V(s′) = 6 for a state and its successor, the reward
    between them is R = 2, the discount γ = 0.9, and the step did not terminate.

    Returns:
        A float: the TD error δ.

    Source: Sutton & Barto 2018, eq. (6.5).
    """
    reward, gamma, value, next_value = 2.0, 0.9, 5.0, 6.0
    return reward + gamma * next_value - value
