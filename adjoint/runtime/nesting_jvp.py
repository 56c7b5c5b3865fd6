"""``jvp`` inside a differentiated function: its pushforward and its pullback.

Its pullback is forward over reverse, as partial derivatives commute: the cotangents of the directions are
those of a pullback, and the cotangents of the point the derivative of that pullback along the directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adjoint.api import ValueAndGrad
from adjoint.compiling.compiler import Compiled, compile_function
from adjoint.compiling.mirror import mirror
from adjoint.compiling.target import argument_kinds, bind, slots, target_of
from adjoint.forward import jvp
from adjoint.rules.forward import filled
from adjoint.rules.kinds import Unknown
from adjoint.rules.runtime import add
from adjoint.runtime.captured import owner, still_kind
from adjoint.runtime.moving import MOVING
from adjoint.runtime.nesting import (
    _PUSHED,
    HELD,
    Pulled,
    calling,
    captured_pairs,
    holds_arguments,
    loaded,
    position,
    pulled_function,
    pushed_function,
    signature,
    with_reals,
    with_value,
    wrt_indices,
)
from adjoint.runtime.pushing import push
from adjoint.runtime.pushing_calls import PUSHED_CALLS
from adjoint.runtime.pushing_pushes import TWICE, Operand, push_push
from adjoint.runtime.structural import STRUCTURAL

Pair = tuple[Any, Any]
Place = int | tuple[int, ...]


_FIXED: dict[Any, Any] = {}


def fixed_arity(f: Any, count: int, keywords: tuple[str, ...]) -> Any:
    """Return a derivative object as a function with so many parameters; other functions as they are."""
    if not isinstance(f, ValueAndGrad):
        return f
    key = (f, count, keywords)
    if key not in _FIXED:
        if len(_FIXED) > 256:
            _FIXED.clear()
        parameters = [f"x{i}" for i in range(count)]
        given = ", ".join([*parameters, *(f"{name}={name}" for name in keywords)])
        lines = [f"def derivative({signature(parameters, keywords)}):", f"    return f({given})"]
        _FIXED[key] = loaded(lines, "derivative", {"f": f})
    return _FIXED[key]


def jvp_function(
    f: Any, points: tuple[Any, ...], directions: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Compiled, list[Place]]:
    """Return the pushforward of a function for some directions, and the order in which it takes them.

    The direction of ``*args`` is a tuple: the indices of all arguments that it holds stand for it.
    """
    active = [i for i, direction in enumerate(directions) if direction is not None]
    holds = holds_arguments(f)
    function = calling(len(points), tuple(kwargs)) if holds else fixed_arity(f, len(points), tuple(kwargs))
    target = target_of(function)
    bound = bind(target, points, {**kwargs, HELD: f} if holds else kwargs)
    places = {i: slots(target, bound, i)[0] for i in active}
    kinds = argument_kinds(target, bound, list(places.values()))
    if holds:
        kinds[HELD] = Unknown()
    held_outside = {} if holds else captured_pairs(f, None)
    outside = {name: still_kind(value) for name, (value, _) in held_outside.items()}
    key = (owner(target.function), *kinds.items(), *outside.items())
    compiled = _PUSHED.get(key)
    if compiled is None or not compiled.valid():
        compiled = _PUSHED[key] = compile_function(
            target.function, kinds, "forward", captured=outside, nested=True
        )
    every = [slots(target, bound, i)[0] for i in range(len(points))]
    order: list[Place] = []
    for name in compiled.active:
        held = tuple(i for i, place in enumerate(every) if place[0] == name)
        starred = any(every[i][1] is not None for i in held)
        if held:
            order.append(held if starred else held[0])
    return compiled, order


def gathered(place: Place, read: Callable[[int], Any]) -> Any:
    """Return what belongs to an argument, a tuple for ``*args``; None if there is nothing at all."""
    if isinstance(place, int):
        return read(place)
    parts = tuple(map(read, place))
    return None if all(part is None for part in parts) else parts


def push_jvp(push: Any, f: Pair, primals: Pair, tangents: Pair, **kwargs: Pair) -> Pair:
    """``jvp(f, primals, tangents)``: forward over forward."""
    points, directions = tuple(primals[0]), tuple(tangents[0])
    compiled, order = jvp_function(f[0], points, directions, {n: value for n, (value, _) in kwargs.items()})
    point_dots = (None,) * len(points) if primals[1] is None else primals[1]
    direction_dots = (None,) * len(points) if tangents[1] is None else tangents[1]
    whole = [None if d is None else filled(d, x) for d, x in zip(directions, points, strict=True)]
    seeds = [(gathered(i, whole.__getitem__), gathered(i, direction_dots.__getitem__)) for i in order]
    pairs = zip(points, point_dots, strict=True)
    captured = captured_pairs(f[0], f[1])
    (y, y_dot), dots = push((compiled.pushforward, None), *seeds, *pairs, **kwargs, **captured)
    return (y, filled(y_dot, y)), dots


def pull_jvp(call: Any, f: Any, primals: Any, tangents: Any, **kwargs: Any) -> Any:
    """``jvp(f, primals, tangents)``: its pullback is forward over reverse, as partial derivatives commute."""
    points, directions = tuple(primals), tuple(tangents)
    value = jvp(f, points, directions, **kwargs)
    pulled = pulled_function(f, points, kwargs)
    captured = {name: each for name, (each, _) in captured_pairs(f, None).items()}

    return value, JvpPullback(f, pulled, points, directions, kwargs, captured)


@dataclass(eq=False)
class JvpPullback:
    """The pullback of ``jvp``: forward over reverse, as partial derivatives commute."""

    f: Any
    pulled: Pulled
    points: tuple[Any, ...]
    directions: tuple[Any, ...]
    kwargs: dict[str, Any]
    captured: dict[str, Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of ``f``, ``primals``, ``tangents`` and the keyword arguments."""
        return self.__adjoint_push__(None, ((bar, None),), {})[0]

    def __adjoint_push__(self, own_dot: Any, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
        """Push tangents of the point, the directions and the cotangent; ``own_dot`` holds the first two."""
        ((bar, bar_dot),) = args
        nothing: Any = (None, None, None, {})
        f_dot, point_dots, direction_dots, named_dots = own_dot or nothing
        y_bar, z_bar = bar or (None, None)
        y_bar_dot, z_bar_dot = bar_dot or (None, None)
        points = list(zip(self.points, point_dots or (None,) * len(self.points), strict=True))
        keyed = {name: (value, named_dots.get(name)) for name, value in self.kwargs.items()}
        keyed |= {name: (value, (f_dot or {}).get(name)) for name, value in self.captured.items()}
        size = self.pulled.count + len(self.pulled.keywords)
        first = second = seconds = ((None,) * size, (None,) * size)
        if y_bar is not None:
            result, dots = push((self.pulled.function, None), (y_bar, y_bar_dot), *points, **keyed)
            first = result[1], first[1] if dots is None else dots[1]
        if z_bar is not None:
            active = tuple(i for i, direction in enumerate(self.directions) if direction is not None)
            held = {**self.kwargs, **self.captured}
            compiled = pushed_function(self.pulled, self.points, held, active, z_bar)
            moved = direction_dots or (None,) * len(self.directions)
            seeds = [(filled(self.directions[i], self.points[i]), moved[i]) for i in active]
            result, dots = push((compiled.pushforward, None), *seeds, (z_bar, z_bar_dot), *points, **keyed)
            none = (None, (None,) * size)
            outer = (none, none) if dots is None else dots
            moves = outer[1] or none  # nothing does if the derivative is a constant
            second, seconds = (result[0][1], outer[0][1]), ((result[1] or none)[1], moves[1])
        return self.triple(first[0], second[0], seconds[0]), self.triple(first[1], second[1], seconds[1])

    def triple(self, first: Any, second: Any, seconds: Any) -> Any:
        """Arrange cotangents: of the value's part, of the directions, and of the tangent's part."""
        size = self.pulled.count + len(self.pulled.keywords)
        first, second, seconds = (part or (None,) * size for part in (first, second, seconds))
        total = tuple(add(a, b) for a, b in zip(first, seconds, strict=True))
        f_bar, point_bars, named_bars = self.pulled.triple(total, self.captured)
        given = tuple(
            None if direction is None else share
            for direction, share in zip(self.directions, second, strict=False)
        )
        return None, (f_bar, point_bars, given), named_bars


def push_call_of_jvp(push: Any, head: Pair, f: Pair, primals: Pair, tangents: Pair, **kwargs: Pair) -> Pair:
    """``call(jvp, f, primals, tangents)``: value and pullback, and the tangents of both."""
    value, value_dot = push_jvp(push, f, primals, tangents, **kwargs)
    named = {name: each for name, (each, _) in kwargs.items()}
    _, pullback = pull_jvp(None, f[0], primals[0], tangents[0], **named)
    dots = (f[1], primals[1], tangents[1], {name: dot for name, (_, dot) in kwargs.items()})
    return (value, pullback), (value_dot, dots)


def push_push_jvp(head: Operand, operands: list[Operand], named: dict[str, Operand]) -> Pair:
    """``push((jvp, None), f, primals, tangents)``: forward over forward over forward."""
    f, primals, tangents = operands
    compiled, seeds, points, keyed = jvp_operands(f, primals, tangents, named)
    pairs = [((o.x, o.dot), (o.e, o.dot_e)) for o in (*seeds, *points)]
    return push_push(
        push,
        ((compiled.pushforward, None), None),
        *pairs,
        **{name: ((o.x, o.dot), (o.e, o.dot_e)) for name, o in keyed.items()},
    )


def jvp_operands(f: Operand, primals: Operand, tangents: Operand, named: dict[str, Operand]) -> Any:
    """Return the pushforward of a function and its operands, each with its derivatives."""
    points, directions = tuple(primals.x), tuple(tangents.x)
    compiled, order = jvp_function(f.x, points, directions, {name: o.x for name, o in named.items()})
    count = len(points)
    parts = [item_operands(operand, count) for operand in (primals, tangents)]
    for i, direction in enumerate(directions):
        parts[1][i].x = None if direction is None else filled(direction, points[i])
    held = captured_pairs(f.x, None)
    keyed = dict(named)
    for name, (value, _) in held.items():
        dots = [part.get(name) if isinstance(part, dict) else None for part in (f.dot, f.e, f.dot_e)]
        keyed[name] = Operand(((value, dots[0]), (dots[1], dots[2])))
    return compiled, [joined(i, parts[1]) for i in order], parts[0], keyed


def joined(place: Place, operands: list[Operand]) -> Operand:
    """Return the operand of an argument; that of ``*args`` is a tuple."""
    if isinstance(place, int):
        return operands[place]
    x, dot, e, dot_e = (
        gathered(place, lambda i, part=part: getattr(operands[i], part))  # type: ignore[misc]
        for part in ("x", "dot", "e", "dot_e")
    )
    return Operand(((x, dot), (e, dot_e)))


def push_push_gradient(d: Operand, operands: list[Operand], named: dict[str, Operand]) -> Pair:
    """``push((grad(f), f_dot), ...)``: forward over forward over reverse."""
    made: ValueAndGrad = d.x
    keywords = {name: o.x for name, o in named.items()}
    plain = tuple(o.x for o in operands)
    wrt = wrt_indices(made, plain, keywords)
    values = with_reals(plain, wrt)
    f = made.specializer.f
    pulled = pulled_function(f, values, keywords, None if isinstance(f, ValueAndGrad) else wrt)
    pairs = [((x, o.dot), (o.e, o.dot_e)) for x, o in zip(values, operands, strict=True)]
    keyed = {name: ((o.x, o.dot), (o.e, o.dot_e)) for name, o in named.items()}
    for name, (value, _) in captured_pairs(made, None).items():
        dots = [part.get(name) if isinstance(part, dict) else None for part in (d.dot, d.e, d.dot_e)]
        keyed[name] = ((value, dots[0]), (dots[1], dots[2]))
    result = push_push(push, ((pulled.function, None), None), ((1.0, None), None), *pairs, **keyed)
    everything = [*values, *keywords.values()]
    places = [position(name, pulled) for name in wrt]

    def arranged(part: Any) -> Any:
        if part is None:
            return None
        gradient = tuple(mirror(everything[i], part[1][i]) for i in places)
        one: Any = gradient[0] if made.single else gradient
        return (part[0], one) if with_value(made) else one

    (out, out_dot), (out_e, out_dot_e) = result
    made.check_value(out[0])
    return (arranged(out), arranged(out_dot)), (arranged(out_e), arranged(out_dot_e))


def item_operands(operand: Operand, count: int) -> list[Operand]:
    """Return the items of a tuple with their derivatives."""
    none = (None,) * count
    columns = [part or none for part in (operand.dot, operand.e, operand.dot_e)]
    rows = zip(operand.x, *columns, strict=True)
    return [Operand(((x, dot), (e, dot_e))) for x, dot, e, dot_e in rows]


PUSHED_CALLS[jvp] = push_call_of_jvp
TWICE[jvp] = push_push_jvp
for _name in ("__adjoint_push_push__",):
    setattr(ValueAndGrad, _name, staticmethod(push_push_gradient))
STRUCTURAL[jvp], MOVING[jvp] = pull_jvp, push_jvp
vars(jvp)["__adjoint_dynamic__"] = True

__all__ = ["pull_jvp", "push_jvp"]
