"""Forward over the run-time path of reverse mode: ``value, pullback = call(f, ...)`` is pushed itself.

The pullback that comes out is an object that knows how to be pushed; its own tangent is that of what it
has saved.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import operator
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.apply import call_primal, find_rule, has_tangent, rule_options
from adjoint.rules.callback import Bars, Differentiator
from adjoint.rules.conversions import nested_like
from adjoint.rules.forward import filled
from adjoint.rules.registry import Rule, registry
from adjoint.rules.runtime import strong_product, unbroadcast
from adjoint.rules.signatures import own_signature
from adjoint.rules.support import fit
from adjoint.rules.toarrays import apply_to_arrays
from adjoint.runtime.arraylike import lists_in, objects_in
from adjoint.runtime.captured import captures
from adjoint.runtime.classes import overloaded
from adjoint.runtime.dynamic import (
    BOUND,
    call,
    call_method,
    compiled_for,
    defaults_given,
    hashable,
    is_for_classes,
    is_replace,
    keyword_bars,
    positional_bars,
    shifted,
)
from adjoint.runtime.moving import MOVING
from adjoint.runtime.pushing import push, push_method, unsupported
from adjoint.runtime.standing import METHODS, meant
from adjoint.runtime.structural import STRUCTURAL
from adjoint.transforms.records import generating, initializer, record_fields

Pair = tuple[Any, Any]


@dataclass(eq=False)
class PushedPullback:
    """A pullback: a function of what was saved and of the cotangent, and how its result is arranged."""

    __adjoint_dynamic__ = True

    function: Callable[..., Any]
    saved: Any
    arrange: Callable[[Any], Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of the function, its arguments and its keyword arguments."""
        return self.arrange(None if bar is None else self.function(self.saved, bar))

    def __adjoint_push__(self, own_dot: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
        """Push tangents of the saved values and of the cotangent."""
        ((bar, bar_dot),) = args
        if bar is None:
            return self.arrange(None), None
        bars, bars_dot = push((self.function, None), (self.saved, own_dot), (bar, bar_dot))
        return self.arrange(bars), self.arrange(bars_dot)


@dataclass(eq=False)
class LinearPullback:
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


@dataclass(eq=False)
class RulePullback:
    """The pullback of a function with a rule."""

    __adjoint_dynamic__ = True

    rule: Rule
    bound: inspect.BoundArguments
    inner: Any
    count: int
    names: tuple[str, ...]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents."""
        return self.__adjoint_push__(None, ((bar, None),), {})[0]

    def __adjoint_push__(self, own_dot: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
        """Push the inner pullback, or the product with the partials."""
        ((bar, bar_dot),) = args
        if bar is None:
            return self.arranged(None), None
        if self.rule.form == "scalar":
            bars, dots = self.products(own_dot, bar, bar_dot)
        elif own_dot is None:  # nothing that was saved moves, and a pullback is linear
            bars, dots = self.inner(bar), None if bar_dot is None else self.inner(bar_dot)
        else:
            bars, dots = push((self.inner, own_dot), (bar, bar_dot))
        return self.arranged(bars), self.arranged(dots)

    def products(self, own_dot: Any, bar: Any, bar_dot: Any) -> Pair:
        """Return the cotangents of an elementwise function and their tangents."""
        single = len(self.rule.parameters) == 1
        partials = (self.inner,) if single else self.inner
        moved = (None,) * len(partials) if own_dot is None else (own_dot,) if single else own_dot
        wanted = [has_tangent(self.bound.arguments.get(name)) for name in self.rule.parameters]
        bars = tuple(
            strong_product(bar, np.conj(p)) if want and p is not None else None
            for p, want in zip(partials, wanted, strict=True)
        )
        dots: list[Any] = []
        for partial, partial_dot, want in zip(partials, moved, wanted, strict=True):
            if not want or partial is None:
                dots.append(None)
                continue
            share = None if bar_dot is None else strong_product(bar_dot, np.conj(partial))
            other = None if partial_dot is None else strong_product(bar, np.conj(partial_dot))
            dots.append(share if other is None else other if share is None else share + other)
        return (bars[0], dots[0]) if single else (bars, tuple(dots))

    def arranged(self, bars: Any) -> Any:
        """Return the cotangents of function, positional and keyword arguments."""
        parameters = self.rule.parameters
        if bars is None:
            return None, (None,) * self.count, {}
        shares = dict(zip(parameters, bars if len(parameters) > 1 else (bars,), strict=True))
        fitted = {name: self.fitted(share, self.bound.arguments.get(name)) for name, share in shares.items()}
        given = positional_bars(self.bound, fitted, self.count)
        return None, given, keyword_bars(self.bound, fitted, self.names)

    def fitted(self, bar: Any, x: Any) -> Any:
        """Return the cotangent of an argument in its shape."""
        if bar is None or not isinstance(x, float | complex | np.ndarray | np.generic):
            return bar
        return fit(unbroadcast(bar, x), x) if has_tangent(x) else None


def push_call(push: Any, head: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
    """``call(f, ...)``: value and pullback, and the tangents of both."""
    f, f_dot = head
    values = tuple(value for value, _ in args)
    named = {name: value for name, (value, _) in kwargs.items()}
    if hashable(f) and f in PUSHED_CALLS:
        return PUSHED_CALLS[f](push, head, *args, **kwargs)  # type: ignore[no-any-return]
    pulled = getattr(type(f), "__adjoint_pull__", None)
    if pulled is not None:
        return push_derivative(head, args, kwargs, values, named)
    if isinstance(f, types.MethodType):
        return rearranged(push_call(push, (f.__func__, None), (f.__self__, f_dot), *args, **kwargs), receiver)
    bound = getattr(f, "__self__", None)
    method = bound is not None and not isinstance(bound, types.ModuleType | type)
    if method and isinstance(f, BOUND) and not registry.lookup(f):
        inner = push_call_method(push, (bound, f_dot), (f.__name__, None), *args, **kwargs)
        return rearranged(inner, receiver)
    lists = lists_in(f, values, named) if hashable(f) else ()
    if lists:
        return push_over_arrays(head, args, kwargs, lists)
    asked = objects_in(f, values, named) and not overloaded(f, values)
    if asked or isinstance(f, operator.methodcaller):
        raise unsupported(f, f"a second derivative through `{getattr(f, '__name__', f)}` at run time")
    if hashable(f):
        found = find_rule(f, values, named)
        moving = is_replace(f, values) or f in STRUCTURAL
        if (
            moving
            and not overloaded(f, values)
            and (found is None or f in SEQUENCES and has_sequence(values) and not has_arrays(values))
        ):
            return push_moved(head, args, kwargs, values, named)
        chosen = found is not None and (is_for_classes(f, found[0]) or not overloaded(f, values))
        if found is not None and chosen and found[0].form != "constant":
            return push_by_rule(found, args, kwargs)
    if hasattr(f, "__adjoint_function__"):
        return push_call(push, (f.__adjoint_function__, f_dot), *args, **kwargs)
    standing = meant(f, values)
    if standing is not None:
        constants = ((constant, None) for constant in standing[1])
        inner = push_call(push, (standing[0], None), *args, *constants, **kwargs)
        return rearranged(
            inner, lambda bars: None if bars is None else (bars[0], bars[1][: len(args)], bars[2])
        )
    if isinstance(f, types.FunctionType):
        return push_function(head, args, kwargs)
    called = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(called, types.FunctionType) and not isinstance(f, type):
        return rearranged(push_call(push, (called, None), head, *args, **kwargs), receiver)
    init = initializer(f) if isinstance(f, type) and generating(f) is None else None
    if init is not None:
        made = push_function((init, None), ((object.__new__(f), {}), *args), kwargs, initializes=True)
        return rearranged(made, lambda bars: None if bars is None else (bars[0], bars[1][1:], bars[2]))
    return push_moved(head, args, kwargs, values, named)


#: Functions with a way of their own.
PUSHED_CALLS: dict[Any, Any] = {}
#: Operators that have rules for numbers and move the items of sequences.
SEQUENCES = tuple(f for f in STRUCTURAL if f in MOVING and getattr(f, "__module__", "") == "_operator")
#: Builtins that move values and call a function the user gave for what it computes.
CALLING = (map, functools.reduce, itertools.accumulate, itertools.starmap)


def has_sequence(values: tuple[Any, ...]) -> bool:
    """Whether an operand is a container."""
    return any(isinstance(value, tuple | list | dict) for value in values)


def has_arrays(values: tuple[Any, ...]) -> bool:
    """Whether an operand is NumPy's, so that an operator is NumPy's."""
    return any(isinstance(value, np.ndarray | np.generic) for value in values)


def receiver(bars: Any) -> Any:
    """Return the cotangents of a method from those of its function: the receiver's is the method's."""
    return None if bars is None else (bars[1][0], bars[1][1:], bars[2])


def rearranged(pushed: Pair, arrange: Callable[[Any], Any]) -> Pair:
    """Return a pushed call whose cotangents are arranged in another way."""
    (value, pullback), dots = pushed
    return (value, Rearranged(pullback, arrange)), dots


@dataclass(eq=False)
class Rearranged:
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
        return self.arrange(bars), self.arrange(dots)


def push_derivative(head: Pair, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
    """``grad(f)(...)``."""
    value, value_dot = push(head, *args, **kwargs)
    _, pullback = call(head[0], *values, **named)
    dots = tuple(dot for _, dot in args), {name: dot for name, (_, dot) in kwargs.items()}, head[1] or {}
    return (value, pullback), (value_dot, dots)


def push_over_arrays(head: Pair, args: Any, kwargs: Any, places: tuple[int | str, ...]) -> Pair:
    """Call a function with arrays in the place of lists; the lists receive cotangents like them."""
    arrays = tuple(as_array(pair) if i in places else pair for i, pair in enumerate(args))
    named = {name: as_array(pair) if name in places else pair for name, pair in kwargs.items()}

    def like_lists(bars: Any) -> Any:
        if bars is None:
            return None
        f_bar, given, keyed = bars
        back = [nested_like(b, args[i][0]) if i in places else b for i, b in enumerate(given)]
        items = keyed.items()
        return f_bar, tuple(back), {n: nested_like(b, kwargs[n][0]) if n in places else b for n, b in items}

    return rearranged(push_call(push, head, *arrays, **named), like_lists)


def as_array(pair: Pair) -> Pair:
    """Return a list of numbers and its tangent as arrays."""
    x, x_dot = pair
    return np.asarray(x), None if x_dot is None else np.asarray(filled(x_dot, x))


def push_moved(head: Pair, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
    """What only moves values; what calls a function on the way is refused."""
    f = head[0]
    if (
        f in CALLING
        or named.get("key") is not None
        or isinstance(f, functools.partial | type)
        and f not in MOVING
        and not is_record(f)
    ):
        raise unsupported(f, f"a second derivative through `{getattr(f, '__name__', f)}` at run time")
    value, value_dot = push(head, *args, **kwargs)
    _, pullback = call(f, *values, **named)
    return (value, LinearPullback(pullback)), (value_dot, None)


def is_record(f: Any) -> bool:
    """Whether a class makes its objects from their fields and nothing else."""
    return isinstance(f, type) and record_fields(f) is not None


def push_by_rule(found: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """A function with a rule: the rule's own source is pushed."""
    rule, bound = found
    pairs = rule.signature.bind(*args, **kwargs)
    names = tuple(kwargs)
    if rule.form == "scalar":
        out = call_primal(rule.primal, bound)
        out_dot = push((rule.primal, None), *args, **kwargs)[1]
        partials, partials_dot = push((rule.function, None), (out, out_dot), *pairs.args, **pairs.kwargs)
        return (out, RulePullback(rule, bound, partials, len(args), names)), (out_dot, partials_dot)
    result, dots = pushed_rule(rule, bound, pairs)
    if result is NotImplemented:
        raise unsupported(rule.primal, f"a second derivative through `{rule.primal.__name__}` at run time")
    value, inner = result
    value_dot, inner_dot = (None, None) if dots is None else dots
    return (value, RulePullback(rule, bound, inner, len(args), names)), (value_dot, inner_dot)


def pushed_rule(rule: Rule, bound: inspect.BoundArguments, pairs: inspect.BoundArguments) -> Pair:
    """Push the function of a rule, which may ask what is wanted of it."""
    options = {name: (value, None) for name, value in rule_options(rule, bound).items()}
    pushed: Pair = push((rule.function, None), *pairs.args, **pairs.kwargs, **options)
    return pushed


def push_function(
    head: Pair, args: tuple[Pair, ...], kwargs: dict[str, Pair], initializes: bool = False
) -> Pair:
    """A Python function: its compiled primal and pullback are pushed; an ``__init__`` returns its object."""
    f, f_dot = head
    values = [value for value, _ in args]
    named = {name: value for name, (value, _) in kwargs.items()}
    bound = own_signature(f).bind(*values, **named)
    given = defaults_given(f, bound)
    captured = captures(f)
    compiled = compiled_for(f, bound, captured, initializes, nested=True)
    dots = {} if f_dot is None else f_dot
    extra = {name: (value, dots.get(name)) for name, value in captured.items()}
    extra |= {name: (bound.arguments[name], dots.get(name)) for name in given if name not in captured}
    extra = {name: pair for name, pair in extra.items() if not is_star(bound, name)}
    (value, saved), result_dot = push((compiled.primal, None), *args, **kwargs, **extra)
    value_dot, saved_dot = (None, None) if result_dot is None else result_dot

    def arrange(bars: Any) -> Any:
        if bars is None or not compiled.active:
            return None, (None,) * len(args), {}
        shares = dict(zip(compiled.active, bars if len(compiled.active) != 1 else (bars,), strict=True))
        f_bar = {name: shares[name] for name in (*captured, *given) if name in shares} or None
        return f_bar, positional_bars(bound, shares, len(args)), keyword_bars(bound, shares, named)

    return (value, PushedPullback(compiled.pullback, saved, arrange)), (value_dot, saved_dot)


def is_star(bound: inspect.BoundArguments, name: str) -> bool:
    """Whether a name is that of ``*args`` or ``**kwargs``."""
    parameter = bound.signature.parameters.get(name)
    return parameter is not None and parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def push_call_method(push: Any, base: Pair, name: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
    """``call_method(base, name, ...)``: the receiver's cotangent comes first."""
    x, attr = base[0], name[0]
    if isinstance(x, types.ModuleType | type) or attr == "__class__":
        pushed = push_call(push, (getattr(x, attr), None), *args, **kwargs)
        return rearranged(pushed, lambda bars: None if bars is None else shifted(bars, None))
    cls = np.ndarray if isinstance(x, np.generic) else type(x)
    found = getattr(cls, attr, None)
    made_anew = isinstance(inspect.getattr_static(cls, attr, None), METHODS)
    if found is not None and not made_anew and attr not in getattr(x, "__dict__", {}) and callable(found):
        return push_call(push, (inspect.getattr_static(cls, attr), None), base, *args, **kwargs)
    raise unsupported(cls, f"a second derivative through the method `{attr}` at run time")


def push_apply_to_arrays(push: Any, f: Pair, args: Pair) -> Pair:
    """``apply_to_arrays(f, args)``, by which elementwise functions take lists: value and pullback, pushed."""
    values, dots = args
    pairs = tuple(zip(values, (None,) * len(values) if dots is None else dots, strict=True))
    places = tuple(i for i, value in enumerate(values) if isinstance(value, list | tuple))
    return rearranged(push_over_arrays(f, pairs, {}, places), lambda bars: None if bars is None else bars[1])


vars(apply_to_arrays)["__adjoint_dynamic__"] = True
MOVING[apply_to_arrays] = push_apply_to_arrays


def push_vjp(push: Any, differentiator: Pair, head: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
    """``ad.vjp(f, ...)``, by which rules call back: as ``call(f, ...)``, with named cotangents."""
    return rearranged(
        push_call(push, head, *args, **kwargs), lambda bars: None if bars is None else Bars(*bars)
    )


MOVING[call], MOVING[call_method] = push_call, push_call_method
MOVING[Differentiator.vjp] = push_vjp
vars(Differentiator.vjp)["__adjoint_dynamic__"] = True

__all__ = ["push_call", "push_call_method", "push_method"]
