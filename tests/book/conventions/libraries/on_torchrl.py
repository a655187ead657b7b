"""torchrl: its loss modules and value functions, on modules whose numbers are set."""

import math
import warnings

import inputs
import torch
from tensordict import TensorDict
from tensordict.nn import ProbabilisticTensorDictModule, ProbabilisticTensorDictSequential, TensorDictModule
from torchrl.data import OneHot
from torchrl.modules import QValueActor
from torchrl.modules.distributions import LLMMaskedCategorical
from torchrl.objectives import ClipPPOLoss, DQNLoss, ReinforceLoss
from torchrl.objectives.llm import CISPOLoss, MCAdvantage
from torchrl.objectives.llm.grpo import GRPOLoss
from torchrl.objectives.value import GAE
from torchrl.objectives.value.functional import generalized_advantage_estimate, reward2go

warnings.simplefilter("ignore")


def _trajectories(rewards):
    """Return trajectories of one group, each with the reward of its steps."""
    for steps in rewards:
        count = len(steps)
        after = TensorDict(
            reward=torch.tensor(steps, dtype=torch.float32)[:, None],
            done=(torch.arange(count) == count - 1)[:, None],
            batch_size=[count],
        )
        yield TensorDict(query=torch.zeros(count, dtype=torch.int), next=after, batch_size=[count])


def _advantages(rewards, **options):
    transform = MCAdvantage(grpo_size=len(rewards), **options)
    *_, made = (transform.inv(each) for each in _trajectories(rewards))
    return made["advantage"][:, 0]


def _each(rewards, **options):
    return _advantages([[reward] for reward in rewards], **options)


def group_of_two():
    return _each(inputs.PAIR)[1]


def equal_rewards():
    return {name: _each(rewards)[0] for name, rewards in inputs.EQUAL.items()}


def reward_not_a_number():
    return _each(inputs.BROKEN)


def single_answer():
    return _each(inputs.SINGLE)[0]


def groups_of_steps():
    return {
        "default": _advantages(inputs.STEPS),
        '`trajectory_return="sum"`': _advantages(inputs.STEPS, trajectory_return="sum"),
    }


def _policy(logits):
    fixed = TensorDictModule(lambda observation: logits[observation], ["observation"], ["logits"])
    chosen = ProbabilisticTensorDictModule(
        in_keys=["logits"],
        out_keys=["action"],
        distribution_class=torch.distributions.Categorical,
        return_log_prob=True,
    )
    return ProbabilisticTensorDictSequential(fixed, chosen)


def _values(values):
    return TensorDictModule(
        lambda observation: values[observation][:, None], ["observation"], ["state_value"]
    )


def _ppo(log_ratios, advantages, **options):
    """Return what the PPO loss gives for these samples, and its gradient in log π."""
    count = len(log_ratios)
    new = torch.full((count,), math.log(0.25), dtype=torch.float64).requires_grad_()
    logits = torch.stack([new, torch.log(-torch.expm1(new))], -1)
    data = TensorDict(
        observation=torch.arange(count),
        action=torch.zeros(count, dtype=torch.long),
        action_log_prob=new.detach() - torch.tensor(log_ratios, dtype=torch.float64),
        advantage=torch.tensor(advantages, dtype=torch.float64)[:, None],
        batch_size=[count],
    )
    loss = ClipPPOLoss(_policy(logits), None, entropy_bonus=False, critic_coeff=None, **options)(data)
    return loss, torch.autograd.grad(loss["loss_objective"], new)[0]


def dual_clip():
    log_ratio, advantage = inputs.FAR
    return -_ppo([log_ratio], [advantage])[1][0] / (math.exp(log_ratio) * advantage)


def clip_fraction():
    return _ppo([math.log(each) for each in inputs.RATIOS], inputs.RATIO_ADVANTAGES)[0]["clip_fraction"]


def approximate_kl():
    return _ppo([math.log(inputs.RATIOS[1])], [1.0])[0]["kl_approx"]


def normalized_advantages():
    loss = _ppo([0.0, math.log(1.1)], inputs.PAIR, normalize_advantage=True)[0]["loss_objective"]
    return -2 * loss.detach() / 0.1


def single_advantage():
    loss = _ppo([0.0], inputs.SINGLE, normalize_advantage=True)[0]["loss_objective"]
    gae = GAE(gamma=1.0, lmbda=1.0, value_network=_values(torch.zeros(2)), average_gae=True)
    averaged = gae(_rollout([0], [1], inputs.SINGLE, [1], [0]))["advantage"][0, 0]
    return {"`ClipPPOLoss`": -loss.detach(), "`GAE(average_gae=True)`": averaged}


class _TwoTokens(torch.nn.Module):
    """A policy for one place in which both tokens have the probability ½."""

    in_keys = ()

    def __init__(self):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.zeros(1, 1, 2))

    def get_dist(self, tensordict, **_):
        return LLMMaskedCategorical(logits=self.logits, mask=torch.ones(1, 1, dtype=torch.bool))


def _weight(ratio):
    """Return the gradient in the token's logit over that of its log π, which is 1 − π."""
    policy = _TwoTokens()
    given = {
        ("tokens", "full"): torch.zeros(1, 1, dtype=torch.long),
        ("log_probs", "full"): torch.tensor([[math.log(0.5 / ratio)]]),
        "advantage": torch.ones(1, 1, 1),
    }
    loss = CISPOLoss(policy, clip_epsilon=inputs.EPSILON, entropy_bonus=False)
    loss(TensorDict(given, batch_size=[1])).loss_objective.backward()
    return -policy.logits.grad[0, 0, 0] / 0.5


def cispo_weight():
    return [_weight(ratio) for ratio in (1.0, inputs.RATIOS[1])]


def clip_range():
    loss = GRPOLoss()
    return [loss.clip_epsilon_low, loss.clip_epsilon_high]


def _dqn(online, target, reward, gamma, done):
    """Return the loss for an action with Q = 0 in state 0, whose successor is state 1."""
    tables = [torch.tensor([[0.0] * len(each), each]) for each in (online, target)]

    class Table(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table = torch.nn.Parameter(tables[0])

        def forward(self, observation):
            return self.table[observation]

    actor = QValueActor(Table(), in_keys=["observation"], spec=OneHot(len(online)))
    loss = DQNLoss(actor, action_space="one-hot", delay_value=True)
    loss.make_value_estimator(gamma=gamma)
    with torch.no_grad():
        for weight in loss.target_value_network_params.values(True, True):
            weight.copy_(tables[1])
    after = TensorDict(
        observation=torch.tensor([1]),
        reward=torch.tensor([[reward]]),
        done=torch.tensor([[done]]),
        terminated=torch.tensor([[done]]),
        batch_size=[1],
    )
    action = torch.eye(len(online), dtype=torch.long)[:1]
    data = TensorDict(observation=torch.tensor([0]), action=action, next=after, batch_size=[1])
    return loss(data)["loss"].detach()


def dqn_loss():
    return _dqn([0.0, 0.0], [0.0, 0.0], inputs.DELTA, 0.0, done=True)


def dqn_target():
    """Q of the action is 0, so the loss is the target's square."""
    return _dqn(inputs.ONLINE, inputs.TARGET, inputs.Q_REWARD, inputs.Q_GAMMA, done=False).sqrt()


def reinforce_gradient():
    count = len(inputs.ACTIONS)
    data = TensorDict(
        observation=torch.zeros(count, dtype=torch.long),
        action=torch.tensor(inputs.ACTIONS),
        advantage=torch.tensor(inputs.WEIGHTS)[:, None],
        value_target=torch.zeros(count, 1),
        batch_size=[count],
    )
    logits = torch.zeros(1, 2, requires_grad=True)
    loss = ReinforceLoss(_policy(logits), _values(torch.zeros(1)))
    return -torch.autograd.grad(loss(data)["loss_actor"], logits)[0][0, 1]


def _rollout(states, next_states, rewards, terminated, truncated):
    column = {"terminated": terminated, "done": [a or b for a, b in zip(terminated, truncated, strict=True)]}
    count = len(states)
    after = TensorDict(
        observation=torch.tensor(next_states),
        reward=torch.tensor(rewards, dtype=torch.float64)[:, None],
        **{name: torch.tensor(flags, dtype=torch.bool)[:, None] for name, flags in column.items()},
        batch_size=[count],
    )
    return TensorDict(observation=torch.tensor(states), next=after, batch_size=[count])


def gae_time_limit():
    flags = inputs.TERMINATED, inputs.TRUNCATED
    data = _rollout(inputs.STATES, inputs.NEXT_STATES, inputs.REWARDS, *flags)
    values = _values(torch.tensor(inputs.STATE_VALUES, dtype=torch.float64))
    return GAE(gamma=inputs.GAMMA, lmbda=inputs.LAM, value_network=values, shifted=False)(data)["advantage"][
        :, 0
    ]


def long_gae():
    zeros = torch.zeros(inputs.LONG, 1, dtype=torch.float64)
    ends = (torch.arange(inputs.LONG) == inputs.LONG - 1)[:, None]
    made = generalized_advantage_estimate(inputs.LONG_GAMMA, 1.0, zeros, zeros, zeros + 1, ends)[0][0, 0]
    gae = GAE(gamma=inputs.LONG_GAMMA, lmbda=1.0, value_network=_values(torch.zeros(2, dtype=torch.float64)))
    steps = [0] * inputs.LONG
    data = _rollout(steps, steps, [1.0] * inputs.LONG, ends[:, 0].tolist(), steps)
    return {
        "`generalized_advantage_estimate`": abs(made.item() - inputs.LONG_RETURN),
        "`GAE`": abs(gae(data)["advantage"][0, 0].item() - inputs.LONG_RETURN),
    }


def float32_return():
    done = torch.zeros(1, inputs.LONG, 1, dtype=torch.bool)
    done[:, -1] = True
    returns = reward2go(torch.ones(1, inputs.LONG, 1), done, inputs.LONG_GAMMA)
    return inputs.largest_error(returns[0, :, 0])


if __name__ == "__main__":
    inputs.report(globals(), "torchrl", "tensordict", "torch")
