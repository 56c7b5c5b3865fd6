"""Values that count as constants."""

from __future__ import annotations

from typing import TypeVar

from adjoint.rules.registry import non_differentiable

T = TypeVar("T")


@non_differentiable
def stop_gradient(x: T) -> T:
    """Return the value unchanged; no derivative passes.

    >>> import adjoint
    >>> adjoint.grad(lambda x: x * adjoint.stop_gradient(x))(3.0)
    3.0
    """
    return x
