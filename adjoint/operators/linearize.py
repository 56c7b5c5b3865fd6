"""The derivative of a function at one point as a linear map, and as an operator of scipy.sparse.linalg."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.api import grad, vjp
from adjoint.compiling.leaves import duplicate
from adjoint.compiling.mirror import conform, mirror
from adjoint.forward import pushed, pushed_boxes
from adjoint.operators import definitions
from adjoint.operators.derived import defined_by
from adjoint.operators.jacobians import places, refuse_complex
from adjoint.operators.sweeps import real_value
from adjoint.operators.variables import (
    Variables,
    lanes_at,
    leaves_of,
    no_entries,
    tangent_tree,
    total,
    variables,
)
from adjoint.rules.boxes import TooWide
from adjoint.rules.directions import Directions
from adjoint.rules.errors import ArgumentError
from adjoint.rules.forward import filled
from adjoint.rules.tapes import Tape


class LinearMap:
    """The derivative of a function at one point: maps tangents of the arguments to that of the value.

    May be called any number of times; the function is not evaluated again.
    """

    def __init__(self, given: Variables, count: int, active: tuple[int, ...]) -> None:
        self.count, self.active = count, active
        self.given = given
        self.tape: Tape | None = Tape()
        try:
            self.y = self.recorded(self.tape)
        except Exception:  # a recorder met C code, or the function fails: then it does so again here
            self.tape = None
            self.given = Variables(
                given.specializer, duplicate(given.args), duplicate(given.kwargs), given.values, given.single
            )
            self.y = self.pushed([mirror(value, None) for value in given.values])[0]

    def recorded(self, tape: Tape) -> Any:
        """Run the function once and record what happens to the tangents."""
        given = self.given
        zeros = {leaf.path: tape.variable(np.zeros(leaf.shape, leaf.dtype)[()]) for leaf in given.leaves}
        tree = tangent_tree(given.values, zeros)
        y, y_dot = pushed_boxes(given.specializer, given.args, given.kwargs, tree, tape.owned)
        tape.finish(y_dot)
        return y

    def pushed(self, tangents: Any) -> tuple[Any, Any]:
        """Run the function with tangents."""
        return pushed(self.given.specializer, self.given.args, self.given.kwargs, tangents)

    def __call__(self, *tangents: Any) -> Any:
        """Return the tangent of the value for one tangent of each positional argument; ``None`` is zero.

        Raises:
            ArgumentError: ADJ302, a tangent does not fit its argument.
        """
        if len(tangents) != self.count:
            raise ArgumentError(
                "ADJ302",
                title=f"the linear map got {len(tangents)} tangents for {self.count} arguments",
                why="every positional argument has one tangent; None stands for zero.",
                fixes=("pass None for the arguments that do not move",),
            )
        chosen = [tangents[i] for i in self.active]
        whole = [
            filled(conform(value, dot, f"argument {i}", "tangent"), value)
            for i, value, dot in zip(self.active, self.given.values, chosen, strict=True)
        ]
        return mirror(self.y, self.moved(whole))

    def moved(self, tangents: Any) -> Any:
        """Return the tangent of the value for complete tangents as generated code has them."""
        if self.tape is None:
            return self.pushed(tangents)[1]
        parts = []
        for leaf in self.given.leaves:
            part: Any = tangents
            for key in leaf.path:
                part = part[key]
            parts.append(part if isinstance(part, Directions) else np.asarray(part)[()])
        return self.tape.play(parts)


@defined_by(definitions.linearize)
def linearize(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> tuple[Any, LinearMap]:
    """Evaluate ``f`` and return its value and its derivative as a linear map.

    The function is evaluated once; the map does only what its tangents need.  It keeps copies of the
    arrays that it reads, so changing the arguments later does not change it.

    Args:
        f: function of any number of arguments with any output.
        args: positional arguments; those that hold floating-point numbers are differentiated.
        kwargs: keyword arguments; constants.

    Returns:
        The value, and a function from one tangent for each positional argument (``None`` is zero) to
        the tangent of the value.

    Raises:
        ArgumentError: ADJ303, no argument can be differentiated.

    Example:
        >>> y, push = linearize(lambda a, b: a * b, 2.0, 3.0)
        >>> y, push(1.0, None), push(None, 1.0)
        (6.0, 3.0, 2.0)
    """
    active = tuple(i for i, x in enumerate(args) if leaves_of(x))
    if not active:
        raise no_entries("the argument", "linear map")
    made = LinearMap(variables(f, active, args, kwargs), len(args), active)
    return made.y, made


# --- operators ----------------------------------------------------------------------------------------
def vector(tree: Any, like: Any) -> Any:
    """Return the entries of all differentiable leaves of a value, from a tangent of its form."""
    rows = [lanes_at(tree, leaf, 1)[0] for leaf in leaves_of(like)]
    return np.concatenate(rows) if rows else np.zeros(0)


def unvector(entries: Any, like: Any) -> Any:
    """Return entries as a tangent of the form of a value.

    >>> unvector(np.array([1.0, 2.0, 3.0]), {'w': np.zeros(2), 'n': 4, 'b': 0.0})
    {'w': array([1., 2.]), 'n': None, 'b': np.float64(3.0)}
    """
    parts = {leaf.path: entries[leaf.start : leaf.stop].reshape(leaf.shape)[()] for leaf in leaves_of(like)}
    return tangent_tree(like, parts)


@defined_by(definitions.refusing("jacobian_operator"))
def jacobian_operator(f: Callable[..., Any], wrt: Any = 0) -> Callable[..., Any]:
    """Return a function that gives the Jacobian of ``f`` as a ``scipy.sparse.linalg.LinearOperator``.

    The operator maps vectors of the entries of the arguments to vectors of the entries of the result.
    However often it is applied, ``f`` is evaluated at most twice: once for ``J @ v``, once for
    ``J.T @ u``.

    Args:
        f: function of real numbers, arrays or containers of them.
        wrt: index or name of the argument to differentiate, or a tuple of those.

    Raises:
        ArgumentError: ADJ303, nothing to differentiate.

    Example:
        >>> J = jacobian_operator(lambda x: x[1:] * x[:-1])(np.array([1.0, 2.0, 3.0]))
        >>> J.shape, J @ np.ones(3), J.T @ np.ones(2)
        ((2, 3), array([3., 5.]), array([2., 4., 2.]))
    """
    return functools.partial(operator_of, f, wrt, False)


@defined_by(definitions.refusing("hessian_operator"))
def hessian_operator(f: Callable[..., Any], wrt: Any = 0) -> Callable[..., Any]:
    """Return a function that gives the Hessian of ``f`` as a ``scipy.sparse.linalg.LinearOperator``.

    Example:
        >>> H = hessian_operator(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]))
        >>> H @ np.array([1.0, 1.0])
        array([ 6., 12.])
    """
    return functools.partial(operator_of, f, wrt, True)


def operator_of(f: Any, wrt: Any, second: bool, /, *args: Any, **kwargs: Any) -> Any:
    """Return the Jacobian of ``f``, or of its gradient, at a point as an operator."""
    from scipy.sparse.linalg import LinearOperator

    where = places(f, wrt, args, kwargs)
    g = grad(f, where) if second else f
    given = variables(g, where, args, kwargs)
    if not given.leaves:
        raise no_entries("the argument", "operator")
    refuse_complex(variables(f, where, args, kwargs))
    forward = LinearMap(given, 0, ())
    y = real_value(forward.y)
    if not leaves_of(y):
        raise no_entries("the result", "operator")

    @functools.cache
    def pullback() -> Any:
        return vjp(g, *forward.given.args, wrt=where, **forward.given.kwargs)[1]

    def matvec(v: Any) -> Any:
        tree = filled(unvector(np.asarray(v, float).reshape(-1), given.values), given.values)
        return vector(forward.moved(tree), y)

    def matmat(v: Any) -> Any:
        try:
            return many(forward, np.asarray(v, float), y)
        except (TypeError, ValueError, TooWide):  # something takes one direction at a time
            return np.stack([matvec(column) for column in np.transpose(v)], axis=1)

    def rmatvec(u: Any) -> Any:
        if second:
            return matvec(u)
        return vector(pullback().bars(unvector(np.asarray(u, float).reshape(-1), y)), given.values)

    shape = (total(leaves_of(y)), given.size)
    return LinearOperator(shape, matvec=matvec, rmatvec=rmatvec, matmat=matmat, dtype=float)


def many(forward: LinearMap, columns: Any, y: Any) -> Any:
    """Return the products with several vectors, all in one replay."""
    count = columns.shape[1]
    if forward.tape is None or count < 2:
        raise TypeError("one direction at a time")
    rows = np.ascontiguousarray(np.transpose(columns))
    boxes = {
        leaf.path: Directions(rows[:, leaf.start : leaf.stop].reshape((count, *leaf.shape)))
        for leaf in forward.given.leaves
    }
    tree = tangent_tree(forward.given.values, boxes)
    moved = forward.moved(tree)
    return np.concatenate([lanes_at(moved, leaf, count) for leaf in leaves_of(y)], axis=1).T


__all__ = ["LinearMap", "hessian_operator", "jacobian_operator", "linearize"]
