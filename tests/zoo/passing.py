"""Functions handed to functions: compiled for what they are, with what they capture handed on beside them."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

import math
import operator
from functools import partial, reduce

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def compose2(f, g):
    return lambda x: f(g(x))


def compose(*fs):
    return reduce(lambda f, g: lambda x: f(g(x)), fs)


def c2(x):
    h = compose2(lambda t: t * t + x, math.sin)
    return h(x) * h(2 * x)


def c3(x):
    return compose(math.sin, math.exp, lambda t: t * x)(x)


def newton(f, df, x0, n=8):
    x = x0
    for _ in range(n):
        x = x - f(x) / df(x)
    return x


def n1(a):
    return newton(lambda x: x * x - a, lambda x: 2 * x, 1.0)


def n2(a):

    def f(x):
        return x**3 - a * x - 1

    def df(x):
        return 3 * x * x - a

    return newton(f, df, 1.5)


def rk4(rhs, y, t, h):
    k1 = rhs(t, y)
    k2 = rhs(t + h / 2, y + h / 2 * k1)
    k3 = rhs(t + h / 2, y + h / 2 * k2)
    k4 = rhs(t + h, y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def solve(rhs, y, t1, n, method=rk4):
    h = t1 / n
    t = 0.0
    for _ in range(n):
        y = method(rhs, y, t, h)
        t += h
    return y


def ode(y, k):
    return np.sum(solve(lambda t, y: -k * y + np.sin(t), y, 1.0, 4) ** 2)


def euler(rhs, y, t, h):
    return y + h * rhs(t, y)


def ode2(y, k):

    def rhs(t, y):
        return np.array([y[1], -k * y[0]])

    return np.sum(solve(rhs, y[:2], 1.0, 4, method=euler))


def integrate(f, a, b, n=10):
    h = (b - a) / n
    return h * sum((f(a + (i + 0.5) * h) for i in range(n)))


def integ(x):
    return integrate(lambda t: np.exp(-x * t * t), 0.0, x)


def integ2(x):
    return integrate(lambda s: integrate(lambda t: s * t * x, 0, s, 4), 0, 1, 4)


def gd(loss, grad_, x0, lr=0.1, n=5):
    x = x0
    for _ in range(n):
        x = x - lr * grad_(x)
    return (loss(x), x)


def opt(a):
    return gd(lambda x: np.sum((x - a) ** 2), lambda x: 2 * (x - a), np.zeros(4))[0]


def ycomb(x):
    Y = lambda f: (lambda g: g(g))(lambda g: f(lambda *a: g(g)(*a)))
    return Y(lambda s: lambda n: 1.0 if n == 0 else x * s(n - 1))(3)


def apply_n(f, n):

    def g(x):
        for _ in range(n):
            x = f(x)
        return x

    return g


def app(x):
    return apply_n(lambda t: np.sin(t) * x, 3)(x)


class K:
    def __init__(s, a):
        s.a = a

    def f(s, x):
        return s.a * x * x

    def apply(s, g):
        return g(s.a)


def bound(x):
    k = K(x)
    return integrate(k.f, 0, 1) + k.apply(lambda t: t * x)


def part_m(x):
    return partial(K.f, K(x))(2.0) * partial(K(x).f)(x)


def callback(x):
    log = []

    def cb(i, v):
        log.append(i)

    def run(n, cb=None):
        v = x
        for i in range(n):
            v = v * x + 1
            if cb is not None:
                cb(i, v)
        return v

    return run(3, cb) * len(log)


def e1(x):
    f = lambda t: t * x

    def mk():
        return lambda u: f(u)

    return mk()(2.0)


def e2(x):
    f = lambda t: t * x

    def mk():
        return f

    return mk()(2.0) * x


def ident(f):
    return f


def e3(x):
    return ident(lambda t: t * x)(3.0) * f0(lambda t: t * x, 2.0)


def f0(f, a):
    return f(a) + f(f(a))


def store(f):
    return {"f": f, "g": [f, f]}


def e4(x):
    d = store(lambda t: t * x)
    return d["f"](2.0) * d["g"][1](x)


def both(f, x):
    g = f
    return f(x) * g(x) * sum(map(f, [x, 2.0]))


def e5(x):
    return both(lambda t: t * t * x, x)


def cond2(f, g, x):
    h = f if x > 0 else g
    return h(x) * f(x)


def e6(x):
    return cond2(lambda t: t * x, lambda t: t * t * x, x)


def e7(x):
    a = x * x

    def f(t):
        return t * a

    def g(t):
        return f(t) + a

    return f0(g, x)


def e8(x):
    a = x * x

    def f(t):
        return t * a

    a = a + 1
    return f0(f, x)


def e9(x):
    t = 0.0
    for k in range(3):
        t = t + f0(lambda s: s * x * k, x)
    return t


def e10(x):
    t = 0.0
    for k in range(3):
        y = x * k

        def f(s):
            return s * y

        t = t + f0(f, x)
    return t


def names(f, x, a, n):
    t = a
    for _ in range(n):
        t = f(t) * x
    return t


def e11(x, a, n):
    t = x * 2
    return names(lambda s: s * a + t * x, x, a, n)


def e12(x, a, n):
    t = x * 2

    def f(a, t=3.0):
        return a * x * t

    return names(f, x, a, n) + t


def twice(f):
    return lambda v: f(f(v))


def e13(x):
    return twice(twice(lambda t: t * t * x))(x)


def rec(f, n):
    return f(1.0) if n == 0 else f(1.0) * rec(f, n - 1)


def e14(x):
    return rec(lambda t: t * x, 3)


def rec2(f, n):
    return f(1.0) if n == 0 else rec2(lambda t: f(t) * t + 1, n - 1)


def e15(x):
    return rec2(lambda t: t * x, 3)


def dflt(x, f=lambda t: t * 2):
    return f(x)


def e16(x):
    return dflt(x) * dflt(x, lambda t: t * x) * dflt(x, f=math.sin)


class Solver:
    def __init__(self, f):
        self.f = f

    def run(self, x):
        return self.f(x) + apply2(self.f, x)

    def go(self, g, x):
        return g(x) * self.f(x)


def apply2(f, x):
    return f(x) * 2


def e17(x):
    s = Solver(lambda t: t * x)
    return s.run(x) * s.go(lambda t: t * t * x, x)


def e18(v):
    w = v * 2

    def loss(p):
        return np.sum((p * w) ** 2)

    return f0v(loss, v)


def f0v(f, v):
    return f(v) + f(v * 2)


def star(*fs):
    t = 1.0
    for f in fs:
        t = t * f(t)
    return t


def e19(x):
    return star(lambda t: t * x, lambda t: t + x)


def kw(**fs):
    return fs["a"](2.0) * fs["b"](3.0)


def e20(x):
    return kw(a=lambda t: t * x, b=lambda t: t + x)


def pos(f, /, x, *, g):
    return f(x) * g(x)


def e21(x):
    return pos(lambda t: t * x, x, g=lambda t: t + x)


def brk(f, x):
    for k in range(10):
        y = f(x)
        if y > 5:
            break
        x = x + y
    return x


def e22(x):
    c = 2.0 * x
    return brk(lambda t: t * c + 1, x)


def gen(f, xs):
    return sum((f(t) for t in xs))


def e23(x):
    return gen(lambda t: t * x, [1.0, x, x * x])


def lst(f, xs):
    return [f(t) * t for t in xs if f(t) > 0]


def e24(x):
    return sum(lst(lambda t: t * x, [1.0, x, x * x]))


def inact(f, x):
    return f(3) * x


def e25(x):
    return inact(lambda n: n * 2.0, x)


def cmpf(f, g):
    return lambda t: f(g(t))


def e26(x):
    h = cmpf(lambda t: t * x, cmpf(lambda t: t + x, math.sin))
    return h(x) * h(2.0)


def nl(f, x):
    n = 0

    def c(t):
        nonlocal n
        n += 1
        return f(t)

    return c(x) * c(2 * x) * n


def e27(x):
    return nl(lambda t: t * x, x)


def e28(x):
    y = x * x
    g = lambda t: t * y

    def h(k):
        y = k * 3.0
        return f0(g, y)

    return h(x)


gscale = 2.0


def e29(x):
    gscale = x * 3
    return usesglobal(lambda t: t * gscale, x)


def usesglobal(f, x):
    return f(x) * gscale


def e28b(x):
    y = x * x
    g = lambda t: t * y

    def h(k):
        y = k * 3.0
        return g(y)

    return h(x)


def e28c(x):
    y = x * x
    g = lambda t: t * y

    def h(y):
        return g(y)

    return h(3 * x)


def late(x):
    fs = [lambda t: t * k for k in range(3)]
    return sum((f(x) for f in fs))


def m1(v):
    f = v.sum
    return f()


def m2(v):
    g = v.dot
    return g(v)


def m3(v):
    f = v.clip
    return np.sum(f(0.0, 1.0) * v)


def m4(v, w):
    f = v.reshape
    return np.sum(f(2, 2) @ np.ones(2)) * w


def m5(v):
    f = v.mean
    return f(axis=0) * 2


def l1(x):
    return sum((f(x) for f in [lambda t: t * k * x for k in range(3)]))


def l2(x):
    return sum((f(2.0) for f in [lambda t: t * y for y in [x, x * x]]))


def l3(x):
    return sum(((lambda t: t * y)(2.0) for y in [x, x * x]))


def l4(x):
    d = {k: lambda t: t * k * x for k in range(3)}
    return d[0](x)


def l5(x):
    return [integrate(lambda t: t * y * x, 0, 1, 4) for y in [x, x * x]][1]


def l6(x):
    return sum((integrate(lambda t: t * k * x, 0, 1, 4) for k in range(3)))


def l8(x):
    fs = []
    for y in [x, x * x]:
        fs.append(lambda t: t * y)
    return sum((f(2.0) for f in fs))


def l9(x):
    fs = []
    for k in range(2):
        y = x ** (k + 1)
        fs.append(lambda t: t * y)
    return sum((f(2.0) for f in fs))


def l10(x):
    return sum((f(2.0) for f in {k: lambda t: t * y for k, y in enumerate([x, x * x])}.values()))


def l11(x):
    return sum((f(2.0) for f in [ident(lambda t: t * y) for y in [x, x * x]]))


def l12(x):
    return sum((p[0](2.0) * p[1] for p in [(lambda t: t * y, y) for y in [x, x * x]]))


ONE = (
    late,
    l1,
    l2,
    l3,
    l4,
    l5,
    l6,
    l8,
    l9,
    l10,
    l11,
    l12,
    c2,
    c3,
    n1,
    n2,
    integ,
    integ2,
    app,
    ycomb,
    callback,
    bound,
    part_m,
    e1,
    e2,
    e3,
    e4,
    e5,
    e6,
    e7,
    e8,
    e9,
    e10,
    e13,
    e14,
    e15,
    e16,
    e17,
    e19,
    e20,
    e21,
    e22,
    e23,
    e24,
    e25,
    e26,
    e27,
    e28,
    e28b,
    e28c,
    e29,
)
ZOO = [entry(f, 0.4) for f in ONE] + [
    entry(m1, V),
    entry(m2, V),
    entry(m3, V),
    entry(m4, V, 0.3),
    entry(m5, V),
    entry(operator.getitem, [0.3, 0.4], 1, name="operator_getitem"),
    entry(e11, 0.4, 0.5, 3),
    entry(e12, 0.4, 0.5, 3),
    entry(e18, V),
    entry(ode, V, 0.3),
    entry(ode2, V, 0.3),
    entry(opt, V),
]
