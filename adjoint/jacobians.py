"""Jacobians, Hessians and products with them, made of jvp, vjp and grad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.api import grad, vjp
from adjoint.forward import jvp
from adjoint.rules.errors import ArgumentError


def jacobian(f: Callable[..., Any], wrt: int = 0, mode: str = "auto") -> Callable[..., Any]:
    """Return a function that computes the Jacobian of ``f``.

    Args:
        f: function of a number or array, with a number or array as result.
        wrt: position of the argument to differentiate.
        mode: ``"forward"`` (one pushforward per entry of the argument), ``"reverse"`` (one pullback per
            entry of the result), or ``"auto"``: whichever is fewer.

    Returns:
        A callable with the arguments of ``f``.  The Jacobian has the shape of the result followed by
        that of the argument.

    Raises:
        ArgumentError: ADJ303, the argument or the result is no number or array of real numbers.

    Example:
        >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
        array([[2., 0.],
               [0., 4.]])
    """
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(f"no such mode: {mode!r}; use 'auto', 'forward' or 'reverse'")

    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        x = real(args[wrt], "the argument")
        if mode == "forward":
            return by_columns(f, wrt, x, args, kwargs)
        y, pullback = vjp(f, *args[:wrt], x, *args[wrt + 1 :], wrt=wrt, **kwargs)
        y = real(y, "the result")
        if mode == "auto" and np.size(x) < np.size(y):
            return by_columns(f, wrt, x, args, kwargs)
        rows = [pullback(as_like(unit, y)) for unit in units(y)]
        return shaped(np.array(rows).reshape(np.shape(y) + np.shape(x)))

    return jacobian_of


def by_columns(f: Callable[..., Any], wrt: int, x: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
    """Return a Jacobian column by column: one pushforward for each entry of ``x``."""
    primals = (*args[:wrt], x, *args[wrt + 1 :])
    columns = []
    for unit in units(x):
        tangents = tuple(as_like(unit, x) if i == wrt else None for i in range(len(args)))
        columns.append(real(jvp(f, primals, tangents, **kwargs)[1], "the result"))
    if not columns:
        return np.zeros(np.shape(f(*primals, **kwargs)) + np.shape(x))
    stacked = np.stack([np.asarray(column) for column in columns], axis=-1)
    return shaped(stacked.reshape(np.shape(columns[0]) + np.shape(x)))


def real(x: Any, what: str) -> Any:
    """Check that a value is a real number or an array of them; an integer becomes a float.

    Raises:
        ArgumentError: ADJ303.
    """
    if isinstance(x, int | np.integer) and not isinstance(x, bool):
        return float(x)
    if isinstance(x, np.ndarray) and x.dtype.kind in "iu":
        return x.astype(float)
    if isinstance(x, float | np.floating) or isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return x
    raise ArgumentError(
        "ADJ303",
        title=f"{what} of a Jacobian must be a real number or array, not {type(x).__name__}",
        why="a Jacobian is an array with one entry for each pair of numbers.",
        fixes=("flatten the container into one array", "use adjoint.jvp or adjoint.vjp"),
    )


def units(x: Any) -> list[Any]:
    """Return the unit arrays of the shape of ``x``, entry by entry."""
    shape, size = np.shape(x), np.size(x)
    dtype = getattr(x, "dtype", float)
    return [unit.reshape(shape) for unit in np.eye(size, dtype=dtype)]


def as_like(unit: Any, x: Any) -> Any:
    """Return a unit as a number where ``x`` is one."""
    return unit if isinstance(x, np.ndarray) else unit[()]


def shaped(array: Any) -> Any:
    """Return a number for an array without dimensions."""
    return array if array.ndim else array[()]


def derivative(f: Callable[..., Any], wrt: int = 0) -> Callable[..., Any]:
    """Return the derivative of a function of a number, by forward mode; the value may be anything.

    Example:
        >>> derivative(lambda t: (t ** 2, t ** 3))(2.0)
        (4.0, 12.0)
    """

    def derivative_of(*args: Any, **kwargs: Any) -> Any:
        t = real(args[wrt], "the argument")
        if np.shape(t):
            raise ArgumentError(
                "ADJ303",
                title=f"derivative needs a number, not an array of shape {np.shape(t)}",
                why="the derivative with respect to an array is a gradient or a Jacobian.",
                fixes=("use adjoint.grad or adjoint.jacobian",),
            )
        tangents = tuple(1.0 if i == wrt else None for i in range(len(args)))
        return jvp(f, (*args[:wrt], t, *args[wrt + 1 :]), tangents, **kwargs)[1]

    return derivative_of


def hvp(f: Callable[..., Any], wrt: int = 0) -> Callable[..., Any]:
    """Return a function of ``(*args, v)`` that multiplies the Hessian of ``f`` with ``v``.

    One evaluation, forward over reverse; ``v`` has the form of the argument.

    Example:
        >>> hvp(lambda x: x ** 3)(2.0, 10.0)
        120.0
    """
    gradient = grad(f, wrt)

    def product(*args: Any, **kwargs: Any) -> Any:
        *primals, v = args
        tangents = tuple(v if i == wrt else None for i in range(len(primals)))
        return jvp(gradient, tuple(primals), tangents, **kwargs)[1]

    return product


def hessian(f: Callable[..., Any], wrt: int = 0) -> Callable[..., Any]:
    """Return a function that computes the Hessian of a real-valued function, forward over reverse.

    Returns:
        A callable with the arguments of ``f``.  The Hessian has the argument's shape twice.

    Example:
        >>> float(hessian(lambda x: x ** 3)(2.0))
        12.0
    """
    return jacobian(grad(f, wrt), wrt, mode="forward")


def diag_hessian(f: Callable[..., Any], wrt: int = 0) -> Callable[..., Any]:
    """Return a function that computes the diagonal of the Hessian, in the shape of the argument.

    Example:
        >>> float(diag_hessian(lambda x: x ** 3)(2.0))
        12.0
    """
    product = hvp(f, wrt)

    def diagonal(*args: Any, **kwargs: Any) -> Any:
        x = real(args[wrt], "the argument")
        given = (*args[:wrt], x, *args[wrt + 1 :])
        entries = [np.sum(unit * product(*given, as_like(unit, x), **kwargs)) for unit in units(x)]
        return shaped(np.array(entries).reshape(np.shape(x)))

    return diagonal


__all__ = ["derivative", "diag_hessian", "hessian", "hvp", "jacobian"]
