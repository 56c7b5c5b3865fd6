"""Cases of the rules in rules/pybuiltins.py and rules/random.py."""

import math

import numpy as np

from tests.rules.generators import case, cnormal, distinct, normal, positive


def generator():
    """Return a generator in a known state; every use of a case copies it."""
    return np.random.default_rng(3)


def state():
    """Return a generator of the older kind in a known state."""
    return np.random.RandomState(3)


GENERATORS = ((np.random.Generator, generator), (np.random.RandomState, state))
LOCATION_AND_SCALE = ("normal", "uniform", "gumbel", "laplace", "logistic", "lognormal")
ONE_PARAMETER = ("exponential", "rayleigh", "weibull")


#: What math.sumprod, new in Python 3.12, is tried with; math.fma is new in 3.13.
PAIRS = [
    ([1.5, 2.5, 3.5], [0.5, -1.5, 2.0]),
    ((1.5, 2.5), normal(2)),
    (normal(3), [2, -1, 3]),
    (normal(3, 2), (1.5, -2.5, 0.5)),
    ([1.5 - 2j, 0.5], [2.0, 1j]),
]


def by_size(x):
    return abs(x)


NEWER_MATH = [
    *([case(math.sumprod, p, q) for p, q in PAIRS] if hasattr(math, "sumprod") else []),
    *([case(math.fma, 1.5, -2.5, 0.25)] if hasattr(math, "fma") else []),
]
CASES = [
    *NEWER_MATH,
    case(abs, 1.5),
    case(abs, -1.5),
    case(abs, normal(2, 3)),
    case(abs, 1.5 - 2j),
    case(abs, cnormal(3)),
    case(divmod, 7.5, 2.0),
    case(divmod, -7.5, 2.25),
    case(divmod, positive(3), 0.35),
    case(max, 1.5, 2.5),
    case(max, 2.5, 1.5),
    case(max, 1.5, 3.5, 2.5),
    case(max, -1.5, 0.5, key=by_size),
    case(max, [1.5, 3.5, 2.5]),
    case(max, (1.5, -3.5), key=by_size),
    case(max, distinct(4)),
    case(max, [1.5, 3.5], default=0.5),
    case(max, [], default=0.5),
    case(min, [], default=0.5, key=by_size),
    case(min, 1.5, 2.5),
    case(min, 2.5, 1.5),
    case(min, 1.5, 0.5, 2.5),
    case(min, -1.5, 0.5, key=by_size),
    case(min, [1.5, 0.5, 2.5]),
    case(min, (-3.5, 1.5), key=by_size),
    case(min, distinct(4)),
    case(sum, [1.5, 2.5, 3.5]),
    case(sum, (1.5, normal(3), normal(2, 3))),
    case(sum, [normal(3), normal(3)], normal(3)),
    case(sum, [1.5, 2.5], start=0.5),
    case(sum, normal(3)),
    case(sum, normal(3, 2)),
    case(sum, []),
    case(math.fsum, [1.5, 2.5, 3.5]),
    case(math.fsum, normal(4)),
    case(math.prod, [1.5, 2.5, 3.5]),
    case(math.prod, (1.5, 0.0, 3.5)),
    case(math.prod, [0.0, 0.0, 3.5]),
    case(math.prod, [1.5, 2.5], start=0.5),
    case(math.prod, normal(4)),
    case(math.dist, [1.5, 2.5], [0.5, 3.5]),
    case(math.dist, (1.5, 2.5), normal(2)),
    case(sorted, [2.5, 0.5, 1.5]),
    case(sorted, (2.5, 0.5, -1.5), key=by_size, reverse=True),
    case(sorted, distinct(5)),
    case(np.random.Generator.normal, generator(), 0.5, 1.5, 3),
    case(np.random.Generator.normal, generator(), normal(3), scale=positive(2, 3)),
    case(np.random.Generator.uniform, generator(), 0.5, 1.5, 3),
    case(np.random.Generator.uniform, generator(), low=normal(3) - 5.0, high=positive(2, 3)),
    case(np.random.Generator.exponential, generator(), positive(3)),
    case(np.random.Generator.exponential, generator(), 1.5, size=3),
    case(np.random.normal, 0.5, 1.5, size=(2, 3)),
    *(case(getattr(cls, name), new(), 0.5, 1.5, 3) for cls, new in GENERATORS for name in LOCATION_AND_SCALE),
    *(
        case(getattr(cls, name), new(), normal(3), positive(3))
        for cls, new in GENERATORS
        for name in LOCATION_AND_SCALE
        if name != "uniform"
    ),
    *(case(getattr(cls, name), new(), positive(3)) for cls, new in GENERATORS for name in ONE_PARAMETER),
    *(case(getattr(cls, name), new(), 1.5, size=3) for cls, new in GENERATORS for name in ONE_PARAMETER),
    case(np.random.normal, 0.5, positive(3)),
    case(np.random.uniform, 0.5, 1.5, size=3),
    case(np.random.exponential, 0.5, (2, 3)),
]
