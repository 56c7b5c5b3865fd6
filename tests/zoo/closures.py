"""State that nested functions share: counters, totals, flags and functions assigned by ``nonlocal``."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import contextlib
import functools

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, 0.5, 0.7])


def counter(x):
    n = 0
    def step(v):
        nonlocal n
        n += 1
        return v * n
    return step(x) + step(x) * step(x)


def total_of_calls(x):
    total = 0.0
    def add(v):
        nonlocal total
        total = total + v
    add(x); add(x * x); add(3.0)
    return total


def total_read_inside(x):
    total = 0.0
    def add(v):
        nonlocal total
        total += v * x
        return total
    for i in range(3):
        y = add(x)
    return total * y


def total_of_arrays(x):
    total = np.zeros(3)
    def add(v):
        nonlocal total
        total = total + v
    for i in range(4):
        add(x * i)
    return np.sum(total * total)


def two_level(x):
    n = 1.0
    def outer(v):
        def inner(w):
            nonlocal n
            n = n * w
            return n
        return inner(v) + inner(v)
    return outer(x) + n


def gen_counter(x):
    calls = 0
    def h(v):
        nonlocal calls
        calls += 1
        return np.sin(v)
    y = sum(map(h, [x, x * 2.0]))
    return y * calls


def branch(x):
    best = 0.0
    def see(v):
        nonlocal best
        if v > best:
            best = v
    see(x); see(x * 2.0); see(x - 1.0)
    return best * x


def closure_returned(x):
    total = x
    def get(): return total
    def set_(v):
        nonlocal total
        total = v
    a = get()
    set_(x * x)
    return a + get() * 3.0


def passed(x):
    total = 0.0
    def add(v):
        nonlocal total
        total = total + v
        return v
    list(map(add, [x, x*x]))
    return total


def via_call(x):
    n = 1.0
    def get():
        return x * 2.0
    def upd():
        nonlocal n
        n = get()
    upd()
    return n * x


def via_lambda(x):
    n = 1.0
    get = lambda: x * x
    def upd():
        nonlocal n
        n = get() + n
    upd(); upd()
    return n


def in_comp(x):
    total = 0.0
    def upd():
        nonlocal total
        return [total := total + v for v in (x, x * x)]
    upd()
    return total


def for_target(x):
    last = 0.0
    def upd():
        nonlocal last
        for last in (x, x * x, x ** 3):
            pass
    upd()
    return last


def unpacked(x):
    a = b = 0.0
    def upd(v):
        nonlocal a, b
        (a, b) = v * v, a + v
    upd(x); upd(x)
    return a + 3.0 * b


def deftarget(x):
    def h(v): return v
    def upd():
        nonlocal h
        def h(v): return v * x
    y = h(x)
    upd()
    return y + h(x)


def method_of_a_class(x):
    n = 0.0
    class Acc:
        def add(self, v):
            nonlocal n
            n = n + v
            return self
    Acc().add(x).add(x * x)
    return n


def three_levels(x):
    n = 1.0
    def a():
        def b():
            def c():
                nonlocal n
                n = n * x
            c()
        b(); b()
    a()
    return n


def deleted(x):
    n = x
    def upd():
        nonlocal n
        del n
    y = n * n
    upd()
    n = y
    return n


def default_arg(x):
    n = 0.0
    def upd(v=x):
        nonlocal n
        n += v
    upd(); upd()
    return n * n


def reduce_(x):
    n = 0.0
    def upd(a, b):
        nonlocal n
        n = n + a * b
        return a * b
    r = functools.reduce(upd, [x, x, x])
    return n + r


def key_(x):
    seen = 0.0
    def key(v):
        nonlocal seen
        seen = seen + v
        return -v
    r = sorted([x, x * 2, x * 3], key=key)
    return r[0] * seen


def recursion(x):
    count = 0
    total = 0.0
    def go(n, v):
        nonlocal count, total
        count += 1
        total += v
        if n: go(n - 1, v * x)
    go(3, x)
    return total * count


def array_inplace(x):
    s = np.zeros(3)
    def add(v):
        nonlocal s
        s += v
    add(x); add(x * x)
    return s.sum()


def list_rebound(x):
    xs = []
    def push(v):
        nonlocal xs
        xs = xs + [v]
    push(x); push(x * x)
    return xs[0] * xs[1]


def loop_state(x):
    prev = x
    def step(i):
        nonlocal prev
        new = prev * 0.5 + i * x
        prev = new
        return new
    return sum(step(i) for i in range(4))


def generator_state(x):
    tot = 0.0
    def g():
        nonlocal tot
        for i in range(3):
            tot = tot + x * i
            yield tot * x
    return sum(g()) + tot


def timer(x):
    evals = 0
    def obj(v):
        nonlocal evals
        evals += 1
        return (v - x) ** 2
    v = 3.0
    while obj(v) > 0.1:
        v = v - 0.3 * 2 * (v - x)
    return v * evals


def flag(x):
    done = False
    def step(v):
        nonlocal done
        done = v < 0.2
        return v * 0.5
    y = x
    while not done:
        y = step(y) + 0.01 * x
    return y


def read_after_escape(x):
    n = x
    fs = []
    def bump():
        nonlocal n
        n = n * x
        return n
    fs.append(bump)
    a = fs[0]()
    return a + n * fs[0]() + n


def inactive2(x):
    n = 0
    def outer(v):
        def inner(w):
            nonlocal n
            n += 1
            return w * n
        return inner(v) + inner(v)
    return outer(x) * n


def inactive3(x):
    n = 0
    def outer(v):
        def inner():
            nonlocal n
            n += 1
        inner()
        return v * n
    a = outer(x)
    return a * n + outer(x)


def function_replaced(x):
    def h(v): return v
    def g(v): return v * v
    def upd():
        nonlocal h
        h = g
    y = h(x)
    upd()
    return y + h(x)


def ufunc_replaced(x):
    h = np.sin
    def upd():
        nonlocal h
        h = np.cos
    y = h(x)
    upd()
    return y + h(x)


def ufunc_replaced_between_factors(x):
    h = np.sin
    def upd():
        nonlocal h
        h = np.cos
        return x
    return h(x) * upd() * h(x)


def definition_replaced(x):
    def h(v): return v
    def upd():
        nonlocal h
        def h(v): return v * v
    y = h(x)
    upd()
    return y + h(x)


def class_replaced(x):
    class H:
        def __call__(self, v): return v
    def upd():
        nonlocal H
        class H:
            def __call__(self, v): return v * v
    y = H()(x)
    upd()
    return y + H()(x)


def reimport(x):
    import math as m
    def upd():
        nonlocal m
        import numpy as m
    y = m.sin(x)
    upd()
    return y + m.tanh(x)


def kindchange(x):
    n = 2
    def upd():
        nonlocal n
        n = 2.5
    y = x ** n
    upd()
    return y + x ** n


def boolflag(x):
    on = False
    def upd():
        nonlocal on
        on = True
    y = x if on else x * x
    upd()
    return y + (x if on else x * x)


def modeglobal(x):
    mode = "a"
    def setmode(m):
        nonlocal mode
        mode = m
    def ev(v):
        return v * v if mode == "a" else v * 3.0
    y = ev(x)
    setmode("b")
    return y * ev(x)


def list_replaced(x):
    opts = [1.0]
    def upd():
        nonlocal opts
        opts = opts + [2.0]
    y = x * len(opts)
    upd()
    return y * x * len(opts) * sum(opts)


def changed_by_a_test(x):
    n = 1.0
    def upd():
        nonlocal n
        n = 3.0
        return True
    if upd() and n > 2.0:
        return x * n
    return x * x


def changed_by_the_test_of_a_loop(x):
    n = 0
    def upd():
        nonlocal n
        n += 1
        return n < 4
    y = x
    while upd():
        y = y * x * n
    return y


def argorder(x):
    n = 1.0
    def upd():
        nonlocal n
        n = n + 1.0
        return n
    return (x * n) ** upd() + n * x


def order1(x):
    n = 2.0
    def upd():
        nonlocal n
        n = 3.0
        return x
    return n * upd()


def order2(x):
    n = 2.0
    def upd():
        nonlocal n
        n = 3.0
        return x
    return np.sum(np.array([n, upd(), n])) * x


def order3(x):
    n = 2.0
    def upd():
        nonlocal n
        n = 3.0
        return x
    def g(a, b, c): return a * b + c
    return g(n, upd(), n) * x


def order4(x):
    n = 2.0
    def upd(v):
        nonlocal n
        n = n + 1.0
        return v
    y = x
    for i in range(3):
        y = y * n + upd(x) * n
    return y


def loopread(x):
    n = 0.0
    def upd():
        nonlocal n
        n += 1.0
    y = x
    for i in range(3):
        upd()
        y = y * n * x
    return y


def twice_(x):
    n = 0.0
    def upd():
        nonlocal n
        n += 1.0
    upd()
    y = x * n
    upd()
    z = x * x * n
    upd()
    return y * z ** n


def param(x, n=1.0):
    def upd():
        nonlocal n
        n = n + 1.0
    y = x * n
    upd()
    return y * n * x ** n


def array_replaced(x):
    w = np.array([1.0, 2.0])
    def upd():
        nonlocal w
        w = w * 2.0
    y = np.sum(x * w)
    upd()
    return y * np.sum(x * x * w)


ZOO = [
    entry(counter, 0.7),
    entry(total_of_calls, 0.7),
    entry(total_read_inside, 0.7),
    entry(total_of_arrays, V),
    entry(two_level, 0.7),
    entry(gen_counter, 0.7),
    entry(branch, 0.7),
    entry(closure_returned, 0.7),
    entry(passed, 0.7),
    entry(via_call, 0.7),
    entry(via_lambda, 0.7),
    entry(in_comp, 0.7),
    entry(for_target, 0.7),
    entry(unpacked, 0.7),
    entry(deftarget, 0.7),
    entry(method_of_a_class, 0.7),
    entry(three_levels, 0.7),
    entry(deleted, 0.7),
    entry(default_arg, 0.7),
    entry(reduce_, 0.7),
    entry(key_, 0.7),
    entry(recursion, 0.7),
    entry(array_inplace, V),
    entry(list_rebound, 0.7),
    entry(loop_state, 0.7),
    entry(generator_state, 0.7),
    entry(timer, 0.7),
    entry(flag, 0.7),
    entry(read_after_escape, 0.7),
    entry(inactive2, 0.7),
    entry(inactive3, 0.7),
    entry(function_replaced, 0.7),
    entry(ufunc_replaced, 0.7),
    entry(ufunc_replaced_between_factors, 0.7),
    entry(definition_replaced, 0.7),
    entry(class_replaced, 0.7),
    entry(reimport, 0.7),
    entry(kindchange, 0.7),
    entry(boolflag, 0.7),
    entry(modeglobal, 0.7),
    entry(list_replaced, 0.7),
    entry(changed_by_a_test, 0.7),
    entry(changed_by_the_test_of_a_loop, 0.7),
    entry(argorder, 0.7),
    entry(order1, 0.7),
    entry(order2, 0.7),
    entry(order3, 0.7),
    entry(order4, 0.7),
    entry(loopread, 0.7),
    entry(twice_, 0.7),
    entry(param, 0.7),
    entry(array_replaced, 0.7),
]
