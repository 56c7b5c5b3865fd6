"""Rules of scipy.special's logsumexp, softmax and log_softmax; loaded like `scipy_special`."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.kinds import Kind, Known
from adjoint.rules.reductions import kept
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out

special: Any = importlib.import_module("scipy.special")


def shares(out: Any, a: Any, axis: Any, b: Any, keepdims: Any) -> Any:
    """Return the share of every exponential in the sum, without its weight; zero if the sum is infinite.

    Args:
        out: the logarithm of the sum.
        a: exponents.
        axis: None, integer or tuple.
        b: weights that broadcast to ``a``, or None.
        keepdims: whether the reduced axes were kept.
    """
    wide = a if b is None else np.add(a, np.zeros_like(b))
    level = kept(out, axis, keepdims)
    with np.errstate(invalid="ignore"):
        return np.exp(np.where(np.equal(wide, level), 0.0, wide - level))


def logsumexp_bars(out_bar: Any, out: Any, a: Any, axis: Any, b: Any, keepdims: Any) -> tuple[Any, Any]:
    """Return the cotangents of exponents and weights."""
    each = kept(out_bar, axis, keepdims) * shares(out, a, axis, b, keepdims)
    if b is None:
        return fit(unbroadcast(each, a), a), None
    return fit(unbroadcast(each * b, a), a), fit(unbroadcast(each, b), b)


def logsumexp_dot(a_dot: Any, b_dot: Any, out: Any, a: Any, axis: Any, b: Any, keepdims: Any) -> Any:
    """Return the tangent for that of the exponents or, if that is None, of the weights."""
    weights_dot = b_dot if a_dot is None else a_dot if b is None else a_dot * b
    if weights_dot is None:
        return np.zeros_like(out)
    each = weights_dot * shares(out, a, axis, b, keepdims)
    return fit_out(np.sum(each, axis, keepdims=keepdims), out)


def _real_sum(a: Kind, axis: Kind, b: Kind, keepdims: Kind, return_sign: Kind) -> bool:
    return isinstance(return_sign, Known) and return_sign.value is False


@rrule(special.logsumexp, when=_real_sum, fresh=True)
def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: Any = False, return_sign: Any = False
) -> Any:
    """To every exponent its share in the sum."""
    out = special.logsumexp(a, axis, b, keepdims)

    def logsumexp_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = logsumexp_bars(out_bar, out, a, axis, b, keepdims)
        return a_bar, None, b_bar, None, None

    return out, logsumexp_pullback


@frule(special.logsumexp, when=_real_sum)
def logsumexp_forward(
    a: Any, axis: Any = None, b: Any = None, keepdims: Any = False, return_sign: Any = False
) -> Any:
    """The mean of the tangents by share in the sum."""
    out = special.logsumexp(a, axis, b, keepdims)

    def logsumexp_pushforward(a_dot: Any, axis_dot: Any, b_dot: Any, keepdims_dot: Any, sign_dot: Any) -> Any:
        return (
            logsumexp_dot(a_dot, None, out, a, axis, b, keepdims),
            None,
            logsumexp_dot(None, b_dot, out, a, axis, b, keepdims),
            None,
            None,
        )

    return out, logsumexp_pushforward


@rrule(special.softmax, fresh=True)
def softmax(x: Any, axis: Any = None) -> Any:
    """The value times the cotangent less its weighted mean."""
    out = special.softmax(x, axis)

    def softmax_pullback(out_bar: Any) -> Any:
        return out * (out_bar - np.sum(out * out_bar, axis, keepdims=True)), None

    return out, softmax_pullback


@frule(special.softmax)
def softmax_forward(x: Any, axis: Any = None) -> Any:
    """The value times the tangent less its weighted mean."""
    out = special.softmax(x, axis)

    def softmax_pushforward(x_dot: Any, axis_dot: Any) -> Any:
        return out * (x_dot - np.sum(out * x_dot, axis, keepdims=True)), None

    return out, softmax_pushforward


@rrule(special.log_softmax, fresh=True)
def log_softmax(x: Any, axis: Any = None) -> Any:
    """The cotangent less its sum times the shares."""
    out = special.log_softmax(x, axis)

    def log_softmax_pullback(out_bar: Any) -> Any:
        return out_bar - np.exp(out) * np.sum(out_bar, axis, keepdims=True), None

    return out, log_softmax_pullback


@frule(special.log_softmax)
def log_softmax_forward(x: Any, axis: Any = None) -> Any:
    """The tangent less its weighted mean."""
    out = special.log_softmax(x, axis)

    def log_softmax_pushforward(x_dot: Any, axis_dot: Any) -> Any:
        return x_dot - np.sum(np.exp(out) * x_dot, axis, keepdims=True), None

    return out, log_softmax_pushforward
