"""Rules of scipy.linalg: QR and singular value decompositions, eigenvalues.

Factors are unique only up to signs, phases and the order of equal values; see ``decompositions.py``.

Source of the mathematics: M. Giles (2008); S. Walter and L. Lehmann (2010) for QR.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.decompositions import (
    diagonal_matrix,
    eigh_bar,
    over_gaps,
    qr_bar,
    qr_dot,
    skew_half,
    undetermined,
)
from adjoint.rules.eigenvalues import eig_bar, eig_dot, eigvals_bar, eigvals_dot
from adjoint.rules.errors import RuleError
from adjoint.rules.kinds import Kind, constant
from adjoint.rules.linalg import symmetrised
from adjoint.rules.registry import frule, rrule
from adjoint.rules.scipy_linalg import linalg
from adjoint.rules.singular import svd_bar, svd_dot, svdvals_bar, svdvals_dot
from adjoint.rules.support import fit, fit_out, hermitian, still

# -- singular values ----------------------------------------------------------------------------


@rrule(linalg.svd, fresh=True)
def svd(
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    *,
    check_finite: Any = True,
    lapack_driver: Any = "gesdd",
) -> Any:
    """Factors and singular values, or the values alone."""
    out = linalg.svd(a, full_matrices, compute_uv, check_finite=check_finite, lapack_driver=lapack_driver)

    def svd_pullback(out_bar: Any) -> Any:
        return svd_bar(out_bar, out, a), None, None, None, None

    return out, svd_pullback


@frule(linalg.svd)
def svd_forward(
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    *,
    check_finite: Any = True,
    lapack_driver: Any = "gesdd",
) -> Any:
    """Factors and singular values, or the values alone."""
    out = linalg.svd(a, full_matrices, compute_uv, check_finite=check_finite, lapack_driver=lapack_driver)

    def svd_pushforward(a_dot: Any, full_dot: Any, uv_dot: Any, finite_dot: Any, driver_dot: Any) -> Any:
        return svd_dot(a_dot, out, a), None, None, None, None

    return out, svd_pushforward


@rrule(linalg.svdvals, fresh=True)
def svdvals(a: Any, *, check_finite: Any = True) -> Any:
    """Outer products of the singular vectors."""
    out = linalg.svdvals(a, check_finite=check_finite)

    def svdvals_pullback(out_bar: Any) -> Any:
        return svdvals_bar(out_bar, a), None

    return out, svdvals_pullback


@frule(linalg.svdvals)
def svdvals_forward(a: Any, *, check_finite: Any = True) -> Any:
    """The tangent seen by the singular vectors."""
    out = linalg.svdvals(a, check_finite=check_finite)

    def svdvals_pushforward(a_dot: Any, finite_dot: Any) -> Any:
        return svdvals_dot(a_dot, a), None

    return out, svdvals_pushforward


# -- qr -----------------------------------------------------------------------------------------


def _known_mode(a: Kind, mode: Kind, **_: Kind) -> bool:
    return constant(mode) in ("full", "economic", "r")


def order_of(out: Any) -> Any:
    """Return the order in which the columns were taken, as a plain index."""
    return np.argsort(np.argsort(out[-1]))


def unpivoted(out: Any, a: Any, mode: Any, pivoting: Any) -> tuple[Any, Any]:
    """Return the reduced Q and R, and ``a`` with the columns in the order in which they were taken."""
    ordered = a[..., order_of(out)] if pivoting else a
    if mode == "r":
        return np.linalg.qr(ordered), ordered
    k = min(np.shape(a)[-2:])
    return (out[0][..., :k], out[1][..., :k, :]), ordered


def qr_bars(out_bar: Any, out: Any, a: Any, mode: Any, pivoting: Any) -> Any:
    """Return the cotangent of ``a`` in `scipy.linalg.qr`.

    Raises:
        ValueError: a cotangent of the extra columns of a full Q, an arbitrary basis, is not zero.
    """
    if not np.size(a):
        return still(a)[0]
    k = min(np.shape(a)[-2:])
    reduced, ordered = unpivoted(out, a, mode, pivoting)
    q_bar, r_bar = (None, out_bar[0]) if mode == "r" else out_bar[:2]
    if q_bar is not None and np.any(q_bar[..., k:]):
        raise ValueError(
            "the extra columns of Q in scipy.linalg.qr(mode='full') are an arbitrary basis and have no "
            "derivative; use mode='economic'"
        )
    q_bar = None if q_bar is None else q_bar[..., :k]
    bar = qr_bar((q_bar, None if r_bar is None else r_bar[..., :k, :]), reduced, ordered)
    return fit(bar[..., np.argsort(out[-1])] if pivoting else bar, a)


@rrule(linalg.qr, when=_known_mode, fresh=True)
def qr(
    a: Any, *, lwork: Any = None, mode: Any = "full", pivoting: Any = False, check_finite: Any = True
) -> Any:
    """A matrix of full rank; extra columns of a full Q have no derivative."""
    given = {} if lwork is None else {"lwork": lwork}  # newer versions of SciPy warn of it
    out = linalg.qr(a, mode=mode, pivoting=pivoting, check_finite=check_finite, **given)

    def qr_pullback(out_bar: Any) -> Any:
        return qr_bars(out_bar, out, a, mode, pivoting), None, None, None, None

    return out, qr_pullback


def qr_dots(a_dot: Any, out: Any, a: Any, mode: Any, pivoting: Any) -> Any:
    """Return the tangents of the factors; the extra columns of a full Q move as little as they can."""
    reduced, ordered = unpivoted(out, a, mode, pivoting)
    q_dot, r_dot = qr_dot(a_dot[..., order_of(out)] if pivoting else a_dot, reduced, ordered)
    places = (None,) if pivoting else ()
    if mode == "r":
        rest = np.zeros((*np.shape(out[0])[:-2], np.shape(out[0])[-2] - np.shape(r_dot)[-2], r_dot.shape[-1]))
        return np.concatenate([r_dot, rest.astype(r_dot.dtype)], axis=-2), *places
    q, k = out[0], min(np.shape(a)[-2:])
    extra = -q[..., :k] @ (hermitian(q_dot) @ q[..., k:])
    rest = np.zeros((*np.shape(q)[:-2], np.shape(out[1])[-2] - k, r_dot.shape[-1]), r_dot.dtype)
    return np.concatenate([q_dot, extra], axis=-1), np.concatenate([r_dot, rest], axis=-2), *places


@frule(linalg.qr, when=_known_mode)
def qr_forward(
    a: Any, *, lwork: Any = None, mode: Any = "full", pivoting: Any = False, check_finite: Any = True
) -> Any:
    """A matrix of full rank."""
    given = {} if lwork is None else {"lwork": lwork}  # newer versions of SciPy warn of it
    out = linalg.qr(a, mode=mode, pivoting=pivoting, check_finite=check_finite, **given)

    def qr_pushforward(a_dot: Any, lwork_dot: Any, mode_dot: Any, pivoting_dot: Any, finite_dot: Any) -> Any:
        return qr_dots(a_dot, out, a, mode, pivoting), None, None, None, None

    return out, qr_pushforward


# -- eigenvalues --------------------------------------------------------------------------------


def generalised_bars(out_bar: Any, out: Any) -> tuple[Any, Any]:
    """Return both (Hermitian) cotangents of the problem ``a v = b v w`` with ``v^H b v = 1``.

    Args:
        out_bar: cotangents of eigenvalues (..., n) and eigenvectors (..., n, n); None is zero.
        out: the eigenvalues and eigenvectors.
    """
    values, vectors = out
    values_bar = np.zeros_like(values) if out_bar[0] is None else np.asarray(out_bar[0])
    inner = diagonal_matrix(values_bar)
    scaled = inner * values[..., None, :]
    if out_bar[1] is not None:
        mixed = hermitian(vectors) @ out_bar[1]
        turned = over_gaps(skew_half(mixed), values, mixed) + undetermined(values, out_bar[0], mixed)
        inner, scaled = inner + turned, scaled + turned * middles(values) + 0.5 * symmetrised(mixed)
    h = hermitian(vectors)
    return symmetrised(vectors @ inner @ h), -symmetrised(vectors @ scaled @ h)


def middles(values: Any) -> Any:
    """Return ``(values[i] + values[j]) / 2`` at ``[i, j]``."""
    return 0.5 * (values[..., None, :] + values[..., :, None])


def eigh_bars(out_bar: Any, a: Any, b: Any, lower: Any, out: Any) -> tuple[Any, Any]:
    """Return the cotangents of both matrices of `scipy.linalg.eigh`; the second may be missing."""
    if b is None:
        return eigh_bar(out_bar, out, a), None
    a_bar, b_bar = generalised_bars(out_bar, out)
    return fit(a_bar, a), fit(b_bar, b)


def generalised_dots(a_dot: Any, b_dot: Any, out: Any) -> tuple[Any, Any]:
    """Return the tangents of eigenvalues and eigenvectors for that of one matrix; see `generalised_bars`."""
    values, vectors = out
    h = hermitian(vectors)
    if b_dot is None:
        inner = h @ symmetrised(a_dot) @ vectors
        return np.real(np.diagonal(inner, axis1=-2, axis2=-1)), vectors @ over_gaps(inner, values, inner)
    mixed = h @ symmetrised(b_dot) @ vectors
    values_dot = -values * np.real(np.diagonal(mixed, axis1=-2, axis2=-1))
    turned = mixed * middles(values)
    return values_dot, -vectors @ (over_gaps(turned, values, turned) + 0.5 * mixed)


def _vectors_too(eigvals_only: Kind, type: Kind, **_: Kind) -> bool:
    return constant(eigvals_only) is False and constant(type) == 1


def _values_only(eigvals_only: Kind, type: Kind, **_: Kind) -> bool:
    return constant(eigvals_only) is True and constant(type) == 1


def _first_type(type: Kind, **_: Kind) -> bool:
    return bool(constant(type) == 1)


def _other_type(type: Kind, **_: Kind) -> bool:
    return constant(type) in (2, 3)


def refused(*args: Any, type: Any = 1, **kwargs: Any) -> Any:
    """Problems of other types have no rule."""
    raise RuleError(
        "ADJ202",
        title=f"scipy.linalg.eigh and eigvalsh have no derivative rule for type={type}",
        why="the rules know problems of type 1, a v = w b v.",
        fixes=("write the problem with type=1", "register a rule of your own"),
    )


rrule(linalg.eigh, linalg.eigvalsh, when=_other_type)(refused)
frule(linalg.eigh, linalg.eigvalsh, when=_other_type)(refused)


@rrule(linalg.eigh, when=_vectors_too, fresh=True)
def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    type: Any = 1,
    check_finite: Any = True,
    driver: Any = None,
) -> Any:
    """Symmetric cotangents although one triangle of each matrix is read; of problems of type 1."""
    out = linalg.eigh(a, b, lower=lower, check_finite=check_finite, driver=driver)

    def eigh_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = eigh_bars(out_bar, a, b, lower, out)
        return a_bar, b_bar, None, None, None, None, None

    return out, eigh_pullback


@frule(linalg.eigh, when=_vectors_too)
def eigh_forward(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    type: Any = 1,
    check_finite: Any = True,
    driver: Any = None,
) -> Any:
    """Tangents count by their Hermitian parts although one triangle of each matrix is read."""
    out = linalg.eigh(a, b, lower=lower, check_finite=check_finite, driver=driver)

    def eigh_pushforward(
        a_dot: Any,
        b_dot: Any,
        lower_dot: Any,
        only_dot: Any,
        type_dot: Any,
        finite_dot: Any,
        driver_dot: Any,
    ) -> Any:
        of_b = None if b_dot is None else generalised_dots(None, b_dot, out)
        return generalised_dots(a_dot, None, out), of_b, None, None, None, None, None

    return out, eigh_pushforward


@rrule(linalg.eigh, when=_values_only, fresh=True)
def eigh_values(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    type: Any = 1,
    check_finite: Any = True,
    driver: Any = None,
) -> Any:
    """Outer products of the eigenvectors, which are computed in the pullback."""
    out = linalg.eigh(a, b, lower=lower, eigvals_only=eigvals_only, check_finite=check_finite, driver=driver)

    def eigh_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = eigh_bars((out_bar, None), a, b, lower, linalg.eigh(a, b, lower=lower))
        return a_bar, b_bar, None, None, None, None, None

    return out, eigh_pullback


def values_dot(a_dot: Any, b_dot: Any, a: Any, b: Any, lower: Any) -> Any:
    """Return the tangent of the eigenvalues for that of one matrix."""
    return generalised_dots(a_dot, b_dot, linalg.eigh(a, b, lower=lower))[0]


@frule(linalg.eigh, when=_values_only)
def eigh_values_forward(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    type: Any = 1,
    check_finite: Any = True,
    driver: Any = None,
) -> Any:
    """The tangents seen by the eigenvectors."""
    out = linalg.eigh(a, b, lower=lower, eigvals_only=eigvals_only, check_finite=check_finite, driver=driver)

    def eigh_pushforward(
        a_dot: Any,
        b_dot: Any,
        lower_dot: Any,
        only_dot: Any,
        type_dot: Any,
        finite_dot: Any,
        driver_dot: Any,
    ) -> Any:
        of_b = None if b_dot is None else values_dot(None, b_dot, a, b, lower)
        return values_dot(a_dot, None, a, b, lower), of_b, None, None, None, None, None

    return out, eigh_pushforward


@rrule(linalg.eigvalsh, when=_first_type, fresh=True)
def eigvalsh(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    type: Any = 1,
    check_finite: Any = True,
    driver: Any = None,
) -> Any:
    """Outer products of the eigenvectors, which are computed in the pullback."""
    out = linalg.eigvalsh(a, b, lower=lower, check_finite=check_finite, driver=driver)

    def eigvalsh_pullback(out_bar: Any) -> Any:
        a_bar, b_bar = eigh_bars((out_bar, None), a, b, lower, linalg.eigh(a, b, lower=lower))
        return a_bar, b_bar, None, None, None, None

    return out, eigvalsh_pullback


@frule(linalg.eigvalsh, when=_first_type)
def eigvalsh_forward(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    type: Any = 1,
    check_finite: Any = True,
    driver: Any = None,
) -> Any:
    """The tangents seen by the eigenvectors."""
    out = linalg.eigvalsh(a, b, lower=lower, check_finite=check_finite, driver=driver)

    def eigvalsh_pushforward(
        a_dot: Any, b_dot: Any, lower_dot: Any, type_dot: Any, finite_dot: Any, driver_dot: Any
    ) -> Any:
        of_b = None if b_dot is None else values_dot(None, b_dot, a, b, lower)
        return values_dot(a_dot, None, a, b, lower), of_b, None, None, None, None

    return out, eigvalsh_pushforward


@rrule(linalg.eig, fresh=True)
def eig(a: Any, *, check_finite: Any = True) -> Any:
    """Distinct eigenvalues and right eigenvectors of length one."""
    out = linalg.eig(a, check_finite=check_finite)

    def eig_pullback(out_bar: Any) -> Any:
        return eig_bar(out_bar, out, a), None

    return out, eig_pullback


@frule(linalg.eig)
def eig_forward(a: Any, *, check_finite: Any = True) -> Any:
    """Distinct eigenvalues and right eigenvectors of length one."""
    out = linalg.eig(a, check_finite=check_finite)

    def eig_pushforward(a_dot: Any, finite_dot: Any) -> Any:
        values_dot, vectors_dot = eig_dot(a_dot, out)
        return (fit_out(values_dot, out[0]), fit(vectors_dot, out[1])), None

    return out, eig_pushforward


@rrule(linalg.eigvals, fresh=True)
def eigvals(a: Any, *, check_finite: Any = True) -> Any:
    """Outer products of the right and left eigenvectors."""
    out = linalg.eigvals(a, check_finite=check_finite)

    def eigvals_pullback(out_bar: Any) -> Any:
        return eigvals_bar(out_bar, out, a), None

    return out, eigvals_pullback


@frule(linalg.eigvals)
def eigvals_forward(a: Any, *, check_finite: Any = True) -> Any:
    """The tangent seen by right and left eigenvectors."""
    out = linalg.eigvals(a, check_finite=check_finite)

    def eigvals_pushforward(a_dot: Any, finite_dot: Any) -> Any:
        return fit_out(eigvals_dot(a_dot, out, a), out), None

    return out, eigvals_pushforward
