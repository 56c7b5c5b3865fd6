"""The pullbacks that the pushed run-time path of reverse mode hands out: they know how to be pushed.

The tower of such a pullback (:mod:`adjoint.runtime.towers`) has the pullback itself for a value; its
derivatives are those of what it has saved.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.apply import has_tangent
from adjoint.rules.callback import Pullback
from adjoint.rules.kinds import Opaque
from adjoint.rules.registry import Rule
from adjoint.rules.runtime import strong_product, unbroadcast
from adjoint.rules.support import fit
from adjoint.runtime.dynamic import keyword_bars, positional_bars
from adjoint.runtime.linear import linear, stands
from adjoint.runtime.pushing import push as plain_push
from adjoint.runtime.shares import complete
from adjoint.runtime.towers import (
    Tower,
    filled,
    grounded,
    height_of,
    item,
    over,
    rebased,
    still,
    value_of,
)


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

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """Push what was saved and the cotangent; the derivatives of ``own`` are those of what was saved."""
        h = height_of(push)
        bar = grounded(args[0], h)
        if value_of(bar, h) is None:
            return still(self.arrange(None), h)
        if stands(own, h):
            return linear(push, self, bar)
        if type(self.value) in (list, tuple, dict):
            bar = filled(push, bar, self.value)
        bars = push(still(self.function, h), rebased(own, h, self.saved), bar)
        return over(h, self.arrange, self.arrange, bars)


@dataclass(eq=False)
class RulePullback(Opaque):
    """The pullback of a function with a rule; ``inner`` is that of the rule, or the partials."""

    __adjoint_dynamic__ = True

    rule: Rule
    bound: inspect.BoundArguments
    inner: Any
    count: int
    names: tuple[str, ...]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents."""
        return self.__adjoint_push__(plain_push, (self, None), ((bar, None),), {})[0]

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """Push the inner pullback, or the product with the partials."""
        h = height_of(push)
        bar = grounded(args[0], h)
        if value_of(bar, h) is None:
            return still((None, (None,) * self.count, {}), h)
        inner = rebased(own, h, self.inner)
        if self.rule.form == "scalar":
            bars = self.products(push, inner, bar)
        elif stands(own, h):
            bars = linear(push, self.inner, bar)
        else:
            bars = push(inner, bar)
        return self.arranged(push, bars)

    def products(self, push: Any, partials: Tower, bar: Tower) -> Any:
        """Return the cotangents of the arguments of an elementwise function."""
        h, names = height_of(push), self.rule.parameters
        bars = []
        for i, name in enumerate(names):
            partial = partials if len(names) == 1 else item(partials, h, i)
            if value_of(partial, h) is None or not has_tangent(self.bound.arguments.get(name)):
                bars.append(still(None, h))
                continue
            if np.iscomplexobj(value_of(partial, h)):
                partial = push(still(np.conj, h), partial)
            bars.append(push(still(strong_product, h), bar, partial))
        return bars[0] if len(names) == 1 else over(h, lambda *x: x, lambda *dots: dots, *bars)

    def arranged(self, push: Any, bars: Tower) -> Any:
        """Return the cotangents of function, positional and keyword arguments."""
        h, names = height_of(push), self.rule.parameters
        shares = [bars] if len(names) == 1 else [item(bars, h, i) for i in range(len(names))]
        fitted = [
            self.fitted(push, share, self.bound.arguments.get(n))
            for n, share in zip(names, shares, strict=True)
        ]

        def arrange(*parts: Any) -> Any:
            named = dict(zip(names, parts, strict=True))
            given = positional_bars(self.bound, named, self.count)
            return None, given, keyword_bars(self.bound, named, self.names)

        return over(h, arrange, arrange, *fitted)

    def fitted(self, push: Any, bar: Tower, x: Any) -> Any:
        """Return the cotangent of an argument in its shape."""
        h = height_of(push)
        if value_of(bar, h) is None or not isinstance(x, float | complex | np.ndarray | np.generic):
            return bar
        if not has_tangent(x):
            return still(None, h)
        return push(still(fit, h), push(still(unbroadcast, h), bar, still(x, h)), still(x, h))


@dataclass(eq=False)
class Rearranged(Opaque):
    """A pullback whose result is arranged in another way; its derivatives are those of the pullback."""

    __adjoint_dynamic__ = True

    pullback: Any
    arrange: Callable[[Any], Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents."""
        return self.arrange(self.pullback(bar))

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """Push the pullback."""
        h = height_of(push)
        return over(h, self.arrange, self.arrange, push(rebased(own, h, self.pullback), *args))


def push_bars(pullback: Pullback, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
    """Push the pullback that a rule got when it called back, at a point that does not move."""
    assert stands(own, height_of(push)), "a pullback that moves is made by the compiler"
    return linear(push, pullback, args[0])


Pullback.__adjoint_push__ = push_bars  # type: ignore[attr-defined]

__all__ = ["PushedPullback", "Rearranged", "RulePullback"]
