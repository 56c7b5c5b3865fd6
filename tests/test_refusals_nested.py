"""Problems inside functions defined in the function: refused with it, all at once, when it is decorated.

The line that a message must name ends in the comment ``# !``.
"""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import heapq
import itertools

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad
from tests.helpers import assert_located, marked_lines

LIBM = ctypes.CDLL(ctypes.util.find_library("m") or None)
LIBM.erf.restype, LIBM.erf.argtypes = ctypes.c_double, [ctypes.c_double]
WRITTEN = 0.0


def mapped_try(x):
    def square(t):
        try:  # !
            return t * t
        except ValueError:
            return 0.0

    return sum(map(square, [x, 2.0 * x]))


def mapped_mutation(x):
    def first(t):
        t[0] = 0.0  # !
        return np.sum(t)

    return sum(list(map(first, [x, 2.0 * x])))


def mapped_foreign(x):
    values = [v for v in map(lambda t: LIBM.erf(t) * t, [x, 2.0 * x])]  # !
    return values[0] * values[1]


def mapped_global(x):
    def note(t):
        global WRITTEN
        WRITTEN = t  # !
        return t * t

    return sum(map(note, [x, x]))


def mapped_eval(x):
    return sum(map(lambda t: eval("t") * t, [x]))  # !


def mapped_in_a_loop(x):
    total = 0.0
    for k in range(3):

        def scaled(t):
            try:  # !
                return t * k
            except ValueError:
                return 0.0

        for value in map(scaled, [x, x * x]):
            total = total + value
    return total


def reduced_try(x):
    def product(a, b):
        try:  # !
            return a * b
        except ValueError:
            return 0.0

    return functools.reduce(product, [x, 2.0 * x, 3.0])


def accumulated_try(x):
    def product(a, b):
        try:  # !
            return a * b
        except ValueError:
            return 0.0

    return list(itertools.accumulate([x, 2.0 * x], product))[-1]


def nested_twice(x):
    def outer(t):
        def inner(a):
            try:  # !
                return a * x
            except ValueError:
                return 0.0

        return sum(map(inner, [t]))

    return outer(x)


def everything_at_once(x):
    def square(t):
        try:  # !
            return t * t
        except ValueError:
            return 0.0

    def cube(t):
        return eval("t") * t  # !

    y = LIBM.erf(x)  # !
    return y + cube(x) + sum(map(square, [x]))


def printed(x):
    def square(t):
        try:  # !
            return t * t
        except ValueError:
            return 0.0

    shown = list(map(square, [x, 2.0 * x]))
    print(shown, list(map(square, [x])))
    return x * x


def starmapped_mutation(x):
    def first(t, k):
        t[0] = 0.0  # !
        return np.sum(t) * k

    return sum(itertools.starmap(first, [(x, 1.0), (2.0 * x, 2.0)]))


def partial_try(x):
    def product(a, b, k=1.0):
        try:  # !
            return a * b
        except ValueError:
            return k

    return functools.partial(product, 2.0)(x, k=3.0)


def vectorized_try(x):
    def square(t):
        try:  # !
            return t * t
        except ValueError:
            return 0.0

    return np.sum(np.vectorize(square)(x))


def along_an_axis(x):
    def first(t):
        t[0] = 0.0  # !
        return np.sum(t)

    return np.sum(np.apply_along_axis(first, 0, x))


REFUSED = [
    (starmapped_mutation, ("ADJ101",)),
    (partial_try, ("ADJ110",)),
    (vectorized_try, ("ADJ110",)),
    (along_an_axis, ("ADJ101",)),
    (mapped_try, ("ADJ110",)),
    (mapped_mutation, ("ADJ101",)),
    (mapped_foreign, ("ADJ120",)),
    (mapped_global, ("ADJ113",)),
    (mapped_eval, ("ADJ114",)),
    (mapped_in_a_loop, ("ADJ110",)),
    (reduced_try, ("ADJ110",)),
    (accumulated_try, ("ADJ110",)),
    (nested_twice, ("ADJ110",)),
    (printed, ("ADJ110",)),
    (everything_at_once, ("ADJ110", "ADJ114", "ADJ120")),
]


@pytest.mark.parametrize(("f", "codes"), [pytest.param(*row, id=row[0].__name__) for row in REFUSED])
def test_problems_of_nested_functions_are_refused_at_decoration(f, codes):
    with pytest.raises(adjoint.AdjointError) as caught:
        adjoint.differentiable(f)
    assert_located(str(caught.value), codes, marked_lines(f))
    assert len(caught.value.problems) == len(marked_lines(f))
    x = 0.5 if "ADJ101" not in codes else np.ones(2)
    assert {problem.code for problem in adjoint.check(f, x)} == set(codes)
    with pytest.raises(adjoint.AdjointError):
        adjoint.grad(f)(x)


def key_of_sorted(x):
    def key(t):
        try:
            return -t
        except ValueError:
            return 0.0

    return sorted([x, 2.0 * x, 3.0], key=key)[1]


def predicate_of_filter(x):
    def positive(t):
        try:
            return t > 0
        except ValueError:
            return False

    return sum(t * t for t in filter(positive, [x, -x]))


def of_inactive_items(x, names=("1", "b")):
    def number(text):
        try:
            return int(text)
        except ValueError:
            return 2

    return x * sum(map(number, names))


def never_called(x):
    def square(t):
        try:
            return t * t
        except ValueError:
            return 0.0

    return x * x


def fine_when_traced(x):
    def heaped(t):
        heap = []
        heap.extend([t, 2.0 * t])
        return heap[0] * heap[1]

    return functools.reduce(lambda a, b: a + b, map(heaped, [x, 2.0 * x]))


def shown_at_once(x):
    def size(t):
        try:
            return t * LIBM.erf(t)
        except ValueError:
            return 0.0

    print(size(2.0 * x), f"{size(x):.3f}", LIBM.erf(x))
    assert size(x) < 10.0, "too large"
    while LIBM.erf(x) < 0.9 and x < 5.0:
        x = 1.5 * x
    return x * x if size(x) > 0.1 else x


def asked(t):
    try:
        return bool(t > 0.5)
    except TypeError:
        return False


def label(t):
    try:
        return f"{t:.3f}"
    except TypeError:
        return "?"


def answer_without_derivative(x):
    named = {"label": label(x)}
    if asked(x) and not asked(x - 1.0):
        return x * x * len(named["label"])
    return x


def given_settings(x):
    def power(t, text):
        try:
            n = int(text)
        except ValueError:
            n = 2
        return t**n

    return functools.partial(power, text="3")(x)


FINE = [
    shown_at_once,
    answer_without_derivative,
    given_settings,
    key_of_sorted,
    predicate_of_filter,
    of_inactive_items,
    never_called,
    fine_when_traced,
]


@pytest.mark.parametrize("f", FINE)
def test_nested_functions_that_stand_in_nobodys_way_are_left_alone(f, capsys):
    x = 0.7
    assert adjoint.check(f) == () and adjoint.check(f, x) == ()
    check_grad(adjoint.differentiable(f), x)


def traced_as_a_whole(x):
    def square(t):
        try:
            return t * t
        except ValueError:
            return 0.0

    heap = [2.0 * x, x]
    heapq.heapify(heap)
    lowest = heapq.heappop(heap)
    return sum(map(square, [lowest, 2.0 * x]))


def test_a_function_that_runs_with_traced_values_may_hand_on_anything():
    check_grad(traced_as_a_whole, 0.7)
    assert adjoint.check(traced_as_a_whole, 0.7) == ()
