"""Cases of the rules in rules/scipy_ndimage.py and scipy_smoothing.py."""

import scipy.ndimage as ndimage

from .generators import case, normal

MODES = ("reflect", "mirror", "nearest", "wrap", "constant")
SOME = ("reflect", "wrap", "constant")
LINES = (ndimage.correlate1d, ndimage.convolve1d)
PLANES = (ndimage.correlate, ndimage.convolve)

CASES = [
    *(case(f, normal(5), normal(size), mode=mode) for f in LINES for size in (2, 3) for mode in MODES),
    *(case(f, normal(3, 4), normal(4), 0, mode="constant", cval=0.5, origin=1) for f in LINES),
    *(case(f, normal(4, 3), normal(2, 3), mode=mode) for f in PLANES for mode in SOME),
    *(case(f, normal(3, 4), normal(3, 2), cval=0.5, mode="constant", origin=(1, 0)) for f in PLANES),
    *(case(ndimage.gaussian_filter, normal(3, 4), 1, mode=mode) for mode in SOME),
    case(ndimage.gaussian_filter, normal(3, 4), (1, 2), (1, 0), mode=["wrap", "nearest"], radius=2),
    case(ndimage.gaussian_filter1d, normal(3, 4), 1, 0, 1, mode="mirror", radius=3),
    *(case(ndimage.uniform_filter, normal(3, 4), size, mode=mode) for size in (2, 3) for mode in SOME),
    case(ndimage.uniform_filter1d, normal(3, 5), 4, 1, mode="constant", cval=0.5, origin=-1),
]
CASES = [each.given(sweep=False) for each in CASES]
