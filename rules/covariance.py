"""Rules of ``np.cov`` and ``np.corrcoef``.

With the centred observations X, weights W and the divisor n the covariance is ``C = X W X^H / n``.  The mean
that was subtracted need not be differentiated: its effect on C is multiplied by ``X W 1 = 0``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out, hermitian, still


def upright(m: Any, rowvar: Any, second: bool = False) -> bool:
    """Return whether variables are rows; NumPy takes a second set of one row for one variable."""
    return bool(rowvar) or (np.atleast_2d(m).shape[0] == 1 if second else np.ndim(m) == 1)


def variables(m: Any, rowvar: Any, second: bool = False) -> Any:
    """Return observations as a matrix with a row for every variable."""
    rows = np.atleast_2d(m)
    return rows if upright(m, rowvar, second) else rows.T


def stacked(m: Any, y: Any, rowvar: Any) -> Any:
    """Return all variables as rows, those of ``y`` below those of ``m``."""
    rows = variables(m, rowvar)
    return rows if y is None else np.concatenate([rows, variables(y, rowvar, True)])


def unstacked(rows_bar: Any, m: Any, y: Any, rowvar: Any) -> tuple[Any, Any]:
    """Return the cotangents of ``m`` and ``y`` from that of their `stacked` rows."""
    above, below = np.split(rows_bar, [len(variables(m, rowvar))])
    m_bar = fit(np.reshape(above if upright(m, rowvar) else above.T, np.shape(m)), m)
    if y is None:
        return m_bar, None
    return m_bar, fit(np.reshape(below if upright(y, rowvar, True) else below.T, np.shape(y)), y)


def weights_and_divisor(count: int, bias: Any, ddof: Any, fweights: Any, aweights: Any) -> tuple[Any, Any]:
    """Return the weights of the observations and the divisor of ``np.cov``; no weights are ones."""
    lost = (0 if bias else 1) if ddof is None else ddof
    repeats = np.ones(count) if fweights is None else np.asarray(fweights, float)
    weights = repeats if aweights is None else repeats * aweights
    total = np.sum(weights)
    share = 1.0 if aweights is None else np.sum(weights * aweights) / total
    return weights, np.maximum(total - lost * share, 0.0)


def centred(rows: Any, weights: Any) -> Any:
    """Return rows without their weighted means."""
    return rows - np.sum(rows * weights, axis=1, keepdims=True) / np.sum(weights)


def divisor_slopes(bias: Any, ddof: Any, fweights: Any, aweights: Any) -> Any:
    """Return the derivatives of the divisor by ``aweights``."""
    lost = (0 if bias else 1) if ddof is None else ddof
    repeats = 1.0 if fweights is None else np.asarray(fweights, float)
    total = np.sum(repeats * aweights)
    mean = np.sum(repeats * aweights * aweights) / total
    return repeats * (1.0 - lost * (2.0 * aweights - mean) / total)


def cov_bars(
    out_bar: Any, m: Any, y: Any, rowvar: Any, bias: Any, ddof: Any, fweights: Any, aweights: Any
) -> tuple[Any, Any, Any]:
    """Return the cotangents of ``m``, ``y`` and ``aweights`` in ``np.cov``.

    Args:
        out_bar: shape (n, n) for n variables, or () for one.
        m: observations, 1-d or 2-d.
        y: more of them, or None.
        rowvar: whether variables are rows.
        bias: as for ``np.cov``, like the other arguments.
        ddof: what is subtracted from the number of observations; None for the default.
        fweights: integers, or None.
        aweights: floats, or None.
    """
    if not np.size(out_bar):  # there are no variables
        m_bar, y_bar, aweights_bar = still(m, y, aweights)
        return m_bar, y_bar, aweights_bar
    rows = stacked(m, y, rowvar)
    weights, divisor = weights_and_divisor(rows.shape[1], bias, ddof, fweights, aweights)
    x = centred(rows, weights)
    bar = np.reshape(out_bar, (len(rows), len(rows)))
    m_bar, y_bar = unstacked((bar + hermitian(bar)) @ (x * weights / divisor), m, y, rowvar)
    if aweights is None:
        return m_bar, y_bar, None
    each = np.real(np.sum(x * np.conj(bar @ x), axis=0)) / divisor
    through_divisor = np.sum(each * weights) / divisor * divisor_slopes(bias, ddof, fweights, aweights)
    repeats = 1.0 if fweights is None else fweights
    return m_bar, y_bar, fit(repeats * each - through_divisor, aweights)


@rrule(np.cov, fresh=True)
def cov(
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """The symmetric part of the cotangent times the centred observations."""
    out = np.cov(m, y, rowvar, bias, ddof, fweights, aweights, dtype=dtype)

    def cov_pullback(out_bar: Any) -> Any:
        m_bar, y_bar, aweights_bar = cov_bars(out_bar, m, y, rowvar, bias, ddof, fweights, aweights)
        return m_bar, y_bar, None, None, None, None, aweights_bar, None

    return out, cov_pullback


def observations(
    out: Any, m: Any, y: Any, rowvar: Any, bias: Any, ddof: Any, fweights: Any, aweights: Any
) -> tuple[Any, Any, Any]:
    """Return the centred rows, their weights and the divisor of ``np.cov``; nothing without variables."""
    if not np.size(out):
        return None, None, None
    rows = stacked(m, y, rowvar)
    weights, divisor = weights_and_divisor(rows.shape[1], bias, ddof, fweights, aweights)
    return centred(rows, weights), weights, divisor


def rows_tangent(rows_dot: Any, x: Any, weights: Any, divisor: Any) -> Any:
    """Return the tangent of the covariance for a tangent of the rows."""
    half = rows_dot @ hermitian(x * weights / divisor)
    return half + hermitian(half)


@frule(np.cov)
def cov_forward(
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """As `cov`: the tangent times the centred observations, and the adjoint of that."""
    out = np.cov(m, y, rowvar, bias, ddof, fweights, aweights, dtype=dtype)
    x, weights, divisor = observations(out, m, y, rowvar, bias, ddof, fweights, aweights)

    def cov_pushforward(
        m_dot: Any, y_dot: Any, rowvar_dot: Any, bias_dot: Any, ddof_dot: Any, fweights_dot: Any,
        aweights_dot: Any, dtype_dot: Any,
    ) -> Any:  # fmt: skip
        m_part = y_part = aweights_part = None
        if not np.size(out):
            zero = np.zeros_like(out)
            return zero, zero, None, None, None, None, zero, None
        if m_dot is not None:
            rows_dot = stacked(m_dot, None if y is None else np.zeros_like(y), rowvar)
            m_part = like_out(rows_tangent(rows_dot, x, weights, divisor), out)
        if y_dot is not None:
            rows_dot = stacked(np.zeros_like(m), y_dot, rowvar)
            y_part = like_out(rows_tangent(rows_dot, x, weights, divisor), out)
        if aweights_dot is not None:
            repeats = 1.0 if fweights is None else fweights
            moved = (x * (repeats * aweights_dot)) @ hermitian(x)
            divisor_dot = np.sum(divisor_slopes(bias, ddof, fweights, aweights) * aweights_dot)
            aweights_part = like_out((np.reshape(moved, np.shape(out)) - out * divisor_dot) / divisor, out)
        return m_part, y_part, None, None, None, None, aweights_part, None

    return out, cov_pushforward


# -- correlation --------------------------------------------------------------------------------


def corrcoef_bars(out_bar: Any, out: Any, x: Any, y: Any, rowvar: Any) -> tuple[Any, Any]:
    """Return the cotangents of ``x`` and ``y`` in ``np.corrcoef``: covariances by both deviations."""
    if not np.size(out):  # there are no variables
        x_bar, y_bar = still(x, y)
        return x_bar, y_bar
    variances = np.atleast_1d(np.real(diagonal(np.cov(x, y, rowvar))))
    size = len(variances)
    bar, r = np.reshape(out_bar, (size, size)), np.reshape(out, (size, size))
    deviations = np.sqrt(variances)
    along = np.real(np.conj(bar) * r)
    to_variances = -0.5 * (np.sum(along, axis=0) + np.sum(along, axis=1)) / variances
    c_bar = bar / (deviations[:, None] * deviations) + np.diag(to_variances)
    x_bar, y_bar, _ = cov_bars(c_bar, x, y, rowvar, False, None, None, None)
    return x_bar, y_bar


def diagonal(c: Any) -> Any:
    """Return the variances in what ``np.cov`` returned."""
    return np.diagonal(np.atleast_2d(c))


def like_out(tangent: Any, out: Any) -> Any:
    """Return a tangent in the shape and dtype of the value, a number for one variable."""
    return fit_out(np.reshape(tangent, np.shape(out)), out)


@rrule(np.corrcoef, fresh=True)
def corrcoef(x: Any, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Any:
    """The covariance by the deviations of both variables."""
    out = np.corrcoef(x, y, rowvar, dtype=dtype)

    def corrcoef_pullback(out_bar: Any) -> Any:
        x_bar, y_bar = corrcoef_bars(out_bar, out, x, y, rowvar)
        return x_bar, y_bar, None, None

    return out, corrcoef_pullback


def corrcoef_tangent(rows_dot: Any, rows: Any, out: Any) -> Any:
    """Return the tangent of ``np.corrcoef`` for a tangent of all variables, as rows."""
    weights, divisor = weights_and_divisor(rows.shape[1], False, None, None, None)
    c_dot = rows_tangent(rows_dot, centred(rows, weights), weights, divisor)
    variances = np.real(diagonal(np.cov(rows)))
    deviations = np.sqrt(variances)
    rates = 0.5 * np.real(diagonal(c_dot)) / variances
    r = np.reshape(out, c_dot.shape)
    tangent = c_dot / (deviations[:, None] * deviations) - r * (rates[:, None] + rates)
    return like_out(tangent, out)


@frule(np.corrcoef)
def corrcoef_forward(x: Any, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Any:
    """The tangent of the covariance, less what the deviations do."""
    out = np.corrcoef(x, y, rowvar, dtype=dtype)
    rows = stacked(x, y, rowvar) if np.size(out) else None

    def corrcoef_pushforward(x_dot: Any, y_dot: Any, rowvar_dot: Any, dtype_dot: Any) -> Any:
        x_part = y_part = None
        if rows is None:
            return np.zeros_like(out), np.zeros_like(out), None, None
        if x_dot is not None:
            below = None if y is None else np.zeros_like(y)
            x_part = corrcoef_tangent(stacked(x_dot, below, rowvar), rows, out)
        if y_dot is not None:
            y_part = corrcoef_tangent(stacked(np.zeros_like(x), y_dot, rowvar), rows, out)
        return x_part, y_part, None, None

    return out, corrcoef_pushforward
