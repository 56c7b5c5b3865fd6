"""Rules of scipy.fft: cosine transforms of the types 1 to 4; sine transforms stand in ``scipy_sine.py``.

All are linear.  The transposed matrix is that of the type that inverts it; without ``orthogonalize`` the
entries at the ends carry weights.

Source of the mathematics: the definitions in the SciPy reference, "Fourier Transforms".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.fft import TRANSPOSED, axes_and_sizes, resized
from adjoint.rules.registry import linear, rrule
from adjoint.rules.scipy_fft import transforms
from adjoint.rules.support import fit

INVERSE_TYPE = {1: 1, 2: 3, 3: 2, 4: 4}


def end_weights(kind: Any, type: int, size: int, ndim: int, axis: int, dtype: Any) -> Any:
    """Return one half where the matrix of type 1 or 3 counts an entry of its argument once, not twice."""
    weights = np.ones(size, dtype)
    if kind is transforms.dct and type in (1, 3):
        weights[0] = 0.5
    if kind is transforms.dct and type == 1 or kind is transforms.dst and type == 3:
        weights[-1] = 0.5
    return weights.reshape([-1 if i == axis % ndim else 1 for i in range(ndim)])


def transposed_line(kind: Any, bar: Any, type: int, axis: int, norm: Any, orthogonalize: Any) -> Any:
    """Return the product with the transposed matrix of a transform along one axis.

    Args:
        kind: ``scipy.fft.dct`` or ``scipy.fft.dst``.
        bar: array of any shape.
        type: of the transform.
        axis: of the transform.
        norm: as given to the transform.
        orthogonalize: as given to the transform.
    """
    back = INVERSE_TYPE[type]
    if orthogonalize is None:
        orthogonalize = norm == "ortho"
    if orthogonalize:
        return kind(bar, back, None, axis, norm, orthogonalize=True)
    size, real = bar.shape[axis], np.real(bar).dtype
    before = end_weights(kind, back, size, np.ndim(bar), axis, real)
    after = end_weights(kind, type, size, np.ndim(bar), axis, real)
    return after * kind(bar / before, back, None, axis, norm, orthogonalize=False)


def line_back(kind: Any, out_bar: Any, x: Any, type: int, axis: int, norm: Any, orthogonalize: Any) -> Any:
    """Return the cotangent of the array of a transform along one axis."""
    bar = transposed_line(kind, out_bar, type, axis, norm, orthogonalize)
    return fit(resized(bar, np.shape(x)[axis], axis), x)


def planes_back(
    kind: Any, out_bar: Any, x: Any, type: int, s: Any, axes: Any, norm: Any, orthogonalize: Any
) -> Any:
    """Return the cotangent of the array of a transform along several axes."""
    bar = out_bar
    axes = (axes,) if isinstance(axes, int) else axes
    s = (s,) if isinstance(s, int) else s
    for axis, _ in axes_and_sizes(np.shape(x), s, axes):
        bar = resized(transposed_line(kind, bar, type, axis, norm, orthogonalize), np.shape(x)[axis], axis)
    return fit(bar, x)


linear(transforms.dct, transforms.idct, transforms.dctn, transforms.idctn)


@rrule(transforms.dct, fresh=True)
def dct(
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
    out = transforms.dct(x, type, n, axis, norm, workers=workers, orthogonalize=orthogonalize)

    def dct_pullback(out_bar: Any) -> Any:
        x_bar = line_back(transforms.dct, out_bar, x, type, axis, norm, orthogonalize)
        return x_bar, None, None, None, None, None, None

    return out, dct_pullback


@rrule(transforms.idct, fresh=True)
def idct(
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
    out = transforms.idct(x, type, n, axis, norm, workers=workers, orthogonalize=orthogonalize)

    def idct_pullback(out_bar: Any) -> Any:
        x_bar = line_back(
            transforms.dct, out_bar, x, INVERSE_TYPE[type], axis, TRANSPOSED[norm], orthogonalize
        )
        return x_bar, None, None, None, None, None, None

    return out, idct_pullback


@rrule(transforms.dctn, fresh=True)
def dctn(
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
    out = transforms.dctn(x, type, s, axes, norm, workers=workers, orthogonalize=orthogonalize)

    def dctn_pullback(out_bar: Any) -> Any:
        x_bar = planes_back(transforms.dct, out_bar, x, type, s, axes, norm, orthogonalize)
        return x_bar, None, None, None, None, None, None

    return out, dctn_pullback


@rrule(transforms.idctn, fresh=True)
def idctn(
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
    out = transforms.idctn(x, type, s, axes, norm, workers=workers, orthogonalize=orthogonalize)

    def idctn_pullback(out_bar: Any) -> Any:
        x_bar = planes_back(
            transforms.dct, out_bar, x, INVERSE_TYPE[type], s, axes, TRANSPOSED[norm], orthogonalize
        )
        return x_bar, None, None, None, None, None, None

    return out, idctn_pullback
