"""Kinks, degenerate matrices, missing cotangents and buffers: what differences cannot check."""

import cmath
import operator

import numpy as np
import pytest

import adjoint
from adjoint.rules.apply import apply_rule, find_rule
from adjoint.rules.indexing import accumulate_into, scatter
from adjoint.rules.support import members
from tests.rules.generators import normal


def pull(primal, y_bar, *args, **kwargs):
    """Return the cotangents of a call."""
    _, pullback = apply_rule(*find_rule(primal, args, kwargs))
    return pullback(y_bar)


@pytest.mark.parametrize("order", [None, 1, 2, 3, 1.5, np.inf, -np.inf, 0])
def test_norm_of_zero(order):
    assert np.array_equal(pull(np.linalg.norm, 1.0, np.zeros(3), order)[0], np.zeros(3))


@pytest.mark.parametrize("order", [None, "fro", 1, -1, np.inf])
def test_matrix_norm_of_zero(order):
    assert np.array_equal(pull(np.linalg.norm, 1.0, np.zeros((2, 2)), order)[0], np.zeros((2, 2)))


def test_largest_norm_takes_the_first_of_equal_entries():
    assert np.array_equal(pull(np.linalg.norm, 1.0, np.array([-2.0, 2.0, 1.0]), np.inf)[0], [-1.0, 0.0, 0.0])


def test_angle_and_length_of_zero():
    assert pull(cmath.polar, (1.0, 1.0), 0j) == (0j,)
    assert pull(cmath.phase, 1.0, 0.0) == (0.0,)


def test_trimmed_zeros_receive_zero():
    x = np.array([0.0, 0.0, 1.5, 0.0, -2.0, 0.0])
    assert np.array_equal(pull(np.trim_zeros, np.arange(1.0, 4.0), x)[0], [0.0, 0.0, 1.0, 2.0, 3.0, 0.0])
    assert np.array_equal(pull(np.trim_zeros, np.arange(1.0, 6.0), x, "b")[0], [1.0, 2.0, 3.0, 4.0, 5.0, 0.0])
    assert np.array_equal(pull(np.trim_zeros, np.arange(1.0, 5.0), x, "f")[0], [0.0, 0.0, 1.0, 2.0, 3.0, 4.0])
    assert np.array_equal(pull(np.trim_zeros, np.zeros(0), np.zeros(2))[0], [0.0, 0.0])


def test_sort_is_stable():
    assert np.array_equal(
        pull(np.sort, np.array([1.0, 2.0, 3.0]), np.array([5.0, 4.0, 4.0]))[0], [3.0, 1.0, 2.0]
    )


def test_max_takes_the_first_of_equal_arguments():
    assert pull(max, 1.0, 2.0, 2.0) == (1.0, 0.0)
    assert pull(min, 1.0, [2.0, 1.0, 1.0])[0] == [None, 1.0, None]


def test_complex_singular_vectors_in_a_function_of_no_phase():
    rng = np.random.default_rng(1)
    a, weights = (rng.normal(size=(4, 3)) + 1j * rng.normal(size=(4, 3)) for _ in range(2))
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    # p = u vh does not depend on the phases of the vectors
    a_bar = pull(np.linalg.svd, (weights @ vh.conj().T, None, u.conj().T @ weights), a, full_matrices=False)[
        0
    ]

    def slope(direction, step=1e-5):
        def polar(t):
            u, _, vh = np.linalg.svd(a + t * direction, full_matrices=False)
            return np.sum(np.real(np.conj(weights) * (u @ vh)))

        return (polar(step) - polar(-step)) / (2.0 * step)

    direction = rng.normal(size=(4, 3)) + 1j * rng.normal(size=(4, 3))
    assert np.isclose(np.sum(np.real(np.conj(a_bar) * direction)), slope(direction), rtol=1e-6)


def test_extra_singular_vectors_have_no_derivative():
    a = normal(4, 3)
    bars = (np.ones((4, 4)), None, None)
    with pytest.raises(ValueError, match="arbitrary basis"):
        pull(np.linalg.svd, bars, a)
    assert pull(np.linalg.svd, (None, np.ones(3), None), a)[0].shape == (4, 3)


@pytest.mark.parametrize(
    ("primal", "args", "bars"),
    [
        (np.split, (np.arange(4.0), 2), [None, np.array([1.0, 2.0])]),
        (np.linalg.slogdet, (np.eye(2),), (None, 1.0)),
        (np.linalg.qr, (np.eye(2) + 1.0,), (None, np.eye(2))),
        (np.linalg.lstsq, (np.eye(3)[:, :2], np.ones(3)), (np.ones(2), None, None, None)),
        *((f, (np.ones((2, 3)),), (None, np.ones(3))) for f in members(np, "unstack")),
        (divmod, (7.5, 2.0), (None, 1.0)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_missing_cotangents_are_zero(primal, args, bars):
    full = type(bars)(
        np.zeros_like(y) if bar is None else bar for bar, y in zip(bars, primal(*args), strict=True)
    )
    for got, wanted in zip(pull(primal, bars, *args), pull(primal, full, *args), strict=True):
        if got is not None:
            assert np.allclose(got, wanted)


def test_accumulate_into_a_buffer():
    buffer = np.zeros(4)
    for index, value in ((1, 1.0), (slice(0, 2), 0.5), ([1, 1, 3], 1.0), (buffer == 9.0, 7.0), (-1, None)):
        accumulate_into(buffer, index, value)
    assert np.array_equal(buffer, [0.5, 3.5, 0.0, 1.0])


def test_scatter_keeps_precision_and_containers():
    assert scatter(np.ones(3, np.float32), 0, 1.0).dtype == np.float32
    assert scatter((1.0, 2.0), 1, 5.0) == (None, 5.0)
    assert scatter({"a": 1.0}, "a", 5.0) == {"a": 5.0}


def test_arguments_without_tangent_space_get_none():
    assert pull(np.concatenate, np.ones(4), [np.ones(2), np.arange(2)])[0][1] is None
    assert pull(operator.matmul, np.ones(2), np.ones((2, 3), int), np.ones(3))[0] is None


def test_declined_forms_have_no_rule():
    assert find_rule(np.take, (np.ones(3), 0, 0, np.zeros(())), {}) is None
    assert find_rule(np.interp, (0.5, [0.0, 1.0], [0.0, 1.0]), {"period": 1.0}) is None
    assert find_rule(np.linalg.qr, (np.eye(2), "complete"), {}) is None


HISTOGRAMS = {
    "a range that moves": lambda y: np.histogram(y, 3, range=(0.0, 2.0 * y[0])),
    "given edges": lambda y: np.histogram(y, np.array([0.0, 1.0, 4.0])),
    "weights of which only the edges are read": lambda y: np.histogram(y, 3, weights=2.0 * y),
    "edges and a range": lambda y: np.histogram(y, np.array([0.0, 1.0, 3.0]) * y[0], range=(0.0, y[0])),
}


@pytest.mark.parametrize("name", HISTOGRAMS)
def test_histograms_that_values_do_not_move(name):
    """Their values move something else, too: a missing cotangent or tangent was added to it."""

    def program(y):
        counts, edges = HISTOGRAMS[name](y)
        return np.sum(edges**2) + np.sum(y) + 0.0 * counts[0]

    x, step = np.array([1.1, 2.3, 0.4]), 1e-6 * np.array([0.3, -0.5, 0.7])
    moved = (program(x + step) - program(x - step)) / 2.0
    assert np.isclose(adjoint.grad(program)(x) @ step, moved, rtol=1e-5, atol=1e-12)
    assert np.isclose(adjoint.jvp(program, (x,), (step,))[1], moved, rtol=1e-5, atol=1e-12)
