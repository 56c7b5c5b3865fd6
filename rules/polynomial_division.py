"""The rule of ``np.polydiv``: quotient and remainder of polynomials, highest power first.

With the matrix V of the product with the divisor, the upper rows of ``u = V q + r`` determine the quotient
q, the lower ones the remainder r.  NumPy drops zeros in front of the remainder.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.polynomials import is_plain
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out


def product_matrix(v: Any, rows: int, columns: int) -> Any:
    """Return the matrix of the product with the polynomial ``v``."""
    places = np.arange(rows)[:, None] - np.arange(columns)
    inside = (places >= 0) & (places < len(v))
    return np.where(inside, v[np.clip(places, 0, len(v) - 1)], np.zeros((), v.dtype))


def last(x: Any, size: int) -> Any:
    """Return the last entries of an array, with zeros in front where it has fewer."""
    return np.concatenate([np.zeros(max(size - len(x), 0), x.dtype), x[max(len(x) - size, 0) :]])


def polydiv_bars(out_bar: Any, out: Any, u: Any, v: Any) -> tuple[Any, Any]:
    """Return the cotangents of dividend and divisor.

    Args:
        out_bar: cotangents of quotient and remainder; None is zero.
        out: quotient and remainder.
        u: coefficients, shape (m,) or a number.
        v: coefficients, shape (n,) or a number.
    """
    size, divisor = np.size(u), np.atleast_1d(v)
    q_bar, r_bar = (np.zeros_like(x) if bar is None else bar for bar, x in zip(out_bar, out, strict=True))
    count = size - len(divisor) + 1
    if count <= 0:  # there is no quotient
        return fit(last(r_bar, size), u), fit(np.zeros(len(divisor)), v)
    matrix, rest = product_matrix(divisor, size, count), last(r_bar, size - count)
    inner = q_bar - np.conj(matrix[count:].T) @ rest
    u_bar = np.concatenate([np.linalg.solve(np.conj(matrix[:count].T), inner), rest])
    return fit(u_bar, u), fit(-np.correlate(u_bar, out[0], "valid"), v)


@rrule(np.polydiv, when=is_plain, fresh=True)
def polydiv(u: Any, v: Any) -> Any:
    """The transposed division."""
    out = np.polydiv(u, v)

    def polydiv_pullback(out_bar: Any) -> Any:
        u_bar, v_bar = polydiv_bars(out_bar, out, u, v)
        return u_bar, v_bar

    return out, polydiv_pullback


def polydiv_dot(moved: Any, out: Any, v: Any) -> tuple[Any, Any]:
    """Return the tangents of quotient and remainder where the dividend, less the product, moves."""
    divisor = np.atleast_1d(v)
    count = len(moved) - len(divisor) + 1
    if count <= 0:
        return np.zeros_like(out[0]), fit_out(last(moved, len(out[1])), out[1])
    matrix = product_matrix(divisor, len(moved), count)
    q_dot = np.linalg.solve(matrix[:count], moved[:count])
    r_dot = moved[count:] - matrix[count:] @ q_dot
    return fit_out(q_dot, out[0]), fit_out(last(r_dot, len(out[1])), out[1])


@frule(np.polydiv, when=is_plain)
def polydiv_forward(u: Any, v: Any) -> Any:
    """The tangent of the dividend, less that of the divisor times the quotient, divided."""
    out = np.polydiv(u, v)

    def polydiv_pushforward(u_dot: Any, v_dot: Any) -> Any:
        change = np.convolve(np.atleast_1d(v_dot), out[0])
        return polydiv_dot(np.atleast_1d(u_dot), out, v), polydiv_dot(-last(change, np.size(u)), out, v)

    return out, polydiv_pushforward
