"""Put a cotangent into the space of the value it belongs to.

Reference: ChainRulesCore.jl, ``ProjectTo``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.errors import RuleError
from adjoint.rules.symbolic import NO_TANGENT, ZERO, AbstractZero, NotImplementedTangent
from adjoint.rules.tangents import backing


class ProjectTo:
    """Remembers the space of a value, not the value: type, shape, dtype, real or complex, structure.

    Called with a cotangent, it returns it in that space: the real part for a real value, rounded to
    a narrower dtype, without axes of length one too many, an int as a float, with the value's own
    containers.  Symbolic zeros stay zeros; a value without tangent space (an integer, a string, a
    function) gives ``NO_TANGENT``.

    Raises:
        RuleError: ADJ202, when called with a cotangent of another shape or structure.

    Example:
        >>> project = ProjectTo(np.float32(2.0))
        >>> project(3.0 + 1j), project(np.array([[2.0]]))
        (np.float32(3.0), np.float32(2.0))
        >>> ProjectTo([1.0, 3])([2, 5.0])
        [2.0, NO_TANGENT]
        >>> ProjectTo('text')(1.0)
        NO_TANGENT
    """

    __slots__ = ("cls", "dtype", "items", "shape")

    def __init__(self, x: Any) -> None:
        self.cls: type = type(x)
        self.shape: tuple[int, ...] | None = None
        self.dtype: Any = None
        self.items: Any = None
        if isinstance(x, np.ndarray | np.generic):
            if x.dtype.kind in "fc":
                self.shape, self.dtype = x.shape, x.dtype
        elif isinstance(x, float | complex):
            self.shape = ()
        elif isinstance(x, dict):
            self.items = {key: ProjectTo(item) for key, item in x.items()}
        elif isinstance(x, tuple | list):
            self.items = [ProjectTo(item) for item in x]

    def __call__(self, x_bar: Any) -> Any:
        """Return the cotangent in the space of the value."""
        if self.shape is not None:
            return self.number(x_bar, self.shape)
        if isinstance(x_bar, AbstractZero | NotImplementedTangent):
            return x_bar
        if x_bar is None:
            return ZERO
        if isinstance(self.items, dict):
            return {key: self.items[key](bar) for key, bar in self.mapping(x_bar).items()}
        if self.items is not None:
            bars = [project(bar) for project, bar in zip(self.items, self.sequence(x_bar), strict=True)]
            if not issubclass(self.cls, tuple):
                return bars
            return self.cls(*bars) if hasattr(self.cls, "_fields") else tuple(bars)
        return NO_TANGENT if issubclass(self.cls, PLAIN) else x_bar

    def number(self, x_bar: Any, shape: tuple[int, ...]) -> Any:
        """Return the cotangent of a float, a complex number, or an array of them."""
        if x_bar is None or isinstance(x_bar, AbstractZero):
            return ZERO if x_bar is None else x_bar
        if isinstance(x_bar, NotImplementedTangent):
            return x_bar
        real = self.dtype.kind == "f" if self.dtype is not None else not issubclass(self.cls, complex)
        if real and np.iscomplexobj(x_bar):
            x_bar = np.real(x_bar)
        found = np.shape(x_bar)
        if found != shape:
            x_bar = np.reshape(self.same_size(x_bar, found, shape), shape)
        if self.dtype is None:
            return complex(x_bar) if issubclass(self.cls, complex) else float(x_bar)
        if issubclass(self.cls, np.generic):
            return self.dtype.type(x_bar)
        return np.asarray(x_bar, self.dtype)

    def same_size(self, x_bar: Any, found: tuple[int, ...], shape: tuple[int, ...]) -> Any:
        """Return a cotangent whose shape differs in axes of length one only."""
        if [n for n in found if n != 1] != [n for n in shape if n != 1]:
            raise misfit(f"shape {found}", f"a value of shape {shape}")
        return x_bar

    def sequence(self, x_bar: Any) -> list[Any]:
        """Return the cotangents of the items of a tuple or list."""
        try:
            bars = list(x_bar)
        except TypeError:
            bars = []
        if len(bars) != len(self.items):
            raise misfit(repr(x_bar), f"a {self.cls.__name__} of length {len(self.items)}")
        return bars

    def mapping(self, x_bar: Any) -> dict[Any, Any]:
        """Return the cotangents of the items of a dict that were touched."""
        if not isinstance(x_bar, dict) or not set(x_bar) <= set(self.items):
            raise misfit(repr(x_bar), f"a dict with the keys {list(self.items)}")
        return x_bar

    def fitted(self, x_bar: Any) -> Any:
        """Return the cotangent as generated code holds it: as `__call__`, with ``None`` for zero."""
        if x_bar is None:
            return None
        projected = self(x_bar)
        return projected if isinstance(projected, np.ndarray) else backing(projected)

    def real(self, x_bar: Any) -> Any:
        """Return the cotangent as `fitted` does, with a real zero for a number or an array."""
        bar = self.fitted(x_bar)
        if bar is not None or self.shape is None:
            return bar
        return self.number(np.zeros(self.shape), self.shape)


#: Classes whose values have no tangent space.
PLAIN = (int, str, bytes, type(None), np.integer, np.bool_, np.ndarray)


def misfit(found: str, wanted: str) -> RuleError:
    """Return the error for a cotangent of another structure than its value."""
    return RuleError(
        "ADJ202",
        title=f"{wanted} cannot have a cotangent of {found}",
        why="a cotangent has the shape and structure of the value it belongs to.",
        fixes=("sum the cotangent over the axes along which the value was broadcast",),
    )


__all__ = ["ProjectTo"]
