"""Stable-Baselines3: its algorithms, on an environment that plays a script, with a policy that is set."""

import math
import warnings

import gymnasium as gym
import inputs
import numpy as np
import torch
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.logger import Logger

warnings.simplefilter("ignore")


class _Script(gym.Env):
    """An environment that visits given states, pays given rewards and ends where the flags say so."""

    action_space = gym.spaces.Discrete(2)

    def __init__(self, states, next_states, rewards, terminated, truncated):
        self.observation_space = gym.spaces.Discrete(max(*states, *next_states) + 1)
        self.states, self.at = states, 0
        self.steps = list(zip(next_states, rewards, terminated, truncated, strict=True))

    def reset(self, *, seed=None, options=None):
        return self.states[self.at % len(self.steps)], {}

    def step(self, action):
        state, reward, terminated, truncated = self.steps[self.at]
        self.at += 1
        return state, reward, bool(terminated), bool(truncated), {}


def _one_step():
    return _Script([0], [1], [inputs.SINGLE[0]], [1], [0])


def _made(algorithm, env, **settings):
    """Return an algorithm whose policy is uniform, whose values are 0, and whose log is kept."""
    options = {"policy_kwargs": {"net_arch": []}, "device": "cpu", "seed": 0, "ent_coef": 0.0, **settings}
    made = algorithm("MlpPolicy", env, **options)
    with torch.no_grad():
        for weight in made.policy.parameters():
            weight.zero_()
    made.set_logger(Logger(folder=None, output_formats=[]))
    return made


def _update(log_ratios, advantages, normalize, batch_size=2):
    """Return the log of an update of PPO in which these samples have these ratios and advantages."""
    settings = {"n_steps": len(log_ratios), "n_epochs": 1, "normalize_advantage": normalize}
    ppo = _made(PPO, _one_step(), batch_size=batch_size, **settings)
    buffer = ppo.rollout_buffer
    for log_ratio in log_ratios:
        old = torch.tensor([math.log(0.5) - log_ratio])
        buffer.add(np.array([0]), np.array([0]), np.zeros(1), np.zeros(1), torch.zeros(1), old)
    buffer.advantages[:, 0] = advantages
    ppo.train()
    return {name.removeprefix("train/"): value for name, value in ppo.logger.name_to_value.items()}


def clip_fraction():
    return _update(np.log(inputs.RATIOS), inputs.RATIO_ADVANTAGES, normalize=False)["clip_fraction"]


def approximate_kl():
    return _update([math.log(inputs.RATIOS[1])] * 2, [1.0, 1.0], normalize=False)["approx_kl"]


def normalized_advantages():
    """With ratios of 1 the loss would be 0; a ratio of 1.1 for the second sample shows its advantage."""
    loss = _update([0.0, math.log(1.1)], inputs.PAIR, normalize=True)["policy_gradient_loss"]
    return -2 * loss / 0.1


def single_advantage():
    """PPO takes no batch of one, but three samples in minibatches of two leave one; two equal ones give 0."""
    loss = _update([0.0] * 3, inputs.SINGLE * 3, normalize=True)["policy_gradient_loss"]
    a2c = _made(A2C, _one_step(), n_steps=1, normalize_advantage=True)
    a2c.rollout_buffer.add(
        np.array([0]), np.array([0]), np.zeros(1), np.zeros(1), torch.zeros(1), torch.zeros(1)
    )
    a2c.rollout_buffer.advantages[:, 0] = inputs.SINGLE
    a2c.train()
    return {"PPO": -2 * loss, "A2C": -a2c.logger.name_to_value["train/policy_loss"] / math.log(2)}


def _dqn_loss(online, target, reward, gamma, done):
    env = _Script([0], [1], [reward], [1], [0])
    env.action_space = gym.spaces.Discrete(len(online))
    dqn = DQN(
        "MlpPolicy", env, buffer_size=1, gamma=gamma, policy_kwargs={"net_arch": []}, device="cpu", seed=0
    )
    dqn.set_logger(Logger(folder=None, output_formats=[]))
    with torch.no_grad():
        for net, values in ((dqn.q_net, online), (dqn.q_net_target, target)):
            layer = net.q_net[-1]
            layer.weight.zero_()
            layer.bias.zero_()
            layer.weight[:, 1] = torch.tensor(values)
    flag = np.array([float(done)])
    dqn.replay_buffer.add(np.array([0]), np.array([1]), np.array([0]), np.array([reward]), flag, [{}])
    dqn.train(gradient_steps=1, batch_size=1)
    return dqn.logger.name_to_value["train/loss"]


def dqn_loss():
    return _dqn_loss([0.0, 0.0], [0.0, 0.0], inputs.DELTA, 0.0, done=True)


def dqn_target():
    """Q of the action is 0 and the Huber loss is |δ| − ½ this far out."""
    return _dqn_loss(inputs.ONLINE, inputs.TARGET, inputs.Q_REWARD, inputs.Q_GAMMA, done=False) + 0.5


def gae_time_limit():
    flags = inputs.TERMINATED, inputs.TRUNCATED
    env = _Script(inputs.STATES, inputs.NEXT_STATES, inputs.REWARDS, *flags)
    steps = len(inputs.REWARDS)
    ppo = _made(PPO, env, n_steps=steps, batch_size=steps, gamma=inputs.GAMMA, gae_lambda=inputs.LAM)
    with torch.no_grad():
        ppo.policy.value_net.weight[0] = torch.tensor(inputs.STATE_VALUES)
    _, callback = ppo._setup_learn(steps)
    ppo.collect_rollouts(ppo.env, callback, ppo.rollout_buffer, steps)
    return ppo.rollout_buffer.advantages[:, 0]


def float32_return():
    spaces = gym.spaces.Discrete(1), gym.spaces.Discrete(1)
    buffer = RolloutBuffer(inputs.LONG, *spaces, device="cpu", gae_lambda=1.0, gamma=inputs.LONG_GAMMA)
    buffer.rewards[:] = 1
    buffer.compute_returns_and_advantage(torch.zeros(1), np.ones(1))
    return inputs.largest_error(buffer.returns[:, 0])


if __name__ == "__main__":
    inputs.report(globals(), "stable-baselines3", "torch")
