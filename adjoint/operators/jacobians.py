"""Jacobians, Hessians and products with them, made of pushforwards and pullbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from adjoint.api import ValueAndGrad, grad, pull_back, scalar_result, specializer_of, value_and_grad
from adjoint.compiling.mirror import mirror
from adjoint.compiling.target import bind, slots, target_of
from adjoint.forward import pushed
from adjoint.operators import definitions
from adjoint.operators.derived import Derived, derives
from adjoint.operators.sweeps import Blocks, forward_sweeps, reverse_sweeps
from adjoint.operators.variables import Variables, nested, no_entries, variables
from adjoint.rules.errors import AdjointError, ArgumentError

Mode = Literal["auto", "forward", "reverse"]

#: The most directions that go through a function in one run.
MAX_CHUNK = 64


class Jacobian:
    """Callable that returns a function's Jacobian; see :func:`jacobian`."""

    def __init__(self, f: Callable[..., Any], wrt: Any, mode: Mode, chunk: int | None) -> None:
        if mode not in ("auto", "forward", "reverse"):
            raise ValueError(f"no such mode: {mode!r}; use 'auto', 'forward' or 'reverse'")
        if chunk is not None and chunk < 1:
            raise ValueError(f"a chunk has at least one direction, not {chunk}")
        self.f, self.wrt, self.mode = f, wrt, mode
        self.chunk = MAX_CHUNK if chunk is None else chunk
        self.specializer = specializer_of(f, wrt)
        self.sizes: dict[Any, tuple[int, int]] = {}  # what earlier calls had: entries of the result, chunk

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the Jacobian."""
        blocks = self.blocks(args, kwargs)
        return nested(blocks.y, blocks.outputs, blocks.arranged)

    def blocks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Blocks:
        """Return the value and the blocks of the Jacobian."""
        given = variables(self.f, self.wrt, args, kwargs, self.specializer)
        if not given.leaves:
            raise no_entries("the argument", "Jacobian")
        count, size = self.sizes.get(given.key, (0, self.chunk))
        if self.goes_back(given, count):
            return self.backward(given)
        limit = given.size - min(size, given.size) if self.mode == "auto" and not count else 0
        blocks, size = forward_sweeps(given, size, lambda known: known.size < limit)
        if blocks is None:
            return self.backward(given)
        self.remember(given, blocks, size)
        return blocks

    def backward(self, given: Variables) -> Blocks:
        """Return the blocks by rows."""
        y, pullback = pull_back(self.specializer, given.args, given.kwargs)
        blocks = reverse_sweeps(given, self.chunk, y, pullback)
        self.remember(given, blocks, self.chunk)
        return blocks

    def remember(self, given: Variables, blocks: Blocks, size: int) -> None:
        """Note how large the result is, for the next call of this kind."""
        if len(self.sizes) > 64:
            self.sizes.clear()
        self.sizes[given.key] = (blocks.size, size)

    def goes_back(self, given: Variables, count: int) -> bool:
        """Whether rows are fewer than columns; ``count`` is the number of rows where it is known."""
        if self.mode != "auto":
            return self.mode == "reverse"
        if count:
            return count < given.size
        try:
            kind = given.specializer.plan("boxed", given.args, given.kwargs).compiled.unit.result
        except AdjointError:  # forward mode refuses what reverse mode may take; if not, it says so itself
            return True
        return given.size > 1 and scalar_result(kind, False)


@derives
def jacobian(
    f: Callable[..., Any], wrt: Any = 0, mode: Mode = "auto", chunk: int | None = None
) -> Callable[..., Any]:
    """Return a function that computes the Jacobian of ``f``.

    Args:
        f: function of numbers, arrays or containers of them, with any of those as result.
        wrt: index or name of the argument to differentiate, or a tuple of those.
        mode: ``"forward"`` (by columns: several directions in one run), ``"reverse"`` (by rows: one run
            and several cotangents in one pullback), or ``"auto"``: whichever are fewer.
        chunk: how many directions go through in one run; at most 64 unless given, fewer where the
            memory would not do.

    Returns:
        A callable with the arguments of ``f``.  For a result of shape ``s`` and an argument of shape
        ``t`` the Jacobian has shape ``s + t``; containers give blocks, nested first as the result is and
        then as the arguments are.

    Raises:
        ArgumentError: ADJ303 or ADJ304, an argument or the result has no derivative, or ``wrt`` names none.
        DifferentiationError: ADJ301, not holomorphic in a complex argument.

    Example:
        >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
        array([[2., 0.],
               [0., 4.]])
        >>> jacobian(lambda p: {'sum': p['a'] + p['b']})({'a': 1.0, 'b': 2.0})
        {'sum': {'a': np.float64(1.0), 'b': np.float64(1.0)}}
    """
    return Derived(f, Jacobian(f, wrt, mode, chunk), definitions.jacobian, wrt, mode)


@derives
def derivative(f: Callable[..., Any], wrt: Any = 0) -> Callable[..., Any]:
    """Return the derivative of a function of a number, by forward mode; the value may be anything.

    For a complex number it is the complex derivative of a holomorphic function.

    Raises:
        ArgumentError: ADJ303, the argument is no number.
        DifferentiationError: ADJ301, the function is not holomorphic.

    Example:
        >>> derivative(lambda t: (t ** 2, t ** 3))(2.0)
        (4.0, 12.0)
        >>> derivative(lambda z: z ** 2)(1j)
        2j
    """

    def derivative_of(*args: Any, **kwargs: Any) -> Any:
        given = variables(f, wrt, args, kwargs)
        t = given.values[0]
        if len(given.values) > 1 or isinstance(t, tuple | list | dict) or np.shape(t) or not given.leaves:
            raise ArgumentError(
                "ADJ303",
                title=f"derivative needs a number, not {described(t)}",
                why="the derivative with respect to an array or container is a gradient or a Jacobian.",
                fixes=("use adjoint.grad or adjoint.jacobian",),
            )
        if given.leaves[0].dtype.kind == "c":
            forward_sweeps(given, 1)  # checks that the function is holomorphic
        y, y_dot = pushed(given.specializer, args, kwargs, (type(t)(1.0),))
        return mirror(y, y_dot)

    return Derived(f, derivative_of, definitions.derivative, wrt)


def described(x: Any) -> str:
    """Return what a value is, for messages."""
    return f"an array of shape {x.shape}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"


# --- second order -----------------------------------------------------------------------------------
def places(f: Any, wrt: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return ``wrt`` with an index in the place of the name of a positional argument."""
    names = wrt if isinstance(wrt, tuple) else (wrt,)
    if all(type(name) is int and 0 <= name < len(args) for name in names):
        return wrt
    while isinstance(f, ValueAndGrad):
        f = f.specializer.f
    target = target_of(f)
    bound = bind(target, args, kwargs)
    indices = {slots(target, bound, i)[0]: i for i in range(len(args))}
    found = tuple(indices.get(slots(target, bound, name)[0], name) for name in names)
    return found if isinstance(wrt, tuple) else found[0]


@derives
def hvp(f: Callable[..., Any], wrt: Any = 0) -> Callable[..., Any]:
    """Return a function of ``(*args, v)`` that multiplies the Hessian of ``f`` with ``v``.

    One evaluation, forward over reverse; ``v`` has the form of the argument (a tuple of such if ``wrt``
    is one), and so has the result.

    Example:
        >>> hvp(lambda x: x ** 3)(2.0, 10.0)
        120.0
    """
    gradient = grad(f, wrt)
    known: dict[str, Any] = {}

    def product(*args: Any, **kwargs: Any) -> Any:
        *primals, v = args
        given = tuple(primals)
        where = places(f, wrt, given, kwargs)
        tangents = v if isinstance(wrt, tuple) else (v,)
        if repr(where) not in known:
            known[repr(where)] = specializer_of(gradient, where)
        g, g_dot = pushed(known[repr(where)], given, kwargs, tangents)
        return mirror(g, g_dot)

    return Derived(f, product, definitions.hvp, wrt)


@derives
def vhp(f: Callable[..., Any], wrt: Any = 0) -> Callable[..., Any]:
    """Return a function of ``(*args, v)`` that multiplies ``v`` with the Hessian of ``f`` from the left.

    The Hessian is symmetric, so this is :func:`hvp` under the name that users of pullbacks look for.

    Example:
        >>> vhp(lambda x: x ** 3)(2.0, 10.0)
        120.0
    """
    return hvp(f, wrt)


@derives
def hessian(f: Callable[..., Any], wrt: Any = 0, chunk: int | None = None) -> Callable[..., Any]:
    """Return a function that computes the Hessian of a real-valued function, forward over reverse.

    Args:
        f: function that returns a real number.
        wrt: index or name of the argument to differentiate, or a tuple of those.
        chunk: how many columns are computed in one run, at most 64 unless given.

    Returns:
        A callable with the arguments of ``f``.  The Hessian has the argument's shape twice; containers
        and several arguments give blocks, nested as they are, twice.

    Raises:
        ArgumentError: ADJ303, a variable is complex.

    Example:
        >>> float(hessian(lambda x: x ** 3)(2.0))
        12.0
    """
    full = value_grad_hess(f, wrt, chunk)
    return Derived(f, lambda *args, **kwargs: full(*args, **kwargs)[2], definitions.hessian, wrt)


@derives
def value_grad_hess(f: Callable[..., Any], wrt: Any = 0, chunk: int | None = None) -> Callable[..., Any]:
    """Return a function that computes value, gradient and Hessian in the same runs; see :func:`hessian`.

    Example:
        >>> value, gradient, curvature = value_grad_hess(lambda x: x ** 3)(2.0)
        >>> value, gradient, float(curvature)
        (8.0, 12.0, 12.0)
    """
    both = value_and_grad(f, wrt)
    makers: dict[Any, Jacobian] = {}

    def value_grad_hess_of(*args: Any, **kwargs: Any) -> Any:
        where = places(f, wrt, args, kwargs)
        if repr(where) not in makers:
            makers[repr(where)] = Jacobian(both, where, "forward", chunk)
        maker = makers[repr(where)]
        refuse_complex(variables(f, wrt, args, kwargs))
        blocks = maker.blocks(args, kwargs)
        rows = nested(blocks.y, blocks.outputs, blocks.arranged)
        return (*blocks.y, rows[1])

    return Derived(f, value_grad_hess_of, definitions.value_grad_hess, wrt)


def refuse_complex(given: Variables) -> None:
    """Refuse second derivatives by complex numbers.

    Raises:
        ArgumentError: ADJ303.
    """
    if any(leaf.dtype.kind == "c" for leaf in given.leaves):
        raise ArgumentError(
            "ADJ303",
            title="a Hessian with respect to a complex argument is not defined",
            why="a real function of a complex number has three second derivatives, not one.",
            fixes=(
                "make it a function of the real and the imaginary part",
                "use adjoint.jvp of adjoint.grad",
            ),
        )


@derives
def diag_hessian(f: Callable[..., Any], wrt: Any = 0, chunk: int | None = None) -> Callable[..., Any]:
    """Return a function that computes the diagonal of the Hessian, in the form of the argument.

    Example:
        >>> float(diag_hessian(lambda x: x ** 3)(2.0))
        12.0
    """
    full = hessian(f, wrt, chunk)

    def diagonal(*args: Any, **kwargs: Any) -> Any:
        given = variables(f, wrt, args, kwargs)
        columns = full(*args, **kwargs)
        columns = columns if isinstance(wrt, tuple) else (columns,)

        def entries(leaf: Any) -> Any:
            first = leaf_of(columns, leaf.path)
            block = first if not isinstance(wrt, tuple) else first[leaf.path[0]]
            block = leaf_of(block, leaf.path[1:])
            diagonal = np.diagonal(np.reshape(block, (leaf.size, leaf.size)))
            return diagonal.reshape(leaf.shape).copy() if leaf.shape else diagonal[0]

        return given.nested(entries)

    return Derived(f, diagonal, definitions.diag_hessian, wrt)


def leaf_of(tree: Any, path: tuple[Any, ...]) -> Any:
    """Return the part of a tree at a path."""
    for key in path:
        tree = tree[key] if isinstance(tree, tuple | list | dict) else getattr(tree, key)
    return tree


__all__ = [
    "derivative",
    "diag_hessian",
    "hessian",
    "hvp",
    "jacobian",
    "value_grad_hess",
    "vhp",
]
