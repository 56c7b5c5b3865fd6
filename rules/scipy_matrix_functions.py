"""Rules of scipy.linalg: functions of matrices and linear matrix equations.

The derivative of a matrix function in a direction is a block of the same function of a larger matrix, and its
adjoint is the derivative at the conjugate transpose.

Source of the mathematics: N. Higham, Functions of Matrices (2008), theorem 3.6 and section 3.3; A. Al-Mohy
and N. Higham (2009) for the exponential; A. Al-Mohy, N. Higham and S. Relton (2013) for the logarithm;
M. Giles (2008).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.composed import composed
from adjoint.rules.kinds import NUMERIC, Array, Kind, Tuple
from adjoint.rules.linalg import given_matrix
from adjoint.rules.registry import frule, rrule
from adjoint.rules.scipy_linalg import linalg
from adjoint.rules.support import fit, hermitian


def with_direction(a: Any, direction: Any) -> Any:
    """Return the matrices ``[[a, direction], [0, a]]``."""
    upper = np.concatenate([a, direction], axis=-1)
    lower = np.concatenate([np.zeros_like(a), a], axis=-1)
    return np.concatenate([upper, lower], axis=-2)


def function_dot(function: Any, a: Any, direction: Any) -> Any:
    """Return the derivative of a matrix function at ``a`` in a direction.

    Args:
        function: maps matrices to matrices, as a power series does.
        a: shape (n, n).
        direction: shape (n, n).
    """
    n = np.shape(a)[-1]
    return function(with_direction(a, direction))[..., :n, n:]


def plain_kind(A: Kind) -> Kind:
    """Return the kind of a matrix function that may be complex for a real matrix."""
    return Array(None, A.dims) if isinstance(A, Array) else Array(None, None)


def _one_matrix(A: Kind) -> bool:
    return isinstance(A, Array) and A.ndim == 2


def register(function: Any) -> None:
    """Register both rules of a function of one matrix."""

    @rrule(function, when=_one_matrix, fresh=True, kind=plain_kind)
    def matrix_function(A: Any) -> Any:
        """The derivative at the conjugate transpose in the direction of the cotangent."""
        out = function(A)

        def matrix_function_pullback(out_bar: Any) -> Any:
            return fit(function_dot(function, hermitian(A), out_bar), A)

        return out, matrix_function_pullback

    @frule(function, when=_one_matrix)
    def matrix_function_forward(A: Any) -> Any:
        """The derivative in the direction of the tangent."""
        out = function(A)

        def matrix_function_pushforward(A_dot: Any) -> Any:
            return function_dot(function, A, A_dot)

        return out, matrix_function_pushforward


for _function in (
    linalg.cosm,
    linalg.sinm,
    linalg.tanm,
    linalg.coshm,
    linalg.sinhm,
    linalg.tanhm,
):
    register(_function)


# -- exponential --------------------------------------------------------------------------------


def exponential_dot(a: Any, direction: Any) -> Any:
    """Return the derivative of the exponential at matrices in directions; rules for one are more precise."""
    if np.ndim(a) == 2:
        return linalg.expm_frechet(a, direction, compute_expm=False)
    return function_dot(linalg.expm, a, direction)


@rrule(linalg.expm, when=given_matrix, fresh=True)
def expm(A: Any) -> Any:
    """The derivative at the conjugate transpose in the direction of the cotangent."""
    out = linalg.expm(A)

    def expm_pullback(out_bar: Any) -> Any:
        return fit(exponential_dot(hermitian(A), out_bar), A)

    return out, expm_pullback


@frule(linalg.expm, when=given_matrix)
def expm_forward(A: Any) -> Any:
    """The derivative in the direction of the tangent."""
    out = linalg.expm(A)

    def expm_pushforward(A_dot: Any) -> Any:
        return exponential_dot(A, A_dot).astype(out.dtype)

    return out, expm_pushforward


def second_dot(a: Any, e: Any, direction: Any) -> Any:
    """Return the second derivative of the exponential at ``a`` in two directions."""
    return function_dot(linalg.expm, with_direction(a, e), with_zeros(direction))[..., : len(a), len(a) :]


def with_zeros(direction: Any) -> Any:
    """Return the matrices ``[[direction, 0], [0, direction]]``."""
    return with_direction(direction, np.zeros_like(direction))


def frechet_bars(exp_bar: Any, dot_bar: Any, a: Any, e: Any) -> tuple[Any, Any]:
    """Return the cotangents of matrix and direction; missing cotangents are zero."""
    a_bar = (
        np.zeros_like(a)
        if exp_bar is None
        else linalg.expm_frechet(hermitian(a), exp_bar, compute_expm=False)
    )
    if dot_bar is None:
        return fit(a_bar, a), None
    e_bar = linalg.expm_frechet(hermitian(a), dot_bar, compute_expm=False)
    return fit(a_bar + second_dot(hermitian(a), hermitian(e), dot_bar), a), fit(e_bar, e)


def _one_pair(A: Kind, E: Kind, **_: Kind) -> bool:
    return _one_matrix(A) and _one_matrix(E)


@rrule(linalg.expm_frechet, when=_one_pair, fresh=True)
def expm_frechet(
    A: Any, E: Any, method: Any = None, compute_expm: Any = True, check_finite: Any = True
) -> Any:
    """The second derivative of the exponential."""
    out = linalg.expm_frechet(A, E, method, compute_expm, check_finite)

    def expm_frechet_pullback(out_bar: Any) -> Any:
        exp_bar, dot_bar = out_bar if compute_expm else (None, out_bar)
        A_bar, E_bar = frechet_bars(exp_bar, dot_bar, A, E)
        return A_bar, E_bar, None, None, None

    return out, expm_frechet_pullback


@frule(linalg.expm_frechet, when=_one_pair)
def expm_frechet_forward(
    A: Any, E: Any, method: Any = None, compute_expm: Any = True, check_finite: Any = True
) -> Any:
    """The second derivative of the exponential."""
    out = linalg.expm_frechet(A, E, method, compute_expm, check_finite)

    def expm_frechet_pushforward(
        A_dot: Any, E_dot: Any, method_dot: Any, exp_dot: Any, finite_dot: Any
    ) -> Any:
        by_a, by_e = second_dot(A, E, A_dot), linalg.expm_frechet(A, E_dot, compute_expm=False)
        if compute_expm:
            along = linalg.expm_frechet(A, A_dot, compute_expm=False)
            return (along, by_a), (np.zeros_like(along), by_e), None, None, None
        return by_a, by_e, None, None, None

    return out, expm_frechet_pushforward


# -- logarithm ----------------------------------------------------------------------------------

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


def logarithm_dot(a: Any, direction: Any) -> Any:
    """Return the derivative of the principal logarithm at ``a`` in a direction.

    Square roots are taken until the matrix is near the identity, where the integral of
    ``(1 - t + t a)^-1 direction (1 - t + t a)^-1`` over t from 0 to 1 is a short sum.
    """
    one = np.eye(len(a), dtype=a.dtype)
    scale = 1.0
    while np.linalg.norm(a - one, 1) > 0.25:
        a = linalg.sqrtm(a)
        direction = linalg.solve_sylvester(a, a, direction)
        scale = 2.0 * scale
    total: Any = 0.0
    for node, weight in zip(NODES.tolist(), WEIGHTS.tolist(), strict=True):
        t = 0.5 + 0.5 * node
        inverse = np.linalg.inv((1.0 - t) * one + t * a)
        total = total + 0.5 * weight * (inverse @ direction @ inverse)
    return scale * total


@rrule(linalg.logm, when=_one_matrix, fresh=True, kind=plain_kind)
def logm(A: Any) -> Any:
    """The derivative at the conjugate transpose in the direction of the cotangent."""
    out = linalg.logm(A)

    def logm_pullback(out_bar: Any) -> Any:
        return fit(logarithm_dot(hermitian(A), out_bar), A)

    return out, logm_pullback


@frule(linalg.logm, when=_one_matrix)
def logm_forward(A: Any) -> Any:
    """The derivative in the direction of the tangent."""
    out = linalg.logm(A)

    def logm_pushforward(A_dot: Any) -> Any:
        return logarithm_dot(A, A_dot)

    return out, logm_pushforward


# -- square root --------------------------------------------------------------------------------


@rrule(linalg.sqrtm, when=_one_matrix, fresh=True, kind=plain_kind)
def sqrtm(A: Any) -> Any:
    """``X^H Y + Y X^H = X_bar`` for the root X of an invertible matrix."""
    out = linalg.sqrtm(A)

    def sqrtm_pullback(out_bar: Any) -> Any:
        return fit(linalg.solve_sylvester(hermitian(out), hermitian(out), out_bar), A)

    return out, sqrtm_pullback


@frule(linalg.sqrtm, when=_one_matrix)
def sqrtm_forward(A: Any) -> Any:
    """``X X_dot + X_dot X = A_dot`` for the root X of an invertible matrix."""
    out = linalg.sqrtm(A)

    def sqrtm_pushforward(A_dot: Any) -> Any:
        return linalg.solve_sylvester(out, out, A_dot)

    return out, sqrtm_pushforward


# -- linear matrix equations --------------------------------------------------------------------


@rrule(linalg.solve_sylvester, fresh=True)
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """``A^H Y + Y B^H = X_bar``; Y is the cotangent of ``q``."""
    out = linalg.solve_sylvester(a, b, q)

    def solve_sylvester_pullback(out_bar: Any) -> Any:
        y = linalg.solve_sylvester(hermitian(a), hermitian(b), out_bar)
        return fit(-y @ hermitian(out), a), fit(-hermitian(out) @ y, b), fit(y, q)

    return out, solve_sylvester_pullback


@frule(linalg.solve_sylvester)
def solve_sylvester_forward(a: Any, b: Any, q: Any) -> Any:
    """The same equation with the tangents on the right."""
    out = linalg.solve_sylvester(a, b, q)

    def solve_sylvester_pushforward(a_dot: Any, b_dot: Any, q_dot: Any) -> Any:
        return (
            -linalg.solve_sylvester(a, b, a_dot @ out),
            -linalg.solve_sylvester(a, b, out @ b_dot),
            linalg.solve_sylvester(a, b, q_dot),
        )

    return out, solve_sylvester_pushforward


@rrule(linalg.solve_continuous_lyapunov, when=given_matrix, fresh=True)
def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """``A^H Y + Y A = X_bar``; Y is the cotangent of ``q``."""
    out = linalg.solve_continuous_lyapunov(a, q)

    def solve_continuous_lyapunov_pullback(out_bar: Any) -> Any:
        y = linalg.solve_continuous_lyapunov(hermitian(a), out_bar)
        return fit(-y @ hermitian(out) - hermitian(y) @ out, a), fit(y, q)

    return out, solve_continuous_lyapunov_pullback


@frule(linalg.solve_continuous_lyapunov, when=given_matrix)
def solve_continuous_lyapunov_forward(a: Any, q: Any) -> Any:
    """The same equation with the tangents on the right."""
    out = linalg.solve_continuous_lyapunov(a, q)

    def solve_continuous_lyapunov_pushforward(a_dot: Any, q_dot: Any) -> Any:
        moved = a_dot @ out + out @ hermitian(a_dot)
        return -linalg.solve_continuous_lyapunov(a, moved), linalg.solve_continuous_lyapunov(a, q_dot)

    return out, solve_continuous_lyapunov_pushforward


@rrule(linalg.solve_discrete_lyapunov, when=given_matrix, fresh=True)
def solve_discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    """``Y = A^H Y A + X_bar``; Y is the cotangent of ``q``."""
    out = linalg.solve_discrete_lyapunov(a, q, method)

    def solve_discrete_lyapunov_pullback(out_bar: Any) -> Any:
        y = linalg.solve_discrete_lyapunov(hermitian(a), out_bar, method)
        a_bar = y @ a @ hermitian(out) + hermitian(y) @ a @ out
        return fit(a_bar, a), fit(y, q), None

    return out, solve_discrete_lyapunov_pullback


@frule(linalg.solve_discrete_lyapunov, when=given_matrix)
def solve_discrete_lyapunov_forward(a: Any, q: Any, method: Any = None) -> Any:
    """The same equation with the tangents on the right."""
    out = linalg.solve_discrete_lyapunov(a, q, method)

    def solve_discrete_lyapunov_pushforward(a_dot: Any, q_dot: Any, method_dot: Any) -> Any:
        moved = a_dot @ out @ hermitian(a) + a @ out @ hermitian(a_dot)
        return (
            linalg.solve_discrete_lyapunov(a, moved, method),
            linalg.solve_discrete_lyapunov(a, q_dot, method),
            None,
        )

    return out, solve_discrete_lyapunov_pushforward


# -- polar factors ------------------------------------------------------------------------------


def matrices_kind(**kinds: Kind) -> Kind:
    """The kind of two matrices."""
    return Tuple((Array(None, None), Array(None, None)))


def matrix_and_sum(**kinds: Kind) -> Kind:
    """The kind of a matrix and a number."""
    return Tuple((Array(None, None), NUMERIC))


@composed(linalg.polar, kind=matrices_kind)
def polar(a: Any, side: Any = "right") -> Any:
    """By the root of ``a^H a`` or ``a a^H``, whichever is smaller; smooth while that is invertible."""
    whole = np.asarray(a)
    adjoined = hermitian(whole)
    if np.shape(whole)[0] >= np.shape(whole)[1]:
        unitary = whole @ np.linalg.inv(linalg.sqrtm(adjoined @ whole))
    else:
        unitary = np.linalg.inv(linalg.sqrtm(whole @ adjoined)) @ whole
    return unitary, hermitian(unitary) @ whole if side == "right" else whole @ hermitian(unitary)


@composed(linalg.orthogonal_procrustes, kind=matrix_and_sum)
def orthogonal_procrustes(A: Any, B: Any, check_finite: Any = True) -> Any:
    """The unitary polar factor of ``A^H B``, and the trace of the other one."""
    unitary, stretch = polar(hermitian(np.asarray(A)) @ np.asarray(B))
    return unitary, np.real(np.trace(stretch))
