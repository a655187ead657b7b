"""What all functions share: they convert their arguments, check them, and never change them."""

import copy
import inspect

import numpy as np
import pytest

import solutions

BOOLS = np.array([False, True, False])
MASK = np.array([[True, True, False], [True, False, False]])
VALUES = np.array([[1.0, 2.0, 9.0], [4.0, 9.0, 9.0]])
NEW, OLD = np.array([[-1.0, -2.0, -9.0], [-3.0, 0.0, 0.0]]), np.array([[-2.0, -2.0, 0.0], [-1.0, 0.0, -9.0]])
# One valid call for every function that takes arguments. Array entries are whole numbers, so that the same
# call can be made with integers and with float32.
CALLS = {
    "numerical_gradient": {"f": lambda theta: float(np.sum(theta**2)), "theta": np.array([1.0, -2.0])},
    "gradient_ascent": {
        "grad": lambda theta: -2 * theta,
        "theta0": np.array([1.0, -2.0]),
        "learning_rate": 0.25,
        "steps": 3,
    },
    "gradient_descent": {
        "grad": lambda theta: 2 * theta,
        "theta0": np.array([1.0, -2.0]),
        "learning_rate": 0.25,
        "steps": 3,
    },
    "chain_rule_gradient": {
        "theta": np.array([1.0, 2.0]),
        "weight": np.array([[3.0], [1.0]]),
        "target": np.array([6.0, 5.0]),
    },
    "mlp_gradients": {
        "x": np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 1.0]]),
        "target": np.array([[1.0], [0.0], [2.0]]),
        "w1": np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 1.0]]),
        "w2": np.array([[1.0], [2.0], [-1.0]]),
    },
    "softmax": {"logits": np.array([[0.0, 1.0, -2.0], [3.0, 3.0, 1.0]])},
    "grad_log_softmax": {"logits": np.array([[0.0, 1.0, -2.0], [3.0, 3.0, 1.0]]), "action": np.array([2, 0])},
    "discounted_returns": {"rewards": np.array([1.0, 2.0, 3.0]), "gamma": 0.5},
    "advantage": {"returns": np.array([10.0, 6.0]), "values": np.array([8.0, 8.0])},
    "policy_gradient_estimate": {
        "logits": np.array([[0.0, 1.0], [2.0, 0.0]]),
        "states": np.array([0, 1, 1]),
        "actions": np.array([1, 0, 1]),
        "weights": np.array([1.0, -2.0, 3.0]),
    },
    "policy_gradient_theorem": {
        "logits": np.array([[0.0, 1.0], [2.0, 0.0]]),
        "state_visitation": np.array([0.0, 1.0]),
        "q_values": np.array([[1.0, 2.0], [3.0, -1.0]]),
    },
    "probability_ratio": {"logp_new": np.array([-1.0, -2.0]), "logp_old": np.array([-2.0, -1.0])},
    "clipped_surrogate": {"ratio": np.array([2.0, 0.0]), "advantage": np.array([4.0, -4.0]), "epsilon": 0.2},
    "ppo_clip_objective": {
        "logp_new": np.array([-1.0, -2.0]),
        "logp_old": np.array([-2.0, -2.0]),
        "advantages": np.array([4.0, -4.0]),
        "epsilon": 0.2,
    },
    "ppo_clip_gradient": {
        "logp_new": np.array([-1.0, -2.0]),
        "logp_old": np.array([-2.0, -2.0]),
        "advantages": np.array([4.0, -4.0]),
        "epsilon": 0.2,
    },
    "adam_step": {
        "theta": np.array([[1.0, 2.0]]),
        "grad": np.array([[3.0, -4.0]]),
        "m": np.array([[1.0, 0.0]]),
        "v": np.array([[2.0, 1.0]]),
        "t": 2,
    },
    "clip_by_global_norm": {"grads": [np.array([3.0, 0.0]), np.array([[4.0]])], "max_norm": 2.5},
    "score_function_gradient": {"logits": np.array([0.0, 1.0]), "q": np.array([4.0, 2.0])},
    "score_function_estimate": {
        "logits": np.array([0.0, 1.0]),
        "actions": np.array([0, 1, 1]),
        "q": np.array([4.0, 2.0]),
    },
    "taylor": {
        "f0": 6.0,
        "gradient": np.array([3.0, 2.0]),
        "hessian": np.array([[0.0, 1.0], [1.0, 0.0]]),
        "delta": np.array([1.0, 2.0]),
        "order": 2,
    },
    "ratio_taylor": {
        "logits_old": np.array([0.0, 1.0]),
        "delta": np.array([1.0, 0.0]),
        "action": 1,
        "order": 2,
    },
    "td_target": {
        "rewards": np.array([1.0, 2.0, 3.0]),
        "next_q": np.array([[1.0, 2.0], [4.0, 3.0], [0.0, -1.0]]),
        "terminated": BOOLS,
        "gamma": 0.5,
    },
    "double_dqn_target": {
        "rewards": np.array([1.0, 2.0, 3.0]),
        "next_q_online": np.array([[1.0, 2.0], [4.0, 3.0], [0.0, -1.0]]),
        "next_q_target": np.array([[5.0, 6.0], [7.0, 8.0], [9.0, 10.0]]),
        "terminated": BOOLS,
        "gamma": 0.5,
    },
    "dqn_loss": {
        "q": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "actions": np.array([1, 0]),
        "targets": np.array([5.0, 2.0]),
    },
    "dqn_gradient": {
        "q": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "actions": np.array([1, 0]),
        "targets": np.array([5.0, 2.0]),
    },
    "td_errors": {
        "rewards": np.array([1.0, 2.0, 3.0]),
        "values": np.array([2.0, 4.0, 6.0]),
        "next_values": np.array([4.0, 6.0, 8.0]),
        "terminated": BOOLS,
        "gamma": 0.5,
    },
    "gae": {
        "rewards": np.array([1.0, 2.0, 3.0]),
        "values": np.array([2.0, 4.0, 6.0]),
        "next_values": np.array([4.0, 6.0, 8.0]),
        "terminated": BOOLS,
        "truncated": np.array([True, False, False]),
        "gamma": 0.5,
        "lam": 0.5,
    },
    "group_advantages": {"rewards": np.array([[2.0, 4.0, 6.0, 8.0], [1.0, 1.0, 1.0, 1.0]])},
    "grpo_objective": {
        "logp_new": np.array([-1.0, -2.0, -1.0]),
        "logp_old": np.array([-2.0, -2.0, -1.0]),
        "rewards": np.array([2.0, 4.0, 10.0]),
        "epsilon": 0.2,
    },
    "ppo_update": {
        "logits": np.array([[0.0, 1.0], [2.0, 0.0]]),
        "states": np.array([0, 1, 1]),
        "actions": np.array([1, 0, 1]),
        "advantages": np.array([1.0, -2.0, 3.0]),
        "epsilon": 0.2,
        "learning_rate": 0.5,
        "epochs": 3,
    },
    "hunt_normalize_advantages": {"advantages": np.array([[1.0, 2.0], [3.0, 5.0]])},
    "hunt_value_targets": {
        "rewards": np.array([1.0, 2.0, 3.0]),
        "next_values": np.array([4.0, 6.0, 8.0]),
        "terminated": BOOLS,
        "truncated": np.array([True, False, False]),
        "gamma": 0.5,
        "lam": 0.5,
    },
    "hunt_minibatches": {"permutation": np.array([3, 0, 4, 1, 2]), "size": 2},
    "rloo_advantages": {"rewards": np.array([[2.0, 4.0, 10.0], [1.0, 1.0, 1.0]])},
    "aggregate_tokens": {"values": VALUES, "mask": MASK, "mode": "constant", "budget": 5},
    "decoupled_clip": {
        "ratio": np.array([2.0, 5.0]),
        "advantage": np.array([4.0, -4.0]),
        "epsilon_low": 0.2,
        "epsilon_high": 0.28,
        "dual": 3.0,
    },
    "sequence_ratio": {"logp_new": NEW, "logp_old": OLD, "mask": MASK},
    "cispo_gradient": {
        "logp_new": NEW,
        "logp_old": OLD,
        "advantages": np.array([1.0, -2.0]),
        "mask": MASK,
        "epsilon_low": 0.2,
        "epsilon_high": 0.5,
    },
    "kl_estimates": {"logp": np.array([-1.0, -2.0]), "logp_ref": np.array([-2.0, -1.0])},
    "kl_estimate_gradients": {"logp": np.array([-1.0, -2.0]), "logp_ref": np.array([-2.0, -1.0])},
    "rollout_weights": {
        "logp_train": NEW,
        "logp_rollout": OLD,
        "mask": MASK,
        "cap": 4.0,
        "level": "token",
        "low": 0.5,
    },
    "overlong_penalty": {"lengths": np.array([[10.0, 18.0], [20.0, 25.0]]), "limit": 20, "buffer": 4},
}
ARRAYS = [
    (name, key)
    for name, call in CALLS.items()
    for key, value in call.items()
    if isinstance(value, np.ndarray)
]


def call(name, **changes):
    return getattr(solutions, name)(**(CALLS[name] | changes))


def convert(value, change):
    """Apply ``change`` to a float array, alone or in a list, and leave everything else as it is."""
    if isinstance(value, list):
        return [convert(each, change) for each in value]
    is_floats = isinstance(value, np.ndarray) and value.dtype == float
    return change(value) if is_floats else value


def flat(result):
    """Return the arrays of a result, which may hold tuples and lists of them."""
    if isinstance(result, tuple | list):
        return [array for each in result for array in flat(each)]
    return [np.asarray(result)]


def assert_same(result, expected, rtol=0.0):
    assert len(flat(result)) == len(flat(expected))
    for got, want in zip(flat(result), flat(expected), strict=True):
        np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol, strict=True)


def test_every_function_with_arguments_is_called_here():
    with_arguments = {n for n in solutions.__all__ if inspect.signature(getattr(solutions, n)).parameters}
    assert set(CALLS) == with_arguments


@pytest.mark.parametrize("name", CALLS)
def test_arguments_stay_unchanged(name):
    before = copy.deepcopy(CALLS[name])
    call(name)
    for key, value in before.items():
        for now, then in zip(flat(CALLS[name][key]), flat(value), strict=True):
            if not callable(value):
                np.testing.assert_array_equal(now, then, strict=True)


@pytest.mark.parametrize("name", CALLS)
def test_read_only_arguments_are_enough(name):
    def lock(value):
        if isinstance(value, list):
            return [lock(each) for each in value]
        if isinstance(value, np.ndarray):
            value = value.copy()
            value.setflags(write=False)
        return value

    assert_same(call(name, **{key: lock(value) for key, value in CALLS[name].items()}), call(name))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        *((name, {}) for name in CALLS),
        ("ppo_update", {"epochs": 0}),
        ("gradient_ascent", {"steps": 0}),
        ("gradient_descent", {"steps": 0}),
        ("clip_by_global_norm", {"max_norm": 100.0}),
        ("discounted_returns", {"gamma": 0.0}),
        ("hunt_minibatches", {"size": 5}),
        ("advantage", {"values": 0.0}),
    ],
)
def test_result_shares_no_memory_with_the_arguments(name, changes):
    arguments = [array for value in (CALLS[name] | changes).values() for array in flat(value)]
    results = flat(call(name, **changes))
    assert not any(np.shares_memory(result, argument) for result in results for argument in arguments)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "hunt_minibatches"])
def test_result_is_float64(name):
    assert {array.dtype for array in flat(call(name))} == {np.dtype(np.float64)}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.float32])
def test_other_numeric_dtypes_give_the_float64_result(name, dtype):
    changes = {key: convert(value, lambda array: array.astype(dtype)) for key, value in CALLS[name].items()}
    assert_same(call(name, **changes), call(name))


@pytest.mark.parametrize("name", CALLS)
def test_lists_give_the_same_as_arrays(name):
    changes = {
        key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in CALLS[name].items()
    }
    assert_same(call(name, **changes), call(name))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_formula_alone_gives_the_same_on_valid_arrays(name, dtype):
    changes = {key: convert(value, lambda array: array.astype(dtype)) for key, value in CALLS[name].items()}
    formula = inspect.unwrap(getattr(solutions, name))
    assert formula is not getattr(solutions, name)
    for got, want in zip(flat(formula(**(CALLS[name] | changes))), flat(call(name)), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(("name", "argument"), ARRAYS)
@pytest.mark.parametrize(
    "wrong",
    [np.array(["a"]), np.array([1j]), np.array([None]), [[1.0], [1.0, 2.0]], np.zeros((3, 0))],
    ids=["text", "complex", "object", "ragged", "empty"],
)
def test_what_is_no_array_of_numbers_is_refused_by_name(name, argument, wrong):
    with pytest.raises(ValueError, match=rf"^{argument}: expected "):
        call(name, **{argument: wrong})


def test_flags_may_be_zeros_and_ones():
    changes = {"terminated": BOOLS.astype(int), "truncated": np.array([1.0, 0.0, 0.0])}
    assert_same(call("gae", **changes), call("gae"))


def test_scalars_may_be_numpy_scalars_and_zero_dimensional_arrays():
    assert_same(call("gae", gamma=np.float32(0.5), lam=np.array(0.5)), call("gae"))
    assert_same(call("adam_step", t=np.int64(2)), call("adam_step"))


def test_too_few_arguments_are_a_type_error_as_usual():
    with pytest.raises(TypeError, match="missing a required argument: 'gamma'"):
        solutions.discounted_returns([1.0])


THREE, FOUR, SQUARE = np.zeros(3), np.zeros(4), np.zeros((3, 3))
REFUSED = [
    # A length, or a number of axes, that does not fit the other arguments.
    ("numerical_gradient", "theta", SQUARE, "(d,)"),
    ("numerical_gradient", "f", lambda theta: theta, "result of f"),
    ("gradient_ascent", "theta0", 1.0, "(d,)"),
    ("gradient_ascent", "grad", lambda theta: THREE, "result of grad"),
    ("gradient_descent", "theta0", SQUARE, "(d,)"),
    ("gradient_descent", "grad", lambda theta: 1.0, "result of grad"),
    ("chain_rule_gradient", "target", THREE, "broadcasts"),
    ("mlp_gradients", "x", THREE, "(N, I)"),
    ("mlp_gradients", "target", np.zeros((2, 1)), "N = 3"),
    ("mlp_gradients", "w1", np.zeros((3, 3)), "I = 2"),
    ("mlp_gradients", "w2", np.zeros((2, 1)), "H = 3"),
    ("mlp_gradients", "w2", np.zeros((3, 2)), "O = 1"),
    ("softmax", "logits", 1.0, "(…, A)"),
    ("grad_log_softmax", "action", 1, "(2,)"),
    ("grad_log_softmax", "action", np.array([0, 1, 0]), "(2,)"),
    ("discounted_returns", "rewards", 1.0, "(T, …)"),
    ("advantage", "values", THREE, "(2,)"),
    ("policy_gradient_estimate", "logits", THREE, "(S, A)"),
    ("policy_gradient_estimate", "actions", np.array([0, 1]), "T = 3"),
    ("policy_gradient_estimate", "weights", FOUR, "T = 3"),
    ("policy_gradient_estimate", "weights", np.zeros((3, 1)), "(T,)"),
    ("policy_gradient_theorem", "state_visitation", THREE, "S = 2"),
    ("policy_gradient_theorem", "q_values", np.zeros((2, 3)), "A = 2"),
    ("probability_ratio", "logp_old", THREE, "(2,)"),
    ("clipped_surrogate", "advantage", THREE, "(2,)"),
    ("ppo_clip_objective", "logp_old", THREE, "(2,)"),
    ("ppo_clip_objective", "advantages", np.zeros((2, 1)), "(2,)"),
    ("ppo_clip_gradient", "logp_old", np.zeros((2, 1)), "(2,)"),
    ("ppo_clip_gradient", "advantages", 1.0, "(2,)"),
    ("adam_step", "grad", THREE, "(1, 2)"),
    ("adam_step", "m", np.zeros(2), "(1, 2)"),
    ("adam_step", "v", 0.0, "(1, 2)"),
    ("clip_by_global_norm", "grads", THREE, "list"),
    ("score_function_gradient", "q", THREE, "A = 2"),
    ("score_function_estimate", "actions", 0, "(N,)"),
    ("score_function_estimate", "q", THREE, "A = 2"),
    ("taylor", "f0", THREE, "a number"),
    ("taylor", "hessian", np.zeros(2), "(d, d)"),
    ("taylor", "hessian", SQUARE, "d = 2"),
    ("taylor", "delta", THREE, "d = 2"),
    ("ratio_taylor", "delta", THREE, "A = 2"),
    ("ratio_taylor", "action", np.array([0]), "()"),
    ("td_target", "next_q", np.zeros((2, 2)), "B = 3"),
    ("td_target", "terminated", BOOLS[:, None], "(B,)"),
    ("double_dqn_target", "next_q_target", SQUARE, "A = 2"),
    ("dqn_loss", "actions", np.array([0, 1, 0]), "B = 2"),
    ("dqn_loss", "targets", np.zeros((2, 1)), "(B,)"),
    ("dqn_gradient", "actions", np.array([[0, 1]]), "(B,)"),
    ("dqn_gradient", "targets", THREE, "B = 2"),
    ("td_errors", "values", FOUR, "T = 3"),
    ("td_errors", "next_values", np.zeros((3, 1)), "(3, 1)"),
    ("gae", "values", FOUR, "T = 3"),
    ("gae", "terminated", np.array([True]), "T = 3"),
    ("gae", "truncated", np.zeros((3, 2), dtype=bool), "(3, 2)"),
    ("group_advantages", "rewards", 1.0, "(…, n)"),
    ("grpo_objective", "rewards", FOUR, "n = 3"),
    ("ppo_update", "advantages", FOUR, "T = 3"),
    ("hunt_value_targets", "next_values", FOUR, "T = 3"),
    ("hunt_minibatches", "permutation", np.array([[0, 1]]), "(N,)"),
    ("rloo_advantages", "rewards", 1.0, "(…, n)"),
    ("rloo_advantages", "rewards", np.zeros((3, 1)), "at least two"),
    ("aggregate_tokens", "values", THREE, "(n, L)"),
    ("aggregate_tokens", "mask", MASK[:, :2], "L = 3"),
    ("decoupled_clip", "advantage", THREE, "(2,)"),
    ("sequence_ratio", "logp_old", np.zeros((3, 3)), "n = 2"),
    ("sequence_ratio", "mask", MASK[0], "(n, L)"),
    ("cispo_gradient", "advantages", THREE, "n = 2"),
    ("cispo_gradient", "advantages", np.zeros((2, 3)), "(n,)"),
    ("kl_estimates", "logp_ref", THREE, "(2,)"),
    ("kl_estimate_gradients", "logp_ref", THREE, "(2,)"),
    ("rollout_weights", "logp_rollout", THREE, "(n, L)"),
    # A number outside its range.
    ("aggregate_tokens", "budget", 0, "above 0"),
    ("decoupled_clip", "epsilon_low", -0.2, "at least 0"),
    ("decoupled_clip", "epsilon_high", -0.2, "at least 0"),
    ("decoupled_clip", "dual", 1.0, "above 1"),
    ("cispo_gradient", "epsilon_low", -0.2, "at least 0"),
    ("cispo_gradient", "epsilon_high", np.nan, "at least 0"),
    ("rollout_weights", "cap", 0.0, "above 0"),
    ("rollout_weights", "low", -0.5, "at least 0"),
    ("overlong_penalty", "limit", 0, "above 0"),
    ("overlong_penalty", "buffer", 0, "above 0"),
    ("numerical_gradient", "h", 0.0, "above 0"),
    ("gradient_ascent", "learning_rate", -0.1, "at least 0"),
    ("gradient_ascent", "steps", -1, "at least 0"),
    ("gradient_descent", "steps", 2.5, "integer"),
    ("discounted_returns", "gamma", 1.01, "from 0 to 1"),
    ("discounted_returns", "gamma", -0.01, "from 0 to 1"),
    ("discounted_returns", "gamma", np.nan, "from 0 to 1"),
    ("discounted_returns", "gamma", THREE, "from 0 to 1"),
    ("discounted_returns", "gamma", "0.5", "from 0 to 1"),
    ("td_target", "gamma", 1.5, "from 0 to 1"),
    ("double_dqn_target", "gamma", -1, "from 0 to 1"),
    ("td_errors", "gamma", 2, "from 0 to 1"),
    ("gae", "gamma", -0.5, "from 0 to 1"),
    ("gae", "lam", 1.5, "from 0 to 1"),
    ("hunt_value_targets", "gamma", 1.5, "from 0 to 1"),
    ("hunt_value_targets", "lam", -0.5, "from 0 to 1"),
    ("clipped_surrogate", "epsilon", -0.2, "at least 0"),
    ("ppo_clip_objective", "epsilon", -0.2, "at least 0"),
    ("ppo_clip_gradient", "epsilon", -0.2, "at least 0"),
    ("grpo_objective", "epsilon", -0.2, "at least 0"),
    ("grpo_objective", "eps", -1e-8, "at least 0"),
    ("group_advantages", "eps", -1e-8, "at least 0"),
    ("hunt_normalize_advantages", "eps", -1e-8, "at least 0"),
    ("ppo_update", "epsilon", -0.2, "at least 0"),
    ("ppo_update", "learning_rate", -0.2, "at least 0"),
    ("ppo_update", "epochs", -1, "at least 0"),
    ("adam_step", "t", 0, "at least 1"),
    ("adam_step", "t", 1.0, "integer"),
    ("adam_step", "learning_rate", -1e-3, "at least 0"),
    ("adam_step", "beta1", 1.0, "below 1"),
    ("adam_step", "beta2", -0.1, "below 1"),
    ("adam_step", "eps", -1e-8, "at least 0"),
    ("clip_by_global_norm", "max_norm", 0.0, "above 0"),
    ("taylor", "order", 3, "1 or 2"),
    ("ratio_taylor", "order", 0, "1 or 2"),
    ("hunt_minibatches", "size", 0, "at least 1"),
    # An index out of range or not an integer, a flag that is none, and what is no function.
    ("grad_log_softmax", "action", np.array([0, 3]), "from 0 to 2"),
    ("grad_log_softmax", "action", np.array([0, -1]), "from 0 to 2"),
    ("grad_log_softmax", "action", np.array([0.0, 1.0]), "integers"),
    ("policy_gradient_estimate", "states", np.array([0, 1, 2]), "from 0 to 1"),
    ("policy_gradient_estimate", "actions", np.array([0, 1, -1]), "from 0 to 1"),
    ("score_function_estimate", "actions", np.array([2]), "from 0 to 1"),
    ("ratio_taylor", "action", 2, "from 0 to 1"),
    ("dqn_loss", "actions", np.array([0, 2]), "from 0 to 1"),
    ("dqn_gradient", "actions", np.array([True, False]), "integers"),
    ("ppo_update", "states", np.array([0, 1, 2]), "from 0 to 1"),
    ("ppo_update", "actions", np.array([0, 1, 2]), "from 0 to 1"),
    ("hunt_minibatches", "permutation", np.array([0, 1, 1]), "exactly once"),
    ("td_target", "terminated", np.array([0, 1, 2]), "booleans"),
    ("double_dqn_target", "terminated", np.array([0.5, 0, 1]), "booleans"),
    ("td_errors", "terminated", np.array([0, 1, -1]), "booleans"),
    ("gae", "terminated", np.array([0, 1, 2]), "booleans"),
    ("gae", "truncated", np.array([0, 1, 2]), "booleans"),
    ("hunt_value_targets", "truncated", np.array([0, 1, 2]), "booleans"),
    ("rollout_weights", "mask", np.array([[0, 1, 2], [0, 1, 0]]), "booleans"),
    ("aggregate_tokens", "mode", "tokens", "'sequence', 'token', 'constant'"),
    ("aggregate_tokens", "mode", None, "'sequence', 'token', 'constant'"),
    ("rollout_weights", "level", "answer", "'token', 'sequence'"),
    ("numerical_gradient", "f", 3.0, "a function"),
    ("gradient_ascent", "grad", THREE, "a function"),
    ("clip_by_global_norm", "grads", [THREE, "a"], "real numbers"),
]


@pytest.mark.parametrize(
    ("name", "argument", "wrong", "expected"),
    REFUSED,
    ids=[f"{name}-{argument}-{i}" for i, (name, argument, _, _) in enumerate(REFUSED)],
)
def test_bad_argument_raises_value_error_that_names_it_and_what_was_expected(name, argument, wrong, expected):
    with pytest.raises(ValueError, match="expected") as error:
        call(name, **{argument: wrong})
    subject, complaint = str(error.value).split(": ", 1)
    assert subject in {argument, f"result of {argument}", f"{argument}[1]"}
    assert expected in subject + complaint


def test_every_function_with_a_checked_range_or_shape_is_refused_somewhere():
    assert {name for name, *_ in REFUSED} == set(CALLS)
