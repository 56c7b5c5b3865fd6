"""Rules of ``np.emath``: functions that turn complex where real numbers have no value.

Derivatives by the value itself hold on whichever branch it lies.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adjoint.rules.kinds import Array, Kind, is_complex
from adjoint.rules.registry import scalar_rule

LN2, LN10 = math.log(2.0), math.log(10.0)


def wide_kind(x: Kind) -> Kind:
    """Return the kind of a value that may be real or complex where the argument is real."""
    if not isinstance(x, Array):
        return Array(None, None)
    return Array(x.dtype if is_complex(x) else None, x.dims)


@scalar_rule(np.emath.sqrt, singular=True, kind=wide_kind)
def sqrt(out: Any, x: Any) -> Any:
    """Infinite at zero."""
    return 0.5 / out


@scalar_rule(np.emath.log, singular=True, kind=wide_kind)
def log(out: Any, x: Any) -> Any:
    """The reciprocal."""
    return 1.0 / x


@scalar_rule(np.emath.log2, singular=True, kind=wide_kind)
def log2(out: Any, x: Any) -> Any:
    """The reciprocal, by the base."""
    return 1.0 / (x * LN2)


@scalar_rule(np.emath.log10, singular=True, kind=wide_kind)
def log10(out: Any, x: Any) -> Any:
    """The reciprocal, by the base."""
    return 1.0 / (x * LN10)


@scalar_rule(np.emath.logn, singular=True, kind=lambda n, x: Array(None, None))
def logn(out: Any, n: Any, x: Any) -> Any:
    """``log(x) / log(n)``."""
    base = np.emath.log(n)
    return -out / (n * base), 1.0 / (x * base)


@scalar_rule(np.emath.power, singular=True, kind=lambda x, p: Array(None, None))
def power(out: Any, x: Any, p: Any) -> Any:
    """``p x ** (p - 1)``, and the power times the logarithm."""
    return p * np.emath.power(x, p - 1), out * np.emath.log(x)


@scalar_rule(np.emath.arcsin, singular=True, kind=wide_kind)
def arcsin(out: Any, x: Any) -> Any:
    """The reciprocal of the cosine of the angle."""
    return 1.0 / np.cos(out)


@scalar_rule(np.emath.arccos, singular=True, kind=wide_kind)
def arccos(out: Any, x: Any) -> Any:
    """Minus the reciprocal of the sine of the angle."""
    return -1.0 / np.sin(out)


@scalar_rule(np.emath.arctanh, singular=True, kind=wide_kind)
def arctanh(out: Any, x: Any) -> Any:
    """Infinite at one and minus one."""
    return 1.0 / ((1.0 - x) * (1.0 + x))
