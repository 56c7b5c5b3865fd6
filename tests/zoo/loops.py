"""Loops: iterables, trip counts, jumps, loop-carried state."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
M = np.array([[0.5, -1.1, 0.3], [1.7, 0.2, -0.6]])
PARAMS = {"w": np.array([0.4, -0.3]), "v": np.array([1.5, 0.2]), "bias": np.array([0.1])}


def for_range(x, n):
    y = x
    for _ in range(n):
        y = np.sin(y) * x
    return y


def for_range_start_stop_step(x):
    total = 0.0
    for k in range(7, 0, -2):
        total = total + x**k / k
    return total


def for_range_len(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i - 1]
    return total


def for_array(x):
    total = 0.0
    for element in x:
        total = total + element * np.exp(element)
    return total


def for_rows(m, w):
    total = np.zeros(3)
    for row in m:
        total = total + np.tanh(row * w)
    return total


def for_list(x, z):
    total = 1.0
    for factor in [x, z, x * z, 2.0]:
        total = total * factor
    return total


def for_zip(x, w):
    total = 0.0
    for a, b in zip(x, w):
        total = total + a * b * b
    return total


def for_enumerate(x):
    total = 0.0
    for i, element in enumerate(x, start=1):
        total += element**i
    return total


def for_enumerate_zip(x, w):
    total = 0.0
    for i, (a, b) in enumerate(zip(x, w)):
        total += (i + 1) * a / (2.0 + b * b)
    return total


def for_items(params):
    total = 0.0
    for key, value in params.items():
        if key != "bias":
            total = total + np.sum(value * value)
    return total


def for_values(params):
    total = 1.0
    for value in params.values():
        total = total * np.sum(value)
    return total


def for_keys(params):
    total = 0.0
    for key in params:
        total = total + np.sum(np.sin(params[key]))
    return total


def for_reversed(x):
    y = 0.0
    for c in reversed(x):
        y = y * 0.7 + c * c
    return y


def for_nested_tuple_target(pairs):
    total = 0.0
    for (a, b), c in pairs:
        total = total + a * b * c
    return total


def nested_loops(x, n):
    total = 0.0
    for i in range(n):
        for j in range(i):
            total = total + x**i * np.cos(x * j)
    return total


def nested_loops_over_matrix(m):
    total = 0.0
    rows, columns = m.shape
    for i in range(rows):
        for j in range(columns):
            total += m[i, j] * m[i, j - 1]
    return total


def zero_trips(x):
    y = x
    for _ in range(0):
        y = y * y
    return y * 3.0


def zero_trips_of_empty_list(x):
    y = x * 2.0
    for v in []:
        y = y * v
    return y


def loop_variable_after_loop(x):
    for i in range(4):
        y = x * i
    return y + x**i


def loop_variable_rebound(x, values):
    total = 0.0
    for v in values:
        v = v * x
        total += v * v
    return total + v


def loop_carries_three(x):
    a, b, c = x, 1.0, 0.5 * x
    for _ in range(5):
        a, b, c = b, c, a * x + b
    return a + 2.0 * b + 3.0 * c


def swap_in_loop(x, z):
    for _ in range(3):
        x, z = z, x * 0.5
    return x - 2.0 * z


def while_counter(x):
    k = 0
    while k < 5:
        x = x + 0.1 * np.sin(x)
        k += 1
    return x


def while_data_dependent(x):
    steps = 0
    while x < 100.0:
        x = x * x + 0.25
        steps = steps + 1
    return x / steps


def while_true_break(x):
    y = x
    while True:
        y = y * 0.6
        if y < 0.1:
            break
    return y * x


def while_never(x):
    while x > 100.0:
        x = x / 2.0
    return x * x


def break_in_for(x):
    total = 0.0
    for element in x:
        if element < 0.0:
            break
        total = total + element * element
    return total


def break_before_and_after(x):
    y = x
    for k in range(10):
        y = y * 1.5
        if y > 4.0:
            y = y + x
            break
        y = y - 0.1 * x
    return y


def continue_in_for(x):
    total = 0.0
    for element in x:
        if element < 0.0:
            continue
        total = total + np.sqrt(element)
    return total


def continue_in_while(x):
    k = 0
    while k < 6:
        k += 1
        if k % 2:
            continue
        x = x * 1.1 + k
    return x


def break_and_continue(x):
    total = 0.0
    for k, element in enumerate(x):
        if k == 1:
            continue
        if k == 3:
            break
        total = total + element**2
    return total


def for_else_runs(x):
    for k in range(3):
        x = x * 1.2
        if x > 100.0:
            break
    else:
        x = x * x
    return x


def for_else_skipped(x):
    for k in range(3):
        x = x * 1.2
        if x > 1.0:
            break
    else:
        x = x * x
    return x


def while_else(x):
    n = 0
    while n < 2:
        x = x * x
        n += 1
    else:
        x = x + 1.0 / x
    return x


def break_inner_loop(m):
    total = 0.0
    for row in m:
        for element in row:
            if element < -0.5:
                break
            total = total + element**3
    return total


def return_in_loop(x):
    y = x
    for k in range(20):
        y = y * 1.3
        if y > 5.0:
            return y * x
    return y


def return_in_loop_not_taken(x):
    for k in range(3):
        x = x * 1.3
        if x > 500.0:
            return 1.0
    return x * x


def return_in_nested_loops(m):
    total = 1.0
    for row in m:
        for element in row:
            total = total * (1.0 + element * element)
            if total > 4.0:
                return total * element
    return total


def return_in_while(x):
    while True:
        x = x * 0.5
        if x < 1.0:
            return x * x


def loop_in_branch(x, deep):
    if deep:
        for _ in range(3):
            x = np.sin(x) + x
    else:
        x = -x
    return x * x


def branch_in_loop_sets_state(x):
    high, low = 0.0, 0.0
    for element in x:
        if element > 0.5:
            high = high + element
        else:
            low = low + element * element
    return high * low


def loop_after_loop(x):
    y = x
    for _ in range(2):
        y = y * x
    for _ in range(3):
        y = y + np.cos(y)
    return y


def same_name_in_two_loops(x):
    total = 0.0
    for i in range(3):
        t = x * i
        total += t * t
    for i in range(2):
        t = x + i
        total += t * t * t
    return total


def conditionally_defined_local(x):
    for k in range(3):
        if k == 0:
            first = x * x
        x = x + first * 0.1
    return x * first


def long_loop(x):
    for _ in range(300):
        x = x + 0.01 * np.cos(x)
    return x


def inactive_while(x, n):
    k = 1
    while k * k < n:
        k += 1
    return x**k


ZOO = [
    entry(for_range, 1.3, 4),
    entry(for_range, 1.3, 0, name="for_range_zero"),
    entry(for_range_start_stop_step, 0.9),
    entry(for_range_len, V),
    entry(for_array, V),
    entry(for_rows, M, np.array([0.3, 0.9, -0.4])),
    entry(for_list, 1.3, 0.7),
    entry(for_zip, V, V[::-1] + 0.1),
    entry(for_enumerate, V),
    entry(for_enumerate_zip, V, V * 0.3),
    entry(for_items, PARAMS),
    entry(for_values, PARAMS),
    entry(for_keys, PARAMS),
    entry(for_reversed, V),
    entry(for_reversed, [0.3, 0.5, -0.7], name="for_reversed_list"),
    entry(for_nested_tuple_target, [((0.3, 0.5), 0.7), ((1.1, -0.5), 2.0)]),
    entry(nested_loops, 0.8, 4),
    entry(nested_loops_over_matrix, M),
    entry(zero_trips, 1.2),
    entry(zero_trips_of_empty_list, 1.2),
    entry(loop_variable_after_loop, 1.2),
    entry(loop_variable_rebound, 1.2, [0.4, -0.3, 0.9]),
    entry(loop_carries_three, 0.9),
    entry(swap_in_loop, 0.9, 1.6),
    entry(while_counter, 0.9),
    entry(while_data_dependent, 1.4),
    entry(while_true_break, 1.4),
    entry(while_never, 1.4),
    entry(break_in_for, V),
    entry(break_in_for, np.abs(V), name="break_in_for_not_taken"),
    entry(break_before_and_after, 1.4),
    entry(continue_in_for, V),
    entry(continue_in_while, 1.4),
    entry(break_and_continue, V),
    entry(for_else_runs, 1.1),
    entry(for_else_skipped, 1.1),
    entry(while_else, 1.1),
    entry(break_inner_loop, M),
    entry(return_in_loop, 1.1),
    entry(return_in_loop_not_taken, 1.1),
    entry(return_in_nested_loops, M),
    entry(return_in_while, 5.3),
    entry(loop_in_branch, 1.1, True),
    entry(loop_in_branch, 1.1, False, name="loop_in_branch_not_taken"),
    entry(branch_in_loop_sets_state, V),
    entry(loop_after_loop, 1.1),
    entry(same_name_in_two_loops, 1.1),
    entry(conditionally_defined_local, 1.1),
    entry(long_loop, 0.3),
    entry(inactive_while, 1.1, 20),
]
