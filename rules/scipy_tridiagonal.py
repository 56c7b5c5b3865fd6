"""Rules of scipy.linalg: symmetric tridiagonal eigenproblems; and what is refused, and why."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.both import both
from adjoint.rules.composed import refuse, refused
from adjoint.rules.decompositions import eigh_bar, eigh_dot
from adjoint.rules.kinds import Array, Kind, Tuple, Unknown, constant
from adjoint.rules.scipy_linalg import linalg
from adjoint.rules.support import fit, fit_out


def full(d: Any, e: Any) -> Any:
    """Return the symmetric matrix with a diagonal and the entries beside it."""
    return np.diag(d) + np.diag(e, 1) + np.diag(e, -1)


def whole(name: str, select: Any) -> None:
    """Refuse a part of the eigenvalues.

    Raises:
        RuleError: ADJ202, eigenvalues are selected.
    """
    if select not in ("a", "all", 0):
        raise refused(f"scipy.linalg.{name}", f"select={select!r} finds a part.", "find all, and index them")


def bands_bar(out_bar: Any, pair: Any, d: Any, e: Any) -> tuple[Any, Any]:
    """Return the cotangents of diagonal and neighbours from those of eigenvalues and eigenvectors."""
    a_bar = eigh_bar(out_bar, pair, np.zeros((len(d), len(d)), pair[1].dtype))
    return fit(np.diag(a_bar), d), fit(2.0 * np.diag(a_bar, 1), e)


def bands_dot(d_dot: Any, e_dot: Any, pair: Any) -> tuple[Any, Any]:
    """Return the tangents of eigenvalues and eigenvectors for that of one of the bands."""
    beside = np.diag(d_dot) if e_dot is None else np.diag(e_dot, 1) + np.diag(e_dot, -1)
    values_dot, vectors_dot = eigh_dot(beside, pair)
    return values_dot, vectors_dot


def parts_kind(eigvals_only: Kind, **kinds: Kind) -> Kind:
    """Return the kind of eigenvalues and eigenvectors, or of the eigenvalues alone."""
    alone = constant(eigvals_only)
    if alone is NotImplemented:
        return Unknown()
    return Array(None, None) if alone else Tuple((Array(None, None), Array(None, None)))


@both(linalg.eigh_tridiagonal, kind=parts_kind)
def eigh_tridiagonal(
    d: Any, e: Any, eigvals_only: Any = False, select: Any = "a", select_range: Any = None,
    check_finite: Any = True, tol: Any = 0.0, lapack_driver: Any = "auto",
) -> Any:  # fmt: skip
    """As `eigh` of the full matrix, for all eigenvalues."""
    whole("eigh_tridiagonal", select)
    out = linalg.eigh_tridiagonal(
        d, e, eigvals_only, select, select_range, check_finite, tol, lapack_driver
    )  # fmt: skip

    def eigh_tridiagonal_pullback(out_bar: Any) -> Any:
        if eigvals_only:
            d_bar, e_bar = bands_bar((out_bar, None), np.linalg.eigh(full(d, e)), d, e)
        else:
            d_bar, e_bar = bands_bar(out_bar, out, d, e)
        return d_bar, e_bar, *(None,) * 6

    def moved(d_dot: Any, e_dot: Any) -> Any:
        if eigvals_only:
            return fit_out(bands_dot(d_dot, e_dot, np.linalg.eigh(full(d, e)))[0], out)
        return bands_dot(d_dot, e_dot, out)

    def eigh_tridiagonal_pushforward(d_dot: Any, e_dot: Any, *rest_dot: Any) -> Any:
        by_d = None if d_dot is None else moved(d_dot, None)
        by_e = None if e_dot is None else moved(None, e_dot)
        return by_d, by_e, *(None,) * 6

    return out, eigh_tridiagonal_pullback, eigh_tridiagonal_pushforward


@both(linalg.eigvalsh_tridiagonal)
def eigvalsh_tridiagonal(
    d: Any, e: Any, select: Any = "a", select_range: Any = None, check_finite: Any = True, tol: Any = 0.0,
    lapack_driver: Any = "auto",
) -> Any:  # fmt: skip
    """As `eigvalsh` of the full matrix, for all eigenvalues."""
    whole("eigvalsh_tridiagonal", select)
    out = linalg.eigvalsh_tridiagonal(d, e, select, select_range, check_finite, tol, lapack_driver)

    def eigvalsh_tridiagonal_pullback(out_bar: Any) -> Any:
        d_bar, e_bar = bands_bar((out_bar, None), np.linalg.eigh(full(d, e)), d, e)
        return d_bar, e_bar, *(None,) * 5

    def eigvalsh_tridiagonal_pushforward(d_dot: Any, e_dot: Any, *rest_dot: Any) -> Any:
        pair = np.linalg.eigh(full(d, e))
        by_d = None if d_dot is None else fit_out(bands_dot(d_dot, None, pair)[0], out)
        by_e = None if e_dot is None else fit_out(bands_dot(None, e_dot, pair)[0], out)
        return by_d, by_e, *(None,) * 5

    return out, eigvalsh_tridiagonal_pullback, eigvalsh_tridiagonal_pushforward


# -- refused ------------------------------------------------------------------------------------

refuse(
    linalg.schur, linalg.rsf2csf, linalg.qz, linalg.ordqz,
    why="the Schur form depends on the order of the eigenvalues and on phases that LAPACK chooses.",
    fix="use eig or eigh, or the function of the matrix that is wanted (expm, sqrtm, solve_sylvester)",
)  # fmt: skip
refuse(
    linalg.hessenberg,
    why="it is an intermediate form of eigenvalue problems, and its signs are those that LAPACK chooses.",
    fix="use eig or eigvals of the matrix itself",
)
refuse(
    linalg.funm, linalg.signm, linalg.fractional_matrix_power,
    why="it is computed on a Schur form, which has no derivative.",
    fix="use expm, logm or sqrtm, or eigh if the matrix is symmetric and its eigenvalues differ",
)  # fmt: skip
refuse(linalg.ldl, linalg.cossin, why="its pivots and phases are chosen.", fix="use cholesky, lu or svd")
