"""Rules of functions that are other functions put together: their derivative is that of a program.

The value is the primal's own, bit for bit.  Its derivative is that of a program in NumPy which computes the
same, and which the compiler differentiates in every mode; no derivative is written by hand.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from adjoint.rules.callback import ad
from adjoint.rules.errors import RuleError, spell
from adjoint.rules.forward import zero_tangent
from adjoint.rules.registry import frule, rrule
from adjoint.rules.support import fit, fit_out
from adjoint.rules.symbolic import NotImplementedTangent, not_implemented

F = TypeVar("F", bound=Callable[..., Any])
Defaults = list[tuple[str, Any]]
NUMERIC = (np.ndarray, np.number, float, complex)


def by_position(args: Any, kwargs: Any, defaults: Any) -> Any:
    """Return all arguments of a call in the order of the parameters.

    Args:
        args: the positional ones.
        kwargs: the named ones.
        defaults: name and default of every parameter.
    """
    return (*args, *[kwargs.get(name, default) for name, default in defaults[len(args) :]])


def pushed(program: Any, values: Any, dots: Any) -> list[Any]:
    """Return what each tangent of the arguments of a program adds to that of its value; None is zero."""
    rows = [[dot if j == k else None for j, dot in enumerate(dots)] for k in range(len(dots))]
    return [None if row[k] is None else ad.jvp(program, values, row)[1] for k, row in enumerate(rows)]


def fitted(bars: Any, values: Any) -> Any:
    """Return cotangents in the dtypes and shapes of numbers and arrays; those of containers as they are."""
    pairs = zip(bars, values, strict=True)
    return tuple(fit(bar, x) if isinstance(x, NUMERIC) else bar for bar, x in pairs)


def fitted_out(dot: Any, out: Any) -> Any:
    """Return a tangent in the dtypes and shapes of a number, an array, or a tuple or list of them."""
    if dot is None or isinstance(dot, dict | NotImplementedTangent):
        return dot
    if isinstance(out, tuple | list):
        parts = [zero_tangent(item) if part is None else part for part, item in zip(dot, out, strict=True)]
        return type(dot)([fitted_out(part, item) for part, item in zip(parts, out, strict=True)])
    if not isinstance(out, NUMERIC):
        return dot
    return fit_out(dot if np.iscomplexobj(out) else np.real(dot), out)


def nonzero(bar: Any) -> bool:
    """Whether anything in a cotangent or tangent, or in the containers of one, is not zero."""
    if isinstance(bar, dict | tuple | list):
        return any(map(nonzero, bar.values() if isinstance(bar, dict) else bar))
    return bar is not None and bool(np.any(bar))


def lost(x: Any, name: str) -> Any:
    """Stand for a part of a program's value whose derivative raises where it is needed."""
    return x


@rrule(lost)
def lost_reverse(x: Any, name: str) -> Any:
    """No derivative is known."""
    return x, lambda out_bar: (not_implemented(name) if nonzero(out_bar) else None, None)


@frule(lost)
def lost_forward(x: Any, name: str) -> Any:
    """No derivative is known."""
    return x, lambda x_dot, name_dot: (not_implemented(name), None)


def composed(
    *primals: Any,
    keyword_only: str = "",
    when: Callable[..., bool] | None = None,
    required: bool = False,
    kind: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Register a program whose derivative is that of functions; it computes what they compute.

    The parameters have the primals' names and defaults; one that the program does not have is refused.

    Args:
        primals: the functions.
        keyword_only: the parameters that the primals take by name alone.
        when: as for `adjoint.rrule`.
        required: whether the program is for calls that give all keyword-only parameters.
        kind: as for `adjoint.rrule`.
    """

    def register(program: F) -> F:
        signature = signature_of(program, keyword_only, required=required)
        for primal in primals:
            rules = program_rules(primal, program, defaults_of(signature))
            enter(primal, program, signature, when, *rules, kind)
        return program

    return register


def signature_of(
    program: Any, keyword_only: str = "", cut: int = 0, required: bool = False
) -> inspect.Signature:
    """Return the signature of a primal from that of its program, without its first parameters."""
    found = inspect.signature(program)
    named = keyword_only.split()
    last: dict[str, Any] = {"kind": inspect.Parameter.KEYWORD_ONLY}
    if required:
        last["default"] = inspect.Parameter.empty
    parameters = list(found.parameters.values())[cut:]
    return found.replace(parameters=[p.replace(**last) if p.name in named else p for p in parameters])


def defaults_of(signature: inspect.Signature) -> Defaults:
    """Return name and default of every parameter."""
    return [(p.name, p.default) for p in signature.parameters.values()]


def enter(
    primal: Any,
    program: Any,
    signature: inspect.Signature,
    when: Callable[..., bool] | None,
    reverse: Any,
    forward: Any,
    kind: Callable[..., Any] | None = None,
) -> None:
    """Register both rules of a function, with the name, text and home of the program."""
    for rule, decorate in ((reverse, rrule), (forward, frule)):
        rule.__signature__, rule.__module__ = signature, program.__module__
        rule.__name__, rule.__doc__ = program.__name__, program.__doc__
        decorate(primal, when=when, kind=kind)(rule)


def program_rules(primal: Any, program: Any, defaults: Defaults) -> tuple[Any, Any]:
    """Return the reverse and the forward rule of a function by a program."""
    single = len(defaults) == 1

    def reverse(*args: Any, **kwargs: Any) -> Any:
        out = primal(*args, **kwargs)
        values = by_position(args, kwargs, defaults)
        _, pull = ad.vjp(program, *values)

        def composed_pullback(out_bar: Any) -> Any:
            bars = fitted(pull(out_bar).args, values)
            return bars[0] if single else bars

        return out, composed_pullback

    def forward(*args: Any, **kwargs: Any) -> Any:
        out = primal(*args, **kwargs)
        values = by_position(args, kwargs, defaults)

        def composed_pushforward(*dots: Any) -> Any:
            shares = [fitted_out(dot, out) for dot in pushed(program, values, dots)]
            return shares[0] if single else tuple(shares)

        return out, composed_pushforward

    return reverse, forward


# -- objects --------------------------------------------------------------------------------------


def fields_of(out_bar: Any, names: Any) -> Any:
    """Return the cotangent of a program's value: that of a result, or a tuple of those of its fields.

    A name may be a path, ``_delegate_to.c``: newer versions of SciPy keep the fields in an object inside.

    Raises:
        RuleError: ADJ202, the cotangent has another field, which the program does not compute.
    """
    if not names:
        return out_bar
    parts = [(part, name.rpartition(".")[2]) for name in names for part in [inside(out_bar, name)]]
    others = [name for name, bar in held_fields(out_bar, names) if name not in names and nonzero(bar)]
    if others:
        raise refused(
            others[0], f"of the result only {', '.join(names)} have a derivative.", "compute it from these"
        )
    return tuple(None if part is None else part.get(last) for part, last in parts)


def inside(out_bar: Any, name: str) -> Any:
    """Return the dict that holds the last name of a path; None where that has no cotangent."""
    first, _, rest = name.partition(".")
    if not rest or out_bar is None:
        return out_bar
    return inside(out_bar.get(first), rest)


def held_fields(out_bar: Any, names: Any) -> Any:
    """Return the fields of an object, and by their paths those of the object in it that paths lead to."""
    first = names[0].partition(".")[0]
    own = [(name, bar) for name, bar in out_bar.items() if name != first or "." not in names[0]]
    within = out_bar.get(first) if "." in names[0] else None
    return own if within is None else own + [(f"{first}.{name}", bar) for name, bar in within.items()]


def by_field(dot: Any, names: Any) -> Any:
    """Return the tangent of a result from that of a program's value; see `fields_of`."""
    if not names or dot is None:
        return dot
    found = dict(zip([name.rpartition(".")[2] for name in names], dot, strict=True))
    first, inner, _ = names[0].rpartition(".")
    return {first: found} if inner else found


def constructed(cls: Any, fields: str, keyword_only: str = "") -> Callable[[F], F]:
    """Register a program that computes fields of the objects of a class from the constructor's arguments.

    Args:
        cls: the class, or a function that returns its objects.
        fields: the names of the fields, in the order of the tuple that the program returns.
        keyword_only: the parameters that the constructor takes by name alone.
    """
    names = fields.split()

    def register(program: F) -> F:
        signature = signature_of(program, keyword_only)
        defaults = defaults_of(signature)

        def reverse(*args: Any, **kwargs: Any) -> Any:
            out = cls(*args, **kwargs)
            values = by_position(args, kwargs, defaults)
            _, pull = ad.vjp(program, *values)

            def constructed_pullback(out_bar: Any) -> Any:
                return fitted(pull(fields_of(out_bar, names)).args, values)

            return out, constructed_pullback

        def forward(*args: Any, **kwargs: Any) -> Any:
            out = cls(*args, **kwargs)
            values = by_position(args, kwargs, defaults)

            def constructed_pushforward(*dots: Any) -> Any:
                return tuple(by_field(dot, names) for dot in pushed(program, values, dots))

            return out, constructed_pushforward

        enter(cls, program, signature, None, reverse, forward)
        return program

    return register


def evaluated(
    cls: Any, name: str, *, fields: str, parts: Any, facts: Any, keyword_only: str = "", gives: str = ""
) -> Callable[[F], F]:
    """Register a program for a method of objects: it gets the fields that may move and, apart, what is fixed.

    Args:
        cls: the class; objects of others that inherit the same function are left alone.
        name: the method's name.
        fields: the names of the fields that the program is given first, as a tuple.
        parts: returns these fields of an object.
        facts: returns what else the program reads of an object, given to it second.
        keyword_only: the parameters that the method takes by name alone.
        gives: the names of the fields of the object that the method returns, where it returns one.
    """

    def register(program: F) -> F:
        signature = signature_of(program, keyword_only, cut=2)
        own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        whole = signature.replace(parameters=[own, *signature.parameters.values()])
        method = getattr(cls, name)
        rules = method_rules(
            cls, method, program, defaults_of(signature), fields.split(), parts, facts, gives.split()
        )
        enter(method, program, whole, None, *rules)
        return program

    return register


def method_rules(
    cls: Any, method: Any, program: Any, defaults: Defaults, names: Any, parts: Any, facts: Any, gives: Any
) -> tuple[Any, Any]:
    """Return the reverse and the forward rule of a method by a program; see `evaluated`."""

    def reverse(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(self, cls):
            return NotImplemented
        out = method(self, *args, **kwargs)
        values = by_position(args, kwargs, defaults)
        _, pull = ad.vjp(program, parts(self), facts(self), *values)

        def evaluated_pullback(out_bar: Any) -> Any:
            parts_bar, _, *bars = pull(fields_of(out_bar, gives)).args
            return by_field(parts_bar, names), *fitted(bars, values)

        return out, evaluated_pullback

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(self, cls):
            return NotImplemented
        out = method(self, *args, **kwargs)
        values = (parts(self), facts(self), *by_position(args, kwargs, defaults))

        def evaluated_pushforward(self_dot: Any, *dots: Any) -> Any:
            moved = None if self_dot is None else fields_of(self_dot, names)
            found = pushed(program, values, (moved, None, *dots))
            shares = [fitted_out(by_field(dot, gives), out) for dot in found]
            return shares[0], *shares[2:]

        return out, evaluated_pushforward

    return reverse, forward


def refused(name: str, why: str, fix: str) -> RuleError:
    """Return the error for a call that has no derivative."""
    return RuleError(
        "ADJ202",
        title=f"`{name}` has no derivative here",
        why=why,
        fixes=(fix, "register a rule of your own"),
    )


def refuse(*primals: Any, why: str, fix: str) -> None:
    """Register that functions have no derivative rule, and why; a call with active arguments raises ADJ202.

    Args:
        primals: the functions.
        why: the reason, as in the message and in the table of what is covered.
        fix: what to do instead.
    """

    def refusal(*args: Any, **kwargs: Any) -> Any:
        raise refused(spell(primals[0]), why, fix)

    vars(refusal)["refusal"] = why
    rrule(*primals)(refusal)
    frule(*primals)(refusal)


__all__ = ["composed", "constructed", "evaluated", "lost", "refuse", "refused"]
