"""Rules of norms and condition numbers.

At zero the derivative of a norm is taken as zero; of several entries of the same largest size the
first receives the cotangent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.linalg import inv_bar
from adjoint.rules.reductions import reduced_dot
from adjoint.rules.registry import frule, rrule
from adjoint.rules.singular import svdvals_bar
from adjoint.rules.support import fit, fit_out, ratio


def norm2_bar(out_bar: Any, out: Any, x: Any) -> Any:
    """Return the cotangent of ``x`` in its Euclidean norm over all axes; zero at zero.

    Args:
        out_bar: a number.
        out: the norm.
        x: array of any shape.
    """
    return fit(x * ratio(out_bar, out), x)


def directions(x: Any) -> Any:
    """Return the sign of every entry, ``x / |x|`` for complex ones; zero at zero."""
    return ratio(x, np.abs(x)) if np.iscomplexobj(x) else np.sign(x)


def vector_norm_bar(out_bar: Any, out: Any, x: Any, ord: Any, axis: Any) -> Any:
    """Return the cotangent of ``x`` in its vector norm of any order.

    Args:
        out_bar: cotangent of the norm, with the reduced axes kept as length 1.
        out: the norm, likewise.
        x: array of any shape.
        ord: 0, a positive or negative number, or infinity.
        axis: the reduced axes, a tuple.
    """
    size = np.abs(x)
    if ord == 0:
        return np.zeros_like(x)
    if ord == 2:
        return fit(x * ratio(out_bar, out), x)
    if ord == 1:
        return fit(out_bar * directions(x), x)
    if np.isinf(ord):
        return fit(first_of(size, out, axis) * out_bar * directions(x), x)
    slopes = (
        ratio(size, out) ** (ord - 1) if ord >= 1 else np.where(size == 0, 0, ratio(out, size) ** (1 - ord))
    )
    return fit(np.nan_to_num(slopes, posinf=0.0) * out_bar * directions(x), x)


def first_of(values: Any, wanted: Any, axis: tuple[int, ...]) -> Any:
    """Return a mask of the first entry along the axes that equals the wanted one."""
    if not values.size:
        return np.zeros(values.shape, bool)
    moved = np.moveaxis(values == wanted, axis, range(-len(axis), 0))
    flat = moved.reshape(*moved.shape[: moved.ndim - len(axis)], -1)
    mask = (np.cumsum(flat, axis=-1) == 1) & flat
    return np.moveaxis(mask.reshape(moved.shape), range(-len(axis), 0), axis)


def matrix_norm_bar(out_bar: Any, out: Any, x: Any, ord: Any, axis: tuple[int, int]) -> Any:
    """Return the cotangent of ``x`` in a matrix norm over two axes.

    Args:
        out_bar: cotangent of the norm, with the reduced axes kept as length 1.
        out: the norm, likewise.
        x: array of any shape.
        ord: None, ``fro``, ``nuc``, 1, -1, 2, -2 or infinity of either sign.
        axis: of rows and columns.
    """
    if not x.size:
        return np.zeros_like(x)
    if ord is None or ord == "fro":
        return fit(x * ratio(out_bar, out), x)
    if not isinstance(ord, str) and abs(ord) != 2:
        inner, outer = axis if np.abs(ord) == 1 else (axis[1], axis[0])
        sums = np.sum(np.abs(x), axis=inner, keepdims=True)
        extreme = (
            np.max(sums, axis=outer, keepdims=True) if ord > 0 else np.min(sums, axis=outer, keepdims=True)
        )
        return fit(first_of(sums, extreme, (outer % x.ndim,)) * out_bar * directions(x), x)
    matrices = np.moveaxis(x, axis, (-2, -1))
    weights = np.moveaxis(out_bar, axis, (-2, -1))[..., 0]
    count = min(matrices.shape[-2:])
    chosen = np.zeros(count, matrices.real.dtype)
    chosen[:] = 1 if ord == "nuc" else np.arange(count) == (0 if ord == 2 else count - 1)
    return fit(np.moveaxis(svdvals_bar(weights * chosen, matrices), (-2, -1), axis), x)


def reduced_axes(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the reduced axes as a tuple of non-negative integers."""
    ndim = np.ndim(x)
    return tuple(range(ndim)) if axis is None else tuple(int(k) % ndim for k in np.atleast_1d(axis))


def norm_bar(out_bar: Any, out: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """Return the cotangent of ``x`` in ``np.linalg.norm(x, ord, axis, keepdims)``.

    Args:
        out_bar: cotangent of the norm.
        out: the norm.
        x: array of any shape.
        ord: as for ``np.linalg.norm``.
        axis: None, an integer or a pair.
        keepdims: whether the reduced axes were kept.
    """
    x = np.asarray(x)
    if axis is None and ord is None:
        return norm2_bar(np.reshape(out_bar, ()), np.reshape(out, ()), x)
    axes = reduced_axes(x, axis)
    if not keepdims:
        out, out_bar = np.expand_dims(out, axes), np.expand_dims(out_bar, axes)
    if len(axes) == 2:
        return matrix_norm_bar(out_bar, out, x, ord, (axes[0], axes[1]))
    return vector_norm_bar(out_bar, out, x, 2 if ord is None else ord, axes)


def order_bar(out_bar: Any, out: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """Return the cotangent of the order p of a vector norm ``out = sum(|x|^p)^(1/p)``.

    With the shares ``s = |x|^p / out^p`` it is ``out * sum(s log s) / p^2``.

    Args:
        out_bar: cotangent of the norm.
        out: the norm.
        x: array of any shape.
        ord: the order; None for those that are no floats or not finite.
        axis: the reduced axes.
        keepdims: whether the reduced axes were kept.
    """
    if not isinstance(ord, float | np.floating) or not np.isfinite(ord) or ord == 0:
        return None
    return fit(np.sum(out_bar * order_slopes(out, x, ord, axis, keepdims)), ord)


def order_slopes(out: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """Return the derivative of a vector norm by its order; see `order_bar`."""
    axes = reduced_axes(x, axis)
    length = out if keepdims else np.expand_dims(out, axes)
    shares = ratio(np.abs(x), length) ** ord
    logs = np.log(np.where(shares > 0, shares, np.ones_like(shares)))
    return out * np.sum(shares * logs, axes, keepdims=keepdims) / ord**2


def order_dot(dot: Any, out: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """Return the tangent of a norm for that of its order; zero for orders that are not floats."""
    if dot is None or not isinstance(ord, float | np.floating) or not np.isfinite(ord) or ord == 0:
        return np.zeros_like(out)
    return fit_out(order_slopes(out, x, ord, axis, keepdims) * dot, out)


def norm_dot(x_dot: Any, out: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """Return the tangent of ``out = np.linalg.norm(x, ord, axis, keepdims)``."""
    x = np.asarray(x)
    bar = norm_bar(np.ones_like(out), out, x, ord, axis, keepdims)
    return reduced_dot(bar, x_dot, reduced_axes(x, axis), keepdims, out)


@rrule(np.linalg.norm, fresh=True)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """Vector and matrix norms of every order."""
    out = np.linalg.norm(x, ord, axis, keepdims)

    def norm_pullback(out_bar: Any) -> Any:
        ord_bar = None if len(reduced_axes(x, axis)) == 2 else order_bar(out_bar, out, x, ord, axis, keepdims)
        return norm_bar(out_bar, out, x, ord, axis, keepdims), ord_bar, None, None

    return out, norm_pullback


@frule(np.linalg.norm)
def norm_forward(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """Vector and matrix norms of every order."""
    out = np.linalg.norm(x, ord, axis, keepdims)

    def norm_pushforward(x_dot: Any, ord_dot: Any, axis_dot: Any, keepdims_dot: Any) -> Any:
        return (
            norm_dot(x_dot, out, x, ord, axis, keepdims),
            order_dot(ord_dot, out, x, ord, axis, keepdims),
            None,
            None,
        )

    return out, norm_pushforward


@rrule(np.linalg.norm, fresh=True)
def norm_euclidean(x: Any) -> Any:
    """The root of the sum of all squares; zero at zero."""
    out = np.linalg.norm(x)

    def norm_pullback(out_bar: Any) -> Any:
        return norm2_bar(out_bar, out, x)

    return out, norm_pullback


@frule(np.linalg.norm)
def norm_euclidean_forward(x: Any) -> Any:
    """The part along the unit vector; zero at zero."""
    out = np.linalg.norm(x)

    def norm_pushforward(x_dot: Any) -> Any:
        return norm_dot(x_dot, out, x, None, None, False)

    return out, norm_pushforward


def array_norm_bar(out_bar: Any, out: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """Return the cotangent of ``x`` in ``np.linalg.vector_norm``."""
    axes = reduced_axes(x, axis)
    if not keepdims:
        out, out_bar = np.expand_dims(out, axes), np.expand_dims(out_bar, axes)
    return vector_norm_bar(out_bar, out, x, ord, axes)


def array_norm_dot(x_dot: Any, out: Any, x: Any, ord: Any, axis: Any, keepdims: Any) -> Any:
    """Return the tangent of ``out = np.linalg.vector_norm(x)``."""
    bar = array_norm_bar(np.ones_like(out), out, x, ord, axis, keepdims)
    return reduced_dot(bar, x_dot, reduced_axes(x, axis), keepdims, out)


@rrule(np.linalg.vector_norm, fresh=True)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    """Vector norms of every order."""
    out = np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)

    def vector_norm_pullback(out_bar: Any) -> Any:
        ord_bar = order_bar(out_bar, out, x, ord, axis, keepdims)
        return array_norm_bar(out_bar, out, x, ord, axis, keepdims), None, None, ord_bar

    return out, vector_norm_pullback


@frule(np.linalg.vector_norm)
def vector_norm_forward(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    """Vector norms of every order."""
    out = np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)

    def vector_norm_pushforward(x_dot: Any, axis_dot: Any, keepdims_dot: Any, ord_dot: Any) -> Any:
        return (
            array_norm_dot(x_dot, out, x, ord, axis, keepdims),
            None,
            None,
            order_dot(ord_dot, out, x, ord, axis, keepdims),
        )

    return out, vector_norm_pushforward


@rrule(np.linalg.matrix_norm, fresh=True)
def matrix_norm(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    """Matrix norms of every order over the last two axes."""
    out = np.linalg.matrix_norm(x, keepdims=keepdims, ord=ord)

    def matrix_norm_pullback(out_bar: Any) -> Any:
        return norm_bar(out_bar, out, x, ord, (-2, -1), keepdims), None, None

    return out, matrix_norm_pullback


@frule(np.linalg.matrix_norm)
def matrix_norm_forward(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    """Matrix norms of every order over the last two axes."""
    out = np.linalg.matrix_norm(x, keepdims=keepdims, ord=ord)

    def matrix_norm_pushforward(x_dot: Any, keepdims_dot: Any, ord_dot: Any) -> Any:
        return norm_dot(x_dot, out, x, ord, (-2, -1), keepdims), None, None

    return out, matrix_norm_pushforward


def cond_bar(out_bar: Any, out: Any, x: Any, p: Any) -> Any:
    """Return the cotangent of ``x`` in its condition number.

    That is the quotient of the extreme singular values, or the product of the norms of the matrix
    and of its inverse.
    """
    if p is None or p in (2, -2):
        values = np.linalg.svd(x, compute_uv=False)
        weights = np.zeros_like(values)
        top, bottom = (0, -1) if p != -2 else (-1, 0)
        weights[..., top] = ratio(out_bar, values[..., bottom])
        weights[..., bottom] -= ratio(out_bar * out, values[..., bottom])
        return svdvals_bar(weights, x)
    inverse = np.linalg.inv(x)
    first, second = (np.linalg.norm(m, p, (-2, -1)) for m in (x, inverse))
    direct = norm_bar(out_bar * second, first, x, p, (-2, -1), False)
    through = norm_bar(out_bar * first, second, inverse, p, (-2, -1), False)
    return fit(direct + inv_bar(through, inverse, x), x)


@rrule(np.linalg.cond, fresh=True)
def cond(x: Any, p: Any = None) -> Any:
    """Condition numbers of every order."""
    out = np.linalg.cond(x, p)

    def cond_pullback(out_bar: Any) -> Any:
        return cond_bar(out_bar, out, x, p), None

    return out, cond_pullback


@frule(np.linalg.cond)
def cond_forward(x: Any, p: Any = None) -> Any:
    """Condition numbers of every order."""
    out = np.linalg.cond(x, p)

    def cond_pushforward(x_dot: Any, p_dot: Any) -> Any:
        return reduced_dot(cond_bar(np.ones_like(out), out, x, p), x_dot, (-2, -1), False, out), None

    return out, cond_pushforward
