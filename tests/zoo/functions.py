"""Functions as values: ``functools``, ``operator``, keys, decorators, functions that make functions."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import functools
import itertools
import math
import operator
from functools import partial, reduce

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def power(x, n=2, *, scale=1.0):
    return scale * x**n


def compose(*functions):
    def composed(x):
        for f in functions:
            x = f(x)
        return x

    return composed


def twice(f):
    return lambda x: f(f(x))


def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        value = f(*args, **kwargs)
        wrapper.calls = getattr(wrapper, "calls", 0) + 1
        return value

    return wrapper


def times(factor):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args):
            return factor * f(*args)

        return wrapper

    return decorate


class Scaled:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.f = f

    def __call__(self, x):
        return 3.0 * self.f(x)


@logged
def logged_square(x):
    return x * x


@times(2.5)
@times(2.0)
def multiplied(x):
    return x * x


@Scaled
def class_decorated(x):
    return x * x


@functools.lru_cache(maxsize=None)
def table(n):
    return [math.sqrt(k + 1.0) for k in range(n)]


@functools.cache
def cached_square(x):
    return x * x


@functools.singledispatch
def dispatched(x):
    return x * x


@dispatched.register
def _(x: list):
    return sum(x)


def partials(x):
    cube = partial(power, n=3)
    scaled = partial(cube, scale=2.0)
    return cube(x) * scaled(x) + partial(power, x)(2)


def partial_with_active(x):
    f = partial(power, scale=x)
    return f(2.0) * f(x, n=3)


def partial_in_map(values):
    return sum(map(partial(power, n=3), values))


def partial_of_method(x):
    f = partial(np.power, x)
    return f(2.0) * partial(np.clip, a_min=0.0, a_max=1.0)(x)


def operators(x, z):
    f = operator.mul
    g = {"+": operator.add, "-": operator.sub, "/": operator.truediv, "**": operator.pow}
    return g["+"](f(x, z), g["-"](x, 1.0)) * g["/"](x, z) * g["**"](x, 2) * operator.neg(x)


def maps(values):
    return sum(map(lambda v: v * v, values)) + sum(map(operator.mul, values, values[1:]))


def filters(values):
    return sum(filter(lambda v: v > 0, values)) * sum(filter(None, values))


def zips(values):
    return sum(a * b * b for a, b in zip(values, reversed(values)))


def sorted_by_key(values):
    ordered = sorted(values, key=lambda v: -abs(v))
    return sum(k * v for k, v in enumerate(ordered))


def sorted_pairs(values):
    pairs = sorted([(v * v, k) for k, v in enumerate(values)], key=lambda p: p[0], reverse=True)
    return pairs[0][0] * 2 + pairs[-1][0] * 3


def sorted_by_item(values):
    rows = sorted([{"a": v, "b": v * v} for v in values], key=operator.itemgetter("a"))
    return rows[0]["b"] * rows[1]["a"]


def extreme_by_key(values):
    largest = max(values, key=lambda v: v * v)
    nearest = min(values, key=lambda v: abs(v - 1.0))
    return largest * nearest + max(values, default=0.0) * min(values, key=abs)


def extreme_of_pairs(values):
    (v, k) = min((abs(v), k) for k, v in enumerate(values))
    return v * k + v


def extreme_by_dict(params):
    name = max(params, key=params.get)
    return params[name] * params["a"]


def reductions(values):
    product = reduce(operator.mul, values)
    horner = reduce(lambda acc, v: acc * 0.5 + v * v, values, 1.0)
    return product + horner


def any_all(values):
    if any(map(lambda v: v > 1, values)) and all(filter(None, values)):
        return values[0] ** 2
    return values[0]


def accumulate_function(function, values):
    total = 0.0
    for v in values:
        total += function(v)
    return total


def passed_lambda(x, values):
    return accumulate_function(lambda v: v * x, values)


def passed_closure(x, values):
    def f(v):
        return v * v * x

    return accumulate_function(f, values) * x


def passed_numpy(values):
    return accumulate_function(np.sin, values) + accumulate_function(math.exp, values)


def passed_bound_method(x, values):
    class Line:
        def __init__(self, a):
            self.a = a

        def at(self, t):
            return self.a * t * t

    return accumulate_function(Line(x).at, values)


def composed(x):
    return compose(np.sin, lambda v: v * v * x, math.exp)(x)


def applied_twice(x):
    return twice(lambda v: v * v + x)(x) * twice(twice(np.sin))(x)


def immediately_returned(x):
    def line(a, b):
        return lambda t: a * t + b

    f, g = line(x, 2.0), line(x * x, x)
    return f(g(3.0))


def counters_of_functions(x):
    functions = []
    for k in range(3):
        functions.append(lambda t, k=k: t**k * x)
    return sum(f(x) for f in functions)


def dispatch_table(x, name):
    table = {"sq": lambda t: t * t, "cube": lambda t: t**3 * x, "sin": np.sin, "exp": math.exp}
    return table[name](x) + sum(f(x) for f in table.values())


def conditional_function(x, flag):
    f = np.sin if flag else np.cos
    g = math.exp if x > 0 else math.log
    return f(x) * g(x)


def methods_as_values(v):
    total = v.sum
    flat = np.ndarray.mean
    return total() * flat(v * v)


def recursion_through_argument(x):
    def solve(f, n):
        return x if n == 0 else f(f, n - 1) * x

    return solve(solve, 4)


def fixed_point(x):
    def iterate(f, y, n):
        for _ in range(n):
            y = f(y)
        return y

    return iterate(lambda y: 0.5 * (y + x / y), 1.0, 6)


def integrate(f, a, b, n=8):
    h = (b - a) / n
    return h * sum(f(a + (k + 0.5) * h) for k in range(n))


def quadrature(x):
    return integrate(lambda t: math.exp(-x * t * t), 0.0, x)


def nested_quadrature(x):
    return integrate(lambda t: integrate(lambda s: s * t * x, 0.0, t, 3), 0.0, 1.0, 3)


def newton(f, df, x0):
    for _ in range(5):
        x0 = x0 - f(x0) / df(x0)
    return x0


def newton_root(x):
    return newton(lambda y: y**3 - x, lambda y: 3 * y**2, 1.0)


def runge_kutta(f, y, t, h):
    k1 = f(t, y)
    k2 = f(t + h / 2, y + h / 2 * k1)
    k3 = f(t + h / 2, y + h / 2 * k2)
    k4 = f(t + h, y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def pendulum(v):
    def rhs(t, y, damping=0.1):
        return np.array([y[1], -np.sin(y[0]) - damping * y[1]])

    y = v[:2]
    for k in range(4):
        y = runge_kutta(rhs, y, k * 0.1, 0.1)
    return np.sum(y * y)


def decorated_inside(x):
    @times(3.0)
    def f(t):
        return t * t * x

    @logged
    def g(t, scale=2.0):
        return t * scale

    return f(x) * g(x, scale=x)


def uses_decorated(x):
    return logged_square(x) * multiplied(x) * class_decorated(x)


def uses_cached_constants(x):
    return sum(c * x for c in table(4)) * x


def uses_cached(x):
    return cached_square(x) * x


def function_attribute(x):
    def f(t):
        return t * f.scale

    f.scale = 2.0
    return f(x) * x


def default_captures(x):
    def f(t, y=x * x):
        return t * y

    return f(x) + f(x, 2.0)


def star_and_keywords(x):
    def f(a, /, b, *rest, c=1.0, **others):
        return a * b * sum(rest) * c * others.get("d", 2.0)

    args, kwargs = (x, 2 * x, 3 * x, 4.0), {"c": x, "d": x * x}
    return f(*args, **kwargs) + f(x, x, x, d=x) + f(*args[:2], x, **{"c": 2.0})


def forwards_everything(x):
    def outer(*args, **kwargs):
        return power(*args, **kwargs)

    return outer(x) * outer(x, 3, scale=x) * outer(x, n=2)


def lambda_of_lambdas(x):
    return (lambda f: f(f(x)))(lambda t: t * t + x)


def curried(x):
    add = lambda a: lambda b: lambda c: a * b + c * x
    return add(x)(2.0)(x)


def chained_conditionals(x):
    pipeline = [np.sin, None, lambda t: t * x]
    y = x
    for step in pipeline:
        y = step(y) if callable(step) else y
    return y


def best_assignment(c):
    best = min(itertools.permutations(range(3)), key=lambda p: sum(c[i, j] for i, j in enumerate(p)))
    return sum(c[i, j] for i, j in enumerate(best)) ** 2


def indices_by_value(x):
    k = max(range(len(x)), key=lambda i: x[i])
    order = sorted(range(len(x)), key=lambda i: -x[i])
    positive = filter(lambda i: x[i] > 0, range(len(x)))
    return x[k] * x[order[1]] + sum(x[i] * r for r, i in enumerate(order)) + sum(x[i] ** 2 for i in positive)


def key_that_counts(x):
    count = 0

    def key(i):
        nonlocal count
        count += 1
        return x[i]

    return x[min(range(len(x)), key=key)] * count


def indices_in_pairs(x):
    k, v = max(enumerate(x), key=lambda t: t[1])
    top = [i for i, _ in sorted(enumerate(x), key=lambda t: t[1], reverse=True)[:2]]
    order = [i for _, i in sorted(zip(x, range(len(x))))]
    return x[k] * v + sum(x[i] ** 2 for i in top) + x[order] @ np.arange(len(x))


def wrappers_that_count(a, b):
    calls = {"n": 0}

    def counted(f):
        def wrapper(*xs):
            calls["n"] += 1
            return f(*xs)

        return wrapper

    f, g = counted(lambda u: u * a), counted(math.sin)
    return f(g(f(b))) * calls["n"]


ZOO = [
    entry(partials, 0.3),
    entry(partial_with_active, 0.3),
    entry(partial_in_map, [0.3, -0.2, 1.2]),
    entry(partial_of_method, 0.3),
    entry(operators, 0.3, 0.7),
    entry(maps, [0.3, -0.2, 1.2]),
    entry(filters, [0.3, -0.2, 1.2]),
    entry(zips, [0.3, -0.2, 1.2]),
    entry(sorted_by_key, [0.3, -0.2, 1.2]),
    entry(sorted_pairs, [0.3, -0.2, 1.2]),
    entry(sorted_by_item, [0.3, -0.2, 1.2]),
    entry(extreme_by_key, [0.3, -0.2, 1.2]),
    entry(extreme_of_pairs, [0.3, -0.2, 1.2]),
    entry(extreme_by_dict, {"a": 0.3, "b": 0.7}),
    entry(reductions, [0.3, -0.2, 1.2]),
    entry(any_all, [0.3, -0.2, 1.2]),
    entry(passed_lambda, 0.3, [0.3, -0.2, 1.2]),
    entry(passed_closure, 0.3, [0.3, -0.2, 1.2]),
    entry(passed_numpy, [0.3, -0.2, 1.2]),
    entry(passed_bound_method, 0.3, [0.3, -0.2, 1.2]),
    entry(composed, 0.3),
    entry(applied_twice, 0.3),
    entry(immediately_returned, 0.3),
    entry(counters_of_functions, 0.3),
    entry(dispatch_table, 0.3, "cube"),
    entry(conditional_function, 0.3, True),
    entry(methods_as_values, V),
    entry(recursion_through_argument, 0.3),
    entry(fixed_point, 0.3),
    entry(quadrature, 0.3),
    entry(nested_quadrature, 0.3),
    entry(newton_root, 0.3),
    entry(pendulum, V),
    entry(decorated_inside, 0.3),
    entry(uses_decorated, 0.3),
    entry(uses_cached_constants, 0.3),
    entry(uses_cached, 0.3),
    entry(function_attribute, 0.3),
    entry(default_captures, 0.3),
    entry(star_and_keywords, 0.3),
    entry(forwards_everything, 0.3),
    entry(lambda_of_lambdas, 0.3),
    entry(curried, 0.3),
    entry(chained_conditionals, 0.3),
    entry(logged_square, 0.3),
    entry(multiplied, 0.3),
    entry(class_decorated, 0.3, name="class_decorated"),
    entry(partial(power, 0.3), 2.0, name="partial_object"),
    entry(partial(power, scale=2.0), 0.3, name="partial_keyword_object"),
    entry(compose(np.sin, math.exp), 0.3, name="composed_object"),
    entry(np.sum, V, name="np_sum"),
    entry(np.linalg.norm, V, name="np_norm"),
    entry(np.dot, V, V + 1, name="np_dot"),
    entry(math.sin, 0.3, name="math_sin"),
    entry(operator.mul, 0.3, 0.7, name="operator_mul"),
    entry(abs, -0.3, name="abs"),
    entry(sum, [0.3, 0.7], name="sum"),
    entry(max, 0.3, 0.7, name="max"),
    entry(np.mean, V, name="np_mean"),
    entry(np.tanh, 0.3, name="np_tanh"),
    entry(best_assignment, np.array([[0.3, 0.2, 0.9], [0.5, 0.7, 0.1], [0.6, 0.4, 0.8]])),
    entry(indices_by_value, V),
    entry(key_that_counts, V),
    entry(indices_in_pairs, V),
    entry(wrappers_that_count, 0.7, 1.1),
]
