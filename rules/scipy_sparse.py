"""Rules of scipy.sparse: products of constant sparse matrices with arrays, and solves.

The array receives the product with the conjugate transpose.  Entries of a sparse matrix have no derivative
rule: where one is needed it raises.
"""

from __future__ import annotations

import importlib
from typing import Any

from adjoint.rules.kinds import Array, Kind
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit
from adjoint.rules.symbolic import not_implemented

sparse: Any = importlib.import_module("scipy.sparse")

FORMATS = "csr csc coo bsr dia lil dok".split()
CLASSES = [getattr(sparse, f"{name}_{kind}") for name in FORMATS for kind in ("matrix", "array")]


def methods(name: str, *classes: type) -> list[Any]:
    """Return the functions that classes have under one name, each once."""
    return list(dict.fromkeys(getattr(cls, name) for cls in classes))


#: The derivative by the entries of a sparse matrix, which raises where it is needed.
ENTRIES = not_implemented("a product with a sparse matrix by the entries of the matrix")


def adjoint_of(matrix: Any) -> Any:
    """Return the conjugate transpose of a sparse matrix."""
    return matrix.conj().T if matrix.dtype.kind == "c" else matrix.T


@rrule(*methods("__matmul__", *CLASSES), *methods("dot", *CLASSES), fresh=True)
def times(self: Any, other: Any) -> Any:
    """The product with the conjugate transpose; the sparse matrix is held fixed."""
    out = self @ other

    def times_pullback(out_bar: Any) -> Any:
        return ENTRIES, fit(adjoint_of(self) @ out_bar, other)

    return out, times_pullback


@frule(*methods("__matmul__", *CLASSES), *methods("dot", *CLASSES))
def times_forward(self: Any, other: Any) -> Any:
    """Linear in the array; the sparse matrix is held fixed."""
    out = self @ other

    def times_pushforward(self_dot: Any, other_dot: Any) -> Any:
        return None if self_dot is None else ENTRIES, self @ other_dot

    return out, times_pushforward


@rrule(*methods("__rmatmul__", *CLASSES), fresh=True)
def times_from_left(self: Any, other: Any) -> Any:
    """The product with the conjugate transpose; the sparse matrix is held fixed."""
    out = other @ self

    def times_from_left_pullback(out_bar: Any) -> Any:
        return ENTRIES, fit(out_bar @ adjoint_of(self), other)

    return out, times_from_left_pullback


@frule(*methods("__rmatmul__", *CLASSES))
def times_from_left_forward(self: Any, other: Any) -> Any:
    """Linear in the array; the sparse matrix is held fixed."""
    out = other @ self

    def times_from_left_pushforward(self_dot: Any, other_dot: Any) -> Any:
        return None if self_dot is None else ENTRIES, other_dot @ self

    return out, times_from_left_pushforward


# -- `*` between a sparse matrix (not a sparse array) and an array is their matrix product --------

MATRICES = [cls for cls in CLASSES if cls.__name__.endswith("matrix")]


def _dense(other: Kind, **_: Kind) -> bool:
    """Whether the other factor is an array, so that the product is a matrix product."""
    return isinstance(other, Array) and bool(other.ndim)


@rrule(*methods("__mul__", *MATRICES), when=_dense, fresh=True)
def star(self: Any, other: Any) -> Any:
    """The product with the conjugate transpose; the sparse matrix is held fixed."""
    out = self * other

    def star_pullback(out_bar: Any) -> Any:
        return ENTRIES, fit(adjoint_of(self) @ out_bar, other)

    return out, star_pullback


@frule(*methods("__mul__", *MATRICES), when=_dense)
def star_forward(self: Any, other: Any) -> Any:
    """Linear in the array; the sparse matrix is held fixed."""
    out = self * other

    def star_pushforward(self_dot: Any, other_dot: Any) -> Any:
        return None if self_dot is None else ENTRIES, self @ other_dot

    return out, star_pushforward
