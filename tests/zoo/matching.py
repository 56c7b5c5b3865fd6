"""``match`` with every kind of pattern."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
Pair = namedtuple("Pair", "a b")
MODE = "tanh"


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float = 1.0


class Modes:
    LINEAR = 1
    SQUARE = 2


def literals(x, mode):
    match mode:
        case "sin":
            return np.sin(x)
        case "cos" | "cosine":
            return np.cos(x)
        case 3 | -1:
            return 3 * x
        case None:
            return -x
        case True:
            return 7 * x
        case _:
            return x * x


def dotted_values(x, mode):
    match mode:
        case Modes.LINEAR:
            y = 2 * x
        case Modes.SQUARE:
            y = x * x
    return y * x


def capture(x):
    match x * x:
        case y:
            return y * x


def guards(x):
    match x:
        case y if y > 1:
            return y * y
        case y if y > 0.1:
            return 3 * y * x
        case y:
            return y


def as_pattern(x):
    match (x, 2):
        case (y, (1 | 2) as n):
            return y**n
        case _:
            return 0.0


def sequence_lengths(values):
    match values:
        case []:
            return 0.0
        case [a]:
            return a * a
        case [a, b]:
            return a * b
        case [a, *rest, b]:
            return a * b + sum(rest) * a


def sequence_nested(x):
    match [x, [x * x, (1, x + 1)]]:
        case [a, [b, (1, c)]]:
            return a * b * c
        case _:
            return x


def sequence_wildcards(pair):
    match pair:
        case (_, (b, _)):
            return b * b
        case (a, _):
            return a


def mapping(params):
    match params:
        case {"w": w, "b": b, **rest}:
            return w * b + rest["c"] * w
        case {"w": w}:
            return w * w


def mapping_with_values(x, config):
    match config:
        case {"kind": "affine", "scale": s}:
            return s * x + 1
        case {"kind": "power", "n": n}:
            return x**n


def class_positional(shape):
    match shape:
        case Circle(r):
            return 3.14 * r * r
        case Box(w, h):
            return w * h


def class_keywords(shape):
    match shape:
        case Box(width=w, height=h) if w > h:
            return w * w * h
        case Circle(radius=r) | Box(width=r):
            return r * r


def class_builtin(x, n):
    match n:
        case int(k):
            return x**k
        case float(s):
            return s * x
        case str():
            return x


def class_of_tuple(p):
    match p:
        case Pair(a=a, b=0.0):
            return a
        case Pair(a, b):
            return a * b


def in_loop(x, program):
    y = x
    for instruction in program:
        match instruction:
            case ("add", value):
                y = y + value * x
            case ("mul", value):
                y = y * value
            case ("square",):
                y = y * y
            case "stop":
                break
    return y


def subject_is_walrus(x):
    match (y := x * x), y > 0.05:
        case (z, True):
            return z * y * x
        case _:
            return y


def no_case_fits(x, mode):
    y = x * 2
    match mode:
        case "other":
            y = x * 100
    return y * x


def none_in_fields(x, item=None):
    match item:
        case None | "":
            return x
        case {"by": by}:
            return x * by
        case by:
            return x * by * by


def array_subject(v):
    match v.shape:
        case (n,):
            return np.sum(v * v) / n
        case (n, m):
            return np.sum(v) / (n * m)


def captured_value_later(values):
    match values:
        case [first, *_]:
            pass
        case _:
            first = 1.0
    return first * first


ZOO = [
    entry(literals, 0.3, "sin"),
    entry(literals, 0.3, "cosine", name="literals_or"),
    entry(literals, 0.3, -1, name="literals_number"),
    entry(literals, 0.3, None, name="literals_none"),
    entry(literals, 0.3, True, name="literals_true"),
    entry(literals, 0.3, "x", name="literals_wildcard"),
    entry(dotted_values, 0.3, 1),
    entry(dotted_values, 0.3, 2, name="dotted_values_second"),
    entry(capture, 0.3),
    entry(guards, 0.3),
    entry(guards, 2.3, name="guards_first"),
    entry(guards, 0.03, name="guards_last"),
    entry(as_pattern, 0.3),
    entry(sequence_lengths, []),
    entry(sequence_lengths, [0.3], name="sequence_of_one"),
    entry(sequence_lengths, [0.3, 1.2], name="sequence_of_two"),
    entry(sequence_lengths, (0.3, 1.2, 0.4, 0.7), name="sequence_of_four"),
    entry(sequence_nested, 0.3),
    entry(sequence_wildcards, (0.3, (0.7, 0.2))),
    entry(sequence_wildcards, (0.3, 0.7), name="sequence_wildcards_second"),
    entry(mapping, {"w": 0.3, "b": 0.7, "c": 1.1}),
    entry(mapping, {"w": 0.3}, name="mapping_second"),
    entry(mapping_with_values, 0.3, {"kind": "affine", "scale": 2.0}),
    entry(mapping_with_values, 0.3, {"kind": "power", "n": 3}, name="mapping_with_values_second"),
    entry(class_positional, Circle(0.7)),
    entry(class_positional, Box(0.7, 0.2), name="class_positional_second"),
    entry(class_keywords, Circle(0.7)),
    entry(class_keywords, Box(0.7, 0.2), name="class_keywords_guard"),
    entry(class_keywords, Box(0.2, 0.7), name="class_keywords_or"),
    entry(class_builtin, 0.3, 3),
    entry(class_builtin, 0.3, 2.5, name="class_builtin_float"),
    entry(class_builtin, 0.3, "a", name="class_builtin_str"),
    entry(class_of_tuple, Pair(0.3, 0.4)),
    entry(in_loop, 0.3, (("add", 2.0), ("mul", 3.0), ("square",), "stop", ("mul", 100.0))),
    entry(subject_is_walrus, 0.3),
    entry(no_case_fits, 0.3, "mode"),
    entry(none_in_fields, 0.3),
    entry(none_in_fields, 0.3, {"by": 2.0}, name="none_in_fields_mapping"),
    entry(none_in_fields, 0.3, 2.0, name="none_in_fields_capture"),
    entry(array_subject, V),
    entry(captured_value_later, [0.3, 0.4]),
]
