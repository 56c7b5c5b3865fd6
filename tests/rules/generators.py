"""Cases for the table-driven rule tests, and deterministic arguments for them.

Every draw is seeded by its own call and by its position among the draws of the case, so two equal
calls in one case differ, and no case depends on the order in which cases are listed.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

_draws = 0


@dataclass(frozen=True, eq=False)
class Case:
    """One call of a primal; ``symmetric`` is for functions that read one triangle of a matrix."""

    primal: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def id(self) -> str:
        """A readable name such as ``matmul(2x3, 3x4)``."""
        words = [describe(arg) for arg in self.args]
        words += [f"{name}={describe(value)}" for name, value in self.kwargs.items()]
        return f"{primal_name(self.primal)}({', '.join(words)})"

    def given(self, **options: Any) -> Case:
        """Return the case with options of `adjoint.testing.RuleCheck`, such as ``rtol``."""
        return replace(self, options=MappingProxyType({**self.options, **options}))


def case(primal: Any, *args: Any, **kwargs: Any) -> Case:
    """Return the case that calls ``primal`` with these arguments."""
    global _draws
    _draws = 0
    return Case(primal, args, MappingProxyType(kwargs))


def primal_name(primal: Any) -> str:
    """Return a short readable name of a callable."""
    return str(getattr(primal, "__qualname__", None) or getattr(primal, "__name__", repr(primal)))


def describe(value: Any) -> str:
    """Return a short text for an argument: shapes for arrays, values for the rest."""
    if isinstance(value, np.ndarray):
        shape = "x".join(str(size) for size in value.shape) or "0-d"
        return shape if value.dtype == float else f"{value.dtype}:{shape}"
    if isinstance(value, float | np.floating):
        return f"{float(value):.3g}"
    if isinstance(value, list):
        return "[" + ", ".join(describe(item) for item in value) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(describe(item) for item in value) + ")"
    text = getattr(value, "__name__", None) or repr(value).partition(" at 0x")[0]
    return text if len(text) <= 30 else text[:27] + "..."


def _rng(*call: Any) -> np.random.Generator:
    global _draws
    _draws += 1
    return np.random.default_rng(zlib.crc32(repr((call, _draws)).encode()))


def normal(*shape: int) -> Any:
    """Return standard normal numbers; a 0-d array for no shape."""
    return np.asarray(_rng("normal", shape).normal(size=shape))


def cnormal(*shape: int) -> Any:
    """Return complex normal numbers."""
    rng = _rng("cnormal", shape)
    return np.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape))


def uniform(low: float, high: float, *shape: int) -> Any:
    """Return numbers uniform between ``low`` and ``high``."""
    return np.asarray(_rng("uniform", low, high, shape).uniform(low, high, size=shape))


def positive(*shape: int) -> Any:
    """Return numbers between 0.5 and 2.5, away from the singularity at zero."""
    return uniform(0.5, 2.5, *shape)


def distinct(*shape: int) -> Any:
    """Return numbers between -2 and 2 no two of which are close: for sorting and extrema."""
    size = int(np.prod(shape))
    return _rng("distinct", shape).permutation(np.linspace(-2.0, 1.9, size)).reshape(shape)


def integers(high: int, *shape: int) -> Any:
    """Return integers from 0 to ``high - 1``."""
    return np.asarray(_rng("integers", high, shape).integers(high, size=shape))


def since(version: str, *cases: Any) -> list[Any]:
    """Return cases of what NumPy has since a version; none of them before."""
    return list(cases) if np.lib.NumpyVersion(np.__version__) >= version else []


def spd(n: int, *stack: int) -> Any:
    """Return a symmetric positive definite matrix, or a stack of them."""
    a = _rng("spd", n, stack).normal(size=(*stack, n, n))
    return a @ np.swapaxes(a, -1, -2) + n * np.eye(n)


def symmetric(n: int, *stack: int) -> Any:
    """Return a symmetric matrix with well separated eigenvalues, or a stack of them."""
    rng = _rng("symmetric", n, stack)
    q, _ = np.linalg.qr(rng.normal(size=(*stack, n, n)))
    return np.asarray((q * np.arange(1.0, n + 1.0)) @ np.swapaxes(q, -1, -2))


def invertible(n: int, *stack: int) -> Any:
    """Return a well conditioned matrix, or a stack of them."""
    a = _rng("invertible", n, stack).normal(size=(*stack, n, n))
    return np.asarray(a + 3.0 * np.eye(n))


def single(x: Any) -> Any:
    """Return the array in single precision."""
    return np.asarray(x, dtype=np.complex64 if np.iscomplexobj(x) else np.float32)
