"""Forward rules of what generated code calls, so that generated code can be differentiated itself.

Each function here is linear in its cotangents (or tangents); of the primal values beside them only the
form matters.  ``kind`` says what the compiler would otherwise not know of the result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.rules.containers import (
    copied,
    instantiate,
    kept,
    merged,
    owned,
    part,
    pop,
    restricted,
    unpacked,
    without,
)
from adjoint.rules.forward import filled, real_part, spread, total, zero_tangent
from adjoint.rules.kinds import (
    Array,
    Dict,
    Kind,
    Known,
    List,
    Object,
    Scalar,
    Tuple,
    Unknown,
    is_number,
    with_active,
)
from adjoint.rules.registry import frule, linear
from adjoint.rules.runtime import add, strong_dot, strong_product, strong_quotient, unbroadcast, zeros_like

FLOAT = np.dtype(float)


def real(kind: Kind) -> Kind:
    """Return the kind of a cotangent of a number: a float of its form."""
    match kind:
        case Known(value) if isinstance(value, int | float | complex):
            return Scalar(np.dtype(complex if isinstance(value, complex) else float), None)
        case Scalar(dtype):
            return Scalar(dtype if dtype.kind in "fc" else FLOAT, None)
        case Array(dtype, dims):
            return Array(dtype if dtype is None or dtype.kind in "fc" else FLOAT, dims)
        case _:
            return Unknown()


def like(kind: Kind) -> Kind:
    """Return the kind of a complete tangent or cotangent of a value of this kind."""
    if is_number(kind):
        return real(kind)
    return Tuple(tuple(map(like, kind.items))) if isinstance(kind, Tuple) else Unknown()


def elementwise(a: Kind, b: Kind) -> Kind:
    """Return the kind of an elementwise combination of two values."""
    a, b = real(with_active(a, False)), real(with_active(b, False))
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Unknown()
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return Scalar(np.result_type(a.dtype, b.dtype), None)
    if isinstance(a, Scalar) or isinstance(b, Scalar):
        return b if isinstance(a, Scalar) else a
    assert isinstance(a, Array) and isinstance(b, Array)
    return (
        a if a == b else Array(a.dtype if a.dtype == b.dtype else None, a.dims if a.dims == b.dims else None)
    )


def item(bar: Kind, key: Kind) -> Kind:
    """Return the kind of an item of a container's cotangent."""
    if isinstance(key, Known):
        if isinstance(bar, Tuple) and isinstance(key.value, int) and key.value < len(bar.items):
            return bar.items[key.value]
        entries: dict[Any, Kind] = {}
        if isinstance(bar, Object | Dict):
            entries = dict((bar.fields if isinstance(bar, Object) else bar.items) or ())
        return entries.get(key.value, Unknown())
    return Unknown()


@frule(unbroadcast, kind=lambda x_bar, x: real(x))
def unbroadcast_rule(x_bar: Any, x: Any) -> Any:
    """Linear in the cotangent."""
    out = unbroadcast(x_bar, x)

    def unbroadcast_pushforward(x_bar_dot: Any, x_dot: Any) -> Any:
        return unbroadcast(x_bar_dot, x), None

    return out, unbroadcast_pushforward


@frule(strong_product, kind=lambda x_bar, partial: elementwise(x_bar, partial))
def strong_product_rule(x_bar: Any, partial: Any) -> Any:
    """A product; a zero in either factor stays a strong zero."""
    out = strong_product(x_bar, partial)

    def product_pushforward(x_bar_dot: Any, partial_dot: Any) -> Any:
        return strong_product(x_bar_dot, partial), strong_product(x_bar, partial_dot)

    return out, product_pushforward


@frule(strong_quotient, kind=lambda x_bar, y: elementwise(x_bar, y))
def strong_quotient_rule(x_bar: Any, y: Any) -> Any:
    """A quotient; a zero above stays a strong zero."""
    out = strong_quotient(x_bar, y)

    def quotient_pushforward(x_bar_dot: Any, y_dot: Any) -> Any:
        return strong_quotient(x_bar_dot, y), -strong_quotient(out * y_dot, y)

    return out, quotient_pushforward


@frule(strong_dot, kind=lambda x_bar, partial: Scalar(FLOAT, None))
def strong_dot_rule(x_bar: Any, partial: Any) -> Any:
    """The sum of a strong product."""
    out = strong_dot(x_bar, partial)

    def dot_pushforward(x_bar_dot: Any, partial_dot: Any) -> Any:
        return strong_dot(x_bar_dot, partial), strong_dot(x_bar, partial_dot)

    return out, dot_pushforward


@frule(zeros_like, kind=lambda x: like(x))
def zeros_like_rule(x: Any) -> Any:
    """A constant."""
    out = zeros_like(x)

    def zeros_pushforward(x_dot: Any) -> Any:
        return None

    return out, zeros_pushforward


@frule(add, when=lambda a, b: is_number(a) and is_number(b), kind=lambda a, b: elementwise(a, b))
def add_rule(a: Any, b: Any) -> Any:
    """The sum of two cotangents."""
    out = add(a, b)

    def add_pushforward(a_dot: Any, b_dot: Any) -> Any:
        return a_dot, b_dot

    return out, add_pushforward


@frule(add, when=lambda a, b: not (is_number(a) and is_number(b)))
def add_containers_rule(a: Any, b: Any) -> Any:
    """The sum of two cotangents of a container; called, never pasted: such tangents add by item."""
    if b is None:
        return a, lambda a_dot, b_dot: (a_dot, None)
    return add(a, b), lambda a_dot, b_dot: (a_dot, b_dot)


@frule(instantiate, kind=lambda bar, x: like(x))
def instantiate_rule(bar: Any, x: Any) -> Any:
    """Linear in the cotangent."""
    out = instantiate(bar, x)

    def instantiate_pushforward(bar_dot: Any, x_dot: Any) -> Any:
        return instantiate(bar_dot, x), None

    return out, instantiate_pushforward


def owned_kind(bar: Kind, zero: Kind) -> Kind:
    """Return the kind of an owned cotangent: that of the zero, unless it says nothing of the items."""
    if zero == Dict(()) and isinstance(bar, Dict | Unknown):
        return bar
    return List(Unknown()) if isinstance(zero, List) and zero.element in (None, Known(None)) else zero


@frule(owned, kind=owned_kind)
def owned_rule(bar: Any, zero: Any) -> Any:
    """Linear in the cotangent; the tangent is a buffer of its own, too."""
    out = owned(bar, zero)

    def owned_pushforward(bar_dot: Any, zero_dot: Any) -> Any:
        return owned(bar_dot, zero_tangent(out)), None

    return out, owned_pushforward


@frule(copied, kind=lambda x: x)
def copied_rule(x: Any) -> Any:
    """The tangent of an object is a dict of its fields."""
    out = copied(x)

    def copied_pushforward(x_dot: Any) -> Any:
        return dict(x_dot)

    return out, copied_pushforward


@frule(merged)
def merged_rule(bar: Any, x: Any, replaced: Any) -> Any:
    """Linear in the cotangent."""
    out = merged(bar, x, replaced)

    def merged_pushforward(bar_dot: Any, x_dot: Any, replaced_dot: Any) -> Any:
        return merged(bar_dot, x, replaced), None, None

    return out, merged_pushforward


@frule(unpacked)
def unpacked_rule(x: Any, bars: Any, star: Any) -> Any:
    """Linear in the cotangents."""
    out = unpacked(x, bars, star)

    def unpacked_pushforward(x_dot: Any, bars_dot: Any, star_dot: Any) -> Any:
        return None, unpacked(x, bars_dot, star), None

    return out, unpacked_pushforward


@frule(restricted)
def restricted_rule(bars: Any, x: Any) -> Any:
    """Linear in the cotangents."""
    out = restricted(bars, x)

    def restricted_pushforward(bars_dot: Any, x_dot: Any) -> Any:
        return restricted(bars_dot, x), None

    return out, restricted_pushforward


@frule(part, kind=item)
def part_rule(bar: Any, key: Any) -> Any:
    """Linear in the cotangent."""
    out = part(bar, key)

    def part_pushforward(bar_dot: Any, key_dot: Any) -> Any:
        return part(bar_dot, key), None

    return out, part_pushforward


linear(kept, without, pop)


# --- forward mode's own helpers ------------------------------------------------------------------
@frule(filled, kind=lambda x_dot, x: like(x))
def filled_rule(x_dot: Any, x: Any) -> Any:
    """Linear in the tangent."""
    out = filled(x_dot, x)

    def filled_pushforward(x_dot_dot: Any, x_dot_2: Any) -> Any:
        return filled(x_dot_dot, x), None

    return out, filled_pushforward


@frule(spread, kind=lambda x_dot, value: real(value))
def spread_rule(x_dot: Any, value: Any) -> Any:
    """Linear in the tangent."""
    out = spread(x_dot, value)

    def spread_pushforward(x_dot_dot: Any, value_dot: Any) -> Any:
        return spread(x_dot_dot, value), None

    return out, spread_pushforward


@frule(real_part, kind=lambda x_dot, value: real(value))
def real_part_rule(x_dot: Any, value: Any) -> Any:
    """Linear in the tangent."""
    out = real_part(x_dot, value)

    def real_part_pushforward(x_dot_dot: Any, value_dot: Any) -> Any:
        return real_part(x_dot_dot, value), None

    return out, real_part_pushforward


@frule(zero_tangent, kind=lambda x: like(x))
def zero_tangent_rule(x: Any) -> Any:
    """A constant."""
    out = zero_tangent(x)

    def zero_pushforward(x_dot: Any) -> Any:
        return None

    return out, zero_pushforward


linear(total)


def form_only(*functions: Callable[..., Any], moving: int = 0, template: int | None = None) -> None:
    """Declare functions linear in one argument and, locally, constant in all others.

    Args:
        functions: without ``*args``.
        moving: position of the argument they are linear in.
        template: position of the argument whose form the result has, if there is one.
    """
    for function in functions:
        frule(function, kind=None if template is None else kind_of_template(function, template))(
            pushed(function, moving)
        )


def pushed(function: Callable[..., Any], moving: int) -> Callable[..., Any]:
    """Return the forward rule of a function that is linear in its argument number ``moving``."""

    def rule(*args: Any, **kwargs: Any) -> Any:
        def pushforward(*dots: Any) -> Any:
            contributions: list[Any] = [None] * len(dots)
            if dots[moving] is not None:
                moved = (*args[:moving], dots[moving], *args[moving + 1 :])
                contributions[moving] = function(*moved, **kwargs)
            return tuple(contributions)

        return function(*args, **kwargs), pushforward

    rule.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return rule


def kind_of_template(function: Callable[..., Any], template: int) -> Callable[..., Kind]:
    """Return the function that gives the kind of the result from the kinds of the arguments."""
    name = list(inspect.signature(function).parameters)[template]
    return lambda **kinds: like(kinds[name])
