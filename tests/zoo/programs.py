"""Programs as simulations, parsers and caches are written: state in objects, dicts, stacks and dataclasses."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import functools
import math
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from dataclasses import InitVar, asdict, astuple, dataclass, field

import numpy as np

from tests.zoo.entry import entry


@dataclass
class Body:
    pos: np.ndarray
    vel: np.ndarray
    mass: float = 1.0
    trail: list = field(default_factory=list)
    tags: dict = field(default_factory=dict)

    def kick(self, f, dt):
        self.vel = self.vel + f / self.mass * dt

    def drift(self, dt):
        self.pos = self.pos + self.vel * dt
        self.trail.append(self.pos)

    @property
    def energy(self):
        return 0.5 * self.mass * float(np.dot(self.vel, self.vel))

    @functools.cached_property
    def speed(self):
        return math.sqrt(np.dot(self.vel, self.vel))


class System:
    def __init__(self, bodies, g=1.0):
        self.bodies = list(bodies)
        self.g = g
        self.t = 0.0
        self.history = []

    def forces(self):
        out = [np.zeros(2) for _ in self.bodies]
        for i, a in enumerate(self.bodies):
            for j, b in enumerate(self.bodies):
                if i < j:
                    r = b.pos - a.pos
                    d = math.sqrt(r @ r + 0.01)
                    f = self.g * a.mass * b.mass * r / d**3
                    out[i] = out[i] + f
                    out[j] = out[j] - f
        return out

    def step(self, dt):
        for b, f in zip(self.bodies, self.forces()):
            b.kick(f, dt)
        for b in self.bodies:
            b.drift(dt)
        self.t += dt
        self.history.append(self.energy)

    @property
    def energy(self):
        return sum(b.energy for b in self.bodies)

    def run(self, n, dt):
        for _ in range(n):
            self.step(dt)
        return self


def nbody(m, g):
    s = System(
        [
            Body(np.array([0.0, 0.0]), np.array([0.0, 0.1]), m),
            Body(np.array([1.0, 0.0]), np.array([0.0, 1.0])),
        ],
        g,
    )
    s.run(4, 0.1)
    return s.history[-1] * s.bodies[0].trail[-1][0] + s.bodies[1].speed


def ddict(x):
    d = defaultdict(float)
    e = defaultdict(lambda: [0.0])
    for i, k in enumerate("abca"):
        d[k] += x * i
        e[k].append(d[k])
    return d["a"] * d["b"] + sum(e["a"]) + e["z"][0]


def od(x):
    o = OrderedDict(a=x)
    o["b"] = x * x
    o.move_to_end("a")
    k, v = o.popitem(last=False)
    return v * o["a"]


def counter(x):
    c = Counter()
    c["a"] += x
    c["b"] += 2 * x
    c.update({"a": x * x})
    return c["a"] * c["b"] + c["zz"]


def chain(x):
    c = ChainMap({"a": x}, {"a": 1.0, "b": x * x})
    return c["a"] * c["b"]


class UD(UserDict):
    def __getitem__(self, k):
        return super().__getitem__(k) * 2.0


def user_dict(x):
    u = UD()
    u["a"] = x
    u["b"] = x * x
    return u["a"] * u["b"] + u.get("a")


def user_list(x):
    u = UserList([x, x * x])
    u.append(x)
    return sum(u) * u[1]


def dict_arg(d):
    return d["a"] * d["b"] + sum(d.values())


class SubDict(dict):
    def tot(self):
        return sum(self.values())


class SubList(list):
    def tot(self):
        return sum(self) * self[0]


def subdict_arg(d):
    return d.tot() * d["a"]


def sublist_arg(l):
    return l.tot() * l[1]


def deque_arg(d):
    return sum(d) * d[0]


def deque_arg2(d):
    t = 0.0
    for v in d:
        t = t * v + v
    return t + np.sum(np.array(list(d)))


def ddict_arg(d):
    return d["a"] * sum(d.values())


def asd(x):
    b = Body(np.array([x, 1.0]), np.array([x * x, 2.0]))
    d = asdict(b)
    return float(d["pos"][0] * d["vel"][0]) + b.energy


def ast_(x):
    n = Conf2(x, 2.0)
    a = astuple(n)
    return a[0] * a[1] * a[0]


@dataclass
class Conf2:
    a: float
    b: float

    def __post_init__(self):
        self.a = self.a * 2.0


@dataclass
class Iv:
    a: float
    scale: InitVar[float] = 2.0

    def __post_init__(self, scale):
        self.b = self.a * scale


def initvar(x):
    i = Iv(x, x * x)
    return i.a * i.b


class Stack:
    def __init__(self, *a):
        self._s = list(a)

    def push(self, *v):
        self._s.extend(v)
        return self

    def pop(self):
        return self._s.pop()

    def peek(self):
        return self._s[-1]

    def __len__(self):
        return len(self._s)

    def __iter__(self):
        return iter(self._s)

    def __enter__(self):
        return self

    def __exit__(self, *a):
        self._s.clear()


def rpn(x, y):
    s = Stack()
    ops = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "^": lambda a, b: math.pow(a, b), "sin": None}
    for tok in "x y * x + y ^ sin".split():
        if tok == "x":
            s.push(x)
        elif tok == "y":
            s.push(y)
        elif tok == "sin":
            s.push(math.sin(s.pop()))
        else:
            b = s.pop()
            a = s.pop()
            s.push(ops[tok](a, b))
    return s.pop()


def with_stack(x):
    with Stack(x, x * x) as s:
        s.push(x)
        t = sum(s) * s.peek()
    return t + len(s)


ZOO = [
    entry(nbody, 1.5, 0.8),
    entry(ddict, 1.3),
    entry(od, 1.3),
    entry(counter, 1.3),
    entry(chain, 1.3),
    entry(user_dict, 1.3),
    entry(user_list, 1.3),
    entry(dict_arg, {"a": 1.3, "b": 2.0}),
    entry(subdict_arg, SubDict(a=1.3, b=2.0)),
    entry(sublist_arg, SubList([1.3, 2.0])),
    entry(ddict_arg, defaultdict(float, a=1.3, b=0.5)),
    entry(asd, 1.3),
    entry(ast_, 1.3),
    entry(initvar, 1.3),
    entry(rpn, 1.3, 0.7),
    entry(with_stack, 1.3),
]
