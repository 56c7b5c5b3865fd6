"""Facts about shapes and signs leave out work, never a sum over a stretched axis or a strong zero."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

X = np.array([0.7, -0.4, 1.3, 0.2])


def text(f, *args):
    return adjoint.source(f, *args, wrt=0)


def differences(u):
    return np.sum((u[1:] - u[:-1]) ** 3 * u[1:])


def first_times_rest(u):
    return np.sum(u[:1] * u[1:] + u[-1:] * u[:-1])


def lengths_from_outside(u, k):
    return np.sum(u[:k] * u[1:] + u[k:] * u[2:])


def growing(u):
    before = u[:1]
    for _ in range(3):
        after = np.concatenate((u, u[:1] * 0.5))
        u = np.concatenate((before * u, after))
        before = after[:1]
    return np.sum(u**2)


def rebound_in_branch(u, flag):
    v = u[1:]
    if flag:
        v = u[:1]
    return np.sum(v * u[1:])


def stretched_later(u):
    w = u[:2]
    w, v = u[:1], u[1:]
    return np.sum(w * v)


def other_parameter(u, w):
    return np.sum(u * w / (1.0 + u * u))


@pytest.mark.parametrize("f", [differences, first_times_rest, growing, stretched_later])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_slices(f, size) -> None:
    check_grad(f, X[:size], wrt=0)


@pytest.mark.parametrize("size", [0, 1])
def test_slices_of_short_arrays(size) -> None:
    assert adjoint.grad(differences)(X[:size]).shape == (size,)


@pytest.mark.parametrize("k", [1, 3])
def test_a_slice_with_a_variable_bound_may_have_any_length(k) -> None:
    u = X[: 4 if k == 3 else 2]
    check_grad(lambda u: np.sum(u[:k] * u[1:]), u, wrt=0)


@pytest.mark.parametrize("flag", [True, False])
def test_a_branch_may_change_the_length(flag) -> None:
    check_grad(rebound_in_branch, X, flag, wrt=0)


@pytest.mark.parametrize("w", [np.ones(1), np.ones(4), np.ones((3, 1)), np.ones((2, 4))])
@pytest.mark.parametrize("u", [X, X[:1]])
def test_operands_of_other_shapes(u, w) -> None:
    check_grad(other_parameter, u, w, wrt=(0, 1))


def test_equal_slices_need_no_call() -> None:
    assert "unbroadcast" not in text(differences, X)
    assert "unbroadcast" in text(first_times_rest, X)


def entries_added(w, x):
    h = np.tanh(x @ w)
    for i in range(3):
        h = h * 1.5 + w[i]
        h = h - 0.1 if i == 1 else w[i] * h
    return np.sum(h**2) + np.sum(w[0] * (x - w[1]) / w[2])


def test_a_number_beside_an_array_takes_a_plain_sum_and_is_not_kept() -> None:
    x = np.linspace(-0.5, 1.0, 12).reshape(4, 3)
    written = adjoint.source(lambda w, x: np.sum(np.tanh(x @ w) + w[1]), X[:3], x)
    assert "unbroadcast" not in written and ".sum()" in written
    check_grad(entries_added, X[:3], x, wrt=(0, 1))
    check_grad(entries_added, X[:3].astype(np.float32), x, wrt=0)
    check_grad(entries_added, X[:3], x[:0], wrt=(0, 1))


# --- signs ---------------------------------------------------------------------------------------
def guarded(x):
    return np.sum(np.where(x > 0.0, np.sqrt(x) / x + np.log(x), 0.0))


def guarded_scalar(x, y):
    r = np.sum(x) - np.sum(x)
    return np.sum(np.where(y > 0.0, x / r, x))


def safe(x):
    return np.sum(x / (1.0 + np.exp(-x)) + 1.0 / np.sqrt(x * x + 1e-3))


def test_divisors_that_cannot_be_zero_are_plainly_divided_by() -> None:
    check_grad(safe, X)
    assert "strong" not in text(safe, X)
    assert "strong" in text(guarded, X)


def test_complex_squares_are_not_positive() -> None:
    z = np.array([1j, 0.5 + 0.2j])
    f = lambda z: np.sum(np.where(np.abs(1.0 + z * z) > 0.1, 1.0 / (1.0 + z * z), 0.0).real)  # noqa: E731
    with np.errstate(all="ignore"):
        gradient = adjoint.grad(f)(z)
    assert np.all(np.isfinite(gradient)) and gradient[0] == 0.0


@pytest.mark.parametrize("x", [np.array([0.0, 2.0, -1.0]), np.array([np.nan, 4.0])])
def test_masked_singularities_give_zero_in_silence(x) -> None:
    with np.errstate(all="ignore"):
        wanted = np.where(x > 0.0, -0.5 * np.maximum(x, 1e-9) ** -1.5 + 1.0 / np.maximum(x, 1e-9), 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gradient = adjoint.grad(guarded)(x)
    assert np.allclose(gradient, np.where(x > 0.0, wanted, 0.0))


def test_a_masked_division_by_a_number_that_is_zero() -> None:
    with np.errstate(all="ignore"):
        gradient = adjoint.grad(guarded_scalar)(X, -np.ones(4))
    assert np.array_equal(gradient, np.ones(4))


# --- runtime -------------------------------------------------------------------------------------
def test_strong_quotient_against_its_definition() -> None:
    from adjoint.rules.runtime import strong_product, strong_quotient

    bars = [0.0, 2.0, np.inf, np.nan]
    for y in (0.0, -0.0, 3.0, np.inf, np.nan):
        for x_bar in bars:
            with np.errstate(all="ignore"):
                wanted = strong_product(x_bar, np.float64(1.0) / np.float64(y))
            assert np.array_equal(strong_quotient(np.float64(x_bar), np.float64(y)), wanted, equal_nan=True)
        with np.errstate(all="raise"):
            got = strong_quotient(np.array(bars), np.full(4, y))
        each = [strong_quotient(np.float64(x_bar), np.float64(y)) for x_bar in bars]
        assert np.array_equal(got, each, equal_nan=True)


def test_strong_quotient_of_huge_numbers() -> None:
    from adjoint.rules.runtime import strong_quotient

    assert np.array_equal(strong_quotient(np.array([1e200, 0.0]), np.array([1e-50, 0.0])), [1e250, 0.0])


# --- containers ----------------------------------------------------------------------------------
def stacked_in_one_branch(x, flag):
    values = [x, 0.3, x * x]
    if flag:
        return np.sum(np.stack(values) ** 2)
    return x


def stacked_in_a_loop(x, n):
    values = [x, 0.3, x * x]
    total = 0.0
    for _ in range(n):
        total = total + np.sum(np.stack(values) ** 2)
    return total + x


@pytest.mark.parametrize("flag", [True, False])
def test_a_display_that_only_one_branch_stacks(flag) -> None:
    check_grad(stacked_in_one_branch, 0.7, flag, wrt=0)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_display_that_a_loop_stacks(n) -> None:
    check_grad(stacked_in_a_loop, 0.7, n, wrt=0)


def test_integers_beside_floats_in_a_display() -> None:
    check_grad(lambda x: np.sum(np.stack([np.arange(3), x, x * x]) ** 2), X[:3])


# --- reads that are repeated ---------------------------------------------------------------------
def rebinds_base(x):
    a = x[0] * x[1]
    x = x * 2.0
    return a * x[0] * x[1]


def rebinds_index(x):
    i, total = 0, 0.0
    total = total + x[i] * x[i] + x[i + 1]
    i += 2
    return total + x[i] * x[i]


def in_branches(x, flag):
    y = x[1] * 2.0 if flag else x[1] * x[0]
    return y * x[1] if x[0] > 0.0 and x[1] < x[2] else y * x[0]


def in_loops(x, n):
    total = x[0]
    for i in range(n):
        total = total * x[0] + x[i] * x[i]
        for i in range(2):  # noqa: B020, the index changes under the reader's eyes
            total = total + x[i] * x[0]
        total = total + x[i] ** 2
    return total


def swaps(x):
    x, y = x[1:] * x[:-1], x[1:]
    return np.sum(x[0] * y[0] * x[0])


def changing_indices(x, idx):
    a = x[idx] * 2.0
    idx = idx.copy()
    idx.sort()
    return np.sum(a * x[idx])


@pytest.mark.parametrize("f", [rebinds_base, rebinds_index, swaps])
def test_reads_behind_assignments(f) -> None:
    check_grad(f, X)


@pytest.mark.parametrize("flag", [True, False])
def test_reads_in_branches(flag) -> None:
    check_grad(in_branches, X, flag, wrt=0)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_reads_in_loops(n) -> None:
    check_grad(in_loops, X, n, wrt=0)


def test_reads_by_an_array_that_is_sorted_meanwhile() -> None:
    check_grad(changing_indices, X, np.array([3, 0, 2]), wrt=0)


def test_the_same_read_is_done_once() -> None:
    assert text(rebinds_index, X).count(" = x[i]") == 2  # before and after the index changes
