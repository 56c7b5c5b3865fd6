"""Rules of products of several matrices: multi_dot and matrix_power."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out, hermitian


def multi_dot_bars(out_bar: Any, arrays: Any) -> Any:
    """Return the cotangents of the factors: products of all to the left and all to the right."""
    matrices = [np.asarray(array) for array in arrays]
    if matrices[0].ndim == 1:
        matrices[0] = matrices[0][None, :]
    if matrices[-1].ndim == 1:
        matrices[-1] = matrices[-1][:, None]
    bar = np.reshape(out_bar, (matrices[0].shape[0], matrices[-1].shape[1]))
    bars = []
    for i, array in enumerate(arrays):
        array_bar = bar
        for matrix in matrices[:i]:
            array_bar = hermitian(matrix) @ array_bar
        for matrix in reversed(matrices[i + 1 :]):
            array_bar = array_bar @ hermitian(matrix)
        bars.append(fit(array_bar, array))
    return tuple(bars) if isinstance(arrays, tuple) else bars


@rrule(np.linalg.multi_dot, fresh=True)
def multi_dot(arrays: Any) -> Any:
    """Each factor receives the cotangent between its neighbours' conjugate transposes."""
    out = np.linalg.multi_dot(arrays)

    def multi_dot_pullback(out_bar: Any) -> Any:
        return multi_dot_bars(out_bar, arrays)

    return out, multi_dot_pullback


def multi_dot_dot(arrays_dot: Any, arrays: Any, out: Any) -> Any:
    """Return the tangent of a product of several matrices: one product for every factor that moves."""
    factors, total = list(arrays), np.zeros_like(out)
    for i, dot in enumerate(arrays_dot):
        if dot is not None:
            total = total + np.linalg.multi_dot([*factors[:i], dot, *factors[i + 1 :]])
    return fit_out(total, out)


@frule(np.linalg.multi_dot)
def multi_dot_forward(arrays: Any) -> Any:
    """The product rule."""
    out = np.linalg.multi_dot(arrays)

    def multi_dot_pushforward(arrays_dot: Any) -> Any:
        return multi_dot_dot(arrays_dot, arrays, out)

    return out, multi_dot_pushforward


def matrix_power_bar(out_bar: Any, a: Any, n: int) -> Any:
    """Return the cotangent of ``a`` in ``np.linalg.matrix_power(a, n)``.

    The sum of ``h^i g h^(n-1-i)`` over i, with ``h`` the conjugate transpose, stands in the upper
    right block of the n-th power of ``[[h, g], [0, h]]``.

    Args:
        out_bar: shape (..., k, k).
        a: shape (..., k, k).
        n: any integer.
    """
    return fit(matrix_power_dot(out_bar, hermitian(a), n), a)


def matrix_power_dot(a_dot: Any, a: Any, n: int) -> Any:
    """Return the tangent of ``np.linalg.matrix_power(a, n)``: the sum over the places of a factor."""
    if n < 0:
        inverse = np.linalg.inv(a)
        return matrix_power_dot(-inverse @ a_dot @ inverse, inverse, -n)
    k = a.shape[-1]
    blocks = np.zeros((*np.shape(a_dot)[:-2], 2 * k, 2 * k), np.result_type(a, a_dot))
    blocks[..., :k, :k] = blocks[..., k:, k:] = a
    blocks[..., :k, k:] = a_dot
    return np.linalg.matrix_power(blocks, n)[..., :k, k:]


@rrule(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """The sum over the places of a factor in the product."""
    out = np.linalg.matrix_power(a, n)

    def matrix_power_pullback(out_bar: Any) -> Any:
        return matrix_power_bar(out_bar, a, n), None

    return out, matrix_power_pullback


@frule(np.linalg.matrix_power)
def matrix_power_forward(a: Any, n: int) -> Any:
    """The sum over the places of a factor in the product."""
    out = np.linalg.matrix_power(a, n)

    def matrix_power_pushforward(a_dot: Any, n_dot: Any) -> Any:
        return matrix_power_dot(a_dot, a, n), None

    return out, matrix_power_pushforward
