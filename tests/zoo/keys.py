"""Keys of dicts and indices of lists that are not literals: names, enumerations, equal keys, slices in variables."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import enum

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
KEY = "a"


class Color(enum.Enum):
    RED = 1


class Name(str, enum.Enum):
    A = "a"
    B = "b"


class Place(enum.IntEnum):
    SECOND = 1


class Keys:
    name = "q"
    pair = (1, 2)
    cut = slice(0, 2)


def name_of_a_constant(x):
    d = {KEY: x, "b": x * x}
    return d["a"] * d[KEY] * d["b"]


def name_assigned_again(x):
    k = "a"
    d = {k: x}
    k = "b"
    d[k] = x * x
    return d["a"] * d["b"]


def stored_under_a_name(x):
    k = "b"
    d = {"a": x}
    d[k] = x * x
    return d["a"] * d["b"]


def enumerated_keys(x):
    d = {Color.RED: x, Name.A: x * x, Place.SECOND: x**3}
    d[Name.B] = 2.0 * x
    return d[Color.RED] * d["a"] * d[1] * d["b"]


def attributes_and_classes_as_keys(x):
    d = {Keys.name: x, Keys.pair: x * x, int: x**3, len: 2.0 * x}
    return d["q"] * d[(1, 2)] * d[int] * d[len]


def keys_of_many_types(x):
    d = {(1, 2): x, 0.5: x * x, None: x**3, b"k": 2.0 * x, frozenset({1}): 3.0 * x, np.int64(7): x}
    return d[(1, 2)] * d[0.5] * d[None] * d[b"k"] * d[frozenset({1})] * d[7]


def one_key_twice(x):
    d = {"a": x, "b": 2.0 * x, "a": x * x}
    return d["a"] * d["b"]


def one_key_under_two_names(x):
    return {"a": x * x, KEY: x}["a"] * {KEY: x, "a": x * x}["a"]


def equal_keys_of_two_types(x):
    d = {1: x, True: x * x}
    d[2.0] = x
    d[2] = x**3
    return d[1] * d[2] * len(d)


def keys_known_to_the_run_only(x):
    ks = ["a", "b"]
    d = {ks[0]: x, ks[1]: 2.0 * x, ks[0]: x * x, "b": x**3}
    return d["a"] * d["b"]


def merged_behind(x):
    c = {"a": x * x}
    return {"a": x, **c}["a"]


def merged_twice(x):
    a, b = {"p": x, "q": x * x}, {"q": x**3, "r": x}
    d = {**a, **b}
    return d["p"] * d["q"] * d["r"]


def merged_unknown_keys(x, k="z"):
    keys = [k, "q"]
    a, b = {keys[0]: x, keys[1]: x * x}, {keys[1]: x**3, keys[0]: x**2}
    d = {**a, "q": x, **b, "r": x}
    return d[k] * d["q"] * d["r"]


def merged_in_a_loop(x):
    out = 1.0
    for k in ("a", "b", "c"):
        e = {k: x}
        d = {**e, "a": x * x, **e, k: x * 3, "z": x}
        out = out * d["a"] * d["z"]
    return out


def merged_keywords(x):
    def g(**kw):
        return {"a": x, **kw}

    return g()["a"] * g(a=x * x)["a"] * g(b=x)["b"]


def array_under_equal_keys(v):
    ks = ["u", "w"]
    d = {ks[0]: v, ks[1]: 2.0 * v, "u": v * v}
    return np.sum(d["u"] * d["w"])


def slice_in_a_variable(x):
    items = [x, x * x, 3.0, 4.0 * x]
    s = slice(1, None, 2)
    part = items[s]
    return sum(items[s]) * part[0] * max(items[Keys.cut])


def slice_of_unknown_bounds(x):
    items = [x, x * x, 3.0, 4.0 * x]
    s = slice(len(items) - 2, 4)
    return np.sum(items[s]) * items[s][1] * np.max(np.array(items[s]) * x)


def slices_in_a_dict(x):
    items, pair = [x, x * x, 3.0, 4.0 * x], (x, 2.0 * x, x * x)
    cuts = {"head": slice(0, 2), "second": 1}
    return sum(items[cuts["head"]]) * sum(pair[cuts["head"]]) * items[cuts["second"]]


def slice_passed_on(x, get=lambda items, k: items[k]):
    items = [x, x * x, 3.0]
    return sum(get(items, slice(0, 2))) * get(items, 1)


def taken_out_of_a_list(x):
    items = [x, x * x, 3.0]
    del items[1]
    return items[0] * items[1] * x


SCALAR = [
    name_of_a_constant,
    name_assigned_again,
    stored_under_a_name,
    enumerated_keys,
    attributes_and_classes_as_keys,
    keys_of_many_types,
    one_key_twice,
    one_key_under_two_names,
    equal_keys_of_two_types,
    keys_known_to_the_run_only,
    merged_behind,
    merged_twice,
    merged_unknown_keys,
    merged_in_a_loop,
    merged_keywords,
    slice_in_a_variable,
    slice_of_unknown_bounds,
    slices_in_a_dict,
    slice_passed_on,
    taken_out_of_a_list,
]
ZOO = [*(entry(function, 1.3) for function in SCALAR), entry(array_under_equal_keys, V)]
