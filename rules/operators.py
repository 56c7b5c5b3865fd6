"""Rules of the arithmetic operators and of the NumPy functions that are the same: + - * / % **.

Partial derivatives of powers at the corners follow the table of ChainRules.jl (``POWERGRADS``): the
slope of ``x ** 0`` is zero everywhere, that of ``0 ** y`` in ``y`` is zero for positive ``y`` and
undefined (NaN) else, and a negative base counts by the real part of its logarithm.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known, Scalar, is_number
from adjoint.rules.registry import frule, rrule, scalar_rule
from adjoint.rules.runtime import add as add_bars
from adjoint.rules.runtime import strong_product, unbroadcast
from adjoint.rules.support import fit, fit_out, is_container

POWERS = (operator.pow, pow, np.power)


def _numbers(x: Kind, y: Kind) -> bool:
    return is_number(x) and is_number(y)


@scalar_rule(operator.add, np.add, when=_numbers)
def add(out: Any, x: Any, y: Any) -> Any:
    """Both receive the cotangent."""
    return 1.0, 1.0


@scalar_rule(operator.sub, np.subtract, when=_numbers)
def sub(out: Any, x: Any, y: Any) -> Any:
    """The second receives the negative."""
    return 1.0, -1.0


@scalar_rule(operator.mul, np.multiply, when=_numbers)
def mul(out: Any, x: Any, y: Any) -> Any:
    """Each receives the other."""
    return y, x


@scalar_rule(operator.neg, np.negative)
def neg(out: Any, x: Any) -> Any:
    """The opposite."""
    return -1.0


@scalar_rule(operator.pos, np.positive)
def pos(out: Any, x: Any) -> Any:
    """The identity."""
    return 1.0


# -- division -----------------------------------------------------------------------------------


def _never_zero(x: Kind, y: Kind) -> bool:
    """Python refuses to divide its own numbers by zero; literals can be looked at."""
    if isinstance(y, Known) and is_number(y):
        return bool(y.value != 0)
    return not any(isinstance(kind, Array) or _numpy(kind) for kind in (x, y)) and _numbers(x, y)


@scalar_rule(operator.truediv, np.divide, singular=True)
def div(out: Any, x: Any, y: Any) -> Any:
    """The quotient rule, by the quotient itself."""
    return 1.0 / y, -out / y


@scalar_rule(operator.truediv, when=_never_zero)
def div_nonzero(out: Any, x: Any, y: Any) -> Any:
    """The quotient rule, by the quotient itself."""
    return 1.0 / y, -out / y


@scalar_rule(np.divide, when=lambda x, y: isinstance(y, Known) and _never_zero(x, y))
def div_literal(out: Any, x: Any, y: Any) -> Any:
    """The divisor is a constant."""
    return 1.0 / y, -out / y


@scalar_rule(operator.mod, np.remainder, when=_numbers)
def mod(out: Any, x: Any, y: Any) -> Any:
    """``x - y * floor(x / y)`` almost everywhere: the jumps are not counted."""
    return 1.0, -(x // y)


# -- powers -------------------------------------------------------------------------------------


def power_base_slope(x: Any, y: Any) -> Any:
    """Return the derivative of ``x ** y`` with respect to ``x``; zero where ``y`` is zero.

    Never raises for Python numbers where the slope is infinite.

    Args:
        x: number or array.
        y: number or array, broadcast against ``x``.

    Example:
        >>> power_base_slope(0.0, 0.5)
        inf
    """
    scalar = not isinstance(x, np.ndarray | np.generic) and not isinstance(y, np.ndarray | np.generic)
    if scalar:
        wide = isinstance(x, complex) or isinstance(y, complex) or x < 0.0 and not float(y).is_integer()
        x = complex(x) if wide else float(x)
    with np.errstate(all="ignore"):
        power = np.power(x, np.where(np.equal(y, 0), 1, y - 1)[()])
        slope = y * power
    return slope.item() if scalar else slope


def power_exponent_slope(out: Any, x: Any, y: Any) -> Any:
    """Return the derivative of ``out = x ** y`` with respect to ``y``.

    Args:
        out: the power.
        x: number or array.
        y: number or array, broadcast against ``x``.

    Example:
        >>> power_exponent_slope(0.0, 0.0, 2.0)
        0.0
    """
    size = x + 0j if np.iscomplexobj(out) else np.abs(x)
    zero = np.equal(x, 0)
    with np.errstate(all="ignore"):
        log = np.log(np.where(zero, 1, size))[()]
        slope = np.where(zero & np.logical_not(np.real(y) > 0), np.nan, out * log)[()]
    if isinstance(slope, np.generic) and not isinstance(out, np.generic | np.ndarray):
        return slope.item()
    return slope.astype(np.asarray(out).dtype, copy=False)


@rrule(np.float_power, fresh=True)
def float_power(x: Any, y: Any) -> Any:
    """As ``power``; computed in double precision, pulled back in that of the arguments."""
    out = np.float_power(x, y)

    def float_power_pullback(out_bar: Any) -> Any:
        x_bar = strong_product(out_bar, np.conj(power_base_slope(x, y)))
        y_bar = strong_product(out_bar, np.conj(power_exponent_slope(out, x, y)))
        return fit(unbroadcast(x_bar, x), x), fit(unbroadcast(y_bar, y), y)

    return out, float_power_pullback


@frule(np.float_power)
def float_power_forward(x: Any, y: Any) -> Any:
    """As ``power``; in double precision."""
    out = np.float_power(x, y)

    def float_power_pushforward(x_dot: Any, y_dot: Any) -> Any:
        return (
            fit_out(strong_product(x_dot, power_base_slope(x, y)), out),
            fit_out(strong_product(y_dot, power_exponent_slope(out, x, y)), out),
        )

    return out, float_power_pushforward


def _exponent(y: Kind) -> Any:
    """Return the value of a constant real exponent, else NaN (which compares false)."""
    known = isinstance(y, Known) and isinstance(y.value, int | float) and not y.active
    return y.value if isinstance(y, Known) and known else math.nan


def _numpy(x: Kind) -> bool:
    """Whether a value is certainly NumPy's, whose zero divisions do not raise."""
    return isinstance(x, Scalar) and x.numpy or isinstance(x, Array) and x.dims is not None


@scalar_rule(*POWERS, singular=True)
def power(out: Any, x: Any, y: Any) -> Any:
    """Both partials, with the corners of the table."""
    return power_base_slope(x, y), power_exponent_slope(out, x, y)


@scalar_rule(*POWERS, when=lambda x, y: _exponent(x) > 0)
def power_of_constant(out: Any, x: Any, y: Any) -> Any:
    """The derivative of an exponential with a positive constant base."""
    return 0.0, out * math.log(x)


@scalar_rule(*POWERS, when=lambda x, y: _exponent(y) < 1 and _numpy(x), singular=True)
def power_below_one(out: Any, x: Any, y: Any) -> Any:
    """A constant exponent below one: infinite slope at zero."""
    return y * x ** (y - 1), 0.0


@scalar_rule(*POWERS, when=lambda x, y: _exponent(y) == -1 and _numpy(x), singular=True)
def power_minus_one(out: Any, x: Any, y: Any) -> Any:
    """The reciprocal."""
    return -out * out, 0.0


@scalar_rule(*POWERS, when=lambda x, y: _exponent(y) == 0.5 and _numpy(x), singular=True)
def power_half(out: Any, x: Any, y: Any) -> Any:
    """The square root."""
    return 0.5 / out, 0.0


@scalar_rule(*POWERS, when=lambda x, y: _exponent(y) == 0)
def power_zero(out: Any, x: Any, y: Any) -> Any:
    """A constant one."""
    return 0.0, 0.0


@scalar_rule(*POWERS, when=lambda x, y: _exponent(y) >= 1)
def power_above_one(out: Any, x: Any, y: Any) -> Any:
    """A constant exponent of at least one."""
    return y * x ** (y - 1), 0.0


@scalar_rule(*POWERS, when=lambda x, y: _exponent(y) == 1)
def power_one(out: Any, x: Any, y: Any) -> Any:
    """The identity."""
    return 1.0, 0.0


@scalar_rule(*POWERS, when=lambda x, y: _exponent(y) == 2)
def power_two(out: Any, x: Any, y: Any) -> Any:
    """The square."""
    return 2.0 * x, 0.0


@scalar_rule(*POWERS, when=lambda x, y: _exponent(y) == 3)
def power_three(out: Any, x: Any, y: Any) -> Any:
    """The cube."""
    return 3.0 * x**2, 0.0


# -- sequences ----------------------------------------------------------------------------------


def _sequences(a: Kind, b: Kind) -> bool:
    return is_container(a) and is_container(b)


def _integer(n: Kind) -> bool:
    if isinstance(n, Known):
        return isinstance(n.value, int)
    return isinstance(n, Scalar) and n.dtype.kind in "bi" and n.numpy is False


@rrule(operator.add, operator.concat, when=_sequences)
def add_sequences(a: Any, b: Any) -> Any:
    """Joined lists or tuples: each receives its part."""
    out = a + b

    def add_sequences_pullback(out_bar: Any) -> Any:
        return out_bar[: len(a)], out_bar[len(a) :]

    return out, add_sequences_pullback


def padded(before: int, dots: Any, after: int) -> Any:
    """Return the tangent of a sequence with items that do not move put before and after it."""
    empty = type(dots)([None])
    return empty * before + dots + empty * after


@frule(operator.add, operator.concat, when=_sequences)
def add_sequences_forward(a: Any, b: Any) -> Any:
    """Each tangent beside nothing that moves."""
    out = a + b

    def add_sequences_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return padded(0, a_dot, len(b)), padded(len(a), b_dot, 0)

    return out, add_sequences_pushforward


def repeated_bar(out_bar: Any, values: Any) -> Any:
    """Return the cotangent of a list or tuple that was repeated: the sum over the copies."""
    bar = None
    for start in range(0, len(out_bar), max(len(values), 1)):
        bar = add_bars(bar, out_bar[start : start + len(values)])
    return bar


@rrule(operator.mul, when=lambda a, b: is_container(a) and _integer(b))
def mul_sequence(a: Any, b: Any) -> Any:
    """A repeated list or tuple."""
    out = a * b

    def mul_sequence_pullback(out_bar: Any) -> Any:
        return repeated_bar(out_bar, a), None

    return out, mul_sequence_pullback


@frule(operator.mul, when=lambda a, b: is_container(a) and _integer(b))
def mul_sequence_forward(a: Any, b: Any) -> Any:
    """The tangent repeated."""
    out = a * b

    def mul_sequence_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return a_dot * b, None

    return out, mul_sequence_pushforward


@rrule(operator.mul, when=lambda a, b: is_container(b) and _integer(a))
def mul_sequence_reflected(a: Any, b: Any) -> Any:
    """A repeated list or tuple."""
    out = a * b

    def mul_sequence_pullback(out_bar: Any) -> Any:
        return None, repeated_bar(out_bar, b)

    return out, mul_sequence_pullback


@frule(operator.mul, when=lambda a, b: is_container(b) and _integer(a))
def mul_sequence_reflected_forward(a: Any, b: Any) -> Any:
    """The tangent repeated."""
    out = a * b

    def mul_sequence_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return None, a * b_dot

    return out, mul_sequence_pushforward
