"""Compiled code that has neither a rule nor source, while the program runs."""

from __future__ import annotations

import numbers
import sys
import types
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from adjoint.compiling import linemap
from adjoint.rules.errors import MutationError, RuleError, missing_rule, skeleton, spell
from adjoint.rules.registry import Rule, registry
from adjoint.rules.subclasses import is_of_a_subclass
from adjoint.runtime.overwriting import run_watched
from adjoint.transforms.mutators import CONTAINERS, written_values

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]
Pulled = tuple[Any, Callable[[Any], Bars]]

IN_PLACE = frozenset(
    "sort fill put partition resize append extend insert pop update clear remove reverse setdefault popitem "
    "add discard appendleft extendleft popleft rotate __setitem__ __delitem__".split()
)
CONSTANT = (
    int,
    str,
    bytes,
    type(None),
    slice,
    range,
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    np.dtype,
    np.finfo,
    np.iinfo,
    type(np.empty(0).flags),
)


#: Callables that `written_values` knows.
HASHABLE = (np.ufunc, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)


def opaque(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Run code without a rule; refuse if a derivative is asked of it.

    At once if it makes a number or array whose class is written in Python: what is done with one later is
    code of that class, behind which no cotangent would be seen.
    """
    value = run_watched(f, args, kwargs)
    if is_number_of_a_class(value) and has_tangent_space((args, kwargs)):
        raise missing_rule(f)
    place = calling_place()

    def opaque_pullback(bar: Any) -> Bars:
        if is_zero(bar):
            return None, (None,) * len(args), {}
        error = unfit(f, kwargs) if is_known(f) else missing_rule(f)
        error.place = place  # no line of a traced function is at work when its steps are undone
        raise error

    return value, opaque_pullback


def calling_place() -> tuple[str, int] | None:
    """Return file name and line of the innermost generated code that is running."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and not linemap.is_registered(frame.f_code.co_filename):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def is_known(f: Any) -> bool:
    """Whether a callable has rules, none of which took the call."""
    return isinstance(f, Hashable) and bool(registry.lookup(f))


def unfit(f: Any, kwargs: dict[str, Any]) -> RuleError:
    """Return the error for a call that no rule of a callable takes."""
    return RuleError(
        "ADJ202",
        title=f"this call of `{spell(f)}` has no derivative: its rule {registry.misfit(f, kwargs)}",
        why="an argument that a rule does not know is never dropped silently.",
        fixes=(
            "leave the argument out (`out=` in particular)",
            "write a rule that takes it:\n" + skeleton(f),
        ),
    )


def refuse_objects(f: Any, arguments: dict[str, Any], bars: dict[str, Any]) -> None:
    """Refuse an object that a function of arrays took for an array, as only its class knows its items.

    Raises:
        RuleError: ADJ202, an object has received the cotangent of an array.
    """
    for name, bar in bars.items():
        x = arguments.get(name)
        if isinstance(bar, np.ndarray | float) and is_object(x):
            raise RuleError(
                "ADJ202",
                title=f"`{spell(f)}` was given an object of class `{type(x).__name__}` as an array",
                why="which of its fields the items came from is not known.",
                fixes=(
                    f"hand over an array:  {spell(f)}(np.array([...]))",
                    f"define `{type(x).__name__}.__array__`, which returns it",
                ),
            )


def is_object(x: Any) -> bool:
    """Whether a value is an object of a class written in Python, and no number or container."""
    return bool(type(x).__flags__ & HEAP_TYPE) and not isinstance(
        x, int | float | complex | np.generic | np.ndarray | list | tuple | dict
    )


HEAP_TYPE = 1 << 9  # of the flags of a class (Py_TPFLAGS_HEAPTYPE)


def is_number_of_a_class(value: Any) -> bool:
    """Whether a value is a matrix, a masked array, a fraction or the like."""
    fraction = isinstance(value, numbers.Rational) and not isinstance(value, int | np.integer)
    return fraction or is_of_a_subclass(value)


def misfits(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a function has rules, none of which has the parameters of this call."""
    rules = registry.lookup(f) if isinstance(f, Hashable) else ()
    return bool(rules) and not any(binds(rule, args, kwargs) for rule in rules)


def binds(rule: Rule, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the arguments of a call fit the parameters of a rule."""
    try:
        rule.signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def is_zero(bar: Any) -> bool:
    """Whether a cotangent is surely zero."""
    if isinstance(bar, tuple | list):
        return all(map(is_zero, bar))
    if isinstance(bar, dict):
        return all(map(is_zero, bar.values()))
    return bar is None or isinstance(bar, float) and bar == 0.0


def refuse_change(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse compiled code that changes an argument in place which may carry a derivative.

    Raises:
        MutationError: ADJ101, ADJ103.
    """
    for written in written_values(f, args, kwargs):
        if isinstance(written, (np.ndarray, *CONTAINERS)) and has_tangent_space(written):
            raise changed_in_place(spell(f), written)


def changed_in_place(name: str, x: Any) -> MutationError:
    """Return the error for compiled code that changes a value in place."""
    return MutationError(
        "ADJ101" if isinstance(x, np.ndarray) else "ADJ103",
        title=f"`{name}` changes a value in place",
        why="the pullback re-reads values the primal computed; overwriting one changes the derivative.",
        fixes=("build a new value instead", "change a copy, where it is certain which function is called"),
    )


def opaque_method(method: Any, base: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Run a compiled method without a rule; one that changes a container of active values is refused."""
    if method.__name__ in IN_PLACE and has_tangent_space((base, args, kwargs)):
        raise changed_in_place(f".{method.__name__}()", base)
    if isinstance(method, HASHABLE):
        refuse_change(method, (base, *args), kwargs)
    value, pullback = opaque(method, args, kwargs)

    def method_pullback(bar: Any) -> Bars:
        f_bar, args_bars, kwargs_bars = pullback(bar)
        return f_bar, (None, *args_bars), kwargs_bars

    return value, method_pullback


def has_tangent_space(x: Any) -> bool:
    """Whether a value contains a float, an array of floats, or an object that may."""
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "fcO"
    if isinstance(x, slice):
        return any(map(has_tangent_space, (x.start, x.stop, x.step)))
    if isinstance(x, CONSTANT):
        return isinstance(x, types.FunctionType) and linemap.is_registered(x.__code__.co_filename)
    if isinstance(x, tuple | list | set | frozenset):
        return any(map(has_tangent_space, x))
    if isinstance(x, dict):
        return any(map(has_tangent_space, x.values()))
    return True


def holds_values(value: Any) -> bool:
    """Whether a callable is a method bound to numbers, or to an object that may have some."""
    methods = (types.MethodType, types.BuiltinFunctionType, types.MethodWrapperType)
    receiver = getattr(value, "__self__", None) if isinstance(value, methods) else None
    return receiver is not None and not isinstance(receiver, types.ModuleType) and has_tangent_space(receiver)


def unsupported(f: Any, what: str) -> RuleError:
    """Return the error for what forward mode cannot do at run time."""
    return RuleError(
        "ADJ119",
        title=f"{what} has no forward derivative yet",
        why="leaving it out silently would give a wrong derivative.",
        fixes=("use reverse mode: adjoint.grad or adjoint.vjp",),
    )


__all__ = ["has_tangent_space", "holds_values", "opaque", "opaque_method", "unsupported"]
