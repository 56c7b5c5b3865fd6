"""The way back into the compiler, for rules of functions that call functions.

A rule that has a keyword-only parameter ``ad`` receives `ad`.  It differentiates whatever the primal
calls: a user's function, a lambda made in a differentiated function, or a function with a rule.

Reference: ChainRulesCore.jl, ``RuleConfig`` and ``rrule_via_ad``.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Bars(NamedTuple):
    """What the pullback of a call returns; ``None`` is zero.

    ``f`` is the cotangent of the function itself (of what it captured), ``args`` holds one cotangent
    per positional argument, ``kwargs`` those of keyword arguments.
    """

    f: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Pullback:
    """The pullback of a call, which returns `Bars`; linear in the cotangent that it takes."""

    __adjoint_dynamic__ = True

    def __init__(self, pullback: Callable[[Any], Any]) -> None:
        self.pullback = pullback

    def __call__(self, y_bar: Any) -> Bars:
        """Return the cotangents of the function and of its arguments."""
        return Bars(*self.pullback(y_bar))


def is_pullback(value: Any) -> bool:
    """Whether a value is a function of ``bar`` that the run-time path made, one at every call: a pullback."""
    if not isinstance(value, types.FunctionType):
        return False
    code, home = value.__code__, value.__module__ or ""
    return code.co_varnames[: code.co_argcount] == ("bar",) and home.startswith("adjoint.runtime.")


class Differentiator:
    """Differentiates calls while the program runs; its only instance is `ad`."""

    def __init__(self) -> None:
        #: Filled from above: this floor knows no compiler.
        self.call: Callable[..., Any] | None = None
        self.push: Callable[..., Any] | None = None
        self.decompose: Callable[..., Any] | None = None

    def vjp(self, f: Any, /, *args: Any, **kwargs: Any) -> tuple[Any, Callable[[Any], Bars]]:
        """Call ``f`` and return its value and its pullback, which returns `Bars`.

        Every call gives a pullback of its own, which may be called any number of times.
        """
        assert self.call is not None, "the compiler is not loaded: import adjoint"
        value, pullback = self.call(f, *args, **kwargs)
        return value, Pullback(pullback)

    def jvp(
        self, f: Any, primals: Sequence[Any], tangents: Sequence[Any], f_dot: Any = None
    ) -> tuple[Any, Any]:
        """Call ``f(*primals)`` and return its value and the tangent of its value, for forward rules.

        A tangent of ``None`` is zero; ``f_dot`` is the tangent that the rule was given for ``f``.
        """
        assert self.push is not None, "the compiler is not loaded: import adjoint"
        value, value_dot = self.push((f, f_dot), *zip(primals, tangents, strict=True))
        return value, value_dot

    def __repr__(self) -> str:
        """Return the name by which generated code refers to it."""
        return "ad"


ad = Differentiator()

__all__ = ["Bars", "Differentiator", "ad", "is_pullback"]
