"""Rules of scipy.fft: sine transforms of the types 1 to 4; see ``scipy_cosine.py``."""

from __future__ import annotations

from typing import Any

from adjoint.rules.fft import TRANSPOSED
from adjoint.rules.registry import linear, rrule
from adjoint.rules.scipy_cosine import INVERSE_TYPE, line_back, planes_back
from adjoint.rules.scipy_fft import transforms

linear(transforms.dst, transforms.idst, transforms.dstn, transforms.idstn)


@rrule(transforms.dst, fresh=True)
def dst(
    x: Any,
    type: Any = 2,
    n: Any = None,
    axis: Any = -1,
    norm: Any = None,
    *,
    workers: Any = None,
    orthogonalize: Any = None,
) -> Any:
    """The transposed matrix."""
    out = transforms.dst(x, type, n, axis, norm, workers=workers, orthogonalize=orthogonalize)

    def dst_pullback(out_bar: Any) -> Any:
        x_bar = line_back(transforms.dst, out_bar, x, type, axis, norm, orthogonalize)
        return x_bar, None, None, None, None, None, None

    return out, dst_pullback


@rrule(transforms.idst, fresh=True)
def idst(
    x: Any,
    type: Any = 2,
    n: Any = None,
    axis: Any = -1,
    norm: Any = None,
    *,
    workers: Any = None,
    orthogonalize: Any = None,
) -> Any:
    """The transposed matrix, in the other normalisation."""
    out = transforms.idst(x, type, n, axis, norm, workers=workers, orthogonalize=orthogonalize)

    def idst_pullback(out_bar: Any) -> Any:
        x_bar = line_back(
            transforms.dst, out_bar, x, INVERSE_TYPE[type], axis, TRANSPOSED[norm], orthogonalize
        )
        return x_bar, None, None, None, None, None, None

    return out, idst_pullback


@rrule(transforms.dstn, fresh=True)
def dstn(
    x: Any,
    type: Any = 2,
    s: Any = None,
    axes: Any = None,
    norm: Any = None,
    *,
    workers: Any = None,
    orthogonalize: Any = None,
) -> Any:
    """The transposed matrix along every axis."""
    out = transforms.dstn(x, type, s, axes, norm, workers=workers, orthogonalize=orthogonalize)

    def dstn_pullback(out_bar: Any) -> Any:
        x_bar = planes_back(transforms.dst, out_bar, x, type, s, axes, norm, orthogonalize)
        return x_bar, None, None, None, None, None, None

    return out, dstn_pullback


@rrule(transforms.idstn, fresh=True)
def idstn(
    x: Any,
    type: Any = 2,
    s: Any = None,
    axes: Any = None,
    norm: Any = None,
    *,
    workers: Any = None,
    orthogonalize: Any = None,
) -> Any:
    """The transposed matrix along every axis, in the other normalisation."""
    out = transforms.idstn(x, type, s, axes, norm, workers=workers, orthogonalize=orthogonalize)

    def idstn_pullback(out_bar: Any) -> Any:
        x_bar = planes_back(
            transforms.dst, out_bar, x, INVERSE_TYPE[type], s, axes, TRANSPOSED[norm], orthogonalize
        )
        return x_bar, None, None, None, None, None, None

    return out, idstn_pullback
