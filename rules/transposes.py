"""The reverse rule of a function that was declared linear and has none of its own.

The transpose of a linear map is read off its matrix, column by column: one call of the function for each
entry of its first argument.  That is exact, and slow for large arguments; a rule of its own displaces it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.support import fit
from adjoint.rules.symbolic import not_implemented


def transposed(primal: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reverse rule of a function that is linear in its first argument.

    Derivatives by the other arguments are not implied by that: they raise where they are needed.

    Args:
        primal: returns one number or array.

    Example:
        >>> out, pullback = transposed(np.cumsum)(np.array([1.0, 2.0, 3.0]))
        >>> pullback(np.array([1.0, 10.0, 100.0]))[0]
        array([111., 110., 100.])
    """
    name = getattr(primal, "__name__", repr(primal))
    other = not_implemented(f"`{name}` by another argument than the first, in which it was declared linear")

    def missing(argument: Any) -> Any:
        return None if isinstance(argument, int | str | None) else other

    def transposed_rule(x: Any, *args: Any, **kwargs: Any) -> Any:
        out = primal(x, *args, **kwargs)

        def transposed_pullback(out_bar: Any) -> Any:
            x_bar = columns_bar(primal, out_bar, x, args, kwargs)
            return x_bar, tuple(map(missing, args)), {key: missing(item) for key, item in kwargs.items()}

        return out, transposed_pullback

    return transposed_rule


def columns_bar(primal: Callable[..., Any], out_bar: Any, x: Any, args: Any, kwargs: Any) -> Any:
    """Return the cotangent of the first argument: the real products of ``out_bar`` with the columns.

    Args:
        primal: a function that is linear over the real numbers.
        out_bar: cotangent of its value.
        x: the first argument, a number or an array.
        args: further arguments.
        kwargs: keyword arguments.
    """
    x_bar = np.zeros(np.shape(x), complex if np.iscomplexobj(x) else float)
    for index in np.ndindex(x_bar.shape):
        for unit in (1.0, 1j) if np.iscomplexobj(x) else (1.0,):
            direction = np.zeros_like(x)
            direction[index] = unit
            column = primal(direction if np.ndim(x) else direction[()], *args, **kwargs)
            x_bar[index] += unit * np.sum(np.real(np.conj(out_bar) * column))
    return fit(x_bar, x)


__all__ = ["transposed"]
