"""Names and text: globals, imports, shadowing, printing, annotations."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import math as mathematics
from math import sqrt as root

import numpy
import numpy as np
from numpy import sin, tanh as squash

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
GAIN = 1.7
OFFSETS = np.array([0.1, 0.2, 0.3, 0.4])
SETTINGS = {"rate": 0.3, "power": 3}
PARAMS = {"w1": np.array([0.4, -0.3]), "w2": np.array([1.5, 0.2])}


def global_constant(x):
    return x * GAIN + np.pi * x


def global_array(x):
    return np.sum(x * OFFSETS)


def global_dict(x):
    return (x * SETTINGS["rate"]) ** SETTINGS["power"]


def module_alias(x):
    return mathematics.sin(x) * numpy.cos(x)


def from_import(x):
    return root(x) * sin(x) + squash(x)


def import_inside(x):
    import math as m
    from numpy import exp

    return m.cos(x) * exp(x)


def submodule_function(m):
    return np.linalg.norm(m) * 2.0


def names_look_generated(x_bar, saved, out):
    x = x_bar * 2.0
    saved_bar = saved * x
    out_bar, np_2, y_bar, trips_7, if_8, pullback = x * out, 1.5, saved_bar, 3.0, x, saved
    return out_bar * np_2 + y_bar * trips_7 + if_8 * pullback


def shadowed_builtins(sum, max):
    list = sum * max
    len = np.sin(list)
    return len * sum


def shadowed_in_body(x):
    abs = x * 2.0
    range = [abs, x]
    return range[0] * range[1]


def shadowed_module(x):
    math = x * 2.0
    return math * x


def underscores(_x, __y):
    _ = _x * __y
    return _ * _x


def unicode_names(α, β):
    γ = α * β
    return γ * α


def keyword_like(lambda_, class_, x_2, x):
    return lambda_ * class_ + x_2 * x


def prints(x):
    print("x is", x, f"{x:.3f}", f"{x!r:>10}")
    y = x * x
    print(y)
    return y


def f_string_key(params, k):
    return np.sum(params[f"w{k}"]) * 2.0


def builds_message(x):
    message = f"value {x:8.3e}" + str(x)
    return x * len(message[:5])


def annotated(x: float, n: int = 2) -> float:
    y: float = x * n
    z: float
    z = y * x
    return z


def default_is_mutable(x, extra=[1.0, 2.0]):
    return x * extra[1]


ZOO = [
    entry(global_constant, 1.3),
    entry(global_array, V),
    entry(global_dict, 1.3),
    entry(module_alias, 1.3),
    entry(from_import, 1.3),
    entry(import_inside, 1.3),
    entry(submodule_function, np.array([[0.5, -1.1], [1.7, 0.2]])),
    entry(names_look_generated, 1.3, 0.6, 0.2),
    entry(shadowed_builtins, 1.3, 0.6),
    entry(shadowed_in_body, 1.3),
    entry(shadowed_module, 1.3),
    entry(underscores, 1.3, 0.6),
    entry(unicode_names, 1.3, 0.6),
    entry(keyword_like, 1.3, 0.6, 0.2, 0.9),
    entry(prints, 1.3),
    entry(f_string_key, PARAMS, 2),
    entry(builds_message, 1.3),
    entry(annotated, 1.3),
    entry(default_is_mutable, 1.3),
]
