"""What is graded about `solutions.policy_gradient`."""

import numpy as np

import solutions
from autograder.exercises._drawing import coarse, discount, every_sign, extreme, signed, whole
from autograder.exercises._formulas import UNSTABLE, backwards, onehot, softmax, unstable_softmax
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator


def _extreme(rng: Generator) -> Array:
    """Draw three rows of four logits near ±1000; no row has only one probable action."""
    low = np.array([[-1000.0], [0.0]]) + coarse(signed(rng, 2, 4))
    low[:, -1] -= 900
    return np.vstack([extreme(rng), low])


def _every_row(rng: Generator) -> Array:
    """Draw the rows near ±1000, and one of usual size with a 0 and two equal best actions."""
    return np.vstack([_extreme(rng), rng.permutation([0.0, 1.5, 1.5, -0.5])])


def _small_integers(rng: Generator, rows: int, actions: int) -> Array:
    """Draw integer logits that leave every action probable."""
    return rng.permuted(np.tile(np.arange(actions) - 1, (rows, 1)), axis=1)


_softmax = Exercise(
    reference=solutions.softmax,
    points=2,
    cases=(
        Case("one row of logits", lambda rng: (signed(rng, 4),), share=2),
        Case("logits of ±1000", lambda rng: (_extreme(rng),)),
        Case("as many rows as actions", lambda rng: (signed(rng, 3, 3),), share=2),
        Case("integer logits along several axes", lambda rng: (whole(rng, 2, 4, 3),), edge=True),
        Case("a single row, logits of shape (1, 1, 3)", lambda rng: (signed(rng, 1, 1, 3),), edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            lambda rng: (_every_row(rng),),
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda z: softmax(z, axis=0),
            "Add up the probabilities of one row: along which axis do the actions lie?",
        ),
        Misconception(
            lambda z: softmax(z, axis=None),
            "Add up the probabilities of one row: each row is a policy of its own.",
        ),
        Misconception(
            unstable_softmax,
            UNSTABLE,
        ),
        Misconception(
            lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=-1, keepdims=True),
            "A shift by the largest logit of all rows leaves nothing of a row that lies far below: "
            "shift row by row.",
        ),
        Misconception(
            lambda z: z / z.sum(axis=-1, keepdims=True),
            "A probability cannot be negative: what turns any logit into a positive number?",
        ),
        Misconception(
            lambda z: np.log(softmax(z)),
            "These are log-probabilities; the probabilities themselves are asked for.",
        ),
        Misconception(
            lambda z: softmax(-z),
            "A larger logit should make its action more probable, not less.",
        ),
        Misconception(
            lambda z: 1 / (1 + np.exp(-z)),
            "You squash each logit by itself: the probabilities of one row have to add up to 1.",
        ),
        Misconception(
            lambda z: np.exp(z - z.max(axis=-1, keepdims=True)),
            "Add up the probabilities of one row: is one step missing?",
        ),
    ),
    **SINGLE_PRECISION,
)


def _one_decision(rng: Generator) -> tuple:
    return signed(rng, 4), int(rng.integers(4))


def _decisions(rng: Generator, *shape: int) -> tuple:
    return signed(rng, *shape), rng.integers(shape[-1], size=shape[:-1])


def _extreme_decisions(rng: Generator) -> tuple:
    return _extreme(rng), np.array([0, 3, 1])


def _integer_decisions(rng: Generator) -> tuple:
    return whole(rng, 2, 2, 3), rng.permutation([0, 1, 2, 2]).reshape(2, 2)


def _last_action_left_out(rng: Generator) -> tuple:
    return signed(rng, 4, 3), np.array([1, *rng.permutation([0, 0, 1])])


def _one_row(rng: Generator) -> tuple:
    return signed(rng, 1, 1, 3), rng.integers(1, 3, size=(1, 1))


def _every_decision(rng: Generator) -> tuple:
    return _every_row(rng), np.array([2, 3, 0, 1])


def _scores(z: Array, a: Array) -> Array:
    return onehot(a, z.shape[-1]) - softmax(z)


_grad_log_softmax = Exercise(
    reference=solutions.grad_log_softmax,
    points=3,
    cases=(
        Case("a single decision", _one_decision, share=2),
        Case("a row of decisions", lambda rng: _decisions(rng, 5, 3), share=2),
        Case("as many decisions as actions", lambda rng: _decisions(rng, 3, 3)),
        Case("logits of ±1000", _extreme_decisions),
        Case("decisions among which the last action does not occur", _last_action_left_out, edge=True),
        Case("integer logits along several axes", _integer_decisions, edge=True),
        Case("a single row, logits of shape (1, 1, 3)", _one_row, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_decision,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda z, a: -_scores(z, a),
            "Raising the logit of the action raises its probability: which sign must its entry have?",
        ),
        Misconception(
            lambda z, a: onehot(a, z.shape[-1]),
            "The normaliser of the softmax depends on the logits too: where is its derivative?",
        ),
        Misconception(
            lambda z, a: onehot(a, z.shape[-1]) * _scores(z, a),
            "The logits of the other actions matter as well: the entries of a score add up to 0.",
        ),
        Misconception(
            lambda z, a: np.sum(onehot(a, z.shape[-1]) * softmax(z), axis=-1, keepdims=True) * _scores(z, a),
            "This is the gradient of the probability: how does the gradient of its logarithm differ from it?",
        ),
        Misconception(
            lambda z, a: onehot(a, z.shape[-1]) - softmax(z, axis=0),
            "Add up the entries of one row, which should give 0: along which axis do the actions lie?",
        ),
        Misconception(
            lambda z, a: onehot(a, z.shape[-1]) - unstable_softmax(z),
            UNSTABLE,
        ),
        Misconception(
            lambda z, a: -softmax(z),
            "The action that was taken has no effect on your result: what does its own logit do?",
        ),
        Misconception(
            lambda z, a: np.log(softmax(z)),
            "These are the log-probabilities themselves; their gradient is asked for.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _powers(gamma: float, rewards: Array) -> Array:
    """Return γᵗ along the first axis."""
    return (gamma ** np.arange(len(rewards))).reshape(-1, *[1] * (rewards.ndim - 1))


def _rare_rewards(rng: Generator) -> tuple:
    """Draw a batch of episodes in which some steps earn nothing, the last two among them."""
    rewards = every_sign(rng, 6, 2, 3)
    rewards[[2, -2, -1]] = 0.0
    return rewards, discount(rng)


_discounted_returns = Exercise(
    reference=solutions.discounted_returns,
    points=3,
    cases=(
        Case("an episode", lambda rng: (signed(rng, 6), discount(rng)), share=3),
        Case("a batch of episodes", lambda rng: (signed(rng, 4, 4), discount(rng)), share=2),
        Case("integer rewards and a discount of one half", lambda rng: (whole(rng, 6), 0.5), edge=True),
        Case("a discount of zero", lambda rng: (signed(rng, 5), 0.0), edge=True),
        Case("ten thousand steps", lambda rng: (signed(rng, 10_000), 0.9), edge=True),
        Case("a single step, rewards of shape (1, 2, 1)", lambda rng: (signed(rng, 1, 2, 1), 0.9), edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _rare_rewards,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda r, gamma: backwards(r, 1.0),
            "The discount has no effect on your result: "
            "is a reward in the far future worth as much as the next one?",
        ),
        Misconception(
            lambda r, gamma: backwards(r[::-1], gamma)[::-1],
            "Your sum runs over the past: the return of a step is made of the rewards after it.",
        ),
        Misconception(
            lambda r, gamma: backwards(_powers(gamma, r) * r, 1.0),
            "The discount counts the steps from t, not from the start of the episode: "
            "look at the first reward of G_t.",
        ),
        Misconception(
            lambda r, gamma: backwards(_powers(gamma, r)[::-1] * r, 1.0),
            "The discount is counted from the wrong end: which reward of the episode should shrink the most?",
        ),
        Misconception(
            lambda r, gamma: np.cumsum(_powers(gamma, r) * r, axis=0),
            "Your sum grows forwards; look at the last step, which has only one reward left.",
        ),
        Misconception(
            lambda r, gamma: gamma * backwards(r, gamma),
            "The reward of this step arrives now; only what comes after it is discounted.",
        ),
        Misconception(
            lambda r, gamma: backwards(r, gamma) - r,
            "The first reward of G_t is the one that follows step t itself; yours starts one step too late.",
        ),
        Misconception(
            lambda r, gamma: np.broadcast_to(backwards(r, gamma)[0], r.shape).copy(),
            "Every step has a return of its own; yours all belong to the first step.",
        ),
        Misconception(
            lambda r, gamma: backwards(r, gamma)[::-1],
            "The values are right, but they stand in the reverse order.",
        ),
        Misconception(
            lambda r, gamma: np.moveaxis(backwards(np.moveaxis(r, -1, 0), gamma), 0, -1),
            "Check which axis is time when there are several.",
        ),
        Misconception(
            lambda r, gamma: backwards(_powers(gamma, r) * r, 1.0) / _powers(gamma, r),
            "Dividing by γᵗ fails when γ is 0 and, after some thousand steps, "
            "when γᵗ is too small for a float.",
        ),
    ),
    **SINGLE_PRECISION,
)

_advantage = Exercise(
    reference=solutions.advantage,
    points=1,
    cases=(
        Case("an episode", lambda rng: (signed(rng, 5), signed(rng, 5)), share=3),
        Case("two numbers", lambda rng: (rng.uniform(1, 2), rng.uniform(3, 4))),
        Case("one baseline for all returns", lambda rng: (signed(rng, 4), rng.uniform(1, 2)), share=2),
        Case("integer returns and values", lambda rng: (whole(rng, 6), whole(rng, 6)), edge=True),
        Case("integer returns alone", lambda rng: (whole(rng, 4), signed(rng, 4)), edge=True),
        Case(
            "arrays of shape (1, 1), and an integer value",
            lambda rng: (signed(rng, 1, 1), whole(rng, 1, 1)),
            edge=True,
        ),
        Case(
            "returns the right value and leaves its arguments unchanged",
            lambda rng: (every_sign(rng, 4, 3), every_sign(rng, 4, 3)),
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda returns, values: values - returns,
            "The sign is turned round: a return better than expected has a positive advantage.",
        ),
        Misconception(
            lambda returns, values: returns + values,
            "The baseline is what was expected anyway: should a high expectation raise the advantage?",
        ),
        Misconception(
            lambda returns, values: returns / values,
            "Better and worse than expected are a difference here, not a ratio.",
        ),
        Misconception(
            lambda returns, values: returns - np.mean(values),
            "Each state has an expectation of its own; yours is the same for all.",
        ),
        Misconception(
            lambda returns, values: np.abs(returns - values),
            "An advantage may be negative: that is how a worse-than-average action is held back.",
        ),
        Misconception(
            lambda returns, values: (
                (returns - values - np.mean(returns - values)) / (np.std(returns - values) + 1e-8)
            ),
            "Many programs normalise the advantages afterwards; the formula asked for stops before that.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _episode(rng: Generator, states: Array, actions: int, count: int | None = None) -> tuple:
    states = np.asarray(states)
    logits = signed(rng, count or int(states.max()) + 1, actions)
    return logits, states, rng.integers(actions, size=len(states)), signed(rng, len(states))


def _all_states_once(rng: Generator) -> tuple:
    return _episode(rng, rng.permutation(4), 3)


def _repeated_states(rng: Generator) -> tuple:
    return _episode(rng, rng.permutation([0, 0, 0, 1, 1, 2, 2, 2]), 2)


def _unvisited_state(rng: Generator) -> tuple:
    """Draw an episode without the last state and another one, and without the last action."""
    logits, states, _, weights = _episode(rng, np.array([3, 0, 3, 1, 0]), 3, count=5)
    return logits, states, np.array([1, *rng.permutation([0, 0, 1, 1])]), weights


def _one_step(rng: Generator) -> tuple:
    return signed(rng, 1, 3), np.array([0]), rng.integers(1, 3, size=1), whole(rng, 1)


def _extreme_episode(rng: Generator) -> tuple:
    """Draw an episode with integer logits."""
    return _extreme(rng).round().astype(int), np.array([0, 1, 2, 1]), np.array([0, 1, 3, 3]), signed(rng, 4)


def _every_step(rng: Generator) -> tuple:
    """Draw an episode with zeros, logits near ±1000, and a state that is not visited."""
    logits = np.vstack([_every_row(rng), signed(rng, 2, 4)])
    states, actions = np.array([3, 0, 1, 3, 2, 4, 3]), np.array([3, 1, 3, 0, 2, 0, 3])
    return logits, states, actions, every_sign(rng, 7)


def _estimate(scores: Array, states: Array, weights: Array, count: int) -> Array:
    return np.einsum("ts,ta->sa", onehot(states, count), weights[:, None] * scores) / len(states)


def _overwritten(z: Array, s: Array, a: Array, w: Array) -> Array:
    gradient = np.zeros(z.shape)
    gradient[s] += w[:, None] * _scores(z[s], a)
    return gradient / len(s)


_policy_gradient_estimate = Exercise(
    reference=solutions.policy_gradient_estimate,
    points=5,
    cases=(
        Case("each state once", _all_states_once, share=2),
        Case("states that occur several times", _repeated_states, share=2),
        Case("states that are never visited, and an action that is never taken", _unvisited_state, share=2),
        Case("logits of ±1000", _extreme_episode),
        Case("a single step in the only state, and an integer weight", _one_step, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_step,
            share=2,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda z, s, a, w: _estimate(_scores(z[s], a), s, w, len(z)) * len(s),
            "Your estimate grows with the number of steps: sum or mean?",
        ),
        Misconception(
            lambda z, s, a, w: -_estimate(_scores(z[s], a), s, w, len(z)),
            "Your step goes downhill: a positive weight should raise the logit of the action that was taken.",
        ),
        Misconception(
            lambda z, s, a, w: _estimate(onehot(a, z.shape[1]), s, w, len(z)),
            "The normaliser of the softmax depends on the logits too: where is its derivative?",
        ),
        Misconception(
            _overwritten,
            "A state that occurs twice should collect both contributions; "
            "indexing with repeated indices keeps one.",
        ),
        Misconception(
            lambda z, s, a, w: _estimate(_scores(z[s], a), s, np.ones(len(s)), len(z)),
            "The weights have no effect on your result: what tells a good step from a bad one?",
        ),
        Misconception(
            lambda z, s, a, w: (
                _estimate(_scores(z[s], a), s, w, len(z))
                * len(s)
                / np.maximum(np.bincount(s, minlength=len(z)), 1)[:, None]
            ),
            "Count what you average over: all steps together, not the visits of each state.",
        ),
        Misconception(
            lambda z, s, a, w: _estimate(_scores(z[s], a), s, w, len(z)) * len(s) / len(z),
            "Count what you average over: the steps, not the states.",
        ),
        Misconception(
            lambda z, s, a, w: _estimate(_scores(z[s], a), s, w - np.mean(w), len(z)),
            "A baseline is a good idea, but the weights are used as they are given.",
        ),
        Misconception(
            lambda z, s, a, w: _estimate(onehot(a, z.shape[1]) - unstable_softmax(z[s]), s, w, len(z)),
            UNSTABLE,
        ),
        Misconception(
            lambda z, s, a, w: _estimate(onehot(a, z.shape[1]) - softmax(z, axis=0)[s], s, w, len(z)),
            "Add up the probabilities of one state: along which axis do the actions lie?",
        ),
        Misconception(
            lambda z, s, a, w: _estimate(_scores(z[s], a), s, w * softmax(z)[s, a], len(z)),
            "The actions were sampled from the policy already: "
            "do not weigh them by their probability once more.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _visitation(rng: Generator, count: int) -> Array:
    weights = rng.uniform(0.2, 1, count)
    return weights / weights.sum()


def _more_states_than_actions(rng: Generator) -> tuple:
    return signed(rng, 5, 3), _visitation(rng, 5), signed(rng, 5, 3)


def _as_many_states_as_actions(rng: Generator) -> tuple:
    return signed(rng, 2, 2), _visitation(rng, 2), signed(rng, 2, 2)


def _never_visited(rng: Generator) -> tuple:
    visitation = np.zeros(4)
    visitation[[0, 2]] = _visitation(rng, 2)
    return signed(rng, 4, 3), visitation, signed(rng, 4, 3)


def _extreme_logits(rng: Generator) -> tuple:
    return _extreme(rng), _visitation(rng, 3), signed(rng, 3, 4)


def _whole_numbers(rng: Generator) -> tuple:
    return _small_integers(rng, 4, 3), _visitation(rng, 4), whole(rng, 4, 3)


def _only_state(rng: Generator) -> tuple:
    return signed(rng, 1, 3), np.array([1]), signed(rng, 1, 3)


def _every_state(rng: Generator) -> tuple:
    visitation = np.array([*_visitation(rng, 3), 0.0])
    return _every_row(rng), visitation, every_sign(rng, 4, 4)


def _theorem(policy: Array, q: Array) -> Array:
    return policy * (q - np.sum(policy * q, axis=-1, keepdims=True))


_policy_gradient_theorem = Exercise(
    reference=solutions.policy_gradient_theorem,
    points=3,
    cases=(
        Case("more states than actions", _more_states_than_actions, share=3),
        Case("as many states as actions", _as_many_states_as_actions, share=2),
        Case("states that are never visited", _never_visited),
        Case("logits of ±1000", _extreme_logits),
        Case("integer logits and action values", _whole_numbers, edge=True),
        Case("a single state, and an integer visitation", _only_state, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_state,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda z, d, q: d[:, None] * (q - softmax(z) * q.sum(axis=1, keepdims=True)),
            "You add up q ∇log π over the actions: in the expectation each action counts with its "
            "probability.",
        ),
        Misconception(
            lambda z, d, q: _theorem(softmax(z), q),
            "The visitation has no effect on your result: a state that is rarely visited matters less.",
        ),
        Misconception(
            lambda z, d, q: _theorem(softmax(z), q) / len(d),
            "You average over the states evenly: how often the policy visits each of them is given.",
        ),
        Misconception(
            lambda z, d, q: d[:, None] * _theorem(softmax(z), q) / len(d),
            "The visitation already is a distribution, so the sum over the states needs no further division.",
        ),
        Misconception(
            lambda z, d, q: -d[:, None] * _theorem(softmax(z), q),
            "Your step goes downhill: the logit of the best action should have a positive entry.",
        ),
        Misconception(
            lambda z, d, q: d[:, None] * _theorem(softmax(z, axis=0), q),
            "Add up the probabilities of one state: along which axis do the actions lie?",
        ),
        Misconception(
            lambda z, d, q: d[:, None] * softmax(z) * q,
            "Each row of the gradient should add up to 0: "
            "raising one action's probability lowers the others'.",
        ),
        Misconception(
            lambda z, d, q: d[:, None] * softmax(z) * (1 - softmax(z)) * q,
            "A logit moves the probabilities of all actions, not only its own: ∇π has more than a diagonal.",
        ),
        Misconception(
            lambda z, d, q: d[:, None] * _theorem(unstable_softmax(z), q),
            UNSTABLE,
        ),
        Misconception(
            lambda z, d, q: d[:, None] * softmax(z) * (q - q.mean(axis=1, keepdims=True)),
            "The value of a state is the mean of its action values under the policy, not the plain one.",
        ),
        Misconception(
            lambda z, d, q: d[:, None] * softmax(z) * _theorem(softmax(z), q),
            "The probability of the action is in your result twice: either as ∇π, or as a weight of ∇log π.",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (
    _softmax,
    _grad_log_softmax,
    _discounted_returns,
    _advantage,
    _policy_gradient_estimate,
    _policy_gradient_theorem,
)
