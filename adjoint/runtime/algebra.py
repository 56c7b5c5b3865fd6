"""The run-time side of what travels beside values: how calls carry it that the compiler could not resolve.

Generated code is given an *algebra*, an object with the methods below; the twin of
:mod:`adjoint.runtime.pushing` for anything else than tangents.  ``None`` stands for what does not move.
What travels beside a tuple, list or dict has its form; that of an object is a dict of its fields.
"""

from __future__ import annotations

import abc
import functools
import inspect
import operator
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adjoint.api import ValueAndGrad
from adjoint.compiling.compiler import Compiled, compile_function
from adjoint.rules.apply import find_rule, primal_of
from adjoint.rules.errors import RuleError, missing_rule, spell
from adjoint.rules.forward import dots_of, fields_of, moves_as_code
from adjoint.runtime.captured import Code, captures
from adjoint.runtime.classes import in_python, overloaded
from adjoint.runtime.dynamic import BOUND, STATELESS, call, call_method, hashable, is_replace
from adjoint.runtime.linear import LinearPullback, is_pullback
from adjoint.runtime.lists import LIST_CHANGES, changed_list
from adjoint.runtime.moving import MOVING, replaced, user_operator
from adjoint.runtime.nesting import HELD, captured_by, push_gradient
from adjoint.runtime.opaque import IN_PLACE, has_tangent_space
from adjoint.runtime.pushing import (
    add_defaults,
    bound_pairs,
    is_made,
    parameter_kind,
    pushed_kind,
    standing_still,
    tangents_for,
)
from adjoint.runtime.standing import held
from adjoint.transforms.records import generating, initializer, record_fields, starts_empty
from adjoint.transforms.unwrapping import behind

Pair = tuple[Any, Any]
NUMBERS = (float, complex, int, np.number, np.ndarray)
OPAQUE = (str, bytes, type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, range, slice)
_COMPILED: dict[Any, Compiled] = {}


def over_leaves(x: Any, dot: Any, leaf: Callable[[Any, Any], Any], within: bool = False) -> Any:
    """Return what ``leaf(number or array, what travels beside it)`` makes of everything in a value.

    ``within`` says that what functions hold counts as well, as far as it moves.

    >>> over_leaves((1.0, {'n': 2.0}), (None, {'n': 5.0}), lambda x, dot: (x, dot))
    ((1.0, None), {'n': (2.0, 5.0)})
    """
    if isinstance(x, bool | np.bool_) or x is None:
        return dot
    if isinstance(x, NUMBERS):
        return leaf(x, dot)
    if isinstance(x, tuple | list):
        dots = (None,) * len(x) if dot is None else dot
        items = [over_leaves(item, part, leaf, within) for item, part in zip(x, dots, strict=True)]
        return tuple(items) if isinstance(x, tuple) else items
    if isinstance(x, OPAQUE) or not isinstance(x, dict) and moves_as_code(x):
        inside = held_by(x) if within and dot is not None else None
        if not isinstance(inside, dict):
            return dot if inside is None else over_leaves(inside, dot, leaf, within)
        return {name: over_leaves(inside.get(name), part, leaf, within) for name, part in dot.items()}
    dots = {} if dot is None else dot
    fields = x if isinstance(x, dict) else fields_of(x)
    return {name: over_leaves(value, dots.get(name), leaf, within) for name, value in fields.items()}


def held_by(f: Any) -> Any:
    """Return what a callable holds, in the form of its tangent; None where that has a form of its own."""
    if isinstance(f, types.FunctionType):
        parameters = inspect.signature(f).parameters.values()
        return {p.name: p.default for p in parameters if p.default is not p.empty} | captures(f)
    if isinstance(f, functools.partial):
        return {"func": f.func, "args": f.args, "keywords": f.keywords}
    if isinstance(f, np.vectorize):
        return {"pyfunc": f.pyfunc}
    if isinstance(f, operator.methodcaller):
        return dict(zip(("args", "keywords"), held(f)[1:], strict=True))
    if isinstance(f, ValueAndGrad):
        captured = captured_by(f)
        return captured.get(HELD, captured)
    return (
        getattr(f, "__self__", None) if isinstance(f, types.MethodType | types.BuiltinFunctionType) else None
    )


class Carrier(abc.ABC):
    """What generated code asks while it carries something beside its values; subclasses say what."""

    form = ""

    # --- said by subclasses ------------------------------------------------------------------
    @abc.abstractmethod
    def zero(self, x: Any) -> Any:
        """Return what travels beside a number or array that does not move."""

    @abc.abstractmethod
    def rows(self, x: Any, dot: Any) -> list[Any]:
        """Return what travels beside each row of an array."""

    @abc.abstractmethod
    def part(self, value: Any, dot: Any, name: str) -> Any:
        """Return what travels beside an attribute of a number, linear in the number."""

    @abc.abstractmethod
    def by_rules(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Any:
        """Call a function that has rules; ``NotImplemented`` if none takes the call."""

    @abc.abstractmethod
    def opaque(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
        """Call a function without rule and source on which something that moves arrives."""

    @abc.abstractmethod
    def is_still(self, dot: Any) -> bool:
        """Whether something surely does not move."""

    # --- asked by generated code -------------------------------------------------------------
    def filled(self, dot: Any, x: Any) -> Any:
        """Return what travels beside a value, complete."""
        return over_leaves(x, dot, lambda leaf, part: self.zero(leaf) if part is None else part)

    def zero_tangent(self, x: Any) -> Any:
        """Return what travels beside a value that does not move."""
        return self.filled(None, x)

    def paired(self, x: Any, dot: Any) -> Any:
        """Return the items of ``*x`` or ``**x``, each with what travels beside it."""
        if isinstance(x, Mapping):
            return {key: (x[key], None if dot is None else dot.get(key)) for key in x}
        items = list(x)
        return list(zip(items, self.items(x, items, dot), strict=True))

    def items(self, x: Any, items: list[Any], dot: Any) -> list[Any]:
        """Return what travels beside each item of a sequence."""
        return self.rows(x, dot) if isinstance(x, np.ndarray) and dot is not None else dots_of(items, dot)

    def attribute(self, x: Any, dot: Any, name: str) -> Pair:
        """Return an attribute of a number: its real and its imaginary part move with it."""
        value = getattr(x, name)
        return value, self.part(value, dot, name) if name in ("real", "imag", "T") and dot else None

    def unpacked_dots(self, x: Any, dot: Any, count: int, star: int | None) -> Any:
        """Return what travels beside the names that a sequence is unpacked into."""
        items = list(x)
        dots = self.items(x, items, dot)
        if star is not None:
            end = star + len(items) - (count - 1)
            dots[star:end] = [self.filled(dots[star:end], items[star:end])]
        return dots

    # --- calls -------------------------------------------------------------------------------
    def push(self, head: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
        """Call a function; return its value and what travels beside it, complete. See `pushing.push`."""
        if head[1] is None and all(dot is None for _, dot in (*args, *kwargs.values())):
            values = tuple(value for value, _ in args)
            value = primal_of(head[0], values, {name: value for name, (value, _) in kwargs.items()})
            return standing_still(head[0], value, self.zero_tangent)
        y, dot = self.moved(head, args, kwargs)
        if dot is None and isinstance(y, float | complex | np.inexact | np.ndarray) and has_tangent_space(y):
            return y, self.zero(y)
        return y, dot

    def moved(self, head: Pair, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
        """Call a function on something that moves."""
        f, f_dot = head
        values = tuple(value for value, _ in args)
        named = {name: value for name, (value, _) in kwargs.items()}
        if isinstance(f, ValueAndGrad):
            return push_gradient(f, self.push, head, args, kwargs)  # type: ignore[no-any-return]
        if hasattr(type(f), "__adjoint_push__") or f is call or f is call_method:
            return self.generic_reverse(f, head, args, kwargs, values, named)
        if isinstance(f, types.MethodType):
            return self.push((f.__func__, None), (f.__self__, f_dot), *args, **kwargs)
        receiver = getattr(f, "__self__", None)
        if (
            isinstance(f, BOUND)
            and receiver is not None
            and not isinstance(receiver, types.ModuleType | type)
        ):
            return self.push_method((receiver, f_dot), f.__name__, *args, **kwargs)
        if hashable(f):
            result = self.by_table(f, args, kwargs, values, named)
            if result is not NotImplemented:
                return result  # type: ignore[no-any-return]
        if isinstance(f, STATELESS) and not has_tangent_space((values, named)):
            return f(*values, **named), None
        return self.by_type(head, args, kwargs, values, named)

    def generic_reverse(self, f: Any, head: Pair, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
        """Reverse code that decides at run time what it calls, or a pullback that it holds."""
        if f is call or f is call_method:
            return MOVING[f](self.push, *args, **kwargs)  # type: ignore[no-any-return]
        return type(f).__adjoint_push__(f, self.push, head, args, kwargs)  # type: ignore[no-any-return]

    def by_table(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Any:
        """Operators of users' classes, builtins that move values, and functions with rules."""
        if overloaded(f, values):
            result = user_operator(self.push, f, *args)
            return self.opaque(f, args, kwargs, values, named) if result is NotImplemented else result
        moving = replaced if is_replace(f, values) else MOVING.get(f)
        result = NotImplemented if moving is None else moving(self.push, *args, **kwargs)
        if result is not NotImplemented:
            return result
        found = find_rule(f, values, named)
        if found is not None and found[0].form == "constant":
            return self.constant(f, args, kwargs, values, named)
        return self.by_rules(f, args, kwargs, values, named)

    def constant(self, f: Any, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
        """A function whose value carries no derivative."""
        return primal_of(f, values, named), None

    def push_method(self, base: Pair, name: str, /, *args: Pair, **kwargs: Pair) -> Pair:
        """Call ``base.name(...)``."""
        x = base[0]
        if isinstance(x, types.ModuleType | type):
            return self.push((getattr(x, name), None), *args, **kwargs)
        cls = np.ndarray if isinstance(x, np.generic) else type(x)
        found = inspect.getattr_static(cls, name, None)
        in_class = name not in getattr(x, "__dict__", {}) and not in_python(x, "__getattribute__")
        if in_class and isinstance(found, types.FunctionType):
            return self.push((found, None), base, *args, **kwargs)
        usable = in_class and hashable(found) and getattr(cls, name, None) is found
        if usable and (find_rule(found, (x, *(v for v, _ in args)), {}) or found in MOVING):
            return self.push((found, None), base, *args, **kwargs)
        if in_class and isinstance(found, types.WrapperDescriptorType) and hasattr(operator, name):
            return self.push((getattr(operator, name), None), base, *args, **kwargs)
        method, dot = MOVING[getattr](self.push, base, (name, None))
        if isinstance(method, BOUND) and method.__self__ is x:
            return self.compiled_method(method, base, args, kwargs)
        return self.push((method, dot), *args, **kwargs)

    def compiled_method(self, method: Any, base: Pair, args: Any, kwargs: Any) -> Pair:
        """A compiled method without a rule; what changes a list changes what travels beside it, too."""
        values, named = tuple(v for v, _ in args), {name: v for name, (v, _) in kwargs.items()}
        if method.__name__ in LIST_CHANGES and isinstance(base[0], list) and base[1] is not None:
            return changed_list(self.push, base, method.__name__, args)  # type: ignore[no-any-return]
        if method.__name__ in IN_PLACE and has_tangent_space((base[0], args, kwargs)):
            raise unsupported(method, f"`.{method.__name__}()`, which changes a value in place,")
        return self.opaque(method, (base, *args), kwargs, values, named)

    def by_type(self, head: Pair, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
        """Functions with source, partials, records, callable objects, and the rest."""
        f, f_dot = head
        if hasattr(f, "__adjoint_function__"):
            return self.push((f.__adjoint_function__, f_dot), *args, **kwargs)
        if isinstance(f, functools.partial):
            held = f_dot or {}
            first = zip(f.args, held.get("args") or (None,) * len(f.args), strict=True)
            dots = held.get("keywords") or {}
            keywords = {name: (value, dots.get(name)) for name, value in f.keywords.items()}
            return self.push((f.func, held.get("func")), *first, *args, **{**keywords, **kwargs})
        inner = behind(f)
        if inner is not None:
            return self.push((inner, None), *args, **kwargs)
        if is_pullback(f):
            return self.push((LinearPullback(f), f_dot), *args)
        if isinstance(f, types.FunctionType):
            return self.function(head, args, kwargs)
        if isinstance(f, type):
            return self.construction(f, args, kwargs, values, named)
        called = inspect.getattr_static(type(f), "__call__", None)
        if isinstance(called, types.FunctionType):
            return self.push((called, None), head, *args, **kwargs)
        return self.opaque(f, args, kwargs, values, named)

    def function(self, head: Pair, args: Any, kwargs: Any, initializes: bool = False) -> Pair:
        """Compile a Python function for the kinds of these values, and run it."""
        f = head[0]
        bound, captured = bound_pairs(head, args, kwargs)
        if is_made(f):
            add_defaults(bound, head[1])
        parameters = bound.signature.parameters
        kinds = {name: parameter_kind(parameters[name], pair) for name, pair in bound.arguments.items()}
        outside = {name: pushed_kind(pair) for name, pair in captured.items()}
        owner = Code(f.__code__) if is_made(f) else f
        key = (self.form, owner, initializes, *kinds.items(), *outside.items())
        compiled = _COMPILED.get(key)
        if compiled is None or not compiled.valid():
            if len(_COMPILED) > 512:
                _COMPILED.clear()
            compiled = _COMPILED[key] = compile_function(
                f, kinds, self.form, captured=outside, initializes=initializes, nested=True
            )
        dots = tangents_for(compiled, bound, captured, self.filled)
        values = [value for value, _ in bound.args]
        named = {name: value for name, (value, _) in {**bound.kwargs, **captured}.items()}
        return compiled.carried(self.form)(self, *dots, *values, **named)  # type: ignore[no-any-return]

    def construction(self, cls: type, args: Any, kwargs: Any, values: Any, named: Any) -> Pair:
        """Make an object: from its fields, by its ``__init__``, or by code that is not followed."""
        names = record_fields(cls)
        if names is not None:
            made = cls(*values, **named)
            given = inspect.signature(cls).bind(*args, **kwargs).arguments
            dots = {name: given[name][1] if name in given else None for name in names}
            return made, tuple(dots.values()) if isinstance(made, tuple) else dots
        if generating(cls) is not None:
            raise unsupported(cls, "a dataclass with a __post_init__ that only the running program knows")
        init = initializer(cls)
        if init is not None:
            return self.function((init, None), ((object.__new__(cls), {}), *args), kwargs, initializes=True)
        if starts_empty(cls):
            return cls(*values, **named), None
        return self.opaque(cls, args, kwargs, values, named)


def unsupported(f: Any, what: str) -> RuleError:
    """Return the error for what cannot be carried through a call."""
    return RuleError(
        "ADJ119",
        title=f"{what} cannot be followed by jet or pattern yet (`{spell(f)}`)",
        why="leaving it out silently would give a wrong result.",
        fixes=("use adjoint.jvp, grad or jacobian, nested for higher orders",),
    )


__all__ = ["Carrier", "missing_rule", "over_leaves", "unsupported"]
