"""Calls: user functions, closures, lambdas, recursion, functions as values, names."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import functools
import math
import operator
from functools import partial, reduce

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def square(x):
    return x * x


def scaled(x, scale=2.0, *, shift=0.5):
    return x * scale + shift * x


def two_outputs(x):
    return x * x, np.sin(x)


def total_of(*values):
    result = 0.0
    for value in values:
        result = result + value * value
    return result


def weighted(**weights):
    return weights["a"] * 2.0 + weights["b"] ** 2


def calls_user_function(x):
    return square(x) + square(square(x) * 0.1)


def call_with_default(x):
    return scaled(x)


def call_with_keyword(x, z):
    return scaled(x, scale=z)


def call_with_keyword_only(x, z):
    return scaled(x, 3.0, shift=z)


def call_keywords_out_of_order(x, z):
    return scaled(shift=z, x=x)


def call_with_star_args(x, z):
    return total_of(x, *[z, x * z], 2.0)


def star_args_of_tuple(pair):
    return total_of(*pair)


def call_with_star_kwargs(x, z):
    options = {"scale": z, "shift": x}
    return scaled(x, **options)


def call_var_keywords(x, z):
    return weighted(a=x, b=z)


def takes_star_args(*args):
    return args[0] * args[1] + len(args)


def takes_star_after_first(x, *rest):
    return x * sum(rest)


def positional_only(x, z, /):
    return x / z


def default_is_used(x, power=3):
    return x**power


def star_call_of_array(x):
    return positional_only(*x[:2])


def callee_returns_two(x):
    a, b = two_outputs(x)
    return a * b


def callee_result_ignored(x):
    two_outputs(x)
    return x * 3.0


def callee_with_inactive_argument(x, n):
    return scaled(x, float(n)) + scaled(float(n))


def lambda_local(x):
    cube = lambda t: t * t * t
    return cube(x) + cube(2.0 * x)


def lambda_called_in_place(x):
    return (lambda a, b: a * b + a)(x, np.cos(x))


def lambda_captures(x, z):
    shift = lambda t: t * z + x
    return shift(x) * shift(z)


one_of_three, two_of_three, three_of_three = lambda x: x * x, lambda x: x**3, lambda x: np.sin(x) * 2.0
two_on_a_line = [lambda x: x + 1.0 / x, lambda x: x * np.exp(x)]


def lambda_with_default(x):
    f = lambda t, k=2.0: t**k
    return f(x) + f(x, k=3.0)


def nested_function(x):
    def inner(t):
        return t * t + 1.0

    return inner(x) * inner(x * 0.5)


def closure_over_argument(x, z):
    def inner(t):
        return t * z

    return inner(x) + inner(z)


def closure_over_local(x):
    scale = np.sin(x)

    def inner(t):
        return t * scale

    return inner(x) + inner(2.0)


def closure_sees_rebinding(x):
    a = x
    f = lambda: a * a
    a = x * 3.0
    return f()


def closure_in_loop(x):
    total = 0.0
    for k in range(3):
        f = lambda t: t * k + x * t
        total = total + f(x)
    return total


def closure_two_deep(x):
    def outer(t):
        def inner(s):
            return s * t + x

        return inner(t) * 2.0

    return outer(x * 0.5)


def closure_returned(x, z):
    def adder(n):
        return lambda t: t * n

    double, triple = adder(x), adder(z)
    return double(z) + triple(triple(x))


def make_polynomial(coefficients):
    def polynomial(x):
        result = 0.0
        for c in coefficients:
            result = result * x + c
        return result

    return polynomial


def compose(f, g):
    return lambda x: f(g(x))


def calls_composed(x):
    return compose(np.sin, square)(x)


def factorial_like(x, n):
    if n <= 1:
        return x
    return factorial_like(x, n - 1) * (x + n)


def recursive_power(x, n):
    if n == 0:
        return 1.0
    half = recursive_power(x, n // 2)
    return half * half * x if n % 2 else half * half


def recursive_sum(x):
    if len(x) == 1:
        return x[0] ** 2
    middle = len(x) // 2
    return recursive_sum(x[:middle]) * 2.0 + recursive_sum(x[middle:])


def even_step(x, n):
    return x if n == 0 else odd_step(x * 1.5, n - 1)


def odd_step(x, n):
    return x * x if n == 0 else even_step(x + 0.3, n - 1)


def nested_recursion(x):
    def go(t, n):
        return t if n == 0 else go(np.sin(t) * x, n - 1)

    return go(x, 3)


def function_argument(f, x):
    return f(x) * x


def functions_in_list(x):
    result = x
    for f in [np.sin, square, lambda t: t + 2.0]:
        result = f(result)
    return result


def functions_in_dict(x, name):
    table = {"sin": np.sin, "square": square}
    return table[name](x) + x


def function_in_local_name(x):
    f = np.exp if x > 0.0 else np.sin
    return f(x) * x


def partial_inside(x, z):
    f = partial(scaled, scale=z)
    return f(x) + f(x, shift=x)


def product_less(a, b, *, c):
    return a * b - c


def partial_of_a_partial(x, z):
    f = partial(product_less, x, c=x * x)
    g = partial(f, z, c=x)
    h = partial(partial(lambda a, b, c=1.0: a * b * c, x), c=z)
    return g() + f(3.0) + partial(f, 2.0)() + h(z)


def partial_positional(x, z):
    return functools.partial(operator.mul, x)(z)


def reduce_operator(values):
    return reduce(operator.mul, values)


def reduce_with_lambda(values):
    return reduce(lambda a, b: a * 0.5 + b * b, values, 1.0)


def map_function(values):
    return sum(map(square, values))


def map_list(values):
    return np.array(list(map(lambda v: v * 2.0, values)))


def operator_module(x, z):
    return operator.add(operator.truediv(x, z), operator.neg(operator.pow(x, 2)))


def decorated_with(factor):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args):
            return factor * f(*args)

        return wrapper

    return decorate


@decorated_with(3.0)
def wrapped(x):
    return x * x


def calls_wrapped(x):
    return wrapped(x) + x


def math_module_argument(x):
    for f in (math.sin, math.exp, math.atan):
        x = f(x)
    return x


ZOO = [
    entry(calls_user_function, 1.3),
    entry(call_with_default, 1.3),
    entry(call_with_keyword, 1.3, 0.6),
    entry(call_with_keyword_only, 1.3, 0.6),
    entry(call_keywords_out_of_order, 1.3, 0.6),
    entry(call_with_star_args, 1.3, 0.6),
    entry(star_args_of_tuple, (1.3, 0.6)),
    entry(call_with_star_kwargs, 1.3, 0.6),
    entry(call_var_keywords, 1.3, 0.6),
    entry(takes_star_args, 1.3, 0.6),
    entry(takes_star_after_first, 1.3, 0.6, 0.2),
    entry(positional_only, 1.3, 0.6),
    entry(default_is_used, 1.3),
    entry(star_call_of_array, V),
    entry(callee_returns_two, 1.3),
    entry(callee_result_ignored, 1.3),
    entry(callee_with_inactive_argument, 1.3, 4),
    entry(lambda_local, 1.3),
    entry(lambda_called_in_place, 1.3),
    entry(lambda_captures, 1.3, 0.6),
    entry(one_of_three, 1.3, name="lambda_one_of_three"),
    entry(two_of_three, 1.3, name="lambda_two_of_three"),
    entry(three_of_three, 1.3, name="lambda_three_of_three"),
    entry(two_on_a_line[0], 1.3, name="lambda_first_on_line"),
    entry(two_on_a_line[1], 1.3, name="lambda_second_on_line"),
    entry(lambda_with_default, 1.3),
    entry(nested_function, 1.3),
    entry(closure_over_argument, 1.3, 0.6),
    entry(closure_over_local, 1.3),
    entry(closure_sees_rebinding, 1.3),
    entry(closure_in_loop, 1.3),
    entry(closure_two_deep, 1.3),
    entry(closure_returned, 1.3, 0.6),
    entry(make_polynomial([0.3, -1.0, 2.0]), 1.3, name="function_with_closure_cells"),
    entry(compose(np.sin, square), 1.3, name="composed_function"),
    entry(calls_composed, 1.3),
    entry(factorial_like, 1.3, 4),
    entry(recursive_power, 1.3, 5),
    entry(recursive_sum, V),
    entry(even_step, 1.3, 4, name="mutual_recursion"),
    entry(even_step, 1.3, 5, name="mutual_recursion_odd"),
    entry(nested_recursion, 1.3),
    entry(function_argument, np.sin, 1.3),
    entry(function_argument, square, 1.3, name="function_argument_user"),
    entry(functions_in_list, 1.3),
    entry(functions_in_dict, 1.3, "square"),
    entry(function_in_local_name, 1.3),
    entry(partial_inside, 1.3, 0.6),
    entry(partial_of_a_partial, 1.3, 0.6),
    entry(partial_positional, 1.3, 0.6),
    entry(partial(scaled, scale=3.0), 1.3, name="differentiate_partial"),
    entry(partial(positional_only, 2.0), 1.3, name="differentiate_partial_positional"),
    entry(np.sin, 1.3, name="differentiate_ufunc"),
    entry(reduce_operator, [1.3, 0.6, 2.0]),
    entry(reduce_with_lambda, [1.3, 0.6, 2.0]),
    entry(map_function, [1.3, 0.6, 2.0]),
    entry(map_list, [1.3, 0.6, 2.0]),
    entry(operator_module, 1.3, 0.6),
    entry(wrapped, 1.3),
    entry(calls_wrapped, 1.3),
    entry(math_module_argument, 0.4),
]
