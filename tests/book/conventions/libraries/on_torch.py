"""PyTorch by itself: what its own functions do where a formula leaves a choice."""

import inputs
import torch


def _tensor(values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype)


def clip_edge():
    bounds = 1 - inputs.EPSILON, 1 + inputs.EPSILON
    kinds = {"bounds that are numbers": bounds, "bounds that are tensors": [_tensor(each) for each in bounds]}
    return {kind: [_slope(*edge, *given) for edge in inputs.EDGES] for kind, given in kinds.items()}


def _slope(log_ratio, advantage, low, high):
    ratio = _tensor(log_ratio).exp().requires_grad_()
    term = torch.min(ratio * advantage, torch.clamp(ratio, low, high) * advantage)
    return torch.autograd.grad(term, ratio)[0] / advantage


def tie_in_the_maximum():
    q = _tensor(inputs.TIED).requires_grad_()
    return {
        "`max(dim)`": torch.autograd.grad(q.max(-1).values, q)[0],
        "`amax`": torch.autograd.grad(q.amax(-1), q)[0],
    }


def norm_at_the_limit():
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = _tensor(inputs.AT_THE_NORM, torch.float32)
    torch.nn.utils.clip_grad_norm_([weight], inputs.AT_THE_NORM[0])
    return weight.grad[0]


def norm_of_huge():
    weight = torch.nn.Parameter(torch.zeros(2))
    weight.grad = _tensor(inputs.HUGE, torch.float32)
    torch.nn.utils.clip_grad_norm_([weight], 1.0)
    return weight.grad


def norm_not_a_number():
    weights = [torch.nn.Parameter(torch.zeros(len(grad))) for grad in inputs.NOT_ALL_NUMBERS]
    for weight, grad in zip(weights, inputs.NOT_ALL_NUMBERS, strict=True):
        weight.grad = _tensor(grad, torch.float32)
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    return sum(weight.grad.isfinite().sum() for weight in weights)


def adam_guard():
    weight = torch.nn.Parameter(_tensor([0.0]))
    weight.grad = _tensor([inputs.TINY])
    torch.optim.Adam([weight], lr=1.0, eps=inputs.TINY).step()
    return weight.detach()[0]


def rare_probability():
    made = torch.distributions.Categorical(probs=_tensor([inputs.RARE, 1 - inputs.RARE], torch.float32))
    return made.log_prob(torch.tensor(0))


def impossible_action():
    made = torch.distributions.Categorical(probs=_tensor([0.0, 1.0], torch.float32))
    return made.log_prob(torch.tensor(0))


def schedule_past_its_end():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=inputs.PERIOD)
    for _ in range(2 * inputs.PERIOD):
        optimizer.step()
        schedule.step()
    return schedule.get_last_lr()[0]


if __name__ == "__main__":
    inputs.report(globals(), "torch")
