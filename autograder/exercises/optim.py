"""What is graded about `solutions.optim`."""

import numpy as np

import solutions
from autograder.exercises._drawing import every_sign, signed, whole
from autograder.exercises._tolerance import SINGLE_PRECISION
from autograder.exercises.base import Case, Exercise, Misconception

Array = np.ndarray
Generator = np.random.Generator


def _first_step(rng: Generator) -> tuple:
    return signed(rng, 4), signed(rng, 4), np.zeros(4), np.zeros(4), 1, 0.1


def _default_settings(rng: Generator) -> tuple:
    """Draw gradients of usual size, and some so small that the default guard shows beside them."""
    size = np.array([1, 1, 1e-9, 1e-9])
    moments = size**0.9 * signed(rng, 4), size**2 * rng.uniform(0.5, 2, 4)
    return np.zeros(4), size * signed(rng, 4), *moments, 2


def _other_settings(rng: Generator) -> tuple:
    """Draw settings that are all unlike the default, no guard among them."""
    moments = signed(rng, 2, 3), rng.uniform(0.5, 2, (2, 3))
    return (
        signed(rng, 2, 3),
        signed(rng, 2, 3),
        *moments,
        3,
        0.5,
        rng.uniform(0.5, 0.7),
        rng.uniform(0.8, 0.95),
        0.0,
    )


def _tiny_gradients(rng: Generator) -> tuple:
    gradient = 1e-2 * signed(rng, 4)
    return signed(rng, 4), gradient, np.zeros(4), gradient**2, 4, 0.5, 0.9, 0.99, 1e-2


def _integer_gradients(rng: Generator) -> tuple:
    return whole(rng, 5), whole(rng, 5), np.zeros(5), np.zeros(5), 3, 0.25


def _integer_moments(rng: Generator) -> tuple:
    return signed(rng, 1, 1), signed(rng, 1, 1), whole(rng, 1, 1), rng.integers(1, 5, (1, 1)), 4, 0.1


def _later_step(rng: Generator) -> tuple:
    """Draw a step in which all that may be 0 is 0 somewhere, and in one place everything is."""
    theta, gradient, m = np.array([[1, 0, -1, 1, -1, 0], [0, 1, -1, 1, -1, 0], [1, 1, -1, 0, -1, 0]]) * (
        rng.uniform(0.5, 2, (3, 6))
    )
    return theta, gradient, m, np.append(rng.uniform(0.5, 2, 5), 0.0), 3, 0.5, 0.9, 0.999, 0.1


def _adam(  # one argument for each thing that can go wrong
    theta: Array,
    g: Array,
    m: Array,
    v: Array,
    t: int,
    rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    *,
    corrected: tuple[bool, bool] = (True, True),
    late: int = 0,
    power: int = 2,
    inside: bool = False,
    rooted: bool = True,
    keep_corrected: bool = False,
    running: bool = True,
) -> tuple[Array, Array, Array]:
    m = beta1 * m + ((1 - beta1) if running else 1) * g
    v = beta2 * v + ((1 - beta2) if running else 1) * g**power
    m_hat = m / (1 - beta1 ** (t + late)) if corrected[0] else m
    v_hat = v / (1 - beta2 ** (t + late)) if corrected[1] else v
    root = np.sqrt if rooted else np.abs
    scale = root(v_hat + eps) if inside else root(v_hat) + eps
    return theta - rate * m_hat / scale, *((m_hat, v_hat) if keep_corrected else (m, v))


def _wrong_adam(sentence: str, **wrong: object) -> Misconception:
    return Misconception(lambda *arguments: _adam(*arguments, **wrong), sentence)


def _swapped_betas(theta, g, m, v, t, rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8) -> tuple:  # noqa: ANN001
    return _adam(theta, g, m, v, t, rate, beta2, beta1, eps)


def _uphill(theta: Array, g: Array, *rest: object) -> tuple:
    stepped, m, v = _adam(theta, g, *rest)
    return 2 * theta - stepped, m, v


def _plain_descent(theta, g, m, v, t, rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8) -> tuple:  # noqa: ANN001
    return theta - rate * g, *_adam(theta, g, m, v, t, rate, beta1, beta2, eps)[1:]


_adam_step = Exercise(
    reference=solutions.adam_step,
    points=6,
    cases=(
        Case("the first step", _first_step, share=2),
        Case("the default settings", _default_settings, share=2),
        Case("other decay rates, several axes, eps of zero", _other_settings, share=2),
        Case("gradients no larger than eps", _tiny_gradients),
        Case("integer parameters and gradients", _integer_gradients, edge=True),
        Case("integer moments of shape (1, 1)", _integer_moments, edge=True),
        Case("returns the right value and leaves its arguments unchanged", _later_step, keeps_arguments=True),
    ),
    misconceptions=(
        _wrong_adam(
            "The moments start at zero and are too small at first: what corrects that?",
            corrected=(False, False),
        ),
        _wrong_adam(
            "Only one of the two moments is corrected for its start at zero.",
            corrected=(True, False),
        ),
        _wrong_adam(
            "Only one of the two moments is corrected for its start at zero: what about the first?",
            corrected=(False, True),
        ),
        _wrong_adam("Check where the guard stands: it is added to the root, not under it.", inside=True),
        _wrong_adam("t counts from 1 already: look at the powers in the bias correction.", late=1),
        _wrong_adam(
            "The second moment is the running mean of the squared gradient: is yours squared?", power=1
        ),
        _wrong_adam(
            "v has the unit of a squared gradient: what makes the step independent of that unit?",
            rooted=False,
        ),
        _wrong_adam(
            "The moments are returned as they run on, without the correction, "
            "which is made anew in each step.",
            keep_corrected=True,
        ),
        _wrong_adam(
            "In a running mean the old and the new part have weights that add up to 1.", running=False
        ),
        Misconception(
            _swapped_betas, "Two settings have changed places: which moment has the longer memory?"
        ),
        Misconception(_uphill, "Adam descends here: with which sign does the step follow the gradient?"),
        Misconception(
            _plain_descent, "The parameters follow the raw gradient: what are the two moments for?"
        ),
    ),
    **SINGLE_PRECISION,
)


def _long(rng: Generator) -> tuple:
    return [signed(rng, 3, 2), signed(rng, 2), signed(rng, 1, 4)], rng.uniform(0.5, 1)


def _short(rng: Generator) -> tuple:
    return [signed(rng, 2, 2), signed(rng, 3)], rng.uniform(20, 30)


def _long_together(rng: Generator) -> tuple:
    """Draw arrays of which each alone is shorter than the limit, and all together are longer."""
    return [signed(rng, 4, low=0.9, high=1.1) for _ in range(3)], 3.0


def _vanishing(rng: Generator) -> tuple:
    return [np.zeros((2, 3)), np.zeros(2)], rng.uniform(0.5, 1)


def _integers(rng: Generator) -> tuple:
    return [whole(rng, 4), whole(rng, 2, 2)], rng.uniform(1.5, 2.5)


def _one_array(rng: Generator) -> tuple:
    return [signed(rng, 3, 3)], rng.uniform(0.5, 1)


def _of_every_kind(rng: Generator) -> tuple:
    """Draw arrays of whole and of other numbers, each with zeros."""
    return [every_sign(rng, 3), every_sign(rng, 2, 2, integers=True), every_sign(rng, 1, 3)], 1.5


def _norm(grads: list) -> float:
    return np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in grads))


def _shortened(grads: list, length: float, max_norm: float) -> list:
    return [g * max_norm / length if length > max_norm else g * 1.0 for g in grads]


_clip_by_global_norm = Exercise(
    reference=solutions.clip_by_global_norm,
    points=3,
    cases=(
        Case("three arrays that are too long", _long, share=2),
        Case("arrays that are short enough", _short, share=2),
        Case("arrays that are too long only together", _long_together, share=2),
        Case("gradients of zero", _vanishing, edge=True),
        Case("a single array", _one_array, edge=True),
        Case("integer arrays", _integers, edge=True),
        Case(
            "returns the right value and leaves its arguments unchanged", _of_every_kind, keeps_arguments=True
        ),
    ),
    misconceptions=(
        Misconception(
            lambda grads, limit: ([_shortened([g], _norm([g]), limit)[0] for g in grads], _norm(grads)),
            "You shorten each array by its own norm, which changes the direction of the whole gradient: "
            "whose norm decides?",
        ),
        Misconception(
            lambda grads, limit: ([np.clip(g, -limit, limit) for g in grads], _norm(grads)),
            "You clip single entries, which changes the direction of the gradient: it should be kept.",
        ),
        Misconception(
            lambda grads, limit: ([g * limit / _norm(grads) for g in grads], _norm(grads)),
            "You change the length of every gradient: one that is short enough stays as it is.",
        ),
        Misconception(
            lambda grads, limit: (_shortened(grads, _norm(grads), limit), min(_norm(grads), limit)),
            "The norm to return is that before clipping: it tells how large the gradient was.",
        ),
        Misconception(
            lambda grads, limit: (_shortened(grads, _norm(grads) ** 2, limit), _norm(grads) ** 2),
            "Is the root missing in your norm?",
        ),
        Misconception(
            lambda grads, limit: (
                _shortened(grads, max(map(_norm, ([g] for g in grads))), limit),
                max(map(_norm, ([g] for g in grads))),
            ),
            "You take the norm of the longest array; the others belong to the gradient too.",
        ),
        Misconception(
            lambda grads, limit: (
                _shortened(grads, sum(_norm([g]) for g in grads), limit),
                sum(_norm([g]) for g in grads),
            ),
            "Norms do not add up, their squares do.",
        ),
        Misconception(
            lambda grads, limit: ([g / _norm(grads) for g in grads], _norm(grads)),
            "You make every gradient one long; which length is allowed?",
        ),
        Misconception(
            lambda grads, limit: (_norm(grads), _shortened(grads, _norm(grads), limit)),
            "Both results are there, but in the other order.",
        ),
        Misconception(
            lambda grads, limit: _shortened(grads, _norm(grads), limit),
            "Two results are asked for: the arrays, and the norm before clipping.",
        ),
    ),
    **SINGLE_PRECISION,
)

EXERCISES = (_adam_step, _clip_by_global_norm)
