"""Forward over the run-time rules of reverse mode that move values between containers.

What a rule only moves, its pullback moves the same way, whatever the values are.  Whatever calls a function
on the way (operators and properties of users' classes, partial functions) is that call, pushed.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.kinds import Opaque
from adjoint.runtime.arrangements import is_numbers
from adjoint.runtime.arrangements import with_items as summed_bars
from adjoint.runtime.classes import attribute_reader, getattribute, operator_methods, swapped
from adjoint.runtime.moving import MOVING, columns, walked
from adjoint.runtime.moving import getattribute as moving_getattribute
from adjoint.runtime.pushing import push, unsupported
from adjoint.runtime.records import build_record
from adjoint.runtime.standing import call_named, held
from adjoint.runtime.structural import (
    STRUCTURAL,
    as_changed,
    augmented,
    changing_method,
    takes_items,
    with_constants,
    with_items,
)
from adjoint.transforms.callers import CALLERS, added

Pair = tuple[Any, Any]
PushCall = Callable[..., Pair]


@dataclasses.dataclass(eq=False)
class LinearPullback(Opaque):
    """A pullback that only moves values, whatever the values are."""

    __adjoint_dynamic__ = True

    function: Callable[..., Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents."""
        return self.function(bar)

    def __adjoint_push__(self, own_dot: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
        """A linear function is its own derivative."""
        ((bar, bar_dot),) = args
        return self.function(bar), self.function(bar_dot)


@dataclasses.dataclass(eq=False)
class Rearranged(Opaque):
    """A pullback whose result is arranged in another way; its tangent is that of the pullback."""

    __adjoint_dynamic__ = True

    pullback: Any
    arrange: Callable[[Any], Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents."""
        return self.arrange(self.pullback(bar))

    def __adjoint_push__(self, own_dot: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
        """Push the pullback."""
        bars, dots = push((self.pullback, own_dot), *args)
        return self.arrange(bars), None if dots is None else self.arrange(dots)


def rearranged(pushed: Pair, arrange: Callable[[Any], Any]) -> Pair:
    """Return a pushed call whose cotangents are arranged in another way."""
    (value, pullback), dots = pushed
    return (value, Rearranged(pullback, arrange)), dots


def receiver(bars: Any) -> Any:
    """Return the cotangents of a method from those of its function: the receiver's is the method's."""
    return bars[1][0], bars[1][1:], bars[2]


def no_second(f: Any) -> Exception:
    """Return the error for what cannot be pushed at run time."""
    return unsupported(f, f"a second derivative through `{getattr(f, '__name__', f)}` at run time")


def moved(f: Any, pulling: Any, moving: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Any:
    """A rule that only moves values, ``NotImplemented`` if it declines; calls of functions are refused.

    Args:
        f: the function.
        pulling: its rule of reverse mode.
        moving: its rule of forward mode.
        args: its arguments.
        kwargs: its keyword arguments.
    """
    values, named = [value for value, _ in args], {name: value for name, (value, _) in kwargs.items()}
    result = pulling(calls_nothing(f), *values, **named)
    if result is NotImplemented:
        return NotImplemented
    _, pullback = result
    value, value_dot = moving(push, *args, **kwargs)
    return (value, LinearPullback(pullback)), (value_dot, None)


def calls_nothing(f: Any) -> Callable[..., Any]:
    """Return what a rule is given to call functions with, and that refuses."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise no_second(f)

    return refuse


def user_operator(push_call: PushCall, f: Any, args: tuple[Pair, ...]) -> Any:
    """Operators that a user's class defines."""
    for method, exchanged, as_number in operator_methods(f, tuple(value for value, _ in args)):
        first, *others = args[::-1] if exchanged else args
        if as_number:
            others = [(value.item(), dot) for value, dot in others]
        pushed = push_call(push, (method, None), first, *others)
        if pushed[0][0] is not NotImplemented:
            return rearranged(pushed, swapped) if exchanged else pushed
    return NotImplemented


def call_partial(push_call: PushCall, head: Pair, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """A ``functools.partial``; its cotangent is that of what it holds."""
    f, f_dot = head
    dots = {} if f_dot is None else f_dot
    count = len(f.args)
    first = zip(f.args, dots.get("args") or (None,) * count, strict=True)
    keywords = {name: (value, (dots.get("keywords") or {}).get(name)) for name, value in f.keywords.items()}
    pushed = push_call(push, (f.func, dots.get("func")), *first, *args, **{**keywords, **kwargs})

    def arrange(bars: Any) -> Any:
        f_bar, args_bars, kwargs_bars = bars
        kept = {name: kwargs_bars.get(name) for name in f.keywords if name not in kwargs}
        own = {"func": f_bar, "args": args_bars[:count], "keywords": kept}
        return own, args_bars[count:], {name: kwargs_bars.get(name) for name in kwargs}

    return rearranged(pushed, arrange)


def methodcaller(push_call: PushCall, head: Pair, x: Pair) -> Pair:
    """An ``operator.methodcaller``; its cotangent is that of what it holds."""
    f, f_dot = head
    dots = {} if f_dot is None else f_dot
    name, given, keywords = held(f)
    pairs = (name, None), (given, dots.get("args")), (keywords, dots.get("keywords"))

    def arrange(bars: Any) -> Any:
        x_bar, _, args_bar, keywords_bar = bars[1]
        empty = args_bar is None and keywords_bar is None
        return None if empty else {"args": args_bar, "keywords": keywords_bar}, (x_bar,), {}

    return rearranged(push_call(push, (call_named, None), x, *pairs), arrange)


def attribute(push_call: PushCall, base: Pair, name: Pair, *default: Pair) -> Any:
    """``getattr(base, name)``: properties and their like are calls."""
    x, x_dot = base
    found = inspect.getattr_static(type(x), name[0], None)
    rest = (None,) * (1 + len(default))
    if isinstance(getattr(np.ndarray, name[0], None), type(np.ndarray.T)) and isinstance(x, np.ndarray):
        pushed = push_call(push, (getattr(np.ndarray, name[0]), None), base)
        return rearranged(pushed, lambda bars: (None, (bars[1][0], *rest), {}))
    reader = None if isinstance(x, super) else attribute_reader(type(x), found, x, name[0])
    if reader is None or default and not hasattr(x, name[0]):
        return moved(getattr, getattribute, moving_getattribute, (base, name, *default), {})
    place = next(i for i, item in enumerate(reader[1:]) if item is x)
    given = ((item, x_dot if i == place else None) for i, item in enumerate(reader[1:]))
    pushed = push_call(push, (reader[0], None), *given)
    return rearranged(pushed, lambda bars: (None, (bars[1][place], *rest), {}))


def augment(push_call: PushCall, operation: Pair, owned: Pair, problems: Pair, x: Pair, y: Pair) -> Pair:
    """``x op= y`` when the kind of ``x`` was not known before."""
    method = changing_method(operation[0], owned[0], problems[0], x[0])
    if method is not None:
        pushed = push_call(push, (method, None), x, y)
        if pushed[0][0] is not NotImplemented:
            return rearranged(pushed, with_constants)
    extends = takes_items(operation[0], x[0], y[0])
    given = columns(walked(push, y)) if extends else y
    (value, pullback), dots = push_call(push, (operation[0], None), x, given)
    pushed = (as_changed(operation[0], value, x[0], given[0]), pullback), dots
    if extends:
        return rearranged(pushed, lambda bars: with_constants(with_items(bars, y[0])))
    return rearranged(pushed, with_constants)


def summed(push_call: PushCall, x: Pair, start: Pair = (0, None)) -> Any:
    """``sum(x, start)`` of anything that can be walked over and added; numbers in containers have a rule."""
    if isinstance(x[0], np.ndarray) or type(x[0]) in (list, tuple) and is_numbers(x[0]):
        return NotImplemented
    (items, back), (items_dot, _) = moved(list, STRUCTURAL[list], MOVING[list], (x,), {})
    function = sum if is_numbers(items) else added
    pushed = push_call(push, (function, None), (items, items_dot), start)
    return rearranged(pushed, lambda bars: summed_bars(bars, lambda shares: back(shares)[1][0]))


def record(cls: Any, names: tuple[str, ...], args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """A named tuple or dataclass made from its fields."""
    values, named = [value for value, _ in args], {name: value for name, (value, _) in kwargs.items()}
    _, pullback = build_record(cls, names, tuple(values), named)
    value, value_dot = push((cls, None), *args, **kwargs)
    return (value, LinearPullback(pullback)), (value_dot, None)


def defined(function: Any) -> Any:
    """Return the rule of a builtin for which a Python function stands."""
    return lambda push_call, *args, **kwargs: push_call(push, (function, None), *args, **kwargs)


#: What calls functions: each takes the pushing ``push_call`` first and then pairs.
CALLING: dict[Any, Any] = {
    getattr: attribute,
    augmented: augment,
    sum: summed,
    **{builtin: defined(function) for builtin, function in CALLERS.items()},
}

__all__ = [
    "CALLING",
    "LinearPullback",
    "Rearranged",
    "methodcaller",
    "call_partial",
    "moved",
    "rearranged",
    "record",
]
