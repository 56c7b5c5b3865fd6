"""``vjp`` inside a differentiated function, and the pullbacks that it hands out.

A pullback is a function of the cotangent and of the point: ``u -> J(x)^T u``.  Pushed, it is the pulled form
of the function, pushed.  Its own pullback takes a cotangent ``v`` to ``J(x) v``, and to the derivative of
``J(x)^T u`` in the direction ``v``, as partial derivatives commute: one push of the pulled form gives both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adjoint.api import Pullback, vjp
from adjoint.compiling.mirror import conform, mirror
from adjoint.rules.containers import part
from adjoint.rules.forward import filled
from adjoint.rules.kinds import Opaque
from adjoint.runtime.moving import moves_towers
from adjoint.runtime.nesting import (
    Pulled,
    captured_by,
    named_indices,
    point_towers,
    position,
    pulled_function,
    pushed_function,
    with_reals,
)
from adjoint.runtime.pushing import push as plain_push
from adjoint.runtime.pushing_calls import PUSHED_CALLS
from adjoint.runtime.pushing_structural import with_pullback
from adjoint.runtime.structural import STRUCTURAL
from adjoint.runtime.towers import (
    Tower,
    algebra_of,
    grounded,
    height_of,
    item,
    over,
    rebased,
    still,
    summed,
    value_of,
)
from adjoint.runtime.towers import filled as filled_tower


@dataclass(eq=False)
class Point:
    """Where a pullback was taken, and of which arguments it gives the cotangents."""

    pulled: Pulled
    value: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    captured: dict[str, Any]
    wrt: tuple[Any, ...]

    def __getitem__(self, name: Any) -> Any:
        """Return an argument by its position or name."""
        return self.args[name] if isinstance(name, int) else self.kwargs[name]

    def pullback(self, push: Any, bar: Tower, own: Tower) -> list[Tower]:
        """Return the cotangents of everything; the derivatives in ``own`` are those of `point_towers`."""
        h = height_of(push)
        towers, keyed = point_towers(h, own, self.args, self.kwargs, self.captured)
        result = push(still(self.pulled.function, h), self.complete(push, bar), *towers, **keyed)
        return self.bars(h, item(result, h, 1))

    def complete(self, push: Any, bar: Tower) -> Tower:
        """Return a cotangent of the value in its form and without missing parts."""
        h = height_of(push)
        whole = filled(conform(self.value, value_of(bar, h), "the output"), self.value)
        return filled_tower(push, rebased(bar, h, whole), self.value)  # type: ignore[no-any-return]

    def bars(self, h: int, bars: Tower) -> list[Tower]:
        """Return a tuple of cotangents item by item."""
        count = self.pulled.count + len(self.pulled.keywords)
        return [over(h, lambda b, i=i: part(b, i), lambda b, i=i: part(b, i), bars) for i in range(count)]

    def triple(self, bars: tuple[Any, ...]) -> Any:
        """Return the cotangents of the function, the positional and the keyword arguments."""
        return self.pulled.triple(bars, self.captured)


def point_of(pullback: Pullback) -> Point:
    """Return where a pullback was taken."""
    args, kwargs = pullback.given
    f, wrt = pullback.f, pullback.wrt
    names = tuple(range(len(args))) if wrt is None else named_indices(f, wrt, args, kwargs)
    args = args if wrt is None else with_reals(args, names)
    return Point(pulled_function(f, args, kwargs), pullback.value, args, kwargs, captured_by(f), names)


def push_pullback(
    pullback: Pullback, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: dict[str, Tower]
) -> Any:
    """Push the cotangent and the point; ``own`` has the derivatives of the point."""
    h, point = height_of(push), point_of(pullback)
    shares = point.pullback(push, grounded(args[0], h), own)
    chosen = [shares[position(name, point.pulled)] for name in point.wrt]
    like: Any = mirror if algebra_of(push) is None else lambda x, x_dot: x_dot

    def arranged(parts: tuple[Any, ...], like: Any = like) -> Any:
        bars = tuple(like(point[name], bar) for name, bar in zip(point.wrt, parts, strict=True))
        return bars[0] if pullback.single else bars

    return over(h, lambda *parts: arranged(parts, mirror), lambda *parts: arranged(parts), *chosen)


def pull_pullback(pullback: Pullback, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the cotangents, and the pullback of the pullback."""
    return pullback(*args), PullbackPullback(point_of(pullback), args[0], pullback.single)


@dataclass(eq=False)
class PullbackPullback(Opaque):
    """The pullback of a pullback: the pulled form of the function, pushed in the direction of a cotangent."""

    __adjoint_dynamic__ = True

    point: Point
    bar: Any
    single: bool

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of the pullback and of the cotangent that it was given."""
        return self.__adjoint_push__(plain_push, (self, None), ((bar, None),), {})[0]

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """Push the point, the cotangent that was given, and the cotangent of the result."""
        h, point = height_of(push), self.point
        directions = self.directions(h, args[0])
        if not directions:
            return still((None, (None,), {}), h)
        own_point = over(h, lambda _: None, lambda dot: dot[0], own)
        given = over(h, lambda _: self.bar, lambda dot: dot[1][0], own)
        towers, keyed = point_towers(h, own_point, point.args, point.kwargs, point.captured)
        u = point.complete(push, given)
        held = {**point.kwargs, **point.captured}
        compiled = pushed_function(point.pulled, point.args, held, tuple(directions), value_of(u, h))
        order = sorted(directions, key=lambda name: position(name, point.pulled))
        seeds = [filled_tower(push, directions[name], point[name]) for name in order]
        result = push(still(compiled.pushforward, h), *seeds, u, *towers, **keyed)
        moved = over(h, second, second, result)
        bars = point.bars(h, over(h, second, second, moved))
        u_bar = over(h, lambda pair: part(pair, 0), lambda pair: part(pair, 0), moved)

        def arranged(u_bar: Any, *bars: Any) -> Any:
            return point.triple(bars), (u_bar,), {}

        return over(h, arranged, arranged, u_bar, *bars)

    def directions(self, h: int, bar: Tower) -> dict[Any, Tower]:
        """Return the cotangents of the result by the names of the arguments, where there are any."""
        names = self.point.wrt
        if self.single:
            shares = [bar]
        else:
            shares = [
                over(h, lambda b, i=i: part(b, i), lambda b, i=i: part(b, i), bar) for i in range(len(names))
            ]
        found = {name: grounded(share, h) for name, share in zip(names, shares, strict=True)}
        return {name: share for name, share in found.items() if value_of(share, h) is not None}


def second(pair: Any) -> Any:
    """Return the tangent of a pair, none if nothing moves."""
    return part(pair, 1)


@moves_towers(vjp)
def push_vjp(push: Any, f: Tower, *args: Tower, wrt: Tower | None = None, **kwargs: Tower) -> Any:
    """``vjp(f, ...)``: the pullback moves with the function and its arguments."""
    h = height_of(push)
    values, named = [value_of(t, h) for t in args], {n: value_of(t, h) for n, t in kwargs.items()}
    _, pullback = vjp(value_of(f, h), *values, wrt=wrt and value_of(wrt, h), **named)

    def moved(f_dot: Any, *dots: Any) -> Any:
        return f_dot, dots[: len(args)], dict(zip(kwargs, dots[len(args) :], strict=True))

    own = over(h, moved, moved, f, *args, *kwargs.values())
    return with_pullback(h, push(f, *args, **kwargs), pullback, own)


def pull_vjp(call: Any, f: Any, *args: Any, wrt: Any = None, **kwargs: Any) -> Any:
    """Return the value and the pullback of a function, and the pullback of both."""
    y, pullback = vjp(f, *args, wrt=wrt, **kwargs)
    return (y, pullback), VjpPullback(point_of(pullback), () if wrt is None else ("wrt",))


@dataclass(eq=False)
class VjpPullback(Opaque):
    """The pullback of ``vjp``: the cotangents of value and pullback are such of the same arguments."""

    __adjoint_dynamic__ = True

    point: Point
    constants: tuple[str, ...]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents of ``f``, its arguments and its keyword arguments."""
        return self.__adjoint_push__(plain_push, (self, None), ((bar, None),), {})[0]

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """Push the point and the cotangents; ``own`` has the derivatives of what `vjp` was given."""
        h, point = height_of(push), self.point
        y_bar, own_bar = (
            over(h, lambda b, i=i: part(b, i), lambda b, i=i: part(b, i), args[0]) for i in range(2)
        )
        at = over(h, lambda _: None, lambda dot: (dot[1][0], dot[1][1:], dot[2]), own)
        count = point.pulled.count + len(point.pulled.keywords)
        shares: list[Any] = [still(None, h)] * count
        y_bar = grounded(y_bar, h)
        if value_of(y_bar, h) is not None:
            shares = point.pullback(push, y_bar, at)
        flat = over(h, self.flat, self.flat, own_bar)
        total = [summed(push, a, b) for a, b in zip(shares, point.bars(h, flat), strict=True)]

        def arranged(*bars: Any) -> Any:
            f_bar, given, named = point.triple(bars)
            return None, (f_bar, *given), {**named, **dict.fromkeys(self.constants)}

        return over(h, arranged, arranged, *total)

    def flat(self, triple: Any) -> Any:
        """Return the cotangent of a pullback as one tuple, as `Pulled.triple` arranges it."""
        return None if triple is None else self.point.pulled.flat(triple, self.point.captured)


for _name, _value in (("push", push_pullback), ("pull", pull_pullback), ("dynamic", True)):
    setattr(Pullback, f"__adjoint_{_name}__", _value)
PUSHED_CALLS.add(vjp)
STRUCTURAL[vjp] = pull_vjp
vars(vjp)["__adjoint_dynamic__"] = True

__all__ = ["pull_vjp", "push_vjp"]
