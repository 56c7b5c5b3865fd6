"""Python functions behind caches and compiled code, and the notice that they run in its place.

A cache would hand out values of which nobody knows the derivative, and numba's machine code cannot be read.
The function itself can: it is called anew, and the cache is neither read nor filled.

>>> import functools
>>> @functools.lru_cache
... def table(n):
...     return n * n
>>> behind(table) is table.__wrapped__, behind(len)
(True, None)
"""

from __future__ import annotations

import functools
import warnings
from typing import Any

CACHED: Any = type(functools.lru_cache(maxsize=1)(len))  # a cache of a function is that function
_noted: set[int] = set()


class Notice(UserWarning):
    """What differentiation does with a function that its user should know."""


def behind(function: Any) -> Any:
    """Return the Python function that a cached or compiled one was made from, None for other callables."""
    if isinstance(function, CACHED):
        return function.__wrapped__
    numba = type(function).__module__.partition(".")[0] == "numba"
    return getattr(function, "py_func", None) if numba else None


def notice(function: Any, filename: str, line: int) -> None:
    """Warn, once for each function, that the Python function runs in its place.

    Args:
        function: the cached or compiled function.
        filename: the file of the call, or of the function.
        line: the line there.
    """
    if id(function) in _noted or behind(function) is None:
        return
    _noted.add(id(function))
    cached = isinstance(function, CACHED)
    what = "its cache is neither read nor filled" if cached else "its compiled code does not run"
    name = getattr(function, "__name__", function)
    text = f"`{name}` is differentiated as the Python function it was made from: {what}"
    warnings.warn_explicit(text, Notice, filename, line)


__all__ = ["CACHED", "Notice", "behind", "notice"]
