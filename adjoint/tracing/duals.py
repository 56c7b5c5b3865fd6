"""Forward mode with traced values: every step pushes tangents; a mark is the number of a tangent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.containers import part
from adjoint.rules.forward import filled
from adjoint.rules.registry import Rule
from adjoint.rules.runtime import strong_product
from adjoint.runtime.pushing import push, push_method
from adjoint.tracing.holding import leaves_of
from adjoint.tracing.storing import changed_array
from adjoint.tracing.tape import Inputs, ReverseRun
from adjoint.tracing.traced import Memory, Traced


class ForwardRun(ReverseRun):
    """A run that knows the tangent of every traced value."""

    def __init__(self) -> None:
        super().__init__()
        self.tangents: list[Any] = []

    def enter(self, value: Any, memory: Memory | None = None) -> Traced:
        """Return a number or array as a traced value; its tangent follows."""
        self.tangents.append(None)
        return super().enter(value, memory)

    def stored(self, x: Any, key: Any, value: Any, fresh: bool) -> Any:
        """Return what an array is after ``x[key] = value``, and store the tangent as well."""
        dots = [
            None if type(each) is not Traced or each.traced_mark is None else self.tangents[each.traced_mark]
            for each in (x, value)
        ]
        array = changed_array(x, key, value, fresh)
        if all(dot is None for dot in dots):
            return Traced(array, None, self, Memory(owned=True))
        result = self.enter(array, Memory(owned=True))
        dot = np.zeros_like(array) if dots[0] is None else np.array(dots[0])
        dot[key] = 0.0 if dots[1] is None else dots[1]
        self.tangents[result.traced_mark] = dot
        return result

    def set_tangents(self, template: Any, dots: Any) -> None:
        """Give the traced values of a template their tangents."""
        for mark, dot in leaves_of(template, dots):
            self.tangents[mark] = dot

    def step(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``f(*args, **kwargs)`` and its tangent."""
        if len(args) < 3 and not kwargs:
            result = self.quick(f, args)
            if result is not NotImplemented:
                return result
        pairs, named = self.pairs(args, kwargs)
        return self.keep(f, args, *push((f, None), *pairs, **named), [])

    def elementwise(self, rule: Rule, out: Any, values: list[Any], inputs: Any) -> Traced:
        """Return the result of an elementwise function of floats and its tangent."""
        partials = rule.function(out, *values)
        partials = partials if len(values) > 1 else (partials,)
        total: Any = None
        for mark, place, _ in inputs:
            dot, partial = self.tangents[mark], partials[place]
            if dot is not None and partial is not None:
                share = strong_product(dot, partial) if rule.singular or rule.selects else dot * partial
                total = share if total is None else total + share
        self.tangents.append(total)
        self.tape.count += 1
        return Traced(out, self.tape.count - 1, self)

    def step_method(self, base: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``base.name(*args, **kwargs)`` and its tangent."""
        (receiver, *pairs), named = self.pairs((base, *args), kwargs)
        value, dot = push_method(receiver, name, *pairs, **named)
        return self.keep(getattr(type(receiver[0]), name, name), (base, *args), value, dot, [])

    def pairs(self, args: Any, kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return arguments without traced values, each beside its tangent."""
        values, named, inputs = self.operands(args, kwargs)
        moved = placed(inputs, self.tangents.__getitem__)
        dots = {
            place: formed(values[place] if type(place) is int else named[place], dot)
            for place, dot in moved.items()
        }
        return (
            [(value, dots.get(i)) for i, value in enumerate(values)],
            {name: (value, dots.get(name)) for name, value in named.items()},
        )

    def keep(self, f: Any, args: Any, value: Any, pullback: Any, inputs: Any) -> Any:
        """Return the result of a step with traced values in it; here ``pullback`` is the tangent."""
        if pullback is None:
            return self.inactive(f, args, value)
        result, marks = self.raised(f, args, value)
        self.set_tangents(marks, pullback)
        return result


def placed(inputs: Inputs, tangent_of: Callable[[int], Any]) -> dict[Any, Any]:
    """Return the tangents of the traced values that a step was given, by argument and place in it."""
    moved: dict[Any, Any] = {}
    for mark, place, path in inputs:
        dot = tangent_of(mark)
        if not path:
            moved[place] = dot
        elif dot is not None:
            tree = moved.setdefault(place, {})
            for key in path[:-1]:
                tree = tree.setdefault(key, {})
            tree[path[-1]] = dot
    return moved


def formed(x: Any, dot: Any, fill: Callable[[Any, Any], Any] = filled) -> Any:
    """Return the tangent of a value from those of what is inside it, completed by ``fill``."""
    if dot is None or not isinstance(x, tuple | list | dict) and not isinstance(dot, dict):
        return dot
    if isinstance(x, tuple | list):
        items = [formed(item, part(dot, i), fill) for i, item in enumerate(x)]
        return fill(type(x)(items) if type(x) in (tuple, list) else tuple(items), x)
    if isinstance(x, dict):
        return fill({key: formed(item, part(dot, key), fill) for key, item in x.items()}, x)
    return fill(dot, x)


__all__ = ["ForwardRun"]
