"""The functions that numba knows by an overload of ours; all others are compiled from their source."""

# mypy: ignore-errors
# numba has no types for a checker.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Functions with an overload.
KNOWN: set[Any] = set()


def overload(function: Any, **options: Any) -> Callable[[Any], Any]:
    """Declare how numba compiles calls of a function, as :func:`numba.extending.overload` does."""
    from numba import extending

    KNOWN.add(function)
    return extending.overload(function, **options)


def literal(kind: Any) -> Any:
    """Return the value of a literal argument or of a default that is left out, else its type."""
    return getattr(kind, "literal_value", getattr(kind, "value", kind))
