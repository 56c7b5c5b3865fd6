"""Assignment expressions, wherever Python allows them."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def in_if(x):
    if (c := x * x) > 0.01:
        return c * x
    return x


def in_elif(x):
    if x > 5:
        return x
    elif (c := x * 3) > 0.5 and (d := c * c) > 0.1:
        return c * d
    else:
        return c


def in_while(x):
    y = x
    while (y := y * 0.5 * x) > 0.001:
        pass
    return y


def in_while_with_and(x):
    n, y = 0, x
    while (y := y * 0.5) > 0.01 and n < 3:
        n += 1
        if n == 2:
            continue
    else:
        y = y * x
    return y * x


def in_assert(x):
    assert (c := x * x) > 0
    return c * x


def in_inactive_call(x):
    str(c := x * x)
    return c * x


def in_comparison(x):
    b = (c := x * x) < 2
    return c * x + b


def in_comparison_chain(x):
    b = 0.01 < (c := x * x) < (d := 3 * x)
    return c * x + d * b


def in_or(x):
    b = (c := x * x) > 5 or (d := x * 3) > 0
    return c * d * b


def in_comprehension(x):
    s = [(c := v * x) for v in (1.0, 2.0)]
    return c * s[0]


def in_comprehension_condition(x):
    t = [v for v in (1.0, 2.0, 3.0) if (m := v * x) > 0.5]
    return m * sum(t)


def in_nested_comprehension(x):
    t = [[(c := v * w * x) for v in (1.0, 2.0)] for w in (3.0, 4.0)]
    return c * t[0][1]


def in_dict_comprehension(x):
    t = {(k := f"k{v}"): (c := v * x) for v in (1.0, 2.0)}
    return c * t[k] + len(k) * x


def in_f_string(x):
    s = f"{(c := x * x):.3f}"
    return c * len(s)


def in_index(x):
    i = [1, 2, 3][(k := int(x > 0))]
    return x * i * k


def in_operands(x):
    return (c := x * x) * (c := c * x) + c


def operand_changes(x):
    return x * (x := x * x) + x * [x, (x := 3 * x)][0]


def argument_changes(x):
    return np.sin(x) * max(x, (x := 2 * x), x)


def in_call(x):
    y = np.sin(z := x * x) + z
    return y


def in_conditional(x):
    y = (c := x * x) if (d := 2 * x) > 0.1 else (c := x)
    return y * c * d


def in_statement(x):
    (c := x * x)
    x if x > 5 else (d := c * x)
    return c * d


def in_for(x):
    total = 0.0
    for v in (values := [x, x * x, 3 * x]):
        total = total * v + v
    return total * values[1]


def in_display(x):
    d = {"a": (c := x * x)}
    d["b"] = (e := c * x)
    return e * d["a"] * c * d["b"]


def in_lambda(x):
    f = lambda y: (t := y * x) * t
    return f(x) + f(2.0)


def in_integer(x):
    n = int((c := x * x) * 10)
    return c * n


def array_in_call(v):
    return np.sum((w := v * v) * v) + np.max(w)


ZOO = [
    entry(in_if, 0.3),
    entry(in_elif, 0.3),
    entry(in_while, 0.3),
    entry(in_while_with_and, 0.3),
    entry(in_while_with_and, 0.03),
    entry(in_assert, 0.3),
    entry(in_inactive_call, 0.3),
    entry(in_comparison, 0.3),
    entry(in_comparison_chain, 0.3),
    entry(in_or, 0.3),
    entry(in_comprehension, 0.3),
    entry(in_comprehension_condition, 0.3),
    entry(in_nested_comprehension, 0.3),
    entry(in_dict_comprehension, 0.3),
    entry(in_f_string, 0.31),
    entry(in_index, 0.3),
    entry(in_operands, 0.3),
    entry(operand_changes, 0.3),
    entry(argument_changes, 0.3),
    entry(in_call, 0.3),
    entry(in_conditional, 0.3),
    entry(in_conditional, 0.03),
    entry(in_statement, 0.3),
    entry(in_for, 0.3),
    entry(in_display, 0.3),
    entry(in_lambda, 0.3),
    entry(in_integer, 0.31),
    entry(array_in_call, V),
]
