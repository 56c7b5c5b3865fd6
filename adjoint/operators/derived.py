"""Derivatives of functions as callables that can be differentiated themselves.

``jacobian(f)`` and its like are written for speed, and their code is not what is differentiated.  Where a
differentiated function calls them, a definition by ``jvp``, ``vjp`` and ``grad`` stands for them
(:mod:`adjoint.operators.definitions`): every mode and every order follows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from adjoint.rules.containers import part
from adjoint.rules.kinds import Opaque
from adjoint.runtime.moving import MOVING, calling, moves_towers
from adjoint.runtime.nesting import MAKERS
from adjoint.runtime.pushing_structural import CALLING, defined
from adjoint.runtime.structural import STRUCTURAL, by_definition

F = TypeVar("F", bound=Callable[..., Any])
Pair = tuple[Any, Any]


class Derived(Opaque):
    """A callable made of derivatives of a function.

    Args:
        f: the function.
        compute: what is called.
        definition: the same of ``f``, some options and the arguments.
        options: what ``definition`` takes between the function and the arguments.
    """

    __adjoint_dynamic__ = True

    def __init__(self, f: Any, compute: Callable[..., Any], definition: Any, *options: Any) -> None:
        self.f, self.compute = f, compute
        self.__adjoint_function__ = functools.partial(definition, f, *options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the derivative."""
        return self.compute(*args, **kwargs)


def derives(maker: F) -> F:
    """Make known a function that returns a `Derived`: what that holds moves with the function."""

    def pull(call: Any, f: Any, *options: Any, **named: Any) -> Any:
        constants = (None,) * len(options)

        def maker_pullback(bar: Any) -> Any:
            return None, (part(part(bar, "args"), 0), *constants), dict.fromkeys(named)

        return maker(f, *options, **named), maker_pullback

    def push(push: Any, f: Pair, *options: Pair, **named: Pair) -> Pair:
        values = [value for value, _ in options]
        made = maker(f[0], *values, **{name: value for name, (value, _) in named.items()})
        count = len(made.__adjoint_function__.args)
        still = (None,) * (count - 1)
        return made, None if f[1] is None else {"func": None, "args": (f[1], *still), "keywords": {}}

    STRUCTURAL[maker], MOVING[maker] = pull, push
    MAKERS.add(maker)
    vars(maker)["__adjoint_dynamic__"] = True
    return maker


def defined_by(definition: Any) -> Callable[[F], F]:
    """Return a decorator of a function for which a definition stands where it is differentiated."""

    def register(function: F) -> F:
        STRUCTURAL[function] = by_definition(definition)
        CALLING[function] = defined(definition)
        moves_towers(function)(calling(definition))
        vars(function)["__adjoint_dynamic__"] = True
        return function

    return register


__all__ = ["Derived", "defined_by", "derives"]
