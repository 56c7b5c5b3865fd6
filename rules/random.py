"""Rules of random draws with float parameters, by reparametrisation.

The draw itself is a constant; a draw of location ``loc`` and scale ``scale`` is
``loc + scale * z``, and ``z`` is recovered from the output, so the generator is advanced once only.
Discrete distributions have no such derivative and no rule.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.registry import frule, non_differentiable, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, fit_out, members, ratio

#: Draws whose arguments are only shapes.
DRAWS = """
    rand randn random random_sample ranf sample randint random_integers bytes seed get_state
    set_state standard_normal standard_exponential standard_cauchy default_rng RandomState
    SeedSequence PCG64 MT19937 Philox SFC64 Generator
"""

GENERATOR_DRAWS = """
    random integers bytes standard_normal standard_exponential standard_cauchy spawn
"""

non_differentiable(*members(np.random, DRAWS), *members(np.random.Generator, GENERATOR_DRAWS))
non_differentiable(*members(np.random.RandomState, DRAWS))


def standardised(out: Any, loc: Any, scale: Any) -> Any:
    """Return ``(out - loc) / scale``, zero where the scale is zero."""
    return ratio(np.subtract(out, loc), scale)


def location_bars(out_bar: Any, out: Any, loc: Any, scale: Any) -> tuple[Any, Any]:
    """Return the cotangents of location and scale of a draw; the scale's is zero where it is zero.

    Args:
        out_bar: cotangent of the draw.
        out: the draw.
        loc: location, broadcasts to the draw.
        scale: scale, broadcasts to the draw.
    """
    z = standardised(out, loc, scale)
    return fit(unbroadcast(out_bar, loc), loc), fit(unbroadcast(out_bar * z, scale), scale)


def interval_bars(out_bar: Any, out: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Return the cotangents of the ends of the interval of a uniform draw."""
    share = standardised(out, low, np.subtract(high, low))
    return fit(unbroadcast(out_bar * (1.0 - share), low), low), fit(unbroadcast(out_bar * share, high), high)


GENERATOR = np.random.Generator


@rrule(GENERATOR.normal, np.random.RandomState.normal, fresh=True)
def generator_normal(self: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """``loc + scale * z``."""
    out = self.normal(loc, scale, size)

    def normal_pullback(out_bar: Any) -> Any:
        loc_bar, scale_bar = location_bars(out_bar, out, loc, scale)
        return None, loc_bar, scale_bar, None

    return out, normal_pullback


@frule(GENERATOR.normal, np.random.RandomState.normal)
def generator_normal_forward(self: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """The tangents of location and scale at the same ``z``."""
    out = self.normal(loc, scale, size)

    def normal_pushforward(self_dot: Any, loc_dot: Any, scale_dot: Any, size_dot: Any) -> Any:
        return None, fit_out(loc_dot, out), fit_out(standardised(out, loc, scale) * scale_dot, out), None

    return out, normal_pushforward


@rrule(GENERATOR.uniform, np.random.RandomState.uniform, fresh=True)
def generator_uniform(self: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    """``low + (high - low) * u``."""
    out = self.uniform(low, high, size)

    def uniform_pullback(out_bar: Any) -> Any:
        low_bar, high_bar = interval_bars(out_bar, out, low, high)
        return None, low_bar, high_bar, None

    return out, uniform_pullback


@frule(GENERATOR.uniform, np.random.RandomState.uniform)
def generator_uniform_forward(self: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    """The tangents of the ends at the same share."""
    out = self.uniform(low, high, size)

    def uniform_pushforward(self_dot: Any, low_dot: Any, high_dot: Any, size_dot: Any) -> Any:
        return (
            None,
            fit_out((1.0 - standardised(out, low, np.subtract(high, low))) * low_dot, out),
            fit_out(standardised(out, low, np.subtract(high, low)) * high_dot, out),
            None,
        )

    return out, uniform_pushforward


@rrule(GENERATOR.exponential, np.random.RandomState.exponential, fresh=True)
def generator_exponential(self: Any, scale: Any = 1.0, size: Any = None) -> Any:
    """``scale * z``."""
    out = self.exponential(scale, size)

    def exponential_pullback(out_bar: Any) -> Any:
        return None, location_bars(out_bar, out, 0.0, scale)[1], None

    return out, exponential_pullback


@frule(GENERATOR.exponential, np.random.RandomState.exponential)
def generator_exponential_forward(self: Any, scale: Any = 1.0, size: Any = None) -> Any:
    """The scale's tangent at the same ``z``."""
    out = self.exponential(scale, size)

    def exponential_pushforward(self_dot: Any, scale_dot: Any, size_dot: Any) -> Any:
        return None, fit_out(standardised(out, 0.0, scale) * scale_dot, out), None

    return out, exponential_pushforward


@rrule(np.random.normal, fresh=True)
def random_normal(loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """``loc + scale * z``."""
    out = np.random.normal(loc, scale, size)

    def normal_pullback(out_bar: Any) -> Any:
        loc_bar, scale_bar = location_bars(out_bar, out, loc, scale)
        return loc_bar, scale_bar, None

    return out, normal_pullback


@frule(np.random.normal)
def random_normal_forward(loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """The tangents of location and scale at the same ``z``."""
    out = np.random.normal(loc, scale, size)

    def normal_pushforward(loc_dot: Any, scale_dot: Any, size_dot: Any) -> Any:
        return fit_out(loc_dot, out), fit_out(standardised(out, loc, scale) * scale_dot, out), None

    return out, normal_pushforward


@rrule(np.random.uniform, fresh=True)
def random_uniform(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    """``low + (high - low) * u``."""
    out = np.random.uniform(low, high, size)

    def uniform_pullback(out_bar: Any) -> Any:
        low_bar, high_bar = interval_bars(out_bar, out, low, high)
        return low_bar, high_bar, None

    return out, uniform_pullback


@frule(np.random.uniform)
def random_uniform_forward(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    """The tangents of the ends at the same share."""
    out = np.random.uniform(low, high, size)

    def uniform_pushforward(low_dot: Any, high_dot: Any, size_dot: Any) -> Any:
        return (
            fit_out((1.0 - standardised(out, low, np.subtract(high, low))) * low_dot, out),
            fit_out(standardised(out, low, np.subtract(high, low)) * high_dot, out),
            None,
        )

    return out, uniform_pushforward


@rrule(np.random.exponential, fresh=True)
def random_exponential(scale: Any = 1.0, size: Any = None) -> Any:
    """``scale * z``."""
    out = np.random.exponential(scale, size)

    def exponential_pullback(out_bar: Any) -> Any:
        return location_bars(out_bar, out, 0.0, scale)[1], None

    return out, exponential_pullback


@frule(np.random.exponential)
def random_exponential_forward(scale: Any = 1.0, size: Any = None) -> Any:
    """The scale's tangent at the same ``z``."""
    out = np.random.exponential(scale, size)

    def exponential_pushforward(scale_dot: Any, size_dot: Any) -> Any:
        return fit_out(standardised(out, 0.0, scale) * scale_dot, out), None

    return out, exponential_pushforward
