"""Deliberately broken rules: `check_rule` must catch every one of them.

Each case is a function, its right rule, and the same rule with one mistake of the kind people make.
The right rules pass, so it is the mistake that is caught.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adjoint.rules.registry import registry, rrule, scalar_rule
from adjoint.rules.runtime import unbroadcast
from adjoint.testing import check_rule

X = np.array([0.5, -1.25, 2.0])
Y = np.array([1.5, 0.25, -0.75])
A = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
B = np.array([[1.0, 0.5], [-0.5, 2.0], [0.75, -1.5]])
Z = np.array([1.0 + 2.0j, -0.5 + 0.25j])
CALLS: list[Any] = []


# -- the functions ------------------------------------------------------------------------------


def cube(x, scale=1.0):
    return scale * x**3


def product(a, b):
    return a * b


def times(a, b):
    return a @ b


def total(x, axis=None):
    return np.sum(x, axis=axis)


def take(x, index):
    return x[index]


def tail(x):
    return x[1:]


def polar(r, t):
    return r * np.cos(t), r * np.sin(t)


def modulus(z):
    return np.real(z * np.conj(z))


def rotated(z):
    return 1j * z


def joined(*parts):
    return np.concatenate(parts)


def weighted(params):
    return params["w"] * params["b"]


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def shifted(x, **options):
    return x * options.get("gain", 1.0) + options.get("shift", 0.0)


def scatter(x, index):
    out = np.zeros_like(x)
    np.add.at(out, index, x[: len(index)])
    return out


# -- the right rules ----------------------------------------------------------------------------


def right_cube(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2 * b, unbroadcast(x**3 * b, scale))


def right_product(a, b):
    return a * b, lambda bar: (unbroadcast(b * bar, a), unbroadcast(a * bar, b))


def right_times(a, b):
    return a @ b, lambda bar: (bar @ b.T, a.T @ bar)


def right_total(x, axis=None):
    def pullback(bar):
        bar = bar if axis is None else np.expand_dims(bar, axis)
        return np.broadcast_to(bar, x.shape), None

    return total(x, axis), pullback


def right_take(x, index):
    def pullback(bar):
        x_bar = np.zeros_like(x)
        np.add.at(x_bar, index, bar)
        return x_bar, None

    return x[index].copy(), pullback


def right_tail(x):
    def pullback(bar):
        return np.concatenate([np.zeros(1, bar.dtype), bar])[: len(x)]

    return x[1:], pullback


def right_polar(r, t):
    c, s = np.cos(t), np.sin(t)

    def pullback(bars):
        x, y = (0.0 if bar is None else bar for bar in bars)
        return c * x + s * y, r * (c * y - s * x)

    return (r * c, r * s), pullback


def right_modulus(z):
    return modulus(z), lambda bar: 2.0 * z * bar


def right_rotated(z):
    return 1j * z, lambda bar: -1j * bar


def right_joined(*parts):
    edges = np.cumsum([len(part) for part in parts])[:-1]
    return joined(*parts), lambda bar: tuple(np.split(bar, edges))


def right_weighted(params):
    w, b = params["w"], params["b"]
    return w * b, lambda bar: {"w": b * bar, "b": np.sum(w * bar)}


def right_softmax(x):
    out = softmax(x)
    return out, lambda bar: out * (bar - np.sum(out * bar))


def right_shifted(x, **options):
    gain = options.get("gain", 1.0)

    def pullback(bar):
        return gain * bar, {"gain": np.sum(x * bar), "shift": np.sum(bar)}

    return shifted(x, **options), pullback


RIGHT = {
    right_cube: (cube, [(X,), (X, 2.0)], {}),
    right_product: (product, [(X, Y), (A, X), (2.0, X)], {}),
    right_times: (times, [(A, B)], {}),
    right_total: (total, [(A,), (A, 0), (A, -1)], {}),
    right_take: (take, [(X, np.array([0, 2, 2]))], {}),
    right_tail: (tail, [(X,)], {}),
    right_polar: (polar, [(2.0, 0.5)], {}),
    right_modulus: (modulus, [(Z,)], {}),
    right_rotated: (rotated, [(Z,)], {}),
    right_joined: (joined, [(X, Y, X)], {}),
    right_weighted: (weighted, [({"w": X, "b": 2.0},)], {}),
    right_softmax: (softmax, [(X,)], {}),
    right_shifted: (shifted, [(X,)], {"gain": 2.0, "shift": 0.5}),
}


@pytest.mark.parametrize("rule", RIGHT, ids=lambda rule: rule.__name__)
def test_the_right_rules_pass(rule):
    primal, calls, kwargs = RIGHT[rule]
    with registry.scope():
        rrule(primal)(rule)
        for args in calls:
            check_rule(primal, *args, **kwargs)


# -- the broken ones ----------------------------------------------------------------------------

BROKEN: list[tuple[Any, Any, tuple[Any, ...], dict[str, Any], str]] = []


def broken(primal, *args, because, **kwargs):
    """Add a broken rule of a function, the call that shows it, and a pattern of the message."""

    def add(rule):
        BROKEN.append((primal, rule, args, kwargs, because))
        return rule

    return add


@broken(cube, X, because="argument 0 differs")
def sign(x, scale=1.0):
    return cube(x, scale), lambda b: (-3.0 * scale * x**2 * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="argument 0 differs")
def factor(x, scale=1.0):
    return cube(x, scale), lambda b: (2.0 * scale * x**2 * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="argument 0 differs")
def power(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, scale=2.0, because="'scale' differs")
def keyword_dropped(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2 * b, None)


@broken(cube, X, because="'scale' differs")
def keyword_dropped_at_its_default(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2 * b, None)


@broken(cube, X, scale=2.0, because="value of the rule")
def keyword_ignored(x, scale=1.0):
    return cube(x), lambda b: (3.0 * x**2 * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, scale=2.0, because="no rule accepts")
def keyword_unknown(x):
    return cube(x), lambda b: 3.0 * x**2 * b


@broken(cube, X, because="differs")
def detached(x, scale=1.0):
    return cube(x, scale), lambda b: (0.0 * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="differs")
def cotangent_forgotten(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="differs|linear|zero cotangent")
def cotangent_squared(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2 * b * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="linear|differs|zero cotangent")
def affine(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2 * b + 1e-3, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="differs")
def only_right_for_a_sum(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2 * np.mean(b), unbroadcast(x**3 * b, scale))


@broken(cube, X, because="value of the rule")
def value_off(x, scale=1.0):
    return cube(x, scale) + 1e-15, lambda b: (3.0 * scale * x**2 * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="dtype")
def value_dtype(x, scale=1.0):
    return np.asarray(cube(x, scale), np.longdouble), lambda b: (3.0 * x**2 * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="float64 for the float32")
def widened(x, scale=1.0):
    return cube(x, scale), lambda b: (np.float64(3.0) * scale * x**2 * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="writes into an argument|arguments after")
def argument_overwritten(x, scale=1.0):
    out = cube(x, scale)
    np.multiply(x, 2.0, out=x)
    return out, lambda b: (0.75 * scale * x**2 * b, unbroadcast(x**3 * b, scale))


@broken(cube, X, because="writes into its cotangent|cotangent after")
def cotangent_overwritten(x, scale=1.0):
    def pullback(b):
        b *= 3.0 * scale * x**2
        return b, None

    return cube(x, scale), pullback


@broken(cube, X, because="second call")
def saved_value_overwritten(x, scale=1.0):
    slope = 3.0 * scale * x**2

    def pullback(b):
        np.multiply(slope, b, out=slope)
        return slope.copy(), unbroadcast(x**3 * b, scale)

    return cube(x, scale), pullback


@broken(cube, X, because="second call")
def state_between_calls(x, scale=1.0):
    CALLS.clear()

    def pullback(b):
        CALLS.append(b)
        return 3.0 * scale * x**2 * b / len(CALLS), unbroadcast(x**3 * b, scale)

    return cube(x, scale), pullback


@broken(cube, X, because="a second call of the pullback changes the cotangents of the first")
def buffer_handed_out_twice(x, scale=1.0):
    slope = 3.0 * scale * x**2
    buffer = np.empty_like(slope)

    def pullback(b):
        return np.multiply(slope, b, out=buffer), unbroadcast(x**3 * b, scale)

    return cube(x, scale), pullback


@broken(product, X, Y, because="memory of an argument|differs|zero")
def argument_handed_out(a, b):
    return a * b, lambda bar: (b, unbroadcast(a * bar, b))


@broken(cube, X, because="did not capture|second call|differs")
def saved_outside_the_closure(x, scale=1.0):
    CALLS[:] = [x]

    def pullback(b):
        return 3.0 * scale * CALLS[0] ** 2 * b, None if scale is None else np.sum(CALLS[0] ** 3 * b)

    return cube(x, scale), pullback


@broken(cube, X, because="2 parameters")
def one_cotangent_for_two(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2 * b,)


@broken(cube, X, because="2 parameters")
def three_cotangents_for_two(x, scale=1.0):
    return cube(x, scale), lambda b: (3.0 * scale * x**2 * b, unbroadcast(x**3 * b, scale), None)


@broken(cube, X, because="value, pullback")
def no_pullback(x, scale=1.0):
    return cube(x, scale)


@broken(cube, X, because="differs")
def return_forgotten(x, scale=1.0):
    def pullback(b):
        return None, None

    return cube(x, scale), pullback


@broken(product, X, Y, because="differs")
def arguments_swapped(a, b):
    return a * b, lambda bar: (a * bar, b * bar)


@broken(product, A, X, because="cannot have a cotangent of shape")
def unbroadcast_missing(a, b):
    return a * b, lambda bar: (b * bar, a * bar)


@broken(product, A, X, because="differs")
def unbroadcast_by_the_mean(a, b):
    return a * b, lambda bar: (b * bar, np.mean(a * bar, axis=0))


@broken(product, 2.0, X, because="cannot have a cotangent of shape")
def number_gets_an_array(a, b):
    return a * b, lambda bar: (b * bar, a * bar)


@broken(times, A, B, because="cannot have a cotangent|differs|fails")
def transpose_missing(a, b):
    return a @ b, lambda bar: (bar @ b.T, (a @ bar.T if a.shape[0] == a.shape[1] else (bar.T @ a)))


@broken(times, A[:, :2], B[:2], because="differs")
def transpose_of_the_wrong_factor(a, b):
    return a @ b, lambda bar: (bar @ b, a @ bar)


@broken(times, A, B, because="differs")
def factors_in_another_order(a, b):
    return a @ b, lambda bar: (bar @ b.T, (bar.T @ a).T * 0.5)


@broken(total, A, 0, because="differs|broadcast|fails")
def axis_ignored(x, axis=None):
    return total(x, axis), lambda bar: (np.broadcast_to(np.sum(bar), x.shape), None)


@broken(total, A, -1, because="differs")
def negative_axis_wrong(x, axis=None):
    def pullback(bar):
        bar = np.repeat(bar, 3)[::-1].reshape(x.shape)
        return bar, None

    return total(x, axis), pullback


@broken(total, A, because="differs")
def mean_for_sum(x, axis=None):
    return total(x, axis), lambda bar: (np.full_like(x, bar / x.size), None)


@broken(take, X, np.array([0, 2, 2]), because="differs")
def repeated_index_lost(x, index):
    def pullback(bar):
        x_bar = np.zeros_like(x)
        x_bar[index] += bar
        return x_bar, None

    return x[index].copy(), pullback


@broken(take, X, np.array([0, 2, 2]), because="shape|cannot have")
def gathered_instead_of_scattered(x, index):
    return x[index].copy(), lambda bar: (bar[np.minimum(index, 1)][:2], None)


@broken(tail, X, because="differs")
def shifted_by_one(x):
    return x[1:], lambda bar: np.concatenate([bar, np.zeros(1, bar.dtype)])


@broken(polar, 2.0, 0.5, because="differs")
def one_output_forgotten(r, t):
    out = polar(r, t)
    return out, lambda bars: (np.cos(t) * (bars[0] or 0.0), -out[1] * (bars[0] or 0.0))


@broken(polar, 2.0, 0.5, because="without a cotangent|missing|None|fails")
def missing_cotangent_unforeseen(r, t):
    c, s = np.cos(t), np.sin(t)
    return (r * c, r * s), lambda bars: (c * bars[0] + s * bars[1], r * (c * bars[1] - s * bars[0]))


@broken(modulus, Z, because="differs")
def conjugate_missing(z):
    return modulus(z), lambda bar: 2.0 * np.conj(z) * bar


@broken(rotated, Z, because="differs")
def complex_convention(z):
    return 1j * z, lambda bar: 1j * bar


@broken(rotated, Z, because="differs")
def imaginary_part_lost(z):
    return 1j * z, lambda bar: np.real(-1j * bar)


@broken(joined, X, Y, X, because="differs")
def parts_in_reverse(*parts):
    edges = np.cumsum([len(part) for part in parts])[:-1]
    return joined(*parts), lambda bar: tuple(np.split(bar, edges))[::-1]


@broken(weighted, {"w": X, "b": 2.0}, because="differs")
def key_forgotten(params):
    w, b = params["w"], params["b"]
    return w * b, lambda bar: {"w": b * bar}


@broken(weighted, {"w": X, "b": 2.0}, because="a dict with the keys")
def key_misspelled(params):
    w, b = params["w"], params["b"]
    return w * b, lambda bar: {"w": b * bar, "bias": np.sum(w * bar)}


@broken(softmax, X, because="differs")
def diagonal_only(x):
    out = softmax(x)
    return out, lambda bar: out * (1.0 - out) * bar


@broken(shifted, X, gain=2.0, shift=0.5, because="'shift' differs")
def extra_keyword_forgotten(x, **options):
    gain = options.get("gain", 1.0)
    return shifted(x, **options), lambda bar: (gain * bar, {"gain": np.sum(x * bar)})


@broken(tail, X, because="a value of shape .0,. cannot have a cotangent of shape .1,.")
def one_too_many_for_nothing(x):
    return x[1:], lambda bar: np.concatenate([np.zeros(1, bar.dtype), bar])


@pytest.mark.parametrize(
    ("primal", "rule", "args", "kwargs", "because"), BROKEN, ids=[case[1].__name__ for case in BROKEN]
)
def test_a_broken_rule_is_caught(primal, rule, args, kwargs, because):
    with registry.scope():
        rrule(primal)(rule)
        with pytest.raises(AssertionError, match=because):
            check_rule(primal, *args, **kwargs)


def test_a_false_claim_of_freshness():
    with registry.scope():
        rrule(tail, fresh=True)(right_tail)
        with pytest.raises(AssertionError, match="declared fresh"):
            check_rule(tail, X)


SCALAR = {
    "sign": lambda out, x, scale=1.0: (-3.0 * scale * x**2, x**3),
    "factor": lambda out, x, scale=1.0: (scale * x**2, x**3),
    "keyword": lambda out, x, scale=1.0: (3.0 * scale * x**2, None),
    "dtype": lambda out, x, scale=1.0: (np.float64(3.0) * scale * x**2, x**3),
    "out": lambda out, x, scale=1.0: (3.0 * out, x**3),
}


@pytest.mark.parametrize("partials", SCALAR.values(), ids=SCALAR)
def test_broken_scalar_rules(partials):
    with registry.scope():
        scalar_rule(cube)(partials)
        with pytest.raises(AssertionError, match="differs|float64 for the float32"):
            check_rule(cube, X, 2.0)


def test_there_are_more_than_forty():
    assert len(BROKEN) + len(SCALAR) + 1 >= 50
    assert len({rule for _, rule, *_ in BROKEN}) == len(BROKEN)
