"""Pullbacks at a point that does not move: they are linear, and so are their own derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adjoint.rules.callback import is_pullback
from adjoint.rules.kinds import Opaque
from adjoint.runtime.towers import Tower, algebra_of, assembled, flat, height_of, over


@dataclass(eq=False)
class LinearPullback(Opaque):
    """A pullback that only moves values, whatever the values are."""

    __adjoint_dynamic__ = True

    function: Callable[..., Any]

    def __call__(self, bar: Any) -> Any:
        """Return the cotangents."""
        return self.function(bar)

    def __adjoint_push__(self, push: Any, own: Tower, args: tuple[Tower, ...], kwargs: Any) -> Any:
        """A linear function is its own derivative."""
        return linear(push, self.function, args[0])


def stands(own: Tower, height: int) -> bool:
    """Whether nothing that a pullback has saved moves."""
    return all(each is None for each in flat(own, height)[1:])


def linear(push: Any, pullback: Callable[[Any], Any], bar: Tower) -> Any:
    """Push a pullback that stands: it is linear in the cotangent."""
    h, algebra = height_of(push), algebra_of(push)
    if algebra is None:
        return over(h, pullback, pullback, bar)
    parts = flat(bar, h)
    middle = len(parts) // 2
    first = [None if each is None and i else pullback(each) for i, each in enumerate(parts[:middle])]
    pairs = zip(parts[:middle], parts[middle:], strict=True)
    rest = [None if dot is None else algebra.linear(pullback, ((x, dot),), (x,), {})[1] for x, dot in pairs]
    return assembled([*first, *rest])


__all__ = ["LinearPullback", "is_pullback", "linear", "stands"]
