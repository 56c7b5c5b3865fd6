"""Rules of scipy.stats: densities of the multivariate normal and the Dirichlet distribution.

Source of the mathematics: K. Petersen and M. Pedersen, The Matrix Cookbook (2012), section 8.1; the densities
as the SciPy reference defines them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Scalar, constant
from adjoint.rules.registry import frule, rrule
from adjoint.rules.scipy_densities import special, stats
from adjoint.rules.support import fit, fit_out

NORMAL, DIRICHLET = type(stats.multivariate_normal), type(stats.dirichlet)

# -- normal -------------------------------------------------------------------------------------


def _plain_covariance(mean: Kind, cov: Kind, **_: Kind) -> bool:
    """Whether the covariance is a matrix, a number, or with a mean the variances."""
    if isinstance(cov, Array):
        return cov.ndim == 2 or cov.ndim in (0, 1) and constant(mean) is not None
    return isinstance(cov, Scalar) or constant(cov) == 1


def deviations(x: Any, mean: Any, cov: Any) -> tuple[Any, Any]:
    """Return the points less the mean, shape (..., d), and the covariance as a matrix."""
    d = np.size(mean) if mean is not None else np.shape(cov)[0] if np.ndim(cov) == 2 else 1
    matrix = cov if np.ndim(cov) == 2 else cov * np.eye(d)
    points = np.asarray(x)
    points = points[..., None] if np.ndim(points) == 0 or d == 1 and np.ndim(points) == 1 else points
    return points - (0.0 if mean is None else np.reshape(mean, (d,))), matrix


def normal_bars(log_bar: Any, x: Any, mean: Any, cov: Any) -> tuple[Any, Any, Any]:
    """Return the cotangents of point, mean and covariance in the logarithm of the normal density.

    With ``z = inv(cov) (x - mean)`` the point receives ``-z``, the mean ``z`` and a symmetric covariance
    ``(z z^T - inv(cov)) / 2``; variances receive its diagonal, one variance its trace.
    """
    dev, matrix = deviations(x, mean, cov)
    weights = np.reshape(log_bar, np.shape(dev)[:-1])
    inverse = np.linalg.inv(matrix)
    z = dev @ inverse
    weighted = weights[..., None] * z
    x_bar = fit(-weighted, x)
    rows = np.reshape(weighted, (-1, np.shape(z)[-1]))
    mean_bar = None if mean is None else fit(np.sum(rows, axis=0), mean)
    cov_bar = 0.5 * (rows.T @ np.reshape(z, np.shape(rows)) - np.sum(weights) * inverse)
    if np.ndim(cov) == 2:
        return x_bar, mean_bar, fit(0.5 * (cov_bar + cov_bar.T), cov)
    variances = np.diag(cov_bar)
    return x_bar, mean_bar, fit(variances if np.ndim(cov) == 1 else np.sum(variances), cov)


def normal_dot(x_dot: Any, mean_dot: Any, cov_dot: Any, out: Any, x: Any, mean: Any, cov: Any) -> Any:
    """Return the tangent of the logarithm of the normal density for that of one argument; None is zero."""
    dev, matrix = deviations(x, mean, cov)
    inverse = np.linalg.inv(matrix)
    z = dev @ inverse
    if cov_dot is not None:
        full = cov_dot if np.ndim(cov) == 2 else cov_dot * np.eye(np.shape(z)[-1])
        full = 0.5 * (full + full.T)
        dot = 0.5 * (np.sum((z @ full) * z, axis=-1) - np.sum(inverse * full))
    elif x_dot is not None:
        dot = -np.sum(z * np.reshape(x_dot, np.shape(dev)), axis=-1)
    else:
        dot = np.sum(z * np.reshape(mean_dot, np.shape(z)[-1:]), axis=-1)
    return fit_out(np.reshape(dot, np.shape(out)), out)


@rrule(NORMAL.logpdf, when=_plain_covariance, fresh=True)
def normal_logpdf(self: Any, x: Any, mean: Any = None, cov: Any = 1) -> Any:
    """By point, mean and covariance; the cotangent of a covariance matrix is symmetric."""
    out = self.logpdf(x, mean, cov)

    def normal_logpdf_pullback(out_bar: Any) -> Any:
        x_bar, mean_bar, cov_bar = normal_bars(out_bar, x, mean, cov)
        return None, x_bar, mean_bar, cov_bar

    return out, normal_logpdf_pullback


@frule(NORMAL.logpdf, when=_plain_covariance)
def normal_logpdf_forward(self: Any, x: Any, mean: Any = None, cov: Any = 1) -> Any:
    """By point, mean and covariance."""
    out = self.logpdf(x, mean, cov)

    def normal_logpdf_pushforward(self_dot: Any, x_dot: Any, mean_dot: Any, cov_dot: Any) -> Any:
        return (
            None,
            None if x_dot is None else normal_dot(x_dot, None, None, out, x, mean, cov),
            None if mean_dot is None else normal_dot(None, mean_dot, None, out, x, mean, cov),
            None if cov_dot is None else normal_dot(None, None, cov_dot, out, x, mean, cov),
        )

    return out, normal_logpdf_pushforward


@rrule(NORMAL.pdf, when=_plain_covariance, fresh=True)
def normal_pdf(self: Any, x: Any, mean: Any = None, cov: Any = 1) -> Any:
    """The density times the derivatives of its logarithm."""
    out = self.pdf(x, mean, cov)

    def normal_pdf_pullback(out_bar: Any) -> Any:
        x_bar, mean_bar, cov_bar = normal_bars(out_bar * out, x, mean, cov)
        return None, x_bar, mean_bar, cov_bar

    return out, normal_pdf_pullback


@frule(NORMAL.pdf, when=_plain_covariance)
def normal_pdf_forward(self: Any, x: Any, mean: Any = None, cov: Any = 1) -> Any:
    """The density times the tangent of its logarithm."""
    out = self.pdf(x, mean, cov)

    def normal_pdf_pushforward(self_dot: Any, x_dot: Any, mean_dot: Any, cov_dot: Any) -> Any:
        return (
            None,
            None if x_dot is None else out * normal_dot(x_dot, None, None, out, x, mean, cov),
            None if mean_dot is None else out * normal_dot(None, mean_dot, None, out, x, mean, cov),
            None if cov_dot is None else out * normal_dot(None, None, cov_dot, out, x, mean, cov),
        )

    return out, normal_pdf_pushforward


# -- Dirichlet ----------------------------------------------------------------------------------


def all_shares(x: Any, alpha: Any) -> Any:
    """Return the shares, the last of which may have been left out, along the first axis."""
    if np.shape(x)[0] == np.size(alpha):
        return x
    return np.concatenate([x, 1.0 - np.sum(x, axis=0, keepdims=True)], axis=0)


def dirichlet_bars(log_bar: Any, x: Any, alpha: Any) -> tuple[Any, Any]:
    """Return the cotangents of shares and concentrations in the logarithm of the Dirichlet density."""
    shares = all_shares(x, alpha)
    column = np.reshape(alpha, (-1, *[1] * (np.ndim(shares) - 1)))
    weights = np.reshape(log_bar, np.shape(shares)[1:])
    by_x = weights * (column - 1.0) / shares
    if np.shape(x)[0] < np.size(alpha):
        by_x = by_x[:-1] - by_x[-1:]
    gammas = special.psi(np.sum(alpha)) - special.psi(alpha)
    logs = np.sum(np.reshape(weights * np.log(shares), (np.size(alpha), -1)), axis=-1)
    return fit(by_x, x), fit(np.sum(weights) * gammas + logs, alpha)


def dirichlet_dot(x_dot: Any, alpha_dot: Any, out: Any, x: Any, alpha: Any) -> Any:
    """Return the tangent of the logarithm of the Dirichlet density for that of one argument."""
    shares = all_shares(x, alpha)
    rest = (-1, *[1] * (np.ndim(shares) - 1))
    if alpha_dot is not None:
        gammas = np.sum((special.psi(np.sum(alpha)) - special.psi(alpha)) * alpha_dot)
        dot = gammas + np.sum(np.log(shares) * np.reshape(alpha_dot, rest), axis=0)
    else:
        moved = x_dot
        if np.shape(x)[0] < np.size(alpha):
            moved = np.concatenate([x_dot, -np.sum(x_dot, axis=0, keepdims=True)], axis=0)
        dot = np.sum((np.reshape(alpha, rest) - 1.0) / shares * moved, axis=0)
    return fit_out(np.reshape(dot, np.shape(out)), out)


@rrule(DIRICHLET.logpdf, fresh=True)
def dirichlet_logpdf(self: Any, x: Any, alpha: Any) -> Any:
    """By shares and concentrations."""
    out = self.logpdf(x, alpha)

    def dirichlet_logpdf_pullback(out_bar: Any) -> Any:
        x_bar, alpha_bar = dirichlet_bars(out_bar, x, alpha)
        return None, x_bar, alpha_bar

    return out, dirichlet_logpdf_pullback


@frule(DIRICHLET.logpdf)
def dirichlet_logpdf_forward(self: Any, x: Any, alpha: Any) -> Any:
    """By shares and concentrations."""
    out = self.logpdf(x, alpha)

    def dirichlet_logpdf_pushforward(self_dot: Any, x_dot: Any, alpha_dot: Any) -> Any:
        return (
            None,
            None if x_dot is None else dirichlet_dot(x_dot, None, out, x, alpha),
            None if alpha_dot is None else dirichlet_dot(None, alpha_dot, out, x, alpha),
        )

    return out, dirichlet_logpdf_pushforward


@rrule(DIRICHLET.pdf, fresh=True)
def dirichlet_pdf(self: Any, x: Any, alpha: Any) -> Any:
    """The density times the derivatives of its logarithm."""
    out = self.pdf(x, alpha)

    def dirichlet_pdf_pullback(out_bar: Any) -> Any:
        x_bar, alpha_bar = dirichlet_bars(out_bar * out, x, alpha)
        return None, x_bar, alpha_bar

    return out, dirichlet_pdf_pullback


@frule(DIRICHLET.pdf)
def dirichlet_pdf_forward(self: Any, x: Any, alpha: Any) -> Any:
    """The density times the tangent of its logarithm."""
    out = self.pdf(x, alpha)

    def dirichlet_pdf_pushforward(self_dot: Any, x_dot: Any, alpha_dot: Any) -> Any:
        return (
            None,
            None if x_dot is None else out * dirichlet_dot(x_dot, None, out, x, alpha),
            None if alpha_dot is None else out * dirichlet_dot(None, alpha_dot, out, x, alpha),
        )

    return out, dirichlet_pdf_pushforward
