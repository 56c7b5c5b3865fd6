"""Every example of Zygote's page of limitations, in Python: it works, or is refused at its line.

The page promises three refusals (array mutation, ``try``, foreign calls), the ways around each, and
warns of three weak spots (mutable structs, re-used names, second derivatives).  The line that a
refusal must name ends in the comment ``# !``.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import dataclasses
import time

import numpy as np
import pytest

import adjoint
from adjoint import AdjointError, LanguageError, MutationError
from adjoint.testing import check_grad
from tests.helpers import assert_located, assert_refused, assert_right_or_refused, marked_lines

V = np.array([0.4, 1.3, 2.2])

LIBC = ctypes.CDLL(ctypes.util.find_library("c") or None)
c_clock = LIBC.clock
c_clock.restype = ctypes.c_long
LIBM = ctypes.CDLL(ctypes.util.find_library("m") or None)
c_cos = LIBM.cos
c_cos.restype, c_cos.argtypes = ctypes.c_double, [ctypes.c_double]


# ---- array mutation ---------------------------------------------------------------------------------


def doubles_in_place(x):
    x[:] = 2.0 * x  # !
    return x


def test_mutating_function_is_refused():
    message = assert_refused(doubles_in_place, V.copy(), codes=("ADJ101",), error=MutationError)
    assert "in-place" in message


def test_mutating_anonymous_function_is_refused():
    """The page's form: a do block, here a nested function, calls the mutating one."""

    def anonymous(x):
        return np.sum(doubles_in_place(x))

    assert_refused(anonymous, V.copy(), codes=("ADJ101",), error=MutationError, where=(doubles_in_place,))


def pushes_to_argument(values, x):
    values.append(x)  # !
    return sum(values)


def pops_from_argument(values):
    values.pop()  # !
    return sum(values)


def calls_mutating_function(c, a, b):
    np.matmul(a, b, out=c)  # !
    return np.sum(c)


def test_the_pages_other_mutating_operations_are_refused():
    assert_refused(pushes_to_argument, [1.0], 2.0, codes=("ADJ103",), error=MutationError)
    assert_refused(pops_from_argument, [1.0, 2.0], codes=("ADJ103",), error=MutationError)
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert_refused(
        calls_mutating_function, np.zeros((2, 2)), matrix, matrix, codes=("ADJ101",), error=MutationError
    )


def fills(x, y):
    x[:] = 2.0 * y  # !
    return x


def hides_mutation(y):
    """The page's ``g(y) = g!(similar(y), y)``: mutation under the hood of a pure function."""
    return np.sum(fills(np.empty_like(y), y))


def test_mutation_under_the_hood_is_right_or_refused_where_it_happens():
    try:
        gradient = adjoint.grad(hides_mutation)(V.copy())
    except MutationError as error:
        assert_located(str(error), ("ADJ101",), marked_lines(fills))
    else:
        assert np.array_equal(gradient, np.full(3, 2.0))


def without_mutation(x):
    return np.sum(2.0 * x)


def test_first_way_around_avoid_the_operation():
    """The page's own result for the rewritten function: twos."""
    assert np.array_equal(adjoint.grad(without_mutation)(V), [2.0, 2.0, 2.0])


def collects_then_stacks(y):
    rows = []
    for element in y:
        rows.append(2.0 * element)
    return np.sum(np.stack(rows))


def test_write_then_freeze_by_a_list():
    """What ``Zygote.Buffer`` is for is said in Python with a local list."""
    assert np.array_equal(adjoint.grad(collects_then_stacks)(V), [2.0, 2.0, 2.0])


# ---- try statements ---------------------------------------------------------------------------------


def tryme(x):
    try:  # !
        return 2.0 * x
    except ValueError:
        return x


def test_try_is_refused():
    message = assert_refused(tryme, V, codes=("ADJ110",))
    assert "`try`" in message


def test_try_is_refused_inside_an_anonymous_function():
    assert_refused(lambda x: np.sum(tryme(x)), V, codes=("ADJ110",), where=(tryme,))


def test_try_is_refused_at_decoration():
    with pytest.raises(LanguageError) as caught:
        adjoint.differentiable(tryme)
    assert_located(str(caught.value), ("ADJ110",), marked_lines(tryme))


def sentinel(x):
    """The page's advice: return a sentinel instead of raising."""
    y = 2.0 * x if np.all(np.isfinite(x)) else None
    return np.sum(x) if y is None else np.sum(y)


def test_way_around_try():
    assert np.array_equal(adjoint.grad(sentinel)(V), [2.0, 2.0, 2.0])


# ---- foreign calls ----------------------------------------------------------------------------------


def jclock(x):
    return c_clock() * x


def foreign_cosine(x):
    return c_cos(x) * 2.0  # !


def test_foreign_call_with_an_active_argument_is_refused():
    message = assert_refused(foreign_cosine, 0.3, codes=("ADJ120",), error=AdjointError)
    assert "rule" in message


def test_foreign_call_without_active_arguments_is_a_constant_factor():
    """The page refuses this one too; the value of ``clock`` carries no derivative, so it is right here."""
    value, pullback = adjoint.vjp(jclock, 2.0)
    assert pullback(1.0) == (value / 2.0,)


def test_foreign_call_with_a_rule():
    """The page's ``rrule`` for ``jclock``."""

    def jclock_with_rule(x):
        return time.process_time_ns() * x

    @adjoint.rrule(jclock_with_rule)
    def rule(x):
        y = jclock_with_rule(x)

        def pullback(y_bar):
            return y_bar * y

        return y, pullback

    value, gradient = adjoint.value_and_grad(lambda x: jclock_with_rule(x))(1.0)
    assert gradient == value


def test_way_around_a_foreign_call_is_a_rule():
    def cosine(x):
        return c_cos(x)

    @adjoint.scalar_rule(cosine)
    def rule(out, x):
        return -np.sin(x)

    check_grad(lambda x: cosine(x) * x, 0.3)


# ---- known issues: mutable structs ------------------------------------------------------------------


@dataclasses.dataclass
class Pair:
    a: float
    b: float


def sets_field_of_argument(pair, x):
    pair.a = x  # !
    return pair.a * pair.b


def sets_field_of_local(x):
    pair = Pair(1.0, x)
    pair.a = x * x
    return pair.a * pair.b


def makes_changed_copy(pair, x):
    """The page's ``@set``: a new object, without effect on other copies."""
    changed = dataclasses.replace(pair, a=x)
    return changed.a * changed.b + pair.a


def test_field_of_an_argument_is_refused():
    assert_refused(sets_field_of_argument, Pair(1.0, 2.0), 3.0, codes=("ADJ104",), error=MutationError)


def test_field_of_an_object_made_here():
    check_grad(sets_field_of_local, 1.3)


def test_changed_copy():
    check_grad(makes_changed_copy, Pair(1.0, 2.0), 3.0)


# ---- known issues: re-used names --------------------------------------------------------------------


def mysum(x, n):
    tot = 0.0
    for _ in range(n):
        tot += x**n
    return tot


def type_changes(x):
    tot = 0
    for k in range(3):
        tot = tot + x * k
    tot = np.array([tot, x])
    return tot[0] * tot[1]


def rebound_from_a_closure(x):
    tot = 0.0

    def add(value):
        nonlocal tot
        tot = tot + value

    for k in range(3):
        add(x * k)
    return tot * x


def test_rebinding_a_name():
    assert adjoint.grad(mysum)(2.0, 3) == 3 * 3 * 4.0
    check_grad(mysum, 1.3, 4)


def test_type_of_a_name_changes():
    check_grad(type_changes, 1.3)


def test_name_rebound_from_within_a_closure_is_never_wrong():
    """The page's boxed variable: Zygote may be confused by it."""
    assert_right_or_refused(rebound_from_a_closure, 1.3)


# ---- known issues: second derivatives ---------------------------------------------------------------


def cubic(x):
    return x * x * x + np.sin(x)


def test_second_derivative_is_right_or_refused():
    """Reverse over reverse: right where it is supported, and an error of ours where it is not."""
    try:
        second = adjoint.grad(lambda x: adjoint.grad(cubic)(x))(0.7)
    except AdjointError as error:
        assert "ADJ" in str(error)
    else:
        assert second == pytest.approx(6.0 * 0.7 - np.sin(0.7))
