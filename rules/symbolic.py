"""The two symbolic zeros that a rule may return, and the derivative that nobody has written down.

``ZERO`` is the additive identity: the derivative is zero.  ``NO_TANGENT`` says that the value has no
tangent space (an index, a shape, a string), so that there is nothing a derivative could be.  In sums
and products both act as zero; which of them is given matters to a reader, and to the checks.
Generated code writes ``None`` for either.

Reference: ChainRulesCore.jl, ``ZeroTangent``, ``NoTangent`` and ``@not_implemented``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from adjoint.rules.errors import RuleError
from adjoint.rules.places import display_path


class AbstractZero:
    """A zero that needs no shape; its two instances are ``ZERO`` and ``NO_TANGENT``.

    NumPy's operators leave the work to this class (``__array_ufunc__`` is None), so that no array of
    objects ever comes out of a sum with an array.

    Example:
        >>> np.ones(3) + ZERO
        array([1., 1., 1.])
        >>> 2.0 * ZERO, NO_TANGENT + ZERO, NO_TANGENT * ZERO
        (ZERO, NO_TANGENT, ZERO)
    """

    __slots__ = ("_name",)
    __array_ufunc__ = None

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __reduce__(self) -> str:
        return self._name

    def __bool__(self) -> bool:
        return False

    def __add__(self, other: Any) -> Any:
        return self if other is ZERO else other

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self if other is ZERO else -other

    def __rsub__(self, other: Any) -> Any:
        return self if other is ZERO else other

    def __mul__(self, other: Any) -> AbstractZero:
        return ZERO if other is ZERO else self

    __rmul__ = __matmul__ = __rmatmul__ = __mul__

    def __truediv__(self, other: Any) -> AbstractZero:
        if isinstance(other, AbstractZero):
            raise ZeroDivisionError(f"{self} / {other}")
        return self

    def __neg__(self) -> AbstractZero:
        return self

    __pos__ = conj = conjugate = __neg__

    def __getitem__(self, key: Any) -> AbstractZero:
        return self

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{self} stands for a zero of any structure and has no items")

    @property
    def real(self) -> AbstractZero:
        """The real part, the same zero."""
        return self

    imag = T = real

    def __float__(self) -> float:
        return float(self.__complex__().real)

    def __complex__(self) -> complex:
        if self is NO_TANGENT:
            raise TypeError("NO_TANGENT is the tangent of a value without tangent space, not a number")
        return 0j

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(float(self), dtype)


ZERO = AbstractZero("ZERO")
NO_TANGENT = AbstractZero("NO_TANGENT")


class NotImplementedTangent:
    """A derivative that nobody has written down; see `not_implemented`.

    Sums and products with it are it again, and so is what NumPy computes from it; only a symbolic
    zero removes it.  Whoever wants its value gets the error.
    """

    #: Returns (file, line, text) of the user for a line of generated code; filled from above.
    locate: Callable[[str, int], tuple[str, int, str] | None] = staticmethod(lambda filename, line: None)

    def __init__(self, message: str, places: Sequence[tuple[str, int]]) -> None:
        self.message = message
        self.places = tuple(places)

    def __repr__(self) -> str:
        return f"not_implemented({self.message!r})"

    def _same(self, other: Any = None) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __truediv__ = __rtruediv__ = __pow__ = _same
    __neg__ = __pos__ = __getitem__ = conj = conjugate = _same

    def _product(self, other: Any) -> Any:
        return other if isinstance(other, AbstractZero) else self

    __mul__ = __rmul__ = __matmul__ = __rmatmul__ = _product

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return self

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self

    def _refused(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise self.error()

    __float__ = __complex__ = __int__ = __bool__ = __array__ = __iter__ = __len__ = _refused

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self.error()

    def error(self) -> RuleError:
        """Return the error that says which derivative is missing and where that was declared."""
        filename, line = self.places[0]
        found = (self.locate(*place) for place in self.places)
        reached = [f"; it was reached {text} ({display_path(f)}:{n})" for f, n, text in filter(None, found)]
        pasted = filename.startswith("<adjoint ")
        where = "its rule" if pasted else f"the rule at {display_path(filename)}:{line}"
        return RuleError(
            "ADJ203",
            title=f"a derivative that is not implemented was needed: {self.message}",
            why=f"{where} declares it as not implemented{''.join(reached[:1])}.",
            fixes=(
                "hold that argument fixed: leave it out of wrt, or wrap it in adjoint.stop_gradient",
                "register a rule of your own for the function; it comes before the library's",
            ),
        )


def not_implemented(message: str) -> Any:
    """Return a cotangent or tangent that says: nobody has written this derivative down.

    It does no harm as long as nothing asks for it.  A result that would contain it raises instead of
    being silently zero.

    Args:
        message: which derivative is missing; a link to an issue is a good idea.

    Raises:
        RuleError: ADJ203, later, when a value is asked of it.

    Example:
        >>> missing = not_implemented("the Bessel function by its order")
        >>> np.sum(2.0 * missing + 1.0)
        not_implemented('the Bessel function by its order')
        >>> missing * ZERO
        ZERO
    """
    places: list[tuple[str, int]] = []
    frame: Any = sys._getframe(1)
    while frame is not None and len(places) < 8:
        places.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return NotImplementedTangent(message, places)


__all__ = ["NO_TANGENT", "ZERO", "AbstractZero", "NotImplementedTangent", "not_implemented"]
