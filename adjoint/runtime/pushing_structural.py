"""Forward over the run-time rules of reverse mode that move values between containers.

What a rule only moves, its pullback moves the same way, whatever the values are.  Whatever calls a function
on the way (operators and properties of users' classes, partial functions) is that call, pushed.
Operands are towers of the height of ``push`` (:mod:`adjoint.runtime.towers`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.runtime.arrangements import is_numbers
from adjoint.runtime.arrangements import with_items as summed_bars
from adjoint.runtime.callables import caller_towers, opened
from adjoint.runtime.classes import attribute_reader, getattribute, in_python, operator_methods, swapped
from adjoint.runtime.linear import LinearPullback
from adjoint.runtime.moving import listed, walked
from adjoint.runtime.opaque import unsupported
from adjoint.runtime.pushing_pullbacks import Rearranged
from adjoint.runtime.standing import call_named
from adjoint.runtime.structural import (
    STRUCTURAL,
    as_changed,
    augmented,
    changing_method,
    takes_items,
    with_constants,
    with_items,
)
from adjoint.runtime.towers import Tower, height_of, over, rebased, still, value_of
from adjoint.transforms.callers import CALLERS, added

PushCall = Callable[..., Any]


def rearranged(height: int, pushed: Tower, arrange: Callable[[Any], Any]) -> Any:
    """Return a pushed call whose cotangents are arranged in another way."""
    value, pullback = value_of(pushed, height)
    return rebased(pushed, height, (value, Rearranged(pullback, arrange)))


def with_pullback(height: int, value: Tower, pullback: Any, moved: Tower) -> Any:
    """Return the tower of a value and its pullback, which moves with some derivatives."""
    return over(height, lambda y, _: (y, pullback), lambda y, dot: (y, dot), value, moved)


def receiver(bars: Any) -> Any:
    """Return the cotangents of a method from those of its function: the receiver's is the method's."""
    return bars[1][0], bars[1][1:], bars[2]


def no_second(f: Any) -> Exception:
    """Return the error for what cannot be pushed at run time."""
    return unsupported(f, f"a second derivative through `{getattr(f, '__name__', f)}` at run time")


def moved(push: Any, f: Any, pulling: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
    """A rule that only moves values, ``NotImplemented`` if it declines; calls of functions are refused.

    Args:
        push: calls functions on towers.
        f: the function.
        pulling: its rule of reverse mode.
        args: its arguments.
        kwargs: its keyword arguments.
    """
    h = height_of(push)
    values, named = [value_of(t, h) for t in args], {n: value_of(t, h) for n, t in kwargs.items()}
    result = pulling(calls_nothing(f), *values, **named)
    if result is NotImplemented:
        return NotImplemented
    y = push(still(f, h), *args, **kwargs)
    return with_pullback(h, y, LinearPullback(result[1]), still(None, h))


def calls_nothing(f: Any) -> Callable[..., Any]:
    """Return what a rule is given to call functions with, and that refuses."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise no_second(f)

    return refuse


def walk(make: Any) -> Any:
    """Return the rule of ``list`` or ``tuple`` for objects whose class hands out its items."""

    def rule(push_call: PushCall, push: Any, *x: Tower) -> Any:
        h = height_of(push)
        value = value_of(x[0], h) if x else []
        if type(value).__module__ == "builtins" and isinstance(value, Iterator):  # it is read only once
            return push_call(push, still(make, h), rebased(x[0], h, list(value)))
        if in_python(value, "__iter__"):
            pushed = push_call(push, still(items_handed_out, h), *x, still(make, h))
        elif in_python(value, "__getitem__"):
            count = len(list(value))
            pushed = push_call(push, still(items_by_index, h), *x, still(make, h), still(count, h))
        else:
            return NotImplemented
        return rearranged(h, pushed, lambda bars: (None, bars[1][:1], {}))

    return rule


def items_handed_out(x: Any, make: Any) -> Any:
    """``list(x)`` of an object with an ``__iter__``."""
    return make(type(x).__iter__(x))


def items_by_index(x: Any, make: Any, count: int) -> Any:
    """``list(x)`` of an object that has ``__getitem__`` only."""
    return make([x[i] for i in range(count)])


def sum_of_items(x: Any, start: Any) -> Any:
    """``sum(x, start)`` of an object whose class hands out its items."""
    return sum(list(x), start)


def user_operator(push_call: PushCall, push: Any, f: Any, args: tuple[Tower, ...]) -> Any:
    """Operators that a user's class defines."""
    h = height_of(push)
    for method, exchanged, as_number in operator_methods(f, tuple(value_of(t, h) for t in args)):
        first, *others = args[::-1] if exchanged else args
        if as_number:
            others = [rebased(t, h, value_of(t, h).item()) for t in others]
        pushed = push_call(push, still(method, h), first, *others)
        if value_of(pushed, h)[0] is not NotImplemented:
            return rearranged(h, pushed, swapped) if exchanged else pushed
    return NotImplemented


def call_partial(push_call: PushCall, push: Any, head: Tower, args: Any, kwargs: dict[str, Tower]) -> Any:
    """A ``functools.partial``; its cotangent is that of what it holds."""
    h = height_of(push)
    f = value_of(head, h)
    function, first, held = opened(h, f, head)
    count = len(first)

    def arrange(bars: Any) -> Any:
        f_bar, args_bars, kwargs_bars = bars
        kept = {name: kwargs_bars.get(name) for name in f.keywords if name not in kwargs}
        own = {"func": f_bar, "args": args_bars[:count], "keywords": kept}
        return own, args_bars[count:], {name: kwargs_bars.get(name) for name in kwargs}

    return rearranged(h, push_call(push, function, *first, *args, **{**held, **kwargs}), arrange)


def methodcaller(push_call: PushCall, push: Any, head: Tower, x: Tower) -> Any:
    """An ``operator.methodcaller``; its cotangent is that of what it holds."""
    h = height_of(push)

    def arrange(bars: Any) -> Any:
        x_bar, _, args_bar, keywords_bar = bars[1]
        empty = args_bar is None and keywords_bar is None
        return None if empty else {"args": args_bar, "keywords": keywords_bar}, (x_bar,), {}

    pushed = push_call(push, still(call_named, h), x, *caller_towers(h, value_of(head, h), head))
    return rearranged(h, pushed, arrange)


def attribute(push_call: PushCall, push: Any, base: Tower, name: Tower, *default: Tower) -> Any:
    """``getattr(base, name)``: properties and their like are calls."""
    h = height_of(push)
    x, attr = value_of(base, h), value_of(name, h)
    found = inspect.getattr_static(type(x), attr, None)
    rest = (None,) * (1 + len(default))
    if isinstance(getattr(np.ndarray, attr, None), type(np.ndarray.T)) and isinstance(x, np.ndarray):
        pushed = push_call(push, still(getattr(np.ndarray, attr), h), base)
        return rearranged(h, pushed, lambda bars: (None, (bars[1][0], *rest), {}))
    reader = None if isinstance(x, super) else attribute_reader(type(x), found, x, attr)
    if reader is None or default and not hasattr(x, attr):
        return moved(push, getattr, getattribute, (base, name, *default), {})
    place = next(i for i, item in enumerate(reader[1:]) if item is x)
    given = (base if i == place else still(item, h) for i, item in enumerate(reader[1:]))
    pushed = push_call(push, still(reader[0], h), *given)
    return rearranged(h, pushed, lambda bars: (None, (bars[1][place], *rest), {}))


def augment(
    push_call: PushCall, push: Any, operation: Tower, owned: Tower, problems: Tower, x: Tower, y: Tower
) -> Any:
    """``x op= y`` when the kind of ``x`` was not known before."""
    h = height_of(push)
    function, left, right = (value_of(t, h) for t in (operation, x, y))
    method = changing_method(function, value_of(owned, h), value_of(problems, h), left)
    if method is not None:
        pushed = push_call(push, still(method, h), x, y)
        if value_of(pushed, h)[0] is not NotImplemented:
            return rearranged(h, pushed, with_constants)
    extends = takes_items(function, left, right)
    given = listed(push, walked(push, y)) if extends else y
    pushed = push_call(push, still(function, h), x, given)
    value, pullback = value_of(pushed, h)
    pushed = rebased(pushed, h, (as_changed(function, value, left, value_of(given, h)), pullback))
    if extends:
        return rearranged(h, pushed, lambda bars: with_constants(with_items(bars, right)))
    return rearranged(h, pushed, with_constants)


def summed(push_call: PushCall, push: Any, x: Tower, start: Tower | None = None) -> Any:
    """``sum(x, start)`` of anything that can be walked over and added; numbers in containers have a rule."""
    h = height_of(push)
    values = value_of(x, h)
    if isinstance(values, np.ndarray) or type(values) in (list, tuple) and is_numbers(values):
        return NotImplemented
    if any(in_python(values, name) for name in ("__iter__", "__getitem__")):
        inner = push_call(push, still(sum_of_items, h), x, still(0, h) if start is None else start)
        return rearranged(h, inner, lambda bars: (None, bars[1][: 1 if start is None else 2], {}))
    pushed = moved(push, list, STRUCTURAL[list], (x,), {})
    items, back = value_of(pushed, h)
    given = over(h, lambda _: items, lambda dot: dot[0], pushed)
    function = sum if is_numbers(items) else added
    inner = push_call(push, still(function, h), given, still(0, h) if start is None else start)
    return rearranged(h, inner, lambda bars: summed_bars(bars, lambda shares: back(shares)[1][0]))


def defined(function: Any) -> Any:
    """Return the rule of a builtin for which a Python function stands."""
    return lambda push_call, push, *args, **kwargs: push_call(
        push, still(function, height_of(push)), *args, **kwargs
    )


#: What calls functions: each takes the pushing ``push_call``, ``push`` and then towers.
CALLING: dict[Any, Any] = {
    getattr: attribute,
    augmented: augment,
    sum: summed,
    list: walk(list),
    tuple: walk(tuple),
    **{builtin: defined(function) for builtin, function in CALLERS.items()},
}

__all__ = [
    "CALLING",
    "call_partial",
    "methodcaller",
    "moved",
    "no_second",
    "rearranged",
    "receiver",
    "user_operator",
    "with_pullback",
]
