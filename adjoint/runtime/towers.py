"""Towers: values with their derivatives in several directions, one direction inside the other.

A tower of height one is ``(x, x_dot)``.  One of height two is ``((x, x_dot), (x_e, x_dot_e))``: the pair, and
the derivative of the pair in a further direction.  So on: the second half of a tower is the derivative
of the first in the outermost direction; ``None`` stands for zero, for any part and any half.
What stands in the outermost direction may be anything that an algebra carries, such as Taylor series.

>>> flat(((1.0, 2.0), None), 2)
[1.0, 2.0, None, None]
>>> over(2, lambda x: x[0], lambda x_dot: x_dot[1], (((1.0, 'n'), (2.0, 3.0)), None))
((1.0, 3.0), None)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.rules import forward
from adjoint.rules.containers import part
from adjoint.rules.runtime import add, zeros_like

Tower = tuple[Any, Any]


def height_of(push: Any) -> int:
    """Return the height of the towers that a function takes which calls functions on towers."""
    return getattr(push, "height", 1)


def algebra_of(push: Any) -> Any:
    """Return what carries the outermost direction if that is not an ordinary derivative."""
    return getattr(getattr(push, "bottom", push), "__self__", None)


def flat(tower: Any, height: int) -> list[Any]:
    """Return the value and all derivatives; the last half are those in the outermost direction."""
    if height == 0:
        return [tower]
    if tower is None:
        return [None] * 2**height
    return [*flat(tower[0], height - 1), *flat(tower[1], height - 1)]


def assembled(parts: list[Any]) -> Any:
    """Return the tower of a value and all its derivatives."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    still = all(each is None for each in parts[middle:])
    return assembled(parts[:middle]), None if still else assembled(parts[middle:])


def value_of(tower: Any, height: int) -> Any:
    """Return the value under all its derivatives."""
    for _ in range(height):
        tower = tower[0]
    return tower


def still(x: Any, height: int) -> Any:
    """Return the tower of a constant."""
    return assembled([x, *[None] * (2**height - 1)])


def rebased(tower: Any, height: int, value: Any) -> Any:
    """Return a tower with another value under the same derivatives."""
    return assembled([value, *flat(tower, height)[1:]])


def over(height: int, first: Callable[..., Any], others: Callable[..., Any], *towers: Any) -> Any:
    """Return the tower of what ``first`` makes of values and ``others`` of their derivatives.

    Where none of the towers has a derivative the result has none either.
    """
    columns = list(zip(*(flat(tower, height) for tower in towers), strict=True))
    parts = [None if all(each is None for each in column) else others(*column) for column in columns[1:]]
    return assembled([first(*columns[0]), *parts])


def item(tower: Any, height: int, key: Any) -> Any:
    """Return the item of a container that does not hold functions of ours."""
    return over(height, lambda x: x[key], lambda dot: part(dot, key), tower)


def split(tower: Any, height: int) -> tuple[Any, Any]:
    """Return the towers of the value and of its derivative in the innermost direction."""
    parts = flat(tower, height)
    dots = parts[1::2]
    return assembled(parts[::2]), None if all(each is None for each in dots) else assembled(dots)


def joined(values: Any, dots: Any, height: int) -> Any:
    """Undo `split`."""
    first, second = flat(values, height - 1), flat(dots, height - 1)
    return assembled([each for pair in zip(first, second, strict=True) for each in pair])


def filled(push: Any, tower: Any, like: Any) -> Any:
    """Return a tower of a tangent without missing parts; a direction without any keeps none."""
    parts = flat(tower, height_of(push))
    rest = [None if dot is None else filling(push, i)(dot, like) for i, dot in enumerate(parts) if i]
    return assembled([forward.filled(parts[0], like), *rest])


def filling(push: Any, place: int) -> Any:
    """Return what completes the derivative at a place of a tower."""
    algebra, outermost = algebra_of(push), place >= 2 ** height_of(push) // 2
    return forward.filled if algebra is None or not outermost else algebra.filled


def items_of(push: Any, x: Any, items: list[Any], tower: Any) -> list[list[Any]]:
    """Return for the value and every derivative of a sequence what belongs to each of its items."""
    height, algebra = height_of(push), algebra_of(push)
    rows = [forward.dots_of(items, each) for each in flat(tower, height)]
    if algebra is not None:
        middle = len(rows) // 2
        rows[middle:] = [algebra.items(x, items, each) for each in flat(tower, height)[middle:]]
    return rows


def grounded(tower: Any, height: int) -> Any:
    """Return the tower of a cotangent whose value is structurally zero while a derivative is not."""
    parts = flat(tower, height)
    moving = [each for each in parts if each is not None]
    return rebased(tower, height, zeros_like(moving[0])) if parts[0] is None and moving else tower


def summed(push: Any, a: Any, b: Any) -> Any:
    """Return the sum of two towers of cotangents, either of which may be nothing."""
    height = height_of(push)
    if all(each is None for each in flat(a, height)):
        return b
    if all(each is None for each in flat(b, height)):
        return a
    return push(still(add, height), a, b)
