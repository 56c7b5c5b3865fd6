"""One rule: which callable it belongs to, in which form, and who registered it.

References: ChainRulesCore.jl (rrule, frule, @scalar_rule, @non_differentiable, @opt_out).
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Form = Literal["scalar", "rrule", "constant", "frule", "linear", "opt_out"]

#: Keyword-only parameters of a rule that are not the primal's: `ad` calls back into the compiler,
#: `needs` names the parameters whose cotangent is wanted.
OPTIONS = frozenset({"ad", "needs"})


@dataclass(eq=False)
class Rule:
    """One rule.

    ``form`` is ``scalar`` (partial derivatives of an elementwise function), ``rrule`` (value and
    pullback), ``constant`` (no derivative), ``frule`` (value and pushforward), ``linear`` (the
    function is its own pushforward in its first parameter) or ``opt_out`` (older rules do not count).
    ``parameters`` names the primal's parameters in the order in which the pullback returns
    cotangents; ``home`` is the module that registered the rule and ``order`` its number in the order of
    registration; ``options`` are those of the rule's keyword-only parameters that are not the
    primal's.
    """

    form: Form
    primal: Any
    function: Callable[..., Any]
    parameters: tuple[str, ...] = ()
    when: Callable[..., bool] | None = None
    singular: bool = False
    fresh: bool = False
    kind: Callable[..., Any] | None = None
    complete: bool = False
    options: frozenset[str] = field(default_factory=frozenset)
    selects: bool = False
    home: str = ""
    order: int = 0
    #: The package that registered the rule, and whether that is the library, whose rules keep to
    #: stricter conventions; asked too often to be computed again.
    owner: str = field(init=False)
    built_in: bool = field(init=False)

    def __post_init__(self) -> None:
        """Find the owner."""
        home = self.home or str(getattr(self.function, "__module__", ""))
        self.owner = "adjoint.rules" if home.startswith("adjoint.rules.") else home.partition(".")[0]
        self.built_in = self.owner == "adjoint.rules"

    @property
    def strength(self) -> Literal["singular", "selects"] | None:
        """Which zeros win in a product with a partial: those of the other factor, or its own."""
        return "selects" if self.selects else "singular" if self.singular else None

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """The signature by which a call of the primal is bound to the rule's parameters."""
        signature = inspect.signature(self.function)
        hidden = {"out"} if self.form == "scalar" else set(self.options)
        keep = [p for name, p in signature.parameters.items() if name not in hidden]
        return signature.replace(parameters=keep)

    @functools.cached_property
    def positional(self) -> tuple[int, tuple[str, ...]]:
        """How many positional arguments a call without keywords needs, and the names it can give them."""
        parameters = self.signature.parameters.values()
        plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        needed = [p for p in parameters if p.default is p.empty and p.kind is p.KEYWORD_ONLY]
        least = sum(p.default is p.empty for p in plain) if not needed else len(plain) + 1
        return least, tuple(p.name for p in plain)

    def displaces(self, older: Rule) -> bool:
        """Whether a rule of the other mode, by somebody else, no longer counts beside this newer one."""
        return self.order > older.order and self.owner != older.owner


class Identity:
    """Stands for a callable that cannot be hashed, such as a ctypes function."""

    def __init__(self, primal: Any) -> None:
        self.primal = primal

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and other.primal is self.primal

    def __hash__(self) -> int:
        return id(self.primal)


def _plain(function: Any) -> types.CodeType | None:
    """Return the code of a function whose signature is that of its code, which is read fast."""
    plain = type(function) is types.FunctionType and not vars(function).keys() & {
        "__wrapped__",
        "__signature__",
    }
    return function.__code__ if plain else None


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters in the order of its signature.

    >>> parameter_names(lambda x, /, y, *rest, z, **options: None)
    ('x', 'y', 'rest', 'z', 'options')
    """
    if (code := _plain(function)) is None:
        return tuple(inspect.signature(function).parameters)
    named = code.co_argcount + code.co_kwonlyargcount
    rest = int(bool(code.co_flags & inspect.CO_VARARGS))
    extra = int(bool(code.co_flags & inspect.CO_VARKEYWORDS))
    names = code.co_varnames[: named + rest + extra]
    return (
        *names[: code.co_argcount],
        *names[named : named + rest],
        *names[code.co_argcount : named],
        *names[named + rest :],
    )


def keyword_only_names(function: Callable[..., Any]) -> frozenset[str]:
    """Return the names of a function's keyword-only parameters."""
    if (code := _plain(function)) is None:
        found = inspect.signature(function).parameters.values()
        return frozenset(p.name for p in found if p.kind is p.KEYWORD_ONLY)
    return frozenset(code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount])


def key_of(primal: Any) -> Any:
    """Return the key of a callable; a decorated function has the rules of the plain one."""
    primal = getattr(primal, "__adjoint_function__", primal)
    try:
        hash(primal)
    except TypeError:
        return Identity(primal)
    return primal


__all__ = ["OPTIONS", "Form", "Identity", "Rule", "key_of", "keyword_only_names", "parameter_names"]
