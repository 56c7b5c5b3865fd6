"""Cotangents as the pullback of a call takes them, complete, and as it returns them, in order."""

from __future__ import annotations

from typing import Any

from adjoint.rules.forward import filled

Bars = tuple[Any, tuple[Any, ...], dict[str, Any]]


def complete(bar: Any, value: Any) -> Any:
    """Return the cotangent of a value, or the tangent of one, with zeros for the items that it leaves out.

    >>> complete([None, 1.0], [3.0, 4.0])
    [0.0, 1.0]
    """
    return filled(bar, value) if type(value) in (list, tuple, dict) else bar


def in_place_of(args: tuple[Any, ...], bars: Bars) -> Bars:
    """Return exactly one cotangent for each positional argument."""
    return bars[0], bars[1][: len(args)], bars[2]


def without_middle(bars: Bars, left_out: int, count: int) -> Bars:
    """Leave out the cotangents of the constants between the receiver and the arguments of a method."""
    receiver_bar, *rest = bars[1]
    return None, (receiver_bar, *rest[left_out : left_out + count]), bars[2]


def shifted(bars: Bars, first: Any) -> Bars:
    """Put the cotangent of a receiver in front of those of the arguments."""
    return bars[0], (first, *bars[1]), bars[2]


def without_receiver(bars: Bars) -> Bars:
    """Leave out the cotangent of a new object, which was empty."""
    return bars[0], bars[1][1:], bars[2]


__all__ = ["complete", "in_place_of", "shifted", "without_middle", "without_receiver"]
