"""What is graded about `solutions.beyond_grpo`."""

from collections.abc import Callable
from functools import partial

import numpy as np

import solutions
from autograder.exercises._drawing import coarse, groups, kept, samples, signed, tokens, whole
from autograder.exercises._formulas import wrong_ratios
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator

KEEPING = "returns the right value and leaves its arguments unchanged"


def _one_group(rng: Generator) -> tuple:
    return (groups(rng, 5),)


def _whole_rewards(rng: Generator) -> tuple:
    return (rng.permuted(np.arange(24).reshape(2, 3, 4) ** 2, axis=-1) - rng.integers(20),)


def _square(rng: Generator) -> tuple:
    return (groups(rng, 4, 4),)


def _pairs(rng: Generator) -> tuple:
    return (groups(rng, 3, 2),)


def _right_or_wrong(rng: Generator) -> tuple:
    return (rng.permuted(np.array([[0, 0, 0, 0, 1], [1, 1, 1, 0, 0]]) * rng.uniform(1, 2, (2, 1)), axis=1),)


def _one_group_of_three(rng: Generator) -> tuple:
    return (groups(rng, 1, 1, 3),)


def _several_groups(rng: Generator) -> tuple:
    rewards = groups(rng, 3, 4)
    rewards[0, :3], rewards[1] = [0.0, -1.5, 2.5], 0.1
    return (rewards,)


def _centred(rewards: Array, axis: int | None = -1) -> Array:
    return rewards - np.mean(rewards, axis=axis, keepdims=True)


def _left_out(rewards: Array) -> Array:
    n = rewards.shape[-1]
    return _centred(rewards) * n / (n - 1)


_rloo_advantages = Exercise(
    reference=solutions.rloo_advantages,
    points=2,
    cases=(
        Case("one group", _one_group),
        Case("integer rewards, groups along several axes", _whole_rewards, edge=True),
        Case("as many groups as answers in a group", _square),
        Case("two answers in each group", _pairs),
        Case("answers that are right or wrong", _right_or_wrong),
        Case("one group, rewards of shape (1, 1, 3)", _one_group_of_three, edge=True),
        Case(KEEPING, _several_groups, share=2, keeps_arguments=True),
    ),
    misconceptions=(
        Misconception(
            lambda r: _centred(r),
            "The answer itself is in your mean: whose rewards should it be compared with?",
        ),
        Misconception(
            lambda r: _centred(r) / (np.std(r, axis=-1, keepdims=True) + 1e-8),
            "This is GRPO's advantage: here nothing is divided by σ, and the answer is not in its own mean.",
        ),
        *(
            Misconception(
                lambda r, deviation=deviation: _centred(r) / deviation(r, axis=-1, keepdims=True),
                "This is GRPO's advantage without its guard: here nothing is divided by σ, "
                "and the answer is not in its mean.",
            )
            for deviation in (np.std, partial(np.std, ddof=1))
        ),
        Misconception(
            lambda r: _centred(r) / (np.std(r, axis=-1, ddof=1, keepdims=True) + 1e-8),
            "This is GRPO's advantage with the sample deviation: here nothing is divided by σ.",
        ),
        Misconception(
            lambda r: _left_out(r) / (np.std(r, axis=-1, keepdims=True) + 1e-8),
            "The others are the right ones to compare with, but nothing is divided by a deviation here.",
        ),
        Misconception(
            lambda r: 2 * r - np.sum(r, axis=-1, keepdims=True),
            "You subtract the sum of the others; a baseline is their mean.",
        ),
        Misconception(
            lambda r: r - (np.sum(r, axis=-1, keepdims=True) - r) / r.shape[-1],
            "You sum up the others and divide by the size of the group: how many others are there?",
        ),
        Misconception(
            lambda r: r - np.sum(r, axis=-1, keepdims=True) / (r.shape[-1] - 1),
            "The divisor counts the others, but your sum still holds the answer itself.",
        ),
        Misconception(
            lambda r: _centred(r) * (r.shape[-1] - 1) / r.shape[-1],
            "The factor is turned round: an answer is farther from the others than from a mean with itself.",
        ),
        Misconception(
            lambda r: _centred(r, axis=None) * r.size / (r.size - 1),
            "An answer competes with the other answers to its own question, not with the whole batch.",
        ),
        Misconception(
            lambda r: _centred(r, axis=0) * len(r) / (len(r) - 1),
            "Check along which axis the answers of one group lie.",
        ),
        Misconception(
            lambda r: -_left_out(r),
            "The sign is turned round: an answer better than the others has a positive advantage.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _values(rng: Generator, *shape: int) -> Array:
    """Draw values whose sums and means are not near 0."""
    return signed(rng, *shape) + rng.choice([-2, 2])


def _uneven(rng: Generator) -> Array:
    """Draw a mask of four answers in six places: a full one, and one of a single token."""
    return kept(rng, rng.permutation([1, 2, 4, 6]), 6)


def _in_sequence(rng: Generator) -> tuple:
    return _values(rng, 2, 5), kept(rng, rng.permutation([2, 5]), 5), "sequence"


def _in_tokens(rng: Generator) -> tuple:
    return _values(rng, 4, 6), _uneven(rng), "token"


def _with_budget(rng: Generator) -> tuple:
    return _values(rng, 4, 6), _uneven(rng), "constant", int(rng.integers(7, 12))


def _without_budget(rng: Generator) -> tuple:
    return _values(rng, 3, 5), kept(rng, rng.permutation([1, 3, 5]), 5), "constant"


def _with_an_empty_answer(rng: Generator) -> tuple:
    return _values(rng, 4, 3), kept(rng, [1, 0, 3, 2], 3), "sequence"


def _whole_values(rng: Generator, mask: Array, mode: str) -> tuple:
    """Draw integers, larger ones for longer answers, so that no two modes agree.

    No result is whole, nor the same with the padding.
    """
    values = whole(rng, *mask.shape) + 20 * np.sum(mask, axis=1, keepdims=True)
    aggregate = _by_mode()
    while (result := aggregate(values, mask, mode)) % 1 == 0 or np.isclose(
        result, aggregate(values, np.ones_like(mask), mode), 1e-3
    ):
        values += mask * rng.integers(9, size=mask.shape)
    return values, mask, mode


def _whole_in_sequence(rng: Generator) -> tuple:
    return *_whole_values(rng, kept(rng, rng.permutation([2, 3, 4]), 5), "sequence"), 9


def _whole_in_tokens(rng: Generator) -> tuple:
    return *_whole_values(rng, kept(rng, rng.permutation([2, 3, 4]), 6, gaps=True), "token"), 8


def _whole_in_constant(rng: Generator) -> tuple:
    return _whole_values(rng, kept(rng, rng.permutation([0, 3, 4]), 5), "constant")


def _no_token(rng: Generator) -> tuple:
    return _values(rng, 2, 3), np.zeros((2, 3), dtype=bool), "token"


def _one_token(rng: Generator) -> tuple:
    return _values(rng, 1, 1), np.ones((1, 1), dtype=bool), "token"


def _every_value(rng: Generator) -> tuple:
    """Draw values of either sign and 0, one answer without tokens, and padding on either side."""
    values, mask = _values(rng, 4, 5), kept(rng, [5, 0, 1, 3], 5)
    values[0, :3], values[1, :2] = [0.0, -1.5, 2.5], [-3.0, 0.0]
    return values, mask, "sequence"


def _total(values: Array, mask: Array) -> float:
    return np.sum(values * mask)


def _sequence_mean(values: Array, mask: Array) -> float:
    return np.mean(np.sum(values * mask, axis=1) / np.maximum(np.sum(mask, axis=1), 1))


def _token_mean(values: Array, mask: Array) -> float:
    return _total(values, mask) / max(np.sum(mask), 1)


def _constant(values: Array, mask: Array, budget: float | None) -> float:
    return _total(values, mask) / (len(values) * (budget or values.shape[1]))


def _by_mode(
    sequence: Callable = _sequence_mean, token: Callable = _token_mean, constant: Callable = _constant
) -> Callable:
    """Return the function with its three modes, of which those given are wrong."""

    def aggregate(values: Array, mask: Array, mode: str, budget: float | None = None) -> float:
        if mode == "sequence":
            return sequence(values, mask)
        return token(values, mask) if mode == "token" else constant(values, mask, budget)

    return aggregate


def _over_all_places(values: Array, mask: Array, budget: float | None = None) -> float:
    return _total(values, mask) / values.size


def _with_padding(values: Array, mask: Array, mode: str, budget: float | None = None) -> float:
    return _by_mode()(values, np.ones_like(mask), mode, budget)


def _without_guard(values: Array, mask: Array) -> float:
    return np.mean(np.sum(values * mask, axis=1) / np.sum(mask, axis=1))


def _of_answers_with_tokens(values: Array, mask: Array) -> float:
    has_tokens = np.any(mask, axis=1)
    return _sequence_mean(values[has_tokens], mask[has_tokens])


_aggregate_tokens = Exercise(
    reference=solutions.aggregate_tokens,
    points=3,
    cases=(
        Case("answers of different lengths, mode 'sequence'", _in_sequence, share=2),
        Case("answers of different lengths, mode 'token'", _in_tokens),
        Case("a budget, mode 'constant'", _with_budget),
        Case("no budget, mode 'constant'", _without_budget),
        Case("an answer without tokens, mode 'sequence'", _with_an_empty_answer),
        Case("integer values, a budget that is not read, mode 'sequence'", _whole_in_sequence, edge=True),
        Case(
            "integer values, gaps in the mask, a budget that is not read, mode 'token'",
            _whole_in_tokens,
            edge=True,
        ),
        Case("integer values, an answer without tokens, mode 'constant'", _whole_in_constant, edge=True),
        Case("no token at all, mode 'token'", _no_token, edge=True),
        Case("a single token, arrays of shape (1, 1), mode 'token'", _one_token, edge=True),
        Case(KEEPING, _every_value, keeps_arguments=True),
    ),
    misconceptions=(
        Misconception(
            _with_padding,
            "Padding counts in your result: which entries of the arrays are tokens of an answer?",
        ),
        Misconception(
            _by_mode(token=_sequence_mean),
            "In the mode “token” every token of the batch has the same weight, also one of a long answer.",
        ),
        Misconception(
            _by_mode(sequence=_token_mean),
            "In the mode “sequence” every answer has the same weight: first the mean within each one.",
        ),
        Misconception(
            _by_mode(sequence=_token_mean, token=_sequence_mean),
            "Two modes are in each other's place: in which of them has a long answer more weight?",
        ),
        Misconception(
            _by_mode(sequence=_over_all_places),
            "In the mode “sequence” you divide by the length of the array: how many tokens has each answer?",
        ),
        Misconception(
            _by_mode(token=_over_all_places),
            "In the mode “token” you divide by all places of the array: how many of them hold a token?",
        ),
        Misconception(
            _by_mode(sequence=_over_all_places, token=_over_all_places),
            "You divide by all places of the array, padding too: count the tokens of the mask instead.",
        ),
        Misconception(
            _by_mode(sequence=_of_answers_with_tokens),
            "An answer without tokens is missing in your n: it counts as 0 and stays among the answers.",
        ),
        Misconception(
            _by_mode(sequence=_without_guard, token=lambda x, mask: _total(x, mask) / np.sum(mask)),
            "Where there are no tokens you divide by 0: what should come out instead?",
        ),
        Misconception(
            _by_mode(sequence=_without_guard),
            "In the mode “sequence” you divide by 0 for an answer without tokens: what should it count as?",
        ),
        Misconception(
            _by_mode(token=lambda x, mask: _total(x, mask) / np.sum(mask)),
            "In the mode “token” you divide by 0 if the batch has no token: what should come out instead?",
        ),
        Misconception(
            _by_mode(constant=lambda x, mask, budget: _total(x, mask) / (budget or x.shape[1])),
            "In the mode “constant” your result grows with the number of answers: what else divides it?",
        ),
        Misconception(
            _by_mode(constant=lambda x, mask, budget: _total(x, mask) / len(x)),
            "In the mode “constant” a longer answer may count more, but the sum of each is over the budget.",
        ),
        Misconception(
            _by_mode(constant=_over_all_places),
            "In the mode “constant” you always take the length of the array: what if a budget is given?",
        ),
        Misconception(
            lambda x, mask, mode, budget=None: _total(x, mask) / np.sum(mask),
            "You return the mean over all tokens whatever the mode; the modes weigh the answers differently.",
        ),
        Misconception(
            _by_mode(
                sequence=_of_answers_with_tokens,
                constant=lambda x, mask, budget: _total(x, mask) / (budget or x.shape[1]),
            ),
            "Two habits of a library: here an answer without tokens stays in n, and “constant” divides by n.",
        ),
        Misconception(
            lambda x, mask, mode, budget=None: _total(x, mask),
            "This is the sum of all tokens: each mode divides it, and each by something else.",
        ),
        Misconception(
            lambda x, mask, mode, budget=None: -_by_mode()(x, mask, mode, budget),
            "This is the loss that a library minimises; here the values are only averaged.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _quadrants(rng: Generator, ratios: list[float] | Array, low: float = 0.3) -> tuple[Array, Array]:
    """Draw an advantage of either sign for each ratio, of a size between `low` and three times that."""
    order = rng.permutation(2 * len(ratios))
    advantages = np.repeat([-1, 1], len(ratios)) * rng.uniform(low, 3 * low, len(order))
    return np.tile(ratios, 2)[order], advantages[order]


def _around(rng: Generator, *ratios: float) -> Array:
    return np.array(ratios) * rng.uniform(0.97, 1.03, len(ratios))


def _both_signs(rng: Generator) -> tuple:
    return *_quadrants(rng, _around(rng, 0.4, 0.7, 0.9, 1.1, 1.35, 1.7), 0.8), 0.2, 0.5


def _one_positive(rng: Generator) -> tuple:
    return rng.permutation(_around(rng, 0.3, 0.8, 1.05, 1.22, 1.5, 2.0)), int(rng.integers(2, 9)), 0.1, 0.3


def _far_above(rng: Generator) -> tuple:
    return *_quadrants(rng, _around(rng, 0.5, 1.1, 2.0, 5.0, 8.0)), 0.2, 0.28, 3.0


def _one_ratio(rng: Generator) -> tuple:
    advantages = rng.permutation([-1, -1, 1, 1]) * rng.uniform(1, 2, 4)
    return rng.uniform(4, 6), advantages, 0.2, 0.3, rng.uniform(2, 3)


def _two_numbers(rng: Generator) -> tuple:
    return int(rng.integers(4, 7)), -rng.uniform(1, 2), 0.2, 0.4, rng.uniform(2, 3)


def _no_room(rng: Generator) -> tuple:
    return *_quadrants(rng, [0.6 + 0.2 * rng.random(), 1.0, 1.3 + 0.3 * rng.random()]), 0.0, 0.0


def _whole_ratios(rng: Generator) -> tuple:
    return *_quadrants(rng, [0, 1, 2, 3, 4]), 0.7, 1.5


def _whole_advantages(rng: Generator) -> tuple:
    ratio, advantage = _quadrants(rng, _around(rng, 0.5, 1.0, 1.3, 1.6, 3.5))
    return ratio, np.sign(advantage).astype(int) * rng.integers(2, 9, 10), 0.2, 1.9, 1.8


def _one_term(rng: Generator) -> tuple:
    return rng.uniform(4, 6, (1, 1)), -rng.uniform(1, 2, (1, 1)), 0.3, 0.5, 2.5


def _nothing_below(rng: Generator) -> tuple:
    return *_quadrants(rng, _around(rng, 0.1, 0.3, 1.2, 1.8, 2.5), 0.5), 1.5, 0.3


def _every_quadrant(rng: Generator) -> tuple:
    """Draw terms on all sides of the bounds and of c, and ratios and advantages of 0."""
    ratio, advantage = _quadrants(rng, [0.0, *_around(rng, 0.5, 1.1, 1.4, 2.0, 5.0, 8.0)])
    advantage[np.abs(ratio - 1.1) < 0.05] = 0.0
    return ratio.reshape(2, 7), advantage.reshape(2, 7), 0.2, 0.6, 3.0


def _clipped(ratio: Array, advantage: Array, low: float, high: float, choose: Callable = np.minimum) -> Array:
    return choose(ratio * advantage, np.clip(ratio, 1 - low, 1 + high) * advantage)


def _floored(term: Array, advantage: Array, dual: float | None) -> Array:
    """Return the terms with their floor, the right way."""
    if dual is None:
        return term
    return np.where(np.less(advantage, 0), np.maximum(term, np.multiply(dual, advantage)), term)


def _with_floor(terms: Callable) -> Callable:
    """Return the function of wrong terms with the right floor under them."""
    return lambda r, a, low, high, dual=None: _floored(terms(r, a, low, high), a, dual)


def _with_wrong_floor(floored: Callable) -> Callable:
    """Return the function of the right terms with a wrong floor."""

    def clip(r: Array, a: Array, low: float, high: float, dual: float | None = None) -> Array:
        term = _clipped(r, a, low, high)
        return term if dual is None else floored(term, a, dual)

    return clip


_decoupled_clip = Exercise(
    reference=solutions.decoupled_clip,
    points=3,
    cases=(
        Case("both signs of the advantage, below, inside and above the bounds", _both_signs, share=2),
        Case("one positive advantage", _one_positive),
        Case("dual of 3, ratios on both sides of it", _far_above),
        Case("one ratio above dual, advantages of either sign", _one_ratio),
        Case("two numbers, and dual", _two_numbers),
        Case("a lower bound that bounds nothing", _nothing_below),
        Case("bounds of zero, some ratios exactly one", _no_room, edge=True),
        Case("integer ratios", _whole_ratios, edge=True),
        Case("integer advantages, and dual below the upper bound", _whole_advantages, edge=True),
        Case("arrays of shape (1, 1)", _one_term, edge=True),
        Case(KEEPING, _every_quadrant, keeps_arguments=True),
    ),
    misconceptions=(
        Misconception(
            _with_floor(lambda r, a, low, high: _clipped(r, a, low, high, np.maximum)),
            "The term is pessimistic: of the two products, which one should it believe?",
        ),
        Misconception(
            _with_floor(lambda r, a, low, high: np.clip(r, 1 - low, 1 + high) * a),
            "You clip always; look at the quadrants in which the unclipped product is the smaller one.",
        ),
        Misconception(
            _with_floor(lambda r, a, low, high: r * a),
            "Nothing is clipped: what takes away the incentive to go further than the bounds?",
        ),
        Misconception(
            _with_floor(lambda r, a, low, high: np.minimum(r * a, np.clip(r * a, 1 - low, 1 + high))),
            "The bounds around 1 are for the ratio, not for its product with the advantage.",
        ),
        Misconception(
            _with_floor(lambda r, a, low, high: _clipped(r, a, high, low)),
            "The bounds are in each other's place: how far may the ratio fall, and how far rise?",
        ),
        Misconception(
            _with_floor(lambda r, a, low, high: _clipped(r, a, low, low)),
            "You clip above as far from 1 as below: which of the two numbers is for the upper side?",
        ),
        Misconception(
            _with_floor(lambda r, a, low, high: np.minimum(r * a, np.clip(r, 1 - low, high) * a)),
            "Your upper bound is ϵ itself; here it says how far above 1 the ratio may go.",
        ),
        Misconception(
            _with_floor(lambda r, a, low, high: np.minimum(r * a, np.clip(r, low, high) * a)),
            "Your bounds are the two ϵ themselves: they say how far below and above 1 the ratio may go.",
        ),
        Misconception(
            _with_floor(lambda r, a, low, high: np.minimum(r, 1 + high) * a),
            "Only the upper side is clipped: compare with the formula where the advantage is negative.",
        ),
        Misconception(
            lambda r, a, low, high, dual=None: _clipped(r, a, low, high),
            "With dual nothing changes: where the advantage is negative, how low may a term fall?",
        ),
        Misconception(
            _with_wrong_floor(lambda term, a, dual: np.maximum(term, np.multiply(dual, a))),
            "The floor lifts terms of positive advantages too: it is meant for the negative ones alone.",
        ),
        Misconception(
            _with_wrong_floor(
                lambda term, a, dual: np.where(np.less(a, 0), np.minimum(term, np.multiply(dual, a)), term)
            ),
            "A floor keeps a term from falling lower: which of the two does it take?",
        ),
        Misconception(
            _with_wrong_floor(lambda term, a, dual: np.where(np.less(a, 0), np.maximum(term, -dual), term)),
            "Your floor is the same for every sample; it is c times the advantage.",
        ),
        Misconception(
            lambda r, a, low, high, dual=None: -_floored(_clipped(r, a, low, high), a, dual),
            "This is the loss that a library minimises; the formula asked for is maximised.",
        ),
        Misconception(
            lambda r, a, low, high, dual=None: np.mean(_floored(_clipped(r, a, low, high), a, dual)),
            "One term for each sample is asked for; how they are averaged is another question.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _two_answers(rng: Generator) -> tuple:
    return tokens(rng, kept(rng, rng.permutation([2, 4]), 4))


def _answers(rng: Generator) -> tuple:
    return tokens(rng, _uneven(rng))


def _improbable(rng: Generator) -> tuple:
    return tokens(rng, kept(rng, rng.permutation([2, 3, 5]), 5), far=True)


def _empty_and_single(rng: Generator) -> tuple:
    return tokens(rng, kept(rng, rng.permutation([0, 1, 4]), 4))


def _whole_new(rng: Generator) -> tuple:
    drawn = tokens(rng, kept(rng, rng.permutation([2, 3, 4]), 5, gaps=True))
    return np.floor(drawn.logp_new).astype(int), drawn.logp_old, drawn.mask


def _whole_old(rng: Generator) -> tuple:
    drawn = tokens(rng, kept(rng, rng.permutation([2, 3, 4]), 5, gaps=True))
    return drawn.logp_new, np.floor(drawn.logp_old).astype(int), drawn.mask


def _one_of_one(rng: Generator) -> tuple:
    return tokens(rng, np.ones((1, 1), dtype=bool))


def _every_token(rng: Generator, low: float = 0.2, high: float = 0.2) -> tuple:
    """Draw answers in the first of which a token is certain, by both policies, one empty and one full."""
    drawn = tokens(rng, kept(rng, [4, 0, 1, 6], 6), low, high, far=True)
    for each in drawn[:2]:
        each[0, 1] = each[1, 0] = 0.0
    return drawn


def _masked_mean(values: Array, mask: Array) -> Array:
    return np.sum(values * mask, axis=1) / np.maximum(np.sum(mask, axis=1), 1)


_sequence_ratio = Exercise(
    reference=solutions.sequence_ratio,
    points=2,
    cases=(
        Case("two answers, one longer than the other", _two_answers),
        Case("answers of different lengths", _answers),
        Case("log-probabilities near −1000", _improbable),
        Case("an answer without tokens, and one with a single token", _empty_and_single),
        Case("integer log-probabilities of the new policy, gaps in the mask", _whole_new, edge=True),
        Case("integer log-probabilities of the old policy, gaps in the mask", _whole_old, edge=True),
        Case("one answer of one token, arrays of shape (1, 1)", _one_of_one, edge=True),
        Case(KEEPING, _every_token, keeps_arguments=True),
    ),
    misconceptions=(
        Misconception(
            lambda new, old, mask: np.exp(np.sum((new - old) * mask, axis=1)),
            "This is the product of the tokens' ratios: what makes answers of different lengths comparable?",
        ),
        *(
            Misconception(
                average, "You average the ratios themselves: their geometric mean averages the logarithms."
            )
            for average in (
                lambda new, old, mask: np.where(np.any(mask, 1), _masked_mean(np.exp(new - old), mask), 1),
                lambda new, old, mask: np.sum(np.exp(new - old) * mask, axis=1) / np.sum(mask, axis=1),
            )
        ),
        Misconception(
            lambda new, old, mask: np.exp(np.sum((new - old) * mask, axis=1) / mask.shape[1]),
            "You divide by the length of the array: how many tokens has each answer?",
        ),
        Misconception(
            lambda new, old, mask: np.exp(np.mean(new - old, axis=1)),
            "Padding counts in your ratio: which entries of the arrays are tokens of an answer?",
        ),
        Misconception(
            lambda new, old, mask: _masked_mean(new - old, mask),
            "This is the logarithm of the ratio; one step is missing to the ratio itself.",
        ),
        Misconception(
            lambda new, old, mask: np.exp(_masked_mean(old - new, mask)),
            "A ratio above 1 should mean that the new policy makes the answer more probable.",
        ),
        Misconception(
            lambda new, old, mask: np.exp(np.sum((new - old) * mask, axis=1) / np.sum(mask, axis=1)),
            "Where an answer has no tokens you divide by 0: nothing has changed there, so what is its ratio?",
        ),
        Misconception(
            lambda new, old, mask: np.where(np.any(mask, 1), np.exp(_masked_mean(new - old, mask)), 0),
            "An answer without tokens has changed nothing: which ratio says so?",
        ),
        Misconception(
            lambda new, old, mask: (
                (np.exp(np.sum(new * mask, 1)) / np.exp(np.sum(old * mask, 1)))
                ** (1 / np.maximum(np.sum(mask, axis=1), 1))
            ),
            "Try log-probabilities of −1000: each probability alone is 0 in floating point, "
            "their ratio is not.",
        ),
        Misconception(
            lambda new, old, mask: np.sum(new * mask, axis=1) / np.sum(old * mask, axis=1),
            "These are logarithms: dividing them does not divide the probabilities.",
        ),
        Misconception(
            lambda new, old, mask: np.exp(np.sum((new - old) * mask) / max(np.sum(mask), 1)),
            "This is one ratio for the whole batch; each answer has its own.",
        ),
        Misconception(
            lambda new, old, mask: np.where(mask, np.exp(new - old), 1.0),
            "This is one ratio for each token; GSPO has one for each answer.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _advantages(rng: Generator, n: int) -> Array:
    """Draw one advantage for each answer, of either sign by turns."""
    return rng.choice([-1, 1]) * np.resize([-1, 1], n) * rng.uniform(1, 2, n)


def _two_answers_of_a_batch(rng: Generator) -> tuple:
    drawn = tokens(rng, np.ones((2, 3), dtype=bool), 0.2, 0.5)
    return *drawn[:2], _advantages(rng, 2), drawn.mask, 0.2, 0.5


def _batch(rng: Generator) -> tuple:
    drawn = tokens(rng, kept(rng, rng.permutation([3, 4, 5, 6]), 6), 0.2, 0.5)
    return *drawn[:2], _advantages(rng, 4), drawn.mask, 0.2, 0.5


def _far_batch(rng: Generator) -> tuple:
    drawn = tokens(rng, kept(rng, rng.permutation([3, 4]), 5), 0.3, 0.4, far=True)
    return *drawn[:2], _advantages(rng, 2), drawn.mask, 0.3, 0.4


def _unbounded_below(rng: Generator) -> tuple:
    drawn = tokens(rng, kept(rng, rng.permutation([3, 4, 5]), 5), 0.4, 0.3)
    return *drawn[:2], _advantages(rng, 3), drawn.mask, 10.0, 0.3


def _square_batch(rng: Generator) -> tuple:
    drawn = tokens(rng, kept(rng, [3, 1, 2, 4], 4, gaps=True), 0.2, 0.3)
    return *drawn[:2], _advantages(rng, 4), drawn.mask, 0.2, 0.3


def _bounds_of_zero(rng: Generator) -> tuple:
    drawn = tokens(rng, kept(rng, [3, 4], 4), 0.0, 0.0, exactly_one=True)
    return *drawn[:2], _advantages(rng, 2), drawn.mask, 0.0, 0.0


def _whole_new_batch(rng: Generator) -> tuple:
    new, old, mask = _whole_new(rng)
    return (
        new,
        np.where(mask, new - np.log(0.5 + rng.random(new.shape)), old),
        _advantages(rng, 3),
        mask,
        2,
        2,
    )


def _whole_old_batch(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([2, 3, 4]), 4)
    old = rng.integers(-4, -2, mask.shape)
    ratio = np.where(mask, rng.uniform(0.6, 1.4, mask.shape), 0.01)
    return old + np.log(ratio), old, whole(rng, 3), mask, 0.5, 0.6


def _no_tokens(rng: Generator) -> tuple:
    drawn = tokens(rng, np.zeros((2, 3), dtype=bool))
    return *drawn[:2], _advantages(rng, 2), drawn.mask, 0.2, 0.2


def _one_token_batch(rng: Generator) -> tuple:
    drawn = tokens(rng, np.ones((1, 1), dtype=bool))
    return *drawn[:2], signed(rng, 1), drawn.mask, 0.2, 0.3


def _every_token_batch(rng: Generator) -> tuple:
    drawn = tokens(rng, kept(rng, [5, 0, 6, 4, 6], 6), 0.2, 0.5, far=True)
    for each in drawn[:2]:
        each[0, 1] = each[1, 0] = 0.0
    return *drawn[:2], np.array([1, 1, -1, 0, 1]) * rng.uniform(1, 2, 5), drawn.mask, 0.2, 0.5


def _bounded(ratio: Array, low: float, high: float) -> Array:
    return np.clip(ratio, 1 - low, 1 + high)


def _cispo(weights: Callable = _bounded, divisor: Callable = lambda mask: max(np.sum(mask), 1)) -> Callable:
    """Return the gradient with other weights, or over another divisor."""

    def gradient(new: Array, old: Array, adv: Array, mask: Array, low: float, high: float) -> Array:
        terms = weights(np.exp(new - old), low, high) * adv[:, None]
        return np.where(mask, terms, 0.0) / divisor(mask)

    return gradient


def _unguarded_too(weights: Callable, sentence: str) -> tuple[Misconception, Misconception]:
    """Return the misconception of these weights, also for whoever divides by 0 where there is no token."""
    return Misconception(_cispo(weights), sentence), Misconception(_cispo(weights, np.sum), sentence)


def _like_ppo(new: Array, old: Array, adv: Array, mask: Array, low: float, high: float) -> Array:
    ratio, adv = np.exp(new - old), adv[:, None]
    alive = ratio * adv <= _bounded(ratio, low, high) * adv
    return np.where(mask & alive, ratio * adv, 0.0) / max(np.sum(mask), 1)


def _through_the_weight(new: Array, old: Array, adv: Array, mask: Array, low: float, high: float) -> Array:
    """Differentiate the clipped ratio too, by the product rule."""
    ratio = np.exp(new - old)
    slope = np.where(ratio == _bounded(ratio, low, high), ratio * new, 0.0)
    terms = (_bounded(ratio, low, high) + slope) * adv[:, None]
    return np.where(mask, terms, 0.0) / max(np.sum(mask), 1)


def _terms_of_cispo(
    new: Array,
    old: Array,
    adv: Array,
    mask: Array,
    low: float,
    high: float,
    divisor: Callable = lambda mask: max(np.sum(mask), 1),
) -> Array:
    return _cispo(lambda r, low, high: _bounded(r, low, high) * new, divisor)(new, old, adv, mask, low, high)


def _of_the_ratio(ratio: Array, adv: Array, mask: Array, low: float, high: float) -> Array:
    return np.where(mask, _bounded(ratio, low, high) * adv[:, None], 0.0) / max(np.sum(mask), 1)


_cispo_gradient = Exercise(
    reference=solutions.cispo_gradient,
    points=3,
    cases=(
        Case("both signs of the advantage, below, inside and above the bounds", _two_answers_of_a_batch),
        Case("answers of different lengths", _batch),
        Case("log-probabilities near −1000, ratios as far as exp(±50)", _far_batch),
        Case("a lower bound that bounds nothing", _unbounded_below),
        Case("as many answers as places, gaps in the mask", _square_batch),
        Case("bounds of zero, some ratios exactly one", _bounds_of_zero, edge=True),
        Case("integer log-probabilities of the new policy, and integer bounds", _whole_new_batch, edge=True),
        Case(
            "integer log-probabilities of the old policy, and integer advantages", _whole_old_batch, edge=True
        ),
        Case("no token at all", _no_tokens, edge=True),
        Case("a single token, arrays of shape (1, 1)", _one_token_batch, edge=True),
        Case(KEEPING, _every_token_batch, share=2, keeps_arguments=True),
    ),
    misconceptions=(
        Misconception(
            _like_ppo,
            "This is PPO's gradient, which dies outside the bounds; here a clipped ratio stays a weight.",
        ),
        *_unguarded_too(
            lambda r, low, high: np.where(r == _bounded(r, low, high), r, 0.0),
            "Where the ratio is clipped your gradient is 0: the weight is constant, but log π still moves.",
        ),
        Misconception(
            _through_the_weight,
            "You differentiate the weight as well: sg says that it is held constant.",
        ),
        *(
            Misconception(
                terms, "These are the terms of the objective, not their slopes with respect to log π."
            )
            for terms in (_terms_of_cispo, lambda *given: _terms_of_cispo(*given, divisor=np.sum))
        ),
        *_unguarded_too(
            lambda r, low, high: r,
            "Your weights are not bounded: what becomes of a ratio outside the bounds?",
        ),
        *_unguarded_too(
            lambda r, low, high: np.ones_like(r),
            "Your weights are all 1: the samples are of the old policy, and what puts that right?",
        ),
        *_unguarded_too(
            lambda r, low, high: np.clip(r, 1 - high, 1 + low),
            "The bounds are in each other's place: how far may the ratio fall, and how far rise?",
        ),
        *_unguarded_too(
            lambda r, low, high: np.minimum(r, high),
            "Your cap is ϵ itself, as in one library; here it says how far above 1 a weight may go.",
        ),
        *_unguarded_too(
            lambda r, low, high: np.minimum(r, 1 + high),
            "Only the upper side is bounded: what is the smallest weight of a token?",
        ),
        Misconception(
            _cispo(divisor=lambda mask: len(mask)),
            "You divide by the number of answers: the mean is over the tokens of the batch.",
        ),
        Misconception(
            _cispo(divisor=lambda mask: len(mask) * np.maximum(np.sum(mask, axis=1, keepdims=True), 1)),
            "You average within each answer first: here every token of the batch has the same weight.",
        ),
        Misconception(
            _cispo(divisor=lambda mask: mask.size),
            "You divide by all places of the arrays: how many of them hold a token?",
        ),
        Misconception(
            _cispo(divisor=lambda mask: 1),
            "The objective is a mean over the tokens: what does that do to the derivative in one of them?",
        ),
        Misconception(
            lambda new, old, adv, mask, low, high: _cispo()(new, old, adv, np.ones_like(mask), low, high),
            "Padding has a gradient in your result: which entries of the arrays are tokens of an answer?",
        ),
        Misconception(
            lambda new, old, adv, mask, low, high: (
                _bounded(np.exp(new - old), low, high) * adv[:, None] / max(np.sum(mask), 1)
            ),
            "You count the right tokens, but padding has a gradient too: what should stand there?",
        ),
        Misconception(
            lambda new, old, adv, mask, low, high: (
                np.where(mask, _bounded(np.exp(new - old), low, high) * adv, 0.0) / max(np.sum(mask), 1)
            ),
            "One advantage belongs to one answer: along which axis do the tokens of an answer lie?",
        ),
        Misconception(
            lambda new, old, adv, mask, low, high: -_cispo()(new, old, adv, mask, low, high),
            "This is the gradient of the loss that a library minimises; the objective here is maximised.",
        ),
        Misconception(
            _cispo(divisor=np.sum),
            "If the batch has no token you divide by 0: what is the gradient then?",
        ),
        *wrong_ratios(_of_the_ratio, "token"),
    ),
    **SINGLE_PRECISION,
)


def _near(rng: Generator) -> tuple:
    """Draw six log-probabilities of which the policy likes three better than the reference does."""
    return samples(rng, 0.3, 6)[:2]


def _far_apart(rng: Generator) -> tuple:
    reference = coarse(rng.uniform(-950, -850, (2, 3)))
    return reference + coarse(rng.permutation([-45.0, -8, -0.5, 0.75, 12, 40]) * 1.1).reshape(2, 3), reference


def _numbers(rng: Generator) -> tuple:
    return rng.uniform(-3, -2), rng.uniform(-5, -4)


def _whole_policy(rng: Generator) -> tuple:
    return rng.integers(-4, 0, 4), rng.uniform(-1.5, -1)


def _whole_reference(rng: Generator) -> tuple:
    return rng.uniform(-2, -1, (1, 1)), rng.integers(-4, -2, (1, 1))


def _liked_less(rng: Generator) -> tuple:
    return rng.uniform(-4, -3), rng.uniform(-2, -1, (2, 2))


def _every_pair(rng: Generator) -> tuple:
    """Draw samples that the policy likes better, as much, and less, and one that is certain for both."""
    drawn = samples(rng, 0.2, 3, 4, far=True)
    equal = -rng.uniform(1, 2)
    return np.vstack([drawn.logp_new, [0, -2, 0, equal]]), np.vstack([drawn.logp_old, [-3, 0, 0, equal]])


_PAIRS = (
    Case("what the policy likes better than the reference, and what less", _near, share=2),
    Case("log-probabilities near −1000, as far apart as 50", _far_apart),
    Case("one number of the policy, below all of the reference", _liked_less),
    Case("two numbers", _numbers),
    Case("integers of the policy, and one number", _whole_policy, edge=True),
    Case("arrays of shape (1, 1), integers of the reference", _whole_reference, edge=True),
    Case(KEEPING, _every_pair, keeps_arguments=True),
)


def _three(x: Array) -> tuple:
    """Return the estimates from log(π/π_ref)."""
    return x, np.square(x) / 2, np.exp(-x) - 1 + x


_kl_estimates = Exercise(
    reference=solutions.kl_estimates,
    points=2,
    cases=_PAIRS,
    misconceptions=(
        Misconception(
            lambda p, q: (q - p, *_three(p - q)[1:]),
            "Check the sign of k1: averaged over the policy it is the divergence, which is not negative.",
        ),
        Misconception(
            lambda p, q: _three(q - p),
            "Policy and reference are in each other's place: from whom do the samples come?",
        ),
        Misconception(
            lambda p, q: (*_three(p - q)[:2], _three(q - p)[2]),
            "In k3 the ratio is turned round: which policy stands in the numerator?",
        ),
        Misconception(
            lambda p, q: (*_three(p - q)[:2], np.exp(q - p) - 1 - (p - q)),
            "Check the sign of the logarithm in k3: where both policies are close, its terms should cancel.",
        ),
        Misconception(
            lambda p, q: (*_three(p - q)[:2], np.exp(q - p) + (p - q)),
            "Your k3 is 1 where both policies agree: what is it there by the formula?",
        ),
        Misconception(
            lambda p, q: (*_three(p - q)[:2], np.exp(q - p) - 1),
            "Your k3 is the part whose mean is 0 and nothing else: what does it steady?",
        ),
        Misconception(
            lambda p, q: (p - q, np.square(p - q), _three(p - q)[2]),
            "Check the factor of k2: which parabola touches a divergence at 0?",
        ),
        Misconception(
            lambda p, q: (p - q, np.square(p - q) / 2, (p - q) + np.exp(q) / np.exp(p) - 1),
            "Try log-probabilities of −1000: each probability alone is 0 in floating point, "
            "their ratio is not.",
        ),
        Misconception(
            lambda p, q: _three(np.log(np.divide(p, q))),
            "The arguments are logarithms already: the logarithm of a ratio is their difference.",
        ),
        Misconception(
            lambda p, q: _three(np.exp(p) - np.exp(q)),
            "You subtract probabilities, but the estimates are made of the difference of their logarithms.",
        ),
        Misconception(
            lambda p, q: tuple(np.exp(p) * each for each in _three(p - q)),
            "You multiply by π: a mean over samples of the policy does that already.",
        ),
        Misconception(
            lambda p, q: tuple(map(np.mean, _three(p - q))),
            "One estimate for each sample is asked for; you return their means.",
        ),
        Misconception(
            lambda p, q: (np.abs(p - q), *_three(p - q)[1:]),
            "Your k1 is never negative: a single sample's may well be, and only its mean is not.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _slopes(x: Array) -> tuple:
    """Return the derivatives from log(π/π_ref)."""
    return np.ones_like(x, dtype=float), x, 1 - np.exp(-x)


_kl_estimate_gradients = Exercise(
    reference=solutions.kl_estimate_gradients,
    points=2,
    cases=_PAIRS,
    misconceptions=(
        Misconception(
            lambda p, q: (np.zeros_like(p - q, dtype=float), *_slopes(p - q)[1:]),
            "On average k1's gradient does nothing, but its derivative at one sample is not 0.",
        ),
        Misconception(
            lambda p, q: _three(p - q),
            "These are the estimates themselves; their derivatives with respect to log π are asked for.",
        ),
        Misconception(
            lambda p, q: tuple(-each for each in _slopes(p - q)),
            "This is the derivative with respect to log π_ref, which is held constant here.",
        ),
        Misconception(
            lambda p, q: (*_slopes(p - q)[:2], _slopes(q - p)[2]),
            "In the derivative of k3 the ratio is turned round: which policy stands in the numerator?",
        ),
        Misconception(
            lambda p, q: (*_slopes(p - q)[:2], np.exp(p - q) - 1),
            "This differentiates a k3 whose ratio is turned round: which policy stands in its numerator?",
        ),
        Misconception(
            lambda p, q: _slopes(np.log(np.divide(p, q))),
            "The arguments are logarithms already: the logarithm of a ratio is their difference.",
        ),
        Misconception(
            lambda p, q: (*_slopes(p - q)[:2], np.exp(q - p) - 1),
            "Check the sign of k3's derivative: what the policy likes too much should become less probable.",
        ),
        Misconception(
            lambda p, q: (*_slopes(p - q)[:2], -np.exp(q - p)),
            "In k3 you differentiate the ratio alone: log π stands in it a second time.",
        ),
        Misconception(
            lambda p, q: (*_slopes(p - q)[:2], 1 + np.exp(q - p)),
            "Check the chain rule in k3: how does π_ref/π change when log π grows?",
        ),
        Misconception(
            lambda p, q: (1.0 + 0 * (p - q), 2 * (p - q), _slopes(p - q)[2]),
            "Check the factor of k2's derivative: what becomes of the one half in front of a square?",
        ),
        Misconception(
            lambda p, q: (1.0 + 0 * (p - q), q - p, _slopes(p - q)[2]),
            "Check the sign of k2's derivative: above the reference, k2 grows with log π.",
        ),
        Misconception(
            lambda p, q: (_slopes(p - q)[0], p - q, p - q),
            "To first order the last two are alike, but far from the reference they are not: "
            "differentiate the exponential.",
        ),
        Misconception(
            lambda p, q: tuple(each / np.exp(p) for each in _slopes(p - q)),
            "These are derivatives with respect to π: one factor is missing to log π.",
        ),
        Misconception(
            lambda p, q: (_slopes(p - q)[0], p - q, 1 - np.exp(q) / np.exp(p)),
            "Try log-probabilities of −1000: each probability alone is 0 in floating point, "
            "their ratio is not.",
        ),
        Misconception(
            lambda p, q: (1.0, *_slopes(p - q)[1:]),
            "The derivative of k1 is the same number for every sample, but each sample has one.",
        ),
        Misconception(
            lambda p, q: tuple(map(np.mean, _slopes(p - q))),
            "One derivative for each sample is asked for; you return their means.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _engines(rng: Generator, mask: Array, *, far: bool = False) -> tuple[Array, Array]:
    """Draw tokens whose weights lie below 1/2, between, and above 2."""
    return tokens(rng, mask, 0.5, 1.0, far=far)[:2]


def _with_products(rng: Generator, mask: Array, logarithms: Array) -> tuple[Array, Array]:
    """Draw tokens of which the weights of each answer have a product with this logarithm."""
    train, rollout = _engines(rng, mask)
    off = np.sum((train - rollout) * mask, axis=1) - logarithms
    return train, np.minimum(rollout + mask * off[:, None] / np.maximum(np.sum(mask, 1, keepdims=True), 1), 0)


def _truncated(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([2, 3]), 3)
    return *_engines(rng, mask), mask, 2.0, "token"


def _truncated_products(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([2, 3, 4]), 4)
    logarithms = rng.permutation([-2.0, 0.5, 2.0]) * rng.uniform(0.9, 1.1)
    return *_with_products(rng, mask, logarithms), mask, 3.0, "sequence"


def _masked_tokens(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([3, 4, 5]), 5, gaps=True)
    return *_engines(rng, mask), mask, 2.0, "token", 0.5


def _masked_products(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([2, 3, 4]), 5, gaps=True)
    logarithms = rng.permutation([-2.0, 0.5, 2.0]) * rng.uniform(0.9, 1.1)
    return *_with_products(rng, mask, logarithms), mask, 3.0, "sequence", 0.3


def _empty_products(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([0, 1, 3]), 3)
    return *_with_products(rng, mask, -rng.uniform(0.4, 0.8, 3)), mask, 0.8, "sequence"


def _improbable_tokens(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([3, 4]), 4)
    return *_engines(rng, mask, far=True), mask, 2.0, "token"


def _whole_train(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([2, 3, 4]), 4)
    train = rng.integers(-4, -2, mask.shape)
    return train, train - _logarithms(rng, mask), mask, 9, "sequence", 0.01


def _whole_rollout(rng: Generator) -> tuple:
    mask = kept(rng, rng.permutation([2, 3, 4]), 4)
    rollout = rng.integers(-4, -2, mask.shape)
    return rollout + _logarithms(rng, mask), rollout, mask, 9, "sequence", 0.01


def _logarithms(rng: Generator, mask: Array) -> Array:
    """Draw logarithms of weights near 1, and far below in the padding."""
    return np.log(np.where(mask, rng.uniform(0.6, 1.4, mask.shape), 0.2))


def _nothing_too_small(rng: Generator) -> tuple:
    """Draw one weight below the cap, one that is the cap and one above it."""
    rollout = rng.uniform(-3, -2, (1, 3))
    weights = rng.permuted(np.append(_around(rng, 0.3, 1.5), 1.0)[None], axis=1)
    return rollout + np.log(weights), rollout, np.ones((1, 3), dtype=bool), 1.0, "token", 0.0


def _one_product(rng: Generator) -> tuple:
    rollout = rng.integers(-5, -1, (1, 1))
    return rollout - 1, rollout, np.ones((1, 1), dtype=bool), rng.uniform(2, 3), "sequence"


def _every_weight(rng: Generator) -> tuple:
    """Draw weights of which some are `low` itself, those of tokens that both engines are certain of."""
    train, rollout, mask = _every_token(rng, 0.5, 1.0)
    train[3, 0] = rollout[3, 0] + coarse(rng.uniform(0.2, 0.6))
    return train, rollout, mask, 2.0, "token", 1.0


def _weights(
    product: Callable = lambda x, mask: np.exp(np.sum(x * mask, axis=1)),
    token: Callable = lambda x, mask: np.exp(x),
    bound: Callable = lambda w, cap, low: (
        np.minimum(w, cap) if low is None else np.where((w >= low) & (w <= cap), w, 0.0)
    ),
    padding: float = 0.0,
) -> Callable:
    """Return the weights with another product, another weight of a token, other bounds or other padding."""

    def weights(
        train: Array, rollout: Array, mask: Array, cap: float, level: str, low: float | None = None
    ) -> Array:
        if level == "sequence":
            return bound(product(train - rollout, mask), cap, low)
        return np.where(mask, bound(token(train - rollout, mask), cap, low), padding)

    return weights


def _capped_tokens(
    train: Array, rollout: Array, mask: Array, cap: float, level: str, low: float | None = None
) -> Array:
    """Bound each token's weight, and only then multiply."""
    weights = _weights()(train, rollout, mask, cap, "token", low)
    return np.prod(np.where(mask, weights, 1.0), axis=1) if level == "sequence" else weights


def _broadcast(
    train: Array, rollout: Array, mask: Array, cap: float, level: str, low: float | None = None
) -> Array:
    weights = _weights()(train, rollout, mask, cap, level, low)
    return weights[:, None] * mask if level == "sequence" else weights


_rollout_weights = Exercise(
    reference=solutions.rollout_weights,
    points=3,
    cases=(
        Case("a weight for each token, with a cap", _truncated, share=2),
        Case("a weight for each answer, with a cap", _truncated_products, share=2),
        Case("a weight for each token, with low", _masked_tokens),
        Case("a weight for each answer, with low", _masked_products),
        Case("an answer without tokens, a weight for each answer, a cap below 1", _empty_products),
        Case("log-probabilities near −1000, ratios as far as exp(±50)", _improbable_tokens),
        Case("integer log-probabilities of the trained policy, a wide range", _whole_train, edge=True),
        Case("integer log-probabilities of the sampler, a wide range", _whole_rollout, edge=True),
        Case(
            "three tokens of one answer, one of them at the cap, low of zero", _nothing_too_small, edge=True
        ),
        Case("one answer of one token, integer log-probabilities", _one_product, edge=True),
        Case(KEEPING, _every_weight, share=3, keeps_arguments=True),
    ),
    misconceptions=(
        Misconception(
            lambda train, rollout, *rest: _weights()(rollout, train, *rest),
            "The ratio is turned round: whoever has sampled stands in the denominator.",
        ),
        Misconception(
            _weights(bound=lambda w, cap, low: np.clip(w, low, cap)),
            "With low you move weights to the edge of the range: outside it they should be 0.",
        ),
        Misconception(
            _weights(bound=lambda w, cap, low: np.where(w < (low or 0), 0.0, np.minimum(w, cap))),
            "With low, too large a weight is left out as well; you still cap it.",
        ),
        Misconception(
            _weights(bound=lambda w, cap, low: np.minimum(w, cap)),
            "Your weights never read low: what becomes of those outside its range?",
        ),
        Misconception(
            _weights(bound=lambda w, cap, low: np.where((w >= (low or 0)) & (w <= cap), w, 0.0)),
            "Without low, too large a weight is capped and not left out.",
        ),
        Misconception(
            _weights(bound=lambda w, cap, low: w),
            "Your weights are not bounded: the cap is what keeps their variance finite.",
        ),
        Misconception(
            _weights(product=lambda x, mask: np.exp(_masked_mean(x, mask))),
            "This is GSPO's geometric mean; the weight of an answer is the whole product over its tokens.",
        ),
        Misconception(
            _weights(product=lambda x, mask: np.sum(np.exp(x) * mask, axis=1)),
            "You add the tokens' weights: the probabilities of the tokens of an answer multiply.",
        ),
        Misconception(
            _weights(product=lambda x, mask: _masked_mean(np.exp(x), mask)),
            "You average the tokens' weights: the weight of an answer is their product.",
        ),
        Misconception(
            _capped_tokens,
            "For an answer you bound each token's weight first: the bounds are for the product.",
        ),
        Misconception(
            _weights(
                product=lambda x, mask: np.exp(np.sum(x, axis=1)),
                token=lambda x, mask: np.exp(x),
                padding=1.0,
            ),
            "Padding counts in both levels: it is no part of a product, and its own weight is 0.",
        ),
        Misconception(
            _weights(product=lambda x, mask: np.exp(np.sum(x, axis=1))),
            "In the product over an answer padding counts too: which entries of the arrays are tokens?",
        ),
        Misconception(
            _weights(product=lambda x, mask: np.prod(np.exp(x) * mask, axis=1)),
            "One place of padding makes the product over an answer 0: which factor leaves it as it is?",
        ),
        Misconception(
            lambda train, rollout, mask, *rest: (
                _weights()(train, rollout, np.ones_like(mask), *rest)
                if rest[1] == "token"
                else _weights()(train, rollout, mask, *rest)
            ),
            "A place of padding has a weight in your result: what should stand there?",
        ),
        Misconception(
            _weights(padding=1.0),
            "Padding has the weight 1 in your result: what should stand where there is no token?",
        ),
        Misconception(
            _weights(product=lambda x, mask: np.exp(np.sum(x * mask, axis=1)) * np.any(mask, axis=1)),
            "An answer without tokens has a product of nothing, which is 1.",
        ),
        Misconception(
            _weights(product=lambda x, mask: np.sum(x * mask, axis=1), token=lambda x, mask: x),
            "What you bound is the logarithm of the weight: it is 0, not 1, where both engines agree.",
        ),
        Misconception(
            lambda train, rollout, mask, cap, level, low=None: _weights()(
                train, rollout, mask, cap, "token", low
            ),
            "You return a weight for each token also where one for each answer is asked for.",
        ),
        Misconception(
            _broadcast,
            "For answers you return a weight in every place; one for each answer is asked for.",
        ),
        Misconception(
            lambda train, rollout, mask, cap, level, low=None: _weights(
                token=lambda x, mask: np.exp(train) / np.exp(rollout),
                product=lambda x, mask: (
                    np.exp(np.sum(train * mask, axis=1)) / np.exp(np.sum(rollout * mask, axis=1))
                ),
            )(train, rollout, mask, cap, level, low),
            "Try log-probabilities of −1000: each probability alone is 0 in floating point, "
            "their ratio is not.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _three_stretches(rng: Generator) -> tuple:
    limit, buffer = rng.integers(90, 110), rng.integers(30, 40)
    inside = limit - buffer + rng.integers(1, buffer, 4)
    return rng.permutation([limit - buffer - 7, *inside, limit + 9]), int(limit), int(buffer)


def _one_length(rng: Generator) -> tuple:
    return rng.uniform(45, 55), 60, rng.uniform(20, 30)


def _ends(rng: Generator) -> tuple:
    limit, buffer = int(rng.integers(50, 60)), int(rng.integers(11, 19))
    edges = np.array([limit - buffer, limit])
    return np.concatenate([edges - 1, edges, edges + 1]), limit, buffer


def _mean_lengths(rng: Generator) -> tuple:
    return rng.uniform([[1, 25, 32]], [[20, 31, 39]], (2, 3)), 40.0, 16.0 + rng.random()


def _buffer_alone(rng: Generator) -> tuple:
    limit = int(rng.integers(30, 50))
    return rng.permutation(limit - 1)[:5] + 1, limit, limit


def _one_answer(rng: Generator) -> tuple:
    return rng.integers(45, 55, (1, 1)), 60, int(rng.integers(17, 29))


def _every_length(rng: Generator) -> tuple:
    lengths = np.array([[0.0, 35, 55], [60, 66, 71], [77, 80, 95]]) + [[0], [1], [1]] * rng.random((3, 3))
    return lengths, 80, rng.uniform(28, 32)


def _penalty(lengths: Array, limit: float, buffer: float) -> Array:
    """Return the penalty before it is bounded on either side."""
    return np.subtract(limit - buffer, lengths) / buffer


def _for_one_length(length: float, limit: float, buffer: float) -> float:
    if length <= limit - buffer:
        return 0 * length
    return _penalty(length, limit, buffer) if length <= limit else 0 * length - 1


_overlong_penalty = Exercise(
    reference=solutions.overlong_penalty,
    points=2,
    cases=(
        Case("short, longer and too long answers", _three_stretches, share=2),
        Case("one length", _one_length),
        Case("lengths at both ends of the buffer", _ends),
        Case("mean lengths, arrays of shape (2, 3)", _mean_lengths, edge=True),
        Case("a buffer as long as the limit", _buffer_alone, edge=True),
        Case("one answer, an array of shape (1, 1)", _one_answer, edge=True),
        Case(KEEPING, _every_length, keeps_arguments=True),
    ),
    misconceptions=(
        Misconception(
            lambda n, limit, buffer: -np.clip(_penalty(n, limit, buffer), -1, 0),
            "A penalty that is added to the reward lowers it: check the sign.",
        ),
        Misconception(
            lambda n, limit, buffer: np.minimum(_penalty(n, limit, buffer), 0),
            "Beyond the limit your penalty goes on growing: how large is it at most?",
        ),
        Misconception(
            lambda n, limit, buffer: np.maximum(_penalty(n, limit, buffer), -1),
            "You reward short answers: before the buffer begins, nothing is added.",
        ),
        Misconception(
            lambda n, limit, buffer: _penalty(n, limit, buffer),
            "The line runs on to both sides: what is the penalty before the buffer, and beyond the limit?",
        ),
        Misconception(
            lambda n, limit, buffer: np.where(np.greater(n, limit), -1.0, 0.0),
            "This is the hard cut; the buffer makes the penalty grow bit by bit up to the limit.",
        ),
        Misconception(
            lambda n, limit, buffer: np.where(np.greater(n, limit - buffer), -1.0, 0.0),
            "Within the buffer your penalty is whole at once: how does it grow up to the limit?",
        ),
        Misconception(
            lambda n, limit, buffer: np.clip(np.subtract(limit, n) / buffer, -1, 0),
            "Your penalty begins at the limit, but the buffer lies before it.",
        ),
        Misconception(
            lambda n, limit, buffer: np.clip(np.subtract(limit - buffer, n) / limit, -1, 0),
            "At the limit the penalty should be −1: over which length does it grow from 0?",
        ),
        Misconception(
            lambda n, limit, buffer: (
                np.clip(np.subtract(buffer, n) / (limit - buffer), -1, 0)
                if limit > buffer
                else np.where(np.greater(n, buffer), -1.0, 0.0)
            ),
            "You take the buffer for the length at which the penalty begins; it is how long it grows.",
        ),
        Misconception(
            lambda n, limit, buffer: np.where(
                np.greater(n, limit), -1.0, np.where(np.greater(n, limit - buffer), -np.divide(n, limit), 0.0)
            ),
            "Where the buffer begins your penalty jumps: from which length on do you count?",
        ),
        Misconception(
            lambda n, limit, buffer: np.where(
                np.greater(n, limit), 0.0, np.clip(_penalty(n, limit, buffer), -1, 0)
            ),
            "Beyond the limit your penalty is 0 again: the longest answers are those to punish most.",
        ),
        Misconception(
            lambda n, limit, buffer: np.where(
                np.greater(n, limit), -1.0, np.clip(-_penalty(n, limit, buffer), 0, 1)
            ),
            "Within the buffer your penalty is positive, beyond it negative: check its sign.",
        ),
        Misconception(
            _for_one_length,
            "An if asks for one truth value, but the lengths may be an array: choose in each entry.",
        ),
        Misconception(
            lambda n, limit, buffer: np.sum(np.clip(_penalty(n, limit, buffer), -1, 0)),
            "Each answer has its own penalty; you return one number for all.",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (
    _rloo_advantages,
    _aggregate_tokens,
    _decoupled_clip,
    _sequence_ratio,
    _cispo_gradient,
    _kl_estimates,
    _kl_estimate_gradients,
    _rollout_weights,
    _overlong_penalty,
)
