"""What callables hold, as towers: partial functions, method callers, closures and new objects."""

from __future__ import annotations

import functools
from typing import Any

from adjoint.rules.containers import part
from adjoint.rules.forward import zero_tangent
from adjoint.runtime.captured import captures
from adjoint.runtime.standing import held as held_by
from adjoint.runtime.towers import Tower, assembled, flat, over, still


def own_tangent(f: Any, f_dots: Any, height: int) -> Any:
    """Return the tangent of what a function captured, a zero one where only its derivatives move."""
    parts = [each for each in flat(f_dots, height) if isinstance(each, dict)]
    if not parts:
        return None
    moving = {name for each in parts for name, dot in each.items() if dot is not None}
    first, values = flat(f_dots, height)[0] or {}, captures(f)
    zeros = {name: zero_tangent(values[name]) for name in values if name in moving}
    return zeros | {name: dot for name, dot in first.items() if dot is not None}


def opened(h: int, f: functools.partial[Any], head: Tower) -> tuple[Tower, list[Tower], dict[str, Tower]]:
    """Return the towers of what a ``functools.partial`` holds."""
    function = over(h, lambda _: f.func, lambda dot: dot.get("func"), head)
    first = [
        over(h, lambda _, x=x: x, lambda dot, i=i: part(dot.get("args"), i), head)
        for i, x in enumerate(f.args)
    ]
    held = {
        name: over(h, lambda _, x=x: x, lambda dot, n=name: part(dot.get("keywords"), n), head)
        for name, x in f.keywords.items()
    }
    return function, first, held


def empty(cls: Any, height: int) -> Any:
    """Return the tower of a new object, whose fields ``__init__`` will store."""
    return assembled([object.__new__(cls), *({} for _ in range(2**height - 1))])


def caller_towers(h: int, f: Any, head: Tower) -> list[Any]:
    """Return the towers of the name and of what an ``operator.methodcaller`` holds."""
    name, args, keywords = held_by(f)
    first = over(h, lambda _: args, lambda dot: dot.get("args"), head)
    return [still(name, h), first, over(h, lambda _: keywords, lambda dot: dot.get("keywords"), head)]


__all__ = ["caller_towers", "empty", "opened", "own_tangent"]
