"""OpenRLHF: its losses, its KL estimates, and the method of its experience maker that makes advantages."""

import math
import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

import deepspeed  # noqa: F401
import inputs
import peft  # noqa: F401

# These two look for flash-attn themselves, so they are imported first.
# flash-attn is built with a compiler for CUDA only, and vLLM is larger than all else together; modules of
# OpenRLHF import them, and nothing of what is measured calls them.
FLASH = ("flash_attn", "flash_attn.bert_padding", "flash_attn.utils", "flash_attn.utils.distributed")
for name in (*FLASH, "vllm", "vllm.inputs", "vllm.utils"):
    sys.modules[name] = MagicMock()

import torch  # noqa: E402
from openrlhf.models.loss import PolicyLoss, aggregate_loss  # noqa: E402
from openrlhf.models.utils import compute_approx_kl  # noqa: E402
from openrlhf.trainer.ppo_utils.experience import Experience  # noqa: E402
from openrlhf.trainer.ppo_utils.experience_maker import RemoteExperienceMaker  # noqa: E402


def _maker(**settings):
    """Return an experience maker without workers: only its arithmetic is asked for."""
    advantage = SimpleNamespace(
        estimator=settings.get("estimator", "group_norm"), gamma=1.0, lambd=1.0, no_std_norm=False
    )
    args = SimpleNamespace(
        algo=SimpleNamespace(advantage=advantage),
        reward=SimpleNamespace(clip_range=None, overlong_buffer_len=None, stop_properly_penalty_coef=None),
        rollout=SimpleNamespace(n_samples_per_prompt=settings.get("group", 1)),
    )
    strategy = SimpleNamespace(args=args)
    return RemoteExperienceMaker(None, None, None, None, SimpleNamespace(value=0.0), strategy, None)


def _advantages(rewards, **settings):
    count = len(rewards)
    experience = Experience(
        index=list(range(count)),
        rewards=torch.tensor(rewards, dtype=torch.float32),
        kl=torch.zeros(count, 1),
        action_mask=torch.ones(count, 1),
        info={},
    )
    (made,) = _maker(group=count, **settings).compute_advantages_and_returns([experience])
    return made.advantages[:, 0]


def group_of_two():
    return _advantages(inputs.PAIR)[1]


def equal_rewards():
    return {name: _advantages(rewards)[0] for name, rewards in inputs.EQUAL.items()}


def reward_not_a_number():
    return _advantages(inputs.BROKEN)


def single_answer():
    return _advantages(inputs.SINGLE)[0]


def _loss(log_ratios, advantages):
    new = torch.tensor([log_ratios], dtype=torch.float64, requires_grad=True)
    given = torch.tensor([advantages], dtype=torch.float64)
    loss, clip_fraction, approximate_kl, *_ = PolicyLoss()(
        new, torch.zeros_like(new), given, torch.ones_like(new)
    )
    (gradient,) = torch.autograd.grad(loss, new)
    return -gradient[0] * len(log_ratios), clip_fraction, approximate_kl


def _slope(log_ratio, advantage):
    return _loss([log_ratio], [advantage])[0][0] / (math.exp(log_ratio) * advantage)


def clip_edge():
    return [_slope(*edge) for edge in inputs.EDGES]


def dual_clip():
    return _slope(*inputs.FAR)


def clip_fraction():
    return _loss([math.log(each) for each in inputs.RATIOS], inputs.RATIO_ADVANTAGES)[1]


def approximate_kl():
    return _loss([math.log(inputs.RATIOS[1])], [1.0])[2]


def clip_range():
    loss = PolicyLoss()
    return [loss.clip_eps_low, loss.clip_eps_high]


def _aggregated(mask, **options):
    return aggregate_loss(torch.tensor(inputs.VALUES), torch.tensor(mask), **options)


def aggregation_default():
    return _aggregated(inputs.MASK)


def empty_answer():
    return _aggregated(inputs.HALF_EMPTY, token_level_loss=False)


def empty_batch():
    modes = {"mean over tokens": True, "over answers": False}
    return {name: _aggregated(inputs.EMPTY, token_level_loss=is_token) for name, is_token in modes.items()}


def dr_grpo():
    return {"advantage": _advantages(inputs.PAIR, estimator="dr_grpo")[1]}


def _kl(logp, logp_ref, **options):
    logp = torch.tensor(logp, requires_grad=True)
    kl = compute_approx_kl(logp, torch.tensor(logp_ref), kl_estimator="k3", **options)
    kl.backward()
    return [kl.detach(), logp.grad]


def kl_loss():
    return {
        "`k3`": _kl(inputs.LOGP, inputs.LOGP_REF),
        "with `unbiased_gradient`": _kl(inputs.LOGP, inputs.LOGP_REF, unbiased_gradient=True),
    }


def kl_far():
    return _kl(inputs.LOGP_LOW, inputs.LOGP_REF_FAR)


def tool_tokens():
    given = (torch.tensor([each]) for each in (inputs.TOOL_VALUES, inputs.TOOL_REWARDS, inputs.TOOL_MASK))
    return _maker().get_advantages_and_returns(*given, inputs.TOOL_GAMMA, inputs.TOOL_LAM)[0][0, 0]


def float32_return():
    rewards = torch.ones(1, inputs.LONG)
    returns = _maker().get_cumulative_returns(rewards, torch.ones_like(rewards), inputs.LONG_GAMMA)
    return inputs.largest_error(returns[0])


def mismatch_correction():
    return PolicyLoss().is_correction_level


if __name__ == "__main__":
    inputs.report(globals(), "openrlhf", "torch")
