"""What the operators of this package are, by ``jvp``, ``vjp`` and ``grad``.

These functions stand for the operators where a differentiated function calls them, and are compiled like a
user's code.  They take the function and the options first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from adjoint.api import grad, value_and_grad, vjp
from adjoint.forward import jvp
from adjoint.rules.errors import ArgumentError, RuleError
from adjoint.rules.registry import non_differentiable
from adjoint.runtime.nesting import named_indices

F = TypeVar("F", bound=Callable[..., Any])


def asked(function: F) -> F:
    """Make a function known that only asks how things are, and changes nothing."""
    vars(function)["__adjoint_dynamic__"] = True
    non_differentiable(function)
    return function


@asked
def places_of(f: Any, wrt: Any, args: Any, kwargs: Any) -> tuple[int, ...]:
    """Return the positions of the arguments that ``wrt`` names.

    Raises:
        ArgumentError: ADJ303, one is a keyword argument.
    """
    places = named_indices(f, wrt, args, kwargs)
    if not all(isinstance(place, int) for place in places):
        raise not_here("a derivative by a keyword argument", "pass it by position")
    return places


@asked
def units(x: Any) -> list[Any]:
    """Return the unit vectors of the space of a number or an array.

    Raises:
        ArgumentError: ADJ303, it is neither, or complex.
    """
    if isinstance(x, tuple | list | dict) or np.asarray(x).dtype.kind not in "fiu":
        raise not_here(
            f"a Jacobian or Hessian of a {type(x).__name__}",
            "use jvp or vjp there, or a function of one real array",
        )
    if np.ndim(x) == 0:
        return [1.0]
    rows: list[Any] = [*np.eye(np.size(x), dtype=x.dtype if x.dtype.kind == "f" else float)]
    return [np.reshape(row, np.shape(x)) for row in rows]


@asked
def is_wide(mode: str, x: Any, y: Any) -> bool:
    """Whether rows are fewer than columns."""
    return mode == "reverse" or mode == "auto" and len(units(y)) < len(units(x))


@asked
def directions(args: Any, places: tuple[int, ...], parts: Any) -> tuple[Any, ...]:
    """Return one tangent for each argument: those given at some places, None elsewhere."""
    given = dict(zip(places, parts, strict=True))
    return tuple(given.get(i) for i in range(len(args)))


def not_here(what: str, fix: str) -> ArgumentError:
    """Return the error for what has no definition."""
    return ArgumentError(
        "ADJ303",
        title=f"{what} cannot be differentiated again",
        why="inside a differentiated function, these are built of single pushforwards and pullbacks.",
        fixes=(fix,),
    )


def derivative(f: Any, wrt: Any, *args: Any, **kwargs: Any) -> Any:
    """The derivative by a number."""
    tangents = directions(args, places_of(f, wrt, args, kwargs), (1.0,))
    return jvp(f, args, tangents, **kwargs)[1]


def hvp(f: Any, wrt: Any, *args: Any, **kwargs: Any) -> Any:
    """The product of the Hessian with the last argument."""
    primals, v = args[:-1], args[-1]
    places = places_of(f, wrt, primals, kwargs)
    given = dict(zip(places, v if isinstance(wrt, tuple) else (v,), strict=True))
    tangents = tuple([given.get(i) for i in range(len(primals))])
    return jvp(grad(f, wrt), primals, tangents, **kwargs)[1]


def jacobian(f: Any, wrt: Any, mode: str, *args: Any, **kwargs: Any) -> Any:
    """The Jacobian by arrays or numbers."""
    places = places_of(f, wrt, args, kwargs)
    blocks = tuple([block(f, place, mode, args, kwargs) for place in places])
    return blocks if isinstance(wrt, tuple) else blocks[0]


def block(f: Any, place: int, mode: str, args: Any, kwargs: Any) -> Any:
    """The Jacobian by one argument, by rows or by columns."""
    y, pullback = vjp(f, *args, wrt=place, **kwargs)
    shape = np.shape(y) + np.shape(args[place])
    if is_wide(mode, args[place], y):
        return np.reshape(np.stack([pullback(e) for e in units(y)]), shape)
    columns = [jvp(f, args, directions(args, (place,), (e,)), **kwargs)[1] for e in units(args[place])]
    return np.reshape(np.stack(columns, -1), shape)


def hessian(f: Any, wrt: Any, *args: Any, **kwargs: Any) -> Any:
    """The Hessian by arrays or numbers."""
    places = places_of(f, wrt, args, kwargs)
    if not isinstance(wrt, tuple):
        return block(grad(f, places[0]), places[0], "forward", args, kwargs)
    return tuple([tuple([block(grad(f, i), j, "forward", args, kwargs) for j in places]) for i in places])


def value_grad_hess(f: Any, wrt: Any, *args: Any, **kwargs: Any) -> Any:
    """Value, gradient and Hessian."""
    value, gradient = value_and_grad(f, wrt)(*args, **kwargs)
    return value, gradient, hessian(f, wrt, *args, **kwargs)


def diag_hessian(f: Any, wrt: Any, *args: Any, **kwargs: Any) -> Any:
    """The diagonal of the Hessian, in the form of the argument."""
    places = places_of(f, wrt, args, kwargs)
    diagonals = tuple([diagonal(f, place, args, kwargs) for place in places])
    return diagonals if isinstance(wrt, tuple) else diagonals[0]


def diagonal(f: Any, place: int, args: Any, kwargs: Any) -> Any:
    """The diagonal of the Hessian by one argument."""
    slope = grad(f, place)
    basis = units(args[place])
    entries = [np.sum(e * jvp(slope, args, directions(args, (place,), (e,)), **kwargs)[1]) for e in basis]
    return np.reshape(np.stack(entries), np.shape(args[place]))


def linearize(f: Any, *args: Any, **kwargs: Any) -> Any:
    """The value and the derivative as a linear map."""
    return f(*args, **kwargs), functools.partial(along, f, args, kwargs)


def along(f: Any, args: Any, kwargs: Any, *tangents: Any) -> Any:
    """The tangent of the value for tangents of the arguments."""
    return jvp(f, args, tangents, **kwargs)[1]


def refusing(name: str) -> Any:
    """Return the definition of an operator that has none."""
    return lambda *args, **kwargs: refuse(name)


@asked
def refuse(name: str) -> Any:
    """Refuse an operator that has no definition.

    Raises:
        RuleError: ADJ119.
    """
    raise RuleError(
        "ADJ119",
        title=f"`{name}` inside a differentiated function cannot be differentiated",
        why="it has no definition by pushforwards and pullbacks.",
        fixes=("use adjoint.jacobian, hessian, jvp or vjp there", "call it outside"),
    )


__all__ = [
    "derivative",
    "diag_hessian",
    "hessian",
    "hvp",
    "jacobian",
    "linearize",
    "refusing",
    "value_grad_hess",
]
