"""Rules of draws from further distributions: by reparametrisation where there is one, refused elsewhere.

A draw that is an increasing function of a draw with fixed parameters moves with its own parameters; the fixed
draw is recovered from the value.  Draws of counts, draws by rejection and selections from an array have no
such function: a derivative through them would belong to the draw and not to the distribution.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.errors import RuleError
from adjoint.rules.random import location_bars
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import unbroadcast
from adjoint.rules.support import fit, members, ratio

GENERATOR, STATE = np.random.Generator, np.random.RandomState

#: Distributions in whose parameters a draw is no smooth function.
DISTRIBUTIONS = """
    beta binomial chisquare dirichlet f gamma geometric hypergeometric logseries multinomial
    multivariate_hypergeometric multivariate_normal negative_binomial noncentral_chisquare noncentral_f
    poisson standard_gamma standard_t triangular vonmises wald zipf
"""
SELECTIONS = "choice permutation permuted"


def standard(out: Any, loc: Any, scale: Any) -> Any:
    """Return the draw with location zero and scale one that a draw was made from; zero for scale zero."""
    return ratio(np.subtract(out, loc), scale)


@rrule(GENERATOR.gumbel, STATE.gumbel, fresh=True)
def gumbel(self: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """``loc + scale * z``."""
    out = self.gumbel(loc, scale, size)

    def gumbel_pullback(out_bar: Any) -> Any:
        loc_bar, scale_bar = location_bars(out_bar, out, loc, scale)
        return None, loc_bar, scale_bar, None

    return out, gumbel_pullback


@frule(GENERATOR.gumbel, STATE.gumbel)
def gumbel_forward(self: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """``loc + scale * z``."""
    out = self.gumbel(loc, scale, size)

    def gumbel_pushforward(self_dot: Any, loc_dot: Any, scale_dot: Any, size_dot: Any) -> Any:
        return None, loc_dot + 0.0 * out, standard(out, loc, scale) * scale_dot, None

    return out, gumbel_pushforward


@rrule(GENERATOR.laplace, STATE.laplace, fresh=True)
def laplace(self: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """``loc + scale * z``."""
    out = self.laplace(loc, scale, size)

    def laplace_pullback(out_bar: Any) -> Any:
        loc_bar, scale_bar = location_bars(out_bar, out, loc, scale)
        return None, loc_bar, scale_bar, None

    return out, laplace_pullback


@frule(GENERATOR.laplace, STATE.laplace)
def laplace_forward(self: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """``loc + scale * z``."""
    out = self.laplace(loc, scale, size)

    def laplace_pushforward(self_dot: Any, loc_dot: Any, scale_dot: Any, size_dot: Any) -> Any:
        return None, loc_dot + 0.0 * out, standard(out, loc, scale) * scale_dot, None

    return out, laplace_pushforward


@rrule(GENERATOR.logistic, STATE.logistic, fresh=True)
def logistic(self: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """``loc + scale * z``."""
    out = self.logistic(loc, scale, size)

    def logistic_pullback(out_bar: Any) -> Any:
        loc_bar, scale_bar = location_bars(out_bar, out, loc, scale)
        return None, loc_bar, scale_bar, None

    return out, logistic_pullback


@frule(GENERATOR.logistic, STATE.logistic)
def logistic_forward(self: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """``loc + scale * z``."""
    out = self.logistic(loc, scale, size)

    def logistic_pushforward(self_dot: Any, loc_dot: Any, scale_dot: Any, size_dot: Any) -> Any:
        return None, loc_dot + 0.0 * out, standard(out, loc, scale) * scale_dot, None

    return out, logistic_pushforward


@rrule(GENERATOR.rayleigh, STATE.rayleigh, fresh=True)
def rayleigh(self: Any, scale: Any = 1.0, size: Any = None) -> Any:
    """``scale * z``."""
    out = self.rayleigh(scale, size)

    def rayleigh_pullback(out_bar: Any) -> Any:
        return None, location_bars(out_bar, out, 0.0, scale)[1], None

    return out, rayleigh_pullback


@frule(GENERATOR.rayleigh, STATE.rayleigh)
def rayleigh_forward(self: Any, scale: Any = 1.0, size: Any = None) -> Any:
    """``scale * z``."""
    out = self.rayleigh(scale, size)

    def rayleigh_pushforward(self_dot: Any, scale_dot: Any, size_dot: Any) -> Any:
        return None, standard(out, 0.0, scale) * scale_dot, None

    return out, rayleigh_pushforward


@rrule(GENERATOR.lognormal, STATE.lognormal, fresh=True)
def lognormal(self: Any, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Any:
    """``exp(mean + sigma * z)``."""
    out = self.lognormal(mean, sigma, size)

    def lognormal_pullback(out_bar: Any) -> Any:
        mean_bar, sigma_bar = location_bars(out_bar * out, np.log(out), mean, sigma)
        return None, mean_bar, sigma_bar, None

    return out, lognormal_pullback


@frule(GENERATOR.lognormal, STATE.lognormal)
def lognormal_forward(self: Any, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Any:
    """``exp(mean + sigma * z)``."""
    out = self.lognormal(mean, sigma, size)

    def lognormal_pushforward(self_dot: Any, mean_dot: Any, sigma_dot: Any, size_dot: Any) -> Any:
        return None, out * mean_dot, out * standard(np.log(out), mean, sigma) * sigma_dot, None

    return out, lognormal_pushforward


@rrule(GENERATOR.weibull, STATE.weibull, fresh=True)
def weibull(self: Any, a: Any, size: Any = None) -> Any:
    """``z ** (1 / a)``."""
    out = self.weibull(a, size)

    def weibull_pullback(out_bar: Any) -> Any:
        return None, fit(unbroadcast(-out_bar * out * np.log(out) / a, a), a), None

    return out, weibull_pullback


@frule(GENERATOR.weibull, STATE.weibull)
def weibull_forward(self: Any, a: Any, size: Any = None) -> Any:
    """``z ** (1 / a)``."""
    out = self.weibull(a, size)

    def weibull_pushforward(self_dot: Any, a_dot: Any, size_dot: Any) -> Any:
        return None, -out * np.log(out) / a * a_dot, None

    return out, weibull_pushforward


# -- draws without a derivative -----------------------------------------------------------------


def refusal(name: str, advice: str) -> RuleError:
    """Return the error for a draw through which a derivative was asked."""
    return RuleError(
        "ADJ203",
        title=f"`{name}` has no derivative: the draw jumps where its arguments move smoothly",
        why="the derivative of one draw would not be that of the distribution.",
        fixes=(advice, "hold the argument fixed:  adjoint.stop_gradient(...)"),
    )


def holds_floats(value: Any) -> bool:
    """Return whether a value is a float or complex number, or an array or sequence that holds some."""
    if isinstance(value, list | tuple):
        return any(map(holds_floats, value))
    dtype = getattr(value, "dtype", None)
    return isinstance(value, float | complex) if dtype is None else dtype.kind in "fc"


#: The draws that are refused.
REFUSED: list[Any] = []


def refuse(name: str, primal: Any, advice: str) -> None:
    """Register that a draw is refused whose arguments are floats that may carry a derivative."""

    @rrule(primal)
    def refused(*args: Any, **kwargs: Any) -> Any:
        if any(map(holds_floats, (*args, *kwargs.values()))):
            raise refusal(name, advice)
        return primal(*args, **kwargs), lambda out_bar: (None, None)

    @frule(primal)
    def refused_forward(*args: Any, **kwargs: Any) -> Any:
        if any(map(holds_floats, (*args, *kwargs.values()))):
            raise refusal(name, advice)
        return primal(*args, **kwargs), lambda args_dot, kwargs_dot: (None, None)

    REFUSED.append(primal)


#: How draws are written that are no ``loc + scale * z`` of numbers.
ADVICE = {
    "multivariate_normal": "draw from the standard distribution (reparametrise):  "
    "mean + np.linalg.cholesky(cov) @ rng.standard_normal(len(mean))",
    "gamma": "with a fixed shape, scale a draw (reparametrise):  scale * rng.standard_gamma(2.0)",
}

for _owner, _spelled in ((GENERATOR, "rng"), (STATE, "rng"), (np.random, "np.random")):
    for _name in DISTRIBUTIONS.split():
        for _primal in members(_owner, _name):
            refuse(
                f"{_spelled}.{_name}",
                _primal,
                ADVICE.get(
                    _name,
                    "write it as a function of a draw with fixed parameters (reparametrise), for example "
                    "loc + scale * rng.standard_normal() or scale * rng.standard_gamma(2.0)",
                ),
            )
    for _name in SELECTIONS.split():
        for _primal in members(_owner, _name):
            refuse(f"{_spelled}.{_name}", _primal, "draw indices and use them:  x[rng.choice(len(x), 2)]")
