"""Classes: inheritance, properties, user operators, iteration, slots, abstract bases, state of local objects."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import abc
import enum
import math
from dataclasses import InitVar, dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
T = TypeVar("T")


class Base(abc.ABC):
    registry: ClassVar[dict] = {}

    def __init__(self, a):
        self.a = a

    @abc.abstractmethod
    def shape(self, x): ...

    def value(self, x):
        return self.a * self.shape(x)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        Base.registry[cls.__name__] = cls


class Quadratic(Base):
    def shape(self, x):
        return x * x


class Shifted(Quadratic):
    def __init__(self, a, shift=0.5):
        super().__init__(a)
        self.shift = shift

    def shape(self, x):
        return super().shape(x - self.shift) + self.shift


class Mixin:
    def doubled(self, x):
        return 2 * self.value(x)


class Mixed(Mixin, Shifted):
    def value(self, x):
        return super().value(x) * self.a

    def __neg__(self):
        return Mixed(-self.a, self.shift)


class Dual:
    __slots__ = ("re", "eps")

    def __init__(self, re, eps=0.0):
        self.re, self.eps = re, eps

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.re + other.re, self.eps + other.eps)

    __radd__ = __add__

    def __mul__(self, other):
        if not isinstance(other, Dual):
            return Dual(self.re * other, self.eps * other)
        return Dual(self.re * other.re, self.re * other.eps + self.eps * other.re)

    __rmul__ = __mul__

    def __sub__(self, other):
        return self + (-1.0) * other

    def __neg__(self):
        return Dual(-self.re, -self.eps)

    def __pow__(self, n):
        return Dual(self.re**n, n * self.re ** (n - 1) * self.eps)

    def __truediv__(self, other):
        return self * other**-1

    def __abs__(self):
        return self if self.re > 0 else -self

    def __lt__(self, other):
        return self.re < other.re

    def __eq__(self, other):
        return self.re == other.re

    def __bool__(self):
        return self.re != 0

    def __float__(self):
        return float(self.re)


class Matrix:
    def __init__(self, rows):
        self.rows = np.asarray(rows)

    def __matmul__(self, other):
        return Matrix(self.rows @ other.rows)

    def __getitem__(self, key):
        return self.rows[key]

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)

    def __contains__(self, value):
        return value in self.rows

    def __call__(self, v):
        return self.rows @ v

    @property
    def T(self):
        return Matrix(self.rows.T)

    @staticmethod
    def identity(n):
        return Matrix(np.eye(n))

    @classmethod
    def diagonal(cls, v):
        return cls(np.diag(v))

    def __iadd__(self, other):
        self.rows = self.rows + other.rows
        return self


class Sequence:
    def __init__(self, *values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __getitem__(self, k):
        return self.values[k] * 2


class Temperature:
    def __init__(self, celsius):
        self._celsius = celsius

    @property
    def kelvin(self):
        return self._celsius + 273.15

    @kelvin.setter
    def kelvin(self, value):
        self._celsius = value - 273.15

    @cached_property
    def squared(self):
        return self._celsius**2


@dataclass
class Body:
    mass: float
    position: np.ndarray
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))
    name: str = "body"

    def kinetic(self):
        return 0.5 * self.mass * self.velocity @ self.velocity

    def moved(self, dt):
        return replace(self, position=self.position + dt * self.velocity)


@dataclass(frozen=True, slots=True)
class Gas:
    t: float
    p: float = 1.0

    def density(self, r=8.3):
        return self.p / (r * self.t)


@dataclass
class Derived:
    a: float
    factor: InitVar[float] = 2.0
    b: float = field(init=False)

    def __post_init__(self, factor):
        self.b = self.a * factor


@dataclass
class Child(Derived):
    c: float = 1.0

    def total(self):
        return self.a * self.b * self.c


class Record(NamedTuple):
    u: float
    v: float = 2.0

    def product(self):
        return self.u * self.v


class Mode(enum.Enum):
    SIN = "sin"
    COS = "cos"

    def apply(self, x):
        return math.sin(x) if self is Mode.SIN else math.cos(x)


class Dynamic:
    scale = 3.0

    def __getattr__(self, name):
        if name.startswith("times_"):
            return lambda x: x * int(name[6:])
        raise AttributeError(name)


def inheritance(x):
    return Shifted(x).value(2.0) * Quadratic(2.0).value(x) + Mixed(x, x * x).doubled(x)


def negated_object(x):
    return (-Mixed(x)).value(x)


def registry(x, name):
    return Base.registry[name](x).value(1.5)


def object_argument(o, x):
    return o.value(x) * o.a


def dual_in_loop(x):
    y = Dual(1.0)
    for k in range(4):
        y = y * Dual(x, 1.0) + k
    return y.eps


def dual_sorted(x):
    ordered = sorted([Dual(3 * x), Dual(x), Dual(2 * x)])
    return ordered[0].re * ordered[2].re


def dual_float(x):
    return float(Dual(x * x)) * x


def matrix_rows(v):
    total = 0.0
    for row in Matrix(np.outer(v, v)):
        total += row[0] * row[1]
    return total + sum(np.sum(r) for r in Matrix(np.outer(v, v)))


def old_iteration(x):
    s = Sequence(x, x * x, 2.0)
    return sum(v * v for v in s) + s[-1] * s[0] * len(s)


def cached_properties(x):
    t = Temperature(x)
    return t.squared * t.squared * x


def dataclass_methods(v):
    b = Body(2.0, v[:2], v[2:])
    for _ in range(3):
        b = b.moved(0.1)
    return b.kinetic() + np.sum(b.position**2)


def dataclass_argument(b):
    return b.kinetic() * b.mass + np.sum(b.moved(0.1).position)


def frozen_slots(x):
    g = Gas(x)
    h = replace(g, p=x * x)
    return g.density() + h.density(r=2.0) * h.t


def frozen_slots_argument(g):
    return g.density() * g.t**2


def post_init(x):
    d = Derived(x, factor=3.0)
    c = Child(x, c=x)
    return d.a * d.b + c.total()


def post_init_argument(c):
    return c.total() * c.b


def dataclass_equality(x):
    return x * x if Gas(1.0) == Gas(1.0, 1.0) else x


def named_tuple_methods(x):
    r = Record(x)
    u, v = r._replace(v=x * x)
    return r.product() * u * v * r[0]


def enumeration(x, mode):
    mode = Mode(mode)
    return mode.apply(x) * (x if mode == Mode.SIN else 1.0) * Mode("cos").apply(x)


def object_in_container(x):
    made = {"a": Gas(x), "b": [Gas(x * x, x), Record(x)]}
    return made["a"].density() * made["b"][0].density() * made["b"][1].product()


def swapped_objects(x):
    a, b = Gas(x), Gas(2 * x, x)
    a, b = b, a
    return a.density() * b.t


def dynamic_attribute(x):
    d = Dynamic()
    return d.times_3(x) * d.scale * x


def type_of_object(x):
    q = Shifted(x)
    return type(q)(x * x).value(1.0) * q.__class__.__name__.count("h")


def issubclass_and_hasattr(x):
    q = Shifted(x)
    if isinstance(q, Base) and issubclass(type(q), Quadratic) and hasattr(q, "shift"):
        return q.a * q.shift
    return x


def vars_of_object(x):
    return sum(vars(Accumulator2(x)).values())


class Accumulator2:
    def __init__(self, x):
        self.u, self.v = x, x * x


def linked_list(x):
    class Node:
        def __init__(self, value, next=None):
            self.value, self.next = value, next

    head = None
    for k in range(4):
        head = Node(x * k + 1, head)
    total = 1.0
    while head is not None:
        total *= head.value
        head = head.next
    return total


def tree_of_objects(x):
    tree = Tree(x, [Tree(2 * x), Tree(x * x, [Tree(3.0)])])
    return tree.total()


class Tree:
    def __init__(self, value, children=()):
        self.value = value
        self.children = children

    def total(self):
        return self.value + sum(c.total() * self.value for c in self.children)


ZOO = [
    entry(inheritance, 0.3),
    entry(negated_object, 0.3),
    entry(registry, 0.3, "Shifted"),
    entry(object_argument, Shifted(0.3), 0.7),
    entry(object_argument, Mixed(0.3), 0.7, name="object_argument_mixed"),
    entry(dual_in_loop, 0.3),
    entry(dual_sorted, 0.3),
    entry(dual_float, 0.3),
    entry(matrix_rows, V),
    entry(old_iteration, 0.3),
    entry(cached_properties, 0.3),
    entry(dataclass_methods, V),
    entry(dataclass_argument, Body(2.0, V[:2], V[2:])),
    entry(frozen_slots, 0.3),
    entry(frozen_slots_argument, Gas(0.3)),
    entry(post_init, 0.3),
    entry(post_init_argument, Child(0.3, c=0.7)),
    entry(dataclass_equality, 0.3),
    entry(named_tuple_methods, 0.3),
    entry(enumeration, 0.3, "sin"),
    entry(object_in_container, 0.3),
    entry(swapped_objects, 0.3),
    entry(dynamic_attribute, 0.3),
    entry(type_of_object, 0.3),
    entry(issubclass_and_hasattr, 0.3),
    entry(vars_of_object, 0.3),
    entry(linked_list, 0.3),
    entry(tree_of_objects, 0.3),
    entry(Shifted(0.3).value, 0.7, name="bound_method"),
    entry(Record(0.3).product, name="bound_method_of_tuple") if False else entry(Quadratic.value, Quadratic(0.3), 0.7, name="unbound_method"),
]
