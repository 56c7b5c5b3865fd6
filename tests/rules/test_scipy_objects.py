"""Results and objects of SciPy that hold active values: kernel densities, correlations, fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import integrate, signal, special, stats

import adjoint
from tests.rules.check_programs import check_program

Program = Callable[..., Any]
V = np.array([0.5, -1.25, 2.0, 0.75, 0.3, 1.1])
W = np.array([0.4, 1.0, 0.3, 2.0, 0.7, 1.5])
T = np.array([0.2, 1.3, 2.4])

DENSITIES: dict[str, Program] = {
    "of points": lambda v, w, t: stats.gaussian_kde(v)(t),
    "weighted": lambda v, w, t: stats.gaussian_kde(v, weights=w).evaluate(t),
    "Silverman": lambda v, w, t: stats.gaussian_kde(v, bw_method="silverman").pdf(t),
    "own width": lambda v, w, t: stats.gaussian_kde(v, bw_method=w[0]).logpdf(t),
    "two dimensions": lambda v, w, t: stats.gaussian_kde(np.stack([v, w * v]))(np.stack([t, t**2])),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_kernel_densities(name: str) -> None:
    check_program(DENSITIES[name], V, W, T)


@pytest.mark.parametrize("method", ["logpmf", "pmf"])
def test_counts_of_several_kinds(method: str) -> None:
    """The probabilities have to sum to one, which a table of cases cannot keep."""
    function = getattr(stats.multinomial, method)
    check_program(lambda w: function(np.array([1.0, 2.0, 3.0]), 6, w[:3] / np.sum(w[:3])), W)


def test_parts_of_a_result_that_do_not_move() -> None:
    """Forward mode has a zero for them."""
    check_program(lambda w: signal.welch(w, nperseg=4)[1] * signal.welch(w, nperseg=4)[0], V)
    check_program(densities, W)
    check_program(integrals, W)


def densities(w: Any) -> Any:
    counts, edges = np.histogram(V, 3, weights=w)
    return counts * edges[1:]


def integrals(w: Any) -> Any:
    value, error = integrate.quad(lambda x: w[0] * x**2, 0.0, 1.0)
    return value * (1.0 + 0.0 * error) * w


@pytest.mark.skipif(not hasattr(special, "sph_harm_y"), reason="newer versions of SciPy have it")
def test_spherical_harmonics() -> None:
    """A call of the object is not a call of a ufunc."""
    check_program(
        lambda v, w: np.real(special.sph_harm_y(2, 1, w, v) * special.sph_harm_y(3, -2, w, v[0])),
        V,
        W,
    )


CASCADES = {
    "forwards": lambda x, sos: signal.sosfilt(sos, x),
    "along an axis": lambda x, sos: signal.sosfilt(sos[:1], np.stack([x, x**2], 1), axis=0),
    "both ways": lambda x, sos: signal.sosfiltfilt(sos, x),
    "both ways, mirrored": lambda x, sos: signal.sosfiltfilt(sos[:1], x, padtype="even", padlen=5),
}


@pytest.mark.parametrize("name", CASCADES)
def test_cascades(name: str) -> None:
    """SciPy takes no sections that cannot be written to, as the checks of single rules hand them over."""
    sos = signal.butter(3, 0.3, output="sos")
    check_program(
        lambda x, low: CASCADES[name](x, sos * np.array([low, low, low, 1.0, 1.0, 1.0])),
        np.cos(np.arange(20.0) ** 2),
        np.array(1.0),
    )


def line(v: Any, w: Any) -> Any:
    fit = stats.linregress(v, w)
    return fit.slope * fit.intercept + fit.rvalue * fit.stderr


def test_a_line() -> None:
    check_program(line, V, W)


def test_a_correlation() -> None:
    check_program(lambda v, w: stats.pearsonr(v, w).statistic * v[0], V, W)


REFUSED: dict[str, tuple[Program, str]] = {
    "probability": (lambda v: stats.pearsonr(v, W).pvalue, "pvalue"),
    "probability of a line": (lambda v: stats.linregress(v, W).pvalue, "pvalue"),
    "width by a function": (lambda v: stats.gaussian_kde(v, lambda kde: 0.3)(T)[0], "bandwidth|width"),
    "NaN left out": (lambda v: stats.zscore(v, nan_policy="omit")[0], "nan_policy"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    function, word = REFUSED[name]
    with pytest.raises(adjoint.AdjointError, match=word):
        adjoint.grad(function)(V)
    with pytest.raises(adjoint.AdjointError, match=word):
        adjoint.jvp(function, (V,), (V,))
