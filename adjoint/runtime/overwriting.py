"""Compiled code that changes an array it is given, where a derivative would get lost.

Nothing says of a function without rule and source what it does with its arguments, so it is looked at: what
carries a derivative is compared with a copy made before.  A function that returns nothing is there for what
it changes, if it is given several arrays: it may have written the very numbers that were there, into memory
that an earlier call has left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.apply import primal_of
from adjoint.rules.errors import RuleError, skeleton, spell


def run_watched(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call compiled code and return its value.

    Raises:
        RuleError: ADJ202, it has changed an array of floats in place, or returns nothing but has several.

    Example:
        >>> x = np.array([2.0, 1.0])
        >>> run_watched(np.argmin, (x,), {})
        np.int64(1)
    """
    arrays = [x for x in (*args, *kwargs.values()) if isinstance(x, np.ndarray) and x.dtype.kind in "fc"]
    arrays = [x for x in arrays if x.flags.writeable]
    before = [x.copy() for x in arrays]
    value = primal_of(f, args, kwargs)
    same = (np.array_equal(x, old, equal_nan=True) for x, old in zip(arrays, before, strict=True))
    if not all(same) or value is None and len(arrays) > 1:
        raise RuleError(
            "ADJ202",
            title=f"`{spell(f)}` changes an array in place",
            why="it has neither a rule nor source, so the derivative of what it writes is not known.",
            fixes=(
                "use a function that returns a new array",
                "give a rule to a function around it:\n" + skeleton(f),
            ),
        )
    return value


__all__ = ["run_watched"]
