"""Values that go no further, and what is done on the way to them: effects last.

A call inside ``print``, a test or a text is copied as it stands, so nothing in it may store, fill, take away
or keep what carries a derivative.
"""
# Attempts that do nothing about their exception are what is tested here.
# ruff: noqa: SIM105

from __future__ import annotations

import contextlib
import functools
import io

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

X = np.array([0.5, 1.25, 2.3])
SEEN: list = []
TABLE: dict = {}
BUFFER = np.zeros(3)
note, put, fill = SEEN.append, TABLE.__setitem__, BUFFER.fill
partial_note = functools.partial(note)


def show(value):
    print(value, file=io.StringIO())


# --- try blocks ----------------------------------------------------------------------------------
def try_append(x):
    kept = []

    def keep(z):
        try:
            kept.append(z * z)
        except ValueError:
            pass
        return 1

    show(keep(x))
    return np.sum(kept[0])


class Total:
    def __init__(self):
        self.t = 0.0

    def add(self, z):
        try:
            self.t = self.t + np.sum(z**3)
        except ValueError:
            pass
        return 0


def try_field(x):
    total = Total()
    show(total.add(x))
    return total.t


def try_field_statement(x):
    total = Total()
    total.add(x)
    return total.t


def try_field_test(x):
    total = Total()
    if total.add(x) == 0:
        return total.t
    return 1.0


def try_array(x):
    y = np.zeros(3)

    def copy(z):
        try:
            y[:] = z
        except ValueError:
            pass
        return 1

    show(copy(x))
    return np.sum(y * y)


def try_item(x):
    def store(z, d):
        try:
            d["a"] = z
        except ValueError:
            pass

    d = {}
    store(x, d)
    return np.sum(d["a"] ** 2)


def try_in_loop(x):
    kept = []

    def keep(z):
        for v in z:
            try:
                kept.append(v * v)
            except ValueError:
                break

    keep(x)
    return sum(kept)


def try_pop(x):
    def drop(values):
        try:
            values.pop()
        except IndexError:
            pass
        return 1

    kept = [x[0], x[1] ** 2]
    show(drop(kept))
    return sum(v * v for v in kept)


def try_augmented(x):
    def grow(z):
        try:
            z += 1.0
        except ValueError:
            pass
        return 1

    y = x * 1.0
    show(grow(y))
    return np.sum(y * y)


def suppressed(x):
    kept = []

    def keep(z):
        with contextlib.suppress(ValueError):
            kept.append(z * z)
            kept.append(float("x"))
        return 1

    show(keep(x))
    return np.sum(kept[-1])


def try_next(x):
    def skip(values):
        try:
            return str(next(values))
        except StopIteration:
            return ""

    values = iter([x[0], x[1] ** 2, x[2]])
    show(skip(values))
    return next(values)


# --- methods that belong to what they change -----------------------------------------------------
def noted(x):
    show(note(x[0] * 2.0))
    return SEEN[-1] * x[1]


def noted_in_test(x):
    if note(x[0] ** 2) is None:
        return SEEN[-1] * x[1]
    return 0.0


def noted_in_text(x):
    text = f"{put('a', x[0] ** 2)}"
    return TABLE["a"] * x[1] + 0.0 * len(text)


def noted_by_partial(x):
    show(partial_note(x[0] ** 2))
    return SEEN[-1] * x[2]


def noted_inside(x):
    def keep(z):
        note(z)
        return 1

    show(keep(x[0] ** 2))
    return SEEN[-1] * x[2]


def filled(x):
    show(fill(x[0]))
    return BUFFER[1] * x[1]


EFFECTS = [
    try_append, try_field, try_field_statement, try_field_test, try_array, try_item, try_in_loop, try_pop,
    try_augmented, suppressed, try_next, noted, noted_in_test, noted_in_text, noted_by_partial, noted_inside,
    filled,
]  # fmt: skip


@pytest.mark.parametrize("f", EFFECTS)
def test_effects_are_right_or_refused(f):
    """Neither is a zero, nor half of the derivative; which of the two it is may change."""
    try:
        check_grad(f, X, wrt=0)
    except adjoint.AdjointError as error:
        assert "ADJ1" in str(error)


# --- what has no effect --------------------------------------------------------------------------
def try_length(x):
    def long(z):
        try:
            return len(z) > 2
        except TypeError:
            return False

    return np.sum(x * x) if long(x) else np.sum(x)


def try_text(x):
    def label(z):
        try:
            return f"{float(z):.1f}"
        except TypeError:
            return "?"

    return np.sum(x) * len(label(x[0]))


@pytest.mark.parametrize("f", [try_length, try_text])
def test_a_try_block_that_only_computes_passes(f):
    check_grad(f, X, wrt=0)
