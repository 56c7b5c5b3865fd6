"""Rules of the product of all entries along axes: exact where entries are zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.reductions import MULTIPLY_REDUCE, PRODS, flat_bar, reduced_dot, rows_of
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out


def others(rows: Any) -> Any:
    """Return, for every entry of the last axis, the product of all others: exact with zeros.

    Example:
        >>> others(np.array([2.0, 0.0, 3.0]))
        array([0., 6., 0.])
    """
    one = np.ones_like(rows[..., :1])
    before = np.concatenate([one, np.cumprod(rows[..., :-1], axis=-1)], axis=-1)
    after = np.concatenate([np.cumprod(rows[..., :0:-1], axis=-1)[..., ::-1], one], axis=-1)
    return before * after


def prod_bar(out_bar: Any, a: Any, axis: Any = None) -> Any:
    """Return the cotangent of the array of ``np.prod``: the product of all other entries.

    Args:
        out_bar: cotangent of the product, its axes kept or not.
        a: array or number.
        axis: None, integer or tuple.
    """
    rows, restore = rows_of(a, axis)
    return restore(np.expand_dims(flat_bar(out_bar, a, axis), -1) * np.conj(others(rows)))


@rrule(*PRODS, fresh=True)
def prod_masked(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, initial: Any = 1, where: Any = True
) -> Any:
    """The initial value is one more factor, masked entries are none."""
    out = np.prod(a, axis, dtype, keepdims=keepdims, initial=initial, where=where)

    def prod_pullback(out_bar: Any) -> Any:
        factors = np.where(where, a, np.ones((), np.asarray(a).dtype))
        a_bar = fit(np.where(where, prod_bar(out_bar * np.conj(initial), factors, axis), 0.0), a)
        start_bar = fit(np.sum(out_bar * np.conj(np.prod(factors, axis, keepdims=keepdims))), initial)
        return a_bar, None, None, None, start_bar, None

    return out, prod_pullback


def prod_dot(a_dot: Any, a: Any, axis: Any, keepdims: Any, out: Any) -> Any:
    """Return the tangent of ``np.prod``: that of every entry times the product of all others."""
    ones = np.ones(np.shape(np.sum(a, axis, keepdims=True)), np.asarray(a).dtype)
    return reduced_dot(prod_bar(ones, a, axis), a_dot, axis, keepdims, out)


def masked_prod_dot(a_dot: Any, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any, out: Any) -> Any:
    """Return the tangent of a product of an initial value and the entries where ``where`` holds."""
    factors = np.where(where, a, np.ones((), np.asarray(a).dtype))
    return fit_out(initial * prod_dot(np.where(where, a_dot, 0.0), factors, axis, keepdims, out), out)


def initial_dot_of_prod(dot: Any, a: Any, axis: Any, keepdims: Any, where: Any, out: Any) -> Any:
    """Return the tangent of a product for a tangent of its initial value."""
    return fit_out(dot * np.prod(a, axis, keepdims=keepdims, where=where), out)


@frule(*PRODS)
def prod_masked_forward(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, initial: Any = 1, where: Any = True
) -> Any:
    """The initial value is one more factor, masked entries are none."""
    out = np.prod(a, axis, dtype, keepdims=keepdims, initial=initial, where=where)

    def prod_pushforward(
        a_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any, initial_dot: Any, where_dot: Any
    ) -> Any:
        return (
            masked_prod_dot(a_dot, a, axis, keepdims, initial, where, out),
            None,
            None,
            None,
            initial_dot_of_prod(initial_dot, a, axis, keepdims, where, out),
            None,
        )

    return out, prod_pushforward


@rrule(*PRODS, fresh=True)
def prod(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The product of all other entries."""
    out = np.prod(a, axis, dtype, keepdims=keepdims)

    def prod_pullback(out_bar: Any) -> Any:
        return fit(prod_bar(out_bar, a, axis), a), None, None, None

    return out, prod_pullback


@frule(*PRODS)
def prod_forward(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every tangent times the product of all other entries."""
    out = np.prod(a, axis, dtype, keepdims=keepdims)

    def prod_pushforward(a_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any) -> Any:
        return prod_dot(a_dot, a, axis, keepdims, out), None, None, None

    return out, prod_pushforward


@rrule(MULTIPLY_REDUCE, fresh=True)
def multiply_reduce(array: Any, axis: Any = 0, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """The product of all other entries."""
    out = np.multiply.reduce(array, axis, dtype, keepdims=keepdims)

    def multiply_reduce_pullback(out_bar: Any) -> Any:
        return fit(prod_bar(out_bar, array, axis), array), None, None, None

    return out, multiply_reduce_pullback


@frule(MULTIPLY_REDUCE)
def multiply_reduce_forward(array: Any, axis: Any = 0, dtype: Any = None, *, keepdims: Any = False) -> Any:
    """Every tangent times the product of all other entries."""
    out = np.multiply.reduce(array, axis, dtype, keepdims=keepdims)

    def multiply_reduce_pushforward(array_dot: Any, axis_dot: Any, dtype_dot: Any, keepdims_dot: Any) -> Any:
        return prod_dot(array_dot, array, axis, keepdims, out), None, None, None

    return out, multiply_reduce_pushforward
