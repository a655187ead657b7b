"""tianshou: its algorithms on a buffer that is filled by hand, with networks whose numbers are set."""

import math
import warnings

import inputs
import numpy as np
import torch
from gymnasium.spaces import Discrete
from tianshou.algorithm import DQN, PPO, Reinforce
from tianshou.algorithm.modelfree.dqn import DiscreteQLearningPolicy
from tianshou.algorithm.modelfree.reinforce import DiscreteActorPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Batch, ReplayBuffer

warnings.simplefilter("ignore")
STILL = AdamOptimizerFactory(lr=0.0)


class _Table(torch.nn.Module):
    """A table with a row of numbers for each state."""

    def __init__(self, rows):
        super().__init__()
        self.rows = torch.nn.Parameter(torch.tensor(rows, dtype=torch.float32))

    def forward(self, obs, state=None, info=None):
        return self.rows[torch.as_tensor(obs, dtype=torch.long)], state


class _Critic(_Table):
    def forward(self, obs, **_):
        return super().forward(obs)[0]


def _buffer(states, next_states, rewards, terminated, truncated, actions=None):
    buffer = ReplayBuffer(len(states))
    actions = actions or [0] * len(states)
    for state, after, reward, ends, cut, action in zip(
        states, next_states, rewards, terminated, truncated, actions, strict=True
    ):
        buffer.add(
            Batch(
                obs=state,
                act=action,
                rew=reward,
                terminated=bool(ends),
                truncated=bool(cut),
                obs_next=after,
                info={},
            )
        )
    return buffer


def _policy(rows):
    return DiscreteActorPolicy(
        actor=_Table(rows),
        dist_fn=lambda logits: torch.distributions.Categorical(logits=logits),
        action_space=Discrete(2),
    )


def _ppo(states, **options):
    critic = _Critic([[value] for value in inputs.STATE_VALUES])
    return PPO(policy=_policy([[0.0, 0.0]] * states), critic=critic, optim=STILL, **options)


def gae_time_limit():
    flags = inputs.TERMINATED, inputs.TRUNCATED
    buffer = _buffer(inputs.STATES, inputs.NEXT_STATES, inputs.REWARDS, *flags)
    batch, indices = buffer.sample(0)
    ppo = _ppo(len(inputs.STATE_VALUES), gamma=inputs.GAMMA, gae_lambda=inputs.LAM)
    return ppo._preprocess_batch(batch, buffer, indices).adv


def _updated(advantages, log_ratios, **options):
    """Return the actor's loss of one update in which these samples have these advantages and ratios."""
    count = len(advantages)
    batch = Batch(
        obs=np.zeros(count, dtype=int),
        act=torch.zeros(count, dtype=torch.long),
        adv=torch.tensor(advantages),
        returns=torch.zeros(count),
        v_s=torch.zeros(count),
        logp_old=torch.full((count,), math.log(0.5)) - torch.tensor(log_ratios),
        info=Batch(),
    )
    return _ppo(1, **options)._update_with_batch(batch, None, 1).actor_loss.mean


def normalized_advantages():
    return -2 * _updated(inputs.PAIR, [0.0, math.log(1.1)]) / 0.1


def single_advantage():
    return {"PPO": -_updated(inputs.SINGLE, [0.0])}


def dual_clip():
    """The loss of one sample beside the same one with a ratio larger by a hundredth: its slope."""
    log_ratio, advantage = inputs.FAR
    ratio, step = math.exp(log_ratio), 0.01
    losses = [
        _updated([advantage], [math.log(each)], advantage_normalization=False)
        for each in (ratio, ratio + step)
    ]
    return round((losses[0] - losses[1]) / step / advantage, 3)


def _dqn(online, target, reward, gamma, done, **options):
    """Return the loss for an action with Q = 0 in state 0, whose successor is state 1."""
    tables = [[[0.0] * len(each), each] for each in (online, target)]
    policy = DiscreteQLearningPolicy(model=_Table(tables[0]), action_space=Discrete(len(online)))
    dqn = DQN(policy=policy, optim=STILL, gamma=gamma, **options)
    if dqn.use_target_network:
        next(dqn.model_old.parameters()).data = torch.tensor(tables[1])
    buffer = _buffer([0], [1], [reward], [done], [0])
    batch, indices = buffer.sample(0)
    batch = dqn._preprocess_batch(batch, buffer, indices)
    return dqn._update_with_batch(batch).loss, float(batch.returns.flatten()[0])


def dqn_loss():
    return _dqn([0.0, 0.0], [0.0, 0.0], inputs.DELTA, 0.0, done=True)[0]


def dqn_target():
    given = inputs.ONLINE, inputs.TARGET, inputs.Q_REWARD, inputs.Q_GAMMA, False
    return {"default": _dqn(*given)[1], "`target_update_freq=500`": _dqn(*given, target_update_freq=500)[1]}


def reinforce_gradient():
    count = len(inputs.ACTIONS)
    policy = _policy([[0.0, 0.0]])
    batch = Batch(
        obs=np.zeros(count, dtype=int),
        act=np.array(inputs.ACTIONS),
        returns=np.array(inputs.WEIGHTS),
        info=Batch(),
    )
    Reinforce(policy=policy, optim=STILL)._update_with_batch(batch, None, 1)
    return -policy.actor.rows.grad[0, 1]


def float32_return():
    steps = [0] * inputs.LONG
    ends = [0] * (inputs.LONG - 1) + [1]
    buffer = _buffer(steps, steps, [1.0] * inputs.LONG, ends, steps)
    batch, indices = buffer.sample(0)
    returns, _ = PPO.compute_episodic_return(
        batch, buffer, indices, v_s_=np.zeros(inputs.LONG), gamma=inputs.LONG_GAMMA, gae_lambda=1.0
    )
    return inputs.largest_error(returns)


if __name__ == "__main__":
    inputs.report(globals(), "tianshou", "torch")
