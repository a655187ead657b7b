"""The package: what it exports, what it imports, and what its docstrings say."""

import ast
import importlib
import inspect
import sys
from pathlib import Path

import pytest

import solutions

FILES = sorted(Path(solutions.__file__).parent.glob("*.py"))
API = {
    "calculus": [
        ("numerical_gradient", "f theta h"),
        ("gradient_ascent", "grad theta0 learning_rate steps"),
        ("gradient_descent", "grad theta0 learning_rate steps"),
        ("chain_rule_gradient", "theta weight target"),
        ("mlp_gradients", "x target w1 w2"),
    ],
    "policy_gradient": [
        ("softmax", "logits"),
        ("grad_log_softmax", "logits action"),
        ("discounted_returns", "rewards gamma"),
        ("advantage", "returns values"),
        ("policy_gradient_estimate", "logits states actions weights"),
        ("policy_gradient_theorem", "logits state_visitation q_values"),
    ],
    "ppo": [
        ("probability_ratio", "logp_new logp_old"),
        ("clipped_surrogate", "ratio advantage epsilon"),
        ("ppo_clip_objective", "logp_new logp_old advantages epsilon"),
        ("ppo_clip_gradient", "logp_new logp_old advantages epsilon"),
    ],
    "optim": [
        ("adam_step", "theta grad m v t learning_rate beta1 beta2 eps"),
        ("clip_by_global_norm", "grads max_norm"),
    ],
    "derivations": [
        ("score_function_gradient", "logits q"),
        ("score_function_estimate", "logits actions q"),
        ("taylor", "f0 gradient hessian delta order"),
        ("ratio_taylor", "logits_old delta action order"),
    ],
    "dqn": [
        ("td_target", "rewards next_q terminated gamma"),
        ("double_dqn_target", "rewards next_q_online next_q_target terminated gamma"),
        ("dqn_loss", "q actions targets"),
        ("dqn_gradient", "q actions targets"),
    ],
    "gae": [
        ("td_errors", "rewards values next_values terminated gamma"),
        ("gae", "rewards values next_values terminated truncated gamma lam"),
    ],
    "grpo": [
        ("group_advantages", "rewards eps"),
        ("grpo_objective", "logp_new logp_old rewards epsilon eps"),
    ],
    "beyond_grpo": [
        ("rloo_advantages", "rewards"),
        ("aggregate_tokens", "values mask mode budget"),
        ("decoupled_clip", "ratio advantage epsilon_low epsilon_high dual"),
        ("sequence_ratio", "logp_new logp_old mask"),
        ("cispo_gradient", "logp_new logp_old advantages mask epsilon_low epsilon_high"),
        ("kl_estimates", "logp logp_ref"),
        ("kl_estimate_gradients", "logp logp_ref"),
        ("rollout_weights", "logp_train logp_rollout mask cap level low"),
        ("overlong_penalty", "lengths limit buffer"),
    ],
    "capstone": [("ppo_update", "logits states actions advantages epsilon learning_rate epochs")],
    "quick": [("quick_ascent_step", ""), ("quick_ppo_term", ""), ("quick_td_error", "")],
    "hunt": [
        ("hunt_normalize_advantages", "advantages eps"),
        ("hunt_value_targets", "rewards next_values terminated truncated gamma lam"),
        ("hunt_minibatches", "permutation size"),
    ],
}
ROWS = [(module, name, arguments) for module, rows in API.items() for name, arguments in rows]
DEFAULTS = {
    "numerical_gradient": {"h": 1e-5},
    "adam_step": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "group_advantages": {"eps": 1e-8},
    "grpo_objective": {"eps": 1e-8},
    "hunt_normalize_advantages": {"eps": 1e-8},
    "aggregate_tokens": {"budget": None},
    "decoupled_clip": {"dual": None},
    "rollout_weights": {"low": None},
}


def test_all_names_the_whole_api_and_nothing_else():
    assert sorted(solutions.__all__) == sorted(name for _, name, _ in ROWS)


@pytest.mark.parametrize(("module", "name", "names"), ROWS, ids=[name for _, name, _ in ROWS])
def test_function_lives_in_its_module_with_the_documented_signature(module, name, names):
    function = getattr(solutions, name)
    parameters = inspect.signature(function).parameters
    assert function.__module__ == f"solutions.{module}"
    assert function.__name__ == name
    assert list(parameters) == names.split()
    defaults = {key: each.default for key, each in parameters.items() if each.default is not each.empty}
    assert defaults == DEFAULTS.get(name, {})


@pytest.mark.parametrize("name", solutions.__all__)
def test_every_parameter_and_result_has_a_type_hint(name):
    signature = inspect.signature(getattr(solutions, name))
    assert signature.return_annotation is not signature.empty
    assert all(each.annotation is not each.empty for each in signature.parameters.values())


def test_gae_stays_the_function_when_its_module_is_imported():
    importlib.import_module("solutions.gae")
    from solutions import gae

    assert callable(gae)
    assert gae is sys.modules["solutions.gae"].gae
    assert gae.__name__ == "gae"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_solutions_import_only_numpy_and_the_standard_library(path):
    allowed = {"numpy", "solutions", *sys.stdlib_module_names}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "solutions are imported by their full name"
            assert node.module.split(".")[0] in allowed


@pytest.mark.parametrize("name", solutions.__all__)
def test_docstring_gives_returns_source_and_every_argument(name):
    function = getattr(solutions, name)
    parts = inspect.getdoc(function).split("\n\n")
    sections = {part.split(":")[0]: part for part in parts}
    assert parts[0].endswith(".") and "\n" not in parts[0]
    assert "Returns" in sections and "Source" in sections
    arguments = inspect.signature(function).parameters
    if arguments:
        assert "Raises (not graded)" in sections
        listed = [
            name
            for line in sections["Arguments"].splitlines()[1:]
            if line.startswith("    ") and not line.startswith("     ") and ":" in line
            for name in line.split(":")[0].strip().split(", ")
        ]
        assert listed == list(arguments)


@pytest.mark.parametrize("name", solutions.__all__)
def test_docstring_does_not_give_the_code_away(name):
    assert "np." not in getattr(solutions, name).__doc__
