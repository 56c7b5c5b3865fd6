"""Functions made while the program runs: their defaults, what they capture, how they are called."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import functools

from tests.zoo.entry import entry


def applied(g, x):
    return g(x) * 2


def lambdas_with_counters(x):
    fs = [lambda y, k=k: y * k + x for k in range(3)]
    return fs[0](x) + 10 * fs[1](x) + 100 * fs[2](x)


def functions_with_counters(x):
    fs = []
    for k in range(3):

        def g(y, k=k):
            return y * k + x

        fs.append(g)
    return fs[0](x) + 10 * fs[1](x) + 100 * fs[2](x)


def default_rebound_later(x):
    k = 1.0
    f = lambda y, k=k: y * k + x
    k = 5.0
    return f(x) * k


def active_default_rebound_later(x):
    k = x * 2
    f = lambda y, k=k: y * k + x
    k = 5.0
    return f(x) * k


def active_defaults_in_a_list(x):
    fs = [lambda y, k=k: y * k + x for k in (x, 2 * x)]
    return fs[0](x) + 10 * fs[1](x)


def active_default_given_by_name(x):
    fs = [lambda y, k=k: y * k for k in (x, 2 * x)]
    return fs[0](x) + 10 * fs[1](x, k=7 * x)


def counter_given_by_name(x):
    fs = [lambda y, k=k: y * k for k in range(3)]
    return fs[0](x) + 10 * fs[1](x, k=7 * x)


def keyword_only_defaults(x):
    fs = [lambda y, *, k=k * x, z=3: y * k + z for k in range(3)]
    return fs[0](x) + 10 * fs[1](x, z=7 * x) + fs[2](1.0)


def function_as_default(x):
    def g(y, s=x * x):
        return y * s

    fs = {"a": g, "b": lambda t, g=g: g(t) + x}
    return fs["b"](2 * x) + fs["a"](1.0)


def default_passed_on(x):
    out = 0.0
    for i in range(3):

        def g(y, s=x * i):
            return y * s

        out = out + applied(g, x)
    return out


def default_of_rebound_name(x):
    k = x * x

    def g(y, s=k):
        return y * s

    k = 3.0
    return applied(g, k * x)


def cheapest(v):
    cost = functools.lru_cache(None)(lambda i, j: abs(v[i] - v[j]))

    @functools.lru_cache(None)
    def best(i):
        return 0.0 if i == 0 else min(best(k) + cost(k, i) ** 2 for k in range(i))

    return best(len(v) - 1) + cost(0, 1)


def paths_remembered(v):
    @functools.cache
    def paths(i, j):
        return v[i] * v[j] if i == 0 or j == 0 else paths(i - 1, j) + paths(i, j - 1)

    return paths(2, 2) + cheapest(v) * v[0]


def cache_of_equal_arguments(x, y):
    @functools.cache
    def square(t):
        return t * t

    return square(x) + 2.0 * square(y) + square(x) * square(3.0)


def computed_once(x):
    calls = []

    @functools.lru_cache
    def power(n):
        calls.append(n)
        return x if n < 2 else power(n - 1) * power(n - 2)

    return power(30) * 0.0 + power(6) * len(calls)


ZOO = [
    entry(paths_remembered, [0.3, -1.2, 2.1, 0.7]),
    entry(cache_of_equal_arguments, 0.7, 0.7),
    entry(computed_once, 0.7),
    entry(lambdas_with_counters, 0.3),
    entry(functions_with_counters, 0.3),
    entry(default_rebound_later, 0.3),
    entry(active_default_rebound_later, 0.3),
    entry(active_defaults_in_a_list, 0.3),
    entry(active_default_given_by_name, 0.3),
    entry(counter_given_by_name, 0.3),
    entry(keyword_only_defaults, 0.3),
    entry(function_as_default, 0.3),
    entry(default_passed_on, 0.3),
    entry(default_of_rebound_name, 0.3),
]
