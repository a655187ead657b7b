"""What is graded about `solutions.dqn`."""

import numpy as np

import solutions
from autograder.exercises._drawing import discount, every_sign, signed, whole
from autograder.exercises._formulas import onehot
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Generator = np.random.Generator


def _ends(batch: int, *terminal: int) -> np.ndarray:
    return np.isin(np.arange(batch), terminal)


def _with_ties(q: np.ndarray) -> np.ndarray:
    """Return `q` with two equal best actions in every row, the second and the last."""
    q = q.copy()
    q[:, [1, -1]] = np.max(q, axis=1, keepdims=True) + 10
    return q


def _some_terminal(rng: Generator) -> tuple:
    return signed(rng, 6), signed(rng, 6, 3), _ends(6, 1, 4), discount(rng)


def _square(rng: Generator) -> tuple:
    return signed(rng, 4), signed(rng, 4, 4), _ends(4, 2), discount(rng)


def _one_of_each(rng: Generator) -> tuple:
    return signed(rng, 1), signed(rng, 1, 3), _ends(1), 0.0


def _every_row(rng: Generator) -> tuple:
    """Draw rows that are terminal, have ties, zeros, or nothing above 0."""
    next_q = np.vstack([signed(rng, 3, 4), -rng.uniform(1, 3, (3, 4))])
    next_q[1], next_q[4] = rng.permutation([0.0, 2.5, 2.5, -1.5]), [-1.5, -2.5, -1.5, -3.5]
    return every_sign(rng, 6), next_q, _ends(6, 2, 4, 5), discount(rng)


def _all_terminal_but_one(rng: Generator) -> tuple:
    return signed(rng, 5), signed(rng, 5, 3), _ends(5, 0, 1, 2, 4), discount(rng)


def _integers_and_ties(rng: Generator) -> tuple:
    return whole(rng, 6), _with_ties(whole(rng, 6, 4)), _ends(6, 3), 0.5


_td_target = Exercise(
    reference=solutions.td_target,
    points=2,
    cases=(
        Case("a batch in which some transitions are terminal", _some_terminal, share=2),
        Case("as many transitions as actions", _square, share=2),
        Case("all transitions terminal but one", _all_terminal_but_one),
        Case(
            "integer rewards and Q-values, ties in the maximum, and a discount of one half",
            _integers_and_ties,
            edge=True,
        ),
        Case("a single transition, and a discount of zero", _one_of_each, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_row,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda r, q, ended, gamma: r + gamma * q.max(axis=1),
            "Look at the terminal transitions: what can still be earned after the end of an episode?",
        ),
        Misconception(
            lambda r, q, ended, gamma: r + gamma * ~ended * q.max(axis=0),
            "Check which axis of next_q counts the actions: "
            "the maximum is taken over the actions of one transition.",
        ),
        Misconception(
            lambda r, q, ended, gamma: r + gamma * ~ended * q.max(),
            "Every transition gets a maximum of its own: over its own next actions, not over the batch.",
        ),
        Misconception(
            lambda r, q, ended, gamma: r + gamma * ~ended * q.mean(axis=1),
            "The target assumes that the best action follows; "
            "an average over the actions is another algorithm.",
        ),
        Misconception(
            lambda r, q, ended, gamma: ~ended * (r + gamma * q.max(axis=1)),
            "A terminal transition still earns its last reward; only what would follow after it is missing.",
        ),
        Misconception(
            lambda r, q, ended, gamma: r + gamma * ended * q.max(axis=1),
            "Read the flag again: True says that the episode is over, "
            "so in which rows does the bootstrap stay?",
        ),
        Misconception(
            lambda r, q, ended, gamma: r + ~ended * q.max(axis=1),
            "One of the arguments has no effect on your target: where does the discount belong?",
        ),
        Misconception(
            lambda r, q, ended, gamma: gamma * (r + ~ended * q.max(axis=1)),
            "The reward of this step arrives now; only what comes after it is discounted.",
        ),
        Misconception(
            lambda r, q, ended, gamma: r + gamma * ~ended * np.abs(q).max(axis=1),
            "Q-values may be negative, and the best action is the one with the largest value, "
            "not the largest size.",
        ),
        Misconception(
            lambda r, q, ended, gamma: r - gamma * ~ended * q.max(axis=1),
            "Check the sign with which the future enters: a good successor makes this transition better.",
        ),
    ),
    **SINGLE_PRECISION,
)


def _two_networks(rng: Generator, batch: int, actions: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw two Q-tables that never have the same best action, nor their worst one in common."""
    online, target = signed(rng, batch, actions), signed(rng, batch, actions)
    rows, best = np.arange(batch), rng.integers(actions, size=batch)
    online[rows, best] = rng.uniform(2.5, 3, batch)
    target[rows, (best + 1) % actions] = rng.uniform(3.5, 4, batch)
    return online, target


def _double_some_terminal(rng: Generator) -> tuple:
    return signed(rng, 6), *_two_networks(rng, 6, 3), _ends(6, 0, 3), discount(rng)


def _double_square(rng: Generator) -> tuple:
    return signed(rng, 4), *_two_networks(rng, 4, 4), _ends(4, 1), discount(rng)


def _double_all_terminal_but_one(rng: Generator) -> tuple:
    return signed(rng, 5), *_two_networks(rng, 5, 4), _ends(5, 0, 1, 3, 4), discount(rng)


def _double_ties(rng: Generator) -> tuple:
    """Draw ties in the online network, whose values are whole, as are the rewards."""
    target = _two_networks(rng, 5, 4)[1]
    return whole(rng, 5), _with_ties(whole(rng, 5, 4)), target, _ends(5, 2), discount(rng)


def _double_integers(rng: Generator) -> tuple:
    return whole(rng, 7), whole(rng, 7, 3), whole(rng, 7, 3), _ends(7, 5), 0.5


def _double_one_of_each(rng: Generator) -> tuple:
    return signed(rng, 1), *_two_networks(rng, 1, 3), _ends(1), 0.0


def _double_every_row(rng: Generator) -> tuple:
    """Draw rows that are terminal, have ties, zeros, or nothing above 0."""
    online, target = _two_networks(rng, 5, 4)
    online[1], target[1] = [0.0, 2.5, -1.5, 2.5], [-1.0, 0.0, 3.0, 1.5]
    online[3], target[3] = [-1.5, -3.0, -2.5, -2.0], [-2.5, -1.5, -0.5, -3.0]
    return every_sign(rng, 5), online, target, _ends(5, 2, 4), discount(rng)


_double_dqn_target = Exercise(
    reference=solutions.double_dqn_target,
    points=3,
    cases=(
        Case("a batch in which some transitions are terminal", _double_some_terminal, share=3),
        Case("as many transitions as actions", _double_square, share=2),
        Case("all transitions terminal but one", _double_all_terminal_but_one),
        Case("two best actions of the online network, whose values are integers", _double_ties, edge=True),
        Case("integer rewards and Q-values, and a discount of one half", _double_integers, edge=True),
        Case("a single transition, and a discount of zero", _double_one_of_each, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _double_every_row,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda r, online, target, ended, gamma: (
                r + gamma * ~ended * online[np.arange(len(r)), target.argmax(axis=1)]
            ),
            "You have both networks, but with their roles exchanged: "
            "which one chooses the action, which one values it?",
        ),
        Misconception(
            lambda r, online, target, ended, gamma: r + gamma * ~ended * target.max(axis=1),
            "This is the plain DQN target: here the network that values an action is not the one that "
            "chooses it.",
        ),
        Misconception(
            lambda r, online, target, ended, gamma: r + gamma * ~ended * online.max(axis=1),
            "The target network plays no part in your result: "
            "the online network should not value its own choice.",
        ),
        Misconception(
            lambda r, online, target, ended, gamma: (
                r + gamma * target[np.arange(len(r)), online.argmax(axis=1)]
            ),
            "Look at the terminal transitions: what can still be earned after the end of an episode?",
        ),
        Misconception(
            lambda r, online, target, ended, gamma: (
                ~ended * (r + gamma * target[np.arange(len(r)), online.argmax(axis=1)])
            ),
            "A terminal transition still earns its last reward; only what would follow after it is missing.",
        ),
        Misconception(
            lambda r, online, target, ended, gamma: (
                r + gamma * ~ended * np.minimum(online, target).max(axis=1)
            ),
            "Taking the smaller of two estimates belongs to another method; "
            "here the two networks divide the work.",
        ),
        Misconception(
            lambda r, online, target, ended, gamma: (
                r + gamma * ~ended * target[online.argmax(axis=0), np.arange(online.shape[1])]
            ),
            "Check which axis of the Q-values counts the actions: "
            "each transition chooses among its own actions.",
        ),
        Misconception(
            lambda r, online, target, ended, gamma: (
                r
                + gamma
                * ~ended
                * target[np.arange(len(r)), online.shape[1] - 1 - online[:, ::-1].argmax(axis=1)]
            ),
            "When two actions are equally good, the first of them is chosen: look at how you break a tie.",
        ),
        Misconception(
            lambda r, online, target, ended, gamma: (
                r + ~ended * target[np.arange(len(r)), online.argmax(axis=1)]
            ),
            "One of the arguments has no effect on your target: where does the discount belong?",
        ),
    ),
    **SINGLE_PRECISION,
)


def _errors(rng: Generator, batch: int, actions: int) -> tuple:
    """Draw a batch whose errors have sizes between 0.5 and 4, so that some exceed 1 and some do not."""
    q, chosen = signed(rng, batch, actions), rng.integers(actions, size=batch)
    sizes = np.where(np.arange(batch) % 2, rng.uniform(0.5, 0.9, batch), rng.uniform(1.5, 4, batch))
    return q, chosen, q[np.arange(batch), chosen] + rng.choice([-1, 1], batch) * sizes


def _batch(rng: Generator) -> tuple:
    return _errors(rng, 7, 3)


def _one_transition(rng: Generator) -> tuple:
    return _errors(rng, 1, 4)


def _square_batch(rng: Generator) -> tuple:
    return _errors(rng, 4, 4)


def _same_action(rng: Generator) -> tuple:
    """Draw integer Q-values, and targets that are not whole."""
    return whole(rng, 6, 3), np.full(6, 2), 12 + signed(rng, 6)


def _integer_q(rng: Generator) -> tuple:
    q = whole(rng, 5, 3)
    actions = rng.integers(3, size=5)
    return q, actions, q[np.arange(5), actions] + whole(rng, 5)


def _last_action_left_out(rng: Generator) -> tuple:
    """Draw a batch with integer targets in which the last action is not taken."""
    return signed(rng, 4, 3), np.array([1, *rng.permutation([0, 0, 1])]), whole(rng, 4)


def _every_error(rng: Generator) -> tuple:
    """Draw Q-values with zeros, and errors below 0, above 0 and of exactly 0."""
    q = every_sign(rng, 4, 4)
    q[0, 3], q[1, 2], q[2, 0] = -2.0, 0.0, 3.0
    actions = np.array([3, 2, 0, 1])
    errors = rng.permutation([-2.5, 0.75, 1.5])
    return q, actions, q[np.arange(4), actions] + np.array([errors[0], 0.0, *errors[1:]])


def _chosen(q: np.ndarray, actions: np.ndarray) -> np.ndarray:
    return q[np.arange(len(q)), actions]


def _huber(error: np.ndarray) -> np.ndarray:
    return np.where(np.abs(error) <= 1, error**2 / 2, np.abs(error) - 0.5)


_dqn_loss = Exercise(
    reference=solutions.dqn_loss,
    points=2,
    cases=(
        Case("a batch of transitions", _batch, share=2),
        Case("a single transition", _one_transition, edge=True),
        Case("the last action in every transition, and integer Q-values", _same_action, edge=True),
        Case("the last action in no transition, and integer targets", _last_action_left_out, edge=True),
        Case("integer Q-values and targets", _integer_q, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_error,
            share=2,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda q, a, y: np.mean((_chosen(q, a) - y) ** 2),
            "Your loss is twice the one asked for: compare the factor in front of the square.",
        ),
        Misconception(
            lambda q, a, y: np.sum((_chosen(q, a) - y) ** 2) / 2,
            "Your loss grows with the size of the batch: sum or mean?",
        ),
        Misconception(
            lambda q, a, y: np.sum((_chosen(q, a) - y) ** 2),
            "Two things differ from the formula: the factor in front of the square, and sum or mean.",
        ),
        Misconception(
            lambda q, a, y: np.mean(np.abs(_chosen(q, a) - y)),
            "The size of an error is not its square: a large error should count much more than a small one.",
        ),
        Misconception(
            lambda q, a, y: np.mean(_huber(_chosen(q, a) - y)),
            "This is the Huber loss, which many libraries use; "
            "the formula asked for is quadratic for large errors too.",
        ),
        Misconception(
            lambda q, a, y: np.mean((q.max(axis=1) - y) ** 2) / 2,
            "The error belongs to the action that was taken, which need not be the best one.",
        ),
        Misconception(
            lambda q, a, y: np.mean((onehot(a, q.shape[1]) * (q - y[:, None])) ** 2) / 2,
            "Count what you average over: one error for each transition, not one for each action.",
        ),
        Misconception(
            lambda q, a, y: np.mean((q - y[:, None]) ** 2) / 2,
            "Only one action of each transition was taken; the others have no error to learn from.",
        ),
        Misconception(
            lambda q, a, y: np.mean((q[:, a] - y) ** 2) / 2,
            "Print the shape of what you pick from q: row i should give one number, for action i alone.",
        ),
        Misconception(
            lambda q, a, y: np.mean((_chosen(q, a)[:, None] - y) ** 2) / 2,
            "Print the shape of the error: a column minus a row is a whole table, "
            "not one error for each transition.",
        ),
    ),
    **SINGLE_PRECISION,
)

_dqn_gradient = Exercise(
    reference=solutions.dqn_gradient,
    points=3,
    cases=(
        Case("a batch of transitions", _batch, share=3),
        Case("a single transition", _one_transition, edge=True),
        Case("the last action in every transition, and integer Q-values", _same_action, edge=True),
        Case("as many transitions as actions", _square_batch, share=2),
        Case("the last action in no transition, and integer targets", _last_action_left_out, edge=True),
        Case("integer Q-values and targets", _integer_q, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged",
            _every_error,
            keeps_arguments=True,
        ),
    ),
    misconceptions=(
        Misconception(
            lambda q, a, y: onehot(a, q.shape[1]) * (y[:, None] - q) / len(q),
            "Your gradient points the other way: it is the loss that is differentiated, "
            "and δ enters with a minus sign.",
        ),
        Misconception(
            lambda q, a, y: onehot(a, q.shape[1]) * (q - y[:, None]),
            "The loss is a mean over the batch: what does that do to the derivative in one entry?",
        ),
        Misconception(
            lambda q, a, y: onehot(a, q.shape[1]) * (q - y[:, None]) * 2 / len(q),
            "Your gradient is twice too long: what does the factor in front of the square do when you "
            "differentiate?",
        ),
        Misconception(
            lambda q, a, y: (q - y[:, None]) / len(q),
            "The loss does not depend on the values of the actions that were not taken.",
        ),
        Misconception(
            lambda q, a, y: onehot(a, q.shape[1]) * (q - y[:, None]) / q.size,
            "Count what the loss averages over: transitions, not entries of the table.",
        ),
        Misconception(
            lambda q, a, y: (
                (onehot(a, q.shape[1]) - onehot(q.argmax(axis=1), q.shape[1]))
                * (_chosen(q, a) - y)[:, None]
                / len(q)
            ),
            "The target is held constant: no gradient flows through the best action that it was made from.",
        ),
        Misconception(
            lambda q, a, y: onehot(a, q.shape[1]) * np.clip(q - y[:, None], -1, 1) / len(q),
            "This is the gradient of the Huber loss: here large errors are not cut off.",
        ),
        Misconception(
            lambda q, a, y: onehot(q.argmax(axis=1), q.shape[1]) * (q - y[:, None]) / len(q),
            "The error belongs to the action that was taken, which need not be the best one.",
        ),
        Misconception(
            lambda q, a, y: (onehot(a, q.shape[1]) * (q - y[:, None]) / len(q)).astype(q.dtype),
            "With integer Q-values your result loses its decimals: "
            "which dtype does your array of zeros have?",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (_td_target, _double_dqn_target, _dqn_loss, _dqn_gradient)
