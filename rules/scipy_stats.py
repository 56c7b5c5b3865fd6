"""Rules of scipy.stats: densities, probabilities and quantiles of distributions, by variate and parameters.

One rule for each method serves the distributions in the tables of ``scipy_densities.py``; it is called for
frozen distributions, too.  Outside of the support all derivatives are zero.  A derivative by a shape that is
not in the tables raises where it is needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.errors import RuleError
from adjoint.rules.registry import frule, non_differentiable, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.scipy_densities import CDF_SLOPES, LOG_PMF_SLOPES, LOG_SLOPES, SHAPE_SLOPES, stats
from adjoint.rules.support import fit, fit_out
from adjoint.rules.symbolic import NotImplementedTangent, not_implemented

Partials = dict[str, Any]


def shape_names(distribution: Any) -> list[str]:
    """Return the names of the shapes of a distribution, in the order in which they are given."""
    return distribution.shapes.replace(",", " ").split() if distribution.shapes else []


def parameters(distribution: Any, args: tuple[Any, ...], kwds: dict[str, Any]) -> dict[str, Any]:
    """Return shapes, location and scale by name; counts have no scale."""
    names = [*shape_names(distribution), "loc", "scale"]
    return {"loc": 0.0, "scale": 1.0, **dict(zip(names, args, strict=False)), **kwds}


def missing(distribution: Any, method: str, name: str) -> Any:
    """Return the derivative that is not in the tables; it raises where it is needed."""
    return not_implemented(f"scipy.stats.{distribution.name}.{method} by its parameter `{name}`")


def located(by_y: Any, y: Any, scale: Any) -> Partials:
    """Return the derivatives by variate, location and scale from that by the standard variate."""
    return {"x": by_y / scale, "loc": -by_y / scale, "scale": -by_y * y / scale}


def absent(partial: Any) -> bool:
    """Whether a derivative is zero for all arguments, or unknown."""
    return partial is None or isinstance(partial, NotImplementedTangent)


def inside(values: Partials, support: Any) -> Partials:
    """Return derivatives that are zero outside of the support."""
    return {name: value if absent(value) else np.where(support, value, 0.0) for name, value in values.items()}


def log_partials(distribution: Any, x: Any, given: dict[str, Any]) -> Partials:
    """Return the derivatives of the logarithm of a density, for a distribution in the tables."""
    shapes = [given[name] for name in shape_names(distribution)]
    scale, y = given["scale"], (x - given["loc"]) / given["scale"]
    with np.errstate(all="ignore"):
        by_y, *by_shape = LOG_SLOPES[type(distribution)](y, *shapes)
        found = located(by_y, y, scale)
    found["scale"] = found["scale"] - 1.0 / scale
    found |= dict(zip(shape_names(distribution), by_shape, strict=True))
    return inside(found, np.isfinite(distribution.logpdf(x, *shapes, loc=given["loc"], scale=scale)))


def probability_partials(distribution: Any, method: str, x: Any, given: dict[str, Any], log: Any) -> Partials:
    """Return the derivatives of a distribution function over ``exp(log)``; by the variate the density."""
    names = shape_names(distribution)
    shapes = [given[name] for name in names]
    scale, y = given["scale"], (x - given["loc"]) / given["scale"]
    with np.errstate(all="ignore"):
        density = np.exp(distribution.logpdf(x, *shapes, loc=given["loc"], scale=scale) - log)
    found = located(density * scale, y, scale)
    if type(distribution) not in SHAPE_SLOPES:
        return found | {name: missing(distribution, method, name) for name in names}
    with np.errstate(all="ignore"):
        by_shape = [slope * np.exp(-log) for slope in SHAPE_SLOPES[type(distribution)](y, *shapes)]
    return found | inside(dict(zip(names, by_shape, strict=True)), density > 0.0)


def scaled(partials: Partials, factor: Any) -> Partials:
    """Return all derivatives times a factor."""
    return {name: value if absent(value) else value * factor for name, value in partials.items()}


def quantile_partials(distribution: Any, method: str, out: Any, given: dict[str, Any]) -> Partials:
    """Return the derivatives of a quantile ``out`` by probability and parameters: ``F(out) = q``."""
    by = probability_partials(distribution, method, out, given, 0.0)
    density = by["x"]
    sign = 1.0 if method == "ppf" else -1.0
    by["x"] = -np.ones_like(density)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = scaled(by, -1.0 / density)
    return found | {"x": sign * found["x"]}


def continuous_partials(distribution: Any, method: str, out: Any, x: Any, given: dict[str, Any]) -> Partials:
    """Return the derivatives of a method of a continuous distribution by variate and parameters."""
    if method in ("ppf", "isf"):
        return quantile_partials(distribution, method, out, given)
    if method == "logpdf":
        return log_partials(distribution, x, given)
    if method == "pdf":
        return scaled(log_partials(distribution, x, given), out)
    if method in ("cdf", "sf"):
        found = probability_partials(distribution, method, x, given, 0.0)
        return found if method == "cdf" else scaled(found, -1.0)
    found = probability_partials(distribution, method, x, given, out)
    return inside(found if method == "logcdf" else scaled(found, -1.0), np.isfinite(out))


def count_partials(distribution: Any, method: str, out: Any, k: Any, given: dict[str, Any]) -> Partials:
    """Return the derivatives of a method of a distribution of counts by its shapes."""
    names = shape_names(distribution)
    shapes = [given[name] for name in names]
    table = LOG_PMF_SLOPES if method in ("pmf", "logpmf") else CDF_SLOPES
    if type(distribution) not in table:
        return {name: missing(distribution, method, name) for name in names}
    with np.errstate(all="ignore"):
        found = dict(zip(names, table[type(distribution)](k - given["loc"], *shapes), strict=True))
    if method == "logpmf":
        return inside(found, np.isfinite(out))
    if method == "pmf":
        return inside(scaled(inside(found, out > 0.0), out), out > 0.0)
    if method in ("cdf", "sf"):
        return found if method == "cdf" else scaled(found, -1.0)
    return inside(scaled(found, np.exp(-out) if method == "logcdf" else -np.exp(-out)), np.isfinite(out))


# -- rules of the methods -----------------------------------------------------------------------


def distribution_bars(
    partials: Partials, out_bar: Any, distribution: Any, x: Any, args: tuple[Any, ...], kwds: dict[str, Any]
) -> tuple[Any, Any, Any]:
    """Return the cotangents of variate, positional and named parameters."""

    def bar(name: str, value: Any) -> Any:
        partial = partials.get(name)
        if np.asarray(value).dtype.kind not in "fc":
            return None
        if absent(partial):
            return partial
        return fit(unbroadcast(out_bar * partial, value), value)

    names = [*shape_names(distribution), "loc", "scale"]
    given = tuple(bar(name, value) for name, value in zip(names, args, strict=False))
    return bar("x", x), given, {name: bar(name, value) for name, value in kwds.items()}


def distribution_dot(
    partials: Partials, out: Any, distribution: Any, x_dot: Any, args_dot: Any, kwds_dot: Any
) -> Any:
    """Return the tangent of the method for that of variate, positional or named parameters."""
    names = [*shape_names(distribution), "loc", "scale"]
    dots = {"x": x_dot, **dict(zip(names, args_dot or (), strict=False)), **(kwds_dot or {})}
    total: Any = 0.0
    for name, dot in dots.items():
        partial = partials.get(name)
        if dot is None or partial is None or isinstance(partial, NotImplementedTangent) and not np.any(dot):
            continue
        total = total + partial * dot
    return fit_out(total, out)


def known(distribution: Any, method: str, table: Any) -> None:
    """Refuse a distribution that is not in a table.

    Raises:
        RuleError: ADJ202, naming the distribution.
    """
    if type(distribution) not in table:
        name = f"scipy.stats.{distribution.name}.{method}"
        raise RuleError(
            "ADJ202",
            title=f"`{name}` has no derivative rule",
            why="SciPy computes it by writing into arrays; the derivative has to be written down for each.",
            fixes=("write the formula with NumPy and scipy.special", "register a rule of your own"),
        )


def register(primal: Any, method: str, partials_of: Any, table: Any) -> None:
    """Register both rules of a method of distributions."""

    @rrule(primal, fresh=True)
    def of_distribution(self: Any, x: Any, *args: Any, **kwds: Any) -> Any:
        """By the variate, location, scale and the shapes."""
        known(self, method, table)
        out = primal(self, x, *args, **kwds)

        def of_distribution_pullback(out_bar: Any) -> Any:
            partials = partials_of(self, method, out, np.asarray(x), parameters(self, args, kwds))
            x_bar, args_bar, kwds_bar = distribution_bars(partials, out_bar, self, x, args, kwds)
            return None, x_bar, args_bar, kwds_bar

        return out, of_distribution_pullback

    @frule(primal)
    def of_distribution_forward(self: Any, x: Any, *args: Any, **kwds: Any) -> Any:
        """By the variate, location, scale and the shapes."""
        known(self, method, table)
        out = primal(self, x, *args, **kwds)

        def of_distribution_pushforward(self_dot: Any, x_dot: Any, args_dot: Any, kwds_dot: Any) -> Any:
            partials = partials_of(self, method, out, np.asarray(x), parameters(self, args, kwds))
            return (
                None,
                distribution_dot(partials, out, self, x_dot, None, None),
                distribution_dot(partials, out, self, None, args_dot, None),
                distribution_dot(partials, out, self, None, None, kwds_dot),
            )

        return out, of_distribution_pushforward


@rrule(stats.rv_continuous.__call__, stats.rv_continuous.freeze)
def frozen(self: Any, *args: Any, **kwds: Any) -> Any:
    """The object holds the parameters, which may carry a derivative."""
    out = self.freeze(*args, **kwds)

    def frozen_pullback(out_bar: Any) -> Any:
        args_bar, kwds_bar = out_bar.get("args"), out_bar.get("kwds")
        return None, args_bar if args_bar is not None else (None,) * len(args), kwds_bar or {}

    return out, frozen_pullback


@frule(stats.rv_continuous.__call__, stats.rv_continuous.freeze)
def frozen_forward(self: Any, *args: Any, **kwds: Any) -> Any:
    """The object holds the parameters, which may carry a derivative."""
    out = self.freeze(*args, **kwds)

    def frozen_pushforward(self_dot: Any, args_dot: Any, kwds_dot: Any) -> Any:
        return (
            None,
            {"args": None if args_dot is None else tuple(args_dot)},
            {"kwds": dict(kwds_dot or {})},
        )

    return out, frozen_pushforward


for _method in "pdf logpdf cdf logcdf sf logsf ppf isf".split():
    register(getattr(stats.rv_continuous, _method), _method, continuous_partials, LOG_SLOPES)
for _method in "pmf logpmf cdf logcdf sf logsf".split():
    register(getattr(stats.rv_discrete, _method), _method, count_partials, LOG_PMF_SLOPES)
non_differentiable(stats.rv_discrete.ppf, stats.rv_discrete.isf)
