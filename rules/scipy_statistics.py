"""Rules of scipy.stats: statistics of samples, by programs that compute the same; and kernel densities.

Source of the mathematics: the definitions in the reference of SciPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.composed import composed, constructed, evaluated, lost, refused
from adjoint.rules.kinds import Kind, Unknown
from adjoint.rules.scipy_densities import stats
from adjoint.rules.scipy_special import special

# -- along one axis -------------------------------------------------------------------------------


def sample(a: Any, axis: Any, nan_policy: Any) -> tuple[Any, int]:
    """Return a sample as an array, flat without an axis, and the axis.

    Raises:
        RuleError: ADJ202, NaN are to be left out.
    """
    if nan_policy != "propagate":
        raise refused("scipy.stats", f"nan_policy={nan_policy!r} is not supported.", "leave NaN out before")
    values = np.atleast_1d(np.asarray(a))
    return (np.reshape(values, -1), 0) if axis is None else (values, axis)


def kept(value: Any, axis: Any, like: Any, keepdims: Any) -> Any:
    """Return a statistic along an axis with the axes that it is to have."""
    if not keepdims:
        return value
    return np.reshape(value, [1] * np.ndim(like)) if axis is None else np.expand_dims(value, axis)


def central(values: Any, order: int, axis: int) -> Any:
    """Return the central moment of a sample along an axis."""
    return np.mean((values - np.mean(values, axis=axis, keepdims=True)) ** order, axis=axis)


def standardised(scores: Any, values: Any, axis: Any, ddof: Any) -> Any:
    """Return scores by the mean and the standard deviation of values."""
    spread = np.std(values, axis=axis, ddof=ddof, keepdims=True)
    return (scores - np.mean(values, axis=axis, keepdims=True)) / spread


@composed(stats.zscore)
def zscore(a: Any, axis: Any = 0, ddof: Any = 0, nan_policy: Any = "propagate") -> Any:
    """Distances from the mean by the standard deviation."""
    sample(a, axis, nan_policy)
    values = np.asarray(a)
    return standardised(values, values, axis, ddof)


@composed(stats.zmap)
def zmap(scores: Any, compare: Any, axis: Any = 0, ddof: Any = 0, nan_policy: Any = "propagate") -> Any:
    """Distances from the mean of another sample by its standard deviation."""
    sample(compare, axis, nan_policy)
    return standardised(np.asarray(scores), np.asarray(compare), axis, ddof)


@composed(stats.gzscore, keyword_only="axis ddof nan_policy")
def gzscore(a: Any, axis: Any = 0, ddof: Any = 0, nan_policy: Any = "propagate") -> Any:
    """The same of the logarithms."""
    return zscore(np.log(a), axis, ddof, nan_policy)


@composed(stats.sem, keyword_only="keepdims")
def sem(
    a: Any, axis: Any = 0, ddof: Any = 1, nan_policy: Any = "propagate", keepdims: Any = False
) -> Any:  # fmt: skip
    """The standard deviation by the root of the number of values."""
    values, along = sample(a, axis, nan_policy)
    spread = np.std(values, axis=along, ddof=ddof) / np.sqrt(np.shape(values)[along])
    return kept(spread, axis, a, keepdims)


@composed(stats.moment, keyword_only="center keepdims")
def moment(
    a: Any, order: Any = 1, axis: Any = 0, nan_policy: Any = "propagate", center: Any = None,
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """The mean of powers of the distances from a centre."""
    values, along = sample(a, axis, nan_policy)
    if center is None:
        return kept(central(values, order, along), axis, a, keepdims)
    return kept(np.mean((values - center) ** order, axis=along), axis, a, keepdims)


@composed(stats.skew, keyword_only="keepdims")
def skew(
    a: Any,
    axis: Any = 0,
    bias: Any = True,
    nan_policy: Any = "propagate",
    keepdims: Any = False,
) -> Any:
    """The third moment by the power 3/2 of the second."""
    values, along = sample(a, axis, nan_policy)
    found = central(values, 3, along) / central(values, 2, along) ** 1.5
    n = np.shape(values)[along]
    if not bias and n > 2:
        found = found * np.sqrt((n - 1.0) * n) / (n - 2.0)
    return kept(found, axis, a, keepdims)


@composed(stats.kurtosis, keyword_only="keepdims")
def kurtosis(
    a: Any, axis: Any = 0, fisher: Any = True, bias: Any = True, nan_policy: Any = "propagate",
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """The fourth moment by the square of the second."""
    values, along = sample(a, axis, nan_policy)
    found = central(values, 4, along) / central(values, 2, along) ** 2
    n = np.shape(values)[along]
    if not bias and n > 3:
        found = 3.0 + ((n**2 - 1.0) * found - 3.0 * (n - 1.0) ** 2) / ((n - 2.0) * (n - 3.0))
    return kept(found - 3.0 if fisher else found, axis, a, keepdims)


@composed(stats.variation, keyword_only="keepdims")
def variation(
    a: Any, axis: Any = 0, nan_policy: Any = "propagate", ddof: Any = 0, keepdims: Any = False
) -> Any:  # fmt: skip
    """The standard deviation by the mean."""
    values, along = sample(a, axis, nan_policy)
    return kept(np.std(values, axis=along, ddof=ddof) / np.mean(values, axis=along), axis, a, keepdims)


# -- means --------------------------------------------------------------------------------------


def weighted(values: Any, axis: int, weights: Any) -> Any:
    """Return the mean along an axis."""
    return np.mean(values, axis=axis) if weights is None else np.average(values, axis=axis, weights=weights)


@composed(stats.gmean, keyword_only="nan_policy keepdims")
def gmean(
    a: Any, axis: Any = 0, dtype: Any = None, weights: Any = None, nan_policy: Any = "propagate",
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """The exponential of the mean of the logarithms."""
    values, along = sample(a, axis, nan_policy)
    return kept(np.exp(weighted(np.log(values), along, weights)), axis, a, keepdims)


@composed(stats.hmean, keyword_only="weights nan_policy keepdims")
def hmean(
    a: Any, axis: Any = 0, dtype: Any = None, weights: Any = None, nan_policy: Any = "propagate",
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """The reciprocal of the mean of the reciprocals."""
    values, along = sample(a, axis, nan_policy)
    return kept(1.0 / weighted(1.0 / values, along, weights), axis, a, keepdims)


@composed(stats.pmean, keyword_only="axis dtype weights nan_policy keepdims")
def pmean(
    a: Any, p: Any, axis: Any = 0, dtype: Any = None, weights: Any = None, nan_policy: Any = "propagate",
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """The root of the mean of powers; the geometric mean for the power zero."""
    values, along = sample(a, axis, nan_policy)
    if p == 0:
        return kept(np.exp(weighted(np.log(values), along, weights)), axis, a, keepdims)
    return kept(weighted(values**p, along, weights) ** (1.0 / p), axis, a, keepdims)


@composed(stats.entropy, keyword_only="nan_policy keepdims")
def entropy(
    pk: Any, qk: Any = None, base: Any = None, axis: Any = 0, nan_policy: Any = "propagate",
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """Of probabilities, or relative to others; both are normalised first."""
    values, along = sample(pk, axis, nan_policy)
    p = values / np.sum(values, axis=along, keepdims=True)
    inside = np.where(p > 0.0, p, 1.0)
    if qk is None:
        terms = -p * np.log(inside)
    else:
        q = np.asarray(qk) / np.sum(qk, axis=axis, keepdims=True)
        terms = np.where(p > 0.0, p * np.log(inside / np.where(p > 0.0, q, 1.0)), 0.0)
    total = np.sum(terms, axis=along)
    return kept(total if base is None else total / np.log(base), axis, pk, keepdims)


@composed(stats.trim_mean, keyword_only="nan_policy keepdims")
def trim_mean(
    a: Any, proportiontocut: Any, axis: Any = 0, nan_policy: Any = "propagate", keepdims: Any = False
) -> Any:  # fmt: skip
    """The mean without the same number of values at both ends."""
    values, along = sample(a, axis, nan_policy)
    n = np.shape(values)[along]
    cut = int(proportiontocut * n)
    ordered = np.take(np.sort(values, axis=along), np.arange(cut, n - cut), axis=along)
    return kept(np.mean(ordered, axis=along), axis, a, keepdims)


# -- directions -----------------------------------------------------------------------------------


def resultant(samples: Any, high: Any, low: Any, axis: Any, nan_policy: Any) -> tuple[Any, Any]:
    """Return the mean sine and cosine of angles that run from ``low`` to ``high``."""
    values, along = sample(samples, axis, nan_policy)
    angles = (values - low) * (2.0 * np.pi / (high - low))
    return np.mean(np.sin(angles), axis=along), np.mean(np.cos(angles), axis=along)


@composed(stats.circmean, keyword_only="keepdims")
def circmean(
    samples: Any, high: Any = 2 * np.pi, low: Any = 0, axis: Any = None, nan_policy: Any = "propagate",
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """The direction of the mean vector."""
    sine, cosine = resultant(samples, high, low, axis, nan_policy)
    angle = np.arctan2(sine, cosine) % (2.0 * np.pi)
    return kept(angle * (high - low) / (2.0 * np.pi) + low, axis, samples, keepdims)


@composed(stats.circvar, keyword_only="keepdims")
def circvar(
    samples: Any, high: Any = 2 * np.pi, low: Any = 0, axis: Any = None, nan_policy: Any = "propagate",
    keepdims: Any = False,
) -> Any:  # fmt: skip
    """One minus the length of the mean vector."""
    sine, cosine = resultant(samples, high, low, axis, nan_policy)
    return kept(1.0 - np.hypot(sine, cosine), axis, samples, keepdims)


@composed(stats.circstd, keyword_only="normalize keepdims")
def circstd(
    samples: Any, high: Any = 2 * np.pi, low: Any = 0, axis: Any = None, nan_policy: Any = "propagate",
    normalize: Any = False, keepdims: Any = False,
) -> Any:  # fmt: skip
    """By the logarithm of the length of the mean vector."""
    sine, cosine = resultant(samples, high, low, axis, nan_policy)
    spread = np.sqrt(-2.0 * np.log(np.hypot(sine, cosine)))
    return kept(spread if normalize else spread * (high - low) / (2.0 * np.pi), axis, samples, keepdims)


# -- two samples ------------------------------------------------------------------------------------


def unknown(**kinds: Kind) -> Kind:
    """The kind of a result is that of a class of SciPy."""
    return Unknown()


@composed(stats.pearsonr, keyword_only="alternative method axis", kind=unknown)
def pearsonr(x: Any, y: Any, alternative: Any = "two-sided", method: Any = None, axis: Any = 0) -> Any:
    """The correlation; its probability has no derivative here."""
    first, second = np.asarray(x), np.asarray(y)
    a = first - np.mean(first, axis=axis, keepdims=True)
    b = second - np.mean(second, axis=axis, keepdims=True)
    scale = np.sqrt(np.sum(a * a, axis=axis) * np.sum(b * b, axis=axis))
    statistic = np.sum(a * b, axis=axis) / scale
    return statistic, lost(statistic, "scipy.stats.pearsonr by way of `pvalue`")


@composed(stats.linregress, keyword_only="axis", kind=unknown)
def linregress(x: Any, y: Any, alternative: Any = "two-sided", axis: Any = 0) -> Any:
    """Slope, intercept, correlation and standard error; the probability has no derivative here."""
    first, second = np.asarray(x), np.asarray(y)
    a, b = first - np.mean(first), second - np.mean(second)
    xx, xy, yy = np.mean(a * a), np.mean(a * b), np.mean(b * b)
    slope, r = xy / xx, xy / np.sqrt(xx * yy)
    error = np.sqrt((1.0 - r**2) * yy / xx / (len(first) - 2))
    missing = lost(r, "scipy.stats.linregress by way of `pvalue`")
    return slope, np.mean(second) - slope * np.mean(first), r, missing, error


# -- kernel densities -------------------------------------------------------------------------------

KERNEL = "dataset covariance _weights"


@constructed(stats.gaussian_kde, KERNEL)
def kernel_density(dataset: Any, bw_method: Any = None, weights: Any = None) -> Any:
    """The points, the covariance of the kernel, and the weights, which sum to one."""
    points = np.atleast_2d(np.asarray(dataset))
    d, n = np.shape(points)
    share = np.full(n, 1.0 / n) if weights is None else np.asarray(weights) / np.sum(weights)
    count = 1.0 / np.sum(share**2)
    if bw_method is None or isinstance(bw_method, str):
        by_silverman = 0.25 * (d + 2.0) if bw_method == "silverman" else 1.0
        factor = (count * by_silverman) ** (-1.0 / (d + 4))
    elif callable(bw_method):
        raise refused("gaussian_kde", "its bandwidth is a function.", "call it, and give the number")
    else:
        factor = bw_method
    centred = points - np.sum(points * share, axis=1, keepdims=True)
    spread = (centred * share) @ centred.T / (1.0 - np.sum(share**2))
    return points, spread * factor**2, share


def kernel_of(self: Any) -> Any:
    """Return the fields of a kernel density that may move."""
    return self.dataset, self.covariance, self._weights


def nothing(self: Any) -> Any:
    """A kernel density is what its fields say."""
    return None


def log_kernels(parts: Any, points: Any) -> Any:
    """Return the logarithms of the weighted kernels, one row for each point of the data."""
    dataset, covariance, weights = parts
    d = len(dataset)
    at = np.atleast_2d(np.asarray(points))
    at = np.reshape(at, (d, 1)) if np.shape(at)[0] == 1 and np.shape(at)[1] == d and d > 1 else at
    factor = np.linalg.cholesky(covariance)
    offsets = np.linalg.solve(factor, np.reshape(at[:, None, :] - dataset[:, :, None], (d, -1)))
    squares = np.reshape(np.sum(offsets**2, axis=0), (np.shape(dataset)[1], -1))
    scale = 0.5 * d * np.log(2.0 * np.pi) + np.sum(np.log(np.diag(factor)))
    return np.log(weights)[:, None] - 0.5 * squares - scale


@evaluated(stats.gaussian_kde, "evaluate", fields=KERNEL, parts=kernel_of, facts=nothing)
def density(parts: Any, facts: Any, points: Any) -> Any:
    """Sums of the kernels; by points, data and weights."""
    return np.sum(np.exp(log_kernels(parts, points)), axis=0)


@evaluated(stats.gaussian_kde, "pdf", fields=KERNEL, parts=kernel_of, facts=nothing)
def density_at(parts: Any, facts: Any, x: Any) -> Any:
    """The same under another name."""
    return np.sum(np.exp(log_kernels(parts, x)), axis=0)


@evaluated(stats.gaussian_kde, "logpdf", fields=KERNEL, parts=kernel_of, facts=nothing)
def log_density(parts: Any, facts: Any, x: Any) -> Any:
    """The logarithm of the sum of the kernels."""
    rows = log_kernels(parts, x)
    top = np.max(rows, axis=0)
    return top + np.log(np.sum(np.exp(rows - top), axis=0))


# -- counts of several kinds ----------------------------------------------------------------------

MULTINOMIAL = type(stats.multinomial)


@composed(MULTINOMIAL.logpmf)
def multinomial_log(self: Any, x: Any, n: Any, p: Any) -> Any:
    """By the probabilities; the last one is what the others leave, as SciPy takes it."""
    counts, shares = np.asarray(x), np.asarray(p)
    rest = 1.0 - np.sum(shares[..., :-1], axis=-1, keepdims=True)
    whole = np.concatenate([shares[..., :-1], rest], axis=-1)
    constant = special.gammaln(np.asarray(n) + 1.0) - np.sum(special.gammaln(counts + 1.0), axis=-1)
    return constant + np.sum(special.xlogy(counts, whole), axis=-1)


@composed(MULTINOMIAL.pmf)
def multinomial(self: Any, x: Any, n: Any, p: Any) -> Any:
    """The exponential of the logarithm."""
    return np.exp(multinomial_log(self, x, n, p))
