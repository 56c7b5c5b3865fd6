"""Interpolants of SciPy: by the points, by the values, and by the abscissae, knots or grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import interpolate as ip

import adjoint
from tests.rules.check_programs import check_program

Program = Callable[..., Any]


def of_degree(k: int) -> Program:
    return lambda x, y, t: ip.make_interp_spline(x, y, k=k)(t)


def of_kind(kind: str) -> Program:
    return lambda x, y, t: ip.interp1d(x, y, kind=kind)(t)


def by_method(method: str) -> Program:
    return lambda g, h, v, p: ip.RegularGridInterpolator((g, h), v, method=method)(p)


RNG = np.random.default_rng(1)
X = np.array([0.0, 0.4, 1.1, 1.9, 2.2, 3.0, 3.3, 4.1])
Y = RNG.normal(size=8)
T = np.array([[0.23, 1.31], [2.07, 3.69]])
KNOTS = np.arange(10.0) * 0.5

CUBICS: dict[str, Program] = {
    "not a knot": lambda x, y, t: ip.CubicSpline(x, y)(t),
    "natural": lambda x, y, t: ip.CubicSpline(x, y, bc_type="natural")(t, 1),
    "clamped": lambda x, y, t: ip.CubicSpline(x, y, bc_type="clamped")(t, 2),
    "values at the ends": lambda x, y, t: ip.CubicSpline(x, y, bc_type=((1, t[0, 0]), (2, y[1])))(t),
    "two conditions": lambda x, y, t: ip.CubicSpline(
        x, y, bc_type=("not-a-knot", "natural"), extrapolate=False
    )(t),
    "periodic": lambda x, y, t: ip.CubicSpline(x, np.concatenate([y[:-1], y[:1]]), bc_type="periodic")(
        t + 2.5
    ),
    "an axis": lambda x, y, t: ip.CubicSpline(x, np.stack([y, y**2]), axis=1)(t),
    "two points": lambda x, y, t: ip.CubicSpline(x[:2], y[:2])(t),
    "three points": lambda x, y, t: ip.CubicSpline(x[:3], y[:3])(t),
    "three clamped points": lambda x, y, t: ip.CubicSpline(x[:3], y[:3], bc_type="clamped")(t),
    "coefficients": lambda x, y, t: np.sin(ip.CubicSpline(x, y).c) * t[0, 0],
    "derivative": lambda x, y, t: ip.CubicSpline(x, y).derivative()(t),
    "antiderivative": lambda x, y, t: ip.PchipInterpolator(x, y).antiderivative(2)(t),
    "integral": lambda x, y, t: ip.CubicSpline(x, y).integrate(0.3, t[0, 1]),
    "Hermite": lambda x, y, t: ip.CubicHermiteSpline(x, y, y**2)(t),
    "pchip": lambda x, y, t: ip.PchipInterpolator(x, y)(t),
    "pchip of two points": lambda x, y, t: ip.PchipInterpolator(x[:2], y[:2])(t),
    "pchip along an axis": lambda x, y, t: ip.PchipInterpolator(x, np.stack([y, np.cumsum(y**2)]), axis=1)(t),
    "Akima": lambda x, y, t: ip.Akima1DInterpolator(x, y)(t),
    "makima": lambda x, y, t: ip.Akima1DInterpolator(x, y, method="makima", extrapolate=True)(t - 2.0),
    "Akima of three points": lambda x, y, t: ip.Akima1DInterpolator(x[:3], y[:3], extrapolate=True)(t),
    "own coefficients": lambda x, y, t: ip.PPoly(np.stack([y[:7], y[1:]]), x)(t - 1.5),
    "falling breakpoints": lambda x, y, t: ip.PPoly(np.stack([y[:7], y[1:], y[:7] ** 2]), -x)(-t),
}
SPLINES: dict[str, Program] = {
    **{f"degree {k}": of_degree(k) for k in (0, 1, 2, 3, 5)},
    "natural": lambda x, y, t: ip.make_interp_spline(x, y, bc_type="natural")(t, 1),
    "clamped": lambda x, y, t: ip.make_interp_spline(x, np.stack([y, y * y]), bc_type="clamped", axis=1)(t),
    "conditions": lambda x, y, t: ip.make_interp_spline(x, y, bc_type=([(2, 0.5)], [(1, 0.25)]))(t),
    "own knots": lambda x, y, t: ip.make_interp_spline(
        x, y, k=2, t=np.concatenate([x[:1]] * 3 + [0.5 * (x[1:-2] + x[2:-1])] + [x[-1:]] * 3)
    )(t),
    "coefficients": lambda x, y, t: ip.BSpline(KNOTS, y[:7], 2)(t - 0.01 * x[1]),
    "periodic": lambda x, y, t: ip.BSpline(KNOTS, y[:7], 2, extrapolate="periodic")(t + x[2]),
    "derivatives": lambda x, y, t: (
        ip.BSpline(KNOTS, y[:7], 2)(t, 1) * x[1] + ip.BSpline(KNOTS, y[:7], 2)(t, 3)
    ),
    "derivative": lambda x, y, t: ip.make_interp_spline(x, y, k=4).derivative(2)(t),
}
SAMPLES: dict[str, Program] = {
    **{
        kind: of_kind(kind)
        for kind in ("linear", "nearest", "nearest-up", "previous", "next", "zero", "quadratic", "cubic")
    },
    "an axis": lambda x, y, t: ip.interp1d(x, np.stack([y, y**2], 1), axis=0)(t),
    "not in order": lambda x, y, t: ip.interp1d(x[::-1], y)(t),
    "the ends outside": lambda x, y, t: ip.interp1d(x, y, bounds_error=False, fill_value=(y[0], y[-1] * 2))(
        1.9 * t - 1.0
    ),
    "a value outside": lambda x, y, t: ip.interp1d(
        x, np.stack([y, y**2]), bounds_error=False, fill_value=y[0]
    )(1.9 * t - 1.0),
    "beyond": lambda x, y, t: ip.interp1d(x, y, fill_value="extrapolate")(1.9 * t - 1.0),
    "the last one beyond": lambda x, y, t: ip.interp1d(x, y, fill_value="extrapolate", kind="previous")(
        1.9 * t
    ),
    "lists": lambda x, y, t: ip.interp1d([x[0], x[1], 5.0], [y[0], y[1], y[2]])([t[0, 0], t[0, 1]]),
}
POLYNOMIALS: dict[str, Program] = {
    "Krogh": lambda x, y, t: ip.KroghInterpolator(x[:5], y[:5])(t),
    "Krogh along an axis": lambda x, y, t: ip.KroghInterpolator(x[:4], np.stack([y[:4], y[4:]]), axis=-1)(t),
    "barycentric rows": lambda x, y, t: ip.krogh_interpolate(x[:4], np.reshape(y, (4, 2)), t),
    "at an abscissa": lambda x, y, t: ip.KroghInterpolator(x[:4], y[:4])(x[2] + 0.0 * t),
}
ALL = {
    f"{kind}: {name}": f
    for kind, table in (
        ("cubic", CUBICS),
        ("spline", SPLINES),
        ("interp1d", SAMPLES),
        ("polynomial", POLYNOMIALS),
    )
    for name, f in table.items()
}


@pytest.mark.parametrize("name", ALL)
def test_one_axis(name: str) -> None:
    check_program(ALL[name], X, Y, T, rtol=1e-5)


G, H = np.array([0.0, 0.7, 1.5, 2.1, 3.0]), np.array([0.0, 1.0, 1.7, 3.2])
M = RNG.normal(size=(5, 4))
P = np.array([[0.5, 1.2], [2.3, 2.1], [0.01, 3.1]])
GRIDS: dict[str, Program] = {
    **{method: by_method(method) for method in ("linear", "nearest", "slinear", "cubic")},
    "vectors": lambda g, h, v, p: ip.RegularGridInterpolator((g, h), np.stack([v, v**2], -1))(p),
    "falling": lambda g, h, v, p: ip.RegularGridInterpolator((g, h[::-1]), v)(p),
    "a value outside": lambda g, h, v, p: ip.RegularGridInterpolator(
        (g, h), v, bounds_error=False, fill_value=3.0
    )(p * 2),
    "beyond": lambda g, h, v, p: ip.RegularGridInterpolator((g, h), v, bounds_error=False, fill_value=None)(
        p * 2
    ),
    "coordinates apart": lambda g, h, v, p: ip.RegularGridInterpolator((g, h), v)((p[:, 0], p[:, 1])),
    "another method": lambda g, h, v, p: ip.RegularGridInterpolator((g, h), v)(p, method="nearest"),
    "interpn": lambda g, h, v, p: ip.interpn((g, h), v, p),
    "interpn beyond": lambda g, h, v, p: ip.interpn((g, h), v, p * 2, bounds_error=False, fill_value=None),
}


@pytest.mark.parametrize("name", GRIDS)
def test_grids(name: str) -> None:
    check_program(GRIDS[name], G, H, M, P)


def test_a_grid_of_one_axis() -> None:
    check_program(lambda x, y, t: ip.RegularGridInterpolator((x,), y)(t), X, Y, T.ravel())


def test_barycentric_form() -> None:
    """Its weights are computed in an order by chance, so values differ in the last digits."""
    points, values = X[:5], Y[:5]
    same = adjoint.grad(lambda x, y: np.sum(np.sin(ip.KroghInterpolator(x, y)(T))), wrt=(0, 1))(
        points, values
    )
    for function in (
        lambda x, y: ip.BarycentricInterpolator(x, y)(T),
        lambda x, y: ip.barycentric_interpolate(x, y, T),
    ):
        found = adjoint.grad(lambda x, y, f=function: np.sum(np.sin(f(x, y))), wrt=(0, 1))(points, values)
        assert all(np.allclose(a, b, rtol=1e-9) for a, b in zip(found, same, strict=True))


REFUSED: dict[str, tuple[Program, str]] = {
    "pchip on a grid": (lambda v: ip.RegularGridInterpolator((G, H), v, method="pchip")(P)[0], "pchip"),
    "periodic spline": (
        lambda v: ip.make_interp_spline(X, v[0, 0] * X * 0.0, bc_type="periodic")(1.0),
        "periodic",
    ),
    "slope of a polynomial": (lambda v: ip.krogh_interpolate(X[:4], v[0], 0.5, der=1), "der"),
    "ordinates to come": (lambda v: ip.BarycentricInterpolator(v[0]), "later"),
    "repeated abscissae": (lambda v: ip.KroghInterpolator([0.0, 0.0, 1.0, 2.0], v[0])(0.5), "repeated"),
    "FITPACK": (lambda v: ip.interpn((G, H), v, P, method="splinef2d")[0], "splinef2d|FITPACK"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    function, word = REFUSED[name]
    with pytest.raises(adjoint.AdjointError, match=word):
        adjoint.grad(function)(M)
