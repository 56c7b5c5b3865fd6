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
from adjoint.compiling.target import argument_kinds, bind, slots, target_of
from adjoint.forward import jvp
from adjoint.rules.containers import part
from adjoint.rules.forward import filled
from adjoint.rules.kinds import Opaque, Unknown
from adjoint.runtime.captured import owner, still_kind
from adjoint.runtime.moving import moves_towers
from adjoint.runtime.nesting import (
    _PUSHED,
    HELD,
    Pulled,
    calling,
    captured_by,
    loaded,
    point_towers,
    positional,
    pulled_function,
    pushed_function,
    reading,
    signature,
)
from adjoint.runtime.pushing import push as plain_push
from adjoint.runtime.pushing_calls import PUSHED_CALLS
from adjoint.runtime.structural import STRUCTURAL
from adjoint.runtime.towers import (
    Tower,
    grounded,
    height_of,
    item,
    over,
    rebased,
    still,
    summed,
    value_of,
)
from adjoint.transforms.namer import Namer

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
        namer = Namer(set(keywords))
        parameters, function = positional(count, namer), namer.fresh("f")
        given = ", ".join([*parameters, *(f"{name}={name}" for name in keywords)])
        lines = [f"def derivative({signature(parameters, keywords)}):", f"    return {function}({given})"]
        _FIXED[key] = loaded(lines, "derivative", {function: f})
    return _FIXED[key]


def jvp_function(
    f: Any, points: tuple[Any, ...], directions: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Compiled, list[Place]]:
    """Return the pushforward of a function for some directions, and the order in which it takes them.

    The direction of ``*args`` is a tuple: the indices of all arguments that it holds stand for it.
    """
    active = [i for i, direction in enumerate(directions) if direction is not None]
    if HELD in moving_with(f):
        return jvp_function(calling(len(points), tuple(kwargs)), points, directions, {**kwargs, HELD: f})
    target = target_of(fixed_arity(f, len(points), tuple(kwargs)))
    bound = bind(target, points, kwargs)
    places = {i: slots(target, bound, i)[0] for i in active}
    kinds = argument_kinds(target, bound, list(places.values()))
    if HELD in kwargs:
        kinds[HELD] = Unknown()
    outside = {name: still_kind(value) for name, value in captured_by(f).items()}
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


def moving_with(f: Any) -> dict[str, Any]:
    """Return what moves with a function: what it captured, or itself if it holds what moves."""
    captured = captured_by(f)
    return {HELD: f} if isinstance(f, ValueAndGrad) and captured else captured


def gathered(place: Place, read: Callable[[int], Any]) -> Any:
    """Return what belongs to an argument, a tuple for ``*args``; None if there is nothing at all."""
    if isinstance(place, int):
        return read(place)
    parts = tuple(map(read, place))
    return None if all(part is None for part in parts) else parts


def push_jvp(push: Any, f: Tower, primals: Tower, tangents: Tower, **kwargs: Tower) -> Any:
    """``jvp(f, primals, tangents)``: forward over forward."""
    h = height_of(push)
    points, directions = tuple(value_of(primals, h)), tuple(value_of(tangents, h))
    function = value_of(f, h)
    named = {name: value_of(t, h) for name, t in kwargs.items()}
    compiled, order = jvp_function(function, points, directions, named)
    every = range(len(points))
    towers = [over(h, lambda _, i=i: points[i], lambda dot, i=i: part(dot, i), primals) for i in every]
    moved = [direction_tower(push, tangents, i, points[i]) for i in every]
    seeds = [gathered_towers(h, place, moved) for place in order]
    held = moving_with(function).items()
    captured = {name: over(h, lambda _, x=x: x, reading(name), f) for name, x in held}
    result = push(still(compiled.pushforward, h), *seeds, *towers, **kwargs, **captured)
    y, y_dot = item(result, h, 0), item(result, h, 1)
    whole = rebased(y_dot, h, filled(value_of(y_dot, h), value_of(y, h)))
    return over(h, lambda *pair: pair, lambda *pair: pair, y, whole)


def direction_tower(push: Any, tangents: Tower, i: int, x: Any) -> Any:
    """Return the direction of an argument and its derivatives."""
    h = height_of(push)
    if value_of(tangents, h)[i] is None:
        return still(None, h)
    return over(h, lambda dots: filled(dots[i], x), lambda dot: part(dot, i), tangents)


def gathered_towers(height: int, place: Place, towers: list[Any]) -> Any:
    """Return the tower of what belongs to an argument, of a tuple for ``*args``."""
    if isinstance(place, int):
        return towers[place]
    return over(height, lambda *x: tuple(x), lambda *dots: dots, *(towers[i] for i in place))


def pull_jvp(call: Any, f: Any, primals: Any, tangents: Any, **kwargs: Any) -> Any:
    """``jvp(f, primals, tangents)``: its pullback is forward over reverse, as partial derivatives commute."""
    points, directions = tuple(primals), tuple(tangents)
    value = jvp(f, points, directions, **kwargs)
    pulled = pulled_function(f, points, kwargs)
    return value, JvpPullback(pulled, points, directions, kwargs, captured_by(f))


@dataclass(eq=False)
class JvpPullback(Opaque):
    """The pullback of ``jvp``: forward over reverse, as partial derivatives commute."""

    __adjoint_dynamic__ = True  # its code is not compiled

    pulled: Pulled
    points: tuple[Any, ...]
    directions: tuple[Any, ...]
    kwargs: dict[str, Any]
    captured: dict[str, Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of ``f``, ``primals``, ``tangents`` and the keyword arguments."""
        return self.__adjoint_push__(plain_push, (self, None), ((bar, None),), {})[0]

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """Push the point, the directions and the cotangent; ``own`` has the derivatives of the first two."""
        h = height_of(push)
        point = over(h, lambda _: None, lambda dot: (dot[1][0], dot[1][1], dot[2]), own)
        operands = point_towers(h, point, self.points, self.kwargs, self.captured)
        y_bar, z_bar = (
            grounded(over(h, lambda bar, i=i: part(bar, i), lambda dot, i=i: part(dot, i), args[0]), h)
            for i in range(2)
        )
        size = self.pulled.count + len(self.pulled.keywords)
        nothing: list[Any] = [still(None, h)] * size
        first = nothing if value_of(y_bar, h) is None else self.of_value(push, y_bar, operands)
        given, second = (nothing, nothing)
        if value_of(z_bar, h) is not None:
            given, second = self.of_tangent(push, z_bar, own, operands)
        total = [summed(push, a, b) for a, b in zip(first, second, strict=True)]

        def arranged(*parts: Any) -> Any:
            f_bar, point_bars, named_bars = self.pulled.triple(parts[:size], self.captured)
            shares = zip(self.directions, parts[size:], strict=False)
            direction_bars = tuple(None if d is None else bar for d, bar in shares)
            return None, (f_bar, point_bars, direction_bars), named_bars

        return over(h, arranged, arranged, *total, *given)

    def of_value(self, push: Any, bar: Tower, operands: Any) -> list[Any]:
        """Return the cotangents that come from that of the value."""
        h = height_of(push)
        towers, keyed = operands
        result = push(still(self.pulled.function, h), bar, *towers, **keyed)
        return self.bars(h, item(result, h, 1))

    def of_tangent(self, push: Any, bar: Tower, own: Tower, operands: Any) -> tuple[list[Any], list[Any]]:
        """Return the cotangents of the directions and the point that come from that of the tangent."""
        h = height_of(push)
        towers, keyed = operands
        active = tuple(i for i, direction in enumerate(self.directions) if direction is not None)
        held = {**self.kwargs, **self.captured}
        compiled = pushed_function(self.pulled, self.points, held, active, value_of(bar, h))
        moved = over(h, lambda _: self.directions, lambda dot: dot[1][2], own)
        seeds = [direction_tower(push, moved, i, self.points[i]) for i in active]
        result = push(still(compiled.pushforward, h), *seeds, bar, *towers, **keyed)
        none: Any = (None, None)

        def read(*path: int) -> Any:
            return lambda pair: part((pair[path[0]] or none), path[1])

        return tuple(self.bars(h, over(h, read(i, 1), read(i, 1), result)) for i in range(2))  # type: ignore[return-value]

    def bars(self, height: int, bars: Tower) -> list[Any]:
        """Return a tuple of cotangents item by item; nothing moves where there is none."""
        size = self.pulled.count + len(self.pulled.keywords)
        return [over(height, lambda b, i=i: part(b, i), lambda b, i=i: part(b, i), bars) for i in range(size)]


PUSHED_CALLS.add(jvp)
STRUCTURAL[jvp] = pull_jvp
moves_towers(jvp)(push_jvp)
vars(jvp)["__adjoint_dynamic__"] = True

__all__ = ["pull_jvp", "push_jvp"]
