"""Guards that hold only where a gradient is not 0, moments in their own dtype, lists that are written to."""

import numpy as np


def _adam(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    return theta - learning_rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def adam_step_that_keeps_the_dtype_of_the_moments(theta, grad, m, v, t, *settings):
    theta, new_m, new_v = _adam(theta, grad, m, v, t, *settings)
    return theta, new_m.astype(m.dtype), new_v.astype(v.dtype)


def adam_step_that_keeps_the_dtype_of_the_parameters(theta, grad, m, v, t, *settings):
    stepped = theta.copy()
    new, m, v = _adam(theta, grad, m, v, t, *settings)
    stepped[...] = new
    return stepped, m, v


def adam_step_that_squeezes(theta, grad, m, v, t, *settings):
    return tuple(np.squeeze(each) for each in _adam(theta, grad, m, v, t, *settings))


def adam_step_that_normalises_the_gradient(theta, grad, m, v, t, *settings):
    return _adam(theta, grad / np.abs(grad) * np.abs(grad), m, v, t, *settings)


def adam_step_that_skips_what_has_no_gradient(theta, grad, m, v, t, *settings):
    stepped, new_m, new_v = _adam(theta, grad, m, v, t, *settings)
    return np.where(grad == 0, theta, stepped), new_m, new_v


def adam_step_that_clears_tiny_gradients_in_place(theta, grad, m, v, t, *settings):
    result = _adam(theta, grad, m, v, t, *settings)
    v[grad == 0] += 1
    return result


def adam_step_that_forgets_a_guard_of_zero(theta, grad, m, v, t, *settings):
    eps = settings[3] if len(settings) > 3 and settings[3] else 0.01 if len(settings) > 3 else 1e-8
    return _adam(theta, grad, m, v, t, *settings[:3], **({"eps": eps} if len(settings) > 3 else {}))


def clip_by_global_norm_that_keeps_the_dtype_of_each_array(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in grads))
    scale = max_norm / norm if norm > max_norm else 1.0
    return [(scale * g).astype(g.dtype) for g in grads], norm


def clip_by_global_norm_that_divides_by_a_norm_of_0(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in grads))
    return [g * min(1.0, max_norm / norm) if norm != 0 else g / norm for g in grads], norm


def clip_by_global_norm_that_puts_its_result_into_the_list(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in grads))
    if norm > max_norm:
        for i, g in enumerate(grads):
            grads[i] = g * (max_norm / norm)
    return grads, norm


def clip_by_global_norm_that_squeezes(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in grads))
    scale = min(1.0, max_norm / norm) if norm else 1.0
    return [np.squeeze(scale * g) for g in grads], norm


def clip_by_global_norm_that_needs_a_second_array(grads, max_norm):
    first, second, *rest = grads
    norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in (first, second, *rest)))
    scale = min(1.0, max_norm / norm) if norm else 1.0
    return [scale * g for g in grads], norm
