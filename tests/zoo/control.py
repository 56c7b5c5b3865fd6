"""Control flow: branches, loops, jumps, returns."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import math

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def if_only(x):
    y = x
    if x > 1.0:
        y = x * x
    return y


def if_else(x):
    if x > 0.0:
        y = np.sin(x)
    else:
        y = x * x
    return y * x


def if_elif_else(x):
    if x < -1.0:
        y = x * x
    elif x < 1.0:
        y = x**3
    else:
        y = np.exp(-x)
    return y + x


def if_nested(x, z):
    if x > 0.0:
        if z > 0.0:
            y = x * z
        else:
            y = x - z * z
    else:
        y = z
    return y * x


def if_three_way_without_else(x):
    y = 2.0 * x
    if x > 10.0:
        y = x
    elif x > 0.5:
        y = y * x
    elif x > 0.0:
        y = x / 3.0
    return y


def set_in_one_branch(x, flag):
    if flag:
        scale = x * 2.0
    else:
        unused = x
    return x * scale if flag else x


def branch_returns(x):
    if x > 2.0:
        return x * x
    return np.cos(x)


def guard_clauses(x):
    if x < 0.0:
        return -x
    if x > 10.0:
        return 10.0 * x
    return x * np.log(x)


def return_in_else(x):
    if x < 0.0:
        y = x * x
    else:
        return np.sqrt(x)
    return y + 1.0


def all_branches_return(x):
    if x > 1.0:
        return x * 3.0
    elif x > 0.0:
        return x**2
    else:
        return x**3


def code_after_return(x):
    return x * x
    x = x + 100.0
    return x


def array_decides_branch(x):
    if np.sum(x) > 0.0:
        return x * x[0]
    return x


def ternary(x):
    return x * x if x > 0.0 else -x


def ternary_nested(x):
    return x if x > 3.0 else x * x if x > 1.0 else x * x * x


def ternary_evaluates_one_side(x):
    return math.log(x) if x > 0.0 else math.log(-x)


def and_as_value(x, z):
    return (x and z) * x


def or_as_value(x, z):
    y = x * 0.0 or z
    return y * z


def or_default(x, scale=None):
    scale = scale or 2.0
    return x * scale


def not_in_test(x):
    if not x > 0.0 and not (x < -5.0 or x > 7.0):
        return x * 4.0
    return x


def short_circuit_guards(x, n):
    if n != 0 and x / n > 0.5:
        return x / n
    return x


def comparison_chain(x):
    if 0.0 < x < 1.0 <= x + 1.0 != 7.0:
        return x * x
    return x


def is_none(x, y=None):
    if y is None:
        return x * 2.0
    return x * y


def membership(x, mode):
    if mode in ("double", "twice"):
        return x * 2.0
    if mode not in {"half": 1}:
        return x
    return x / 2.0


def assert_holds(x):
    assert x > 0.0, f"x is {x}"
    return np.log(x)


def raise_not_taken(x):
    if x < 0.0:
        raise ValueError("negative")
    return np.sqrt(x)


def pass_and_docstring(x):
    """Return the square."""
    if x > 100.0:
        pass
    ...
    return x * x



ZOO = [
    entry(if_only, 1.7),
    entry(if_only, 0.4, name="if_only_not_taken"),
    entry(if_else, 0.8),
    entry(if_else, -0.8, name="if_else_other"),
    entry(if_elif_else, -1.5),
    entry(if_elif_else, 0.5, name="if_elif_else_middle"),
    entry(if_elif_else, 1.5, name="if_elif_else_last"),
    entry(if_nested, 1.2, -0.7),
    entry(if_nested, -1.2, 0.7, name="if_nested_else"),
    entry(if_three_way_without_else, 0.9),
    entry(if_three_way_without_else, -0.9, name="if_three_way_none_taken"),
    entry(set_in_one_branch, 1.3, True),
    entry(set_in_one_branch, 1.3, False, name="not_set_in_one_branch"),
    entry(branch_returns, 2.5),
    entry(branch_returns, 1.5, name="branch_does_not_return"),
    entry(guard_clauses, 2.5),
    entry(guard_clauses, -2.5, name="guard_clause_first"),
    entry(return_in_else, 2.5),
    entry(return_in_else, -2.5, name="return_not_in_else"),
    entry(all_branches_return, 0.5),
    entry(code_after_return, 1.5),
    entry(array_decides_branch, V),
    entry(ternary, 1.4),
    entry(ternary, -1.4, name="ternary_else"),
    entry(ternary_nested, 2.0),
    entry(ternary_evaluates_one_side, 2.0),
    entry(ternary_evaluates_one_side, -2.0, name="ternary_evaluates_other_side"),
    entry(and_as_value, 1.2, 0.3),
    entry(or_as_value, 1.2, 0.3),
    entry(or_default, 1.2),
    entry(or_default, 1.2, 3.0, name="or_default_given"),
    entry(not_in_test, -1.0),
    entry(short_circuit_guards, 1.5, 0),
    entry(short_circuit_guards, 1.5, 2, name="short_circuit_passes"),
    entry(comparison_chain, 0.6),
    entry(comparison_chain, 1.6, name="comparison_chain_false"),
    entry(is_none, 1.1),
    entry(is_none, 1.1, 0.6, name="is_not_none"),
    entry(membership, 1.1, "twice"),
    entry(membership, 1.1, "half", name="membership_else"),
    entry(assert_holds, 1.1),
    entry(raise_not_taken, 1.1),
    entry(pass_and_docstring, 1.1),
]
