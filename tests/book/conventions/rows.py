"""The rows of the table: what is asked, in the words of the page, and what the course answers."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import solutions
from tests.book.conventions.libraries import inputs


@dataclass(frozen=True)
class Row:
    """One row: its part of the table, what is asked, how the course answers, how many digits are shown."""

    part: str
    asked: str
    here: Callable[[], Any] | None = None
    digits: int = 5


def answer(row: Row) -> Any:
    """Return what the functions of the course give for a row, in Python's own numbers, or None."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a group with NaN is among the inputs
        return None if row.here is None else inputs.several(row.here())


def _slope(log_ratio: float, advantage: float, epsilon: float = inputs.EPSILON) -> float:
    gradient = solutions.ppo_clip_gradient([log_ratio], [0.0], [advantage], epsilon)
    return gradient[0] / (math.exp(log_ratio) * advantage)


def _clip_fraction() -> float:
    log_ratios = np.log(inputs.RATIOS)
    gradient = solutions.ppo_clip_gradient(
        log_ratios, 0 * log_ratios, inputs.RATIO_ADVANTAGES, inputs.EPSILON
    )
    return np.mean(gradient == 0)


def _approximate_kl() -> dict[str, float]:
    k1, _, k3 = solutions.kl_estimates(0.0, math.log(inputs.RATIOS[1]))
    return {"$k_1$": k1, "$k_3$": k3}


def _cispo() -> list[float]:
    ratios = np.array([[1.0, inputs.RATIOS[1]]])
    given = np.log(ratios), 0 * ratios, [1.0], [[True, True]]
    return ratios.size * solutions.cispo_gradient(*given, inputs.EPSILON, inputs.EPSILON)[0]


def _reinforce() -> float:
    steps = len(inputs.ACTIONS)
    return solutions.policy_gradient_estimate([[0.0, 0.0]], [0] * steps, inputs.ACTIONS, inputs.WEIGHTS)[0, 1]


def _targets() -> dict[str, float]:
    online, target = [inputs.ONLINE], [inputs.TARGET]
    rest = [False], inputs.Q_GAMMA
    return {
        "`td_target`": solutions.td_target([inputs.Q_REWARD], target, *rest)[0],
        "`double_dqn_target`": solutions.double_dqn_target([inputs.Q_REWARD], online, target, *rest)[0],
    }


def _time_limit() -> np.ndarray:
    values, following = (
        [inputs.STATE_VALUES[state] for state in states] for states in (inputs.STATES, inputs.NEXT_STATES)
    )
    flags = inputs.TERMINATED, inputs.TRUNCATED
    return solutions.gae(inputs.REWARDS, values, following, *flags, inputs.GAMMA, inputs.LAM)


def _tool_tokens() -> float:
    rewards, values = ([v for v, own in zip(each, inputs.TOOL_MASK, strict=True) if own] for each in TOOLS)
    flags = [False] * (len(values) - 1) + [True], [False] * len(values)
    following = [*values[1:], 0.0]
    return solutions.gae(rewards, values, following, *flags, inputs.TOOL_GAMMA, inputs.TOOL_LAM)[0]


def _long_gae() -> float:
    zeros, ones = np.zeros(inputs.LONG), np.ones(inputs.LONG)
    ends = np.arange(inputs.LONG) == inputs.LONG - 1
    made = solutions.gae(ones, zeros, zeros, ends, zeros, inputs.LONG_GAMMA, 1.0)
    return abs(made[0] - inputs.LONG_RETURN)


def _long_return() -> float:
    return inputs.largest_error(solutions.discounted_returns(np.ones(inputs.LONG), inputs.LONG_GAMMA))


def _kl(logp: float, logp_ref: float) -> list[float]:
    return [
        solutions.kl_estimates(logp, logp_ref)[2],
        solutions.kl_estimate_gradients(logp, logp_ref)[2],
    ]


def _empty() -> dict[str, float]:
    modes = ("sequence", "token", "constant")
    return {mode: solutions.aggregate_tokens(inputs.VALUES, inputs.EMPTY, mode) for mode in modes}


def _numbers_left() -> int:
    clipped, _ = solutions.clip_by_global_norm([np.array(each) for each in inputs.NOT_ALL_NUMBERS], 1.0)
    return sum(np.sum(np.isfinite(each)) for each in clipped)


def _rare() -> float:
    probabilities = np.array([inputs.RARE, 1 - inputs.RARE])
    return np.log(solutions.softmax(np.log(probabilities)))[0]


TOOLS = inputs.TOOL_REWARDS, inputs.TOOL_VALUES
POLICY, VALUE, GROUP, STEP = (
    "Policy gradient and PPO",
    "Values",
    "Groups of answers",
    "Optimisers and numbers",
)
ROWS = {
    "reinforce_gradient": Row(
        POLICY,
        "REINFORCE, uniform policy, three steps with actions 0, 1, 1 and returns 1, 2, 3: gradient in the "
        "logit of action 1. A mean over $t$ gives $2/3$, a sum 2",
        _reinforce,
    ),
    "clip_edge": Row(
        POLICY,
        r"PPO exactly at an edge ($r=1.2$, $\hat A=1$; $r=0.8$, $\hat A=-1$; $\epsilon=0.2$): slope in $r$, "
        r"divided by $\hat A$",
        lambda: [_slope(*edge) for edge in inputs.EDGES],
    ),
    "dual_clip": Row(
        POLICY,
        r"PPO, $\hat A=-1$, $r=4$: slope divided by $\hat A$. 0 is a *dual clip*",
        lambda: _slope(*inputs.FAR),
    ),
    "clip_range": Row(POLICY, r"$\epsilon$ below and above 1, if nobody chooses"),
    "clip_ratio_named": Row(
        POLICY,
        r"verl's `clip_ratio` set to 0.1, $\hat A=1$, $r=1.15$: slope divided by $\hat A$",
        lambda: _slope(math.log(inputs.IGNORED_RATIO), 1.0, inputs.IGNORED_CLIP),
    ),
    "clip_fraction": Row(
        POLICY,
        r"clip fraction of $r=(0.5,\,1.5)$, $\hat A=(1,\,1)$: outside of the range are both, cut is one",
        _clip_fraction,
    ),
    "approximate_kl": Row(POLICY, r"approximate KL of one sample with $r=1.5$", _approximate_kl),
    "normalized_advantages": Row(
        POLICY,
        "advantages 0, 1, normalised: the second. Sample deviation: 0.707, population: 1",
        lambda: solutions.hunt_normalize_advantages(inputs.PAIR)[1],
    ),
    "single_advantage": Row(
        POLICY,
        "one advantage, 5, normalised by itself",
        lambda: solutions.hunt_normalize_advantages(inputs.SINGLE)[0],
    ),
    "dqn_loss": Row(
        VALUE,
        r"DQN loss of one transition with $\delta=2$",
        lambda: solutions.dqn_loss([[0.0, 0.0]], [0], [inputs.DELTA]),
    ),
    "dqn_target": Row(
        VALUE,
        r"target for $R=2$, $\gamma=0.5$, where the online network says $(1,3,2)$ and the target network "
        "$(2,1,5)$ of the next state",
        _targets,
    ),
    "tie_in_the_maximum": Row(VALUE, r"gradient of the maximum of $(1,3,3)$"),
    "gae_time_limit": Row(
        VALUE,
        r"GAE of five steps, a time limit behind the third: taken for an end, the third would be 2.5",
        _time_limit,
    ),
    "long_gae": Row(
        VALUE,
        r"GAE in float64, $\lambda=1$, $\gamma=0.999$, 10,000 rewards of 1: error of the first, about 1,000",
        _long_gae,
    ),
    "float32_return": Row(
        VALUE,
        "discounted returns of the same rewards in the library's own type: largest relative error",
        _long_return,
    ),
    "tool_tokens": Row(
        VALUE,
        r"GAE across two tokens of a tool ($\gamma=\lambda=0.5$, reward 1 at the end, $V=0.5$): first "
        "advantage",
        _tool_tokens,
    ),
    "group_of_two": Row(
        GROUP,
        "rewards 0, 1: advantage of the better",
        lambda: solutions.group_advantages(inputs.PAIR)[1],
        digits=7,
    ),
    "single_answer": Row(
        GROUP,
        "one answer with reward 5: its advantage",
        lambda: solutions.group_advantages(inputs.SINGLE)[0],
        digits=7,
    ),
    "equal_rewards": Row(
        GROUP,
        "seven equal rewards, in float32: their advantage",
        lambda: {name: solutions.group_advantages(rewards)[0] for name, rewards in inputs.EQUAL.items()},
    ),
    "equal_rewards_in_training": Row(
        GROUP,
        "seven rewards of 1000.1 in a training run: their advantage, and the share of groups that count as "
        "equal",
        lambda: {"advantage": solutions.group_advantages(inputs.EQUAL_IN_TRAINING)[0]},
    ),
    "reward_not_a_number": Row(
        GROUP,
        "rewards 0, 1, NaN, 1: advantages",
        lambda: solutions.group_advantages(inputs.BROKEN),
    ),
    "groups_of_steps": Row(
        GROUP,
        "two answers with rewards (0) and (0, 0, 1) a step: the advantage of each step",
        lambda: {"each answer": solutions.group_advantages([sum(steps) for steps in inputs.STEPS])},
    ),
    "aggregation_default": Row(
        GROUP,
        "an answer of four tokens with loss 1 each, one of a single token with loss 2: loss of the batch, if "
        "nobody chooses. Mean of means: 1.5, mean of tokens: 1.2",
        lambda: solutions.aggregate_tokens(inputs.VALUES, inputs.MASK, "sequence"),
    ),
    "empty_answer": Row(
        GROUP,
        "the same, the second answer without tokens: mean of means",
        lambda: solutions.aggregate_tokens(inputs.VALUES, inputs.HALF_EMPTY, "sequence"),
    ),
    "empty_batch": Row(GROUP, "no answer has a token", _empty),
    "dr_grpo": Row(
        GROUP,
        r"what is called Dr. GRPO, on these tokens and on rewards 0, 1. The paper: $6/(2\cdot4)=0.75$, and "
        "$r-\\mu=0.5$",
        lambda: {"tokens": solutions.aggregate_tokens(inputs.VALUES, inputs.MASK, "constant")},
    ),
    "kl_loss": Row(
        GROUP,
        r"KL term $k_3$ at $\log\pi=-2$, $\log\pi_{\text{ref}}=-1$: value, slope in $\log\pi$",
        lambda: _kl(inputs.LOGP, inputs.LOGP_REF),
    ),
    "kl_far": Row(
        GROUP,
        r"the same at $\log\pi=-6$, $\log\pi_{\text{ref}}=-2$",
        lambda: _kl(inputs.LOGP_LOW, inputs.LOGP_REF_FAR),
    ),
    "cispo_weight": Row(
        GROUP, r"CISPO's weight at $r=1$ and $r=1.5$, with $\epsilon=0.2$ on both sides", _cispo
    ),
    "mismatch_correction": Row(GROUP, "correction for a sampler that is another engine, if nobody chooses"),
    "norm_at_the_limit": Row(
        STEP,
        "the gradient 3 clipped to the norm 3",
        lambda: solutions.clip_by_global_norm([np.array(inputs.AT_THE_NORM)], 3.0)[0][0][0],
        digits=7,
    ),
    "norm_of_huge": Row(
        STEP,
        r"$(10^{20},10^{20})$ in float32, clipped to the norm 1",
        lambda: solutions.clip_by_global_norm([np.array(inputs.HUGE, np.float32)], 1.0)[0][0],
    ),
    "norm_not_a_number": Row(
        STEP,
        "two arrays, (NaN) and (3, 4), clipped to the norm 1: how many of the three are still numbers",
        _numbers_left,
    ),
    "adam_guard": Row(
        STEP,
        r"Adam's first step, gradient and $\varepsilon$ both $10^{-8}$, $\alpha=1$. Inside the root it would "
        "be $-0.0001$",
        lambda: solutions.adam_step([0.0], [inputs.TINY], [0.0], [0.0], 1, 1.0, eps=inputs.TINY)[0][0],
    ),
    "rare_probability": Row(STEP, r"$\log\pi$ of an action with probability $10^{-9}$, in float32", _rare),
    "impossible_action": Row(STEP, r"$\log\pi$ of an action with probability 0, in float32"),
    "schedule_past_its_end": Row(STEP, "cosine schedule, twice as long as planned: learning rate at the end"),
    "normalized_reward": Row(STEP, "rewards of 1, normalised as they come"),
}
