"""Gymnasium: what its wrapper makes of the first reward."""

import gymnasium as gym
import inputs


class _One(gym.Env):
    """An environment that pays 1 at every step."""

    observation_space = gym.spaces.Discrete(1)
    action_space = gym.spaces.Discrete(1)

    def reset(self, *, seed=None, options=None):
        return 0, {}

    def step(self, action):
        return 0, 1.0, False, False, {}


def normalized_reward():
    env = gym.wrappers.NormalizeReward(_One())
    env.reset()
    rewards = [env.step(0)[1] for _ in range(1000)]
    return {"1st": rewards[0], "2nd": rewards[1], "1,000th": rewards[-1]}


if __name__ == "__main__":
    inputs.report(globals(), "gymnasium")
