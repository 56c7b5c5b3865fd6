"""Gradients that are computed again and again: what the first calls allocate serves all later ones.

The generated source is that of :func:`adjoint.value_and_grad`, except that its array operations write into
a memory of their own (:mod:`adjoint.transforms.retain`).  It is compiled, never recorded: every call takes
the branches that its own arguments ask for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.api import ValueAndGrad
from adjoint.compiling.mirror import mirror
from adjoint.compiling.specialize import PLAIN, Plan
from adjoint.compiling.target import spoken
from adjoint.operators import definitions
from adjoint.operators.derived import defined_by
from adjoint.rules.errors import ArgumentError, PreparationMismatch
from adjoint.runtime.memory import Memory


class Prepared:
    """A gradient with memory of its own; see :func:`prepare`."""

    def __init__(self, f: Any, wrt: Any, has_aux: bool, backend: str, strict: bool) -> None:
        self.options = (f, wrt, has_aux, backend, strict)
        self.strict = strict
        self.has_aux = has_aux
        self.memory = Memory()
        self.gradient = ValueAndGrad(f, wrt, has_aux, backend)
        if backend == "numpy":  # machine code has its own
            self.gradient.specializer.memory = self.memory
        self.layout: Any = None
        self.busy = threading.Lock()

    def __repr__(self) -> str:
        """Say of what it is the gradient."""
        return f"<prepared gradient of {spoken(self.options[0])} with respect to {self.options[1]!r}>"

    def __call__(self, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        """Return the gradient, or ``(gradient, aux)``; see `value_and_grad`."""
        value, gradient = self.value_and_grad(*args, out=out, **kwargs)
        return (gradient, value[1]) if self.has_aux else gradient

    def value_and_grad(self, *args: Any, out: Any = None, **kwargs: Any) -> tuple[Any, Any]:
        """Return value and gradient.

        Args:
            args: arguments of the shapes that the gradient was prepared for.
            out: what the arrays of the gradient are written into; it has the form of the gradient.
            kwargs: keyword arguments of the function; one named ``out`` must be passed by position.

        Raises:
            PreparationMismatch: ADJ307, arrays have other shapes or dtypes, or containers other items.
            ArgumentError: ADJ308, another thread is computing with this gradient.
        """
        if not self.busy.acquire(blocking=False):
            raise in_use(self)
        try:
            self.fit(args, kwargs)
            plan, value, bars = self.gradient.evaluate(args, kwargs)
            return value, self.placed(plan, bars, args, kwargs, out)
        finally:
            self.busy.release()

    def fork(self) -> Prepared:
        """Return a gradient of the same function with memory of its own, for another thread."""
        made = Prepared(*self.options)
        made.layout = self.layout
        return made

    def source(self) -> str:
        """Return the generated source."""
        return self.gradient.source()

    def fit(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Compare the arguments with those that the memory was laid out for."""
        layout = (layout_of(args), layout_of(kwargs))
        if layout == self.layout:
            return
        if self.strict and self.layout is not None:
            raise mismatch(self, differences(self.layout, layout))
        self.layout = layout
        self.memory.shelves.clear()

    def placed(self, plan: Plan, bars: Any, args: Any, kwargs: Any, out: Any) -> Any:
        """Give the cotangents the form of the arguments, in memory of the caller's."""
        gradient, active = self.gradient, plan.compiled.active
        if plan.indices is None:
            result = gradient.gradients(plan, bars, args, kwargs)
            return result if out is None else moved(result, out)
        named = dict(zip(active, bars if len(active) != 1 else (bars,), strict=True))
        values = tuple(args[index] for index in plan.indices)
        found = tuple(named.get(name) for name, _ in plan.places)
        if gradient.single:
            return self.copied(values[0], found[0], out)
        return self.copied(values, found, out)

    def copied(self, x: Any, x_bar: Any, out: Any) -> Any:
        """Return the cotangent of a value in ``out``, or in an array that nobody uses any more."""
        if type(x) is np.ndarray and type(x_bar) is np.ndarray:
            if x_bar.dtype is x.dtype and x_bar.shape == x.shape:
                return self.memory.copy(x_bar) if out is None else moved(x_bar, out)
        elif type(x) in (tuple, list) and type(x_bar) in (tuple, list) and len(x) == len(x_bar):
            outs = (None,) * len(x) if out is None else out
            items = [self.copied(*each) for each in zip(x, x_bar, outs, strict=True)]
            return type(x)(items)
        elif type(x) is dict and type(x_bar) is dict:
            return {
                key: self.copied(item, x_bar.get(key), None if out is None else out[key])
                for key, item in x.items()
            }
        result = mirror(x, x_bar)
        return result if out is None else moved(result, out)


def moved(result: Any, out: Any) -> Any:
    """Write the arrays of a gradient into others.

    Raises:
        PreparationMismatch: ADJ307, ``out`` does not have the form of the gradient.
    """
    if isinstance(result, np.ndarray):
        if not isinstance(out, np.ndarray) or out.shape != result.shape or out.dtype != result.dtype:
            raise misfit(result, out)
        np.copyto(out, result)
        return out
    if isinstance(result, dict):
        return {key: moved(item, out[key]) for key, item in result.items()}
    if type(result) in (tuple, list):
        return type(result)(moved(*pair) for pair in zip(result, out, strict=True))
    return result


def layout_of(value: Any, inside: tuple[int, ...] = ()) -> Any:
    """Return the shapes and dtypes of the arrays in a value, in the value's own structure.

    ``inside`` are the containers around it; one that holds itself is not entered again.
    """
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype
    if type(value) in PLAIN or id(value) in inside:
        return None
    inside = (*inside, id(value))
    if type(value) in (tuple, list):
        return [layout_of(item, inside) for item in value]
    if type(value) is dict:
        return {key: layout_of(item, inside) for key, item in value.items()}
    fields = getattr(value, "__dict__", None)
    return None if fields is None or callable(value) else layout_of(dict(fields), inside)


def differences(expected: Any, got: Any) -> list[str]:
    """Return one line for each argument whose layout differs."""
    return [
        f"argument {name!r}: expected {told(old)}, got {told(new)}"
        for name, old, new in pairs(expected, got)
        if old != new
    ]


def pairs(expected: Any, got: Any) -> list[tuple[Any, Any, Any]]:
    """Return the layouts of every argument, by position or name."""
    named = [{**dict(enumerate(positional)), **keywords} for positional, keywords in (expected, got)]
    return [
        (name, named[0].get(name, ABSENT), named[1].get(name, ABSENT)) for name in {**named[0], **named[1]}
    ]


ABSENT = "nothing"


def told(layout: Any) -> str:
    """Spell a layout."""
    if layout is None:
        return "no array"
    if isinstance(layout, tuple):
        return f"{layout[1]}{list(layout[0])}"
    if isinstance(layout, list):
        return f"({', '.join(map(told, layout))})"
    if isinstance(layout, dict):
        return "{" + ", ".join(f"{key!r}: {told(item)}" for key, item in layout.items()) + "}"
    return str(layout)


def mismatch(prepared: Prepared, lines: list[str]) -> PreparationMismatch:
    """Return the error for arguments of other shapes."""
    return PreparationMismatch(
        "ADJ307",
        title=f"{prepared!r} was prepared for other arguments",
        why="; ".join(lines) + ".",
        fixes=(
            "prepare another one for these arguments: adjoint.prepare(f, *args)",
            "let it adapt to each call: adjoint.prepare(f, *args, strict=False)",
        ),
    )


def misfit(result: Any, out: Any) -> PreparationMismatch:
    """Return the error for an ``out`` of another form."""
    return PreparationMismatch(
        "ADJ307",
        title="`out` does not have the form of the gradient",
        why=f"the gradient is {told(layout_of(result))}, and `out` is {told(layout_of(out))}.",
        fixes=("pass arrays of the shape and dtype of the arguments: out=np.empty_like(x)",),
    )


def in_use(prepared: Prepared) -> ArgumentError:
    """Return the error for two threads with one memory."""
    return ArgumentError(
        "ADJ308",
        title=f"{prepared!r} is being computed by another thread",
        why="its arrays would be overwritten while they are read.",
        fixes=("give every thread one of its own: p.fork()",),
    )


@defined_by(definitions.refusing("prepare"))
def prepare(
    f: Callable[..., Any],
    *args: Any,
    wrt: Any = 0,
    has_aux: bool = False,
    backend: str = "numpy",
    strict: bool = True,
    **kwargs: Any,
) -> Prepared:
    """Return a gradient for arguments of these shapes whose calls need no new memory.

    The first call lays out memory for all arrays that the generated code computes; later calls use it
    again.  A gradient that was returned is not overwritten as long as somebody refers to it; with
    ``out=`` it is written into arrays of the caller's.  What library functions need inside them is theirs.

    Args:
        f: function that returns a real number.
        args: example arguments; only their kinds, shapes and dtypes matter.
        wrt: index or name of the argument to differentiate, or a tuple of those.
        has_aux: ``f`` returns ``(value, aux)``; then a call gives ``(gradient, aux)``.
        backend: ``"numpy"``, ``"numba"`` or ``"auto"``, as in :func:`adjoint.grad`.
        strict: refuse arguments of other shapes; otherwise lay the memory out again.
        kwargs: example keyword arguments.

    Returns:
        A callable with ``value_and_grad``, ``source``, and ``fork`` for other threads.

    Raises:
        ArgumentError, DifferentiationError, LanguageError, RuleError, SourceError, BackendError: as `grad`.

    Example:
        >>> slope = prepare(lambda x, w: np.sum(np.tanh(x @ w)), np.ones((1, 2)), np.ones((2, 1)))
        >>> g = np.empty((1, 2))
        >>> slope(np.zeros((1, 2)), np.array([[3.0], [4.0]]), out=g) is g
        True
        >>> g
        array([[3., 4.]])

    References:
        Revels, "ReverseDiff.jl" (2016), prepares tapes; here nothing is recorded, so branches stay live.
    """
    prepared = Prepared(f, wrt, has_aux, backend, strict)
    prepared.value_and_grad(*args, **kwargs)
    return prepared
