"""Scalars: Python floats, math.*, builtins, type-changing variables."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import logging
import math

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
logger = logging.getLogger(__name__)


def arithmetic(x, z):
    return (x + z) * (x - z) / (x * z) - -x + +z


def powers(x):
    return x**2 + x**-1 + 2.0**x + x**0.5 + x**x


def division_kinds(x):
    return x / 3 + 7.0 / x + x // 0.4 + x % 0.4


def divmod_builtin(x):
    whole, rest = divmod(x, 0.4)
    return whole * rest


def builtins_on_floats(x):
    return abs(-x) + max(x, 0.1) * min(x, 5.0) + pow(x, 3) + round(x, 1)


def sum_with_start(x):
    return sum([x, x * x], x)


def math_functions(x):
    return math.sin(x) * math.exp(-x) + math.log(x) + math.sqrt(x) + math.tanh(x)


def math_more(x):
    return math.hypot(x, 2.0) + math.atan2(x, 0.5) + math.erf(x) + math.lgamma(x + 1.0) + math.pow(x, 1.5)


def math_constants(x):
    return math.pi * x + math.e**x


def math_rounding(x):
    return math.floor(x) * x + math.ceil(x) * x + int(x) * x


def math_fsum_prod(values):
    return math.fsum(values) * math.prod(values)


def math_isnan_guard(x):
    if math.isnan(x) or math.isinf(x):
        return 0.0
    return x * x


def item(x):
    return x[0].item() * x[1].item()


def float_of_element(x):
    return float(x[0]) * float(x[1])


def float_of_array(x):
    return float(np.sum(x * x))


def numpy_scalar_type(x):
    return np.float64(x) * np.sin(x)


def float_constant_from_int(x, n):
    return x * float(n) / int(3.7)


def int_then_float(x):
    y = 0
    y += x
    return y * y


def float_then_int(x):
    y = x * x
    z = y * 2.0
    y = 3
    return z * y


def scalar_then_array(x):
    y = x
    for k in range(2):
        y = y * np.array([1.0, 2.0])
    return y


def array_then_scalar(x):
    y = x * x
    y = np.sum(y)
    return y * y


def none_then_value(x):
    best = None
    for k in range(3):
        value = (x - k) ** 2
        if best is None or value < best:
            best = value
    return best


def type_depends_on_branch(x):
    y = 1 if x > 5.0 else x
    return y * y


def zero_int_initial(values):
    total = 0
    for v in values:
        total = total + v * v
    return total


def isinstance_float(x):
    if isinstance(x, float):
        return x * x
    return x + 100.0


def isinstance_array(x):
    if isinstance(x, (list, tuple, np.ndarray)):
        return np.sum(x) * 2.0
    return x


def type_is(x):
    return x * 2.0 if type(x) is float else x


def isscalar_branch(x):
    x = np.atleast_1d(x) if np.isscalar(x) else x
    return x * x


def integer_argument_inactive(x, n):
    return x**n * n


def bool_argument(x, flag):
    return x * flag + x * (not flag) * 2.0


def string_argument(x, unit):
    return x * {"m": 1.0, "km": 1000.0}[unit]


def variable_unused(x):
    y = x * x
    z = y * 3.0
    return y


def argument_unused(x, z):
    return x * x


def constant_function(x):
    return 4.0


def argument_returned(x):
    return x


def argument_rebound(x):
    x = x * x
    x = np.sin(x)
    return x


def dead_assignment(x):
    y = x**3
    y = x * 2.0
    return y


def many_uses(x):
    return x * x + x * x * x - x / (1.0 + x * x)


def del_name(x):
    y = x * x
    z = y * 2.0
    del y
    return z


def augmented_all(x, z):
    y = x
    y += z
    y *= x
    y -= 3.0
    y /= z
    y **= 2
    return y


def logs(x):
    logger.debug("x = %s", x)
    logger.info(f"x = {x}")
    return x * x


def newton_square_root(x):
    y = x
    for _ in range(20):
        step = 0.5 * (y + x / y)
        if abs(step - y) < 1e-14:
            break
        y = step
    return y


def horner(x):
    result = 0.0
    for c in (1.0, -2.0, 0.5, 3.0):
        result = result * x + c
    return result


def collatz_like(x):
    steps = 0
    while x > 1.1 and steps < 50:
        x = x / 2.0 if steps % 2 == 0 else 0.9 * x + 0.05
        steps += 1
    return x * (1 + steps)


def series_until_small(x):
    term, total, k = 1.0, 1.0, 0
    while abs(term) > 1e-15:
        k += 1
        term = term * x / k
        total = total + term
    return total


def nan_in_untaken_branch(x):
    return math.log(x) if x > 0.0 else 0.0 * x


def conditional_expression_in_call(x):
    return max(x if x > 0.0 else -x, 0.5) * (x or 1.0)


def semicolons(x):
    y = x * x; z = y + x  # fmt: skip
    return y * z


def long_expression(x, y):
    return (
        x * y
        + np.sin(x)  # the comment stays the user's
        * np.cos(y)
        - x / y
    )


def numpy_scalar_argument(x):
    return x * x + np.cos(x)


def complex_builtin(x):
    z = complex(x, 2.0 * x)
    return (z * z.conjugate()).real + abs(z)


ZOO = [
    entry(arithmetic, 1.3, 0.6),
    entry(powers, 1.3),
    entry(division_kinds, 1.3),
    entry(divmod_builtin, 1.3),
    entry(builtins_on_floats, 1.32),
    entry(sum_with_start, 1.3),
    entry(math_functions, 1.3),
    entry(math_more, 1.3),
    entry(math_constants, 1.3),
    entry(math_rounding, 1.3),
    entry(math_fsum_prod, [1.3, 0.6, 0.2]),
    entry(math_isnan_guard, 1.3),
    entry(item, V),
    entry(float_of_element, V),
    entry(float_of_array, V),
    entry(numpy_scalar_type, 1.3),
    entry(float_constant_from_int, 1.3, 4),
    entry(int_then_float, 1.3),
    entry(float_then_int, 1.3),
    entry(scalar_then_array, 1.3),
    entry(array_then_scalar, V),
    entry(none_then_value, 1.7),
    entry(type_depends_on_branch, 1.3),
    entry(type_depends_on_branch, 6.3, name="type_depends_on_branch_int"),
    entry(zero_int_initial, [1.3, 0.6, 0.2]),
    entry(isinstance_float, 1.3),
    entry(isinstance_array, V),
    entry(isinstance_array, 1.3, name="isinstance_array_of_float"),
    entry(type_is, 1.3),
    entry(isscalar_branch, 1.3),
    entry(isscalar_branch, V, name="isscalar_branch_of_array"),
    entry(integer_argument_inactive, 1.3, 3),
    entry(bool_argument, 1.3, True),
    entry(string_argument, 1.3, "km"),
    entry(variable_unused, 1.3),
    entry(argument_unused, 1.3, 0.6),
    entry(constant_function, 1.3),
    entry(argument_returned, 1.3),
    entry(argument_rebound, 1.3),
    entry(dead_assignment, 1.3),
    entry(many_uses, 1.3),
    entry(del_name, 1.3),
    entry(augmented_all, 1.3, 0.6),
    entry(logs, 1.3),
    entry(newton_square_root, 1.3),
    entry(horner, 1.3),
    entry(collatz_like, 9.3),
    entry(series_until_small, 1.3),
    entry(nan_in_untaken_branch, 1.3),
    entry(nan_in_untaken_branch, -1.3, name="nan_in_untaken_branch_other"),
    entry(conditional_expression_in_call, 1.3),
    entry(semicolons, 1.3),
    entry(long_expression, 1.3, 0.6),
    entry(numpy_scalar_argument, np.float64(1.3)),
    entry(numpy_scalar_argument, np.float32(1.3), name="numpy_scalar_argument_float32"),
    entry(complex_builtin, 1.3),
]
