"""Forward over the run-time path of reverse mode: ``value, pullback = call(f, ...)`` is pushed itself.

The pullback that comes out is an object that knows how to be pushed; its own tangent is that of what it
has saved.
"""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.apply import call_primal, find_rule, has_tangent, primal_of, rule_options
from adjoint.rules.callback import Bars, Differentiator
from adjoint.rules.conversions import nested_like
from adjoint.rules.forward import filled
from adjoint.rules.kinds import Opaque
from adjoint.rules.registry import Rule, registry
from adjoint.rules.runtime import strong_product, unbroadcast
from adjoint.rules.signatures import own_signature
from adjoint.rules.support import fit
from adjoint.rules.toarrays import apply_to_arrays
from adjoint.runtime.arraylike import lists_in, objects_in
from adjoint.runtime.captured import captures
from adjoint.runtime.classes import overloaded, replaced
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
    no_derivative,
    positional_bars,
)
from adjoint.runtime.moving import MOVING
from adjoint.runtime.moving import replaced as moving_replaced
from adjoint.runtime.pushing import push, push_method, unsupported
from adjoint.runtime.pushing_structural import (
    CALLING,
    LinearPullback,
    call_partial,
    methodcaller,
    moved,
    no_second,
    rearranged,
    receiver,
    record,
    user_operator,
)
from adjoint.runtime.shares import complete, shifted, without_receiver
from adjoint.runtime.standing import METHODS, meant
from adjoint.runtime.structural import STRUCTURAL
from adjoint.transforms.records import generating, initializer, record_fields

Pair = tuple[Any, Any]


@dataclass(eq=False)
class PushedPullback(Opaque):
    """A pullback: a function of what was saved and of the cotangent, and how its result is arranged."""

    __adjoint_dynamic__ = True

    function: Callable[..., Any]
    value: Any
    saved: Any
    arrange: Callable[[Any], Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of the function, its arguments and its keyword arguments."""
        return self.arrange(None if bar is None else self.function(self.saved, complete(bar, self.value)))

    def __adjoint_push__(self, own_dot: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
        """Push tangents of the saved values and of the cotangent."""
        ((bar, bar_dot),) = args
        if bar is None:
            return self.arrange(None), None
        pair = complete(bar, self.value), None if bar_dot is None else complete(bar_dot, self.value)
        bars, bars_dot = push((self.function, None), (self.saved, own_dot), pair)
        return self.arrange(bars), self.arrange(bars_dot)


@dataclass(eq=False)
class RulePullback(Opaque):
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
    if objects_in(f, values, named) and not overloaded(f, values):
        raise no_second(f)
    if hashable(f):
        pushed = by_table(f, args, kwargs, values, named)
        if pushed is not NotImplemented:
            return pushed  # type: ignore[no-any-return]
    return by_type(head, args, kwargs, values)


def by_table(f: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair], values: Any, named: Any) -> Any:
    """Operators of users' classes, builtins that move values, and functions with rules."""
    found = find_rule(f, values, named)
    chosen = found is not None and is_for_classes(f, found[0])
    if overloaded(f, values) and not chosen:
        pushed = user_operator(push_call, f, args)
        if pushed is NotImplemented:
            raise no_second(f)
        return pushed
    pushed = CALLING[f](push_call, *args, **kwargs) if f in CALLING else NotImplemented
    if is_replace(f, values):
        pushed = moved(f, replaced, moving_replaced, args, kwargs)
    elif pushed is NotImplemented and f in STRUCTURAL and not chosen:
        pushed = moved(f, STRUCTURAL[f], MOVING[f], args, kwargs)
    if pushed is not NotImplemented:
        return pushed
    if found is None:
        return NotImplemented
    if found[0].form == "constant":
        return (primal_of(f, values, named), LinearPullback(no_derivative(values, named))), (None, None)
    return push_by_rule(found, args, kwargs)


def by_type(head: Pair, args: tuple[Pair, ...], kwargs: dict[str, Pair], values: tuple[Any, ...]) -> Pair:
    """Functions with source, partials, records, callable objects."""
    f, f_dot = head
    if hasattr(f, "__adjoint_function__"):
        return push_call(push, (f.__adjoint_function__, f_dot), *args, **kwargs)
    if isinstance(f, functools.partial):
        return call_partial(push_call, head, args, kwargs)
    standing = meant(f, values)
    if standing is not None:
        constants = ((constant, None) for constant in standing[1])
        inner = push_call(push, (standing[0], None), *args, *constants, **kwargs)
        return rearranged(inner, lambda bars: (bars[0], bars[1][: len(args)], bars[2]))
    if isinstance(f, operator.methodcaller):
        return methodcaller(push_call, head, *args)
    if isinstance(f, types.FunctionType):
        return push_function(head, args, kwargs)
    if isinstance(f, type):
        return construction(f, args, kwargs)
    called = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(called, types.FunctionType):
        return rearranged(push_call(push, (called, None), head, *args, **kwargs), receiver)
    raise no_second(f)


#: Functions with a way of their own.
PUSHED_CALLS: dict[Any, Any] = {}


def construction(cls: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """Make an object from its fields, or by its ``__init__``."""
    names = record_fields(cls)
    if names is not None:
        return record(cls, names, args, kwargs)
    init = initializer(cls)
    if init is None or generating(cls) is not None:
        raise no_second(cls)
    made: Pair = (object.__new__(cls), {})
    return rearranged(push_function((init, None), (made, *args), kwargs, initializes=True), without_receiver)


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
        f_bar, given, keyed = bars
        back = [nested_like(b, args[i][0]) if i in places else b for i, b in enumerate(given)]
        items = keyed.items()
        return f_bar, tuple(back), {n: nested_like(b, kwargs[n][0]) if n in places else b for n, b in items}

    return rearranged(push_call(push, head, *arrays, **named), like_lists)


def as_array(pair: Pair) -> Pair:
    """Return a list of numbers and its tangent as arrays."""
    x, x_dot = pair
    return np.asarray(x), None if x_dot is None else np.asarray(filled(x_dot, x))


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
    """A Python function: its compiled primal and pullback are pushed."""
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

    return (value, PushedPullback(compiled.pullback, value, saved, arrange)), (value_dot, saved_dot)


def is_star(bound: inspect.BoundArguments, name: str) -> bool:
    """Whether a name is that of ``*args`` or ``**kwargs``."""
    parameter = bound.signature.parameters.get(name)
    return parameter is not None and parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def push_call_method(push: Any, base: Pair, name: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
    """``call_method(base, name, ...)``: the receiver's cotangent comes first."""
    x, attr = base[0], name[0]
    if isinstance(x, types.ModuleType | type) or attr == "__class__":
        pushed = push_call(push, (getattr(x, attr), None), *args, **kwargs)
        return rearranged(pushed, lambda bars: shifted(bars, None))
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
    return rearranged(push_over_arrays(f, pairs, {}, places), lambda bars: bars[1])


vars(apply_to_arrays)["__adjoint_dynamic__"] = True
MOVING[apply_to_arrays] = push_apply_to_arrays


def push_vjp(push: Any, differentiator: Pair, head: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
    """``ad.vjp(f, ...)``, by which rules call back: as ``call(f, ...)``, with named cotangents."""
    return rearranged(push_call(push, head, *args, **kwargs), lambda bars: Bars(*bars))


MOVING[call], MOVING[call_method] = push_call, push_call_method
MOVING[Differentiator.vjp] = push_vjp
vars(Differentiator.vjp)["__adjoint_dynamic__"] = True

__all__ = ["push_call", "push_call_method", "push_method"]
