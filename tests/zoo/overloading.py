"""Operators of users' classes: vectors, polynomials, quaternions, intervals, dual numbers, NumPy operands."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import functools
import math
import operator
from functools import total_ordering

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, o):
        if not isinstance(o, Vec):
            o = Vec(o, o)
        return Vec(self.x + o.x, self.y + o.y)

    __radd__ = __add__

    def __sub__(self, o):
        return self + (-o)

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __mul__(self, o):
        if isinstance(o, Vec):
            return self.x * o.x + self.y * o.y
        return Vec(self.x * o, self.y * o)

    __rmul__ = __mul__

    def __truediv__(self, o):
        return Vec(self.x / o, self.y / o)

    def __matmul__(self, o):
        return self.x * o.y - self.y * o.x

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __pow__(self, n):
        return Vec(self.x**n, self.y**n)

    def __lt__(self, o):
        return self.x < o.x

    def __call__(self, t):
        return Vec(self.x * t, self.y + t)


class Pair(Vec):
    """Of these NumPy makes arrays."""

    def __len__(self):
        return 2

    def __getitem__(self, k):
        return (self.x, self.y)[k]

    def __array__(self, dtype=None, copy=None):
        return np.array([self.x, self.y])


class Poly:
    def __init__(self, *c):
        self.c = list(c)

    def __call__(self, x):
        r = 0.0
        for c in reversed(self.c):
            r = r * x + c
        return r

    def __add__(self, o):
        n = max(len(self.c), len(o.c))
        a = self.c + [0] * (n - len(self.c))
        b = o.c + [0] * (n - len(o.c))
        return Poly(*[p + q for p, q in zip(a, b)])

    def __mul__(self, o):
        if not isinstance(o, Poly):
            return Poly(*[p * o for p in self.c])
        r = [0] * (len(self.c) + len(o.c) - 1)
        for i, p in enumerate(self.c):
            for j, q in enumerate(o.c):
                r[i + j] += p * q
        return Poly(*r)

    __rmul__ = __mul__

    def __sub__(self, o):
        return self + o * (-1)

    def __pow__(self, n):
        r = Poly(1)
        for _ in range(n):
            r = r * self
        return r

    def __getitem__(self, k):
        return self.c[k] if k < len(self.c) else 0

    def derivative(self):
        return Poly(*[k * c for k, c in enumerate(self.c)][1:])


class Quaternion:
    __slots__ = ("w", "x", "y", "z")

    def __init__(self, w, x=0.0, y=0.0, z=0.0):
        self.w, self.x, self.y, self.z = w, x, y, z

    def __mul__(s, o):
        if not isinstance(o, Quaternion):
            return Quaternion(s.w * o, s.x * o, s.y * o, s.z * o)
        return Quaternion(
            s.w * o.w - s.x * o.x - s.y * o.y - s.z * o.z,
            s.w * o.x + s.x * o.w + s.y * o.z - s.z * o.y,
            s.w * o.y - s.x * o.z + s.y * o.w + s.z * o.x,
            s.w * o.z + s.x * o.y - s.y * o.x + s.z * o.w,
        )

    def conj(s):
        return Quaternion(s.w, -s.x, -s.y, -s.z)

    def __abs__(s):
        return (s * s.conj()).w ** 0.5

    def __truediv__(s, o):
        return s * (1.0 / o)

    def normalized(s):
        return s / abs(s)

    def turned(s, v):
        q = s * Quaternion(0.0, *v) * s.conj()
        return np.array([q.x, q.y, q.z])


class Interval:
    def __init__(self, lo, hi=None):
        self.lo = lo
        self.hi = lo if hi is None else hi

    def __add__(s, o):
        o = o if isinstance(o, Interval) else Interval(o)
        return Interval(s.lo + o.lo, s.hi + o.hi)

    __radd__ = __add__

    def __mul__(s, o):
        o = o if isinstance(o, Interval) else Interval(o)
        p = [s.lo * o.lo, s.lo * o.hi, s.hi * o.lo, s.hi * o.hi]
        return Interval(min(p), max(p))

    __rmul__ = __mul__

    def __neg__(s):
        return Interval(-s.hi, -s.lo)

    def __sub__(s, o):
        return s + -o

    def __and__(s, o):
        return Interval(max(s.lo, o.lo), min(s.hi, o.hi))

    def __contains__(s, v):
        return s.lo <= v <= s.hi

    @property
    def width(s):
        return s.hi - s.lo


class Dual:
    def __init__(s, v, d=0.0):
        s.v = v
        s.d = d

    def _lifted(s, o):
        return o if isinstance(o, Dual) else Dual(o)

    def __add__(s, o):
        o = s._lifted(o)
        return Dual(s.v + o.v, s.d + o.d)

    __radd__ = __add__

    def __mul__(s, o):
        o = s._lifted(o)
        return Dual(s.v * o.v, s.v * o.d + s.d * o.v)

    __rmul__ = __mul__

    def __neg__(s):
        return Dual(-s.v, -s.d)

    def __sub__(s, o):
        return s + (-s._lifted(o))

    def __rsub__(s, o):
        return s._lifted(o) - s

    def __truediv__(s, o):
        o = s._lifted(o)
        return Dual(s.v / o.v, (s.d * o.v - s.v * o.d) / (o.v * o.v))

    def __rtruediv__(s, o):
        return s._lifted(o) / s

    def __pow__(s, n):
        return Dual(s.v**n, n * s.v ** (n - 1) * s.d)


@total_ordering
class Money:
    def __init__(s, a):
        s.a = a

    def __eq__(s, o):
        return s.a == o.a

    def __lt__(s, o):
        return s.a < o.a


def long_chain(x):
    a = Vec(x, 2 * x)
    b = Vec(1.0, x)
    c = a + b * x - a / 2 + b * (a * b)
    for _ in range(4):
        c = c + a * 0.1 - b * x + c / 3
    return c * a + abs(c)


def reflected(x):
    a = 2.0 * Vec(x, x * x) + 1 + Vec(1, x)
    b = 3 + a
    return b * a + abs(b(x))


def numpy_scalar_on_the_left(v):
    a = v[0] * Vec(v[1], v[2]) + np.float64(2.0) * Vec(v[3], v[0])
    return a * a


def numpy_scalar_makes_an_array(v):
    a = v[0] * Pair(v[1], v[2])
    return np.sum(a * a)


def array_of_object(x):
    return np.sum(np.asarray(Pair(x, x * x)) ** 2) + np.dot(np.array([1.0, 2.0]), Pair(x * x, x))


def elementwise_of_object(x):
    return np.sum(np.sin(Pair(x, x * x)) * np.exp(Pair(x, 1.0)))


def sum_of_objects(x):
    return abs(sum([Vec(x, 1.0), Vec(x * x, 2.0)], Vec(0, 0))) + abs(sum(Vec(x, k) for k in range(3)))


def reduced_objects(x):
    total = functools.reduce(operator.add, [Vec(x, 1.0), Vec(x * x, 2.0)])
    return abs(total) * abs(max([Vec(x, 1.0), Vec(3 * x, x)]))


def power_of_object(x):
    return abs(Vec(x, x) ** 3) + (Poly(1, x) ** 3)[2] * (Poly(1, x) ** 2)[1]


def crossed(x):
    return Vec(x, 2.0) @ Vec(3.0, x * x)


def polynomials(x):
    p = Poly(x, 1.0, x * x)
    q = Poly(1, x)
    return (p * q + 2 * p - q)(0.7) * p.derivative()(x) + (q**3)[2]


def polynomial_argument(p, x):
    return (p * p - p)(x) * p[1]


def quaternions(x, v):
    q = Quaternion(x, 0.2, x * x, 0.1).normalized()
    r = q * Quaternion(0.5, x)
    for _ in range(3):
        r = (r * q).normalized()
    return np.sum(r.turned(v) * np.array([1.0, 2.0, 3.0]))


def intervals(x, y):
    a = Interval(x, y)
    b = 2 * a + Interval(1.0, x * x + 2) * a - a
    for _ in range(3):
        b = b * 0.5 + a
    return b.width * (b & Interval(-5, 5)).lo * (2 if x in a else 3)


def rational(t):
    return (t * t * t - 2 * t + 1 / t) / (1 + t**2)


def dual_numbers(x):
    return rational(x) * rational(Dual(x, 1.0)).d


def newton_by_dual_numbers(x):
    t = 2.0
    for _ in range(5):
        y = rational(Dual(t, 1.0)) - x
        t = t - y.v / y.d
    return t


def total_order(x):
    a, b = Money(x), Money(2 * x)
    return (a if a <= b else b).a * max(a, b).a * sorted([b, a])[0].a + (x if a >= b else x * x)


ZOO = [
    entry(long_chain, 0.4),
    entry(reflected, 0.4),
    entry(numpy_scalar_on_the_left, V),
    entry(numpy_scalar_makes_an_array, V),
    entry(array_of_object, 0.4),
    entry(elementwise_of_object, 0.4),
    entry(sum_of_objects, 0.4),
    entry(reduced_objects, 0.4),
    entry(power_of_object, 0.4),
    entry(crossed, 0.4),
    entry(polynomials, 0.4),
    entry(polynomial_argument, Poly(0.3, 0.4, 1.0), 0.5),
    entry(quaternions, 0.4, V[:3]),
    entry(intervals, 0.4, 0.9),
    entry(dual_numbers, 0.4),
    entry(newton_by_dual_numbers, 0.4),
    entry(total_order, 0.4),
]
