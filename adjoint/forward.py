"""The forward transforms a user calls: jvp and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adjoint.api import specializer_of
from adjoint.compiling.linemap import annotate
from adjoint.compiling.mirror import conform, mirror
from adjoint.compiling.specialize import Plan, Specializer, as_real, is_integer, run
from adjoint.compiling.target import Slot, bind, target_of, value_at
from adjoint.rules.boxes import Box, boxing
from adjoint.rules.errors import ArgumentError
from adjoint.rules.forward import filled


def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], **kwargs: Any
) -> tuple[Any, Any]:
    """Evaluate ``f`` and push tangents of its arguments through it.

    Args:
        f: function of any number of arguments with any output.
        primals: the positional arguments.
        tangents: one direction for each of them, in its shape or structure; ``None`` is zero.
        kwargs: keyword arguments; constants.

    Returns:
        The value, and the derivative of the value in the direction of the tangents.

    Raises:
        ArgumentError: ADJ302, a tangent does not fit its argument.
        LanguageError, RuleError, SourceError: the function cannot be differentiated.

    Example:
        >>> jvp(lambda a, b: a * b, (2.0, 3.0), (1.0, None))
        (6.0, 3.0)
    """
    primals, tangents = tuple(primals), tuple(tangents)
    if len(primals) != len(tangents):
        raise ArgumentError(
            "ADJ302",
            title=f"jvp got {len(primals)} arguments and {len(tangents)} tangents",
            why="every positional argument has one tangent; None stands for zero.",
            fixes=("pass tangents as a sequence as long as the arguments",),
        )
    wrt = tuple(i for i, tangent in enumerate(tangents) if tangent is not None)
    if not wrt:
        y = f(*primals, **kwargs)
        return y, mirror(y, None)
    y, y_dot = pushed(specializer_of(f, wrt), primals, kwargs, [tangents[i] for i in wrt])
    return y, mirror(y, y_dot)


def pushed(specializer: Specializer, args: Any, kwargs: Any, tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return value and tangent of a function, given the tangents of the variables it is specialised to."""
    plan = specializer.plan("forward", args, kwargs)
    dots = argument_dots(plan, specializer, args, kwargs, tangents, checked)
    with boxing(None):
        return run_forward(plan, dots, specializer, args, kwargs)


def pushed_boxes(
    specializer: Specializer,
    args: Any,
    kwargs: Any,
    tangents: Sequence[Any],
    wrap: Callable[[Any], Box],
    plan: Plan | None = None,
) -> tuple[Any, Any]:
    """Return the same for boxes in the place of the tangents of numbers and arrays.

    ``wrap`` makes a box of a plain tangent that will be changed in place; ``plan`` is the specialisation
    for these arguments where it is at hand.

    Raises:
        Unboxable: something on the way takes one tangent only.
    """
    plan = specializer.plan("boxed", args, kwargs) if plan is None else plan
    dots = argument_dots(plan, specializer, args, kwargs, tangents, unchecked)
    with boxing(wrap):
        return run_forward(plan, dots, specializer, args, kwargs)


def run_forward(plan: Plan, dots: Any, specializer: Specializer, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Run a pushforward."""
    function = plan.compiled.pushforward
    try:
        result: tuple[Any, Any] = run(
            plan, lambda *values, **named: function(*dots, *values, **named), specializer, args, kwargs
        )
    except Exception as error:
        raise annotate(error)  # noqa: B904 - the same exception, with a note
    return result


def checked(value: Any, tangent: Any, place: Slot) -> Any:
    """Check that a tangent fits, and return it."""
    return conform(value, tangent, named(place), "tangent")


def unchecked(value: Any, tangent: Any, place: Slot) -> Any:
    """Return a tangent made for its value."""
    return tangent


def argument_dots(
    plan: Plan,
    specializer: Specializer,
    args: Any,
    kwargs: Any,
    tangents: Sequence[Any],
    fitted: Callable[[Any, Any, Slot], Any],
) -> list[Any]:
    """Return the tangents of a function's active parameters, in their order and complete."""
    shares: dict[str, Any] = {}
    if plan.indices is not None:
        for place, index, tangent in zip(plan.places, plan.indices, tangents, strict=True):
            shares[place[0]] = filled(fitted(args[index], tangent, place), args[index])
        return [shares.get(name) for name in plan.compiled.active]
    target = target_of(specializer.f)
    bound = bind(target, args, kwargs)
    for place, tangent in zip(plan.places, tangents, strict=True):
        value = value_at(bound, place, target.signature)
        value = as_real(value) if is_integer(value) else value
        share = filled(fitted(value, tangent, place), value)
        name, part = place
        if part is None:
            shares[name] = share
        else:
            shares.setdefault(name, like(bound.arguments[name]))[part] = share
    return [as_bound(shares.get(name), bound.arguments.get(name)) for name in plan.compiled.active]


def named(place: Slot) -> str:
    """Return how a variable is called in messages."""
    return f"`{place[0]}`" if place[1] is None else f"`{place[0]}[{place[1]!r}]`"


def like(arguments: Any) -> Any:
    """Return the empty tangent of ``*args`` or ``**kwargs``, to be filled in."""
    return {} if isinstance(arguments, dict) else [None] * len(arguments)


def as_bound(share: Any, arguments: Any) -> Any:
    """Return the tangent of ``*args`` as a tuple."""
    return tuple(share) if isinstance(arguments, tuple) and isinstance(share, list) else share


__all__ = ["jvp", "pushed"]
