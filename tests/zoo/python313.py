"""What Python 3.13 brought: defaults of type parameters, ``copy.replace``, ``math.fma``."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

import collections
import copy
import dataclasses
import itertools
import math

from tests.zoo.entry import entry

Point = collections.namedtuple("Point", "a b")


@dataclasses.dataclass
class Spring:
    stiffness: float
    length: float = 2.0


@dataclasses.dataclass
class Stiffer(Spring):
    def __replace__(self, **changes):
        return Stiffer(2.0 * self.stiffness, **changes)


@dataclasses.dataclass(frozen=True)
class Disc:
    radius: float
    area: float = dataclasses.field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "area", self.radius**2)


class Mass:
    def __init__(self, kg):
        self.kg = kg

    def __replace__(self, kg=None):
        return Mass(self.kg if kg is None else kg * self.kg)


def default_of_a_type_parameter[T = float](x: T) -> T:
    return x * x


def fused_multiply_add(x):
    return math.fma(x, x, math.fma(2.0, x, x * x))


def replaced_record(x):
    s = Spring(x)
    t = copy.replace(s, length=x * x)
    return t.stiffness * t.length * s.length


def replaced_record_by_keywords(x):
    changes = {"length": x * x}
    return copy.replace(Spring(x), **changes).length * x


def replaced_tuple(x):
    return copy.replace(Point(x, 2.0), b=x * x).b * x


def replaced_by_the_users_method(x):
    heavier = copy.replace(Mass(x), kg=x * x)
    stiffer = copy.replace(Stiffer(x), length=x)
    return heavier.kg * copy.replace(heavier).kg * stiffer.stiffness * stiffer.length


def replaced_and_completed(x):
    return copy.replace(Disc(x), radius=2.0 * x).area * Disc(x).area


def replaced_by_a_function_in_a_dict(x, key="copy"):
    made = {"copy": copy.replace, "record": dataclasses.replace}[key](Spring(x), length=x * x)
    return made.stiffness * made.length


def strict_batches(x):
    return sum([a * b for a, b in itertools.batched([x, x * x, 3.0, x], 2, strict=True)])


ZOO = [
    entry(function, 1.3)
    for function in (
        default_of_a_type_parameter,
        fused_multiply_add,
        replaced_record,
        replaced_record_by_keywords,
        replaced_tuple,
        replaced_by_the_users_method,
        replaced_and_completed,
        replaced_by_a_function_in_a_dict,
        strict_batches,
    )
]
