"""What several rule files share: predicates on kinds, and fitting a cotangent to its argument."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, Known, List, Tuple, is_number
from adjoint.rules.kinds import is_surely_real as is_real
from adjoint.rules.runtime import DOUBLES, conforming

__all__ = [
    "fit",
    "fit_out",
    "hermitian",
    "is_container",
    "is_numeric",
    "is_real",
    "members",
    "ratio",
    "real_array",
    "real_pair",
    "still",
]


def real_array(kind: Kind, ndim: int) -> bool:
    """Return whether the kind is certainly a real array of this rank."""
    return isinstance(kind, Array) and kind.ndim == ndim and is_real(kind)


def real_pair(a: Kind, a_ndim: int, b: Kind, b_ndim: int) -> bool:
    """Return whether two kinds are real arrays of these ranks whose product is as wide as each float one."""
    if not (real_array(a, a_ndim) and real_array(b, b_ndim)):
        return False
    dtypes = [kind.dtype for kind in (a, b) if isinstance(kind, Array) and kind.dtype is not None]
    wide = np.result_type(*dtypes)
    return all(dtype == wide for dtype in dtypes if dtype.kind == "f")


def is_numeric(kind: Kind) -> bool:
    """Return whether the kind is certainly a number or an array of numbers."""
    return is_number(kind) and not isinstance(kind, List | Tuple)


def is_container(kind: Kind) -> bool:
    """Return whether the kind is certainly a list or a tuple."""
    return isinstance(kind, List | Tuple) or isinstance(kind, Known) and isinstance(kind.value, tuple)


@conforming
def fit(x_bar: Any, x: Any) -> Any:
    """Return a cotangent in the shape, dtype and realness of its argument.

    A real argument takes the real part; a cotangent computed in a wider type is rounded.  Integers and
    truth values take that of the real numbers they stand for: their dtype may be known to the running
    program only, which drops what nobody asked for at the end.  Other arguments without tangent space
    give None.

    Args:
        x_bar: the cotangent; None is passed on.
        x: the argument, a number or an array with as many entries.
    """
    if type(x_bar) is type(x) and type(x) in DOUBLES:
        return x_bar
    if x_bar is None or isinstance(x, str | bytes) or x is None:
        return None
    dtype = getattr(x, "dtype", None)
    if dtype is not None and dtype.kind not in "fc":
        if dtype.kind not in "iub":
            return None
        dtype = None
    real = dtype.kind == "f" if dtype is not None else not isinstance(x, complex)
    if real and np.iscomplexobj(x_bar):
        x_bar = np.real(x_bar)
    shape = np.shape(x)
    if np.shape(x_bar) != shape or (shape == () and isinstance(x_bar, np.ndarray)):
        x_bar = np.reshape(x_bar, shape)[()]
    if dtype is not None and getattr(x_bar, "dtype", dtype) != dtype:
        x_bar = x_bar.astype(dtype)
    return x_bar


def given(**options: Any) -> dict[str, Any]:
    """Return the keyword arguments that are not None: older versions of NumPy do not know them all.

    >>> given(copy=None, device="cpu")
    {'device': 'cpu'}
    """
    return {name: value for name, value in options.items() if value is not None}


def still(*arguments: Any) -> tuple[Any, ...]:
    """Return the cotangents of arguments where nothing moves, because no entry of an array is there to move.

    >>> still(np.zeros((0, 2)), 1.5, None)
    (array([], shape=(0, 2), dtype=float64), 0.0, None)
    """
    return tuple(fit(np.zeros(np.shape(x)) if np.ndim(x) else 0.0, x) for x in arguments)


def fit_out(out_dot: Any, out: Any) -> Any:
    """Return a tangent in the shape and dtype of the value it belongs to.

    Args:
        out_dot: broadcasts to the value.
        out: the value, a number or an array.
    """
    dtype = getattr(out, "dtype", None)
    if np.shape(out_dot) != np.shape(out):
        out_dot = np.broadcast_to(out_dot, np.shape(out))
    if dtype is not None and dtype.kind in "fc" and getattr(out_dot, "dtype", None) != dtype:
        out_dot = out_dot.astype(dtype) if hasattr(out_dot, "astype") else np.asarray(out_dot, dtype)
    return out_dot if isinstance(out, np.ndarray) or not isinstance(out_dot, np.ndarray) else out_dot[()]


def members(owner: Any, names: str) -> list[Any]:
    """Return those members of a module or class, named in one string, that this NumPy has."""
    found = (getattr(owner, name, None) for name in names.split())
    return [member for member in found if member is not None]


def ratio(a: Any, b: Any) -> Any:
    """Return ``a / b``, zero where ``b`` is zero."""
    zero = np.equal(b, 0)
    quotient = np.asarray(a / np.where(zero, np.ones_like(b), b))
    return np.where(zero, np.zeros((), quotient.dtype), quotient)[()]


def hermitian(a: Any) -> Any:
    """Return the conjugate transpose of a matrix or of every matrix of a stack; a view if real."""
    transposed = np.swapaxes(a, -1, -2)
    return np.conj(transposed) if np.iscomplexobj(a) else transposed
