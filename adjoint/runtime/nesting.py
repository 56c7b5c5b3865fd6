"""Derivatives of derivatives.

Every derivative object is differentiated through one function, the *pulled* form of the user's: it takes
the cotangent of the result and the arguments and returns the value and the cotangents of the arguments.
Its source is generated, and so is its pushforward: forward over reverse.

The pullback of ``x -> grad(g)(x)`` needs no reverse over anything: mixed partial derivatives commute, so
the cotangents for ``v`` are the derivative of the full gradient of ``g`` in the direction ``v`` (zero in
the arguments that ``grad`` did not name).

References: Pearlmutter, "Fast exact multiplication by the Hessian" (Neural Computation 6, 1994).
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adjoint.api import ValueAndGrad, grad, value_and_grad
from adjoint.compiling.compiler import Compiled, compile_function
from adjoint.compiling.load import load
from adjoint.compiling.mirror import mirror
from adjoint.compiling.specialize import as_real, is_integer, untouchable
from adjoint.compiling.target import Slot, argument_kinds, bind, slots, target_of
from adjoint.rules.containers import part
from adjoint.rules.errors import ArgumentError
from adjoint.rules.kinds import Kind, Opaque, Unknown, kind_of, with_active
from adjoint.rules.runtime import add
from adjoint.runtime.captured import active_kind, captures, holds_closure, owner, still_kind
from adjoint.runtime.moving import MOVING
from adjoint.runtime.opaque import has_tangent_space
from adjoint.runtime.pushing import push
from adjoint.runtime.structural import STRUCTURAL
from adjoint.runtime.towers import (
    Tower,
    algebra_of,
    filled,
    grounded,
    height_of,
    over,
    rebased,
    still,
    value_of,
)
from adjoint.transforms.forms import Text
from adjoint.transforms.namer import Namer

Pair = tuple[Any, Any]


@dataclass(eq=False)
class Pulled:
    """The pulled form of a function at arguments of certain kinds.

    ``function(out_bar, *args, **kwargs)`` returns the value and a tuple of cotangents: of the positional
    arguments, the keyword arguments and the captured variables, in this order.
    """

    function: Callable[..., Any]
    compiled: list[Compiled]
    count: int
    keywords: tuple[str, ...]

    def valid(self) -> bool:
        """Whether everything that compilation assumed still holds."""
        return all(compiled.valid() for compiled in self.compiled)

    def triple(self, bars: Any, captured: dict[str, Any]) -> Any:
        """Return the cotangents of the function, the positional and the keyword arguments."""
        bars = (None,) * (self.count + len(self.keywords)) if bars is None else bars
        named = dict(zip(self.keywords, bars[self.count :], strict=True))
        if HELD in captured:
            return named.pop(HELD), tuple(bars[: self.count]), named
        f_bar = {name: named.pop(name) for name in captured} or None
        return f_bar, tuple(bars[: self.count]), named

    def flat(self, triple: Any, captured: dict[str, Any]) -> tuple[Any, ...]:
        """Undo `triple`."""
        f_bar, given, named = triple
        own = {HELD: f_bar} if HELD in captured else {name: part(f_bar, name) for name in captured}
        return (*given, *({**named, **own}.get(name) for name in self.keywords))


_PULLED: dict[Any, Pulled] = {}


def pulled_function(
    f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], wrt: tuple[Any, ...] | None = None
) -> Pulled:
    """Return the pulled form of a function.

    Args:
        f: the function, or a derivative of one.
        args: its arguments.
        kwargs: its keyword arguments.
        wrt: the arguments whose cotangents are wanted; without it those of everything that can have
            one, captured variables included.
    """
    if isinstance(f, ValueAndGrad):
        return pulled_derivative(f, args, kwargs)
    if holds_arguments(f):
        return pulled_function(calling(len(args), tuple(kwargs)), args, {**kwargs, HELD: f}, wrt)
    target = target_of(f)
    bound = bind(target, args, kwargs)
    captured = captures(target.function)
    everything = [*range(len(args)), *kwargs]
    places = {name: slots(target, bound, name)[0] for name in everything}
    values = dict(zip(everything, [*args, *kwargs.values()], strict=True))
    chosen = [n for n in everything if not untouchable(values[n])] if wrt is None else list(wrt)
    kinds = argument_kinds(target, bound, [places[name] for name in chosen])
    if HELD in kwargs:
        kinds[HELD] = Unknown(wrt is None)
    outside = {n: active_kind(v) if wrt is None else still_kind(v) for n, v in captured.items()}
    key = (owner(target.function), len(args), tuple(kwargs), *kinds.items(), *outside.items())
    found = _PULLED.get(key)
    if found is None or not found.valid():
        if len(_PULLED) > 256:
            _PULLED.clear()
        compiled = compile_function(target.function, kinds, "split", captured=outside, nested=True)
        found = _PULLED[key] = composed(compiled, places, len(args), (*kwargs, *captured))
    return found


#: The name of the parameter for a callable that holds arguments.
HELD = "function_"
_CALLING: dict[Any, Any] = {}


def holds_arguments(f: Any) -> bool:
    """Whether a callable is a method, a partial or an object, or has defaults, which may move themselves."""
    if isinstance(f, ValueAndGrad):
        return False
    target = target_of(f)
    return bool(target.args or target.kwargs) or has_own_defaults(target.function)


def has_own_defaults(f: Any) -> bool:
    """Whether a function was made while generated code ran, with defaults that may carry a derivative."""
    defaults = (f.__defaults__ or (), f.__kwdefaults__ or {})
    return holds_closure(f) and has_tangent_space(defaults)


def calling(count: int, keywords: tuple[str, ...]) -> Any:
    """Return a function that calls its parameter `HELD` with so many arguments."""
    key = (count, keywords)
    if key not in _CALLING:
        parameters = positional(count, Namer({*keywords, HELD}))
        given = ", ".join([*parameters, *(f"{name}={name}" for name in keywords)])
        lines = [
            f"def called({signature(parameters, (*keywords, HELD))}):",
            f"    return {HELD}({given})",
        ]
        _CALLING[key] = loaded(lines, "called", {})
    return _CALLING[key]


def composed(compiled: Compiled, places: dict[Any, Slot], count: int, keywords: tuple[str, ...]) -> Pulled:
    """Write the pulled form of a compiled function."""
    namer = Namer(set(keywords))
    out_bar, value, saved, primal, pullback = map(
        namer.fresh, ("out_bar", "value", "saved", "primal", "pullback")
    )
    parameters = [namer.fresh(named(places[i])) for i in range(count)]
    given = [*parameters, *(f"{name}={name}" for name in keywords)]
    bars = {name: namer.fresh(f"{name}_bar") for name in compiled.active}
    shares = [share(places.get(name, (name, None)), bars) for name in [*range(count), *keywords]]
    lines = [
        f"def pulled({signature([out_bar, *parameters], keywords)}):",
        f"    {value}, {saved} = {primal}({', '.join(given)})",
    ]
    if bars:
        lines.append(f"    {', '.join(bars.values())} = {pullback}({saved}, {out_bar})")
    lines.append(f"    return {value}, ({''.join(each + ', ' for each in shares)})")
    cells = {primal: compiled.primal, pullback: compiled.pullback}
    return Pulled(loaded(lines, "pulled", cells), [compiled], count, keywords)


def positional(count: int, namer: Namer) -> list[str]:
    """Return names for so many parameters."""
    return [namer.fresh(f"x{i}") for i in range(count)]


def named(place: Slot) -> str:
    """Return a name for the argument at a slot."""
    return place[0] if place[1] is None else f"{place[0]}_{place[1]}"


def share(place: Slot, bars: dict[str, str]) -> str:
    """Return the text that reads the cotangent of a slot."""
    name, part = place
    if name not in bars:
        return "None"
    return bars[name] if part is None else f"{bars[name]}[{part!r}]"


def signature(positional: list[str], keywords: tuple[str, ...]) -> str:
    """Return a parameter list."""
    return ", ".join([*positional, *(["*", *keywords] if keywords else [])])


def loaded(lines: list[str], name: str, cells: dict[str, Any]) -> Any:
    """Return the function defined by some generated lines."""
    text = Text("\n".join([*lines, ""]), (name,), {})
    return load(text, name, loaded, {key: types.CellType(value) for key, value in cells.items()})[name]


# --- derivatives as functions --------------------------------------------------------------------
def pulled_derivative(d: ValueAndGrad, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pulled:
    """Return the pulled form of ``grad(f)`` or ``value_and_grad(f)``; see the module docstring."""
    inner = pulled_function(d.f, args, kwargs)
    wrt = wrt_indices(d, args, kwargs)
    pushed = pushed_function(inner, args, kwargs, wrt)
    key = (d.single, type(d), pushed, wrt)
    found = _PULLED.get(key)
    if found is not None and found.valid():
        return found
    count, keywords = inner.count, inner.keywords
    namer = Namer(set(keywords))
    parameters = positional(count, namer)
    out_bar, y, bars, dots, pushing, adding = map(
        namer.fresh, ("out_bar", "value", "bars", "bars_dot", "pushed", "add")
    )
    order = sorted(range(len(wrt)), key=lambda k: position(wrt[k], inner))
    gradient_bar = out_bar if not with_value(d) else f"{out_bar}[1]"
    seeds = [gradient_bar if d.single else f"{gradient_bar}[{k}]" for k in order]
    given = [*seeds, "1.0", *parameters, *(f"{name}={name}" for name in keywords)]
    parts = [f"{bars}[{position(name, inner)}]" for name in wrt]
    value = parts[0] if d.single else f"({', '.join(parts)},)"
    result = dots
    if with_value(d):
        value = f"{y}, {value}"
        every = range(count + len(keywords))
        sums = [f"{adding}({out_bar}[0] * {bars}[{i}], {dots}[{i}])" for i in every]
        result = f"({', '.join(sums)},)"
    lines = [
        f"def pulled({signature([out_bar, *parameters], keywords)}):",
        f"    ({y}, {bars}), (_, {dots}) = {pushing}({', '.join(given)})",
        f"    return ({value}), {result}",
    ]
    function = loaded(lines, "pulled", {pushing: pushed.pushforward, adding: add})
    found = _PULLED[key] = Pulled(function, [*inner.compiled, pushed], count, keywords)
    return found


def with_value(d: ValueAndGrad) -> bool:
    """Whether a derivative object returns the value, too."""
    return type(d) is ValueAndGrad


def position(name: Any, pulled: Pulled) -> int:
    """Return the place of an argument among the cotangents."""
    return name if isinstance(name, int) else pulled.count + pulled.keywords.index(name)


def wrt_indices(d: ValueAndGrad, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Return the positions (or keywords) of the arguments that a derivative object names."""
    if d.has_aux:
        raise ArgumentError(
            "ADJ303",
            title="a derivative with has_aux=True cannot be differentiated",
            why="the auxiliary value is not part of the derivative.",
            fixes=("differentiate the function that returns the value only",),
        )
    return named_indices(d.f, d.specializer.wrt, args, kwargs)


def named_indices(f: Any, wrt: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Return the positions (or keywords) of the arguments of a function that ``wrt`` names."""
    if isinstance(f, ValueAndGrad):
        return tuple(i % len(args) for i in wrt) if isinstance(wrt, tuple) else (wrt % len(args),)
    target = target_of(f)
    bound = bind(target, args, kwargs)
    places = slots(target, bound, wrt)
    everything = {slots(target, bound, name)[0]: name for name in [*range(len(args)), *kwargs]}
    return tuple(everything[place] for place in places)


_PUSHED: dict[Any, Compiled] = {}


def pushed_function(
    pulled: Pulled, args: tuple[Any, ...], kwargs: dict[str, Any], active: tuple[Any, ...], seed: Any = 1.0
) -> Compiled:
    """Return the pushforward of a pulled form, for tangents of some arguments."""
    names = list(pulled.function.__code__.co_varnames)
    count = pulled.function.__code__.co_argcount
    values = {names[1 + i]: (value, i in active) for i, value in enumerate(args)}
    values |= {name: (value, name in active) for name, value in kwargs.items()}
    assert count == 1 + len(args)
    kinds: dict[str, Kind] = {names[0]: kind_of(seed)}
    kinds |= {name: with_active(still_kind(value), moves) for name, (value, moves) in values.items()}
    key = (pulled.function, *kinds.items())
    found = _PUSHED.get(key)
    if found is None or not found.valid():
        if len(_PUSHED) > 256:
            _PUSHED.clear()
        found = _PUSHED[key] = compile_function(pulled.function, kinds, "forward", nested=True)
    return found


# --- pushing tangents through a derivative -------------------------------------------------------
def captured_towers(height: int, f: Any, own: Any) -> dict[str, Any]:
    """Return what a function captured or holds, with its derivatives.

    ``own`` is the tower of the function, or of a derivative of it.
    """
    held = captured_by(f)
    return {name: over(height, lambda _, x=x: x, reading(name), own) for name, x in held.items()}


def reading(name: str) -> Callable[[Any], Any]:
    """Return what reads the derivative of a captured variable from that of a function."""
    return lambda dot: dot if name == HELD else dot.get(name)


def captured_by(f: Any) -> dict[str, Any]:
    """Return the captured variables of a function or a derivative that may carry a derivative.

    A method, partial or object stands for itself, under the name `HELD`.
    """
    while isinstance(f, ValueAndGrad):
        f = f.f
    return {HELD: f} if holds_arguments(f) else captures(target_of(f).function)


def push_gradient(
    d: ValueAndGrad, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: dict[str, Tower]
) -> Any:
    """Return a gradient and its derivatives: forward over reverse."""
    h = height_of(push)
    plain = tuple(value_of(t, h) for t in args)
    named_values = {name: value_of(t, h) for name, t in kwargs.items()}
    wrt = wrt_indices(d, plain, named_values)
    values = with_reals(plain, wrt)
    f = d.f
    pulled = pulled_function(f, values, named_values, None if isinstance(f, ValueAndGrad) else wrt)
    towers = [rebased(t, h, value) for value, t in zip(values, args, strict=True)]
    captured = captured_towers(h, d, own)
    result = push(still(pulled.function, h), still(1.0, h), *towers, **kwargs, **captured)
    d.check_value(value_of(result, h)[0])
    everything = [*values, *named_values.values()]
    places = [position(name, pulled) for name in wrt]
    like = mirror if algebra_of(push) is None else lambda x, x_dot: x_dot

    def arranged(part: Any, mirror: Any = like) -> Any:
        y, bars = part
        gradient = tuple(None if bars is None else mirror(everything[i], bars[i]) for i in places)
        one: Any = gradient[0] if d.single else gradient
        return (y, one) if with_value(d) else one

    return over(h, lambda part: arranged(part, mirror), arranged, result)


def with_reals(args: tuple[Any, ...], wrt: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return positional arguments with the integers that ``wrt`` names as real numbers."""
    return tuple(as_real(x) if i in wrt and is_integer(x) else x for i, x in enumerate(args))


# --- pulling cotangents through a derivative -----------------------------------------------------
class GradientPullback(Opaque):
    """The pullback of a gradient: a product with the Hessian of everything that can move."""

    __adjoint_dynamic__ = True  # its code is not compiled

    def __init__(self, d: ValueAndGrad, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.d = d
        self.args = with_reals(args, wrt_indices(d, args, kwargs))
        self.kwargs = kwargs
        self.captured = captured_by(d)
        self.pulled = pulled_function(d, self.args, kwargs)

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of the function, its arguments and its keyword arguments."""
        return self.__adjoint_push__(push, (self, None), ((bar, None),), {})[0]

    def like(self) -> Any:
        """Return a value of the form of the derivative."""
        wrt = wrt_indices(self.d, self.args, self.kwargs)
        everything: dict[Any, Any] = {**dict(enumerate(self.args)), **self.kwargs}
        like: Any = tuple(everything[name] for name in wrt)
        like = like[0] if self.d.single else like
        return (0.0, like) if with_value(self.d) else like

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """Push the point and the cotangent; ``own`` has the derivatives of the point."""
        h = height_of(push)
        bar = grounded(args[0], h)
        if value_of(bar, h) is None:
            return still((None, (None,) * len(self.args), {}), h)
        towers, keyed = point_towers(h, own, self.args, self.kwargs, self.captured)
        result = push(still(self.pulled.function, h), filled(push, bar, self.like()), *towers, **keyed)

        def arranged(part: Any) -> Any:
            return self.pulled.triple(part[1], self.captured)

        return over(h, arranged, arranged, result)


def point_towers(
    h: int, own: Tower, args: Any, kwargs: dict[str, Any], captured: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the point of a derivative's pullback, whose derivatives are ``(f_dot, dots, named_dots)``."""

    def at(value: Any, read: Callable[[Any], Any]) -> Any:
        return over(h, lambda _: value, read, own)

    def f_dot(name: str) -> Callable[[Any], Any]:
        return lambda dot: None if dot[0] is None else reading(name)(dot[0])

    towers = [at(x, lambda dot, i=i: part(dot[1], i)) for i, x in enumerate(args)]  # type: ignore[misc]
    keyed = {n: at(x, lambda dot, n=n: dot[2].get(n)) for n, x in kwargs.items()}  # type: ignore[misc]
    keyed |= {name: at(x, f_dot(name)) for name, x in captured.items()}
    return towers, keyed


def pull_gradient(d: ValueAndGrad, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return a gradient and its pullback."""
    return d(*args, **kwargs), GradientPullback(d, args, kwargs)


for _name, _value in (("push", push_gradient), ("pull", pull_gradient), ("dynamic", True)):
    setattr(ValueAndGrad, f"__adjoint_{_name}__", _value)


def makes(transform: Any) -> tuple[Any, Any]:
    """Return the run-time rules of ``grad(f, ...)``: the derivative's tangent is the function's."""

    def pull(call: Any, f: Any, *options: Any, **named: Any) -> Any:
        return transform(f, *options, **named), lambda bar: (None, (bar, *(None for _ in options)), {})

    def push_(push: Any, f: Pair, *options: Pair, **named: Pair) -> Pair:
        values = [value for value, _ in options]
        return transform(f[0], *values, **{name: value for name, (value, _) in named.items()}), f[1]

    return pull, push_


#: What makes a derivative of a function, whose tangent is that of the function.
MAKERS: set[Any] = {grad, value_and_grad}
for _transform in (grad, value_and_grad):
    STRUCTURAL[_transform], MOVING[_transform] = makes(_transform)
    vars(_transform)["__adjoint_dynamic__"] = True


__all__ = ["MAKERS", "Pulled", "pulled_function"]
