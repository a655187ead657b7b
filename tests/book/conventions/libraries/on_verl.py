"""verl: the functions of `core_algos`, which its trainers call."""

import inputs
import numpy as np
import torch
from verl.trainer.config import AlgoConfig
from verl.trainer.ppo import core_algos
from verl.workers.config import FSDPActorConfig


def _advantages(rewards, **options):
    column = torch.tensor(rewards, dtype=torch.float32)[:, None]
    index = np.zeros(len(rewards), dtype=int)
    return core_algos.compute_grpo_outcome_advantage(column, torch.ones_like(column), index, **options)[0][
        :, 0
    ]


def group_of_two():
    return _advantages(inputs.PAIR)[1]


def equal_rewards():
    return {name: _advantages(rewards)[0] for name, rewards in inputs.EQUAL.items()}


def reward_not_a_number():
    return _advantages(inputs.BROKEN)


def single_answer():
    return _advantages(inputs.SINGLE)[0]


def _config(**options):
    options = {"clip_ratio_low": inputs.EPSILON, "clip_ratio_high": inputs.EPSILON, **options}
    return FSDPActorConfig(strategy="fsdp", ppo_micro_batch_size_per_gpu=1, rollout_n=1, **options)


def _loss(log_ratios, advantages, kind="vanilla", **options):
    new = torch.tensor([log_ratios], dtype=torch.float64, requires_grad=True)
    loss, metrics = core_algos.get_policy_loss_fn(kind)(
        torch.zeros_like(new),
        new,
        torch.tensor([advantages], dtype=torch.float64),
        torch.ones_like(new),
        config=_config(**options),
    )
    (gradient,) = torch.autograd.grad(loss, new)
    return -gradient[0] * len(log_ratios), metrics


def _slope(log_ratio, advantage, **options):
    """Return the derivative of the clipped term in the ratio, over the advantage."""
    return _loss([log_ratio], [advantage], **options)[0][0] / (np.exp(log_ratio) * advantage)


def clip_edge():
    return [_slope(*edge) for edge in inputs.EDGES]


def dual_clip():
    return _slope(*inputs.FAR)


def clip_fraction():
    return _loss(list(np.log(inputs.RATIOS)), inputs.RATIO_ADVANTAGES)[1]["actor/pg_clipfrac"]


def approximate_kl():
    return _loss([np.log(inputs.RATIOS[1])], [1.0])[1]["actor/ppo_kl"]


def clip_ratio_named():
    config = FSDPActorConfig(
        strategy="fsdp", ppo_micro_batch_size_per_gpu=1, rollout_n=1, clip_ratio=inputs.IGNORED_CLIP
    )
    options = {"clip_ratio": config.clip_ratio, "clip_ratio_low": config.clip_ratio_low}
    options["clip_ratio_high"] = config.clip_ratio_high
    return _slope(np.log(inputs.IGNORED_RATIO), 1.0, **options)


def clip_range():
    config = FSDPActorConfig(strategy="fsdp", ppo_micro_batch_size_per_gpu=1, rollout_n=1)
    return [config.clip_ratio_low, config.clip_ratio_high]


def cispo_weight():
    return [_loss([np.log(r)], [1.0], "cispo")[0][0] for r in (1.0, inputs.RATIOS[1])]


def _aggregated(mask, mode):
    return core_algos.agg_loss(torch.tensor(inputs.VALUES), torch.tensor(mask), mode)


def aggregation_default():
    return _aggregated(inputs.MASK, _config().loss_agg_mode)


def empty_answer():
    return _aggregated(inputs.HALF_EMPTY, "seq-mean-token-mean")


def empty_batch():
    modes = (
        "token-mean",
        "token-sum",
        "seq-mean-token-sum",
        "seq-mean-token-sum-norm",
        "seq-mean-token-mean",
    )
    return {f"`{mode}`": _aggregated(inputs.EMPTY, mode) for mode in modes}


def dr_grpo():
    aggregated = _aggregated(inputs.MASK, "seq-mean-token-sum-norm")
    return {"tokens": aggregated, "advantage": _advantages(inputs.PAIR, norm_adv_by_std_in_grpo=False)[1]}


def _kl(logp, logp_ref, kind):
    logp = torch.tensor(logp, dtype=torch.float64, requires_grad=True)
    kl = core_algos.kl_penalty(logp, torch.tensor(logp_ref, dtype=torch.float64), kind)
    kl.backward()
    return [kl.detach(), logp.grad]


def kl_loss():
    return {f"`{kind}`": _kl(inputs.LOGP, inputs.LOGP_REF, kind) for kind in ("k3", "k3+")}


def kl_far():
    return _kl(inputs.LOGP_LOW, inputs.LOGP_REF_FAR, "k3")


def tool_tokens():
    values = torch.tensor([inputs.TOOL_VALUES])
    _, returns = core_algos.compute_gae_advantage_return(
        torch.tensor([inputs.TOOL_REWARDS]),
        values,
        torch.tensor([inputs.TOOL_MASK]),
        inputs.TOOL_GAMMA,
        inputs.TOOL_LAM,
    )
    return (returns - values)[0, 0]


def mismatch_correction():
    return "off" if AlgoConfig().rollout_correction is None else "on"


if __name__ == "__main__":
    inputs.report(globals(), "verl", "torch")
