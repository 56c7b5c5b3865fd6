"""Containers: tuples, lists, dicts, unpacking, comprehensions."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
M = np.array([[0.5, -1.1, 0.3], [1.7, 0.2, -0.6]])


class Point(NamedTuple):
    x: float
    y: float = 0.5


class Segment(NamedTuple):
    start: Point
    end: Point


def unpack_tuple(x):
    a, b = x, x * x
    return a * b


def unpack_nested(x):
    (a, b), c = (x, 2.0 * x), x * x
    return a * b + c


def unpack_starred(values):
    first, *middle, last = values
    return first * last + sum(middle) * first


def unpack_starred_head(x):
    *head, tail = [x, x * x, np.sin(x)]
    return head[0] * head[1] * tail


def unpack_array(x):
    a, b, c, d = x
    return a * b + c / d


def unpack_matrix_rows(m):
    top, bottom = m
    return np.sum(top * bottom * bottom)


def unpack_argument(pair):
    a, (b, c) = pair
    return a * b * c


def unpack_list_target(x):
    [a, b] = [x, 3.0]
    return a**b


def multiple_targets(x):
    a = b = x * x
    return a * b


def swap(x, z):
    x, z = z, x
    return x - z * z


def rotate_in_loop(x):
    a, b, c = x, 2.0 * x, x * x
    for _ in range(4):
        a, b, c = c, a, b
    return a + 2.0 * b + 5.0 * c


def tuple_local(x):
    pair = (x, x * x)
    return pair[0] * pair[1]


def tuple_result(x):
    return x * x, np.sin(x)


def nested_result(x):
    return (x * x, [x, {"a": x**3}])


def result_with_constant(x):
    return x * x, 3, "name"


def list_result(x):
    return [x, x * 2.0, np.sin(x)]


def tuple_argument(pair):
    return pair[0] * pair[1] ** 2


def tuple_negative_index(values):
    return values[-1] * values[0]


def tuple_slice(values):
    a, b = values[1:]
    return a * b


def tuple_concat(x, z):
    values = (x,) + (z, x * z)
    return values[0] * values[2]


def tuple_repeat(x):
    return sum((x, 2.0 * x) * 2)


def tuple_augmented(x, z):
    values = (x,)
    values += (z,)
    return values[0] * values[1]


def list_local(x):
    values = [x, x * x, 3.0]
    return values[0] * values[1] + values[-1]


def list_argument(values):
    total = 0.0
    for v in values:
        total += v * v
    return total


def list_of_arrays(layers):
    h = np.ones(2)
    for w in layers:
        h = np.tanh(w @ h)
    return np.sum(h * h)


def list_concat(x, z):
    return sum([x, z] + [x * z])


def list_slice(values):
    return values[1:][0] * values[:2][1]


def list_append_then_sum(x):
    values = []
    for k in range(4):
        values.append(x**k)
    return sum(values)


def list_append_then_stack(x):
    rows = []
    for k in range(3):
        rows.append(np.sin(x * k))
    return np.stack(rows)


def list_append_then_array(x):
    values = []
    for v in x:
        values.append(v * v)
    return np.array(values)


def list_append_conditionally(x):
    kept = []
    for v in x:
        if v > 0.0:
            kept.append(v * v)
    return sum(kept) * len(kept)


def list_reads_last(x):
    path = [x]
    for _ in range(3):
        path.append(path[-1] * 0.5 + np.sin(path[-1]))
    return path[-1] + path[1]


def list_extend_then_join(x):
    parts = [x]
    parts.extend([x * 2.0, x * x])
    return np.concatenate(parts)


def list_comprehension(x):
    return sum([v * v for v in x])


def list_comprehension_if(x):
    return sum([v**3 for v in x if v > 0.0])


def list_comprehension_nested(x, z):
    return sum([a * b for a in x for b in z])


def list_comprehension_of_lists(m):
    return np.array([[v * v for v in row] for row in m])


def comprehension_range(x):
    return np.array([x**k for k in range(1, 4)])


def comprehension_enumerate_zip(x, z):
    return sum([k * a * b for k, (a, b) in enumerate(zip(x, z))])


def comprehension_captures(x, z):
    return sum([z * v for v in x])


def comprehension_keeps_outer_name(x):
    v = x
    total = sum([v * v for v in [1.0, 2.0]])
    return v * total


def comprehension_calls_function(x):
    return max([abs(v) for v in x]) * 2.0


def generator_in_sum(x):
    return sum(v * v for v in x)


def generator_in_sum_if(x):
    return sum(v * k for k, v in enumerate(x) if v > 0.0)


def generator_in_max(x):
    return max(v * v for v in x)


def generator_in_tuple(x):
    a, b, c, d = tuple(v * 2.0 for v in x)
    return a * b * c * d


def generator_in_list(x):
    return np.stack(list(np.sin(v) for v in x))


def namedtuple_argument(p):
    return p.x * p.y**2


def namedtuple_local(x):
    p = Point(x, y=x * x)
    return p.x * p.y


def namedtuple_default(x):
    return Point(x).y * Point(x).x


def namedtuple_unpack(p):
    x, y = p
    return x / y


def namedtuple_nested(s):
    dx, dy = s.end.x - s.start.x, s.end.y - s.start.y
    return np.sqrt(dx * dx + dy * dy)


def namedtuple_result(x):
    return Point(x * x, np.sin(x))


def namedtuple_replace(p):
    q = p._replace(y=p.x * 2.0)
    return q.x * q.y


def same_value_twice_in_container(x):
    pair = [x, x]
    return pair[0] * pair[1]


def same_array_twice(x, z):
    return np.sum(x * x * z)


def inactive_bookkeeping(x):
    history, counts = [], {"calls": 0}
    for k in range(3):
        history.append(k)
        counts["calls"] += 1
        x = x * 1.5
    return x * counts["calls"] + len(history)


def inactive_set(x, names):
    seen = set()
    for name in names:
        if name in seen:
            continue
        seen.add(name)
        x = x * x
    return x


def sorted_values(values):
    low, *_, high = sorted(values)
    return high - low * low


def min_max_of_list(values):
    return max(values) * min(values) + max(values[0], 0.1)


def zip_of_three(x, y, z):
    return sum(a * b + c for a, b, c in zip(x, y, z))


def transposed_by_zip(rows):
    return sum(a * b for a, b in zip(*rows))


SHARED = np.array([0.4, -0.3])

def starred_dicts(ps, x):
    *hidden, last = ps
    for layer in hidden:
        x = x * layer["w"]
    return last["w"] * x


def starred_dicts_by_index(ps):
    first, *rest = ps
    return first["w"] * sum(rest[i]["w"] ** 2 for i in range(len(rest)))


def starred_rows(m):
    first, *rows = m
    *most, last = rows
    return sum(r @ first for r in rows) + np.sum(np.stack(most) * last)


def starred_lists(ps):
    (a, *b), *c = ps
    return a * b[0] * c[0][1] + sum(sum(q) for q in c)


def starred_in_for(ps):
    s = 0.0
    for k, *v in ps:
        s += k * v[0] * len(v)
    return s


def starred_in_while(xs):
    total, rest = 1.0, [{"w": x} for x in xs]
    while rest:
        head, *rest = rest
        total = total * head["w"] + head["w"]
    return total


def starred_items(d):
    (_, v), *rest = d.items()
    return v * sum(q for _, q in rest)


ZOO = [
    entry(unpack_tuple, 1.3),
    entry(unpack_nested, 1.3),
    entry(unpack_starred, [1.3, 0.2, 0.4, 0.9]),
    entry(unpack_starred_head, 1.3),
    entry(unpack_array, V),
    entry(unpack_matrix_rows, M),
    entry(unpack_argument, (1.3, (0.2, 0.4))),
    entry(unpack_list_target, 1.3),
    entry(multiple_targets, 1.3),
    entry(swap, 1.3, 0.6),
    entry(rotate_in_loop, 1.3),
    entry(tuple_local, 1.3),
    entry(tuple_result, 1.3),
    entry(nested_result, 1.3),
    entry(result_with_constant, 1.3),
    entry(list_result, 1.3),
    entry(tuple_argument, (1.3, 0.6)),
    entry(tuple_negative_index, (1.3, 0.6, 0.2)),
    entry(tuple_slice, (1.3, 0.6, 0.2)),
    entry(tuple_concat, 1.3, 0.6),
    entry(tuple_repeat, 1.3),
    entry(tuple_augmented, 1.3, 0.6),
    entry(list_local, 1.3),
    entry(list_argument, [1.3, 0.6, -0.2]),
    entry(list_of_arrays, [np.array([[0.3, 0.1], [-0.5, 0.9]]), np.array([[0.2, 0.8], [0.4, -0.6]])]),
    entry(list_concat, 1.3, 0.6),
    entry(list_slice, [1.3, 0.6, 0.2]),
    entry(list_append_then_sum, 1.3),
    entry(list_append_then_stack, V),
    entry(list_append_then_array, V),
    entry(list_append_conditionally, V),
    entry(list_reads_last, 1.3),
    entry(list_extend_then_join, V),
    entry(list_comprehension, V),
    entry(list_comprehension_if, V),
    entry(list_comprehension_nested, V, V[:2] * 0.3),
    entry(list_comprehension_of_lists, M),
    entry(comprehension_range, 1.3),
    entry(comprehension_enumerate_zip, V, V * 0.3),
    entry(comprehension_captures, V, 0.6),
    entry(comprehension_keeps_outer_name, 1.3),
    entry(comprehension_calls_function, V),
    entry(generator_in_sum, V),
    entry(generator_in_sum_if, V),
    entry(generator_in_max, V),
    entry(generator_in_tuple, V),
    entry(generator_in_list, V),
    entry(namedtuple_argument, Point(1.3, 0.6)),
    entry(namedtuple_local, 1.3),
    entry(namedtuple_default, 1.3),
    entry(namedtuple_unpack, Point(1.3, 0.6)),
    entry(namedtuple_nested, Segment(Point(0.1, 0.2), Point(1.3, 0.6))),
    entry(namedtuple_result, 1.3),
    entry(namedtuple_replace, Point(1.3, 0.6)),
    entry(same_value_twice_in_container, 1.3),
    entry(same_array_twice, SHARED, SHARED),
    entry(inactive_bookkeeping, 1.3),
    entry(inactive_set, 1.3, ["a", "b", "a"]),
    entry(sorted_values, [1.3, 0.6, 2.2]),
    entry(min_max_of_list, [1.3, 0.6, 2.2]),
    entry(zip_of_three, V, V * 2.0, V * 3.0),
    entry(transposed_by_zip, [[1.3, 0.6], [0.2, 0.9]]),
    entry(starred_dicts, [{"w": 2.0}, {"w": 3.0}, {"w": 5.0}], 1.5),
    entry(starred_dicts_by_index, [{"w": 2.0}, {"w": 3.0}, {"w": 5.0}]),
    entry(starred_rows, np.arange(6.0).reshape(3, 2) + 0.5),
    entry(starred_lists, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    entry(starred_in_for, [[1.0, 2.0], [3.0, 4.0, 5.0]]),
    entry(starred_in_while, [2.0, 3.0, 5.0]),
    entry(starred_items, {"a": 1.0, "b": 2.0, "c": 3.0}),
]
