"""Containers built up, changed and taken apart inside a function: lists, dicts, ``collections``."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

from collections import ChainMap, Counter, OrderedDict, defaultdict, deque

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def appended(x):
    out = [x]
    for k in range(3):
        out.append(out[-1] * x + k)
    return out[-1] * out[1]


def popped(x):
    out = [x, x * x, x**3]
    last = out.pop()
    first = out.pop(0)
    return last * first * out[0] * len(out)


def popped_in_loop(x):
    out = [x * k for k in range(1, 5)]
    total = 0.0
    while len(out) > 1:
        total = total * x + out.pop() * out[0]
    return total


def inserted(x):
    out = [x, 2.0]
    out.insert(1, x * x)
    out.insert(0, 3 * x)
    return out[0] * out[1] * out[2]


def items_assigned(x):
    out = [0.0] * 4
    for k in range(4):
        out[k] = x**k
    out[-1] = out[1] * out[2]
    return sum(out) * out[3]


def item_augmented(x):
    out = [x, 2.0]
    out[0] *= x
    out[1] += out[0] * x
    return out[0] * out[1]


def reversed_in_place(x):
    out = [x, x * x, 2.0]
    out.reverse()
    return out[0] * out[1] + out[2]


def sorted_in_place(x):
    out = [3 * x, x, 2 * x * x]
    out.sort()
    out.sort(key=lambda v: -v)
    return out[0] * 2 + out[1] * 3 + out[2] * 4


def counted_and_found(x):
    out = [x, 2.0, x * x, 2.0]
    return x * out.count(2.0) * out.index(2.0) * out[out.index(2.0) + 1]


def stacked(x):
    rows = []
    for k in range(3):
        rows.append(np.array([x, x * k]))
    m = np.stack(rows)
    return np.sum(m @ m.T) + np.sum(np.concatenate(rows) ** 2) + np.array(rows)[2, 1]


def dict_items_assigned(x):
    d = {}
    d["a"] = x
    d["b"] = d["a"] * x
    d["a"] = d["b"] + 1
    return d["a"] * d["b"]


def dict_item_augmented(x):
    d = {"n": 0.0}
    for k in range(3):
        d["n"] += x**k
        d["last"] = d["n"] * x
    return d["n"] * d["last"]


def dict_merged(x):
    d = {"a": x} | {"b": x * x, "a": 2 * x}
    return d["a"] * d["b"]


def dict_comprehension(x):
    d = {k: x**k for k in range(4) if k != 1}
    swapped = {v: k for k, v in {"a": 1, "b": 2}.items()}
    return d[2] * d[3] * len(swapped)


def dict_by_loop(x, names):
    d = {}
    for k, name in enumerate(names):
        d[name] = x * k + 1
    total = 1.0
    for name, value in d.items():
        total *= value
    return total + sum(d.values())


def dict_membership(x):
    d = {"a": x}
    if "a" in d and "b" not in d:
        d["b"] = x * x
    return d["a"] * d["b"]


def memo_table(x, n):
    memo = {0: x, 1: x * x}
    for k in range(2, n):
        memo[k] = memo[k - 1] * x + memo[k - 2]
    return memo[n - 1]


def set_of_constants(x, words):
    seen = set()
    total = 0.0
    for k, word in enumerate(words):
        if word not in seen:
            seen.add(word)
            total += x**k
    return total * len(seen | {"z"})


def tuple_grown(x):
    t = ()
    for k in range(3):
        t += (x * k,)
        t = t + (x,)
    return sum(t) * t[-1] * t[4]


def list_multiplied(x):
    out = [x, 2.0] * 2
    out[0] = x * x
    return sum(out) * out[2]


def returned_list(x):
    out = []
    for k in range(3):
        out.append(x**k)
    return out


def returned_dict(x):
    out = {}
    for k in range(3):
        out[f"k{k}"] = x**k
    return out


def copies(values):
    first, second = list(values), values[:]
    third = values.copy()
    first.append(first[0] * 2)
    second[0] = second[1] * 3
    third.extend(second)
    return sum(first) * sum(second) * third[-1]


ZOO = [
    entry(f, 0.3)
    for f in (
        appended, popped, popped_in_loop, inserted, items_assigned, item_augmented,
        reversed_in_place, sorted_in_place, counted_and_found, stacked,
        dict_items_assigned, dict_item_augmented, dict_merged,
        dict_comprehension, dict_membership,
        tuple_grown, list_multiplied,
        returned_list, returned_dict,
    )
] + [
    entry(dict_by_loop, 0.3, ["a", "b", "c"]),
    entry(memo_table, 0.3, 5),
    entry(set_of_constants, 0.3, ["a", "b", "a"]),
    entry(copies, [0.3, -0.2, 1.2]),
]
