"""Derivatives by shapes against values computed with fifty digits."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special

import adjoint
from adjoint.rules.incomplete import beta_derivative, gamma_derivative, student_derivative

SHAPES = [1e-3, 0.1, 0.5, 1.0, 2.5, 30.0, 1e3]
POINTS = [1e-8, 0.01, 0.3, 0.7, 0.99]


def differences(f, a, order):
    """Return a central difference of a function of fifty digits."""
    step = a * mp.mpf(10) ** -9
    below, here, above = f(a - step), f(a), f(a + step)
    return (above - below) / (2 * step) if order == 1 else (above - 2 * here + below) / step**2


def close(found, wanted, scale=0.0):
    return abs(found - float(wanted)) <= 1e-9 * abs(float(wanted)) + scale


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("order", [1, 2])
def test_gamma(a, order):
    with mp.workdps(50):
        for x in (1e-8, 0.05, 0.9, 1.1, 5.0, 0.5 * a, a, 1.2 * a, a + 4.0 * a**0.5):
            lower = x < a + 1.0
            ends = (0, mp.mpf(x)) if lower else (mp.mpf(x), mp.inf)
            f = lambda t, ends=ends: mp.gammainc(t, *ends, regularized=True)  # noqa: E731
            wanted = differences(f, mp.mpf(a), order) * (1 if lower else -1)
            scale = 1e-14 * order if order == 1 or abs(x - a) > 0.1 * a else 1e-11 / a
            assert close(gamma_derivative(a, x, order), wanted, 0.0 if order == 1 else scale), (a, x)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("by", ["a", "b"])
def test_beta(a, by):
    with mp.workdps(50):
        for b in SHAPES[1:]:
            for x in [*POINTS, a / (a + b)]:
                lower = x < a / (a + b)
                ends = (0, mp.mpf(x)) if lower else (mp.mpf(x), 1)
                f = lambda p, q, ends=ends: mp.betainc(p, q, *ends, regularized=True)  # noqa: E731
                g = (lambda p: f(p, b)) if by == "a" else (lambda q: f(a, q))  # noqa: B023
                wanted = differences(g, mp.mpf(a if by == "a" else b), 1) * (1 if lower else -1)
                assert close(beta_derivative(a, b, x, 1.0 - x, by), wanted, 1e-40), (a, b, x)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("df", [0.3, 1.0, 3.0, 40.0, 500.0])
def test_student(df, order):
    with mp.workdps(50):
        for t in (1e-6, 0.3, 1.0, -2.0, 9.0):

            def below(nu, t=t):
                tail = mp.betainc(nu / 2, 0.5, 0, nu / (nu + mp.mpf(t) ** 2), regularized=True) / 2
                return tail if t < 0 else 1 - tail

            wanted = differences(below, mp.mpf(df), order)
            assert close(student_derivative(df, t, order), wanted, 1e-15 / df**order), (df, t)


def test_ends_and_middle():
    assert np.array_equal(gamma_derivative(1.0, np.array([0.0, np.inf]), 1), [0.0, 0.0])
    assert np.isnan(gamma_derivative(-1.0, 2.0, 1))
    assert np.array_equal(
        beta_derivative(2.0, 3.0, np.array([0.0, 1.0]), np.array([1.0, 0.0]), "a"), [0.0, 0.0]
    )
    assert student_derivative(3.0, 0.0, 1) == 0.0
    assert np.isnan(student_derivative(3.0, np.nan, 1))
    assert gamma_derivative(np.float32(1.5), np.ones(2, np.float32), 1).dtype == np.float32
    assert gamma_derivative(np.ones((0, 2)), 1.0, 1).shape == (0, 2)


def of_gamma(a):
    return special.gammainc(a, 2.0)


def of_beta(a):
    return special.betainc(a, 1.3, 0.4)


def test_third_derivatives():
    thrice = [adjoint.grad(adjoint.grad(adjoint.grad(f))) for f in (of_gamma, of_beta)]
    exact = (
        mp.diff(lambda a: mp.gammainc(a, 0, 2, regularized=True), 1.5, 3),
        mp.diff(lambda a: mp.betainc(a, 1.3, 0, 0.4, regularized=True), 1.5, 3),
    )
    assert np.allclose([f(1.5) for f in thrice], np.array(exact, float), rtol=1e-9)


@pytest.mark.parametrize(("f", "x"), [(special.sici, 1.3), (special.airy, -0.7), (special.fresnel, 0.6)])
def test_functions_with_several_outputs_have_second_derivatives(f, x):
    """The rule of such a function is built by our own code, which must be differentiable itself."""

    def first(t):
        return f(t)[0] * t

    h = 1e-4
    second = (first(x + h) + first(x - h) - 2.0 * first(x)) / h**2
    forward = lambda t: adjoint.jvp(first, (t,), (1.0,))[1]  # noqa: E731
    assert np.isclose(adjoint.grad(adjoint.grad(first))(x), second, rtol=1e-5)
    assert np.isclose(adjoint.jvp(adjoint.grad(first), (x,), (1.0,))[1], second, rtol=1e-5)
    assert np.isclose(adjoint.grad(forward)(x), second, rtol=1e-5)
    assert np.isclose(adjoint.jvp(forward, (x,), (1.0,))[1], second, rtol=1e-5)
