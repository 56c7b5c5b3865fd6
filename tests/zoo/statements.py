"""Statements: ``with``, ``del``, imports, annotations, unpacking, definitions under conditions."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import contextlib
import math
import warnings
from typing import Any, Final

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
M = np.array([[0.3, -1.2, 0.5], [2.1, 0.7, -0.4]])
GAIN = 1.7
SETTINGS = {"gain": 1.5, "shift": 0.5}


@contextlib.contextmanager
def scaled_by(factor):
    yield factor * 2


class Timer:
    def __enter__(self):
        self.count = 1
        return self

    def __exit__(self, *details):
        return False


def with_catch_warnings(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.log(x)
    return y * x


def with_catch_warnings_recorded(x):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("seen")
        y = x * x
    return y * len(caught)


def with_two_managers(x):
    with np.errstate(divide="ignore"), np.errstate(invalid="ignore"):
        y = np.where(x > 0, np.log(x), 0.0)
    return np.sum(y * x)


def with_nullcontext(x):
    with contextlib.nullcontext():
        y = x * x
    return y * x


def with_own_manager(x):
    with Timer() as timer:
        y = x * x
    return y * x * timer.count


def with_generator_manager(x):
    with scaled_by(1.5) as factor:
        y = x * factor
    return y * x


def with_return_inside(x):
    with np.errstate(all="ignore"):
        return x * x * x


def with_in_loop(x):
    y = x
    for _ in range(3):
        with np.errstate(all="ignore"):
            y = y * x
            if y < 0.01:
                break
    return y


def with_printoptions(x):
    with np.printoptions(precision=3):
        text = f"{np.array([x])}"
    return x * x * len(text)


def del_item_of_local(x):
    values = [x, x * x, 3 * x]
    del values[1]
    params = {"a": x, "b": 2.0}
    del params["b"]
    return values[0] * values[1] * params["a"]


def del_several(x):
    a, b = x, x * x
    y = a * b
    del a, b
    return y


def global_reads(x):
    return x * GAIN + SETTINGS["gain"] * x**2 + SETTINGS["shift"]


def nonlocal_counter(x):
    calls = 0

    def f(t):
        nonlocal calls
        calls += 1
        return t * t

    return f(x) * f(2 * x) * calls


def imports_inside(x):
    import math
    import numpy
    import numpy.linalg as la
    from math import sin as sine, pi

    return sine(x) * math.exp(x) + numpy.cos(pi * x) + la.norm(numpy.array([x, 1.0]))


def annotations(x: float, n: "int" = 2) -> "float":
    y: float = x * x
    z: Any
    w: Final = 3.0
    z = y * n
    (v): float = z * w
    return v * y


def chained_targets(x):
    a = b = c = x * x
    a, (b, *rest) = d = (x, [2 * x, 3 * x, 4.0])
    return a * b * c * rest[0] + d[0] * rest[-1]


def starred_middle(x):
    first, *middle, last = x, x * x, x**3, 2.0
    return first * sum(middle) * last


def starred_of_array(v):
    first, *rest = v
    return first * rest[0] + rest[2]


def starred_displays(x):
    a = [x, *[x * x, 2.0], *(3.0, x)]
    b = (*a, x)
    return a[0] * a[1] * a[-1] + b[-1] * b[2]


def double_starred_displays(x):
    a = {"u": x, "v": 2.0}
    b = {**a, "v": x * x, **{"w": 3 * x}}
    return b["u"] * b["v"] * b["w"]


def set_display(x, n):
    if n in {1, 2, 3}:
        return x * len({1, 1, 2})
    return x * x


def slice_objects(v):
    inner = slice(1, -1)
    return np.sum(v[inner] * v[slice(2)]) + v[slice(None)][0]


def slice_of_variables(v, n):
    rows = np.s_[:n]
    return np.sum(v[rows]) * v[np.s_[-1]]


def ellipsis(m):
    return np.sum(m[..., 0] * m[..., -1]) + m[0, ...][1]


def ellipsis_as_value(x):
    marker = ...
    if marker is Ellipsis:
        ...
        return x * x
    return x


def conditional_definition(x):
    if x > 0:

        def f(t):
            return t * t

    else:

        def f(t):
            return t

    return f(x) * x


def conditional_lambda(x, n):
    f = (lambda t: t * t * x) if n > 1 else (lambda t: t)
    return f(x)


def definition_in_loop(x):
    y = 0.0
    for k in range(1, 4):

        def f(t):
            return t**k

        y += f(x)
    return y


def break_out_of_two_loops(x):
    found = 0.0
    for i in range(5):
        for j in range(5):
            if x * i * j > 1:
                found = x * i + j * x * x
                break
        else:
            continue
        break
    return found * x


def return_from_three_loops(x):
    for i in range(3):
        for j in range(3):
            k = 0
            while True:
                k += 1
                if i * j * k * x > 1:
                    return x**k * i * j
                if k > 3:
                    break
    return x


def ping(x, n):
    return x if n == 0 else pong(x * 1.1, n - 1) * x


def pong(x, n):
    if n == 0:
        return x * x
    return ping(x + 1, n - 1) + x


def mutual_recursion(x):
    return ping(x, 5)


def type_changes(x):
    y = 0
    y = y + x
    y = [y, 2.0]
    y = y[0] * y[1]
    y = np.array([y, x])
    y = np.sum(y * y)
    return float(y)


def type_changes_in_loop(x):
    state = None
    for k in range(3):
        if state is None:
            state = x
        elif k == 1:
            state = (state, x * x)
        else:
            state = state[0] * state[1]
    return state


def rotation_of_four(x):
    a, b, c, d = x, 2.0, 3 * x, x * x
    for _ in range(3):
        a, b, c, d = d, a, b * x, c
    return a * b + c * d


def swap_items(x):
    v = [x, x * x, 2.0]
    v[0], v[2] = v[2], v[0]
    return v[2] * v[1] + v[0] * x


def shadowed(x, len=3, list=2.0, range=None):
    float = x * list
    sum = float * len
    return sum * sum


def shadowed_helpers(x):
    call, np_, runtime, result, saved, trips, zeros = x, 1, 2, 3, 4, 5, 6
    return call * np_ * runtime * result * saved * trips * zeros * x


def generated_names(x, x_bar=2.0, x_dot=3.0, out_bar=4.0):
    saved_1, x_2, if_3, trips_4, sin_5 = 1.0, x * x, True, [1], np.sin(x)
    f__primal = x_2 * sin_5
    for k in range(2):
        sin_5 = np.sin(sin_5 * x_bar)
    return f__primal * x_bar * x_dot * out_bar * saved_1 * if_3 * trips_4[0] * sin_5


def assert_with_message(x):
    assert x > 0, f"not positive: {x}"
    return x * x


def raise_in_other_branch(x, mode="square"):
    if mode == "square":
        y = x * x
    elif mode == "cube":
        y = x**3
    else:
        raise ValueError(f"unknown mode {mode!r}")
    return y * x


def class_inside(x):
    class Local:
        scale = 2.0

        def __init__(self, v):
            self.v = v

        def value(self):
            return self.v * self.v * self.scale

    return Local(x).value() * x


def string_building(x):
    label = "value: %.3f, %s" % (x, "a") + "{:.2e}".format(x) + str(x) + repr(x)
    return x * x if label.startswith("value") else x


def isinstance_of_tuple(x):
    if isinstance(x, (int, float)) and not isinstance(x, bool):
        return x * x
    return x


def comparison_chain_of_floats(x):
    return x * x if 0 < x <= 1 < 2 else -x


def boolean_arithmetic(x):
    return x * (x > 0.1) + x * x * (x < 0.1) + True * x


def complex_inside(x):
    z = complex(x, 2 * x) * (1 + 2j)
    return z.real * abs(z) + z.imag * z.conjugate().real


def numbers(x):
    return 0x10 * x + 1_000.5 * x**2 + 1e-3 * x + 0b11 * x + (not 0) * x


def int_division(x):
    return x // 0.2 * x + x % 0.2 + (-x) % 0.7


ZOO = [
    entry(with_catch_warnings, 0.3),
    entry(with_catch_warnings_recorded, 0.3),
    entry(with_two_managers, V),
    entry(with_nullcontext, 0.3),
    entry(with_own_manager, 0.3),
    entry(with_generator_manager, 0.3),
    entry(with_return_inside, 0.3),
    entry(with_in_loop, 0.3),
    entry(with_printoptions, 0.31),
    entry(del_item_of_local, 0.3),
    entry(del_several, 0.3),
    entry(global_reads, 0.3),
    entry(nonlocal_counter, 0.3),
    entry(imports_inside, 0.3),
    entry(annotations, 0.3),
    entry(chained_targets, 0.3),
    entry(starred_middle, 0.3),
    entry(starred_of_array, V),
    entry(starred_displays, 0.3),
    entry(double_starred_displays, 0.3),
    entry(set_display, 0.3, 2),
    entry(slice_objects, V),
    entry(slice_of_variables, V, 2),
    entry(ellipsis, M),
    entry(ellipsis_as_value, 0.3),
    entry(conditional_definition, 0.3),
    entry(conditional_definition, -0.3, name="conditional_definition_else"),
    entry(conditional_lambda, 0.3, 2),
    entry(definition_in_loop, 0.3),
    entry(break_out_of_two_loops, 0.3),
    entry(return_from_three_loops, 0.3),
    entry(mutual_recursion, 0.3),
    entry(type_changes, 0.3),
    entry(type_changes_in_loop, 0.3),
    entry(rotation_of_four, 0.3),
    entry(swap_items, 0.3),
    entry(shadowed, 0.3),
    entry(shadowed_helpers, 0.3),
    entry(generated_names, 0.3),
    entry(assert_with_message, 0.3),
    entry(raise_in_other_branch, 0.3),
    entry(class_inside, 0.3),
    entry(string_building, 0.3),
    entry(isinstance_of_tuple, 0.3),
    entry(comparison_chain_of_floats, 0.3),
    entry(boolean_arithmetic, 0.3),
    entry(complex_inside, 0.3),
    entry(numbers, 0.3),
    entry(int_division, 0.31),
]
