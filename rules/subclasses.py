"""Values of classes that derive from numbers or arrays: ``class Metres(float)``, ``np.matrix``.

Such a class can give any operation another meaning, so the rules, which are those of plain numbers and
arrays, are not used for its values.  What it defines in Python is differentiated like any other method.

>>> class Doubling(float):
...     def __mul__(self, other):
...         return 2.0 * float(self) * other
>>> class Labelled(float):
...     label = "a"
>>> [is_of_a_subclass(x) for x in (Doubling(1.0), Labelled(1.0), 1.0, np.ones(2), np.rec.array([1.0]))]
[True, False, False, False, True]
"""

from __future__ import annotations

import enum
import functools
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from adjoint.rules.errors import RuleError, spell

#: Methods that do not take part in arithmetic.
HARMLESS = frozenset(
    """
    __init__ __new__ __init_subclass__ __class_getitem__ __repr__ __str__ __format__ __reduce__ __reduce_ex__
    __getstate__ __setstate__ __getnewargs__ __getnewargs_ex__ __copy__ __deepcopy__ __dir__ __sizeof__
    """.split()
)
#: What takes the plain number or array out of a value.
CONVERTING = (float, complex, np.asarray, np.array)
NUMBERS = (int, float, complex, np.generic)


def is_of_a_subclass(x: Any) -> bool:
    """Whether a value is an array of a derived class, or a number whose class has operators of its own."""
    cls: Any = type(x)
    if isinstance(x, np.ndarray):
        return cls is not np.ndarray and cls is not np.memmap
    return isinstance(x, NUMBERS) and has_operators(cls)


@functools.lru_cache(512)
def has_operators(cls: type) -> bool:
    """Whether a class of numbers defines special methods in Python."""
    written = [
        name
        for base in cls.__mro__
        for name, found in vars(base).items()
        if isinstance(found, types.FunctionType) and name.startswith("__") and name.endswith("__")
    ]
    return not issubclass(cls, enum.Enum) and not HARMLESS.issuperset(written)


def plain_value(x: Any) -> Any:
    """Return the number or array that a value of a derived class is, and other values as they are."""
    if type(x) in PLAIN:
        return x
    if isinstance(x, np.ndarray):
        return x.view(np.ndarray) if is_of_a_subclass(x) else x
    if isinstance(x, np.generic):
        return np.asarray(x)[()]
    if isinstance(x, float):
        return float.__pos__(x)
    return complex.__pos__(x) if isinstance(x, complex) else x


def refuse_subclasses(function: Any, values: Iterable[Any]) -> None:
    """Refuse to use a rule of numbers and arrays for values of derived classes.

    Raises:
        RuleError: ADJ202, one of the values is of such a class.
    """
    for x in values:
        if type(x) not in PLAIN and is_of_a_subclass(x) and function not in CONVERTING:
            base = np.ndarray if isinstance(x, np.ndarray) else next(b for b in NUMBERS if isinstance(x, b))
            plain = "np.asarray(...)" if base is np.ndarray else "float(...)"
            raise RuleError(
                "ADJ202",
                title=f"`{spell(function)}` was given a value of class `{type(x).__name__}`, "
                f"a subclass of `{spell(base)}`",
                why="a subclass can give any operation another meaning; rules are for plain values.",
                fixes=(
                    f"hand over the plain value:  {plain}",
                    "hold the value in a field of a class which defines the operators",
                ),
            )


#: The usual classes of arguments, to be done with them soon.
PLAIN = frozenset((float, int, bool, complex, np.ndarray, np.float64, tuple, list, dict, str, type(None)))

__all__ = ["has_operators", "is_of_a_subclass", "plain_value", "refuse_subclasses"]
