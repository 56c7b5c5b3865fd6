"""Objects: dataclasses, plain classes, methods, properties, callable objects."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


@dataclass
class Spring:
    stiffness: float
    length: float = 1.0
    name: str = "spring"

    def energy(self, x):
        return 0.5 * self.stiffness * (x - self.length) ** 2

    @property
    def double(self):
        return 2.0 * self.stiffness

    @staticmethod
    def cube(x):
        return x * x * x

    @classmethod
    def soft(cls, x):
        return cls(x * 0.1)


@dataclass(frozen=True)
class Layer:
    w: np.ndarray
    b: np.ndarray
    activation: object = np.tanh

    def __call__(self, x):
        return self.activation(self.w @ x + self.b)


@dataclass(frozen=True)
class Network:
    layers: list
    scale: float = 1.0
    tags: dict = field(default_factory=dict)

    def predict(self, x):
        for layer in self.layers:
            x = layer(x)
        return x * self.scale

    def loss(self, x, y):
        error = self.predict(x) - y
        return np.mean(error * error)


class Polynomial:
    order = 2

    def __init__(self, *coefficients):
        self.coefficients = list(coefficients)

    def __call__(self, x):
        result = 0.0
        for c in self.coefficients:
            result = result * x + c
        return result

    def derivative_scale(self):
        return self.order * 1.5


class Shifted(Polynomial):
    def __init__(self, shift, *coefficients):
        super().__init__(*coefficients)
        self.shift = shift

    def __call__(self, x):
        return super().__call__(x - self.shift)


class Counter:
    def __init__(self, gain):
        self.gain = gain
        self.calls = 0

    def value(self, x):
        return self.gain * x * x

    def chained(self, x):
        return self.value(self.value(x)) + self.gain


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __eq__(self, other):
        return (self.a, self.b) == (other.a, other.b)


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    def __len__(self):
        return 2

    def dot(self, other):
        return self.x * other.x + self.y * other.y


def dataclass_argument(s):
    return s.stiffness * s.length**2


def dataclass_method(s, x):
    return s.energy(x) + s.energy(2.0 * x)


def dataclass_property(s):
    return s.double * s.length


def dataclass_local(x):
    s = Spring(x, length=x * x)
    return s.stiffness * s.length


def dataclass_static_and_class_methods(x):
    return Spring.cube(x) * Spring.soft(x).stiffness


def dataclass_replace(s):
    t = dataclasses.replace(s, length=s.stiffness * 2.0)
    return t.stiffness * t.length


def dataclass_passed_on(s):
    return dataclass_argument(s) * s.stiffness


def dataclass_result(x):
    return Spring(x * x, np.sin(x))


def dataclass_unused_field(s):
    return s.stiffness * 3.0


def nested_dataclass_method(network, x, y):
    return network.loss(x, y)


def object_attribute(p):
    return p.coefficients[0] * p.coefficients[1]


def object_called(p, x):
    return p(x) * p(x + 1.0)


def object_made_and_called(x):
    p = Polynomial(x, 2.0, x * x)
    return p(x)


def class_attribute(p, x):
    return x * p.derivative_scale()


def inherited_call(p, x):
    return p(x)


def method_calls_method(c, x):
    return c.chained(x)


def bound_method_as_value(c, x):
    f = c.value
    return f(x) + f(f(x))


def slots(o):
    return o.a * o.b


def object_operators(x, z):
    v = Vector(x, z) + Vector(1.0, x) * 2.0
    return v.dot(Vector(z, 0.5))


def object_indexed(v):
    return v[0] * v[1] * len(v)


def writes_field_of_local(x):
    c = Counter(x)
    c.calls = 3
    c.gain = c.gain * x
    return c.value(x) * c.calls


def getattr_with_constant_name(s):
    return getattr(s, "stiffness") * getattr(s, "missing", 2.0)


def hasattr_branch(s, x):
    if hasattr(s, "stiffness"):
        return s.stiffness * x
    return x


def isinstance_of_class(s, x):
    if isinstance(s, Spring):
        return s.energy(x)
    return s(x)


def type_branch(s, x):
    return s.energy(x) if type(s) is Spring else s.value(x)


def list_of_objects(springs, x):
    return sum(s.energy(x) for s in springs)


def dict_of_objects(springs, x):
    total = 0.0
    for name, s in springs.items():
        total = total + s.energy(x) * len(name)
    return total


SPRING = Spring(2.5, 0.4)
LAYERS = [
    Layer(np.array([[0.3, 0.1], [-0.5, 0.9]]), np.array([0.1, -0.2])),
    Layer(np.array([[0.2, 0.8], [0.4, -0.6]]), np.array([0.3, 0.4]), np.sin),
]

ZOO = [
    entry(dataclass_argument, SPRING),
    entry(dataclass_method, SPRING, 1.3),
    entry(dataclass_property, SPRING),
    entry(dataclass_local, 1.3),
    entry(dataclass_static_and_class_methods, 1.3),
    entry(dataclass_replace, SPRING),
    entry(dataclass_passed_on, SPRING),
    entry(dataclass_result, 1.3),
    entry(dataclass_unused_field, SPRING),
    entry(nested_dataclass_method, Network(LAYERS, 1.5), np.array([0.3, 0.7]), np.array([0.1, 0.2])),
    entry(object_attribute, Polynomial(0.3, 1.2)),
    entry(object_called, Polynomial(0.3, 1.2, -0.4), 1.3),
    entry(object_made_and_called, 1.3),
    entry(class_attribute, Polynomial(0.3), 1.3),
    entry(inherited_call, Shifted(0.2, 0.3, 1.2), 1.3),
    entry(method_calls_method, Counter(0.7), 1.3),
    entry(bound_method_as_value, Counter(0.7), 1.3),
    entry(slots, Slotted(0.7, 1.3)),
    entry(object_operators, 0.7, 1.3),
    entry(object_indexed, Vector(0.7, 1.3)),
    entry(writes_field_of_local, 0.7),
    entry(getattr_with_constant_name, SPRING),
    entry(hasattr_branch, SPRING, 1.3),
    entry(isinstance_of_class, SPRING, 1.3),
    entry(type_branch, SPRING, 1.3),
    entry(type_branch, Counter(0.7), 1.3, name="type_branch_other"),
    entry(list_of_objects, [SPRING, Spring(0.3, 0.2)], 1.3),
    entry(dict_of_objects, {"a": SPRING, "bb": Spring(0.3, 0.2)}, 1.3),
    entry(SPRING.energy, 1.3, name="differentiate_bound_method"),
    entry(Polynomial(0.3, 1.2, -0.4), 1.3, name="differentiate_callable_object"),
    entry(Shifted(0.2, 0.3, 1.2), 1.3, name="differentiate_inherited_call"),
    entry(LAYERS[0], np.array([0.3, 0.7]), name="differentiate_callable_dataclass"),
    entry(partial(Spring.energy, SPRING), 1.3, name="differentiate_partial_of_method"),
    entry(Spring.energy, SPRING, 1.3, name="differentiate_unbound_method"),
    entry(Spring.cube, 1.3, name="differentiate_static_method"),
]
