"""Classes of the package attrs: slots, frozen ones, defaults, factories, converters, validators, `evolve`."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import math

import attr
import attrs
import numpy as np

from tests.zoo.entry import entry


@attrs.define
class P:
    x: float
    y: float = 2.0
    log: list = attrs.field(factory=list)

    def norm(self):
        return math.hypot(self.x, self.y)

    def add(self, v):
        self.log.append(v)
        self.x = self.x + v
        return self


@attrs.frozen
class F:
    a: float = attrs.field(converter=float)
    b: float = attrs.field(default=1.0, validator=attrs.validators.instance_of(float))
    c: float = attrs.field(init=False)

    def __attrs_post_init__(self):
        object.__setattr__(self, "c", self.a * self.b)


@attr.s(auto_attribs=True)
class Old:
    a: float = 0.0
    b: float = attr.ib(default=attr.Factory(lambda self: self.a * 2.0, takes_self=True))


@attrs.define(slots=False)
class NoSlots:
    v: np.ndarray = attrs.field(converter=np.asarray)

    def total(self):
        return np.sum(self.v**2)


@attrs.frozen
class Conf:
    rate: float = 1.0
    steps: int = 3
    name: str = "n"


@attrs.define
class Sub(P):
    z: float = 3.0

    def norm(self):
        return super().norm() * self.z


def at_define(x):
    p = P(x, 2 * x)
    return p.norm() * p.y


def at_factory(x):
    p = P(x)
    p.add(x * x).add(x)
    return p.norm() + sum(p.log)


def at_frozen(x):
    f = F(x, x * x)
    return f.a * f.b * f.c


def at_frozen_default(x):
    f = F(x)
    return f.a * f.b * f.c


def at_evolve(x):
    c = Conf(rate=x)
    d = attrs.evolve(c, rate=c.rate * 2.0)
    return d.rate * c.rate * d.steps


def at_evolve2(c):
    d = attrs.evolve(c, rate=c.rate**2)
    return d.rate * c.rate * d.steps


def at_old(x):
    o = Old(x)
    return o.a * o.b


def at_noslots(v):
    return NoSlots(v).total()


def at_noslots2(x):
    return NoSlots([x, 2 * x]).total()


def at_sub(x):
    s = Sub(x, 1.0, z=x)
    return s.norm()


def at_arg(p):
    return p.norm() * p.x


def at_asdict(x):
    d = attrs.asdict(Conf(rate=x))
    return d["rate"] ** 2


def at_astuple(x):
    a, b, c = attrs.astuple(Conf(rate=x))
    return a * b * a


def at_setattr(x):
    p = P(1.0)
    p.x = x * x
    p.y += x
    return p.norm()


def at_eq(x):
    return x * x if P(x) == P(x) else x


ZOO = [
    entry(at_define, 1.3),
    entry(at_factory, 1.3),
    entry(at_frozen, 1.3),
    entry(at_frozen_default, 1.3),
    entry(at_evolve, 1.3),
    entry(at_evolve2, Conf(1.2)),
    entry(at_old, 1.3),
    entry(at_noslots, np.array([1.0, 2.0])),
    entry(at_noslots2, 1.3),
    entry(at_sub, 1.3),
    entry(at_arg, P(1.3, 0.5)),
    entry(at_asdict, 1.3),
    entry(at_astuple, 1.3),
    entry(at_setattr, 1.3),
    entry(at_eq, 1.3),
]
