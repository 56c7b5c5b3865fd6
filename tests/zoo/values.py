"""Functions as values: returned, stored, composed, applied in part, mapped, reduced, recursive, dispatched."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import functools
import itertools
import math
import operator

import numpy as np

from tests.zoo.entry import entry

V = [1.3, 0.7, 1.9]
W = [1.4, 0.7, 1.9]


def mk(a):
    def inner(b):
        return a * b + math.sin(a)

    return inner


def ret_closure(x):
    g = mk(x)
    return g(x) * g(2.0)


def compose(*fs):
    def h(x):
        for f in fs:
            x = f(x)
        return x

    return h


def composed(x):
    return compose(math.sin, lambda t: t * t, mk(x))(x)


OPS = {"add": operator.add, "mul": operator.mul, "f": lambda a, b: a * math.exp(b)}


def dict_dispatch(x, names):
    y = x
    for n in names:
        y = OPS[n](y, x)
    return y


def local_dict(x, k):
    d = {"a": math.sin, "b": lambda t: t**3, "c": np.tanh}
    return d[k](x) * d["b"](x)


def list_funcs(x):
    fs = [math.sin, lambda t: t * t, np.exp]
    return sum(f(x) for f in fs)


def list_closures(x):
    fs = [lambda t, k=k: t**k * x for k in (1, 2, 3)]
    y = 0.0
    for f in fs:
        y = y + f(x)
    return y


def part(x):
    p = functools.partial(lambda a, b, c: a * b**c, x, c=2)
    return p(x) + p(3.0)


def part_pow(x):
    p = functools.partial(pow, x)
    return p(3) * p(2)


def mapped(x):
    return sum(map(lambda a, b: a * b * x, [x, 2.0], [1.0, x]))


def mapped_named(x):
    return sum(map(math.sin, [x, x * x]))


def mapped_list(v):
    return sum(map(lambda t: t * t * t, v))


def reduced(x):
    return functools.reduce(lambda a, b: a * b + x, [x, x * x, 2.0])


def reduced_op(v):
    return functools.reduce(operator.mul, v)


def reduced_init(v):
    return functools.reduce(lambda a, b: a + b * b, v, 0.0)


def accum(v):
    return sum(itertools.accumulate(v, lambda a, b: a * b))


def filt(v):
    return sum(filter(lambda t: t > 0, v)) ** 2


def sortkey(v):
    return sorted(v, key=lambda t: -t)[0] ** 2 * v[1]


def minkey(v):
    return min(v, key=lambda t: (t - 1.0) ** 2) ** 3


def starm(v):
    return sum(itertools.starmap(lambda a, b: a * b, [(v[0], v[1]), (v[1], v[1])]))


def arg_fun(f, x):
    return f(x) * f(f(x))


def use_arg(x):
    return arg_fun(math.sin, x) + arg_fun(lambda t: t * x, x)


def even(n, x):
    return x if n == 0 else odd(n - 1, x * x) * x


def odd(n, x):
    return math.sin(x) if n == 0 else even(n - 1, x + x) * x


def mutual(x):
    return even(3, x) + odd(2, x)


def local_rec(x):
    def fac(n, acc=x):
        return acc if n == 0 else fac(n - 1, acc * x) * acc

    return fac(3)


def local_mutual(x):
    def ev(n):
        return x if n == 0 else od(n - 1) * x

    def od(n):
        return math.sin(x) if n == 0 else ev(n - 1) * 2.0

    return ev(3) * od(2)


class Layer:
    def __init__(self, w):
        self.w = w

    def __call__(self, t):
        return math.tanh(self.w * t)


def layers(x):
    net = [Layer(x), Layer(2.0), Layer(x * x)]
    t = x
    for l in net:
        t = l(t)
    return t


def layers_arg(net, x):
    t = x
    for l in net:
        t = l(t)
    return t


def mcall(x):
    return operator.methodcaller("__add__", x)(x * x) * operator.itemgetter(1)([x, x * x])


@functools.singledispatch
def area(s):
    return s * s


@area.register
def _(s: list):
    return sum(area(t) for t in s)


@area.register
def _(s: dict):
    return sum(area(t) for t in s.values())


def sdisp(x):
    return area([x, {"a": x * x}])


def deco(f):
    @functools.wraps(f)
    def w(*a, **k):
        return f(*a, **k) * 2.0

    return w


@deco
def decorated(x, p=2):
    return x**p


def use_deco(x):
    return decorated(x) * decorated(x, p=3)


def ycomb(x):
    Y = lambda f: (lambda g: g(g))(lambda g: f(lambda *a: g(g)(*a)))
    return Y(lambda self: lambda n: x if n == 0 else self(n - 1) * x)(3)


def newton(x):
    f = lambda t: t * t - x
    df = lambda t: 2 * t
    t = 1.0
    for _ in range(5):
        t = t - f(t) / df(t)
    return t * x


def curry(x):
    add = lambda a: lambda b: lambda c: a * b + c * a
    return add(x)(x * x)(2.0)


def strategy(x, mode="a"):
    def a():
        return x * x

    def b():
        return x * x * x

    return {"a": a, "b": b}[mode]()


def pick(x):
    f = math.sin if x > 1 else math.cos
    g = (lambda t: t * x) if x > 0 else abs
    return f(x) * g(x)


def table(x):
    rows = [("s", math.sin, 1.0), ("q", lambda t: t * t, x)]
    return sum(w * f(x) for _, f, w in rows)


def attr_fn(x):
    class NS:
        pass

    ns = NS()
    ns.f = lambda t: t * x
    return ns.f(x)


def memo(x):
    cache = {}

    def fib(n):
        if n < 2:
            return x * (n + 1)
        if n not in cache:
            cache[n] = fib(n - 1) * 0.5 + fib(n - 2) * x
        return cache[n]

    return fib(6)


def rec_list(t):
    return t * t if isinstance(t, float) else sum(rec_list(s) * 0.5 for s in t)


def rec_dict(d):
    return d["v"] * sum(rec_dict(k) for k in d["k"]) if d["k"] else d["v"] ** 2


def rk4(f, y, t, h):
    k1 = f(t, y)
    k2 = f(t + h / 2, y + h / 2 * k1)
    k3 = f(t + h / 2, y + h / 2 * k2)
    k4 = f(t + h, y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def ode(x):
    rhs = lambda t, y: -x * y * y + t
    y = x
    for i in range(3):
        y = rk4(rhs, y, 0.1 * i, 0.1)
    return y


def kwfun(x):
    f = lambda **k: k["a"] * k["b"]
    g = lambda *a: a[0] * a[-1]
    d = {"a": x, "b": x * x}
    l = [x, 2.0, x]
    return f(**d) * g(*l)


def gen_fn(x):
    def g():
        y = x
        while True:
            yield y
            y = y * x

    return sum(itertools.islice(g(), 3))


def vmap_(v):
    return np.sum(np.array(list(map(lambda t: t * t * v[0], v))))


def least_and_sum(*values):
    return sum(u * 0.5 for u in values) + min(values)


def stars_of_least(x, y):
    return least_and_sum(*[x, y]) * y


def tuple_of_least(x, y):
    def least_of(values):
        return sum(u * x for u in values) + max(values)

    return least_of((x, y)) * y


def soft_paths(a, b):
    table = {(-1, -1): 0.0}
    softmin = lambda *v: -0.5 * math.log(sum(math.exp(-2.0 * (u - min(v))) for u in v)) + min(v)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            before = [table[k] for k in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if k in table]
            table[i, j] = (x - y) ** 2 + softmin(*before)
    return table[len(a) - 1, len(b) - 1]


def rows_and_columns(m):
    rows = list(m)
    a, b, c = rows
    columns = [list(column) for column in zip(*rows)]
    return a @ b + sum(columns[0]) * columns[1][2] + c[0]


def popped_into(xs):
    xs = list(xs)
    xs.insert(0, xs.pop())
    return xs[0] * xs[1] * 2


ZOO = [
    entry(ret_closure, 1.3, name="ret_closure_0"),
    entry(composed, 1.3, name="composed_1"),
    entry(dict_dispatch, 1.3, ["mul", "f", "add"], name="dict_dispatch_2"),
    entry(local_dict, 1.3, "a", name="local_dict_3"),
    entry(local_dict, 1.3, "c", name="local_dict_4"),
    entry(list_funcs, 1.3, name="list_funcs_5"),
    entry(list_closures, 1.3, name="list_closures_6"),
    entry(part, 1.3, name="part_7"),
    entry(part_pow, 1.3, name="part_pow_8"),
    entry(mapped, 1.3, name="mapped_9"),
    entry(mapped_named, 1.3, name="mapped_named_10"),
    entry(mapped_list, V, name="mapped_list_11"),
    entry(reduced, 1.3, name="reduced_12"),
    entry(reduced_op, V, name="reduced_op_13"),
    entry(reduced_init, V, name="reduced_init_14"),
    entry(accum, V, name="accum_15"),
    entry(filt, V, name="filt_16"),
    entry(sortkey, V, name="sortkey_17"),
    entry(minkey, W, name="minkey_18"),
    entry(starm, V, name="starm_19"),
    entry(arg_fun, math.sin, 1.3, name="arg_fun_20"),
    entry(use_arg, 1.3, name="use_arg_21"),
    entry(mutual, 1.3, name="mutual_22"),
    entry(local_rec, 1.3, name="local_rec_23"),
    entry(local_mutual, 1.3, name="local_mutual_24"),
    entry(layers, 1.3, name="layers_25"),
    entry(mcall, 1.3, name="mcall_26"),
    entry(sdisp, 1.3, name="sdisp_27"),
    entry(use_deco, 1.3, name="use_deco_28"),
    entry(ycomb, 1.3, name="ycomb_29"),
    entry(newton, 1.3, name="newton_30"),
    entry(curry, 1.3, name="curry_31"),
    entry(strategy, 1.3, name="strategy_32"),
    entry(pick, 1.3, name="pick_33"),
    entry(table, 1.3, name="table_34"),
    entry(attr_fn, 1.3, name="attr_fn_35"),
    entry(memo, 1.3, name="memo_36"),
    entry(rec_list, [1.3, [0.5, [2.0]]], name="rec_list_37"),
    entry(rec_dict, {"v": 1.3, "k": [{"v": 2.0, "k": []}, {"v": 0.5, "k": []}]}, name="rec_dict_38"),
    entry(ode, 1.3, name="ode_39"),
    entry(kwfun, 1.3, name="kwfun_40"),
    entry(gen_fn, 1.3, name="gen_fn_41"),
    entry(vmap_, np.array(V), name="vmap__42"),
    entry(stars_of_least, 0.7, 1.3),
    entry(tuple_of_least, 0.7, 1.3),
    entry(soft_paths, np.array([0.13, 0.52, 0.94]), np.array([0.01, 0.63])),
    entry(rows_and_columns, np.arange(6.0).reshape(3, 2) + 0.5),
    entry(popped_into, [1.3, 0.7, 1.9]),
]
