"""Cases of the rules in rules/scipy_resampling.py."""

from typing import Any

import numpy as np
import scipy.ndimage as ndimage

from .generators import Case, case, cnormal, normal, uniform

MODES = ("constant", "grid-constant", "nearest", "mirror", "reflect", "wrap", "grid-wrap")
TURN = np.array([[0.9, 0.1], [-0.2, 1.1]])


def points() -> Any:
    """Return coordinates inside and outside of a small image, none of them on a pixel."""
    return uniform(-1.9, 5.8, 2, 7)


def given(primal: object, *args: object, **kwargs: object) -> Case:
    """Return a case without empty images, which SciPy refuses, and whose coordinates are not integers."""
    return case(primal, *args, **kwargs).given(empty=False)


CASES = [
    *(given(ndimage.map_coordinates, normal(4, 5), points(), mode=mode, cval=0.3) for mode in MODES),
    *(given(ndimage.map_coordinates, normal(4, 5), points(), order=n, mode="reflect") for n in range(6)),
    given(ndimage.map_coordinates, normal(6), uniform(0.2, 4.8, 1, 2, 3), order=1, prefilter=False),
    given(ndimage.map_coordinates, cnormal(4, 5), points(), order=2),
    given(ndimage.affine_transform, normal(4, 5), TURN, (0.23, 0.31)),
    given(ndimage.affine_transform, normal(4, 5), np.array([0.91, 0.83]), 0.27, (3, 4), order=1),
    given(ndimage.affine_transform, normal(4, 5), np.hstack([TURN, [[0.23], [0.31]]]), mode="nearest"),
    given(ndimage.shift, normal(4, 5), 0.43),
    given(ndimage.shift, normal(4, 5), np.array([0.43, -1.21]), order=2, mode="mirror", prefilter=False),
    given(ndimage.zoom, normal(4, 5), (1.7, 0.62)),
    given(ndimage.zoom, normal(4, 3), 2, order=1, mode="grid-constant", cval=0.5, grid_mode=True),
    given(ndimage.rotate, normal(4, 5), 20.3),
    given(ndimage.rotate, normal(4, 5, 2), -75.2, (0, 1), False, order=1, mode="reflect"),
    given(ndimage.rotate, normal(2, 4, 5), 33.3, (2, 1), order=2, cval=0.4),
    given(ndimage.spline_filter, normal(4, 5)),
    given(ndimage.spline_filter, normal(6), 2, mode="reflect"),
]
