"""Statements and foreign calls are refused before they run, at their line; inactive code is left alone.

The line that a message must name ends in the comment ``# !``.
"""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import ctypes
import ctypes.util

import numpy as np
import pytest

import adjoint
from adjoint import LanguageError, MissingRuleError
from adjoint.testing import check_grad
from tests.helpers import assert_located, assert_refused, marked_lines

V = np.array([0.3, -1.2, 2.1])
HISTORY: list = []
STATE = 0.0
CALLS = 0
LIBM = ctypes.CDLL(ctypes.util.find_library("m") or None)
LIBM.erf.restype, LIBM.erf.argtypes = ctypes.c_double, [ctypes.c_double]
c_erf = LIBM.erf
opaque = np.frompyfunc(lambda v: v * v, 1, 1)


class Cell:
    """A mutable object."""

    def __init__(self):
        self.calls = 0

    def count(self, x):
        self.calls += 1
        return x * x


# ---- statements -------------------------------------------------------------------------------------


def has_try(x):
    try:  # !
        return np.log(x)
    except ValueError:
        return 0.0


def has_finally(x):
    try:  # !
        if x > 0.0:
            return x * x
        y = x
    finally:
        print("left")
    return y


def has_yield(x):
    y = x * x
    yield y  # !


def has_yield_from(x):
    yield from [x, x * x]  # !


async def has_async(x):  # !
    return x * x


def has_global_write(x):
    global STATE
    STATE = x * 2.0  # !
    return STATE * x


def has_eval(x):
    return eval("x * x") * x  # !


def has_exec(x):
    exec("y = x * x")  # !
    return x


def try_in_callee(x):
    return has_try(x) * 2.0


STATEMENTS = [
    (has_try, "ADJ110"), (has_finally, "ADJ110"), (has_yield, "ADJ111"), (has_yield_from, "ADJ111"),
    (has_async, "ADJ112"), (has_global_write, "ADJ113"),
    (has_eval, "ADJ114"), (has_exec, "ADJ114"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "code"), [pytest.param(*row, id=row[0].__name__) for row in STATEMENTS])
def test_statement_is_refused(f, code):
    before = STATE
    assert_refused(f, 1.5, codes=(code,))
    assert before == STATE


@pytest.mark.parametrize(("f", "code"), [pytest.param(*row, id=row[0].__name__) for row in STATEMENTS[:6]])
def test_statement_is_refused_at_decoration(f, code):
    with pytest.raises(LanguageError) as caught:
        adjoint.differentiable(f)
    assert_located(str(caught.value), (code,), marked_lines(f))


def test_statement_in_a_callee_is_refused_at_its_line():
    assert_refused(try_in_callee, 1.5, codes=("ADJ110",), where=(has_try,))


def test_all_problems_are_reported_together():
    def three(x):
        try:  # !
            y = x * x
        except ValueError:
            y = x
        y[0] = 1.0  # !
        return eval("y") * x  # !

    message = assert_refused(three, V.copy(), codes=("ADJ110", "ADJ101", "ADJ114"))
    assert "1 of " in message
    report = str(adjoint.check(three, V.copy()))
    assert all(code in report for code in ("ADJ110", "ADJ101", "ADJ114"))


# ---- foreign code -----------------------------------------------------------------------------------


def calls_ctypes(x):
    return c_erf(x) * x  # !


def calls_ctypes_attribute(x):
    return LIBM.erf(x) * x  # !


def calls_opaque(x):
    return opaque(x) * x  # !


def calls_opaque_inactive(x, n):
    return x * float(opaque(n)) * LIBM.erf(0.5)


def test_ctypes_is_refused():
    assert_refused(calls_ctypes, 0.5, codes=("ADJ120",), error=adjoint.AdjointError)
    assert_refused(calls_ctypes_attribute, 0.5, codes=("ADJ120",), error=adjoint.AdjointError)


def test_callable_without_rule_is_refused_with_a_skeleton():
    message = assert_refused(calls_opaque, 0.5, codes=("ADJ201",), error=MissingRuleError)
    assert "@adjoint.rrule(" in message or "@adjoint.scalar_rule(" in message


def test_foreign_code_on_inactive_values_is_left_alone():
    value, gradient = adjoint.value_and_grad(calls_opaque_inactive)(0.5, 3.0)
    assert value == calls_opaque_inactive(0.5, 3.0)
    assert gradient == 9.0 * LIBM.erf(0.5)


def test_foreign_code_with_a_rule_is_right():
    def erf(x):
        return c_erf(x)

    def energy(x):
        return erf(x) * x

    @adjoint.scalar_rule(erf)
    def erf_rule(out, x):
        return 2.0 / np.sqrt(np.pi) * np.exp(-x * x)

    check_grad(energy, 0.5)


# ---- inactive code is copied as it stands -----------------------------------------------------------


def parse(text):
    try:
        return int(text)
    except ValueError:
        return 2


def inactive_try(x, text):
    try:
        n = int(text)
    except ValueError:
        n = 2
    return x**n * parse(text)


def inactive_global_write(x):
    global CALLS
    CALLS += 1
    return x * x


def inactive_list(x):
    HISTORY.append("called")
    return x * x


def inactive_array_argument(x, counts):
    counts[0] += 1
    counts.sort()
    return np.sum(x * x)


def inactive_generator(x):
    def names():
        yield "a"
        yield "b"

    return x * len(list(names()))


def test_inactive_code_runs_untouched_and_once():
    assert adjoint.grad(inactive_try)(3.0, "3") == 3 * 9.0 * 3
    assert adjoint.grad(inactive_try)(3.0, "three") == 2 * 3.0 * 2
    before = CALLS
    assert adjoint.grad(inactive_global_write)(3.0) == 6.0
    assert CALLS == before + 1
    HISTORY.clear()
    assert adjoint.grad(inactive_list)(3.0) == 6.0
    assert HISTORY == ["called"]
    counts = np.array([5, 1])
    assert np.array_equal(adjoint.grad(inactive_array_argument)(V, counts), 2.0 * V)
    assert np.array_equal(counts, [1, 6])
    assert adjoint.grad(inactive_generator)(3.0) == 2.0


def test_counter_on_an_object_is_inactive():
    cell = Cell()
    assert adjoint.grad(cell.count)(3.0) == 6.0
    assert cell.calls == 1


def assigns_in_generator(xs):
    if any((c := v * v) > 3 for v in xs):
        return c
    return xs[0]


def test_assignment_in_a_generator_expression_reaches_the_function():
    assert adjoint.grad(assigns_in_generator)([1.0, 2.0, 3.0]) == [0.0, 4.0, 0.0]


def mutating_method_of_a_class_inside(x):
    class Shift:
        def by_one(self, v):
            v += 1.0  # !
            return v

    return np.sum(Shift().by_one(x))


def test_refusal_in_a_class_inside_is_shown_at_the_users_line():
    assert_refused(mutating_method_of_a_class_inside, np.ones(2), codes=("ADJ102",))


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: np.sum(np.multiply.outer(x, x)), "np.multiply(a[:, None], b)"),
        (lambda x: np.sum(np.add.reduceat(x, [0, 1])), "np.add.reduce(part)"),
    ],
)
def test_methods_of_ufuncs_without_a_rule_say_what_to_write(f, words):
    with pytest.raises(adjoint.MissingRuleError, match="no rule for `np.") as caught:
        adjoint.grad(f)(np.array([1.0, 2.0]))
    assert words in str(caught.value)


def filled(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = x[i] ** 2  # !
    return y.sum()


def sized(x):
    y = np.empty(x.shape)
    y[:] = x  # !
    return y.sum()


def copied(x):
    y = np.array(x)
    y[0] = 1.0  # !
    return np.sum(y * x)


def elementwise(x):
    y = np.exp(x)
    y[y > 2.0] = 0.0  # !
    return y.sum()


def scaled(x):
    y = 2.0 * x
    y[0] = 1.0  # !
    return y.sum()


def shifted(x):
    y = (x - 1) * 3
    y[1:] = x[1:]  # !
    return y @ y


def negated(x):
    y = -(x**2)
    for i in range(len(y)):
        y[i] += x[i]  # !
    return y.sum()


def copied_and_summed(x):
    y = x.copy()
    y[0] = 0.0  # !
    return y.sum()


def copied_with_shape(x):
    n = x.shape[0]
    y = x.copy()
    y[n - 1] = 0.0  # !
    return np.sum(y)


EARLY = [filled, sized, copied, elementwise, scaled, shifted, negated, copied_and_summed, copied_with_shape]


@pytest.mark.parametrize("f", EARLY)
def test_changes_of_what_is_surely_an_array_are_refused_at_decoration(f):
    with pytest.raises(adjoint.MutationError) as caught:
        adjoint.differentiable(f)
    assert_located(str(caught.value), ("ADJ101",), marked_lines(f))


def local_list(x):
    y = list(x)
    y[0] = x[1] * 2.0
    return sum(y)


def own_copy(x):
    y = x.copy()
    y["a"] = x["a"] * 3.0
    return y["a"] * y["b"]


def own_list(x):
    y = x.copy()
    y[0] = 2.0 * x[1]
    return np.sum(y - np.ones(3))


def either(x):
    y = x.copy()
    if isinstance(x, dict):
        y["a"] = x["a"] * 3.0
        return y["a"] * y["b"]
    return y.sum()


def test_what_may_be_a_list_or_a_dict_is_decided_at_the_call():
    assert adjoint.differentiable(own_list).grad([1.0, 2.0, 3.0]) == [0.0, 3.0, 1.0]
    assert adjoint.differentiable(either).grad({"a": 2.0, "b": 5.0}) == {"a": 15.0, "b": 6.0}
    assert np.array_equal(adjoint.differentiable(local_list).grad(V), [0.0, 3.0, 1.0])
    assert adjoint.differentiable(own_copy).grad({"a": 2.0, "b": 5.0}) == {"a": 15.0, "b": 6.0}


def polynomials():
    class Polynomial:
        """Takes part in arithmetic, and takes items."""

        def __init__(self, coefficients):
            self.coefficients = list(coefficients)

        def __mul__(self, number):
            return Polynomial([c * number for c in self.coefficients])

        def __setitem__(self, power, coefficient):
            self.coefficients[power] = coefficient

    def scaled(x, p):
        assert isinstance(p, Polynomial)
        y = p * 2.0
        y[0] = x
        return y.coefficients[0] * y.coefficients[1]

    return Polynomial, scaled


def test_where_a_class_with_items_is_seen_an_operator_may_return_it():
    polynomial, scaled = polynomials()
    assert adjoint.differentiable(scaled).grad(5.0, polynomial([1.0, 3.0])) == 6.0
