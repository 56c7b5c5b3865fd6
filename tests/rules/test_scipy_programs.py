"""Programs that call SciPy: gradients, second derivatives, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.optimize
import scipy.signal
import scipy.special
import scipy.stats

import adjoint
from adjoint.testing import check_grad

M = np.array([[3.0, 0.3, -0.4], [0.1, 2.5, 0.6], [-0.2, 0.7, 2.1]])
W = np.array([[0.5, -1.0, 0.25], [1.5, 0.75, -0.5], [-0.25, 1.0, 2.0]])
X = np.array([0.0, 0.4, 1.1])


def likelihood(m: Any) -> Any:
    factor = scipy.linalg.cholesky(m @ m.T, lower=True)
    z = scipy.linalg.solve_triangular(factor, X, lower=True)
    return 0.5 * z @ z + np.sum(np.log(np.diag(factor)))


def two_outputs(m: Any) -> Any:
    values, vectors = scipy.linalg.eigh(m @ m.T)
    return np.sin(values) @ X + np.sum(W * vectors**2)


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "Gaussian likelihood": likelihood,
    "eigh": two_outputs,
    "solve of lists": lambda m: scipy.linalg.solve([[m[0, 0], 1.0], [0.5, m[1, 1]]], [1.0, m[0, 1]])[0],
    "cho_solve": lambda m: scipy.linalg.cho_solve(scipy.linalg.cho_factor(m @ m.T), m[0]) @ X,
    "lu_solve": lambda m: scipy.linalg.lu_solve(scipy.linalg.lu_factor(m), m[0]) @ X,
    "expm": lambda m: np.sum(W * np.sin(scipy.linalg.expm(0.3 * m))),
    "logm": lambda m: np.sum(W * np.sin(scipy.linalg.logm(m @ m.T))),
    "toeplitz": lambda m: np.sum(W * np.sin(scipy.linalg.toeplitz(m[0], m[1]))),
    "block_diag": lambda m: np.sum(np.sin(scipy.linalg.block_diag(m, m[0]))),
    "power spectrum": lambda m: np.sum(W * np.abs(scipy.fft.fft(m, norm="ortho")) ** 2),
    "cosine transform": lambda m: np.sum(W * np.sin(scipy.fft.dctn(m, norm="ortho"))),
    "convolve": lambda m: np.sum(np.sin(scipy.signal.convolve(m[0], m[1]))),
    "correlate": lambda m: np.sum(np.sin(scipy.signal.correlate(m, W, mode="same"))),
    "lfilter": lambda m: np.sum(np.sin(scipy.signal.lfilter(m[0], m[1] + 2.0, X))),
    "trapezoid": lambda m: np.sin(scipy.integrate.trapezoid(m**2, np.cumsum(m[0] ** 2))) @ X,
    "simpson of given abscissae": lambda m: np.sin(scipy.integrate.simpson(m**2, x=X)) @ X,
    "cumulative_trapezoid": lambda m: np.sum(np.sin(scipy.integrate.cumulative_trapezoid(m, X))),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_first_and_second_derivatives(name: str) -> None:
    function = PROGRAMS[name]
    check_grad(function, M)
    gradient = adjoint.grad(function)
    direction, step = np.cos(np.arange(9.0)).reshape(3, 3), 1e-5
    moved = (gradient(M + step * direction) - gradient(M - step * direction)) / (2 * step)
    _, pushed = adjoint.jvp(gradient, (M,), (direction,))
    assert np.allclose(pushed, moved, rtol=1e-5, atol=1e-6 * np.max(np.abs(moved)))


def test_third_derivatives_of_a_program() -> None:
    """Parts of the programs stand still: their pullbacks are linear in all further directions."""
    x, v = np.cos(np.arange(16.0) ** 2), np.sin(np.arange(16.0))

    def power(x: Any) -> Any:
        return np.sum(scipy.signal.welch(x, nperseg=8)[1] ** 2)

    product = adjoint.hvp(power)
    wanted = (product(x + 1e-4 * v, v) - product(x - 1e-4 * v, v)) / 2e-4
    assert np.allclose(adjoint.grad(lambda x: product(x, v) @ v)(x), wanted, rtol=1e-6, atol=1e-9)
    assert np.allclose(adjoint.jvp(lambda x: product(x, v), (x,), (v,))[1], wanted, rtol=1e-6, atol=1e-9)
    _, series = adjoint.jet(adjoint.grad(power), (x,), ((v, 0.0 * v),))
    assert np.allclose(series[0], product(x, v)) and np.allclose(2.0 * series[1], wanted, rtol=1e-6)


#: What was taken for a constant: its derivative was zero.
MOVING: dict[str, Callable[[Any], Any]] = {
    "frequencies": lambda m: np.sum(scipy.fft.fftfreq(6, m[0, 0]) ** 2) + np.sum(np.fft.rfftfreq(6, m[1, 1])),
    "design of a filter": lambda m: np.sum(np.cos(scipy.signal.cheby1(2, 1.0, 0.1 * m[0, 0])[0])),
    "differences of a smoothing filter": lambda m: np.sum(
        scipy.signal.savgol_coeffs(5, 3, deriv=1, delta=m[0, 0], pos=0.3 * m[1, 1]) ** 2
    ),
    "order that is cut": lambda m: scipy.special.kn(1.7, m[0, 0]) + scipy.special.expn(0, m[1, 1]),
}


@pytest.mark.filterwarnings("ignore:floating point number truncated")
@pytest.mark.parametrize("name", MOVING)
def test_what_is_no_constant(name: str) -> None:
    check_grad(MOVING[name], M)


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "numbers of a window": (lambda m: np.sum(scipy.signal.get_window(("kaiser", m[0, 0]), 6)), "get_window"),
    "numbers of a window of a spectrum": (
        lambda m: np.sum(scipy.signal.welch(m[0], window=("kaiser", m[1, 1]), nperseg=3)[1]),
        "get_window",
    ),
    "parts of a slice": (lambda m: slice(m[0, 0], 1.0).start * 2.0, "slice"),
    "permission to overwrite": (lambda m: scipy.linalg.inv(m, overwrite_a=True)[0, 0], "overwrite_a"),
    "abscissae of simpson": (lambda m: scipy.integrate.simpson(X, x=np.cumsum(m[0] ** 2)), "simpson|xp_"),
    "eigenvalues of another type": (lambda m: scipy.linalg.eigvalsh(m, m, type=2)[0], "type=2"),
    "boundary of convolve2d": (lambda m: scipy.signal.convolve2d(m, W, boundary="wrap")[0, 0], "convolve2d"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    function, word = REFUSED[name]
    with pytest.raises(adjoint.AdjointError, match=word):
        adjoint.grad(function)(M)


P = np.array([0.4, 1.3])
DISTRIBUTIONS: dict[str, Callable[[Any], Any]] = {
    "positional": lambda p: np.sum(scipy.stats.norm.logpdf(X, p[0], p[1])),
    "named": lambda p: np.sum(scipy.stats.norm.logpdf(X, loc=p[0], scale=p[1])),
    "shape and scale": lambda p: np.sum(scipy.stats.gamma.logpdf(X + 0.5, p[1], scale=p[0])),
    "fixed shape": lambda p: np.sum(scipy.stats.gamma.cdf(X + 0.5, 2.5, scale=p[1])),
    "frozen": lambda p: np.sum(scipy.stats.norm(p[0], p[1]).logpdf(X)),
    "frozen with names": lambda p: np.sum(scipy.stats.t(4.0, scale=p[1]).pdf(X * p[0])),
    "counts": lambda p: np.sum(scipy.stats.poisson.logpmf(np.array([0, 2, 5]), p[1])),
    "quantile": lambda p: scipy.stats.norm.ppf(0.3, p[0], p[1]) ** 2,
    "quantile of a moving probability": lambda p: scipy.stats.expon.ppf(p[0], scale=p[1]),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions(name: str) -> None:
    check_grad(DISTRIBUTIONS[name], P)


@pytest.mark.parametrize("name", ["positional", "named", "shape and scale", "counts", "quantile"])
def test_second_derivatives_of_distributions(name: str) -> None:
    gradient, step = adjoint.grad(DISTRIBUTIONS[name]), 1e-5
    moved = (gradient(P + step * P) - gradient(P - step * P)) / (2 * step)
    assert np.allclose(adjoint.jvp(gradient, (P,), (P,))[1], moved, rtol=1e-6, atol=1e-7)


def test_a_shape_without_a_derivative_is_refused() -> None:
    with pytest.raises(adjoint.AdjointError, match=r"vonmises\.cdf by its parameter `kappa`"):
        adjoint.grad(lambda p: scipy.stats.vonmises.cdf(0.7, p))(1.3)
    with pytest.raises(adjoint.AdjointError, match=r"rdist\.pdf` has no derivative rule"):
        adjoint.grad(lambda p: scipy.stats.rdist.pdf(p, 1.6))(0.3)


CALLED_BACK: dict[str, Callable[[Any], Any]] = {
    "root": lambda p: scipy.optimize.brentq(lambda x: x**3 - p[0] * x - p[1], 0.5, 3.0) ** 2,
    "root with arguments": lambda p: scipy.optimize.brenth(
        lambda x, c, d: np.exp(x) * c - d, -3.0, 3.0, args=(p[0], p[1]), xtol=1e-13
    ),
    "root with one argument": lambda p: scipy.optimize.bisect(lambda x, c: np.tanh(x) - c, -3, 3, p[0] * 0.5),
    "ridder": lambda p: scipy.optimize.ridder(lambda x: np.cos(x * p[0]) - x * p[1], 0.0, 2.0),
    "integral": lambda p: scipy.integrate.quad(lambda x: np.exp(-p[0] * x) * np.sin(p[1] * x), 0.0, 2.0)[0],
    "bounds of an integral": lambda p: scipy.integrate.quad(lambda x: np.exp(-x * x), p[0], p[1])[0],
    "integral with arguments": lambda p: scipy.integrate.quad(
        lambda x, c, d: np.sin(c * x) + d, 0.0, p[1], args=(p[0], p[1])
    )[0],
    "integral of a kink": lambda p: scipy.integrate.quad(lambda x: abs(x - 0.3) * p[0], 0.0, 2.0)[0],
}


@pytest.mark.parametrize("name", CALLED_BACK)
def test_functions_that_call_functions(name: str) -> None:
    function = CALLED_BACK[name]
    check_grad(function, P)
    value, dot = adjoint.jvp(function, (P,), (P,))
    assert value == function(P)
    assert np.allclose(dot, adjoint.grad(function)(P) @ P, rtol=1e-12)


@pytest.mark.parametrize(
    ("integrand", "end", "word"),
    [
        (lambda p, x: np.exp(-p * x), np.inf, "infinite"),
        (lambda p, x: 1.0 / np.sqrt(p * x), 1.0, "not smooth"),
    ],
)
def test_integrals_that_no_sum_stands_for_are_refused(integrand: Any, end: float, word: str) -> None:
    with pytest.raises(adjoint.AdjointError, match=word):
        adjoint.grad(lambda p: scipy.integrate.quad(lambda x: integrand(p, x), 0.0, end)[0])(0.7)


KNOTS, HEIGHTS = np.array([0.0, 1.0, 2.0, 3.5, 4.0]), np.array([0.0, 0.8, 0.9, -0.35, -0.75])
TWO = np.stack([HEIGHTS, HEIGHTS**2])
SPLINES: dict[str, Any] = {
    "cubic": scipy.interpolate.CubicSpline(KNOTS, HEIGHTS),
    "cubic of two functions": scipy.interpolate.CubicSpline(KNOTS, TWO, axis=1),
    "monotone": scipy.interpolate.PchipInterpolator(KNOTS, HEIGHTS),
    "B-spline": scipy.interpolate.make_interp_spline(KNOTS, HEIGHTS),
    "B-spline of two functions": scipy.interpolate.make_interp_spline(KNOTS, TWO.T),
}


@pytest.mark.parametrize("name", SPLINES)
def test_splines_by_the_point(name: str) -> None:
    spline, x = SPLINES[name], np.array([[0.7, 1.3], [3.1, 2.2]])

    def function(x: Any) -> Any:
        return np.sum(np.sin(spline(x))) + np.sum(spline(x[0, 0], 1))

    check_grad(function, x)
    gradient, step = adjoint.grad(function), 1e-5
    assert np.allclose(adjoint.jvp(function, (x,), (x,))[1], np.sum(gradient(x) * x), rtol=1e-12)
    moved = (gradient(x + step * x) - gradient(x - step * x)) / (2 * step)
    assert np.allclose(adjoint.jvp(gradient, (x,), (x,))[1], moved, rtol=1e-6, atol=1e-7)
