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
from adjoint.rules.errors import ArgumentError
from adjoint.rules.forward import filled
from adjoint.rules.kinds import Kind, Unknown, kind_of, with_active
from adjoint.rules.runtime import add
from adjoint.runtime.captured import active_kind, captures, owner, still_kind
from adjoint.runtime.moving import MOVING
from adjoint.runtime.pushing import push
from adjoint.runtime.structural import STRUCTURAL
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


_PULLED: dict[Any, Pulled] = {}
PLAIN = push


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
    """Whether a callable is a method, a partial or an object, which may move itself."""
    if isinstance(f, ValueAndGrad):
        return False
    target = target_of(f)
    return bool(target.args or target.kwargs)


def calling(count: int, keywords: tuple[str, ...]) -> Any:
    """Return a function that calls its parameter `HELD` with so many arguments."""
    key = (count, keywords)
    if key not in _CALLING:
        parameters = [f"x{i}" for i in range(count)]
        given = ", ".join([*parameters, *(f"{name}={name}" for name in keywords)])
        lines = [
            f"def called({signature(parameters, (*keywords, HELD))}):",
            f"    return {HELD}({given})",
        ]
        _CALLING[key] = loaded(lines, "called", {})
    return _CALLING[key]


def composed(compiled: Compiled, places: dict[Any, Slot], count: int, keywords: tuple[str, ...]) -> Pulled:
    """Write the pulled form of a compiled function."""
    cells: dict[str, Any] = {"primal": compiled.primal, "pullback": compiled.pullback}
    namer = Namer({*cells, "out_bar", "saved", "value"})
    parameters = [namer.fresh(named(places[i])) for i in range(count)]
    given = [*parameters, *(f"{name}={name}" for name in keywords)]
    bars = {name: namer.fresh(f"{name}_bar") for name in compiled.active}
    shares = [share(places.get(name, (name, None)), bars) for name in [*range(count), *keywords]]
    lines = [
        f"def pulled({signature(['out_bar', *parameters], keywords)}):",
        f"    value, saved = primal({', '.join(given)})",
    ]
    if bars:
        lines.append(f"    {', '.join(bars.values())} = pullback(saved, out_bar)")
    lines.append(f"    return value, ({''.join(each + ', ' for each in shares)})")
    return Pulled(loaded(lines, "pulled", cells), [compiled], count, keywords)


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
    inner = pulled_function(d.specializer.f, args, kwargs)
    wrt = wrt_indices(d, args, kwargs)
    pushed = pushed_function(inner, args, kwargs, wrt)
    key = (d.single, type(d), pushed, wrt)
    found = _PULLED.get(key)
    if found is not None and found.valid():
        return found
    count, keywords = inner.count, inner.keywords
    parameters = [f"x{i}" for i in range(count)]
    order = sorted(range(len(wrt)), key=lambda k: position(wrt[k], inner))
    gradient_bar = "out_bar" if not with_value(d) else "out_bar[1]"
    seeds = [gradient_bar if d.single else f"{gradient_bar}[{k}]" for k in order]
    given = [*seeds, "1.0", *parameters, *(f"{name}={name}" for name in keywords)]
    parts = [f"bars[{position(name, inner)}]" for name in wrt]
    value = parts[0] if d.single else f"({', '.join(parts)},)"
    result = "bars_dot"
    if with_value(d):
        value = f"value, {value}"
        sums = [f"add(out_bar[0] * bars[{i}], bars_dot[{i}])" for i in range(count + len(keywords))]
        result = f"({', '.join(sums)},)"
    lines = [
        f"def pulled({signature(['out_bar', *parameters], keywords)}):",
        f"    (value, bars), (_, bars_dot) = pushed({', '.join(given)})",
        f"    return ({value}), {result}",
    ]
    function = loaded(lines, "pulled", {"pushed": pushed.pushforward, "add": add})
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
    wrt = d.specializer.wrt
    if isinstance(d.specializer.f, ValueAndGrad):
        return tuple(i % len(args) for i in wrt) if isinstance(wrt, tuple) else (wrt % len(args),)
    target = target_of(d.specializer.f)
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
    kinds: dict[str, Kind] = {"out_bar": kind_of(seed)}
    kinds |= {name: with_active(still_kind(value), moves) for name, (value, moves) in values.items()}
    key = (pulled.function, *kinds.items())
    found = _PUSHED.get(key)
    if found is None or not found.valid():
        if len(_PUSHED) > 256:
            _PUSHED.clear()
        found = _PUSHED[key] = compile_function(pulled.function, kinds, "forward", nested=True)
    return found


# --- pushing tangents through a derivative -------------------------------------------------------
def captured_pairs(f: Any, f_dot: Any) -> dict[str, Pair]:
    """Return the captured variables of a function made in generated code, each beside its tangent.

    A method, partial or object stands for itself, under the name `HELD`.
    """
    while isinstance(f, ValueAndGrad):
        f = f.specializer.f
    if holds_arguments(f):
        return {HELD: (f, f_dot)}
    dots = f_dot if isinstance(f_dot, dict) else {}
    return {name: (value, dots.get(name)) for name, value in captures(target_of(f).function).items()}


def push_gradient(
    d: ValueAndGrad, d_dot: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair], push: Any = push
) -> Pair:
    """Return a gradient and its tangent, or whatever ``push`` carries: forward over reverse."""
    named_values = {name: value for name, (value, _) in kwargs.items()}
    plain = tuple(value for value, _ in args)
    wrt = wrt_indices(d, plain, named_values)
    values = with_reals(plain, wrt)
    f = d.specializer.f
    pulled = pulled_function(f, values, named_values, None if isinstance(f, ValueAndGrad) else wrt)
    pairs = [(value, dot) for value, (_, dot) in zip(values, args, strict=True)]
    captured = captured_pairs(f, d_dot)
    (y, bars), dots = push((pulled.function, None), (1.0, None), *pairs, **kwargs, **captured)
    d.check_value(y)
    y_dot, bars_dot = (None, None) if dots is None else dots
    everything = [*values, *named_values.values()]
    places = [position(name, pulled) for name in wrt]
    gradient = tuple(mirror(everything[i], bars[i]) for i in places)
    like = mirror if push is PLAIN else lambda x, x_dot: x_dot
    tangent = tuple(None if bars_dot is None else like(everything[i], bars_dot[i]) for i in places)
    result: Any = gradient[0] if d.single else gradient
    result_dot: Any = tangent[0] if d.single else tangent
    return ((y, result), (y_dot, result_dot)) if with_value(d) else (result, result_dot)


def with_reals(args: tuple[Any, ...], wrt: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return positional arguments with the integers that ``wrt`` names as real numbers."""
    return tuple(as_real(x) if i in wrt and is_integer(x) else x for i, x in enumerate(args))


# --- pulling cotangents through a derivative -----------------------------------------------------
class GradientPullback:
    """The pullback of a gradient: a product with the Hessian of everything that can move."""

    def __init__(self, d: ValueAndGrad, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.d = d
        self.args = with_reals(args, wrt_indices(d, args, kwargs))
        self.kwargs = kwargs
        self.captured = {name: value for name, (value, _) in captured_pairs(d, None).items()}
        self.pulled = pulled_function(d, self.args, kwargs)

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of the function, its arguments and its keyword arguments."""
        if bar is None:
            return None, (None,) * len(self.args), {}
        _, bars = self.pulled.function(self.seed(bar), *self.args, **self.kwargs, **self.captured)
        return self.pulled.triple(bars, self.captured)

    def seed(self, bar: Any) -> Any:
        """Return a cotangent of the derivative without missing parts."""
        wrt = wrt_indices(self.d, self.args, self.kwargs)
        everything: dict[Any, Any] = {**dict(enumerate(self.args)), **self.kwargs}
        like: Any = tuple(everything[name] for name in wrt)
        like = like[0] if self.d.single else like
        return filled(bar, (0.0, like) if with_value(self.d) else like)

    def __adjoint_push__(self, own_dot: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
        """Return the cotangents and their tangents; ``own_dot`` holds those of the point."""
        ((bar, bar_dot),) = args
        if bar is None:
            return self(None), None
        nothing: Any = ((None,) * len(self.args), {}, {})
        dots, named_dots, captured = own_dot or nothing
        head = (self.seed(bar), None if bar_dot is None else self.seed(bar_dot))
        pairs = zip(self.args, dots, strict=True)
        keyed = {name: (value, named_dots.get(name)) for name, value in self.kwargs.items()}
        keyed |= {name: (value, captured.get(name)) for name, value in self.captured.items()}
        (_, bars), result_dot = push((self.pulled.function, None), head, *pairs, **keyed)
        bars_dot = None if result_dot is None else result_dot[1]
        return self.pulled.triple(bars, self.captured), self.pulled.triple(bars_dot, self.captured)


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


for _transform in (grad, value_and_grad):
    STRUCTURAL[_transform], MOVING[_transform] = makes(_transform)
    vars(_transform)["__adjoint_dynamic__"] = True


__all__ = ["Pulled", "pulled_function"]
