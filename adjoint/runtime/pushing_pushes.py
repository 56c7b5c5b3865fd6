"""Forward over the run-time path of forward mode: ``push((f, f_dot), (x, x_dot), ...)`` is pushed itself.

Every operand comes as a tower (:mod:`adjoint.runtime.towers`).  Of its directions the innermost is taken
first, by the forward rule or the compiled pushforward of the function, and what that computes is pushed
in all other directions: so derivatives of any order come from derivatives of one order less.
"""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.rules.apply import argument_kinds, find_rule, is_given, primal_of, rule_options
from adjoint.rules.forward import paired, spread, unpacked_dots, zero_tangent
from adjoint.rules.registry import Rule, registry
from adjoint.rules.runtime import strong_product
from adjoint.rules.signatures import own_signature
from adjoint.runtime.callables import caller_towers, empty, opened, own_tangent
from adjoint.runtime.captured import captures
from adjoint.runtime.classes import overloaded
from adjoint.runtime.dynamic import BOUND, hashable, is_replace
from adjoint.runtime.linear import LinearPullback, is_pullback
from adjoint.runtime.lists import LIST_CHANGES, changed_list
from adjoint.runtime.moving import MOVING, TOWERS, moves_towers, replaced, user_operator
from adjoint.runtime.nesting import MAKERS
from adjoint.runtime.opaque import unsupported
from adjoint.runtime.pushing import (
    bound_pairs,
    called_method,
    is_made,
    prepared,
    push,
    push_method,
    tangents_for,
)
from adjoint.runtime.standing import call_named, meant
from adjoint.runtime.towers import (
    Tower,
    algebra_of,
    assembled,
    filled,
    filling,
    flat,
    height_of,
    item,
    items_of,
    joined,
    over,
    rebased,
    split,
    still,
    summed,
    value_of,
)
from adjoint.transforms.records import generating, initializer, record_fields


class Lifted:
    """Calls functions on towers with one direction more than another such function, inside of its own."""

    def __init__(self, rest: Any) -> None:
        self.rest = rest
        self.height = height_of(rest) + 1
        self.bottom = getattr(rest, "bottom", rest)

    def inside(self) -> Any:
        """Return the same for all directions but the outermost."""
        return lifted(self.height - 1)

    def __call__(self, head: Tower, /, *args: Tower, **kwargs: Tower) -> Any:
        """Call a function; return the tower of its value."""
        if all(t is None or t[1] is None for t in (head, *args, *kwargs.values())):
            return self.inside()(head[0], *(a[0] for a in args), **{n: t[0] for n, t in kwargs.items()}), None
        h = self.height
        f = value_of(head, h)
        if all(split(t, h)[1] is None for t in (head, *args, *kwargs.values())):
            outer = [split(t, h)[0] for t in (head, *args)]
            y = self.rest(*outer, **{n: split(t, h)[0] for n, t in kwargs.items()})
            return joined(y, None, h)
        pushed = getattr(type(f), "__adjoint_push__", None)
        if pushed is not None:
            return pushed(f, self, head, args, kwargs)
        if isinstance(f, types.MethodType):
            return self(still(f.__func__, h), rebased(head, h, f.__self__), *args, **kwargs)
        receiver = getattr(f, "__self__", None)
        bound = receiver is not None and not isinstance(receiver, types.ModuleType | type)
        if bound and isinstance(f, BOUND) and not registry.lookup(f):
            own = over(h, lambda _: receiver, lambda dot: getattr(dot, "__self__", dot), head)
            return self.method(own, f.__name__, *args, **kwargs)
        if hashable(f):
            result = self.by_table(f, args, kwargs)
            if result is not NotImplemented:
                return result
        return self.by_type(f, head, args, kwargs)

    def by_type(self, f: Any, head: Tower, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
        """Functions with source, partials, records, callable objects."""
        h = self.height
        if hasattr(f, "__adjoint_function__"):
            return self(rebased(head, h, f.__adjoint_function__), *args, **kwargs)
        if isinstance(f, functools.partial):
            function, first, held = opened(h, f, head)
            return self(function, *first, *args, **{**held, **kwargs})
        standing = meant(f, tuple(value_of(t, h) for t in args))
        if standing is not None:
            return self(still(standing[0], h), *args, *(still(x, h) for x in standing[1]), **kwargs)
        if isinstance(f, operator.methodcaller):
            return self(still(call_named, h), *args, *caller_towers(h, f, head))
        if is_pullback(f):
            return self(rebased(head, h, LinearPullback(f)), *args)
        if isinstance(f, types.FunctionType):
            return self.by_source(head, args, kwargs)
        if isinstance(f, type):
            return self.construction(f, args, kwargs)
        called = inspect.getattr_static(type(f), "__call__", None)
        if isinstance(called, types.FunctionType):
            return self(still(called, h), head, *args, **kwargs)
        raise refused(f)

    def construction(self, cls: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
        """Make an object from its fields, or by its ``__init__``."""
        if record_fields(cls) is not None:
            return self.moved(cls, making(cls), args, kwargs)
        init = initializer(cls)
        if init is None or generating(cls) is not None:
            raise refused(cls)
        return self.by_source(
            still(init, self.height), (empty(cls, self.height), *args), kwargs, initializes=True
        )

    def method(self, base: Tower, name: str, /, *args: Tower, **kwargs: Tower) -> Any:
        """Call ``base.name(...)``."""
        result = called_method(self, base, name, args, kwargs)
        if result is not NotImplemented:
            return result
        x = value_of(base, self.height)
        if name in LIST_CHANGES and isinstance(x, list):
            return changed_list(self, base, name, args)
        raise refused(getattr(x, name))

    # --- rules -------------------------------------------------------------------------------
    def by_table(self, f: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
        """Builtins that move values, operators of users' classes, and functions with rules."""
        h = self.height
        values, named = tuple(value_of(t, h) for t in args), {n: value_of(t, h) for n, t in kwargs.items()}
        if overloaded(f, values):
            result = user_operator(self, f, *args)
            if result is NotImplemented:
                raise refused(f)
            return result
        moving = replaced if is_replace(f, values) else MOVING.get(f)
        if moving is not None:
            towers = moving is TOWERS.get(f)
            moved = moving(self, *args, **kwargs) if towers else self.moved(f, moving, args, kwargs)
            if moved is not NotImplemented:
                return moved
        found = find_rule(f, values, named)
        if found is not None and found[0].form == "constant":
            return still(primal_of(f, values, named), h)
        for rule in registry.pushforwards(f, beside=None if found is None else found[0]):
            result = self.by_rule(f, rule, found, args, kwargs)
            if result is not NotImplemented:
                return result
        return NotImplemented

    def moved(self, f: Any, moving: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
        """What moves values moves each of their derivatives the same way."""
        if differentiates(f):
            raise refused(f)
        rows = [at_hand(flat(t, self.height)) for t in args]
        named = {name: at_hand(flat(t, self.height)) for name, t in kwargs.items()}
        size = 2**self.height
        parts: list[Any] = []
        for place in range(1, size):
            pusher = CallsNothing(f, push if place < size // 2 else self.bottom)
            dots = [row[place] for row in (*rows, *named.values())]
            if parts and all(dot is None for dot in dots):
                parts.append(None)
                continue
            pairs = [(row[0], row[place]) for row in rows]
            result = moving(pusher, *pairs, **{n: (row[0], row[place]) for n, row in named.items()})
            if result is NotImplemented:
                return NotImplemented
            parts = [result[0], result[1]] if not parts else [*parts, result[1]]
        return assembled(parts)

    def by_rule(
        self, f: Any, rule: Rule, found: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]
    ) -> Any:
        """A function with a forward rule."""
        h = self.height
        values, named = [value_of(t, h) for t in args], {n: value_of(t, h) for n, t in kwargs.items()}
        if rule.form == "linear":
            return self.by_linear(f, args, kwargs)
        if rule.form == "constant" or rule.form == "scalar" and (found is None or rule is not found[0]):
            return NotImplemented
        try:
            bound = rule.signature.bind(*values, **named)
        except TypeError:
            return NotImplemented
        if rule.when is not None and not rule.when(**argument_kinds(rule, bound)):
            return NotImplemented
        halves = [split(t, h) for t in args]
        keyed = {name: split(t, h) for name, t in kwargs.items()}
        outer = rule.signature.bind(*(v for v, _ in halves), **{n: v for n, (v, _) in keyed.items()})
        dots = rule.signature.bind(*(d for _, d in halves), **{n: d for n, (_, d) in keyed.items()})
        if rule.form == "scalar":
            return self.by_partials(f, rule, bound, outer, dots.arguments)
        return self.by_pushforward(rule, bound, outer, gathered(dots, h - 1))

    def by_linear(self, f: Any, args: tuple[Tower, ...], kwargs: dict[str, Tower]) -> Any:
        """A function that is linear in its first argument, the others being constants."""
        h = self.height
        rest = [*args[1:], *kwargs.values()]
        if not args or any(part is not None for t in rest for part in flat(t, h)[1:]):
            return NotImplemented
        values, dots = split(args[0], h)
        constants = [split(t, h)[0] for t in args[1:]]
        named = {n: split(t, h)[0] for n, t in kwargs.items()}
        head = still(f, h - 1)
        y = self.rest(head, values, *constants, **named)
        if dots is None:
            return joined(y, None, h)
        moved = filled(self.rest, dots, value_of(values, h - 1))
        return joined(y, self.rest(head, moved, *constants, **named), h)

    def by_partials(self, f: Any, rule: Rule, bound: Any, outer: Any, dots: Any) -> Any:
        """An elementwise function: the sum of partials times tangents, each a product of towers."""
        rest, h = self.rest, self.height - 1
        out = rest(still(f, h), *outer.args, **outer.kwargs)
        partials = rest(still(rule.function, h), out, *outer.args, **outer.kwargs)
        sum_: Any = still(None, h)
        for i, name in enumerate(rule.parameters):
            dot = dots.get(name)
            partial = item(partials, h, i) if len(rule.parameters) > 1 else partials
            if dot is None or value_of(partial, h) is None:
                continue
            dot = filled(rest, dot, bound.arguments[name])
            sum_ = summed(rest, sum_, rest(still(strong_product, h), dot, partial))
        y = value_of(out, h)
        if value_of(sum_, h) is None:
            return joined(out, None, h + 1)
        if not np.iscomplexobj(y):
            sum_ = rest(still(np.real, h), sum_)
        return joined(out, rest(still(spread, h), sum_, still(y, h)), h + 1)

    def by_pushforward(self, rule: Rule, bound: Any, outer: Any, dots: Any) -> Any:
        """A function with an frule: the rule's own source is pushed."""
        rest, h = self.rest, self.height - 1
        options = {name: still(value, h) for name, value in rule_options(rule, bound).items()}
        result = rest(still(rule.function, h), *outer.args, **outer.kwargs, **options)
        if value_of(result, h) is NotImplemented:
            return NotImplemented
        out, inner = item(result, h, 0), item(result, h, 1)
        given = [n for n in rule.parameters if any(map(is_given, flat(dots.get(n), h)))]
        bound.apply_defaults()
        tangents = [
            filled(rest, dots[n], bound.arguments[n])
            if n in given
            else still(no_dot(bound.arguments.get(n)), h)
            for n in rule.parameters
        ]
        parts = rest(inner, *tangents)
        sum_: Any = still(None, h)
        for i, name in enumerate(rule.parameters):
            if name in given:
                sum_ = summed(rest, sum_, item(parts, h, i) if len(rule.parameters) > 1 else parts)
        return joined(out, sum_, h + 1)

    # --- source ------------------------------------------------------------------------------
    def by_source(
        self, head: Tower, args: tuple[Tower, ...], kwargs: dict[str, Tower], initializes: bool = False
    ) -> Any:
        """A Python function: its compiled pushforward is pushed in the other directions."""
        rest, h = self.rest, self.height - 1
        f = value_of(head, h + 1)
        f_values, f_dots = split(head, h + 1)
        halves = [split(t, h + 1) for t in args]
        keyed = {name: split(t, h + 1) for name, t in kwargs.items()}

        def beside(place: int) -> tuple[Any, list[Any], dict[str, Any]]:
            """Return every operand beside its tangent, or beside the derivative of that at a place."""
            pick = functools.partial(self.tangent, place=place)
            pairs = [(value_of(v, h), pick(v, d)) for v, d in halves]
            named = {name: (value_of(v, h), pick(v, d)) for name, (v, d) in keyed.items()}
            return (f, flat(f_dots, h)[place] if place else own_tangent(f, f_dots, h)), pairs, named

        compiled, bound, captured = prepared(*beside(0), initializes)
        columns = [tangents_for(compiled, bound, captured)]
        for place in range(1, 2**h):
            fill = filling(rest, place)
            columns.append(self.tangents_at(fill, compiled, *beside(place)))
        seeds = [assembled(list(column)) for column in zip(*columns, strict=True)]
        outer = own_signature(f).bind(*(v for v, _ in halves), **{n: v for n, (v, _) in keyed.items()})
        if is_made(f):
            self.add_defaults(outer, f_values)
        held = {
            name: over(h, lambda _, v=value: v, lambda dot, n=name: dot.get(n), f_values)
            for name, value in captures(f).items()
        }
        return rest(still(compiled.pushforward, h), *seeds, *outer.args, **{**outer.kwargs, **held})

    def tangent(self, values: Any, dots: Any, place: int) -> Any:
        """Return the tangent of an operand, a zero one if only its derivatives move."""
        if dots is None:
            return None
        parts = flat(dots, self.height - 1)
        return (
            zero_tangent(value_of(values, self.height - 1))
            if place == 0 and parts[0] is None
            else parts[place]
        )

    def tangents_at(self, fill: Any, compiled: Any, head: Any, args: Any, kwargs: Any) -> list[Any]:
        """Return one derivative of the tangents of a compiled function's active parameters."""
        if all(dot is None for _, dot in (head, *args, *kwargs.values())):
            return [None] * len(compiled.active)
        bound, captured = bound_pairs(head, args, kwargs)
        return tangents_for(compiled, bound, captured, fill)

    def add_defaults(self, bound: inspect.BoundArguments, f_values: Tower) -> None:
        """Fill in the defaults of a function that was made inside generated code."""
        h = self.height - 1
        for name, parameter in bound.signature.parameters.items():
            if name not in bound.arguments and parameter.default is not parameter.empty:
                bound.arguments[name] = over(
                    h, lambda _, d=parameter.default: d, lambda dot, n=name: dot.get(n), f_values
                )
        order = list(bound.signature.parameters)
        bound.arguments = dict(sorted(bound.arguments.items(), key=lambda each: order.index(each[0])))


def lifted(height: int) -> Any:
    """Return what calls functions on towers of a height, all directions being ordinary derivatives."""
    return push if height == 1 else Lifted(lifted(height - 1))


def gathered(bound: inspect.BoundArguments, h: int) -> dict[str, Any]:
    """Return the towers that are bound to parameters; ``*args`` and ``**kwargs`` have one of a container."""
    towers = dict(bound.arguments)
    for name, parameter in bound.signature.parameters.items():
        given = towers.get(name)
        if given and parameter.kind is parameter.VAR_POSITIONAL:
            towers[name] = over(h, lambda *dots: dots, lambda *dots: dots, *given)
        elif given and parameter.kind is parameter.VAR_KEYWORD:
            keyed = functools.partial(named_as, tuple(given))
            towers[name] = over(h, keyed, keyed, *given.values())
    return towers


def named_as(names: tuple[str, ...], *values: Any) -> dict[str, Any]:
    """Return values by their names."""
    return dict(zip(names, values, strict=True))


def no_dot(x: Any) -> Any:
    """Return the zero tangent of an argument; None for what has no tangent, such as a missing one."""
    zero = zero_tangent(x)
    return None if isinstance(zero, dict) and not zero else zero


def refused(f: Any) -> Exception:
    """Return the error for what cannot be pushed again at run time."""
    return unsupported(f, f"a second forward derivative through `{getattr(f, '__name__', f)}` at run time")


def differentiates(f: Any) -> bool:
    """Whether a function of this package differentiates: what it returns does not move part by part."""
    module = str(getattr(f, "__module__", ""))
    own = module.startswith("adjoint.") and not module.startswith("adjoint.rules.")
    return own and f not in MAKERS


class CallsNothing:
    """What a rule that moves values is given to call functions with: a call does not move part by part."""

    def __init__(self, f: Any, bottom: Any) -> None:
        self.f, self.bottom = f, bottom

    def __call__(self, head: Tower, /, *args: Tower, **kwargs: Tower) -> Any:
        """Refuse."""
        raise refused(self.f)


def at_hand(parts: list[Any]) -> list[Any]:
    """Return a value and its derivatives with a list in place of an iterator, which is read for each."""
    moves = any(dot is not None for dot in parts[1:])
    return [list(parts[0]), *parts[1:]] if moves and isinstance(parts[0], Iterator) else parts


def making(cls: Any) -> Any:
    """Return the rule of a class whose fields move as the arguments do."""
    return lambda _, *args, **kwargs: push((cls, None), *args, **kwargs)


@moves_towers(push)
def push_push(push_: Any, head: Tower, /, *args: Tower, **kwargs: Tower) -> Any:
    """``push(head, ...)``, whose operands are pairs: pushed, they are towers with one direction more."""
    return Lifted(push_)(head, *args, **kwargs)


@moves_towers(push_method)
def push_push_method(push_: Any, base: Tower, name: Tower, /, *args: Tower, **kwargs: Tower) -> Any:
    """``push_method(base, name, ...)``."""
    return Lifted(push_).method(base, value_of(name, height_of(push_)), *args, **kwargs)


@moves_towers(paired)
def push_paired(push_: Any, x: Tower, x_dot: Tower) -> Any:
    """``paired(x, x_dot)``: the derivatives of values and tangents are paired the same way."""
    h = height_of(push_)
    value, tangent = value_of(x, h), value_of(x_dot, h)
    pairs = paired(value, tangent)
    if isinstance(pairs, dict):
        return over(
            h,
            lambda *_: pairs,
            lambda e, dot_e: {key: ((e or {}).get(key), (dot_e or {}).get(key)) for key in pairs},
            x,
            x_dot,
        )
    items = [each for each, _ in pairs]
    first, second = items_of(push_, value, items, x), items_of(push_, value, items, x_dot)
    rows = [list(zip(a, b, strict=True)) for a, b in zip(first, second, strict=True)]
    return assembled([pairs, *rows[1:]])


@moves_towers(unpacked_dots)
def push_unpacked(push_: Any, x: Tower, x_dot: Tower, count: Tower, star: Tower) -> Any:
    """``unpacked_dots(x, x_dot, ...)``: linear in the tangent."""
    h, algebra = height_of(push_), algebra_of(push_)
    value, names, place = value_of(x, h), value_of(count, h), value_of(star, h)
    parts = flat(x_dot, h)
    made = [list(unpacked_dots(value, each, names, place)) for each in parts]
    if algebra is not None:
        middle = len(parts) // 2
        made[middle:] = [list(algebra.unpacked_dots(value, each, names, place)) for each in parts[middle:]]
    return assembled(made)


for _function in (paired, unpacked_dots):
    vars(_function)["__adjoint_dynamic__"] = True

__all__ = ["Lifted", "lifted", "push_push", "push_push_method"]
