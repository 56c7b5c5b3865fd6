"""Cases of the rules in rules/shaping.py, copies.py, rearranging.py, diagonals.py, windows.py."""

import copy

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from tests.rules.generators import case, cnormal, normal, since

CASES = [
    *(case(np.reshape, normal(2, 3), shape) for shape in ((3, 2), (-1,), -1, (1, 6), 6, (2, -1, 1))),
    *since("2.1.0", case(np.reshape, normal(2, 3), shape=(3, 2))),
    case(np.reshape, normal(2, 3), (3, 2), order="F"),
    case(np.reshape, 1.5, (1, 1)),
    case(np.ndarray.reshape, normal(2, 3), 3, 2),
    case(np.ndarray.reshape, normal(2, 3), (3, 2)),
    case(np.ndarray.reshape, normal(2, 3), -1),
    case(np.ndarray.reshape, normal(2, 3), 3, 2, order="F"),
    case(np.ndarray.reshape, normal(2, 3), 3, 2, order="A").given(sweep=False),
    *(case(f, normal(2, 3)) for f in (np.ravel, np.ndarray.ravel, np.ndarray.flatten)),
    *(case(f, normal(2, 3), order="F") for f in (np.ravel, np.ndarray.ravel, np.ndarray.flatten)),
    *(case(np.expand_dims, normal(2, 3), axis) for axis in (0, 1, -1, (0, 2))),
    case(np.squeeze, normal(1, 3, 1)),
    case(np.squeeze, normal(1, 3, 1), axis=0),
    case(np.ndarray.squeeze, normal(1, 3, 1), 2),
    *(
        case(f, normal(*shape))
        for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d)
        for shape in ((), (3,), (2, 3))
    ),
    *(case(f, normal(3), 2.0) for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d)),
    case(np.ndarray.T, normal(2, 3)),
    case(np.ndarray.T, normal(2, 3, 4)),
    case(np.ndarray.mT, normal(2, 3, 4)),
    case(np.matrix_transpose, normal(2, 3, 4)),
    case(np.linalg.matrix_transpose, normal(2, 3, 4)),
    case(np.transpose, normal(2, 3, 4)),
    case(np.transpose, normal(2, 3, 4), (2, 0, 1)),
    case(np.transpose, normal(2, 3, 4), axes=(-1, 0, 1)),
    case(np.ndarray.transpose, normal(2, 3, 4)),
    case(np.ndarray.transpose, normal(2, 3, 4), 2, 0, 1),
    case(np.ndarray.transpose, normal(2, 3, 4), (2, 0, 1)),
    case(np.ndarray.transpose, normal(2, 3, 4), None),
    case(np.ndarray.transpose, normal(4), 0),
    case(np.swapaxes, normal(2, 3, 4), 0, -1),
    case(np.ndarray.swapaxes, normal(2, 3, 4), 0, 1),
    case(np.moveaxis, normal(2, 3, 4), 0, -1),
    case(np.moveaxis, normal(2, 3, 4), (0, 1), (2, 0)),
    *(
        case(np.rollaxis, normal(2, 3, 4), axis, start)
        for axis in (-1, 0, 1, 2)
        for start in (0, 1, 2, 3, -1)
    ),
    case(np.broadcast_to, normal(3), (2, 3)),
    case(np.broadcast_to, normal(2, 1), (4, 2, 3)),
    case(np.broadcast_to, 1.5, (2, 3)),
    case(np.broadcast_arrays, normal(2, 1), normal(3)),
    case(np.broadcast_arrays, normal(2, 1), 2.0),
    case(np.ix_, normal(2), normal(3)).given(sweep=False, empty=False),
    # windows
    *(case(sliding_window_view, normal(6), window) for window in (1, 3, (2,), 6)),
    case(sliding_window_view, normal(4, 3), (2, 3)),
    case(sliding_window_view, cnormal(4, 3), 2, -1),
    case(sliding_window_view, normal(5, 4), window_shape=(2, 3), axis=(1, 0)),
    case(sliding_window_view, normal(2, 6), (2, 3), axis=(1, 1), subok=True, writeable=True),
    *(case(as_strided, normal(6), shape, (8, 8)).given(sweep=False) for shape in ((4, 3), (0, 2))),
    case(as_strided, normal(3, 4), (3, 3), (32, 0)).given(sweep=False),
    case(as_strided, cnormal(5), (3,), (32,), subok=True, writeable=False).given(sweep=False),
    # copies
    case(np.copy, normal(2, 3)),
    case(np.ndarray.copy, normal(2, 3)),
    case(copy.copy, normal(2, 3)),
    case(copy.deepcopy, [normal(2), 1.5]),
    case(np.ndarray.astype, normal(3), float),
    case(np.ndarray.astype, normal(3), np.complex128),
    case(np.ndarray.astype, normal(3), int),
    case(np.generic.astype, np.float64(1.5), np.complex128),
    case(np.astype, normal(3), np.complex128),
    case(np.ndarray.item, normal(1, 1)),
    case(np.ndarray.item, normal(2, 3), 4),
    case(np.ndarray.item, normal(2, 3), 1, 2),
    case(np.ndarray.item, normal(2, 3), (1, 2)),
    case(np.ndarray.item, normal()),
    case(np.generic.item, np.float64(1.5)),
    case(np.ndarray.tolist, normal(2, 3)),
    # turning, shifting, repeating, padding
    *(case(np.flip, normal(2, 3), **options) for options in ({}, {"axis": 0}, {"axis": (0, 1)})),
    case(np.flipud, normal(2, 3)),
    case(np.fliplr, normal(2, 3)),
    *(case(np.rot90, normal(2, 3, 2), *options) for options in ((), (2,), (3, (1, 2)))),
    *(
        case(np.roll, normal(3, 4), *options)
        for options in ((1,), (-2, 0), (1, 1), ((1, 2), (0, 1)), ((1, 2), 1))
    ),
    *(case(np.tile, normal(2, 3), reps) for reps in (2, (2, 1), (2, 3, 2), [2])),
    case(np.tile, 1.5, 3),
    case(np.repeat, normal(2, 3), 2),
    case(np.repeat, normal(2, 3), 2, axis=-1),
    case(np.repeat, normal(2, 3), np.array([1, 0, 2]), 1),
    case(np.repeat, 1.5, 3),
    case(np.ndarray.repeat, normal(2, 3), 2, 0),
    *(case(np.resize, normal(2, 3), shape) for shape in ((4, 3), 2, (2, 2))),
    *(case(np.pad, normal(3, 4), width) for width in (1, (1, 2), ((1, 0), (0, 2)))),
    *since("2.2.0", case(np.pad, normal(3, 4), {-1: (1, 2)})),
    *(case(np.pad, normal(3, 4), ((1, 0), (0, 2)), constant_values=value) for value in (1.5, (1.5, 2.5))),
    case(np.pad, normal(3, 4), 2, "constant", constant_values=((1.0, 2.0), (3.0, 4.0))),
    *(
        case(np.pad, normal(3, 4), ((1, 2), (0, 2)), mode)
        for mode in ("edge", "reflect", "symmetric", "wrap", "mean", "linear_ramp")
    ),
    case(np.pad, normal(3, 4), 2, mode="reflect", reflect_type="odd"),
    case(np.pad, normal(3, 4), 2, mode="mean", stat_length=2),
    # diagonals and triangles
    *(case(np.diag, normal(3), k) for k in (0, 1, -2)),
    *(case(np.diag, normal(3, 4), k) for k in (0, 1, -2)),
    case(np.diagflat, normal(2, 2), 1),
    case(np.diagonal, normal(3, 4)),
    case(np.diagonal, normal(3, 4, 2), -1, 2, 0),
    case(np.ndarray.diagonal, normal(3, 4, 2), offset=1, axis1=1, axis2=2),
    case(np.linalg.diagonal, normal(2, 3, 4), offset=1),
    *(case(f, normal(3, 4), k) for f in (np.triu, np.tril) for k in (0, 1, -1)),
    *(case(f, normal(4)) for f in (np.triu, np.tril)),
    case(np.triu, cnormal(2, 3, 3)),
]
