"""Second derivatives of what is only known when the program runs: every mode over every mode."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import adjoint

X = np.array([0.7, 1.3, -0.4, 0.9])
DIRECTION = np.array([0.3, -0.5, 0.7, 0.2])


class Vector:
    """A class with operators of its own, none of them linear."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b

    def __add__(self, other: Any) -> Vector:
        return Vector(self.a + other.a, self.b * other.b)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Vector):
            return Vector(self.a * other.a, self.b * other.b + self.a)
        return Vector(self.a * other, self.b * other)

    def __rmul__(self, other: Any) -> Vector:
        return Vector(self.a * other * other, self.b * other)

    def __neg__(self) -> Vector:
        return Vector(-self.a, self.b * self.b)

    def __getitem__(self, i: int) -> Any:
        return (self.a * self.b, self.b**3)[i]

    def __call__(self, t: Any) -> Any:
        return self.a * t**2 + self.b

    def __abs__(self) -> float:
        return math.sqrt(self.a**2 + self.b**2)

    def __iadd__(self, other: Any) -> Vector:
        return Vector(self.a * other.a, self.b)

    @property
    def square(self) -> Any:
        return self.a * self.a * self.b


@dataclass
class Point:
    x: Any
    y: Any = 2.0

    @property
    def cube(self) -> Any:
        return self.x**3 * self.y


class Row(NamedTuple):
    u: Any
    v: Any


def things(x: Any) -> list[Any]:
    return [Vector(x[0], x[1]), 3.0, Vector(x[2], x[3]), x[1] * 2]


def operators(x: Any) -> Any:
    first, _, second, number = things(x)
    return (first * second).b + (number * first).a + (-first).b + first[0] * second[1] + abs(second)


def augmented(x: Any) -> Any:
    items = things(x)
    total = items[0]
    total += items[2]
    number = items[3]
    number *= items[3]
    number **= 2
    return total.a * total.b * number


def array_in_place(x: Any) -> Any:
    weights = np.exp(np.outer(x, x))
    weights /= weights.sum(-1, keepdims=True)
    return weights[0, 1] * x[2]


def mixed_calls(x: Any) -> Any:
    return sum([thing(x[0]) if callable(thing) else thing**2 for thing in things(x)])


def sum_of_objects(x: Any) -> Any:
    return sum([Vector(x[0], x[1]), Vector(x[2], x[3])], Vector(x[3], 1.0)).b


def properties(x: Any) -> Any:
    return sum([getattr(thing, "square", thing) for thing in things(x)]) + Point(x[2], x[3]).cube


def records(x: Any) -> Any:
    makers = [Point, Row, Vector]
    point, row, vector = [make(x[i], x[i + 1]) for i, make in enumerate(makers)]
    return point.cube * row._replace(u=x[3]).u * row.v + vector.square


def compositions(x: Any) -> Any:
    def compose(*functions: Any) -> Any:
        return lambda t: functools.reduce(lambda value, f: f(value), functions, t)

    return compose(np.sin, lambda t: t * x[1], lambda t: t**2 + x[0])(x[2])


def partials(x: Any) -> Any:
    functions = {"a": math.sin, "b": functools.partial(math.pow, x[1] ** 2)}
    scale = functools.partial(operator.mul, x[2] * x[3])
    return functions["a"](x[0]) * functions["b"](x[2]) + scale(x[0])


def callers(x: Any) -> Any:
    return operator.methodcaller("dot", x)(x**2) + operator.methodcaller("sum")(x * x) * x[0]


def getters(x: Any) -> Any:
    rows = [Row(x[0], x[1]), Row(x[2], x[3])]
    return operator.attrgetter("u")(rows[1]) ** 2 * operator.itemgetter(1)(rows[0])


def walks(x: Any) -> Any:
    kept = sum(itertools.takewhile(lambda v: v > 0, [v * x[1] for v in x]))
    pairs = math.prod([b - a for a, b in itertools.pairwise(x)])
    return kept * pairs + sorted(x, key=lambda v: v * v)[0] * max(x, key=abs)


def made_elsewhere(x: Any) -> Any:
    def squares(values: Any) -> Any:
        return [value * value * x[3] for value in values]

    return [squares, 1.0][0](x[:3])[1] * {"f": squares}["f".lower()](x[1:])[0]


def apply_everywhere(x: Any) -> Any:
    each = np.vectorize(lambda a, b: a * b**2 if b > 0 else a**3)(x, x[::-1]).sum()
    rows = np.apply_along_axis(lambda row: (row * row * row[0]).sum(), 0, x.reshape(2, 2)).sum()
    pieces = np.piecewise(x, [x < 0, x >= 0], [lambda t: t**3, lambda t: t**2 * np.sin(t)]).sum()
    return each * pieces + rows


#: Builtins that call a function for every item.
CALLERS: dict[str, Callable[[Any], Any]] = {
    "map": lambda x: math.prod(map(lambda a, b: a * b + x[0], x, x[::-1])),
    "map of a builtin": lambda x: sum(map(operator.mul, x, x)) + sum(map(pow, x, [2, 3, 2, 3])),
    "reduce": lambda x: functools.reduce(operator.mul, x) * functools.reduce(lambda a, b: a * b + a, x, 1.0),
    "reduce of objects": lambda x: functools.reduce(operator.mul, [Vector(x[0], x[1]), Vector(x[2], x[3])]).b,
    "starmap": lambda x: sum(itertools.starmap(lambda a, b: a * b**2, zip(x, x[::-1], strict=True))),
    "accumulate": lambda x: list(itertools.accumulate(x, operator.mul))[-1],
    "accumulate from": lambda x: list(itertools.accumulate(x, lambda a, b: a * b + x[1], initial=x[0]))[-1],
    "accumulate sums": lambda x: sum(itertools.accumulate(x * x)),
}

PROGRAMS: dict[str, Callable[[Any], Any]] = {
    f.__name__: f
    for f in (
        operators,
        augmented,
        array_in_place,
        mixed_calls,
        sum_of_objects,
        properties,
        records,
        compositions,
        partials,
        callers,
        getters,
        walks,
        made_elsewhere,
        apply_everywhere,
    )
} | CALLERS


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=PROGRAMS)
def test_second_derivatives(f: Callable[[Any], Any]) -> None:
    gradient = adjoint.grad(f)
    step = 1e-5 * DIRECTION
    slopes = [(f(X + 1e-6 * e) - f(X - 1e-6 * e)) / 2e-6 for e in np.eye(4)]
    np.testing.assert_allclose(gradient(X), slopes, rtol=1e-5, atol=1e-7)
    expected = (gradient(X + step) - gradient(X - step)) / 2e-5

    def along(x: Any) -> Any:
        return adjoint.jvp(f, (x,), (DIRECTION,))[1]

    found = {
        "forward over reverse": adjoint.jvp(gradient, (X,), (DIRECTION,))[1],
        "reverse over reverse": adjoint.vjp(gradient, X)[1](DIRECTION)[0],
        "reverse over forward": adjoint.grad(along)(X),
    }
    for name, value in found.items():
        np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-7, err_msg=name)
    twice = adjoint.jvp(along, (X,), (DIRECTION,))[1]
    np.testing.assert_allclose(twice, DIRECTION @ expected, rtol=1e-6, atol=1e-7)


def test_objects_that_are_unpacked() -> None:
    class Pair:
        def __init__(self, a: Any, b: Any) -> None:
            self.a, self.b = a, b

        def __iter__(self) -> Any:
            return iter([self.a * self.b, self.a**2])

    def f(x: Any) -> Any:
        first, second = Pair(x[0], x[1])
        return first * second + sum([a * b for a, b in [Pair(x[1], x[2]), Pair(x[2], x[3])]])

    slopes = [(f(X + 1e-6 * e) - f(X - 1e-6 * e)) / 2e-6 for e in np.eye(4)]
    np.testing.assert_allclose(adjoint.grad(f)(X), slopes, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(adjoint.jvp(f, (X,), (DIRECTION,))[1], slopes @ DIRECTION, rtol=1e-6)


def test_unpacking_an_object_nobody_knew_of_is_refused() -> None:
    class Pair:
        def __init__(self, a: Any) -> None:
            self.a = a

        def __iter__(self) -> Any:
            return iter([self.a, self.a**2])

    def f(x: Any, choice: int) -> Any:
        a, b = [Pair(x[0]), [x[1], x[2]]][choice]
        return a * b

    np.testing.assert_allclose(adjoint.grad(f)(X, 1), [0, X[2], X[1], 0])
    with pytest.raises(adjoint.AdjointError, match="unpacking a `Pair`"):
        adjoint.grad(f)(X, 0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, g=None: x * x if g is None else g(x),
        lambda x, g=None: g is not None and g(x) or x * x,
        lambda x, g=None: x * x if g is None or g(x) is None else g(x),
    ],
    ids=["conditional", "and", "or"],
)
def test_a_call_that_is_never_made_needs_no_rule(f: Callable[..., Any]) -> None:
    assert adjoint.grad(f)(3.0) == 6.0
    assert adjoint.jvp(f, (3.0,), (1.0,))[1] == 6.0


def squares(values: Any) -> Any:
    return [value * value for value in values]


def one_way_without_the_list(x: Any) -> Any:
    values = squares([x, 2.0 * x])
    if x > 0:
        return x * x * x
    return values[0]


def an_item_read_at_run_time(x: Any) -> Any:
    return [operator.itemgetter(1), 2.0][0](squares([x, 2.0 * x]))


@pytest.mark.parametrize("f", [one_way_without_the_list, an_item_read_at_run_time])
def test_a_list_of_which_little_is_needed_gets_zeros_for_the_rest(f: Callable[[Any], Any]) -> None:
    slope = (f(0.7 + 1e-6) - f(0.7 - 1e-6)) / 2e-6
    assert adjoint.grad(f)(0.7) == pytest.approx(slope, rel=1e-8)
    assert adjoint.grad(adjoint.grad(f))(0.7) == pytest.approx(4.2 if slope < 2 else 8.0)


class Powers:
    """Hands out items by an iterator."""

    def __init__(self, base: Any) -> None:
        self.base = base

    def __iter__(self) -> Any:
        return iter((self.base, self.base**2, self.base**3))


class Multiples:
    """Hands out items by index, until there is none."""

    def __init__(self, base: Any) -> None:
        self.base = base

    def __getitem__(self, i: int) -> Any:
        if i > 2:
            raise IndexError
        return self.base * self.base * (i + 1)


def unpacked_object(x: Any) -> Any:
    a, b, c = Powers(x)
    return a * b - c * c


def looped_object(x: Any) -> Any:
    total = 0.0
    for u in Multiples(x):
        total += u * u * x
    return total


def summed_objects(x: Any) -> Any:
    return sum(Powers(x)) * sum(Multiples(x), x) + list(Multiples(x))[1] * tuple(Powers(x))[2]


@pytest.mark.parametrize("f", [unpacked_object, looped_object, summed_objects])
def test_objects_that_hand_out_their_items(f: Callable[[Any], Any]) -> None:
    gradient = adjoint.grad(f)
    expected = (gradient(0.7 + 1e-6) - gradient(0.7 - 1e-6)) / 2e-6
    assert adjoint.grad(gradient)(0.7) == pytest.approx(expected, rel=1e-7)
    assert adjoint.jvp(gradient, (0.7,), (1.0,))[1] == pytest.approx(expected, rel=1e-7)
    assert adjoint.grad(lambda x: adjoint.jvp(f, (x,), (1.0,))[1])(0.7) == pytest.approx(expected, rel=1e-7)


def along(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the derivative of a function in the direction of these tests."""
    return lambda x: adjoint.jvp(f, (x,), (DIRECTION,))[1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_third_derivatives(name: str) -> None:
    f, step = PROGRAMS[name], 1e-4 * DIRECTION
    second = along(adjoint.grad(f))
    expected = (second(X + step) - second(X - step)) / 2e-4
    found = {
        "reverse, forward, forward": adjoint.grad(along(along(f)))(X),
        "forward, reverse, forward": along(adjoint.grad(along(f)))(X),
        "reverse, reverse, reverse": adjoint.vjp(
            lambda x: adjoint.vjp(adjoint.grad(f), x)[1](DIRECTION)[0], X
        )[1](DIRECTION)[0],
    }
    for way, value in found.items():
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-5, err_msg=way)
