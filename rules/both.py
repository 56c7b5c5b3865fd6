"""One function for both rules of a primal whose signature is long, or whose derivatives share much."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from adjoint.rules.registry import frule, rrule

F = TypeVar("F", bound=Callable[..., Any])


def both(
    *primals: Any, when: Callable[..., bool] | None = None, fresh: bool = False, kind: Any = None
) -> Callable[[F], F]:
    """Register ``rule(*args) -> (out, pullback, pushforward)`` as the reverse and the forward rule.

    Args:
        primals: the functions the rule belongs to.
        when: as for `adjoint.rrule`.
        fresh: as for `adjoint.rrule`.
        kind: as for `adjoint.rrule`.
    """

    def register(rule: F) -> F:
        def reverse(*args: Any, **kwargs: Any) -> Any:
            out, pullback, _ = rule(*args, **kwargs)
            return out, pullback

        def forward(*args: Any, **kwargs: Any) -> Any:
            out, _, pushforward = rule(*args, **kwargs)
            return out, pushforward

        for half in (reverse, forward):
            half.__signature__ = inspect.signature(rule)  # type: ignore[attr-defined]
            half.__name__, half.__doc__, half.__module__ = rule.__name__, rule.__doc__, rule.__module__
        rrule(*primals, when=when, fresh=fresh, kind=kind)(reverse)
        frule(*primals, when=when, kind=kind)(forward)
        return rule

    return register


__all__ = ["both"]
