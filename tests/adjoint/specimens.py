"""Classes and calls for the tests of the run-time path."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import operator
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from adjoint.rules.containers import build_list, build_tuple
from adjoint.rules.errors import Problem
from adjoint.runtime.structural import augmented

A = np.array([0.3, -1.2, 2.1])
M = np.array([[0.5, -1.1, 0.3], [1.7, 0.2, -0.6]])


class Point(NamedTuple):
    x: float
    y: float = 0.5


@dataclass
class Spring:
    stiffness: float
    length: float = 1.0
    tags: list[Any] = field(default_factory=list)

    @property
    def double(self) -> float:
        return 2.0 * self.stiffness

    def energy(self, x: float) -> float:
        return 0.5 * self.stiffness * (x - self.length) ** 2


@dataclass(frozen=True)
class Disc:
    radius: float
    unit: str = "m"


@dataclass
class Ring:
    inner: float
    width: dataclasses.InitVar[float]
    outer: float = field(init=False)

    def __post_init__(self, width: float) -> None:
        self.outer = self.inner + width * width


class Counter:
    step = 2.0

    def __init__(self, gain: float, *, offset: float = 0.25) -> None:
        self.gain = gain
        self.offset = offset * gain
        self.calls = 0

    def __call__(self, x: float) -> float:
        return self.gain * x * x + self.offset

    def scaled(self, x: float, by: float = 3.0) -> float:
        return self.gain * x * by

    @property
    def inverse(self) -> float:
        return 1.0 / self.gain

    @functools.cached_property
    def square(self) -> float:
        return self.gain * self.gain

    @property
    def function(self) -> Any:
        return self.scaled

    @classmethod
    def unit(cls, x: float) -> Any:
        return cls(x, offset=x)

    @staticmethod
    def cube(x: float) -> float:
        return x * x * x


class Louder(Counter):
    def __init__(self, gain: float, extra: float) -> None:
        super().__init__(gain, offset=extra)
        self.extra = self.gain * extra

    def __call__(self, x: float) -> float:
        return super().__call__(x) * self.extra + super().inverse


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(self.x + other.x, self.y + other.y)

    def __radd__(self, other: float) -> Any:
        return Vector(self.x + other, self.y + other)

    def __mul__(self, factor: float) -> Any:
        return Vector(self.x * factor, self.y * factor)

    def __neg__(self) -> Any:
        return Vector(-self.x, -self.y)

    def __abs__(self) -> float:
        return float(np.sqrt(self.x * self.x + self.y * self.y))

    def __getitem__(self, k: int) -> float:
        return (self.x, self.y)[k]

    def __len__(self) -> int:
        return 2


class Swapped(Vector):
    """A subclass whose reflected operator goes first."""

    __slots__ = ()

    def __radd__(self, other: Any) -> Any:
        return Swapped(other.x * self.x, other.y + self.y)


class Bag:
    def __init__(self, *items: float) -> None:
        self.items = list(items)

    def __iter__(self) -> Iterator[float]:
        return iter(self.items)


class Countdown:
    """An iterator written in Python: walking over it changes it."""

    def __init__(self, value: float) -> None:
        self.value = value
        self.left = 3

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> float:
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        return self.value * self.left


class Lookup:
    def __init__(self, values: dict[str, float]) -> None:
        self.values = values

    def __getattr__(self, name: str) -> float:
        values = self.__dict__.get("values", {})
        if name not in values:
            raise AttributeError(name)
        return values[name] * 2.0


def square(x: Any) -> Any:
    return x * x


def combine(x: Any, y: Any, /, z: Any = 2.0, *rest: Any, scale: Any = 1.0, **more: Any) -> Any:
    total = x * y + z * scale
    for item in rest:
        total = total + item * item
    for value in more.values():
        total = total * value
    return total


def positive(x: float) -> bool:
    return x > 0.0


def sub(x: float, y: float) -> float:
    return x - y * y


def problem() -> Problem:
    """A refusal, as generated code hands one to an augmented assignment."""
    return Problem("ADJ102", "title", "f.py", 1, 0, 1, 1, "f", "", "why")


Call = tuple[tuple[Any, ...], dict[str, Any]]


def of(*args: Any, **kwargs: Any) -> Call:
    """One call of an entry of the table."""
    return args, kwargs


#: Calls of every builtin that the run-time path knows by its structure.
STRUCTURE: dict[Any, list[Call]] = {
    getattr: [
        of(Spring(0.7, 1.3), "stiffness"),
        of(Spring(0.7, 1.3), "double"),
        of(Counter(0.7), "square"),
        of(Counter(0.7), "step"),
        of(Point(0.7, 1.3), "y"),
        of(A, "T"),
        of(M, "real"),
        of(0.7, "real"),
        of(Spring(0.7), "missing", 0.4),
        of(Lookup({"a": 0.7}), "a"),
        of(types.SimpleNamespace(a=0.7, b=0.3), "a"),
    ],
    vars: [of(Spring(0.7, 1.3))],
    operator.getitem: [
        of((0.7, 1.3), -1),
        of([0.7, 1.3, 0.1], slice(None, None, 2)),
        of({"a": 0.7, "b": A}, "b"),
        of(Point(0.7, 1.3), 0),
        of(Vector(0.7, 1.3), 1),
    ],
    operator.add: [
        of([0.7], [1.3, 0.1]),
        of((0.7,), (1.3, A)),
        of(Point(0.7, 1.3), (0.1,)),
        of(Vector(0.7, 1.3), Vector(0.1, 0.2)),
        of(0.7, Vector(0.1, 0.2)),
        of(Vector(0.7, 1.3), Swapped(0.1, 0.2)),
        of(Swapped(0.7, 1.3), Vector(0.1, 0.2)),
    ],
    operator.mul: [of([0.7, 1.3], 3), of(2, (0.7, A)), of([0.7], 0), of(Vector(0.7, 1.3), 0.1)],
    list: [of((0.7, 1.3)), of(A), of(M), of({"a": 0.7}), of(Bag(0.7, 1.3)), of(Vector(0.7, 1.3)), of()],
    tuple: [of([0.7, 1.3]), of(A), of()],
    iter: [of([0.7, 1.3]), of(A)],
    dict: [
        of({"a": 0.7, "b": 1.3}, b=0.1),
        of(a=0.7),
        of([("a", 0.7), ("b", 1.3), ("a", 0.2)]),
        of([("a", 0.7), ("b", 1.3)], a=0.1),
        of(),
    ],
    dict.fromkeys: [of(["a", "b"], 0.7)],
    dict.get: [of({"a": 0.7}, "a"), of({"a": 0.7}, "b", 0.4), of({"a": 0.7}, "a", 0.4)],
    dict.values: [of({"a": 0.7, "b": A})],
    dict.items: [of({"a": 0.7, "b": A})],
    dict.copy: [of({"a": 0.7, "b": A})],
    list.copy: [of([0.7, A])],
    zip: [
        of([0.7, 1.3], A),
        of((0.7, 1.3), ["a", "b"], [0.1, 0.2]),
        of([0.7], [1.3], strict=True),
        of(Bag(0.7, 1.3), Vector(0.1, 0.2)),
        of(),
    ],
    enumerate: [of([0.7, 1.3]), of(A, 5), of(A, start=2)],
    reversed: [of([0.7, 1.3, 0.1]), of(A)],
    sorted: [of([0.7, -1.3, 0.1]), of(A, key=abs), of([0.7, -1.3, 0.1], key=square, reverse=True)],
    map: [
        of(square, [0.7, 1.3]),
        of(sub, [0.7, 1.3], A),
        of(np.multiply, A, A),
        of(Counter(0.7), [0.7, 1.3]),
        of(functools.partial(sub, 0.7), A),
    ],
    filter: [of(positive, [0.7, -1.3, 0.1]), of(None, [0.7, None, 0.1]), of(positive, A)],
    functools.reduce: [
        of(sub, [0.7, 1.3, 0.1]),
        of(sub, A, 0.4),
        of(sub, [0.7]),
        of(operator.add, [Vector(0.7, 1.3), Vector(0.1, 0.2)]),
    ],
    sum: [
        of([Vector(0.7, 1.3), Vector(0.1, 0.2)], Vector(0.3, 0.4)),
        of([Vector(0.7, 1.3), Vector(0.1, 0.2)], start=Vector(0.3, 0.4)),
        of(Bag(0.7, 1.3)),
        of(Bag(0.7, 1.3), 0.5),
    ],
    operator.or_: [of({"a": 0.7, "b": A}, {"b": 0.1, "c": 0.2})],
    itertools.accumulate: [
        of([0.7, 1.3, 0.1]),
        of(A, operator.mul),
        of([0.7, 1.3], sub, initial=0.2),
        of([]),
    ],
    itertools.chain: [of([0.7, 1.3], A, ()), of()],
    itertools.chain.from_iterable: [of([[0.7, 1.3], (0.1,), A])],
    itertools.combinations: [of([0.7, 1.3, 0.1], 2)],
    itertools.combinations_with_replacement: [of(A, 2)],
    itertools.compress: [of([0.7, 1.3, 0.1], [1, 0, True])],
    itertools.dropwhile: [of(positive, [0.7, 1.3, -0.1, 0.2])],
    itertools.filterfalse: [of(positive, [0.7, -1.3, -0.1]), of(None, [0.7, 0, 0.1])],
    itertools.islice: [of([0.7, 1.3, 0.1], 2), of(A, 0, None, 2)],
    itertools.pairwise: [of([0.7, 1.3, 0.1]), of(A)],
    itertools.permutations: [of([0.7, 1.3, 0.1], 2), of((0.7, A))],
    itertools.product: [of([0.7, 1.3], A), of([0.7, 1.3], repeat=2)],
    itertools.repeat: [of(0.7, 3), of(A, 0)],
    itertools.starmap: [of(sub, [(0.7, 1.3), [0.1, 0.2]]), of(sub, [A[:2]])],
    itertools.takewhile: [of(positive, [0.7, 1.3, -0.1, 0.2])],
    itertools.zip_longest: [of([0.7, 1.3], A, fillvalue=0.5), of([0.7], [1.3, 0.2])],
    **({itertools.batched: [of([0.7, 1.3, 0.1], 2), of(A, 2)]} if sys.version_info >= (3, 12) else {}),
    types.SimpleNamespace: [of(a=0.7, b=A, name="x")],
    build_list: [of(0.7, A, "a"), of()],
    build_tuple: [of(0.7, A)],
    **{
        f: [of(0.7, 1.3)]
        for f in (operator.isub, operator.itruediv, operator.ipow, operator.ifloordiv, operator.imod)
    },
    **{
        f: [of(6, 3)]
        for f in (operator.iand, operator.ior, operator.ixor, operator.ilshift, operator.irshift)
    },
    operator.iadd: [of(0.7, 1.3), of((0.7,), (1.3,))],
    operator.imul: [of(0.7, 1.3), of((0.7, 1.3), 2)],
    augmented: [
        of(operator.add, True, (problem(), problem()), [0.7], [1.3]),
        of(operator.mul, True, (problem(), problem()), A, 0.7),
        of(operator.sub, False, (problem(), problem()), 0.7, 0.4),
    ],
}
