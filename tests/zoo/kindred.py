"""Objects that make others of their own class, and stores that concern several objects of a class."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import dataclasses

import numpy as np

from tests.zoo.entry import entry


class Pair:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __add__(self, other):
        return type(self)(self.a + other.a, self.b + other.b)

    def __mul__(self, k):
        return self.__class__(self.a * k, self.b * k)

    def unit(self):
        return type(self)(1.0, self.b)

    def put(self, b):
        self.b = b


class Triple(Pair):
    def __init__(self, a, b, c=2.0):
        super().__init__(a, b)
        self.c = c

    def __mul__(self, k):
        return type(self)(self.a * k, self.b * k, self.c * k * k)


class Scale:
    factor = 3.0

    def __init__(self, x):
        self.x = x

    @classmethod
    def make(cls, x):
        return cls(x * cls.factor)

    @staticmethod
    def square(x):
        return x * x

    def run(self):
        return type(self).make(self.x).x * type(self).factor * self.__class__.square(self.x)


class Double(Scale):
    factor = 5.0


class Total:
    total = 0.0

    def __init__(self, x):
        self.x = x

    def add(self, y):
        self.total = self.total + y
        return self


@dataclasses.dataclass
class Spring:
    stiffness: float
    length: float = 2.0


def operators_of_the_own_class(x):
    p = Pair(x, 2.0) + Pair(x * x, x) * 3.0
    return p.a * p.b + p.unit().a


def operators_of_a_subclass(x):
    p = Triple(x, 2.0) * x
    return p.a * p.b * p.c


def class_of_a_record(x):
    s = Spring(x)
    t = type(s)(x * x)
    u = s.__class__(x, length=t.stiffness)
    return t.stiffness * t.length + u.length * s.stiffness


def class_in_a_variable(x):
    s = Spring(x)
    make = type(s)
    return make(stiffness=x * x).stiffness * s.length if make is Spring else x


def keywords_of_the_own_class(x):
    s = Spring(x)
    fields = {"stiffness": x * x}
    return s.__class__(**fields).stiffness * s.stiffness


def class_and_static_methods(x):
    return Scale(x).run() + Double(x).run()


def methods_by_the_class(x):
    p = Pair(x, 2.0)
    q = p.__class__.__add__(p, p)
    return q.a * type(p).unit(p).b


def classes_of_numbers_and_containers(x):
    items = [x, x * x]
    doubled = type(items)(2.0 * item for item in items)
    return type(x)(3) * x * doubled[0] * type((1, 2))(items)[1] * (2.0 if type(x) is float else 3.0)


def constant_field_and_moving_field(x):
    p, q = Pair(x, 2.0), Pair(x, x)
    q.b = x * x
    return p.b * x + q.b


def constant_field_and_method(x):
    p, q = Pair(x, 2.0), Pair(x, x)
    q.put(x * x)
    return p.b * x + q.b * p.a


def constant_array_and_moving_array(x):
    p, q = Pair(x, np.ones(3)), Pair(x, x * np.ones(3))
    q.put(x * x * np.arange(3.0))
    return np.sum((p.b + q.b) * x + q.b)


def constant_list_and_moving_list(x):
    p, q = Pair(x, [2.0, 3.0]), Pair(x, [x, x])
    q.put([x * x, x])
    return (p.b[0] + q.b[1]) * x + q.b[0]


def given_another_of_its_class(x):
    def scaled(p):
        q = Pair(x, x)
        q.b = x * x
        return p.b * q.b + p.a

    return scaled(Pair(x, 2.0)) + scaled(Pair(x, x))


def objects_in_containers(x):
    both = (Pair(x, 2.0), Pair(3.0, 1.0))
    named = {"u": Pair(x, 2.0), "w": Pair(x, 1.0)}
    both[1].b = x
    named["w"].put(x * x)
    return both[0].b * both[1].b + named["u"].b * named["w"].b


def class_default_and_field(x):
    s, t = Total(x), Total(2.0)
    s.add(x).add(x * x)
    return s.total * t.x + t.total * x + s.total * s.x


FUNCTIONS = [
    operators_of_the_own_class,
    operators_of_a_subclass,
    class_of_a_record,
    class_in_a_variable,
    keywords_of_the_own_class,
    class_and_static_methods,
    methods_by_the_class,
    classes_of_numbers_and_containers,
    constant_field_and_moving_field,
    constant_field_and_method,
    constant_array_and_moving_array,
    constant_list_and_moving_list,
    given_another_of_its_class,
    objects_in_containers,
    class_default_and_field,
]
ZOO = [entry(function, 1.3) for function in FUNCTIONS]
