#!/usr/bin/env bash
# Gymnasium 1.4.0, `gymnasium.wrappers.NormalizeReward`.
#
# An environment pays 1 at every step. The wrapper divides each reward by the deviation of the discounted sum of
# rewards so far. Its estimate of that deviation begins as if it had seen a ten-thousandth of a sample, so at the
# first step it is not 1 but 0.014, and the first reward that an agent meets is 70.7, the second 2.0. A reward that
# never changes is 1,400 times less at the thousandth step than at the first.
#
# Output seen:
#   step 1: 70.714, step 2: 2.020, step 100: 0.055, step 1000: 0.050
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check gymnasium==1.4.0 2>/dev/null
"$folder/env/bin/python" - <<'PYTHON'
import sys

import gymnasium as gym


class One(gym.Env):
    observation_space = action_space = gym.spaces.Discrete(1)

    def reset(self, *, seed=None, options=None):
        return 0, {}

    def step(self, action):
        return 0, 1.0, False, False, {}


env = gym.wrappers.NormalizeReward(One())
env.reset()
rewards = {step: float(env.step(0)[1]) for step in range(1, 1001)}
print(", ".join(f"step {step}: {rewards[step]:.3f}" for step in (1, 2, 100, 1000)))
sys.exit(not (70 < rewards[1] < 71 and 2 < rewards[2] < 2.1 and rewards[1] / rewards[1000] > 1000))
PYTHON
